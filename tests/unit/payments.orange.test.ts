import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection, Order } from "../../functions/payments/rail.ts";
import { OrangeSettings, orange } from "../../functions/payments/rails/orange/index.ts";
import { type StandIns, startStandIns } from "../../functions/payments/stand-in/hub.ts";
import { newId } from "../../shared/ids.ts";

let hub: StandIns;
let clock = Date.parse("2026-11-25T12:00:00Z");
const now = () => new Date(clock);
beforeAll(async () => {
  hub = await startStandIns({ now });
});
afterAll(() => hub.stop());

const CALLBACK = "http://127.0.0.1:9/webhooks/orange/om/secret";
const connect = (secret: string, callbackUrl = CALLBACK): Connection =>
  orange.connect(orange.standInSettings(secret), { now, callbackUrl, standIn: `${hub.url}/orange` });
const order = (amountMinor = 1_250, currency = "XOF"): Order => ({
  paymentId: newId("pay", now()),
  reference: "K7M2-9QXR-4",
  amountMinor,
  currency,
  title: "City · Water · K7M2-9QXR-4",
  lang: "ar",
  expiresAt: "2026-11-25T13:00:00Z",
  successUrl: "http://127.0.0.1:9/back",
  cancelUrl: "http://127.0.0.1:9/cancel",
});
const confirm = (url: string, msisdn: string) =>
  fetch(url, { method: "POST", body: new URLSearchParams({ msisdn }), redirect: "manual" });
/** What is sent to the provider, seen on its way. */
async function sent(run: () => Promise<unknown>): Promise<{ path: string; body: Record<string, unknown> }[]> {
  const real = globalThis.fetch;
  const seen: { path: string; body: Record<string, unknown> }[] = [];
  globalThis.fetch = (async (url: string, init: RequestInit = {}) => {
    // The stand-in calls back by the same way: that is not ours.
    if (!url.startsWith(hub.url)) return real(url, init);
    const isJson = typeof init.body === "string";
    seen.push({ path: new URL(url).pathname, body: isJson ? JSON.parse(init.body as string) : {} });
    return real(url, init);
  }) as typeof fetch;
  try {
    await run();
  } finally {
    globalThis.fetch = real;
  }
  return seen;
}
const call = (path: string, body: unknown) => ({
  method: "POST",
  path,
  headers: new Headers(),
  body: typeof body === "string" ? body : JSON.stringify(body),
});

