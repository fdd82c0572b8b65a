import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { charge, readReference, referenceOf } from "../../functions/billing/domain.ts";
import { TariffPart } from "../../functions/billing/events.ts";
import { newId } from "../../shared/ids.ts";
import { rounded } from "../../shared/rounding.ts";

const price = fc
  .tuple(fc.integer({ min: 0, max: 9_999 }), fc.integer({ min: 0, max: 999_999 }))
  .map(([whole, micro]) => `${whole}.${String(micro).padStart(6, "0")}`);
const tariff = fc
  .record({
    currency: fc.constantFrom("EUR", "XOF", "TND", "MAD", "JPY", "KWD"),
    edges: fc.uniqueArray(fc.integer({ min: 1, max: 5_000 }), { maxLength: 4 }),
    prices: fc.array(price, { minLength: 5, maxLength: 5 }),
    fixedMinor: fc.integer({ min: 0, max: 100_000 }),
    vatBasisPoints: fc.integer({ min: 0, max: 10_000 }),
    mode: fc.constantFrom("half_up", "half_even", "up", "down"),
    toMinor: fc.constantFrom(1, 5, 10, 50),
  })
  .map(({ edges, prices, mode, toMinor, ...rest }) =>
    TariffPart.parse({
      names: { en: "Test" },
      kind: "water",
      ...rest,
      bands: [...edges.sort((a, b) => a - b), undefined].map((upTo, i) => ({ upTo, price: prices[i]! })),
      rounding: { mode, toMinor },
    }),
  );
const quantity = fc.integer({ min: 0, max: 50_000_000 });

