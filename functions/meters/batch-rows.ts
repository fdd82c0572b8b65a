import type { Columns } from "./batch-packing.ts";
import type { Counted, DeliveredBlock } from "./domain.ts";
import type { Flow } from "./packing.ts";

/** What a reading out of a file is of, and which delivery says it. Each delivery's word is kept beside the others'. */
export interface OfFile {
  channel: string;
  flow: Flow;
  unit: string;
  /** As `shortId` has it. */
  deliveryId: string;
}

/** As much of a delivery's id as tells it from all others. */
export const SHORT_ID_BYTES = 12;
export const shortId = (deliveryId: string): string => deliveryId.slice(0, "dlv_".length + 2 * SHORT_ID_BYTES);

/** One reading out of a batch, a file or a segment, with what decides between two of them. */
export interface Row {
  meter: number;
  atS: number;
  stepS: number;
  value: number;
  exponent: number;
  quality: string;
  asOfS: number;
  /** Of batches none: all of them are one channel's, of which the latest word is kept. */
  file?: OfFile | undefined;
}

/** The rows of a batch or a chunk; of one meter, if it is named. */
export function* rowsOf(columns: Columns, meter?: number): Generator<Row> {
  const { meters, timesS, values, stepS, exponent, files } = columns;
  // Ascending by meter: the first of this one is found by halving.
  let i = 0;
  if (meter !== undefined) {
    let high = meters.length;
    while (i < high) {
      const middle = (i + high) >> 1;
      if (meters[middle]! < meter) i = middle + 1;
      else high = middle;
    }
  }
  for (; i < meters.length; i++) {
    if (meter !== undefined && meters[i] !== meter) return;
    yield {
      meter: meters[i]!,
      atS: timesS[i]!,
      stepS,
      exponent,
      value: values[i]!,
      quality: columns.qualities?.[i] ?? "A",
      asOfS: files ? files.asOfsS[files.said[i]!]! : (columns.asOfs?.[i] ?? columns.asOfS),
      file: files?.words[files.said[i]!],
    };
  }
}

/** Negative when `a` comes first: by meter, channel, length of interval and time; of files also by delivery. */
function inOrder(a: Row, b: Row): number {
  if (a.meter !== b.meter) return a.meter - b.meter;
  const isSameFile = a.file === b.file;
  if (!isSameFile) {
    const order = channelOrder(a.file, b.file);
    if (order !== 0) return order;
  }
  return a.stepS - b.stepS || a.atS - b.atS || (isSameFile ? 0 : textOrder(a.file!.deliveryId, b.file!.deliveryId));
}

const textOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function channelOrder(a: OfFile | undefined, b: OfFile | undefined): number {
  if (!a || !b) return Number(a !== undefined) - Number(b !== undefined);
  return textOrder(a.channel, b.channel) || textOrder(a.unit, b.unit) || textOrder(a.flow, b.flow);
}

/** Negative when `a` counts before `b`: the later delivery's word, else the larger value, so that no order decides. */
function preferred(a: Row, b: Row): number {
  // A word that there is no value takes nothing away.
  const isNone = Number(a.quality.startsWith("N")) - Number(b.quality.startsWith("N"));
  if (isNone !== 0 || a.asOfS !== b.asOfS) return isNone || b.asOfS - a.asOfS;
  const size = b.value * 10 ** b.exponent - a.value * 10 ** a.exponent;
  return size || a.exponent - b.exponent || (a.quality < b.quality ? -1 : a.quality > b.quality ? 1 : 0);
}

/**
 * One row for each meter, length of interval and time, of files also for each channel and delivery: the one that counts. Any order, any repetition and any
 * grouping of the same rows give the same: it is a maximum.
 *
 * @returns ascending by meter, channel, length and time; what batches say comes before what files do
 */
