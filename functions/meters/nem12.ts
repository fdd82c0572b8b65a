import { Mistakes, quoted, type Row, refuseLine } from "../../shared/delimited.ts";
import { exact } from "./exact.ts";
import type { Flow } from "./packing.ts";
import { type FileReading, type ReadFile, type Series, unitOf, unknownUnit } from "./series.ts";

/** Market time: Eastern Standard Time without daylight saving, ten hours before UTC, all year and in every state. */
const MARKET_OFFSET_S = 10 * 3600;
const DAY_MINUTES = 1440;
/** The specification has 5, 15 and 30; 1 and 10 are seen in files of metering providers, whole hours in exports. */
const INTERVAL_MINUTES = [1, 5, 10, 15, 30, 60];
const QUALITY_METHOD = /^(?:[AN]|[SFE]\d{2}|V)$/;
/** Channels of master meters: E is energy out of the network (consumption), B is energy into it. The rest is measured only. */
const FLOWS: Record<string, Flow> = { E: "consumption", B: "feedIn" };

export const isNem12 = (rows: readonly Row[]): boolean =>
  rows.slice(0, 3).some(({ fields }) => /^(?:100|200|300|900)$/.test(fields[0] ?? "") && fields[0]!.length === 3);

/**
 * Reads a NEM12 file: 100 header, then for each channel a 200 with its 300 days, each followed by the 400s that
 * qualify it and the 500s of market transactions (checked for place, not kept), and 900 at the end.
 *
 * @returns every channel with its readings in the file's units; an instant is the start of its interval
 * @throws {Fault} invalid, with every line that is wrong; a file is read whole or not at all
 * @see AEMO, Meter Data File Format Specification NEM12 & NEM13
 */
export function readNem12(rows: readonly Row[]): ReadFile {
  const mistakes = new Mistakes();
  const madeAtS = header(rows);
  const channels = new Map<string, Series>();
  const days = new Map<string, number>();
  let channel: Channel | undefined;
  let day: Day | undefined;
  /** A day that was refused takes its 400s with it: one mistake is told once. */
  let isRefusedDay = false;
  let ended: number | undefined;

  const endDay = () => {
    if (day) qualify(day, mistakes);
    day = undefined;
  };
  for (const { line, fields } of rows.slice(1)) {
    if (ended !== undefined) refuseLine(line, `The file has ended with the 900 on line ${ended}; nothing may follow.`);
    switch (fields[0]) {
      case "100":
        refuseLine(line, "A second 100 record: a file has one header.");
        break;
      case "200": {
        endDay();
        channel = channelOf(line, fields, channels, mistakes);
        isRefusedDay = false;
        break;
      }
      case "300": {
        endDay();
        if (!channel) refuseLine(line, "A 300 record without a 200 before it: no meter to read it for.");
        day = dayOf(line, fields, channel, mistakes);
        isRefusedDay = !day;
        if (!day) break;
        const key = `${channel.series.names[0]} ${channel.series.channel} ${fields[1]}`;
        const before = days.get(key);
        if (before !== undefined)
          mistakes.at(
            line,
            `The day ${fields[1]} of channel ${channel.series.channel} stands on line ${before} already.`,
          );
        days.set(key, line);
        channel.series.readings.push(...day.readings);
        break;
      }
      case "400":
        if (!day && !isRefusedDay) mistakes.at(line, "A 400 record without a 300 before it: no day to qualify.");
        if (day) rangeOf(line, fields, day, mistakes);
        break;
      case "500":
        if (!channel) mistakes.at(line, "A 500 record without a 200 before it.");
        break;
      case "900":
        endDay();
        ended = line;
        break;
      case "250":
      case "550":
        refuseLine(line, `A ${fields[0]} record belongs to NEM13, and this is NEM12.`);
        break;
      default:
        mistakes.at(line, `${quoted(fields[0] ?? "")} is no record of NEM12: those are 100, 200, 300, 400, 500, 900.`);
    }
  }
  const last = rows.at(-1)?.line ?? 1;
  if (ended === undefined) mistakes.at(last, "The 900 record at the end is missing: the file may be cut off.");
  const series = [...channels.values()].filter((one) => one.readings.length > 0);
  if (series.length === 0 && mistakes.list.length === 0) mistakes.at(last, "The file has no readings: no 300 record.");
  mistakes.refuse();
  return { format: "nem12", ...(madeAtS === undefined ? {} : { madeAtS }), series };
}

