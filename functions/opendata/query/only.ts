import { setImmediate } from "node:timers/promises";
import { type Box, boxOf, type Geometry } from "../geometry.ts";
import type { Cell } from "../schema.ts";
import { joined } from "../stored/boxes.ts";
import type { Opened } from "../stored/opened.ts";
import type { Matched } from "./matching.ts";
import { everyColumn, parts } from "./reading.ts";

/** What goes through a version once, group by group, needs of it. */
export type Passed = Pick<Opened, "columns" | "rows" | "bbox" | "hasPlaces" | "groups" | "through">;

const ROWS_A_GROUP = 10_000;

/** Some rows of a version, in its order, as if they were all that there is; they keep their numbers. */
export async function only(data: Opened, rows: Matched): Promise<Passed> {
  if (!rows) return data;
  const count = Math.ceil(rows.length / ROWS_A_GROUP);
  const groups = Array.from({ length: count }, (_, i) => ({
    from: i * ROWS_A_GROUP,
    rows: Math.min(ROWS_A_GROUP, rows.length - i * ROWS_A_GROUP),
    bbox: undefined,
    bytes: 0,
  }));
  return {
    columns: data.columns,
    rows: rows.length,
    bbox: data.hasPlaces ? await boxAround(data, rows) : undefined,
    hasPlaces: data.hasPlaces,
    groups,
    async *through(index) {
      const { from, rows: size } = groups[index]!;
      const numbers = rows.slice(from, from + size);
      const cells = data.columns.map(() => [] as Cell[]);
      const places: (Geometry | null)[] = [];
      for await (const { rows: read, at } of parts(data, numbers, { columns: everyColumn(data), places: true }))
        for (const i of at!) {
          for (const [column, own] of cells.entries()) own.push(read.cells[column]![i] ?? null);
          places.push(read.places?.[i] ?? null);
        }
      yield { from, rows: size, numbers, columns: data.columns, cells, places };
    },
  };
}

async function boxAround(data: Opened, rows: readonly number[]): Promise<Box | undefined> {
  let box: Box | undefined;
  for await (const { rows: read, at } of parts(data, rows, { columns: [], places: true })) {
    for (const i of at!) {
      const place = read.places?.[i];
      if (place) box = joined(box, boxOf(place));
    }
    await setImmediate();
  }
  return box;
}
