import { randomBytes } from "node:crypto";
import { z } from "zod";
import { absent, Fault } from "../../../../shared/errors.ts";
import type { Connection, Order, Rail, RailHome, Word } from "../../rail.ts";
import {
  type Answer,
  asked,
  clientToken,
  type Exponents,
  fromDecimal,
  keyRefused,
  readAs,
  toDecimal,
  withToken,
} from "../wire.ts";

// Orange Money Web Payment: the payer confirms on Orange's own page with a code from the telephone. It has no refunds
// and no statement: what goes back is paid out by hand.

export const OrangeSettings = z.strictObject({
  clientId: z.string().min(1).max(200),
  clientSecret: z.string().min(8).max(500),
  merchantKey: z.string().regex(/^[A-Za-z0-9-]{4,100}$/, "the merchant key that Orange gave"),
  /** As in the address of the API; `dev` is Orange's sandbox. */
  country: z.string().regex(/^(dev|[a-z]{2})$/, "dev, or a country's two small letters such as ci"),
});
export type OrangeSettings = z.infer<typeof OrangeSettings>;

const AT = "https://api.orange.com";
/** What every amount is named in at the sandbox. */
const DEV_CURRENCY = "OUV";
/** Amounts are whole, whatever the currency. */
export const ORANGE_EXPONENTS: Exponents = {
  ...{ BWP: 0, CDF: 0, EGP: 0, GNF: 0, JOD: 0, LRD: 0, MAD: 0, MGA: 0, SLE: 0, TND: 0, USD: 0, XAF: 0, XOF: 0 },
};
const ADDRESS_MAX = 120;
/** So long a page of Orange's is shown to a payer who comes back; then they get a new one. */
const PAGE_MS = 10 * 60_000;

export const orange: Rail<OrangeSettings> = {
  name: "orange",
  how: "page",
  settings: OrangeSettings,
  isLive: ({ country }) => country !== "dev",
  standInSettings: (secret) => ({
    clientId: "stand-in",
    clientSecret: secret,
    merchantKey: secret.slice(0, 8),
    country: "dev",
  }),
  connect,
};

const Opened = z.looseObject({
  pay_token: z.string().regex(/^[A-Za-z0-9_-]{8,120}$/),
  payment_url: z.url({ protocol: /^https?$/ }),
});
const Status = z.looseObject({ status: z.string(), txnid: z.string().max(100).nullish() });
const Problem = z.looseObject({ message: z.string().default(""), description: z.string().default("") });
const Called = z.looseObject({ status: z.string().max(60) });

/** All that Orange wants to hear when it is asked how an order stands. */
interface Session {
  orderId: string;
  amount: string;
  payToken: string;
}
const sessionId = ({ orderId, amount, payToken }: Session) => `${orderId}.${amount}.${payToken}`;
function sessionOf(id: string): Session {
  const [, orderId, amount, payToken] = /^([0-9A-Z]{30})\.([1-9][0-9]{0,14})\.([A-Za-z0-9_-]{8,120})$/.exec(id) ?? [];
  if (!orderId || !amount || !payToken) throw absent();
  return { orderId, amount, payToken };
}

const ulidOf = (paymentId: string) => paymentId.slice(-26);
/**
 * Orange takes an order's number (30 signs at most) once, and never tells its page again. So each time that it is asked
 * the order is a new one of this payment; a page whose answer was lost has been seen by nobody.
 */
const newOrderId = (paymentId: string) => ulidOf(paymentId) + randomBytes(2).toString("hex").toUpperCase();

function connect({ clientId, clientSecret, merchantKey, country }: OrangeSettings, home: RailHome): Connection {
  const at = home.standIn ?? AT;
  async function call(path: string, json: object): Promise<Answer> {
    const answer = await withToken(
      [at, clientId, clientSecret],
      { now: home.now, fetchToken: () => clientToken(`${at}/oauth/v3/token`, { id: clientId, secret: clientSecret }) },
      (token) =>
        asked(`${at}/orange-money-webpay/${country}/v1/${path}`, {
          method: "POST",
          headers: { Authorization: `Bearer ${token}` },
          json,
        }),
    );
    if (answer.status === 403) throw keyRefused();
    return answer;
  }

  return {
    takes: (amountMinor, currency) => void toDecimal(amountMinor, currency, ORANGE_EXPONENTS),

    async open(order: Order) {
      const amount = toDecimal(order.amountMinor, order.currency, ORANGE_EXPONENTS);
      const orderId = newOrderId(order.paymentId);
      // The notification names no order: its address does, where it is short enough. Else the poller learns of it.
      const ours = `${home.callbackUrl}/${ulidOf(order.paymentId)}`;
      const answer = await call("webpayment", {
        merchant_key: merchantKey,
        currency: country === "dev" ? DEV_CURRENCY : order.currency,
        order_id: orderId,
        amount: Number(amount),
        return_url: order.successUrl,
        cancel_url: order.cancelUrl,
        notif_url: ours.length <= ADDRESS_MAX ? ours : home.callbackUrl,
        lang: order.lang === "en" ? "en" : "fr",
        reference: order.reference.slice(0, 30),
      });
      if (answer.status >= 400) {
        const said = Problem.safeParse(answer.body).data;
        const why = said?.description || said?.message || "no reason given";
        throw new Fault("conflict", `The provider refuses: ${why}`.slice(0, 300));
      }
      const { pay_token: payToken, payment_url: url } = readAs(Opened, answer);
      const until = new Date(home.now().getTime() + PAGE_MS).toISOString();
      return { sessionId: sessionId({ orderId, amount, payToken }), url, until };
    },

    async ask(id, { paymentId, currency }) {
      const { orderId, amount, payToken } = sessionOf(id);
      if (!orderId.startsWith(ulidOf(paymentId))) throw absent();
      const answer = await call("transactionstatus", {
        order_id: orderId,
        amount: Number(amount),
        pay_token: payToken,
      });
      if (answer.status >= 400) throw absent();
      const { status, txnid } = readAs(Status, answer);
      const says = saysOf(status);
      return {
        about: "payment",
        says,
        sessionId: id,
        paymentId,
        ...(says === "paid" ? { providerRef: txnid || orderId } : {}),
        // The page asked for this amount, and for no other.
        amountMinor: says === "paid" ? fromDecimal(amount, currency) : 0,
        currency,
        ...(says === "failed" ? { reason: status.slice(0, 200) } : {}),
      };
    },

    async hear({ path, body }) {
      let said: unknown;
      try {
        said = JSON.parse(body);
      } catch {
        throw new Fault("malformed", "This is not JSON.");
      }
      const { success, data } = Called.safeParse(said);
      if (!success) throw new Fault("malformed", "This is no notification of Orange Money.");
      const word: Word = {
        ...{ about: "payment", says: saysOf(data.status), sessionId: "", amountMinor: 0, currency: "" },
        paymentId: `pay_${path.slice(0, 40)}`,
      };
      return { words: path === "" ? [] : [word], isProof: false };
    },
  };
}

function saysOf(status: string): Word["says"] {
  if (status === "SUCCESS") return "paid";
  if (status === "EXPIRED") return "expired";
  // INITIATED: not yet on the page; PENDING: confirmed there, and under way.
  return status === "FAILED" ? "failed" : "open";
}
