import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { accountOf, connect, enteredAt } from "./accounts.ts";
import { isUnsettled, payableUntil } from "./domain.ts";
import { heard } from "./hearing.ts";
import type { About } from "./rail.ts";
import type { Account, KeptPayment } from "./schema.ts";
import { paymentStore } from "./store.ts";

// What this house asks a provider about a payment that stands there.

/** Asks the provider how a payment stands: the second witness. A provider that is away changes nothing. */
export async function asked(here: Here, payment: KeptPayment): Promise<KeptPayment> {
  if (!isUnsettled(payment) || !payment.sessionId) return payment;
  try {
    await askNow(here, payment);
  } catch (error) {
    if (!(error instanceof Fault) || !["unavailable", "conflict", "absent"].includes(error.kind)) throw error;
    here.log.warn("the payment provider could not be asked", { paymentId: payment.id, error });
  }
  return paymentStore(here).get(payment.id);
}

/** @throws {Fault} unavailable: no answer; absent: the provider or the account does not know it */
export async function askNow(here: Here, payment: KeptPayment): Promise<void> {
  const account = await accountOf(here, payment.account ?? "");
  const connection = await connect(here, account, await originFor(here, account, payment.order));
  await heard(here, account, await connection.ask(payment.sessionId ?? payment.alias ?? "", aboutOf(payment)), "query");
}
export const aboutOf = ({ id: paymentId, currency, amountMinor, feeMinor = 0, reference }: KeptPayment): About => ({
  ...{ paymentId, currency, reference },
  amountMinor: amountMinor + feeMinor,
});

/** Where providers answer: the house's address as its payer saw it, or of what nobody here asked for, its administrator. */
export async function originFor(here: Here, account: Account, order?: KeptPayment["order"]): Promise<string> {
  const set = here.settings.HANSA_ORIGIN ?? (order && new URL(order.successUrl).origin);
  return set ?? (await enteredAt(here, account)) ?? "http://localhost";
}

/**
 * Ends a payment at its provider, where that can be done, so that nobody can pay by it any more. Paid a moment before,
 * it is settled by this.
 * @returns whether no money can come by it now
 * @throws {Fault} unavailable: no answer
 */
export async function ended(here: Here, payment: KeptPayment): Promise<boolean> {
  if (payment.state !== "pending" || payment.sessionId === undefined) return false;
  const account = await accountOf(here, payment.account ?? "");
  const connection = await connect(here, account, await originFor(here, account, payment.order));
  if (!connection.end) return false;
  try {
    await heard(here, account, await connection.end(payment.sessionId), "query");
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== "conflict") throw error;
    // It cannot be ended, as something became of it: what that is, the provider says.
    await askNow(here, payment);
  }
  return payableUntil(await paymentStore(here).get(payment.id)) <= here.clock.now().getTime();
}
