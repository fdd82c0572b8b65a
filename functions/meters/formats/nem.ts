import { type Mistakes, quoted, type Row, refuseLine } from "../../../shared/delimited.ts";
import { unitOf, unknownUnit } from "../series.ts";

// What NEM12 and NEM13 have in common: records of lines, the header, market time, quality letters.

/** Market time: Eastern Standard Time without daylight saving, ten hours before UTC, all year and in every state. */
export const MARKET_OFFSET_S = 10 * 3600;
/** The specification has 5, 15 and 30; 1 and 10 are seen in files of metering providers, whole hours in exports. */
export const INTERVAL_MINUTES = [1, 5, 10, 15, 30, 60];
export const QUALITY_METHOD = /^(?:[AN]|[SFE]\d{2}|V)$/;

/** The record indicators of a file's first lines. */
export const recordsOf = (beginning: string): string[] =>
  beginning
    .split(/\r\n|\n|\r/, 6)
    .filter((line) => line.trim() !== "")
    .slice(0, 3)
    .map((line) => /^\s*"?(\d{3})"?\s*(?:[,;\t]|$)/.exec(line)?.[1] ?? "");

/**
 * Checks the 100 record.
 *
 * @returns when the file was made, in seconds since 1970
 */
export function headerOf(rows: readonly Row[], version: "NEM12" | "NEM13"): number {
  const first = rows[0];
  if (!first) refuseLine(1, "The file is empty.");
  const { line, fields } = first;
  if (fields[0] !== "100")
    refuseLine(line, `The 100 record at the beginning is missing: without it the file is no ${version}.`);
  if (fields[1] !== version) refuseLine(line, `The header names ${quoted(fields[1] ?? "")}, not ${version}.`);
  const time = fields[2] ?? "";
  const madeAtS = instantS(time);
  if (madeAtS === undefined) refuseLine(line, `The header's time ${quoted(time)} is not of the form 200405011135.`);
  return madeAtS;
}

/** The NMI, its suffix and the unit, which both formats write alike. */
export function demandChannel(line: number, point: string, suffix: string, unit: string, mistakes: Mistakes): void {
  if (!/^[A-Za-z0-9]{1,10}$/.test(point))
    mistakes.at(line, `The NMI ${quoted(point)} is not 1 to 10 letters and digits.`);
  if (!/^[A-Z0-9]{2}$/.test(suffix))
    mistakes.at(line, `The NMI suffix ${quoted(suffix)} is not two capital letters or digits.`);
  if (unitOf(unit) === undefined || unitOf(unit)?.[0] === "L") mistakes.at(line, unknownUnit(unit));
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
