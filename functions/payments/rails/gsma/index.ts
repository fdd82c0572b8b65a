import { createHash } from "node:crypto";
import { codes } from "currency-codes";
import { z } from "zod";
import { absent, Fault, invalid } from "../../../../shared/errors.ts";
import { Currency, exponentOf } from "../../../../shared/money.ts";
import { outside } from "../../../../shared/outside.ts";
import type { Connection, Order, Rail, RailHome, RefundOrder, Word } from "../../rail.ts";
import {
  type Answer,
  asked,
  basic,
  clientToken,
  type Exponents,
  keyRefused,
  readAs,
  silent,
  toDecimal,
  uuidOf,
  withToken,
} from "../wire.ts";
import { hint, Link, movement, openWord, outcome, Problem, RequestState, Transaction } from "./words.ts";

// GSMA Mobile Money API 1.2 as a client: any operator that offers it. Its notions as a provider are in billpay/gsma.ts.

const Https = z.url({ protocol: /^https$/ }).max(300);
export const GsmaSettings = z.strictObject({
  /** Up to the version and `mm`: https://api.operator.example/v1.2/mm */
  baseUrl: Https.transform((url) => url.replace(/\/+$/, "")),
  clientId: z.string().min(1).max(200),
  clientSecret: z.string().min(8).max(500),
  /** Where client credentials are traded for a token (OAuth 2); without it they are sent as HTTP Basic. */
  tokenUrl: Https.optional(),
  /** `X-API-Key`, where the operator gives one. */
  apiKey: z.string().min(8).max(500).optional(),
  /** The city's own account, which is credited: what kind of name it has there, and the name. */
  partyKey: z.enum(["accountid", "msisdn", "organisationid", "walletid", "serviceprovider", "storeid"]),
  party: z.string().regex(/^[A-Za-z0-9+._-]{1,100}$/, "the account's name at the operator"),
  environment: z.enum(["test", "live"]),
});
export type GsmaSettings = z.infer<typeof GsmaSettings>;

/** Up to four decimals of any currency; the fifths of an ariary and of an ouguiya are no decimals, so those are whole. */
export const GSMA_EXPONENTS: Exponents = {
  ...Object.fromEntries(
    codes()
      .filter((code) => Currency.safeParse(code).success && exponentOf(code) <= 4)
      .map((code) => [code, exponentOf(code)]),
  ),
  MGA: 0,
  MRU: 0,
};

export const gsma: Rail<GsmaSettings> = {
  name: "gsma",
  how: "prompt",
  settings: GsmaSettings,
  isLive: ({ environment }) => environment === "live",
  standInSettings: (secret) => ({
    baseUrl: "https://stand-in.invalid/v1.2/mm",
    clientId: "stand-in",
    clientSecret: secret,
    partyKey: "accountid",
    party: createHash("sha256").update(secret).digest("hex").slice(0, 16),
    environment: "test",
  }),
  connect,
};

const PAGE = 50;
const LINES_MAX = 50_000;

/** A session is the path of the resource that tells how it stands: `requeststates/…`, `transactions/…`, `responses/…`. */
type Session = string;
const sessionOf = (kind: "requeststates" | "transactions" | "responses", id: string): Session =>
  `${kind}/${encodeURIComponent(id)}`;

