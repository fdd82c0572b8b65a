import { parse } from "csv-parse/sync";
import { latinDigits } from "../../shared/amounts.ts";
import { invalid } from "../../shared/errors.ts";
import { parsed } from "../../shared/http.ts";
import { Code } from "../network/events.ts";
import { Hour, TEMPERATURES_MAX, Temperatures } from "./schema.ts";
import { ScheduleOrder } from "./supply-schema.ts";
import { hourOf, instantOf } from "./wall.ts";

// What people type into the forms of this room, as the API takes it.

type Typed = Record<string, string>;
/** What a form says of a mistake, in the reader's words. */
export interface Words {
  notNumber: string;
  notRow: (line: number) => string;
}

const plain = (text: string): string => latinDigits(text.trim()).replace(/[,\u066b]/, ".");

/** A number with up to three decimals as thousandths: kWh as Wh, m³ as litres. @throws {Fault} invalid */
function thousandths(typed: Typed, field: string, words: Words): number {
  const [, whole, fraction = ""] = /^(-?\d{1,9})(?:\.(\d{0,3}))?$/.exec(plain(typed[field] ?? "")) ?? [];
  if (whole === undefined) throw invalid(`#/${field}`, words.notNumber);
  return Number(whole + fraction.padEnd(3, "0"));
}
function number(typed: Typed, field: string, words: Words): number {
  const text = plain(typed[field] ?? "");
  if (!/^-?\d{1,9}(\.\d{1,6})?$/.test(text)) throw invalid(`#/${field}`, words.notNumber);
  return Number(text);
}
const isTyped = (typed: Typed, field: string): boolean => (typed[field] ?? "").trim() !== "";

/** Lines of so many fields, or one of these numbers of them. @throws {Fault} invalid, by line */
function linesOf(text: string, fields: readonly number[], field: string, words: Words): string[][] {
  const rows = text.split(/\r?\n/);
  return rows.flatMap((row, i) => {
    if (row.trim() === "") return [];
    try {
      // Where semicolons or tabs part the fields, a comma is a decimal sign.
      const delimiter = [";", "\t"].find((sign) => row.includes(sign)) ?? ",";
      const [found = []] = parse(row, { trim: true, delimiter }) as string[][];
      if (fields.includes(found.length)) return [found];
    } catch {
      // Said below, as for any other line.
    }
    throw invalid(`#/${field}`, words.notRow(i + 1));
  });
}

/** @throws {Fault} invalid */
export function followingFrom(typed: Typed, words: Words): unknown {
  return {
    isDaily: typed["isDaily"] === "yes",
    isPublic: typed["isPublic"] === "yes",
    ...(isTyped(typed, "threshold")
      ? {
          peak: {
            threshold: thousandths(typed, "threshold", words),
            leadHours: number(typed, "leadHours", words),
          },
        }
      : {}),
  };
}

/** Lines of times and degrees, in any order, as hours one after the other. @throws {Fault} invalid */
export function temperaturesFrom(typed: Typed, words: Words): Temperatures {
  const rows = linesOf(typed["rows"] ?? "", [2], "rows", words).map(([time = "", degrees = ""], i) => {
    // People leave the seconds away.
    const at = Hour.safeParse(time.replace(/(T\d\d:\d\d)(?=Z|[+-])/, "$1:00"));
    const celsius = plain(degrees);
    if (!at.success || !/^-?\d{1,2}(\.\d{1,3})?$/.test(celsius)) throw invalid("#/rows", words.notRow(i + 1));
    return { hour: hourOf(at.data), celsius: Number(celsius) };
  });
  const hours = rows.map(({ hour }) => hour);
  const [first, last] = [Math.min(...hours), Math.max(...hours)];
  if (rows.length === 0 || last - first >= TEMPERATURES_MAX) throw invalid("#/rows", words.notRow(rows.length + 1));
  const celsius = Array<number | null>(last - first + 1).fill(null);
  for (const row of rows) celsius[row.hour - first] = row.celsius;
  return parsed(Temperatures, { source: typed["source"] ?? "", from: instantOf(first), celsius });
}

/** The form's fields in kW and m³ as an order; what flows out is a zone's code, or the same in each hour. @throws {Fault} invalid */
export function orderFrom(typed: Typed, words: Words): ScheduleOrder {
  const thousand = (field: string) => thousandths(typed, field, words);
  const periods = linesOf(typed["periods"] ?? "", [3, 4], "periods", words).map(([from, to, price, on], i) => {
    if (!/^\d{1,2}$/.test(from!) || !/^\d{1,2}$/.test(to!)) throw invalid("#/periods", words.notRow(i + 1));
    // Weekdays as their digits: 67 is Saturday and Sunday.
    if (on !== undefined && !/^[1-7]{1,7}$/.test(on)) throw invalid("#/periods", words.notRow(i + 1));
    const days = on === undefined ? {} : { days: [...new Set(on)].map(Number) };
    return { from: Number(from), to: Number(to), price: plain(price!), ...days };
  });
  const hours = number(typed, "hours", words);
  const out = (typed["out"] ?? "").trim();
  const demand = () =>
    /^\d+([.,]\d+)?$/.test(latinDigits(out))
      ? { litres: Array<number>(Math.min(Math.max(1, hours), 168)).fill(thousand("out")) }
      : { zone: parsed(Code, out) };
  return parsed(ScheduleOrder, {
    hours,
    tariff: {
      price: plain(typed["price"] ?? ""),
      periods,
      ...(isTyped(typed, "feedIn") ? { feedIn: plain(typed["feedIn"]!) } : {}),
    },
    ...(isTyped(typed, "sunW")
      ? {
          sun: {
            panelW: thousand("sunW"),
            latitude: number(typed, "latitude", words),
            longitude: number(typed, "longitude", words),
          },
        }
      : {}),
    ...(typed["what"] === "load"
      ? { load: { maxW: thousand("power"), energyWh: thousand("energy") } }
      : {
          pump: {
            ...{ powerW: thousand("power"), litresPerHour: thousand("pumped") },
            ...{ startLitres: thousand("start"), minLitres: thousand("least"), maxLitres: thousand("most") },
            demand: demand(),
          },
        }),
  });
}

const FIELDS: readonly [RegExp, string][] = [
  [/^#\/peak\/(\w+).*/, "$1"],
  [/^#\/tariff\/(\w+).*/, "$1"],
  [/^#\/sun\/panelW/, "sunW"],
  [/^#\/sun.*/, "latitude"],
  [/^#\/load\/energyWh/, "energy"],
  [/^#\/(pump|load)\/(powerW|maxW)/, "power"],
  [/^#\/pump\/litresPerHour/, "pumped"],
  [/^#\/pump\/startLitres|^#\/pump\/endLitres/, "start"],
  [/^#\/pump\/minLitres/, "least"],
  [/^#\/pump\/maxLitres|^#\/pump$/, "most"],
  [/^#\/pump\/demand.*/, "out"],
  [/^#$/, "out"],
  [/^#\/(celsius|from).*/, "rows"],
  [/^#\//, ""],
];
/** The form's field of a mistake's place in the order. */
export function fieldOf(pointer: string): string {
  const [pattern, field] = FIELDS.find(([one]) => one.test(pointer)) ?? [/^/, ""];
  return pointer.replace(pattern, field);
}
