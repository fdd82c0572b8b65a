import { continued } from "./engine.ts";
import { temperatureEffect } from "./temperature.ts";
import { DAY_HOURS, type Hours, onWall, WEEK_HOURS, wallHours } from "./wall.ts";

// A forecast of hours: what temperature explains is taken out, the rest goes on by its seasons and its level, and the
// temperature of the hours to come is put in again.

/** So much is looked back at: eleven weeks, as many hours as one question to the meters may have. */
export const HISTORY_HOURS = 11 * WEEK_HOURS;
export const AHEAD_HOURS = WEEK_HOURS;
/** The season of a week is not told from chance by less. */
const LEAST_HOURS = 3 * WEEK_HOURS;
/** Less than this share of the hours known says too little. */
const LEAST_KNOWN = 0.7;
/** Readings that are later than this are no base for a week ahead. */
const LATE_HOURS = 72;
/** A gap is filled from the same hour of so many weeks around it. */
const WEEKS_AROUND = 4;

export interface Known {
  /** The first hour of `demand`. */
  from: number;
  /** Up to the hour in which the forecast begins. */
  demand: Hours;
  /** In °C, of the same hours and those ahead; undefined: nobody gave any. */
  celsius: Hours | undefined;
  timeZone: string;
}

export interface Expected {
  points: number[];
  /** The same hour of the week before: what a forecast must beat. */
  naive: number[];
  /** Of how many of the hours ahead a temperature was given; undefined: temperature was not used at all. */
  temperatureHours: number | undefined;
}

export type Why = "too_short" | "too_many_gaps" | "too_late";

/** What hours ahead will need, or why it cannot be said. */
export function expected({ from, demand, celsius, timeZone }: Known): Expected | Why {
  const first = demand.findIndex((value) => value !== undefined);
  const last = demand.findLastIndex((value) => value !== undefined);
  if (last < 0) return "too_short";
  if (demand.length - 1 - last > LATE_HOURS) return "too_late";
  if (last + 1 - first < LEAST_HOURS) return "too_short";
  const read = demand.slice(first, last + 1);
  const known = read.filter((value) => value !== undefined);
  if (known.length < LEAST_KNOWN * read.length) return "too_many_gaps";

  const wall = wallHours(from + first, demand.length - first + AHEAD_HOURS, timeZone);
  const past = filled(onWall(read, wall.slice(0, read.length)));
  const ahead = wall.slice(demand.length - first).map((hour) => hour - wall[0]!);
  const effect = temperatureEffect(past, celsius && onWall(celsius.slice(first), wall));
  const base = effect ? past.map((value, i) => value - effect.hours[i]!) : past;
  const after = continued(base, ahead.at(-1)! + 1 - past.length);
  const isNeverBelowZero = known.every((value) => value >= 0);
  return {
    points: ahead.map((i) => {
      const value = after[i - past.length]! + (effect?.hours[i] ?? 0);
      return Math.round(isNeverBelowZero ? Math.max(0, value) : value);
    }),
    naive: ahead.map((i) => {
      let same = i - WEEK_HOURS;
      while (same >= past.length) same -= WEEK_HOURS;
      return Math.round(past[same]!);
    }),
    temperatureHours:
      effect && celsius?.slice(demand.length).reduce<number>((count, one) => count + (one === undefined ? 0 : 1), 0),
  };
}

/** Gaps are filled from the nearest weeks in which the same hour is known, else from the days before, else the mean. */
function filled(values: Hours): number[] {
  const known = values.filter((value) => value !== undefined);
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const around = Array.from({ length: WEEKS_AROUND }, (_, week) => (week + 1) * WEEK_HOURS).flatMap((by) => [-by, by]);
  const near = [...around, -DAY_HOURS, DAY_HOURS, -1];
  return values.map((value, i) => {
    if (value !== undefined) return value;
    const by = near.find((step) => values[i + step] !== undefined);
    return by === undefined ? mean : values[i + by]!;
  });
}
