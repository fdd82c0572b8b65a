import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { dayOf } from "../../shared/time.ts";
import { BillById } from "../billing/events.ts";
import { assessmentIdOf, assessmentStore, totalOf } from "./assessments.ts";
import { assess } from "./domain.ts";
import { finished, issue } from "./issuing.ts";
import { ruleFor } from "./rules.ts";
import type { Assessment, Entry, Roll, Skipped } from "./schema.ts";
import { rollStore } from "./store.ts";

// A collector's round over a market: one tap for each stall, once a day.

export interface Stop {
  entry: Entry;
  /** What the day costs, or why nothing. */
  offer: { totalMinor: number } | { skipped: Skipped };
  /** Of a stall whose day was raised: how its bill stands. */
  raised?: { assessment: Assessment; billId: string; reference: string; dueMinor: number };
}

const todayOf = (here: Here): string => dayOf(here.clock.now(), here.city.timeZone);
const noRule = () => new Fault("conflict", "There is no approved rule for days on this roll: propose one first.");

/** @throws {Fault} conflict: there is no rule for a day */
export async function roundOf(
  here: Here,
  roll: Roll,
  market: string | undefined,
  at: { limit: number; cursor?: string | undefined },
): Promise<{ day: string; stops: Stop[]; next?: string }> {
  const day = todayOf(here);
  const rule = await ruleFor(here, roll.code, day);
  if (!rule) throw noRule();
  const filter = { isOpen: true, ...(market === undefined ? {} : { market }) };
  const { entries, next } = await rollStore(here.table).list(roll.code, day, filter, at);
  const there = await assessmentStore(here.table).many(entries.map(({ id }) => assessmentIdOf(id, day)));
  const byEntry = new Map(there.map((one) => [one.entryId, one]));
  const stops = await Promise.all(
    entries.map(async (entry): Promise<Stop> => {
      const { shares, skipped } = assess(entry.kind, rule, entry.spells, day, true);
      const offer =
        shares.length > 0
          ? { totalMinor: totalOf({ shares }) }
          : { skipped: skipped[0] ?? ("nothing_to_pay" as const) };
      const found = byEntry.get(entry.id);
      if (!found) return { entry, offer };
      const assessment = await finished(here, roll, found);
      // Corrected, a day may be another payer's: the bill that counts is the latest.
      const due = assessment.shares.flatMap(({ dues }) => dues).at(-1)!;
      const { dueMinor } = await here.ask(BillById, { billId: due.billId });
      return { entry, offer, raised: { assessment, ...due, dueMinor } };
    }),
  );
  return { day, stops, ...(next === undefined ? {} : { next }) };
}

/** Makes a stall's day due, once, whoever stands there. @throws {Fault} absent; conflict: no rule, or nothing to pay */
export async function raiseDay(
  here: Here,
  entryId: string,
  by: string,
): Promise<{ created: boolean; assessment: Assessment }> {
  const entry = await rollStore(here.table).get(entryId);
  const roll = await rollStore(here.table).roll(entry.roll);
  const period = todayOf(here);
  const rule = await ruleFor(here, roll.code, period);
  if (!rule) throw noRule();
  const issued = await issue(here, { roll, entry, rule, period, by, mayBeNobodys: true });
  if ("skipped" in issued && issued.skipped === "changed_since")
    throw new Fault("conflict", "It was changed meanwhile; look at it again.");
  if ("skipped" in issued) throw new Fault("conflict", `Nothing can be charged for today: ${issued.skipped}.`);
  return { created: issued.isNew, assessment: issued.assessment };
}
