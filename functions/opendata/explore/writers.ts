import { stringify } from "csv-stringify/sync";
import { Fault } from "../../../shared/errors.ts";
import { harmless } from "../exports/csv.ts";
import type { Geometry } from "../geometry.ts";
import type { Cell } from "../schema.ts";

export interface Row {
  /** Its number, from 1 on. */
  id: number;
  cells: Cell[];
  place: Geometry | null;
}
/** What an export has: columns by their names, and rows some at a time. */
export interface Exported {
  names: string[];
  rows: AsyncGenerator<Row[]>;
}
interface Writer {
  type: string;
  /** The parameters that it has besides those of all. */
  knows: string[];
  /** @throws {Fault} malformed: one of them, before anything is made */
  parts(of: Exported, asks: URLSearchParams): AsyncGenerator<string>;
}

const DELIMITERS = [";", ",", "\t", "|"];

export function yes(asks: URLSearchParams, name: string, otherwise: boolean): boolean {
  const given = asks.get(name)?.toLowerCase();
  if (given !== undefined && given !== "true" && given !== "false")
    throw new Fault("malformed", `${name} is true or false.`);
  return given === undefined ? otherwise : given === "true";
}

/** Formulas are made harmless, as in every table that people open. */
function csv({ names, rows }: Exported, asks: URLSearchParams): AsyncGenerator<string> {
  const delimiter = asks.get("delimiter") ?? ";";
  if (!DELIMITERS.includes(delimiter)) throw new Fault("malformed", "delimiter is one of ; , | and the tab.");
  const quoted = yes(asks, "quote_all", false);
  const mark = yes(asks, "with_bom", true) ? "\uFEFF" : "";
  const written = (cells: readonly (readonly Cell[])[]) =>
    stringify(
      cells.map((row) => row.map(harmless)),
      { delimiter, quoted, record_delimiter: "windows", cast: { boolean: String, number: String } },
    );
  async function* parts() {
    yield mark + written([names]);
    for await (const some of rows) yield written(some.map(({ cells }) => cells));
  }
  return parts();
}

const recordOf = (names: readonly string[], cells: readonly Cell[]) =>
  Object.fromEntries(names.map((name, i) => [name, cells[i]!]));

async function* listed(
  before: string,
  rows: AsyncGenerator<Row[]>,
  make: (row: Row) => object,
  after: string,
): AsyncGenerator<string> {
  let head = before;
  for await (const some of rows) {
    if (some.length === 0) continue;
    yield head + some.map((row) => JSON.stringify(make(row))).join(",");
    head = ",";
  }
  yield (head === before ? before : "") + after;
}

export const FORMATS: Record<string, Writer> = {
  csv: {
    type: "text/csv; charset=utf-8",
    // No cell here is a list, so that nothing is to be parted by `list_separator`.
    knows: ["delimiter", "list_separator", "quote_all", "with_bom"],
    parts: csv,
  },
  json: {
    type: "application/json; charset=utf-8",
    knows: [],
    parts: ({ names, rows }) => listed("[", rows, ({ cells }) => recordOf(names, cells), "]"),
  },
  geojson: {
    type: "application/geo+json",
    knows: [],
    parts: ({ names, rows }) =>
      listed(
        '{"type":"FeatureCollection","features":[',
        rows,
        ({ id, cells, place }) => ({ type: "Feature", id, geometry: place, properties: recordOf(names, cells) }),
        "]}",
      ),
  },
};
