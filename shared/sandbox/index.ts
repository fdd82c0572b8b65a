import { Worker } from "node:worker_threads";
import type { Job, Limits, Outcome, Refusal } from "./job.ts";
import { turns } from "./turns.ts";

export type { Limits, Refusal } from "./job.ts";
export type Ran = { output: unknown } | { refused: Refusal; detail: string };

const MEMORY_BYTES = 64 * 1024 * 1024;
/** At once, in one process; the rest waits its turn, and whoever has one running does not get the other thread. */
const THREADS_MAX = 2;
const TURN_MS = 10_000;
/** An outside limit, because an interrupt alone let 50 ms become 26 s. */
const KILLED_AFTER = 4;
/** A thread that nobody needs is given up after this. */
const IDLE_MS = 30_000;
/** Longer than the slowest machine needs to make a thread ready. */
const START_MS = 20_000;
const NAME = /^[A-Za-z_$][\w$]*$/;

// Beside this file in the source, beside the one file of a bundle.
const THREAD = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./sandbox-worker.mjs", import.meta.url);

interface Thread {
  worker: Worker;
  /** Its next word; undefined when it ended, or said nothing in time. */
  next(withinMs: number): Promise<unknown>;
  idle?: NodeJS.Timeout;
}

const idle: Thread[] = [];
const turn = turns(THREADS_MAX, TURN_MS);

/**
 * Runs somebody else's code: no rights, no network, no files, no clock and no chance but what is given. Nothing is left
 * of it afterwards: each run has an engine's context of its own, and a thread that was harmed is replaced.
 *
 * @param code   JavaScript, as a script
 * @param name   the function of it to be called
 * @param input  its one argument, as JSON carries it
 * @param whose  for whom it runs: what one has run much waits for itself, and for nobody else
 */
export async function run(code: string, name: string, input: unknown, limits: Limits, whose: string): Promise<Ran> {
  if (!NAME.test(name)) throw new RangeError(`${name} is no name of a function`);
  if (!(await turn.begin(whose))) return { refused: "busy", detail: "Too much of its own ran before it." };
  try {
    const thread = idle.pop() ?? (await started());
    clearTimeout(thread.idle);
    const job: Job = { code, name, input: JSON.stringify(input), ...limits };
    thread.worker.postMessage(job);
    const outcome = (await thread.next(limits.timeMs * KILLED_AFTER)) as Outcome | undefined;
    if (outcome === undefined || ("refused" in outcome && ["time", "memory"].includes(outcome.refused)))
      void thread.worker.terminate();
    else keep(thread);
    if (outcome === undefined) return { refused: "time", detail: `It did not end within ${limits.timeMs} ms.` };
    return "output" in outcome ? { output: JSON.parse(outcome.output) } : outcome;
  } finally {
    turn.end(whose);
  }
}

function keep(thread: Thread): void {
  thread.idle = setTimeout(() => {
    idle.splice(idle.indexOf(thread), 1);
    void thread.worker.terminate();
  }, IDLE_MS).unref();
  idle.push(thread);
}

async function started(): Promise<Thread> {
  const worker = new Worker(THREAD, {
    workerData: { memoryBytes: MEMORY_BYTES },
    // Nothing of the house's settings goes along.
    env: {},
    execArgv: [],
    argv: [],
    stdin: false,
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 },
  });
  let tell: ((word: unknown) => void) | undefined;
  let trouble: unknown;
  worker.on("message", (word) => tell?.(word));
  worker.on("error", (error) => {
    trouble = error;
    // Of its own accord a thread ends only where its memory does.
    tell?.({ refused: "memory", detail: error instanceof Error ? error.message : "The thread ended." });
  });
  worker.on("exit", () => {
    const at = idle.findIndex((one) => one.worker === worker);
    if (at >= 0) idle.splice(at, 1);
    tell?.(undefined);
  });
  // It never keeps a process alive by itself; a listener to its words would.
  worker.unref();
  const thread: Thread = {
    worker,
    next: (withinMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve(undefined), withinMs);
        tell = (word) => {
          clearTimeout(timer);
          tell = undefined;
          resolve(word);
        };
      }),
  };
  if ((await thread.next(START_MS)) === "ready") return thread;
  void worker.terminate();
  throw new Error("the sandbox did not start", { cause: trouble });
}
