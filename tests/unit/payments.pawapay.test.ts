import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection, Order } from "../../functions/payments/rail.ts";
import { PawapaySettings, pawapay } from "../../functions/payments/rails/pawapay/index.ts";
import { type StandIns, startStandIns } from "../../functions/payments/stand-in/hub.ts";
import { newId } from "../../shared/ids.ts";

let hub: StandIns;
const now = () => new Date("2026-11-25T12:00:00Z");
beforeAll(async () => {
  hub = await startStandIns({ now });
});
afterAll(() => hub.stop());

const CALLBACK = "http://127.0.0.1:9/webhooks/pawapay/wallet/secret";
const connect = (secret: string): Connection =>
  pawapay.connect(pawapay.standInSettings(secret), { now, callbackUrl: CALLBACK, standIn: `${hub.url}/pawapay` });
const order = (msisdn = "+260763456783", amountMinor = 1_250, currency = "ZMW"): Order => ({
  paymentId: newId("pay", now()),
  reference: "K7M2-9QXR-4",
  amountMinor,
  currency,
  title: "City · Water · K7M2-9QXR-4",
  lang: "en",
  expiresAt: "2026-11-25T13:00:00Z",
  msisdn,
  successUrl: "http://127.0.0.1:9/back",
  cancelUrl: "http://127.0.0.1:9/cancel",
});
const kept = async (secret: string, id: string) =>
  (
    (await (
      await fetch(`${hub.url}/pawapay/v2/deposits/${id}`, { headers: { Authorization: `Bearer ${secret}` } })
    ).json()) as { data: Record<string, unknown> }
  ).data;
const call = (body: unknown) => ({
  method: "POST",
  path: "",
  headers: new Headers(),
  body: typeof body === "string" ? body : JSON.stringify(body),
});
const at = (pointer: string) => ({ kind: "invalid", members: { errors: [{ pointer }] } });

