import type { Here } from "../../shared/here.ts";
import { ARRANGED, arrangedOf, inOrderWithin } from "./copies/arranged.ts";
import { LARGE_ROWS } from "./copies/copy.ts";
import { overviewOf } from "./copies/overview.ts";
import type { Box, Geometry } from "./geometry.ts";
import { plan } from "./making.ts";
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
  /** Fewer than there will be: a large version is still being made ready for maps. */
  isForNow: boolean;
}

/** Fewer than this of an overview in a box are no picture of what is there. */
const ENOUGH = 1_000;

/**
 * The rows of a version whose place touches a box: all that maps and tiles ask of a dataset. Where there are more than
 * `most`, they are taken evenly in the dataset's order, so that what is left out is left out everywhere alike. Of a large
 * version they come from one of its copies: the overview from afar, and what was arranged by place from near.
 *
 * @param columns    those whose cells are wanted; all unless named
 * @param fewForNow  until a large version is arranged, some of them at once are better than all of them in seconds
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
    fewForNow = false,
  }: {
    bbox: Box;
    most: number;
    columns?: readonly string[] | undefined;
    filter?: Filter | undefined;
    fewForNow?: boolean;
  },
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
  if (!filter && data.rows >= LARGE_ROWS && bbox[0] <= bbox[2]) {
    const { matched } = await data.within(bbox, 0, 0);
    const arranged = await arrangedOf(here, dataset, version);
    if (!arranged) await plan(here, dataset, version, ARRANGED);
    if (matched > most || (!arranged && fewForNow)) {
      const { data: some, numberAt } = await overviewOf(here, dataset, version, data);
      const { rows } = await some.within(bbox);
      const isEnough = matched > most && rows.length >= ENOUGH;
      if (isEnough || (!arranged && fewForNow)) {
        const places = await placesOf(some, evenly(rows, most), numberAt);
        return { matched, places, isForNow: !isEnough && rows.length < matched };
      }
    }
    if (arranged) {
      const rows = evenly(await inOrderWithin(arranged, bbox), most);
      return { matched, places: await placesOf(arranged.data, rows, arranged.numberAt), isForNow: false };
    }
  }
  const all = Number.MAX_SAFE_INTEGER;
  const { rows, matched } = await find(data, { bbox, filter, equals: {}, offset: 0, limit: all });
  return { matched, places: await placesOf(data, evenly(rows, most)), isForNow: false };
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
