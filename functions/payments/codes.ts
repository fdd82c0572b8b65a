import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { holderOf } from "./domain.ts";
import { numberAsked } from "./paying.ts";
import { asked } from "./questions.ts";
import type { KeptPayment } from "./schema.ts";
import { paymentStore } from "./store.ts";
import { assign, suspenseOf } from "./suspense.ts";

/**
 * The number in the payer's own message: the fourth witness, never believed alone. The provider is asked about the
 * payment; money that came under this number and waits, of exactly this amount, is what the payer paid.
 * @throws {Fault} invalid: the number was booked for something else; conflict: nobody knows of it yet
 */
export async function codeTyped(here: Here, payment: KeptPayment, typed: string): Promise<KeptPayment> {
  const code = typed.replace(/\s/g, "").toUpperCase();
  const store = paymentStore(here);
  const now = await asked(here, payment);
  const { currency, amountMinor, feeMinor = 0 } = payment;
  await store.witnessed(payment.id, "code", {
    ...{ about: "payment", says: "open", sessionId: payment.sessionId ?? "", amountMinor: 0, currency },
    providerRef: code,
  });
  if (now.state === "settled") return now;
  let booked = await store.booked(holderOf(payment), code);
  if (!booked) {
    await numberAsked(here, payment, code);
    booked = await store.booked(holderOf(payment), code);
  }
  if (!booked) throw new Fault("conflict", "The provider has not told of this number yet. Look again in some minutes.");
  if (booked.what !== "suspense") throw invalid("#/code", "This number belongs to another payment.");
  const waiting = await suspenseOf(here, booked.id);
  if (waiting.state !== "open" || waiting.amountMinor !== amountMinor + feeMinor || waiting.currency !== currency)
    throw invalid("#/code", "This number belongs to another payment.");
  const became = await assign(here, waiting.id, payment.reference, "code");
  await store.over(await store.get(payment.id), "failed");
  return became;
}
