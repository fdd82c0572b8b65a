import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Order } from "../../functions/payments/rail.ts";
import { stripe } from "../../functions/payments/rails/stripe/index.ts";
import { type StandIns, startStandIns } from "../../functions/payments/stand-in/hub.ts";
import { Fault } from "../../shared/errors.ts";

const recorded = JSON.parse(readFileSync(new URL("../data/stripe/recorded.json", import.meta.url), "utf8")) as Record<
  string,
  { body: Record<string, unknown> }
>;
type Answer = Record<string, unknown>;
let clock = Date.parse("2026-11-23T12:00:00Z");
let hub: StandIns;
beforeAll(async () => {
  hub = await startStandIns({ now: () => new Date(clock) });
});
afterAll(() => hub.stop());

const KEY = "sk_test_platform123";
const home = () => ({
  now: () => new Date(clock),
  callbackUrl: "http://127.0.0.1:9/webhooks/stripe/card/secret",
  standIn: hub.url,
});
let count = 0;
const order = (more: Partial<Order> = {}): Order => ({
  paymentId: `pay_01JD8Q6Z3W8M6W1YB1M0Q4S${String(count++).padStart(3, "0")}`,
  reference: "K7M2-9QXR-4",
  amountMinor: 10_000,
  currency: "EUR",
  title: "Water",
  lang: "fr",
  expiresAt: new Date(clock + 3_600_000).toISOString(),
  successUrl: "http://127.0.0.1:9/back",
  cancelUrl: "http://127.0.0.1:9/pay",
  ...more,
});
const payOn = (url: string | undefined) =>
  fetch(url!, { method: "POST", body: new URLSearchParams({ outcome: "pay" }), redirect: "manual" });
