import { randomBytes, randomInt } from "node:crypto";
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Hub, Moved } from "../../rail.ts";
import { listedAt, stampOf } from "./amounts.ts";

// A stand-in of Safaricom's Daraja: tokens, questions on the telephone (STK push) and how they stand, money from the
// telephone's own menu (C2B) with validation and confirmation, status, reversals, payouts (B2C), and the list of
// transactions. Results come by callback, sent once and signed by nobody. It is not M-Pesa: only what this house calls
// is here, in Daraja's own shapes.

interface Transaction {
  receipt: string;
  /** The short code that it came to, or went out from. */
  shortcode: string;
  isIncome: boolean;
  shillings: number;
  msisdn: string;
  reference: string;
  at: Date;
  isReversed: boolean;
  /** Of a payout, the name that it was asked for under. */
  originator?: string;
  /** Of a payout: whoever should get it is no customer. */
  isFailed?: boolean;
}
interface Push {
  merchantId: string;
  id: string;
  shortcode: string;
  shillings: number;
  msisdn: string;
  reference: string;
  callbackUrl: string;
  at: number;
  /** Undefined as long as the payer has not answered. */
  result?: { code: number; desc: string; transaction?: Transaction };
}
interface Urls {
  ConfirmationURL: string;
  ValidationURL: string;
}

const TOKEN_S = 3_599;
const PROMPT_MS = 60_000;
const PAGE = 50;
const SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const MSISDN = z.string().regex(/^254[17][0-9]{8}$/);
const Shillings = z.coerce.number().int().min(1).max(250_000);
const Url = z.url().max(600);
const Results = { ResultURL: Url, QueueTimeOutURL: Url, Remarks: z.string().min(2).max(100) };
const Operator = { Initiator: z.string().min(1), SecurityCredential: z.string().min(1) };
const Bodies = {
  push: z.object({
    ...{ BusinessShortCode: z.string(), Password: z.string(), Timestamp: z.string().regex(/^[0-9]{14}$/) },
    TransactionType: z.enum(["CustomerPayBillOnline", "CustomerBuyGoodsOnline"]),
    ...{ Amount: Shillings, PartyA: MSISDN, PartyB: z.string(), PhoneNumber: MSISDN, CallBackURL: Url },
    AccountReference: z.string().min(1).max(12),
    TransactionDesc: z.string().min(1).max(13),
  }),
  pushQuery: z.object({
    ...{ BusinessShortCode: z.string(), Password: z.string(), Timestamp: z.string(), CheckoutRequestID: z.string() },
  }),
  register: z.object({
    ShortCode: z.string(),
    ResponseType: z.enum(["Completed", "Cancelled"]),
    ConfirmationURL: Url,
    ValidationURL: Url,
  }),
  status: z.object({
    ...Operator,
    CommandID: z.literal("TransactionStatusQuery"),
    TransactionID: z.string().optional(),
    OriginalConversationID: z.string().optional(),
    PartyA: z.string(),
    IdentifierType: z.string(),
    ...Results,
  }),
  reversal: z.object({
    ...Operator,
    CommandID: z.literal("TransactionReversal"),
    TransactionID: z.string(),
    ...{ Amount: Shillings, ReceiverParty: z.string(), RecieverIdentifierType: z.literal("11") },
    ...Results,
  }),
  payout: z.object({
    OriginatorConversationID: z.string().min(1),
    InitiatorName: z.string().min(1),
    SecurityCredential: z.string().min(1),
    CommandID: z.enum(["BusinessPayment", "SalaryPayment", "PromotionPayment"]),
    ...{ Amount: Shillings.min(10), PartyA: z.string(), PartyB: MSISDN },
    ...Results,
  }),
  pull: z.object({ ShortCode: z.string(), StartDate: z.string(), EndDate: z.string(), OffSetValue: z.string() }),
  menu: z.object({
    /** The callback address of whom the money is for: the stand-in finds the short code that was registered with it. */
    to: z.string(),
    amount: z.string(),
    msisdn: z.string(),
    reference: z.string(),
    /** The confirmation is lost on its way. */
    isLost: z.boolean().optional(),
  }),
};

