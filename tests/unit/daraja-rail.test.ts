import { serve } from "@hono/node-server";
import { codes } from "currency-codes";
import fc from "fast-check";
import { type Context, Hono } from "hono";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Call, Order, RefundOrder } from "../../functions/payments/rail.ts";
import { instantOf, stampOf } from "../../functions/payments/rails/daraja/amounts.ts";
import { accountReferenceOf, DarajaSettings, daraja } from "../../functions/payments/rails/daraja/index.ts";
import { type StandIns, startStandIns } from "../../functions/payments/stand-in/hub.ts";
import { Fault } from "../../shared/errors.ts";
import { Currency } from "../../shared/money.ts";

interface Said {
  path: string;
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
    heard.push({ path: c.req.path.slice(4), body: await c.req.text() });
    return c.json({ ResultCode: 0 });
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
beforeEach(() => {
  heard.length = 0;
});

const rail = (secret = "one city", more: Partial<DarajaSettings> = {}) =>
  daraja.connect(
    { ...daraja.standInSettings(secret), ...more },
    { now: () => new Date(clock), callbackUrl: address, standIn: `${hub.url}/daraja` },
  );
let count = 0;
const order = (more: Partial<Order> = {}): Order => ({
  paymentId: `pay_01JD8Q6Z3W8M6W1YB1M0Q4S${String(count++).padStart(3, "0")}`,
  reference: "K7M2-9QXR-4",
  amountMinor: 117_000,
  currency: "KES",
  title: "Water",
  lang: "en",
  expiresAt: new Date(clock + 3_600_000).toISOString(),
  msisdn: `+2547100${String(count).padStart(4, "0")}3`,
  successUrl: "http://127.0.0.1:9/back",
  cancelUrl: "http://127.0.0.1:9/pay",
  ...more,
});
const about = ({ paymentId, currency, amountMinor }: Order) => ({ paymentId, currency, amountMinor });
const told = async (kind = ""): Promise<Said[]> => {
  for (let tries = 0; hub.underway() > 0 && tries < 200; tries++) await new Promise((wait) => setTimeout(wait, 5));
  return heard.splice(0).filter(({ path }) => path.startsWith(kind));
};
const call = ({ path, body }: Said): Call => ({ method: "POST", path, headers: new Headers(), body });

describe("the rail of M-Pesa Daraja", () => {
  // Guards against a payment whose number is read from the wrong place, and against a callback that is believed.
  test("a question on the telephone: the callback brings the number, the query says whether", async () => {
    const connection = rail();
    const asked = order();
    const { sessionId } = await connection.open(asked);
    expect(sessionId).toMatch(/^ws_CO_[0-9]+$/);
    const word = await connection.ask(sessionId, about(asked));
    expect(word).toEqual({
      ...{ about: "payment", says: "paid", sessionId, paymentId: asked.paymentId },
      ...{ amountMinor: 117_000, currency: "KES" },
    });
    const [push] = await told("stk/");
    expect(push!.path).toMatch(/^stk\/[0-9a-f]+\/[0-9a-f]{32}$/);
    const { words, isProof } = await connection.hear!(call(push!));
    expect(isProof).toBe(false);
    expect(words).toEqual([{ ...word, providerRef: expect.stringMatching(/^[A-Z0-9]{10}$/) }]);
    // The items come in any order, and a value that is missing is none.
    const turned = JSON.parse(push!.body) as { Body: { stkCallback: { CallbackMetadata: { Item: unknown[] } } } };
    turned.Body.stkCallback.CallbackMetadata.Item.reverse();
    expect((await connection.hear!(call({ ...push!, body: JSON.stringify(turned) }))).words).toEqual(words);
    // Nobody else can ask after it, nor ask for an amount that is not known.
    for (const [other, of] of [
      [rail("another city"), about(asked)],
      [connection, { paymentId: "", currency: "KES" }],
    ] as const)
      await expect(other.ask(sessionId, of)).rejects.toMatchObject({ kind: "absent" });
    await expect(connection.ask("something", about(asked))).rejects.toMatchObject({ kind: "absent" });
  });

  test("cancelled, never answered, busy, and another country's telephone", async () => {
    const connection = rail();
    const cancelled = order({ msisdn: "+254710000001" });
    const silent = order({ msisdn: "+254710000002" });
    const [one, two] = [await connection.open(cancelled), await connection.open(silent)];
    expect(await connection.ask(one.sessionId, about(cancelled))).toMatchObject({ says: "failed", reason: "1032" });
    expect(await connection.ask(two.sessionId, about(silent))).toMatchObject({ says: "open", amountMinor: 0 });
    await expect(connection.open(order({ msisdn: silent.msisdn! }))).rejects.toMatchObject({ kind: "conflict" });
    clock += 61_000;
    expect(await connection.ask(two.sessionId, about(silent))).toMatchObject({ says: "expired", reason: "1037" });
    for (const msisdn of ["+221771234567", "+25420123456", ""])
      await expect(connection.open(order({ msisdn }))).rejects.toMatchObject({ kind: "invalid" });
    hub.weather.isAway = true;
    await expect(connection.open(order())).rejects.toMatchObject({ kind: "unavailable" });
    await expect(connection.ask(one.sessionId, about(cancelled))).rejects.toMatchObject({ kind: "unavailable" });
    hub.weather.isAway = false;
  });

  // Guards against a token that ran out at the provider and is used for ever.
  test("a token that Daraja does not take any more is asked for anew", async () => {
    const connection = rail("tokens");
    const asked = order();
    await connection.open(asked);
    clock += 3_598_000;
    const fresh = rail("tokens");
    clock += 2_000;
    expect((await fresh.open(order())).sessionId).toMatch(/^ws_CO_/);
  });

  // Guards against money that is counted because somebody says so.
  test("money from the telephone's own menu is asked after; the answer comes to an address of its own", async () => {
    const connection = rail("menu");
    expect(await connection.setUp!()).toEqual({});
    const pay = (reference: string, amount = "250") =>
      fetch(`${hub.url}/daraja/_menu`, {
        method: "POST",
        body: JSON.stringify({ to: address, amount, msisdn: "254712345678", reference }),
      });
    const { receipt } = (await (await pay("K7M2-9QXR-4")).json()) as { receipt: string };
    const all = await told();
    const [validation, confirmation] = ["c2b/validation", "c2b/confirmation"].map((path) =>
      all.find((each) => each.path === path),
    );
    const { mayPay } = await connection.hear!(call(validation!));
    expect(mayPay).toMatchObject({ reference: "K7M2-9QXR-4", amountMinor: 25_000, currency: "KES" });
    expect((["yes", "no such bill", "more than is due"] as const).map((verdict) => mayPay!.reply(verdict))).toEqual([
      { ResultCode: 0, ResultDesc: "Accepted" },
      { ResultCode: "C2B00012", ResultDesc: "Invalid Account Number" },
      { ResultCode: "C2B00013", ResultDesc: "Invalid Amount" },
    ]);
    const hint = await connection.hear!(call(confirmation!));
    expect(hint).toMatchObject({
      isProof: false,
      words: [{ sessionId: "", providerRef: receipt, reference: "K7M2-9QXR-4", amountMinor: 25_000 }],
    });
    const asked = await connection.ask(receipt, { paymentId: "", currency: "KES", reference: "K7M2-9QXR-4" });
    expect(asked).toMatchObject({ says: "open", providerRef: receipt });
    const [answer] = await told("status/");
    const proof = await connection.hear!(call(answer!));
    expect(proof).toMatchObject({
      isProof: true,
      words: [{ about: "payment", says: "paid", sessionId: "", providerRef: receipt, reference: "K7M2-9QXR-4" }],
    });
    expect(proof.words[0]).toMatchObject({ amountMinor: 25_000, at: new Date(clock).toISOString() });

    // What was never paid, what somebody else was paid, and what went out of the city's own account is no income.
    await connection.ask("NEVERWAS01", { paymentId: "", currency: "KES" });
    const [never] = await told("status/");
    expect((await connection.hear!(call(never!))).words).toEqual([]);
    const twist = (change: (result: Record<string, unknown>) => void) => {
      const body = JSON.parse(answer!.body) as {
        Result: { ResultParameters: { ResultParameter: { Key: string; Value: unknown }[] } };
      };
      const list = body.Result.ResultParameters.ResultParameter;
      const values = Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));
      change(values);
      body.Result.ResultParameters.ResultParameter = Object.entries(values).map(([Key, Value]) => ({ Key, Value }));
      return call({ ...answer!, body: JSON.stringify(body) });
    };
    for (const change of [
      (of: Record<string, unknown>) =>
        ([of["CreditPartyName"], of["DebitPartyName"]] = [of["DebitPartyName"], of["CreditPartyName"]]),
      (of: Record<string, unknown>) => (of["CreditPartyName"] = "600000 - Somebody else"),
      (of: Record<string, unknown>) => (of["TransactionStatus"] = "Cancelled"),
      (of: Record<string, unknown>) => (of["ReceiptNo"] = "OTHER12345"),
      (of: Record<string, unknown>) => delete of["CreditPartyName"],
    ])
      expect((await connection.hear!(twist((of) => void change(of)))).words).toEqual([]);
    expect((await connection.hear!(call({ ...answer!, path: `${answer!.path}/late` }))).words).toEqual([]);

    // The account reference of a question on the telephone comes back as that payment's own name.
    const order1 = order({ msisdn: "+254711111113" });
    await connection.open(order1);
    const [echo] = await told("c2b/confirmation");
    const { words } = await connection.hear!(call(echo!));
    expect(words[0]!.reference).toBe(connection.alias!(order1));
    await connection.ask(words[0]!.providerRef!, { paymentId: "", currency: "KES", reference: words[0]!.reference! });
    const [known] = await told("status/");
    expect((await connection.hear!(call(known!))).words[0]).toMatchObject({ sessionId: connection.alias!(order1) });

    // The list of what came in: the same words, for who missed all callbacks.
    const lines = await connection.statement!(new Date(clock - 60_000), new Date(clock + 60_000));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toEqual({ ...proof.words[0], at: new Date(clock).toISOString() });
    expect(lines[1]).toMatchObject({ sessionId: connection.alias!(order1), amountMinor: 117_000 });
  });

