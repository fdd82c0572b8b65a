import fc from "fast-check";
import { expect, test } from "vitest";
import type { Price } from "../../marketplace/contract/price.ts";
import { type Based, lineOf, settledLine, summed, transfersOf, weightsOf } from "../../marketplace/money/domain.ts";
import { type Agreement, HOUSE, type Line } from "../../marketplace/money/schema.ts";

const party = fc.constantFrom("anna", "bert", "cleo", "dora", "emil");
const currency = fc.constantFrom("XOF", "MAD", "TND", "EUR");
const based = (levels: number): fc.Arbitrary<Based[]> =>
  fc.array(
    fc.record({
      party,
      basisPoints: fc.integer({ min: 1, max: 1_600 }),
      on: levels === 1 ? fc.constant([]) : based(levels - 1),
    }),
    { maxLength: 3 },
  );
const house = fc.integer({ min: 0, max: 2_000 });
const reviewer = fc.option(fc.record({ party, basisPoints: fc.integer({ min: 1, max: 2_000 }) }), { nil: undefined });
const weights = fc
  .record({ based: based(3), house, reviewer })
  .map((of) => weightsOf("acme/one", { per: "once", amounts: { EUR: 1 }, reviewer: of.reviewer }, of.based, of.house));

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const lines = fc.array(
  fc
    .record({
      gross: fc.integer({ min: 0, max: 10 ** 11 }),
      weights,
      tax: fc.integer({ min: 0, max: 5_000 }),
      isSponsored: fc.boolean(),
      module: fc.constantFrom("acme/one", "acme/two", "bert/three"),
      credited: fc.nat(10_000),
    })
    .map(({ gross, weights: all, tax, isSponsored, module, credited }) => {
      const line = {
        ...{ module, title: { en: module }, version: "1.0.0", what: "use" as const, counted: 1, unitMinor: 1 },
        ...{ weights: all, creditedMinor: 0, ...(isSponsored ? { sponsor: "dora" } : {}) },
      };
      return { line, gross, tax, creditedMinor: Math.floor((gross * credited) / 10_000) };
    }),
  { minLength: 1, maxLength: 8 },
);

test("whatever is shared among whomever, the weights are the whole, and the publisher keeps something", () => {
  fc.assert(
    fc.property(weights, (all) => {
      expect(sum(all.map(({ weight }) => weight))).toBe(10_000 ** 3);
      expect(all[0]).toMatchObject({ party: "acme", role: "publisher" });
      expect(all[0]!.weight).toBeGreaterThan(0);
    }),
  );
});

// Guards against money that is lost or made by rounding, at the invoice, in its shares, and in the books.
test("shares are the invoice, for any amounts, shares and currency; so are the books, also after credits", () => {
  fc.assert(
    fc.property(lines, currency, (all, code) => {
      const before = all.map(({ line, gross, tax }) => settledLine(line, gross, tax));
      const after = all.map(({ line, gross, tax, creditedMinor }) =>
        settledLine({ ...line, creditedMinor }, gross, tax),
      );
      const [drawn, credited] = [before, after].map((invoiced) => {
        for (const line of invoiced) expect(sum(line.shares.map(({ amountMinor }) => amountMinor))).toBe(line.netMinor);
        const sums = summed(invoiced);
        expect(sum(sums.payouts.map(({ amountMinor }) => amountMinor)) + sums.taxMinor).toBe(sums.totalMinor);
        return sums;
      });
      const of = { month: "2026-10", currency: code };
      const balances = new Map<string, number>();
      const move = (from: readonly Line[], to: readonly Line[]) => {
        for (const { debit, credit, amountMinor, currency: in_ } of transfersOf(of, from, to)) {
          expect(in_).toBe(code);
          expect(amountMinor).toBeGreaterThan(0);
          balances.set(debit, (balances.get(debit) ?? 0) + amountMinor);
          balances.set(credit, (balances.get(credit) ?? 0) - amountMinor);
        }
      };
      const owed = () => [...balances].filter(([account]) => account.startsWith("payable:"));
      for (const [from, to, sums] of [
        [[], before, drawn!],
        [before, after, credited!],
      ] as const) {
        move(from, to);
        expect(sum([...balances.values()])).toBe(0);
        expect(0 - sum(owed().map(([, minor]) => minor))).toBe(sums.netMinor);
        for (const { party: to_, amountMinor } of sums.payouts)
          expect(0 - (balances.get(`payable:2026-10:${to_}`) ?? 0)).toBe(amountMinor);
        expect(0 - (balances.get("vat") ?? 0)).toBe(sums.taxMinor);
      }
    }),
    { numRuns: 200 },
  );
});

// Guards against a year that costs more or less when it is paid month by month.
test("twelve whole months are exactly the year’s price, and no part of a month costs more than the whole", () => {
  const of = (price: Price, weights: Agreement["weights"]): Agreement => ({
    ...{ installId: "ins_01JD8Q6Z3W8M6W1YB1M0Q4S7XK", module: "acme/one", title: { en: "One" }, version: "1.0.0" },
    ...{ terms: `sha256:${"0".repeat(64)}`, price, weights, at: "2026-01-01T00:00:00Z", by: "per_a" },
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 12, max: 10 ** 9 }),
      currency,
      fc.integer({ min: 1, max: 30 }),
      (amount, code, days) => {
        const agreement = of({ per: "year", bands: [{ amounts: { [code]: amount } }] }, [
          { party: "acme", role: "publisher", weight: 9 },
          { party: HOUSE, role: "house", weight: 1 },
        ]);
        const months = Array.from({ length: 12 }, (_, i) => `2026-${String(i + 1).padStart(2, "0")}`);
        const line = (month: string, served: number) =>
          lineOf({ agreement, days: served, uses: 0, isFirst: false }, month, 30, code, { taxBasisPoints: 0 });
        expect(sum(months.map((month) => line(month, 30)!.netMinor))).toBe(amount);
        for (const month of months)
          expect(line(month, days)?.netMinor ?? 0).toBeLessThanOrEqual(line(month, 30)!.netMinor);
      },
    ),
  );
});
