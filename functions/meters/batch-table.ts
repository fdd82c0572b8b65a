import { invalid } from "../../shared/errors.ts";
import { type Checked, checked, type Known } from "./batch.ts";
import type { Sent, Table } from "./batch-frame.ts";
import { Grid } from "./batch-grid.ts";
import { FINEST } from "./exact.ts";
import { faceUnit } from "./schema.ts";
import { unitOf } from "./series.ts";

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
  const lines = table.values instanceof Grid ? table.values.lines() : table.values;
  for (const [i, line] of lines.entries())
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
  const { meters: names, values: grid, startS } = table;
  if (!(grid instanceof Grid)) return undefined;
  const { digits, width, height, decimals } = grid;
  const { stepS } = sent;
  const lastS = startS + (height - 1) * stepS;
  const list = ordered(names, known);
  if (lastS > nowS || !list) return undefined;
  const face = sent.unit === undefined ? list.registerUnit && unitOf(list.registerUnit) : unitOf(sent.unit);
  if (!face || face[0] !== list.unit || face[1] - decimals < FINEST) return undefined;
  const exponent = face[1] - decimals;
  const most = WHOLE_MAX / 10 ** Math.max(0, exponent);
  for (const value of digits) if (value >= most || value <= -most) return undefined;
  // Mostly one interval of all meters, in their order: then there is nothing to be put elsewhere.
  const columns =
    height === 1 && grid.isFull && list.isInOrder
      ? { meters: list.numbers, timesS: new Array<number>(width).fill(startS), values: digits }
      : byMeter(grid, list, startS, stepS);
  if (columns.values.length === 0) return undefined;
  const asOfS = sent.madeAtS ?? (grid.isFull ? lastS : Math.max(...columns.timesS));
  return { columns: { stepS, exponent, ...columns, asOfS }, errors: [], refused: 0, aheadOfTime: 0 };
}

function byMeter({ digits, width, height }: Grid, { numbers, order }: List, startS: number, stepS: number) {
  const meters: number[] = [];
  const timesS: number[] = [];
  const values: number[] = [];
  for (let column = 0; column < width; column++)
    for (let line = 0; line < height; line++) {
      const value = digits[line * width + order[column]!]!;
      if (Number.isNaN(value)) continue;
      meters.push(numbers[column]!);
      timesS.push(startS + line * stepS);
      values.push(value);
    }
  return { meters, timesS, values };
}

/** What is known of a list of meters. */
interface List {
  /** Their small numbers, ascending, and which column of the table each is. */
  numbers: readonly number[];
  order: readonly number[];
  isInOrder: boolean;
  /** The unit of what all of them count, and of all of their registers; undefined where they differ. */
  unit: string | undefined;
  registerUnit: string | undefined;
}
/** By the list itself: `bodyOf` gives the same one for the same text. What was found once never changes. */
const found = new WeakMap<readonly unknown[], List>();

/** The meters by their small numbers; undefined if one is not known or stands there twice. */
function ordered(names: readonly unknown[], known: ReadonlyMap<string, Known>): List | undefined {
  const before = found.get(names);
  if (before) return before;
  const columns: { meter: Known; at: number }[] = [];
  for (const [at, name] of names.entries()) {
    const meter = known.get(name as string);
    if (!meter) return undefined;
    columns.push({ meter, at });
  }
  columns.sort((a, b) => a.meter.number - b.meter.number);
  for (let i = 1; i < columns.length; i++)
    if (columns[i - 1]!.meter.number === columns[i]!.meter.number) return undefined;
  const same = (of: (meter: Known) => string) => {
    const first = of(columns[0]!.meter);
    return columns.every(({ meter }) => of(meter) === first) ? first : undefined;
  };
  const list = {
    numbers: columns.map(({ meter }) => meter.number),
    order: columns.map(({ at }) => at),
    isInOrder: columns.every(({ at }, i) => at === i),
    unit: same(faceUnit),
    registerUnit: same(({ registerUnit }) => registerUnit),
  };
  found.set(names, list);
  return list;
}

/** Are all of a table's meters known, each once? */
export const isAllKnown = ({ meters }: Table, known: ReadonlyMap<string, Known>): boolean =>
  ordered(meters, known) !== undefined;
