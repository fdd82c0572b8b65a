import geodesic from "geographiclib-geodesic";
import type { Position } from "./asked.ts";

const earth = geodesic.Geodesic.WGS84;

/** How long a way is, on the ellipsoid, and what it goes round where it is closed; in metres and square metres. */
export function measured(points: readonly Position[], shape: "line" | "area"): { lengthM: number; areaM2?: number } {
  const polygon = earth.Polygon(shape === "line");
  for (const [longitude, latitude] of points) polygon.AddPoint(latitude, longitude);
  // Whichever way round it was drawn, an area is not negative.
  const { perimeter, area } = polygon.Compute(false, true);
  return shape === "line" ? { lengthM: perimeter } : { lengthM: perimeter, areaM2: Math.abs(area ?? 0) };
}
