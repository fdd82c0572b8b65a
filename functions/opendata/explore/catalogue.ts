import { Fault } from "../../../shared/errors.ts";
import { order, testOf } from "../query/filter.ts";
import { columnsIn } from "../query/matching.ts";
import { demandColumns, demandPlaces } from "../query/select.ts";
import type { Select } from "../query/sql.ts";
import type { Cell, Column, ColumnType, Dataset } from "../schema.ts";
import type { Refinement } from "./refining.ts";

/** What a catalogue is asked by, as the Explore API names it: of each dataset no value, one or several. */
const FIELDS: Record<string, { type: ColumnType; of: (dataset: Dataset) => readonly NonNullable<Cell>[] }> = {
  dataset_id: { type: "text", of: ({ slug }) => [slug] },
  title: { type: "text", of: ({ card }) => [card.title] },
  description: { type: "text", of: ({ card }) => [card.description] },
  publisher: { type: "text", of: ({ card }) => [card.source] },
  license: { type: "text", of: ({ card }) => [card.licence] },
  keyword: { type: "text", of: ({ card }) => card.keywords ?? [] },
  theme: { type: "text", of: ({ card }) => (card.theme ? [card.theme] : []) },
  language: { type: "text", of: ({ card }) => card.languages ?? [] },
  modified: { type: "datetime", of: ({ latest }) => [latest.publishedAt] },
  records_count: { type: "integer", of: ({ latest }) => [latest.rows] },
};
const COLUMNS: readonly Column[] = Object.entries(FIELDS).map(([name, { type }]) => ({ name, type }));

const FACETS = ["publisher", "license", "keyword", "theme", "language"];

/** How many of these datasets have each value of a facet, the most frequent first. @throws {Fault} malformed */
export function facetsOf(datasets: readonly Dataset[], names: readonly string[]) {
  return (names.length > 0 ? names : FACETS).map((name) => {
    if (!FACETS.includes(name)) throw new Fault("malformed", `Facets of the catalogue are ${FACETS.join(", ")}.`);
    const counts = new Map<string, number>();
    for (const dataset of datasets)
      for (const value of new Set(FIELDS[name]!.of(dataset).map(String)))
        counts.set(value, (counts.get(value) ?? 0) + 1);
    const values = [...counts].sort(([a, n], [b, m]) => m - n || order(a, b));
    return { name, facets: values.map(([value, count]) => facetOf(value, count)) };
  });
}

/** A value of a facet as the Explore API shows it. */
export const facetOf = (value: string, count: number) => ({ name: value, count, state: "displayed", value });

/** As a table has it: several values stand in one cell. */
function cellOf(dataset: Dataset, name: string): Cell {
  const values = FIELDS[name]!.of(dataset);
  return values.length > 1 ? values.join(", ") : (values[0] ?? null);
}

/** The datasets that fit, in the order that is asked for. @throws {Fault} malformed: there is no such field */
export function askedOfCatalogue(
  all: readonly Dataset[],
  { where, orderBy }: Pick<Select, "where" | "orderBy">,
  refinements: readonly Refinement[],
): Dataset[] {
  demandPlaces({ hasPlaces: false }, where);
  const names = [...(where ? columnsIn(where, COLUMNS) : []), ...orderBy.map(({ by }) => by)];
  demandColumns({ columns: COLUMNS }, [...names, ...refinements.map(({ column }) => column)]);
  const cells = COLUMNS.map(({ name }) => all.map((dataset) => cellOf(dataset, name)));
  const fits = where ? testOf(where, { columns: COLUMNS, cells }) : () => true;
  const isOfThem = (dataset: Dataset) =>
    refinements.every(
      ({ column, value, isOut }) => FIELDS[column]!.of(dataset).some((one) => String(one) === value) !== isOut,
    );
  return all
    .filter((dataset, i) => fits(i) && isOfThem(dataset))
    .sort((a, b) => {
      for (const { by, isDescending } of orderBy) {
        const [x, y] = [cellOf(a, by), cellOf(b, by)];
        const sign = x === null || y === null ? (x === y ? 0 : x === null ? 1 : -1) : order(x, y);
        if (sign !== 0) return isDescending ? -sign : sign;
      }
      return 0;
    });
}

/** Some of what is said of a dataset. @throws {Fault} malformed: it is not a list of names that are there */
export function chosenOf(items: Select["items"], said: Record<string, unknown>): Record<string, unknown> {
  const chosen = items.flatMap((item) => {
    if (item === "*") return Object.entries(said);
    if ("aggregate" in item || !Object.hasOwn(said, item.column))
      throw new Fault("malformed", `Of a dataset there are ${Object.keys(said).join(", ")}.`);
    return [[item.name, said[item.column]] as [string, unknown]];
  });
  return Object.fromEntries(chosen);
}
