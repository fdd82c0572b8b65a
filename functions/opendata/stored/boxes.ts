import Flatbush from "flatbush";
import type { Box } from "../geometry.ts";

/** Where the places of one row group are: a packed tree of their boxes, which is also what is stored. */
export interface Boxes {
  bbox: Box;
  /** Bytes that `searchBoxes` reads. */
  bytes: Uint8Array;
}

/** @param boxes  of each row; @returns nothing where no row has a place */
export function packBoxes(boxes: readonly (Box | null)[]): Boxes | undefined {
  const placed: number[] = [];
  for (const [row, box] of boxes.entries()) if (box) placed.push(row);
  if (placed.length === 0) return undefined;
  const index = new Flatbush(placed.length);
  for (const row of placed) index.add(...boxes[row]!);
  index.finish();
  const tree = new Uint8Array(index.data);
  // The rows stand first: a tree numbers only those that have a place.
  const rows = new Uint8Array(Uint32Array.from([placed.length, ...placed]).buffer);
  const start = padded(rows.byteLength);
  const bytes = new Uint8Array(start + tree.byteLength);
  bytes.set(rows);
  bytes.set(tree, start);
  return { bbox: [index.minX, index.minY, index.maxX, index.maxY], bytes };
}

export interface Search {
  /** How many rows of the group have a place. */
  placed: number;
  /** How many rows touch a box, and those of them that a page has, in their order. */
  page(box: Box, offset: number, limit: number): { rows: number[]; matched: number };
}

/** Opens what `packBoxes` made. */
export function openBoxes(bytes: Uint8Array): Search {
  const buffer = bytes.byteOffset === 0 ? bytes.buffer : bytes.slice().buffer;
  const [count = 0] = new Uint32Array(buffer, 0, 1);
  const rows = new Uint32Array(buffer, 4, count);
  const index = Flatbush.from(buffer, padded(4 * (count + 1)));
  return {
    placed: count,
    page(box, offset, limit) {
      // A tree finds them in no order. They are marked, not sorted: of a box that holds thousands a page shows a few.
      const marks = new Uint32Array((count >>> 5) + 1);
      let matched = 0;
      index.search(...box, (i) => {
        marks[i >>> 5]! |= 1 << (i & 31);
        matched += 1;
        return false;
      });
      return { rows: marked(marks, offset, Math.min(limit, matched - offset)).map((i) => rows[i]!), matched };
    },
  };
}

/** The numbers that are marked, from the `skip`-th on. */
function marked(marks: Uint32Array, skip: number, limit: number): number[] {
  const found: number[] = [];
  for (let word = 0; found.length < limit; word++) {
    const held = bitsOf(marks[word]!);
    if (held <= skip) skip -= held;
    else
      for (let bits = marks[word]!; bits !== 0 && found.length < limit; bits &= bits - 1)
        if (skip > 0) skip -= 1;
        else found.push(word * 32 + 31 - Math.clz32(bits & -bits));
  }
  return found;
}

function bitsOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

// Flatbush reads its numbers where they stand, which must be at a multiple of eight.
const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;

export const joined = (a: Box | undefined, b: Box): Box =>
  a ? [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])] : [...b];

export const holds = (outer: Box, inner: Box): boolean =>
  outer[0] <= inner[0] && outer[2] >= inner[2] && outer[1] <= inner[1] && outer[3] >= inner[3];

export const touch = (a: Box, b: Box): boolean => a[0] <= b[2] && a[2] >= b[0] && a[1] <= b[3] && a[3] >= b[1];
