import { describe, expect, test } from "vitest";
import { type Found, look, type Seen } from "../../functions/meters/checks/looking.ts";
import { FIRST, ruleSetOn } from "../../functions/meters/checks/rules.ts";
import { RuleName, type Rules } from "../../functions/meters/checks/schema.ts";
import { type Dial, type Exchange, PLAIN } from "../../functions/meters/checks/truth.ts";
import { type Counted, iso, type Point } from "../../functions/meters/domain.ts";

const HOUR_S = 3600;
const ZONE = "Europe/Paris";
const start = Date.UTC(2026, 1, 1) / 1000 - HOUR_S; // midnight in Paris, of a Sunday
/** A home's day by hours, in Wh: little at night, much in the evening. */
const COURSE = [2, 2, 2, 2, 2, 3, 6, 9, 7, 4, 4, 5, 7, 6, 4, 4, 5, 8, 14, 18, 16, 12, 7, 4].map((one) => one * 100);

/** Hours from the first of February on; `change` says what one hour was instead, or that it was not read. */
function hours(
  count: number,
  change: (hour: number, usual: number) => number | undefined = (_, usual) => usual,
): Counted[] {
  return Array.from({ length: count }, (_, hour) => hour).flatMap((hour) => {
    const digits = change(hour, COURSE[hour % 24]!);
    if (digits === undefined) return [];
    const fromS = start + hour * HOUR_S;
    const head = { channel: "main", flow: "consumption", quality: "A", isRegister: false } as const;
    return [{ ...head, fromS, toS: fromS + HOUR_S, digits, exponent: 0 }];
  });
}
const dayS = (day: number) => start + day * 24 * HOUR_S;
/** Registers of a face in kWh, a day each. */
const registers = (...kwh: number[]): Point[] =>
  kwh.map((digits, i) => ({
    atS: dayS(27 + i) + 6 * HOUR_S,
    digits,
    exponent: 3,
    channel: "register",
    flow: "consumption",
    quality: "A",
  }));

function found(
  counted: Counted[],
  more: {
    points?: Point[];
    dials?: Dial[];
    exchanges?: Exchange[];
    rules?: Partial<Rules>;
    tampers?: Seen["tampers"];
    days?: [number, number];
  } = {},
): Found[] {
  const { points, dials = [], exchanges = [], rules = {}, tampers = [], days = [27, 31] } = more;
  const seen: Seen = {
    counted,
    points: points ? [points] : [],
    truth: { ...PLAIN, dials, exchanges },
    tampers,
    facePower: 3,
    zone: ZONE,
    fromS: dayS(days[0]),
    toS: dayS(days[1]),
    rulesOn: () => ({ ...FIRST.electricity, ...rules }),
  };
  return look(seen);
}
const on27 = (hour: number) => Math.floor(hour / 24) === 27;
const DAYS = 28 * 24;

/** Each rule: what it finds, and the like that is right. */
const CASES: Record<RuleName, { wrong: () => Found[]; facts: Found["facts"]; right: () => Found[] }> = {
  range: {
    wrong: () => found(hours(DAYS, (hour, usual) => (hour === 27 * 24 + 3 ? 260_000 : usual))),
    facts: { count: 1, perHour: 260_000, limit: 250_000 },
    right: () => found(hours(DAYS)),
  },
  negative: {
    wrong: () => found(hours(DAYS, (hour, usual) => (hour === 27 * 24 + 3 ? -5 : usual))),
    facts: { count: 1, quantity: -5 },
    right: () => found(hours(DAYS, (hour, usual) => (hour === 27 * 24 + 3 ? 0 : usual))),
  },
  spike: {
    wrong: () => found(hours(DAYS, (hour, usual) => (hour === 27 * 24 + 3 ? 9_000 : usual))),
    facts: { count: 1, perHour: 9_000, usual: 200, minute: 180 },
    // Ten times the usual, and yet no more than a kettle.
    right: () => found(hours(DAYS, (hour, usual) => (hour === 27 * 24 + 3 ? 2_500 : usual))),
  },
  zero_run: {
    wrong: () => found(hours(31 * 24, (hour, usual) => (hour >= 25 * 24 && hour < 29 * 24 ? 0 : usual))),
    facts: { hours: 72 },
    right: () => found(hours(31 * 24, (hour, usual) => (hour >= 25 * 24 && hour < 28 * 24 - 1 ? 0 : usual))),
  },
  gap: {
    wrong: () =>
      found(hours(DAYS + 24, (hour, usual) => (hour === 27 * 24 + 3 || hour === 27 * 24 + 9 ? undefined : usual))),
    facts: { count: 2, minutes: 120 },
    // What has not come yet is not missing.
    right: () => found(hours(DAYS - 7)),
  },
  reversed: {
    wrong: () => found([], { points: registers(5_000, 4_900) }),
    facts: { before: 5_000_000, after: 4_900_000 },
    right: () => found([], { points: registers(5_000, 5_000, 5_012) }),
  },
  roll_over: {
    wrong: () => found([], { points: registers(99_990, 12) }),
    facts: { before: 99_990_000, after: 12_000, digits: 5 },
    right: () => found([], { points: registers(99_990, 12), dials: [{ fromS: 0, roundPower: 8 }] }),
  },
  exchange: {
    wrong: () => found([], { points: registers(5_000, 3) }),
    facts: { before: 5_000_000, after: 3_000 },
    right: () =>
      found([], {
        points: registers(5_000, 3),
        exchanges: [
          {
            channel: "register",
            atS: dayS(28),
            last: { digits: 5_004, exponent: 3 },
            first: { digits: 0, exponent: 0 },
          },
        ],
      }),
  },
  clock_shift: {
    wrong: () => found(hours(DAYS, (hour, usual) => (on27(hour) ? COURSE[(hour + 2) % 24] : usual))),
    facts: { hours: -2 },
    // A quiet day is no other hour.
    right: () => found(hours(DAYS, (hour, usual) => (on27(hour) ? usual / 2 : usual))),
  },
  daylight_saving: {
    // The 25th of October has 25 hours in Paris; this source sent 24.
    wrong: () =>
      found(
        october((hour) => hour !== 26),
        { days: [265.5, 269] },
      ),
    facts: { hours: 25 },
    right: () =>
      found(
        october(() => true),
        { days: [265.5, 269] },
      ),
  },
  unit: {
    wrong: () => found(hours(DAYS, (hour, usual) => (on27(hour) ? usual * 1000 : usual))),
    facts: { times: 1000 },
    right: () => found(hours(DAYS, (hour, usual) => (on27(hour) ? usual * 3 : usual))),
  },
  tampered: {
    // An event of the meter, and a reader's word beside what he read; both last into the next day.
    wrong: () =>
      found(
        hours(DAYS + 24).map((one) => (one.fromS >= dayS(27) + 20 * HOUR_S ? { ...one, quality: "A:70" } : one)),
        { tampers: [27, 28].map((day) => ({ at: iso(dayS(day) + HOUR_S), kind: "magnet" as const })) },
      ),
    facts: { kinds: "magnet,tampered" },
    // It was found on the day before; and a locked gate is no crime.
    right: () =>
      found(
        hours(DAYS).map((one) => ({ ...one, quality: "A:13" })),
        { tampers: [26, 27].map((day) => ({ at: iso(dayS(day) + HOUR_S), kind: "magnet" as const })) },
      ),
  },
};

