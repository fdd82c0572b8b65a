import { setImmediate } from "node:timers/promises";
import { Fault } from "../../../shared/errors.ts";
import type { Cell, ColumnType } from "../schema.ts";
import type { Opened, Rows } from "../stored/opened.ts";
import { type Filter, keyOf, order } from "./filter.ts";
import { HEAVY_ROWS, oneByOne } from "./heavy.ts";
import { asksPlaces, columnsIn, countOf, type Matched, matching, pageOf } from "./matching.ts";
import { columnAt, made, parts, sorted } from "./reading.ts";
import type { Aggregate, Select } from "./sql.ts";

export interface Result {
  columns: { name: string; type: ColumnType }[];
  records: Record<string, Cell>[];
  /** Before the page was cut: rows, or groups. */
  total: number;
}
type Item = Exclude<Select["items"][number], "*">;

const wrong = (detail: string): Fault => new Fault("malformed", detail);

/** @throws {Fault} malformed: there is no such column */
export function demandColumns(data: Pick<Opened, "columns">, names: readonly string[]): void {
  for (const name of names)
    if (!data.columns.some((column) => column.name === name)) throw wrong(`There is no column ${name}.`);
}

/** @throws {Fault} malformed: it is asked where something is that has no place */
export function demandPlaces({ hasPlaces }: Pick<Opened, "hasPlaces">, where: Filter | undefined): void {
  if (where && !hasPlaces && asksPlaces(where)) throw wrong("There are no places here.");
}

/** Answers a SELECT from a version's columns. @throws {Fault} malformed: columns that are not there, or not grouped */
export async function answerSelect(data: Opened, select: Select, limitMax: number): Promise<Result> {
  const { where, groupBy, orderBy, offset } = select;
  const items = select.items.flatMap((item): Item[] =>
    item === "*" ? data.columns.map(({ name }) => ({ name, column: name })) : [item],
  );
  demandColumns(data, [
    ...items.map(({ column }) => column).filter((column) => column !== "*"),
    ...(where ? columnsIn(where, data.columns) : []),
    ...groupBy,
  ]);
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
  const limit = Math.min(select.limit ?? limitMax, limitMax);
  const isGrouped = groupBy.length > 0 || items.some((item) => "aggregate" in item);
  if (isGrouped) {
    demandGrouped(data, items, groupBy, orderBy);
    const rows = where ? await matching(data, where) : undefined;
    const count = () => groups(data, rows, items, groupBy);
    const all = countOf(data, rows) < HEAVY_ROWS ? await count() : await oneByOne(count);
    const keys = orderBy.map(({ by }) => keyOf({ type: columns.find(({ name }) => name === by)?.type ?? typeOf(by) }));
    all.sort((a, b) => byOrders(orderBy, keys, a.by, b.by));
    return { columns, records: all.slice(offset, offset + limit).map(({ record }) => record), total: all.length };
  }
  // What can be sorted by: the columns of the answer, and all of the table's.
  const orders = orderBy.map(({ by, isDescending }) => {
    const column = items.find(({ name }) => name === by)?.column ?? by;
    demandColumns(data, [column]);
    return { column: columnAt(data, column), isDescending };
  });
  const rows = where ? await matching(data, where) : undefined;
  const page = pageOf(data, await sorted(data, rows, orders, order, "ascending"), offset, limit);
  const shown = items.map(({ name, column }) => [name, columnAt(data, column)] as const);
  const records = await made(data, page, { columns: shown.map(([, column]) => column) }, ({ cells }, at) =>
    Object.fromEntries(shown.map(([name, column]) => [name, cells[column]![at] ?? null])),
  );
  return { columns, records, total: countOf(data, rows) };
}

function demandGrouped(data: Opened, items: readonly Item[], groupBy: readonly string[], orderBy: Select["orderBy"]) {
  for (const item of items) {
    if (!("aggregate" in item)) {
      if (!groupBy.includes(item.column))
        throw wrong(`The column ${item.column} must be in GROUP BY or in an aggregate.`);
    } else if (item.aggregate === "sum" || item.aggregate === "avg") {
      const { type } = data.columns[columnAt(data, item.column)]!;
      if (type !== "integer" && type !== "number")
        throw wrong(`${item.aggregate} takes a column of numbers, ${item.column} is not one.`);
    }
  }
  for (const { by } of orderBy)
    if (!items.some(({ name }) => name === by) && !groupBy.includes(by))
      throw wrong(`The answer has no column ${by} to sort by.`);
}

