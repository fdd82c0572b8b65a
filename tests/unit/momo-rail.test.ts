import { serve } from "@hono/node-server";
import { codes } from "currency-codes";
import fc from "fast-check";
import { type Context, Hono } from "hono";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Call, Order } from "../../functions/payments/rail.ts";
import { EXPONENTS } from "../../functions/payments/rails/momo/amounts.ts";
import { MomoSettings, momo } from "../../functions/payments/rails/momo/index.ts";
import { fromDecimal, uuidOf } from "../../functions/payments/rails/wire.ts";
import { type StandIns, startStandIns } from "../../functions/payments/stand-in/hub.ts";
import { Fault } from "../../shared/errors.ts";
import { Currency } from "../../shared/money.ts";

interface Said {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}
let clock = Date.parse("2026-11-23T12:00:00Z");
let hub: StandIns;
let ear: ReturnType<typeof serve>;
let address = "";
const heard: Said[] = [];
beforeAll(async () => {
  hub = await startStandIns({ now: () => new Date(clock) });
  const app = new Hono().all("*", async (c: Context) => {
    heard.push({ method: c.req.method, url: c.req.path, headers: c.req.header(), body: await c.req.text() });
    return c.json({});
  });
  await new Promise<void>((ready) => {
    ear = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
      address = `http://127.0.0.1:${port}/cb`;
      ready();
    });
  });
});
afterAll(async () => {
  ear.close();
  await hub.stop();
});

const connection = (secret = "one city", more: Partial<MomoSettings> = {}) =>
  momo.connect(
    { ...momo.standInSettings(secret), ...more },
    { now: () => new Date(clock), callbackUrl: address, standIn: `${hub.url}/momo` },
  );
let count = 0;
const order = (more: Partial<Order> = {}): Order => ({
  paymentId: `pay_01JD8Q6Z3W8M6W1YB1M0Q4S${String(count++).padStart(3, "0")}`,
  reference: "K7M2-9QXR-4",
  amountMinor: 1_250,
  currency: "XOF",
  title: "Thiès · Eau · K7M2-9QXR-4",
  lang: "fr",
  expiresAt: new Date(clock + 3_600_000).toISOString(),
  msisdn: "+22507000003",
  successUrl: "http://127.0.0.1:9/back",
  cancelUrl: "http://127.0.0.1:9/pay",
  ...more,
});
const about = (of: Order) => ({ paymentId: of.paymentId, currency: of.currency });
const told = async (): Promise<Said[]> => {
  for (let tries = 0; hub.underway() > 0 && tries < 100; tries++) await new Promise((wait) => setTimeout(wait, 5));
  return heard.splice(0);
};
const call = ({ url, body, method }: Said): Call => ({ method, path: url.slice(4), headers: new Headers(), body });

