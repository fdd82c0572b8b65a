import { AHEAD_HOURS, expected, type Known } from "./model.ts";
import { DAY_HOURS } from "./wall.ts";

// How far off a forecast may be: by how far off it would have been on the same series, begun earlier.

/** So much of what comes should lie within. */
export const LEVEL = 0.8;
/** Four days apart, so that each day of the week is among them, at the hour at which the forecast begins. */
const ORIGINS = 8;
const APART_HOURS = 96;
/** Fewer errors of a day ahead say nothing of its tenth. */
const LEAST_ERRORS = 48;

export interface Interval {
  low: number[];
  high: number[];
}

/**
 * Between which values each hour of a forecast will lie, eight times of ten. The errors of forecasts that would have
 * been made earlier are measured against what is usual at their hour of the day, and their tenths taken for each day
 * ahead. Undefined: too little is known for that.
 *
 * @param points  of the hours that follow `known.demand`
 */
export function intervalOf(known: Known, points: readonly number[]): Interval | undefined {
  const errors: { ahead: number; error: number }[] = [];
  for (let i = 0; i < ORIGINS; i++) {
    const begin = known.demand.length - AHEAD_HOURS - i * APART_HOURS;
    if (begin <= 0) break;
    const celsius = known.celsius?.map((value, at) => (at < begin ? value : undefined));
    const then = expected({
      ...known,
      demand: known.demand.slice(0, begin),
      celsius: celsius?.slice(0, begin + AHEAD_HOURS),
    });
    if (typeof then === "string") continue;
    for (const [ahead, point] of then.points.entries()) {
      const value = known.demand[begin + ahead];
      if (value !== undefined) errors.push({ ahead, error: value - point });
    }
  }
  // All begin at the same hour of the day: where an hour stands in its day says which one it is.
  const hourOf = (ahead: number) => ahead % DAY_HOURS;
  const usual = scales(errors.map(({ ahead, error }) => ({ hour: hourOf(ahead), error })));
  const tails = Array.from({ length: AHEAD_HOURS / DAY_HOURS }, (_, day) => {
    const own = errors.filter(({ ahead }) => Math.floor(ahead / DAY_HOURS) === day);
    if (own.length < LEAST_ERRORS) return undefined;
    const sorted = own.map(({ ahead, error }) => error / usual[hourOf(ahead)]!).sort((a, b) => a - b);
    return [quantile(sorted, (1 - LEVEL) / 2), quantile(sorted, (1 + LEVEL) / 2)] as const;
  });
  if (tails.some((one) => one === undefined)) return undefined;
  const isNeverBelowZero = known.demand.every((value) => value === undefined || value >= 0);
  const at = (side: 0 | 1) =>
    points.map((point, ahead) => {
      const value = Math.round(point + tails[Math.floor(ahead / DAY_HOURS)]![side] * usual[hourOf(ahead)]!);
      // What is forecast is always within, also where all forecasts of before were too high.
      const widened = side === 0 ? Math.min(point, value) : Math.max(point, value);
      return isNeverBelowZero ? Math.max(0, widened) : widened;
    });
  return { low: at(0), high: at(1) };
}

/** The mean absolute error of each hour of the day; never nothing, as it divides. */
function scales(errors: readonly { hour: number; error: number }[]): number[] {
  const sums = Array.from({ length: DAY_HOURS }, () => ({ sum: 0, count: 0 }));
  for (const { hour, error } of errors) {
    sums[hour]!.sum += Math.abs(error);
    sums[hour]!.count += 1;
  }
  return sums.map(({ sum, count }) => Math.max(1, count === 0 ? 1 : sum / count));
}

/** Between the values of a sorted list. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return below + (above - below) * (at - Math.floor(at));
}
