import { absent, Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { dayOf } from "../../shared/time.ts";
import { BillById } from "../billing/events.ts";
import { HoldSet } from "./events.ts";
import type { Hold } from "./schema.ts";
import { penaltyStore } from "./store.ts";

// Bills that are disputed: as long as nobody has decided whether they are right, being late costs nothing.

const PERIODS_MAX = 20;

async function kept(here: Here, hold: Hold, version: number, isHeld: boolean, by: string): Promise<Hold> {
  const { billId } = hold;
  try {
    await here.commit([penaltyStore(here).holdWrite(hold, version)], [told(HoldSet, billId, { billId, isHeld, by })]);
    return hold;
  } catch (error) {
    if (error instanceof ConditionFailed) throw new Fault("conflict", "Somebody changed this meanwhile: look again.");
    throw error;
  }
}

/** From today on; held already, it stays as it is. @throws {Fault} absent; conflict: nothing is due */
export async function holdPenalties(here: Here, billId: string, reason: string, by: string): Promise<Hold> {
  const bill = await here.ask(BillById, { billId });
  if (bill.dueMinor <= 0) throw new Fault("conflict", "Nothing is due of this bill.");
  const { hold, version } = await penaltyStore(here).hold(billId);
  if (hold.periods.some(({ toOn }) => toOn === undefined)) return hold;
  if (hold.periods.length >= PERIODS_MAX) throw new Fault("conflict", `A bill is held at most ${PERIODS_MAX} times.`);
  const fromOn = dayOf(here.clock.now(), here.city.timeZone);
  return kept(here, { billId, periods: [...hold.periods, { fromOn, reason, by }] }, version, true, by);
}

/** Today is its last day. @throws {Fault} absent: it is not held */
export async function endHold(here: Here, billId: string, by: string): Promise<Hold> {
  const { hold, version } = await penaltyStore(here).hold(billId);
  if (!hold.periods.some(({ toOn }) => toOn === undefined)) throw absent();
  const toOn = dayOf(here.clock.now(), here.city.timeZone);
  const periods = hold.periods.map((one) => (one.toOn === undefined ? { ...one, toOn, endedBy: by } : one));
  return kept(here, { billId, periods }, version, false, by);
}
