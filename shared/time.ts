import { Temporal } from "temporal-polyfill";

/** A source of time. `wake` asks that this city's bell be rung at an instant; it may be rung late, never lost. */
export interface Clock {
  now(): Date;
  wake(at: Date): Promise<void>;
}

const zoned = (instant: Date, zone: string) =>
  Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(zone);

/** The calendar day of an instant in a zone, as `2026-11-23`. */
export const dayOf = (instant: Date, zone: string): string => zoned(instant, zone).toPlainDate().toString();

/** The calendar month of an instant in a zone, as `2026-11`. */
export const monthOf = (instant: Date, zone: string): string => dayOf(instant, zone).slice(0, 7);

const startOf = (day: Temporal.PlainDate, zone: string) =>
  new Date(day.toZonedDateTime({ timeZone: zone }).epochMilliseconds);

/** A day's first instant and the next day's; 23, 24 or 25 hours apart. */
export function dayRange(day: string, zone: string): { from: Date; to: Date } {
  const date = Temporal.PlainDate.from(day);
  return { from: startOf(date, zone), to: startOf(date.add({ days: 1 }), zone) };
}

/** A month's first instant and the next month's. `month` is `2026-11`. */
export function monthRange(month: string, zone: string): { from: Date; to: Date } {
  const first = Temporal.PlainYearMonth.from(month).toPlainDate({ day: 1 });
  return { from: startOf(first, zone), to: startOf(first.add({ months: 1 }), zone) };
}

/** The month that is `by` months later (earlier, when negative). */
export const monthPlus = (month: string, by: number): string =>
  Temporal.PlainYearMonth.from(month).add({ months: by }).toString();

/** The day that is `by` days later. */
export const dayPlus = (day: string, by: number): string => Temporal.PlainDate.from(day).add({ days: by }).toString();

/** Whole days from one calendar day to another. */
export const daysBetween = (from: string, to: string): number =>
  Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to), { largestUnit: "days" }).days;

/** The instant of an hour of a day in a zone. */
export const hourOn = (day: string, hour: number, zone: string): Date =>
  new Date(Temporal.PlainDate.from(day).toZonedDateTime({ timeZone: zone, plainTime: { hour } }).epochMilliseconds);

/** The next time that it is an hour of the day in a zone, and of which day. */
export function nextHourOn(now: Date, hour: number, zone: string): { day: string; at: Date } {
  const today = dayOf(now, zone);
  const day = hourOn(today, hour, zone) > now ? today : dayPlus(today, 1);
  return { day, at: hourOn(day, hour, zone) };
}

/** From Monday, 1, to Sunday, 7. */
export const weekdayOf = (day: string): number => Temporal.PlainDate.from(day).dayOfWeek;

/** Is it a time zone that the tz database knows? */
export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return /^[A-Za-z]+(\/[A-Za-z0-9_+-]+)*$/.test(zone);
  } catch {
    return false;
  }
}
