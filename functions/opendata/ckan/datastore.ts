import { stringify } from "csv-stringify/sync";
import { numberOf } from "../feature.ts";
import { type Filter, order } from "../query/filter.ts";
import { countOf, matching, pageOf } from "../query/matching.ts";
import { columnAt, made, sorted } from "../query/reading.ts";
import { answerSelect } from "../query/select.ts";
import { readSelect } from "../query/sql.ts";
import type { Cell, ColumnType } from "../schema.ts";
import type { Opened } from "../stored/opened.ts";
import { askedWords } from "../words.ts";
import type { Asked } from "./asked.ts";
import { ActionError, invalidField } from "./errors.ts";
import { hasOwnId, ID, numbered } from "./numbered.ts";

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
/** How rows are written: as objects, as lists, or as one text without a heading, as PostgreSQL copies rows out. */
const FORMATS = ["objects", "lists", "csv", "tsv"] as const;
type Format = (typeof FORMATS)[number];

/** What is asked of a table's rows. */
interface Question {
  data: Opened;
  /** The same with the rows' numbers. */
  table: Opened;
  /** Which of the two its conditions are about: of the numbers, words know nothing. */
  asked: Opened;
  where: Filter | undefined;
  sort: { by: string; isDescending: boolean }[];
  fields: string[];
  limit: number;
  offset: number;
}

/**
 * `datastore_search`: rows by equal cells and words, some columns, an order, a page. `_id` is the row's number.
 * @see https://docs.ckan.org/en/2.11/maintaining/datastore.html
 */
export async function searchedRows(data: Opened, asked: Asked, resource: string, address: string) {
  const table = numbered(data);
  const filters = filtersOf(table, asked);
  const fields = asked.list("fields") ?? [...new Set([ID, ...data.columns.map(({ name }) => name)])];
  for (const field of fields) demand(table, field, "fields");
  const sort = (asked.text("sort") ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => ordering(table, part));
  const isOfAll = asked.yes("include_total", true);
  const format = formatOf(asked);
  const limit = asked.whole("limit", LIMIT.default, LIMIT.max);
  const offset = asked.whole("offset", 0, Number.MAX_SAFE_INTEGER);
  const asksNumbers = !hasOwnId(data) && filters.some(({ column }) => column === ID);
  const all = [...filters, ...wordsOf(data, asked, asksNumbers)];
  const where: Filter | undefined = all.length === 0 ? undefined : { op: "and", of: all };
  const question = { data, table, asked: asksNumbers ? table : data, where, sort, fields, limit, offset };
  // Of rows with their numbers, no two are the same.
  const isDistinct = asked.yes("distinct", false) && (hasOwnId(data) || !fields.includes(ID));
  const { lists, total } = isDistinct ? await distinct(question) : await page(question);
  const link = (from: number) =>
    `${address}?${asked.again({ id: undefined, resource_id: resource, limit, offset: from })}`;
  return {
    include_total: isOfAll,
    limit,
    ...(offset > 0 ? { offset } : {}),
    records_format: format,
    resource_id: resource,
    total_estimation_threshold: null,
    records: written(lists, fields, format),
    fields: fields.map((id) => ({ id, type: TYPES[table.columns[columnAt(table, id)]!.type] })),
    _links: {
      start: link(0),
      next: link(offset + limit),
      ...(offset > 0 ? { prev: link(Math.max(0, offset - limit)) } : {}),
    },
    ...(isOfAll ? { total, total_was_estimated: false } : {}),
  };
}

/** `datastore_search_sql`: one SELECT of the resource's own table, whose rows have their number as well. */
export async function selectedRows(data: Opened, sql: string) {
  const { items, ...select } = readSelect(sql);
  const number = hasOwnId(data) ? [] : [{ name: ID, column: ID }];
  const every = [...number, ...data.columns.map(({ name }) => ({ name, column: name }))];
  const { columns, records } = await answerSelect(
    numbered(data),
    { ...select, items: items.flatMap((item) => (item === "*" ? every : [item])) },
    LIMIT.max,
  );
  return {
    sql,
    records,
    fields: columns.map(({ name, type }) => ({ id: name, type: TYPES[type] })),
    ...(records.length === LIMIT.max ? { records_truncated: true } : {}),
  };
}

