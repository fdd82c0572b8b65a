import { createHash, randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { z } from "zod";
import type { Hub, Moved } from "../../rail.ts";

/**
 * The stand-in of an operator that offers the GSMA Mobile Money API 1.2, below `/v1.2/mm`. Every client is an operator's
 * customer of its own: it sees what it sent and what was credited to a party that it named. Besides the payer's
 * telephone (`/_payer/<session>`), `POST /_menu` is the menu of a wallet, by which somebody pays without this house.
 */
type Pair = { key: string; value: string };
interface Kept {
  transactionReference: string;
  requestingOrganisationTransactionReference?: string;
  originalTransactionReference?: string;
  debitParty: Pair[];
  creditParty: Pair[];
  type: string;
  transactionStatus: "pending" | "completed" | "failed";
  amount: string;
  currency: string;
  descriptionText?: string;
  creationDate: string;
  modificationDate: string;
}
interface Request {
  serverCorrelationId: string;
  status: "pending" | "completed" | "failed";
  notificationMethod: "callback" | "polling";
  objectReference: string;
  pollLimit: number;
  errorReference?: Problem;
}
type Problem = ReturnType<typeof problem>;
interface Client {
  transactions: Map<string, Kept>;
  requests: Map<string, Request>;
  /** By the client's own correlation id: which request it became, and where its end is told. */
  sent: Map<string, { request: Request; callback: string | undefined }>;
}

const AMOUNT = /^(0|[1-9][0-9]{0,17})(\.[0-9]{1,4})?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const Pairs = z.array(z.object({ key: z.string(), value: z.string().min(1) })).min(1);
const NewTransaction = z.looseObject({
  amount: z.string().regex(AMOUNT),
  currency: z.string().regex(/^[A-Z]{3}$/),
  debitParty: Pairs,
  creditParty: Pairs,
  requestingOrganisationTransactionReference: z.string().max(256).optional(),
  descriptionText: z.string().max(256).optional(),
});
const NewReversal = z.looseObject({
  type: z.literal("reversal"),
  amount: z.string().regex(AMOUNT).optional(),
  currency: z.string().optional(),
  requestingOrganisationTransactionReference: z.string().max(256).optional(),
});
const Menu = NewTransaction.pick({ amount: true, currency: true, creditParty: true }).extend({
  clientSecret: z.string(),
  reference: z.string(),
});

/** Ten thousandths, exactly: how amounts are compared. */
const parts = (amount: string): bigint => {
  const [whole = "0", fraction = ""] = amount.split(".");
  return BigInt(whole) * 10_000n + BigInt(fraction.padEnd(4, "0"));
};
const problem = (errorCategory: string, errorCode: string, errorDescription: string, at: Date) => ({
  errorCategory,
  errorCode,
  errorDescription,
  errorDateTime: at.toISOString(),
});

export function standIn(hub: Hub): Hono {
  const clients = new Map<string, Client>();
  const tokens = new Map<string, string>();
  const clientOf = (secret: string): Client => {
    const found = clients.get(secret) ?? { transactions: new Map(), requests: new Map(), sent: new Map() };
    clients.set(secret, found);
    return found;
  };
  const now = () => hub.now().toISOString();
  const refuse = (c: Context, status: ContentfulStatusCode, category: string, code: string, says: string) =>
    c.json(problem(category, code, says, hub.now()), status);
  const unknown = (c: Context) => refuse(c, 404, "identification", "identifierError", "There is no such resource.");
  const secretIn = (header: string | undefined): string | undefined => {
    const [scheme, value = ""] = (header ?? "").split(" ");
    if (scheme === "Bearer") return tokens.get(value);
    return scheme === "Basic" ? Buffer.from(value, "base64").toString().split(":")[1] : undefined;
  };

  /** Its end, told once to whoever asked for it. */
  function end(client: Client, request: Request, error?: Problem): void {
    if (request.status !== "pending") return;
    const transaction = client.transactions.get(request.objectReference)!;
    request.status = error ? "failed" : "completed";
    Object.assign(transaction, { transactionStatus: request.status, modificationDate: now() });
    if (error) request.errorReference = error;
    const [id, sent] = [...client.sent].find(([, each]) => each.request === request) ?? [];
    if (!sent?.callback || id === undefined) return;
    const headers = { "Content-Type": "application/json", "X-CorrelationID": id };
    const body = JSON.stringify(error ?? transaction);
    hub.callBack({ url: sent.callback, method: "PUT", headers, body }, [1_000, 5_000]);
  }
  function decide(client: Client, request: Request, does: string): void {
    if (does === "pay") end(client, request);
    if (does === "refuse")
      end(client, request, problem("authorisation", "requestDeclined", "The payer declined.", hub.now()));
  }
  function accepted(c: Context, client: Client, transaction: Omit<Kept, "transactionStatus">): Request {
    const callback = c.req.header("x-callback-url");
    const request: Request = {
      serverCorrelationId: randomUUID(),
      status: "pending",
      notificationMethod: callback ? "callback" : "polling",
      objectReference: transaction.transactionReference,
      pollLimit: 100,
    };
    client.transactions.set(transaction.transactionReference, { ...transaction, transactionStatus: "pending" });
    client.requests.set(request.serverCorrelationId, request);
    client.sent.set(c.req.header("x-correlationid")!, { request, callback });
    return { ...request };
  }
  const dated = () => ({ transactionReference: newReference(), creationDate: now(), modificationDate: now() });

  const app = new Hono<{ Variables: { client: Client } }>();
  app.post("/token", async (c) => {
    const secret = secretIn(c.req.header("authorization"));
    const { grant_type } = await c.req.parseBody();
    if (!secret || grant_type !== "client_credentials") return c.json({ error: "invalid_client" }, 401);
    const access_token = randomUUID();
    tokens.set(access_token, secret);
    return c.json({ access_token, token_type: "Bearer", expires_in: 3_600 });
  });

  app.use("/v1.2/mm/*", async (c, next) => {
    const secret = secretIn(c.req.header("authorization"));
    if (!secret) return refuse(c, 401, "authorisation", "clientAuthorisationError", "Who is asking?");
    c.set("client", clientOf(secret));
    if (c.req.method !== "POST") return next();
    const hash = c.req.header("x-content-hash");
    if (
      hash &&
      hash !==
        createHash("sha256")
          .update(await c.req.text())
          .digest("hex")
    )
      return refuse(c, 400, "validation", "formatError", "X-Content-Hash is not the body's.");
    const id = c.req.header("x-correlationid") ?? "";
    if (!UUID.test(id)) return refuse(c, 400, "validation", "formatError", "X-CorrelationID is not a UUID.");
    if (c.var.client.sent.has(id))
      return refuse(c, 400, "businessRule", "duplicateRequest", "This request was processed before.");
    return next();
  });
  app.post("/v1.2/mm/transactions/type/merchantpay", async (c) => {
    const read = NewTransaction.safeParse(await c.req.json().catch(() => undefined));
    if (!read.success) return refuse(c, 400, "validation", "formatError", read.error.issues[0]!.path.join("."));
    const { amount, currency, debitParty, creditParty, descriptionText } = read.data;
    const { requestingOrganisationTransactionReference } = read.data;
    const number = debitParty.find(({ key }) => key === "msisdn")?.value ?? "";
    const { client } = c.var;
    const request = accepted(c, client, {
      ...dated(),
      ...{ debitParty, creditParty, type: "merchantpay", amount, currency },
      ...(requestingOrganisationTransactionReference ? { requestingOrganisationTransactionReference } : {}),
      ...(descriptionText ? { descriptionText } : {}),
    });
    const last = number.at(-1);
    const kept = client.requests.get(request.serverCorrelationId)!;
    decide(client, kept, last === "1" ? "refuse" : last === "2" ? "ignore" : "pay");
    return c.json(request, 202);
  });
  app.post("/v1.2/mm/transactions/:reference/reversals", async (c) => {
    const { client } = c.var;
    const original = client.transactions.get(c.req.param("reference"));
    const read = NewReversal.safeParse(await c.req.json().catch(() => undefined));
    if (!original) return unknown(c);
    if (!read.success) return refuse(c, 400, "validation", "formatError", read.error.issues[0]!.path.join("."));
    const amount = read.data.amount ?? original.amount;
    const gone = [...client.transactions.values()]
      .filter((each) => each.originalTransactionReference === original.transactionReference)
      .reduce((sum, each) => sum + (each.transactionStatus === "failed" ? 0n : parts(each.amount)), 0n);
    if (original.type === "reversal" || original.transactionStatus !== "completed")
      return refuse(c, 400, "businessRule", "incorrectState", "It cannot be reversed.");
    if (
      gone + parts(amount) > parts(original.amount) ||
      (read.data.currency ?? original.currency) !== original.currency
    )
      return refuse(c, 400, "businessRule", "overPaymentNotAllowed", "More than was paid.");
    const request = accepted(c, client, {
      ...dated(),
      originalTransactionReference: original.transactionReference,
      ...(read.data.requestingOrganisationTransactionReference
        ? { requestingOrganisationTransactionReference: read.data.requestingOrganisationTransactionReference }
        : {}),
      ...{ debitParty: original.creditParty, creditParty: original.debitParty },
      ...{ type: "reversal", amount, currency: original.currency },
    });
    end(client, client.requests.get(request.serverCorrelationId)!);
    return c.json(request, 202);
  });
  app.get("/v1.2/mm/requeststates/:id", (c) => {
    const request = c.var.client.requests.get(c.req.param("id"));
    return request ? c.json(request) : unknown(c);
  });
  app.get("/v1.2/mm/transactions/:reference", (c) => {
    const transaction = c.var.client.transactions.get(c.req.param("reference"));
    return transaction ? c.json(transaction) : unknown(c);
  });
  /** What a request became; until it became something there is nothing. */
  app.get("/v1.2/mm/responses/:id", (c) => {
    const sent = c.var.client.sent.get(c.req.param("id"));
    if (sent?.request.status !== "completed") return unknown(c);
    return c.json({ link: `/transactions/${sent.request.objectReference}` });
  });
  app.get("/v1.2/mm/accounts/:key/:value/transactions", (c) => {
    const { key, value } = c.req.param();
    const { limit = "50", offset = "0", fromDateTime = "", toDateTime = "~" } = c.req.query();
    const names = (pairs: Pair[]) => pairs.some((pair) => pair.key === key && pair.value === value);
    const all = [...c.var.client.transactions.values()].filter(
      ({ creditParty, debitParty, creationDate }) =>
        (names(creditParty) || names(debitParty)) && creationDate >= fromDateTime && creationDate < toDateTime,
    );
    const page = all.reverse().slice(Number(offset), Number(offset) + Number(limit));
    c.header("X-Records-Available-Count", String(all.length));
    c.header("X-Records-Returned-Count", String(page.length));
    return c.json(page);
  });

  /** What payers have paid, by the names that it was given. */
  app.get("/_paid", (c) => {
    const all = [...clients.values()].flatMap(({ transactions }) => [...transactions.values()]);
    const paid = all.filter(
      ({ type, transactionStatus }) => type === "merchantpay" && transactionStatus === "completed",
    );
    return c.json(paid.map((each) => each.requestingOrganisationTransactionReference));
  });
  app.get("/_moved", (c) => {
    const all = [...clients.values()].flatMap(({ transactions }) => [...transactions.values()]);
    const done = all.filter(({ transactionStatus }) => transactionStatus === "completed");
    return c.json(
      done.map(
        ({ type, transactionReference: number, requestingOrganisationTransactionReference: name = "", amount }) => {
          const isOut = type === "reversal";
          const about = isOut ? "refund" : "payment";
          return { about, name, number, amount: Number(amount) * (isOut ? -1 : 1), fee: 0 } satisfies Moved;
        },
      ),
    );
  });
  /** The payer answers later than at once. */
  app.post("/_payer/:session{.+}", async (c) => {
    const id = c.req.param("session").split("/").at(-1)!;
    const { does } = (await c.req.json()) as { does: string };
    for (const client of clients.values()) {
      const request = client.requests.get(id);
      if (!request) continue;
      decide(client, request, does);
      return c.json(request);
    }
    return unknown(c as never);
  });
  app.post("/_menu", async (c) => {
    const read = Menu.safeParse(await c.req.json().catch(() => undefined));
    if (!read.success)
      return refuse(c as never, 400, "validation", "formatError", read.error.issues[0]!.path.join("."));
    const { clientSecret, reference, ...paid } = read.data;
    const transaction: Kept = {
      ...dated(),
      ...paid,
      requestingOrganisationTransactionReference: reference,
      debitParty: [{ key: "msisdn", value: "+0" }],
      type: "billpay",
      transactionStatus: "completed",
    };
    clientOf(clientSecret).transactions.set(transaction.transactionReference, transaction);
    return c.json(transaction, 201);
  });
  return app as unknown as Hono;
}

const newReference = () => `MM${randomUUID().replaceAll("-", "").slice(0, 14).toUpperCase()}`;
