import type Stripe from "stripe";
import { z } from "zod";
import { absent, Fault, invalid } from "../../../../shared/errors.ts";
import type { Connection, Heard, Order, Rail, RailHome, RefundOrder, Word } from "../../rail.ts";
import { fromStripe, toStripe } from "./amounts.ts";

/** The city's own account at Stripe, or one that is connected to a platform's key (direct charges). */
export const StripeSettings = z.strictObject({
  secretKey: z.string().regex(/^(sk|rk)_(test|live)_[A-Za-z0-9]{8,250}$/, "a secret key such as sk_test_…"),
  webhookSecret: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/=_-]{8,250}$/, "a signing secret such as whsec_…")
    .optional(),
  /** Charges are made on it, so that the city is the merchant of record; the key is the platform's. */
  connectedAccount: z
    .string()
    .regex(/^acct_[A-Za-z0-9]{4,60}$/, "an account such as acct_…")
    .optional(),
  /** The key is the platform's own, and nobody pays the city by it: what it hears of are accounts connected to it. */
  isPlatform: z.boolean().optional(),
  /** The platform's share of each payment, in basis points, rounded down. Only with `connectedAccount`. */
  applicationFeeBasisPoints: z.coerce.number().int().min(0).max(2_000).optional(),
});
export type StripeSettings = z.infer<typeof StripeSettings>;

const LOCALES: Record<string, Stripe.Checkout.SessionCreateParams.Locale> = { en: "en", fr: "fr" };
const TOLERANCE_S = 300;
const PAGE = 100;
const EVENTS = [
  "checkout.session.completed",
  "checkout.session.async_payment_succeeded",
  "checkout.session.async_payment_failed",
  "checkout.session.expired",
  "payment_intent.succeeded",
  "refund.updated",
  "refund.failed",
  "charge.dispute.created",
  "charge.dispute.closed",
] as const;

export const stripe: Rail<StripeSettings> = {
  name: "stripe",
  how: "page",
  settings: StripeSettings,
  isLive: ({ secretKey }) => /^.._live_/.test(secretKey),
  standInSettings: (secret) => ({ secretKey: `sk_test_${secret}` }),
  connect,
};

/** Its library is 218 modules, which only a city that is paid through Stripe needs: so it is loaded by the first word to it. */
const library = async () => (await import("stripe")).default;