describe("the rail of pawaPay", () => {
  test("deposits under a UUID that follows from the payment's id, with the operator of the number", async () => {
    const secret = "token-of-the-shapes";
    const connection = connect(secret);
    const asked = order();
    const { sessionId } = await connection.open(asked);
    expect(sessionId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    // Sent twice, as when the answer was lost: the second is ignored there.
    expect((await connection.open(asked)).sessionId).toBe(sessionId);
    // Should both answers be lost, it is asked after by this.
    expect(connection.alias!(asked)).toBe(sessionId);
    expect(await kept(secret, sessionId)).toMatchObject({
      depositId: sessionId,
      amount: "12.50",
      currency: "ZMW",
      payer: { type: "MMO", accountDetails: { phoneNumber: "260763456783", provider: "MTN_MOMO_ZMB" } },
      clientReferenceId: asked.paymentId,
      customerMessage: "Bill K7M2 9QXR 4",
    });
    const word = await connection.ask(sessionId, asked);
    expect(word).toMatchObject({ says: "paid", amountMinor: 1_250, currency: "ZMW", providerRef: sessionId });
    // What the operator called it is told beside: two operators may give the same number.
    expect(word.reason).toMatch(/^[0-9a-f]{12}$/);
  });

  test("whoever refuses has not paid, whoever does not answer may still", async () => {
    const connection = connect("token-of-the-payers");
    const refused = order("+260763456781");
    const { sessionId: one } = await connection.open(refused);
    expect(await connection.ask(one, refused)).toMatchObject({
      ...{ says: "failed", amountMinor: 0, reason: "PAYMENT_NOT_APPROVED" },
    });
    const silent = order("+260763456782");
    const { sessionId: two } = await connection.open(silent);
    expect((await connection.ask(two, silent)).says).toBe("open");
    await fetch(`${hub.url}/pawapay/_payer/${two}`, { method: "POST", body: JSON.stringify({ does: "pay" }) });
    expect((await connection.ask(two, silent)).says).toBe("paid");
  });

  // Guards against an amount that somebody rounds: each operator has its own rule about decimals.
  test("whole amounts go to all, fractions only where the operator takes them", async () => {
    const secret = "token-of-decimals";
    const connection = connect(secret);
    const whole = order("+254712345673", 1_200, "KES");
    expect((await kept(secret, (await connection.open(whole)).sessionId))["amount"]).toBe("12");
    await expect(connection.open(order("+254712345673", 1_250, "KES"))).rejects.toMatchObject(at("#/amountMinor"));
    const francs = order("+22507123456783", 1_250, "XOF");
    expect((await kept(secret, (await connection.open(francs)).sessionId))["amount"]).toBe("1250");
    expect(() => connection.takes(1_250, "EUR")).toThrow(expect.objectContaining({ kind: "invalid" }));
  });

  test("refusals have the field that they are about; silence is `unavailable`", async () => {
    const connection = connect("token-of-refusals");
    await expect(connection.open(order("+33612345678"))).rejects.toMatchObject(at("#/msisdn"));
    await expect(connection.open(order("+260763456783", 99))).rejects.toMatchObject(at("#/amountMinor"));
    await expect(connection.open(order("+260763456783", 100, "GHS"))).rejects.toMatchObject(at("#/currency"));
    const { msisdn: _none, ...without } = order();
    await expect(connection.open(without)).rejects.toMatchObject(at("#/msisdn"));
    await expect(connect("short").open(order())).rejects.toMatchObject({ kind: "unavailable" });
    const asked = order();
    const { sessionId } = await connection.open(asked);
    hub.weather.isAway = true;
    await expect(connection.open(order())).rejects.toMatchObject({ kind: "unavailable" });
    await expect(connection.ask(sessionId, asked)).rejects.toMatchObject({ kind: "unavailable" });
    hub.weather.isAway = false;
    // Another merchant's, and another payment's.
    await expect(connect("token-of-another-one").ask(sessionId, asked)).rejects.toMatchObject({ kind: "absent" });
    await expect(connection.ask(sessionId, order())).rejects.toMatchObject({ kind: "absent" });
  });

  test("gives back in parts, once for each refund, and never more than was paid", async () => {
    const connection = connect("token-of-refunds");
    const asked = order();
    const { sessionId } = await connection.open(asked);
    const refund = {
      ...{ refundId: newId("rfd", now()), paymentId: asked.paymentId, sessionId },
      ...{ amountMinor: 1_000, currency: "ZMW" },
    };
    await expect(connection.askRefund!(refund)).rejects.toMatchObject({ kind: "absent" });
    const done = await connection.refund!(refund);
    expect(done).toMatchObject({ about: "refund", says: "paid", amountMinor: 1_000, paymentId: asked.paymentId });
    expect(done.providerRef).not.toBe(sessionId);
    expect(await connection.refund!(refund)).toEqual(done);
    // What waits is known by its number alone.
    const waits = { ...refund, refundId: newId("rfd", now()), sessionId: "", providerRef: sessionId, amountMinor: 1 };
    expect(await connection.refund!(waits)).toMatchObject({ says: "paid", amountMinor: 1 });
    const more = { ...refund, refundId: newId("rfd", now()), amountMinor: 251 };
    await expect(connection.refund!(more)).rejects.toMatchObject({ kind: "conflict" });
    const nothing = { ...more, sessionId: "f4401bd2-1568-4140-bf2d-eb77d2b2b639" };
    await expect(connection.refund!(nothing)).rejects.toMatchObject({ kind: "conflict" });
  });

  test("a callback is a hint alone, whatever it says was paid", async () => {
    const connection = connect("token-of-callbacks");
    const asked = order();
    const { sessionId: depositId } = await connection.open(asked);
    const body = {
      depositId,
      status: "COMPLETED",
      amount: "9999",
      currency: "ZMW",
      clientReferenceId: asked.paymentId,
    };
    expect(await connection.hear!(call(body))).toMatchObject({
      isProof: false,
      words: [{ about: "payment", says: "paid", sessionId: depositId, paymentId: asked.paymentId, amountMinor: 0 }],
    });
    // What nobody here asked for is not asked after: pawaPay has no menu by which somebody could begin a payment.
    const { amountMinor: _unknown, ...about } = asked;
    await expect(connection.ask(depositId, about)).rejects.toMatchObject({ kind: "absent" });
    const { depositId: refundId, ...rest } = body;
    const back = { ...rest, refundId, clientReferenceId: "rfd_1" };
    expect((await connection.hear!(call(back))).words).toMatchObject([{ about: "refund", refundId: "rfd_1" }]);
    for (const wrong of ["{", [], rest, { ...body, refundId }, { ...body, depositId: "1" }])
      await expect(connection.hear!(call(wrong))).rejects.toMatchObject({ kind: "malformed" });
  });

  test("a statement is asked for of each wallet, is there later, and tells deposits, refunds and what was kept", async () => {
    const secret = "token-of-statements";
    const connection = connect(secret);
    const zambian = order("+260763456783", 125_050);
    const { sessionId } = await connection.open(zambian);
    const refund = { refundId: newId("rfd", now()), paymentId: zambian.paymentId, sessionId };
    const back = await connection.refund!({ ...refund, amountMinor: 1_000, currency: "ZMW" });
    const rwandan = await connection.open(order("+250783456783", 700, "RWF"));
    await connection.open(order("+260763456781", 300));
    const later = pawapay.connect(pawapay.standInSettings(secret), {
      ...{ now: () => new Date("2026-11-25T13:00:00Z"), callbackUrl: CALLBACK, standIn: `${hub.url}/pawapay` },
    });
    const kept: Record<string, string>[] = [{}];
    const read = () =>
      later.statementMade!(new Date("2026-11-24T00:00:00Z"), new Date("2026-11-27T00:00:00Z"), {
        names: kept.at(-1)!,
        keep: async (names) => void kept.push(names),
      });
    expect(await read()).toBeUndefined();
    expect(Object.keys(kept[1]!)).toEqual(["ZMB ZMW", "RWA RWF"]);
    const at = "2026-11-25T12:00:00.000Z";
    expect(await read()).toEqual([
      // One in a hundred of 1250.50, in whole kwachas, on a line of its own.
      {
        ...{ about: "payment", says: "paid", sessionId, providerRef: sessionId, at },
        ...{ amountMinor: 125_050, feeMinor: 1_200, currency: "ZMW" },
      },
      {
        ...{ about: "refund", says: "paid", sessionId: back.providerRef, providerRef: back.providerRef, at },
        ...{ amountMinor: 1_000, currency: "ZMW" },
      },
      {
        ...{ about: "payment", says: "paid", sessionId: rwandan.sessionId, providerRef: rwandan.sessionId, at },
        ...{ amountMinor: 700, feeMinor: 7, currency: "RWF" },
      },
    ]);
    // No second one was ordered for it; one that pawaPay does not know any more is.
    expect(kept[2]).toEqual(kept[1]);
    kept.push({ ...kept[1], "ZMB ZMW": "f4401bd2-1568-4140-bf2d-eb77d2b2b639" });
    expect(await read()).toBeUndefined();
    expect(await read()).toBeUndefined();
    expect(await read()).toHaveLength(3);
    // That it is there is no word about money.
    expect((await connection.hear!(call({ statementId: kept[1]!["ZMB ZMW"], status: "COMPLETED" }))).words).toEqual([]);
  });

  test("settings: a token and where it is for; what is live says so", () => {
    const good = pawapay.standInSettings("a-token-of-some-length");
    expect(PawapaySettings.safeParse(good).success).toBe(true);
    for (const wrong of [{ apiToken: "Bearer eyJhbGciOi" }, { environment: "live" }, { surprise: 1 }])
      expect(PawapaySettings.safeParse({ ...good, ...wrong }).success, JSON.stringify(wrong)).toBe(false);
    expect([pawapay.isLive(good), pawapay.isLive({ ...good, environment: "production" })]).toEqual([false, true]);
  });
});