function connect(settings: GsmaSettings, home: RailHome): Connection {
  const { partyKey, party } = settings;
  const baseUrl = home.standIn === undefined ? settings.baseUrl : `${home.standIn}/v1.2/mm`;
  const tokenUrl = settings.tokenUrl && home.standIn !== undefined ? `${home.standIn}/token` : settings.tokenUrl;
  // Its address was entered by a city, the stand-in's by whoever runs the house.
  const via = home.standIn === undefined ? outside() : undefined;
  const keys = { id: settings.clientId, secret: settings.clientSecret };

  async function call(path: string, post?: { json: object; id: string; callbackPath: string }): Promise<Answer> {
    const headers: Record<string, string> = {
      "X-Date": home.now().toUTCString(),
      ...(settings.apiKey === undefined ? {} : { "X-API-Key": settings.apiKey }),
      ...(post
        ? {
            "X-CorrelationID": uuidOf("gsma", post.id),
            "X-Callback-URL": `${home.callbackUrl}/${post.callbackPath}`,
            "X-Content-Hash": createHash("sha256").update(JSON.stringify(post.json)).digest("hex"),
            "X-Channel": "web",
          }
        : {}),
    };
    const ask = async (Authorization: string) => {
      const answer = await asked(`${baseUrl}/${path}`, {
        ...(post ? { method: "POST", json: post.json } : {}),
        headers: { ...headers, Authorization },
        via,
      });
      // 401 is also how a payer's refusal is told, to whom does not wait for a callback.
      if (answer.status === 401 && says(answer, "requestdeclined")) throw declined(answer);
      return answer;
    };
    const answer =
      tokenUrl === undefined
        ? await ask(basic(keys.id, keys.secret))
        : await withToken(
            [tokenUrl, keys.id, keys.secret],
            { now: home.now, fetchToken: () => clientToken(tokenUrl, { ...keys, via }) },
            (token) => ask(`Bearer ${token}`),
          );
    if (answer.status === 401 || answer.status === 403) throw keyRefused();
    return answer;
  }

  /** Sends what moves money. The same id moves it once: sent again, the first answer is looked up. */
  async function send(path: string, id: string, callbackPath: string, json: object): Promise<Session | Transaction> {
    const answer = await call(path, { json, id, callbackPath });
    // Taken: decided at once, or later. What nobody can read was taken too, and is no refusal.
    if (answer.status < 300) {
      const later = RequestState.safeParse(answer.body);
      return later.success ? sessionOf("requeststates", later.data.serverCorrelationId) : readAs(Transaction, answer);
    }
    if (says(answer, "duplicaterequest")) return (await linked(id)) ?? sessionOf("responses", uuidOf("gsma", id));
    throw refusal(answer);
  }
  /** The resource that a request of ours became, by the id that it was sent with. */
  async function linked(id: string): Promise<Session | undefined> {
    const answer = await call(`responses/${uuidOf("gsma", id)}`);
    if (answer.status === 404) return undefined;
    const [, kind, name] = /(transactions|requeststates)\/([^/?#]+)\/?$/.exec(readAs(Link, answer).link) ?? [];
    if (!kind || !name) throw silent("The payment provider's answer cannot be read.");
    return `${kind}/${name}`;
  }

  type Standing = { is: "open" } | { is: "failed"; reason: string } | { is: "done"; transaction: Transaction };

  /** @throws {Fault} absent: the operator does not know it, or it is not this account's */
  async function standing(session: Session, id: string): Promise<Standing> {
    let at: Session | undefined = session.startsWith("responses/") ? await linked(id) : session;
    if (at?.startsWith("requeststates/")) {
      const answer = await call(at);
      if (answer.status === 404) throw absent();
      const state = readAs(RequestState, answer);
      if (state.status === "failed") return { is: "failed", reason: state.errorReference?.errorCode ?? "failed" };
      if (state.status !== "completed") return { is: "open" };
      at = state.objectReference ? sessionOf("transactions", state.objectReference) : await linked(id);
    }
    if (at === undefined) throw absent();
    const answer = await call(at);
    if (answer.status >= 400) throw absent();
    return { is: "done", transaction: readAs(Transaction, answer) };
  }

  const isCredited = ({ creditParty }: Transaction): boolean =>
    (creditParty ?? []).some(({ key, value }) => key === partyKey && value === party);

  return {
    takes: (amountMinor, currency) => void toDecimal(amountMinor, currency, GSMA_EXPONENTS),

    alias: ({ paymentId }) => sessionOf("responses", uuidOf("gsma", paymentId)),

    async open(order: Order) {
      if (order.msisdn === undefined) throw invalid("#/msisdn", "The telephone number of the wallet is missing.");
      const sent = await send("transactions/type/merchantpay", order.paymentId, order.paymentId, {
        amount: toDecimal(order.amountMinor, order.currency, GSMA_EXPONENTS),
        currency: order.currency,
        debitParty: [{ key: "msisdn", value: order.msisdn }],
        creditParty: [{ key: partyKey, value: party }],
        requestingOrganisationTransactionReference: order.paymentId,
        descriptionText: order.title.slice(0, 160),
      });
      return { sessionId: typeof sent === "string" ? sent : sessionOf("transactions", sent.transactionReference) };
    },

    async ask(sessionId, { paymentId, currency, amountMinor }) {
      const isOurs = sessionId.includes("/");
      const found = await standing(isOurs ? sessionId : sessionOf("transactions", sessionId), paymentId);
      if (found.is !== "done") return { ...openWord("payment", sessionId, paymentId, currency), ...outcome(found) };
      const { transaction } = found;
      const word = movement("payment", transaction);
      if (isOurs) return { ...word, sessionId, paymentId };
      // Whoever knows our address can name any transaction of this operator's: it counts when it paid this account, for
      // this payment, or for none that a house has asked for.
      const asked = amountMinor === undefined ? undefined : paymentId;
      if (!isCredited(transaction) || transaction.type === "reversal" || word.paymentId !== asked) throw absent();
      return word;
    },

    hear: async (call) => ({ words: [hint(call)], isProof: false }),

    async refund(order) {
      const { providerRef, paymentId, refundId, amountMinor, currency } = order;
      if (providerRef === undefined) throw new Fault("conflict", "The operator's number of this payment is not known.");
      const path = `transactions/${encodeURIComponent(providerRef)}/reversals`;
      const sent = await send(path, refundId, `${paymentId}/${refundId}`, {
        type: "reversal",
        amount: toDecimal(amountMinor, currency, GSMA_EXPONENTS),
        currency,
        requestingOrganisationTransactionReference: refundId,
      });
      if (typeof sent !== "string") return movement("refund", sent);
      return { ...openWord("refund", sent, paymentId, currency), providerRef: sent };
    },
    async askRefund({ refundRef, refundId, paymentId, currency }: RefundOrder) {
      const session = refundRef ?? sessionOf("responses", uuidOf("gsma", refundId));
      const found = await standing(session, refundId);
      if (found.is === "done") return { ...movement("refund", found.transaction), paymentId, refundId };
      return { ...openWord("refund", session, paymentId, currency), providerRef: session, ...outcome(found) };
    },

    async statement(from, to) {
      const words: Word[] = [];
      const path = `accounts/${partyKey}/${encodeURIComponent(party)}/transactions`;
      for (let offset = 0; offset < LINES_MAX; offset += PAGE) {
        const range = { fromDateTime: from.toISOString(), toDateTime: to.toISOString() };
        const query = new URLSearchParams({ limit: String(PAGE), offset: String(offset), ...range });
        const answer = await call(`${path}?${query}`);
        if (answer.status >= 400) throw silent("The payment provider gives no statement of this account.");
        const lines = readAs(z.array(Transaction), answer);
        for (const line of lines) {
          const word = movement(line.type === "reversal" ? "refund" : "payment", line);
          // The operator may name the account otherwise than we do: what we asked for is ours all the same.
          const isOurs = line.type === "reversal" || word.paymentId !== undefined || isCredited(line);
          const isMoney = word.says === "paid" && isOurs;
          if (isMoney) words.push(word);
        }
        if (lines.length < PAGE) return words;
      }
      throw silent("The payment provider's statement has no end.");
    },
  };
}

const problemOf = ({ body }: Answer) => Problem.safeParse(body).data;
/** Error codes are written in more than one case. */
const says = (answer: Answer, code: string): boolean => problemOf(answer)?.errorCode.toLowerCase() === code;
const declined = (answer: Answer): Fault =>
  new Fault("conflict", `The operator refuses: ${problemOf(answer)?.errorDescription || "declined"}`.slice(0, 300));

function refusal(answer: Answer): Fault {
  if (says(answer, "currencynotsupported")) return invalid("#/currency", "The operator does not take this currency.");
  if (says(answer, "lessthantransactionminvalue"))
    return invalid("#/amountMinor", "The operator takes no amount as small as this.");
  if (says(answer, "greaterthantransactionmaxvalue"))
    return invalid("#/amountMinor", "The operator takes no amount as large as this.");
  if (answer.status === 404) return invalid("#/msisdn", "The operator does not know this telephone number.");
  return declined(answer);
}
