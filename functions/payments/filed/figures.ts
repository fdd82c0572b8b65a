import { Temporal } from "temporal-polyfill";
import { latinDigits, minorOf } from "../../../shared/amounts.ts";
import { Fault } from "../../../shared/errors.ts";
import { exponentOf } from "../../../shared/money.ts";

// Amounts and times as files write them. What may be meant in two ways is not guessed.

/** No amount and no time is written with more signs. */
const SIGNS_MAX = 60;
const tidy = (text: string) =>
  latinDigits(text)
    .replace(/[\u00a0\u202f\u200e\u200f]/g, " ")
    .trim();

/** What stands before or behind an amount: a currency's code or its sign. */
const UNIT = /^(F ?CFA|CFA|[A-Z]{3}|[€$£₵₦])|(F ?CFA|CFA|[A-Z]{3}|[€$£₵₦])$/gu;
/** Whether this names the currency: by its code, or as the two francs CFA are called. */
export const isNamed = (unit: string, currency: string): boolean =>
  unit === currency || (/^(?:F ?)?CFA$/.test(unit) && /^X[AO]F$/.test(currency));

/**
 * An amount with its sign: `-1 250,50`, `(500)`, `12 000 F CFA`, `1500.00 XOF`.
 * @returns undefined: it is none, or not exactly one of this currency
 */
export function amountOf(text: string, currency: string): number | undefined {
  if (text.length > SIGNS_MAX) return undefined;
  const typed = tidy(text).replace(/\u2212/g, "-");
  if (!(typed.match(UNIT) ?? []).every((unit) => isNamed(unit, currency) || /^[€$£₵₦]$/u.test(unit))) return undefined;
  const bare = typed.replace(UNIT, "").trim();
  const [, bracket, minus, digits = ""] = /^(\()?\s*([-+])?\s*([^-+()]+?)\s*\)?$/.exec(bare) ?? [];
  if (digits === "" || (bracket !== undefined) !== bare.endsWith(")")) return undefined;
  // Programs write two zeros behind every amount, whether or not the currency has hundredths.
  const written = exponentOf(currency) === 0 ? digits.replace(/[.,]0{1,2}$/, "") : digits;
  try {
    const amountMinor = minorOf(written, currency, "amount");
    return minus === "-" || bracket !== undefined ? 0 - amountMinor : amountMinor;
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

/** What comes first in a date of three numbers. */
export type DateOrder = "day" | "month";
const ISO = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(.*))?$/;
const NUMBERS = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T ,]+(.*))?$/;
const CLOCK =
  /^(\d{1,2})[:hH](\d{2})(?:[:mM](\d{2})(?:[.,]\d+)?)?s?\s*([AaPp])?\.?(?:[Mm]\.?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/;

/** In which order these dates can be: one of them says so by a number above twelve. */
export function orderIn(dates: readonly string[]): DateOrder | "either" | "neither" {
  let [isDayFirst, isMonthFirst] = [true, true];
  for (const text of dates) {
    const [, first, second] = NUMBERS.exec(tidy(text)) ?? [];
    if (first === undefined || first === second) continue;
    if (Number(first) > 12) isMonthFirst = false;
    if (Number(second) > 12) isDayFirst = false;
  }
  if (isDayFirst && isMonthFirst) return "either";
  return isDayFirst ? "day" : isMonthFirst ? "month" : "neither";
}

/** Whether a date says by itself which of its numbers is the day. */
export const isClear = (text: string): boolean => {
  const [, first, second] = NUMBERS.exec(tidy(text)) ?? [];
  return first === undefined || first === second;
};

/**
 * An instant, read in this zone where the file names none; of a day alone, its noon.
 * @returns undefined: it is none
 */
export function instantOf(date: string, time: string, order: DateOrder, zone: string): string | undefined {
  if (date.length + time.length > SIGNS_MAX) return undefined;
  const text = tidy(date);
  const iso = ISO.exec(text);
  const numbers = iso ? null : NUMBERS.exec(text);
  const found = iso ?? numbers;
  if (!found) return undefined;
  const [, first = "", second = "", third = "", rest = ""] = found;
  const [year, month, day] = iso
    ? [first, second, third]
    : order === "day"
      ? [third, second, first]
      : [third, first, second];
  const clock = [rest.trim(), tidy(time)].find((one) => one !== "") ?? "12:00";
  const [, hours = "", minute = "", seconds = "0", half, offset] = CLOCK.exec(clock) ?? [];
  if (hours === "") return undefined;
  const hour = half === undefined ? Number(hours) : (Number(hours) % 12) + (half.toLowerCase() === "p" ? 12 : 0);
  try {
    const wall = Temporal.PlainDateTime.from(
      {
        year: Number(year),
        month: Number(month),
        day: Number(day),
        hour,
        minute: Number(minute),
        second: Number(seconds),
      },
      { overflow: "reject" },
    );
    const named = offset === undefined ? zone : /^[+-]/.test(offset) ? offset.replace(/^(.{3}):?/, "$1:") : "UTC";
    return new Date(wall.toZonedDateTime(named).epochMilliseconds).toISOString();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
