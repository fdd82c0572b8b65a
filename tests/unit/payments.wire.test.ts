import { serve } from "@hono/node-server";
import { codes } from "currency-codes";
import fc from "fast-check";
import { type Context, Hono } from "hono";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { asked, fromDecimal, readAs, toDecimal, uuidOf, withToken } from "../../functions/payments/rails/wire.ts";
import { Fault } from "../../shared/errors.ts";
import { Currency, exponentOf } from "../../shared/money.ts";

let says: (c: Context) => Response | Promise<Response> = (c) => c.json({});
let url = "";
let server: ReturnType<typeof serve>;
beforeAll(async () => {
  const app = new Hono().all("*", (c) => says(c));
  await new Promise<void>((ready) => {
    server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
      url = `http://127.0.0.1:${port}`;
      ready();
    });
  });
});
afterAll(() => server.close());

describe("what a provider is asked", () => {
  // Guards against a refusal that is taken for silence, and a silence that is taken for a refusal.
  test("a refusal is an answer, and silence is not", async () => {
    says = async (c) => c.json({ got: await c.req.json(), method: c.req.method }, 400);
    expect(await asked(url, { method: "POST", json: { a: 1 } })).toMatchObject({
      status: 400,
      body: { got: { a: 1 }, method: "POST" },
    });
    says = (c) => c.json({ errorCode: "500.001.1001" }, 500);
    expect(await asked(url, { answersWith: [500] })).toMatchObject({ status: 500 });
    for (const silence of [
      (c: Context) => c.json({}, 500),
      (c: Context) => c.text("", 503),
      (c: Context) => c.json({}, 429),
      (c: Context) => c.redirect("http://127.0.0.1:9/elsewhere"),
    ]) {
      says = silence;
      await expect(asked(url)).rejects.toMatchObject({ kind: "unavailable" });
    }
    await expect(asked("http://127.0.0.1:9/")).rejects.toMatchObject({ kind: "unavailable" });
    says = (c) => c.text("<html>");
    const page = await asked(url);
    expect(() => readAs(z.object({ id: z.string() }), page)).toThrow(Fault);
  });

  // Guards against one city's token in another city's hands, and against a token that is used beyond its hour.
  test("a token is kept for its time, for who has its keys, and made anew when it is refused", async () => {
    let clock = 0;
    let made = 0;
    let valid = "";
    const source = {
      now: () => new Date(clock),
      fetchToken: async () => {
        valid = `t${++made}`;
        return { value: valid, expiresInS: 3_600 };
      },
    };
    const seen: string[] = [];
    const ask = async (token: string) => {
      seen.push(token);
      return { status: token === valid ? 200 : 401, headers: new Headers(), body: undefined };
    };
    await Promise.all([withToken(["a", "1"], source, ask), withToken(["a", "1"], source, ask)]);
    expect(seen).toEqual(["t1", "t1"]);
    clock += 3_500_000;
    await withToken(["a", "1"], source, ask);
    clock += 60_000;
    await withToken(["a", "1"], source, ask);
    await withToken(["a", "2"], source, ask);
    expect(seen.slice(2)).toEqual(["t1", "t2", "t3"]);
    // The provider has forgotten the first one's token meanwhile.
    expect(await withToken(["a", "1"], source, ask)).toMatchObject({ status: 200 });
    expect(seen.slice(5)).toEqual(["t2", "t4"]);
    const refusing = withToken(["b"], source, async () => ({ status: 401, headers: new Headers(), body: undefined }));
    await expect(refusing).rejects.toMatchObject({ kind: "unavailable" });
    const broken = { ...source, fetchToken: () => Promise.reject(new Fault("unavailable", "Away.")) };
    await expect(withToken(["c"], broken, ask)).rejects.toMatchObject({ kind: "unavailable" });
    expect(await withToken(["c"], source, ask)).toMatchObject({ status: 200 });
  });

  test("one id has one UUID, of the version that providers demand", () => {
    expect(uuidOf("payment", "pay_1")).toBe(uuidOf("payment", "pay_1"));
    expect(uuidOf("payment", "pay_1")).not.toBe(uuidOf("refund", "pay_1"));
    expect(z.uuid({ version: "v4" }).safeParse(uuidOf("payment", "pay_1")).success).toBe(true);
  });
});

describe("amounts on the wire", () => {
  // Guards against a hundredfold charge, and against a sum that was rounded.
  test("what a provider takes comes back the same, whatever its own decimals; the rest is refused", () => {
    const currencies = codes().filter((code) => Currency.safeParse(code).success);
    fc.assert(
      fc.property(
        fc.constantFrom(...currencies),
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 1, max: 1_000_000_000_000 }),
        (currency, exponent, amountMinor) => {
          const less = exponentOf(currency) - exponent;
          const isExact = less <= 0 || amountMinor % 10 ** less === 0;
          if (!isExact) {
            expect(() => toDecimal(amountMinor, currency, { [currency]: exponent })).toThrow(Fault);
            return;
          }
          const there = toDecimal(amountMinor, currency, { [currency]: exponent });
          expect(there).toMatch(exponent === 0 ? /^[0-9]+$/ : new RegExp(`^[0-9]+\\.[0-9]{${exponent}}$`));
          expect(fromDecimal(there, currency)).toBe(amountMinor);
        },
      ),
    );
  });

  test("by name", () => {
    const exponents = { EUR: 2, XOF: 0, UGX: 2, MGA: 0 };
    expect(toDecimal(5, "EUR", exponents)).toBe("0.05");
    expect(toDecimal(1_250, "XOF", exponents)).toBe("1250");
    expect(toDecimal(1_250, "UGX", exponents)).toBe("1250.00");
    expect(toDecimal(125_000, "MGA", exponents)).toBe("1250");
    expect(() => toDecimal(125_020, "MGA", exponents)).toThrow(/exactly/);
    for (const currency of ["USD", "toString"]) expect(() => toDecimal(1, currency, exponents)).toThrow(Fault);
    for (const amount of [0, -1, 1.5, Number.NaN, 2e12])
      expect(() => toDecimal(amount, "EUR", exponents)).toThrow(Fault);
    expect(fromDecimal("12.5", "EUR")).toBe(1_250);
    expect(fromDecimal(12.5, "EUR")).toBe(1_250);
    expect(fromDecimal("12.500", "EUR")).toBe(1_250);
    expect(fromDecimal("1250.00", "XOF")).toBe(1_250);
    for (const wrong of ["12.505", "-1", "1e3", "", "12,50", " 1", "NaN", 1e21, Number.NaN, "9".repeat(15)])
      expect(() => fromDecimal(wrong, "EUR"), String(wrong)).toThrow(Fault);
    expect(() => fromDecimal("1.5", "XOF")).toThrow(Fault);
    expect(() => fromDecimal("1", "NOPE")).toThrow(Fault);
  });
});
