import { wktToGeoJSON } from "betterknown";
import { numberOf } from "./converting.ts";
import { type Note, note } from "./note.ts";

/** Which columns of a table of text say where a row is, and how. */
export interface PlaceColumns {
  /** Columns that hold a place and nothing else: they are not kept beside it. */
  dropped: Set<number>;
  notes: Note[];
  read(fields: string[]): { geometry?: unknown; wrong?: Note };
}

const LATITUDE = /^(?:lat|latitude|y_?lat|geo_?lat|stop_lat|coord_?y|y)$/i;
const LONGITUDE = /^(?:lon|lng|long|longitude|x_?lon|geo_?lon|stop_lon|coord_?x|x)$/i;
/** Names that mean degrees and nothing else. */
const IN_DEGREES = /^(?:lat|lon|lng|long|latitude|longitude|stop_l|geo_?l)/i;
const SHAPE = /^(?:wkt|geom|geometry|the_geom|geo_?shape|geojson|shape)$/i;
const PAIR = /^(?:geo_?point(?:_2d)?|lat_?lon|latlng|coordinates|coordonnees|location)$/i;
const IS_WKT = /^\s*(?:SRID=\d+;)?\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\s*[ZM]*\s*\(|^\s*GEOMETRYCOLLECTION\s*\(/i;
const IS_GEOJSON = /^\s*\{\s*"/;
const IS_PAIR = /^\s*-?\d{1,2}(?:\.\d+)?\s*[,;]\s*-?\d{1,3}(?:\.\d+)?\s*$/;
/** Nobody writes a longer geometry into a table. */
const GEOMETRY_MAX = 2_000_000;

const number = (field: string): number | undefined =>
  numberOf(field.trim(), {}) ?? numberOf(field.trim(), { decimal: "," });

/** @param isPlanar somebody said in which system the places are: then x and y need not be degrees */
export function placeColumns(names: string[], sample: string[][], isPlanar: boolean): PlaceColumns | undefined {
  const holds = (i: number, looks: (text: string) => boolean) => {
    const given = sample.map((fields) => fields[i]?.trim() ?? "").filter(Boolean);
    return given.length > 0 && given.filter(looks).length > given.length / 2;
  };
  const shape = names.findIndex(
    (name, i) => SHAPE.test(name) && holds(i, (text) => IS_WKT.test(text) || IS_GEOJSON.test(text)),
  );
  if (shape >= 0)
    return {
      dropped: new Set([shape]),
      notes: [note("places.shape", { column: names[shape]! })],
      read: (fields) => shaped(fields[shape] ?? ""),
    };
  const isNumber = (text: string) => number(text) !== undefined;
  const lat = names.findIndex((name, i) => LATITUDE.test(name) && holds(i, isNumber));
  const lon = names.findIndex((name, i) => LONGITUDE.test(name) && holds(i, isNumber));
  if (lat >= 0 && lon >= 0) {
    const inDegrees = IN_DEGREES.test(names[lat]!) && IN_DEGREES.test(names[lon]!);
    // Columns called x and y may hold something else, or a system that is not named: then they are no places yet.
    const looksRight = (i: number, most: number) => holds(i, (text) => Math.abs(number(text) ?? Infinity) <= most);
    if (isPlanar || inDegrees || (looksRight(lat, 90) && looksRight(lon, 180)))
      return pair(names, lat, lon, (fields) => [fields[lat] ?? "", fields[lon] ?? ""]);
  }
  const both = names.findIndex((name, i) => PAIR.test(name) && holds(i, (text) => IS_PAIR.test(text)));
  if (both < 0) return undefined;
  const split = (fields: string[]): [string, string] => {
    const [latitude = "", longitude = ""] = (fields[both] ?? "").split(/[,;]/);
    return [latitude, longitude];
  };
  return { ...pair(names, both, both, split), dropped: new Set([both]) };
}

function pair(names: string[], lat: number, lon: number, of: (fields: string[]) => [string, string]): PlaceColumns {
  const columns = lat === lon ? names[lat]! : `${names[lat]}, ${names[lon]}`;
  return {
    dropped: new Set(),
    notes: [note("places.columns", { columns })],
    read(fields) {
      const [y, x] = of(fields);
      if (y.trim() === "" || x.trim() === "") return { geometry: null };
      const coordinates = [number(x), number(y)];
      return coordinates.includes(undefined)
        ? { wrong: note("place.pair", { value: `${y}, ${x}`.slice(0, 60) }) }
        : { geometry: { type: "Point", coordinates } };
    },
  };
}

function shaped(field: string): { geometry?: unknown; wrong?: Note } {
  const text = field.trim();
  if (text === "") return { geometry: null };
  const wrong = note("place.text", { value: text.slice(0, 60) });
  if (text.length > GEOMETRY_MAX) return { wrong };
  try {
    const geometry = IS_GEOJSON.test(text) ? JSON.parse(text) : wktToGeoJSON(text);
    return geometry === null && !/EMPTY\s*$/i.test(text) ? { wrong } : { geometry };
  } catch {
    return { wrong };
  }
}
