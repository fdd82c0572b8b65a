import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { charge, chargeFlat, type Terms } from "../../functions/billing/charging.ts";
import { referenceOf } from "../../functions/billing/domain.ts";
import { TariffPart } from "../../functions/billing/events.ts";
import { daysIn } from "../../functions/billing/flat.ts";
import { FlatTariff } from "../../functions/billing/terms-schema.ts";
import { creditorReference } from "../../shared/creditor-reference.ts";
import { newId } from "../../shared/ids.ts";
import { drawReference, readReference } from "../../shared/reference.ts";
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

const share = fc.integer({ min: 1, max: 10_000 });
const exempted = fc
  .record({ fixed: fc.option(share), whole: fc.option(share), vat: fc.option(share) })
  .map((shares): Terms["exempted"] =>
    (["fixed", "whole", "vat"] as const).flatMap((of) =>
      shares[of] === null
        ? []
        : [{ exemptionId: newId("exm", new Date(0)), of, basisPoints: shares[of], reason: "Why" }],
    ),
  );
/** The tariff with a social one: other bands, perhaps only up to a limit. */
const withSocial = fc.tuple(tariff, tariff, fc.option(fc.integer({ min: 1, max: 5_000 }))).map(([rule, other, upTo]) =>
  TariffPart.parse({
    ...rule,
    classes: {
      social: {
        bands: other.bands,
        fixedMinor: other.fixedMinor,
        vatBasisPoints: other.vatBasisPoints,
        ...(upTo === null ? {} : { upTo }),
      },
    },
  }),
);
const sumOf = (amounts: readonly number[]) => amounts.reduce((sum, amount) => sum + amount, 0);

describe("what is granted to an account", () => {
  // Guards against an exemption that makes a line or the whole of a bill come out wrong by a cent.
  test("lines add up to the total, net and VAT are never below zero, only an exemption takes off", () => {
    fc.assert(
      fc.property(withSocial, quantity, fc.boolean(), exempted, (rule, used, isSocial, granted) => {
        const { lines, netMinor, vatMinor, totalMinor } = charge(rule, used, { isSocial, exempted: granted ?? [] });
        expect(sumOf(lines.map(({ amountMinor }) => amountMinor))).toBe(totalMinor);
        expect(netMinor + vatMinor).toBe(totalMinor);
        expect(totalMinor % rule.rounding.toMinor).toBe(0);
        expect(Math.min(vatMinor, totalMinor)).toBeGreaterThanOrEqual(0);
        for (const line of lines)
          if (line.what === "exemption") expect(line.amountMinor).toBeLessThanOrEqual(0);
          else if (line.what !== "rounding") expect(line.amountMinor).toBeGreaterThanOrEqual(0);
        expect(sumOf(lines.map((line) => line.quantity ?? 0))).toBe(used);
      }),
    );
  });

  test("it never makes a bill dearer, more use never costs less, and all of it is nothing to pay", () => {
    fc.assert(
      fc.property(withSocial, quantity, fc.boolean(), exempted, (rule, used, isSocial, granted) => {
        const terms = { isSocial, exempted: granted ?? [] };
        const cost = (more: Terms, litres = used) => charge(rule, litres, more).totalMinor;
        expect(cost(terms)).toBeLessThanOrEqual(cost({ isSocial }));
        expect(cost(terms, used + 1_000)).toBeGreaterThanOrEqual(cost(terms));
        const all = { exemptionId: newId("exm", new Date(0)), of: "whole" as const, basisPoints: 10_000, reason: "x" };
        expect(cost({ isSocial, exempted: [all] })).toBe(0);
      }),
    );
  });

  // Guards against a social tariff that costs the poor more, and against a cliff at its limit.
  test("a social tariff whose prices are no dearer is no dearer, whatever its limit", () => {
    fc.assert(
      fc.property(tariff, quantity, fc.option(fc.integer({ min: 1, max: 5_000 })), share, (rule, used, upTo, part) => {
        const cheaper = (price: string) => {
          const millionths = (BigInt(price.replace(".", "")) * BigInt(part)) / 10_000n;
          const digits = millionths.toString().padStart(7, "0");
          return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
        };
        const bands = rule.bands.map((band) => ({ ...band, price: cheaper(band.price) }));
        const social = { bands, ...(upTo === null ? {} : { upTo }) };
        const both = TariffPart.parse({ ...rule, classes: { social } });
        expect(charge(both, used, { isSocial: true }).totalMinor).toBeLessThanOrEqual(charge(rule, used).totalMinor);
        expect(charge(both, used)).toEqual(charge(rule, used));
      }),
    );
  });

  test("known bills, by hand", () => {
    const rule = TariffPart.parse({
      names: { en: "Power" },
      kind: "electricity",
      currency: "XOF",
      bands: [{ upTo: 40, price: "80" }, { price: "120" }],
      fixedMinor: 1_000,
      vatBasisPoints: 1_800,
      classes: { social: { bands: [{ price: "50" }], fixedMinor: 250, vatBasisPoints: 0, upTo: 30 } },
    });
    // 30 × 50 + 250 without VAT; 10 × 80 + 20 × 120 with 18 %: 1 750 + 3 776, rounded to a coin of 5 francs
    const { totalMinor, vatMinor, lines } = charge(rule, 60_000, { isSocial: true });
    expect([totalMinor, vatMinor]).toEqual([5_525, 576]);
    expect(lines.at(-1)).toEqual({ what: "rounding", amountMinor: -1 });
    expect(lines.filter(({ isSocial }) => isSocial)).toMatchObject([{ quantity: 30_000, amountMinor: 1_500 }]);
    expect(lines.find(({ what }) => what === "vat")).toMatchObject({ basisPoints: 1_800 });
    // 40 × 80 + 20 × 120 + 1 000 − half of 1 000 = 6 100; VAT 1 098, of which a quarter is taken off
    const half = { exemptionId: newId("exm", new Date(0)), of: "fixed" as const, basisPoints: 5_000, reason: "Why" };
    const quarter = { ...half, of: "vat" as const, basisPoints: 2_500 };
    expect(charge(rule, 60_000, { exempted: [half, quarter] })).toMatchObject({ netMinor: 6_101, totalMinor: 6_925 });
  });
});

