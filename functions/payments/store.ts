import { absent, Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { before, providerAccount, SUSPENSE, settlement } from "./domain.ts";
import { PaymentSettled, UnknownMoney } from "./events.ts";
import { Payment, StripeAccount, type Witness } from "./schema.ts";
import { signatureOf } from "./signature.ts";

// question                             key
// one payment                          pk     PAYMENT#<id>         sk     PAYMENT
// a city's payments in a month         gsi1pk PAYMENTS#<yyyy-mm>   gsi1sk <createdAt>#<id>
// which months have payments           pk     PAYMENT_MONTHS       sk     <yyyy-mm>
// what is being paid of this bill      pk     PAYING#<bill>        sk     PAYING    (one open session for each bill)
// the city's own account at Stripe     pk     PAYMENT_SETTINGS     sk     STRIPE    (sealed)
// where the stand-in calls back        pk     PAYMENT_SETTINGS     sk     STAND_IN  (sealed)
const key = (id: string) => ({ pk: `PAYMENT#${id}`, sk: "PAYMENT" });
const payingKey = (billId: string) => ({ pk: `PAYING#${billId}`, sk: "PAYING" });
const settingsKey = (of: "STRIPE" | "STAND_IN") => ({ pk: "PAYMENT_SETTINGS", sk: of });
/** Its own root secret: only the functions that handle money can open it. */
const SEAL = "payments.account";

export const itemOf = (payment: Payment): Item => ({
  ...key(payment.id),
  gsi1pk: `PAYMENTS#${payment.createdAt.slice(0, 7)}`,
  gsi1sk: `${payment.createdAt}#${payment.id}`,
  state: payment.state,
  payment,
});
export const monthItem = (payment: Payment): Item => ({ pk: "PAYMENT_MONTHS", sk: payment.createdAt.slice(0, 7) });
export const paymentOf = (item: Item): Payment => Payment.parse(item["payment"]);

export function paymentStore({ city, table, ledger, secrets, clock }: Here) {
  async function find(id: string): Promise<Payment | undefined> {
    const item = await table.get(key(id));
    return item && paymentOf(item);
  }
  async function get(id: string): Promise<Payment> {
    const found = await find(id);
    if (!found) throw absent();
    return found;
  }
  /** Becomes `after` if it still is what may become that. @returns false when a later word stands already */
  async function moveTo(after: Payment, more: readonly Write[] = []): Promise<boolean> {
    try {
      await table.transact([{ put: itemOf(after), if: { state: before(after.state) } }, ...more]);
      return true;
    } catch (error) {
      if (error instanceof ConditionFailed && error.index === 0) return false;
      throw error;
    }
  }

  return {
    find,
    get,
    moveTo,

    /** The payment that was last opened for a bill. */
    async payingFor(billId: string): Promise<Payment | undefined> {
      const item = await table.get(payingKey(billId));
      return item && find(item["paymentId"] as string);
    },

    /**
     * Opens a payment in place of the one before it. Two at once open one.
     * @returns the payment that now stands for the bill
     */
    async open(payment: Payment, instead: Payment | undefined): Promise<Payment> {
      const paying = { ...payingKey(payment.billId), paymentId: payment.id };
      try {
        await table.transact([
          { put: paying, if: instead ? { paymentId: instead.id } : "absent" },
          { put: itemOf(payment), if: "absent" },
          { put: monthItem(payment) },
        ]);
        return payment;
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        const item = await table.get(payingKey(payment.billId));
        return get(item?.["paymentId"] as string);
      }
    },

    /**
     * The money is there: the payment's state, the ledger and the fact change in one transaction, once, however often
     * and in whatever order the provider says so.
     */
    async settle(payment: Payment, witness: Witness): Promise<void> {
      const { amountMinor, currency, sessionId } = witness;
      const settledAt = clock.now().toISOString();
      const settled: Payment = {
        ...payment,
        state: "settled",
        sessionId,
        settledAt,
        ...(amountMinor === payment.amountMinor ? {} : { settledMinor: amountMinor }),
      };
      const { checkoutUrl: _used, ...unsigned } = settled;
      const kept = { ...unsigned, signature: await signatureOf({ city, secrets }, settled) };
      const data = { paymentId: payment.id, billId: payment.billId, amountMinor, currency, settledAt };
      try {
        await ledger.post({
          id: `settle:${payment.id}`,
          content: { paymentId: payment.id, amountMinor, currency },
          plan: (at) => ({
            transfers: settlement(payment, witness, at.balance(`due:${payment.billId}`, currency)),
            writes: [{ put: itemOf(kept), if: { state: before("settled") } }],
            events: [told(PaymentSettled, payment.id, data)],
          }),
        });
      } catch (error) {
        if (error instanceof ConditionFailed)
          throw new Fault("conflict", `The payment ${payment.id} cannot be settled from what it is.`);
        throw error;
      }
    },

    /** Money that nobody here asked for waits in suspense, once for each session. */
    async keepUnknown(witness: Witness, provider: Payment["provider"]): Promise<void> {
      const { amountMinor, currency, sessionId } = witness;
      const postId = `unknown:${provider}:${sessionId}`;
      const transfer = { debit: providerAccount(provider), credit: SUSPENSE, amountMinor, currency, code: "unknown" };
      await ledger.post({
        id: postId,
        transfers: [{ ...transfer, memo: sessionId.slice(0, 100) }],
        events: [told(UnknownMoney, postId, { postId, amountMinor, currency })],
      });
    },

    async ofMonth(month: string, at: { limit: number; cursor?: string }) {
      const { items, cursor } = await table.query({ pk: `PAYMENTS#${month}`, index: "gsi1", reverse: true, ...at });
      return { payments: items.map(paymentOf), ...(cursor ? { next: cursor } : {}) };
    },

    async account(of: "STRIPE" | "STAND_IN"): Promise<StripeAccount | undefined> {
      const item = await table.get(settingsKey(of));
      if (!item) return undefined;
      const opened = await secrets.open(SEAL, item["sealed"] as Uint8Array);
      return StripeAccount.parse(JSON.parse(new TextDecoder().decode(opened)));
    },
    async keepAccount(of: "STRIPE" | "STAND_IN", account: StripeAccount): Promise<void> {
      const sealed = await secrets.seal(SEAL, new TextEncoder().encode(JSON.stringify(account)));
      await table.put({ ...settingsKey(of), sealed });
    },
    dropAccount: (of: "STRIPE" | "STAND_IN") => table.delete(settingsKey(of)),

    /** Every lasting item, for the city's export. The account at Stripe stays behind: it is sealed by this house. */
    async *items(): AsyncIterable<Item> {
      for await (const month of table.all({ pk: "PAYMENT_MONTHS" })) {
        yield month;
        for await (const item of table.all({ pk: `PAYMENTS#${month.sk}`, index: "gsi1" })) {
          yield item;
          // Which payment stands for the bill travels with it, or the new house would open a second one beside it.
          const { id, billId } = item["payment"] as Payment;
          const paying = await table.get(payingKey(billId));
          if (paying?.["paymentId"] === id) yield paying;
        }
      }
    },
  };
}
