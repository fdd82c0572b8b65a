import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { charge, type TariffPart } from "../../functions/billing/events.ts";
import { leastMinor, minusSale, NOTHING_BOUGHT, plusSale, type Selling, sell } from "../../functions/vending/sale.ts";
import { Fault } from "../../shared/errors.ts";
import { movable, railUnit } from "../../shared/payable.ts";

const price = fc.integer({ min: 0, max: 5_000_000 }).map((n) => (n / 1_000_000).toFixed(6));
const dear = fc.integer({ min: 10_000, max: 5_000_000 }).map((n) => (n / 1_000_000).toFixed(6));
const tariff: fc.Arbitrary<TariffPart> = fc
  .record({
    cuts: fc.uniqueArray(fc.integer({ min: 1, max: 500 }), { maxLength: 4 }),
    prices: fc.array(price, { minLength: 5, maxLength: 5 }),
    last: dear,
    fixedMinor: fc.integer({ min: 0, max: 2_000 }),
    vatBasisPoints: fc.integer({ min: 0, max: 10_000 }),
    mode: fc.constantFrom("half_up" as const, "half_even" as const, "up" as const, "down" as const),
    toMinor: fc.constantFrom(1, 5, 10),
    currency: fc.constantFrom("EUR", "XOF", "TND"),
  })
  .map(({ cuts, prices, last, mode, toMinor, ...more }) => ({
    names: { en: "T" },
    kind: "electricity" as const,
    ...more,
    bands: [...[...cuts].sort((a, b) => a - b).map((upTo, i) => ({ upTo, price: prices[i]! })), { price: last }],
    rounding: { mode, toMinor },
  }));
const selling: fc.Arbitrary<Selling> = fc.record({
  tariff,
  paidMinor: fc.integer({ min: 1, max: 200_000 }),
  carriedMinor: fc.integer({ min: 0, max: 50 }),
  arrearsMinor: fc.integer({ min: 0, max: 100_000 }),
  arrearsBasisPoints: fc.integer({ min: 0, max: 9_000 }),
  bought: fc.record({
    tenths: fc.integer({ min: 0, max: 6_000 }),
    freeTenths: fc.integer({ min: 0, max: 300 }),
    isFixedPaid: fc.constant(true),
  }),
  freeTenths: fc.integer({ min: 0, max: 400 }),
  grainTenths: fc.constantFrom(1, 10),
  mostTenths: fc.constant(10_000_000),
});
const first = selling.map((one) => ({ ...one, bought: NOTHING_BOUGHT }));
const anySelling = fc.oneof(selling, first);

const monthCost = (of: Selling, tenths: number) => charge(of.tariff, tenths * 100).totalMinor;
const before = (of: Selling) => (of.bought.isFixedPaid ? monthCost(of, of.bought.tenths) : 0);
const BOUNDLESS = 10_000_000_000;
const tried = (of: Selling) => {
  try {
    return sell(of);
  } catch (error) {
    if (error instanceof Fault && error.kind === "invalid") return undefined;
    throw error;
  }
};

describe("what money buys", () => {
  test("is never more than was paid, and a tenth more would be", () =>
    fc.assert(
      fc.property(anySelling, (of) => {
        const sale = tried(of);
        if (!sale) return;
        const forUse = sale.paidMinor + sale.carriedMinor - sale.arrearsMinor;
        const cost = (tenths: number) => monthCost(of, of.bought.tenths + tenths) - before(of);
        expect(cost(sale.tenths)).toBeLessThanOrEqual(forUse);
        expect(cost(sale.tenths + of.grainTenths)).toBeGreaterThan(forUse);
        expect(sale.tenths % of.grainTenths).toBe(0);
        expect(sale.steps.reduce((sum, { tenths }) => sum + tenths, 0)).toBe(sale.tenths);
      }),
    ));

  test("every minor unit has its place, and none is below zero", () =>
    fc.assert(
      fc.property(anySelling, (of) => {
        const sale = tried(of);
        if (!sale) return;
        const { arrearsMinor, fixedMinor, energyMinor, vatMinor, keptMinor } = sale;
        const parts = [arrearsMinor, fixedMinor, energyMinor, vatMinor, keptMinor];
        expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(sale.paidMinor + sale.carriedMinor);
        expect(arrearsMinor).toBeLessThanOrEqual(of.arrearsMinor);
        // What is left of the dues can be paid.
        if (arrearsMinor < of.arrearsMinor) expect(arrearsMinor % railUnit(of.tariff.currency)).toBe(0);
        expect(arrearsMinor * 10_000).toBeLessThanOrEqual(of.paidMinor * of.arrearsBasisPoints);
      }),
    ));

  test("free units never pass the month's allowance", () =>
    fc.assert(
      fc.property(anySelling, (of) => {
        const sale = tried(of);
        if (sale && sale.freeTenths > 0)
          expect(of.bought.freeTenths + sale.freeTenths).toBeLessThanOrEqual(of.freeTenths);
      }),
    ));

  test("more money never buys less", () =>
    fc.assert(
      fc.property(anySelling, fc.integer({ min: 1, max: 10_000 }), (of, more) => {
        const { currency } = of.tariff;
        const poorer = { ...of, paidMinor: movable(of.paidMinor, currency) };
        const richer = { ...of, paidMinor: movable(of.paidMinor + more, currency) };
        const [less, rich] = [tried(poorer), tried(richer)];
        if (!less) return;
        // More than one purchase may buy is refused for that alone: without the bound it buys.
        const all = rich ?? sell({ ...richer, mostTenths: BOUNDLESS });
        expect(all.tenths).toBeGreaterThanOrEqual(less.tenths);
        if (!rich) expect(all.tenths + all.freeTenths).toBeGreaterThan(of.mostTenths);
      }),
    ));

  test("the least is the least: the next payment below it, as rails move them, is refused", () =>
    fc.assert(
      fc.property(anySelling, (of) => {
        const least = leastMinor(of);
        const unit = railUnit(of.tariff.currency);
        expect(least % unit).toBe(0);
        expect(tried({ ...of, paidMinor: least })).toBeDefined();
        if (least > unit) expect(tried({ ...of, paidMinor: least - unit })).toBeUndefined();
      }),
    ));

  // Guards against a month in which many small purchases buy less, or more, than a large one.
  test("what is paid in parts buys as much as paid at once; a sale that is undone leaves the month as it was", () =>
    fc.assert(
      fc.property(first, fc.integer({ min: 1, max: 199_999 }), (of, part) => {
        const all = { ...of, arrearsMinor: 0, carriedMinor: 0, freeTenths: 0 };
        const whole = tried(all);
        if (!whole || part >= of.paidMinor) return;
        const month = { month: "2026-11", ...NOTHING_BOUGHT };
        const one = tried({ ...all, paidMinor: part });
        if (!one) return;
        const after = plusSale(month, one);
        expect(minusSale(after, one).tenths).toBe(0);
        const rest = { ...all, paidMinor: of.paidMinor - part, carriedMinor: one.keptMinor, bought: after };
        expect(one.tenths + (tried(rest)?.tenths ?? 0)).toBe(whole.tenths);
      }),
    ));
});
