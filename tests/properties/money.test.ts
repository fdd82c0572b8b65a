import fc from "fast-check";
import { expect, test } from "vitest";
import { decimalOf, exponentOf, formatMoney, split } from "../../shared/money.ts";

const amount = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const weights = fc
  .array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 40 })
  .filter((ws) => ws.some((w) => w > 0));
const sum = (ns: readonly number[]) => ns.reduce((a, n) => a + BigInt(n), 0n);

// Guards against money that appears or vanishes when a bill is divided.
test("the parts of an amount add up to it, and none is a unit away from its share", () => {
  fc.assert(
    fc.property(amount, weights, (total, ws) => {
      const parts = split(total, ws);
      expect(sum(parts)).toBe(BigInt(total));
      parts.forEach((part, i) => {
        const off = BigInt(part) * sum(ws) - BigInt(total) * BigInt(ws[i]!);
        expect(off > -sum(ws) && off < sum(ws)).toBe(true);
      });
    }),
  );
});

// Guards against charging a hundredfold where the currency has no cents.
test.each([
  ["XOF", 0, "1250"],
  ["JPY", 0, "1250"],
  ["EUR", 2, "12.50"],
  ["MAD", 2, "12.50"],
  ["TND", 3, "1.250"],
])("%s has %i decimals", (currency, exponent, written) => {
  expect(exponentOf(currency)).toBe(exponent);
  expect(decimalOf(1250, currency)).toBe(written);
});

test("an amount is written exactly, however large, in each language", () => {
  expect(formatMoney(9_007_199_254_740_991, "EUR", "en")).toBe("€90,071,992,547,409.91");
  expect(formatMoney(1250, "XOF", "fr")).toMatch(/^1\s250\sF\sCFA$/u);
  expect(formatMoney(-5, "TND", "en")).toContain("0.005");
});

test("what ISO 4217 does not list is a bug in the caller", () => {
  expect(() => exponentOf("BTC")).toThrow(RangeError);
  expect(() => split(1, [0])).toThrow(RangeError);
  expect(() => split(0.5, [1])).toThrow(RangeError);
});
