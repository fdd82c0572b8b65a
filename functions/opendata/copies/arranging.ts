import { zxyToTileId } from "pmtiles";
import type { Blobs } from "../../../shared/ports.ts";
import { boxOf } from "../geometry.ts";
import { everyColumn } from "../query/reading.ts";
import type { Version } from "../schema.ts";
import { type fileOf, type Opened, openVersion } from "../stored/opened.ts";
import { type CopiedRow, type CopyKeys, writeCopy } from "./copy.ts";
import { beginSpill, type Spill } from "./spill.ts";

// A version's rows along a Hilbert curve, in little memory: where on the curve each row comes is found from the places
// alone; then every row goes into a file aside, by which stretch of the curve it is on, and comes from there in order.

/** What is to be arranged, and where it comes from and goes. */
export interface Arranging {
  /** Tells the version from every other. */
  name: string;
  version: Version;
  from: ReturnType<typeof fileOf>;
  to: CopyKeys;
  /** A file for the meantime. */
  aside: string;
}

/** The curve goes through so many squares of a version's own box, 4 to this power. */
const DEPTH = 15;
/** So that a square and a row are one number, and numbers sort fast: more rows than a file may have. */
const ROWS = 2 ** 23;
const NOWHERE = 0xffff_ffff;
const STRETCH_ROWS = 25_000;

/** Pauses often; nothing is there before the whole is. */
export async function* arrange({ name, version, from, to, aside }: Arranging, blobs: Blobbed): AsyncGenerator<void> {
  const whole = await openVersion(name, blobs, from, version);
  const { ranks, placed } = yield* ranksOf(whole);
  const spill = await beginSpill(blobs, aside, Math.ceil(placed / STRETCH_ROWS));
  try {
    yield* spillRows(whole, ranks, spill);
    yield* writeCopy(blobs, version, to, inOrder(spill, placed));
  } finally {
    await spill.drop();
  }
}
type Blobbed = Pick<Blobs, "get" | "put" | "begin">;

/** Where along the curve each row's place comes, by the square that has its middle. */
async function* ranksOf(whole: Opened): AsyncGenerator<void, { ranks: Uint32Array; placed: number }> {
  const keys = new Float64Array(whole.rows);
  const [west, south, east, north] = whole.bbox!;
  const side = 2 ** DEPTH - 1;
  const along = (value: number, from: number, to: number) =>
    to > from ? Math.floor(((value - from) / (to - from)) * side) : 0;
  const begin = zxyToTileId(DEPTH, 0, 0);
  let placed = 0;
  for (const index of whole.groups.keys())
    for await (const rows of whole.through(index, { columns: [], places: true })) {
      for (const [at, place] of rows.places!.entries()) {
        if (!place) continue;
        const [w, s, e, n] = boxOf(place);
        const square = zxyToTileId(DEPTH, along((w + e) / 2, west, east), along((s + n) / 2, south, north)) - begin;
        keys[placed++] = square * ROWS + rows.from + at;
      }
      yield;
    }
  const ranks = new Uint32Array(whole.rows).fill(NOWHERE);
  for (const [rank, key] of keys.subarray(0, placed).sort().entries()) ranks[key % ROWS] = rank;
  return { ranks, placed };
}

async function* spillRows(whole: Opened, ranks: Uint32Array, spill: Spill): AsyncGenerator<void> {
  const wanted = { columns: everyColumn(whole), places: true };
  for (const index of whole.groups.keys())
    for await (const { from, rows, cells, places } of whole.through(index, wanted)) {
      for (let at = 0; at < rows; at++) {
        const rank = ranks[from + at]!;
        if (rank === NOWHERE) continue;
        const row: Spilled = [rank, [...cells.map((one) => one![at] ?? null), from + at], places![at]!];
        await spill.add(Math.floor(rank / STRETCH_ROWS), JSON.stringify(row));
      }
      yield;
    }
  await spill.close();
}
type Spilled = [rank: number, ...CopiedRow];

/** What was spilled, stretch by stretch; of one with long rows fewer at a time. */
async function* inOrder(spill: Spill, placed: number): AsyncGenerator<CopiedRow[]> {
  for (let stretch = 0; stretch * STRETCH_ROWS < placed; stretch++) {
    const first = stretch * STRETCH_ROWS;
    const end = Math.min(first + STRETCH_ROWS, placed);
    const atOnce = Math.ceil((end - first) / spill.partsOf(stretch));
    for (let from = first; from < end; from += atOnce) {
      const to = Math.min(from + atOnce, end);
      const rows = new Array<CopiedRow>(to - from);
      for await (const text of spill.textsOf(stretch))
        for (const [rank, cells, place] of JSON.parse(text) as Spilled[])
          if (rank >= from && rank < to) rows[rank - from] = [cells, place];
      yield rows;
    }
  }
}
