import { z } from "zod";
import { absent, Fault } from "../../../../shared/errors.ts";
import type { Call, Connection, Heard, Rail, RailHome, RefundOrder, Word } from "../../rail.ts";
import {
  type Answer,
  asked,
  basic,
  digitsOf,
  fromDecimal,
  granted,
  plain,
  readAs,
  silent,
  toDecimal,
  uuidOf,
  withToken,
} from "../wire.ts";
import { ENVIRONMENTS, type Environment, exponentsIn } from "./amounts.ts";

const SubscriptionKey = z.string().regex(/^[0-9a-f]{32}$/, "a primary or secondary key of 32 signs");
/** MTN gives each product (collection, disbursement) a subscription and an API user of its own. */
const Product = z.strictObject({
  subscriptionKey: SubscriptionKey,
  apiUser: z.uuid("the API user, a UUID"),
  apiKey: z.string().regex(/^[0-9a-f]{32}$/, "the API user's key of 32 signs"),
});
type Product = z.infer<typeof Product>;

export const MomoSettings = z.strictObject({
  targetEnvironment: z.enum(Object.keys(ENVIRONMENTS) as [Environment, ...Environment[]]),
  collection: Product,
  /** Gives money back. Without it, somebody pays refunds out. */
  disbursement: Product.optional(),
});
export type MomoSettings = z.infer<typeof MomoSettings>;

export const momo: Rail<MomoSettings> = {
  name: "momo",
  how: "prompt",
  settings: MomoSettings,
  isLive: ({ targetEnvironment }) => targetEnvironment !== "sandbox",
  standInSettings: (secret) => {
    const product = (name: string) => ({
      subscriptionKey: hex(`${name} subscription`, secret),
      apiUser: uuidOf(`${name} user`, secret),
      apiKey: hex(`${name} key`, secret),
    });
    return {
      targetEnvironment: "sandbox",
      collection: product("collection"),
      disbursement: product("disbursement"),
    };
  },
  connect,
};
const hex = (purpose: string, secret: string) => uuidOf(purpose, secret).replaceAll("-", "");

const SANDBOX = "https://sandbox.momodeveloper.mtn.com";
const LIVE = "https://proxy.momoapi.mtn.com";
const NOTE_MAX = 160;

/** What MTN says of a request to pay, a refund or a transfer. */
const Told = z.object({
  status: z.string(),
  amount: z.union([z.string(), z.number()]),
  currency: z.string(),
  externalId: z.string().optional(),
  financialTransactionId: z.union([z.string(), z.number()]).optional(),
  /** A code, or an object with one. */
  reason: z.union([z.string(), z.object({ code: z.string() }).loose()]).optional(),
});
type Told = z.infer<typeof Told>;
const Refusal = z.object({ code: z.string().max(80), message: z.string().max(300).optional() });
/** MTN answers these with 500; they stay so, however often they are asked. */
const FINAL = new Set([
  ...["INVALID_CURRENCY", "INVALID_CALLBACK_URL_HOST", "NOT_ALLOWED", "NOT_ALLOWED_TARGET_ENVIRONMENT"],
  ...["PAYER_NOT_FOUND", "PAYEE_NOT_FOUND", "PAYEE_NOT_ALLOWED_TO_RECEIVE"],
]);
const CallBody = z.object({
  status: z.string().max(40),
  externalId: z.string().max(60).optional(),
  currency: z.string().max(3).default(""),
});
const PATHS = { requesttopay: "payment", refund: "refund", transfer: "refund" } as const;

