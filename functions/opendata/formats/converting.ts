import { z } from "@hono/zod-openapi";
import { type Cell, ColumnType } from "../schema.ts";
import { type Note, note, quoted } from "./note.ts";

/** How the values of a column are read. It is plain, so that a draft can keep it and an agent can correct it. */
export const Reading = z
  .object({
    type: ColumnType,
    /** Of numbers: the sign before their fraction, a point unless a comma is named. */
    decimal: z.enum([".", ","]).optional(),
    /** Of numbers: each ends in a percent sign, which is dropped. */
    percent: z.boolean().optional(),
    /** Of days not written year first: what comes first. */
    days: z.enum(["dmy", "mdy"]).optional(),
    /** Texts that stand for nothing, such as `n.d.`. */
    none: z.array(z.string().max(60)).max(20).optional(),
  })
  .meta({ id: "ColumnReading" });
export type Reading = z.infer<typeof Reading>;

export const isNote = (value: Cell | Note): value is Note => typeof value === "object" && value !== null;

/** Reads the values of a column: each becomes a cell, or the note that says why it cannot. An empty one is none. */
export function converter(reading: Reading): (value: Cell) => Cell | Note {
  const read = READERS[reading.type](reading);
  const none = new Set(reading.none);
  return (value) => {
    const given = typeof value === "string" ? value.trim() : value;
    if (given === null || given === "" || none.has(given as string)) return null;
    return read(given) ?? note(`cell.${reading.type}` as Note["code"], { value: quoted(String(value)) });
  };
}

type Given = NonNullable<Cell>;
const READERS: Record<ColumnType, (reading: Reading) => (value: Given) => Given | undefined> = {
  text: () => String,
  integer: (reading) => (value) => {
    const number = typeof value === "number" ? value : typeof value === "string" ? numberOf(value, reading) : undefined;
    return Number.isSafeInteger(number) ? number : undefined;
  },
  number: (reading) => (value) => {
    const number = typeof value === "number" ? value : typeof value === "string" ? numberOf(value, reading) : undefined;
    return Number.isFinite(number) ? number : undefined;
  },
  boolean: () => (value) => {
    if (typeof value === "boolean") return value;
    const text = String(value).toLowerCase();
    return TRUE.has(text) || MEANT_TRUE.has(text) || (FALSE.has(text) || MEANT_FALSE.has(text) ? false : undefined);
  },
  date: (reading) => (value) => dayOf(String(value), reading.days),
  datetime: (reading) => (value) => instantOf(String(value), reading.days),
};

const TRUE = new Set(["true", "yes", "oui", "vrai", "نعم", "صحيح"]);
const FALSE = new Set(["false", "no", "non", "faux", "لا", "خطأ"]);
// These are codes as often as they are answers: they are read so where somebody says it, and never guessed.
const MEANT_TRUE = new Set(["1", "y", "t", "o", "v", "x"]);
const MEANT_FALSE = new Set(["0", "n", "f"]);
export const isAnswer = (text: string): boolean =>
  text.length <= 5 && (TRUE.has(text.toLowerCase()) || FALSE.has(text.toLowerCase()));

