import { dayOf, dayPlus } from "../../../shared/time.ts";
import { type Counted, iso, type Point } from "../domain.ts";
import { whole } from "../exact.ts";
import type { TamperEvent, TamperKind } from "../tamper/schema.ts";
import { Calendar, type CityDay, median } from "./calendar.ts";
import { commonStep, isUncounted, LIKE_DAYS, missingAt } from "./estimating.ts";
import type { Finding, RuleName, Rules } from "./schema.ts";
import { dialAt, millionths, type Truth } from "./truth.ts";

// What seems wrong of a meter's days. Plain arithmetic on what counts; a rule says only whether and how sharply it looks.

export interface Seen {
  /** What counts, multipliers in, from `LOOK_BACK_DAYS` before the first day to the end of the last. */
  counted: readonly Counted[];
  /** What the registers showed, by channel, with the neighbours outside. */
  points: readonly (readonly Point[])[];
  truth: Truth;
  /** What was told of tampering, from the day before the first on. */
  tampers: readonly Pick<TamperEvent, "at" | "kind">[];
  /** The power of ten of the unit on the meter's face. */
  facePower: number;
  zone: string;
  /** The days that are judged. */
  fromS: number;
  toS: number;
  rulesOn: (day: string) => Rules;
}

export type Found = Pick<Finding, "rule" | "day" | "facts" | "from" | "to">;

export const LOOK_BACK_DAYS = LIKE_DAYS;
const DAY_S = 86_400;
const HOUR_S = 3600;
/** Fewer like days than this say nothing of what is usual. */
const USUAL_LEAST = 3;
const COURSE_LEAST = 5;

/** One interval as the rules see it: base units, and base units in an hour. */
interface Use {
  fromS: number;
  toS: number;
  amount: number;
  perHour: number;
}

/** Everything that is found, at most once for each day and rule. */
export function look(seen: Seen): Found[] {
  const found = new Map<string, Found>();
  const add = (one: Found) => {
    const key = `${one.day} ${one.rule}`;
    if (!found.has(key)) found.set(key, one);
  };
  const consumed = seen.counted.filter(({ flow, isRegister }) => flow === "consumption" && !isRegister);
  for (const readings of Map.groupBy(consumed, ({ channel }) => channel).values())
    for (const one of lookAtIntervals(readings, seen)) add(one);
  for (const points of seen.points)
    if (points[0]?.flow !== "other") for (const one of lookAtRegisters(points, seen)) add(one);
  for (const one of tampered(seen)) add(one);
  return [...found.values()].sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.rule < b.rule ? -1 : 1));
}

/** NEM12's reasons that speak of tampering: illegal connection or equipment, a probe's report, seals, reversed energy. */
const REASONS = new Map<string, TamperKind>([
  ...["60", "63", "70"].map((code) => [code, "tampered"] as const),
  ...["22", "23", "24", "25", "26", "27", "31"].map((code) => [code, "seal_missing"] as const),
  ["39", "reversed"],
]);

/** What was told of tampering, by events or by the reasons of readings. What lasts for days is found on its first. */
function tampered({ counted, tampers, fromS, toS, zone, rulesOn }: Seen): Found[] {
  const told = [
    ...tampers.map(({ at: when, kind }) => ({ atS: Date.parse(when) / 1000, kind })),
    ...counted.flatMap(({ quality, toS: atS }) => {
      const kind = REASONS.get(quality.split(":")[1] ?? "");
      return kind ? [{ atS: atS - 1, kind }] : [];
    }),
  ];
  const byDay = Map.groupBy(told, ({ atS }) => dayOf(new Date(atS * 1000), zone));
  return [...byDay].flatMap(([day, all]) => {
    const before = new Set(byDay.get(dayPlus(day, -1))?.map(({ kind }) => kind));
    const fresh = all.filter(({ atS, kind }) => atS >= fromS && atS < toS && !before.has(kind));
    if (fresh.length === 0 || !rulesOn(day).tampered.isOn) return [];
    const times = fresh.map(({ atS }) => atS);
    const kinds = [...new Set(fresh.map(({ kind }) => kind))].sort().join(",");
    return [{ rule: "tampered", day, from: iso(Math.min(...times)), to: iso(Math.max(...times)), facts: { kinds } }];
  });
}

