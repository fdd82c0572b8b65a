import { describe, expect, test } from "vitest";
import { dialSpans, multiplied, PLAIN, type Truth, without } from "../../functions/meters/checks/truth.ts";
import type { Counted, Point } from "../../functions/meters/domain.ts";

const DAY_S = 86_400;
const point = (day: number, digits: number, exponent = 3): Point => ({
  atS: day * DAY_S,
  digits,
  exponent,
  channel: "register",
  flow: "consumption",
  quality: "A",
});
const amounts = (points: Point[], truth: Partial<Truth>) =>
  dialSpans(points, { ...PLAIN, ...truth }).map(({ digits, exponent }) => digits * 10 ** exponent);

describe("a dial's arithmetic", () => {
  // Guards against a month that is lost, or billed as 99,990 kWh, when a register goes round.
  test.each([5, 6, 7, 8])("a register of %i digits goes round", (digits) => {
    const round = 10 ** digits;
    const dials = [{ fromS: 0, roundPower: digits + 3 }];
    expect(amounts([point(1, round - 12), point(2, 30)], { dials })).toEqual([42_000]);
    // With three decimals, which turn with it.
    expect(amounts([point(1, (round - 12) * 1000, 0), point(2, 30_250, 0)], { dials })).toEqual([42_250]);
  });

  test("a register whose digits are not known, or that goes back by more than half its way, counts nothing", () => {
    expect(amounts([point(1, 99_990), point(2, 30)], {})).toEqual([]);
    const dials = [{ fromS: 0, roundPower: 8 }];
    expect(amounts([point(1, 50_000), point(2, 49_900)], { dials })).toEqual([]);
    // The dial was told of from a later day on.
    expect(amounts([point(1, 99_990), point(2, 30)], { dials: [{ fromS: 9 * DAY_S, roundPower: 8 }] })).toEqual([]);
  });

  test("an exchange counts the old dial to its end and the new one from its beginning", () => {
    const exchanges = [
      { channel: "register", atS: 1.5 * DAY_S, last: { digits: 812, exponent: 3 }, first: { digits: 4, exponent: 3 } },
    ];
    const spans = dialSpans([point(1, 800), point(2, 10), point(3, 15)], { ...PLAIN, exchanges });
    expect(
      spans.map(({ fromS, toS, digits, exponent }) => [fromS / DAY_S, toS / DAY_S, digits * 10 ** exponent]),
    ).toEqual([
      [1, 1.5, 12_000],
      [1.5, 2, 6_000],
      [2, 3, 5_000],
    ]);
  });

  test("two exchanges between two readings, and one of a dial that had gone round", () => {
    const exchanges = [
      { channel: "register", atS: 1.2 * DAY_S, last: { digits: 3, exponent: 3 }, first: { digits: 100, exponent: 3 } },
      { channel: "register", atS: 1.6 * DAY_S, last: { digits: 107, exponent: 3 }, first: { digits: 0, exponent: 0 } },
    ];
    const dials = [{ fromS: 0, roundPower: 8 }];
    expect(amounts([point(1, 99_999), point(2, 1)], { exchanges, dials })).toEqual([4_000, 7_000, 1_000]);
  });

  test("a multiplier holds from its day on, exactly", () => {
    const one = (day: number): Counted => ({
      channel: "main",
      flow: "consumption",
      fromS: day * DAY_S,
      toS: (day + 1) * DAY_S,
      digits: 25,
      exponent: -1,
      quality: "A",
      isRegister: false,
    });
    const dials = [
      { fromS: 2 * DAY_S, multiplier: { digits: 40, exponent: 0 } },
      { fromS: 3 * DAY_S, multiplier: { digits: 125, exponent: -2 } },
    ];
    expect(multiplied([one(1), one(2), one(3)], { ...PLAIN, dials }).map((c) => [c.digits, c.exponent])).toEqual([
      [25, -1],
      [1000, -1],
      [3125, -3],
    ]);
    // Beyond fifteen digits it is rounded, never a float.
    const huge = { ...one(1), digits: 9_007_199_254_740_991, exponent: 0 };
    expect(
      multiplied([huge], { ...PLAIN, dials: [{ fromS: 0, multiplier: { digits: 3, exponent: 0 } }] }),
    ).toMatchObject([{ digits: 2_702_159_776_422_297, exponent: 1 }]);
  });

  test("what is withdrawn becomes none, and only that", () => {
    const block = {
      kind: "intervals",
      channel: "main",
      unit: "Wh",
      flow: "consumption",
      startS: 0,
      stepS: 900,
      exponent: 0,
      values: [1, 2, 3, 4],
      qualities: ["A", "A", "A", "A"],
    } as const;
    const given = [
      { asOfS: 0, deliveryId: "dlv", block: { ...block, values: [1, 2, 3, 4], qualities: [...block.qualities] } },
    ];
    const [left] = without(given, [{ kind: "intervals", fromS: 900, toS: 2700 }]);
    expect(left!.block.qualities).toEqual(["A", "N", "N", "A"]);
    expect(without(given, [{ kind: "registers", fromS: 900, toS: 2700 }])).toEqual(given);
  });
});
