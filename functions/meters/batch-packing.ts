import type { OfFile } from "./batch-rows.ts";
import { modelled, unmodelled } from "./modelled.ts";
import { numbers, qualities, Reader, readNumbers, readQualities, Writer } from "./packing.ts";

/**
 * Readings of many meters side by side, sorted by meter and time. Meters are the city's small whole numbers, times are
 * seconds since 1970, a quantity is `values[i] × 10^exponent` of the meter's base unit.
 */
export interface Packable {
  /** Length of each interval; 0: registers read at instants. */
  stepS: number;
  exponent: number;
  meters: readonly number[];
  timesS: readonly number[];
  values: readonly number[];
  /** NEM12's letters; left out when all are A. */
  qualities?: string[] | undefined;
  /** When each one's delivery was made, where they come from several; else `asOfS` is that of all. */
  asOfs?: number[] | undefined;
  asOfS: number;
}

/** The same as they are unpacked. */
export interface Columns extends Packable {
  meters: number[];
  timesS: number[];
  values: number[];
  /** Where they came in files: which word each is of, and when its file was made. */
  files?: { said: number[]; words: OfFile[]; asOfsS: number[] };
}

const FORMAT = 1;
const GROUP = 32;
const HAS_QUALITIES = 1;
const HAS_AS_OFS = 2;
const IS_SMALL = 4;
const IS_MODELLED = 8;
/** Numbers that stand still for longer than this, on average, are said as runs. */
const FEW_RUNS = 24;
const WIDE = 255;

/**
 * Packs columns. Fast: equal runs or groups of 32, bit-packed. Small: values by what is likely (`modelled.ts`), all else
 * by the best of all encodings, for what is read for years. The same columns give the same bytes.
 */
export function packColumns(columns: Packable, isSmall = false): Uint8Array {
  const { meters, timesS, values, stepS } = columns;
  const length = values.length;
  const gaps = new Array<number>(length);
  const steps = new Array<number>(length);
  const registers = stepS === 0 ? new Array<number>(length) : undefined;
  let [meter, atS, value, firstS] = [0, timesS[0] ?? 0, 0, timesS[0] ?? 0];
  for (let i = 0; i < length; i++) {
    const isSame = i > 0 && meters[i] === meter;
    gaps[i] = meters[i]! - meter;
    steps[i] = timesS[i]! - (isSame ? atS : firstS);
    // A register against its meter's one before; a meter's first stands as it is.
    if (registers) registers[i] = values[i]! - (isSame ? value : 0);
    meter = meters[i]!;
    atS = timesS[i]!;
    value = values[i]!;
    if (!isSame) firstS = atS;
  }
  const amounts = registers ?? values;
  const likely = isSmall && runsOf(amounts) > length / FEW_RUNS ? modelled(amounts, columns) : undefined;

  const out = new Writer();
  out.byte(FORMAT);
  out.byte(
    (columns.qualities ? HAS_QUALITIES : 0) |
      (columns.asOfs ? HAS_AS_OFS : 0) |
      (isSmall ? IS_SMALL : 0) |
      (likely ? IS_MODELLED : 0),
  );
  out.unsigned(stepS);
  out.signed(columns.exponent);
  out.unsigned(length);
  out.signed(columns.asOfS);
  out.signed(timesS[0] ?? 0);
  const column = isSmall ? numbers : quick;
  column(out, gaps);
  column(out, steps);
  if (likely) {
    out.unsigned(likely.length);
    out.bytes(likely);
  } else column(out, amounts);
  if (columns.qualities) qualities(out, columns.qualities);
  if (columns.asOfs)
    column(
      out,
      columns.asOfs.map((asOfS, i) => asOfS - timesS[i]!),
    );
  return out.done();
}

/** @throws {RangeError} bytes that `packColumns` did not write */
export function unpackColumns(bytes: Uint8Array): Columns {
  const from = new Reader(bytes);
  const format = from.byte();
  if (format !== FORMAT) throw new RangeError(`columns packed in format ${format} are not known here`);
  const flags = from.byte();
  const stepS = from.unsigned();
  const exponent = from.signed();
  const count = from.unsigned();
  const asOfS = from.signed();
  let firstS = from.signed();
  const column = flags & IS_SMALL ? readNumbers : unquick;
  const meters = column(from, count);
  const timesS = column(from, count);
  const starts: boolean[] | undefined = stepS === 0 ? new Array(count) : undefined;
  let [meter, atS] = [0, firstS];
  for (let i = 0; i < count; i++) {
    const isSame = i > 0 && meters[i] === 0;
    meter += meters[i]!;
    atS = timesS[i]! + (isSame ? atS : firstS);
    meters[i] = meter;
    timesS[i] = atS;
    if (starts) starts[i] = !isSame;
    if (!isSame) firstS = atS;
  }
  const values =
    flags & IS_MODELLED
      ? unmodelled(from.take(from.unsigned()), count, { stepS, meters, timesS })
      : column(from, count);
  if (starts) for (let i = 1; i < count; i++) if (!starts[i]) values[i] = values[i]! + values[i - 1]!;
  return {
    stepS,
    exponent,
    meters,
    timesS,
    values,
    asOfS,
    ...(flags & HAS_QUALITIES ? { qualities: readQualities(from, count) } : {}),
    ...(flags & HAS_AS_OFS ? { asOfs: column(from, count).map((after, i) => after + timesS[i]!) } : {}),
  };
}

