import proj4 from "proj4";
import type { Box } from "../geometry.ts";
import { GRIDS } from "./epsg.ts";

/** A coordinate system of files: what turns its positions, east first, into WGS 84, longitude first. */
export interface System {
  epsg: number | undefined;
  name: string;
  /** Where it is used; the Earth where that is not known. */
  area: Box;
  isWgs84: boolean;
  toWgs84(x: number, y: number): [number, number];
}

export const EARTH: Box = [-180, -90, 180, 90];
const WGS84_CODES = new Set([4326, 4979, 84]);
export const WGS84: System = {
  epsg: 4326,
  name: "WGS 84",
  area: EARTH,
  isWgs84: true,
  toWgs84: (x, y) => [x, y],
};

const made = (epsg: number | undefined, name: string, area: Box, definition: string): System => {
  const { inverse } = proj4("EPSG:4326", definition);
  return { epsg, name, area, isWgs84: false, toWgs84: (x, y) => inverse([x, y]) as [number, number] };
};

// Codes of UTM: those of the zone of 1, and what is added for each further zone. South of the equator stands beside.
const UTM: { from: number; zones: [number, number]; name: string; datum: string; isSouth?: boolean }[] = [
  { from: 32600, zones: [1, 60], name: "WGS 84", datum: "+datum=WGS84" },
  { from: 32700, zones: [1, 60], name: "WGS 84", datum: "+datum=WGS84", isSouth: true },
  { from: 25800, zones: [28, 38], name: "ETRS89", datum: "+ellps=GRS80" },
  { from: 23000, zones: [28, 38], name: "ED50", datum: "+ellps=intl +towgs84=-87,-98,-121" },
  { from: 26900, zones: [1, 23], name: "NAD83", datum: "+datum=NAD83" },
  { from: 31954, zones: [11, 22], name: "SIRGAS 2000", datum: "+ellps=GRS80" },
  { from: 31960, zones: [17, 25], name: "SIRGAS 2000", datum: "+ellps=GRS80", isSouth: true },
  { from: 28300, zones: [48, 58], name: "GDA94", datum: "+ellps=GRS80", isSouth: true },
  { from: 7800, zones: [46, 59], name: "GDA2020", datum: "+ellps=GRS80", isSouth: true },
];

function utm(epsg: number): System | undefined {
  for (const { from, zones, name, datum, isSouth } of UTM) {
    const zone = epsg - from;
    if (zone < zones[0] || zone > zones[1]) continue;
    const west = zone * 6 - 186;
    const area: Box = isSouth ? [west, -80, west + 6, 0] : [west, 0, west + 6, 84];
    const side = isSouth ? " +south" : "";
    return made(epsg, `${name} / UTM ${zone}${isSouth ? "S" : "N"}`, area, `+proj=utm +zone=${zone} ${datum}${side}`);
  }
  return undefined;
}

const MERCATORS = new Set([3857, 900913, 102100, 102113, 3785]);
const grids = new Map(
  GRIDS.trim()
    .split("\n")
    .map((line) => [Number(line.split("|", 1)[0]), line]),
);

/** @returns undefined where we do not know the code */
export function systemOfEpsg(epsg: number): System | undefined {
  if (WGS84_CODES.has(epsg)) return WGS84;
  if (MERCATORS.has(epsg)) return made(3857, "WGS 84 / Pseudo-Mercator", [-180, -85.06, 180, 85.06], "EPSG:3857");
  const line = grids.get(epsg);
  if (line === undefined) return utm(epsg);
  const [, name, area, definition] = line.split("|") as [string, string, string, string];
  const [north, west, south, east] = area.split(" ").map(Number) as [number, number, number, number];
  return made(epsg, name, west < east ? [west, south, east, north] : EARTH, definition);
}

/** A system as WKT says it, in a `.prj` or a GeoPackage: by its code where it names one, else as it is described. */
export function systemOfWkt(wkt: string): System | undefined {
  if (wkt.length > 20_000) return undefined;
  const name = /^\s*\w+\s*\[\s*"([^"]{1,80})"/.exec(wkt)?.[1] ?? "";
  const code = /(?:AUTHORITY\["EPSG","(\d+)"\]|ID\["EPSG",(\d+)\])\s*\]\s*$/i.exec(wkt.trim());
  const known = code && systemOfEpsg(Number(code[1] ?? code[2]));
  if (known) return known;
  if (/^\s*GEOG(?:CS|CRS)/i.test(wkt) && /WGS_?(?:19)?84/i.test(name)) return WGS84;
  try {
    const system = made(undefined, name, EARTH, wkt);
    // Datums look alike in degrees; only grids can be told from one another.
    const same = /^\s*PROJ/i.test(wkt) ? sameGrid(system) : undefined;
    return same ?? (system.toWgs84(0, 0).every(Number.isFinite) ? system : undefined);
  } catch {
    return undefined;
  }
}

const UTM_NAME = /^WGS_1984_UTM_Zone_(\d{1,2})([NS])$/i;
/** A degree on the ground is 111 km: this is a tenth of a metre. */
const SAME_DEGREES = 1e-6;

/** Programs of Esri name no codes: the one of ours that puts two points of its area where the other does. */
function sameGrid(system: System): System | undefined {
  const [, zone, side] = UTM_NAME.exec(system.name) ?? [];
  if (zone !== undefined) return utm((side!.toUpperCase() === "N" ? 32600 : 32700) + Number(zone));
  for (const code of grids.keys()) {
    const definition = grids.get(code)!.split("|")[3]!;
    if (definition.startsWith("+proj=longlat")) continue;
    const known = systemOfEpsg(code)!;
    const [west, south, east, north] = known.area;
    const points = [
      [(west + east) / 2, (south + north) / 2],
      [west + (east - west) / 4, south + (north - south) / 4],
    ] as const;
    const { forward } = proj4("EPSG:4326", definition);
    const isSame = points.every((point) => {
      const [x, y] = forward([...point]) as [number, number];
      const [longitude, latitude] = system.toWgs84(x, y);
      return Math.abs(longitude - point[0]) < SAME_DEGREES && Math.abs(latitude - point[1]) < SAME_DEGREES;
    });
    if (isSame) return known;
  }
  return undefined;
}

/** A system as old GeoJSON names it: `urn:ogc:def:crs:EPSG::2154`, `EPSG:2154`, `urn:ogc:def:crs:OGC:1.3:CRS84`. */
export function systemOfName(name: string): System | undefined {
  if (/CRS:?84h?$/i.test(name)) return WGS84;
  const code = /EPSG(?:.*[:/])(\d{1,6})$/i.exec(name);
  return code ? systemOfEpsg(Number(code[1])) : undefined;
}
