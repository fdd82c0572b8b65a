import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type BilledCity, billedCity, ok, paidThoughEnded } from "../billed.ts";
import { newCity, type TestCity, target } from "../city.ts";

interface PaymentAnswer {
  id: string;
  state: string;
  amountMinor: number;
  currency: string;
  checkoutUrl: string;
  sessionId: string;
  [more: string]: unknown;
}
const open = (city: TestCity, body: object, headers?: Record<string, string>) =>
  city.post("/v1/payments", body, headers ? { headers } : {});
const opened = (city: TestCity, body: object) => ok<PaymentAnswer>(open(city, body));

/** Pays on the provider's hosted page, as a browser would; follows nothing. */
const onPage = (url: string, outcome: "pay" | "decline" | "cancel" = "pay") =>
  fetch(url, { method: "POST", body: new URLSearchParams({ outcome }), redirect: "manual" });
const deliver = (payment: PaymentAnswer, times = 1) =>
  ok<{ deliveries: { status: number; body: string; signature: string }[] }>(
    fetch(new URL(`/stand-in/sessions/${payment.sessionId}/deliver?times=${times}`, payment.checkoutUrl), {
      method: "POST",
    }),
  );
const stateOf = async (city: TestCity, id: string) => (await ok<PaymentAnswer>(city.get(`/v1/payments/${id}`))).state;
const dueOf = async (city: TestCity, reference: string) =>
  (await ok<{ dueMinor: number }>(city.get(`/v1/bill-inquiries/${reference}`))).dueMinor;
const balances = async (city: TestCity) =>
  Object.fromEntries(
    (
      await ok<{ balances: { account: string; balanceMinor: number }[] }>(
        city.get("/v1/ledger/balances", { as: "treasurer" }),
      )
    ).balances.map(({ account, balanceMinor }) => [account, balanceMinor]),
  );
const proof = (city: TestCity) =>
  ok<{ isSound: boolean; transfers: number; digest: string }>(city.get("/v1/ledger/proof", { as: "treasurer" }));
const bill = ({ bills }: BilledCity) => bills[0]!;

const SECRET = "whsec_of_this_test_alone";
const signed = (body: string, at = Math.floor(Date.now() / 1000), secret = SECRET) => ({
  "Stripe-Signature": `t=${at},v1=${createHmac("sha256", secret).update(`${at}.${body}`).digest("hex")}`,
});
const completed = (session: object) =>
  JSON.stringify({
    id: "evt_1",
    object: "event",
    type: "checkout.session.completed",
    data: {
      object: {
        id: "cs_test_1",
        object: "checkout.session",
        status: "complete",
        payment_status: "paid",
        amount_total: 500,
        currency: "eur",
        ...session,
      },
    },
  });

