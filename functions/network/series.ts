// Days of use as they come from meters: some missing, some read in part. Plain arithmetic for `leaks.ts` and `theft.ts`.

/** One day, or one night from 02:00 to 04:00 local time, of a meter. */
export interface Reading {
  /** Base units: Wh or litres. */
  quantity: number;
  /** How much of the time has readings, 0 to 1. */
  coverage: number;
}

/** Less than this of a day's readings says too little of it. */
const ENOUGH = 0.5;
/** So many known days nearest to a missing one stand in for it. */
const NEAREST = 14;

export const median = (values: readonly number[]): number => {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};
export const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
export const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : sum(values) / values.length);
export const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** Half-read days scaled up to whole ones; what was hardly read is undefined. */
export const known = (readings: readonly Reading[]): (number | undefined)[] =>
  readings.map(({ quantity, coverage }) => (coverage >= ENOUGH ? quantity / coverage : undefined));

/**
 * Every day with a value: a missing one is the median of the nearest known ones before and after it, so that a meter
 * that was silent for a while neither hides a loss nor makes one. Undefined where nothing is known at all.
 *
 * @param factors  what each day was like for all, 1 for an ordinary one: a silent meter had the same weather
 */
export function filled(readings: readonly Reading[], factors?: readonly number[]): number[] | undefined {
  const factor = (day: number) => factors?.[day] ?? 1;
  const values = known(readings).map((one, day) => (one === undefined ? undefined : one / factor(day)));
  if (values.every((one) => one === undefined)) return undefined;
  return values.map((one, i) => {
    if (one !== undefined) return one * factor(i);
    const near: number[] = [];
    for (let off = 1; near.length < NEAREST && off < values.length; off++)
      for (const neighbour of [values[i - off], values[i + off]]) if (neighbour !== undefined) near.push(neighbour);
    return median(near) * factor(i);
  });
}

/** What each day was like for all: what was used by those that were read, against what they use on an ordinary day. */
export function factorsOf(all: readonly (readonly Reading[])[]): number[] {
  const days = all.map(known);
  const usual = days.map((values) => median(values.filter((one) => one !== undefined)));
  return (all[0] ?? []).map((_, day) => {
    const there = days.flatMap((values, i) => (values[day] === undefined ? [] : [i]));
    const expected = sum(there.map((i) => usual[i]!));
    return expected > 0 ? sum(there.map((i) => days[i]![day]!)) / expected : 1;
  });
}

/** Of a day with less than this of its hours nothing is said. */
const HOURS_ENOUGH = 0.3;
const DAY_HOURS = 24;

/**
 * The days of a meter that is read by the hour: a missing hour is what that hour usually is, on a day such as the rest
 * of it shows. A day that was hardly read is undefined.
 *
 * @param hours  24 for each day; of a day on which the clock changes, what there is
 */
export function daysOfHours(hours: readonly (number | undefined)[]): (number | undefined)[] {
  const usual = Array.from({ length: DAY_HOURS }, (_, hour) =>
    median(hours.filter((one, at): one is number => at % DAY_HOURS === hour && one !== undefined)),
  );
  return Array.from({ length: hours.length / DAY_HOURS }, (_, day) => {
    const own = hours.slice(day * DAY_HOURS, (day + 1) * DAY_HOURS);
    const there = own.flatMap((one, hour) => (one === undefined ? [] : [hour]));
    const expected = sum(there.map((hour) => usual[hour]!));
    if (there.length < DAY_HOURS * HOURS_ENOUGH || expected <= 0) return undefined;
    const factor = sum(there.map((hour) => own[hour]!)) / expected;
    return sum(own.map((one, hour) => one ?? usual[hour]! * factor));
  });
}

/** The mean hour of each night from 02:00 to 04:00, where both hours, or one of them, are there. */
export const nightsOfHours = (hours: readonly (number | undefined)[]): (number | undefined)[] =>
  Array.from({ length: hours.length / DAY_HOURS }, (_, day) => {
    const there = [2, 3].flatMap((hour) => hours[day * DAY_HOURS + hour] ?? []);
    return there.length === 0 ? undefined : mean(there);
  });

/** The slope of a line through points in time that single outliers do not bend (Theil and Sen), per step. */
export function slope(values: readonly (number | undefined)[]): number {
  const slopes: number[] = [];
  for (const [i, a] of values.entries())
    for (let j = i + 1; j < values.length; j++) {
      const b = values[j];
      if (a !== undefined && b !== undefined) slopes.push((b - a) / (j - i));
    }
  return median(slopes);
}

/** Where a series steps from one level to another, and how sure that is (a t-statistic; below 0 it steps down). */
export function stepIn(
  values: readonly number[],
  atLeast: number,
): { at: number; before: number; after: number; t: number } {
  const total = sum(values);
  const squares = sum(values.map((one) => one * one));
  let best = { at: 0, before: mean(values), after: mean(values), t: 0 };
  let [left, leftSquares] = [0, 0];
  for (let at = 1; at < values.length; at++) {
    left += values[at - 1]!;
    leftSquares += values[at - 1]! ** 2;
    const right = values.length - at;
    if (at < atLeast || right < atLeast) continue;
    const [before, after] = [left / at, (total - left) / right];
    const spread = leftSquares - at * before ** 2 + (squares - leftSquares - right * after ** 2);
    const variance = Math.max(spread / (values.length - 2), 1e-9);
    const t = (after - before) / Math.sqrt(variance * (1 / at + 1 / right));
    if (Math.abs(t) > Math.abs(best.t)) best = { at, before, after, t };
  }
  return best;
}

/** Pearson's correlation; 0 where one of both does not move. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [i, one] of a.entries()) {
    const [da, db] = [one - ma, (b[i] ?? 0) - mb];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}
