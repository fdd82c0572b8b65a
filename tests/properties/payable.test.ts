import { codes } from "currency-codes";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { charge, chargeFlat } from "../../functions/billing/charging.ts";
import { parted } from "../../functions/billing/instalments.ts";
import { TariffPart } from "../../functions/billing/tariff.ts";
import { FlatTariff } from "../../functions/billing/terms-schema.ts";
import { coinsOf } from "../../functions/counter/domain.ts";
import { feeFor } from "../../functions/payments/domain.ts";
import { rails } from "../../functions/payments/rails.ts";
import { amountOf, remittedOf } from "../../functions/penalties/domain.ts";
import { starter } from "../../marketplace/cli/starter.ts";
import { Fault } from "../../shared/errors.ts";
import { Currency, exponentOf } from "../../shared/money.ts";
import { demandMovable, movable, payable, payableUnit, railUnit } from "../../shared/payable.ts";

const home = { now: () => new Date(0), callbackUrl: "https://city.example/callback", standIn: "http://127.0.0.1:9" };
const connections = [...rails].map(
  ([name, rail]) => [name, rail.connect(rail.standInSettings("a-secret-of-some-length"), home)] as const,
);
const currencies = codes().filter((code) => Currency.safeParse(code).success);
const currency = fc.constantFrom(...currencies);

const takes = (name: string, amountMinor: number, code: string): boolean => {
  try {
    connections.find(([one]) => one === name)![1].takes(amountMinor, code);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    return false;
  }
};
/** Orange takes whole amounts alone, and these units are worth too much to round a bill to. */
const BY_CHANCE = "BWP JOD MAD TND USD".split(" ");
/** The rails that take a currency at all: some power of ten of its minor units. */
const railsOf = new Map(
  currencies.map((code) => [
    code,
    connections
      .map(([name]) => name)
      .filter((name) => [0, 1, 2, 3, 4, 5].some((power) => takes(name, 10 ** power, code)))
      .filter((name) => name !== "orange" || !BY_CHANCE.includes(code)),
  ]),
);
const expectPaid = (amountMinor: number, code: string) => {
  expect(amountMinor % payableUnit(code), `${amountMinor} ${code}`).toBe(0);
  for (const name of railsOf.get(code)!)
    expect(takes(name, amountMinor, code), `${amountMinor} ${code} by ${name}`).toBe(true);
};

const percent = fc.integer({ min: 0, max: 10_000 });
// Not so much that a rail refuses it as too large.
const small = fc.integer({ min: 0, max: 400_000 });
const RUNS = { numRuns: 1_000 };

test("a rail that takes a currency is not passed over", () => {
  expect(railsOf.get("KES")).toEqual(expect.arrayContaining(["stripe", "gsma", "daraja", "pawapay"]));
  expect(railsOf.get("XOF")).toEqual(expect.arrayContaining(["momo", "orange"]));
  expect(railsOf.get("TND")).toEqual(["stripe", "gsma"]);
  for (const code of currencies) expect(railsOf.get(code), code).toContain("stripe");
});