describe(`payments, ${target.name}`, () => {
  test("a bill is paid by its reference, and the receipt can be checked by anyone", async () => {
    const paid = await billedCity([5_000]);
    const { city } = paid;
    const { reference, totalMinor } = bill(paid);
    const payment = await opened(city, { reference });
    expect(payment).toMatchObject({ state: "pending", amountMinor: totalMinor, currency: "EUR" });
    const back = await onPage(payment.checkoutUrl);
    expect(back.status).toBe(303);
    const page = await fetch(back.headers.get("location")!, { redirect: "manual" });
    expect(page.headers.get("location")).toMatch(/\/receipts\/pay_/);
    expect(await stateOf(city, payment.id)).toBe("settled");
    expect(await dueOf(city, reference)).toBe(0);
    const receipt = await ok<{ signature: string; amountMinor: number }>(city.get(`/v1/receipts/${payment.id}`));
    expect(receipt.amountMinor).toBe(totalMinor);
    const check = (signature: string, id = payment.id) =>
      ok(city.get(`/v1/receipts/${id}/check?signature=${signature}`));
    expect(await check(receipt.signature)).toMatchObject({ isGenuine: true, receipt: { reference } });
    // Guards against a receipt that somebody drew himself.
    const forged = (receipt.signature.startsWith("A") ? "B" : "A") + receipt.signature.slice(1);
    expect(await check(forged)).toEqual({ isGenuine: false });
    expect(await check(receipt.signature, city.id("pay"))).toEqual({ isGenuine: false });
    const html = await (await city.get(`/receipts/${payment.id}`)).text();
    expect(html).toContain("<svg");
    expect(html).not.toContain("Customer");
    expect((await city.get(`/receipts/${payment.id}/check?signature=${receipt.signature}`)).status).toBe(200);
    expect(await proof(city)).toMatchObject({ isSound: true });
    expect(await balances(city)).toMatchObject({ "provider:stripe:stand_in": totalMinor });
    const facts = await ok<{ events: { type: string }[] }>(city.get("/v1/events", { as: "administrator" }));
    expect(facts.events.filter(({ type }) => type === "payments.settled.v1")).toHaveLength(1);
  });

  // Guards against charging twice: callbacks come twice, late, and at once with the payer's return.
  test("however often the provider says so, it is settled once", async () => {
    const paid = await billedCity([5_000]);
    const { city } = paid;
    const payment = await opened(city, { reference: bill(paid).reference });
    await onPage(payment.checkoutUrl);
    const [{ deliveries }] = await Promise.all([
      deliver(payment, 12),
      ...Array.from({ length: 6 }, () => city.get(`/v1/payments/${payment.id}`)),
    ]);
    expect(deliveries.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(await balances(city)).toMatchObject({ "provider:stripe:stand_in": bill(paid).totalMinor });
    expect((await balances(city))["suspense"]).toBeUndefined();
    const facts = await ok<{ events: { type: string }[] }>(city.get("/v1/events", { as: "administrator" }));
    expect(facts.events.filter(({ type }) => type === "payments.settled.v1")).toHaveLength(1);
  });

  // Guards against two open pages for one bill, and so two payments of it.
  test("a double tap or a reload is the same payment; paid, nothing more can be opened", async () => {
    const paid = await billedCity([5_000]);
    const { city } = paid;
    const { reference } = bill(paid);
    const all = await Promise.all(Array.from({ length: 5 }, () => opened(city, { reference })));
    expect(new Set(all.map(({ checkoutUrl }) => checkoutUrl)).size).toBe(1);
    const stranger = await city.browser();
    const form = await stranger.submit("/payments", { reference });
    expect([form.status, form.headers.get("location")]).toEqual([303, all[0]!.checkoutUrl]);
    await onPage(all[0]!.checkoutUrl);
    expect((await open(city, { reference })).status).toBe(409);
    expect(await (await stranger.get(`/pay?reference=${reference}`)).text()).not.toContain('<form action="/payments');
  });

  test("one key is one payment; with another body it is refused", async () => {
    const paid = await billedCity([5_000, 6_000]);
    const { city, bills } = paid;
    const headers = { "Idempotency-Key": "tap" };
    const first = await ok<PaymentAnswer>(open(city, { reference: bills[0]!.reference }, headers));
    const again = await open(city, { reference: bills[0]!.reference }, headers);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(await again.json()).toEqual(first);
    expect((await open(city, { reference: bills[1]!.reference }, headers)).status).toBe(409);
    expect((await open(city, { reference: bills[1]!.reference }, { "Idempotency-Key": "" })).status).toBe(422);
  });

  test("a declined card charges nothing and can be tried again; parts of a bill can be paid", async () => {
    const paid = await billedCity([5_000]);
    const { city } = paid;
    const { reference, totalMinor } = bill(paid);
    const part = await opened(city, { reference, amountMinor: 100, currency: "EUR" });
    expect((await onPage(part.checkoutUrl, "decline")).status).toBe(402);
    expect(await stateOf(city, part.id)).toBe("pending");
    expect(await dueOf(city, reference)).toBe(totalMinor);
    await onPage(part.checkoutUrl);
    expect(await stateOf(city, part.id)).toBe("settled");
    expect(await dueOf(city, reference)).toBe(totalMinor - 100);
    const rest = await opened(city, { reference });
    expect(rest.amountMinor).toBe(totalMinor - 100);
  });

  // Guards against money that nobody can find: what came twice waits for the treasurer, and none is lost.
  test("a page is ended for the next payer; what it brings all the same goes to suspense, where the city says so", async () => {
    const paid = await billedCity([5_000]);
    const { city } = paid;
    await ok(city.put("/v1/matching-rules/current", { beyond: "suspense" }, { as: "treasurer" }));
    const { reference, totalMinor } = bill(paid);
    const part = await opened(city, { reference, amountMinor: 100 });
    const whole = await opened(city, { reference });
    await onPage(whole.checkoutUrl);
    expect(await stateOf(city, whole.id)).toBe("settled");
    await onPage(part.checkoutUrl);
    expect(await stateOf(city, part.id)).toBe("expired");
    await paidThoughEnded(part);
    expect(await stateOf(city, part.id)).toBe("settled");
    expect(await dueOf(city, reference)).toBe(0);
    expect(await balances(city)).toMatchObject({ suspense: -100, "provider:stripe:stand_in": totalMinor + 100 });
    expect(await proof(city)).toMatchObject({ isSound: true });
  });

  // Guards against whatever a form can be made to say. None of it leaves a trace in the ledger.
  test("bad amounts, other money and unknown bills are refused", async () => {
    const paid = await billedCity([5_000]);
    const { city } = paid;
    const { reference, totalMinor } = bill(paid);
    const before = await proof(city);
    for (const wrong of [
      { reference, amountMinor: -5 },
      { reference, amountMinor: 0 },
      { reference, amountMinor: 0.5 },
      { reference, amountMinor: 1e15 },
      { reference, amountMinor: "5" },
      { reference, amountMinor: totalMinor + 1 },
      { reference, amountMinor: 5, currency: "XOF" },
      { reference, currency: "EURO" },
      { reference, surprise: true },
      {},
    ])
      expect((await open(city, wrong)).status, JSON.stringify(wrong)).toBe(422);
    expect((await open(city, { reference: "AAAA-AAAA-A" })).status).toBe(404);
    expect((await open(await newCity(), { reference })).status).toBe(404);
    expect((await city.post("/v1/payments", "{", { headers: { "Content-Type": "application/json" } })).status).toBe(
      400,
    );
    expect(await proof(city)).toEqual(before);
    expect((await city.get(`/v1/payments/${city.id("pay")}`)).status).toBe(404);
    expect((await city.get(`/v1/receipts/${city.id("pay")}`)).status).toBe(404);
  });

  // Guards against whoever can write a callback.
  test("forged, stale, replayed and cross-city callbacks move nothing", async () => {
    const paid = await billedCity([5_000]);
    const { city } = paid;
    const payment = await opened(city, { reference: bill(paid).reference });
    const before = await proof(city);
    const body = completed({ id: payment.sessionId, client_reference_id: payment.id });
    const post = (at: TestCity, raw: string, headers: Record<string, string>) =>
      at.post("/webhooks/stripe", raw, { headers: { "Content-Type": "application/json", ...headers } });
    expect((await post(city, body, {})).status).toBe(401);
    expect((await post(city, body, { "Stripe-Signature": "t=1,v1=00" })).status).toBe(401);
    expect((await post(city, body, signed(body))).status).toBe(401);
    expect(await proof(city)).toEqual(before);

    // A real callback of the one city, sent to another that is paid by the same provider.
    const other = await billedCity([5_000]);
    await opened(other.city, { reference: bill(other).reference });
    await onPage(payment.checkoutUrl);
    const { deliveries } = await deliver(payment);
    const real = deliveries[0]!;
    const otherBefore = await proof(other.city);
    expect((await post(other.city, real.body, { "Stripe-Signature": real.signature })).status).toBe(401);
    expect(await proof(other.city)).toEqual(otherBefore);
    // Changed after it was signed; and the same once more.
    const changed = real.body.replace(/"amount_total":\d+/, '"amount_total":1');
    expect((await post(city, changed, { "Stripe-Signature": real.signature })).status).toBe(401);
    const settled = await proof(city);
    expect((await post(city, real.body, { "Stripe-Signature": real.signature })).status).toBe(200);
    expect(await proof(city)).toEqual(settled);
  });

  test("a city's own account is sealed; its callbacks are taken by its secret, and not when they are old", async () => {
    const city = await newCity();
    const account = { secretKey: "sk_test_0123456789abcdef", webhookSecret: SECRET };
    const kept = await city.put("/v1/payment-account", account, { as: "administrator" });
    const text = await kept.text();
    expect(JSON.parse(text)).toMatchObject({ mode: "stripe_test" });
    expect(text).not.toContain("0123456789abcdef");
    const live = { ...account, secretKey: "sk_live_0123456789abcdef" };
    expect((await city.put("/v1/payment-account", live, { as: "administrator" })).status).toBe(422);
    expect((await city.put("/v1/payment-account", account, { as: "treasurer" })).status).toBe(403);
    const post = (raw: string, headers: Record<string, string>) =>
      city.post("/webhooks/stripe", raw, { headers: { "Content-Type": "application/json", ...headers } });
    const body = completed({});
    const long = Math.floor(Date.now() / 1000) - 3_600;
    expect((await post(body, signed(body, long))).status).toBe(401);
    expect((await proof(city)).transfers).toBe(0);
    // Money that no payment here asked for is the city's all the same: once.
    for (let i = 0; i < 3; i++) expect((await post(body, signed(body))).status).toBe(200);
    expect(await balances(city)).toEqual({ "provider:stripe:main": 500, suspense: -500 });
    const unpaid = completed({ id: "cs_test_2", payment_status: "unpaid", status: "open" });
    expect((await post(unpaid, signed(unpaid))).status).toBe(200);
    const odd = JSON.stringify({ id: "evt_2", object: "event", type: "customer.created", data: { object: {} } });
    expect((await post(odd, signed(odd))).status).toBe(200);
    expect((await proof(city)).transfers).toBe(1);
  });

  test("a real city without an account takes no payment, and says so", async () => {
    const paid = await billedCity([5_000], { isSynthetic: false });
    const answer = await open(paid.city, { reference: bill(paid).reference });
    expect(answer.status).toBe(503);
    expect((await paid.city.post("/webhooks/stripe", "{}")).status).toBe(404);
  });

  test("amounts go to the provider in its own units: francs as they are, millimes in tens", async () => {
    for (const [currency, country] of [
      ["XOF", "CI"],
      ["TND", "TN"],
    ] as const) {
      const paid = await billedCity([5_000], { currency, country });
      const { city } = paid;
      const { reference, totalMinor } = bill(paid);
      const whole = Math.floor(totalMinor / 10) * 10;
      if (currency === "TND" && whole !== totalMinor) expect((await open(city, { reference })).status).toBe(422);
      const amountMinor = currency === "TND" ? whole : totalMinor;
      const payment = await opened(city, { reference, amountMinor });
      await onPage(payment.checkoutUrl);
      expect(await stateOf(city, payment.id)).toBe("settled");
      expect(await balances(city)).toMatchObject({ "provider:stripe:stand_in": amountMinor });
    }
  });

  test("the treasurer sees payments and the proof; residents and strangers do not", async () => {
    const paid = await billedCity([5_000]);
    const { city } = paid;
    const payment = await opened(city, { reference: bill(paid).reference });
    const treasurer = await city.browser("treasurer");
    expect(await (await treasurer.get("/staff/payments")).text()).toContain(payment.id);
    expect((await treasurer.get("/staff/ledger")).status).toBe(200);
    expect((await city.get("/v1/payments", { as: "resident" })).status).toBe(403);
    expect((await city.get("/v1/ledger/proof")).status).toBe(401);
    const pending = await (await city.get(`/payments/${payment.id}`)).text();
    expect(pending).toContain(payment.checkoutUrl);
  });
});
