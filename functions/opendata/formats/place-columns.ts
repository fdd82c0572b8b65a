import { wktToGeoJSON } from "betterknown";
import { numberOf } from "./converting.ts";
import { type Note, note, quoted } from "./note.ts";

/** Which columns of a table of text say where a row is, and how. */
export interface PlaceColumns {
  /** Columns that hold a place and nothing else: they are not kept beside it. */
  dropped: Set<number>;
  /** The code of the system that extended well-known text names. */
  epsg?: number | undefined;
  read(fields: string[]): { geometry?: unknown; wrong?: Note };
}

const LATITUDE = /^(?:lat|latitude|y_?lat|geo_?lat|stop_lat|coord_?y|y)$/i;
const LONGITUDE = /^(?:lon|lng|long|longitude|x_?lon|geo_?lon|stop_lon|coord_?x|x)$/i;
/** Names that mean degrees and nothing else. */
const IN_DEGREES = /^(?:lat|lon|lng|long|latitude|longitude|stop_l|geo_?l)/i;
const SHAPE = /^(?:wkt|geom|geometry|the_geom|geo_?shape|geojson|shape)$/i;
const PAIR = /^(?:geo_?point(?:_2d)?|lat_?lon|latlng|coordinates|coordonnees|location)$/i;
const IS_WKT = /^\s*(?:SRID=\d+;)?\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\s*[ZM]*\s*\(|^\s*GEOMETRYCOLLECTION\s*\(/i;
const SRID = /^\s*SRID=(\d{1,6});/i;
const IS_GEOJSON = /^\s*\{\s*"/;
const IS_PAIR = /^\s*-?\d{1,2}(?:\.\d+)?\s*[,;]\s*-?\d{1,3}(?:\.\d+)?\s*$/;
/** Nobody writes a longer geometry into a table. */
const GEOMETRY_MAX = 2_000_000;

const number = (field: string): number | undefined =>
  numberOf(field.trim(), {}) ?? numberOf(field.trim(), { decimal: "," });

interface Found {
  places?: PlaceColumns;
  notes: Note[];
}

/**
 * Looks for columns of places by their names and by some rows.
 * @param isPlanar somebody said in which system the places are: then x and y need not be degrees
 */
export function placeColumns(names: string[], sample: string[][], isPlanar: boolean): Found {
  const holds = (i: number, looks: (text: string) => boolean) => {
    const given = sample.map((fields) => fields[i]?.trim() ?? "").filter(Boolean);
    return given.length > 0 && given.filter(looks).length > given.length / 2;
  };
  const column = (name: RegExp, looks: (text: string) => boolean) =>
    names.findIndex((one, i) => name.test(one) && holds(i, looks));

  const shape = column(SHAPE, (text) => IS_WKT.test(text) || IS_GEOJSON.test(text));
  if (shape >= 0) {
    const code = sample.map((fields) => SRID.exec(fields[shape] ?? "")?.[1]).find(Boolean);
    const epsg = code === undefined ? undefined : Number(code);
    const read = (fields: string[]) => shaped(fields[shape] ?? "");
    return {
      places: { dropped: new Set([shape]), epsg, read },
      notes: [note("places.shape", { column: names[shape]! })],
    };
  }

  const isNumber = (text: string) => number(text) !== undefined;
  const [lat, lon] = [column(LATITUDE, isNumber), column(LONGITUDE, isNumber)];
  const columns = `${names[lat]}, ${names[lon]}`;
  const isPair = lat >= 0 && lon >= 0;
  const areDegrees =
    isPair &&
    ((IN_DEGREES.test(names[lat]!) && IN_DEGREES.test(names[lon]!)) ||
      [lat, lon].every((i) => holds(i, (text) => Math.abs(number(text) ?? Infinity) <= 180)));
  if (isPair && (isPlanar || areDegrees)) {
    const places = pair((fields) => [fields[lat] ?? "", fields[lon] ?? ""]);
    return { places, notes: [note("places.columns", { columns })] };
  }

  const both = column(PAIR, (text) => IS_PAIR.test(text));
  if (both >= 0) {
    const places = pair((fields) => {
      const [latitude = "", longitude = ""] = (fields[both] ?? "").split(/[,;]/);
      return [latitude, longitude];
    });
    return {
      places: { ...places, dropped: new Set([both]) },
      notes: [note("places.columns", { columns: names[both]! })],
    };
  }
  // Columns called x and y may hold something else, or places in a system that nobody named.
  return { notes: isPair ? [note("places.system", { columns })] : [] };
}

/** Points of latitudes and longitudes, or of what is north and east. */
function pair(of: (fields: string[]) => [string, string]): PlaceColumns {
  return {
    dropped: new Set(),
    read(fields) {
      const [y, x] = of(fields);
      if (y.trim() === "" || x.trim() === "") return { geometry: null };
      const coordinates = [number(x), number(y)];
      return coordinates.includes(undefined)
        ? { wrong: note("place.pair", { value: quoted(`${y}, ${x}`) }) }
        : { geometry: { type: "Point", coordinates } };
    },
  };
}

function shaped(field: string): { geometry?: unknown; wrong?: Note } {
  const text = field.trim().replace(SRID, "");
  if (text === "") return { geometry: null };
  const wrong = note("place.text", { value: quoted(text) });
  if (text.length > GEOMETRY_MAX) return { wrong };
  try {
    const geometry = IS_GEOJSON.test(text) ? JSON.parse(text) : wktToGeoJSON(text);
    return geometry === null && !/EMPTY\s*$/i.test(text) ? { wrong } : { geometry };
  } catch {
    return { wrong };
  }
}
