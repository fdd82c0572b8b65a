import { onMany, type Reaction, type Told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { type HookPart, isHook, type RemotePart } from "../contract/hooks.ts";
import { holds } from "../contract/language/index.ts";
import type { VerifiedPackage } from "../contract/module.ts";
import { OFFERED_EVENTS } from "../contract/offered.ts";
import { usedWrites } from "../money/counting.ts";
import { prepared, RunRefused, readFor, rowsIn } from "./checking.ts";
import { deliveryLog, toBeTold } from "./deliveries.ts";
import { configOf } from "./domain.ts";
import { type Given, givenAfter, givenTo } from "./given.ts";
import { heedAtUse } from "./heeding.ts";
import type { Refused, Run, Spent } from "./run-schema.ts";
import { type Hearer, KEPT_MS, RUNS_FAILED_MAX, runStore, spentAfter } from "./run-store.ts";
import { answerOf, type RunInput } from "./running.ts";
import type { Install } from "./schema.ts";
import { suspend } from "./steps.ts";
import { installStore } from "./store.ts";

/** Effects of rooms may meet others that change the same: prepared anew so often. */
const TRIES = 6;

/**
 * The parts of modules that hear a fact. For each event and part there is one receipt, committed with the effects, so
 * the log may be told again. Nothing else is marked as seen: a fact that nobody hears costs one query for many.
 */
export const hearing: Reaction[] = OFFERED_EVENTS.map(({ event }) =>
  onMany(event, async (here, facts) => {
    await hear(here, event.type, facts as readonly Told[]);
    return undefined;
  }),
);

async function hear(here: Here, type: string, facts: readonly Told[]): Promise<void> {
  const failed: unknown[] = [];
  const hearers = await runStore(here).hearers(type);
  if (hearers.length > 0) await heedAtUse(here);
  for (const hearer of hearers) {
    // One module that the house cannot run now keeps no other waiting; its facts are told again.
    try {
      const install = await installStore(here).find(hearer.module);
      if (install?.id !== hearer.installId) continue;
      if (install.state === "changing") throw new Error(`${install.module} is being changed`);
      // Of a module whose copy was damaged the house could not tell what it heard when it was put out of service.
      if (install.state !== "active" && install.state !== "shadow") continue;
      const opened = await installStore(here).opened(install);
      const part = opened.module.parts.find(({ id }) => id === hearer.part);
      if (!part || !isHook(part)) continue;
      for (const fact of facts)
        if (isFor(here, part, hearer, fact) && !(await dealWith(here, { install, opened, part }, fact))) break;
    } catch (error) {
      failed.push(error);
    }
  }
  if (failed.length > 0) throw failed[0];
}

const isFor = (here: Here, part: HookPart, { since }: Hearer, fact: Told): boolean =>
  fact.time >= since &&
  Date.parse(fact.time) > here.clock.now().getTime() - KEPT_MS &&
  (part.on.when === undefined || holds(part.on.when, { event: fact.data }));

interface Heard {
  install: Install;
  opened: VerifiedPackage;
  part: HookPart;
}

/** @returns false: it was suspended, and hears no further fact */
async function dealWith(here: Here, { install, opened, part }: Heard, fact: Told): Promise<boolean> {
  const store = runStore(here);
  const { settings } = install;
  if (settings.until !== undefined && settings.until < store.today()) {
    await suspend(here, install, "ended");
    return false;
  }
  const { isDone, spent } = await store.standing(install.id, part.id, fact.id);
  if (isDone || spent.runs > part.budget.runsADay) return true;
  // Of a run that is refused before it begins it was given nothing.
  let given: readonly Given[] = [];
  const startedMs = performance.now();
  const receipt = (more: Pick<Run, "outcome" | "effects" | "rows"> & { refused?: Refused }): Run => ({
    ...{ installId: install.id, part: part.id, version: install.version, eventId: fact.id, eventType: fact.type },
    ...{ at: here.clock.now().toISOString(), ms: Math.round((performance.now() - startedMs) * 100) / 100, ...more },
  });
  // Nothing is kept for an install that was changed, suspended or removed while it ran.
  const receiptWrites = (run: Run): Write[] => [
    installStore(here).unchanged(install),
    ...store.writesOf(run, spent, given),
  ];
  const refused = async (why: Refused, rows: number): Promise<boolean> => {
    const run = receipt({ outcome: "refused", refused: why, rows, effects: [] });
    await here.commit(receiptWrites(run));
    const isFailing = spentAfter(spent, run).failedInARow >= RUNS_FAILED_MAX;
    if (isFailing) await suspend(here, install, "failing");
    return !isFailing;
  };
  if (part.kind === "remote") {
    if (spent.runs < part.budget.runsADay) await tellRemote(here, { install, part, fact, spent });
    return true;
  }
  // The last one of a day says that it was the last.
  if (spent.runs === part.budget.runsADay) return refused({ why: "too_much" }, 0);
  let rows = 0;
  try {
    const input: RunInput = {
      event: fact.data,
      reads: await readFor(here, install, part, fact),
      config: configOf(part, settings),
      now: fact.time,
    };
    rows = rowsIn(input.reads);
    given = givenTo(part, install.version, settings.declined, input.reads);
    const answer = await answerOf(part, input, here.sandbox);
    if ("refused" in answer) return await refused(answer.refused, rows);
    if (spent.effects + answer.effects.length > part.budget.effectsADay)
      return await refused({ why: "too_much" }, rows);
    const wanted = { here, install, part, parts: opened.module.parts, fact, input };
    const outcome = install.state === "active" ? "done" : "shadow";
    await committed(async () => {
      const { effects, writes, events } = await prepared(wanted, answer.effects);
      const own = receiptWrites(receipt({ outcome, effects, rows }));
      const used = usedWrites(here, install.id, opened.module, `${fact.id}#${part.id}`);
      await (outcome === "done" ? here.commit([...own, ...writes, ...used], events) : here.commit(own));
    });
    return true;
  } catch (error) {
    if (!(error instanceof RunRefused)) throw error;
    return refused(error.refused, rows);
  }
}

/** Has a vendor's service told, once for each event: what the event says of residents is given to it by that. */
async function tellRemote(
  here: Here,
  { install, part, fact, spent }: { install: Install; part: RemotePart; fact: Told; spent: Spent },
): Promise<void> {
  if (await deliveryLog(here).find(install.id, fact.id, part.id)) return;
  const given = givenTo({ ...part, reads: [] }, install.version, install.settings.declined, {});
  const after = { ...spent, runs: spent.runs + 1, given: givenAfter(spent.given, given) };
  await here.commit([
    installStore(here).unchanged(install),
    runStore(here).dayWrite({ installId: install.id, part: part.id }, spent, after),
    ...toBeTold(here, install.id, part, fact),
  ]);
}

/** Tries again where an effect met somebody else's change. @throws {ConditionFailed} its receipt stands, or it was changed */
async function committed(commit: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await commit();
      return;
    } catch (error) {
      const isOwn = error instanceof ConditionFailed && error.index < RECEIPT_WRITES;
      if (!(error instanceof ConditionFailed) || isOwn || tries === TRIES) throw error;
      await new Promise((resume) => setTimeout(resume, Math.random() * 5 * tries));
    }
  }
}
const RECEIPT_WRITES = 3;
