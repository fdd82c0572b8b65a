import type { Box } from "../geometry.ts";
import type { Finder } from "./boxes.ts";

/** So many cells a side at most. */
const SIDE_MAX = 1_024;

/** Points in a grid of about as many cells as there are points: cell by cell, row by row of cells from the south. */
interface Grid {
  side: number;
  /** Of the grid, and how many cells there are to a degree. */
  west: number;
  south: number;
  across: number;
  up: number;
  /** Where in this order each cell begins, and the last ends. */
  starts: Uint32Array;
  /** Which point is where in this order; within a cell they are as they came. */
  items: Uint32Array;
  /** Of each point, in their own order. */
  xs: Float64Array;
  ys: Float64Array;
}

/**
 * A finder of points. How many a box holds is told by sums for the cells that lie wholly in it; only the points of those
 * on its border are looked at, which are far fewer than on the border of a tree's nodes.
 *
 * @param bounds  in which all of them are
 */
export function gridOf(xs: Float64Array, ys: Float64Array, [west, south, east, north]: Box): Finder {
  const count = xs.length;
  const side = Math.min(SIDE_MAX, Math.max(1, Math.floor(Math.sqrt(count))));
  const grid: Grid = {
    side,
    west,
    south,
    across: east > west ? side / (east - west) : 0,
    up: north > south ? side / (north - south) : 0,
    starts: new Uint32Array(side * side + 1),
    items: new Uint32Array(count),
    xs,
    ys,
  };
  const { starts, items } = grid;
  const cells = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const cell = rowOf(grid, ys[i]!) * side + columnOf(grid, xs[i]!);
    cells[i] = cell;
    starts[cell + 1]! += 1;
  }
  for (let cell = 0; cell < side * side; cell++) starts[cell + 1]! += starts[cell]!;
  const next = starts.slice();
  for (let i = 0; i < count; i++) items[next[cells[i]!]!++] = i;
  return {
    items,
    bytes: starts.byteLength + items.byteLength + xs.byteLength + ys.byteLength,
    runs: (box) => runsIn(grid, box),
    page: (box, skip, limit, below) => pageIn(grid, box, skip, limit, below),
  };
}

// A greater number is never in an earlier cell, also where it is rounded; what lies outside is in the first or the last.
const columnOf = ({ side, west, across }: Grid, x: number): number => within(Math.floor((x - west) * across), side);
const rowOf = ({ side, south, up }: Grid, y: number): number => within(Math.floor((y - south) * up), side);
const within = (cell: number, side: number): number => (cell < 0 ? 0 : cell < side ? cell : side - 1);

function runsIn(grid: Grid, box: Box): number[] {
  const { side, starts } = grid;
  const [first, last] = [columnOf(grid, box[0]), columnOf(grid, box[2])];
  const [bottom, top] = [rowOf(grid, box[1]), rowOf(grid, box[3])];
  const runs: number[] = [];
  for (let row = bottom; row <= top; row++) {
    const [from, to] = [row * side + first, row * side + last];
    const end = starts[to + 1]!;
    if (row === bottom || row === top || last - first < 2) look(grid, box, starts[from]!, end, runs);
    else {
      look(grid, box, starts[from]!, starts[from + 1]!, runs);
      if (starts[from + 1]! < starts[to]!) add(runs, starts[from + 1]!, starts[to]!);
      look(grid, box, starts[to]!, end, runs);
    }
  }
  return runs;
}

function look(grid: Grid, box: Box, from: number, to: number, runs: number[]): void {
  for (let at = from; at < to; at++) if (isIn(grid, box, grid.items[at]!)) add(runs, at, at + 1);
}

function pageIn(grid: Grid, box: Box, skip: number, limit: number, below: number): number[] {
  const found: number[] = [];
  for (let item = 0; item < below && found.length < limit; item++) {
    if (!isIn(grid, box, item)) continue;
    if (skip > 0) skip -= 1;
    else found.push(item);
  }
  return found;
}

function isIn({ xs, ys }: Grid, box: Box, item: number): boolean {
  const x = xs[item]!;
  const y = ys[item]!;
  return x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3];
}

function add(runs: number[], from: number, to: number): void {
  const { length } = runs;
  if (length > 0 && runs[length - 1] === from) runs[length - 1] = to;
  else runs.push(from, to);
}
