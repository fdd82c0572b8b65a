import { Temporal } from "temporal-polyfill";

// A series of hours, and the same by the clock on the wall. People get up by the wall's clock: when it is changed, a
// model of instants would be an hour wrong for weeks.

export const HOUR_MS = 3_600_000;
export const DAY_HOURS = 24;
export const WEEK_HOURS = 168;

/** One value an hour; undefined: it is not known. */
export type Hours = readonly (number | undefined)[];

/** The hour of an instant, counted from 1970 in UTC. */
export const hourOf = (at: string | Date): number =>
  Math.floor((typeof at === "string" ? Date.parse(at) : at.getTime()) / HOUR_MS);
export const instantOf = (hour: number): string => new Date(hour * HOUR_MS).toISOString();

/** Where each of these hours stands on the wall: hours since 1970 by the clock of a zone. */
export function wallHours(from: number, count: number, zone: string): number[] {
  return Array.from({ length: count }, (_, i) => {
    const ms = (from + i) * HOUR_MS;
    const { offsetNanoseconds } = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
    return Math.floor((ms + offsetNanoseconds / 1e6) / HOUR_MS);
  });
}

/** The mean of what falls on each hour of the wall, from the first on; an hour that is skipped there is not known. */
export function onWall(values: Hours, hours: readonly number[]): (number | undefined)[] {
  const [first = 0, last = -1] = [hours[0], hours.at(-1)];
  const sums = Array.from({ length: last - first + 1 }, () => ({ sum: 0, count: 0 }));
  for (const [i, value] of values.entries()) {
    const into = sums[hours[i]! - first];
    if (value === undefined || into === undefined) continue;
    into.sum += value;
    into.count += 1;
  }
  return sums.map(({ sum, count }) => (count > 0 ? sum / count : undefined));
}
