import type { Geometry } from "./geometry.ts";
import type { Cell, Column } from "./schema.ts";

/** A dataset in memory: one array a column, and a geometry (or none) for each row. */
export interface Frame {
  columns: Column[];
  /** By column, then by row. */
  cells: Cell[][];
  /** By row; undefined where the dataset has no places. */
  places: (Geometry | null)[] | undefined;
  /** What was repaired or assumed on the way in, in English sentences. */
  notes: string[];
}

export const rowsOf = (frame: Pick<Frame, "cells" | "places">): number =>
  frame.places?.length ?? frame.cells[0]?.length ?? 0;

export const recordOf = (frame: Pick<Frame, "columns" | "cells">, row: number): Record<string, Cell> =>
  Object.fromEntries(frame.columns.map(({ name }, i) => [name, frame.cells[i]![row] ?? null]));