/** Stripe itself, or at `standIn` what speaks its HTTP border. */
function connect(settings: StripeSettings, home: RailHome): Connection {
  const at = home.standIn === undefined ? undefined : new URL(home.standIn);
  let client: Promise<Stripe> | undefined;
  const api = () => {
    client ??= library().then(
      (Library) =>
        new Library(settings.secretKey, {
          // What stays unanswered is asked again by the poller, later.
          maxNetworkRetries: 0,
          timeout: 10_000,
          telemetry: false,
          httpClient: Library.createFetchHttpClient(),
          ...(at ? { host: at.hostname, port: at.port, protocol: at.protocol === "https:" ? "https" : "http" } : {}),
        }),
    );
    return client;
  };
  const { connectedAccount } = settings;
  const on = connectedAccount === undefined ? {} : { stripeAccount: connectedAccount };
  /** With an account and a key for the idempotency of a request. */
  const once = (idempotencyKey: string) => ({ ...on, idempotencyKey });
  const applicationFee = (amount: number, { applicationFeeMinor, currency }: Order) => {
    if (connectedAccount === undefined) return {};
    const fee =
      applicationFeeMinor === undefined
        ? Math.floor((amount * (settings.applicationFeeBasisPoints ?? 0)) / 10_000)
        : toStripe(applicationFeeMinor, currency);
    return fee === 0 ? {} : { application_fee_amount: fee };
  };

  /** Which of our payments a charge was for: the payment intent carries it. */
  async function paymentOf(intent: string | Stripe.PaymentIntent | null): Promise<{ id: string; paymentId?: string }> {
    if (intent === null) return { id: "" };
    const found =
      typeof intent === "string"
        ? await reached(async () => (await api()).paymentIntents.retrieve(intent, {}, on))
        : intent;
    return { id: found.id, ...idOf(found.metadata) };
  }

  /** Of a charge on a connected account only its page speaks: it names the charge, the page and the whole amount. */
  function chargeWordOf(event: Stripe.Event): Word | undefined {
    switch (event.type) {
      case "checkout.session.completed":
      case "checkout.session.async_payment_succeeded":
      case "checkout.session.expired":
        return sessionWord(event.data.object);
      default:
        return undefined;
    }
  }

  async function wordOf(event: Stripe.Event): Promise<Word | undefined> {
    switch (event.type) {
      case "checkout.session.completed":
      case "checkout.session.async_payment_succeeded":
      case "checkout.session.async_payment_failed":
      case "checkout.session.expired": {
        const word = sessionWord(event.data.object);
        return event.type.endsWith("failed") ? { ...word, says: "failed" } : word;
      }
      case "payment_intent.succeeded": {
        const intent = event.data.object;
        // What another program of this account takes is not ours to book twice: its session's word will tell.
        const ours = idOf(intent.metadata);
        return ours.paymentId === undefined ? undefined : intentWord(intent, ours.paymentId);
      }
      case "refund.updated":
      case "refund.failed":
        return refundWord(event.data.object);
      case "charge.dispute.created":
      case "charge.dispute.closed": {
        const dispute = event.data.object;
        // A mere inquiry takes no money away.
        if (dispute.status.startsWith("warning")) return undefined;
        const currency = dispute.currency.toUpperCase();
        const { paymentId } = await paymentOf(dispute.payment_intent);
        return {
          about: "dispute",
          says: dispute.status === "lost" ? "paid" : dispute.status === "won" ? "failed" : "open",
          sessionId: dispute.id,
          ...(paymentId === undefined ? {} : { paymentId }),
          providerRef: dispute.id,
          amountMinor: fromStripe(dispute.amount, currency),
          currency,
          reason: dispute.reason,
        };
      }
      default:
        return undefined;
    }
  }

  async function refundsOf({ providerRef, refundId }: RefundOrder): Promise<Stripe.Refund | undefined> {
    if (providerRef === undefined) throw new Fault("conflict", "The provider's number of this payment is not known.");
    const { data } = await reached(async () =>
      (await api()).refunds.list({ payment_intent: providerRef, limit: PAGE }, on),
    );
    return data.find(({ metadata }) => metadata?.["refund"] === refundId);
  }

  return {
    takes: (amountMinor, currency) => void toStripe(amountMinor, currency),

    async open(order: Order) {
      const amount = toStripe(order.amountMinor, order.currency);
      const metadata = { payment: order.paymentId };
      const session = await reached(async () =>
        (await api()).checkout.sessions.create(
          {
            mode: "payment",
            line_items: [
              {
                quantity: 1,
                price_data: {
                  currency: order.currency.toLowerCase(),
                  unit_amount: amount,
                  product_data: { name: order.title },
                },
              },
            ],
            client_reference_id: order.paymentId,
            metadata,
            payment_intent_data: { metadata, ...applicationFee(amount, order) },
            success_url: order.successUrl,
            cancel_url: order.cancelUrl,
            locale: LOCALES[order.lang] ?? "auto",
            expires_at: Math.floor(Date.parse(order.expiresAt) / 1000),
          },
          once(order.paymentId),
        ),
      );
      if (!session.url) throw new Fault("unavailable", "The payment provider gave no page to pay on.");
      return { sessionId: session.id, url: session.url };
    },

    ask: async (sessionId) =>
      sessionWord(await reached(async () => (await api()).checkout.sessions.retrieve(sessionId, {}, on))),

    end: async (sessionId) =>
      sessionWord(await reached(async () => (await api()).checkout.sessions.expire(sessionId, {}, on))),

    async hear({ body, headers }): Promise<Heard> {
      const { webhooks } = await api();
      let event: Stripe.Event;
      try {
        event = webhooks.constructEvent(
          body,
          headers.get("stripe-signature") ?? "",
          settings.webhookSecret ?? "",
          TOLERANCE_S,
          undefined,
          home.now().getTime(),
        );
      } catch {
        throw new Fault("unauthenticated", "The signature of this callback does not hold, or it is too old.");
      }
      const said = { isProof: true, reply: { status: 200, body: { received: true } } };
      if (settings.isPlatform) {
        const word = event.account === undefined ? undefined : chargeWordOf(event);
        return { ...said, words: [], elsewhere: word ? [{ connectedAccount: event.account!, word }] : [] };
      }
      // A platform hears of all accounts that are connected to it: this is one of them.
      const isOurs = event.account === connectedAccount;
      const word = isOurs ? await wordOf(event) : undefined;
      return { ...said, words: word ? [word] : [] };
    },

    async refund(order) {
      if (order.providerRef === undefined)
        throw new Fault("conflict", "The provider's number of this payment is not known.");
      const { providerRef: payment_intent } = order;
      const amount = toStripe(order.amountMinor, order.currency);
      const metadata = { payment: order.paymentId, refund: order.refundId };
      return refundWord(
        await reached(async () =>
          (await api()).refunds.create({ payment_intent, amount, metadata }, once(order.refundId)),
        ),
      );
    },
    async askRefund(order) {
      const found = await refundsOf(order);
      if (!found) throw absent();
      return refundWord(found);
    },

    async statement(from, to) {
      const seconds = (at: Date) => Math.floor(at.getTime() / 1000);
      const words: Word[] = [];
      let after: string | undefined;
      for (;;) {
        const page = await reached(async () =>
          (await api()).balanceTransactions.list(
            {
              created: { gte: seconds(from), lt: seconds(to) },
              limit: PAGE,
              expand: ["data.source"],
              ...(after === undefined ? {} : { starting_after: after }),
            },
            on,
          ),
        );
        for (const line of page.data) {
          const word = lineWord(line);
          if (word) words.push(word);
        }
        after = page.data.at(-1)?.id;
        if (!page.has_more || after === undefined) return words;
      }
    },

    async setUp() {
      const endpoint = await reached(async () =>
        (await api()).webhookEndpoints.create({
          url: home.callbackUrl,
          enabled_events: [...EVENTS],
          ...(connectedAccount === undefined && !settings.isPlatform ? {} : { connect: true }),
        }),
      );
      if (!endpoint.secret) throw new Fault("unavailable", "The payment provider gave no signing secret.");
      return { webhookSecret: endpoint.secret };
    },
  };
}