  // Guards against forged answers: whoever knows the callback address does not know the question's own.
  test("an answer to a question that nobody asked, or to another city's, is refused", async () => {
    const connection = rail("forged");
    const asked = order({ msisdn: "+254712121213" });
    await connection.open(asked);
    const [push] = await told("stk/");
    const [kind = "", text = "", code = ""] = push!.path.split("/");
    for (const path of [
      `${kind}/${text}/${"0".repeat(32)}`,
      `${kind}/${text}/${code.slice(1)}`,
      // As many signs, and more bytes.
      `${kind}/${text}/${"é".repeat(32)}`,
      `${kind}/${text}`,
      `${kind}/${Buffer.from('["pay_x"]').toString("hex")}/${code}`,
      `reversal/${text}/${code}`,
    ])
      await expect(connection.hear!(call({ ...push!, path })), path).rejects.toMatchObject({ kind: "unauthenticated" });
    await expect(rail("other").hear!(call(push!))).rejects.toMatchObject({ kind: "unauthenticated" });
    for (const path of ["", "c2b", "c2b/other", "constructor/x/y"])
      await expect(connection.hear!(call({ ...push!, path }))).rejects.toMatchObject({ kind: "absent" });
    for (const body of ["{}", "[]", "null", '{"Body":{"stkCallback":{}}}'])
      await expect(connection.hear!(call({ ...push!, body }))).rejects.toMatchObject({ kind: "invalid" });
    await expect(connection.hear!(call({ ...push!, body: "no json" }))).rejects.toMatchObject({ kind: "malformed" });
    const confirmation = (more: object) =>
      call({
        path: "c2b/confirmation",
        body: JSON.stringify({ TransID: "ABCDEFGH12", TransAmount: "1.00", BusinessShortCode: "600000", ...more }),
      });
    const { shortcode } = daraja.standInSettings("forged");
    for (const more of [
      {},
      { BusinessShortCode: shortcode, TransAmount: "-5" },
      { BusinessShortCode: shortcode, TransAmount: "1.005" },
      { BusinessShortCode: shortcode, TransID: "../../x" },
    ])
      await expect(connection.hear!(confirmation(more)), JSON.stringify(more)).rejects.toMatchObject({
        kind: "invalid",
      });
  });

