import { invalid } from "../../shared/errors.ts";
import { type Checked, checked, type Known } from "./batch.ts";
import type { Sent, Table } from "./batch-frame.ts";
import { FINEST } from "./exact.ts";
import { BASE_UNIT } from "./schema.ts";
import { unitOf } from "./series.ts";

const THOUSAND_MAX = 1e12;
const WHOLE_MAX = 2 ** 51;

/**
 * Checks a table as its readings one by one would be. Plain numbers of known meters are taken column by column; all
 * else goes the way of readings, with its mistakes told by cell.
 */
export function checkedTable(sent: Sent, table: Table, known: ReadonlyMap<string, Known>, nowS: number): Checked {
  const quick = plainly(sent, table, known, nowS);
  if (quick) return quick;
  const cells: [line: number, column: number][] = [];
  const readings: unknown[] = [];
  for (const [i, line] of table.values.entries())
    for (const [j, value] of line.entries()) {
      if (value === null) continue;
      cells.push([i, j]);
      readings.push([table.meters[j], table.startS + i * sent.stepS, value]);
    }
  if (readings.length === 0) throw invalid("#/values", "There is no value in it.");
  return checked({ ...sent, table: undefined, readings }, known, nowS, (reading) => {
    const [i, j] = cells[reading]!;
    return `#/values/${i}/${j}`;
  });
}

/** @returns undefined where anything is out of the ordinary */
function plainly(sent: Sent, table: Table, known: ReadonlyMap<string, Known>, nowS: number): Checked | undefined {
  const { meters: names, values: lines, startS } = table;
  const { stepS } = sent;
  const lastS = startS + (lines.length - 1) * stepS;
  if (lastS > nowS) return undefined;
  const face = sent.unit === undefined ? undefined : unitOf(sent.unit);
  const columns = ordered(names, known);
  const first = columns?.[0]?.meter;
  if (!columns || !first) return undefined;
  const power = face ? face[1] : unitOf(first.registerUnit)![1];
  for (const { meter } of columns)
    if (face ? BASE_UNIT[meter.kind] !== face[0] : meter.registerUnit !== first.registerUnit) return undefined;
  const decimals = decimalsOf(lines);
  if (decimals === undefined || power - decimals < FINEST || (sent.unit !== undefined && !face)) return undefined;
  const factor = 10 ** decimals;
  const most = WHOLE_MAX / 10 ** Math.max(0, power - decimals);
  const count = lines.length * names.length;
  const meters: number[] = [];
  const timesS: number[] = [];
  const values: number[] = [];
  for (const { meter, at } of columns)
    for (let i = 0; i < lines.length; i++) {
      const value = lines[i]![at] as number | null;
      if (value === null) continue;
      const whole = decimals === 0 ? value : Math.round(value * factor);
      if (whole >= most || whole <= -most) return undefined;
      meters.push(meter.number);
      timesS.push(startS + i * stepS);
      values.push(whole === 0 ? 0 : whole);
    }
  if (values.length === 0) return undefined;
  const asOfS = sent.madeAtS ?? (values.length === count ? lastS : Math.max(...timesS));
  return {
    columns: { stepS, exponent: power - decimals, meters, timesS, values, asOfS },
    errors: [],
    refused: 0,
    aheadOfTime: 0,
  };
}

/** 0 for whole numbers, 3 for thousandths; undefined for what is neither. */
function decimalsOf(lines: readonly unknown[][]): 0 | 3 | undefined {
  let decimals: 0 | 3 = 0;
  for (const line of lines)
    for (const value of line) {
      if (value === null || Number.isSafeInteger(value)) continue;
      if (typeof value !== "number") return undefined;
      const thousand = Math.round(value * 1000);
      // The shortest decimal of a float with at most three places is the one that was sent.
      if (thousand / 1000 !== value || Math.abs(thousand) >= THOUSAND_MAX) return undefined;
      decimals = 3;
    }
  return decimals;
}

interface Column {
  meter: Known;
  /** Where it stands in the table. */
  at: number;
}
/** By the list itself: `bodyOf` gives the same one for the same text. What was found once never changes. */
const found = new WeakMap<readonly unknown[], Column[]>();

/** The meters by their small numbers; undefined if one is not known or stands there twice. */
function ordered(names: readonly unknown[], known: ReadonlyMap<string, Known>): Column[] | undefined {
  const before = found.get(names);
  if (before) return before;
  const columns: Column[] = [];
  for (const [at, name] of names.entries()) {
    const meter = known.get(name as string);
    if (!meter) return undefined;
    columns.push({ meter, at });
  }
  columns.sort((a, b) => a.meter.number - b.meter.number);
  for (let i = 1; i < columns.length; i++)
    if (columns[i - 1]!.meter.number === columns[i]!.meter.number) return undefined;
  found.set(names, columns);
  return columns;
}

/** Are all of a table's meters known, each once? */
export const isAllKnown = ({ meters }: Table, known: ReadonlyMap<string, Known>): boolean =>
  ordered(meters, known) !== undefined;
