import type { Row } from "../../../shared/delimited.ts";
import { type Exact, exact } from "../exact.ts";
import type { Flow } from "../packing.ts";
import { type ReadFile, type Series, unitOf } from "../series.ts";
import type { Format } from "./contract.ts";
import { FileMistakes } from "./mistakes.ts";
import { demandChannel, instantS, QUALITY_METHOD, qualityOf, readRecords, recordsOf } from "./nem.ts";
import { rowsOfFile } from "./rows.ts";

/** E is energy out of the network (consumption), I is energy into it. */
const FLOWS: Record<string, Flow> = { E: "consumption", I: "feedIn" };
const FIELDS_250 = 23;

export const nem13: Format = {
  recognises: (beginning) =>
    /^"?100"?\s*[,;\t]\s*"?NEM13\b/.test(beginning) || /^[25]50$/.test(recordsOf(beginning)[0] ?? ""),
  read: (file) => readNem13(rowsOfFile(file)),
};

/**
 * Reads a NEM13 file: 100 header, a 250 for each register with its previous and its current read, each perhaps
 * followed by the 550 of a market transaction (checked for place, not kept), and 900 at the end. Both reads are kept.
 *
 * @throws {Fault} invalid, with every line that is wrong; a file is read whole or not at all
 * @see AEMO, Meter Data File Format Specification NEM12 & NEM13
 */
function readNem13(rows: readonly Row[]): ReadFile {
  const mistakes = new FileMistakes();
  const registers = new Map<string, Series>();
  const takes = {
    "250": (line: number, fields: string[]) => accumulation(line, fields, registers, mistakes),
    "550": (line: number) => {
      if (registers.size === 0 && mistakes.list.length === 0)
        mistakes.tell(line, "nem_orphan", { record: "550", needs: "250" });
    },
  };
  return readRecords(rows, "NEM13", takes, "250", registers, mistakes);
}

interface Read {
  atS: number;
  value: Exact;
  quality: string;
}

function accumulation(line: number, fields: string[], registers: Map<string, Series>, mistakes: FileMistakes): void {
  const before = mistakes.list.length;
  const [, point = "", , register = "", suffix = "", , serial = "", direction = ""] = fields;
  const unit = fields[19] ?? "";
  if (fields.length > FIELDS_250) mistakes.tell(line, "nem_fields", { count: fields.length, most: FIELDS_250 });
  demandChannel(line, point, suffix, unit, mistakes);
  if (!/^[\p{L}\p{N}]{0,10}$/u.test(register)) mistakes.tell(line, "nem_register", { register });
  if (FLOWS[direction] === undefined) mistakes.tell(line, "nem_direction", { direction });
  const previous = readOf("previous", line, fields.slice(8, 13), mistakes);
  const current = readOf("current", line, fields.slice(13, 18), mistakes);
  if (previous && current) {
    if (previous.atS >= current.atS) mistakes.tell(line, "nem_not_later");
    else demandQuantity(line, fields[18] ?? "", previous, current, mistakes);
  }
  if (mistakes.list.length > before) return;

  const key = `${point} ${suffix} ${register}`;
  const series: Series = registers.get(key) ?? {
    names: [...new Set([point, serial].filter((name) => name !== ""))],
    serial: serial || point,
    point,
    // One meter may have several dials behind one suffix; they count together.
    channel: register === "" ? suffix : `${suffix}-${register}`,
    flow: unitOf(unit)?.[0] === "Wh" ? FLOWS[direction]! : "other",
    unit,
    kind: "registers",
    line,
    readings: [],
  };
  registers.set(key, series);
  if (series.serial !== (serial || point))
    mistakes.tell(line, "nem_two_meters", { meter: serial, other: series.serial, line: series.line });
  if (series.unit?.toLowerCase() !== unit.toLowerCase())
    mistakes.tell(line, "unit_differs", { unit, other: series.unit ?? "", line: series.line });
  for (const read of [previous, current]) {
    // A record's previous read is the current one of the record before: told twice, it counts once.
    const last = series.readings.at(-1);
    if (read && !(last?.atS === read.atS && sameValue(last.value, read.value)))
      series.readings.push({ ...read, stepS: 0, line });
  }
}

/** A register's read; undefined if there is none (quality N), or (a mistake) if it cannot be read. */
function readOf(
  which: "previous" | "current",
  line: number,
  fields: string[],
  mistakes: FileMistakes,
): Read | undefined {
  const [text = "", time = "", quality = "", reason = ""] = fields;
  const before = mistakes.list.length;
  const atS = instantS(time);
  if (atS === undefined) mistakes.tell(line, `nem_${which}_time`, { time });
  if (quality === "V" || !QUALITY_METHOD.test(quality)) mistakes.tell(line, `nem_${which}_quality`, { quality });
  if (!/^\d{0,3}$/.test(reason)) mistakes.tell(line, "nem_reason", { reason });
  if (quality === "N") return undefined;
  const value = exact(text);
  if (value === undefined) mistakes.tell(line, `nem_${which}_number`, { value: text });
  else if (value.digits < 0) mistakes.tell(line, `nem_${which}_negative`, { value: text });
  if (atS === undefined || value === undefined || mistakes.list.length > before) return undefined;
  return { atS, value, quality: qualityOf(quality, reason) };
}

/**
 * The record's own quantity must be what its registers differ by. Where it is a multiple of that, the meter has a
 * multiplier, and its registers alone would count too little. An estimated read's quantity may have been found otherwise.
 */
function demandQuantity(line: number, text: string, previous: Read, current: Read, mistakes: FileMistakes): void {
  if (text === "") return;
  const quantity = exact(text);
  if (quantity === undefined) return mistakes.tell(line, "nem_quantity_number", { quantity: text });
  if (quantity.digits < 0) return mistakes.tell(line, "nem_quantity_negative", { quantity: text });
  const told = small(quantity);
  const counted = small(current.value) - small(previous.value);
  if (counted <= 0 || Math.abs(told - counted) < 1) return; // a lower register is refused where they are put in order
  const times = Math.round(told / counted);
  if (times >= 2 && Math.abs(told - times * counted) < 1)
    mistakes.tell(line, "nem_multiplier", { quantity: text, times });
  else if (/^A/.test(previous.quality) && /^A/.test(current.quality))
    mistakes.tell(line, "nem_quantity_other", { quantity: text });
}

const small = ({ digits, exponent }: Exact): number => digits * 10 ** exponent;
const sameValue = (one: Exact, other: Exact): boolean => one.digits === other.digits && one.exponent === other.exponent;
