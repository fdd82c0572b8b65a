import { type Filter, order } from "../query/filter.ts";
import { countOf, matching, pageOf } from "../query/matching.ts";
import { columnAt, made, type Order, sorted } from "../query/reading.ts";
import { answerSelect } from "../query/select.ts";
import { readSelect } from "../query/sql.ts";
import type { Cell, ColumnType } from "../schema.ts";
import type { Opened } from "../stored/opened.ts";
import { askedWords } from "../words.ts";
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
export async function searchedRows(data: Opened, asked: Asked, resource: string, address: string) {
  const filters = Object.entries(asked.object("filters") ?? {}).map(([column, wanted]): Filter => {
    demand(data, column, "filters");
    const values = (Array.isArray(wanted) ? wanted : [wanted]).map((value) => cellOf(value));
    return { op: "in", column, values };
  });
  const all = [...filters, ...wordsOf(data, asked)];
  const orders = (asked.text("sort") ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => ordering(data, part));
  const fields = asked.list("fields") ?? [ID.id, ...data.columns.map(({ name }) => name)];
  for (const field of fields) if (field !== ID.id) demand(data, field, "fields");
  const columns = fields.map((name) => data.columns.findIndex((column) => column.name === name));
  const limit = asked.whole("limit", LIMIT.default, LIMIT.max);
  const offset = asked.whole("offset", 0, Number.MAX_SAFE_INTEGER);
  const format = asked.text("records_format") ?? "objects";
  if (format !== "objects" && format !== "lists") throw invalidField("records_format", "Must be objects or lists");
  const rows = all.length === 0 ? undefined : await matching(data, { op: "and", of: all });
  const page = pageOf(data, await sorted(data, rows, orders, order, "always"), offset, limit);
  const records = await made(data, page, { columns: columns.filter((column) => column >= 0) }, (read, at) => {
    const cells = columns.map((column) => (column < 0 ? read.from + at + 1 : (read.cells[column]![at] ?? null)));
    return format === "lists" ? cells : Object.fromEntries(fields.map((name, i) => [name, cells[i]!]));
  });
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
    total: countOf(data, rows),
    total_was_estimated: false,
  };
}

/** `datastore_search_sql`: one SELECT of the resource's own table. */
export async function selectedRows(data: Opened, sql: string) {
  const select = readSelect(sql);
  const { columns, records } = await answerSelect(data, select, LIMIT.max);
  return {
    sql,
    records,
    fields: columns.map(({ name, type }) => ({ id: name, type: TYPES[type] })),
    ...(records.length === LIMIT.max ? { records_truncated: true } : {}),
  };
}

/** @throws {ActionError} */
function demand(data: Opened, column: string, field: string): void {
  if (!data.columns.some(({ name }) => name === column)) throw invalidField(field, `field "${column}" not in table`);
}

function cellOf(value: unknown): Cell {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  throw invalidField("filters", "Values are texts, numbers, true, false or null");
}

/** Words in any column, or by column. */
function wordsOf(data: Opened, asked: Asked): Filter[] {
  const given = asked.structured("q");
  if (given === undefined) return [];
  const by =
    typeof given === "object" && !Array.isArray(given) ? Object.entries(given as object) : [["", String(given)]];
  return by.map(([column, text]) => {
    if (column !== "") demand(data, column, "q");
    const words = askedWords(String(text));
    return { op: "words", columns: column === "" ? "any" : [column], words };
  });
}

function ordering(data: Opened, part: string): Order {
  const found = /^(?:"([^"]+)"|(\S+))(?:\s+(asc|desc))?(?:\s+nulls\s+(?:first|last))?$/i.exec(part);
  if (!found) throw new ActionError("validation", { sort: [`Cannot sort by ${part}`] });
  const column = found[1] ?? found[2]!;
  const isDescending = found[3]?.toLowerCase() === "desc";
  if (column === ID.id) return { column: undefined, isDescending };
  demand(data, column, "sort");
  return { column: columnAt(data, column), isDescending };
}
