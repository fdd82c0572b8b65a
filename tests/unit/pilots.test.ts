import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Effect, effectOf, type Point, stoppedOn, tQuantile, verdictOf } from "../../marketplace/pilots/effect.ts";
import { dayPlus } from "../../shared/time.ts";

const days = (from: string, gaps: readonly [pilot: number, control: number][]): Point[] =>
  gaps.map(([pilot, control], i) => ({ day: dayPlus(from, i), pilot, control }));
const effect = (points: Point[]) => effectOf(points, "2026-02-01") as Effect;

describe("what a pilot did", () => {
  test("the quantile is Student’s", () => {
    // R: qt(0.975, c(3, 5, 10, 30, 100))
    for (const [freedom, expected] of [
      [3, 3.182],
      [5, 2.571],
      [10, 2.228],
      [30, 2.042],
      [100, 1.984],
    ] as const)
      expect(Math.abs(tQuantile(freedom) - expected)).toBeLessThan(freedom < 5 ? 0.08 : 0.006);
  });

  // Guards against a pilot that takes the credit for what the weather did everywhere.
  test("what changes in both districts is no effect; what changes in one is", () => {
    const wave = [3, 5, 4, 6, 5, 3, 4, 5, 6, 4];
    const both = (drop: number, own: number) => [
      ...days(
        "2026-01-10",
        wave.map((one) => [one + 2, one]),
      ),
      ...days(
        "2026-02-01",
        wave.map((one) => [one + 2 - drop - own, one - drop]),
      ),
    ];
    expect(effect(both(2, 0))).toMatchObject({ effect: 0, days: { before: 10, after: 10 }, movedApart: false });
    const found = effect(both(2, 1.5));
    expect(found.effect).toBeCloseTo(-1.5);
    expect([found.interval!.low, found.interval!.high]).toEqual([expect.closeTo(-1.5), expect.closeTo(-1.5)]);
    expect(verdictOf(found, "lower", 1)).toBe("reached");
    expect(verdictOf(found, "lower", 2)).toBe("not_reached");
    expect(verdictOf(found, "higher", 1)).toBe("not_reached");
  });

  test("with too few days there is an effect and no claim how sure it is; without any there is none", () => {
    const few = effect([
      ...days("2026-01-28", [
        [2, 1],
        [2, 1],
      ]),
      ...days("2026-02-01", [[1, 1]]),
    ]);
    expect(few).toMatchObject({ effect: -1 });
    expect(few.interval).toBeUndefined();
    expect(verdictOf(few, "lower", 0.1)).toBe("unclear");
    expect(effectOf(days("2026-02-01", [[1, 1]]), "2026-02-01")).toEqual({ missing: "before" });
    expect(effectOf(days("2026-01-01", [[1, 1]]), "2026-02-01")).toEqual({ missing: "after" });
  });

  test("districts that moved apart before the start are told", () => {
    const apart = Array.from({ length: 20 }, (_, i): [number, number] => [10 + i + (i % 3), 10]);
    expect(effect([...days("2026-01-10", apart), ...days("2026-02-01", apart)]).movedApart).toBe(true);
  });

  test("the interval holds the effect, widens with doubt, and does not hang on the order of rows", () => {
    const gapsOf = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 7, maxLength: 20 });
    fc.assert(
      fc.property(gapsOf, gapsOf, fc.integer({ min: -100, max: 100 }), (before, after, shift) => {
        const points = (by: number) => [
          ...days(
            "2026-01-01",
            before.map((one) => [one + 3, 3]),
          ),
          ...days(
            "2026-02-01",
            after.map((one) => [one + 3 + by, 3]),
          ),
        ];
        const one = effect(points(0));
        expect(one.interval!.low).toBeLessThanOrEqual(one.effect + 1e-9);
        expect(one.interval!.high).toBeGreaterThanOrEqual(one.effect - 1e-9);
        const moved = effect(points(shift));
        expect(moved.effect - one.effect).toBeCloseTo(shift, 6);
        expect(moved.interval!.low - one.interval!.low).toBeCloseTo(shift, 6);
        expect(effect(points(0).reverse())).toEqual(one);
      }),
      { numRuns: 100 },
    );
  });

  test("a stop rule acts on so many days in a row, and a day without a figure breaks the row", () => {
    const next = (day: string) => dayPlus(day, 1);
    const rule = { when: "above", value: 10, days: 3 } as const;
    const on = (values: (number | undefined)[]) =>
      stoppedOn(
        rule,
        values.flatMap((value, i) => (value === undefined ? [] : [{ day: dayPlus("2026-02-01", i), value }])),
        next,
      );
    expect(on([11, 11, 11, 9])).toBe("2026-02-03");
    expect(on([11, 11, 9, 11, 11])).toBeUndefined();
    expect(on([11, 11, undefined, 11, 11])).toBeUndefined();
    expect(on([10, 10, 10])).toBeUndefined();
  });
});
