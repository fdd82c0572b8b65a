import type { Here } from "../../shared/here.ts";
import { receiptText } from "./domain.ts";
import type { Payment } from "./schema.ts";

export const PURPOSE = "payments.receipt";

/** What a receipt says; no name. */
export const factsOf = (here: Pick<Here, "city">, payment: Payment) => ({
  paymentId: payment.id,
  city: here.city.slug,
  reference: payment.reference,
  amountMinor: payment.settledMinor ?? payment.amountMinor,
  currency: payment.currency,
  settledAt: payment.settledAt ?? "",
});

/** The city's signature under the receipt of a payment that is being settled, base64url. */
export async function signatureOf(here: Pick<Here, "city" | "secrets">, settled: Payment): Promise<string> {
  const signature = await here.secrets.sign(PURPOSE, Buffer.from(receiptText(factsOf(here, settled))));
  return Buffer.from(signature).toString("base64url");
}
