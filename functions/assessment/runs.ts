import { absent, Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { ConditionFailed, type Item, type Table, type Write } from "../../shared/table.ts";
import { does, planned } from "../../shared/tasks.ts";
import { dayOf, dayPlus } from "../../shared/time.ts";
import { assessmentIdOf, assessmentStore, totalOf } from "./assessments.ts";
import { assess, daysOf, fourEyes } from "./domain.ts";
import { GoOn } from "./events.ts";
import { type Issued, issue } from "./issuing.ts";
import { ruleFor, rules } from "./rules.ts";
import { type Entry, KeptRun, type NewRun, Run, SKIPPED, type Skipped, type Tally } from "./schema.ts";
import { rollStore } from "./store.ts";

// question              key
// one run               pk     ASSESS_RUN#<id>   sk     RUN
// all runs, latest last gsi1pk ASSESS_RUNS       gsi1sk <id>
const key = (id: string) => ({ pk: `ASSESS_RUN#${id}`, sk: "RUN" });
const itemOf = (run: KeptRun): Item => ({
  ...key(run.id),
  gsi1pk: "ASSESS_RUNS",
  gsi1sk: run.id,
  state: run.state,
  run,
});

const AHEAD_DAYS = 366;
const PROBLEMS_MAX = 50;
/** So many entries are read at a time; so many bills share the ledger's commits. */
const PAGE = 96;
const LANES = 24;
const REQUEST_MS = 5_000;
const TURN_MS = 10_000;

const emptyTally = (): Tally => ({
  ...{ looked: 0, count: 0, totalMinor: 0 },
  skipped: Object.fromEntries(SKIPPED.map((why) => [why, 0])) as Tally["skipped"],
});

async function find(table: Table, id: string): Promise<KeptRun> {
  const item = await table.get(key(id));
  if (!item) throw absent();
  return KeptRun.parse(item["run"]);
}
/** @throws {Fault} absent */
export const runOf = async (here: Here, id: string): Promise<Run> => Run.parse(await find(here.table, id));
export async function runList({ table }: Pick<Here, "table">, limit: number): Promise<Run[]> {
  const { items } = await table.query({ pk: "ASSESS_RUNS", index: "gsi1", reverse: true, limit });
  return items.map((item) => Run.parse(item["run"]));
}
export const runItems = ({ table }: Pick<Here, "table">): AsyncIterable<Item> =>
  table.all({ pk: "ASSESS_RUNS", index: "gsi1" });

/**
 * Counts what a run would issue; nothing is due before somebody else approves it. What takes longer than some seconds
 * goes on as a task.
 *
 * @throws {Fault} absent; invalid: a period too far ahead; conflict: there is no approved rule for it
 */
export async function askRun(
  here: Here,
  asked: NewRun,
  by: string,
  record: (run: Run) => Write[] = () => [],
): Promise<Run> {
  const roll = await rollStore(here.table).roll(asked.roll);
  const now = here.clock.now();
  if (daysOf(asked.period).from > dayPlus(dayOf(now, here.city.timeZone), AHEAD_DAYS))
    throw invalid("#/period", "This period begins more than a year from now.");
  const rule = await ruleFor(here, roll.code, asked.period);
  if (!rule) throw new Fault("conflict", "There is no approved rule for this period: propose one first.");
  const begun: KeptRun = {
    ...{ id: newId("asr", now), ...asked, ruleId: rule.id, currency: rule.currency, state: "counting" },
    ...{ preview: emptyTally(), issued: emptyTally(), problems: [], askedBy: by, askedAt: now.toISOString() },
    // What changes from here on is not what is counted here.
    countedAt: now.toISOString(),
  };
  const run = await goOn(here, begun, REQUEST_MS);
  const rest = run.state === "counting" ? [planned(GoOn, run.id, now, {})] : [];
  const shown = Run.parse(run);
  await here.commit([{ put: itemOf(run), if: "absent" }, ...rest, ...record(shown)]);
  return shown;
}

/** @throws {Fault} absent; forbidden: the same person; conflict: it does not wait for approval */
export async function approveRun(here: Here, id: string, by: string): Promise<Run> {
  return decide(here, id, by, "issuing");
}
export async function refuseRun(here: Here, id: string, by: string): Promise<Run> {
  return decide(here, id, by, "refused");
}
async function decide(here: Here, id: string, by: string, state: "issuing" | "refused"): Promise<Run> {
  const run = await find(here.table, id);
  if (run.state !== "ready") throw new Fault("conflict", `This run is ${run.state}.`);
  if (state === "issuing") fourEyes(run.askedBy, by);
  const now = here.clock.now();
  const after: KeptRun = { ...run, state, decidedBy: by, decidedAt: now.toISOString() };
  const work = state === "issuing" ? [planned(GoOn, id, now, {})] : [];
  try {
    await here.commit([{ put: itemOf(after), if: { state: "ready" } }, ...work]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw new Fault("conflict", "This run was decided meanwhile: look again.");
    throw error;
  }
  return Run.parse(after);
}

export const goingOn = does(GoOn, async (here, id) => {
  const before = await find(here.table, id);
  if (before.state !== "counting" && before.state !== "issuing") return {};
  const run = await goOn(here, before, TURN_MS);
  return {
    writes: [{ put: itemOf(run) }],
    ...(run.state === before.state ? { again: { at: here.clock.now(), data: {} } } : {}),
  };
});

/**
 * Goes on for about so long, at least by one page of entries. It may be asked again from any state that was kept: an
 * entry's period is issued once, and the assessment says which run it was, so that the counts are right too.
 */
async function goOn(here: Here, from: KeptRun, forMs: number): Promise<KeptRun> {
  const until = here.clock.now().getTime() + forMs;
  const roll = await rollStore(here.table).roll(from.roll);
  const rule = await rules.get(here, from.ruleId);
  const copy = (tally: Tally): Tally => ({ ...tally, skipped: { ...tally.skipped } });
  const run = { ...from, preview: copy(from.preview), issued: copy(from.issued), problems: [...from.problems] };
  const tally = run.state === "counting" ? run.preview : run.issued;
  do {
    const page = await rollStore(here.table).list(run.roll, "", {}, { limit: PAGE, cursor: run.cursor });
    for (let at = 0; at < page.entries.length; at += LANES) {
      const some = page.entries.slice(at, at + LANES);
      const outcomes =
        run.state === "counting"
          ? await preview(here, run, some, (entry) => assess(entry.kind, rule, entry.spells, run.period))
          : await Promise.all(
              some.map(async (entry): Promise<Counted> => {
                if (entry.changedAt > run.countedAt!) return "changed_since";
                const by = run.decidedBy ?? run.askedBy;
                return issuedBy(run, await issue(here, { roll, entry, rule, period: run.period, by, runId: run.id }));
              }),
            );
      for (const [i, outcome] of outcomes.entries()) note(run, tally, some[i]!, outcome);
    }
    if (page.next === undefined) {
      const { cursor: _, ...over } = run;
      return run.state === "counting"
        ? { ...over, state: "ready" }
        : { ...over, state: "done", finishedAt: here.clock.now().toISOString() };
    }
    run.cursor = page.next;
  } while (here.clock.now().getTime() < until);
  return run;
}

/** A total that is (or would be) due, and what keeps a part of the period from being charged; or why nothing is. */
type Counted = { totalMinor: number; lacks?: Skipped | undefined } | Skipped;

function issuedBy({ id }: KeptRun, issued: Issued): Counted {
  if ("skipped" in issued) return issued.skipped;
  return issued.isNew || issued.assessment.runId === id ? { totalMinor: totalOf(issued.assessment) } : "issued_before";
}

async function preview(
  here: Here,
  { period }: KeptRun,
  some: readonly Entry[],
  run: (entry: Entry) => ReturnType<typeof assess>,
): Promise<Counted[]> {
  const ids = some.map(({ id }) => assessmentIdOf(id, period));
  const there = new Set((await assessmentStore(here.table).many(ids)).map(({ id }) => id));
  return some.map((entry, i) => {
    if (there.has(ids[i]!)) return "issued_before";
    const { shares, skipped } = run(entry);
    return shares.length > 0
      ? { totalMinor: totalOf({ shares }), lacks: skipped[0] }
      : (skipped[0] ?? "nothing_to_pay");
  });
}

/** What a clerk can do something about. */
const MENDABLE: readonly Skipped[] = ["no_account", "no_rate", "no_fact", "too_large", "changed_since"];

function note(run: KeptRun, tally: Tally, { id, number }: Entry, outcome: Counted): void {
  tally.looked += 1;
  const why = typeof outcome === "string" ? outcome : outcome.lacks;
  if (why && MENDABLE.includes(why) && run.problems.length < PROBLEMS_MAX)
    if (!run.problems.some(({ entryId }) => entryId === id)) run.problems.push({ entryId: id, number, why });
  if (typeof outcome === "string") tally.skipped[outcome] += 1;
  else {
    tally.count += 1;
    tally.totalMinor += outcome.totalMinor;
  }
}
