import { createHash } from "node:crypto";
import { absent, Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import type { Posting, Transfer } from "../../shared/ledger.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { BillByReference } from "../billing/events.ts";
import { heldIn, SUSPENSE } from "./domain.ts";
import { PaymentSettled, PaymentUndone, type Taken, type Taking, UnknownMoney } from "./events.ts";
import type { Payment } from "./schema.ts";
import { signatureOf } from "./signature.ts";
import { type Booked, bookedWrite, itemOf, monthItem, paymentOf, takenRefItem } from "./store.ts";
import { suspenseIdOf, suspenseKey, waitingItem } from "./suspense.ts";

const postId = (id: string) => `take:${id}`;

const ULID = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** The payment's id follows from the taking's: asked again, nobody needs to remember which payment it became. */
export function takenId({ id, at }: Pick<Taking, "id" | "at">): string {
  let ms = Date.parse(at);
  let time = "";
  for (let i = 0; i < 10; i++) {
    time = ULID[ms % 32] + time;
    ms = Math.floor(ms / 32);
  }
  const chance = createHash("sha256").update(id).digest().subarray(0, 16);
  return `pay_${time}${[...chance].map((byte) => ULID[byte % 32]).join("")}`;
}

export interface Heard {
  booked?: Omit<Booked, "what" | "id">;
  paymentId?: string;
  why?: "unknown" | "paid_twice" | "other_currency";
}

/**
 * Settles money that is here already against the bill with this reference: state, ledger and fact in one post. What
 * is beyond what is due, in another currency, or for no bill that is known waits in suspense. The first answer stands.
 * @param more  of a provider's word: what its number is booked as, and the payment that it seems to be for
 * @throws {Fault} conflict: the id was taken with other contents
 * @throws {ConditionFailed} the provider's number is booked already
 */
export async function take(here: Here, taking: Taking, more: Heard = {}): Promise<Taken> {
  const { amountMinor, currency, reference, via } = taking;
  const { table, ledger, clock } = here;
  const bill = await here.ask(BillByReference, { reference }).catch(absentIsNone);
  const fits = bill?.currency === currency ? bill : undefined;
  const paymentId = takenId(taking);
  const settledAt = clock.now().toISOString();
  const common = { debit: heldIn(via), currency };
  const memo = `${via.providerRef} ${reference}`.trim().slice(0, 100);
  const unknown = (code: string, amount: number): Transfer => ({
    ...common,
    credit: SUSPENSE,
    amountMinor: amount,
    code,
    memo,
  });

  let keptOf: ((forBill: number) => Write[]) | undefined;
  if (fits) {
    const settled: Payment = {
      id: paymentId,
      billId: fits.billId,
      reference: fits.reference,
      kind: fits.kind,
      month: fits.month,
      amountMinor,
      currency,
      state: "settled",
      provider: via.rail,
      lang: here.city.languages[0] ?? "en",
      account: via.account,
      sessionId: via.providerRef,
      providerRef: via.providerRef,
      createdAt: taking.at,
      expiresAt: taking.at,
      settledAt,
    };
    const kept = { ...settled, signature: await signatureOf(here, settled) };
    const month = monthItem(kept);
    // Written only by the month's first: two posts that touch one item cannot share a commit.
    const isFirst = !(await table.get(month));
    keptOf = (forBillMinor) => [
      { put: itemOf(forBillMinor === amountMinor ? kept : { ...kept, forBillMinor }), if: "absent" },
      ...(isFirst ? [{ put: month }] : []),
    ];
  }

  const waiting = (waits: number, why: "unknown" | "overpaid" | "paid_twice" | "other_currency", of?: string) =>
    waitingItem({
      id: suspenseIdOf(paymentId),
      holder: heldIn(via),
      rail: via.rail,
      account: via.account,
      providerRef: via.providerRef,
      reference,
      amountMinor: waits,
      currency,
      at: taking.at,
      why,
      ...(of === undefined ? {} : { paymentId: of }),
      state: "open",
    });
  const booked = (what: Booked["what"], id: string): Write[] =>
    more.booked ? [bookedWrite({ ...more.booked, what, id })] : [];

  const named = (id: string): Write[] =>
    via.rail === "third_party" && via.providerRef !== "" ? [{ put: takenRefItem(via.providerRef, id) }] : [];

  const plan = (dueMinor: number): Posting => {
    const forBill = Math.max(0, Math.min(amountMinor, dueMinor));
    if (!fits || forBill === 0)
      return {
        transfers: [unknown("unknown", amountMinor)],
        writes: [
          {
            put: waiting(
              amountMinor,
              more.why ?? (bill && bill.currency !== currency ? "other_currency" : "unknown"),
              more.paymentId,
            ),
            if: "absent",
          },
          ...booked("suspense", suspenseIdOf(paymentId)),
          ...named(suspenseIdOf(paymentId)),
        ],
        events: [told(UnknownMoney, postId(taking.id), { postId: postId(taking.id), amountMinor, currency })],
      };
    const { billId } = fits;
    return {
      transfers: [
        { ...common, credit: `due:${billId}`, amountMinor: forBill, code: "settlement", memo: paymentId },
        ...(amountMinor > forBill ? [unknown("overpaid", amountMinor - forBill)] : []),
      ],
      writes: [
        ...(keptOf?.(forBill) ?? []),
        ...(amountMinor > forBill
          ? [{ put: waiting(amountMinor - forBill, "overpaid", paymentId), if: "absent" as const }]
          : []),
        ...booked("payment", paymentId),
        ...named(paymentId),
      ],
      events: [
        told(PaymentSettled, paymentId, {
          ...{ paymentId, billId, amountMinor, currency, settledAt, paidAt: taking.at },
          forBillMinor: forBill,
          rail: via.rail,
        }),
      ],
    };
  };

  await ledger.post({
    id: postId(taking.id),
    content: [reference, amountMinor, currency, via.rail, via.account, via.providerRef, taking.at],
    plan: (at) => plan(fits ? at.balance(`due:${fits.billId}`, currency) : 0),
  });
  const item = await table.get({ pk: `PAYMENT#${paymentId}`, sk: "PAYMENT" });
  return item
    ? { outcome: "settled", paymentId, receiptUrl: here.url(`/receipts/${paymentId}`) }
    : { outcome: "suspense" };
}

/**
 * Undoes a taking that was a mistake, by the reversing entries, all of it and once. What was settled is due again.
 * @throws {Fault} absent: never taken; conflict: what waited in suspense was used, or it was refunded meanwhile
 */
export async function undo(here: Here, { id, at, reason }: { id: string; at: string; reason: string }): Promise<void> {
  const { table, ledger } = here;
  const entries = await ledger.entriesOf(postId(id));
  if (!entries) throw absent();
  const item = await table.get({ pk: `PAYMENT#${takenId({ id, at })}`, sk: "PAYMENT" });
  const payment = item && paymentOf(item);
  const transfers = entries.map(({ transfer: { debit, credit, amountMinor, currency } }) => ({
    debit: credit,
    credit: debit,
    amountMinor,
    currency,
    code: "undone",
    memo: id.slice(0, 100),
  }));
  const back = transfers.filter(({ debit }) => debit === SUSPENSE).reduce((sum, one) => sum + one.amountMinor, 0);
  const forBillMinor = transfers
    .filter(({ debit }) => debit.startsWith("due:"))
    .reduce((sum, one) => sum + one.amountMinor, 0);
  const currency = transfers[0]?.currency ?? "";
  const gone: Write[] =
    back > 0
      ? [{ delete: suspenseKey(suspenseIdOf(takenId({ id, at }))), if: { state: "open", amountMinor: back } }]
      : [];
  try {
    await ledger.post({
      id: `undo:${id}`,
      content: [id, reason],
      plan: (now) => {
        // Suspense stands below 0 by what waits there: it cannot give back what somebody matched to a bill already.
        if (back > 0 && now.balance(SUSPENSE, currency) + back > 0)
          throw new Fault("conflict", "What waited in suspense was used meanwhile.");
        return {
          transfers,
          ...(payment
            ? {
                writes: [{ put: itemOf({ ...payment, state: "refunded" }), if: { state: ["settled"] } }, ...gone],
                events: [
                  told(PaymentUndone, payment.id, {
                    paymentId: payment.id,
                    billId: payment.billId,
                    amountMinor: payment.amountMinor,
                    forBillMinor,
                    currency: payment.currency,
                  }),
                ],
              }
            : { writes: gone }),
        };
      },
    });
  } catch (error) {
    if (error instanceof ConditionFailed)
      throw new Fault(
        "conflict",
        "This payment was given back or disputed meanwhile, or what waited in suspense was used.",
      );
    throw error;
  }
}

const absentIsNone = (error: unknown): undefined => {
  if (error instanceof Fault && error.kind === "absent") return undefined;
  throw error;
};
