import type { Columns } from "./batch-packing.ts";
import type { Counted, DeliveredBlock } from "./domain.ts";

/** One reading out of a batch or a segment, with what decides between two of them. */
export interface Row {
  meter: number;
  atS: number;
  stepS: number;
  value: number;
  exponent: number;
  quality: string;
  asOfS: number;
}

/** The rows of a batch or a chunk; of one meter, if it is named. */
export function* rowsOf(columns: Columns, meter?: number): Generator<Row> {
  const { meters, timesS, values, stepS, exponent } = columns;
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
      asOfS: columns.asOfs?.[i] ?? columns.asOfS,
    };
  }
}

const inOrder = (a: Row, b: Row): number => a.meter - b.meter || a.stepS - b.stepS || a.atS - b.atS;

/** Negative when `a` counts before `b`: the later delivery's word, else the larger value, so that no order decides. */
function preferred(a: Row, b: Row): number {
  // A word that there is no value takes nothing away.
  const isNone = Number(a.quality.startsWith("N")) - Number(b.quality.startsWith("N"));
  if (isNone !== 0 || a.asOfS !== b.asOfS) return isNone || b.asOfS - a.asOfS;
  const size = b.value * 10 ** b.exponent - a.value * 10 ** a.exponent;
  return size || a.exponent - b.exponent || (a.quality < b.quality ? -1 : a.quality > b.quality ? 1 : 0);
}

/**
 * One row for each meter, length of interval and time: the one that counts. Any order, any repetition and any
 * grouping of the same rows give the same: it is a maximum.
 *
 * @returns ascending by meter, length and time
 */
export function resolved(rows: Row[]): Row[] {
  // Mostly they come so: one segment after the other.
  if (rows.every((row, i) => i === 0 || inOrder(rows[i - 1]!, row) < 0)) return rows;
  rows.sort((a, b) => inOrder(a, b) || preferred(a, b));
  return rows.filter((row, i) => i === 0 || inOrder(rows[i - 1]!, row) !== 0);
}

/**
 * What counts of a meter's rows where none disputes another's time, as of most meters: what `counted` would say of
 * their blocks.
 *
 * @param rows  of one meter, resolved
 * @returns undefined where there are registers, or intervals that overlap
 */
export function undisputed(rows: readonly Row[]): Counted[] | undefined {
  const all: Counted[] = [];
  let beforeS = Number.NEGATIVE_INFINITY;
  for (const { atS, stepS, value, exponent, quality } of rows) {
    if (stepS === 0 || atS < beforeS) return undefined;
    beforeS = atS + stepS;
    if (quality.startsWith("N")) continue;
    all.push({
      channel: "main",
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

const DAY_S = 86_400;

/**
 * A meter's rows as blocks, as the rules of the room know them: each of one UTC day, as new as its newest row.
 *
 * @param rows  of one meter, resolved
 */
export function blocksOfRows(rows: readonly Row[], unit: string): DeliveredBlock[] {
  const blocks: DeliveredBlock[] = [];
  for (let at = 0; at < rows.length; ) {
    const first = rows[at]!;
    const { stepS, exponent } = first;
    const day = Math.floor(first.atS / DAY_S);
    const values: number[] = [];
    const timesS: number[] = [];
    const qualities: string[] = [];
    let asOfS = first.asOfS;
    for (; at < rows.length; at++) {
      const row = rows[at]!;
      if (row.stepS !== stepS || row.exponent !== exponent || Math.floor(row.atS / DAY_S) !== day) break;
      if (stepS > 0) {
        if ((row.atS - first.atS) % stepS !== 0) break;
        while (first.atS + values.length * stepS < row.atS) {
          values.push(0);
          qualities.push("N");
        }
      } else timesS.push(row.atS);
      values.push(row.value);
      qualities.push(row.quality);
      if (row.asOfS > asOfS) asOfS = row.asOfS;
    }
    blocks.push({
      block: {
        kind: stepS === 0 ? "registers" : "intervals",
        channel: stepS === 0 ? "register" : "main",
        unit,
        flow: "consumption",
        startS: first.atS,
        stepS,
        ...(stepS === 0 ? { timesS } : {}),
        exponent,
        values,
        qualities,
      },
      asOfS,
      deliveryId: `batches/${stepS}/${first.atS}/${exponent}`,
    });
  }
  return blocks;
}