describe("what has no meter", () => {
  const day = fc.integer({ min: 1, max: 28 }).map((n) => `2026-02-${String(n).padStart(2, "0")}`);
  const flat = fc
    .record({
      currency: fc.constantFrom("EUR", "XOF", "TND"),
      price,
      vatBasisPoints: fc.integer({ min: 0, max: 10_000 }),
      toMinor: fc.constantFrom(1, 5),
    })
    .map(({ toMinor, ...rest }) =>
      FlatTariff.parse({ code: "bin", names: { en: "Bin" }, kind: "waste", ...rest, rounding: { toMinor } }),
    );

  test("days are billed in proportion, exactly, and rounded once", () => {
    fc.assert(
      fc.property(flat, day, day, fc.integer({ min: 1, max: 500 }), exempted, (rule, a, b, units, granted) => {
        const [fromOn, toOn] = [a, b].sort() as [string, string];
        const { days, daysInMonth } = daysIn({ fromOn, toOn }, "2026-02");
        expect([days, daysInMonth]).toEqual([Number(toOn.slice(8)) - Number(fromOn.slice(8)) + 1, 28]);
        const of = { quantity: units, days, daysInMonth };
        const { lines, netMinor, vatMinor, totalMinor } = chargeFlat(rule, of, { exempted: granted ?? [] });
        expect(sumOf(lines.map(({ amountMinor }) => amountMinor))).toBe(totalMinor);
        expect(netMinor + vatMinor).toBe(totalMinor);
        expect(vatMinor).toBeGreaterThanOrEqual(0);
        const digits = { EUR: 2, XOF: 0, TND: 3 }[rule.currency]!;
        const exact =
          BigInt(rule.price.replace(".", "")) *
          BigInt(units * days * (10_000 + rule.vatBasisPoints)) *
          10n ** BigInt(digits);
        const step = BigInt(rule.rounding.toMinor);
        const whole = rounded(exact, 10n ** 10n * 28n * step, rule.rounding.mode) * step;
        expect(BigInt(chargeFlat(rule, of).totalMinor)).toBe(whole);
        const longer = chargeFlat(rule, { ...of, days: Math.min(28, days + 1) }, { exempted: granted ?? [] });
        expect(longer.totalMinor).toBeGreaterThanOrEqual(totalMinor);
      }),
    );
  });

  test("a subscription counts its first and its last day, and no day of another month", () => {
    const days = (fromOn: string, toOn?: string, month = "2028-02") => daysIn({ fromOn, toOn }, month).days;
    expect([days("2027-01-01"), days("2028-02-29"), days("2028-02-15", "2028-02-15")]).toEqual([29, 1, 1]);
    expect([days("2028-03-01"), days("2027-01-01", "2028-01-31"), days("2027-01-01", "2028-02-01")]).toEqual([0, 0, 1]);
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
    // Guards against a keyboard in Arabic, and what is copied along from a page in Arabic.
    expect(readReference("\u2066\u0660\u0661\u06f2\u0663\u2011ABCD\u2013\u0664\u2069\u200f")).toBe("0123-ABCD-4");
    // Guards against an account that is paid instead of a bill, or the other way round.
    for (let i = 0; i < 200; i++) {
      const id = newId("acc", new Date());
      const [bill, account] = [drawReference(id), drawReference(id, "A")];
      expect(account).toMatch(/^A-[0-9A-Y]{4}-[0-9A-Y]{4}-[0-9A-Y]$/);
      expect(readReference(account.toLowerCase().replaceAll("-", " "), "A")).toBe(account);
      expect([readReference(account), readReference(bill, "A")]).toEqual([undefined, undefined]);
      // Guards against the reference of a transfer, which stands on the bill too, that finds nothing.
      expect(readReference(creditorReference(bill).replace(/(.{4})/g, "$1 "))).toBe(bill);
      expect(readReference(creditorReference(account), "A")).toBe(account);
    }
    expect(readReference("")).toBeUndefined();
    expect(readReference("💧".repeat(9))).toBeUndefined();
  });
});
