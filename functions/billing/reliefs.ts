import type { z } from "zod";
import { absent, Fault, invalid } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { decimalOf } from "../../shared/money.ts";
import { ConditionFailed, type If, type Item, type Write } from "../../shared/table.ts";
import { adjustmentTransfers, advanceAccount, dueAccount, isAdvance, principalOf, reliefTransfers } from "./domain.ts";
import { BillRelieved, type CreditBill, CreditGiven } from "./events.ts";
import { type Bill, type NewRelief, Relief } from "./schema.ts";
import { billStore } from "./store.ts";

// question                          key
// one relief                        pk     RELIEF#<id>              sk     RELIEF
// those to decide, those decided    gsi1pk RELIEFS#<asked | done>   gsi1sk <askedAt>#<id>
const key = (id: string) => ({ pk: `RELIEF#${id}`, sk: "RELIEF" });
const LISTS = { asked: "RELIEFS#asked", done: "RELIEFS#done" } as const;

const reliefItem = (relief: Relief): Item => ({
  ...key(relief.id),
  gsi1pk: relief.state === "asked" ? LISTS.asked : LISTS.done,
  gsi1sk: `${relief.askedAt}#${relief.id}`,
  state: relief.state,
  relief,
});

/** Asks for one that was checked elsewhere; for a transaction. */
export const newReliefWrite = (relief: Relief): Write => ({ put: reliefItem(relief), if: "absent" });

/** Another takes its place, if nobody has decided about it; for a transaction. */
export const withdrawnWrite = (here: Here, relief: Relief): Write => ({
  put: reliefItem({ ...relief, state: "withdrawn", decidedBy: "billing", decidedAt: here.clock.now().toISOString() }),
  if: { state: "asked" },
});

/** Whoever asked for it, or for what it took the place of, does not approve it. */
export const hasPartIn = ({ askedBy, adjustment }: Relief, by: string): boolean =>
  askedBy === by || adjustment?.askedBefore?.includes(by) === true;

/** @throws {Fault} absent */
export async function reliefOf(here: Here, id: string): Promise<Relief> {
  const item = await here.table.get(key(id));
  if (!item) throw absent();
  return Relief.parse(item["relief"]);
}

export async function reliefList(here: Here, at: { limit: number; cursor?: string | undefined; isDone?: boolean }) {
  const { isDone, ...page } = at;
  const pk = LISTS[isDone ? "done" : "asked"];
  const { items, cursor } = await here.table.query({ pk, index: "gsi1", reverse: true, ...page });
  return { reliefs: items.map((item) => Relief.parse(item["relief"])), ...(cursor ? { next: cursor } : {}) };
}

export async function* reliefItems({ table }: Here): AsyncIterable<Item> {
  for (const pk of Object.values(LISTS)) yield* table.all({ pk, index: "gsi1" });
}

/** What somebody asks for, checked and not kept. @throws {Fault} absent; conflict: nothing is due; invalid: more than is due */
export async function newRelief(here: Here, billId: string, asks: NewRelief, by: string): Promise<Relief> {
  const bill = await billStore(here).get(billId);
  if (bill.dueMinor <= 0) throw new Fault("conflict", "Nothing is due of this bill.");
  const amountMinor = asks.amountMinor ?? bill.dueMinor;
  if (amountMinor > bill.dueMinor) {
    const most = `${decimalOf(bill.dueMinor, bill.currency)} ${bill.currency}`;
    throw invalid("#/amountMinor", `Only ${most} is due of this bill.`);
  }
  const now = here.clock.now();
  return {
    id: newId("rlf", now),
    billId,
    reference: bill.reference,
    kind: asks.kind,
    amountMinor,
    currency: bill.currency,
    reason: asks.reason,
    state: "asked",
    askedBy: by,
    askedAt: now.toISOString(),
  };
}

/**
 * Asks that less of a bill be due: a correction in the payer's favour, or what will never be paid. Nothing moves.
 *
 * @throws {Fault} as `newRelief`
 */
export async function askRelief(
  here: Here,
  billId: string,
  asks: NewRelief,
  by: string,
  record: (relief: Relief) => Write[] = () => [],
): Promise<Relief> {
  const relief = await newRelief(here, billId, asks, by);
  await here.commit([newReliefWrite(relief), ...record(relief)]);
  return relief;
}

/** A bill changes for many reasons, a reminder or an instalment: who meets such a change looks again. */
const TRIES = 3;
const decidedAlready = () => new Fault("conflict", "This was decided, or the bill paid, meanwhile: look again.");

