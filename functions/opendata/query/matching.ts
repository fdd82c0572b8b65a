import { setImmediate } from "node:timers/promises";
import { type Box, boxOf, unwrapped } from "../geometry.ts";
import type { Cell, Column } from "../schema.ts";
import { touch } from "../stored/boxes.ts";
import type { Between, Opened, Wanted } from "../stored/opened.ts";
import { type Comparison, type Filter, keyOf, order, testOf } from "./filter.ts";
import { HEAVY_ROWS, heavyRows } from "./heavy.ts";
import { told } from "./holding.ts";
import { whole } from "./reading.ts";

/** Numbers of rows, in the version's order; undefined is every row. */
export type Matched = readonly number[] | undefined;

/**
 * The rows that fit a filter, and whose place touches a box.
 * @throws {Fault} unavailable: many must be looked at, and others wait already
 */
export async function matching(data: Opened, filter?: Filter, bbox?: Box): Promise<Matched> {
  const boxes = [...(bbox ? unwrapped(bbox) : []), ...(filter ? demandedBoxes(filter) : [])];
  const near = bbox ? await withinAll(data, bbox) : await firstNear(data, filter);
  if (!filter) return near;
  const { rows: holding, rest } = await told(data, filter);
  const candidates = both(near, holding);
  if (!rest) return candidates;
  const looked = [...grouped(data, candidates)].filter(
    ([index, group]) =>
      (boxes.length === 0 || (group.bbox && boxes.some((box) => touch(group.bbox!, box)))) &&
      mayHold(rest, data, index),
  );
  const find = () => fitting(data, rest, looked);
  const rows = looked.reduce((sum, [, group, candidates]) => sum + (candidates?.length ?? group.rows), 0);
  return rows < HEAVY_ROWS ? find() : heavyRows(data.name, [filter, bbox], find);
}

async function fitting(data: Opened, filter: Filter, looked: readonly Part[]): Promise<number[]> {
  const wanted = wantedBy(data.columns, filter);
  const found: number[] = [];
  for (const [index, group, candidates] of looked) {
    const rows = candidates
      ? await data.some(index, candidates[0]! - group.from, candidates.at(-1)! - group.from + 1, wanted)
      : await whole(data, index, wanted);
    const fits = testOf(filter, rows);
    if (candidates) {
      for (const row of candidates) if (fits(row - rows.from)) found.push(row);
    } else for (let row = 0; row < rows.rows; row++) if (fits(row)) found.push(rows.from + row);
    // Whoever asks for less is answered meanwhile.
    if (looked.length > 1) await setImmediate();
  }
  return found;
}

/** Those that are in both, which are in the version's order. */
function both(a: Matched, b: Matched): Matched {
  if (!a || !b) return a ?? b;
  const found: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; )
    if (a[i]! < b[j]!) i += 1;
    else if (a[i]! > b[j]!) j += 1;
    else {
      found.push(a[i]!);
      i += 1;
      j += 1;
    }
  return found;
}

/** How many they are. */
export const countOf = (data: Opened, rows: Matched): number => rows?.length ?? data.rows;

/** A page of them. */
export function pageOf(data: Opened, rows: Matched, offset: number, limit: number): readonly number[] {
  if (rows) return rows.slice(offset, offset + limit);
  const page: number[] = [];
  for (let row = offset; row < Math.min(data.rows, offset + limit); row++) page.push(row);
  return page;
}

type Part = [index: number, group: Opened["groups"][number], rows: readonly number[] | undefined];

/** Rows by the row group that they are in; with undefined for every row of it. Rows must be in the version's order. */
export function* grouped(data: Opened, rows: Matched): Generator<Part> {
  let at = 0;
  for (const [index, group] of data.groups.entries()) {
    if (!rows) {
      yield [index, group, undefined];
      continue;
    }
    const first = at;
    while (at < rows.length && rows[at]! < group.from + group.rows) at += 1;
    if (at > first) yield [index, group, first === 0 && at === rows.length ? rows : rows.slice(first, at)];
    if (at === rows.length) return;
  }
}