describe("what is due can be paid, in every currency of ISO 4217", () => {
  // Guards against bills of 8.847 TND, 11.70 MGA or 12.50 KES, which no card or wallet takes.
  test("the total of a bill whose tariff says no rounding, at most half a unit from what it is exactly", () => {
    expect(currencies.length).toBeGreaterThan(140);
    const use = fc.integer({ min: 0, max: 100_000 });
    fc.assert(
      fc.property(currency, use, small, percent, fc.integer({ min: 1, max: 30 }), (code, wh, fixedMinor, vat, days) => {
        const scale = 10n ** BigInt(exponentOf(code));
        const priced = { names: { en: "T" }, currency: code, vatBasisPoints: vat };
        const bands = [{ price: "0.010101" }];
        const rule = TariffPart.parse({ ...priced, kind: "water", bands, fixedMinor });
        const flat = FlatTariff.parse({ ...priced, kind: "waste", code: "bin", price: "0.123457" });
        const within = (total: number, exact: bigint, one: bigint) => {
          const off = 2n * (BigInt(total) * one - exact);
          expect(off < 0n ? -off : off).toBeLessThanOrEqual(BigInt(payableUnit(code)) * one);
          if (total > 0) expectPaid(total, code);
        };
        const gross = BigInt(10_000 + vat);
        const metered = charge(rule, wh);
        expect(metered.lines.reduce((sum, line) => sum + line.amountMinor, 0)).toBe(metered.totalMinor);
        within(
          metered.totalMinor,
          (BigInt(wh) * 10_101n * scale + BigInt(fixedMinor) * 10n ** 9n) * gross,
          10n ** 9n * 10_000n,
        );
        const { totalMinor } = chargeFlat(flat, { quantity: 9, days, daysInMonth: 30 });
        within(totalMinor, 9n * BigInt(days) * 123_457n * scale * gross, 30n * 10n ** 6n * 10_000n);
      }),
      RUNS,
    );
  });

  test("what other rooms raise, the rounding a part of the net; and it never becomes nothing", () => {
    fc.assert(
      fc.property(currency, small, small, (code, netMinor, vatMinor) => {
        const unit = payableUnit(code);
        const sum = payable({ netMinor, vatMinor }, code);
        const [before, after] = [netMinor + vatMinor, sum.netMinor + sum.vatMinor];
        expect(sum.vatMinor).toBe(vatMinor);
        expect(sum.netMinor - (sum.roundingMinor ?? 0)).toBe(netMinor);
        // What costs nothing stays free.
        if (after > 0) expectPaid(after, code);
        if (before >= unit) expect(2 * Math.abs(after - before)).toBeLessThanOrEqual(unit);
        else expect(after).toBe(before === 0 ? 0 : unit);
        // What can be paid stays as it is, without a line of its own.
        expect(payable({ netMinor: after, vatMinor: 0 }, code)).toEqual({ netMinor: after, vatMinor: 0 });
      }),
      RUNS,
    );
  });

  test("every part of a bill that is paid in parts, which add up to it", () => {
    fc.assert(
      fc.property(
        currency,
        fc.integer({ min: 24, max: 400 }),
        fc.integer({ min: 2, max: 24 }),
        (code, units, count) => {
          const unit = payableUnit(code);
          const parts = parted(units * unit, code, { count, firstOn: "2026-12-15" }).map((part) => part.amountMinor);
          for (const part of parts) expectPaid(part, code);
          expect(parts.reduce((sum, part) => sum + part, 0)).toBe(units * unit);
          expect(Math.max(...parts) - Math.min(...parts)).toBeLessThanOrEqual(unit);
        },
      ),
      RUNS,
    );
  });

  test("a penalty, and what an amnesty leaves of it", () => {
    fc.assert(
      fc.property(currency, small, fc.integer({ min: 1, max: 10_000 }), (code, baseMinor, basisPoints) => {
        const toMinor = payableUnit(code);
        const penalty = amountOf({ charge: { type: "once", basisPoints, minimumMinor: 0 }, toMinor }, baseMinor);
        if (penalty === 0) return;
        expectPaid(penalty, code);
        const left = penalty - remittedOf({ remitBasisPoints: basisPoints, currency: code }, penalty);
        expect(left).toBeGreaterThanOrEqual(0);
        if (left > 0) expectPaid(left, code);
      }),
      RUNS,
    );
  });

  test("with the payer's fee on top, and of a remainder the least that every rail moves", () => {
    fc.assert(
      fc.property(currency, small, percent, fc.nat(500), (code, odd, basisPoints, fixedMinor) => {
        const least = movable(odd + 1, code);
        expect(least - (odd + 1)).toBeLessThan(railUnit(code));
        const fee = feeFor({ basisPoints, fixedMinor, borneBy: "payer" }, least, code);
        for (const name of railsOf.get(code)!)
          for (const total of [least, least + fee])
            expect(takes(name, total, code), `${total} ${code} by ${name}`).toBe(true);
      }),
      RUNS,
    );
  });
});

// Guards against a first module that its own check refuses, since its example is no amount of the city's money.
test("the module to begin with gives what its example says, in every currency", () => {
  for (const code of currencies) {
    const [part] = starter("lab/water", code).parts;
    if (part?.kind !== "tariff") throw new Error("no tariff");
    for (const { quantity, totalMinor } of part.proof ?? [])
      expect(charge(TariffPart.parse(part.tariff), quantity).totalMinor, code).toBe(totalMinor);
  }
});

test("the units by name: what a rail needs, and what is coarser as no smaller coin is handed out", () => {
  const unitsOf = (names: string) => names.split(" ").map((code) => [railUnit(code), payableUnit(code)]);
  expect(unitsOf("EUR USD XAF JPY ISK UGX")).toEqual(Array(6).fill([1, 1]));
  expect(unitsOf("TND KWD BHD JOD OMR LYD")).toEqual(Array(6).fill([10, 10]));
  expect(unitsOf("MGA MRU KES")).toEqual(Array(3).fill([100, 100]));
  expect(unitsOf("CHF CAD XOF")).toEqual(Array(3).fill([1, 5]));
  expect(unitsOf("HUF TWD IQD")).toEqual([
    [1, 500],
    [1, 100],
    [10, 1_000],
  ]);
  // Whatever a bill is rounded to, a rail and a drawer can move; and a tariff may say the same.
  for (const code of currencies) {
    expect(payableUnit(code) % railUnit(code), code).toBe(0);
    expect(payableUnit(code) % coinsOf(code).at(-1)!, code).toBe(0);
    expect(payableUnit(code)).toBeLessThanOrEqual(10_000);
  }
  expect(() => payableUnit("EURO")).toThrow(RangeError);
  expect(() => demandMovable(8_847, "TND")).toThrow("steps of 0.010 TND");
  expect(() => demandMovable(8_840, "TND")).not.toThrow();
});
