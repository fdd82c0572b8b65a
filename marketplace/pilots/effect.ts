// What a pilot did, reckoned as was fixed beforehand: the difference between pilot and control district, after the
// start less before it (difference in differences), with an interval that says how sure that is. No clock, no chance.

/** A figure of a day; days without one are left out. */
export interface Point {
  day: string;
  pilot: number;
  control: number;
}

export interface Effect {
  days: { before: number; after: number };
  before: { pilot: number; control: number };
  after: { pilot: number; control: number };
  /** In the metric's own unit. */
  effect: number;
  /** Absent with too few days to say how sure it is. */
  interval?: { low: number; high: number; level: 0.95 };
  /** Already before the start the districts moved apart: the difference may have grown without the pilot. */
  movedApart: boolean;
}
export type NotReckoned = { missing: "before" | "after" };

/** Fewer days than this on one side say nothing of how sure a difference is. */
export const DAYS_MIN = 7;

/** @param points  from `beforeOn` on, each day once  @param startOn  the first day of the pilot */
export function effectOf(points: readonly Point[], startOn: string): Effect | NotReckoned {
  const ordered = [...points].sort((a, b) => (a.day < b.day ? -1 : 1));
  const [before, after] = [ordered.filter(({ day }) => day < startOn), ordered.filter(({ day }) => day >= startOn)];
  if (before.length === 0) return { missing: "before" };
  if (after.length === 0) return { missing: "after" };
  const [gapsBefore, gapsAfter] = [before.map(gap), after.map(gap)];
  const interval = intervalOf(gapsBefore, gapsAfter);
  const half = Math.floor(gapsBefore.length / 2);
  const earlier = intervalOf(gapsBefore.slice(0, half), gapsBefore.slice(half));
  const sides = (side: readonly Point[]) => ({
    pilot: mean(side.map(({ pilot }) => pilot)),
    control: mean(side.map(({ control }) => control)),
  });
  return {
    days: { before: before.length, after: after.length },
    before: sides(before),
    after: sides(after),
    effect: mean(gapsAfter) - mean(gapsBefore),
    ...(interval ? { interval: { ...interval, level: 0.95 } } : {}),
    movedApart: earlier !== undefined && (earlier.low > 0 || earlier.high < 0),
  };
}

const gap = ({ pilot, control }: Point): number => pilot - control;
const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

/**
 * The 95 % interval of the second mean less the first (Welch), where days that are like the day before count for less:
 * n (1 − ρ) / (1 + ρ), with ρ the correlation of one day with the next.
 */
function intervalOf(first: readonly number[], second: readonly number[]): { low: number; high: number } | undefined {
  if (Math.min(first.length, second.length) < DAYS_MIN) return undefined;
  const [a, b] = [spread(first), spread(second)];
  const error = Math.sqrt(a.ofMean + b.ofMean);
  const middle = mean(second) - mean(first);
  const freedom = (a.ofMean + b.ofMean) ** 2 / (a.ofMean ** 2 / (a.days - 1) + b.ofMean ** 2 / (b.days - 1));
  // Without any spread there is no doubt, and nothing to divide by.
  const reach = error === 0 ? 0 : tQuantile(freedom) * error;
  return { low: middle - reach, high: middle + reach };
}

/** The variance of a mean, and how many independent days stand behind it. */
function spread(values: readonly number[]): { ofMean: number; days: number } {
  const middle = mean(values);
  const off = values.map((value) => value - middle);
  const squares = off.reduce((sum, one) => sum + one * one, 0);
  const variance = squares / (values.length - 1);
  const along = off.slice(1).reduce((sum, one, i) => sum + one * off[i]!, 0);
  const rho = squares === 0 ? 0 : Math.min(Math.max(along / squares, 0), RHO_MAX);
  const days = Math.max((values.length * (1 - rho)) / (1 + rho), DAYS_LEFT_MIN);
  return { ofMean: variance / days, days };
}
const RHO_MAX = 0.95;
const DAYS_LEFT_MIN = 3;

/** Student's t at 97.5 %, by Hill's expansion from the normal quantile; from two degrees of freedom on. */
export function tQuantile(freedom: number): number {
  const z = 1.959963984540054;
  const n = Math.max(freedom, 2);
  if (n < 3) return 4.302652729911275 + (n - 2) * (3.182446305284263 - 4.302652729911275);
  return (
    z +
    (z ** 3 + z) / (4 * n) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * n ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * n ** 3)
  );
}

export type Verdict = "reached" | "not_reached" | "unclear";

/**
 * Reached where the effect is as large as was wanted and surely not nothing; not reached where it is surely smaller
 * than was wanted; unclear otherwise.
 */
export function verdictOf({ effect, interval }: Effect, better: "higher" | "lower", wanted: number): Verdict {
  if (!interval) return "unclear";
  const sign = better === "higher" ? 1 : -1;
  const [worst, best] = [interval.low * sign, interval.high * sign].sort((a, b) => a - b) as [number, number];
  if (effect * sign >= wanted && worst > 0) return "reached";
  return best < wanted ? "not_reached" : "unclear";
}

export interface StopRule {
  when: "above" | "below";
  value: number;
  /** So many days one after the other. */
  days: number;
}

/** The day on which the rule held for so many days in a row, a day without a figure breaking the row. */
export function stoppedOn(
  rule: StopRule,
  figures: readonly { day: string; value: number }[],
  next: (day: string) => string,
) {
  let row = 0;
  let before: string | undefined;
  for (const { day, value } of [...figures].sort((a, b) => (a.day < b.day ? -1 : 1))) {
    const isBeyond = rule.when === "above" ? value > rule.value : value < rule.value;
    const isNext = before === undefined || next(before) === day;
    row = isBeyond ? (isNext ? row + 1 : 1) : 0;
    before = day;
    if (row >= rule.days) return day;
  }
  return undefined;
}
