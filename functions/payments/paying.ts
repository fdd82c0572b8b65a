import { absent, Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import type { Write } from "../../shared/table.ts";
import { BillByReference } from "../billing/events.ts";
import { amountAsked, move, toStripe } from "./domain.ts";
import type { NewPayment, Payment, StripeAccount, Witness } from "./schema.ts";
import { paymentStore } from "./store.ts";
import { type CardProvider, openStripe } from "./stripe.ts";

const OPEN_MS = 60 * 60_000;
/** A session that ends sooner than this is not shown to a payer any more. */
const LEFT_MS = 5 * 60_000;

interface Chosen {
  name: Payment["provider"];
  account: StripeAccount;
  provider: CardProvider;
}

/** By what this city is paid: its own account at Stripe; a synthetic city without one, by the house's stand-in. */
async function chosen(here: Here): Promise<Chosen | undefined> {
  const store = paymentStore(here);
  const own = await store.account("STRIPE");
  if (own) return { name: "stripe", account: own, provider: openStripe(own) };
  const standIn = here.settings.HANSA_STRIPE_STAND_IN;
  if (!standIn || !here.city.isSynthetic) return undefined;
  const account = await store.account("STAND_IN");
  return account && { name: "stand_in", account, provider: openStripe(account, standIn) };
}

const registered = new Set<string>();

/** A synthetic city makes its account at the stand-in by itself, with its first payment. */
async function withStandIn(here: Here, origin: string): Promise<void> {
  const standIn = here.settings.HANSA_STRIPE_STAND_IN;
  if (!standIn || !here.city.isSynthetic || (await paymentStore(here).account("STRIPE"))) return;
  const callback = `${origin}${here.url("/webhooks/stripe")}`;
  const known = `${standIn} ${callback}`;
  if (registered.has(known)) return;
  const secret = Buffer.from(await here.secrets.hmac("payments.stand-in", here.city.slug)).toString("hex");
  const account = { secretKey: `sk_test_${secret}`, webhookSecret: "whsec_notyetregistered" };
  const webhookSecret = await openStripe(account, standIn).register(callback);
  await paymentStore(here).keepAccount("STAND_IN", { ...account, webhookSecret });
  registered.add(known);
}

export type Mode = "stripe_live" | "stripe_test" | "stand_in" | "none";
export async function modeOf(here: Here): Promise<Mode> {
  const own = await paymentStore(here).account("STRIPE");
  if (own) return /^.._live_/.test(own.secretKey) ? "stripe_live" : "stripe_test";
  return here.settings.HANSA_STRIPE_STAND_IN && here.city.isSynthetic ? "stand_in" : "none";
}

/** @throws {Fault} invalid: a live key in a city whose people do not exist */
export async function keepStripe(here: Here, account: StripeAccount): Promise<void> {
  if (here.city.isSynthetic && /^.._live_/.test(account.secretKey))
    throw invalid("#/secretKey", "A synthetic city takes no real money: use a test key.");
  await paymentStore(here).keepAccount("STRIPE", account);
}

export interface Asked {
  order: NewPayment;
  lang: string;
  origin: string;
  /** What the provider's page says it is for. */
  titleOf: (payment: Payment) => string;
}

/**
 * A payment for a bill, with the provider's page to pay on. Asked again, reloaded or tapped twice, it is the same
 * payment and the same page, as long as that can be paid.
 *
 * @param record  writes that keep the answer with the effect
 */
export async function openPayment(
  here: Here,
  { order, lang, origin, titleOf }: Asked,
  record: (payment: Payment) => Write[] = () => [],
): Promise<Payment> {
  const bill = await here.ask(BillByReference, { reference: order.reference });
  const amountMinor = amountAsked(order, bill);
  await withStandIn(here, origin);
  const by = await chosen(here);
  if (!by) throw new Fault("unavailable", "This city does not take payments by card yet.");
  toStripe(amountMinor, bill.currency);
  const store = paymentStore(here);
  const now = here.clock.now();
  const paying = await store.payingFor(bill.billId);
  let payment = paying && (await reusable(here, by, paying, amountMinor, now)) ? paying : undefined;
  if (paying && !payment) {
    // What was just learnt of the one before may have paid the bill.
    const again = await here.ask(BillByReference, { reference: order.reference });
    if (again.dueMinor !== bill.dueMinor) amountAsked({ ...order, amountMinor }, again);
  }
  payment ??= await store.open(
    {
      id: newId("pay", now),
      billId: bill.billId,
      reference: bill.reference,
      kind: bill.kind,
      month: bill.month,
      amountMinor,
      currency: bill.currency,
      state: "created",
      provider: by.name,
      lang,
      createdAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + OPEN_MS).toISOString(),
    },
    paying,
  );
  if (payment.state !== "created") {
    const answer = record(payment);
    if (answer.length > 0) await here.commit(answer);
    return payment;
  }
  const page = `${origin}${here.url(`/payments/${payment.id}`)}`;
  const { sessionId, url } = await by.provider.open({
    payment,
    title: titleOf(payment),
    lang: payment.lang,
    successUrl: page,
    cancelUrl: `${origin}${here.url(`/pay?reference=${payment.reference}`)}`,
  });
  const pending: Payment = { ...move(payment, "pending"), sessionId, checkoutUrl: url };
  // Its twin, or the provider's own word, may have been faster.
  if (await store.moveTo(pending, record(pending))) return pending;
  return store.get(payment.id);
}

async function reusable(here: Here, by: Chosen, paying: Payment, amountMinor: number, now: Date): Promise<boolean> {
  if (paying.amountMinor !== amountMinor || paying.provider !== by.name) return false;
  if (Date.parse(paying.expiresAt) - now.getTime() < LEFT_MS) return false;
  if (paying.state === "created") return true;
  if (paying.state !== "pending") return false;
  return (await asked(here, paying)).state === "pending";
}

/** Asks the provider how a payment stands: the second witness. A provider that is away changes nothing. */
export async function asked(here: Here, payment: Payment): Promise<Payment> {
  if (!["created", "pending", "failed", "expired"].includes(payment.state) || !payment.sessionId) return payment;
  const by = await chosen(here);
  if (by?.name !== payment.provider) return payment;
  try {
    await heard(here, await by.provider.ask(payment.sessionId), by.name);
  } catch (error) {
    if (!(error instanceof Fault) || !["unavailable", "conflict"].includes(error.kind)) throw error;
    here.log.warn("the payment provider could not be asked", { paymentId: payment.id, error });
  }
  return paymentStore(here).get(payment.id);
}

/** Takes a callback of the provider. @throws {Fault} absent, unauthenticated */
export async function callback(here: Here, body: string, signature: string | undefined): Promise<void> {
  const by = await chosen(here);
  if (!by) throw absent();
  const witness = by.provider.hear(body, signature);
  if (witness) await heard(here, witness, by.name);
}

/** What a witness says becomes what is so: by rule, once, in whatever order they speak. */
async function heard(here: Here, witness: Witness, provider: Payment["provider"]): Promise<void> {
  const store = paymentStore(here);
  const payment = witness.paymentId && (await store.find(witness.paymentId));
  const isOurs = payment && (payment.sessionId === undefined || payment.sessionId === witness.sessionId);
  if (witness.says === "paid") {
    if (witness.amountMinor <= 0) return;
    if (isOurs && payment.currency === witness.currency) await store.settle(payment, witness);
    else await store.keepUnknown(witness, provider);
    return;
  }
  if (!isOurs || witness.says === "open") return;
  const { checkoutUrl: _gone, ...kept } = payment;
  await store.moveTo({ ...kept, state: witness.says });
}
