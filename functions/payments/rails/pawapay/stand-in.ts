import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { z } from "zod";
import type { Hub } from "../../rail.ts";

/**
 * The stand-in of pawaPay's Merchant API v2. Each token is a merchant of its own. What an administrator enters on the
 * real dashboard, `POST /_dashboard/callbacks` with `{"url"}` does here.
 */
interface Movement {
  status: "ACCEPTED" | "PROCESSING" | "COMPLETED" | "FAILED";
  amount: string;
  currency: string;
  country: string;
  clientReferenceId?: string;
  created: string;
  providerTransactionId?: string;
  failureReason?: { failureCode: string; failureMessage: string };
}
type Party = { type: "MMO"; accountDetails: { phoneNumber: string; provider: string } };
type Deposit = Movement & { depositId: string; payer: Party; customerMessage?: string };
type Refund = Movement & { refundId: string; recipient: Party };
interface Merchant {
  deposits: Map<string, Deposit>;
  refunds: Map<string, Refund & { of: string }>;
  callbackUrl?: string;
}

// Some operators of the real list, by the calling code that their numbers begin with.
const OPERATORS = [
  { code: "221", country: "SEN", provider: "ORANGE_SEN", currency: "XOF", decimals: "NONE" },
  { code: "225", country: "CIV", provider: "ORANGE_CIV", currency: "XOF", decimals: "NONE" },
  { code: "233", country: "GHA", provider: "MTN_MOMO_GHA", currency: "GHS", decimals: "TWO_PLACES" },
  { code: "237", country: "CMR", provider: "MTN_MOMO_CMR", currency: "XAF", decimals: "NONE" },
  { code: "250", country: "RWA", provider: "MTN_MOMO_RWA", currency: "RWF", decimals: "NONE" },
  { code: "254", country: "KEN", provider: "MPESA_KEN", currency: "KES", decimals: "NONE" },
  { code: "260", country: "ZMB", provider: "MTN_MOMO_ZMB", currency: "ZMW", decimals: "TWO_PLACES" },
] as const;
const AMOUNT_MAX = 5_000_000;

const Amount = z.string().regex(/^(0|[1-9][0-9]{0,17})(\.[0-9]{1,2})?$/);
const NewDeposit = z.strictObject({
  depositId: z.uuidv4(),
  payer: z.strictObject({
    type: z.literal("MMO"),
    accountDetails: z.strictObject({ phoneNumber: z.string().regex(/^[1-9][0-9]{7,14}$/), provider: z.string() }),
  }),
  amount: Amount,
  currency: z.string().length(3),
  clientReferenceId: z.string().optional(),
  customerMessage: z
    .string()
    .regex(/^[A-Za-z0-9 ]{4,22}$/)
    .optional(),
});
const NewRefund = z.strictObject({
  refundId: z.uuidv4(),
  depositId: z.uuidv4(),
  amount: Amount.optional(),
  currency: z.string().optional(),
  clientReferenceId: z.string().optional(),
});
const hundredths = (amount: string): bigint => {
  const [whole = "0", fraction = ""] = amount.split(".");
  return BigInt(whole) * 100n + BigInt(fraction.padEnd(2, "0"));
};