export function resolved(rows: Row[]): Row[] {
  // Mostly they come so: one segment after the other.
  if (rows.every((row, i) => i === 0 || inOrder(rows[i - 1]!, row) < 0)) return rows;
  rows.sort((a, b) => inOrder(a, b) || preferred(a, b));
  return rows.filter((row, i) => i === 0 || inOrder(rows[i - 1]!, row) !== 0);
}

/** Two words of files on one interval, or one instant, of a channel. */
const areOfOne = (a: Row, b: Row): boolean =>
  a.atS === b.atS &&
  a.stepS === b.stepS &&
  a.meter === b.meter &&
  a.file !== undefined &&
  b.file !== undefined &&
  channelOrder(a.file, b.file) === 0;

/** Negative when `a`'s delivery counts before `b`'s: as the rules of the room say. */
const later = (a: Row, b: Row): number =>
  Number(a.quality.startsWith("N")) - Number(b.quality.startsWith("N")) ||
  b.asOfS - a.asOfS ||
  textOrder(b.file!.deliveryId, a.file!.deliveryId);

/** Of what several files say of one interval the word that counts. The others never do, whatever else comes. */
export function latest(rows: readonly Row[]): readonly Row[] {
  if (!rows.some((row, i) => i > 0 && areOfOne(rows[i - 1]!, row))) return rows;
  const out: Row[] = [];
  for (const row of rows) {
    const last = out.at(-1);
    if (!last || !areOfOne(last, row)) out.push(row);
    else if (later(row, last) < 0) out[out.length - 1] = row;
  }
  return out;
}

/** Rows without those whose word a later file repeats, as one does that brings the same week each day. */
export function withoutRepeats(rows: readonly Row[]): readonly Row[] {
  const repeated = new Set<Row>();
  for (let from = 0, to = 1; from < rows.length; from = to++) {
    while (to < rows.length && areOfOne(rows[from]!, rows[to]!)) to++;
    if (to - from === 1) continue;
    const words = Map.groupBy(
      rows.slice(from, to),
      ({ value, exponent, quality }) => `${value * 10 ** exponent} ${quality}`,
    );
    for (const same of words.values()) for (const row of same.sort(later).slice(1)) repeated.add(row);
  }
  return repeated.size === 0 ? rows : rows.filter((row) => !repeated.has(row));
}

/**
 * What counts of a meter's rows where none disputes another's time, as of most meters: what `counted` would say of
 * their blocks.
 *
 * @param rows  of one meter, resolved
 * @returns undefined where there are registers, intervals that overlap, or what is given back or only measured
 */
export function undisputed(rows: readonly Row[]): Counted[] | undefined {
  const all: Counted[] = [];
  let beforeS = Number.NEGATIVE_INFINITY;
  for (const { atS, stepS, value, exponent, quality, file } of latest(byTime(rows))) {
    if (stepS === 0 || atS < beforeS || (file && file.flow !== "consumption")) return undefined;
    beforeS = atS + stepS;
    if (quality.startsWith("N")) continue;
    all.push({
      channel: file?.channel ?? "main",
      flow: "consumption",
      fromS: atS,
      toS: beforeS,
      digits: value,
      exponent,
      quality,
      isRegister: false,
    });
  }
  return all;
}

/** Of one meter. Mostly they are so, as only where there are several channels or lengths they are not. */
export const byTime = (rows: readonly Row[]): readonly Row[] =>
  rows.every((row, i) => i === 0 || rows[i - 1]!.atS <= row.atS)
    ? rows
    : [...rows].sort((a, b) => a.atS - b.atS || a.stepS - b.stepS);

const DAY_S = 86_400;

/**
 * A meter's rows as blocks, as the rules of the room know them: those of batches each of one UTC day, as new as its
 * newest row; those of files by delivery, as they were delivered.
 *
 * @param rows  of one meter, resolved
 */
