import { folded } from "../domain.ts";
import type { Loaded } from "../pack.ts";
import { type Filter, testOf } from "../query/filter.ts";
import { answerSelect } from "../query/select.ts";
import { readSelect } from "../query/sql.ts";
import type { Cell, ColumnType } from "../schema.ts";
import type { Asked } from "./asked.ts";
import { ActionError, invalidField } from "./errors.ts";

const LIMIT = { default: 100, max: 32_000 };

/** A column's type as PostgreSQL, which CKAN's clients expect, calls it. */
const TYPES: Record<ColumnType, string> = {
  text: "text",
  integer: "int",
  number: "numeric",
  boolean: "bool",
  date: "date",
  datetime: "timestamp",
};
const ID = { id: "_id", type: "int" };

/** `datastore_search`: rows by equal cells and words, some columns, an order, a page. `_id` is the row's number. */
export function searchedRows(data: Loaded, asked: Asked, resource: string, address: string) {
  const filters = Object.entries(asked.object("filters") ?? {}).map(([column, wanted]): Filter => {
    demand(data, column, "filters");
    const values = (Array.isArray(wanted) ? wanted : [wanted]).map((value) => cellOf(value));
    return { op: "in", column, values };
  });
  const test = testOf({ op: "and", of: filters }, data);
  const words = wordsOf(data, asked);
  const matching: number[] = [];
  for (let row = 0; row < data.rows; row++) if (test(row) && words(row)) matching.push(row);
  const orders = (asked.text("sort") ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  const compare = orders.map((part) => ordering(data, part));
  if (compare.length > 0)
    matching.sort((a, b) => {
      for (const one of compare) {
        const sign = one(a, b);
        if (sign !== 0) return sign;
      }
      return a - b;
    });
  const fields = asked.list("fields") ?? ["_id", ...data.columns.map(({ name }) => name)];
  for (const field of fields) if (field !== "_id") demand(data, field, "fields");
  const columns = fields.map((name) => data.columns.findIndex((column) => column.name === name));
  const limit = asked.whole("limit", LIMIT.default, LIMIT.max);
  const offset = asked.whole("offset", 0, Number.MAX_SAFE_INTEGER);
  const format = asked.text("records_format") ?? "objects";
  if (format !== "objects" && format !== "lists") throw invalidField("records_format", "Must be objects or lists");
  const cell = (row: number, at: number): Cell => (at < 0 ? row + 1 : (data.cells[at]![row] ?? null));
  const records = matching
    .slice(offset, offset + limit)
    .map((row) =>
      format === "lists"
        ? columns.map((at) => cell(row, at))
        : Object.fromEntries(fields.map((name, i) => [name, cell(row, columns[i]!)])),
    );
  const link = (from: number) => `${address}?resource_id=${resource}&limit=${limit}&offset=${from}`;
  return {
    include_total: true,
    limit,
    ...(offset > 0 ? { offset } : {}),
    records_format: format,
    resource_id: resource,
    total_estimation_threshold: null,
    records,
    fields: fields.map((name, i) =>
      columns[i]! < 0 ? ID : { id: name, type: TYPES[data.columns[columns[i]!]!.type] },
    ),
    _links: { start: link(0), next: link(offset + limit) },
    total: matching.length,
    total_was_estimated: false,
  };
}

/** `datastore_search_sql`: one SELECT of the resource's own table. */
export function selectedRows(data: Loaded, sql: string) {
  const select = readSelect(sql);
  const { columns, records } = answerSelect(data, select, LIMIT.max);
  return {
    sql,
    records,
    fields: columns.map(({ name, type }) => ({ id: name, type: TYPES[type] })),
    ...(records.length === LIMIT.max ? { records_truncated: true } : {}),
  };
}

/** @throws {ActionError} */
function demand(data: Loaded, column: string, field: string): void {
  if (!data.columns.some(({ name }) => name === column)) throw invalidField(field, `field "${column}" not in table`);
}

function cellOf(value: unknown): Cell {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  throw invalidField("filters", "Values are texts, numbers, true, false or null");
}

/** Words in any column, or by column. */
function wordsOf(data: Loaded, asked: Asked): (row: number) => boolean {
  const given = asked.structured("q");
  if (given === undefined) return () => true;
  const by =
    typeof given === "object" && !Array.isArray(given) ? Object.entries(given as object) : [["", String(given)]];
  const tests = by.map(([column, text]) => {
    if (column !== "") demand(data, column, "q");
    const words = folded(String(text)).split(/\s+/).filter(Boolean);
    const cells = data.columns.flatMap(({ name }, i) => (column === "" || name === column ? [data.cells[i]!] : []));
    return (row: number) => words.every((word) => cells.some((some) => folded(String(some[row] ?? "")).includes(word)));
  });
  return (row) => tests.every((test) => test(row));
}

function ordering(data: Loaded, part: string): (a: number, b: number) => number {
  const found = /^(?:"([^"]+)"|(\S+))(?:\s+(asc|desc))?(?:\s+nulls\s+(?:first|last))?$/i.exec(part);
  const column = found?.[1] ?? found?.[2] ?? "";
  const sign = found?.[3]?.toLowerCase() === "desc" ? -1 : 1;
  if (column === "_id") return (a, b) => (a - b) * sign;
  if (!found) throw new ActionError("validation", { sort: [`Cannot sort by ${part}`] });
  demand(data, column, "sort");
  const cells = data.cells[data.columns.findIndex(({ name }) => name === column)]!;
  return (a, b) => {
    const [x, y] = [cells[a] ?? null, cells[b] ?? null];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return (
      (typeof x === "number" && typeof y === "number"
        ? x - y
        : String(x) < String(y)
          ? -1
          : String(x) > String(y)
            ? 1
            : 0) * sign
    );
  };
}
