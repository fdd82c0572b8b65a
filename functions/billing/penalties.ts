import type { z } from "zod";
import { Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import { dueAccount, PENALTIES, principalOf } from "./domain.ts";
import {
  type ChargePenalty,
  type PenaltiesOf,
  Penalty,
  PenaltyCharged,
  PenaltyRemitted,
  Remission,
  type RemitPenalty,
} from "./events.ts";
import { planOf } from "./instalments.ts";
import { isMetered } from "./schema.ts";
import { billStore } from "./store.ts";

// What is charged on a bill for being late, and taken back again: the entries alone. When and how much is decided by
// the room of penalties.
//
// question                      key
// penalties of a bill           pk     PENALTIES#<bill>   sk     P#<step>            (guards that each is once)
// what was taken back of them   pk     PENALTIES#<bill>   sk     R#<remission>       (the same)
// all of them                   gsi1pk PENALTIES          gsi1sk <bill>#<its sk>
const listKey = (billId: string) => `PENALTIES#${billId}`;
const itemOf = (billId: string, sk: string, what: { penalty: Penalty } | { remission: Remission }): Item => ({
  pk: listKey(billId),
  sk,
  gsi1pk: "PENALTIES",
  gsi1sk: `${billId}#${sk}`,
  ...what,
});
export const penaltyItems = ({ table }: Here): AsyncIterable<Item> => table.all({ pk: "PENALTIES", index: "gsi1" });

/** Penalties of a bill and what was taken back of them, each the oldest first. */
export async function entriesOf({ table }: Pick<Here, "table">, billId: string) {
  const items: Item[] = [];
  for await (const item of table.all({ pk: listKey(billId) })) items.push(item);
  const oldest = (a: { at: string }, b: { at: string }) => (a.at < b.at ? -1 : 1);
  return {
    penalties: Penalty.array()
      .parse(items.flatMap((item) => item["penalty"] ?? []))
      .sort(oldest),
    remissions: Remission.array()
      .parse(items.flatMap((item) => item["remission"] ?? []))
      .sort(oldest),
  };
}

/** @throws {Fault} absent */
export async function penaltiesOf(here: Here, billId: string): Promise<z.infer<typeof PenaltiesOf.answer>> {
  const bill = await billStore(here).issued(billId);
  const [dueMinor, entries, plan] = await Promise.all([
    here.ledger.balance(dueAccount(billId), bill.currency),
    entriesOf(here, billId),
    planOf(here, billId),
  ]);
  return { dueMinor, penaltyMinor: bill.penaltyMinor ?? 0, ...entries, ...(plan ? { plan } : {}) };
}

class NothingLate extends Error {}

/**
 * One entry for one step: ledger, penalty, bill and event in one transaction. Whether something is late is looked at in
 * the commit itself, so of a payment and a penalty at once one is first, and the other follows what it finds.
 * @throws {Fault} absent; conflict: the bill changed meanwhile, or the step was charged with another amount
 */
export async function chargePenalty(
  here: Here,
  { billId, currency, ...asked }: z.infer<typeof ChargePenalty.args>,
): Promise<z.infer<typeof ChargePenalty.answer>> {
  const bill = await billStore(here).issued(billId);
  const { step, amountMinor, ruleId } = asked;
  const isExpiring = !isMetered(bill) && bill.expiresAt !== undefined;
  if (bill.currency !== currency || isExpiring) return { outcome: "nothing_late" };
  const penalty: Penalty = { ...asked, at: here.clock.now().toISOString() };
  try {
    const { isRepeated } = await here.ledger.post({
      id: `penalty:${billId}#${step}`,
      content: [amountMinor, currency],
      plan: (at) => {
        if (principalOf(at.balance(dueAccount(billId), currency), bill.penaltyMinor) === 0) throw new NothingLate();
        return {
          transfers: [
            { debit: dueAccount(billId), credit: PENALTIES, amountMinor, currency, code: "penalty", memo: step },
          ],
          writes: [
            { put: itemOf(billId, `P#${step}`, { penalty }), if: "absent" },
            billStore(here).changedWrite(bill, { penaltyMinor: amountMinor }),
          ],
          events: [told(PenaltyCharged, billId, { billId, kind: bill.kind, step, amountMinor, currency, ruleId })],
        };
      },
    });
    return { outcome: isRepeated ? "charged_before" : "charged" };
  } catch (error) {
    if (error instanceof NothingLate) return { outcome: "nothing_late" };
    throw changedMeanwhile(error);
  }
}

/**
 * Takes penalties back by a new entry, once for its id, and never more than is open of them.
 * @throws {Fault} absent; conflict: the bill changed meanwhile
 */
export async function remitPenalty(
  here: Here,
  { billId, ...asked }: z.infer<typeof RemitPenalty.args>,
): Promise<z.infer<typeof RemitPenalty.answer>> {
  const bill = await billStore(here).issued(billId);
  const { kind, currency, penaltyMinor = 0 } = bill;
  const { id, why, amnestyId } = asked;
  let remittedMinor = 0;
  try {
    const { isRepeated } = await here.ledger.post({
      id: `remission:${billId}#${id}`,
      content: [asked.amountMinor, why],
      plan: (at) => {
        const open = Math.min(at.balance(dueAccount(billId), currency), penaltyMinor);
        const amountMinor = Math.min(asked.amountMinor, open);
        if (amountMinor <= 0) throw new NothingLate();
        remittedMinor = amountMinor;
        const remission: Remission = { ...asked, amountMinor, at: here.clock.now().toISOString() };
        const transfer = { debit: PENALTIES, credit: dueAccount(billId), amountMinor, currency };
        return {
          transfers: [{ ...transfer, code: "penalty_remission", memo: id }],
          writes: [
            { put: itemOf(billId, `R#${id}`, { remission }), if: "absent" },
            billStore(here).changedWrite(bill, { penaltyMinor: -amountMinor }),
          ],
          events: [
            told(PenaltyRemitted, billId, {
              ...{ billId, kind, remissionId: id, why, amountMinor, currency },
              ...(amnestyId ? { amnestyId } : {}),
            }),
          ],
        };
      },
    });
    return { remittedMinor: isRepeated ? 0 : remittedMinor };
  } catch (error) {
    if (error instanceof NothingLate) return { remittedMinor: 0 };
    throw changedMeanwhile(error);
  }
}

const changedMeanwhile = (error: unknown): unknown =>
  error instanceof ConditionFailed ? new Fault("conflict", "The bill changed meanwhile: look again.") : error;
