import proj4 from "proj4";
import { Fault } from "../../shared/errors.ts";
import type { Box, Geometry, Position } from "./geometry.ts";

// OGC API Features, part 2: coordinate reference systems by reference. Data are kept in CRS84.
export const CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
const EPSG = "http://www.opengis.net/def/crs/EPSG/0";

export interface System {
  /** From longitude and latitude, and back; in the order of the system's own axes. */
  out(position: readonly number[]): number[];
  back(position: readonly [number, number]): [number, number];
}

const mercator = proj4("EPSG:4326", "EPSG:3857");
const SYSTEMS: Record<string, System> = {
  [CRS84]: { out: (position) => [...position], back: ([x, y]) => [x, y] },
  // Its axes are latitude, longitude: this is what clients most often get wrong.
  [`${EPSG}/4326`]: {
    out: ([longitude, latitude, ...more]) => [latitude!, longitude!, ...more],
    back: ([latitude, longitude]) => [longitude, latitude],
  },
  [`${EPSG}/3857`]: {
    out: ([longitude, latitude, ...more]) => [...mercator.forward([longitude!, latitude!]), ...more],
    back: (position) => mercator.inverse([...position]) as [number, number],
  },
};
export const CRS_LIST = Object.keys(SYSTEMS);

/** @throws {Fault} malformed: a system that is not offered */
export function systemOf(uri: string | undefined, name: "crs" | "bbox-crs"): { uri: string; system: System } {
  const wanted = uri ?? CRS84;
  const system = Object.hasOwn(SYSTEMS, wanted) ? SYSTEMS[wanted] : undefined;
  if (!system) throw new Fault("malformed", `${name} is one of ${CRS_LIST.join(", ")}.`);
  return { uri: wanted, system };
}

/** A geometry in another system. */
export function projected(geometry: Geometry, { out }: System): Geometry {
  const deep = (part: unknown): unknown =>
    Array.isArray(part) && typeof part[0] === "number" ? out(part as Position) : (part as unknown[]).map(deep);
  return { ...geometry, coordinates: deep(geometry.coordinates) } as Geometry;
}

/** A box that was given in a system, in longitude and latitude. */
export function unprojected([a, b, c, d]: Box, { back }: System): Box {
  const [first, last] = [back([a, b]), back([c, d])];
  return [first[0], first[1], last[0], last[1]];
}
