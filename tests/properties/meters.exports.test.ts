import fc from "fast-check";
import { expect, test } from "vitest";
import { buckets, counted, type DeliveredBlock, usageBy } from "../../functions/meters/domain.ts";
import { decimalOf, exact, finest } from "../../functions/meters/exact.ts";
import { channelsOf } from "../../functions/meters/exporting/contents.ts";
import { csvOf } from "../../functions/meters/exporting/csv.ts";
import { greenButtonOf } from "../../functions/meters/exporting/green-button.ts";
import { nem12Of } from "../../functions/meters/exporting/nem12.ts";
import type { Meter } from "../../functions/meters/schema.ts";
import { blocksOfFile, readFile } from "../meter-files.ts";

const DAY_S = 86_400;
const day0 = Date.UTC(2026, 2, 27) / 1000; // the clock changes on the third day in Paris
const meter: Meter = {
  id: "mtr_01M84J20000000000000000000",
  serial: "E-1001",
  kind: "electricity",
  registerUnit: "kWh",
  registeredAt: "2026-01-01T00:00:00.000Z",
};
const letter = fc.constantFrom("A", "A:79", "E52", "S14", "F52:71", "E", "N");
const intervals = (step: fc.Arbitrary<number>) =>
  fc.record({
    asOfS: fc.integer({ min: 0, max: 3 }),
    channel: fc.constantFrom("main", "E1", "E2", "B1"),
    stepS: step,
    first: fc.nat(96),
    values: fc.array(fc.nat(5000), { minLength: 1, maxLength: 60 }),
    letters: fc.array(letter, { minLength: 1, maxLength: 5 }),
    exponent: fc.constantFrom(-6, -1, 0, 2),
  });
const dials = fc.record({
  asOfS: fc.integer({ min: 0, max: 3 }),
  channel: fc.constantFrom("register", "11-01"),
  times: fc.uniqueArray(fc.nat(300), { minLength: 1, maxLength: 6 }),
  values: fc.array(fc.nat(90_000), { minLength: 6, maxLength: 6 }),
  letters: fc.array(
    letter.filter((one) => one !== "N"),
    { minLength: 6, maxLength: 6 },
  ),
});

const flowOf = (channel: string) => (channel === "B1" ? "feedIn" : "consumption") as "feedIn" | "consumption";
const delivered = (
  some: readonly (typeof intervals extends (step: never) => fc.Arbitrary<infer T> ? T : never)[],
  registers: readonly (typeof dials extends fc.Arbitrary<infer T> ? T : never)[],
): DeliveredBlock[] => [
  ...some.map(
    ({ asOfS, channel, stepS, first, values, letters, exponent }, i): DeliveredBlock => ({
      asOfS,
      deliveryId: `dlv_${i}`,
      block: {
        kind: "intervals",
        channel,
        unit: "Wh",
        flow: flowOf(channel),
        startS: day0 + first * 3600,
        stepS,
        exponent,
        values,
        qualities: values.map((_, j) => letters[j % letters.length]!),
      },
    }),
  ),
  ...registers.map(({ asOfS, channel, times, values, letters }, i): DeliveredBlock => {
    const timesS = [...times].sort((a, b) => a - b).map((hour) => day0 + hour * 3600);
    return {
      asOfS,
      deliveryId: `dlv_r${i}`,
      block: {
        kind: "registers",
        channel,
        unit: "Wh",
        flow: "consumption",
        startS: timesS[0]!,
        stepS: 0,
        timesS,
        exponent: 0,
        values: values.slice(0, timesS.length),
        qualities: letters.slice(0, timesS.length),
      },
    };
  }),
];

const contentsOf = (all: readonly DeliveredBlock[]) => ({
  meter,
  channels: channelsOf(all, 0, 4e9),
  timeZone: "Europe/Paris",
  madeAt: new Date("2026-11-25T12:00:00Z"),
});
const again = (text: string) => blocksOfFile(readFile(text, { meter: meter.serial }));
/** A dial that fell is two channels in an export, so the coverage, which is the longest channel's, is left out. */
const days = (all: readonly DeliveredBlock[]) =>
  usageBy(buckets("day", day0, day0 + 20 * DAY_S, "Europe/Paris"), counted(all)).map(({ coverage: _, ...day }) => day);
/** What counts, second by second, with the letter of its quality. */
const told = (all: readonly DeliveredBlock[]) =>
  counted(all)
    .map((one) => `${one.flow} ${one.fromS} ${one.toS} ${finest(one.digits, one.exponent)} ${one.quality[0]}`)
    .sort();

// Guards against data that a resident takes away and that says something else elsewhere: other totals, or an estimate
// that has become a reading.
test.each([
  ["csv", csvOf],
  ["green-button", greenButtonOf],
] as const)("what is exported as %s and taken in again gives the same totals and qualities", (_, write) => {
  fc.assert(
    fc.property(
      fc.array(intervals(fc.constantFrom(900, 1800, 3600, DAY_S)), { maxLength: 4 }),
      fc.array(dials, { maxLength: 2 }),
      (some, registers) => {
        const all = delivered(some, registers);
        const contents = contentsOf(all);
        if (contents.channels.length === 0) return;
        const back = again(write(contents));
        expect(told(back)).toEqual(told(all));
        expect(days(back)).toEqual(days(all));
      },
    ),
    { numRuns: 150 },
  );
});

/** NEM12 has no estimate without a method: one of which none was told is a substitute that was agreed. */
const agreed = (one: DeliveredBlock): DeliveredBlock => ({
  ...one,
  block: { ...one.block, qualities: one.block.qualities.map((quality) => (quality === "E" ? "S55" : quality)) },
});

test("what is exported as NEM12 and taken in again gives the same totals and qualities", () => {
  fc.assert(
    fc.property(
      fc
        .constantFrom(300, 900, 1800, 3600)
        .chain((step) => fc.array(intervals(fc.constant(step)), { minLength: 1, maxLength: 4 })),
      (some) => {
        const all = delivered(some, []);
        const contents = contentsOf(all);
        if (contents.channels.length === 0) return;
        const back = again(nem12Of(contents));
        expect(told(back)).toEqual(told(all.map(agreed)));
        expect(days(back)).toEqual(days(all.map(agreed)));
      },
    ),
    { numRuns: 150 },
  );
});

test("a decimal is written as it is read", () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 49), max: 2 ** 49 }), fc.integer({ min: -9, max: 6 }), (digits, exponent) => {
      const back = exact(decimalOf(digits, exponent))!;
      expect(finest(back.digits, back.exponent + 3)).toBe(finest(digits, exponent + 3));
    }),
  );
});
