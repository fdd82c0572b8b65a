import { createHash, createHmac, randomBytes } from "node:crypto";
import { serve } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { html } from "hono/html";

/**
 * A stand-in of Stripe's HTTP border for synthetic cities and tests: Checkout sessions, payment intents, webhook
 * endpoints, signed callbacks with retries, and the hosted page, which has no script. It keeps state in memory, one
 * account for each secret key. It is not Stripe: only what this house calls is here, in Stripe's own shapes.
 */
export interface StandIn {
  url: string;
  stop(): Promise<void>;
}

interface Account {
  key: string;
  sessions: Map<string, Session>;
  intents: Map<string, Intent>;
  endpoints: Map<string, { id: string; url: string; secret: string; enabled_events: string[] }>;
  events: Map<string, StripeEvent>;
  answers: Map<string, { digest: string; body: unknown }>;
}
interface Intent {
  id: string;
  object: "payment_intent";
  amount: number;
  amount_received: number;
  currency: string;
  status: "requires_payment_method" | "succeeded";
  metadata: Record<string, string>;
  created: number;
  livemode: false;
}
interface Session {
  id: string;
  object: "checkout.session";
  amount_subtotal: number;
  amount_total: number;
  cancel_url: string | null;
  client_reference_id: string | null;
  created: number;
  currency: string;
  expires_at: number;
  livemode: false;
  locale: string | null;
  metadata: Record<string, string>;
  mode: "payment";
  payment_intent: string | null;
  payment_status: "unpaid" | "paid";
  status: "open" | "complete" | "expired";
  success_url: string;
  url: string | null;
}
interface StripeEvent {
  id: string;
  object: "event";
  api_version: string;
  created: number;
  type: string;
  livemode: false;
  pending_webhooks: number;
  request: { id: null; idempotency_key: null };
  data: { object: Session };
}

const API_VERSION = "2026-01-28.basil";
const RETRY_WAITS_MS = [200, 1_000, 5_000, 30_000];
const SESSION_S = { min: 1_800, max: 86_400 };
const seconds = () => Math.floor(Date.now() / 1000);
const newId = (prefix: string) => `${prefix}_${randomBytes(14).toString("hex")}`;