interface Found {
  /** Of each row the fields that are asked for, in their order. */
  lists: Cell[][];
  total: number;
}

async function page({ data, asked, where, sort, fields, limit, offset }: Question): Promise<Found> {
  const rows = where && (await matching(asked, where));
  // A row's own number is known without a look at the row.
  const columnOf = (name: string) => (name === ID && !hasOwnId(data) ? undefined : columnAt(data, name));
  const orders = sort.map(({ by, isDescending }) => ({ column: columnOf(by), isDescending }));
  const shown = pageOf(data, await sorted(data, rows, orders, order, "always"), offset, limit);
  const columns = fields.map(columnOf);
  const wanted = columns.filter((column) => column !== undefined);
  const lists = await made(data, shown, { columns: wanted }, (read, at) =>
    columns.map((column) => (column === undefined ? numberOf(read, at) + 1 : (read.cells[column]![at] ?? null))),
  );
  return { lists, total: countOf(data, rows) };
}

async function distinct({ asked, where, sort, fields, limit, offset }: Question): Promise<Found> {
  const items = fields.map((name) => ({ name, column: name }));
  const select = { table: "", items, groupBy: fields, orderBy: sort, limit, offset, ...(where ? { where } : {}) };
  const { records, total } = await answerSelect(asked, select, LIMIT.max);
  return { lists: records.map((record) => fields.map((name) => record[name]!)), total };
}

function formatOf(asked: Asked): Format {
  const given = asked.text("records_format") ?? "objects";
  const found = FORMATS.find((format) => format === given);
  if (!found) throw invalidField("records_format", `Must be one of ${FORMATS.join(", ")}`);
  return found;
}

/** Texts are as they are in the other formats: nothing is done against formulas, as programs read them. */
function written(lists: Cell[][], fields: readonly string[], format: Format) {
  if (format === "lists") return lists;
  if (format === "objects") return lists.map((cells) => Object.fromEntries(fields.map((name, i) => [name, cells[i]!])));
  const delimiter = format === "csv" ? "," : "\t";
  return stringify(lists, { delimiter, cast: { boolean: (is) => (is ? "t" : "f"), number: String } });
}

function filtersOf(table: Opened, asked: Asked): (Filter & { column: string })[] {
  return Object.entries(asked.object("filters") ?? {}).map(([column, wanted]) => {
    demand(table, column, "filters");
    const values = (Array.isArray(wanted) ? wanted : [wanted]).map((value) => cellOf(value));
    return { op: "in", column, values };
  });
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

/** Words in any column, or by column. @param isNamed  whether any column is to be named, as there are others besides */
function wordsOf(data: Opened, asked: Asked, isNamed: boolean): Filter[] {
  const given = asked.structured("q");
  if (given === undefined) return [];
  const by =
    typeof given === "object" && !Array.isArray(given) ? Object.entries(given as object) : [["", String(given)]];
  return by.map(([column, text]) => {
    if (column !== "") demand(data, column, "q");
    const words = askedWords(String(text));
    const any = isNamed ? data.columns.map(({ name }) => name) : "any";
    return { op: "words", columns: column === "" ? any : [column], words };
  });
}

function ordering(table: Opened, part: string): Question["sort"][number] {
  const found = /^(?:"([^"]+)"|(\S+))(?:\s+(asc|desc))?(?:\s+nulls\s+(?:first|last))?$/i.exec(part);
  if (!found) throw new ActionError("validation", { sort: [`Cannot sort by ${part}`] });
  const by = found[1] ?? found[2]!;
  demand(table, by, "sort");
  return { by, isDescending: found[3]?.toLowerCase() === "desc" };
}