describe("the rail of Orange Money's web payment", () => {
  test("opens Orange's page with a whole amount, the sandbox's currency, and one token for many orders", async () => {
    const connection = connect("secret-of-the-shapes");
    const asked = order();
    const seen = await sent(async () => {
      await connection.open(asked);
      await connection.open(order());
    });
    expect(seen.map(({ path }) => path)).toEqual([
      "/orange/oauth/v3/token",
      "/orange/orange-money-webpay/dev/v1/webpayment",
      "/orange/orange-money-webpay/dev/v1/webpayment",
    ]);
    const { order_id, ...body } = seen[1]!.body;
    expect(order_id).toMatch(new RegExp(`^${asked.paymentId.slice(4)}[0-9A-F]{4}$`));
    expect(body).toEqual({
      merchant_key: "secret-o",
      currency: "OUV",
      amount: 1_250,
      return_url: asked.successUrl,
      cancel_url: asked.cancelUrl,
      notif_url: `${CALLBACK}/${asked.paymentId.slice(4)}`,
      lang: "fr",
      reference: "K7M2-9QXR-4",
    });
    // A longer address than Orange takes is left without the payment's number.
    const long = `http://127.0.0.1:9/${"x".repeat(90)}`;
    const [, other] = await sent(() => connect("secret-of-length", long).open(order()));
    expect(other!.body["notif_url"]).toBe(long);
  });

  test("the page pays, refuses or is left; its status tells, with Orange's own number", async () => {
    const connection = connect("secret-of-the-payers");
    for (const [msisdn, says] of [
      ["07000003", "paid"],
      ["07000001", "failed"],
      ["07000002", "open"],
    ] as const) {
      const asked = order();
      const { sessionId, url } = await connection.open(asked);
      expect((await connection.ask(sessionId, asked)).says).toBe("open");
      expect(await (await fetch(url!)).text()).toContain("K7M2-9QXR-4");
      expect((await confirm(url!, msisdn)).headers.get("location")).toBe(asked.successUrl);
      const word = await connection.ask(sessionId, asked);
      expect(word).toMatchObject({ says, paymentId: asked.paymentId, currency: "XOF" });
      expect(word.amountMinor).toBe(says === "paid" ? 1_250 : 0);
      if (says === "paid") expect(word.providerRef).toMatch(/^MP/);
    }
    const late = order();
    const { sessionId, url, until } = await connection.open(late);
    expect(until).toBe("2026-11-25T12:10:00.000Z");
    clock += 11 * 60_000;
    await confirm(url!, "07000003");
    expect((await connection.ask(sessionId, late)).says).toBe("expired");
  });

  // Guards against an order whose answer was lost, and that can never be paid then.
  test("asked again, there is a page again, under a number of its own", async () => {
    const connection = connect("secret-of-the-twins");
    const asked = order();
    const [first, second] = [await connection.open(asked), await connection.open(asked)];
    expect(second.sessionId).not.toBe(first.sessionId);
    await confirm(second.url!, "07000003");
    expect((await connection.ask(second.sessionId, asked)).says).toBe("paid");
    expect((await connection.ask(first.sessionId, asked)).says).toBe("open");
  });

  test("a notification is a hint alone; one that names no payment is nothing", async () => {
    const connection = connect("secret-of-callbacks");
    const { paymentId } = order();
    const body = { status: "SUCCESS", notif_token: "made-up", txnid: "MP1" };
    expect(await connection.hear!(call(paymentId.slice(4), body))).toMatchObject({
      isProof: false,
      words: [{ about: "payment", says: "paid", paymentId, amountMinor: 0, sessionId: "" }],
    });
    expect((await connection.hear!(call("", body))).words).toEqual([]);
    for (const wrong of ["{", [], { txnid: "MP1" }])
      await expect(connection.hear!(call("", wrong))).rejects.toMatchObject({ kind: "malformed" });
  });

  test("another payment's page, another client's order and silence say nothing of this one", async () => {
    const connection = connect("secret-of-strangers");
    const asked = order();
    const { sessionId, url } = await connection.open(asked);
    await confirm(url!, "07000003");
    await expect(connection.ask(sessionId, order())).rejects.toMatchObject({ kind: "absent" });
    await expect(connect("secret-of-somebody").ask(sessionId, asked)).rejects.toMatchObject({ kind: "absent" });
    const dearer = sessionId.replace(".1250.", ".9999.");
    await expect(connection.ask(dearer, asked)).rejects.toMatchObject({ kind: "absent" });
    await expect(connection.ask("made up", asked)).rejects.toMatchObject({ kind: "absent" });
    hub.weather.isAway = true;
    await expect(connection.ask(sessionId, asked)).rejects.toMatchObject({ kind: "unavailable" });
    await expect(connect("secret-of-silence").open(order())).rejects.toMatchObject({ kind: "unavailable" });
    hub.weather.isAway = false;
    await expect(connection.open({ ...order(), successUrl: "nowhere" })).rejects.toMatchObject({ kind: "conflict" });
    await expect(connection.open(order(1_251, "MGA"))).rejects.toMatchObject({ kind: "invalid" });
    expect(connection.refund).toBeUndefined();
  });

  test("settings: keys and a country; what is live says so", () => {
    const good = orange.standInSettings("a-secret-of-some-length");
    expect(OrangeSettings.safeParse(good).success).toBe(true);
    for (const wrong of [{ country: "../x" }, { country: "CI" }, { merchantKey: "" }, { surprise: 1 }])
      expect(OrangeSettings.safeParse({ ...good, ...wrong }).success, JSON.stringify(wrong)).toBe(false);
    expect([orange.isLive(good), orange.isLive({ ...good, country: "ci" })]).toEqual([false, true]);
  });
});
