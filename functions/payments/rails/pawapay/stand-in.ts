import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { z } from "zod";
import type { Hub, Moved } from "../../rail.ts";

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
  statements: Map<string, Statement>;
}
interface Statement {
  statementId: string;
  status: "PROCESSING" | "COMPLETED";
  wallet: { country: string; currency: string; provider?: string | undefined };
  created: string;
  startDate: string;
  endDate: string;
  fileSize?: number;
  downloadUrl?: string;
  downloadUrlExpiresAt?: string;
  completedAt?: string;
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
const DAY_MS = 24 * 3_600_000;
const Instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
const NewStatement = z.strictObject({
  wallet: z.strictObject({
    country: z.string().length(3),
    currency: z.string().length(3),
    provider: z.string().optional(),
  }),
  callbackUrl: z.url(),
  startDate: Instant,
  endDate: Instant,
  compressed: z.boolean().optional(),
});
const hundredths = (amount: string): bigint => {
  const [whole = "0", fraction = ""] = amount.split(".");
  return BigInt(whole) * 100n + BigInt(fraction.padEnd(2, "0"));
};

export function standIn(hub: Hub): Hono {
  const merchants = new Map<string, Merchant>();
  /** Statements that are being made, and the files of all. */
  const made = new Map<string, () => void>();
  const files = new Map<string, string>();
  const now = () => hub.now().toISOString();
  const app = new Hono<{ Variables: { merchant: Merchant } }>();

  const guard = async (c: Context, next: () => Promise<void>) => {
    const token = /^Bearer (\S{16,})$/.exec(c.req.header("authorization") ?? "")?.[1];
    if (!token) return c.json(failed("NO_AUTHENTICATION", "No token."), 401);
    const found = merchants.get(token) ?? { deposits: new Map(), refunds: new Map(), statements: new Map() };
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

  app.get("/v2/wallet-balances", (c) => {
    const moved = [...c.var.merchant.deposits.values(), ...c.var.merchant.refunds.values()];
    const all = new Map(moved.map(({ country, currency }) => [`${country} ${currency}`, { country, currency }]));
    return c.json({ balances: [...all.values()].map((wallet) => ({ ...wallet, balance: "0.00", provider: "" })) });
  });
  app.post("/v2/statements", async (c) => {
    const { merchant } = c.var;
    const read = NewStatement.safeParse(await c.req.json().catch(() => undefined));
    if (!read.success) return rejected(c, {}, "INVALID_PARAMETER", read.error.issues[0]!.path.join("."), 400);
    const { wallet, callbackUrl, startDate, endDate } = read.data;
    const lengthMs = Date.parse(`${endDate}Z`) - Date.parse(`${startDate}Z`);
    if (lengthMs <= 0 || lengthMs > 31 * DAY_MS) return rejected(c, {}, "INVALID_DATE_RANGE", "At most 31 days.");
    const statementId = randomUUID();
    const statement: Statement = { statementId, status: "PROCESSING", wallet, created: now(), startDate, endDate };
    merchant.statements.set(statementId, statement);
    const file = fileOf(merchant, statement);
    const at = new URL(c.req.url);
    const root = `${at.origin}${at.pathname.slice(0, at.pathname.indexOf("/v2/"))}`;
    files.set(statementId, file);
    made.set(statementId, () => {
      const until = new Date(hub.now().getTime() + DAY_MS).toISOString();
      const downloadUrl = `${root}/download/${statementId}.csv`;
      const there = { status: "COMPLETED" as const, fileSize: Buffer.byteLength(file), completedAt: now() };
      Object.assign(statement, { ...there, downloadUrl, downloadUrlExpiresAt: until });
      const headers = { "Content-Type": "application/json" };
      hub.callBack({ url: callbackUrl, method: "POST", headers, body: JSON.stringify(statement) });
    });
    return accepted(c, { statementId }, "ACCEPTED", statement.created);
  });
  app.get("/v2/statements/:id", (c) => {
    const data = c.var.merchant.statements.get(c.req.param("id"));
    if (!data) return c.json({ status: "NOT_FOUND" });
    const answer = c.json({ status: "FOUND", data });
    // It is there when it is asked for the second time.
    made.get(data.statementId)?.();
    made.delete(data.statementId);
    return answer;
  });
  app.get("/download/:file", (c) => {
    const file = files.get(c.req.param("file").replace(/\.csv$/, ""));
    return file === undefined ? c.text("", 403) : c.body(file, 200, { "Content-Type": "text/csv" });
  });

  /** What payers have paid, by the names that it was given. */
  app.get("/_paid", (c) => {
    const all = [...merchants.values()].flatMap(({ deposits }) => [...deposits.values()]);
    return c.json(all.filter(({ status }) => status === "COMPLETED").map((each) => each.clientReferenceId));
  });
  app.get("/_moved", (c) =>
    c.json(
      [...merchants.values()].flatMap(({ deposits, refunds }): Moved[] => {
        const isDone = ({ status }: Movement) => status === "COMPLETED";
        const common = ({ clientReferenceId: name = "" }: Movement, number: string) => ({ name, number });
        const paid = [...deposits.values()].filter(isDone).map((one) => ({
          ...{ about: "payment" as const, ...common(one, one.depositId), amount: Number(one.amount), fee: feeOf(one) },
        }));
        const back = [...refunds.values()].filter(isDone).map((one) => ({
          ...{ about: "refund" as const, ...common(one, one.refundId), amount: 0 - Number(one.amount), fee: 0 },
        }));
        return [...paid, ...back];
      }),
    ),
  );
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
/** What pawaPay keeps of a deposit. */
const feeOf = ({ amount }: Movement): number => Number(hundredths(amount) / 10_000n);
const newNumber = () => randomUUID().replaceAll("-", "").slice(0, 12);

/** What moved in a wallet, with what pawaPay keeps of each deposit, one in a hundred, on a line of its own. */
function fileOf({ deposits, refunds }: Merchant, { wallet, startDate, endDate }: Statement): string {
  const moved = [
    ...[...deposits.values()].map((one) => ({ ...one, id: one.depositId, type: "DEPOSIT", party: one.payer })),
    ...[...refunds.values()].map((one) => ({ ...one, id: one.refundId, type: "REFUND", party: one.recipient })),
  ];
  const lines = moved
    .filter(({ status, country, currency }) => {
      return status === "COMPLETED" && country === wallet.country && currency === wallet.currency;
    })
    .filter(({ created }) => created >= startDate && created.slice(0, 19) < endDate)
    .flatMap(({ id, type, party, ...movement }) => {
      const { amount, currency, country, created } = movement;
      const { phoneNumber, provider } = party.accountDetails;
      const line = (of: string, sum: string) => [created, phoneNumber, id, sum, currency, country, provider, of];
      const fee = feeOf(movement);
      return type === "DEPOSIT" && fee > 0 ? [line(type, amount), line("FEE", `-${fee}`)] : [line(type, amount)];
    });
  const head = ["Creation Date", "MSISDN", "Transaction ID", "Amount", "Currency", "Country", "MNO", "Type"];
  return [head, ...lines].map((fields) => `${fields.join(",")}\r\n`).join("");
}
