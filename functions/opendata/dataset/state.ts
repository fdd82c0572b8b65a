import { Fault } from "../../../shared/errors.ts";
import { numberIn } from "../asking.ts";
import type { Filter } from "../query/filter.ts";
import type { Column } from "../schema.ts";
import { askedWords } from "../words.ts";

export const HOWS = ["count", "sum", "avg"] as const;
export type How = (typeof HOWS)[number];

/** What of a dataset its page shows. All of it stands in the page's address, and nothing else does. */
export interface State {
  version?: number;
  /** Words that must stand in a row. */
  q: string;
  /** Columns and what their cells must be equal to. */
  equals: readonly (readonly [column: string, value: string])[];
  /** A column, `-` before it for descending; empty for the dataset's own order. */
  sort: string;
  offset: number;
  /** The chart: rows by the values of a column, counted, or a column of numbers summed up. */
  chart?: { by: string; how: How; of?: string };
}

const EQUALS = "f.";
const EQUALS_MAX = 10;

/** @throws {Fault} malformed: a column that is not there */
export function readState(query: Record<string, string>, columns: readonly Column[]): State {
  const demand = (name: string): Column => {
    const found = columns.find((column) => column.name === name);
    if (!found) throw new Fault("malformed", `There is no column ${name.slice(0, 80)}.`);
    return found;
  };
  const equals = Object.entries(query)
    .filter(([name, value]) => name.startsWith(EQUALS) && value !== "")
    .map(([name, value]) => [demand(name.slice(EQUALS.length)).name, value.slice(0, 400)] as const);
  if (equals.length > EQUALS_MAX) throw new Fault("malformed", `At most ${EQUALS_MAX} columns are asked at once.`);
  const sort = query["sort"] ?? "";
  const version = query["version"];
  return {
    ...(version === undefined ? {} : { version: numberIn(version, "version", 1, 1_000_000, 1) }),
    q: (query["q"] ?? "").slice(0, 200),
    equals,
    sort: columns.some(({ name }) => name === sort.replace(/^-/, "")) ? sort : "",
    offset: numberIn(query["offset"], "offset", 0, Number.MAX_SAFE_INTEGER, 0),
    ...chartIn(query, demand),
  };
}

function chartIn(query: Record<string, string>, demand: (name: string) => Column): Pick<State, "chart"> {
  const { by, of } = query;
  if (!by) return {};
  const how = HOWS.find((one) => one === query["how"]) ?? "count";
  demand(by);
  if (how === "count") return { chart: { by, how } };
  const { type } = demand(of ?? "");
  if (type !== "integer" && type !== "number") throw new Fault("malformed", `${of} is no column of numbers.`);
  return { chart: { by, how, of: of! } };
}

type Pairs = readonly (readonly [string, string])[];
const addressed = (pairs: Pairs): string =>
  new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value])).toString();

/** The same, as the query of an address; nothing of it is said that goes without saying. */
export function queryOf(state: State): string {
  const { version, q, equals, sort, offset, chart } = state;
  const query = addressed([
    ...(version === undefined ? [] : [["version", String(version)] as const]),
    ...(q ? [["q", q] as const] : []),
    ...equals.map(([column, value]) => [EQUALS + column, value] as const),
    ...(sort ? [["sort", sort] as const] : []),
    ...(offset > 0 ? [["offset", String(offset)] as const] : []),
    ...(chart ? Object.entries(chart).filter(([name, value]) => name !== "how" || value !== "count") : []),
  ]);
  return query ? `?${query}` : "";
}

/** A state in which one more column must be equal to a value; what was shown of the rows begins anew. */
export const narrowed = (state: State, column: string, value: string): State => ({
  ...state,
  offset: 0,
  equals: [...state.equals.filter(([name]) => name !== column), [column, value]],
});

export const isFiltered = ({ q, equals }: State): boolean => q !== "" || equals.length > 0;

/** What a row must be to be shown; undefined where every row is. */
export function filterOf({ q, equals }: State): Filter | undefined {
  const words = askedWords(q);
  const all: Filter[] = equals.map(([column, value]) => ({ op: "compare", column, by: "=", value }));
  if (words.length > 0) all.push({ op: "words", columns: "any", words });
  return all.length === 0 ? undefined : { op: "and", of: all };
}

/** The same question to the interface that can be asked it: the address below the city. */
export function callOf(slug: string, datasetId: string, state: State, limit: number): string {
  const { version, q, equals, sort, offset, chart } = state;
  if (chart && !q) {
    const value = chart.of === undefined ? "count(*)" : `${chart.how}(\`${chart.of}\`)`;
    const where = equals.map(([name, wanted]) => `\`${name}\`="${wanted.replaceAll('"', '""')}"`).join(" and ");
    const query = addressed([
      ["select", `${value} as value`],
      ["group_by", `\`${chart.by}\``],
      ...(where ? [["where", where] as const] : []),
      ["limit", "100"],
    ]);
    return `/api/explore/v2.1/catalog/datasets/${slug}/records?${query}`;
  }
  // An earlier version can be asked of the house's own interface alone.
  if (version !== undefined || (!q && !sort && equals.length === 0)) {
    const query = addressed([
      ...equals,
      ...(version === undefined ? [] : [["version", String(version)] as const]),
      ["limit", String(limit)],
      ...(offset > 0 ? [["cursor", String(offset)] as const] : []),
    ]);
    return `/v1/datasets/${slug}/records?${query}`;
  }
  const column = sort.replace(/^-/, "");
  const query = addressed([
    ["resource_id", `${datasetId}-csv`],
    ...(q ? [["q", q] as const] : []),
    ...(equals.length > 0 ? [["filters", JSON.stringify(Object.fromEntries(equals))] as const] : []),
    ...(sort ? [["sort", `"${column}"${sort.startsWith("-") ? " desc" : ""}`] as const] : []),
    ["limit", String(limit)],
    ...(offset > 0 ? [["offset", String(offset)] as const] : []),
  ]);
  return `/api/3/action/datastore_search?${query}`;
}
