import type { Here } from "../../shared/here.ts";
import type { Ran } from "../../shared/tasks.ts";
import { OldestSuspense } from "../payments/events.ts";
import type { Raised } from "./domain.ts";
import { alarmStore, nextNight } from "./store.ts";

const DAY_MS = 24 * 3_600_000;
type Nothing = Record<string, never>;
const tomorrow = (here: Here): Ran<Nothing> => ({ again: { at: nextNight(here), data: {} } });

/** One alarm for all that waits: it is about what has waited longest, and over when nothing has waited too long. */
export async function watch(here: Here): Promise<Ran<Nothing>> {
  const store = alarmStore(here);
  const now = here.clock.now();
  const { suspenseDays } = await store.rule();
  const { oldest } = await here.ask(OldestSuspense, {});
  const isOld = oldest !== undefined && Date.parse(oldest.at) < now.getTime() - suspenseDays * DAY_MS;
  const said: Raised[] = isOld
    ? [{ kind: "suspense_old", cause: "oldest", facts: oldest, variant: oldest.suspenseId }]
    : [];
  await store.note(now.toISOString(), [], async () => ({
    raised: said,
    over: isOld ? [] : [{ kind: "suspense_old", cause: "oldest" }],
  }));
  return tomorrow(here);
}

/** Reads the whole journal, so that a ledger that was changed by force is known in the morning. */
export async function prove(here: Here): Promise<Ran<Nothing>> {
  const { isSound, problems } = await here.ledger.prove();
  const [problem = ""] = problems;
  await alarmStore(here).note(here.clock.now().toISOString(), [], async () => ({
    raised: isSound ? [] : [{ kind: "ledger_unsound", cause: "proof", facts: { problem }, variant: problem }],
    over: isSound ? [{ kind: "ledger_unsound", cause: "proof" }] : [],
  }));
  return tomorrow(here);
}