function runsOf(values: readonly number[]): number {
  let runs = values.length === 0 ? 0 : 1;
  for (let i = 1; i < values.length; i++) if (values[i] !== values[i - 1]) runs++;
  return runs;
}

const RUNS = 0;
const PACKED = 1;

/** Equal runs where they are few, else groups against their smallest in as many bits as their largest needs. */
function quick(out: Writer, values: readonly number[]): void {
  if (!inRuns(out, values, values.length / 12)) inGroups(out, values);
}

/** @returns whether they are at most so many; else nothing is written */
function inRuns(out: Writer, values: readonly number[], most: number): boolean {
  const ends: number[] = [];
  for (let at = 1; at <= values.length; at++)
    if (at === values.length || values[at] !== values[at - 1]) {
      if (ends.length >= most) return false;
      ends.push(at);
    }
  out.byte(RUNS);
  let from = 0;
  for (const end of ends) {
    out.unsigned(end - from - 1);
    out.signed(values[from]!);
    from = end;
  }
  return true;
}

/** Where groups are put together: a group's head, and of each value at most eight bytes. */
let room = new Uint8Array(50_000);

function inGroups(out: Writer, values: readonly number[]): void {
  if (room.length < values.length * 9 + GROUP) room = new Uint8Array(values.length * 9 + GROUP);
  const bytes = room;
  let end = 0;
  for (let from = 0; from < values.length; from += GROUP) {
    const to = Math.min(from + GROUP, values.length);
    let [least, most] = [values[from]!, values[from]!];
    for (let i = from + 1; i < to; i++) {
      const value = values[i]!;
      if (value < least) least = value;
      else if (value > most) most = value;
    }
    if (most - least >= 2 ** 24) {
      bytes[end++] = WIDE;
      for (let i = from; i < to; i++) end = putSigned(bytes, end, values[i]!);
      continue;
    }
    const width = 32 - Math.clz32(most - least);
    bytes[end++] = width;
    end = putSigned(bytes, end, least);
    let [held, bits] = [0, 0];
    for (let i = from; i < to; i++) {
      held |= (values[i]! - least) << bits;
      bits += width;
      while (bits >= 8) {
        bytes[end++] = held;
        held >>>= 8;
        bits -= 8;
      }
    }
    if (bits > 0) bytes[end++] = held;
  }
  out.byte(PACKED);
  out.bytes(bytes.subarray(0, end));
}

/** As `Writer.signed` does. @returns the place behind it @throws {RangeError} */
function putSigned(bytes: Uint8Array, from: number, value: number): number {
  if (Math.abs(value) >= 2 ** 52) throw new RangeError(`${value} is too large to be packed`);
  let at = from;
  let left = value < 0 ? -value * 2 - 1 : value * 2;
  for (; left >= 2 ** 31; left = Math.floor(left / 0x80)) bytes[at++] = (left % 0x80) | 0x80;
  for (; left >= 0x80; left >>>= 7) bytes[at++] = left | 0x80;
  bytes[at++] = left;
  return at;
}

function unquick(from: Reader, count: number): number[] {
  const values: number[] = [];
  if (from.byte() === RUNS) {
    while (values.length < count) {
      const times = from.unsigned() + 1;
      const value = from.signed();
      if (values.length + times > count) throw new RangeError("a run of the packed readings is too long");
      for (let i = 0; i < times; i++) values.push(value);
    }
    return values;
  }
  while (values.length < count) {
    const size = Math.min(GROUP, count - values.length);
    const width = from.byte();
    if (width === WIDE) {
      for (let i = 0; i < size; i++) values.push(from.signed());
      continue;
    }
    const least = from.signed();
    const mask = 2 ** width - 1;
    let [held, bits] = [0, 0];
    for (let i = 0; i < size; i++) {
      while (bits < width) {
        held |= from.byte() << bits;
        bits += 8;
      }
      values.push(least + (held & mask));
      held >>>= width;
      bits -= width;
    }
  }
  return values;
}
