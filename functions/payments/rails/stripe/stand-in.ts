import { createHash, createHmac, randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import type { Hub, Moved } from "../../rail.ts";

// A stand-in of Stripe's HTTP border: Checkout sessions, payment intents, refunds, disputes, balance transactions,
// webhook endpoints, signed callbacks with retries, and the hosted page, which has no script. One account for each
// secret key, and one for each that is connected to it. It is not Stripe: only what this house calls is here, in
// Stripe's own shapes.

interface Account {
  key: string;
  /** Of an account that is connected to the key's own. */
  connected: string | undefined;
  sessions: Map<string, Session>;
  intents: Map<string, Intent>;
  refunds: Map<string, Refund>;
  disputes: Map<string, Dispute>;
  moves: Move[];
  endpoints: Map<string, Endpoint>;
  events: Map<string, StripeEvent>;
  answers: Map<string, { digest: string; body: unknown }>;
}
interface Endpoint {
  id: string;
  url: string;
  secret: string;
  enabled_events: string[];
  /** Whether it hears of connected accounts instead of its own. */
  isConnect: boolean;
}
interface Intent {
  id: string;
  object: "payment_intent";
  amount: number;
  amount_received: number;
  application_fee_amount: number | null;
  currency: string;
  latest_charge: string;
  status: "succeeded";
  metadata: Record<string, string>;
  created: number;
  livemode: false;
}
interface Refund {
  id: string;
  object: "refund";
  amount: number;
  charge: string;
  created: number;
  currency: string;
  metadata: Record<string, string>;
  payment_intent: string;
  reason: string | null;
  status: "pending" | "succeeded" | "failed";
}
interface Dispute {
  id: string;
  object: "dispute";
  amount: number;
  charge: string;
  created: number;
  currency: string;
  livemode: false;
  metadata: Record<string, string>;
  payment_intent: string;
  reason: string;
  status: "needs_response" | "won" | "lost";
}
/** A balance transaction, with what it came from. */
interface Move {
  id: string;
  object: "balance_transaction";
  amount: number;
  created: number;
  currency: string;
  fee: number;
  net: number;
  reporting_category: string;
  source: Record<string, unknown>;
  status: "available";
  type: string;
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
  account?: string;
  api_version: string;
  created: number;
  type: string;
  livemode: false;
  pending_webhooks: number;
  request: { id: null; idempotency_key: null };
  data: { object: { id: string } };
}

const API_VERSION = "2026-01-28.basil";
const RETRY_WAITS_MS = [200, 1_000, 5_000, 30_000];
const SESSION_S = { min: 1_800, max: 86_400 };
const newId = (prefix: string) => `${prefix}_${randomBytes(14).toString("hex")}`;
/** What the stand-in keeps of each charge. */
const feeOf = (amount: number) => Math.min(amount, Math.ceil((amount * 15) / 1_000) + 25);

export function standIn(hub: Hub): Hono {
  const accounts = new Map<string, Account>();
  const sessionOwners = new Map<string, Account>();
  /** What a session asked to be kept with its payment intent. */
  const wanted = new Map<string, { metadata: Record<string, string>; fee: number | null }>();
  const seconds = () => Math.floor(hub.now().getTime() / 1000);

  const app = new Hono<{ Variables: { account: Account } }>();

  const accountOf = (key: string, connected?: string): Account => {
    const name = `${key} ${connected ?? ""}`;
    const found = accounts.get(name);
    if (found) return found;
    const maps = { sessions: new Map(), intents: new Map(), refunds: new Map(), disputes: new Map() };
    const made = { key, connected, ...maps, moves: [], endpoints: new Map(), events: new Map(), answers: new Map() };
    accounts.set(name, made);
    return made;
  };

  app.use("/v1/*", async (c, next) => {
    const key = /^Bearer (sk_test_\w{8,})$/.exec(c.req.header("authorization") ?? "")?.[1];
    if (!key) return refuse(c, 401, "Invalid API Key provided.");
    const connected = c.req.header("stripe-account");
    if (connected !== undefined && !/^acct_\w{4,60}$/.test(connected))
      return refuse(c, 400, `No such account: ${connected}`, "account");
    c.set("account", accountOf(key, connected));
    await next();
  });
  /** The same key gets the same answer; with other parameters it is refused. */
  app.use("/v1/*", async (c, next) => {
    const key = c.req.header("idempotency-key");
    if (c.req.method !== "POST" || key === undefined) return next();
    const digest = createHash("sha256")
      .update(`${c.req.path} ${await c.req.text()}`)
      .digest("hex");
    const { answers } = c.var.account;
    const before = answers.get(key);
    if (before && before.digest !== digest)
      return refuse(
        c,
        400,
        "Keys for idempotent requests can only be used with the same parameters they were first used with.",
        undefined,
        "idempotency_error",
      );
    if (before) return c.json(before.body as object, 200, { "Idempotent-Replayed": "true" });
    await next();
    if (c.res.status === 200) answers.set(key, { digest, body: await c.res.clone().json() });
  });

  app.post("/v1/checkout/sessions", async (c) => {
    const { account } = c.var;
    const given = new URLSearchParams(await c.req.text());
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
    const fee = given.get("payment_intent_data[application_fee_amount]");
    if (fee !== null && (account.connected === undefined || !/^\d{1,8}$/.test(fee) || Number(fee) > total))
      return refuse(c, 400, "Invalid application fee.", "payment_intent_data[application_fee_amount]");
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
      url: `${new URL(c.req.url).origin}/c/pay/${id}`,
    };
    account.sessions.set(id, session);
    sessionOwners.set(id, account);
    wanted.set(id, { metadata: mapOf(given, "payment_intent_data[metadata]"), fee: fee === null ? null : Number(fee) });
    return c.json(session);
  });

  app.get("/v1/checkout/sessions/:id", (c) => {
    const session = c.var.account.sessions.get(c.req.param("id"));
    return session ? c.json(aged(session)) : missing(c, "checkout.session");
  });
  app.post("/v1/checkout/sessions/:id/expire", (c) => {
    const session = c.var.account.sessions.get(c.req.param("id"));
    if (!session) return missing(c, "checkout.session");
    if (aged(session).status !== "open") return refuse(c, 400, "Only open sessions can be expired.");
    expire(c.var.account, session);
    return c.json(session);
  });
  app.get("/v1/payment_intents/:id", (c) => {
    const intent = c.var.account.intents.get(c.req.param("id"));
    return intent ? c.json(intent) : missing(c, "payment_intent");
  });

  app.post("/v1/refunds", async (c) => {
    const { account } = c.var;
    const given = new URLSearchParams(await c.req.text());
    const intent = account.intents.get(given.get("payment_intent") ?? "");
    if (!intent) return refuse(c, 404, `No such payment_intent: ${given.get("payment_intent")}`, "payment_intent");
    const givenBack = [...account.refunds.values()]
      .filter(({ payment_intent, status }) => payment_intent === intent.id && status !== "failed")
      .reduce((sum, { amount }) => sum + amount, 0);
    const left = intent.amount_received - givenBack;
    const asked = given.get("amount") ?? String(left);
    if (!/^[1-9]\d{0,7}$/.test(asked)) return refuse(c, 400, "Invalid positive integer", "amount");
    if (left === 0) return refuse(c, 400, `Charge ${intent.latest_charge} has already been refunded.`);
    if (Number(asked) > left)
      return refuse(c, 400, `Refund amount (${asked}) is greater than unrefunded amount on charge (${left})`, "amount");
    const refund: Refund = {
      id: newId("re"),
      object: "refund",
      amount: Number(asked),
      charge: intent.latest_charge,
      created: seconds(),
      currency: intent.currency,
      metadata: mapOf(given, "metadata"),
      payment_intent: intent.id,
      reason: given.get("reason"),
      // Not Stripe's: a refund that says so stays open until the test decides.
      status: given.get("metadata[stand_in]") === "pending" ? "pending" : "succeeded",
    };
    account.refunds.set(refund.id, refund);
    if (refund.status === "succeeded") {
      moved(account, "refund", -refund.amount, 0, { ...refund });
      tell(account, "refund.updated", refund);
    }
    return c.json(refund);
  });
  app.get("/v1/refunds/:id", (c) => {
    const refund = c.var.account.refunds.get(c.req.param("id"));
    return refund ? c.json(refund) : missing(c, "refund");
  });
  app.get("/v1/refunds", (c) => {
    const of = c.req.query("payment_intent");
    const data = [...c.var.account.refunds.values()].filter((one) => of === undefined || one.payment_intent === of);
    return c.json({ object: "list", url: "/v1/refunds", has_more: false, data: data.reverse() });
  });
  app.get("/v1/disputes/:id", (c) => {
    const dispute = c.var.account.disputes.get(c.req.param("id"));
    return dispute ? c.json(dispute) : missing(c, "dispute");
  });
  app.get("/v1/balance_transactions", (c) => {
    const [from, to] = [Number(c.req.query("created[gte]") ?? 0), Number(c.req.query("created[lt]") ?? Infinity)];
    const limit = Math.min(100, Number(c.req.query("limit") ?? 10));
    const all = c.var.account.moves.filter(({ created }) => created >= from && created < to).reverse();
    const after = c.req.query("starting_after");
    const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const data = all.slice(start, start + limit);
    return c.json({
      object: "list",
      url: "/v1/balance_transactions",
      has_more: all.length > start + limit,
      data: c.req.queries("expand[0]")?.includes("data.source")
        ? data
        : data.map((move) => ({ ...move, source: move.source["id"] })),
    });
  });

  app.post("/v1/webhook_endpoints", async (c) => {
    const given = new URLSearchParams(await c.req.text());
    const url = given.get("url") ?? "";
    if (!URL.canParse(url)) return refuse(c, 400, "Not a valid URL", "url");
    const enabled_events = [...given].filter(([name]) => name.startsWith("enabled_events")).map(([, value]) => value);
    // One account, one address, one secret, so that every process of a house may register.
    const known = [...c.var.account.endpoints.values()].find((endpoint) => endpoint.url === url);
    const isConnect = given.get("connect") === "true";
    const endpoint = known ?? { id: newId("we"), url, secret: newId("whsec"), enabled_events, isConnect };
    c.var.account.endpoints.set(endpoint.id, endpoint);
    const { id, secret } = endpoint;
    return c.json({ id, object: "webhook_endpoint", url, secret, enabled_events, status: "enabled", livemode: false });
  });
  app.get("/v1/events", (c) =>
    c.json({ object: "list", url: "/v1/events", has_more: false, data: [...c.var.account.events.values()].reverse() }),
  );

  // Not Stripe's: what a test does to a payment from outside.
  /** Sends a session's events again, as often as a test likes, and shows what was sent. */
  app.post("/stand-in/sessions/:id/deliver", async (c) => {
    const account = sessionOwners.get(c.req.param("id"));
    if (!account) return refuse(c, 404, "No such session", "id");
    const events = [...account.events.values()].filter(({ data }) => data.object.id === c.req.param("id"));
    const times = Math.min(50, Number(c.req.query("times") ?? 1));
    const sent = Array.from({ length: times }, () => events).flat();
    const deliveries = await Promise.all(
      sent.flatMap((event) => hearing(account).map((endpoint) => send(signed(endpoint, event, seconds())))),
    );
    return c.json({ deliveries });
  });
  /** A provider that lies: it is paid, although its page was ended. */
  app.post("/stand-in/sessions/:id/pay", (c) => {
    const account = sessionOwners.get(c.req.param("id"));
    const session = account?.sessions.get(c.req.param("id"));
    if (!account || session?.status !== "expired") return refuse(c, 404, "No such page was ended", "id");
    pay(account, session);
    return c.json(session);
  });
  /** The card's owner disputes what was paid; then the bank decides: `{"does":"open"|"won"|"lost"}`; `isQuiet` tells nobody. */
  app.post("/stand-in/sessions/:id/dispute", async (c) => {
    const account = sessionOwners.get(c.req.param("id"));
    const intent = account?.intents.get(account.sessions.get(c.req.param("id"))?.payment_intent ?? "");
    if (!account || !intent) return refuse(c, 404, "Nothing was paid here", "id");
    const { does, isQuiet = false } = (await c.req.json()) as { does: string; isQuiet?: boolean };
    const known = [...account.disputes.values()].find(({ payment_intent }) => payment_intent === intent.id);
    const dispute: Dispute = known ?? {
      id: newId("dp"),
      object: "dispute",
      amount: intent.amount,
      charge: intent.latest_charge,
      created: seconds(),
      currency: intent.currency,
      livemode: false,
      metadata: {},
      payment_intent: intent.id,
      reason: "fraudulent",
      status: "needs_response",
    };
    account.disputes.set(dispute.id, dispute);
    if (!known) {
      moved(account, "adjustment", -dispute.amount, 0, { ...dispute }, "dispute");
      if (!isQuiet) tell(account, "charge.dispute.created", dispute);
    }
    if (does === "won" || does === "lost") {
      dispute.status = does;
      if (does === "won") moved(account, "adjustment", dispute.amount, 0, { ...dispute }, "dispute_reversal");
      if (!isQuiet) tell(account, "charge.dispute.closed", dispute);
    }
    return c.json(dispute);
  });
  /** What became of a refund that stayed open. */
  app.post("/stand-in/refunds/:id/:outcome", (c) => {
    const account = [...accounts.values()].find(({ refunds }) => refunds.has(c.req.param("id")));
    const refund = account?.refunds.get(c.req.param("id"));
    if (!account || refund?.status !== "pending") return refuse(c, 404, "No such open refund", "id");
    refund.status = c.req.param("outcome") === "fail" ? "failed" : "succeeded";
    if (refund.status === "succeeded") moved(account, "refund", -refund.amount, 0, { ...refund });
    tell(account, refund.status === "failed" ? "refund.failed" : "refund.updated", refund);
    return c.json(refund);
  });

  /** A dispute is named as the payment that it is about. */
  app.get("/_moved", (c) =>
    c.json(
      [...accounts.values()].flatMap(({ moves, intents }) =>
        moves.map(({ id: number, type, amount, fee, currency, source }) => {
          const about = type === "charge" ? "payment" : type === "refund" ? "refund" : "dispute";
          const intent = intents.get(String(source["payment_intent"]));
          const own = source["metadata"] as Record<string, string>;
          const name = (about === "refund" ? own["refund"] : intent?.metadata["payment"]) ?? "";
          const unit = 10 ** digitsOf(currency);
          return { about, name, number, amount: amount / unit, fee: fee / unit } satisfies Moved;
        }),
      ),
    ),
  );
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
    const { metadata, fee } = wanted.get(session.id) ?? { metadata: {}, fee: null };
    const intent: Intent = {
      id: newId("pi"),
      object: "payment_intent",
      amount: session.amount_total,
      amount_received: session.amount_total,
      application_fee_amount: fee,
      currency: session.currency,
      latest_charge: newId("ch"),
      status: "succeeded",
      metadata,
      created: seconds(),
      livemode: false,
    };
    account.intents.set(intent.id, intent);
    const { id: payment_intent, latest_charge: id, amount, currency } = intent;
    const charge = { id, object: "charge", amount, currency, payment_intent, metadata, created: intent.created };
    moved(account, "charge", amount, feeOf(amount) + (fee ?? 0), charge);
    Object.assign(session, { payment_intent, payment_status: "paid", status: "complete", url: null });
    tell(account, "payment_intent.succeeded", intent);
    tell(account, "checkout.session.completed", session);
  }
  function moved(
    account: Account,
    type: string,
    amount: number,
    fee: number,
    source: Record<string, unknown>,
    category = type,
  ): void {
    const currency = String(source["currency"]);
    const common = { id: newId("txn"), object: "balance_transaction" as const, created: seconds(), currency };
    const status = "available" as const;
    account.moves.push({
      ...common,
      amount,
      fee,
      net: amount - fee,
      reporting_category: category,
      source,
      status,
      type,
    });
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
  /** Who is told of an account: its own endpoints, or those of the platform that it is connected to. */
  const hearing = (account: Account): Endpoint[] =>
    [...accountOf(account.key).endpoints.values()].filter(
      ({ isConnect }) => isConnect === (account.connected !== undefined),
    );

  function tell(account: Account, type: string, about: { id: string }): void {
    const event: StripeEvent = {
      id: newId("evt"),
      object: "event",
      ...(account.connected === undefined ? {} : { account: account.connected }),
      api_version: API_VERSION,
      created: seconds(),
      type,
      livemode: false,
      pending_webhooks: hearing(account).length,
      request: { id: null, idempotency_key: null },
      data: { object: { ...about } },
    };
    account.events.set(event.id, event);
    for (const endpoint of hearing(account))
      if (endpoint.enabled_events.includes(type) || endpoint.enabled_events.includes("*"))
        hub.callBack(signed(endpoint, event, seconds()), RETRY_WAITS_MS);
  }
  const missing = (c: Context, what: string) => refuse(c, 404, `No such ${what}: ${c.req.param("id")}`, "id");
  return app as unknown as Hono;
}

/** One delivery, signed as Stripe signs: HMAC-SHA-256 over the time and the raw body. */
function signed(endpoint: Endpoint, event: StripeEvent, at: number) {
  const body = JSON.stringify(event);
  const signature = `t=${at},v1=${createHmac("sha256", endpoint.secret).update(`${at}.${body}`).digest("hex")}`;
  const headers = { "Content-Type": "application/json", "Stripe-Signature": signature };
  return { url: endpoint.url, method: "POST", headers, body };
}

/** Status 0: nobody answered. */
async function send({ url, body, headers }: ReturnType<typeof signed>) {
  let status = 0;
  try {
    const answer = await fetch(url, { method: "POST", body, headers, signal: AbortSignal.timeout(20_000) });
    await answer.arrayBuffer();
    status = answer.status;
  } catch {}
  return { status, body, signature: headers["Stripe-Signature"] };
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

const inMoney = (currency: string) => new Intl.NumberFormat("en", { style: "currency", currency });
const digitsOf = (currency: string) => inMoney(currency).resolvedOptions().maximumFractionDigits ?? 2;

function payPage({ currency, ...session }: Session, trouble?: string) {
  const amount = inMoney(currency).format(session.amount_total / 10 ** digitsOf(currency));
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