describe("a tariff", () => {
  // Guards against a bill whose lines do not add up.
  test("the lines add up to the total, none is negative, and only the total is rounded", () => {
    fc.assert(
      fc.property(tariff, quantity, (rule, used) => {
        const { lines, netMinor, vatMinor, totalMinor } = charge(rule, used);
        expect(lines.reduce((sum, line) => sum + line.amountMinor, 0)).toBe(totalMinor);
        expect(netMinor + vatMinor).toBe(totalMinor);
        expect(totalMinor % rule.rounding.toMinor).toBe(0);
        for (const line of lines) if (line.what !== "rounding") expect(line.amountMinor).toBeGreaterThanOrEqual(0);
        expect(lines.reduce((sum, line) => sum + (line.quantity ?? 0), 0)).toBe(used);
      }),
    );
  });

  // Guards against a household that pays less by using more, and against a jump at the edge of a band.
  test("more use never costs less, and a litre more costs at most a litre's dearest price", () => {
    fc.assert(
      fc.property(tariff, quantity, (rule, used) => {
        const [one, more] = [charge(rule, used).totalMinor, charge(rule, used + 1).totalMinor];
        expect(more).toBeGreaterThanOrEqual(one);
        const dearest = Math.max(...rule.bands.map((band) => Number(band.price)));
        const most = ((dearest * 10 ** 4) / 1000) * (1 + rule.vatBasisPoints / 10_000);
        expect(more - one).toBeLessThanOrEqual(most + rule.rounding.toMinor);
      }),
    );
    fc.assert(
      fc.property(tariff, (rule) => {
        for (const { upTo } of rule.bands)
          if (upTo !== undefined) {
            const at = charge(rule, upTo * 1000).lines.filter((line) => line.what === "band");
            const past = charge(rule, upTo * 1000 + 1).lines.filter((line) => line.what === "band");
            expect(past.length).toBe(at.length + 1);
            expect(past.at(-1)?.quantity).toBe(1);
          }
      }),
    );
  });

  // The oracle is another way to the same number: all of it over one denominator.
  test("the total is the exact amount, rounded once", () => {
    fc.assert(
      fc.property(tariff, quantity, (rule, used) => {
        const digits = { EUR: 2, XOF: 0, TND: 3, MAD: 2, JPY: 0, KWD: 3 }[rule.currency]!;
        let exact = BigInt(rule.fixedMinor) * 10n ** 9n;
        let from = 0;
        for (const band of rule.bands) {
          const to = Math.min(used, (band.upTo ?? Infinity) * 1000);
          if (to > from) exact += BigInt(to - from) * BigInt(band.price.replace(".", "")) * 10n ** BigInt(digits);
          from = Math.max(from, to);
        }
        exact *= BigInt(10_000 + rule.vatBasisPoints);
        const step = BigInt(rule.rounding.toMinor);
        expect(BigInt(charge(rule, used).totalMinor)).toBe(
          rounded(exact, 10n ** 13n * step, rule.rounding.mode) * step,
        );
      }),
    );
  });

  test("known bills, by hand", () => {
    const bands = [{ upTo: 10, price: "235" }, { upTo: 30, price: "370.5" }, { price: "700" }];
    const abidjan = TariffPart.parse({
      names: { fr: "Eau" },
      kind: "water",
      currency: "XOF",
      bands,
      fixedMinor: 500,
      vatBasisPoints: 1_800,
      rounding: { toMinor: 5 },
    });
    // 10 × 235 + 20 × 370.5 + 2.4 × 700 + 500 = 11 940; × 1.18 = 14 089.2 → 14 090
    expect(charge(abidjan, 32_400)).toMatchObject({ totalMinor: 14_090, vatMinor: 2_149 });
    expect(charge(abidjan, 0)).toMatchObject({ totalMinor: 590 });
    const half = TariffPart.parse({ names: { en: "x" }, kind: "gas", currency: "EUR", bands: [{ price: "0.005" }] });
    expect(charge(half, 1_000).totalMinor).toBe(1);
    expect(charge({ ...half, rounding: { mode: "half_even", toMinor: 1 } }, 1_000).totalMinor).toBe(0);
    expect(charge(half, -500).totalMinor).toBe(0);
  });

  test("a tariff that cannot be meant is refused", () => {
    const given = { names: { en: "x" }, kind: "gas", currency: "EUR" };
    for (const wrong of [
      { ...given, bands: [] },
      { ...given, bands: [{ upTo: 5, price: "1" }] },
      { ...given, bands: [{ price: "1" }, { price: "2" }] },
      { ...given, bands: [{ upTo: 9, price: "1" }, { upTo: 9, price: "2" }, { price: "3" }] },
      { ...given, bands: [{ price: "-1" }] },
      { ...given, bands: [{ price: "1.0000001" }] },
      { ...given, bands: [{ price: 0.1 }] },
      { ...given, bands: [{ price: "1" }], currency: "ABC" },
      { ...given, bands: [{ price: "1" }], names: {} },
      { ...given, bands: [{ price: "1" }], vatBasisPoints: 19.5 },
      { ...given, bands: [{ price: "1" }], surprise: true },
    ])
      expect(TariffPart.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false);
  });
});

describe("a bill's reference", () => {
  // Guards against money on a stranger's bill after a slip of the finger.
  test("one wrong sign, or two swapped, is noticed; how it is spelt does not matter", () => {
    const signs = [..."0123456789ABCDEFGHJKMNPQRSTVWXY"];
    fc.assert(
      fc.property(fc.nat({ max: 8 }), fc.constantFrom(...signs), (at, other) => {
        const reference = referenceOf(newId("bill", new Date()));
        const plain = reference.replaceAll("-", "");
        expect(readReference(` ${plain.toLowerCase().slice(0, 5)} ${plain.slice(5)}`)).toBe(reference);
        const wrong = plain.slice(0, at) + other + plain.slice(at + 1);
        if (wrong !== plain) expect(readReference(wrong)).toBeUndefined();
        const swapped = plain.slice(0, at) + (plain[at + 1] ?? "") + plain[at] + plain.slice(at + 2);
        if (swapped !== plain) expect(readReference(swapped)).toBeUndefined();
      }),
    );
    expect(readReference("")).toBeUndefined();
    expect(readReference("💧".repeat(9))).toBeUndefined();
  });
});