const instant = (seconds: number) => new Date(seconds * 1000).toISOString();
const idOf = (metadata: Stripe.Metadata | null, otherwise?: string | null): { paymentId?: string } => {
  const paymentId = otherwise ?? metadata?.["payment"];
  return paymentId && paymentId.length <= 60 ? { paymentId } : {};
};

function sessionWord(session: Stripe.Checkout.Session): Word {
  const currency = (session.currency ?? "").toUpperCase();
  const isPaid = session.payment_status === "paid";
  const intent = session.payment_intent;
  return {
    about: "payment",
    says: isPaid ? "paid" : session.status === "expired" ? "expired" : "open",
    sessionId: session.id,
    ...idOf(session.metadata, session.client_reference_id),
    ...(intent ? { providerRef: typeof intent === "string" ? intent : intent.id } : {}),
    // What was not paid has no amount that counts.
    amountMinor: isPaid ? fromStripe(session.amount_total ?? 0, currency) : 0,
    currency,
  };
}

function intentWord(intent: Stripe.PaymentIntent, paymentId: string): Word {
  const currency = intent.currency.toUpperCase();
  return {
    about: "payment",
    says: "paid",
    sessionId: "",
    paymentId,
    providerRef: intent.id,
    amountMinor: fromStripe(intent.amount_received, currency),
    currency,
    at: instant(intent.created),
  };
}

function refundWord(refund: Stripe.Refund): Word {
  const currency = refund.currency.toUpperCase();
  const { status } = refund;
  return {
    about: "refund",
    says: status === "succeeded" ? "paid" : status === "failed" || status === "canceled" ? "failed" : "open",
    sessionId: refund.id,
    ...idOf(refund.metadata),
    providerRef: refund.id,
    amountMinor: fromStripe(refund.amount, currency),
    currency,
    ...(refund.failure_reason ? { reason: refund.failure_reason } : {}),
  };
}

const intentOf = (intent: Stripe.Dispute["payment_intent"]): Pick<Word, "paymentRef"> =>
  intent === null ? {} : { paymentRef: typeof intent === "string" ? intent : intent.id };

/** One line of the account's own statement. Payouts and the provider's other fees move nothing of a payment's. */
function lineWord(line: Stripe.BalanceTransaction): Word | undefined {
  const source = typeof line.source === "string" ? null : line.source;
  const currency = line.currency.toUpperCase();
  const common = { currency, at: instant(line.created), amountMinor: fromStripe(Math.abs(line.amount), currency) };
  const fee = { feeMinor: fromStripe(line.fee, currency) };
  if (source?.object === "charge") {
    const intent = source.payment_intent;
    const providerRef = typeof intent === "string" ? intent : (intent?.id ?? source.id);
    return { about: "payment", says: "paid", sessionId: "", ...idOf(source.metadata), providerRef, ...common, ...fee };
  }
  if (source?.object === "refund")
    return { ...refundWord(source), says: line.type === "refund_failure" ? "failed" : "paid", ...common, ...fee };
  if (source?.object === "dispute")
    return {
      about: "dispute",
      says: line.amount < 0 ? "open" : "failed",
      sessionId: source.id,
      providerRef: source.id,
      ...intentOf(source.payment_intent),
      ...common,
      ...fee,
    };
  return undefined;
}

async function reached<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { errors } = await library();
    if (error instanceof errors.StripeAuthenticationError || error instanceof errors.StripePermissionError)
      throw new Fault(
        "unavailable",
        "The payment provider does not accept this city's key; its administrator must look.",
      );
    if (error instanceof errors.StripeInvalidRequestError && error.code === "resource_missing") throw absent();
    if (error instanceof errors.StripeInvalidRequestError) throw invalidOrRefused(error);
    if (error instanceof errors.StripeError)
      throw new Fault("unavailable", "The payment provider does not answer at the moment.", { retryAfterS: 30 });
    throw error;
  }
}

const invalidOrRefused = (error: Stripe.errors.StripeInvalidRequestError): Fault =>
  error.code === "amount_too_small" || error.code === "amount_too_large"
    ? invalid("#/amountMinor", `The payment provider refuses this amount: ${error.message}`)
    : new Fault("conflict", `The payment provider refuses this: ${error.message}`);
