/** RFC 7946 geometries, WGS 84, longitude first. */
export type Position = [number, number, ...number[]];
export type Geometry =
  | { type: "Point"; coordinates: Position }
  | { type: "MultiPoint" | "LineString"; coordinates: Position[] }
  | { type: "MultiLineString" | "Polygon"; coordinates: Position[][] }
  | { type: "MultiPolygon"; coordinates: Position[][][] };

export type Box = [west: number, south: number, east: number, north: number];

/** How deep the lists of a geometry's positions are. */
export const DEPTH: Record<Geometry["type"], number> = {
  Point: 0,
  MultiPoint: 1,
  LineString: 1,
  MultiLineString: 2,
  Polygon: 2,
  MultiPolygon: 3,
};
const LEAST: Partial<Record<Geometry["type"], number>> = {
  LineString: 2,
  Polygon: 4,
  MultiPolygon: 4,
  MultiLineString: 2,
};

/** What lies within a box. */
export const areaOf = ([west, south, east, north]: Box): { type: "Polygon"; coordinates: Position[][] } => ({
  type: "Polygon",
  coordinates: [
    [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ],
  ],
});

/** A box whose west is east of its east crosses the antimeridian: it is two boxes. */
export const unwrapped = ([west, south, east, north]: Box): Box[] =>
  west <= east
    ? [[west, south, east, north]]
    : [
        [west, south, 180, north],
        [-180, south, east, north],
      ];

/** @returns what is wrong with a geometry, or nothing */
export function wrongGeometry(value: unknown): string | undefined {
  const { type, coordinates } = (value ?? {}) as { type?: unknown; coordinates?: unknown };
  if (typeof type !== "string" || !Object.hasOwn(DEPTH, type))
    return `its geometry is of no known type (${String(type).slice(0, 40)})`;
  const least = LEAST[type as Geometry["type"]] ?? 0;
  const look = (part: unknown, depth: number): string | undefined => {
    if (!Array.isArray(part)) return "its coordinates are not nested as the type wants";
    if (depth === 0) return wrongPosition(part);
    if (part.length === 0) return "it has no coordinates";
    if (depth === 1 && part.length < least) return `a line or ring has fewer than ${least} points`;
    for (const inner of part) {
      const wrong = look(inner, depth - 1);
      if (wrong) return wrong;
    }
    if (depth === 1 && (type === "Polygon" || type === "MultiPolygon")) {
      const [first, last] = [part[0] as number[], part.at(-1) as number[]];
      if (first[0] !== last[0] || first[1] !== last[1]) return "a ring is not closed";
    }
    return undefined;
  };
  return look(coordinates, DEPTH[type as Geometry["type"]]);
}

function wrongPosition(position: unknown[]): string | undefined {
  const [lon, lat] = position;
  if (typeof lon !== "number" || typeof lat !== "number" || !Number.isFinite(lon) || !Number.isFinite(lat))
    return "a coordinate is not a number";
  if (Math.abs(lon) <= 180 && Math.abs(lat) <= 90) return undefined;
  if (Math.abs(lat) <= 180 && Math.abs(lon) <= 90) return `longitude and latitude look swapped (${lon}, ${lat})`;
  return `${lon}, ${lat} is not on the Earth in degrees: is it in another coordinate system?`;
}

/** The positions of a geometry, one after the other. */
export function* positions(geometry: Geometry): Iterable<Position> {
  function* walk(part: unknown[], depth: number): Iterable<Position> {
    if (depth === 0) yield part as Position;
    else for (const inner of part) yield* walk(inner as unknown[], depth - 1);
  }
  yield* walk(geometry.coordinates, DEPTH[geometry.type]);
}

export function boxOf(geometry: Geometry): Box {
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon, lat] of positions(geometry)) {
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
  }
  return box;
}
