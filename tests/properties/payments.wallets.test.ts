import { codes } from "currency-codes";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Connection } from "../../functions/payments/rail.ts";
import { GSMA_EXPONENTS, gsma } from "../../functions/payments/rails/gsma/index.ts";
import { ORANGE_EXPONENTS, orange } from "../../functions/payments/rails/orange/index.ts";
import { PAWAPAY_EXPONENTS, pawapay } from "../../functions/payments/rails/pawapay/index.ts";
import { fromDecimal, toDecimal } from "../../functions/payments/rails/wire.ts";
import { Fault } from "../../shared/errors.ts";
import { Currency, decimalOf } from "../../shared/money.ts";

const home = { now: () => new Date(0), callbackUrl: "https://city.example/callback", standIn: "http://127.0.0.1:9" };
const SECRET = "a-secret-of-some-length";
const rails = {
  gsma: { exponents: GSMA_EXPONENTS, connection: gsma.connect(gsma.standInSettings(SECRET), home) },
  pawapay: { exponents: PAWAPAY_EXPONENTS, connection: pawapay.connect(pawapay.standInSettings(SECRET), home) },
  orange: { exponents: ORANGE_EXPONENTS, connection: orange.connect(orange.standInSettings(SECRET), home) },
};
const currencies = codes().filter((code) => Currency.safeParse(code).success);
const takes = (connection: Connection, amountMinor: number, currency: string): boolean => {
  try {
    connection.takes(amountMinor, currency);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    return false;
  }
};

// Guards against a hundredfold charge in currencies without cents, and against one that is rounded.
describe.each(Object.entries(rails))("amounts at %s", (_name, { exponents, connection }) => {
  test("in every ISO 4217 currency an amount is written exactly and comes back the same, or is refused", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...currencies),
        fc.oneof(
          fc.integer({ min: 1, max: 99_999_999 }),
          fc.integer({ min: 1, max: 99_999 }).map((n) => n * 100),
        ),
        (currency, amountMinor) => {
          if (!takes(connection, amountMinor, currency)) return;
          const written = toDecimal(amountMinor, currency, exponents);
          expect(written).toMatch(/^(0|[1-9][0-9]*)(\.[0-9]{1,4})?$/);
          expect(fromDecimal(written, currency)).toBe(amountMinor);
          // The same number as our own: whole francs are francs, and never hundredths of them.
          expect(Number(written)).toBe(Number(decimalOf(amountMinor, currency)));
        },
      ),
      { numRuns: 1_000 },
    );
  });
  test("what is no amount is refused in each of them", () => {
    for (const currency of currencies)
      for (const amountMinor of [0, -1, 1.5, Number.NaN, 1e15])
        expect(takes(connection, amountMinor, currency), `${amountMinor} ${currency}`).toBe(false);
  });
});

test("the providers' own rules, by name", () => {
  const written = (rail: keyof typeof rails, amountMinor: number, currency: string) =>
    takes(rails[rail].connection, amountMinor, currency)
      ? toDecimal(amountMinor, currency, rails[rail].exponents)
      : "refused";
  for (const currency of ["XOF", "XAF", "GNF", "RWF", "UGX", "JPY"])
    expect(written("gsma", 1_250, currency)).toBe("1250");
  expect(written("gsma", 1_250, "TND")).toBe("1.250");
  expect(written("gsma", 1_250, "EUR")).toBe("12.50");
  // A fifth of an ariary is no decimal of one.
  for (const currency of ["MGA", "MRU"]) {
    expect(written("gsma", 1_200, currency)).toBe("12");
    expect(written("gsma", 1_220, currency)).toBe("refused");
  }
  expect(written("pawapay", 1_250, "RWF")).toBe("1250");
  expect(written("pawapay", 1_250, "ZMW")).toBe("12.50");
  expect(written("pawapay", 1_250, "EUR")).toBe("refused");
  expect(written("orange", 1_250, "GNF")).toBe("1250");
  expect(written("orange", 1_200, "MGA")).toBe("12");
  expect(written("orange", 1_250, "MGA")).toBe("refused");
  expect(written("orange", 1_250, "TND")).toBe("refused");
  expect(written("orange", 2_000, "TND")).toBe("2");
});