const raw = async (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  (await fetch(hub.url + path, { headers: { Authorization: `Bearer ${KEY}`, ...headers } })).json() as Promise<Answer>;
const fits = (answer: Answer, name: string, list = false) => {
  const body = recorded[name]!.body;
  const published = list ? (body["data"] as Answer[])[0]! : body;
  for (const [field, value] of Object.entries(answer)) {
    expect(Object.keys(published), `${name} ${field}`).toContain(field);
    if (value !== null && published[field] !== null && field !== "source")
      expect(typeof value, `${name} ${field}`).toBe(typeof published[field]);
  }
};

describe("the rail of Stripe", () => {
  // Guards against public money on the platform's own account.
  test("on a connected account the city is the merchant, and the platform takes its fee alone", async () => {
    const settings = { secretKey: KEY, connectedAccount: "acct_city1234", applicationFeeBasisPoints: 150 };
    const connection = stripe.connect(settings, home());
    const asked = order();
    const { sessionId, url } = await connection.open(asked);
    expect((await connection.open(asked)).sessionId).toBe(sessionId);
    await payOn(url);
    const word = await connection.ask(sessionId, asked);
    expect(word).toMatchObject({ about: "payment", says: "paid", paymentId: asked.paymentId, amountMinor: 10_000 });
    const on = { "Stripe-Account": "acct_city1234" };
    expect(await raw(`/v1/payment_intents/${word.providerRef}`, on)).toMatchObject({ application_fee_amount: 150 });
    // Neither the platform nor another city's account knows of it.
    for (const headers of [{}, { "Stripe-Account": "acct_other999" }])
      expect(await raw(`/v1/payment_intents/${word.providerRef}`, headers as never)).toHaveProperty("error");
    const other = stripe.connect({ secretKey: KEY, connectedAccount: "acct_other999" }, home());
    await expect(other.ask(sessionId, asked)).rejects.toMatchObject({ kind: "absent" });
    // Where the fee was worked out before, it is that and no other.
    const exact = { ...order(), applicationFeeMinor: 333 };
    const opened = await connection.open(exact);
    await payOn(opened.url);
    const { providerRef } = await connection.ask(opened.sessionId, exact);
    expect(await raw(`/v1/payment_intents/${providerRef}`, on)).toMatchObject({ application_fee_amount: 333 });
    const { feeMinor } = (await connection.statement!(new Date(clock - 1_000), new Date(clock + 1_000)))[0]!;
    expect(feeMinor).toBeGreaterThan(150);
  });

  // Guards against a page that is paid after another payer was asked for the same bill.
  test("a page is ended once, on its own account, and not when it was paid", async () => {
    const connection = stripe.connect({ secretKey: KEY, connectedAccount: "acct_city1234" }, home());
    const left = await connection.open(order());
    const other = stripe.connect({ secretKey: KEY, connectedAccount: "acct_other999" }, home());
    await expect(other.end!(left.sessionId)).rejects.toMatchObject({ kind: "absent" });
    expect(await connection.end!(left.sessionId)).toMatchObject({ about: "payment", says: "expired", amountMinor: 0 });
    expect((await payOn(left.url)).status).toBe(402);
    await expect(connection.end!(left.sessionId)).rejects.toMatchObject({ kind: "conflict" });
    const paid = await connection.open(order());
    await payOn(paid.url);
    await expect(connection.end!(paid.sessionId)).rejects.toMatchObject({ kind: "conflict" });
    const { sessionId } = await stripe.connect({ secretKey: KEY }, home()).open(order());
    const headers = { Authorization: `Bearer ${KEY}` };
    const ended = await fetch(`${hub.url}/v1/checkout/sessions/${sessionId}/expire`, { method: "POST", headers });
    fits((await ended.json()) as Answer, "POST /v1/checkout/sessions/{id}/expire");
  });

  // Guards against a callback of one connected account that is taken for another's, and against forged and stale ones.
  test("a callback counts when it is signed, fresh, and this account's", async () => {
    const key = "sk_test_callbacks12";
    const platform = { secretKey: key, connectedAccount: "acct_city1234" };
    const own = (await stripe.connect(platform, home()).setUp!()) as { webhookSecret: string };
    const connection = stripe.connect({ ...platform, ...own }, home());
    const asked = order();
    const { sessionId, url } = await connection.open(asked);
    await payOn(url);
    const delivered = (await (
      await fetch(`${hub.url}/stand-in/sessions/${sessionId}/deliver`, { method: "POST" })
    ).json()) as { deliveries: { body: string; signature: string }[] };
    const { body, signature } = delivered.deliveries[0]!;
    const call = (of: string, header: string) => ({
      method: "POST",
      path: "",
      headers: new Headers({ "Stripe-Signature": header }),
      body: of,
    });
    const heard = await connection.hear!(call(body, signature));
    expect(heard).toMatchObject({ isProof: true, words: [{ says: "paid", paymentId: asked.paymentId }] });
    const other = stripe.connect({ ...platform, ...own, connectedAccount: "acct_other999" }, home());
    expect((await other.hear!(call(body, signature))).words).toEqual([]);
    const changed = body.replace('"amount_total":10000', '"amount_total":1');
    for (const [of, header] of [
      [changed, signature],
      [body, ""],
      [body, "t=1,v1=00"],
    ] as const)
      await expect(connection.hear!(call(of, header))).rejects.toMatchObject({ kind: "unauthenticated" });
    clock += 3_600_000;
    await expect(connection.hear!(call(body, signature))).rejects.toMatchObject({ kind: "unauthenticated" });
  });

  // Guards against a charge that the house's key hears of and takes for a payment to the city.
  test("by the house's key only pages of connected accounts are heard, each under its own account", async () => {
    const key = "sk_test_platform1234";
    const platform = { secretKey: key, isPlatform: true };
    const own = (await stripe.connect(platform, home()).setUp!()) as { webhookSecret: string };
    const connection = stripe.connect({ ...platform, ...own }, home());
    const heardOf = async (connectedAccount: string | undefined) => {
      const asked = order();
      const to = { secretKey: key, ...(connectedAccount ? { connectedAccount } : {}) };
      const { sessionId, url } = await stripe.connect(to, home()).open(asked);
      await payOn(url);
      const answer = await fetch(`${hub.url}/stand-in/sessions/${sessionId}/deliver`, { method: "POST" });
      const { deliveries } = (await answer.json()) as { deliveries: { body: string; signature: string }[] };
      const calls = deliveries.map(({ body, signature }) => ({
        ...{ method: "POST", path: "", body },
        headers: new Headers({ "Stripe-Signature": signature }),
      }));
      return { asked, calls };
    };
    const { asked, calls } = await heardOf("acct_publisher1");
    const heard = await connection.hear!(calls[0]!);
    expect(heard).toMatchObject({ isProof: true, words: [] });
    expect(heard.elsewhere).toMatchObject([
      { connectedAccount: "acct_publisher1", word: { says: "paid", paymentId: asked.paymentId, amountMinor: 10_000 } },
    ]);
    const forged = { ...calls[0]!, body: calls[0]!.body.replace("acct_publisher1", "acct_publisher2") };
    await expect(connection.hear!(forged)).rejects.toMatchObject({ kind: "unauthenticated" });
    // What is paid to the house itself is not told to its endpoint for connected accounts.
    expect((await heardOf(undefined)).calls).toEqual([]);
    clock += 3_600_000;
    await expect(connection.hear!(calls[0]!)).rejects.toMatchObject({ kind: "unauthenticated" });
  });

  test("refunds, disputes and the statement come in Stripe's shapes; too much is refused", async () => {
    const connection = stripe.connect({ secretKey: KEY }, home());
    const from = new Date(clock - 1_000);
    const asked = order();
    const { sessionId, url } = await connection.open(asked);
    await payOn(url);
    const { providerRef } = await connection.ask(sessionId, asked);
    const { paymentId, currency } = asked;
    const refund = { refundId: "rfd_1", paymentId, sessionId, providerRef: providerRef!, amountMinor: 4_000, currency };
    const done = await connection.refund!(refund);
    expect(done).toMatchObject({ about: "refund", says: "paid", amountMinor: 4_000, paymentId });
    // Sent again, as when the answer was lost: it is the same refund.
    expect(await connection.refund!(refund)).toEqual(done);
    expect(await connection.askRefund!(refund)).toMatchObject({ providerRef: done.providerRef });
    const more = connection.refund!({ ...refund, refundId: "rfd_2", amountMinor: 6_001 });
    await expect(more).rejects.toMatchObject({ kind: "conflict" });
    await expect(connection.askRefund!({ ...refund, refundId: "rfd_2" })).rejects.toMatchObject({ kind: "absent" });
    const disputed = await fetch(`${hub.url}/stand-in/sessions/${sessionId}/dispute`, {
      method: "POST",
      body: JSON.stringify({ does: "won" }),
    });
    const dispute = (await disputed.json()) as Answer;
    const words = await connection.statement!(from, new Date(clock + 1_000));
    expect(words.map(({ about, says }) => `${about} ${says}`).sort()).toEqual([
      "dispute failed",
      "dispute open",
      "payment paid",
      "refund paid",
    ]);
    expect(words.find(({ about }) => about === "payment")).toMatchObject({ providerRef, paymentId });
    expect(words.find(({ about }) => about === "dispute")).toMatchObject({ paymentRef: providerRef });
    fits(await raw(`/v1/refunds/${done.providerRef}`), "POST /v1/refunds");
    fits(dispute, "GET /v1/disputes/dp_1");
    const { data } = (await raw("/v1/balance_transactions?limit=1")) as { data: Answer[] };
    fits(data[0]!, "GET /v1/balance_transactions", true);
  });

  test("an amount that Stripe cannot take exactly is refused before anything is asked", () => {
    const { takes } = stripe.connect({ secretKey: KEY }, home());
    expect(() => takes(1_250, "TND")).not.toThrow();
    for (const [amountMinor, currency] of [
      [1_251, "TND"],
      [125_020, "MGA"],
      [100_000_000, "EUR"],
    ] as const)
      expect(() => takes(amountMinor, currency)).toThrow(Fault);
  });

  // Guards against a provider that is away and taken for one that refuses.
  test("silence is `unavailable`, and changes nothing", async () => {
    const connection = stripe.connect({ secretKey: KEY }, home());
    await fetch(`${hub.url}/_weather`, { method: "POST", body: JSON.stringify({ isAway: true }) });
    await expect(connection.open(order())).rejects.toMatchObject({ kind: "unavailable" });
    await expect(connection.ask("cs_test_1", order())).rejects.toMatchObject({ kind: "unavailable" });
    await fetch(`${hub.url}/_weather`, { method: "POST", body: JSON.stringify({ isAway: false }) });
    await expect(connection.ask("cs_test_1", order())).rejects.toMatchObject({ kind: "absent" });
    const odd = await fetch(`${hub.url}/_weather`, { method: "POST", body: JSON.stringify({ drop: 2 }) });
    expect(odd.status).toBe(400);
  });
});
