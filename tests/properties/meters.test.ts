import fc from "fast-check";
import { expect, test } from "vitest";
import { buckets, counted, type DeliveredBlock, usageBy } from "../../functions/meters/domain.ts";
import { exact, Sum, scaled, whole } from "../../functions/meters/exact.ts";
import { type Block, pack, unpack } from "../../functions/meters/packing.ts";

const quality = fc.oneof(
  fc.constantFrom("A", "N", "S14", "F52:71", "E52", "A:79", "E07:0"),
  fc
    .tuple(fc.constantFrom("S", "F", "E"), fc.integer({ min: 0, max: 99 }))
    .map(([letter, method]) => letter + String(method).padStart(2, "0")),
);
/** Loads as they are seen: still, small, large, all the same, wild. */
const value = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 20 }),
  fc.integer({ min: 0, max: 100_000 }),
  fc.integer({ min: -(2 ** 33), max: 2 ** 33 }),
  fc.integer({ min: -(2 ** 50), max: 2 ** 50 }),
);
const values = fc.oneof(
  fc.array(value, { maxLength: 300 }),
  fc.tuple(value, fc.nat(3000)).map(([one, count]) => Array<number>(count).fill(one)),
  fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 200, maxLength: 800 }),
);

const block: fc.Arbitrary<Block> = fc
  .record({
    kind: fc.constantFrom("intervals" as const, "registers" as const),
    channel: fc.string({ maxLength: 20, unit: "grapheme" }),
    unit: fc.constantFrom("Wh", "L", "varh", ""),
    flow: fc.constantFrom("consumption" as const, "feedIn" as const, "other" as const),
    startS: fc.integer({ min: -(2 ** 33), max: 2 ** 34 }),
    stepS: fc.constantFrom(0, 60, 300, 900, 1800, 3600, 82_800, 86_400),
    exponent: fc.integer({ min: -6, max: 12 }),
    values,
  })
  .chain((head) =>
    fc.record({
      head: fc.constant(head),
      letters: fc.array(quality, { minLength: 1, maxLength: 8 }),
      gaps: fc.array(fc.integer({ min: 1, max: 10_000_000 }), {
        minLength: head.values.length,
        maxLength: head.values.length,
      }),
    }),
  )
  .map(({ head, letters, gaps }) => {
    const qualities = head.values.map((_, i) => letters[Math.floor(i / 7) % letters.length]!);
    if (head.kind === "intervals") return { ...head, qualities };
    const timesS = gaps.map(() => head.startS);
    for (let i = 1; i < gaps.length; i++) timesS[i] = timesS[i - 1]! + gaps[i]!;
    return { ...head, qualities, timesS };
  });

// Guards against a reading that comes back as another.
test("what is packed is unpacked as it was", () => {
  fc.assert(
    fc.property(block, (one) => {
      expect(unpack(pack(one))).toEqual(one);
    }),
    { numRuns: 400 },
  );
});

