import { Fault } from "../../../shared/errors.ts";
import type { Geometry, Position } from "../geometry.ts";

const EARTH_M = 6_371_008.8;
/** With so many corners a circle's edge lies nowhere more than 0.01 % of its radius inside of it. */
const CORNERS = 256;
const RADIANS = Math.PI / 180;

/**
 * All that is nearer to a point than this, on a sphere; where it reaches across the antimeridian, from both sides of it.
 * @throws {Fault} malformed: a pole is within
 */
export function circlesAround([lon, lat]: Position, metres: number): Geometry[] {
  const [angle, phi] = [metres / EARTH_M, lat * RADIANS];
  if (Math.abs(phi) + angle >= Math.PI / 2)
    throw new Fault("malformed", "A pole is within this distance: say a shorter one.");
  const ring = Array.from({ length: CORNERS }, (_, i): Position => {
    // Counter-clockwise, as GeoJSON has its outer rings.
    const bearing = (-2 * Math.PI * i) / CORNERS;
    const sine = Math.sin(phi) * Math.cos(angle) + Math.cos(phi) * Math.sin(angle) * Math.cos(bearing);
    const east = Math.atan2(
      Math.sin(bearing) * Math.sin(angle) * Math.cos(phi),
      Math.cos(angle) - Math.sin(phi) * sine,
    );
    return [lon + east / RADIANS, Math.asin(sine) / RADIANS];
  });
  const longitudes = ring.map(([x]) => x);
  const shifts = [
    0,
    ...(Math.max(...longitudes) > 180 ? [-360] : []),
    ...(Math.min(...longitudes) < -180 ? [360] : []),
  ];
  return shifts.map((shift) => {
    const shifted = ring.map(([x, y]): Position => [x + shift, y]);
    return { type: "Polygon", coordinates: [[...shifted, shifted[0]!]] };
  });
}