/** MTN itself, or at `standIn` what speaks its HTTP border. Every order has the UUID that follows from our id. */
function connect(settings: MomoSettings, home: RailHome): Connection {
  const { targetEnvironment, collection, disbursement } = settings;
  const base = home.standIn ?? (targetEnvironment === "sandbox" ? SANDBOX : LIVE);
  const exponents = exponentsIn(targetEnvironment, home.standIn !== undefined);

  async function ask(name: "collection" | "disbursement", product: Product, path: string, more: object = {}) {
    const { subscriptionKey, apiUser, apiKey } = product;
    const subscription = { "Ocp-Apim-Subscription-Key": subscriptionKey };
    const { headers = {}, ...rest } = more as { headers?: Record<string, string>; json?: object };
    return withToken(
      [base, name, subscriptionKey, apiUser, apiKey],
      {
        now: home.now,
        fetchToken: async () => {
          const headers = { ...subscription, Authorization: basic(apiUser, apiKey) };
          return granted(await asked(`${base}/${name}/token/`, { method: "POST", headers }));
        },
      },
      (token) =>
        asked(`${base}/${name}/${path}`, {
          ...rest,
          ...("json" in rest ? { method: "POST" } : {}),
          headers: {
            ...subscription,
            Authorization: `Bearer ${token}`,
            "X-Target-Environment": targetEnvironment,
            ...headers,
          },
          answersWith: [500],
        }),
    );
  }

  /** Asks for a movement under its UUID: asked twice it is one, and 409 says that it was asked for before. */
  async function order(
    name: "collection" | "disbursement",
    product: Product,
    { path, reference, json }: { path: `v1_0/${keyof typeof PATHS}`; reference: string; json: object },
  ): Promise<void> {
    const callback = `${home.callbackUrl}/${path.slice(5)}/${reference}`;
    const headers = { "X-Reference-Id": reference, "X-Callback-Url": callback };
    const got = await ask(name, product, path, { headers, json });
    if (got.status !== 202 && got.status !== 409) throw refusalOf(got);
  }

  async function told(got: Promise<Answer>): Promise<Told> {
    const answer = await got;
    if (answer.status === 404) throw absent();
    if (answer.status !== 200) throw refusalOf(answer);
    return readAs(Told, answer);
  }
  const wordOf = (about: Word["about"], reference: string, said: Told): Word => {
    const { status, currency, financialTransactionId: number, externalId, reason } = said;
    const isPaid = status === "SUCCESSFUL";
    const code = typeof reason === "object" ? reason.code : reason;
    const isFailed = ["FAILED", "REJECTED", "TIMEOUT"].includes(status);
    const ours = about === "payment" ? "paymentId" : "refundId";
    return {
      about,
      says: isPaid ? "paid" : !isFailed ? "open" : about === "payment" && code === "EXPIRED" ? "expired" : "failed",
      sessionId: reference,
      ...(externalId && externalId.length <= 60 ? { [ours]: externalId } : {}),
      ...(isPaid && number !== undefined && `${number}` !== "" ? { providerRef: String(number) } : {}),
      // What was not paid has no amount that counts.
      amountMinor: isPaid ? fromDecimal(said.amount, currency) : 0,
      currency,
      ...(code ? { reason: code.slice(0, 200) } : {}),
    };
  };

  const connection: Connection = {
    takes: (amountMinor, currency) => void toDecimal(amountMinor, currency, exponents),
    alias: ({ paymentId }) => referenceOf(paymentId),
    async open({ paymentId, amountMinor, currency, msisdn, title, reference: bill }) {
      const amount = toDecimal(amountMinor, currency, exponents);
      if (msisdn === undefined) throw new Fault("conflict", "A telephone number is needed to pay this way.");
      const reference = referenceOf(paymentId);
      const note = plain(title, NOTE_MAX) || bill;
      const payer = { partyIdType: "MSISDN", partyId: digitsOf(msisdn) };
      const json = { amount, currency, externalId: paymentId, payer, payerMessage: note, payeeNote: bill };
      await order("collection", collection, { path: "v1_0/requesttopay", reference, json });
      return { sessionId: reference };
    },
    ask: async (sessionId) =>
      wordOf("payment", sessionId, await told(ask("collection", collection, `v1_0/requesttopay/${idIn(sessionId)}`))),
    hear: async (call) => hear(call),
  };
  if (!disbursement) return connection;

  /** What a payment brought goes back by it; other money, and what the desk says, to the telephone that is named. */
  const refundPath = ({ sessionId, msisdn, isToTelephone }: RefundOrder) => {
    if (sessionId !== "" && !isToTelephone) return "v1_0/refund" as const;
    if (msisdn !== undefined) return "v1_0/transfer" as const;
    throw new Fault("conflict", "A telephone number is needed to give this money back.");
  };
  const askRefund = async (asks: RefundOrder): Promise<Word> => {
    const reference = uuidOf("momo refund", asks.refundId);
    const path = `${refundPath(asks)}/${reference}`;
    const word = wordOf("refund", reference, await told(ask("disbursement", disbursement, path)));
    return { ...word, paymentId: asks.paymentId };
  };
  return {
    ...connection,
    async refund(asks) {
      const { refundId, amountMinor, currency, sessionId, msisdn = "" } = asks;
      const path = refundPath(asks);
      const common = { amount: toDecimal(amountMinor, currency, exponents), currency, externalId: refundId };
      const to =
        path === "v1_0/refund"
          ? { referenceIdToRefund: sessionId }
          : { payee: { partyIdType: "MSISDN", partyId: digitsOf(msisdn) } };
      const json = { ...common, payerMessage: refundId, payeeNote: refundId, ...to };
      await order("disbursement", disbursement, { path, reference: uuidOf("momo refund", refundId), json });
      return askRefund(asks);
    },
    askRefund,
  };
}

const referenceOf = (paymentId: string) => uuidOf("momo payment", paymentId);
const idIn = (sessionId: string): string => {
  if (!z.uuid().safeParse(sessionId).success) throw absent();
  return sessionId;
};

function refusalOf({ status, body }: Answer): Fault {
  const { data } = Refusal.safeParse(body);
  if (status >= 500 && !FINAL.has(data?.code ?? "")) return silent();
  return new Fault(
    "conflict",
    `The payment provider refuses this: ${data?.message ?? data?.code ?? `status ${status}`}`,
  );
}

/** A callback is signed by nobody: it says which of our orders to ask after, and nothing else of it is believed. */
function hear({ path, body }: Call): Heard {
  const [kind = "", reference = ""] = path.split("/");
  const about = Object.hasOwn(PATHS, kind) ? PATHS[kind as keyof typeof PATHS] : undefined;
  if (!about || !z.uuid().safeParse(reference).success) throw absent();
  let read: ReturnType<typeof CallBody.safeParse>;
  try {
    read = CallBody.safeParse(JSON.parse(body));
  } catch {
    throw new Fault("malformed", "This callback is no JSON.");
  }
  if (!read.success) throw new Fault("invalid", "This callback is not in the provider's format.");
  const { status, externalId, currency } = read.data;
  const says = status === "SUCCESSFUL" ? "paid" : status === "FAILED" ? "failed" : "open";
  // The reference in the address is known since the order was made; what the body calls it counts for a refund alone.
  const ours = about === "refund" && externalId !== undefined ? { refundId: externalId } : {};
  const word: Word = { about, says, sessionId: reference, ...ours, amountMinor: 0, currency };
  return { words: [word], isProof: false };
}
