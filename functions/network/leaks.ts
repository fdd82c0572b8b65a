import { daysOfHours, filled, median, nightsOfHours, type Reading, slope, stepIn } from "./series.ts";

// Minimum night flow: at 02:00 to 04:00 hardly anybody uses water, so what flows in then and is counted nowhere leaks.

/** The window of the customers' nights, in hours. */
const NIGHT_HOURS = 2;
/** The latest nights of which the leak is the median. */
const NIGHTS = 14;
/** What is told as a leak: this share of what flows in. */
export const LEAK_SHARE = 0.05;
/** A part of the loss that is in every network and that no crew finds: joints that weep. */
export const BACKGROUND_SHARE = 0.01;
/** Of a point that is not read by the hour: at night it uses so much of its mean hour. */
export const NIGHT_FACTOR = 0.4;
const STEP_NIGHTS_MIN = 5;
/** As sure as this a step in the night flow is told with its day. */
const SURE = 4;

export interface NightPoint {
  days: readonly Reading[];
  /** Undefined: it is not read by the hour. */
  nights: readonly Reading[] | undefined;
}
export interface Leak {
  /** What flows in at night, in litres an hour, night by night; undefined where too little was read. */
  nightFlow: (number | undefined)[];
  /** Its trend: litres an hour more each night. */
  trend: number;
  /** What of it the customers use, as metered or estimated, in litres an hour. */
  nightUse: number;
  /** What is left, in litres a day, and as a share of what flows in by day. */
  leakPerDay: number;
  share: number;
  isLeak: boolean;
  /** The first night on which more flowed in than before, by its index. */
  since?: number;
}

/**
 * Leakage of a zone of water: night inflow − night use = leakage, the median of the latest nights, less the background
 * that every network has. It is a leak from `LEAK_SHARE` of the zone's inflow on.
 *
 * @param input  what flowed in, hour by hour, 24 for each day
 * @returns undefined where there are too few nights to tell
 */
export function leakOf(input: readonly (number | undefined)[], points: readonly NightPoint[]): Leak | undefined {
  const nightFlow = nightsOfHours(input);
  const days = daysOfHours(input).filter((one) => one !== undefined);
  const used = nightFlow.map(() => 0);
  for (const { days: own, nights } of points) {
    const hourly = nights ? filled(nights)?.map((one) => one / NIGHT_HOURS) : undefined;
    const estimated = hourly ? undefined : filled(own)?.map((one) => (one / 24) * NIGHT_FACTOR);
    for (const [i, one] of (hourly ?? estimated ?? []).entries()) used[i]! += one;
  }
  const left = nightFlow.map((flow, i) => (flow === undefined ? undefined : flow - used[i]!));
  const latest = left.slice(-NIGHTS).filter((one) => one !== undefined);
  if (latest.length < NIGHTS / 2 || days.length === 0) return undefined;
  const inflow = median(days.slice(-NIGHTS));
  const leakPerDay = Math.max(0, median(latest) * 24 - inflow * BACKGROUND_SHARE);
  const share = inflow <= 0 ? 0 : leakPerDay / inflow;
  const told = left.flatMap((one, i) => (one === undefined ? [] : [{ i, one }]));
  const step = stepIn(
    told.map(({ one }) => one),
    STEP_NIGHTS_MIN,
  );
  const since = step.t > SURE ? told[step.at]?.i : undefined;
  return {
    nightFlow,
    trend: slope(nightFlow),
    nightUse: median(used.slice(-NIGHTS)),
    leakPerDay: Math.round(leakPerDay),
    share,
    isLeak: share > LEAK_SHARE,
    ...(since === undefined ? {} : { since }),
  };
}

/**
 * A step test: valves are closed one after the other at night, and the inflow falls by what flows behind each of them.
 *
 * @param flows  litres an hour: before the first valve, and after each
 * @returns what each step took away
 */
export function stepDrops(flows: readonly number[]): number[] {
  return flows.slice(1).map((flow, i) => flows[i]! - flow);
}