export function standIn(hub: Hub): Hono {
  const merchants = new Map<string, Merchant>();
  const now = () => hub.now().toISOString();
  const app = new Hono<{ Variables: { merchant: Merchant } }>();

  const guard = async (c: Context, next: () => Promise<void>) => {
    const token = /^Bearer (\S{16,})$/.exec(c.req.header("authorization") ?? "")?.[1];
    if (!token) return c.json(failed("NO_AUTHENTICATION", "No token."), 401);
    const found = merchants.get(token) ?? { deposits: new Map(), refunds: new Map() };
    merchants.set(token, found);
    c.set("merchant", found);
    return next();
  };
  app.use("/v2/*", guard);
  app.use("/_dashboard/*", guard);
  const rejected = (c: Context, id: object, code: string, message: string, status: ContentfulStatusCode = 200) =>
    c.json({ ...id, status: "REJECTED", ...failed(code, message) }, status);
  const accepted = (c: Context, id: object, status: "ACCEPTED" | "DUPLICATE_IGNORED", created: string) =>
    c.json({ ...id, status, created });

  function tell(merchant: Merchant, movement: Deposit | Refund): void {
    if (merchant.callbackUrl === undefined) return;
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify(movement);
    hub.callBack({ url: merchant.callbackUrl, method: "POST", headers, body }, [1_000, 5_000]);
  }
  function decide(merchant: Merchant, deposit: Deposit, does: string): void {
    if (deposit.status === "COMPLETED" || deposit.status === "FAILED" || (does !== "pay" && does !== "refuse")) return;
    if (does === "pay") Object.assign(deposit, { status: "COMPLETED", providerTransactionId: newNumber() });
    else
      Object.assign(deposit, { status: "FAILED", ...failed("PAYMENT_NOT_APPROVED", "The customer did not approve.") });
    tell(merchant, deposit);
  }

  app.post("/_dashboard/callbacks", async (c) => {
    const { url } = z.object({ url: z.url() }).parse(await c.req.json());
    c.var.merchant.callbackUrl = url;
    return c.json({});
  });
  app.post("/v2/predict-provider", async (c) => {
    const { phoneNumber = "" } = (await c.req.json()) as { phoneNumber?: string };
    const digits = phoneNumber.replace(/\D/g, "");
    const found = OPERATORS.find(({ code }) => digits.startsWith(code) && digits.length >= 11);
    if (!found) return c.json(failed("INVALID_PHONE_NUMBER", "Not a number of mobile money."), 400);
    return c.json({ country: found.country, provider: found.provider, phoneNumber: digits });
  });
  app.get("/v2/active-conf", (c) =>
    c.json({
      companyName: "Made up",
      countries: OPERATORS.map(({ country, provider, currency, decimals: decimalsInAmount }) => ({
        country,
        providers: [
          {
            provider,
            currencies: [
              {
                currency,
                operationTypes: {
                  DEPOSIT: {
                    minAmount: "1",
                    maxAmount: String(AMOUNT_MAX),
                    authType: "PROVIDER_AUTH",
                    decimalsInAmount,
                  },
                },
              },
            ],
          },
        ],
      })),
    }),
  );

  app.post("/v2/deposits", async (c) => {
    const { merchant } = c.var;
    const read = NewDeposit.safeParse(await c.req.json().catch(() => undefined));
    if (!read.success) return rejected(c, {}, "INVALID_PARAMETER", read.error.issues[0]!.path.join("."), 400);
    const { depositId, payer, amount, currency } = read.data;
    const before = merchant.deposits.get(depositId);
    if (before) return accepted(c, { depositId }, "DUPLICATE_IGNORED", before.created);
    const { provider, phoneNumber } = payer.accountDetails;
    const operator = OPERATORS.find((each) => each.provider === provider);
    if (!operator) return rejected(c, { depositId }, "INVALID_PROVIDER", "Not configured.");
    if (operator.currency !== currency) return rejected(c, { depositId }, "INVALID_CURRENCY", "Not of this operator.");
    if (operator.decimals === "NONE" && amount.includes("."))
      return rejected(c, { depositId }, "INVALID_AMOUNT", "No decimals.");
    if (hundredths(amount) < 100n || hundredths(amount) > BigInt(AMOUNT_MAX) * 100n)
      return rejected(c, { depositId }, "AMOUNT_OUT_OF_BOUNDS", "Outside of the limits.");
    const created = now();
    const deposit: Deposit = { ...read.data, status: "ACCEPTED", country: operator.country, created };
    merchant.deposits.set(depositId, deposit);
    const last = phoneNumber.at(-1);
    decide(merchant, deposit, last === "1" ? "refuse" : last === "2" ? "ignore" : "pay");
    return accepted(c, { depositId }, "ACCEPTED", created);
  });
  app.get("/v2/deposits/:id", (c) => {
    const data = c.var.merchant.deposits.get(c.req.param("id"));
    return c.json(data ? { status: "FOUND", data } : { status: "NOT_FOUND" });
  });

  app.post("/v2/refunds", async (c) => {
    const { merchant } = c.var;
    const read = NewRefund.safeParse(await c.req.json().catch(() => undefined));
    if (!read.success) return rejected(c, {}, "INVALID_PARAMETER", read.error.issues[0]!.path.join("."), 400);
    const { refundId, depositId, clientReferenceId } = read.data;
    const before = merchant.refunds.get(refundId);
    if (before) return accepted(c, { refundId }, "DUPLICATE_IGNORED", before.created);
    const deposit = merchant.deposits.get(depositId);
    if (deposit?.status !== "COMPLETED") return rejected(c, { refundId }, "INVALID_STATE", "Not completed.");
    const amount = read.data.amount ?? deposit.amount;
    const gone = [...merchant.refunds.values()].filter(({ of }) => of === depositId);
    const sum = gone.reduce((all, each) => all + hundredths(each.amount), hundredths(amount));
    if (sum > hundredths(deposit.amount)) return rejected(c, { refundId }, "AMOUNT_TOO_LARGE", "More than was paid.");
    const created = now();
    const { currency, country, payer: recipient } = deposit;
    const refund: Refund & { of: string } = {
      ...{ refundId, of: depositId, status: "COMPLETED", amount, currency, country, recipient, created },
      ...(clientReferenceId === undefined ? {} : { clientReferenceId }),
      providerTransactionId: newNumber(),
    };
    merchant.refunds.set(refundId, refund);
    tell(merchant, shown(refund));
    return accepted(c, { refundId }, "ACCEPTED", created);
  });
  app.get("/v2/refunds/:id", (c) => {
    const refund = c.var.merchant.refunds.get(c.req.param("id"));
    return c.json(refund ? { status: "FOUND", data: shown(refund) } : { status: "NOT_FOUND" });
  });

  /** What payers have paid, by the names that it was given. */
  app.get("/_paid", (c) => {
    const all = [...merchants.values()].flatMap(({ deposits }) => [...deposits.values()]);
    return c.json(all.filter(({ status }) => status === "COMPLETED").map((each) => each.clientReferenceId));
  });
  app.post("/_payer/:session", async (c) => {
    const { does } = (await c.req.json()) as { does: string };
    for (const merchant of merchants.values()) {
      const deposit = merchant.deposits.get(c.req.param("session"));
      if (!deposit) continue;
      decide(merchant, deposit, does);
      return c.json(deposit);
    }
    return c.json({ status: "NOT_FOUND" }, 404);
  });
  return app as unknown as Hono;
}

const shown = ({ of: _deposit, ...refund }: Refund & { of: string }): Refund => refund;
const failed = (failureCode: string, failureMessage: string) => ({ failureReason: { failureCode, failureMessage } });
const newNumber = () => randomUUID().replaceAll("-", "").slice(0, 12);
