import { type NewEvent, told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import type { Item, Write } from "../../shared/table.ts";
import { BillById, creditAccount, DuesInOrder } from "../billing/events.ts";
import { CreditReturned, CreditUsed } from "./events.ts";
import { CreditUse } from "./schema.ts";
import { type GoneBack, spread } from "./spreading.ts";
import { paymentStore } from "./store.ts";

// question                                   key
// what an account's credit paid              pk     CREDIT_USES#<account>   sk     <id>
// every use there is                         gsi1pk CREDIT_USES             gsi1sk <id>
const useItem = (use: CreditUse): Item => ({
  pk: `CREDIT_USES#${use.accountId}`,
  sk: use.id,
  gsi1pk: "CREDIT_USES",
  gsi1sk: use.id,
  backMinor: use.backMinor,
  use,
});

/** What an account has paid ahead, in minor units. */
export async function creditOf(here: Here, accountId: string): Promise<number> {
  return Math.max(0, 0 - (await here.ledger.balance(creditAccount(accountId), here.city.currency)));
}

/** So many dues are paid at a time: each is an item and a fact of one transaction. */
const AT_ONCE = 40;
const USES_READ = 200;
/** What its credit paid, the latest first. */
export async function usesOf({ table }: Here, accountId: string): Promise<CreditUse[]> {
  const { items } = await table.query({ pk: `CREDIT_USES#${accountId}`, reverse: true, limit: USES_READ });
  return items.map((item) => CreditUse.parse(item["use"]));
}
export async function* creditItems({ table }: Here): AsyncIterable<Item> {
  yield* table.all({ pk: "CREDIT_USES", index: "gsi1" });
}

/** There is nothing to pay with, or nothing to pay. */
class Nothing extends Error {}

/**
 * Pays what is due of an account with what it has paid ahead, by the city's rule, as far as either goes. How much is
 * decided at the commit: done twice, or by many at once, it pays nothing twice.
 *
 * @param billId  a bill that was issued a moment ago
 */
export async function useCredit(here: Here, accountId: string, billId?: string): Promise<void> {
  const { currency } = here.city;
  const credit = creditAccount(accountId);
  while ((await here.ledger.balance(credit, currency)) < 0) {
    const { dues: all, rule } = await here.ask(DuesInOrder, { accountId, billId });
    const dues = all.slice(0, AT_ONCE);
    const now = here.clock.now();
    const ids = dues.map(() => newId("use", now));
    if (ids.length === 0) return;
    try {
      await here.ledger.post({
        id: `credit_use:${ids[0]}`,
        content: { accountId },
        plan: (at) => {
          const { parts } = spread(0 - at.balance(credit, currency), { dues }, (id) =>
            at.balance(`due:${id}`, currency),
          );
          const uses = parts.flatMap((part, i): CreditUse[] =>
            "billId" in part
              ? [
                  {
                    id: ids[i]!,
                    accountId,
                    billId: part.billId,
                    reference: part.reference,
                    amountMinor: part.amountMinor,
                    backMinor: 0,
                    currency,
                    rule,
                    at: now.toISOString(),
                  },
                ]
              : [],
          );
          if (uses.length === 0) throw new Nothing("nothing to pay, or to pay with");
          return {
            transfers: uses.map((use) => ({
              debit: credit,
              credit: `due:${use.billId}`,
              amountMinor: use.amountMinor,
              currency,
              code: "credit_used",
              memo: use.id,
            })),
            writes: uses.map((use) => ({ put: useItem(use), if: "absent" as const })),
            events: uses.map(({ id: useId, billId: paid, amountMinor }) =>
              told(CreditUsed, useId, { useId, accountId, billId: paid, amountMinor, currency }),
            ),
          };
        },
      });
    } catch (error) {
      if (error instanceof Nothing) return;
      throw error;
    }
  }
}

/** Something of a payment's account is due again: what it has paid ahead by other payments pays that. */
export async function useCreditAfter(here: Here, paymentId: string | undefined): Promise<void> {
  const payment = paymentId === undefined ? undefined : await paymentStore(here).find(paymentId);
  if (!payment) return;
  const ofBill = async (billId: string) => (await here.ask(BillById, { billId })).accountId;
  const accountId = payment.accountId ?? (payment.billId === undefined ? undefined : await ofBill(payment.billId));
  if (accountId !== undefined) await useCredit(here, accountId);
}

/** The uses that are taken back, as they are from then on, and the facts of it. @param by a refund, or what undid it */
export function returnedUses({ returned }: GoneBack, by: string): { writes: Write[]; events: NewEvent[] } {
  return {
    writes: returned.map(({ use, amountMinor }) => ({
      put: useItem({ ...use, backMinor: use.backMinor + amountMinor }),
      // Whoever takes back of the same use at this moment is first or second.
      if: { backMinor: use.backMinor },
    })),
    events: returned.map(({ use, amountMinor }) => {
      const { id: useId, accountId, billId, currency } = use;
      return told(CreditReturned, useId, { useId, accountId, billId, amountMinor, currency, by });
    }),
  };
}
