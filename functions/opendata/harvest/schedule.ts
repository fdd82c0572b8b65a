import { createHash } from "node:crypto";
import { Temporal } from "temporal-polyfill";
import type { Schedule } from "./schema.ts";

/** So that the sources of a house do not all ask at one instant, each has its own minutes after the time that was set. */
const SPREAD_MIN = 30;
const minutesOf = (id: string, most: number): number => createHash("sha256").update(id).digest().readUInt16BE(0) % most;

/**
 * When a source is asked next after an instant, by the clocks of its city; undefined if it is asked only once. A time
 * that a change of clocks leaves out comes an hour later, one that there is twice comes once.
 */
export function nextAfter({ every, at }: Schedule, id: string, after: Date, timeZone: string): Date | undefined {
  if (every === "once") return undefined;
  const now = Temporal.Instant.fromEpochMilliseconds(after.getTime()).toZonedDateTimeISO(timeZone);
  if (every === "hour") {
    const minute = minutesOf(id, 60);
    const hour = now.round({ smallestUnit: "hour", roundingMode: "floor" });
    const next = hour.add({ minutes: minute });
    return new Date((Temporal.ZonedDateTime.compare(next, now) > 0 ? next : next.add({ hours: 1 })).epochMilliseconds);
  }
  const plainTime = Temporal.PlainTime.from(at).add({ minutes: minutesOf(id, SPREAD_MIN) });
  for (let day = now.toPlainDate(); ; day = day.add({ days: 1 })) {
    if (every === "week" && day.dayOfWeek !== 1) continue;
    const next = day.toZonedDateTime({ timeZone, plainTime });
    if (Temporal.ZonedDateTime.compare(next, now) > 0) return new Date(next.epochMilliseconds);
  }
}

const MINUTE_MS = 60_000;
const WAITS_MIN = [10, 60, 4 * 60, 12 * 60, 24 * 60];
/** So many times in a row, and it rests until somebody looks at it. */
export const FAILURES_MAX = 12;

/** When a source that failed so often in a row is asked again: each time later; undefined if it is given up. */
export const retryAfter = (failures: number, now: Date): Date | undefined =>
  failures >= FAILURES_MAX
    ? undefined
    : new Date(now.getTime() + (WAITS_MIN[failures - 1] ?? WAITS_MIN.at(-1)!) * MINUTE_MS);