const baseUnits = (one: Counted): number => Number(millionths(one)) / 1_000_000;

function lookAtIntervals(readings: readonly Counted[], seen: Seen): Found[] {
  const calendar = new Calendar(seen.fromS - LOOK_BACK_DAYS * DAY_S, seen.toS, seen.zone);
  const uses = readings.map((one): Use => {
    const amount = baseUnits(one);
    return { fromS: one.fromS, toS: one.toS, amount, perHour: (amount * HOUR_S) / (one.toS - one.fromS) };
  });
  // What was estimated or substituted was judged by whoever did it.
  const read = uses.filter((_, i) => readings[i]!.quality.startsWith("A"));
  const byDay = Map.groupBy(read, ({ fromS }) => calendar.dayAt(fromS)?.at);
  const usual = usualOf(read, calendar);
  const courses = coursesOf(read, calendar);
  const stepS = commonStep(readings);
  const out: Found[] = [];
  for (const day of calendar.days) {
    if (day.fromS < seen.fromS || day.fromS >= seen.toS) continue;
    const rules = seen.rulesOn(day.at);
    const today = byDay.get(day.at) ?? [];
    const isUnit = unit(day, today, byDay, calendar, rules);
    out.push(...isUnit);
    if (isUnit.length === 0) out.push(...range(day, today, rules), ...spike(day, today, usual, calendar, rules));
    out.push(
      ...negative(day, today, rules),
      ...zeroRun(day, read, rules),
      ...gap(day, readings, stepS, seen, rules),
      ...clockShift(day, courses, calendar, rules),
    );
  }
  return out;
}

const at = (
  rule: RuleName,
  day: CityDay,
  some: readonly { fromS: number; toS: number }[],
  facts: Found["facts"],
): Found => ({
  rule,
  day: day.at,
  from: iso(Math.min(...some.map(({ fromS }) => fromS))),
  to: iso(Math.max(...some.map(({ toS }) => toS))),
  facts,
});

function range(day: CityDay, today: readonly Use[], { range: rule }: Rules): Found[] {
  const over = rule.isOn ? today.filter(({ perHour }) => perHour > rule.mostPerHour) : [];
  if (over.length === 0) return [];
  const most = Math.round(Math.max(...over.map(({ perHour }) => perHour)));
  return [at("range", day, over, { count: over.length, perHour: most, limit: rule.mostPerHour })];
}

function negative(day: CityDay, today: readonly Use[], { negative: rule }: Rules): Found[] {
  const below = rule.isOn ? today.filter(({ amount }) => amount < 0) : [];
  if (below.length === 0) return [];
  return [
    at("negative", day, below, {
      count: below.length,
      quantity: Math.round(below.reduce((sum, one) => sum + one.amount, 0)),
    }),
  ];
}

/** What the meter uses at an hour on like days, in an hour; undefined where too few are known. */
type Usual = (use: Use) => number | undefined;
function usualOf(read: readonly Use[], calendar: Calendar): Usual {
  const keyOf = ({ fromS }: Use) => `${calendar.dayAt(fromS)?.isWeekend} ${calendar.minuteAt(fromS)}`;
  const known = Map.groupBy(read, keyOf);
  return (use) => {
    const others = (known.get(keyOf(use)) ?? []).filter(
      ({ fromS }) => fromS !== use.fromS && Math.abs(fromS - use.fromS) <= LOOK_BACK_DAYS * DAY_S,
    );
    if (others.length < USUAL_LEAST) return undefined;
    return median(others.map(({ perHour }) => perHour).sort((a, b) => a - b));
  };
}

function spike(
  day: CityDay,
  today: readonly Use[],
  usual: Usual,
  calendar: Calendar,
  { spike: rule, range: limit }: Rules,
): Found[] {
  if (!rule.isOn) return [];
  const high = today.filter((use) => {
    if (use.perHour < rule.leastPerHour || (limit.isOn && use.perHour > limit.mostPerHour)) return false;
    const often = usual(use);
    return often !== undefined && use.perHour > often * rule.times;
  });
  if (high.length === 0) return [];
  const worst = high.reduce((best, one) => (one.perHour > best.perHour ? one : best));
  return [
    at("spike", day, high, {
      count: high.length,
      perHour: Math.round(worst.perHour),
      usual: Math.round(usual(worst)!),
      minute: calendar.minuteAt(worst.fromS)!,
    }),
  ];
}

