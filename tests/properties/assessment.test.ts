import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assess, daysOf, partsOf } from "../../functions/assessment/domain.ts";
import { type EntryChange, type Facts, NewRule, type Spell } from "../../functions/assessment/schema.ts";
import { applied, sameSpells, spellOn } from "../../functions/assessment/timeline.ts";
import { dayPlus } from "../../shared/time.ts";

const decimal = (places: number, max: number) =>
  fc
    .tuple(fc.integer({ min: 0, max }), fc.integer({ min: 0, max: 10 ** places - 1 }))
    .map(([whole, part]) => `${whole}.${String(part).padStart(places, "0")}`);
const modes = ["half_up", "half_even", "up", "down"] as const;
const rule = fc
  .record({
    price: decimal(6, 900),
    percent: decimal(6, 20),
    flat: fc.integer({ min: 0, max: 100_000 }),
    limits: fc.option(fc.tuple(fc.integer({ min: 0, max: 50_000 }), fc.integer({ min: 50_000, max: 5_000_000 }))),
    vat: fc.integer({ min: 0, max: 10_000 }),
    mode: fc.constantFrom(...modes),
    toMinor: fc.constantFrom(1, 5, 100),
    proRata: fc.constantFrom("days" as const, "months" as const),
    currency: fc.constantFrom("EUR", "XOF", "TND"),
  })
  .map(({ price, percent, flat, limits, vat, mode, toMinor, proRata, currency }) =>
    NewRule.parse({
      ...{ per: "year", validFrom: "2026-01-01", currency, proRata, vatBasisPoints: vat, rounding: { mode, toMinor } },
      rates: [
        { basis: "area", price },
        { basis: "value", percent },
        { basis: "flat", amountMinor: flat },
      ],
      ...(limits ? { minimumMinor: limits[0], maximumMinor: limits[1] } : {}),
    }),
  );
const plot = fc.record({
  area: decimal(2, 100_000),
  value: fc.integer({ min: 0, max: 1_000_000_000 }),
  exempt: fc.option(fc.integer({ min: 1, max: 10_000 })),
});
const ONE = "acc_01JD8Q6Z3W8M6W1YB1M0Q4S7XA";
const TWO = "acc_01JD8Q6Z3W8M6W1YB1M0Q4S7XB";
const factsOf = (
  { area, value, exempt }: { area: string; value: number; exempt: number | null },
  accountId = ONE,
): Facts => ({
  ...{ accountId, zone: "A", use: "home", areaM2: area, valueMinor: value },
  ...(exempt === null ? {} : { exemptBasisPoints: exempt, exemptReason: "By law" }),
});
const year = (facts: Facts): Spell[] => [{ from: "2020-01-01", facts }];
const day = fc.integer({ min: 1, max: 364 }).map((days) => dayPlus("2026-01-01", days));
const one = (kept: NewRule, spells: readonly Spell[]) => assess("parcels", kept, spells, "2026");

