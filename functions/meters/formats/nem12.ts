import { Mistakes, quoted, type Row, refuseLine } from "../../../shared/delimited.ts";
import { exact } from "../exact.ts";
import type { Flow } from "../packing.ts";
import { type FileReading, type ReadFile, type Series, unitOf } from "../series.ts";
import type { Format } from "./contract.ts";
import { dateS, demandChannel, headerOf, INTERVAL_MINUTES, QUALITY_METHOD, qualityOf, recordsOf } from "./nem.ts";
import { rowsOfFile } from "./rows.ts";

const DAY_MINUTES = 1440;
/** Channels of master meters: E is energy out of the network (consumption), B is energy into it. The rest is measured only. */
const FLOWS: Record<string, Flow> = { E: "consumption", B: "feedIn" };

export const nem12: Format = {
  recognises: (beginning) => recordsOf(beginning).some((record) => /^(?:100|200|300|900)$/.test(record)),
  read: (file) => readNem12(rowsOfFile(file)),
};

/**
 * Reads a NEM12 file: 100 header, then for each channel a 200 with its 300 days, each followed by the 400s that
 * qualify it and the 500s of market transactions (checked for place, not kept), and 900 at the end.
 *
 * @returns every channel with its readings in the file's units; an instant is the start of its interval
 * @throws {Fault} invalid, with every line that is wrong; a file is read whole or not at all
 * @see AEMO, Meter Data File Format Specification NEM12 & NEM13
 */
function readNem12(rows: readonly Row[]): ReadFile {
  const mistakes = new Mistakes();
  const madeAtS = headerOf(rows, "NEM12");
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

function channelOf(line: number, fields: string[], channels: Map<string, Series>, mistakes: Mistakes): Channel {
  const [, point = "", , , suffix = "", , serial = "", unit = "", length = ""] = fields;
  demandChannel(line, point, suffix, unit, mistakes);
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
  const full = quality === "V" ? quality : qualityOf(quality, reason);
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
  for (let i = from - 1; i < to; i++) day.readings[i]!.quality = qualityOf(quality, reason);
  day.covered = to;
}

function qualify(day: Day, mistakes: Mistakes): void {
  if (day.quality === "V" && day.covered < day.readings.length)
    mistakes.at(
      day.line,
      `The quality is V, but the 400 records cover ${day.covered} of ${day.readings.length} intervals.`,
    );
}