/** A run of nothing is found once, on the day on which it has lasted too long. */
function zeroRun(day: CityDay, read: readonly Use[], { zero_run: rule }: Rules): Found[] {
  if (!rule.isOn || !read.some(({ amount }) => amount !== 0)) return [];
  let start: Use | undefined;
  let end: Use | undefined;
  for (const use of read) {
    if (use.fromS >= day.toS) break;
    if (use.amount !== 0 || (end && use.fromS !== end.toS)) start = undefined;
    if (use.amount !== 0) continue;
    start ??= use;
    end = use;
    const crossesS = start.fromS + rule.hours * HOUR_S;
    if (use.toS >= crossesS && use.fromS < crossesS && crossesS > day.fromS && crossesS <= day.toS)
      return [at("zero_run", day, [start, use], { hours: rule.hours })];
  }
  return [];
}

/** What is missing before the latest reading; on days that are longer or shorter, by an hour, it is the clock's change. */
function gap(
  day: CityDay,
  readings: readonly Counted[],
  stepS: number,
  { counted }: Seen,
  { gap: rule, daylight_saving: saving }: Rules,
): Found[] {
  const [first, last] = [readings[0]!.fromS, readings.at(-1)!.toS];
  const isMissing = isUncounted(counted, stepS);
  const all = missingAt(readings, stepS, Math.max(day.fromS, first), Math.min(day.toS, last));
  const missing = all.filter((atS) => isMissing({ atS }));
  if (missing.length === 0) return [];
  const length = day.toS - day.fromS;
  const some = missing.map((fromS) => ({ fromS, toS: fromS + stepS }));
  const isWholeDay = missing.length * stepS >= length;
  if (length !== DAY_S && !isWholeDay && missing.length * stepS === HOUR_S)
    return saving.isOn ? [at("daylight_saving", day, some, { hours: length / HOUR_S })] : [];
  return rule.isOn ? [at("gap", day, some, { count: missing.length, minutes: (missing.length * stepS) / 60 })] : [];
}

/** What was used in each hour that the clock on the wall shows, by day. */
type Courses = ReadonlyMap<string, readonly number[]>;
function coursesOf(read: readonly Use[], calendar: Calendar): Courses {
  const courses = new Map<string, number[]>();
  for (const { fromS, amount } of read) {
    const day = calendar.dayAt(fromS);
    if (!day) continue;
    const course = courses.get(day.at) ?? Array<number>(24).fill(0);
    const hour = Math.floor(calendar.minuteAt(fromS)! / 60);
    course[hour] = course[hour]! + amount;
    courses.set(day.at, course);
  }
  return courses;
}

/** Does the day's course fit the usual one better when it is moved by an hour or a few? */
function clockShift(day: CityDay, courses: Courses, calendar: Calendar, { clock_shift: rule }: Rules): Found[] {
  if (!rule.isOn) return [];
  const today = courses.get(day.at);
  const like = calendar.days
    .filter(({ at: other, isWeekend }) => other < day.at && isWeekend === day.isWeekend)
    .flatMap(({ at: other }) => (courses.has(other) ? [courses.get(other)!] : []));
  if (!today || like.length < COURSE_LEAST) return [];
  const usual = today.map((_, hour) => median(like.map((course) => course[hour]!).sort((a, b) => a - b)));
  const sum = usual.reduce((total, one) => total + one, 0);
  const shape = usual.reduce((total, one) => total + Math.abs(one - sum / 24), 0);
  // A course that is nearly flat looks the same whenever it begins.
  if (sum <= 0 || shape < 0.3 * sum) return [];
  const error = (hours: number) => {
    let total = 0;
    let count = 0;
    for (let hour = 0; hour < 24; hour++) {
      const moved = today[hour + hours];
      if (moved === undefined) continue;
      total += Math.abs(moved - usual[hour]!);
      count++;
    }
    return total / count;
  };
  const still = error(0);
  let [best, least] = [0, still];
  for (let hours = -rule.hours; hours <= rule.hours; hours++) {
    const one = error(hours);
    if (one < least) [best, least] = [hours, one];
  }
  if (best === 0 || least > 0.4 * still || still * 24 < 0.3 * sum) return [];
  return [at("clock_shift", day, [day], { hours: best })];
}

