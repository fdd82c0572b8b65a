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
  /** Which rows of the group touch a box, in their order. */
  rows(box: Box): number[];
  /** How many rows of it have a place. */
  placed: number;
}

/** Opens what `packBoxes` made. */
export function openBoxes(bytes: Uint8Array): Search {
  const buffer = bytes.byteOffset === 0 ? bytes.buffer : bytes.slice().buffer;
  const [count = 0] = new Uint32Array(buffer, 0, 1);
  const rows = new Uint32Array(buffer, 4, count);
  const index = Flatbush.from(buffer, padded(4 * (count + 1)));
  return {
    placed: count,
    rows: (box) =>
      index
        .search(...box)
        .map((i) => rows[i]!)
        .sort((a, b) => a - b),
  };
}

// Flatbush reads its numbers where they stand, which must be at a multiple of eight.
const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;

export const joined = (a: Box | undefined, b: Box): Box =>
  a ? [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])] : [...b];

export const holds = (outer: Box, inner: Box): boolean =>
  outer[0] <= inner[0] && outer[2] >= inner[2] && outer[1] <= inner[1] && outer[3] >= inner[3];

export const touch = (a: Box, b: Box): boolean => a[0] <= b[2] && a[2] >= b[0] && a[1] <= b[3] && a[3] >= b[1];
