import { Fault } from "../../../shared/errors.ts";
import { numberIn } from "../asking.ts";
import { readEarthBox } from "../domain.ts";
import { areaOf, type Box, unwrapped } from "../geometry.ts";
import type { Filter } from "../query/filter.ts";
import type { Column } from "../schema.ts";
import { askedWords } from "../words.ts";

export const HOWS = ["count", "sum", "avg"] as const;
export type How = (typeof HOWS)[number];

/** What a cell lies between, both included: numbers, or days and instants as they begin. */
export interface Range {
  from?: string;
  to?: string;
}

/** What of a dataset its page shows. All of it stands in the page's address, and nothing else does. */
export interface State {
  version?: number;
  /** Words that must stand in a row. */
  q: string;
  /** Columns and what their cells must be equal to: one of these. */
  equals: readonly (readonly [column: string, values: readonly string[]])[];
  /** Columns of numbers, days and instants, and what their cells must lie between. */
  between: readonly (readonly [column: string, range: Range])[];
  /** What places must touch. */
  bbox?: Box;
  /** A column, `-` before it for descending; empty for the dataset's own order. */
  sort: string;
  offset: number;
  /** The chart: rows by the values of a column, counted, or a column of numbers summed up. */
  chart?: { by: string; how: How; of?: string };
}
export const EVERYTHING: State = { q: "", equals: [], between: [], sort: "", offset: 0 };

const EQUALS = "f.";
const FROM = "from.";
const TO = "to.";
const COLUMNS_MAX = 10;
const VALUES_MAX = 50;

export const isNumber = ({ type }: Column): boolean => type === "integer" || type === "number";
export const isRanged = (column: Column): boolean =>
  isNumber(column) || column.type === "date" || column.type === "datetime";
const DAY =
  /^\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:T[0-2]\d(?::[0-5]\d(?::[0-5]\d(?:\.\d+)?)?)?Z?)?)?)?$/;

/** Whether a cell of the column can lie from or to it. */
export const isBound = (column: Column, text: string): boolean =>
  isNumber(column) ? text.trim() !== "" && Number.isFinite(Number(text)) : isRanged(column) && DAY.test(text);

/** @throws {Fault} malformed: a column that is not there, or what its cells cannot lie between */
export function readState(query: URLSearchParams, columns: readonly Column[]): State {
  return { ...readRows(query, columns), ...chartIn(query, demanding(columns)) };
}

const demanding =
  (columns: readonly Column[]) =>
  (name: string): Column => {
    const found = columns.find((column) => column.name === name);
    if (!found) throw new Fault("malformed", `There is no column ${name.slice(0, 80)}.`);
    return found;
  };

/** Parameters that choose some of a version's rows. */
export const isOfFilter = (name: string): boolean =>
  name === "q" || name === "bbox" || [EQUALS, FROM, TO].some((prefix) => name.startsWith(prefix));
/** Parameters that say which rows are shown, and in which order. */
export const isOfRows = (name: string): boolean => name === "version" || name === "sort" || isOfFilter(name);

/** Which rows are asked for. @throws {Fault} malformed */
export function readRows(query: URLSearchParams, columns: readonly Column[]): State {
  const demand = demanding(columns);
  const equals = new Map<string, string[]>();
  const between = new Map<string, Range>();
  for (const [name, given] of query) {
    const value = given.slice(0, 400);
    if (value === "") continue;
    if (name.startsWith(EQUALS)) {
      const column = demand(name.slice(EQUALS.length)).name;
      equals.set(column, [...new Set([...(equals.get(column) ?? []), value])]);
    }
    for (const [prefix, end] of [
      [FROM, "from"],
      [TO, "to"],
    ] as const) {
      if (!name.startsWith(prefix)) continue;
      const column = demand(name.slice(prefix.length));
      if (!isBound(column, value))
        throw new Fault("malformed", `${name.slice(0, 80)} is a number, or a day such as 2026-01-31.`);
      between.set(column.name, { ...between.get(column.name), [end]: value });
    }
  }
  if (equals.size + between.size > COLUMNS_MAX)
    throw new Fault("malformed", `At most ${COLUMNS_MAX} columns are asked at once.`);
  if ([...equals.values()].some(({ length }) => length > VALUES_MAX))
    throw new Fault("malformed", `At most ${VALUES_MAX} values of a column are asked at once.`);
  const given = (name: string) => query.get(name) || undefined;
  const [sort, version, bbox] = [given("sort") ?? "", given("version"), given("bbox")];
  return {
    ...(version === undefined ? {} : { version: numberIn(version, "version", 1, 1_000_000, 1) }),
    q: (given("q") ?? "").slice(0, 200),
    equals: [...equals],
    between: [...between],
    ...(bbox === undefined ? {} : { bbox: readEarthBox(bbox) }),
    sort: columns.some(({ name }) => name === sort.replace(/^-/, "")) ? sort : "",
    offset: numberIn(given("offset"), "offset", 0, Number.MAX_SAFE_INTEGER, 0),
  };
}

function chartIn(query: URLSearchParams, demand: (name: string) => Column): Pick<State, "chart"> {
  const [by, of] = [query.get("by"), query.get("of")];
  if (!by) return {};
  const how = HOWS.find((one) => one === query.get("how")) ?? "count";
  demand(by);
  if (how === "count") return { chart: { by, how } };
  if (!isNumber(demand(of ?? ""))) throw new Fault("malformed", `${of} is no column of numbers.`);
  return { chart: { by, how, of: of! } };
}

type Pairs = readonly (readonly [string, string])[];
const addressed = (pairs: Pairs): string =>
  new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value])).toString();

