import { setImmediate } from "node:timers/promises";
import { Fault } from "../../../shared/errors.ts";
import type { Cell } from "../schema.ts";
import type { Opened } from "../stored/opened.ts";
import { keyOf } from "./filter.ts";
import { HEAVY_ROWS } from "./heavy.ts";
import { countOf, type Matched } from "./matching.ts";
import { parts } from "./reading.ts";

// What rows are sorted by, for all of them at once: numbers as eight bytes each, of texts that recur one each. Anybody
// may ask for it, so it has a bound: 2 million rows by six columns of numbers, or by one of texts of 20 letters each.

const BYTES_MAX = 96 * 1024 * 1024;
/** About what a text takes beside its letters, and a place for it. */
const TEXT_BYTES = 24;
const PLACE_BYTES = 8;
/** So many different texts of a column are known again. */
const KNOWN_MAX = 20_000;

/** The cell of the row at a place among all that are sorted. */
export type Key = (place: number) => Cell;

/** @throws {Fault} malformed: together they are too much to be held */
export async function keysOf(
  data: Opened,
  rows: Matched,
  columns: readonly number[],
  bytesMax = BYTES_MAX,
): Promise<Key[]> {
  const count = countOf(data, rows);
  let left = bytesMax;
  const take = (bytes: number) => {
    left -= bytes;
    if (left < 0)
      throw new Fault(
        "malformed",
        "These rows are too many to be sorted by all of this: sort by fewer or shorter columns, or ask for fewer rows.",
      );
  };
  take(count * PLACE_BYTES * columns.length);
  const held = columns.map((column) => {
    const { type } = data.columns[column]!;
    const keys = type === "integer" || type === "number" ? numbers(count) : texts(count, take);
    return { ...keys, keyOf: keyOf({ type }) };
  });
  let place = 0;
  for await (const { rows: read, at } of parts(data, rows, { columns })) {
    const length = at?.length ?? read.rows;
    for (const [i, column] of columns.entries()) {
      const cells = read.cells[column]!;
      const { put, keyOf } = held[i]!;
      for (let n = 0; n < length; n++) {
        const cell = cells[at ? at[n]! : n]!;
        put(place + n, cell === null ? null : keyOf(cell));
      }
    }
    place += length;
    // Whoever asks for less is answered meanwhile.
    if (count >= HEAVY_ROWS) await setImmediate();
  }
  return held.map(({ key }) => key);
}

interface Held {
  put(place: number, cell: Cell): void;
  key: Key;
}

function numbers(count: number): Held {
  const all = new Float64Array(count);
  return {
    put(place, cell) {
      // No cell is NaN, so that it can stand for none.
      all[place] = cell === null ? Number.NaN : (cell as number);
    },
    key: (place) => (Number.isNaN(all[place]) ? null : all[place]!),
  };
}

function texts(count: number, take: (bytes: number) => void): Held {
  const all = new Array<Cell>(count).fill(null);
  const known = new Map<Cell, Cell>();
  return {
    put(place, cell) {
      if (typeof cell !== "string") {
        all[place] = cell;
        return;
      }
      let text = known.get(cell);
      if (text === undefined) {
        take(TEXT_BYTES + cell.length);
        text = cell;
        if (known.size < KNOWN_MAX) known.set(cell, cell);
      }
      all[place] = text;
    },
    key: (place) => all[place]!,
  };
}
