import type { Cell, ColumnType } from "./schema.ts";

const INTEGER = /^[+-]?\d{1,15}$/;
const POINT = /^[+-]?(?:\d{1,15}(?:\.\d{1,15})?|\.\d{1,15})(?:[eE][+-]?\d{1,2})?$/;
const COMMA = /^[+-]?\d{1,15},\d{1,15}$/;
const ISO_DATE = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
const SLASHED = /^(\d{4})\/(\d{2})\/(\d{2})$/;
const DAY_FIRST = /^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$/;
const DATETIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?$/;
const TRUE = new Set(["true", "yes", "oui", "نعم"]);
const FALSE = new Set(["false", "no", "non", "لا"]);

interface Reading {
  type: ColumnType;
  /** Turns a text that `fits` into a cell. */
  read: (text: string) => Cell;
  note?: string;
}

const isRealDay = (iso: string): boolean => {
  const day = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(iso);
};
const two = (digits: string) => digits.padStart(2, "0");

/**
 * The narrowest type that all texts of a column fit; an empty one fits all. Leading zeros make a code, not a number.
 * Days written 03/04/2026 are taken day first, unless some value shows that the month comes first.
 */
export function infer(texts: readonly string[]): Reading {
  const given = texts.filter((text) => text !== "");
  const all = (fits: (text: string) => boolean) => given.length > 0 && given.every(fits);
  const isCode = given.some((text) => /^[+-]?0\d/.test(text));
  if (!isCode && all((text) => INTEGER.test(text))) return { type: "integer", read: Number };
  if (!isCode && all((text) => POINT.test(text) && Number.isFinite(Number(text))))
    return { type: "number", read: Number };
  if (!isCode && all((text) => COMMA.test(text) || INTEGER.test(text)))
    return { type: "number", read: (text) => Number(text.replace(",", ".")), note: "decimal commas" };
  if (all((text) => TRUE.has(text.toLowerCase()) || FALSE.has(text.toLowerCase())))
    return { type: "boolean", read: (text) => TRUE.has(text.toLowerCase()) };
  if (all((text) => ISO_DATE.test(text) && isRealDay(text))) return { type: "date", read: (text) => text };
  if (all((text) => SLASHED.test(text) && isRealDay(text.replaceAll("/", "-"))))
    return { type: "date", read: (text) => text.replaceAll("/", "-"), note: "days written year/month/day" };
  const dayFirst = (text: string) =>
    text.replace(DAY_FIRST, (_, d: string, m: string, y: string) => `${y}-${two(m)}-${two(d)}`);
  const monthFirst = (text: string) =>
    text.replace(DAY_FIRST, (_, m: string, d: string, y: string) => `${y}-${two(m)}-${two(d)}`);
  if (all((text) => DAY_FIRST.test(text) && isRealDay(dayFirst(text))))
    return { type: "date", read: dayFirst, note: "days written day/month/year" };
  if (all((text) => DAY_FIRST.test(text) && isRealDay(monthFirst(text))))
    return { type: "date", read: monthFirst, note: "days written month/day/year" };
  if (all((text) => DATETIME.test(text) && !Number.isNaN(Date.parse(text.replace(" ", "T")))))
    return { type: "datetime", read: (text) => text.replace(" ", "T") };
  return { type: "text", read: (text) => text };
}

/** Does a column's name say that it holds latitudes or longitudes? */
export const isLatitude = (name: string): boolean => /^(?:lat|latitude|y_?lat|geo_?lat|y)$/i.test(name.trim());
export const isLongitude = (name: string): boolean =>
  /^(?:lon|lng|long|longitude|x_?lon|geo_?lon|x)$/i.test(name.trim());
