import { type Place, quoted } from "../../shared/delimited.ts";
import type { FieldError } from "../../shared/errors.ts";
import { type Exact, FINEST, scaled } from "./exact.ts";
import type { FileMistakes } from "./formats/mistakes.ts";
import type { Block, Flow } from "./packing.ts";
import type { FileFormat, Kind } from "./schema.ts";

/** One reading as a file gives it: a quantity of an interval, or a register at an instant. */
export interface FileReading {
  atS: number;
  /** Length of the interval; 0 for a register. */
  stepS: number;
  value: Exact;
  quality: string;
  /** Its line; in a document of elements the number by which `ReadFile.place` finds its element. */
  line: number;
}

/** All that a file has of one channel of one meter, as yet in the file's own unit. */
export interface Series {
  /** What the file calls the meter: the first that a city knows counts. */
  names: string[];
  /** The serial, where the file has one beside a connection point. */
  serial: string;
  point?: string;
  channel: string;
  /** By which code the file names what is measured, where it has one (CIM's reading type). */
  code?: string;
  flow: Flow;
  /** As the file writes it; undefined where it does not. */
  unit: string | undefined;
  kind: "intervals" | "registers";
  /** What the meter counts, where the file says so. */
  counts?: Kind;
  /** Line of its first mention. */
  line: number;
  readings: FileReading[];
}

export interface ReadFile {
  format: FileFormat;
  /** When the file says that it was made. */
  madeAtS?: number;
  series: Series[];
  /** Of a document of elements: where each is. Else places are lines. */
  place?: Place;
  /** What of it was left aside, where a part was asked for. */
  aside?: readonly FieldError[];
}

/** Units of files as powers of ten of what is kept: `kWh` is 3 of `Wh`. */
const UNITS = new Map<string, [string, number]>();
for (const base of ["Wh", "varh", "VAh", "W", "var", "VA", "V", "A"])
  for (const [prefix, power] of [
    ["", 0],
    ["k", 3],
    ["M", 6],
    ["G", 9],
  ] as const)
    UNITS.set((prefix + base).toLowerCase(), [base, power]);
const VOLUMES = {
  l: 0,
  ltr: 0,
  litre: 0,
  litres: 0,
  liter: 0,
  liters: 0,
  dm3: 0,
  hl: 2,
  m3: 3,
  "m³": 3,
  cbm: 3,
  kl: 3,
};
for (const [name, power] of Object.entries(VOLUMES)) UNITS.set(name, ["L", power]);
UNITS.set("pf", ["pf", 0]).set("", ["", 0]);
for (const name of ["pulse", "pulses", "imp"]) UNITS.set(name, ["pulse", 0]);

/** What a file's unit is kept as, and by which power of ten. Undefined: not one that can be kept exactly. */
export const unitOf = (name: string): [unit: string, power: number] | undefined => UNITS.get(name.trim().toLowerCase());

export const KEPT_UNIT_NAMES = "Wh, kWh, MWh, L, hL, m3";
export const unknownUnit = (name: string): string =>
  `The unit ${quoted(name)} is not known. Known are ${KEPT_UNIT_NAMES}.`;

/**
 * Puts a series in order and cuts it into blocks: at each UTC month, and where the interval's length changes. Within
 * a block, an interval without a reading is N with value 0. A value that stands twice for one interval must be the
 * same; then it counts once.
 */
export function blocksOf(series: Series, unit: string, power: number, mistakes: FileMistakes): Block[] {
  const sorted = inOrder(series, mistakes);
  const blocks: Block[] = [];
  for (let at = 0; at < sorted.length; ) {
    const first = sorted[at]!;
    const month = monthS(first.atS);
    let end = at + 1;
    while (end < sorted.length && joins(first, sorted[end - 1]!, sorted[end]!, month)) end++;
    const run = sorted.slice(at, end);
    at = end;
    const values = run.map(({ value, line }) => {
      const exponent = value.digits === 0 ? 0 : value.exponent + power;
      if (exponent < FINEST) mistakes.tell(line, "decimals_many", { unit: unit || "unit" });
      return { digits: value.digits, exponent };
    });
    const whole = scaled(values);
    if (!whole || whole.numbers.some((value) => Math.abs(value) >= 2 ** 51)) {
      mistakes.tell(first.line, "sizes_differ");
      continue;
    }
    blocks.push(blockOf(series, unit, run, whole));
  }
  return blocks;
}

/** Gaps up to this many intervals are filled with N; a longer one begins a new block. */
const GAP_MAX = 96;
const joins = (first: FileReading, last: FileReading, next: FileReading, month: number): boolean =>
  monthS(next.atS) === month &&
  next.stepS === first.stepS &&
  (first.stepS === 0 || ((next.atS - first.atS) % first.stepS === 0 && next.atS - last.atS <= GAP_MAX * first.stepS));

const monthS = (atS: number): number => {
  const at = new Date(atS * 1000);
  return at.getUTCFullYear() * 12 + at.getUTCMonth();
};

function blockOf(
  series: Series,
  unit: string,
  run: FileReading[],
  whole: { numbers: number[]; exponent: number },
): Block {
  const { channel, flow, kind } = series;
  const { atS: startS, stepS } = run[0]!;
  const head = { kind, channel, unit, flow, startS, stepS, exponent: whole.exponent };
  if (kind === "registers")
    return {
      ...head,
      timesS: run.map((one) => one.atS),
      values: whole.numbers,
      qualities: run.map((one) => one.quality),
    };
  const values: number[] = [];
  const qualities: string[] = [];
  for (const [i, one] of run.entries()) {
    for (let at = startS + values.length * stepS; at < one.atS; at += stepS) {
      values.push(0);
      qualities.push("N");
    }
    values.push(whole.numbers[i]!);
    qualities.push(one.quality);
  }
  return { ...head, values, qualities };
}

function inOrder(series: Series, mistakes: FileMistakes): FileReading[] {
  const given = series.readings;
  const isSorted = given.every((one, i) => i === 0 || given[i - 1]!.atS < one.atS);
  const sorted = isSorted ? given : [...given].sort((a, b) => a.atS - b.atS || a.line - b.line);
  const kept: FileReading[] = [];
  for (const one of sorted) {
    const last = kept.at(-1);
    if (last && last.atS === one.atS && last.stepS === one.stepS) {
      const same =
        last.value.digits === one.value.digits &&
        last.value.exponent === one.value.exponent &&
        last.quality === one.quality;
      if (!same) mistakes.tell(one.line, "another_value", { place: mistakes.whereOf(last.line) });
      continue;
    }
    if (last && last.atS + last.stepS > one.atS) {
      mistakes.tell(one.line, "overlaps", { place: mistakes.whereOf(last.line) });
      continue;
    }
    const [now, before] = [finestOf(one.value), last ? finestOf(last.value) : 0];
    // One that starts again near zero went round or was exchanged: it is kept, and found by the checks.
    if (series.kind === "registers" && last && now < before && now * 10 >= before) {
      mistakes.tell(one.line, "register_lower", { place: mistakes.whereOf(last.line) });
      continue;
    }
    kept.push(one);
  }
  return kept;
}

const finestOf = ({ digits, exponent }: Exact): number => digits * 10 ** exponent;
