import { recordOf } from "./frame.ts";
import type { Geometry } from "./geometry.ts";
import type { Loaded } from "./pack.ts";
import type { Cell } from "./schema.ts";

export interface Feature {
  type: "Feature";
  id: number;
  geometry: Geometry | null;
  properties: Record<string, Cell>;
}

/** A row as a feature; its id is its number in the version, from 1. */
export const featureOf = (data: Loaded, row: number): Feature => ({
  type: "Feature",
  id: row + 1,
  geometry: data.places?.[row] ?? null,
  properties: recordOf(data, row),
});