describe("what an assessment promises", () => {
  test("its lines add up to its total, and the VAT is one of them", () => {
    fc.assert(
      fc.property(rule, plot, day, (kept, known, from) => {
        const spells = applied(year(factsOf(known)), { from, facts: { areaM2: "1.5", zone: "B" } });
        for (const share of one(kept, spells).shares) {
          expect(share.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(share.totalMinor);
          expect(share.netMinor + share.vatMinor).toBe(share.totalMinor);
          expect(share.totalMinor % kept.rounding.toMinor).toBe(0);
          expect(Math.min(share.netMinor, share.vatMinor)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  test("more area never costs less", () => {
    fc.assert(
      fc.property(rule, plot, decimal(2, 1_000), (kept, known, more) => {
        const cents = (text: string) => BigInt(text.replace(".", ""));
        const sum = (cents(known.area) + cents(more)).toString().padStart(3, "0");
        const larger = { ...known, area: `${sum.slice(0, -2)}.${sum.slice(-2)}` };
        const total = (of: typeof known) => one(kept, year(factsOf(of))).shares[0]?.totalMinor ?? 0;
        const both = [known, larger].map((of) => one(kept, year(factsOf(of))).skipped.includes("too_large"));
        fc.pre(!both.includes(true));
        expect(total(larger)).toBeGreaterThanOrEqual(total(known));
      }),
    );
  });

  // Guards against a seller and a buyer who together pay more, or less, than the year costs.
  test("the parts of a year that is split between payers are the whole, but for one rounding each", () => {
    fc.assert(
      fc.property(rule, plot, day, (kept, known, from) => {
        const whole = one(kept, year(factsOf(known)));
        fc.pre(!whole.skipped.includes("too_large"));
        const sold = one(kept, applied(year(factsOf(known)), { from, facts: { accountId: TWO } }));
        const sum = sold.shares.reduce((all, { totalMinor }) => all + totalMinor, 0);
        const off = Math.abs(sum - (whole.shares[0]?.totalMinor ?? 0));
        expect(off).toBeLessThanOrEqual(2 * kept.rounding.toMinor);
        const counts = sold.shares.flatMap(({ parts }) => parts);
        if (sold.shares.length === 2) expect(counts.reduce((all, { count }) => all + count, 0)).toBe(counts[0]!.of);
      }),
    );
  });

  test("a fact that changes and is the same again costs what it costs unchanged", () => {
    fc.assert(
      fc.property(rule, plot, day, (kept, known, from) => {
        const facts = factsOf(known);
        const cut: Spell[] = [
          { from: "2020-01-01", to: dayPlus(from, -1), facts },
          { from, facts },
        ];
        expect(one(kept, cut).shares[0]?.totalMinor).toBe(one(kept, year(facts)).shares[0]?.totalMinor);
      }),
    );
  });
});

const change: fc.Arbitrary<EntryChange> = fc.oneof(
  fc.record({
    from: fc.integer({ min: 0, max: 800 }).map((days) => dayPlus("2025-01-01", days)),
    facts: fc.record({ areaM2: fc.constantFrom("1", "2.5"), zone: fc.constantFrom("A", "B") }, { requiredKeys: [] }),
  }),
  fc.tuple(fc.integer({ min: 0, max: 800 }), fc.integer({ min: 0, max: 300 })).map(([start, length]) => ({
    ...{ from: dayPlus("2025-01-01", start), to: dayPlus("2025-01-01", start + length) },
    facts: { use: "shop" },
  })),
  fc.integer({ min: 0, max: 1_500 }).map((days) => ({ endsOn: dayPlus("2025-01-01", days) })),
);

const DAYS = Array.from({ length: 1_700 }, (_, i) => dayPlus("2025-01-01", i));
function modelled(model: (Facts | undefined)[], change: EntryChange): void {
  const at = (day: string | undefined) => (day === undefined ? DAYS.length - 1 : DAYS.indexOf(day));
  if ("endsOn" in change) return void model.fill(undefined, at(change.endsOn) + 1);
  const [from, to] = [at(change.from), at(change.to)];
  if (!model[from]) {
    const base = model.findLast((facts, i) => facts && i < from) ?? model.find((facts) => facts);
    for (let i = from; i <= to && !model[i]; i++) model[i] = { ...base };
  }
  for (let i = from; i <= to; i++) if (model[i]) Object.assign(model[i]!, change.facts);
}

describe("what holds of an entry in time", () => {
  // A day by day model, which shares no code with spells.
  test("after any changes each day has the facts that a day by day model has", () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        let spells: Spell[] = [{ from: "2025-06-01", facts: { zone: "A", use: "home" } }];
        const model: (Facts | undefined)[] = DAYS.map((at) =>
          at < "2025-06-01" ? undefined : { ...spells[0]!.facts },
        );
        for (const each of changes) {
          if ("endsOn" in each && each.endsOn < spells[0]!.from) continue;
          spells = applied(spells, each);
          modelled(model, each);
        }
        for (const [i, at] of DAYS.entries()) expect(spellOn(spells, at)?.facts, at).toEqual(model[i]);
        for (const [i, { from }] of spells.entries()) if (i > 0) expect(spells[i - 1]!.to! < from).toBe(true);
      }),
    );
  });

  test("the same change twice is the same once; changes of different facts come in any order", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), change, day, day, (before, again, a, b) => {
        let spells: Spell[] = [{ from: "2020-01-01", facts: { zone: "A" } }];
        for (const each of before) if (!("endsOn" in each)) spells = applied(spells, each);
        const once = applied(spells, again);
        expect(sameSpells(applied(once, again), once)).toBe(true);
        const [area, use]: EntryChange[] = [
          { from: a, facts: { areaM2: "7" } },
          { from: b, facts: { use: "shop" } },
        ];
        expect(sameSpells(applied(applied(spells, area!), use!), applied(applied(spells, use!), area!))).toBe(true);
      }),
    );
  });

  test("a period's slices are counted once, however it is cut", () => {
    fc.assert(
      fc.property(fc.array(day, { maxLength: 5 }), fc.constantFrom("days", "months", "none"), (days, proRata) => {
        let spells = year({ zone: "A" });
        for (const [i, from] of days.entries()) spells = applied(spells, { from, facts: { zone: String(i) } });
        const parts = partsOf(spells, "2026", proRata as "days");
        expect(parts.reduce((sum, { count }) => sum + count, 0)).toBe(parts[0]!.of);
        expect(parts[0]!.from).toBe(daysOf("2026").from);
      }),
    );
  });
});
