import { type Box, DEPTH, type Geometry, type Position } from "../geometry.ts";
import { type Note, type NoteCode, note, quoted } from "./note.ts";
import { crosses, mended } from "./rings.ts";
import { EARTH, type System } from "./systems.ts";

type Nested = Position | Position[] | Position[][] | Position[][][];
const KIND: Record<string, string> = { Point: "points", LineString: "lines", Polygon: "polygons" };

/** What was repaired of the places of a file: how often, and where first. */
export class Repairs {
  private readonly found = new Map<NoteCode, { n: number; at: string; last: string }>();
  private readonly kinds = new Map<string, number>();

  /** Several positions of one place are one repair. */
  add(code: NoteCode, at: string): void {
    const known = this.found.get(code) ?? { n: 0, at, last: "" };
    this.found.set(code, known);
    if (known.last !== at) known.n += 1;
    known.last = at;
  }
  kind(type: string): void {
    const kind = KIND[type.replace("Multi", "")]!;
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
  }
  notes(): Note[] {
    const repaired = [...this.found].map(([code, { n, at }]) => note(code, { n, at }));
    if (this.kinds.size < 2) return repaired;
    const [points = 0, lines = 0, polygons = 0] = Object.values(KIND).map((kind) => this.kinds.get(kind));
    return [...repaired, note("place.mixed", { points, lines, polygons })];
  }
}

const within = ([west, south, east, north]: Box, [x, y]: readonly number[]): boolean =>
  x! >= west && x! <= east && y! >= south && y! <= north;
/** A file's places may lie a little outside the area that is named. */
const wider = ([west, south, east, north]: Box): Box => [west - 1, south - 1, east + 1, north + 1];

class Wrong {
  constructor(readonly note: Note) {}
}
const fail = (code: NoteCode, values: Note["values"] = {}): never => {
  throw new Wrong(note(code, values));
};

/** Turns the geometries of a file into those that are kept: WGS 84, longitude first, closed and simple rings. */
export class Placing {
  private isSwapped = false;
  private readonly expected: Box;

  constructor(
    private readonly system: System,
    private readonly area: Box | undefined,
  ) {
    this.expected = wider(area ?? system.area);
  }

  /**
   * Finds out by some of a file's geometries whether its axes are swapped: most lie outside of where they should be,
   * and inside with latitude and longitude exchanged.
   */
  look(geometries: readonly unknown[]): Note[] {
    let [straight, swapped] = [0, 0];
    for (const geometry of geometries) {
      const at = firstPosition(geometry);
      if (!at) continue;
      const isIn = this.isIn(at);
      if (isIn) straight += 1;
      else if (this.isIn([at[1], at[0]])) swapped += 1;
    }
    this.isSwapped = swapped > straight;
    return this.isSwapped ? [note("place.axes")] : [];
  }

  private isIn([x, y]: [number, number]): boolean {
    const place = this.system.toWgs84(x, y);
    return within(EARTH, place) && within(this.expected, place);
  }

  /** @returns null for an empty one, or why it cannot be taken */
  place(given: unknown, at: string, repairs: Repairs): Geometry | null | Note {
    if (given === null || given === undefined) return null;
    try {
      const geometry = this.shaped(given, at, repairs);
      if (geometry) repairs.kind(geometry.type);
      return geometry;
    } catch (error) {
      if (error instanceof Wrong) return error.note;
      throw error;
    }
  }

  private shaped(given: unknown, at: string, repairs: Repairs): Geometry | null {
    if (typeof given !== "object" || given === null) return fail("place.type", { value: quoted(String(given)) });
    const { type, coordinates, geometries } = given as { type?: unknown; coordinates?: unknown; geometries?: unknown };
    if (type === "GeometryCollection" && Array.isArray(geometries))
      return this.shaped(gathered(geometries), at, repairs);
    const depth = typeof type === "string" && Object.hasOwn(DEPTH, type) ? DEPTH[type as Geometry["type"]] : undefined;
    if (depth === undefined) return fail("place.type", { value: quoted(String(type)) });
    if (Array.isArray(coordinates) && coordinates.length === 0) return null;
    const moved = this.moved(coordinates, depth, at, repairs);
    switch (type) {
      case "Polygon": {
        const polygons = polygonsOf(moved as Position[][], at, repairs);
        return polygons.length === 1
          ? { type, coordinates: polygons[0]! }
          : { type: "MultiPolygon", coordinates: polygons };
      }
      case "MultiPolygon":
        return { type, coordinates: (moved as Position[][][]).flatMap((rings) => polygonsOf(rings, at, repairs)) };
      case "LineString":
        demandLine(moved as Position[]);
        break;
      case "MultiLineString":
        (moved as Position[][]).forEach(demandLine);
        break;
    }
    return { type, coordinates: moved } as Geometry;
  }