export function standIn(hub: Hub): Hono {
  const tokens = new Map<string, number>();
  const pushes = new Map<string, Push>();
  const transactions = new Map<string, Transaction>();
  const urls = new Map<string, Urls>();
  const pulled = new Set<string>();
  const app = new Hono();

  const receiptOf = () => Array.from({ length: 10 }, () => SIGNS[randomInt(SIGNS.length)]).join("");
  const conversation = () => `${randomInt(10_000, 99_999)}-${randomInt(1_000_000, 9_999_999)}-1`;
  const tell = (url: string, body: object) =>
    hub.callBack({ url, method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const read = async <S extends z.ZodType>(c: Context, schema: S): Promise<z.infer<S> | undefined> =>
    schema.safeParse(await c.req.json().catch(() => undefined)).data;

  app.get("/oauth/v1/generate", (c) => {
    const basic = Buffer.from(/^Basic (.+)$/.exec(c.req.header("authorization") ?? "")?.[1] ?? "", "base64").toString();
    if (c.req.query("grant_type") !== "client_credentials" || !/^\w{16,100}:\w{16,100}$/.test(basic))
      return refuse(c, 400, "400.008.01", "Invalid Authentication passed");
    const access_token = randomBytes(18).toString("base64url");
    tokens.set(access_token, hub.now().getTime() + TOKEN_S * 1_000);
    return c.json({ access_token, expires_in: String(TOKEN_S) });
  });
  for (const path of ["/mpesa/*", "/pulltransactions/*"])
    app.use(path, async (c, next) => {
      const until = tokens.get(/^Bearer (\S+)$/.exec(c.req.header("authorization") ?? "")?.[1] ?? "") ?? 0;
      if (until <= hub.now().getTime()) return refuse(c, 404, "404.001.03", "Invalid Access Token");
      await next();
    });

  const isSigned = (of: { BusinessShortCode: string; Password: string; Timestamp: string }) => {
    const said = Buffer.from(of.Password, "base64").toString();
    return said.startsWith(of.BusinessShortCode) && said.endsWith(of.Timestamp) && said.length > 30;
  };
  app.post("/mpesa/stkpush/v1/processrequest", async (c) => {
    const body = await read(c, Bodies.push);
    if (!body) return refuse(c, 400, "400.002.02", "Bad Request - Invalid Request Payload");
    if (!isSigned(body)) return refuse(c, 500, "500.001.1001", "Wrong credentials");
    const isBusy = [...pushes.values()].some((other) => other.msisdn === body.PhoneNumber && !aged(other).result);
    if (isBusy) return refuse(c, 500, "500.001.1001", "Unable to lock subscriber, a transaction is already in process");
    const push: Push = {
      merchantId: conversation(),
      id: `ws_CO_${stampOf(hub.now())}${randomInt(100, 999)}${body.PhoneNumber.slice(3)}`,
      shortcode: body.BusinessShortCode,
      ...{ shillings: body.Amount, msisdn: body.PhoneNumber, reference: body.AccountReference },
      callbackUrl: body.CallBackURL,
      at: hub.now().getTime(),
    };
    pushes.set(push.id, push);
    if (push.msisdn.endsWith("1")) answer(push, "refuse");
    else if (!push.msisdn.endsWith("2")) answer(push, "pay");
    return c.json({
      MerchantRequestID: push.merchantId,
      CheckoutRequestID: push.id,
      ResponseCode: "0",
      ResponseDescription: "Success. Request accepted for processing",
      CustomerMessage: "Success. Request accepted for processing",
    });
  });
  app.post("/mpesa/stkpushquery/v1/query", async (c) => {
    const body = await read(c, Bodies.pushQuery);
    const push = body && pushes.get(body.CheckoutRequestID);
    if (!body || !isSigned(body) || !push || push.shortcode !== body.BusinessShortCode)
      return refuse(c, 400, "400.002.02", "Bad Request - Invalid CheckoutRequestID");
    const { result } = aged(push);
    if (!result) return refuse(c, 500, "500.001.1001", "The transaction is being processed");
    return c.json({
      ResponseCode: "0",
      ResponseDescription: "The service request has been accepted successfully",
      MerchantRequestID: push.merchantId,
      CheckoutRequestID: push.id,
      ResultCode: String(result.code),
      ResultDesc: result.desc,
    });
  });

  function answer(push: Push, does: "pay" | "refuse" | "run out"): void {
    if (does === "refuse") push.result = { code: 1032, desc: "Request cancelled by user" };
    else if (does === "run out") push.result = { code: 1037, desc: "DS timeout user cannot be reached" };
    else
      push.result = {
        code: 0,
        desc: "The service request is processed successfully.",
        transaction: moved({ ...push, isIncome: true }),
      };
    const { code, desc, transaction } = push.result;
    // The items come in no order that could be relied on.
    const items = transaction && [
      { Name: "Balance" },
      { Name: "MpesaReceiptNumber", Value: transaction.receipt },
      { Name: "PhoneNumber", Value: Number(push.msisdn) },
      { Name: "Amount", Value: push.shillings },
      { Name: "TransactionDate", Value: Number(stampOf(transaction.at)) },
    ];
    tell(push.callbackUrl, {
      Body: {
        stkCallback: {
          MerchantRequestID: push.merchantId,
          CheckoutRequestID: push.id,
          ResultCode: code,
          ResultDesc: desc,
          ...(items ? { CallbackMetadata: { Item: items } } : {}),
        },
      },
    });
    if (transaction) confirm(transaction);
  }
  function aged(push: Push): Push {
    if (!push.result && hub.now().getTime() - push.at > PROMPT_MS) answer(push, "run out");
    return push;
  }
  function moved(of: Pick<Transaction, "shortcode" | "isIncome" | "shillings" | "msisdn" | "reference">): Transaction {
    const { shortcode, isIncome, shillings, msisdn, reference } = of;
    const made = { receipt: receiptOf(), shortcode, isIncome, shillings, msisdn, reference, at: hub.now() };
    const transaction: Transaction = { ...made, isReversed: false };
    transactions.set(transaction.receipt, transaction);
    return transaction;
  }
  const shown = ({ receipt, shortcode, shillings, msisdn, reference, at }: Transaction) => ({
    TransactionType: "Pay Bill",
    TransID: receipt,
    TransTime: stampOf(at),
    TransAmount: `${shillings}.00`,
    BusinessShortCode: shortcode,
    BillRefNumber: reference,
    ...{ InvoiceNumber: "", OrgAccountBalance: "49197.00", ThirdPartyTransID: "" },
    ...{ MSISDN: `${msisdn.slice(0, 4)} ***** ${msisdn.slice(-3)}`, FirstName: "SYNTHETIC" },
  });
  function confirm(transaction: Transaction): void {
    const known = urls.get(transaction.shortcode);
    if (known) tell(known.ConfirmationURL, shown(transaction));
  }

  app.post("/mpesa/c2b/v1/registerurl", async (c) => {
    const body = await read(c, Bodies.register);
    if (!body) return refuse(c, 400, "400.002.02", "Bad Request - Invalid Request Payload");
    urls.set(body.ShortCode, body);
    const done = { ResponseCode: "0", ResponseDescription: "Success" };
    return c.json({ OriginatorCoversationID: conversation(), ...done });
  });
  /** The payer pays from the telephone's own menu: `{to, amount, msisdn, reference}`; `to` is a callback address. */
  app.post("/_menu", async (c) => {
    const body = await read(c, Bodies.menu);
    const [shortcode, known] =
      [...urls].find(([, { ConfirmationURL }]) => body && ConfirmationURL.startsWith(body.to)) ?? [];
    if (!body || !shortcode || !known) return c.json({ error: "Nobody is paid there." }, 404);
    const { amount, msisdn, reference } = body;
    const asked = { shortcode, isIncome: true, shillings: Number(amount), msisdn, reference };
    const { TransID: _later, ...before } = shown({ ...asked, receipt: "", at: hub.now(), isReversed: false });
    const may = await fetch(known.ValidationURL, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(before),
    }).then((got) => got.json() as Promise<{ ResultCode: number | string }>);
    if (String(may.ResultCode) !== "0") return c.json({ refused: may.ResultCode }, 409);
    const transaction = moved(asked);
    if (!body.isLost) confirm(transaction);
    return c.json({ receipt: transaction.receipt, shortcode });
  });

  const taken = (c: Context, originator = conversation()) => {
    const answer = { OriginatorConversationID: originator, ConversationID: `AG_${randomBytes(12).toString("hex")}` };
    const done = { ResponseCode: "0", ResponseDescription: "Accept the service request successfully." };
    return { ...answer, response: c.json({ ...answer, ...done }) };
  };
  const tellResult = (
    { url, ...of }: { url: string; OriginatorConversationID: string; ConversationID: string },
    result: { code: number | string; desc: string; receipt: string; parameters?: Record<string, unknown> },
  ) =>
    tell(url, {
      Result: {
        ResultType: 0,
        ResultCode: result.code,
        ResultDesc: result.desc,
        OriginatorConversationID: of.OriginatorConversationID,
        ConversationID: of.ConversationID,
        TransactionID: result.receipt,
        ...(result.parameters === undefined
          ? {}
          : {
              ResultParameters: {
                ResultParameter: Object.entries(result.parameters).map(([Key, Value]) => ({ Key, Value })),
              },
            }),
        ReferenceData: { ReferenceItem: { Key: "QueueTimeoutURL", Value: url } },
      },
    });
  const PROCESSED = { code: 0, desc: "The service request is processed successfully." };

  app.post("/mpesa/transactionstatus/v1/query", async (c) => {
    const body = await read(c, Bodies.status);
    if (!body) return refuse(c, 400, "400.002.02", "Bad Request - Invalid Request Payload");
    const { response, ...ids } = taken(c);
    const found = [...transactions.values()].find(
      ({ receipt, originator }) =>
        receipt === body.TransactionID || (originator !== undefined && originator === body.OriginalConversationID),
    );
    const to = { url: body.ResultURL, ...ids };
    if (found?.shortcode !== body.PartyA)
      tellResult(to, { code: 2, desc: "The transaction is not known.", receipt: "" });
    else {
      const [city, payer] = [`${found.shortcode} - Synthetic city`, `${found.msisdn} - SYNTHETIC`];
      tellResult(to, {
        ...PROCESSED,
        receipt: receiptOf(),
        parameters: {
          ReceiptNo: found.receipt,
          TransactionStatus: found.isFailed ? "Failed" : "Completed",
          Amount: found.shillings,
          FinalisedTime: Number(stampOf(found.at)),
          DebitPartyName: found.isIncome ? payer : city,
          CreditPartyName: found.isIncome ? city : payer,
        },
      });
    }
    return response;
  });
  app.post("/mpesa/reversal/v1/request", async (c) => {
    const body = await read(c, Bodies.reversal);
    if (!body) return refuse(c, 400, "400.002.02", "Bad Request - Invalid Request Payload");
    const { response, ...ids } = taken(c);
    const to = { url: body.ResultURL, ...ids };
    const found = transactions.get(body.TransactionID);
    const receipt = receiptOf();
    if (found?.shortcode !== body.ReceiverParty || !found.isIncome || found.shillings !== body.Amount)
      tellResult(to, { code: "R000002", desc: "The OriginalTransactionID is invalid.", receipt });
    else if (found.isReversed)
      tellResult(to, { code: "R000001", desc: "The transaction has already been reversed.", receipt });
    else {
      found.isReversed = true;
      const parameters = { OriginalTransactionID: found.receipt, Amount: found.shillings };
      tellResult(to, { ...PROCESSED, receipt, parameters });
    }
    return response;
  });
  app.post("/mpesa/b2c/v3/paymentrequest", async (c) => {
    const body = await read(c, Bodies.payout);
    if (!body) return refuse(c, 400, "400.002.02", "Bad Request - Invalid Request Payload");
    const { OriginatorConversationID: originator } = body;
    if ([...transactions.values()].some((other) => other.originator === originator))
      return refuse(c, 500, "500.002.1001", "Duplicate OriginatorConversationID.");
    const { response, ...ids } = taken(c, originator);
    const out = { shortcode: body.PartyA, isIncome: false, shillings: body.Amount, msisdn: body.PartyB, reference: "" };
    const to = { url: body.ResultURL, ...ids };
    const transaction = moved(out);
    Object.assign(transaction, { originator, isFailed: body.PartyB.endsWith("1") });
    const { receipt, shillings } = transaction;
    if (transaction.isFailed) tellResult(to, { code: 2040, desc: "The recipient is no registered customer.", receipt });
    else {
      const parameters = { TransactionAmount: shillings, TransactionReceipt: receipt };
      tellResult(to, { ...PROCESSED, receipt, parameters });
    }
    return response;
  });

  app.post("/pulltransactions/v1/register", async (c) => {
    const { ShortCode = "" } = (await c.req.json()) as { ShortCode?: string };
    const ResponseStatus = pulled.has(ShortCode) ? "1001" : "1000";
    pulled.add(ShortCode);
    return c.json({ ResponseRefID: conversation(), ResponseStatus, ShortCode, ResponseDescription: "Registered" });
  });
  app.post("/pulltransactions/v1/query", async (c) => {
    const body = await read(c, Bodies.pull);
    if (!body || !pulled.has(body.ShortCode)) return refuse(c, 400, "400.002.02", "Bad Request - not registered");
    const lines = [...transactions.values()]
      .filter(({ shortcode, isIncome }) => isIncome && shortcode === body.ShortCode)
      .filter(({ at }) => listedAt(at) >= body.StartDate && listedAt(at) < body.EndDate)
      .slice(Number(body.OffSetValue), Number(body.OffSetValue) + PAGE)
      .map(({ receipt, shillings, reference, at, msisdn }) => ({
        ...{
          transactionId: receipt,
          trxDate: at.toISOString().replace(/\.\d+/, ""),
          msisdn: Number(msisdn),
          sender: "SYNTHETIC",
        },
        ...{ transactiontype: "c2b-pay-bill-debit", billreference: reference, amount: `${shillings}.00` },
        organizationname: "Synthetic city",
      }));
    const common = { ResponseRefID: conversation(), ResponseMessage: "Success" };
    return c.json({ ...common, ResponseCode: lines.length > 0 ? "1000" : "1001", Response: [lines] });
  });

  /** The payer's telephone. */
  app.post("/_payer/:session", async (c) => {
    const push = pushes.get(c.req.param("session"));
    const { does } = (await c.req.json()) as { does: string };
    if (!push || aged(push).result) return c.json({ error: "Nothing is asked of a payer here." }, 404);
    if (does === "pay" || does === "refuse") answer(push, does);
    return c.json({ result: push.result?.code ?? null });
  });
  /** What was paid after a question on the telephone, by the names that it was asked for under: for tests. */
  app.get("/_paid", (c) =>
    c.json([...pushes.values()].filter(({ result }) => result?.code === 0).map(({ reference }) => reference)),
  );
  /** A payout is named as it was asked for; a reversal only by what it reverses. */
  app.get("/_moved", (c) =>
    c.json(
      [...transactions.values()].flatMap((one): Moved[] => {
        const { isIncome, receipt: number, shillings, reference, originator = "", isReversed } = one;
        if (one.isFailed) return [];
        const back = { about: "refund" as const, number, amount: 0 - shillings, fee: 0 };
        if (!isIncome) return [{ ...back, name: originator }];
        const came: Moved = { about: "payment", name: reference, number, amount: shillings, fee: 0 };
        return [came, ...(isReversed ? [{ ...back, name: number }] : [])];
      }),
    ),
  );
  return app;
}

const refuse = (c: Context, status: 400 | 404 | 500, errorCode: string, errorMessage: string): Response =>
  c.json({ requestId: randomBytes(8).toString("hex"), errorCode, errorMessage }, status);
