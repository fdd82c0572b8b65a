import { expect, test } from "vitest";
import { estimated } from "../../functions/meters/checks/estimating.ts";
import type { Counted } from "../../functions/meters/domain.ts";

const HOUR_S = 3600;
const DAY_S = 86_400;
const start = Date.UTC(2026, 0, 5) / 1000; // a Monday
const hour = (at: number, digits: number, quality = "A"): Counted => ({
  channel: "main",
  flow: "consumption",
  fromS: start + at * HOUR_S,
  toS: start + (at + 1) * HOUR_S,
  digits,
  exponent: 0,
  quality,
  isRegister: false,
});
const register = (from: number, to: number, digits: number): Counted => ({
  ...hour(from, digits),
  channel: "register",
  toS: start + to * HOUR_S,
  isRegister: true,
});
/** On weekdays 10, 20, … 240 by the hour; on weekends a hundredth of it. */
const course = (at: number) => ((at % 24) + 1) * (Math.floor(at / 24) % 7 >= 5 ? 1 : 10);
const weeks = (isRead: (at: number) => boolean, count = 21) =>
  Array.from({ length: count * 24 }, (_, at) => at)
    .filter(isRead)
    .map((at) => hour(at, course(at)));
const known = (counts: Counted[], registers: Counted[] = []) => ({ counts, registers, zone: "UTC", unit: "Wh" });
const at = (hours: number) => start + hours * HOUR_S;
const amounts = ({ blocks }: ReturnType<typeof estimated>) =>
  blocks.flatMap(({ values, exponent }) => values.map((value) => value * 10 ** exponent));

test("a gap is filled as the same hours of like days: weekdays by weekdays, weekends by weekends", () => {
  const isMissing = (hours: number) => (hours >= 7 * 24 + 5 && hours < 7 * 24 + 8) || hours === 12 * 24 + 3;
  const made = estimated(known(weeks((hours) => !isMissing(hours))), at(7 * 24), at(14 * 24));
  expect(amounts(made)).toEqual([60, 70, 80, 4]);
  expect(made).toMatchObject({ count: 4, channels: ["main"], methods: ["like_days"] });
  expect(made.blocks.map(({ startS, stepS, qualities }) => [startS, stepS, qualities])).toEqual([
    [at(7 * 24 + 5), HOUR_S, ["S15", "S15", "S15"]],
    [at(12 * 24 + 3), HOUR_S, ["S15"]],
  ]);
});

test("where registers are known, what is missing adds up to them exactly", () => {
  const isMissing = (hours: number) => hours >= 7 * 24 + 5 && hours < 7 * 24 + 8;
  const intervals = weeks((hours) => !isMissing(hours));
  const read = intervals
    .filter(({ fromS }) => fromS >= at(7 * 24) && fromS < at(8 * 24))
    .reduce((sum, { digits }) => sum + digits, 0);
  const made = estimated(known(intervals, [register(7 * 24, 8 * 24, read + 100)]), at(7 * 24), at(8 * 24));
  expect(made.methods).toEqual(["like_days_scaled"]);
  const [a, b, c] = amounts(made);
  expect([a, b, c].map((one) => Math.round(one!))).toEqual([29, 33, 38]);
  // In millionths of a Wh, so that nothing is lost.
  const { values, exponent } = made.blocks[0]!;
  expect(values.reduce((sum, one) => sum + one, 0) * 10 ** (exponent + 6)).toBe(100_000_000);
  // Registers that say less than what was read contradict it: they scale nothing.
  const less = estimated(known(intervals, [register(7 * 24, 8 * 24, read - 1)]), at(7 * 24), at(8 * 24));
  expect(less.methods).toEqual(["like_days"]);
});

test("of a span of registers, what was not asked for keeps its share", () => {
  const isMissing = (hours: number) => hours === 7 * 24 + 9 || hours === 7 * 24 + 19;
  const intervals = weeks((hours) => !isMissing(hours));
  const read = intervals
    .filter(({ fromS }) => fromS >= at(7 * 24) && fromS < at(8 * 24))
    .reduce((sum, { digits }) => sum + digits, 0);
  const made = estimated(known(intervals, [register(7 * 24, 8 * 24, read + 90)]), at(7 * 24), at(7 * 24 + 12));
  expect(amounts(made)).toEqual([30]); // 100 of 300, out of 90
});

test("without like days it is a straight line between the neighbours, or as the only one of them", () => {
  const two = [hour(0, 10), hour(4, 50)];
  const made = estimated(known(two), at(0), at(5));
  expect(amounts(made)).toEqual([20, 30, 40]);
  expect(made).toMatchObject({ methods: ["linear"], blocks: [{ qualities: ["S17", "S17", "S17"] }] });
  expect(amounts(estimated(known([hour(0, 10)]), at(0), at(3)))).toEqual([10, 10]);
});

test("nothing is made of nothing, and an estimate is no like day for another", () => {
  expect(estimated(known([]), at(0), at(24)).count).toBe(0);
  const guessed = [hour(0, 10), hour(1, 900, "S15"), hour(2, 10), hour(24, 10), hour(26, 30)];
  expect(amounts(estimated(known(guessed), at(24), at(27)))).toEqual([20]);
});

// Guards against a month that its register counted, and that an estimate of an hour takes away.
test("where the register counts nothing is missing", () => {
  const counts = [...weeks((hours) => hours < 7 * 24 || hours >= 9 * 24), register(7 * 24, 8 * 24, 5_000)];
  const made = estimated(known(counts), at(7 * 24), at(9 * 24));
  expect(made.blocks.map(({ startS }) => startS)).toEqual([at(8 * 24)]);
  expect(made.count).toBe(24);
});

test("on a day of 25 hours both hours of the same name are filled alike", () => {
  const first = Date.UTC(2026, 9, 12) / 1000 - 2 * HOUR_S; // Paris
  const autumn = Date.UTC(2026, 9, 25) / 1000; // 02:00, for the first time
  const readings = Array.from({ length: 20 * 24 }, (_, i) => first + i * HOUR_S)
    .filter((fromS) => fromS < autumn || fromS >= autumn + 2 * HOUR_S)
    .map((fromS) => ({ ...hour(0, 0), fromS, toS: fromS + HOUR_S }))
    .map((one) => {
      const hours = one.fromS < autumn ? 2 : 1;
      return { ...one, digits: new Date((one.fromS + hours * HOUR_S) * 1000).getUTCHours() * 10 };
    });
  const { zone: _, ...rest } = known(readings);
  const made = estimated({ ...rest, zone: "Europe/Paris" }, autumn - DAY_S, autumn + DAY_S);
  expect(amounts(made)).toEqual([20, 20]);
});
