import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { modelled, unmodelled } from "../../functions/meters/modelled.ts";

const START_S = Date.UTC(2026, 9, 1) / 1000;
const load = fc.oneof(
  fc.array(fc.nat(900), { maxLength: 400 }),
  fc.array(
    fc.integer({ min: -50_000, max: 2_000_000 }).map((whole) => whole * 10),
    { maxLength: 200 },
  ),
  fc.array(fc.oneof(fc.constant(0), fc.nat(2 ** 31 - 1)), { maxLength: 200 }),
  fc.tuple(fc.nat(5_000), fc.nat(500)).map(([value, count]) => Array<number>(count).fill(value)),
);
const rowsOf = (count: number, stepS: number, perMeter: number) => ({
  stepS,
  meters: Array.from({ length: count }, (_, i) => Math.floor(i / perMeter)),
  timesS: Array.from({ length: count }, (_, i) => START_S + (i % perMeter) * (stepS || 777)),
});

// Guards against a reading that comes back as another.
test("what is likely and what is not come back as they were, in the same bytes each time", () => {
  fc.assert(
    fc.property(
      load,
      fc.constantFrom(0, 60, 900, 3_600, 86_400),
      fc.integer({ min: 1, max: 300 }),
      (values, stepS, perMeter) => {
        const rows = rowsOf(values.length, stepS, perMeter);
        const bytes = modelled(values, rows)!;
        expect(unmodelled(bytes, values.length, rows)).toEqual(values);
        expect(modelled(values, rows)).toEqual(bytes);
      },
    ),
    { numRuns: 200 },
  );
});

test("what is too large for it is said to be", () => {
  expect(modelled([0, 2 ** 31], rowsOf(2, 900, 2))).toBeUndefined();
  expect(modelled([-5, 2 ** 31 - 5], rowsOf(2, 900, 2))).toBeUndefined();
});

// Guards against bytes that were cut off and read as if they were whole.
test("bytes that were cut off are an error or other numbers, never the same", () => {
  const values = Array.from({ length: 500 }, (_, i) => 100 + ((i * 7_919) % 501));
  const rows = rowsOf(500, 900, 500);
  const bytes = modelled(values, rows)!;
  for (let length = 2; length < bytes.length - 2; length += 7) {
    let read: number[] | undefined;
    try {
      read = unmodelled(bytes.slice(0, length), 500, rows);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
    expect(read).not.toEqual(values);
  }
});

// Guards against a change by which the segments that cities have could not be read any more.
test("the bytes are those of the first of this format", () => {
  const values = Array.from({ length: 2_000 }, (_, i) => 20 + (i % 96) + ((i * i * 31) % 77));
  const bytes = modelled(values, rowsOf(2_000, 900, 2_000))!;
  expect(createHash("sha256").update(bytes).digest("hex").slice(0, 16)).toBe("d169619693533805");
});
