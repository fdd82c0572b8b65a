import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type StandIns, startStandIns } from "../../functions/payments/stand-in/hub.ts";

const recorded = JSON.parse(readFileSync(new URL("../data/stripe/recorded.json", import.meta.url), "utf8")) as Record<
  string,
  { status: number; body: Record<string, unknown> }
>;
let standIn: StandIns;
beforeAll(async () => {
  standIn = await startStandIns();
});
afterAll(() => standIn.stop());

type Answer = Record<string, unknown>;
const call = async (method: string, path: string, fields?: Record<string, string>, headers = {}) => {
  const answer = await fetch(standIn.url + path, {
    method,
    headers: { Authorization: "Bearer sk_test_shapes123", ...headers },
    body: fields && new URLSearchParams(fields),
  });
  return { status: answer.status, body: (await answer.json()) as Answer };
};
const order = () => ({
  mode: "payment",
  "line_items[0][quantity]": "1",
  "line_items[0][price_data][currency]": "eur",
  "line_items[0][price_data][unit_amount]": "500",
  "line_items[0][price_data][product_data][name]": "Water",
  success_url: "http://127.0.0.1:9/back",
  expires_at: String(Math.floor(Date.now() / 1000) + 3_600),
});

/** Every field is one that Stripe has, of a type that Stripe gives it; a null on either side says nothing. */
function fits(answer: Answer, published: Answer, at = ""): void {
  for (const [name, value] of Object.entries(answer)) {
    expect(Object.keys(published), `${at}${name}`).toContain(name);
    const theirs = published[name];
    if (value === null || theirs === null) continue;
    expect(typeof value, `${at}${name}`).toBe(typeof theirs);
    expect(Array.isArray(value), `${at}${name}`).toBe(Array.isArray(theirs));
    if (name === "object") expect(value).toBe(theirs);
  }
}
const published = (name: string) => recorded[name]!.body;

describe("the stand-in of Stripe", () => {
  // Guards against a house that works with the stand-in and not with Stripe.
  test("answers in the shapes that Stripe publishes", async () => {
    for (const { status } of Object.values(recorded)) expect(status).toBe(200);
    const { body: session } = await call("POST", "/v1/checkout/sessions", order());
    fits(session, published("POST /v1/checkout/sessions"));
    fits(
      (await call("GET", `/v1/checkout/sessions/${session["id"]}`)).body,
      published("GET /v1/checkout/sessions/{id}"),
    );
    const { secret, ...endpoint } = (
      await call("POST", "/v1/webhook_endpoints", { url: "http://127.0.0.1:9/x", "enabled_events[0]": "*" })
    ).body;
    fits(endpoint, published("POST /v1/webhook_endpoints"));
    expect(secret).toMatch(/^whsec_/); // Stripe shows it at creation alone; its mock, never.
    await fetch(String(session["url"]), {
      method: "POST",
      body: new URLSearchParams({ outcome: "pay" }),
      redirect: "manual",
    });
    const { body: paid } = await call("GET", `/v1/checkout/sessions/${session["id"]}`);
    expect(paid).toMatchObject({ status: "complete", payment_status: "paid", amount_total: 500 });
    fits(
      (await call("GET", `/v1/payment_intents/${paid["payment_intent"]}`)).body,
      published("GET /v1/payment_intents/pi_1"),
    );
    const events = (await call("GET", "/v1/events")).body["data"] as Answer[];
    fits(events[0]!, published("GET /v1/events/evt_1"));
    fits((events[0]!["data"] as { object: Answer }).object, published("GET /v1/checkout/sessions/{id}"));
  });

  test("refuses what Stripe refuses, and remembers a key", async () => {
    const wrong = async (change: Record<string, string>) =>
      (await call("POST", "/v1/checkout/sessions", { ...order(), ...change })).status;
    expect(await wrong({ "line_items[0][price_data][unit_amount]": "0" })).toBe(400);
    expect(await wrong({ "line_items[0][price_data][unit_amount]": "1.5" })).toBe(400);
    expect(
      await wrong({ "line_items[0][price_data][currency]": "tnd", "line_items[0][price_data][unit_amount]": "1251" }),
    ).toBe(400);
    expect(await wrong({ success_url: "nowhere" })).toBe(400);
    expect((await call("GET", "/v1/checkout/sessions/cs_none")).body["error"]).toMatchObject({
      code: "resource_missing",
    });
    expect((await call("GET", "/v1/events", undefined, { Authorization: "Bearer sk_live_12345678" })).status).toBe(401);
    const key = { "Idempotency-Key": "one" };
    const same = order();
    const first = await call("POST", "/v1/checkout/sessions", same, key);
    expect((await call("POST", "/v1/checkout/sessions", same, key)).body).toEqual(first.body);
    const other = { ...same, success_url: "http://127.0.0.1:9/other" };
    expect((await call("POST", "/v1/checkout/sessions", other, key)).body["error"]).toMatchObject({
      type: "idempotency_error",
    });
    // One account does not see another's sessions.
    const strange = { Authorization: "Bearer sk_test_somebodyelse" };
    expect((await call("GET", `/v1/checkout/sessions/${first.body["id"]}`, undefined, strange)).status).toBe(404);
  });
});