interface Channel {
  series: Series;
  minutes: number;
}

interface Day {
  line: number;
  quality: string;
  readings: FileReading[];
  /** Of a day of quality V: which readings a 400 has covered. */
  covered: number;
}

function header(rows: readonly Row[]): number | undefined {
  const first = rows[0];
  if (!first) refuseLine(1, "The file is empty.");
  const { line, fields } = first;
  if (fields[0] !== "100")
    refuseLine(line, "The 100 record at the beginning is missing: without it the file is no NEM12.");
  if (fields[1] === "NEM13") refuseLine(line, "NEM13 (accumulated readings) is not taken here yet; send NEM12.");
  if (fields[1] !== "NEM12") refuseLine(line, `The header names ${quoted(fields[1] ?? "")}, not NEM12.`);
  const time = fields[2] ?? "";
  const found = /^(\d{8})(\d{2})(\d{2})(?:\d{2})?$/.exec(time);
  const dayS = found ? dateS(found[1]!) : undefined;
  if (!found || dayS === undefined || Number(found[2]) > 23 || Number(found[3]) > 59)
    refuseLine(line, `The header's time ${quoted(time)} is not of the form 200405011135.`);
  return dayS + Number(found[2]) * 3600 + Number(found[3]) * 60;
}

function channelOf(line: number, fields: string[], channels: Map<string, Series>, mistakes: Mistakes): Channel {
  const [, point = "", , , suffix = "", , serial = "", unit = "", length = ""] = fields;
  if (!/^[A-Za-z0-9]{1,10}$/.test(point))
    mistakes.at(line, `The NMI ${quoted(point)} is not 1 to 10 letters and digits.`);
  if (!/^[A-Z0-9]{2}$/.test(suffix))
    mistakes.at(line, `The NMI suffix ${quoted(suffix)} is not two capital letters or digits.`);
  if (unitOf(unit) === undefined || unitOf(unit)?.[0] === "L") mistakes.at(line, unknownUnit(unit));
  const minutes = Number(length);
  // A day cannot be read without its interval, so this one mistake ends the reading.
  if (!/^\d{1,2}$/.test(length) || !INTERVAL_MINUTES.includes(minutes)) {
    mistakes.at(line, `The interval ${quoted(length)} is none of ${INTERVAL_MINUTES.join(", ")} minutes.`);
    mistakes.refuse();
  }
  const key = `${point} ${suffix}`;
  const flow = (unitOf(unit)?.[0] === "Wh" ? FLOWS[suffix[0] ?? ""] : undefined) ?? "other";
  const before = channels.get(key);
  const series: Series = before ?? {
    names: [...new Set([point, serial].filter((name) => name !== ""))],
    serial: serial || point,
    point,
    channel: suffix,
    flow,
    unit,
    kind: "intervals",
    line,
    readings: [],
  };
  if (series.unit?.toLowerCase() !== unit.toLowerCase())
    mistakes.at(
      line,
      `Channel ${suffix} of ${point} is in ${quoted(series.unit ?? "")} on line ${series.line}, and here in ${quoted(unit)}.`,
    );
  channels.set(key, series);
  return { series, minutes };
}