export async function startStandIn(port = 0): Promise<StandIn> {
  const accounts = new Map<string, Account>();
  const sessionOwners = new Map<string, Account>();
  const timers = new Set<NodeJS.Timeout>();
  let origin = "";

  const app = new Hono<{ Variables: { account: Account } }>();

  app.use("/v1/*", async (c, next) => {
    const key = /^Bearer (sk_test_\w{8,})$/.exec(c.req.header("authorization") ?? "")?.[1];
    if (!key) return refuse(c, 401, "Invalid API Key provided.");
    let account = accounts.get(key);
    if (!account) {
      account = {
        key,
        sessions: new Map(),
        intents: new Map(),
        endpoints: new Map(),
        events: new Map(),
        answers: new Map(),
      };
      accounts.set(key, account);
    }
    c.set("account", account);
    await next();
  });

  app.post("/v1/checkout/sessions", async (c) => {
    const { account } = c.var;
    const text = await c.req.text();
    const digest = createHash("sha256").update(text).digest("hex");
    const key = c.req.header("idempotency-key");
    const before = key === undefined ? undefined : account.answers.get(key);
    if (before && before.digest !== digest)
      return refuse(
        c,
        400,
        "Keys for idempotent requests can only be used with the same parameters they were first used with.",
        undefined,
        "idempotency_error",
      );
    if (before) return c.json(before.body as object, 200, { "Idempotent-Replayed": "true" });
    const given = new URLSearchParams(text);
    const line = (field: string) => given.get(`line_items[0]${field}`);
    const currency = line("[price_data][currency]") ?? "";
    const unit = line("[price_data][unit_amount]") ?? "";
    const quantity = line("[quantity]") ?? "";
    if (given.get("mode") !== "payment") return refuse(c, 400, "Only mode=payment is here.", "mode");
    if (!/^[a-z]{3}$/.test(currency))
      return refuse(c, 400, `Invalid currency: ${currency}.`, "line_items[0][price_data][currency]");
    if (!/^[1-9]\d{0,7}$/.test(unit) || !/^[1-9]\d{0,5}$/.test(quantity))
      return refuse(c, 400, "Invalid integer.", "line_items[0][price_data][unit_amount]");
    if (/^(bhd|jod|kwd|omr|tnd)$/.test(currency) && !unit.endsWith("0"))
      return refuse(
        c,
        400,
        `Invalid amount: ${currency} needs a last digit of 0.`,
        "line_items[0][price_data][unit_amount]",
      );
    if (!line("[price_data][product_data][name]"))
      return refuse(c, 400, "Missing required param.", "line_items[0][price_data][product_data][name]");
    const success = given.get("success_url");
    if (!success || !URL.canParse(success)) return refuse(c, 400, "Not a valid URL", "success_url");
    const now = seconds();
    const expires = Number(given.get("expires_at") ?? now + SESSION_S.max);
    if (!(expires >= now + SESSION_S.min - 60 && expires <= now + SESSION_S.max + 60))
      return refuse(c, 400, "The `expires_at` timestamp must be between 30 minutes and 24 hours.", "expires_at");
    const total = Number(unit) * Number(quantity);
    const id = newId("cs_test");
    const session: Session = {
      id,
      object: "checkout.session",
      amount_subtotal: total,
      amount_total: total,
      cancel_url: given.get("cancel_url"),
      client_reference_id: given.get("client_reference_id"),
      created: now,
      currency,
      expires_at: expires,
      livemode: false,
      locale: given.get("locale"),
      metadata: mapOf(given, "metadata"),
      mode: "payment",
      payment_intent: null,
      payment_status: "unpaid",
      status: "open",
      success_url: success,
      url: `${origin}/c/pay/${id}`,
    };
    account.sessions.set(id, session);
    sessionOwners.set(id, account);
    if (key !== undefined) account.answers.set(key, { digest, body: { ...session } });
    return c.json(session);
  });

  app.get("/v1/checkout/sessions/:id", (c) => {
    const session = c.var.account.sessions.get(c.req.param("id"));
    return session ? c.json(aged(session)) : refuse(c, 404, `No such checkout.session: ${c.req.param("id")}`, "id");
  });
  app.post("/v1/checkout/sessions/:id/expire", (c) => {
    const session = c.var.account.sessions.get(c.req.param("id"));
    if (!session) return refuse(c, 404, `No such checkout.session: ${c.req.param("id")}`, "id");
    if (aged(session).status !== "open") return refuse(c, 400, "Only open sessions can be expired.");
    expire(c.var.account, session);
    return c.json(session);
  });
  app.get("/v1/payment_intents/:id", (c) => {
    const intent = c.var.account.intents.get(c.req.param("id"));
    return intent ? c.json(intent) : refuse(c, 404, `No such payment_intent: ${c.req.param("id")}`, "id");
  });
  app.post("/v1/webhook_endpoints", async (c) => {
    const given = new URLSearchParams(await c.req.text());
    const url = given.get("url") ?? "";
    if (!URL.canParse(url)) return refuse(c, 400, "Not a valid URL", "url");
    const enabled_events = [...given].filter(([name]) => name.startsWith("enabled_events")).map(([, value]) => value);
    // One account, one address, one secret, so that every process of a house may register.
    const known = [...c.var.account.endpoints.values()].find((endpoint) => endpoint.url === url);
    const endpoint = known ?? { id: newId("we"), url, secret: newId("whsec"), enabled_events };
    c.var.account.endpoints.set(endpoint.id, endpoint);
    const { id, secret } = endpoint;
    return c.json({ id, object: "webhook_endpoint", url, secret, enabled_events, status: "enabled", livemode: false });
  });
  app.get("/v1/events", (c) =>
    c.json({ object: "list", url: "/v1/events", has_more: false, data: [...c.var.account.events.values()].reverse() }),
  );
  /** Not Stripe's: sends a session's events again, as often as a test likes, and shows what was sent. */
  app.post("/stand-in/sessions/:id/deliver", async (c) => {
    const account = sessionOwners.get(c.req.param("id"));
    if (!account) return refuse(c, 404, "No such session", "id");
    const events = [...account.events.values()].filter(({ data }) => data.object.id === c.req.param("id"));
    const times = Math.min(50, Number(c.req.query("times") ?? 1));
    const sent = Array.from({ length: times }, () => events).flat();
    const deliveries = await Promise.all(
      sent.flatMap((event) => [...account.endpoints.values()].map((endpoint) => send(endpoint, event))),
    );
    return c.json({ deliveries });
  });

  app.get("/c/pay/:id", (c) => {
    const session = sessionOwners.get(c.req.param("id"))?.sessions.get(c.req.param("id"));
    if (!session) return c.html(shell("No such page", html`<p>There is nothing to pay here.</p>`), 404);
    return c.html(payPage(aged(session)));
  });
  app.post("/c/pay/:id", async (c) => {
    const account = sessionOwners.get(c.req.param("id"));
    const session = account?.sessions.get(c.req.param("id"));
    if (!account || !session) return c.html(shell("No such page", html`<p>There is nothing to pay here.</p>`), 404);
    const { outcome } = await c.req.parseBody();
    if (aged(session).status === "open" && outcome === "pay") pay(account, session);
    if (session.status === "complete")
      return c.redirect(session.success_url.replaceAll("{CHECKOUT_SESSION_ID}", session.id), 303);
    return outcome === "cancel" && session.cancel_url
      ? c.redirect(session.cancel_url, 303)
      : c.html(payPage(session, "The card was declined. Nothing was charged."), 402);
  });

  function pay(account: Account, session: Session): void {
    const intent: Intent = {
      id: newId("pi"),
      object: "payment_intent",
      amount: session.amount_total,
      amount_received: session.amount_total,
      currency: session.currency,
      status: "succeeded",
      metadata: session.metadata,
      created: seconds(),
      livemode: false,
    };
    account.intents.set(intent.id, intent);
    Object.assign(session, { payment_intent: intent.id, payment_status: "paid", status: "complete", url: null });
    tell(account, "checkout.session.completed", session);
  }
  function expire(account: Account, session: Session): void {
    Object.assign(session, { status: "expired", url: null });
    tell(account, "checkout.session.expired", session);
  }
  function aged(session: Session): Session {
    const account = sessionOwners.get(session.id);
    if (account && session.status === "open" && session.expires_at < seconds()) expire(account, session);
    return session;
  }

  function tell(account: Account, type: string, session: Session): void {
    const event: StripeEvent = {
      id: newId("evt"),
      object: "event",
      api_version: API_VERSION,
      created: seconds(),
      type,
      livemode: false,
      pending_webhooks: account.endpoints.size,
      request: { id: null, idempotency_key: null },
      data: { object: { ...session } },
    };
    account.events.set(event.id, event);
    for (const endpoint of account.endpoints.values())
      if (endpoint.enabled_events.includes(type) || endpoint.enabled_events.includes("*")) attempt(endpoint, event, 0);
  }
  function attempt(endpoint: { url: string; secret: string }, event: StripeEvent, tries: number): void {
    const timer = setTimeout(
      async () => {
        timers.delete(timer);
        const { status } = await send(endpoint, event);
        if ((status < 200 || status > 299) && tries + 1 < RETRY_WAITS_MS.length) attempt(endpoint, event, tries + 1);
      },
      tries === 0 ? 0 : RETRY_WAITS_MS[tries - 1],
    );
    timers.add(timer);
  }

  const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const opened = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, () => resolve(opened));
    opened.once("error", reject);
  });
  origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  return {
    url: origin,
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      await new Promise((resolve) => {
        server.close(resolve);
        if ("closeAllConnections" in server) server.closeAllConnections();
      });
    },
  };
}

