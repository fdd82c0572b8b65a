import { type NewEvent, told } from "../../shared/events.ts";
import { AccountCredited, CreditTaken, PaymentSettled } from "./events.ts";
import type { Part, Payment } from "./schema.ts";

/** Several facts of one thing are numbered, so that who does something once for it can tell. */
const nth = (i: number) => (i === 0 ? {} : { nth: i + 1 });

/** One fact for each part: what `ofBill` makes of a bill's, and what `ofCredit` makes of the account's credit. */
export const factsOfParts = (
  parts: readonly Part[],
  ofBill: (part: { billId: string; forBillMinor: number; nth?: number }) => NewEvent,
  ofCredit: (part: { accountId: string; amountMinor: number; nth?: number }) => NewEvent,
): NewEvent[] =>
  parts.map((part, i) =>
    "billId" in part
      ? ofBill({ billId: part.billId, forBillMinor: part.amountMinor, ...nth(i) })
      : ofCredit({ accountId: part.accountId, amountMinor: part.amountMinor, ...nth(i) }),
  );

/** That money came. @param came with the payer's fee and what was paid beyond the dues, and when */
export function settledFacts(
  payment: Payment,
  came: { amountMinor: number; at: string },
  parts: readonly Part[],
): NewEvent[] {
  const { id: paymentId, billId, currency, settledAt = "", provider: rail } = payment;
  const common = { paymentId, amountMinor: came.amountMinor, currency, settledAt, rail, paidAt: came.at };
  // A bill that was paid in another way meanwhile: all of it waits in suspense.
  if (parts.length === 0 && billId !== undefined)
    return [told(PaymentSettled, paymentId, { ...common, billId, forBillMinor: 0 })];
  return factsOfParts(
    parts,
    (part) => told(PaymentSettled, paymentId, { ...common, ...part }),
    (part) => told(AccountCredited, paymentId, { paymentId, currency, ...part }),
  );
}

/** That an account's credit went back. */
export const creditTaken = (
  of: { paymentId?: string; refundId?: string; currency: string },
  part: { accountId: string; amountMinor: number; nth?: number },
): NewEvent => told(CreditTaken, of.refundId ?? of.paymentId ?? part.accountId, { ...of, ...part });
