import type { Here } from "./here.ts";
import type { Lang } from "./texts.ts";

// How pages say when. A day of the calendar, and what the house itself tells, is in UTC; a city's pages speak by its own
// clock.

const said = (iso: string, lang: Lang, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat(lang, { timeZone: "UTC", ...options }).format(new Date(iso));

/** A day, in full: “26 November 2026”. */
export const longDay = (iso: string, lang: Lang): string => said(iso, lang, { dateStyle: "long" });
export const shortDay = (iso: string, lang: Lang): string => said(iso, lang, { dateStyle: "medium" });
/** With the time, for what somebody must do by then: the page says that it is UTC. */
export const longMoment = (iso: string, lang: Lang): string =>
  said(iso, lang, { dateStyle: "long", timeStyle: "short" });
/** `2026-11` as “November 2026”. */
export const longMonth = (month: string, lang: Lang): string =>
  said(`${month}-15`, lang, { month: "long", year: "numeric" });
/** A period: `2026-11`, `2026-11-25`, or as it is written. */
export function longPeriod(period: string, lang: Lang): string {
  if (!/^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$/.test(period) || Number.isNaN(Date.parse(period))) return period;
  return period.length === 10 ? longDay(period, lang) : longMonth(period, lang);
}

interface InCity {
  lang: Lang;
  here: Pick<Here, "city">;
}
const inZone = (iso: string, { lang, here }: InCity, options: Intl.DateTimeFormatOptions) =>
  said(iso, lang, { ...options, timeZone: here.city.timeZone });

/** The day on which an instant was in the city. */
export const cityDay = (iso: string, shown: InCity): string => inZone(iso, shown, { dateStyle: "medium" });
export const cityMoment = (iso: string, shown: InCity): string =>
  inZone(iso, shown, { dateStyle: "medium", timeStyle: "short" });
export const longCityDay = (iso: string, shown: InCity): string => inZone(iso, shown, { dateStyle: "long" });
export const longCityMoment = (iso: string, shown: InCity): string =>
  inZone(iso, shown, { dateStyle: "long", timeStyle: "short" });