/** The columns that a filter must read. */
export function wantedBy(columns: readonly Column[], filter: Filter): Wanted {
  const names = new Set(columnsIn(filter, columns));
  return {
    columns: columns.flatMap(({ name }, i) => (names.has(name) ? [i] : [])),
    places: asksPlaces(filter),
  };
}

/** Every column that a filter asks about. */
export function columnsIn(filter: Filter, all: readonly Column[]): readonly string[] {
  if ("column" in filter) return [filter.column];
  if (filter.op === "words") return filter.columns === "any" ? all.map(({ name }) => name) : filter.columns;
  if (filter.op === "intersects" || filter.op === "nowhere") return [];
  return (filter.op === "not" ? [filter.of] : filter.of).flatMap((one) => columnsIn(one, all));
}

/** Whether it asks where rows are. */
export function asksPlaces(filter: Filter): boolean {
  if (filter.op === "intersects" || filter.op === "nowhere") return true;
  if (filter.op === "not") return asksPlaces(filter.of);
  return filter.op === "and" || filter.op === "or" ? filter.of.some(asksPlaces) : false;
}

/** Boxes of which a row's place must touch each, whatever else the filter says. */
function demandedBoxes(filter: Filter): Box[] {
  if (filter.op === "intersects") return [boxOf(filter.geometry)];
  return filter.op === "and" ? filter.of.flatMap(demandedBoxes) : [];
}

async function firstNear(data: Opened, filter: Filter | undefined): Promise<Matched> {
  const [box] = filter ? demandedBoxes(filter) : [];
  return box ? (await data.within(box)).rows : undefined;
}

async function withinAll(data: Opened, box: Box): Promise<readonly number[]> {
  const [one, other] = unwrapped(box);
  const { rows } = await data.within(one!);
  return other ? [...new Set([...rows, ...(await data.within(other)).rows])].sort((a, b) => a - b) : rows;
}

/** Whether a row group may hold a row that fits: false only where what its cells lie between rules it out. */
function mayHold(filter: Filter, data: Opened, index: number): boolean {
  switch (filter.op) {
    case "and":
      return filter.of.every((one) => mayHold(one, data, index));
    case "or":
      return filter.of.some((one) => mayHold(one, data, index));
    case "empty": {
      const [between] = betweenOf(filter.column, data, index);
      return !between || between.empty > 0;
    }
    case "compare": {
      const [between, column] = betweenOf(filter.column, data, index);
      // The bounds of texts heed capitals.
      return !between || !column || !!filter.ignoresCase || mayCompare(between, column, filter.by, filter.value);
    }
    case "in": {
      const [between, column] = betweenOf(filter.column, data, index);
      return !between || !column || filter.values.some((value) => mayCompare(between, column, "=", value));
    }
    default:
      return true;
  }
}

function betweenOf(name: string, data: Opened, index: number): [Between | undefined, Column | undefined] {
  const at = data.columns.findIndex((column) => column.name === name);
  return at < 0 ? [undefined, undefined] : [data.between(index, at), data.columns[at]];
}

/** Beyond these signs Parquet's order of texts, by code points, is not that of `order`. */
const SORTS_OTHERWISE = /[\ud800-\uffff]/;

function mayCompare({ least, most }: Between, column: Column, by: Comparison, value: Cell): boolean {
  const { type } = column;
  if (value === null) return false;
  // Where all cells are empty there are no bounds, and nothing is compared with an empty cell.
  if (least === null || most === null) return false;
  if (type === "boolean") return true;
  if (type === "integer" || type === "number") {
    if (typeof value === "boolean" || String(value).trim() === "" || Number.isNaN(Number(value))) return true;
  } else if ([least, most, value].some((text) => SORTS_OTHERWISE.test(String(text)))) return true;
  const key = keyOf(column);
  const [low, high, wanted] = [key(least), key(most), key(value)];
  switch (by) {
    case "=":
      return order(low, wanted) <= 0 && order(high, wanted) >= 0;
    case "<>":
      return true;
    case "<":
      return order(low, wanted) < 0;
    case "<=":
      return order(low, wanted) <= 0;
    case ">":
      return order(high, wanted) > 0;
    case ">=":
      return order(high, wanted) >= 0;
  }
}