// Guards against packed bytes that were cut off and read as if they were whole.
test("cut bytes are an error, never readings", () => {
  fc.assert(
    fc.property(block, fc.nat(), (one, cut) => {
      const bytes = pack(one);
      const short = bytes.slice(0, cut % bytes.length);
      try {
        expect(unpack(short)).not.toEqual(one);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
    { numRuns: 200 },
  );
});

const decimal = fc.tuple(fc.nat(999_999_999), fc.integer({ min: 0, max: 6 })).map(([digits, places]) => {
  const text = String(digits).padStart(places + 1, "0");
  return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
});

// Guards against a total that depends on the order of its parts, as floats' totals do.
test("decimals are added up exactly, in any order, whatever their places", () => {
  fc.assert(
    fc.property(fc.array(decimal, { maxLength: 200 }), (texts) => {
      const sum = new Sum();
      for (const text of texts) {
        const { digits, exponent } = exact(text)!;
        sum.add(digits, exponent);
      }
      const millionths = texts.reduce((total, text) => {
        const [units, fraction = ""] = text.split(".");
        return total + BigInt(units! + fraction.padEnd(6, "0"));
      }, 0n);
      expect(sum.finest()).toBe(millionths);
      expect(sum.whole()).toBe(whole(millionths));
    }),
  );
});
test("a common exponent loses no digit", () => {
  fc.assert(
    fc.property(fc.array(decimal, { maxLength: 50 }), (texts) => {
      const read = texts.map((text) => exact(text)!);
      const common = scaled(read)!;
      expect(common.numbers.map((number) => number * 10 ** common.exponent)).toEqual(
        texts.map((text) => expect.closeTo(Number(text), 6)),
      );
      for (const [i, one] of read.entries())
        expect(BigInt(common.numbers[i]!) * 10n ** BigInt(common.exponent + 6)).toBe(
          BigInt(one.digits) * 10n ** BigInt(one.exponent + 6),
        );
    }),
  );
});

const DAY_S = 86_400;
const day0 = Date.UTC(2026, 2, 27) / 1000; // the clock changes on the third day in Paris
/** Deliveries that overlap each other in time and grain, of one meter with two channels. */
const delivery = (id: number): fc.Arbitrary<DeliveredBlock> =>
  fc
    .record({
      asOfS: fc.integer({ min: 0, max: 3 }), // few, so that equal ones are tried
      channel: fc.constantFrom("E1", "E2", "B1"),
      stepS: fc.constantFrom(900, 1800, 3600),
      first: fc.nat(96),
      values: fc.array(fc.nat(5000), { minLength: 1, maxLength: 60 }),
      letter: fc.constantFrom("A", "E52", "N", "S14"),
      exponent: fc.constantFrom(-1, 0, 2),
    })
    .map(({ asOfS, channel, stepS, first, values, letter, exponent }) => ({
      asOfS,
      deliveryId: `dlv_${id}`,
      block: {
        kind: "intervals",
        channel,
        unit: "Wh",
        flow: channel === "B1" ? "feedIn" : "consumption",
        startS: day0 + first * 3600,
        stepS,
        exponent,
        values,
        qualities: values.map(() => letter),
      },
    }));
const deliveries = fc
  .integer({ min: 1, max: 8 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => delivery(i))));

/** What the table holds after these arrived: a delivery that is there already is not kept again. */
function kept(arrived: readonly DeliveredBlock[]): DeliveredBlock[] {
  return [...new Map(arrived.map((one) => [one.deliveryId, one])).values()];
}
const totals = (arrived: readonly DeliveredBlock[]) =>
  usageBy(buckets("day", day0, day0 + 8 * DAY_S, "Europe/Paris"), counted(kept(arrived)));

// Guards against a bill that depends on which file came first, or came twice: 100 shuffles of each set.
test("any order and any repetition of the same deliveries gives the same totals", () => {
  fc.assert(
    fc.property(
      deliveries,
      fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      (all, chance) => {
        const expected = totals(all);
        const next = () => chance.next().value as number;
        for (let i = 0; i < 100; i++) {
          const arrived = [...all, ...all.filter(() => next() < 0.5)];
          for (let j = arrived.length - 1; j > 0; j--) {
            const k = Math.floor(next() * (j + 1));
            [arrived[j], arrived[k]] = [arrived[k]!, arrived[j]!];
          }
          expect(totals(arrived)).toEqual(expected);
        }
      },
    ),
    { numRuns: 30 },
  );
});

// Guards against a minute that is billed twice when a channel is sent again in another grain.
test("no time of a channel counts twice", () => {
  fc.assert(
    fc.property(deliveries, (all) => {
      for (const readings of Map.groupBy(counted(all), (one) => one.channel).values())
        for (const [i, one] of readings.entries())
          if (i > 0) expect(readings[i - 1]!.toS).toBeLessThanOrEqual(one.fromS);
    }),
  );
});

// Guards against watt-hours that vanish between the days: the days of a range add up to the range.
test("registers are shared out among days without loss", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 60, max: 40 * DAY_S }), fc.nat(10_000_000)), { minLength: 1, maxLength: 12 }),
      (steps) => {
        const timesS = [day0 + 3600];
        const values = [0];
        for (const [gap, used] of steps) {
          timesS.push(timesS.at(-1)! + gap);
          values.push(values.at(-1)! + used);
        }
        const [at, register] = [timesS.at(-1)!, values.at(-1)!];
        const one: Block = {
          kind: "registers",
          channel: "register",
          unit: "L",
          flow: "consumption",
          startS: timesS[0]!,
          stepS: 0,
          timesS,
          exponent: 0,
          values,
          qualities: values.map(() => "A"),
        };
        const readings = counted([{ block: one, asOfS: 0, deliveryId: "dlv" }]);
        const days = usageBy(buckets("day", timesS[0]!, at, "Europe/Paris"), readings);
        const sum = days.reduce((total, day) => total + day.quantity, 0);
        // Each day is rounded once, by at most a half.
        expect(Math.abs(sum - register)).toBeLessThanOrEqual(days.length / 2);
        const [all] = usageBy([{ at: "all", fromS: day0, toS: at }], readings);
        expect(all!.quantity).toBe(register);
      },
    ),
  );
});
