import type { Row } from "../../../shared/delimited.ts";
import { KEPT_UNIT_NAMES, type ReadFile, type Series, unitOf } from "../series.ts";
import { type FileMistakes, refuseFile } from "./mistakes.ts";

// What NEM12 and NEM13 have in common: records of lines, the header, market time, quality letters.

/** Market time: Eastern Standard Time without daylight saving, ten hours before UTC, all year and in every state. */
export const MARKET_OFFSET_S = 10 * 3600;
/** The specification has 5, 15 and 30; 1 and 10 are seen in files of metering providers, whole hours in exports. */
export const INTERVAL_MINUTES = [1, 5, 10, 15, 30, 60];
/**
 * The specification's methods that are written here. Those of intervals and reads that nobody took are substitutions:
 * E is a forecast of a read that is to come, and has methods of its own. The 16, agreed, is not in use any more.
 */
export const METHOD = {
  averageLikeDay: "15",
  linear: "17",
  agreed: "55",
  agreedRead: "64",
  customerRead: "67",
} as const;
export const QUALITY_METHOD = /^(?:[AN]|[SFE]\d{2}|V)$/;

/** The record indicators of a file's first lines. */
export const recordsOf = (beginning: string): string[] =>
  beginning
    .split(/\r\n|\n|\r/, 6)
    .filter((line) => line.trim() !== "")
    .slice(0, 3)
    .map((line) => /^\s*"?(\d{3})"?\s*(?:[,;\t]|$)/.exec(line)?.[1] ?? "");

type Version = "NEM12" | "NEM13";
const RECORDS: Record<Version, readonly string[]> = {
  NEM12: ["100", "200", "300", "400", "500", "900"],
  NEM13: ["100", "250", "550", "900"],
};

/**
 * Reads a file record by record: its 100, then what the version has, then its 900 and nothing more.
 *
 * @param takes   what each record between brings, and what the end does
 * @param holds   the record that brings readings
 * @param series  what the records fill
 * @throws {Fault} invalid, with every line that is wrong; a file is read whole or not at all
 */
export function readRecords(
  rows: readonly Row[],
  version: Version,
  takes: Record<string, (line: number, fields: string[]) => void>,
  holds: string,
  series: ReadonlyMap<string, Series>,
  mistakes: FileMistakes,
): ReadFile {
  const madeAtS = headerOf(rows, version);
  const other = version === "NEM12" ? "NEM13" : "NEM12";
  let ended: number | undefined;
  for (const { line, fields } of rows.slice(1)) {
    if (ended !== undefined) refuseFile(line, "nem_ended", { line: ended });
    const record = fields[0] ?? "";
    if (record === "100") refuseFile(line, "nem_second_header");
    if (record === "900") ended = line;
    else if (!RECORDS[version].includes(record)) {
      if (RECORDS[other].includes(record)) refuseFile(line, "nem_foreign", { record, other, version });
      mistakes.tell(line, "nem_unknown", { record, version, known: RECORDS[version].join(", ") });
    }
    takes[record]?.(line, fields);
  }
  const last = rows.at(-1)!.line;
  if (ended === undefined) mistakes.tell(last, "nem_no_end");
  const found = [...series.values()].filter((one) => one.readings.length > 0);
  if (found.length === 0 && mistakes.list.length === 0) mistakes.tell(last, "nem_no_readings", { record: holds });
  mistakes.refuse();
  return { format: version === "NEM12" ? "nem12" : "nem13", madeAtS, series: found };
}

/** Checks the 100 record. @returns when the file was made, in seconds since 1970 */
function headerOf(rows: readonly Row[], version: Version): number {
  const first = rows[0];
  if (!first) refuseFile(1, "empty");
  const { line, fields } = first;
  if (fields[0] !== "100") refuseFile(line, "nem_no_header", { version });
  if (fields[1] !== version) refuseFile(line, "nem_header_version", { found: fields[1] ?? "", version });
  const time = fields[2] ?? "";
  const madeAtS = instantS(time);
  if (madeAtS === undefined) refuseFile(line, "nem_header_time", { time });
  return madeAtS;
}

/** The NMI, its suffix and the unit, which both formats write alike. */
export function demandChannel(line: number, point: string, suffix: string, unit: string, mistakes: FileMistakes): void {
  if (!/^[A-Za-z0-9]{1,10}$/.test(point)) mistakes.tell(line, "nem_point", { point });
  if (!/^[A-Z0-9]{2}$/.test(suffix)) mistakes.tell(line, "nem_suffix", { suffix });
  if (unitOf(unit) === undefined || unitOf(unit)?.[0] === "L")
    mistakes.tell(line, "unit_unknown", { unit, known: KEPT_UNIT_NAMES });
}

export const qualityOf = (quality: string, reason: string): string =>
  reason === "" ? quality : `${quality}:${Number(reason)}`;

/** The first instant of a market day such as 20040201, in seconds since 1970; undefined for what is no date. */
export function dateS(text: string): number | undefined {
  const found = /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (!found) return undefined;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  const at = new Date(Date.UTC(year, month - 1, day));
  if (year < 1990 || at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day) return undefined;
  return at.getTime() / 1000 - MARKET_OFFSET_S;
}

/** An instant of market time, with or without seconds: 20040201103230. */
export function instantS(text: string): number | undefined {
  const found = /^(\d{8})(\d{2})(\d{2})(\d{2})?$/.exec(text);
  const dayS = found ? dateS(found[1]!) : undefined;
  if (!found || dayS === undefined) return undefined;
  const [hour, minute, second] = [Number(found[2]), Number(found[3]), Number(found[4] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return dayS + hour * 3600 + minute * 60 + second;
}
