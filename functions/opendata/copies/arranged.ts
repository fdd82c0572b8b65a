import { zxyToTileId } from "pmtiles";
import type { Here } from "../../../shared/here.ts";
import type { Write } from "../../../shared/table.ts";
import { type Box, boxOf } from "../geometry.ts";
import { type Maker, planning } from "../making.ts";
import { everyColumn, made, parts } from "../query/reading.ts";
import { inOrder } from "../query/sorting.ts";
import type { Dataset, Version } from "../schema.ts";
import { load } from "../store.ts";
import type { Opened, Rows } from "../stored/opened.ts";
import { type CopiedRow, type Copy, copyKeys, dropCopy, LARGE_ROWS, openCopy, writeCopy } from "./copy.ts";

// Whoever looks closely reads all places of a small area. Rows that were published in no order of place are kept once
// more along a Hilbert curve, so that what lies together is read together.

/** So many rows, or bytes of them, are sorted by place in memory at a time. */
const HELD_ROWS = 50_000;
const HELD_BYTES = 48 * 1024 * 1024;
/** The curve goes through so many squares of a version's own box, 4 to this power. */
const DEPTH = 15;
const NOWHERE = 0xffff_ffff;

const keysOf = (dataset: Pick<Dataset, "id">, version: Pick<Version, "file">) => copyKeys(dataset, version, "arranged");
const isLarge = ({ rows, bbox }: Version): boolean => rows >= LARGE_ROWS && bbox !== undefined;

/** A large version's places by where they are, if they were arranged. */
export const arrangedOf = (here: Here, dataset: Dataset, version: Version): Promise<Copy | undefined> =>
  openCopy(here, version, keysOf(dataset, version));

export const ARRANGED = "arranged";

/** Plans it for a version that needs it. */
export const toArrange = (here: Here, dataset: Dataset, version: Version): Write[] =>
  isLarge(version) ? [planning(here, dataset, version, ARRANGED)] : [];

export const arranging: Maker = {
  isMade: async (here, dataset, version) => (await arrangedOf(here, dataset, version)) !== undefined,
  async *make(here, dataset, version) {
    const whole = await load(here, dataset, version);
    const squares = yield* squaresOf(whole);
    // First in stretches that memory holds, each by place; of these every part of the curve is then read together.
    const stretches = yield* stretchesOf(whole, squares);
    const keys = copyKeys(dataset, version, "stretches");
    yield* writeCopy(here, version, keys, rowsIn(whole, stretches));
    const { data, numberAt } = (await openCopy(here, version, keys))!;
    const rows = await alongCurve(stretches, squares);
    yield;
    const size = whole.groups[0]!.rows;
    const batches = Array.from({ length: Math.ceil(rows.length / size) }, (_, i) =>
      rows.slice(i * size, (i + 1) * size),
    );
    yield* writeCopy(here, version, keysOf(dataset, version), rowsIn(data, batches, numberAt));
    await dropCopy(here, keys);
  },
};

/** On which square of the curve each row's place has its middle. */
async function* squaresOf(whole: Opened): AsyncGenerator<void, Uint32Array> {
  const squares = new Uint32Array(whole.rows).fill(NOWHERE);
  const [west, south, east, north] = whole.bbox!;
  const side = 2 ** DEPTH - 1;
  const along = (value: number, from: number, to: number) =>
    to > from ? Math.floor(((value - from) / (to - from)) * side) : 0;
  for await (const { rows } of parts(whole, undefined, { columns: [], places: true })) {
    for (const [at, place] of rows.places!.entries()) {
      if (!place) continue;
      const [w, s, e, n] = boxOf(place);
      squares[rows.from + at] = zxyToTileId(DEPTH, along((w + e) / 2, west, east), along((s + n) / 2, south, north));
    }
    yield;
  }
  return squares;
}

/** The rows that have a place, in stretches of row groups that follow one another, each along the curve. */
async function* stretchesOf(whole: Opened, squares: Uint32Array): AsyncGenerator<void, number[][]> {
  const stretches: number[][] = [];
  for (let first = 0; first < whole.groups.length; ) {
    let [rows, bytes, end] = [0, 0, first];
    do {
      rows += whole.groups[end]!.rows;
      bytes += whole.groups[end]!.bytes;
      end += 1;
    } while (
      end < whole.groups.length &&
      rows + whole.groups[end]!.rows <= HELD_ROWS &&
      bytes + whole.groups[end]!.bytes <= HELD_BYTES
    );
    const { from } = whole.groups[first]!;
    const placed: number[] = [];
    for (let row = from; row < from + rows; row++) if (squares[row] !== NOWHERE) placed.push(row);
    const order = await inOrder(placed.length, (a, b) => squares[placed[a]!]! - squares[placed[b]!]! || a - b);
    stretches.push(order.map((i) => placed[i]!));
    first = end;
    yield;
  }
  return stretches;
}

/** Where in the stretches, one after the other, the rows are that follow one another along the whole curve. */
function alongCurve(stretches: readonly (readonly number[])[], squares: Uint32Array): Promise<number[]> {
  const own = Uint32Array.from(stretches.flat(), (row) => squares[row]!);
  return inOrder(own.length, (a, b) => own[a]! - own[b]! || a - b);
}

/** Rows in the order of the lists, as a copy has them; `numberAt` is where their number stands if they are a copy's. */
async function* rowsIn(
  data: Opened,
  lists: readonly (readonly number[])[],
  numberAt?: number,
): AsyncGenerator<CopiedRow[]> {
  const copied = ({ from, cells, places }: Rows, at: number): CopiedRow => [
    [...cells.map((one) => one![at] ?? null), ...(numberAt === undefined ? [from + at] : [])],
    places![at]!,
  ];
  for (const list of lists) yield await made(data, list, { columns: everyColumn(data), places: true }, copied);
}

/** Which rows of a copy are in a box, in the version's order. */
export async function inOrderWithin({ data, numberAt }: Copy, bbox: Box): Promise<number[]> {
  const { rows } = await data.within(bbox);
  const numbers = await made(data, rows, { columns: [numberAt] }, ({ cells }, at) => cells[numberAt]![at] as number);
  return rows
    .map((row, i) => [row, numbers[i]!] as const)
    .sort(([, a], [, b]) => a - b)
    .map(([row]) => row);
}
