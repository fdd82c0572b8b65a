import { createHash } from "node:crypto";
import { z } from "zod";
import { absent, Fault, invalid } from "../../../../shared/errors.ts";
import type { Connection, Order, Rail, RailHome, RefundOrder, Word } from "../../rail.ts";
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
  uuidOf,
  withToken,
} from "../wire.ts";
import { instantOf, listedAt, PAYOUT_MIN_SHILLINGS, stampOf, toShillings } from "./amounts.ts";
import { addressFor, hear, isReceipt, KES, type Kind, saysOf, sessionIn } from "./callbacks.ts";

const Shortcode = z.string().regex(/^[0-9]{5,7}$/, "a number of five to seven digits");
const Operator = {
  /** The operator of the short code that may ask through the API. */
  initiator: z.string().regex(/^[A-Za-z0-9_.-]{2,40}$/, "the name of the API operator"),
  /** Its password, encrypted on Safaricom's portal. */
  securityCredential: z.string().regex(/^[A-Za-z0-9+/=]{20,1000}$/, "the encrypted password from the portal"),
};

export const DarajaSettings = z.strictObject({
  environment: z.enum(["sandbox", "production"]),
  consumerKey: z.string().regex(/^[A-Za-z0-9]{16,100}$/, "the consumer key of the app"),
  consumerSecret: z.string().regex(/^[A-Za-z0-9]{16,100}$/, "the consumer secret of the app"),
  /** The paybill; or of a till, its store number. */
  shortcode: Shortcode,
  /** Where goods are bought at a till instead of a bill being paid. */
  till: Shortcode.optional(),
  passkey: z.string().regex(/^[A-Za-z0-9]{20,200}$/, "the passkey of M-Pesa Express"),
  ...Operator,
  /** Gives parts of payments back. Without it M-Pesa gives payments back whole. */
  payout: z.strictObject({ shortcode: Shortcode, ...Operator }).optional(),
  /** The telephone on the short code's record: with it the account's transactions can be listed. */
  nominatedNumber: z
    .string()
    .regex(/^254[0-9]{9}$/, "a number such as 254712345678")
    .optional(),
});
export type DarajaSettings = z.infer<typeof DarajaSettings>;

export const daraja: Rail<DarajaSettings> = {
  name: "daraja",
  how: "prompt",
  opensTwice: true,
  settings: DarajaSettings,
  isLive: ({ environment }) => environment === "production",
  standInSettings: (secret) => {
    const made = (purpose: string) => createHash("sha256").update(`${purpose} ${secret}`).digest("hex");
    const number = (purpose: string) => String(100_000 + (Number.parseInt(made(purpose).slice(0, 8), 16) % 900_000));
    const operator = (purpose: string) => ({ initiator: "standin", securityCredential: made(purpose) });
    return {
      environment: "sandbox",
      ...{ consumerKey: made("key"), consumerSecret: made("secret"), passkey: made("passkey") },
      shortcode: number("shortcode"),
      ...operator("operator"),
      payout: { shortcode: number("payout"), ...operator("payout operator") },
      nominatedNumber: "254700000000",
    };
  },
  connect,
  filed: ({ reference }) => ({ sessionId: sessionIn(reference) }),
};

const BASES = { sandbox: "https://sandbox.safaricom.co.ke", production: "https://api.safaricom.co.ke" } as const;
const UNDER_WAY = "500.001.1001";
const BUSY = /lock subscriber/i;
const DUPLICATE = "500.002.1001";
const TOKEN_REFUSED = "404.001.03";
/** Safaricom refuses addresses with these words. */
const REFUSED_WORDS = /m-?pesa|safaricom|exec?|cmd|sql|query/i;
const DAY_MS = 24 * 3_600_000;
const LISTED_MS = 2 * DAY_MS;
const PAGES_MAX = 200;

const Refused = z.object({ errorCode: z.string().max(40), errorMessage: z.string().max(300).default("") });
const Accepted = z.object({ ResponseCode: z.coerce.string() });
const Pushed = Accepted.extend({ CheckoutRequestID: z.string().min(1).max(100) });
const Asked = z.object({ ResultCode: z.coerce.string().max(40) });
const Page = z.object({ Response: z.unknown() });
const Line = z.object({
  transactionId: z.string().max(40),
  trxDate: z.string(),
  transactiontype: z.string(),
  billreference: z.string().nullish(),
  amount: z.union([z.string(), z.number()]),
});

