import { Temporal } from "temporal-polyfill";

/** As ESPI's LocalTimeParameters have it: offsets in seconds, and when the clock is put forward and back. */
export interface LocalTime {
  dstEndRule: string;
  dstOffset: number;
  dstStartRule: string;
  tzOffset: number;
}

/** All ones: the clock is not put forward. */
const NO_RULE = "FFFFFFFF";
const LAST = 7;

/**
 * The rules of a zone in the year after an instant. A rule is four bytes, from the highest bit: month (4), which of
 * the month's such days (3: 2 the first … 6 the fifth, 7 the last), day of the month (5, not used), day of the week
 * (3, Monday is 1), hour (5), seconds (12); in the local time before the change.
 */
export function localTimeOf(at: Date, zone: string): LocalTime {
  const start = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone);
  const offsetS = (of: Temporal.ZonedDateTime) => Math.round(of.offsetNanoseconds / 1e9);
  const first = start.getTimeZoneTransition("next");
  const second = first?.getTimeZoneTransition("next");
  const isSeasonal = first && second && second.epochMilliseconds - at.getTime() < 400 * 86_400_000;
  if (!isSeasonal) return { dstEndRule: NO_RULE, dstOffset: 0, dstStartRule: NO_RULE, tzOffset: offsetS(start) };
  const [forward, back] = first.offsetNanoseconds > second.offsetNanoseconds ? [first, second] : [second, first];
  return {
    dstEndRule: ruleOf(back),
    dstOffset: offsetS(forward) - offsetS(back),
    dstStartRule: ruleOf(forward),
    tzOffset: offsetS(back),
  };
}

function ruleOf(change: Temporal.ZonedDateTime): string {
  // What the clock showed when it was changed.
  const before = change.subtract({ milliseconds: 1 });
  const local = change
    .toInstant()
    .toZonedDateTimeISO("UTC")
    .add({ nanoseconds: before.offsetNanoseconds })
    .toPlainDateTime();
  const which = local.day + 7 > local.daysInMonth ? LAST : 2 + Math.floor((local.day - 1) / 7);
  const bits = local.month * 2 ** 28 + which * 2 ** 25 + local.dayOfWeek * 2 ** 17 + local.hour * 2 ** 12;
  return bits.toString(16).toUpperCase().padStart(8, "0");
}
