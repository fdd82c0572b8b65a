import { geoMercator, geoPath } from "d3-geo";
import { type Geometry, positions } from "./geometry.ts";

const WIDTH = 720;
const HEIGHT = 440;
const SHAPES_MAX = 2_000;
const RADIUS = 3.5;
/** Steps shorter than this, in drawn units, do not show. */
const STEP = 0.8;

/**
 * Places as an SVG drawn on the server: Mercator, fitted to what there is, rounded to a tenth of a unit, and without
 * the steps that would not show, so that a page stays small. The same figures stand in the table beside it.
 */
export function PlacesMap({ title, places }: { title: string; places: readonly (Geometry | null)[] }) {
  const all = places.filter((place) => place !== null);
  const drawn = all.slice(0, SHAPES_MAX);
  if (drawn.length === 0) return null;
  const features = {
    type: "FeatureCollection" as const,
    features: drawn.map((geometry) => ({ type: "Feature" as const, properties: {}, geometry: wound(geometry) })),
  };
  const margin = 12;
  const projection = geoMercator().fitExtent(
    [
      [margin, margin],
      [WIDTH - margin, HEIGHT - margin],
    ],
    features as never,
  );
  // One single point would be drawn at an infinite scale.
  if (!Number.isFinite(projection.scale()) || projection.scale() > 5_000_000) {
    projection
      .scale(200_000)
      .center(positions(drawn[0]!)[Symbol.iterator]().next().value as [number, number])
      .translate([WIDTH / 2, HEIGHT / 2]);
  }
  const path = geoPath(projection).pointRadius(RADIUS).digits(1);
  const points = drawn.filter(({ type }) => type === "Point" || type === "MultiPoint");
  const shapes = features.features.filter(
    ({ geometry }) => geometry.type !== "Point" && geometry.type !== "MultiPoint",
  );
  return (
    <figure>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={title} direction="ltr">
        <title>{title}</title>
        <rect width={WIDTH} height={HEIGHT} fill="var(--tint)" />
        {shapes.length > 0 && (
          <path
            d={shapes.map((shape) => thinned(path(shape as never) ?? "")).join("")}
            fill="var(--bar2)"
            fill-opacity="0.6"
            fill-rule="evenodd"
            stroke="var(--accent)"
            stroke-width="1"
            stroke-linejoin="round"
          />
        )}
        {points.length > 0 && (
          <path
            d={dots(points, projection)}
            stroke="var(--accent)"
            stroke-width={RADIUS * 2}
            stroke-linecap="round"
            fill="none"
          />
        )}
      </svg>
    </figure>
  );
}

/** Points as zero-long strokes with round ends: the shortest way to write many of them. */
function dots(
  points: readonly Geometry[],
  projection: (position: [number, number]) => [number, number] | null,
): string {
  const seen = new Set<string>();
  for (const { type, coordinates } of points)
    for (const [lon, lat] of (type === "Point" ? [coordinates] : coordinates) as [number, number][]) {
      const at = projection([lon, lat]);
      if (at) seen.add(`M${Math.round(at[0])} ${Math.round(at[1])}h0`);
    }
  return [...seen].join("");
}

/** Leaves out steps of a drawn path that are too short to see; every line keeps its two ends. */
function thinned(d: string): string {
  return d.replaceAll(/M([^MZ]+)/g, (_, body: string) => {
    const points = body.split("L");
    let [x, y] = [Infinity, Infinity];
    const kept = points.filter((point, i) => {
      const [px = 0, py = 0] = point.split(",").map(Number);
      if (i > 0 && i < points.length - 1 && Math.abs(px - x) < STEP && Math.abs(py - y) < STEP) return false;
      [x, y] = [px, py];
      return true;
    });
    return `M${kept.join("L")}`;
  });
}

/**
 * d3 reads polygons on the sphere, where a ring wound the other way is everything outside it. RFC 7946 winds outer
 * rings counter-clockwise, d3 clockwise; files do either. The smaller side is the one that is meant.
 */
function wound(geometry: Geometry): Geometry {
  if (geometry.type === "Polygon")
    return { ...geometry, coordinates: rings(geometry.coordinates as number[][][]) as never };
  if (geometry.type === "MultiPolygon")
    return { ...geometry, coordinates: (geometry.coordinates as number[][][][]).map(rings) as never };
  return geometry;
}
const rings = (polygon: number[][][]): number[][][] =>
  polygon.map((ring, i) => {
    let area = 0;
    for (let at = 0; at + 1 < ring.length; at++)
      area += ring[at]![0]! * ring[at + 1]![1]! - ring[at + 1]![0]! * ring[at]![1]!;
    const isClockwise = area < 0;
    return isClockwise === (i === 0) ? ring : [...ring].reverse();
  });
