import type { Here } from "../../shared/here.ts";
import type { Box, Geometry } from "./geometry.ts";
import { enoughWithin, LARGE_ROWS, overviewOf } from "./overview.ts";
import type { Filter } from "./query/filter.ts";
import { find } from "./query/find.ts";
import { made } from "./query/reading.ts";
import type { Cell, Dataset, Version } from "./schema.ts";
import { load } from "./store.ts";
import type { Opened } from "./stored/opened.ts";

/** A row with a place; its id is its number in the version, from 1, as everywhere. */
export interface Place {
  type: "Feature";
  id: number;
  geometry: Geometry;
  properties: Record<string, Cell>;
}

export interface Places {
  /** How many touch the box and fit the filter, and where there are more than `most`, each how many-th was taken. */
  matched: number;
  places: Place[];
}

/**
 * The rows of a version whose place touches a box: all that maps and tiles ask of a dataset. Where there are more than
 * `most`, they are taken evenly in the dataset's order, so that what is left out is left out everywhere alike; of a large
 * version they are taken from its overview.
 *
 * @param columns  those whose cells are wanted; all unless named
 */
export async function placesIn(
  here: Here,
  dataset: Dataset,
  version: Version,
  {
    bbox,
    most,
    columns,
    filter,
  }: { bbox: Box; most: number; columns?: readonly string[] | undefined; filter?: Filter | undefined },
): Promise<Places> {
  const data = await load(here, dataset, version);
  const wanted = data.columns.flatMap(({ name }, i) =>
    !columns || columns.includes(name) ? [[name, i] as const] : [],
  );
  const placesOf = (from: Opened, rows: readonly number[], numberAt?: number): Promise<Place[]> =>
    made(
      from,
      rows,
      { columns: [...wanted.map(([, i]) => i), ...(numberAt === undefined ? [] : [numberAt])], places: true },
      (read, at) => ({
        type: "Feature",
        id: (numberAt === undefined ? read.from + at : (read.cells[numberAt]![at] as number)) + 1,
        geometry: read.places![at]!,
        properties: Object.fromEntries(wanted.map(([name, i]) => [name, read.cells[i]![at] ?? null])),
      }),
    );
  if (!filter && data.rows >= LARGE_ROWS) {
    const { matched } = await data.within(bbox, 0, 0);
    if (matched > most) {
      const overview = await overviewOf(here, dataset, version, data);
      const rows = await enoughWithin(overview, bbox);
      if (rows) return { matched, places: await placesOf(overview.data, evenly(rows, most), overview.numberAt) };
    }
  }
  const all = Number.MAX_SAFE_INTEGER;
  const { rows, matched } = await find(data, { bbox, filter, equals: {}, offset: 0, limit: all });
  return { matched, places: await placesOf(data, evenly(rows, most)) };
}

/** At most so many of a list, spread over all of it. */
export const evenly = <T>(all: readonly T[], most: number): readonly T[] =>
  all.length <= most ? all : Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]!);

/** Where one row is, if it is anywhere. */
export async function placeOf(
  here: Here,
  dataset: Dataset,
  version: Version,
  id: number,
): Promise<Geometry | undefined> {
  const data = await load(here, dataset, version);
  if (id < 1 || id > data.rows) return undefined;
  const [place] = await made(data, [id - 1], { columns: [], places: true }, (read, at) => read.places?.[at]);
  return place ?? undefined;
}
