import fc from "fast-check";
import { expect, test } from "vitest";
import { latinDigits, minorOf, positiveMinorOf } from "../../shared/amounts.ts";
import { Fault } from "../../shared/errors.ts";
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

const arabic = (text: string) =>
  text.replace(/\d/g, (digit) => String.fromCodePoint(0x0660 + Number(digit))).replace(".", "٫");

// Guards against a refund of a hundredfold: an amount is typed as people write it, not in cents.
test("an amount typed in the main unit is exactly its minor units, in every currency and script", () => {
  fc.assert(
    fc.property(fc.nat(10 ** 12), fc.constantFrom("EUR", "XOF", "TND", "MGA", "JPY"), (amountMinor, currency) => {
      const typed = decimalOf(amountMinor, currency);
      const [whole = "", fraction] = typed.split(".");
      const grouped = (sign: string) => whole.replace(/\B(?=(\d{3})+$)/g, sign);
      const more = (sign: string) => (fraction === undefined ? "" : `${sign}${fraction}`);
      const said = [typed, typed.replace(".", ","), arabic(typed), `${grouped("\u202f")}${more(",")}`];
      if (fraction !== undefined || amountMinor < 1000)
        said.push(`${grouped(".")}${more(",")}`, `${grouped(",")}${more(".")}`);
      for (const one of said) expect(minorOf(one, currency, "a"), one).toBe(amountMinor);
    }),
  );
});

test.each([
  ["12,50", "EUR", 1250],
  ["12.5", "EUR", 1250],
  ["١٢٫٥٠", "EUR", 1250],
  ["۱۲٫۵", "EUR", 1250],
  ["١٬٢٣٤٫٥٠", "EUR", 123_450],
  ["1’234.50", "CHF", 123_450],
  ["1.234.567", "EUR", 123_456_700],
  ["1.500", "XOF", 1500],
  ["1 500", "XOF", 1500],
  ["1.234", "TND", 1234],
])("%s %s is %i", (typed, currency, amountMinor) => expect(minorOf(typed, currency, "a")).toBe(amountMinor));

// Guards against a guess: what may be read in two ways is asked for again.
test("what is no amount of the currency is refused at its field", () => {
  const wrong = ["", "x", "-1", "1e3", "1,2,3", "1,234", "1.234", "1.2.3", "12,345,6", "0x10", "١٢x", "9".repeat(14)];
  for (const typed of wrong) expect(() => minorOf(typed, "EUR", "a"), typed).toThrow(Fault);
  for (const typed of ["1.0", "1,5", "1.50"]) expect(() => minorOf(typed, "XOF", "a"), typed).toThrow(Fault);
  for (const typed of ["0", "0,00"]) expect(() => positiveMinorOf(typed, "EUR", "a"), typed).toThrow(Fault);
  expect(latinDigits("٣ of ۴ x")).toBe("3 of 4 x");
});
