import { randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import { z } from "zod";
import { decimalOf } from "../../../../shared/money.ts";
import type { Hub, Moved } from "../../rail.ts";
import { fromDecimal } from "../wire.ts";
import { EXPONENTS } from "./amounts.ts";

// A stand-in of MTN MoMo's HTTP border: tokens, requests to pay, refunds, transfers, callbacks that are sent once and
// signed by nobody. It is not MTN: only what this house calls is here, in MTN's own shapes, and it takes any of MTN's
// currencies where the real sandbox takes euros alone.

const PRODUCTS = ["collection", "disbursement"] as const;
type Product = (typeof PRODUCTS)[number];
const KINDS = { requesttopay: "collection", refund: "disbursement", transfer: "disbursement" } as const;
type Kind = keyof typeof KINDS;

const Party = z.object({ partyIdType: z.literal("MSISDN"), partyId: z.string().regex(/^[0-9]{7,15}$/) });
const common = {
  amount: z.string().regex(/^[0-9]{1,15}(\.[0-9]{1,3})?$/),
  currency: z.string(),
  externalId: z.string().max(60),
  payerMessage: z.string().max(160),
  payeeNote: z.string().max(160),
};
const BODIES = {
  requesttopay: z.object({ ...common, payer: Party }),
  refund: z.object({ ...common, referenceIdToRefund: z.uuid() }),
  transfer: z.object({ ...common, payee: Party }),
} as const;

interface Movement {
  kind: Kind;
  reference: string;
  /** The subscription that asked. */
  owner: string;
  asked: {
    amount: string;
    currency: string;
    externalId: string;
    payerMessage: string;
    payeeNote: string;
    payer?: z.infer<typeof Party>;
    payee?: z.infer<typeof Party>;
    referenceIdToRefund?: string;
  };
  callbackUrl: string | undefined;
  status: "PENDING" | "SUCCESSFUL" | "FAILED";
  reason?: { code: string; message: string };
  financialTransactionId?: string;
  at: number;
}

const TOKEN_S = 3_600;
/** A payer who does not answer is asked for this long. */
const PENDING_MS = 15 * 60_000;

export function standIn(hub: Hub): Hono {
  const movements = new Map<string, Movement>();
  const tokens = new Map<string, { product: Product; owner: string; until: number }>();
  let count = 1_000_000_000 + Math.floor(hub.now().getTime() / 1_000);
  const app = new Hono<{ Variables: { owner: string } }>();

  for (const product of PRODUCTS) {
    app.post(`/${product}/token/`, (c) => {
      const owner = c.req.header("ocp-apim-subscription-key") ?? "";
      const basic = Buffer.from(/^Basic (.+)$/.exec(c.req.header("authorization") ?? "")?.[1] ?? "", "base64");
      if (!/^[0-9a-f]{32}$/.test(owner) || !/^[0-9a-f-]{36}:[0-9a-f]{32}$/.test(basic.toString()))
        return c.json({ error: "login_failed" }, 401);
      const access_token = randomBytes(24).toString("base64url");
      tokens.set(access_token, { product, owner, until: hub.now().getTime() + TOKEN_S * 1_000 });
      return c.json({ access_token, token_type: "access_token", expires_in: TOKEN_S });
    });
    app.use(`/${product}/v1_0/*`, async (c, next) => {
      const token = tokens.get(/^Bearer (\S+)$/.exec(c.req.header("authorization") ?? "")?.[1] ?? "");
      const isGood = token?.product === product && token.until > hub.now().getTime();
      if (!isGood || token.owner !== c.req.header("ocp-apim-subscription-key"))
        return c.json({ statusCode: 401, message: "Access denied due to invalid credentials." }, 401);
      if (!c.req.header("x-target-environment")) return refuse(c, 400, "BAD_REQUEST", "No target environment.");
      c.set("owner", token.owner);
      await next();
    });
  }

  for (const [kind, product] of Object.entries(KINDS) as [Kind, Product][]) {
    app.post(`/${product}/v1_0/${kind}`, async (c) => {
      const reference = c.req.header("x-reference-id") ?? "";
      if (!z.uuid({ version: "v4" }).safeParse(reference).success)
        return refuse(c, 400, "BAD_REQUEST", "X-Reference-Id is no UUID of version 4.");
      const body = BODIES[kind].safeParse(await c.req.json().catch(() => undefined));
      if (!body.success) return refuse(c, 400, "BAD_REQUEST", "A field is missing or wrong.");
      if (movements.has(reference))
        return refuse(c, 409, "RESOURCE_ALREADY_EXIST", "Duplicated reference id. Creation of resource failed.");
      const decimals = body.data.amount.split(".")[1]?.length ?? 0;
      const exponent = EXPONENTS[body.data.currency];
      if (exponent === undefined || decimals > exponent)
        return refuse(c, 500, "INVALID_CURRENCY", "Currency not supported.");
      const made: Movement = {
        ...{ kind, reference, owner: c.get("owner"), asked: body.data as Movement["asked"] },
        callbackUrl: c.req.header("x-callback-url"),
        status: "PENDING",
        at: hub.now().getTime(),
      };
      movements.set(reference, made);
      decide(made);
      return c.body(null, 202);
    });
    app.get(`/${product}/v1_0/${kind}/:reference`, (c) => {
      const found = movements.get(c.req.param("reference"));
      if (!found || found.kind !== kind || found.owner !== c.get("owner"))
        return refuse(c, 404, "RESOURCE_NOT_FOUND", "Requested resource was not found.");
      return c.json(shown(aged(found)));
    });
  }

  /** The payer's telephone. */
  app.post("/_payer/:reference", async (c) => {
    const found = movements.get(c.req.param("reference"));
    const { does } = (await c.req.json()) as { does: string };
    if (found?.status !== "PENDING") return refuse(c, 404, "RESOURCE_NOT_FOUND", "Nothing is asked of a payer here.");
    if (does === "pay") end(found, "SUCCESSFUL");
    if (does === "refuse") end(found, "FAILED", "APPROVAL_REJECTED");
    return c.json(shown(found));
  });
  /** What was paid, by the names that it was asked for under: for tests. */
  app.get("/_paid", (c) =>
    c.json(
      [...movements.values()]
        .filter(({ kind, status }) => kind === "requesttopay" && status === "SUCCESSFUL")
        .map(({ asked }) => asked.externalId),
    ),
  );
  app.get("/_moved", (c) =>
    c.json(
      [...movements.values()]
        .filter(({ status }) => status === "SUCCESSFUL")
        .map(({ kind, asked, financialTransactionId: number = "" }) => {
          const isOut = kind !== "requesttopay";
          const [amount, fee] = [Number(asked.amount) * (isOut ? -1 : 1), isOut ? 0 : Number(feeOf(asked))];
          return { about: isOut ? "refund" : "payment", name: asked.externalId, number, amount, fee } satisfies Moved;
        }),
    ),
  );

  /** What the merchant downloads from MTN's portal: the account in which this payment was asked for. */
  app.get("/_portal", (c) => {
    const all = [...movements.values()];
    const owner = all.find(({ asked }) => asked.externalId === c.req.query("payment"))?.owner;
    // Refunds are asked for by another subscription of the same merchant.
    const paidTo = ({ asked }: Movement) => movements.get(asked.referenceIdToRefund ?? "")?.owner;
    const ours = all.filter((movement) => owner !== undefined && [movement.owner, paidTo(movement)].includes(owner));
    return c.body(portalFile(ours), 200, { "Content-Type": "text/csv; charset=utf-8" });
  });

  function decide(movement: Movement): void {
    const { kind, asked } = movement;
    if (kind === "refund") {
      const paid = movements.get(asked.referenceIdToRefund ?? "");
      const before = [...movements.values()].filter(
        (other) => other.asked.referenceIdToRefund === paid?.reference && other.status === "SUCCESSFUL",
      );
      const minor = (of: Movement) => fromDecimal(of.asked.amount, of.asked.currency);
      const sum = [...before, movement].reduce((all, one) => all + minor(one), 0);
      const isGood = paid?.status === "SUCCESSFUL" && paid.asked.currency === asked.currency && sum <= minor(paid);
      return isGood ? end(movement, "SUCCESSFUL") : end(movement, "FAILED", "NOT_ALLOWED");
    }
    const party = (asked.payer ?? asked.payee)?.partyId ?? "";
    if (party.endsWith("1")) end(movement, "FAILED", kind === "transfer" ? "PAYEE_NOT_FOUND" : "APPROVAL_REJECTED");
    else if (!party.endsWith("2") || kind === "transfer") end(movement, "SUCCESSFUL");
  }
  function end(movement: Movement, status: "SUCCESSFUL" | "FAILED", code?: string): void {
    movement.status = status;
    if (code) movement.reason = { code, message: code };
    if (status === "SUCCESSFUL") movement.financialTransactionId = String(count++);
    const { callbackUrl: url } = movement;
    if (url === undefined) return;
    const headers = { "Content-Type": "application/json" };
    hub.callBack({ url, method: "PUT", headers, body: JSON.stringify(shown(movement)) });
  }
  function aged(movement: Movement): Movement {
    if (movement.status === "PENDING" && hub.now().getTime() - movement.at > PENDING_MS)
      end(movement, "FAILED", "EXPIRED");
    return movement;
  }
  const shown = ({ asked, status, reason, financialTransactionId }: Movement) => {
    const { referenceIdToRefund: _inner, ...rest } = asked;
    return {
      ...rest,
      ...(financialTransactionId === undefined ? {} : { financialTransactionId }),
      status,
      ...(reason === undefined ? {} : { reason }),
    };
  };
  return app as unknown as Hono;
}

const refuse = (c: Context, status: 400 | 404 | 409 | 500, code: string, message: string): Response =>
  c.json({ code, message }, status);

/** One in a hundred of what comes in, rounded down. */
const feeOf = ({ amount, currency }: Movement["asked"]): string =>
  decimalOf(Math.floor(fromDecimal(amount, currency) / 100), currency);

/** In the shape of MTN's merchant portal: a currency behind each amount, and what goes out below 0. */
const PORTAL = [
  ...["Id", "External id", "Date", "Status", "Type", "From", "From name", "To", "To name", "To message"],
  ...["From / Fee", "Currency", "To / Fee", "Currency", "Amount", "Currency", "Balance", "Currency"],
];
const STATES = { PENDING: "Pending", SUCCESSFUL: "Successful", FAILED: "Failed" } as const;
function portalFile(movements: readonly Movement[]): string {
  const lines = movements.map(({ financialTransactionId = "", asked, status, kind, at }, i) => {
    const isOut = kind !== "requesttopay";
    const fee = isOut || status !== "SUCCESSFUL" ? "" : feeOf(asked);
    const parties = [
      `FRI:${(asked.payer ?? asked.payee)?.partyId ?? "22505"}/MSISDN`,
      "MADE UP",
      "FRI:8000/MM",
      "CITY",
    ];
    const [from, to] = isOut ? [parties.slice(2), parties.slice(0, 2)] : [parties.slice(0, 2), parties.slice(2)];
    return [
      ...[financialTransactionId || `${900_000_000 + i}`, asked.externalId],
      ...[new Date(at).toISOString().slice(0, 19).replace("T", " "), STATES[status]],
      ...[isOut ? "Refund" : "Debit", ...from, ...to, asked.payeeNote],
      ...["", "", fee, fee === "" ? "" : asked.currency, (isOut ? "-" : "") + asked.amount, asked.currency, "", ""],
    ].join(",");
  });
  return [PORTAL.join(","), ...lines, ""].join("\r\n");
}
