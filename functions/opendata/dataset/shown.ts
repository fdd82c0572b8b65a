import type { Geometry } from "../geometry.ts";
import { countOf, type Matched, matching, pageOf } from "../query/matching.ts";
import { columnAt, made, recordsOf, sorted } from "../query/reading.ts";
import { answerSelect } from "../query/select.ts";
import type { Cell } from "../schema.ts";
import type { Opened } from "../stored/opened.ts";
import { filterOf, type State } from "./state.ts";

export const ROWS_A_PAGE = 25;
/** A drawn map shows no more. */
const PLACES_MAX = 2_000;
const BARS_MAX = 24;

export interface Bars {
  points: { label: Cell; value: number }[];
  /** Groups in all; the greatest are shown. */
  total: number;
}
/** What a page shows of a dataset's rows in one state. */
export interface ShownRows {
  /** Of this page. */
  records: Record<string, Cell>[];
  /** That fit the filter. */
  total: number;
}

export async function fitting(data: Opened, state: State): Promise<Matched> {
  const filter = filterOf(state, data.columns);
  return filter && (await matching(data, filter));
}

/** A page of rows in the order that is asked for, by their numbers. */
export async function pageIn(data: Opened, matched: Matched, { sort, offset }: State, limit: number) {
  const order = sort ? [{ column: columnAt(data, sort.replace(/^-/, "")), isDescending: sort.startsWith("-") }] : [];
  return pageOf(data, await sorted(data, matched, order, alike, "always"), offset, limit);
}

export async function rowsOf(data: Opened, matched: Matched, state: State): Promise<ShownRows> {
  return {
    records: await recordsOf(data, await pageIn(data, matched, state, ROWS_A_PAGE)),
    total: countOf(data, matched),
  };
}

const collator = new Intl.Collator("en", { numeric: true });
/** As a reader of a table expects it: numbers by value, texts by letter whatever their case. */
export const alike = (a: NonNullable<Cell>, b: NonNullable<Cell>): number =>
  typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));

/** Where the rows lie, as many as a map shows; of all rows those of the first row group. */
export async function placesOf(data: Opened, matched: Matched): Promise<readonly (Geometry | null)[] | undefined> {
  if (!data.hasPlaces || data.rows === 0) return undefined;
  if (!matched) return (await data.group(0, { columns: [], places: true })).places;
  const some = matched.slice(0, PLACES_MAX);
  return made(data, some, { columns: [], places: true }, ({ places }, at) => places?.[at] ?? null);
}

/** Rows by the values of a column. Days and numbers stand in their order, everything else by how much there is. */
export async function barsOf(data: Opened, state: State): Promise<Bars | undefined> {
  const { chart } = state;
  if (!chart) return undefined;
  const { by, how, of } = chart;
  const { type } = data.columns[columnAt(data, by)]!;
  const where = filterOf(state, data.columns);
  const aggregate = { name: "value", aggregate: how, column: of ?? "*" } as const;
  const { records, total } = await answerSelect(
    data,
    {
      table: "",
      items: [{ name: "label", column: by }, aggregate],
      groupBy: [by],
      orderBy: [
        type === "text" || type === "boolean" ? { by: "value", isDescending: true } : { by, isDescending: true },
      ],
      offset: 0,
      ...(where ? { where } : {}),
    },
    BARS_MAX,
  );
  const points = records.flatMap(({ label, value }) =>
    typeof value === "number" && label !== null ? [{ label: label ?? null, value }] : [],
  );
  return { points: type === "text" || type === "boolean" ? points : points.reverse(), total };
}