const PLAIN = /^[+-]?\d{1,15}$/;
const POINTED = /^[+-]?(?:\d{1,15}\.\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const SCIENTIFIC = /^[+-]?\d{1,15}[eE][+-]?\d{1,3}$/;
// Thousands in the manner of France (spaces), Switzerland (apostrophes), India (lakhs), and the Arab world.
const GROUPED_POINT = /^[+-]?\d{1,3}(?:([ \u00a0\u2009\u202f'’])\d{3}(?:\1\d{3})*|(?:,\d{2,3})*,\d{3})(?:\.\d+)?$/;
const GROUPED_COMMA = /^[+-]?\d{1,3}(?:([ \u00a0\u2009\u202f'’])\d{3}(?:\1\d{3})*|(?:\.\d{3})+)(?:,\d+)?$/;
const COMMA = /^[+-]?(?:\d{1,15},\d*|,\d+)(?:[eE][+-]?\d{1,3})?$/;

/** Digits and signs of Arabic writing as those of ASCII; `٬` parts thousands, `٫` the fraction. */
const western = (text: string, decimal: string): string =>
  /[\u0660-\u0669\u06f0-\u06f9\u2212]/.test(text)
    ? text
        .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf))
        .replaceAll("\u2212", "-")
        .replaceAll("\u066b", decimal)
        .replaceAll("\u066c", "'")
        .replace(/[\u061c\u200e\u200f]/g, "")
    : text;

/** A text as a number; undefined where it is none. Leading zeros make a code, but somebody may want it as a number. */
export function numberOf(text: string, { decimal = ".", percent }: Pick<Reading, "decimal" | "percent">) {
  let given = western(text, decimal);
  if (percent) {
    if (!/[%٪]$/.test(given)) return undefined;
    given = given.slice(0, -1).trimEnd();
  }
  if (PLAIN.test(given) || SCIENTIFIC.test(given)) return Number(given);
  if (decimal === ".") {
    if (POINTED.test(given)) return Number(given);
    return GROUPED_POINT.test(given) ? Number(given.replace(/[^\d.+-]/g, "")) : undefined;
  }
  if (COMMA.test(given)) return Number(given.replace(",", "."));
  return GROUPED_COMMA.test(given) ? Number(given.replace(/[^\d,+-]/g, "").replace(",", ".")) : undefined;
}

const YEAR_FIRST = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/;
const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})$/;
const CLOCK = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,9}))?)?$/;
const ZONE = /\s?(?:[Zz]|UTC|[+-](?:0\d|1[0-4]):?[0-5]\d)$/;

/** A text as a day, `2026-04-03`; undefined where it is none, or no day of the calendar. */
export function dayOf(text: string, days?: "dmy" | "mdy"): string | undefined {
  const sign = text.charCodeAt(4);
  // Most of what is no day shows it by its fifth sign, which is none of `-`, `.`, `/`.
  if (days === undefined && sign < 128 && (sign < 45 || sign > 47)) return undefined;
  const given = western(text, ".");
  const first = YEAR_FIRST.exec(given);
  if (first) return real(first[1]!, first[3]!, first[4]!);
  const last = days && YEAR_LAST.exec(given);
  if (!last) return undefined;
  return days === "dmy" ? real(last[4]!, last[3]!, last[1]!) : real(last[4]!, last[1]!, last[3]!);
}

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
function real(year: string, month: string, day: string): string | undefined {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  if (d < 1 || !(d <= (DAYS[m - 1] ?? 0))) return undefined;
  if (m === 2 && d === 29 && (y % 4 !== 0 || (y % 100 === 0 && y % 400 !== 0))) return undefined;
  return `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
}

/** A text as a day and time, `2026-04-03T09:30:00+02:00`; a zone stays as it was given, and none is added. */
export function instantOf(text: string, days?: "dmy" | "mdy"): string | undefined {
  const given = western(text, ".");
  const cut = given.search(/[T\s]/);
  if (cut < 0) {
    const day = dayOf(given, days);
    return day && `${day}T00:00:00`;
  }
  const day = dayOf(given.slice(0, cut), days);
  if (!day) return undefined;
  const rest = given.slice(cut + 1);
  const zone = ZONE.exec(rest)?.[0] ?? "";
  const clock = CLOCK.exec(rest.slice(0, rest.length - zone.length));
  if (!clock) return undefined;
  const [, hours, minutes, seconds = "00", fraction] = clock;
  const at = zone.trim().toUpperCase();
  const offset = at === "UTC" ? "Z" : at.replace(/^([+-]\d{2})(\d{2})$/, "$1:$2");
  return `${day}T${hours!.padStart(2, "0")}:${minutes}:${seconds}${fraction ? `.${fraction.slice(0, 3)}` : ""}${offset}`;
}
