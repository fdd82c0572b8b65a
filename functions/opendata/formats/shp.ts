import type { Position } from "../geometry.ts";
import type { Bytes } from "./bytes.ts";
import { type Note, note, refuse } from "./note.ts";
import { Pull } from "./pull.ts";

const HEADER = 100;
const FILE_CODE = 9994;
/** No shape is larger: the coast of a country in full has about 20 MB. */
const SHAPE_MAX = 64 * 1024 * 1024;
// Kinds of shapes; those with heights have 10 more, those with measures 20.
const POINT = 1;
const LINES = 3;
const POLYGON = 5;
const POINTS = 8;
const KINDS = new Set([0, ...[POINT, LINES, POLYGON, POINTS].flatMap((kind) => [kind, kind + 10, kind + 20])]);

export interface Shape {
  geometry?: unknown;
  wrong?: Note;
}

/** @throws {Unreadable} no shapefile, or one that is cut off; @returns its box, as it says it */
export async function shpBox(bytes: Bytes, size: number): Promise<[number, number, number, number]> {
  const file = bytes.name;
  const at = `#/${encodeURIComponent(file)}`;
  const pull = new Pull(bytes);
  const head = await pull.take(HEADER);
  await pull.close();
  if (head.length < HEADER || head.readInt32BE(0) !== FILE_CODE || !KINDS.has(head.readInt32LE(32)))
    refuse("shape.header", { file, value: `${head.length < 4 ? 0 : head.readInt32BE(0)}` }, at);
  const said = head.readInt32BE(24) * 2;
  if (said > size) refuse("shape.cut", { file, at, value: `${said} bytes` }, at);
  return [head.readDoubleLE(36), head.readDoubleLE(44), head.readDoubleLE(52), head.readDoubleLE(60)];
}

/** The shapes of a file, in its order. @throws {Unreadable} where one is so damaged that the next cannot be found */
export async function* shapesOf(bytes: Bytes, size: number): AsyncIterable<Shape> {
  const file = bytes.name;
  const pull = new Pull(bytes);
  try {
    await pull.take(HEADER);
    let left = size - HEADER;
    for (let row = 1; left >= 8; row++) {
      const at = `#/${encodeURIComponent(file)}/row/${row}`;
      const head = await pull.take(8);
      const length = head.readInt32BE(4) * 2;
      left -= 8 + length;
      if (length < 4 || length > SHAPE_MAX || left < 0) refuse("shape.record", { file, at: `#/row/${row}` }, at);
      const geometry = shapeOf(await pull.take(length));
      yield geometry === undefined ? { wrong: note("shape.record", { file, at: `#/row/${row}` }) } : { geometry };
    }
  } finally {
    await pull.close();
  }
}

/** @returns undefined where the bytes do not hold what they say */
function shapeOf(bytes: Buffer): unknown {
  const kind = bytes.readInt32LE(0);
  if (kind === 0) return null;
  if (!KINDS.has(kind)) return undefined;
  const hasHeights = kind > 10 && kind < 20;
  const base = kind % 10;
  if (base === POINT) {
    if (bytes.length < (hasHeights ? 28 : 20)) return undefined;
    return { type: "Point", coordinates: position(bytes, 4, hasHeights ? bytes.readDoubleLE(20) : undefined) };
  }
  if (bytes.length < 44) return undefined;
  if (base === POINTS) {
    const coordinates = positions(bytes, 40, bytes.readInt32LE(36), hasHeights);
    return coordinates && { type: "MultiPoint", coordinates };
  }
  const parts = bytes.readInt32LE(36);
  const starts = 44;
  if (parts < 0 || starts + parts * 4 > bytes.length) return undefined;
  const points = positions(bytes, starts + parts * 4, bytes.readInt32LE(40), hasHeights);
  if (!points) return undefined;
  const bounds = Array.from({ length: parts }, (_, i) => bytes.readInt32LE(starts + i * 4));
  bounds.push(points.length);
  if (bounds.some((from, i) => from < 0 || from > (bounds[i + 1] ?? points.length))) return undefined;
  const lines = bounds.slice(0, -1).map((from, i) => points.slice(from, bounds[i + 1]));
  if (base === LINES)
    return lines.length === 1
      ? { type: "LineString", coordinates: lines[0] }
      : { type: "MultiLineString", coordinates: lines };
  const polygons = polygonsOf(lines);
  return polygons.length === 1
    ? { type: "Polygon", coordinates: polygons[0] }
    : { type: "MultiPolygon", coordinates: polygons };
}

const position = (bytes: Buffer, at: number, height: number | undefined): Position => {
  const [x, y] = [bytes.readDoubleLE(at), bytes.readDoubleLE(at + 8)];
  return height === undefined || !Number.isFinite(height) ? [x, y] : [x, y, height];
};

function positions(bytes: Buffer, at: number, n: number, hasHeights: boolean): Position[] | undefined {
  const heights = at + n * 16 + 16;
  if (n < 0 || at + n * 16 > bytes.length || (hasHeights && heights + n * 8 > bytes.length)) return undefined;
  return Array.from({ length: n }, (_, i) =>
    position(bytes, at + i * 16, hasHeights ? bytes.readDoubleLE(heights + i * 8) : undefined),
  );
}

/** Rings as polygons: an outline runs clockwise, and the holes in it the other way. */
function polygonsOf(rings: Position[][]): Position[][][] {
  const whole = rings.filter((ring) => ring.length > 2);
  const outlines = whole.filter((ring) => area(ring) <= 0).map((ring) => [ring]);
  for (const hole of whole.filter((ring) => area(ring) > 0)) {
    const around = outlines.length === 1 ? outlines[0] : outlines.find(([outline]) => isWithin(hole[0]!, outline!));
    // What runs like a hole, but is in no outline, is one itself: some programs do not care.
    if (around) around.push(hole);
    else outlines.push([hole]);
  }
  return outlines;
}

/** Twice a ring's area; below 0 where it runs clockwise. */
const area = (ring: Position[]): number =>
  ring.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length]!;
    return sum + (x * nextY - nextX * y);
  }, 0);

function isWithin([x, y]: Position, ring: Position[]): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [ring[i]!, ring[j]!];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
