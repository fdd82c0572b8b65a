"""Runs MiniStack as its own command does, on a quicker event loop, with two waits made short that no setting reaches.

It looks for due schedules every ten seconds, so what a city planned for the next second came up to ten late; and it
gives each call that logged nothing 50 ms in which it might still do so.
"""

import asyncio

import uvloop
from ministack.app import main
from ministack.core.lambda_runtime import Worker
from ministack.services import scheduler

SCHEDULES_LOOKED_AT_S = 0.5
LOG_WAITED_FOR_S = 0.002

if not hasattr(scheduler, "_SCHEDULE_TICK_INTERVAL"):
    raise SystemExit("This version of MiniStack looks at its schedules in another way: see infra/local/emulator.py.")
scheduler._SCHEDULE_TICK_INTERVAL = SCHEDULES_LOOKED_AT_S
collected = Worker._drain_stderr_bounded
Worker._drain_stderr_bounded = lambda worker: collected(worker, LOG_WAITED_FOR_S, LOG_WAITED_FOR_S)

asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
main()
