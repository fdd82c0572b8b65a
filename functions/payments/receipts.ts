import { absent } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import { isLang } from "../../shared/texts.ts";
import type { Receipt } from "./schema.ts";
import { factsOf, PURPOSE } from "./signature.ts";
import { paymentStore } from "./store.ts";
import { paymentTexts } from "./texts.ts";

/** The receipt of money that came in. It shows no name. @throws {Fault} absent: nothing was settled */
export async function receiptOf(here: Here, paymentId: string): Promise<Receipt> {
  const payment = await paymentStore(here).get(paymentId);
  if (payment.signature === undefined) throw absent();
  return { ...factsOf(here, payment), signature: payment.signature };
}

/** Sends the receipt to the payer's telephone, where its number is known. */
export async function receiptSent(here: Here, paymentId: string): Promise<void> {
  const payment = await paymentStore(here).find(paymentId);
  const to = payment?.order?.msisdn;
  if (!payment || to === undefined || payment.settledAt === undefined) return;
  const lang = isLang(payment.lang) ? payment.lang : (here.city.languages[0] ?? "en");
  const url = new URL(here.url(`/receipts/${paymentId}`), payment.order?.successUrl).href;
  const { amountMinor, currency, reference } = factsOf(here, payment);
  const sum = formatMoney(amountMinor, currency, lang);
  const text = paymentTexts.in(lang)("receiptSms", { city: here.city.name, sum, reference, url });
  await here.messages.send({ to, text, lang });
}

/** The key that checks receipts without asking this house. */
export const receiptKey = (here: Here) => here.secrets.publicKey(PURPOSE);

/** Is this the signature that the city gave to this payment? Also after it moved to a house with other keys. */
export async function checked(here: Here, paymentId: string, signature: string) {
  const payment = await paymentStore(here).find(paymentId);
  if (payment?.signature === undefined || payment.signature !== signature) return { isGenuine: false };
  return { isGenuine: true, receipt: factsOf(here, payment) };
}
