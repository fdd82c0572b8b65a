import { absent, Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { split } from "../../shared/money.ts";
import { payableUnit } from "../../shared/payable.ts";
import type { Item } from "../../shared/table.ts";
import { dayOf, dayPlus, monthPlus } from "../../shared/time.ts";
import { type Bill, type NewInstalments, Plan, type Standing } from "./schema.ts";
import { billStore } from "./store.ts";

// question                     key
// how a bill is paid in parts  pk     INSTALMENTS#<bill>     sk     INSTALMENTS
// all plans                    gsi1pk INSTALMENTS            gsi1sk <bill>
const key = (billId: string) => ({ pk: `INSTALMENTS#${billId}`, sk: "INSTALMENTS" });
const itemOf = (plan: Plan): Item => ({ ...key(plan.billId), gsi1pk: "INSTALMENTS", gsi1sk: plan.billId, plan });

const AHEAD_DAYS = 366;

/** The same day of each month that follows, or the last one where a month is shorter. */
function monthsFrom(firstOn: string, count: number): string[] {
  const [month, day] = [firstOn.slice(0, 7), Number(firstOn.slice(8))];
  return Array.from({ length: count }, (_, i) => {
    const at = monthPlus(month, i);
    const last = Number(dayPlus(`${monthPlus(at, 1)}-01`, -1).slice(8));
    return `${at}-${String(Math.min(day, last)).padStart(2, "0")}`;
  });
}

/**
 * Equal parts, month by month, each of which can be paid; the first ones have what does not divide, and the last one
 * whatever nobody could pay alone, such as a remainder of before.
 * @throws {Fault} invalid: a part would be nothing
 */
export function parted(dueMinor: number, currency: string, { count, firstOn }: NewInstalments): Plan["parts"] {
  const unit = payableUnit(currency);
  const units = Math.floor(dueMinor / unit);
  if (units < count) throw invalid("#/count", "So many parts would be less than the smallest coin.");
  const shares = split(units, Array<number>(count).fill(1));
  return monthsFrom(firstOn, count).map((dueOn, i) => ({
    dueOn,
    amountMinor: shares[i]! * unit + (i === count - 1 ? dueMinor % unit : 0),
  }));
}

/**
 * How a plan stands: what was paid since covers its parts, the oldest first. Penalties that came later are in none of
 * them.
 * @param today  a day of the city
 */
export function standing(
  plan: Plan,
  { dueMinor, penaltyMinor = 0 }: Pick<Bill, "dueMinor" | "penaltyMinor">,
  today: string,
): Standing {
  const later = Math.max(0, penaltyMinor - plan.penaltyMinor);
  let paid = Math.max(0, plan.dueMinor - Math.max(0, dueMinor - later));
  const parts = plan.parts.map(({ dueOn, amountMinor }) => {
    const covered = Math.min(paid, amountMinor);
    paid -= covered;
    const leftMinor = amountMinor - covered;
    const state = leftMinor === 0 ? ("paid" as const) : dueOn < today ? ("late" as const) : ("open" as const);
    return { dueOn, amountMinor, leftMinor, state };
  });
  const late = parts.filter(({ state }) => state === "late");
  const next = parts.find(({ leftMinor }) => leftMinor > 0);
  return {
    parts,
    lateMinor: late.reduce((sum, { leftMinor }) => sum + leftMinor, 0),
    ...(next ? { next: { dueOn: next.dueOn, amountMinor: next.leftMinor } } : {}),
  };
}

/**
 * Lets a bill be paid in parts from now on; what was agreed before is replaced. The ledger knows nothing of it: what is
 * due stays due, and the parts say by when.
 *
 * @throws {Fault} absent; conflict: nothing is due; invalid: a day that has passed, or too far away
 */
export async function agree(here: Here, billId: string, asks: NewInstalments, by: string): Promise<Plan> {
  const bill = await billStore(here).get(billId);
  if (bill.dueMinor <= 0) throw new Fault("conflict", "Nothing is due of this bill.");
  const now = here.clock.now();
  const today = dayOf(now, here.city.timeZone);
  if (asks.firstOn < today) throw invalid("#/firstOn", "This day has passed in the city.");
  if (asks.firstOn > dayPlus(today, AHEAD_DAYS)) throw invalid("#/firstOn", "The first part is due within a year.");
  const plan: Plan = {
    billId,
    dueMinor: bill.dueMinor,
    penaltyMinor: bill.penaltyMinor ?? 0,
    currency: bill.currency,
    parts: parted(bill.dueMinor, bill.currency, asks),
    agreedBy: by,
    agreedAt: now.toISOString(),
  };
  await here.table.put(itemOf(plan));
  return plan;
}

export async function planOf({ table }: Pick<Here, "table">, billId: string): Promise<Plan | undefined> {
  const item = await table.get(key(billId));
  return item && Plan.parse(item["plan"]);
}

/** @throws {Fault} absent */
export async function endPlan(here: Here, billId: string): Promise<void> {
  if (!(await planOf(here, billId))) throw absent();
  await here.table.delete(key(billId));
}

/** How a bill's plan stands today, where there is one and something is due. */
export async function standingOf(here: Here, bill: Pick<Bill, "id" | "dueMinor" | "penaltyMinor">) {
  const plan = bill.dueMinor > 0 ? await planOf(here, bill.id) : undefined;
  return plan && standing(plan, bill, dayOf(here.clock.now(), here.city.timeZone));
}

export const planItems = ({ table }: Here): AsyncIterable<Item> => table.all({ pk: "INSTALMENTS", index: "gsi1" });