describe("the rail of MTN MoMo", () => {
  // Guards against a telephone that is asked twice for one payment.
  test("the same order is one request to pay, whose UUID follows from the payment's id", async () => {
    const rail = connection();
    const asked = order();
    const { sessionId } = await rail.open(asked);
    expect(sessionId).toBe(uuidOf("momo payment", asked.paymentId));
    expect(rail.alias!(asked)).toBe(sessionId);
    expect(await rail.open(asked)).toEqual({ sessionId });
    const word = await rail.ask(sessionId, about(asked));
    expect(word).toMatchObject({ about: "payment", says: "paid", paymentId: asked.paymentId, amountMinor: 1_250 });
    expect(word.providerRef).toMatch(/^[0-9]{10}$/);
    const calls = await told();
    expect(calls).toHaveLength(1);
    expect(JSON.parse(calls[0]!.body)).toEqual({
      amount: "1250",
      currency: "XOF",
      externalId: asked.paymentId,
      payer: { partyIdType: "MSISDN", partyId: "22507000003" },
      payerMessage: "Thies Eau K7M2-9QXR-4",
      payeeNote: "K7M2-9QXR-4",
      financialTransactionId: word.providerRef,
      status: "SUCCESSFUL",
    });
    // What comes back is a hint alone, whatever it says.
    const forged = { ...calls[0]!, body: JSON.stringify({ status: "SUCCESSFUL", externalId: "pay_x", amount: "9" }) };
    for (const each of [calls[0]!, forged]) {
      const { words, isProof } = await rail.hear!(call(each));
      expect(isProof).toBe(false);
      expect(words).toEqual([
        { about: "payment", says: "paid", sessionId, amountMinor: 0, currency: each === forged ? "" : "XOF" },
      ]);
    }
  });

  test("a payer who refuses, who never answers, and whom MTN does not know", async () => {
    const rail = connection();
    const refused = order({ msisdn: "+22507000001" });
    const silent = order({ msisdn: "+22507000002" });
    const [one, other] = [await rail.open(refused), await rail.open(silent)];
    expect(await rail.ask(one.sessionId, about(refused))).toMatchObject({
      says: "failed",
      amountMinor: 0,
      reason: "APPROVAL_REJECTED",
    });
    expect(await rail.ask(other.sessionId, about(silent))).toMatchObject({ says: "open" });
    clock += 16 * 60_000;
    expect(await rail.ask(other.sessionId, about(silent))).toMatchObject({ says: "expired", reason: "EXPIRED" });
    for (const unknown of [uuidOf("momo payment", "nobody"), "x", "../../token"])
      await expect(rail.ask(unknown, about(silent))).rejects.toMatchObject({ kind: "absent" });
    // Another city's keys do not see it.
    await expect(connection("another city").ask(one.sessionId, about(refused))).rejects.toMatchObject({
      kind: "absent",
    });
    await expect(rail.open({ ...order(), msisdn: undefined } as never)).rejects.toMatchObject({ kind: "conflict" });
    await told();
  });

  // Guards against more going back than came in.
  test("a refund goes back once, in parts, and never more than was paid; other money goes to a telephone", async () => {
    const rail = connection();
    const asked = order({ currency: "GHS" });
    const { sessionId } = await rail.open(asked);
    const refund = (refundId: string, amountMinor: number, more = {}) => ({
      ...{ refundId, paymentId: asked.paymentId, sessionId, amountMinor, currency: "GHS" },
      ...more,
    });
    for (let i = 0; i < 2; i++)
      expect(await rail.refund!(refund("rfd_1", 1_000))).toMatchObject({
        ...{ about: "refund", says: "paid", refundId: "rfd_1", paymentId: asked.paymentId, amountMinor: 1_000 },
      });
    expect(await rail.askRefund!(refund("rfd_1", 1_000))).toMatchObject({ says: "paid" });
    expect(await rail.refund!(refund("rfd_2", 251))).toMatchObject({ says: "failed", amountMinor: 0 });
    expect(await rail.refund!(refund("rfd_3", 250))).toMatchObject({ says: "paid", amountMinor: 250 });
    const other = { sessionId: "", msisdn: "+233240000003" };
    expect(await rail.refund!(refund("rfd_4", 50, other))).toMatchObject({ says: "paid", refundId: "rfd_4" });
    await expect(rail.refund!(refund("rfd_5", 50, { sessionId: "" }))).rejects.toMatchObject({ kind: "conflict" });
    await expect(rail.askRefund!(refund("rfd_6", 50))).rejects.toMatchObject({ kind: "absent" });
    const calls = (await told()).filter(({ url }) => !url.includes("requesttopay"));
    const heardOf = await Promise.all(calls.map(async (each) => (await rail.hear!(call(each))).words[0]));
    expect(heardOf.map((word) => word?.refundId)).toEqual(["rfd_1", "rfd_2", "rfd_3", "rfd_4"]);
    const { collection, targetEnvironment } = momo.standInSettings("x");
    const noRefunds = momo.connect(
      { collection, targetEnvironment },
      {
        ...{ now: () => new Date(clock), callbackUrl: address, standIn: `${hub.url}/momo` },
      },
    );
    expect(noRefunds.refund).toBeUndefined();
  });

  test("what is no callback of MTN's is refused, and silence is told from a refusal", async () => {
    const rail = connection();
    const path = `requesttopay/${uuidOf("a", "b")}`;
    const hear = (more: Partial<Call>) =>
      rail.hear!({ method: "PUT", path, headers: new Headers(), body: '{"status":"SUCCESSFUL"}', ...more });
    for (const elsewhere of ["", "requesttopay", "requesttopay/x", "constructor/y", `other/${uuidOf("a", "b")}`])
      await expect(hear({ path: elsewhere })).rejects.toMatchObject({ kind: "absent" });
    await expect(hear({ body: "no json" })).rejects.toMatchObject({ kind: "malformed" });
    for (const body of ["{}", "[]", '{"status":1}', "null"])
      await expect(hear({ body })).rejects.toMatchObject({ kind: "invalid" });
    hub.weather.isAway = true;
    await expect(rail.open(order())).rejects.toMatchObject({ kind: "unavailable" });
    await expect(rail.ask(uuidOf("a", "b"), about(order()))).rejects.toMatchObject({ kind: "unavailable" });
    hub.weather.isAway = false;
  });

  test("its own rules of amounts, in every ISO 4217 currency: exact, or refused", () => {
    const rail = connection();
    const currencies = codes().filter((code) => Currency.safeParse(code).success);
    fc.assert(
      fc.property(fc.constantFrom(...currencies), fc.integer({ min: 1, max: 99_999_999 }), (currency, amountMinor) => {
        if (currency in EXPONENTS) expect(() => rail.takes(amountMinor, currency)).not.toThrow();
        else expect(() => rail.takes(amountMinor, currency)).toThrow(Fault);
      }),
    );
    const own = momo.connect(momo.standInSettings("x"), {
      ...{ now: () => new Date(clock), callbackUrl: address, standIn: undefined },
    });
    expect(() => own.takes(1, "EUR")).not.toThrow();
    expect(() => own.takes(1, "XOF")).toThrow(Fault);
    expect(fromDecimal("12.5", "GHS")).toBe(1_250);
  });

  test("a live environment is known as such, and wrong keys are named", () => {
    const settings = momo.standInSettings("x");
    expect(momo.isLive(settings)).toBe(false);
    expect(momo.isLive({ ...settings, targetEnvironment: "mtncameroon" })).toBe(true);
    for (const wrong of [
      { ...settings, targetEnvironment: "mtnatlantis" },
      { ...settings, collection: { ...settings.collection, apiUser: "me" } },
      { ...settings, collection: { ...settings.collection, apiKey: "short" } },
      { ...settings, surprise: 1 },
    ])
      expect(MomoSettings.safeParse(wrong).success).toBe(false);
  });
});
