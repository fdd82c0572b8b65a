import Flatbush from "flatbush";
import { union } from "polyclip-ts";
import type { Position } from "../geometry.ts";

type Rings = Position[][];

/** Up to so many segments, trying every pair is quicker than an index of them. */
const PAIRS_MAX = 40;
/** Clipping larger ones takes minutes where they cross themselves often. */
const MENDED_MAX = 50_000;

/** Does a polygon's outline cross itself, or one of its holes? Touching is no crossing. */
export function crosses(rings: Rings): boolean {
  const segments: number[] = [];
  for (const ring of rings)
    for (let i = 1; i < ring.length; i++) segments.push(ring[i - 1]![0], ring[i - 1]![1], ring[i]![0], ring[i]![1]);
  const n = segments.length / 4;
  const cross = (a: number, b: number) => cut(segments, a * 4, b * 4);
  if (n <= PAIRS_MAX) {
    for (let a = 0; a < n; a++) for (let b = a + 1; b < n; b++) if (cross(a, b)) return true;
    return false;
  }
  const index = new Flatbush(n);
  for (let i = 0; i < segments.length; i += 4) index.add(...boxOf(segments, i));
  index.finish();
  let isCrossed = false;
  for (let a = 0; a < n && !isCrossed; a++)
    index.search(...boxOf(segments, a * 4), (b) => {
      if (b > a && !isCrossed) isCrossed = cross(a, b);
      return false;
    });
  return isCrossed;
}

const boxOf = (s: number[], i: number): [number, number, number, number] => [
  Math.min(s[i]!, s[i + 2]!),
  Math.min(s[i + 1]!, s[i + 3]!),
  Math.max(s[i]!, s[i + 2]!),
  Math.max(s[i + 1]!, s[i + 3]!),
];

/** Do two segments cut each other, each from one side of the other to the other side? */
function cut(s: number[], a: number, b: number): boolean {
  const side = (i: number, x: number, y: number) =>
    Math.sign((s[i + 2]! - s[i]!) * (y - s[i + 1]!) - (s[i + 3]! - s[i + 1]!) * (x - s[i]!));
  return (
    side(a, s[b]!, s[b + 1]!) * side(a, s[b + 2]!, s[b + 3]!) < 0 &&
    side(b, s[a]!, s[a + 1]!) * side(b, s[a + 2]!, s[a + 3]!) < 0
  );
}

/** The polygons that an outline which crosses itself draws; undefined where that cannot be found out. */
export function mended(rings: Rings): Rings[] | undefined {
  if (rings.reduce((sum, ring) => sum + ring.length, 0) > MENDED_MAX) return undefined;
  try {
    const parts = union(rings.map((ring) => ring.map(([x, y]): [number, number] => [x, y])));
    return parts.length > 0 ? (parts as Rings[]) : undefined;
  } catch {
    return undefined;
  }
}