/** Eight days around the autumn's change of clocks, each hour as the wall shows it. */
function october(isRead: (hour: number) => boolean): Counted[] {
  const first = Date.UTC(2026, 9, 24) / 1000 - 2 * HOUR_S;
  return Array.from({ length: 4 * 24 }, (_, hour) => hour)
    .filter(isRead)
    .map((hour) => ({
      channel: "main",
      flow: "consumption",
      quality: "A",
      isRegister: false,
      fromS: first + hour * HOUR_S,
      toS: first + (hour + 1) * HOUR_S,
      digits: 300 + hour,
      exponent: 0,
    }));
}

describe("each rule finds what it is for, and leaves alone what is right", () => {
  test.each(RuleName.options)("%s", (rule) => {
    const { wrong, right, facts } = CASES[rule];
    const one = wrong();
    expect(one.map((each) => each.rule)).toEqual([rule]);
    expect(one[0]!.facts).toEqual(facts);
    expect(right()).toEqual([]);
  });

  test.each(RuleName.options)("%s can be turned off", (rule) => {
    const before = FIRST.electricity[rule];
    FIRST.electricity[rule] = { ...before, isOn: false } as never;
    try {
      expect(CASES[rule].wrong().map((each) => each.rule)).not.toContain(rule);
    } finally {
      FIRST.electricity[rule] = before as never;
    }
  });
});

// Guards against a false alarm on the two days a year on which the clocks change.
test("days of 23 and 25 hours that are read whole are right", () => {
  const spring = Date.UTC(2026, 2, 27) / 1000 - HOUR_S;
  const all = Array.from(
    { length: 6 * 24 },
    (_, hour): Counted => ({
      channel: "main",
      flow: "consumption",
      quality: "A",
      isRegister: false,
      fromS: spring + hour * HOUR_S,
      toS: spring + (hour + 1) * HOUR_S,
      digits: 400,
      exponent: 0,
    }),
  );
  expect(found(all, { days: [52.5, 59] })).toEqual([]);
  expect(
    found(
      october(() => true),
      { days: [263.5, 270] },
    ),
  ).toEqual([]);
});

test("what was estimated is no gap, and is not judged as if it were read", () => {
  const all = hours(DAYS + 24).map((one) =>
    one.fromS === dayS(27) + 3 * HOUR_S ? { ...one, digits: 900_000, quality: "S15" } : one,
  );
  expect(found(all)).toEqual([]);
});

test("the set of rules that judges a day is the latest that began by then", () => {
  const set = (version: number, from: string) => ({ ...FIRST, version, from });
  const sets = [set(3, "2026-03-01"), set(2, "2026-06-01"), set(1, "2026-03-01"), FIRST];
  expect(["2026-02-28", "2026-03-01", "2026-05-31", "2026-06-01"].map((day) => ruleSetOn(sets, day).version)).toEqual([
    0, 3, 3, 2,
  ]);
});
