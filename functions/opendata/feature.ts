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

// A published row never changes: its text is made once, and goes when the version itself is forgotten.
const texts = new WeakMap<Loaded, string[]>();

/** The same as JSON. */
export function featureText(data: Loaded, row: number): string {
  let made = texts.get(data);
  if (!made) {
    made = [];
    texts.set(data, made);
  }
  made[row] ??= JSON.stringify(featureOf(data, row));
  return made[row];
}
