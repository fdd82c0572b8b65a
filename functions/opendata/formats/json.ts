import type { Cell } from "../schema.ts";
import { assembled, batched, COLUMNS_MAX, columnNames, hintedSystem, type RawRow } from "./assembling.ts";
import type { Bytes } from "./bytes.ts";
import { type Piece, piecesOf, sequenceOf } from "./json-scan.ts";
import { type Note, note, refuse } from "./note.ts";
import type { Hints, Source } from "./source.ts";
import { type System, systemOfName } from "./systems.ts";
import { encodingOf, inUtf8 } from "./text.ts";

type Element = Extract<Piece, { element: unknown }>;
type Fields = Record<string, unknown>;

/** Where the rows of a document are, and what they are. */
interface Shape {
  isGeo: boolean;
  /** The member that holds the list; undefined for a document that is a list itself, or a sequence of documents. */
  list: string | undefined;
  isSequence: boolean;
}

/**
 * Opens GeoJSON (RFC 7946), a sequence of features, or JSON: a list of objects, or an object with one. A first reading
 * finds the columns, a second the rows.
 */
export async function openJson(given: Bytes, hints: Hints, isSequence: boolean): Promise<Source> {
  const { encoding, notes } = await encodingOf(given, hints.encoding);
  const bytes = inUtf8(given, encoding);
  let survey = await surveyed(bytes, isSequence);
  // A document that is one feature, or one geometry, is a sequence of one.
  if (survey.isSingle()) survey = await surveyed(bytes, true);
  survey.demandRows();
  const { shape, hasIds } = survey;
  const keys = [...survey.names];
  const { names, notes: named } = columnNames(hasIds ? ["id", ...keys] : keys);
  return assembled(
    {
      format: shape.isGeo ? "geojson" : "json",
      layers: [],
      columns: names.map((name) => ({ name, values: "typed" })),
      hasPlaces: shape.isGeo,
      used: { encoding },
      notes: [...notes, ...named],
      system: hintedSystem(hints) ?? survey.system,
      rows: () => batched(rowsOf(bytes, shape, keys, hasIds)),
    },
    hints,
  );
}

async function surveyed(bytes: Bytes, isSequence: boolean): Promise<Survey> {
  const survey = new Survey(isSequence);
  for await (const piece of isSequence ? sequenceOf(bytes) : piecesOf(bytes, (name) => survey.isList(name)))
    survey.see(piece);
  return survey;
}

const GEOMETRIES = new Set([
  "Point",
  "MultiPoint",
  "LineString",
  "MultiLineString",
  "Polygon",
  "MultiPolygon",
  "GeometryCollection",
]);
/** Lists of an object that are no rows, whatever they hold. */
const NO_ROWS = new Set(["bbox", "coordinates", "geometries"]);

/** What a first reading finds: what the document is, its columns, its coordinate system. */
class Survey {
  readonly names = new Set<string>();
  readonly shape: Shape;
  system: System | undefined;
  private type: string | undefined;
  private rows = 0;
  private withId = 0;

  constructor(isSequence: boolean) {
    this.shape = { isGeo: false, list: undefined, isSequence };
  }

  /** Features, or else the first list that has an object in it. */
  isList(name: string): boolean {
    if (this.rows > 0 || NO_ROWS.has(name) || (this.type === "FeatureCollection" && name !== "features")) return false;
    this.shape.list = name;
    return true;
  }

  isSingle(): boolean {
    return !this.shape.isSequence && this.rows === 0 && (this.type === "Feature" || GEOMETRIES.has(this.type ?? ""));
  }

  /** Has each feature an id of its own, beside its properties? */
  get hasIds(): boolean {
    return this.shape.isGeo && this.withId === this.rows && !this.names.has("id");
  }

  see(piece: Piece): void {
    if ("member" in piece) this.seeMember(piece.member, piece.value);
    else this.seeElement(piece);
  }

  private seeMember(member: string, value: unknown): void {
    if (member === "type" && typeof value === "string") {
      this.type = value;
      if (value === "Topology") refuse("json.topology");
    }
    if (member === "crs" && value) {
      const name = String((value as { properties?: { name?: unknown } }).properties?.name ?? JSON.stringify(value));
      this.system = systemOfName(name) ?? refuse("system.unknown", { value: name.slice(0, 80) }, "#/crs");
    }
  }

  private seeElement({ element, index }: Element): void {
    if (typeof element !== "object" || element === null || Array.isArray(element)) return;
    this.rows += 1;
    const feature = featureOf(element as Fields);
    if (this.rows === 1) this.shape.isGeo = feature !== undefined || this.type === "FeatureCollection";
    const fields = this.shape.isGeo ? feature?.["properties"] : element;
    for (const name in fields as Fields) {
      if (this.names.has(name)) continue;
      this.names.add(name);
      if (this.names.size > COLUMNS_MAX)
        refuse("columns.many", { n: this.names.size, most: COLUMNS_MAX }, pointer(index, this.shape));
    }
    const id = feature?.["id"];
    if (typeof id === "string" || typeof id === "number") this.withId += 1;
  }

  /** @throws {Unreadable} */
  demandRows(): void {
    if (this.rows > 0) return;
    if (this.type === "FeatureCollection") refuse("geojson.features", {}, "#/features");
    refuse("json.list");
  }
}

/** An element as a feature, be it one or a geometry alone. */
function featureOf(element: Fields): Fields | undefined {
  const { type } = element;
  if (type === "Feature") return element;
  return typeof type === "string" && GEOMETRIES.has(type) && ("coordinates" in element || "geometries" in element)
    ? { type: "Feature", properties: {}, geometry: element }
    : undefined;
}
const pointer = (index: number, { isGeo }: Shape): string => `#/${isGeo ? "features" : "records"}/${index}`;

async function* rowsOf(bytes: Bytes, shape: Shape, keys: string[], hasIds: boolean): AsyncIterable<RawRow> {
  const width = keys.length + (hasIds ? 1 : 0);
  for await (const piece of shape.isSequence ? sequenceOf(bytes) : piecesOf(bytes, (name) => name === shape.list)) {
    if (!("element" in piece)) continue;
    const at = pointer(piece.index, shape);
    const { fields, geometry, id, wrong } = partsOf(piece.element, shape);
    const cells = fields
      ? keys.map((key) => cellOf(Object.hasOwn(fields, key) ? fields[key] : null))
      : new Array(width).fill(null);
    if (wrong) yield { at, cells, wrong };
    else yield { at, cells: hasIds ? [cellOf(id), ...cells] : cells, geometry };
  }
}

function partsOf(
  element: unknown,
  { isGeo }: Shape,
): { fields?: Fields; geometry?: unknown; id?: unknown; wrong?: Note } {
  if (!isObject(element)) return { wrong: note("json.object") };
  if (!isGeo) return { fields: element };
  const { properties, geometry, id } = featureOf(element) ?? { properties: false };
  if (properties !== null && properties !== undefined && !isObject(properties))
    return { wrong: note("geojson.feature") };
  return { fields: properties ?? {}, geometry, id };
}
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What is nested is kept as JSON text; a number that is none (1e999) as nothing. */
function cellOf(value: unknown): Cell {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "object") return JSON.stringify(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  return value as Cell;
}
