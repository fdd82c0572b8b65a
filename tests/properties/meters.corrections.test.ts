import fc from "fast-check";
import { expect, test } from "vitest";
import type { Correction } from "../../functions/meters/checks/schema.ts";
import { type Kept, truthOf, undone } from "../../functions/meters/checks/standing.ts";
import { buckets, counted, type DeliveredBlock, usageBy } from "../../functions/meters/domain.ts";
import type { Block } from "../../functions/meters/packing.ts";

const DAY_S = 86_400;
const day0 = Date.UTC(2026, 2, 27) / 1000; // the clock changes on the third day in Paris
const iso = (atS: number) => new Date(atS * 1000).toISOString();
const meter = { registerUnit: "kWh" } as const;

const intervals = (hour: number, values: number[], letter: string): Block => ({
  kind: "intervals",
  channel: "main",
  unit: "Wh",
  flow: "consumption",
  startS: day0 + hour * 3600,
  stepS: 3600,
  exponent: 0,
  values,
  qualities: values.map(() => letter),
});
const registers = (hours: number[], values: number[]): Block => ({
  kind: "registers",
  channel: "register",
  unit: "Wh",
  flow: "consumption",
  startS: day0 + hours[0]! * 3600,
  stepS: 0,
  timesS: hours.map((hour) => day0 + hour * 3600),
  exponent: 3,
  values,
  qualities: values.map(() => "A"),
});

/** Late, of equal age, overlapping: whatever may come. */
const delivery = (id: number): fc.Arbitrary<DeliveredBlock> =>
  fc
    .record({
      asOfS: fc.integer({ min: 0, max: 3 }),
      hour: fc.nat(120),
      values: fc.array(fc.nat(5000), { minLength: 1, maxLength: 40 }),
      letter: fc.constantFrom("A", "E52", "N", "S14"),
      isRegister: fc.boolean(),
    })
    .map(({ asOfS, hour, values, letter, isRegister }) => ({
      asOfS,
      deliveryId: `dlv_${id}`,
      block: isRegister
        ? registers(
            values.map((_, i) => hour + i * 7),
            values.map((value) => 98_000 + value),
          )
        : intervals(hour, values, letter),
    }));

/** One of every kind; an undo names one of those before it. */
const correction = (id: number): fc.Arbitrary<Kept> =>
  fc
    .record({
      kind: fc.constantFrom("values", "register", "withdraw", "estimate", "exchange", "dial", "undo", "undo"),
      hour: fc.nat(140),
      length: fc.integer({ min: 1, max: 30 }),
      value: fc.nat(5000),
      target: fc.nat(Math.max(0, id - 1)),
      of: fc.constantFrom("intervals" as const, "registers" as const),
    })
    .map(({ kind, hour, length, value, target, of }): Kept => {
      const fromS = day0 + hour * 3600;
      const correction: Correction = {
        id: `cor_${String(id).padStart(4, "0")}`,
        meterId: "mtr_1",
        kind: kind as Correction["kind"],
        by: "person_1",
        at: iso(day0 + (id % 3)),
        reason: "it was wrong",
        from: iso(fromS),
        to: iso(fromS + length * 3600),
        ...(kind === "withdraw" ? { withdrawn: of } : {}),
        ...(kind === "exchange" ? { last: String(99_000_000 + value), first: "0", channels: ["register"] } : {}),
        ...(kind === "dial" ? { digits: 5, multiplier: String(1 + (value % 40)) } : {}),
        ...(kind === "undo" ? { correctionId: `cor_${String(target).padStart(4, "0")}` } : {}),
      };
      const put =
        kind === "values" || kind === "estimate"
          ? [intervals(hour, Array<number>(length).fill(value), kind === "values" ? "S" : "E15")]
          : kind === "register"
            ? [registers([hour], [value])]
            : [];
      return { correction, blocks: put };
    });

const many = <T>(one: (id: number) => fc.Arbitrary<T>, max: number): fc.Arbitrary<T[]> =>
  fc
    .integer({ min: 1, max })
    .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => one(i)))) as fc.Arbitrary<T[]>;
const chances = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));

function shuffled<T>(all: readonly T[], next: () => number): T[] {
  const out = [...all, ...all.filter(() => next() < 0.5)];
  for (let j = out.length - 1; j > 0; j--) {
    const k = Math.floor(next() * (j + 1));
    [out[j], out[k]] = [out[k]!, out[j]!];
  }
  return out;
}

const total = (delivered: readonly DeliveredBlock[], corrections: readonly Kept[]) =>
  usageBy(
    buckets("day", day0, day0 + 9 * DAY_S, "Europe/Paris"),
    counted([...new Map(delivered.map((one) => [one.deliveryId, one])).values()], truthOf(corrections, meter)),
  );

// Guards against a bill that hangs on who came first: late, twice, reordered and corrected, in 100 shuffles of each set.
test("any order and any repetition of the same readings and corrections gives the same totals", () => {
  fc.assert(
    fc.property(many(delivery, 6), many(correction, 8), chances, (delivered, corrections, chance) => {
      const next = () => chance.next().value as number;
      const expected = total(delivered, corrections);
      for (let i = 0; i < 100; i++)
        expect(total(shuffled(delivered, next), shuffled(corrections, next))).toEqual(expected);
    }),
    { numRuns: 15 },
  );
});

// Guards against a correction that leaves something behind when it is taken back.
test("what is undone leaves no trace, and what is undone twice stands again", () => {
  fc.assert(
    fc.property(many(delivery, 5), many(correction, 6), (delivered, corrections) => {
      const undo = (id: string, target: string): Kept => ({
        correction: {
          ...{ id, meterId: "mtr_1", kind: "undo", by: "person_1", at: iso(day0), reason: "a mistake" },
          ...{ from: iso(day0), correctionId: target },
        } as Correction,
        blocks: [],
      });
      const gone = undone(corrections.map(({ correction }) => correction));
      const last = corrections.at(-1)!;
      const without = corrections.slice(0, -1);
      expect(gone.has(last.correction.id)).toBe(false);
      const once = [...corrections, undo("cor_9990", last.correction.id)];
      expect(total(delivered, once)).toEqual(total(delivered, without));
      expect(total(delivered, [...once, undo("cor_9991", "cor_9990")])).toEqual(total(delivered, corrections));
    }),
    { numRuns: 300 },
  );
});

// Guards against an estimate that is shown as read.
test("an estimate is never actual, and gives way to what is read", () => {
  fc.assert(
    fc.property(
      fc.nat(100),
      fc.integer({ min: 1, max: 30 }),
      fc.nat(5000),
      fc.nat(5000),
      (hour, length, guess, read) => {
        const estimate: Kept = {
          correction: {
            id: "cor_1",
            meterId: "mtr_1",
            kind: "estimate",
            by: "person_1",
            at: iso(day0 + 900),
            reason: "a gap",
            from: iso(day0),
            to: iso(day0 + DAY_S),
          },
          blocks: [intervals(hour, Array<number>(length).fill(guess), "E15")],
        };
        const days = total([], [estimate]);
        for (const day of days)
          if (day.coverage > 0) expect(day).toMatchObject({ isEstimated: true, estimatedShare: 1 });
        // It was delivered long before the estimate, and came after it.
        const late = { asOfS: 0, deliveryId: "dlv_1", block: intervals(hour, Array<number>(length).fill(read), "A") };
        expect(total([late], [estimate])).toEqual(total([late], []));
      },
    ),
  );
});
