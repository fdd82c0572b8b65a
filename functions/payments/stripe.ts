import Stripe from "stripe";
import { Fault } from "../../shared/errors.ts";
import { fromStripe, toStripe } from "./domain.ts";
import { type Payment, PaymentId, type StripeAccount, type Witness } from "./schema.ts";

export interface Checkout {
  payment: Payment;
  /** What the provider's page says it is for; no name. */
  title: string;
  lang: string;
  successUrl: string;
  cancelUrl: string;
}

/** What a payment needs of a card provider, in this house's words and minor units. */
export interface CardProvider {
  /** @throws {Fault} invalid: it cannot take this amount; unavailable: it does not answer */
  open(checkout: Checkout): Promise<{ sessionId: string; url: string }>;
  /** Asks how it stands: the second witness. */
  ask(sessionId: string): Promise<Witness>;
  /** A callback's word; undefined when it is about something else. @throws {Fault} unauthenticated: forged or stale */
  hear(body: string, signature: string | undefined): Witness | undefined;
  /** Asks to be called back at this address. @returns the secret that callbacks are signed with */
  register(url: string): Promise<string>;
}

const LOCALES: Record<string, Stripe.Checkout.SessionCreateParams.Locale> = { en: "en", fr: "fr" };
const TOLERANCE_S = 300;

/** Stripe itself, or at `standIn` what speaks its HTTP border. */
export function openStripe(account: StripeAccount, standIn?: string): CardProvider {
  const at = standIn === undefined ? undefined : new URL(standIn);
  const stripe = new Stripe(account.secretKey, {
    maxNetworkRetries: 2,
    timeout: 10_000,
    telemetry: false,
    httpClient: Stripe.createFetchHttpClient(),
    ...(at ? { host: at.hostname, port: at.port, protocol: at.protocol === "https:" ? "https" : "http" } : {}),
  });
  return {
    async open({ payment, title, lang, successUrl, cancelUrl }) {
      const session = await reached(() =>
        stripe.checkout.sessions.create(
          {
            mode: "payment",
            line_items: [
              {
                quantity: 1,
                price_data: {
                  currency: payment.currency.toLowerCase(),
                  unit_amount: toStripe(payment.amountMinor, payment.currency),
                  product_data: { name: title },
                },
              },
            ],
            client_reference_id: payment.id,
            metadata: { payment: payment.id },
            payment_intent_data: { metadata: { payment: payment.id } },
            success_url: successUrl,
            cancel_url: cancelUrl,
            locale: LOCALES[lang] ?? "auto",
            expires_at: Math.floor(Date.parse(payment.expiresAt) / 1000),
          },
          { idempotencyKey: payment.id },
        ),
      );
      if (!session.url) throw new Fault("unavailable", "The payment provider gave no page to pay on.");
      return { sessionId: session.id, url: session.url };
    },
    ask: async (sessionId) => witnessOf(await reached(() => stripe.checkout.sessions.retrieve(sessionId))),
    hear(body, signature) {
      let event: Stripe.Event;
      try {
        event = stripe.webhooks.constructEvent(body, signature ?? "", account.webhookSecret, TOLERANCE_S);
      } catch {
        throw new Fault("unauthenticated", "The signature of this callback does not hold, or it is too old.");
      }
      switch (event.type) {
        case "checkout.session.completed":
        case "checkout.session.async_payment_succeeded":
        case "checkout.session.async_payment_failed":
        case "checkout.session.expired": {
          const witness = witnessOf(event.data.object);
          return event.type.endsWith("failed") ? { ...witness, says: "failed" } : witness;
        }
        default:
          return undefined;
      }
    },
    async register(url) {
      const endpoint = await reached(() =>
        stripe.webhookEndpoints.create({
          url,
          enabled_events: [
            "checkout.session.completed",
            "checkout.session.async_payment_succeeded",
            "checkout.session.async_payment_failed",
            "checkout.session.expired",
          ],
        }),
      );
      if (!endpoint.secret) throw new Fault("unavailable", "The payment provider gave no signing secret.");
      return endpoint.secret;
    },
  };
}

function witnessOf(session: Stripe.Checkout.Session): Witness {
  const currency = (session.currency ?? "").toUpperCase();
  const paymentId = PaymentId.safeParse(session.client_reference_id ?? session.metadata?.["payment"]);
  const isPaid = session.payment_status === "paid";
  return {
    says: isPaid ? "paid" : session.status === "expired" ? "expired" : "open",
    sessionId: session.id,
    ...(paymentId.success ? { paymentId: paymentId.data } : {}),
    // What was not paid has no amount that counts.
    amountMinor: isPaid ? fromStripe(session.amount_total ?? 0, currency) : 0,
    currency,
  };
}

async function reached<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (
      error instanceof Stripe.errors.StripeAuthenticationError ||
      error instanceof Stripe.errors.StripePermissionError
    )
      throw new Fault(
        "unavailable",
        "The payment provider does not accept this city's key; its administrator must look.",
      );
    if (error instanceof Stripe.errors.StripeInvalidRequestError)
      throw new Fault("conflict", `The payment provider refuses this: ${error.message}`);
    if (error instanceof Stripe.errors.StripeError)
      throw new Fault("unavailable", "The payment provider does not answer at the moment.", { retryAfterS: 30 });
    throw error;
  }
}
