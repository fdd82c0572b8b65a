import type { Row } from "../../../shared/delimited.ts";
import { exact } from "../exact.ts";
import type { Flow } from "../packing.ts";
import { type FileReading, type ReadFile, type Series, unitOf } from "../series.ts";
import type { Format } from "./contract.ts";
import { FileMistakes, refuseFile } from "./mistakes.ts";
import { dateS, demandChannel, INTERVAL_MINUTES, QUALITY_METHOD, qualityOf, readRecords, recordsOf } from "./nem.ts";
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
  const mistakes = new FileMistakes();
  const channels = new Map<string, Series>();
  const days = new Map<string, number>();
  let channel: Channel | undefined;
  let day: Day | undefined;
  /** A day that was refused takes its 400s with it: one mistake is told once. */
  let isRefusedDay = false;

  const endDay = () => {
    if (day) qualify(day, mistakes);
    day = undefined;
  };
  const takes = {
    "200": (line: number, fields: string[]) => {
      endDay();
      channel = channelOf(line, fields, channels, mistakes);
      isRefusedDay = false;
    },
    "300": (line: number, fields: string[]) => {
      endDay();
      if (!channel) refuseFile(line, "nem_no_meter");
      day = dayOf(line, fields, channel, mistakes);
      isRefusedDay = !day;
      if (!day) return;
      const { series } = channel;
      const key = `${series.names[0]} ${series.channel} ${fields[1]}`;
      const before = days.get(key);
      if (before !== undefined)
        mistakes.tell(line, "nem_day_twice", { day: fields[1]!, channel: series.channel, line: before });
      days.set(key, line);
      series.readings.push(...day.readings);
    },
    "400": (line: number, fields: string[]) => {
      if (!day && !isRefusedDay) mistakes.tell(line, "nem_no_day");
      if (day) rangeOf(line, fields, day, mistakes);
    },
    "500": (line: number) => {
      if (!channel) mistakes.tell(line, "nem_orphan", { record: "500", needs: "200" });
    },
    "900": endDay,
  };
  return readRecords(rows, "NEM12", takes, "300", channels, mistakes);
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

function channelOf(line: number, fields: string[], channels: Map<string, Series>, mistakes: FileMistakes): Channel {
  const [, point = "", , , suffix = "", , serial = "", unit = "", length = ""] = fields;
  demandChannel(line, point, suffix, unit, mistakes);
  const minutes = Number(length);
  // A day cannot be read without its interval, so this one mistake ends the reading.
  if (!/^\d{1,2}$/.test(length) || !INTERVAL_MINUTES.includes(minutes)) {
    mistakes.tell(line, "nem_interval", { interval: length, known: INTERVAL_MINUTES.join(", ") });
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
    mistakes.tell(line, "nem_channel_unit", {
      ...{ channel: suffix, point, other: series.unit ?? "", line: series.line, unit },
    });
  channels.set(key, series);
  return { series, minutes };
}

/** A day's readings; undefined (and a mistake) if the record cannot be read. */
function dayOf(line: number, fields: string[], { minutes }: Channel, mistakes: FileMistakes): Day | undefined {
  const before = mistakes.list.length;
  const count = DAY_MINUTES / minutes;
  const startS = dateS(fields[1] ?? "");
  if (startS === undefined) mistakes.tell(line, "nem_date", { date: fields[1] ?? "" });
  // The first field after the values is the quality; values are all that come before it.
  const at = fields.findIndex((field, i) => i >= 2 && /^[A-Z]/.test(field));
  const found = (at < 0 ? fields.length : at) - 2;
  if (found !== count) {
    mistakes.tell(line, "nem_values", { found, minutes, count });
    return undefined;
  }
  const quality = fields[at] ?? "";
  if (!QUALITY_METHOD.test(quality)) mistakes.tell(line, "nem_day_quality", { quality });
  const reason = fields[at + 1] ?? "";
  if (!/^\d{0,3}$/.test(reason)) mistakes.tell(line, "nem_reason", { reason });
  if (fields.length > at + 5) mistakes.tell(line, "nem_fields_many", { count: fields.length - at - 5 });
  const full = quality === "V" ? quality : qualityOf(quality, reason);
  const readings: FileReading[] = [];
  for (let i = 0; i < count; i++) {
    const text = fields[i + 2]!;
    const value = exact(text);
    if (value === undefined) mistakes.tell(line, "nem_value_number", { at: i + 1, value: text });
    else if (value.digits < 0) mistakes.tell(line, "nem_value_negative", { at: i + 1, value: text });
    else readings.push({ atS: (startS ?? 0) + i * minutes * 60, stepS: minutes * 60, value, quality: full, line });
  }
  return mistakes.list.length > before ? undefined : { line, quality, readings, covered: 0 };
}

/** Intervals are counted from 1, and ranges follow each other without a gap. */
function rangeOf(line: number, fields: string[], day: Day, mistakes: FileMistakes): void {
  const [, start = "", end = "", quality = "", reason = ""] = fields;
  const [from, to] = [Number(start), Number(end)];
  if (day.quality !== "V") return mistakes.tell(line, "nem_not_variable", { quality: day.quality });
  if (!/^\d{1,4}$/.test(start) || !/^\d{1,4}$/.test(end) || from < 1 || to < from || to > day.readings.length)
    return mistakes.tell(line, "nem_range", { from: start, to: end, count: day.readings.length });
  if (from !== day.covered + 1) return mistakes.tell(line, "nem_range_begins", { from, next: day.covered + 1 });
  if (quality === "V" || !QUALITY_METHOD.test(quality)) return mistakes.tell(line, "nem_quality", { quality });
  if (!/^\d{0,3}$/.test(reason)) return mistakes.tell(line, "nem_reason", { reason });
  for (let i = from - 1; i < to; i++) day.readings[i]!.quality = qualityOf(quality, reason);
  day.covered = to;
}

function qualify(day: Day, mistakes: FileMistakes): void {
  if (day.quality === "V" && day.covered < day.readings.length)
    mistakes.tell(day.line, "nem_range_covers", { covered: day.covered, count: day.readings.length });
}