  private moved(part: unknown, depth: number, at: string, repairs: Repairs): Nested {
    if (!Array.isArray(part)) return fail("place.nested");
    if (depth === 0) return this.position(part, at, repairs);
    return part.map((inner) => this.moved(inner, depth - 1, at, repairs)) as Nested;
  }

  private position([a, b, height]: unknown[], at: string, repairs: Repairs): Position {
    if (typeof a !== "number" || typeof b !== "number" || !Number.isFinite(a) || !Number.isFinite(b))
      return fail("place.number");
    let place = this.isSwapped ? this.system.toWgs84(b, a) : this.system.toWgs84(a, b);
    if (!within(this.expected, place)) place = this.exchanged(place, this.isSwapped ? [a, b] : [b, a], at, repairs);
    const [longitude, latitude] = this.system.isWgs84 ? place : [rounded(place[0]), rounded(place[1])];
    return typeof height === "number" && Number.isFinite(height)
      ? [longitude, latitude, height]
      : [longitude, latitude];
  }

  /** A position outside of where it should be: the other way round, if an area was stated and it is inside then. */
  private exchanged(place: [number, number], other: [number, number], at: string, repairs: Repairs): [number, number] {
    const swapped = this.system.toWgs84(...other);
    if (this.area && within(this.expected, swapped)) {
      repairs.add("place.swapped", at);
      return swapped;
    }
    if (within(EARTH, place)) {
      repairs.add("place.outside", at);
      return place;
    }
    return fail(within(EARTH, swapped) ? "place.swap" : "place.off", { x: String(other[1]), y: String(other[0]) });
  }
}

/** A hundredth of a millimetre of what was reckoned is no more than noise. */
const rounded = (degrees: number): number => Math.round(degrees * 1e9) / 1e9;

function firstPosition(geometry: unknown): [number, number] | undefined {
  const { coordinates, geometries } = (geometry ?? {}) as { coordinates?: unknown; geometries?: unknown[] };
  if (Array.isArray(geometries)) return firstPosition(geometries[0]);
  let part = coordinates;
  while (Array.isArray(part) && Array.isArray(part[0])) part = part[0];
  const [x, y] = Array.isArray(part) ? (part as unknown[]) : [];
  return typeof x === "number" && typeof y === "number" ? [x, y] : undefined;
}

/** A collection of one kind is a geometry of several parts; one of several kinds is none that a map can draw as one. */
function gathered(geometries: unknown[]): unknown {
  const parts = geometries as { type?: string; coordinates?: unknown[] }[];
  if (parts.length === 0) return { type: "MultiPoint", coordinates: [] };
  if (parts.length === 1) return parts[0];
  const kinds = new Set(parts.map((part) => String(part?.type).replace("Multi", "")));
  if (kinds.size > 1 || !Object.hasOwn(KIND, [...kinds][0]!)) return fail("place.collection");
  const coordinates = parts.flatMap((part) =>
    part.type!.startsWith("Multi") ? (part.coordinates ?? []) : [part.coordinates],
  );
  return { type: `Multi${[...kinds][0]}`, coordinates };
}

const demandLine = (line: Position[]): void => {
  if (line.length < 2) fail("place.short");
};

const isSame = (a: Position, b: Position) => a[0] === b[0] && a[1] === b[1];

/** A polygon with closed rings; more than one where its outline crossed itself. */
function polygonsOf(rings: Position[][], at: string, repairs: Repairs): Position[][][] {
  if (rings.length === 0) fail("place.short");
  let isOpen = false;
  const closed = rings.map((ring) => {
    if (ring.length < 3) return fail("place.short");
    if (isSame(ring[0]!, ring.at(-1)!)) return ring;
    isOpen = true;
    return [...ring, ring[0]!];
  });
  if (closed.some((ring) => ring.length < 4)) fail("place.short");
  if (isOpen) repairs.add("place.open", at);
  if (!crosses(closed)) return [closed];
  const parts = mended(closed) ?? fail("place.crosses");
  repairs.add("place.crossed", at);
  return parts;
}
