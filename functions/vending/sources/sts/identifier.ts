import type { BaseYear } from "../../token-source.ts";

const MINUTE_MS = 60_000;
const MINUTES_OF_A_DAY = 1440;
/** Of a token identifier (TID): 24 bits of minutes, 31 years and nearly 11 months. */
export const IDENTIFIERS = 2 ** 24;

const startOf = (base: BaseYear) => Date.UTC(base, 0, 1);

/** Minutes since the base date, 1 January 00:00 UTC; those after the last identifier and before the first included. */
export const minutesSince = (base: BaseYear, at: Date): number =>
  Math.floor((at.getTime() - startOf(base)) / MINUTE_MS);

/** The instant from which no token identifier is left: of 1993, 24 November 2024, 20:16 UTC. */
export const endOf = (base: BaseYear): Date => new Date(startOf(base) + IDENTIFIERS * MINUTE_MS);

/** The identifier after all of a meter's own, and not before its time; 00:01 of each day is kept for special tokens. */
export function nextIdentifier(base: BaseYear, at: Date, last: number | undefined): number {
  const next = Math.max(minutesSince(base, at), (last ?? -1) + 1);
  return next % MINUTES_OF_A_DAY === 1 ? next + 1 : next;
}
