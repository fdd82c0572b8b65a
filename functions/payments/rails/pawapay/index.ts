import { z } from "zod";
import { absent, Fault, invalid } from "../../../../shared/errors.ts";
import type { Connection, Order, Rail, RailHome, RefundOrder, Word } from "../../rail.ts";
import {
  type Answer,
  asked,
  digitsOf,
  type Exponents,
  fromDecimal,
  keyRefused,
  readAs,
  silent,
  toDecimal,
  uuidOf,
} from "../wire.ts";
import { statementMade } from "./statement.ts";

// pawaPay's Merchant API v2: the wallets of many operators through one account.

export const PawapaySettings = z.strictObject({
  apiToken: z.string().regex(/^[A-Za-z0-9._~+/=-]{16,4000}$/, "the token of the dashboard, without Bearer"),
  environment: z.enum(["sandbox", "production"]),
});
export type PawapaySettings = z.infer<typeof PawapaySettings>;

const AT = { sandbox: "https://api.sandbox.pawapay.io", production: "https://api.pawapay.io" };

/** Where its operators are, with the most decimals that one of them takes: each has its own rule, asked for below. */
export const PAWAPAY_EXPONENTS: Exponents = {
  ...{ RWF: 0, UGX: 0, XAF: 0, XOF: 0 },
  ...{ CDF: 2, ETB: 2, GHS: 2, KES: 2, LSL: 2, MWK: 2, MZN: 2, NGN: 2, SLE: 2, TZS: 2, USD: 2, ZMW: 2 },
};

export const pawapay: Rail<PawapaySettings> = {
  name: "pawapay",
  how: "prompt",
  settings: PawapaySettings,
  isLive: ({ environment }) => environment === "production",
  standInSettings: (secret) => ({ apiToken: secret, environment: "sandbox" }),
  connect,
};

const Failure = z.looseObject({ failureCode: z.string().default(""), failureMessage: z.string().default("") });
const Predicted = z.looseObject({ provider: z.string().min(1), phoneNumber: z.string().min(1) });
const Initiated = z.looseObject({
  status: z.enum(["ACCEPTED", "REJECTED", "DUPLICATE_IGNORED"]),
  failureReason: Failure.nullish(),
});
const Movement = z.looseObject({
  status: z.string(),
  amount: z.string(),
  currency: z.string(),
  created: z.string().nullish(),
  providerTransactionId: z.string().nullish(),
  failureReason: Failure.nullish(),
});
type Movement = z.infer<typeof Movement>;
const Found = z.looseObject({ status: z.enum(["FOUND", "NOT_FOUND"]), data: Movement.nullish() });
/** Of a callback, no more than what to ask after. */
const Called = z.looseObject({
  depositId: z.uuid().optional(),
  refundId: z.uuid().optional(),
  /** A statement is there: it is looked for when its day is compared. */
  statementId: z.uuid().optional(),
  status: z.string().max(60),
  clientReferenceId: z.string().max(60).nullish(),
});

const Decimals = z.looseObject({ decimalsInAmount: z.string().optional() });
const Configuration = z.looseObject({
  countries: z.array(
    z.looseObject({
      providers: z.array(
        z.looseObject({
          provider: z.string(),
          currencies: z.array(
            z.looseObject({ currency: z.string(), operationTypes: z.looseObject({ DEPOSIT: Decimals.optional() }) }),
          ),
        }),
      ),
    }),
  ),
});

/** The numbers that a payment and a refund have there follow from ours: sent twice, they are one. */
const depositIdOf = (paymentId: string) => uuidOf("pawapay.deposit", paymentId);
const refundIdOf = (refundId: string) => uuidOf("pawapay.refund", refundId);

