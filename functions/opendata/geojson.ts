import { Fault } from "../../shared/errors.ts";
import { decode, ROWS_MAX } from "./csv.ts";
import type { Frame } from "./frame.ts";
import { type Geometry, wrongGeometry } from "./geometry.ts";
import { infer } from "./infer.ts";
import type { Cell, ColumnType } from "./schema.ts";

const COLUMNS_MAX = 500;
const MISTAKES_SHOWN = 20;

const refuse = (pointer: string, detail: string): never => {
  throw new Fault("invalid", detail, { errors: [{ pointer, detail }] });
};

interface Feature {
  id?: unknown;
  properties?: Record<string, unknown> | null;
  geometry?: unknown;
}

/** Reads a GeoJSON FeatureCollection, Feature or geometry (RFC 7946). @throws {Fault} invalid, naming the feature; too_large */
export function readGeoJson(bytes: Uint8Array): Frame {
  const notes: string[] = [];
  const text = decode(bytes, notes);
  let value: { type?: unknown; features?: unknown; crs?: unknown };
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse("#", `The file is not JSON: ${(error as Error).message.slice(0, 160)}`);
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return refuse("#", "The file is JSON, but not GeoJSON.");
  if (value.crs !== undefined && !/CRS84|4326/.test(JSON.stringify(value.crs)))
    return refuse("#/crs", "The file says that it is in another coordinate system: send it in WGS 84 (EPSG:4326).");
  const features = featuresOf(value);
  if (features.length === 0) return refuse("#/features", "There is no feature in the file.");
  if (features.length > ROWS_MAX) throw new Fault("too_large", `At most ${ROWS_MAX} features.`);

  const errors: { pointer: string; detail: string }[] = [];
  const places = features.map((feature, i): Geometry | null => {
    if (feature === null || typeof feature !== "object") {
      errors.push({ pointer: `#/features/${i}`, detail: `Feature ${i + 1} is not an object.` });
      return null;
    }
    if (feature.geometry === null || feature.geometry === undefined) return null;
    const wrong = wrongGeometry(feature.geometry);
    if (wrong) errors.push({ pointer: `#/features/${i}/geometry`, detail: `Feature ${i + 1}: ${wrong}.` });
    const { type, coordinates } = feature.geometry as Geometry;
    return { type, coordinates } as Geometry;
  });
  if (errors.length > 0) throw new Fault("invalid", errors[0]!.detail, { errors: errors.slice(0, MISTAKES_SHOWN) });

  const names = [...new Set(features.flatMap((feature) => Object.keys(feature.properties ?? {})))];
  if (names.length > COLUMNS_MAX) refuse("#/features", `There are ${names.length} properties; at most ${COLUMNS_MAX}.`);
  const hasIds = features.every(({ id }) => typeof id === "string" || typeof id === "number");
  const columns: Frame["columns"] = [];
  const cells: Cell[][] = [];
  const add = (name: string, values: unknown[]) => {
    const column = columnOf(values);
    columns.push({ name, type: column.type });
    cells.push(column.cells);
  };
  if (hasIds && !names.includes("id"))
    add(
      "id",
      features.map(({ id }) => id),
    );
  for (const name of names)
    add(
      name,
      features.map(({ properties }) => properties?.[name]),
    );
  const missing = places.filter((place) => place === null).length;
  if (missing > 0) notes.push(`${missing} features have no place.`);
  return { columns, cells, places, notes };
}

function featuresOf(value: { type?: unknown; features?: unknown }): Feature[] {
  if (value.type === "FeatureCollection")
    return Array.isArray(value.features)
      ? (value.features as Feature[])
      : refuse("#/features", "The collection has no list of features.");
  if (value.type === "Feature") return [value as Feature];
  if (value.type === "Topology") return refuse("#", "This is TopoJSON: convert it to GeoJSON first.");
  return wrongGeometry(value) === undefined
    ? [{ properties: {}, geometry: value }]
    : refuse("#/type", "The file is JSON, but not GeoJSON.");
}

/** Texts are looked at as in CSV; numbers and booleans say what they are; what is nested is kept as JSON text. */
function columnOf(values: unknown[]): { type: ColumnType; cells: Cell[] } {
  const given = values.filter((value) => value !== undefined && value !== null);
  if (given.length > 0 && given.every((value) => typeof value === "number" && Number.isFinite(value)))
    return {
      type: given.every(Number.isSafeInteger) ? "integer" : "number",
      cells: values.map((value) => (value ?? null) as Cell),
    };
  if (given.length > 0 && given.every((value) => typeof value === "boolean"))
    return { type: "boolean", cells: values.map((value) => (value ?? null) as Cell) };
  const texts = values.map((value) =>
    value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value),
  );
  const { type, read } = infer(texts);
  // A text that looks like a number was a text to its author: a postcode, a number of a house.
  const kept =
    type === "date" || type === "datetime"
      ? { type, read }
      : { type: "text" as const, read: (text: string): Cell => text };
  return { type: kept.type, cells: texts.map((text) => (text === "" ? null : kept.read(text))) };
}
