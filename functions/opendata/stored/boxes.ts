import Flatbush from "flatbush";
import type { Box } from "../geometry.ts";
import { gridOf } from "./points.ts";

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
  /** About how much memory it takes. */
  bytes: number;
  /** How many rows touch a box, and those of them that a page has, in their order. */
  page(box: Box, offset: number, limit: number): { rows: number[]; matched: number };
}

/** Finds what touches a box among things that have numbers, in an order in which what lies together stands together. */
export interface Finder {
  /** The numbers in that order. */
  items: Uint16Array | Uint32Array;
  /** Where in that order lies what touches a box: first and end of each run, one run after the other. */
  runs(box: Box): number[];
  /** A page of those below a number that touch a box, in the order of their numbers: where looking at each is fast. */
  page?(box: Box, skip: number, limit: number, below: number): number[];
  bytes: number;
}

/** Opens what `packBoxes` made. */
export function openBoxes(bytes: Uint8Array): Search {
  const buffer = (bytes.byteOffset === 0 ? bytes : bytes.slice()).buffer as ArrayBuffer;
  const [count = 0] = new Uint32Array(buffer, 0, 1);
  // Of a copy of them alone: where a grid is made, what was read is not held on to.
  const rows = new Uint32Array(buffer, 4, count).slice();
  const { items, runs: runsIn, page: pageIn, bytes: held } = finderIn(treeIn(buffer, padded(4 * (count + 1))));
  return {
    placed: count,
    bytes: held + rows.byteLength,
    page(box, offset, limit) {
      const runs = runsIn(box);
      let matched = 0;
      for (let i = 0; i < runs.length; i += 2) matched += runs[i + 1]! - runs[i]!;
      const last = Math.min(matched, offset + limit);
      if (last <= offset) return { rows: [], matched };
      // They are found in no order, and of a box that holds thousands a page shows a few. Where rows lie anywhere in it
      // these are among the first of all rows, so the others are looked at only if that was not so.
      const below = Math.min(count, Math.ceil((count * (last * 1.5 + 16)) / matched));
      let found = below < matched ? pageIn?.(box, offset, last - offset, below) : undefined;
      if (found?.length !== last - offset) {
        let marks = marksOf(items, runs, below);
        if (marks.held < last) marks = marksOf(items, runs, count);
        found = marked(marks.words, offset, last - offset);
      }
      for (let i = 0; i < found.length; i++) found[i] = rows[found[i]!]!;
      return { rows: found, matched };
    },
  };
}

/** Points are found by a grid, which is faster; whatever has a size, by the tree. */
function finderIn(tree: Tree): Finder {
  const { boxes, items, levels } = tree;
  const [xs, ys] = [new Float64Array(items.length), new Float64Array(items.length)];
  for (let at = 0, i = 0; at < items.length; at++, i += 4) {
    if (boxes[i] !== boxes[i + 2] || boxes[i + 1] !== boxes[i + 3])
      return { items, runs: (box) => runsIn(tree, box, levels.length - 1), bytes: boxes.byteLength + items.byteLength };
    xs[items[at]!] = boxes[i]!;
    ys[items[at]!] = boxes[i + 1]!;
  }
  return gridOf(xs, ys, [...boxes.subarray(-4)] as unknown as Box);
}

interface Tree {
  /** Level by level, of the items first: west, south, east and north of each node, which holds `width` of those below. */
  boxes: Float64Array;
  levels: { start: number; count: number; items: number }[];
  width: number;
  /** Which item is where on the lowest level. */
  items: Finder["items"];
}

/** A tree as Flatbush writes it, whose own search neither counts what a node holds, nor tells what lies together. */
function treeIn(buffer: ArrayBuffer, offset: number): Tree {
  const { numItems, nodeSize } = Flatbush.from(buffer, offset);
  const levels = [{ start: 0, count: numItems, items: 1 }];
  let nodes = numItems;
  do {
    const { count, items } = levels.at(-1)!;
    levels.push({ start: nodes, count: Math.ceil(count / nodeSize), items: items * nodeSize });
    nodes += levels.at(-1)!.count;
  } while (levels.at(-1)!.count > 1);
  const boxes = new Float64Array(buffer, offset + 8, nodes * 4);
  const IndexArray = nodes < 16_384 ? Uint16Array : Uint32Array;
  return { boxes, levels, width: nodeSize, items: new IndexArray(buffer, offset + 8 + nodes * 32, numItems) };
}

/** Runs of what touches a box on the lowest level, below some nodes of a level. */
function runsIn(tree: Tree, box: Box, level: number, first = 0, end = 1, runs: number[] = []): number[] {
  const { boxes, levels, width } = tree;
  const [west, south, east, north] = box;
  const { start, items } = levels[level]!;
  for (let node = first, i = (start + first) * 4; node < end; node++, i += 4) {
    if (boxes[i]! > east || boxes[i + 1]! > north || boxes[i + 2]! < west || boxes[i + 3]! < south) continue;
    const isWithin =
      level === 0 || (boxes[i]! >= west && boxes[i + 1]! >= south && boxes[i + 2]! <= east && boxes[i + 3]! <= north);
    if (isWithin) {
      const from = node * items;
      if (runs.length > 0 && runs[runs.length - 1] === from) runs.pop();
      else runs.push(from);
      runs.push(Math.min(from + items, levels[0]!.count));
    } else runsIn(tree, box, level - 1, node * width, Math.min((node + 1) * width, levels[level - 1]!.count), runs);
  }
  return runs;
}

// What is marked is read before anything else is: the marks of all stand in one place, which is as long as the longest.
let words = new Uint32Array(1_024);

/** A bit for each item below a number, set where it is in one of the runs; and how many are. */
function marksOf(items: Finder["items"], runs: readonly number[], below: number): { words: Uint32Array; held: number } {
  const length = (below >>> 5) + 1;
  if (words.length < length) words = new Uint32Array(length);
  else words.fill(0, 0, length);
  let held = 0;
  for (let run = 0; run < runs.length; run += 2)
    for (let at = runs[run]!; at < runs[run + 1]!; at++) {
      const item = items[at]!;
      if (item >= below) continue;
      words[item >>> 5]! |= 1 << (item & 31);
      held += 1;
    }
  return { words, held };
}

/** The numbers that are marked, from the `skip`-th on; there are as many. */
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