/** Safaricom itself, or at `standIn` what speaks its HTTP border. */
function connect(settings: DarajaSettings, home: RailHome): Connection {
  const { consumerKey, consumerSecret, shortcode, till, passkey, initiator, securityCredential, payout } = settings;
  const base = home.standIn ?? BASES[settings.environment];
  const key = `${consumerSecret} ${passkey}`;
  const ear = { key, numbers: till === undefined ? [shortcode] : [shortcode, till] };
  const answerTo = (kind: Kind, ...about: string[]) => {
    const ResultURL = `${home.callbackUrl}/${addressFor(key, kind, about)}`;
    return { ResultURL, QueueTimeOutURL: `${ResultURL}/late` };
  };

  const post = (path: string, json: object): Promise<Answer> =>
    withToken(
      [base, consumerKey, consumerSecret],
      {
        now: home.now,
        fetchToken: async () => {
          const at = `${base}/oauth/v1/generate?grant_type=client_credentials`;
          return granted(await asked(at, { headers: { Authorization: basic(consumerKey, consumerSecret) } }));
        },
      },
      async (token) => {
        const headers = { Authorization: `Bearer ${token}` };
        const got = await asked(base + path, { method: "POST", headers, json, answersWith: [500] });
        return codeOf(got) === TOKEN_REFUSED ? { ...got, status: 401 } : got;
      },
    );
  const codeOf = ({ body }: Answer): string | undefined => Refused.safeParse(body).data?.errorCode;

  /** What Daraja takes to be done; its result comes by callback. */
  function accepted<S extends typeof Accepted>(schema: S, got: Answer): z.infer<S> {
    const refused = Refused.safeParse(got.body);
    // Of what failed over there nobody knows whether it was taken; of a telephone that is busy one does.
    if (got.status >= 500 && !BUSY.test(refused.data?.errorMessage ?? "")) throw silent();
    if (got.status !== 200 || refused.success)
      throw new Fault("conflict", `M-Pesa refuses this: ${refused.data?.errorMessage ?? `status ${got.status}`}`);
    const said = readAs(schema, got);
    if (said.ResponseCode !== "0") throw new Fault("conflict", `M-Pesa refuses this: ${said.ResponseCode}.`);
    return said;
  }

  const signed = () => {
    const Timestamp = stampOf(home.now());
    const Password = Buffer.from(shortcode + passkey + Timestamp).toString("base64");
    return { BusinessShortCode: shortcode, Password, Timestamp };
  };
  const operator = { Initiator: initiator, SecurityCredential: securityCredential };
  /** The answer to it tells: it comes by callback, to the address that this question alone carries. */
  async function askStatus(of: object, kind: Kind, ...about: string[]): Promise<void> {
    const json = {
      ...operator,
      PartyA: shortcode,
      CommandID: "TransactionStatusQuery",
      IdentifierType: "4",
      ...of,
      Remarks: "Status",
      Occasion: "Status",
      ...answerTo(kind, ...about),
    };
    accepted(Accepted, await post("/mpesa/transactionstatus/v1/query", json));
  }

  const open = (word: Partial<Word>): Word => ({
    ...{ about: "payment", says: "open", sessionId: "", amountMinor: 0, currency: KES },
    ...word,
  });

  const reversal = async (order: RefundOrder): Promise<Word> => {
    const { refundId, paymentId, providerRef = "", amountMinor, currency } = order;
    if (!isReceipt(providerRef))
      throw new Fault("conflict", "M-Pesa's number of this payment is not known: name the telephone to pay out to.");
    const json = {
      ...operator,
      CommandID: "TransactionReversal",
      TransactionID: providerRef,
      Amount: toShillings(amountMinor, currency),
      ReceiverParty: shortcode,
      RecieverIdentifierType: "11",
      Remarks: "Refund",
      Occasion: "Refund",
      ...answerTo("reversal", refundId, paymentId, String(amountMinor)),
    };
    accepted(Accepted, await post("/mpesa/reversal/v1/request", json));
    return open({ about: "refund", refundId, paymentId });
  };
  const payoutId = (refundId: string) => uuidOf("daraja payout", refundId);
  const paidOut = async (order: RefundOrder): Promise<Word> => {
    const { refundId, paymentId, msisdn, amountMinor, currency } = order;
    if (!payout) throw new Fault("conflict", "M-Pesa gives back whole payments alone: this account pays out no parts.");
    if (msisdn === undefined) throw new Fault("conflict", "A telephone number is needed to give this money back.");
    const shillings = toShillings(amountMinor, currency);
    if (shillings < PAYOUT_MIN_SHILLINGS)
      throw new Fault("conflict", `M-Pesa pays out at least ${PAYOUT_MIN_SHILLINGS} shillings.`);
    const json = {
      OriginatorConversationID: payoutId(refundId),
      InitiatorName: payout.initiator,
      SecurityCredential: payout.securityCredential,
      CommandID: "BusinessPayment",
      Amount: shillings,
      PartyA: payout.shortcode,
      PartyB: kenyan(msisdn),
      Remarks: "Refund",
      Occassion: "Refund",
      ...answerTo("payout", refundId, paymentId, String(amountMinor)),
    };
    const got = await post("/mpesa/b2c/v3/paymentrequest", json);
    // It was asked for before: its result is under way.
    if (codeOf(got) !== DUPLICATE) accepted(Accepted, got);
    return open({ about: "refund", refundId, paymentId });
  };
  /**
   * A payment that goes back whole is reversed; a part of it, or what the desk sends to a telephone, is paid out. It
   * follows from the order alone, so that an order that is sent again never goes back by two ways.
   */
  const isReversal = ({ amountMinor, cameMinor, isToTelephone }: RefundOrder) =>
    amountMinor === cameMinor && !isToTelephone;

  return {
    takes: (amountMinor, currency) => void toShillings(amountMinor, currency),
    alias: accountReferenceOf,

    async open(order) {
      const PhoneNumber = kenyan(order.msisdn ?? "");
      const { ResultURL: CallBackURL } = answerTo("stk", order.paymentId);
      const json = {
        ...signed(),
        TransactionType: till === undefined ? "CustomerPayBillOnline" : "CustomerBuyGoodsOnline",
        Amount: toShillings(order.amountMinor, order.currency),
        PartyA: PhoneNumber,
        PartyB: till ?? shortcode,
        PhoneNumber,
        CallBackURL,
        AccountReference: accountReferenceOf(order),
        TransactionDesc: plain(order.reference, 13) || "Bill",
      };
      const { CheckoutRequestID } = accepted(Pushed, await post("/mpesa/stkpush/v1/processrequest", json));
      return { sessionId: CheckoutRequestID };
    },

    async ask(sessionId, { paymentId, amountMinor, reference = "" }) {
      if (isReceipt(sessionId)) {
        await askStatus({ TransactionID: sessionId }, "status", sessionId, reference).catch(refusalIsSilence);
        return open({ providerRef: sessionId });
      }
      // The answer names no amount: only of what this house asked for itself is it known.
      if (!sessionId.startsWith("ws_CO_") || amountMinor === undefined) throw absent();
      const json = { ...signed(), CheckoutRequestID: sessionId };
      const got = await post("/mpesa/stkpushquery/v1/query", json);
      const common = { sessionId, ...(paymentId === "" ? {} : { paymentId }) };
      if (codeOf(got) === UNDER_WAY) return open(common);
      if (got.status >= 500) throw silent();
      if (got.status !== 200) throw absent();
      const { ResultCode: code } = readAs(Asked, got);
      const says = saysOf(code);
      return open({ ...common, says, ...(says === "paid" ? { amountMinor } : { reason: code }) });
    },

    knowsNumber: isReceipt,
    hear: async (call) => hear(ear, call),

    refund: async (order) => (isReversal(order) ? reversal(order) : paidOut(order)),
    async askRefund(order) {
      // Of two reversals of one transaction the second is refused, as reversed already.
      if (isReversal(order)) return reversal(order);
      const { refundId, paymentId, amountMinor } = order;
      if (!payout) throw silent("This account does not pay out to telephones any more.");
      const from = { Initiator: payout.initiator, SecurityCredential: payout.securityCredential };
      const of = { ...from, PartyA: payout.shortcode, OriginalConversationID: payoutId(refundId) };
      await askStatus(of, "outcome", refundId, paymentId, String(amountMinor));
      return open({ about: "refund", refundId, paymentId });
    },

    ...(settings.nominatedNumber === undefined
      ? {}
      : { statement, statesNoRefunds: true, statementMaxAgeMs: LISTED_MS }),

    async setUp() {
      const at = `${home.callbackUrl}/c2b`;
      if (REFUSED_WORDS.test(new URL(at).pathname))
        throw invalid("#/id", "Safaricom refuses addresses with certain words (M-Pesa, Safaricom): name it otherwise.");
      const json = {
        ShortCode: shortcode,
        ResponseType: "Completed",
        ConfirmationURL: `${at}/confirmation`,
        ValidationURL: `${at}/validation`,
      };
      accepted(Accepted, await post("/mpesa/c2b/v1/registerurl", json));
      if (settings.nominatedNumber !== undefined) {
        const { nominatedNumber: NominatedNumber } = settings;
        const pull = { ShortCode: shortcode, RequestType: "Pull", NominatedNumber, CallBackURL: home.callbackUrl };
        const got = await post("/pulltransactions/v1/register", pull);
        if (got.status >= 400) accepted(Accepted, got);
      }
      return {};
    },
  };

  async function statement(from: Date, to: Date): Promise<Word[]> {
    const earliest = new Date(Math.max(from.getTime(), home.now().getTime() - LISTED_MS));
    const words = new Map<string, Word | undefined>();
    for (let page = 0; page < PAGES_MAX; page++) {
      const json = {
        ShortCode: shortcode,
        StartDate: listedAt(earliest),
        EndDate: listedAt(to),
        OffSetValue: String(words.size),
      };
      const got = await post("/pulltransactions/v1/query", json);
      if (got.status >= 400) throw silent();
      const lines = [readAs(Page, got).Response].flat(2).map((line) => Line.safeParse(line).data);
      const before = words.size;
      for (const line of lines)
        if (line) words.set(line.transactionId, line.transactiontype.startsWith("c2b") ? lineWord(line) : undefined);
      if (words.size === before) break;
    }
    return [...words.values()].filter((word) => word !== undefined);
  }
}