/** One delivery, signed as Stripe signs: HMAC-SHA-256 over the time and the raw body. Status 0: nobody answered. */
async function send(endpoint: { url: string; secret: string }, event: StripeEvent) {
  const body = JSON.stringify(event);
  const at = seconds();
  const signature = `t=${at},v1=${createHmac("sha256", endpoint.secret).update(`${at}.${body}`).digest("hex")}`;
  let status = 0;
  try {
    const answer = await fetch(endpoint.url, {
      method: "POST",
      body,
      headers: { "Content-Type": "application/json", "Stripe-Signature": signature },
      signal: AbortSignal.timeout(20_000),
    });
    await answer.arrayBuffer();
    status = answer.status;
  } catch {}
  return { status, body, signature };
}

function mapOf(given: URLSearchParams, name: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [field, value] of given) {
    const key = field.startsWith(`${name}[`) ? field.slice(name.length + 1, -1) : undefined;
    if (key) found[key] = value;
  }
  return found;
}

const refuse = (
  c: Context,
  status: 400 | 401 | 404,
  message: string,
  param?: string,
  type = "invalid_request_error",
): Response =>
  c.json(
    { error: { type, message, ...(param ? { param } : {}), ...(status === 404 ? { code: "resource_missing" } : {}) } },
    status,
  );

const shell = (title: string, body: unknown) =>
  html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title><style>:root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui,sans-serif;max-width:28rem;margin:2rem auto;padding:0 1rem}button{font:inherit;padding:.6rem 1rem;margin:.3rem .3rem .3rem 0;min-height:2.75rem}.warn{border:2px solid #b45309;padding:.5rem 1rem}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>`;

function payPage(session: Session, trouble?: string) {
  const zero = new Intl.NumberFormat("en", { style: "currency", currency: session.currency.toUpperCase() });
  const digits = zero.resolvedOptions().maximumFractionDigits ?? 2;
  const amount = zero.format(session.amount_total / 10 ** digits);
  return shell(
    "Pay with a made-up card",
    html`<p class="warn">This is a stand-in of a payment provider. No real money moves here.</p>
      ${trouble ? html`<p role="alert">${trouble}</p>` : ""}
      <p>Amount: <strong>${amount}</strong></p>
      ${
        session.status === "open"
          ? html`<form method="post"><button name="outcome" value="pay">Pay ${amount}</button><button name="outcome" value="decline">Let the card be declined</button><button name="outcome" value="cancel">Cancel</button></form>`
          : html`<p>This session is ${session.status}.</p>`
      }`,
  );
}