/** Which rows are shown, as a query has it: what leads to other forms of the same rows. */
const filterPairs = ({ version, q, equals, between, bbox }: State): Pairs => [
  ...(version === undefined ? [] : [["version", String(version)] as const]),
  ...(q ? [["q", q] as const] : []),
  ...equals.flatMap(([column, values]) => values.map((value) => [EQUALS + column, value] as const)),
  ...between.flatMap(([column, { from, to }]) => [
    ...(from === undefined ? [] : [[FROM + column, from] as const]),
    ...(to === undefined ? [] : [[TO + column, to] as const]),
  ]),
  ...(bbox ? [["bbox", bbox.join()] as const] : []),
];
const asQuery = (pairs: Pairs): string => (pairs.length > 0 ? `?${addressed(pairs)}` : "");

/** Which rows are shown, as the query of a file's address. */
export const filterQueryOf = (state: State): string => asQuery(filterPairs(state));

/** The same, as the query of an address; nothing of it is said that goes without saying. */
export function queryOf(state: State): string {
  const { sort, offset, chart } = state;
  return asQuery([
    ...filterPairs(state),
    ...(sort ? [["sort", sort] as const] : []),
    ...(offset > 0 ? [["offset", String(offset)] as const] : []),
    ...(chart ? Object.entries(chart).filter(([name, value]) => name !== "how" || value !== "count") : []),
  ]);
}

/** A state in which a column may be equal to one more value; what was shown of the rows begins anew. */
export const widened = (state: State, column: string, value: string): State => {
  const values = state.equals.find(([name]) => name === column)?.[1] ?? [];
  const others = state.equals.filter(([name]) => name !== column);
  return { ...state, offset: 0, equals: [...others, [column, [...new Set([...values, value])]]] };
};

/** A state in which a column lies between others than before. */
export const ranged = (state: State, column: string, range: Range): State => ({
  ...state,
  offset: 0,
  between: [...state.between.filter(([name]) => name !== column), [column, range]],
});

/** The same without one value of a column. */
export const without = (state: State, column: string, value: string): State => ({
  ...state,
  offset: 0,
  equals: state.equals.flatMap(([name, values]) => {
    const left = name === column ? values.filter((one) => one !== value) : values;
    return left.length > 0 ? [[name, left] as const] : [];
  }),
});

export const isFiltered = ({ q, equals, between, bbox }: State): boolean =>
  q !== "" || equals.length > 0 || between.length > 0 || bbox !== undefined;

/** What a row must be to be shown; undefined where every row is. */
export function filterOf({ q, equals, between, bbox }: State, columns: readonly Column[]): Filter | undefined {
  const words = askedWords(q);
  const all: Filter[] = equals.map(([column, values]) =>
    values.length > 1 ? { op: "in", column, values } : { op: "compare", column, by: "=", value: values[0]! },
  );
  for (const [column, { from, to }] of between) {
    if (!isNumber(columns.find(({ name }) => name === column)!)) all.push({ op: "during", column, from, to });
    else {
      if (from !== undefined) all.push({ op: "compare", column, by: ">=", value: Number(from) });
      if (to !== undefined) all.push({ op: "compare", column, by: "<=", value: Number(to) });
    }
  }
  if (words.length > 0) all.push({ op: "words", columns: "any", words });
  if (bbox) {
    const parts = unwrapped(bbox).map((box): Filter => ({ op: "intersects", geometry: areaOf(box) }));
    all.push(parts.length > 1 ? { op: "or", of: parts } : parts[0]!);
  }
  return all.length === 0 ? undefined : { op: "and", of: all };
}

/** The same question to the interface that can be asked it: the address below the city. */
export function callOf(slug: string, state: State, columns: readonly Column[], limit: number): string {
  const { version, q, bbox, sort, offset, chart } = state;
  const where = chart && version === undefined && !q && !bbox ? whereOf(state, columns) : undefined;
  if (chart && where !== undefined) {
    const value = chart.of === undefined ? "count(*)" : `${chart.how}(\`${chart.of}\`)`;
    const query = addressed([
      ["select", `${value} as value`],
      ["group_by", `\`${chart.by}\``],
      ...(where ? [["where", where] as const] : []),
      ["limit", "100"],
    ]);
    return `/api/explore/v2.1/catalog/datasets/${slug}/records?${query}`;
  }
  const query = addressed([
    ...filterPairs(state),
    ...(sort ? [["sort", sort] as const] : []),
    ["limit", String(limit)],
    ...(offset > 0 ? [["cursor", String(offset)] as const] : []),
  ]);
  return `/v1/datasets/${slug}/records?${query}`;
}

/** The filter in the language of Explore; undefined where that cannot say it: until the end of a day, or of a month. */
function whereOf({ equals, between }: State, columns: readonly Column[]): string | undefined {
  const text = (value: string) => `"${value.replaceAll('"', '""')}"`;
  const all = equals.map(([name, values]) =>
    values.length > 1 ? `\`${name}\` in (${values.map(text).join(", ")})` : `\`${name}\`=${text(values[0]!)}`,
  );
  for (const [name, { from, to }] of between) {
    const column = columns.find((one) => one.name === name)!;
    const bound = (value: string) => (isNumber(column) ? value : text(value));
    if (to !== undefined && !isNumber(column) && !(column.type === "date" && to.length === 10)) return undefined;
    if (from !== undefined) all.push(`\`${name}\`>=${bound(from)}`);
    if (to !== undefined) all.push(`\`${name}\`<=${bound(to)}`);
  }
  return all.join(" and ");
}
