import { AHEAD_HOURS } from "./model.ts";

/** How far ahead: the next hour, a day, a week. */
export const HORIZONS = { hour: 1, day: 24, week: AHEAD_HOURS } as const;
export type Horizon = keyof typeof HORIZONS;

/** Less than this share of a horizon's hours read says nothing of a forecast yet. */
const ENOUGH = 0.9;

/** A forecast, and what came of it. */
export interface Told {
  points: readonly number[];
  naive: readonly number[];
  actual: readonly (number | null)[];
  low?: readonly number[] | undefined;
  high?: readonly number[] | undefined;
}

/** Sums over the hours that were read: of several forecasts, they are added up. */
interface Sums {
  hours: number;
  demand: number;
  error: number;
  naive: number;
  /** Of how many it was said where they should lie, and how many do. */
  bounded: number;
  within: number;
}

export interface ForecastError {
  hours: number;
  /** Mean absolute errors, in the unit of the series. */
  mae: number;
  naiveMae: number;
  /** The same as a share of all that was used; undefined: nothing was. */
  wape?: number;
  naiveWape?: number;
  /** Ours to the naive one's: below 1 is better; undefined: the naive one was never wrong. */
  ratio?: number;
  /** How many lay where they should eight times of ten; undefined: nobody said where. */
  coverage?: number;
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4;

/** The error over one or more forecasts; undefined: of none is enough read. */
export function errorOf(told: readonly Told[], horizon: Horizon): ForecastError | undefined {
  const sums: Sums = { hours: 0, demand: 0, error: 0, naive: 0, bounded: 0, within: 0 };
  for (const { points, naive, actual, low, high } of told) {
    const read = actual.slice(0, HORIZONS[horizon]).flatMap((value, i) => (value === null ? [] : [{ value, i }]));
    if (read.length < ENOUGH * HORIZONS[horizon]) continue;
    for (const { value, i } of read) {
      sums.hours += 1;
      sums.demand += Math.abs(value);
      sums.error += Math.abs(points[i]! - value);
      sums.naive += Math.abs(naive[i]! - value);
      if (!low || !high) continue;
      sums.bounded += 1;
      if (low[i]! <= value && value <= high[i]!) sums.within += 1;
    }
  }
  const { hours, demand, error, naive, bounded, within } = sums;
  if (hours === 0) return undefined;
  return {
    ...{ hours, mae: round(error / hours), naiveMae: round(naive / hours) },
    ...(demand > 0 ? { wape: round(error / demand), naiveWape: round(naive / demand) } : {}),
    ...(naive > 0 ? { ratio: round(error / naive) } : {}),
    ...(bounded > 0 ? { coverage: round(within / bounded) } : {}),
  };
}