/** A day's readings; undefined (and a mistake) if the record cannot be read. */
function dayOf(line: number, fields: string[], { minutes }: Channel, mistakes: Mistakes): Day | undefined {
  const before = mistakes.list.length;
  const count = DAY_MINUTES / minutes;
  const startS = dateS(fields[1] ?? "");
  if (startS === undefined) mistakes.at(line, `${quoted(fields[1] ?? "")} is no date of the form 20040201.`);
  // The first field after the values is the quality; values are all that come before it.
  const at = fields.findIndex((field, i) => i >= 2 && /^[A-Z]/.test(field));
  const found = (at < 0 ? fields.length : at) - 2;
  if (found !== count) {
    mistakes.at(line, `${found} values, where intervals of ${minutes} minutes make ${count} a day.`);
    return undefined;
  }
  const quality = fields[at] ?? "";
  if (!QUALITY_METHOD.test(quality))
    mistakes.at(line, `The quality ${quoted(quality)} is none of A, N, V, or S, F, E with two digits.`);
  const reason = fields[at + 1] ?? "";
  if (!/^\d{0,3}$/.test(reason))
    mistakes.at(line, `The reason code ${quoted(reason)} is not a number of at most three digits.`);
  if (fields.length > at + 5) mistakes.at(line, `${fields.length - at - 5} fields too many after the quality.`);
  const full = reason === "" || quality === "V" ? quality : `${quality}:${Number(reason)}`;
  const readings: FileReading[] = [];
  for (let i = 0; i < count; i++) {
    const text = fields[i + 2]!;
    const value = exact(text);
    if (value === undefined) mistakes.at(line, `Value ${i + 1}, ${quoted(text)}, is no number.`);
    else if (value.digits < 0) mistakes.at(line, `Value ${i + 1}, ${text}, is negative.`);
    else readings.push({ atS: (startS ?? 0) + i * minutes * 60, stepS: minutes * 60, value, quality: full, line });
  }
  return mistakes.list.length > before ? undefined : { line, quality, readings, covered: 0 };
}

/** Intervals are counted from 1, and ranges follow each other without a gap. */
function rangeOf(line: number, fields: string[], day: Day, mistakes: Mistakes): void {
  const [, start = "", end = "", quality = "", reason = ""] = fields;
  const [from, to] = [Number(start), Number(end)];
  if (day.quality !== "V")
    return mistakes.at(line, `A 400 record follows a day of quality ${day.quality}; only V is qualified by ranges.`);
  if (!/^\d{1,4}$/.test(start) || !/^\d{1,4}$/.test(end) || from < 1 || to < from || to > day.readings.length)
    return mistakes.at(line, `The range ${quoted(start)} to ${quoted(end)} is not within 1 to ${day.readings.length}.`);
  if (from !== day.covered + 1)
    return mistakes.at(line, `The range begins at ${from}, where ${day.covered + 1} would follow.`);
  if (quality === "V" || !QUALITY_METHOD.test(quality))
    return mistakes.at(line, `The quality ${quoted(quality)} is none of A, N, or S, F, E with two digits.`);
  if (!/^\d{0,3}$/.test(reason))
    return mistakes.at(line, `The reason code ${quoted(reason)} is not a number of at most three digits.`);
  for (let i = from - 1; i < to; i++)
    day.readings[i]!.quality = reason === "" ? quality : `${quality}:${Number(reason)}`;
  day.covered = to;
}

function qualify(day: Day, mistakes: Mistakes): void {
  if (day.quality === "V" && day.covered < day.readings.length)
    mistakes.at(
      day.line,
      `The quality is V, but the 400 records cover ${day.covered} of ${day.readings.length} intervals.`,
    );
}

/** The first instant of a market day, in seconds since 1970; undefined for what is no date. */
function dateS(text: string): number | undefined {
  const found = /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (!found) return undefined;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  const at = new Date(Date.UTC(year, month - 1, day));
  if (year < 1990 || at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day) return undefined;
  return at.getTime() / 1000 - MARKET_OFFSET_S;
}