export function blocksOfRows(rows: readonly Row[], unit: string): DeliveredBlock[] {
  const ofFiles = Map.groupBy(rows, ({ file }) => file?.deliveryId ?? "");
  const ofBatches = ofFiles.get("") ?? [];
  ofFiles.delete("");
  return [
    ...blocksOf(ofBatches, (first, row) => Math.floor(row.atS / DAY_S) === Math.floor(first.atS / DAY_S)).map((some) =>
      blockOf(some, { channel: some[0]!.stepS === 0 ? "register" : "main", unit, flow: "consumption" }),
    ),
    ...[...ofFiles.values()].flatMap((own) =>
      blocksOf(
        own,
        (first, row, before) =>
          channelOrder(first.file, row.file) === 0 && (row.stepS === 0 || row.atS === before.atS + row.stepS),
      ).map((some) => blockOf(some, some[0]!.file!)),
    ),
  ];
}

/** Runs of rows that can stand in one block, and do by their first and the one before. */
function blocksOf(rows: readonly Row[], joins: (first: Row, row: Row, before: Row) => boolean): Row[][] {
  const runs: Row[][] = [];
  for (const row of rows) {
    const run = runs.at(-1);
    const first = run?.[0];
    const isNext =
      run !== undefined &&
      first!.stepS === row.stepS &&
      first!.exponent === row.exponent &&
      (row.stepS === 0 || (row.atS - first!.atS) % row.stepS === 0) &&
      joins(first!, row, run.at(-1)!);
    if (isNext) run.push(row);
    else runs.push([row]);
  }
  return runs;
}

function blockOf(rows: readonly Row[], of: Omit<OfFile, "deliveryId"> & Partial<OfFile>): DeliveredBlock {
  const { stepS, exponent, atS: startS } = rows[0]!;
  const { channel, flow, unit, deliveryId = `batches/${stepS}/${startS}/${exponent}` } = of;
  const values: number[] = [];
  const qualities: string[] = [];
  for (const { atS, value, quality } of rows) {
    for (; stepS > 0 && startS + values.length * stepS < atS; values.push(0)) qualities.push("N");
    values.push(value);
    qualities.push(quality);
  }
  return {
    block: {
      kind: stepS === 0 ? "registers" : "intervals",
      ...{ channel, unit, flow, startS, stepS },
      ...(stepS === 0 ? { timesS: rows.map(({ atS }) => atS) } : {}),
      ...{ exponent, values, qualities },
    },
    asOfS: rows.reduce((newest, row) => Math.max(newest, row.asOfS), Number.NEGATIVE_INFINITY),
    deliveryId,
  };
}

/** The rows of a packed block of a file. */
export function rowsOfBlock(meter: number, { block, asOfS, deliveryId }: DeliveredBlock): Row[] {
  const { channel, flow, unit, startS, stepS, timesS, exponent, values, qualities } = block;
  const file: OfFile = { channel, flow, unit, deliveryId };
  return values.map((value, i) => ({
    ...{ meter, atS: timesS?.[i] ?? startS + i * stepS, stepS, value, exponent },
    ...{ quality: qualities[i]!, asOfS, file },
  }));
}

/** Rows without those that are in blocks as well: what a compaction moves at this moment is in both. */
export function withoutBlocks(rows: readonly Row[], delivered: readonly DeliveredBlock[]): readonly Row[] {
  if (delivered.length === 0 || !rows.some(({ file }) => file)) return rows;
  const blocks = Map.groupBy(delivered, ({ deliveryId }) => deliveryId);
  return rows.filter(({ file, atS, stepS }) => {
    const own = file && blocks.get(file.deliveryId);
    return !own?.some(
      ({ block }) =>
        block.stepS === stepS &&
        block.channel === file!.channel &&
        block.unit === file!.unit &&
        (block.timesS ? block.timesS.includes(atS) : isWithin(block, atS)),
    );
  });
}

const isWithin = ({ startS, stepS, values }: DeliveredBlock["block"], atS: number): boolean =>
  atS >= startS && atS < startS + stepS * values.length;
