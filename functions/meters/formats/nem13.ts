import { Mistakes, quoted, type Row, refuseLine } from "../../../shared/delimited.ts";
import { type Exact, exact } from "../exact.ts";
import type { Flow } from "../packing.ts";
import { type ReadFile, type Series, unitOf } from "../series.ts";
import type { Format } from "./contract.ts";
import { demandChannel, headerOf, instantS, QUALITY_METHOD, qualityOf, recordsOf } from "./nem.ts";
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
  const mistakes = new Mistakes();
  const madeAtS = headerOf(rows, "NEM13");
  const registers = new Map<string, Series>();
  let ended: number | undefined;
  for (const { line, fields } of rows.slice(1)) {
    if (ended !== undefined) refuseLine(line, `The file has ended with the 900 on line ${ended}; nothing may follow.`);
    switch (fields[0]) {
      case "100":
        refuseLine(line, "A second 100 record: a file has one header.");
        break;
      case "250":
        accumulation(line, fields, registers, mistakes);
        break;
      case "550":
        if (registers.size === 0 && mistakes.list.length === 0)
          mistakes.at(line, "A 550 record without a 250 before it.");
        break;
      case "900":
        ended = line;
        break;
      case "200":
      case "300":
      case "400":
      case "500":
        refuseLine(line, `A ${fields[0]} record belongs to NEM12, and this is NEM13.`);
        break;
      default:
        mistakes.at(line, `${quoted(fields[0] ?? "")} is no record of NEM13: those are 100, 250, 550, 900.`);
    }
  }
  const last = rows.at(-1)?.line ?? 1;
  if (ended === undefined) mistakes.at(last, "The 900 record at the end is missing: the file may be cut off.");
  const series = [...registers.values()].filter((one) => one.readings.length > 0);
  if (series.length === 0 && mistakes.list.length === 0) mistakes.at(last, "The file has no readings: no 250 record.");
  mistakes.refuse();
  return { format: "nem13", madeAtS, series };
}

interface Read {
  atS: number;
  value: Exact;
  quality: string;
}

function accumulation(line: number, fields: string[], registers: Map<string, Series>, mistakes: Mistakes): void {
  const before = mistakes.list.length;
  const [, point = "", , register = "", suffix = "", , serial = "", direction = ""] = fields;
  const unit = fields[19] ?? "";
  if (fields.length > FIELDS_250) mistakes.at(line, `${fields.length} fields, where a 250 record has ${FIELDS_250}.`);
  demandChannel(line, point, suffix, unit, mistakes);
  if (!/^[\p{L}\p{N}]{0,10}$/u.test(register))
    mistakes.at(line, `The register ${quoted(register)} is not of at most 10 letters and digits.`);
  if (FLOWS[direction] === undefined)
    mistakes.at(line, `The direction ${quoted(direction)} is neither E (out of the network) nor I (into it).`);
  const previous = readOf("previous", line, fields.slice(8, 13), mistakes);
  const current = readOf("current", line, fields.slice(13, 18), mistakes);
  if (previous && current) {
    if (previous.atS >= current.atS) mistakes.at(line, "The current read is not later than the previous one.");
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
    mistakes.at(
      line,
      `The meter is ${quoted(serial)}, and ${quoted(series.serial)} on line ${series.line}: two meters.`,
    );
  if (series.unit?.toLowerCase() !== unit.toLowerCase())
    mistakes.at(line, `The unit is ${quoted(unit)}, and ${quoted(series.unit ?? "")} on line ${series.line}.`);
  for (const read of [previous, current]) {
    // A record's previous read is the current one of the record before: told twice, it counts once.
    const last = series.readings.at(-1);
    if (read && !(last?.atS === read.atS && sameValue(last.value, read.value)))
      series.readings.push({ ...read, stepS: 0, line });
  }
}

/** A register's read; undefined if there is none (quality N), or (a mistake) if it cannot be read. */
function readOf(which: "previous" | "current", line: number, fields: string[], mistakes: Mistakes): Read | undefined {
  const [text = "", time = "", quality = "", reason = ""] = fields;
  const before = mistakes.list.length;
  const atS = instantS(time);
  if (atS === undefined)
    mistakes.at(line, `The ${which} read's time ${quoted(time)} is not of the form 20040201103230.`);
  if (quality === "V" || !QUALITY_METHOD.test(quality))
    mistakes.at(line, `The ${which} read's quality ${quoted(quality)} is none of A, N, or S, F, E with two digits.`);
  if (!/^\d{0,3}$/.test(reason))
    mistakes.at(line, `The reason code ${quoted(reason)} is not a number of at most three digits.`);
  if (quality === "N") return undefined;
  const value = exact(text);
  if (value === undefined) mistakes.at(line, `The ${which} read, ${quoted(text)}, is no number.`);
  else if (value.digits < 0) mistakes.at(line, `The ${which} read, ${text}, is negative.`);
  if (atS === undefined || value === undefined || mistakes.list.length > before) return undefined;
  return { atS, value, quality: qualityOf(quality, reason) };
}

/**
 * The record's own quantity must be what its registers differ by. Where it is a multiple of that, the meter has a
 * multiplier, and its registers alone would count too little. An estimated read's quantity may have been found otherwise.
 */
function demandQuantity(line: number, text: string, previous: Read, current: Read, mistakes: Mistakes): void {
  if (text === "") return;
  const quantity = exact(text);
  if (quantity === undefined) return mistakes.at(line, `The quantity ${quoted(text)} is no number.`);
  if (quantity.digits < 0) return mistakes.at(line, `The quantity ${text} is negative.`);
  const told = small(quantity);
  const counted = small(current.value) - small(previous.value);
  if (counted <= 0 || Math.abs(told - counted) < 1) return; // a lower register is refused where they are put in order
  const times = Math.round(told / counted);
  if (times >= 2 && Math.abs(told - times * counted) < 1)
    mistakes.at(
      line,
      `The quantity ${text} is ${times} times what the registers differ by: a multiplier is not taken.`,
    );
  else if (/^A/.test(previous.quality) && /^A/.test(current.quality))
    mistakes.at(line, `The quantity ${text} is not what the registers differ by.`);
}

const small = ({ digits, exponent }: Exact): number => digits * 10 ** exponent;
const sameValue = (one: Exact, other: Exact): boolean => one.digits === other.digits && one.exponent === other.exponent;
