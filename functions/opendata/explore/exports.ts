import { Fault } from "../../../shared/errors.ts";
import { kept } from "../exports/kept.ts";
import { numberOf } from "../feature.ts";
import { demandKnown } from "../known.ts";
import type { Maker } from "../making.ts";
import { order } from "../query/filter.ts";
import { columnsIn, countOf, matching, pageOf } from "../query/matching.ts";
import { only } from "../query/only.ts";
import { columnAt, everyColumn, made, sorted, wholly } from "../query/reading.ts";
import { demandColumns, demandPlaces } from "../query/select.ts";
import { load } from "../store.ts";
import type { Opened, Rows } from "../stored/opened.ts";
import { withDays } from "./days.ts";
import { readClauses } from "./odsql.ts";
import { refined, refinementsIn } from "./refining.ts";
import { type Exported, FORMATS, type Row, yes } from "./writers.ts";

// Exports of the Explore API: all rows that are asked for, as they are read.

const ROWS_AT_ONCE = 1_000;
/** In an order rows are read from all over a version: of more than these that would never end. */
const ORDERED_MAX = 50_000;
const COMMON = ["select", "where", "order_by", "limit", "refine", "exclude", "timezone", "lang", "use_labels"];

/** @throws {Fault} malformed: it is no such kind, or what is asked for is not there */
export async function exportOf(data: Opened, format: string, asks: URLSearchParams): Promise<AsyncGenerator<string>> {
  const writer = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (!writer)
    throw new Fault("malformed", `Exports here are ${Object.keys(FORMATS).join(", ")}; there is no ${format}.`);
  demandKnown(asks.keys(), (name) => COMMON.includes(name) || writer.knows.includes(name));
  return writer.parts(await askedIn(data, asks), asks);
}

async function askedIn(whole: Opened, asks: URLSearchParams): Promise<Exported> {
  const text = (name: string) => asks.get(name) ?? undefined;
  const read = readClauses(
    { select: text("select"), where: text("where"), order_by: text("order_by") },
    { limit: 0, offset: 0 },
  );
  const every = refined(read.where, refinementsIn(asks));
  const { data, clauses } = withDays(whole, { ...read, ...(every ? { where: every } : {}) });
  const { where } = clauses;
  demandColumns(data, where ? columnsIn(where, data.columns) : []);
  demandPlaces(data, where);
  const hasTitles = yes(asks, "use_labels", false);
  const items = clauses.items.flatMap((item) => {
    if (item === "*") return data.columns.map(({ name }) => ({ column: name, name }));
    if ("aggregate" in item)
      throw new Fault("malformed", "An export has rows as they are: ask records for their sums.");
    return [item];
  });
  demandColumns(
    data,
    items.map(({ column }) => column),
  );
  const columns = items.map(({ column }) => columnAt(data, column));
  const orders = clauses.orderBy.map(({ by, isDescending }) => {
    const column = items.find(({ name }) => name === by)?.column ?? by;
    demandColumns(data, [column]);
    return { column: columnAt(data, column), isDescending };
  });
  const limit = limitIn(asks);
  const found = where && (await matching(data, where));
  if (orders.length > 0 && Math.min(limit, countOf(data, found)) > ORDERED_MAX)
    throw new Fault(
      "malformed",
      `An export in an order has at most ${ORDERED_MAX} rows: say a limit, or leave the order out.`,
    );
  const all = await sorted(data, found, orders, order, "ascending");
  const rows = limit === Number.POSITIVE_INFINITY ? all : pageOf(data, all, 0, limit);
  const rowOf = (read: Rows, at: number): Row => ({
    id: numberOf(read, at) + 1,
    cells: columns.map((column) => read.cells[column]![at] ?? null),
    place: read.places?.[at] ?? null,
  });
  async function* ordered() {
    for (let from = 0; from < rows!.length; from += ROWS_AT_ONCE)
      yield await made(
        data,
        rows!.slice(from, from + ROWS_AT_ONCE),
        { columns: everyColumn(data), places: true },
        rowOf,
      );
  }
  async function* asTheyLie() {
    for await (const read of wholly(await only(data, rows)))
      for (let from = 0; from < read.rows; from += ROWS_AT_ONCE)
        yield Array.from({ length: Math.min(ROWS_AT_ONCE, read.rows - from) }, (_, i) => rowOf(read, from + i));
  }
  // A column that was given a name in the question keeps it.
  const labelOf = ({ name, column }: (typeof items)[number]) =>
    (hasTitles && name === column && data.columns[columnAt(data, column)]!.title) || name;
  return { names: items.map(labelOf), rows: orders.length > 0 ? ordered() : asTheyLie() };
}

/** `-1`, as the API has it, is all of them. */
function limitIn(asks: URLSearchParams): number {
  const given = asks.get("limit") ?? "-1";
  if (given === "-1") return Number.POSITIVE_INFINITY;
  if (!/^\d{1,15}$/.test(given)) throw new Fault("malformed", "limit is a whole number, or -1 for all rows.");
  return Number(given);
}

/** What a file is called while it is made and kept. */
export const makerOf = (format: string) => `explore.${format}`;

/** Where an answer has a bound, a longer file is made by a task. */
export const EXPLORED: Record<string, Maker> = Object.fromEntries(
  Object.entries(FORMATS).map(([format, { type }]) => [
    makerOf(format),
    kept(makerOf(format), type, async (here, dataset, version, query) =>
      exportOf(await load(here, dataset, version), format, new URLSearchParams(query)),
    ),
  ]),
);