function lineWord({ transactionId, trxDate, billreference, amount }: z.infer<typeof Line>): Word {
  const reference = (billreference ?? "").slice(0, 60);
  const at = instantOf(trxDate);
  return {
    ...{ about: "payment", says: "paid", sessionId: sessionIn(reference), providerRef: transactionId, currency: KES },
    ...(reference === "" ? {} : { reference }),
    amountMinor: fromDecimal(amount, KES),
    ...(at === undefined ? {} : { at }),
  };
}

const SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/**
 * What the payer reads beside the amount, in the twelve signs that Daraja has for it: the bill's reference, and three
 * signs that tell this payment from any other of the same bill, as M-Pesa names nothing else of ours.
 */
export function accountReferenceOf({ reference, paymentId }: Pick<Order, "reference" | "paymentId">): string {
  const chance = [...createHash("sha256").update(paymentId).digest()].map((byte) => SIGNS[byte % 32]).join("");
  const bare = reference.toUpperCase().replace(/[^0-9A-Z]/g, "");
  return (bare.slice(0, 9) + chance).slice(0, 12);
}

/** @throws {Fault} invalid: M-Pesa asks no other telephone */
function kenyan(msisdn: string): string {
  const digits = digitsOf(msisdn);
  if (!/^254[17][0-9]{8}$/.test(digits))
    throw invalid("#/msisdn", "M-Pesa is for telephones of Kenya, such as +254712345678.");
  return digits;
}

/** That a question is refused says nothing about the money: it is asked again, once the city's operator may ask. */
function refusalIsSilence(error: unknown): never {
  if (error instanceof Fault && error.kind === "conflict") throw silent(error.message);
  throw error;
}
