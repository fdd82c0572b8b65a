import type { Geometry } from "./geometry.ts";
import { everyColumn, made, recordOf } from "./query/reading.ts";
import type { Cell } from "./schema.ts";
import type { Opened, Rows } from "./stored/opened.ts";

export interface Feature {
  type: "Feature";
  id: number;
  geometry: Geometry | null;
  properties: Record<string, Cell>;
}

/** A row as a feature; its id is its number in the version, from 1. */
export const featureOf = (rows: Rows, at: number): Feature => ({
  type: "Feature",
  id: rows.from + at + 1,
  geometry: rows.places?.[at] ?? null,
  properties: recordOf(rows, at),
});

// A published row never changes: its text is made once, and goes when its rows are forgotten.
const texts = new WeakMap<Rows, string[]>();

/** The same as JSON. */
export function featureText(rows: Rows, at: number): string {
  let known = texts.get(rows);
  if (!known) {
    known = [];
    texts.set(rows, known);
  }
  known[at] ??= JSON.stringify(featureOf(rows, at));
  return known[at];
}

/** What `make` makes of these features. */
export const features = <T>(data: Opened, rows: readonly number[], make: (rows: Rows, at: number) => T): Promise<T[]> =>
  made(data, rows, { columns: everyColumn(data), places: true }, make);