  // Guards against money that goes back twice, or by two ways.
  test("a whole payment is reversed, once; a part is paid out, once; each answer tells of its own refund", async () => {
    const connection = rail("refunds");
    const asked = order({ msisdn: "+254713131313" });
    await connection.open(asked);
    const [push] = await told("stk/");
    const { providerRef } = (await connection.hear!(call(push!))).words[0]!;
    const refund = (refundId: string, more: Partial<RefundOrder> = {}): RefundOrder => ({
      ...{ refundId, paymentId: asked.paymentId, sessionId: "ws_CO_1", amountMinor: 117_000, currency: "KES" },
      ...{ cameMinor: 117_000, providerRef: providerRef!, msisdn: asked.msisdn! },
      ...more,
    });
    const wordsOf = async (kind: string) =>
      Promise.all((await told(kind)).map(async (each) => (await connection.hear!(call(each))).words[0]));
    const part = refund("rfd_2", { amountMinor: 50_000 });
    expect(await connection.refund!(part)).toMatchObject({ about: "refund", says: "open", refundId: "rfd_2" });
    // Sent again, as after an answer that was lost.
    expect(await connection.refund!(part)).toMatchObject({ says: "open" });
    const [first, ...more] = await wordsOf("payout/");
    expect(first).toMatchObject({ says: "paid", refundId: "rfd_2", amountMinor: 50_000, paymentId: asked.paymentId });
    expect(more).toEqual([]);
    await connection.askRefund!(part);
    expect(await wordsOf("outcome/")).toMatchObject([{ says: "paid", providerRef: first!.providerRef }]);

    const whole = refund("rfd_1");
    expect(await connection.refund!(whole)).toMatchObject({ says: "open", refundId: "rfd_1" });
    await connection.askRefund!(whole);
    const reversals = await wordsOf("reversal/");
    expect(reversals.map((word) => [word?.says, word?.refundId, word?.amountMinor])).toEqual([
      ["paid", "rfd_1", 117_000],
      ["paid", "rfd_1", 117_000],
    ]);
    // The desk names the telephone: it goes there, also where M-Pesa refuses.
    await connection.refund!(refund("rfd_3", { isToTelephone: true, msisdn: "+254713131311" }));
    expect(await wordsOf("payout/")).toMatchObject([{ says: "failed", refundId: "rfd_3", reason: "2040" }]);
    for (const wrong of [
      refund("rfd_4", { providerRef: "ws_CO_1" }),
      refund("rfd_5", { amountMinor: 900 }),
      refund("rfd_6", { amountMinor: 50_050 }),
    ])
      await expect(connection.refund!(wrong), wrong.refundId).rejects.toBeInstanceOf(Fault);
    const { payout: _none, ...without } = daraja.standInSettings("refunds");
    const onlyWhole = daraja.connect(without, {
      ...{ now: () => new Date(clock), callbackUrl: address, standIn: `${hub.url}/daraja` },
    });
    await expect(onlyWhole.refund!(part)).rejects.toMatchObject({ kind: "conflict" });
  });

