import { createHash } from "node:crypto";
import { Fault } from "../../../shared/errors.ts";
import { made, recordOf, wholly } from "../query/reading.ts";
import type { Cell, Column } from "../schema.ts";
import type { Opened, Rows } from "../stored/opened.ts";

// What became of a dataset from one version to another. Rows are known again by a key column where there is one, else
// by what they hold; what is compared is a digest of each row, so that hundreds of thousands fit.

/** So many rows of each kind are shown; all are counted. */
const SHOWN = 100;
/** Anybody may ask: more would take a process's time and memory from all others. */
const ROWS_MAX = 300_000;

export interface Changed {
  key: Cell;
  before: Record<string, Cell>;
  after: Record<string, Cell>;
}
export interface Difference {
  /** The column by which rows were known again. */
  by: string | undefined;
  columns: { added: Column[]; removed: Column[]; changed: { name: string; before: string; after: string }[] };
  rows: { added: number; removed: number; changed: number; same: number };
  /** The first of each. */
  added: Record<string, Cell>[];
  removed: Record<string, Cell>[];
  changed: Changed[];
}

/**
 * @param key  a column that both have and that names each row of both; without one, the first that does is taken
 * @throws {Fault} malformed: that column names no rows; too_large
 */
export async function difference(before: Opened, after: Opened, key?: string): Promise<Difference> {
  if (Math.max(before.rows, after.rows) > ROWS_MAX)
    throw new Fault("too_large", `Versions of more than ${ROWS_MAX} rows are not compared.`);
  const shared = before.columns.filter(({ name, type }) =>
    after.columns.some((column) => column.name === name && column.type === type),
  );
  const by = await keyOf(before, after, shared, key);
  // A column that only one of them has makes no row another: that it came or went is said by itself.
  const compared = shared.map(({ name }) => name);
  const placed = before.hasPlaces && after.hasPlaces;
  const old = await digests(before, by, compared, placed);
  const [addedRows, changedRows]: [number[], [number, number][]] = [[], []];
  const rows = { added: 0, removed: 0, changed: 0, same: 0 };
  for await (const [known, digest, row] of each(after, by, compared, placed)) {
    const there = old.get(known);
    if (!there) {
      rows.added += 1;
      if (addedRows.length < SHOWN) addedRows.push(row);
      continue;
    }
    const found = there.pop()!;
    if (there.length === 0) old.delete(known);
    if (found.digest === digest) rows.same += 1;
    else {
      rows.changed += 1;
      if (changedRows.length < SHOWN) changedRows.push([found.row, row]);
    }
  }
  const removedRows: number[] = [];
  for (const left of old.values())
    for (const { row } of left) {
      rows.removed += 1;
      removedRows.push(row);
    }
  removedRows.sort((a, b) => a - b);
  const [was, is] = await Promise.all([
    records(
      before,
      changedRows.map(([row]) => row),
    ),
    records(
      after,
      changedRows.map(([, row]) => row),
    ),
  ]);
  return {
    by,
    columns: columnsChanged(before.columns, after.columns),
    rows,
    added: await records(after, addedRows),
    removed: await records(before, removedRows.slice(0, SHOWN)),
    changed: changedRows.map((_, i) => ({
      key: is[i]![by!] ?? null,
      before: was[i]!,
      after: is[i]!,
    })),
  };
}

function columnsChanged(before: readonly Column[], after: readonly Column[]): Difference["columns"] {
  const typeIn = (columns: readonly Column[], name: string) => columns.find((column) => column.name === name)?.type;
  return {
    added: after.filter(({ name }) => typeIn(before, name) === undefined),
    removed: before.filter(({ name }) => typeIn(after, name) === undefined),
    changed: before.flatMap(({ name, type }) => {
      const now = typeIn(after, name);
      return now === undefined || now === type ? [] : [{ name, before: type, after: now }];
    }),
  };
}

const records = (data: Opened, rows: readonly number[]): Promise<Record<string, Cell>[]> =>
  made(data, rows, { columns: data.columns.map((_, i) => i), places: true }, (read, at) => ({
    ...recordOf(read, at),
    ...(read.places ? { geometry: JSON.stringify(read.places[at] ?? null) } : {}),
  }));

/** Short, and as good as certain: of a million rows, two are taken for one in a case in 10^17. */
const digestOf = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("base64").slice(0, 20);

async function* each(
  data: Opened,
  by: string | undefined,
  compared: readonly string[],
  placed: boolean,
): AsyncGenerator<[known: Cell, digest: string, row: number]> {
  const at = (name: string) => data.columns.findIndex((column) => column.name === name);
  const columns = compared.map(at);
  const key = by === undefined ? undefined : at(by);
  for await (const read of wholly(data))
    for (let row = 0; row < read.rows; row++) {
      const digest = digestOf([columns.map((column) => read.cells[column]![row]), placed ? read.places?.[row] : null]);
      yield [key === undefined ? digest : read.cells[key]![row]!, digest, read.from + row];
    }
}

/** By what they are known by: the digests of rows, of which several may be alike. */
async function digests(data: Opened, by: string | undefined, compared: readonly string[], placed: boolean) {
  const found = new Map<Cell, { digest: string; row: number }[]>();
  for await (const [known, digest, row] of each(data, by, compared, placed)) {
    const there = found.get(known);
    if (there) there.push({ digest, row });
    else found.set(known, [{ digest, row }]);
  }
  // Of rows that are alike the first goes first.
  for (const rows of found.values()) rows.reverse();
  return found;
}

/** A column by which each row of both versions is known: the one that was asked for, or the first that does so. */
async function keyOf(
  before: Opened,
  after: Opened,
  shared: readonly Column[],
  asked: string | undefined,
): Promise<string | undefined> {
  if (asked !== undefined) {
    if (!shared.some(({ name }) => name === asked))
      throw new Fault("malformed", `Not both versions have a column ${asked}.`);
    if (!(await names(before, asked)) || !(await names(after, asked)))
      throw new Fault("malformed", `The column ${asked} does not tell each row from every other.`);
    return asked;
  }
  for (const { name, type } of shared)
    if ((type === "integer" || type === "text") && (await names(before, name)) && (await names(after, name)))
      return name;
  return undefined;
}

/** Whether no two rows have the same in this column, and none has nothing. */
async function names(data: Opened, column: string): Promise<boolean> {
  const at = data.columns.findIndex(({ name }) => name === column);
  const seen = new Set<Cell>();
  for (const index of data.groups.keys()) {
    const { cells }: Rows = await data.passing(index, { columns: [at] });
    for (const cell of cells[at]!) {
      if (cell === null || seen.has(cell)) return false;
      seen.add(cell);
    }
  }
  return true;
}
