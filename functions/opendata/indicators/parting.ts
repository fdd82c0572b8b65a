import { setImmediate } from "node:timers/promises";
import { booleanIntersects } from "@turf/boolean-intersects";
import { boxOf, type Geometry } from "../geometry.ts";
import { parts } from "../query/reading.ts";
import type { Cell } from "../schema.ts";
import { touch } from "../stored/boxes.ts";
import type { Opened } from "../stored/opened.ts";
import type { Row } from "./formula.ts";
import { columnNames } from "./names.ts";

/** More districts than this make no table that anybody reads. */
export const DISTRICTS_MAX = 100;

export interface Area {
  name: string;
  shape: Geometry;
}

/** The areas of a dataset of districts; undefined where there are too many. */
export async function areasOf(data: Opened, column: number): Promise<Area[] | undefined> {
  const areas: Area[] = [];
  if (data.rows > DISTRICTS_MAX * 5) return undefined;
  for await (const { rows } of parts(data, undefined, { columns: [column], places: true }))
    for (let i = 0; i < rows.rows; i++) {
      const [name, shape] = [rows.cells[column]![i] ?? null, rows.places?.[i]];
      if (name !== null && shape && /Polygon$/.test(shape.type)) areas.push({ name: nameOf(name), shape });
    }
  return new Set(areas.map(({ name }) => name)).size > DISTRICTS_MAX ? undefined : areas;
}

const nameOf = (cell: NonNullable<Cell>): string => String(cell).slice(0, 120);

/** Says in which area a place is: the first one that its middle lies in. */
export function finder(areas: readonly Area[]): (place: Geometry) => string | undefined {
  const boxed = areas.map((area) => ({ ...area, box: boxOf(area.shape) }));
  return (place) => {
    const [west, south, east, north] = boxOf(place);
    const [lon, lat] = [(west + east) / 2, (south + north) / 2];
    const middle: Geometry = { type: "Point", coordinates: [lon, lat] };
    return boxed.find(({ box, shape }) => touch(box, [lon, lat, lon, lat]) && booleanIntersects(middle, shape))?.name;
  };
}

/** What tells a row's district: a column of its own, by its name, or where it lies. */
export type Parter = { column: string } | { find: (place: Geometry) => string | undefined };

/** A row, and the district that it is in. */
export interface Placed {
  row: Row;
  district: string | undefined;
}

/**
 * The rows of a version with what a formula reads of them.
 * @param read   columns by their names in formulas
 */
export async function placedRows(data: Opened, read: readonly string[], by: Parter | undefined): Promise<Placed[]> {
  const names = columnNames(data.columns);
  const wanted = read.map((name) => names.indexOf(name));
  const own = by && "column" in by ? data.columns.findIndex(({ name }) => name === by.column) : -1;
  const find = by && "find" in by ? by.find : undefined;
  const placed: Placed[] = [];
  const columns = [...new Set(own < 0 ? wanted : [...wanted, own])];
  for await (const { rows } of parts(data, undefined, { columns, places: find !== undefined }))
    for (let i = 0; i < rows.rows; i++) {
      // Areas may have long borders: requests are answered meanwhile.
      if (find && i % 500 === 499) await setImmediate();
      const row = Object.fromEntries(read.map((name, j) => [name, rows.cells[wanted[j]!]![i] ?? null]));
      const cell = own < 0 ? null : (rows.cells[own]![i] ?? null);
      const place = find && rows.places?.[i];
      placed.push({ row, district: place ? find(place) : cell === null || cell === "" ? undefined : nameOf(cell) });
    }
  return placed;
}
