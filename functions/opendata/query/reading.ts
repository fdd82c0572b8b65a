import type { Cell } from "../schema.ts";
import type { Opened, Rows, Wanted } from "../stored/opened.ts";
import { HEAVY_ROWS, heavyRows, nameOfRows, oneByOne } from "./heavy.ts";
import { grouped, type Matched } from "./matching.ts";
import { keysOf } from "./sort-keys.ts";
import { inOrder } from "./sorting.ts";

/** Rows with their columns, group by group, in the version's order; `at` says which of them, from their `from` on. */
export async function* parts(
  data: Opened,
  rows: Matched,
  wanted: Wanted,
): AsyncGenerator<{ rows: Rows; at: readonly number[] | undefined }> {
  for (const [index, group, some] of grouped(data, rows)) {
    if (!some) {
      yield { rows: await whole(data, index, wanted), at: undefined };
      continue;
    }
    for (const run of runsOf(some)) {
      const read = await data.some(index, run[0]! - group.from, run.at(-1)! - group.from + 1, wanted);
      yield { rows: read, at: run.map((row) => row - read.from) };
    }
  }
}

/** All of a group. Of a version with very many rows it is not remembered: it would drive out what was found. */
export const whole = (data: Opened, index: number, wanted: Wanted): Promise<Rows> =>
  data.rows < HEAVY_ROWS ? data.group(index, wanted) : data.passing(index, wanted);

/** Between rows that are farther from each other than this, pages are passed over. */
const APART = 2_000;
function runsOf(rows: readonly number[]): (readonly number[])[] {
  const runs: number[][] = [];
  for (const row of rows) {
    const run = runs.at(-1);
    if (run && row - run.at(-1)! <= APART) run.push(row);
    else runs.push([row]);
  }
  return runs;
}

/** All rows with all that they have, some thousand at a time: for what goes through a version once. */
export async function* wholly(data: Pick<Opened, "groups" | "through">): AsyncGenerator<Rows> {
  for (const index of data.groups.keys()) yield* data.through(index);
}

/** What `make` makes of each of the rows, in their own order, whatever it is. */
export async function made<T>(
  data: Opened,
  rows: readonly number[],
  wanted: Wanted,
  make: (rows: Rows, at: number) => T,
): Promise<T[]> {
  let isSorted = true;
  for (let i = 1; i < rows.length && isSorted; i++) isSorted = rows[i - 1]! < rows[i]!;
  const inOrder = isSorted ? rows : [...rows].sort((a, b) => a - b);
  const results: T[] = [];
  for await (const { rows: read, at } of parts(data, inOrder, wanted)) for (const i of at!) results.push(make(read, i));
  if (isSorted) return results;
  const places = new Map(inOrder.map((row, i) => [row, i]));
  return rows.map((row) => results[places.get(row)!]!);
}

export const everyColumn = ({ columns }: Pick<Opened, "columns">): number[] => columns.map((_, i) => i);

/** @throws {RangeError} a column that is not there: whoever read the question must have refused it */
export function columnAt({ columns }: Pick<Opened, "columns">, name: string): number {
  const at = columns.findIndex((column) => column.name === name);
  if (at < 0) throw new RangeError(`no column ${name}`);
  return at;
}

export const recordOf = ({ columns, cells }: Pick<Rows, "columns" | "cells">, at: number): Record<string, Cell> =>
  Object.fromEntries(columns.map(({ name }, i) => [name, cells[i]![at] ?? null]));

/** Whole rows. */
export const recordsOf = (data: Opened, rows: readonly number[]): Promise<Record<string, Cell>[]> =>
  made(data, rows, { columns: everyColumn(data) }, recordOf);

export interface Order {
  /** Its position; undefined is the row's own number. */
  column: number | undefined;
  isDescending: boolean;
}

/**
 * Rows in an order; equal ones stay as they were.
 * @throws {Fault} unavailable: they are many, and others wait already; malformed: what they are sorted by is too much
 */
export async function sorted(
  data: Opened,
  rows: Matched,
  orders: readonly Order[],
  compare: (a: NonNullable<Cell>, b: NonNullable<Cell>) => number,
  /** Where empty cells go: after all others, or there only where the order ascends. */
  emptyLast: "always" | "ascending",
): Promise<Matched> {
  if (orders.length === 0) return rows;
  const find = () => sortedNow(data, rows, orders, compare, emptyLast);
  if ((rows?.length ?? data.rows) < HEAVY_ROWS) return find();
  const name = rows ? nameOfRows(rows) : data.name;
  return name === undefined ? oneByOne(find) : heavyRows(name, [orders, emptyLast, numberOf(compare)], find);
}

const comparisons: unknown[] = [];
/** Tells the few ways to compare from each other. */
function numberOf(compare: unknown): number {
  const known = comparisons.indexOf(compare);
  return known < 0 ? comparisons.push(compare) - 1 : known;
}

async function sortedNow(
  data: Opened,
  rows: Matched,
  orders: readonly Order[],
  compare: (a: NonNullable<Cell>, b: NonNullable<Cell>) => number,
  emptyLast: "always" | "ascending",
): Promise<readonly number[]> {
  const named = orders.flatMap(({ column }) => (column === undefined ? [] : [column]));
  const cells = await keysOf(data, rows, named);
  let next = 0;
  const keys = orders.map(({ column }) => (column === undefined ? undefined : cells[next++]!));
  const places = await inOrder(rows?.length ?? data.rows, (a, b) => {
    for (const [i, { isDescending }] of orders.entries()) {
      const key = keys[i];
      const [x, y] = key ? [key(a), key(b)] : [a, b];
      let sign: number;
      if (x === null || y === null) {
        sign = x === y ? 0 : x === null ? 1 : -1;
        if (emptyLast === "ascending" && isDescending) sign = -sign;
      } else sign = isDescending ? compare(y, x) : compare(x, y);
      if (sign !== 0) return sign;
    }
    return a - b;
  });
  return rows ? places.map((place) => rows[place]!) : places;
}
