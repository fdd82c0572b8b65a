import { Fault } from "../../../shared/errors.ts";
import type { Loaded } from "../pack.ts";
import type { Cell, ColumnType } from "../schema.ts";
import { type Filter, order, testOf } from "./filter.ts";
import type { Select } from "./sql.ts";

type Table = Pick<Loaded, "columns" | "cells" | "rows" | "places" | "within">;
export interface Result {
  columns: { name: string; type: ColumnType }[];
  records: Record<string, Cell>[];
  /** Before the page was cut: rows, or groups. */
  total: number;
}

const wrong = (detail: string): Fault => new Fault("malformed", detail);

/** Every column that a filter names. */
export function columnsIn(filter: Filter): string[] {
  if ("column" in filter) return [filter.column];
  if (filter.op === "intersects") return [];
  return (filter.op === "not" ? [filter.of] : filter.of).flatMap(columnsIn);
}

/** @throws {Fault} malformed: there is no such column */
export function demandColumns(data: Pick<Loaded, "columns">, names: readonly string[]): void {
  for (const name of names)
    if (!data.columns.some((column) => column.name === name)) throw wrong(`There is no column ${name}.`);
}

/** Answers a SELECT from a version's columns. @throws {Fault} malformed: columns that are not there, or not grouped */
export function answerSelect(data: Table, select: Select, limitMax: number): Result {
  const { where, groupBy, orderBy, offset } = select;
  const items = select.items.flatMap((item) =>
    item === "*" ? data.columns.map(({ name }) => ({ name, column: name })) : [item],
  );
  demandColumns(data, [
    ...items.map(({ column }) => column).filter((column) => column !== "*"),
    ...(where ? columnsIn(where) : []),
    ...groupBy,
  ]);
  const test = where ? testOf(where, data) : () => true;
  const rows: number[] = [];
  for (let row = 0; row < data.rows; row++) if (test(row)) rows.push(row);
  const cell = (column: string, row: number): Cell => cellsOf(data, column)[row] ?? null;
  const isGrouped = groupBy.length > 0 || items.some((item) => "aggregate" in item);
  const typeOf = (column: string): ColumnType => data.columns.find(({ name }) => name === column)?.type ?? "integer";
  const columns = items.map((item) => ({
    name: item.name,
    type:
      "aggregate" in item && item.aggregate !== "min" && item.aggregate !== "max"
        ? item.aggregate === "count"
          ? ("integer" as const)
          : ("number" as const)
        : typeOf(item.column),
  }));

  // What can be sorted by: the columns of the answer, and where nothing is grouped, all of the table's.
  let made: { record: Record<string, Cell>; by: Record<string, Cell> }[];
  if (isGrouped) {
    for (const item of items)
      if (!("aggregate" in item) && !groupBy.includes(item.column))
        throw wrong(`The column ${item.column} must be in GROUP BY or in an aggregate.`);
    const groups = Map.groupBy(rows, (row) => JSON.stringify(groupBy.map((column) => cell(column, row))));
    if (groupBy.length === 0 && rows.length === 0) groups.set("[]", []);
    made = [...groups.values()].map((some) => {
      const record = Object.fromEntries(
        items.map((item) => [item.name, "aggregate" in item ? folded(item, data, some) : cell(item.column, some[0]!)]),
      );
      return {
        record,
        by: { ...Object.fromEntries(groupBy.map((column) => [column, cell(column, some[0]!)])), ...record },
      };
    });
  } else {
    made = rows.map((row) => {
      const record = Object.fromEntries(items.map(({ name, column }) => [name, cell(column, row)]));
      return { record, by: { ...Object.fromEntries(orderBy.map(({ by }) => [by, cell(by, row)])), ...record } };
    });
  }
  for (const { by } of orderBy)
    if (!columns.some(({ name }) => name === by) && (isGrouped ? !groupBy.includes(by) : true)) {
      if (isGrouped) throw wrong(`The answer has no column ${by} to sort by.`);
      demandColumns(data, [by]);
    }
  made.sort((a, b) => {
    for (const { by, isDescending } of orderBy) {
      const sign = compared(a.by[by] ?? null, b.by[by] ?? null);
      if (sign !== 0) return isDescending ? -sign : sign;
    }
    return 0;
  });
  const limit = Math.min(select.limit ?? limitMax, limitMax);
  return { columns, records: made.slice(offset, offset + limit).map(({ record }) => record), total: made.length };
}

const cellsOf = (data: Table, column: string): readonly Cell[] =>
  data.cells[data.columns.findIndex(({ name }) => name === column)] ?? [];

/** Empty cells last, as PostgreSQL has them. */
const compared = (a: Cell, b: Cell): number =>
  a === null || b === null ? (a === b ? 0 : a === null ? 1 : -1) : order(a, b);

function folded(item: Exclude<Select["items"][number], "*">, data: Table, rows: readonly number[]): Cell {
  if (!("aggregate" in item)) return null;
  const { aggregate, column } = item;
  if (column === "*") return rows.length;
  const cells = cellsOf(data, column);
  const values = rows.map((row) => cells[row] ?? null).filter((value) => value !== null);
  if (aggregate === "count") return values.length;
  if (values.length === 0) return null;
  if (aggregate === "min" || aggregate === "max")
    return values.reduce((best, value) => (order(value, best) < 0 === (aggregate === "min") ? value : best));
  if (values.some((value) => typeof value !== "number"))
    throw wrong(`${aggregate} takes a column of numbers, ${column} is not one.`);
  const sum = (values as number[]).reduce((a, b) => a + b, 0);
  return aggregate === "sum" ? sum : sum / values.length;
}