/** A day near a thousand times what is usual, or near a thousandth: kWh for Wh, litres for m³. */
function unit(
  day: CityDay,
  today: readonly Use[],
  byDay: ReadonlyMap<string | undefined, readonly Use[]>,
  calendar: Calendar,
  { unit: rule }: Rules,
): Found[] {
  if (!rule.isOn || today.length === 0) return [];
  const rate = (some: readonly Use[]) =>
    some.reduce((sum, { amount }) => sum + amount, 0) / some.reduce((sum, { fromS, toS }) => sum + toS - fromS, 0);
  const others = calendar.days.flatMap(({ at: other }) =>
    other < day.at && byDay.has(other) ? [rate(byDay.get(other)!)] : [],
  );
  if (others.length < COURSE_LEAST) return [];
  const usual = median(others.sort((a, b) => a - b));
  const times = rate(today) / usual;
  const isNear = (power: number) => times > power / 2 && times < power * 2;
  if (usual <= 0 || !(isNear(1000) || isNear(1 / 1000))) return [];
  return [at("unit", day, today, { times: times > 1 ? 1000 : 0.001 })];
}

/** Registers that are lower than before, and no exchange or known turn of the dial says why; and rates that cannot be. */
function lookAtRegisters(points: readonly Point[], seen: Seen): Found[] {
  const calendar = new Calendar(seen.fromS, seen.toS, seen.zone);
  const { exchanges, dials } = seen.truth;
  const out: Found[] = [];
  for (let i = 1; i < points.length; i++) {
    const [before, after] = [points[i - 1]!, points[i]!];
    const day = calendar.dayAt(after.atS);
    if (!day || exchanges.some(({ channel, atS }) => channel === after.channel && atS > before.atS && atS <= after.atS))
      continue;
    const [start, end] = [millionths(before), millionths(after)];
    const rules = seen.rulesOn(day.at);
    const { roundPower, multiplier } = dialAt(dials, after.atS - 1);
    const facts = { before: whole(start), after: whole(end) };
    const range = { fromS: before.atS, toS: after.atS };
    if (end >= start) {
      // Pulses are nothing until it is known what one stands for.
      const none = seen.truth.isPulses ? 0 : 1;
      const times = multiplier ? multiplier.digits * 10 ** multiplier.exponent : none;
      const perHour = (Number(end - start) / 1_000_000 / (after.atS - before.atS)) * HOUR_S * times;
      if (rules.range.isOn && perHour > rules.range.mostPerHour)
        out.push(at("range", day, [range], { count: 1, perHour: Math.round(perHour), limit: rules.range.mostPerHour }));
      continue;
    }
    const round = roundPower === undefined ? undefined : 10n ** BigInt(roundPower + 6);
    if (round !== undefined && (end - start + round) * 2n < round && end - start + round >= 0n) continue;
    const digits = round === undefined ? seemsRound(start, end, seen.facePower) : undefined;
    if (digits !== undefined) {
      if (rules.roll_over.isOn) out.push(at("roll_over", day, [range], { ...facts, digits }));
    } else if (end * 10n <= start) {
      if (rules.exchange.isOn) out.push(at("exchange", day, [range], facts));
    } else if (rules.reversed.isOn) out.push(at("reversed", day, [range], facts));
  }
  return out;
}

/** The digits of a dial that would have gone round: from the last tenth of its way to the first. */
function seemsRound(start: bigint, end: bigint, facePower: number): number | undefined {
  for (let digits = 5; digits <= 8; digits++) {
    const round = 10n ** BigInt(digits + facePower + 6);
    if (start < round && start * 10n >= round * 9n && end * 10n <= round) return digits;
  }
  return undefined;
}
