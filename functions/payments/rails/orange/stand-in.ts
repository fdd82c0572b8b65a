import { randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { z } from "zod";
import type { Hub, Moved } from "../../rail.ts";

/** The stand-in of Orange Money Web Payment: token, order, the page with its code, notification and status. */
interface Order {
  merchantKey: string;
  order_id: string;
  amount: number;
  currency: string;
  reference: string;
  return_url: string;
  cancel_url: string;
  notif_url: string;
  pay_token: string;
  notif_token: string;
  status: "INITIATED" | "PENDING" | "EXPIRED" | "SUCCESS" | "FAILED";
  txnid: string;
  /** A page is good for some minutes. */
  until: number;
  paidAt?: Date;
  msisdn?: string;
}
const PAGE_MS = 10 * 60_000;
const Address = z.url().max(120);
const NewOrder = z.strictObject({
  merchant_key: z.string().min(1),
  currency: z.literal("OUV"),
  order_id: z.string().min(1).max(30),
  amount: z.int().positive(),
  return_url: Address,
  cancel_url: Address,
  notif_url: Address,
  lang: z.enum(["fr", "en"]),
  reference: z.string().max(30),
});
const Asked = z.strictObject({ order_id: z.string(), amount: z.int(), pay_token: z.string() });

export function standIn(hub: Hub): Hono {
  const tokens = new Map<string, string>();
  /** Of a client, by the order's number. */
  const orders = new Map<string, Map<string, Order>>();
  const byToken = new Map<string, Order>();
  const app = new Hono<{ Variables: { client: string } }>();
  const refuse = (c: Context, status: ContentfulStatusCode, code: number, message: string, description = message) =>
    c.json({ code, message, description }, status);

  app.post("/oauth/v3/token", async (c) => {
    const [scheme, value = ""] = (c.req.header("authorization") ?? "").split(" ");
    const { grant_type } = await c.req.parseBody();
    if (scheme !== "Basic" || grant_type !== "client_credentials") return refuse(c, 401, 40, "Missing credentials");
    const access_token = randomBytes(16).toString("hex");
    tokens.set(access_token, value);
    return c.json({ token_type: "Bearer", access_token, expires_in: 3_600 });
  });
  app.use("/orange-money-webpay/*", async (c, next) => {
    const client = tokens.get(/^Bearer (\w+)$/.exec(c.req.header("authorization") ?? "")?.[1] ?? "");
    if (!client) return refuse(c, 401, 41, "Invalid credentials");
    c.set("client", client);
    return next();
  });
  app.post("/orange-money-webpay/dev/v1/webpayment", async (c) => {
    const read = NewOrder.safeParse(await c.req.json().catch(() => undefined));
    if (!read.success) return refuse(c, 400, 24, "Invalid body field", read.error.issues[0]!.path.join("."));
    const { merchant_key: merchantKey, lang: _lang, ...asked } = read.data;
    const own = orders.get(c.var.client) ?? new Map<string, Order>();
    orders.set(c.var.client, own);
    if (own.has(asked.order_id)) return refuse(c, 400, 24, "Invalid body field", "order_id was used before");
    const order: Order = {
      ...asked,
      merchantKey,
      pay_token: randomBytes(32).toString("hex"),
      notif_token: randomBytes(16).toString("hex"),
      status: "INITIATED",
      txnid: "",
      until: hub.now().getTime() + PAGE_MS,
    };
    own.set(order.order_id, order);
    byToken.set(order.pay_token, order);
    const at = new URL(c.req.url);
    const root = at.pathname.slice(0, at.pathname.indexOf("/orange-money-webpay/"));
    return c.json(
      {
        status: 201,
        message: "OK",
        pay_token: order.pay_token,
        payment_url: `${at.origin}${root}/payment/pay_token/${order.pay_token}`,
        notif_token: order.notif_token,
      },
      201,
    );
  });
  app.post("/orange-money-webpay/dev/v1/transactionstatus", async (c) => {
    const read = Asked.safeParse(await c.req.json().catch(() => undefined));
    if (!read.success) return refuse(c, 400, 24, "Invalid body field");
    const { order_id, amount, pay_token } = read.data;
    const order = orders.get(c.var.client)?.get(order_id);
    if (order?.pay_token !== pay_token || order.amount !== amount) return refuse(c, 404, 60, "Resource not found");
    return c.json({ status: order.status, order_id, txnid: order.txnid }, 201);
  });

  function decide(order: Order, does: string): void {
    if (order.status !== "INITIATED" || (does !== "pay" && does !== "refuse")) return;
    if (hub.now().getTime() > order.until) {
      order.status = "EXPIRED";
      return;
    }
    order.status = does === "pay" ? "SUCCESS" : "FAILED";
    order.paidAt = hub.now();
    if (does === "pay") order.txnid = `MP${randomBytes(6).toString("hex").toUpperCase()}`;
    const { status, notif_token, txnid, notif_url: url } = order;
    const headers = { "Content-Type": "application/json" };
    hub.callBack(
      { url, method: "POST", headers, body: JSON.stringify({ status, notif_token, txnid }) },
      [1_000, 5_000],
    );
  }
  /** What payers have paid: an order's number begins with that of a payment. */
  app.get("/_paid", (c) =>
    c.json(
      [...byToken.values()].filter(({ status }) => status === "SUCCESS").map(({ order_id }) => order_id.slice(0, 26)),
    ),
  );
  app.get("/_moved", (c) => {
    const paid = [...byToken.values()].filter(({ status }) => status === "SUCCESS");
    return c.json(
      paid.map(({ order_id, txnid: number, amount }) => {
        return { about: "payment", name: order_id.slice(0, 26), number, amount, fee: 0 } satisfies Moved;
      }),
    );
  });
  /** What the merchant downloads from Orange's portal: the account at which this payment was ordered. */
  app.get("/_portal", (c) => {
    const ulid = (c.req.query("payment") ?? "").slice(-26);
    const own = [...orders.values()].find((all) => [...all.keys()].some((id) => ulid !== "" && id.startsWith(ulid)));
    return c.body(portalFile([...(own?.values() ?? [])]), 200, { "Content-Type": "text/csv; charset=utf-8" });
  });
  app.post("/_payer/:session", async (c) => {
    const order = byToken.get(c.req.param("session").split(".").at(-1)!);
    if (!order) return refuse(c, 404, 60, "Resource not found");
    decide(order, ((await c.req.json()) as { does: string }).does);
    return c.json({ status: order.status });
  });
  const shell = (body: unknown) =>
    html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Pay by a made-up wallet</title><style>:root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui,sans-serif;max-width:28rem;margin:2rem auto;padding:0 1rem}button,input{font:inherit;padding:.6rem 1rem;margin:.3rem .3rem .3rem 0;min-height:2.75rem}</style></head><body><main><h1>Pay by a made-up wallet</h1><p>This is a stand-in of a payment provider. No real money moves here.</p>${body}</main></body></html>`;
  app.get("/payment/pay_token/:token", (c) => {
    const order = byToken.get(c.req.param("token"));
    if (!order) return c.html(shell(html`<p>There is nothing to pay here.</p>`), 404);
    return c.html(
      shell(
        order.status === "INITIATED"
          ? html`<p>${order.amount} ${order.currency} · ${order.reference}</p><form method="post"><label>Telephone number <input name="msisdn" inputmode="tel" required></label><p><button>Confirm</button> <a href="${order.cancel_url}">Cancel</a></p></form>`
          : html`<p>This order is ${order.status}.</p><p><a href="${order.return_url}">Back</a></p>`,
      ),
    );
  });
  app.post("/payment/pay_token/:token", async (c) => {
    const order = byToken.get(c.req.param("token"));
    if (!order) return c.html(shell(html`<p>There is nothing to pay here.</p>`), 404);
    const { msisdn = "" } = (await c.req.parseBody()) as Record<string, string>;
    const last = msisdn.trim().at(-1);
    order.msisdn = msisdn.replace(/\D/g, "").slice(-10);
    decide(order, last === "1" ? "refuse" : last === "2" ? "ignore" : "pay");
    return c.redirect(order.return_url, 303);
  });
  return app as unknown as Hono;
}

/** In the shape of Orange's portal: words above the names, two wallets, and no name that a merchant gave an order. */
function portalFile(orders: readonly Order[]): string {
  const lines = orders
    .filter(({ paidAt }) => paidAt !== undefined)
    .map(({ paidAt, txnid, status, msisdn = "0700000000", amount, order_id }, i) => {
      const [date = "", time = ""] = paidAt!.toISOString().slice(0, 19).split("T");
      const number = txnid || `MP.${order_id.slice(-12)}`;
      const state = status === "SUCCESS" ? "Succès" : "Échec";
      const day = date.split("-").reverse().join("/");
      return [i + 1, day, time, number, "Merchant Payment", state, msisdn, "0777000000", "", `${amount},00`].join(";");
    });
  const names = "N°;Date;Heure;Référence;Service;Statut;N° de Compte;N° de Compte;Débit;Crédit";
  return ["Relevé des opérations", "", names, ...lines, ""].join("\r\n");
}