  test("whole shillings alone, in every ISO 4217 currency: exact, or refused", () => {
    const connection = rail();
    const currencies = codes().filter((code) => Currency.safeParse(code).success);
    fc.assert(
      fc.property(
        fc.oneof(fc.constant("KES"), fc.constantFrom(...currencies)),
        fc.oneof(
          fc.integer({ min: 1, max: 99_999_999 }),
          fc.integer({ min: 1, max: 300_000 }).map((n) => n * 100),
        ),
        (currency, amountMinor) => {
          const isTaken = currency === "KES" && amountMinor % 100 === 0 && amountMinor <= 25_000_000;
          if (isTaken) expect(() => connection.takes(amountMinor, currency)).not.toThrow();
          else expect(() => connection.takes(amountMinor, currency)).toThrow(Fault);
        },
      ),
    );
  });

  test("names and times as Daraja has them", () => {
    const one = accountReferenceOf({ reference: "K7M2-9QXR-4", paymentId: "pay_1" });
    expect(one).toMatch(/^K7M29QXR4[0-9A-Z]{3}$/);
    expect(accountReferenceOf({ reference: "K7M2-9QXR-4", paymentId: "pay_2" })).not.toBe(one);
    expect(stampOf(new Date("2026-11-23T22:30:05Z"))).toBe("20261124013005");
    for (const said of ["20261124013005", 20_261_124_013_005, "2026-11-24 01:30:05", "2026-11-23T22:30:05Z"])
      expect(instantOf(said)).toBe("2026-11-23T22:30:05.000Z");
    for (const said of ["", "yesterday", "20261399999999", undefined]) expect(instantOf(said)).toBeUndefined();
    const settings = daraja.standInSettings("x");
    expect(DarajaSettings.safeParse(settings).success).toBe(true);
    expect(daraja.isLive(settings)).toBe(false);
    expect(daraja.isLive({ ...settings, environment: "production" })).toBe(true);
    for (const wrong of [{ shortcode: "12" }, { passkey: "" }, { environment: "live" }, { till: "x" }, { more: 1 }])
      expect(DarajaSettings.safeParse({ ...settings, ...wrong }).success).toBe(false);
  });

  test("an address with a word that Safaricom refuses is not registered", async () => {
    const connection = daraja.connect(daraja.standInSettings("x"), {
      now: () => new Date(clock),
      callbackUrl: "https://city.example/cities/rome/webhooks/daraja/mpesa/secret",
      standIn: `${hub.url}/daraja`,
    });
    await expect(connection.setUp!()).rejects.toMatchObject({ kind: "invalid" });
  });
});