type KeyOf = ReturnType<typeof keyOf>;

function byOrders(
  orders: Select["orderBy"],
  keys: readonly KeyOf[],
  a: Record<string, Cell>,
  b: Record<string, Cell>,
): number {
  for (const [i, { by, isDescending }] of orders.entries()) {
    const sign = compared(a[by] ?? null, b[by] ?? null, keys[i]!);
    if (sign !== 0) return isDescending ? -sign : sign;
  }
  return 0;
}

/** Empty cells last, as PostgreSQL has them. */
const compared = (a: Cell, b: Cell, key: KeyOf): number =>
  a === null || b === null ? (a === b ? 0 : a === null ? 1 : -1) : order(key(a), key(b));

/** Anybody may ask: all groups are held until the last row was seen. */
const GROUPS_BYTES = 48 * 1024 * 1024;
/** About what a group takes, and each aggregate of it. */
const GROUP_BYTES = 300;
const FOLDED_BYTES = 100;

interface Folded {
  count: number;
  sum: number;
  least: Cell;
  most: Cell;
}
interface Group {
  /** Of the columns that are grouped by. */
  cells: Cell[];
  /** Of each item; an item that is no aggregate has none. */
  folded: (Folded | undefined)[];
}

/**
 * Each group's record, and what it can be sorted by, in the order in which the groups come.
 * @throws {Fault} malformed: there are too many to be held
 */
async function groups(data: Opened, rows: Matched, items: readonly Item[], groupBy: readonly string[]) {
  const by = groupBy.map((name) => columnAt(data, name));
  const folds = items.map((item) => {
    if (!("aggregate" in item)) return undefined;
    const column = item.column === "*" ? undefined : columnAt(data, item.column);
    return { column, key: keyOf(column === undefined ? { type: "integer" } : data.columns[column]!) };
  });
  const begin = (cells: Cell[]): Group => ({
    cells,
    folded: folds.map((fold) => fold && { count: 0, sum: 0, least: null, most: null }),
  });
  const found = new Map<unknown, Group>();
  let held = 0;
  if (by.length === 0) found.set("[]", begin([]));
  const columns = [...new Set([...by, ...folds.flatMap((fold) => fold?.column ?? [])])];
  const take = ({ cells }: Rows, at: number) => {
    const own = by.map((column) => cells[column]![at] ?? null);
    const key = own.length === 1 ? own[0] : JSON.stringify(own);
    let group = found.get(key);
    if (!group) {
      held += GROUP_BYTES + FOLDED_BYTES * folds.length + lengthOf(key);
      if (held > GROUPS_BYTES)
        throw wrong("There are too many groups of these: group by other columns, or ask for fewer rows.");
      group = begin(own);
      found.set(key, group);
    }
    for (const [i, fold] of folds.entries())
      if (fold) add(group.folded[i]!, fold.column === undefined ? 1 : (cells[fold.column]![at] ?? null), fold.key);
  };
  for await (const { rows: read, at } of parts(data, rows, { columns })) {
    if (at) for (const row of at) take(read, row);
    else for (let row = 0; row < read.rows; row++) take(read, row);
    // Whoever asks for less is answered meanwhile.
    if (data.rows >= HEAVY_ROWS) await setImmediate();
  }
  return [...found.values()].map(({ cells, folded }) => {
    const record = Object.fromEntries(
      items.map((item, i) => [
        item.name,
        "aggregate" in item ? figureOf(item.aggregate, folded[i]!) : cells[groupBy.indexOf(item.column)]!,
      ]),
    );
    return { record, by: { ...Object.fromEntries(groupBy.map((name, i) => [name, cells[i]!])), ...record } };
  });
}

const lengthOf = (key: unknown): number => (typeof key === "string" ? key.length : 0);

function add(into: Folded, cell: Cell, key: KeyOf): void {
  if (cell === null) return;
  into.count += 1;
  if (typeof cell === "number") into.sum += cell;
  if (into.least === null || order(key(cell), key(into.least)) < 0) into.least = cell;
  if (into.most === null || order(key(cell), key(into.most)) > 0) into.most = cell;
}

function figureOf(aggregate: Aggregate, { count, sum, least, most }: Folded): Cell {
  if (aggregate === "count") return count;
  if (count === 0) return null;
  if (aggregate === "min") return least;
  if (aggregate === "max") return most;
  return aggregate === "sum" ? sum : sum / count;
}