/** @throws {Fault} absent; conflict: decided already */
export async function refuseRelief(here: Here, id: string, by: string): Promise<Relief> {
  const relief = await reliefOf(here, id);
  const after: Relief = { ...relief, state: "refused", decidedBy: by, decidedAt: here.clock.now().toISOString() };
  try {
    await here.commit([{ put: reliefItem(after), if: { state: "asked" } }]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw decidedAlready();
    throw error;
  }
  return after;
}

/**
 * The second pair of eyes: the ledger, the relief and the bill change in one transaction, so of two at once one wins,
 * and a bill that is paid meanwhile is not relieved too.
 *
 * @throws {Fault} absent; forbidden: the same person; conflict: decided or paid already
 */
export async function approveRelief(here: Here, id: string, by: string): Promise<Relief> {
  for (let tries = 0; tries < TRIES; tries++) {
    const relief = await reliefOf(here, id);
    if (relief.state !== "asked") throw new Fault("conflict", `This is ${relief.state}.`);
    if (hasPartIn(relief, by)) throw new Fault("forbidden", "Who asked for it cannot approve it.");
    const bill = await billStore(here).get(relief.billId);
    const after: Relief = { ...relief, state: "approved", decidedBy: by, decidedAt: here.clock.now().toISOString() };
    if (await relieved(here, bill, after, { state: "asked" })) return after;
  }
  throw decidedAlready();
}

/**
 * Posts an approved relief: the ledger, the relief and the bill in one transaction.
 * @returns false when the relief stands otherwise, or the bill was relieved meanwhile
 * @throws {Fault} conflict: less is due by now
 */
async function relieved(here: Here, bill: Bill, relief: Relief, was: If): Promise<boolean> {
  const { id, billId, kind, amountMinor, currency } = relief;
  try {
    const { isRepeated } = await here.ledger.post({
      id: `relief:${id}`,
      content: [billId, kind, amountMinor, currency],
      plan: (at) => {
        const dueMinor = at.balance(dueAccount(billId), currency);
        const advanceMinor = -at.balance(advanceAccount(billId), currency);
        const { adjustment } = relief;
        const { transfers, ofBillMinor, creditMinor } = adjustment
          ? adjustmentTransfers(bill, { ...relief, ...adjustment }, principalOf(dueMinor, bill.penaltyMinor))
          : {
              transfers: reliefTransfers(bill, relief, { dueMinor, advanceMinor }),
              ofBillMinor: amountMinor,
              creditMinor: 0,
            };
        const about = { billId, reliefId: id, currency };
        const { accountId } = bill;
        return {
          transfers,
          mayNotGoBelow: [{ account: dueAccount(billId), currency, minMinor: 0 }],
          writes: [
            { put: reliefItem(relief), if: was },
            billStore(here).changedWrite(bill, { relievedMinor: ofBillMinor }),
          ],
          events: [
            ...(ofBillMinor > 0 ? [told(BillRelieved, billId, { ...about, kind, amountMinor: ofBillMinor })] : []),
            ...(creditMinor > 0 && accountId
              ? [told(CreditGiven, billId, { ...about, accountId, amountMinor: creditMinor })]
              : []),
          ],
        };
      },
    });
    return !isRepeated;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

/**
 * A credit note that another room's two people agreed on.
 * @throws {Fault} absent; conflict: the bill was paid or relieved at this very moment
 */
export async function credit(
  here: Here,
  { id, billId, amountMinor, reason, askedBy, approvedBy }: z.infer<(typeof CreditBill)["args"]>,
): Promise<{ creditedMinor: number; paidMinor: number }> {
  for (let tries = 0; tries < TRIES; tries++) {
    const bill = await billStore(here).get(billId);
    const paidMinor = Math.max(
      0,
      bill.totalMinor + (bill.penaltyMinor ?? 0) - (bill.relievedMinor ?? 0) - bill.dueMinor,
    );
    const before = await here.table.get(key(id));
    if (before) return { creditedMinor: Relief.parse(before["relief"]).amountMinor, paidMinor };
    const { reference, currency } = bill;
    // Of an advance, what nothing was handed over for: who asked may not know yet that another has taken that back.
    const unusedMinor = isAdvance(bill)
      ? Math.max(0, -(await here.ledger.balance(advanceAccount(billId), currency)))
      : amountMinor;
    const creditedMinor = Math.min(amountMinor, bill.dueMinor, unusedMinor);
    if (creditedMinor <= 0) return { creditedMinor: 0, paidMinor };
    const at = here.clock.now().toISOString();
    const done = { state: "approved", askedBy, askedAt: at, decidedBy: approvedBy, decidedAt: at } as const;
    const what = { billId, reference, kind: "credit_note", amountMinor: creditedMinor, currency, reason } as const;
    if (await relieved(here, bill, { id, ...what, ...done }, "absent")) return { creditedMinor, paidMinor };
  }
  throw decidedAlready();
}