function connect({ apiToken, environment }: PawapaySettings, home: RailHome): Connection {
  const at = home.standIn ?? AT[environment];
  async function call(path: string, json?: object): Promise<Answer> {
    const answer = await asked(`${at}${path}`, {
      headers: { Authorization: `Bearer ${apiToken}` },
      ...(json ? { method: "POST", json } : {}),
    });
    if (answer.status === 401 || answer.status === 403) throw keyRefused();
    return answer;
  }

  /** Whose number it is. @throws {Fault} invalid */
  async function predicted(msisdn: string) {
    const answer = await call("/v2/predict-provider", { phoneNumber: msisdn });
    if (answer.status >= 400) throw invalid("#/msisdn", "No operator of mobile money is known for this number.");
    return readAs(Predicted, answer);
  }

  /** As this operator takes it: some take whole amounts alone. @throws {Fault} invalid: it is never rounded */
  async function amountFor({ amountMinor, currency }: Pick<Order, "amountMinor" | "currency">, provider: string) {
    const amount = toDecimal(amountMinor, currency, PAWAPAY_EXPONENTS);
    const [whole = "", fraction = ""] = amount.split(".");
    if (!/[1-9]/.test(fraction)) return whole;
    const { countries } = readAs(Configuration, await call("/v2/active-conf?operationType=DEPOSIT"));
    const takes = countries
      .flatMap(({ providers }) => providers)
      .find((each) => each.provider === provider)
      ?.currencies.find((each) => each.currency === currency)?.operationTypes.DEPOSIT?.decimalsInAmount;
    if (takes !== "TWO_PLACES")
      throw invalid("#/amountMinor", `The operator of this number takes no fractions of ${currency}.`);
    return amount;
  }

  /** Sends what moves money, once for its number. @throws {Fault} invalid, conflict: refused for good */
  async function initiated(path: string, json: object): Promise<void> {
    const answer = await call(path, json);
    const read = Initiated.safeParse(answer.body);
    if (!read.success && answer.status < 400) throw silent("The payment provider's answer cannot be read.");
    if (read.success && read.data.status !== "REJECTED") return;
    const failure = (answer.body as { failureReason?: unknown } | undefined)?.failureReason;
    throw refusal(Failure.safeParse(failure).data);
  }

  async function found(path: string): Promise<Movement> {
    const { status, data } = readAs(Found, await call(path));
    if (status !== "FOUND" || !data) throw absent();
    return data;
  }

  const refundAsked = async ({ refundId, paymentId }: RefundOrder): Promise<Word> => {
    const id = refundIdOf(refundId);
    return { ...wordOf("refund", await found(`/v2/refunds/${id}`), { id, paymentId }), refundId };
  };

  return {
    takes: (amountMinor, currency) => void toDecimal(amountMinor, currency, PAWAPAY_EXPONENTS),

    alias: ({ paymentId }) => depositIdOf(paymentId),

    async open(order) {
      if (order.msisdn === undefined) throw invalid("#/msisdn", "The telephone number of the wallet is missing.");
      const { provider, phoneNumber } = await predicted(order.msisdn);
      const depositId = depositIdOf(order.paymentId);
      await initiated("/v2/deposits", {
        depositId,
        payer: { type: "MMO", accountDetails: { phoneNumber: digitsOf(phoneNumber), provider } },
        amount: await amountFor(order, provider),
        currency: order.currency,
        clientReferenceId: order.paymentId,
        // 4 to 22 letters, digits and spaces, of what the payer knows the bill by.
        customerMessage: `Bill ${order.reference.replace(/[^A-Za-z0-9]+/g, " ")}`.slice(0, 22).trim(),
      });
      return { sessionId: depositId };
    },

    async ask(sessionId, { paymentId, amountMinor }) {
      // What nobody here asked for is not booked on anybody's word: the statement tells of it.
      if (amountMinor === undefined || sessionId !== depositIdOf(paymentId)) throw absent();
      return wordOf("payment", await found(`/v2/deposits/${sessionId}`), { id: sessionId, paymentId });
    },

    async hear({ body }) {
      let said: unknown;
      try {
        said = JSON.parse(body);
      } catch {
        throw new Fault("malformed", "This is not JSON.");
      }
      const { success, data } = Called.safeParse(said);
      if (data?.statementId !== undefined) return { words: [], isProof: false };
      if (!success || (data.depositId === undefined) === (data.refundId === undefined))
        throw new Fault("malformed", "This is no callback of a deposit or of a refund.");
      const { depositId, clientReferenceId, status } = data;
      const isRefund = depositId === undefined;
      const word: Word = {
        about: isRefund ? "refund" : "payment",
        says: saysOf(status),
        sessionId: depositId ?? "",
        ...(clientReferenceId ? { [isRefund ? "refundId" : "paymentId"]: clientReferenceId } : {}),
        amountMinor: 0,
        currency: "",
      };
      return { words: [word], isProof: false };
    },

    async refund(order) {
      await initiated("/v2/refunds", {
        refundId: refundIdOf(order.refundId),
        // Of what waits no session is kept: its number is the deposit's.
        depositId: order.sessionId || order.providerRef,
        amount: toDecimal(order.amountMinor, order.currency, PAWAPAY_EXPONENTS).replace(/\.0+$/, ""),
        currency: order.currency,
        clientReferenceId: order.refundId,
      });
      return refundAsked(order);
    },
    askRefund: refundAsked,

    statementMade: (from, to, asked) => statementMade({ call, home }, { from, to }, asked),

    // pawaPay's own callbacks are entered on its dashboard; its stand-in is told here.
    ...(home.standIn === undefined
      ? {}
      : {
          async setUp() {
            await call("/_dashboard/callbacks", { url: home.callbackUrl });
            return {};
          },
        }),
  };
}

function saysOf(status: string): "paid" | "open" | "failed" {
  if (status === "COMPLETED") return "paid";
  // ACCEPTED, PROCESSING, IN_RECONCILIATION, and what pawaPay may name later.
  return status === "FAILED" ? "failed" : "open";
}

/** Its own number names the money for ever: those of different operators may be the same. */
function wordOf(
  about: "payment" | "refund",
  data: Movement,
  { id, paymentId }: { id: string; paymentId: string },
): Word {
  const { currency, failureReason, providerTransactionId } = data;
  const says = saysOf(data.status);
  const at = Date.parse(data.created ?? "");
  const reason = says === "failed" ? (failureReason?.failureCode ?? "") : (providerTransactionId ?? "");
  return {
    about,
    says,
    sessionId: id,
    paymentId,
    ...(says === "paid" ? { providerRef: id } : {}),
    amountMinor: says === "paid" ? fromDecimal(data.amount, currency) : 0,
    currency,
    ...(Number.isNaN(at) ? {} : { at: new Date(at).toISOString() }),
    ...(reason === "" ? {} : { reason: reason.slice(0, 200) }),
  };
}

function refusal(failure: z.infer<typeof Failure> | undefined): Fault {
  const { failureCode: code = "", failureMessage = "" } = failure ?? {};
  if (code === "PROVIDER_TEMPORARILY_UNAVAILABLE") return silent("The operator of this number is away at the moment.");
  if (code === "INVALID_PHONE_NUMBER" || code === "INVALID_PROVIDER")
    return invalid("#/msisdn", "The provider does not take this telephone number.");
  if (code === "AMOUNT_OUT_OF_BOUNDS" || code === "INVALID_AMOUNT")
    return invalid("#/amountMinor", "The operator of this number does not take this amount.");
  if (code === "INVALID_CURRENCY") return invalid("#/currency", "The operator of this number has another currency.");
  return new Fault("conflict", `The provider refuses: ${failureMessage || code || "no reason given"}`.slice(0, 300));
}
