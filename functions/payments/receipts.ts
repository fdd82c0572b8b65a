import { createPublicKey, verify } from "node:crypto";
import { absent } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { receiptText } from "./domain.ts";
import type { Payment, Receipt } from "./schema.ts";
import { paymentStore } from "./store.ts";

const PURPOSE = "payments.receipt";
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/;

const factsOf = (here: Here, payment: Payment) => ({
  paymentId: payment.id,
  city: here.city.slug,
  reference: payment.reference,
  amountMinor: payment.settledMinor ?? payment.amountMinor,
  currency: payment.currency,
  settledAt: payment.settledAt ?? "",
});

/** The receipt of money that came in. It shows no name. @throws {Fault} absent: nothing was settled */
export async function receiptOf(here: Here, paymentId: string): Promise<Receipt> {
  const payment = await paymentStore(here).get(paymentId);
  if (payment.settledAt === undefined) throw absent();
  const facts = factsOf(here, payment);
  const signature = await here.secrets.sign(PURPOSE, Buffer.from(receiptText(facts)));
  return { ...facts, signature: Buffer.from(signature).toString("base64url") };
}

/** The key that checks receipts without asking this house. */
export const receiptKey = (here: Here) => here.secrets.publicKey(PURPOSE);

/** Is this the city's own signature over what the city knows of this payment? */
export async function checked(here: Here, paymentId: string, signature: string) {
  const payment = await paymentStore(here).find(paymentId);
  if (payment?.settledAt === undefined || !SIGNATURE.test(signature)) return { isGenuine: false };
  const receipt = factsOf(here, payment);
  const key = createPublicKey({ key: (await receiptKey(here)) as import("node:crypto").JsonWebKey, format: "jwk" });
  const isGenuine = verify(null, Buffer.from(receiptText(receipt)), key, Buffer.from(signature, "base64url"));
  return isGenuine ? { isGenuine, receipt } : { isGenuine };
}
