import type { DatabaseSync } from "node:sqlite";
import { type Note, note, refuse } from "./note.ts";
import { type System, systemOfEpsg, systemOfWkt } from "./systems.ts";

export interface FeatureTable {
  name: string;
  /** Without the geometry, and without values that are no data: pictures. */
  columns: { name: string; type: string }[];
  /** The name of the column of places. */
  geometry: string | undefined;
  /** @throws {Unreadable} one that we do not know */
  system(): System | undefined;
}

const TABLES_MAX = 500;
const TEXT_MAX = 200;
const text = (value: unknown): string => (typeof value === "string" ? value.slice(0, TEXT_MAX) : "");
/** Tables that are of the format, not of its maker. */
const OWN = /^(?:gpkg_|rtree_|sqlite_|layer_styles$|qgis_)/i;

/** The tables of a GeoPackage that hold data, those with places first. @throws {Unreadable} none */
export function tablesOf(db: DatabaseSync): { tables: FeatureTable[]; notes: Note[] } {
  const all = db.prepare("SELECT type, name, sql FROM sqlite_master LIMIT 20000").all();
  const plain = new Set<string>();
  const notes: Note[] = [];
  let programs = 0;
  for (const { type, name, sql } of all) {
    if (type === "trigger" || type === "view") programs += 1;
    if (type === "table" && !/^\s*CREATE\s+VIRTUAL/i.test(text(sql)) && !OWN.test(String(name)))
      plain.add(String(name));
  }
  const has = (name: string) => all.some((one) => one["name"] === name && one["type"] === "table");
  if (!has("gpkg_contents")) refuse("file.kind", { value: "SQLite" });
  const contents = db.prepare("SELECT table_name, data_type FROM gpkg_contents LIMIT 1000").all();
  const places = has("gpkg_geometry_columns")
    ? db.prepare("SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns LIMIT 1000").all()
    : [];
  const isOf = (table: string) => (one: Record<string, unknown>) =>
    String(one["table_name"]).toLowerCase() === table.toLowerCase();
  const named = contents
    .filter((one) => one["data_type"] === "features" || one["data_type"] === "attributes")
    .map((one) => String(one["table_name"]));
  for (const name of named) if (!plain.has(name)) notes.push(note("gpkg.view", { value: name.slice(0, TEXT_MAX) }));
  const tables = named
    .filter((name) => plain.has(name))
    .slice(0, TABLES_MAX)
    .map((name): FeatureTable => {
      const place = places.find(isOf(name));
      const geometry = place === undefined ? undefined : String(place["column_name"]);
      const columns = columnsOf(db, name).filter((column) => column.name !== geometry);
      return { name, columns, geometry, system: () => systemOf(db, Number(place?.["srs_id"] ?? -1)) };
    });
  if (tables.length === 0) refuse("gpkg.nothing");
  if (programs > 0) notes.push(note("gpkg.triggers", { n: programs }));
  return { tables: tables.sort((a, b) => Number(b.geometry !== undefined) - Number(a.geometry !== undefined)), notes };
}

/** The columns that hold a value: what is computed each time it is read may be computed without end. */
function columnsOf(db: DatabaseSync, table: string): { name: string; type: string }[] {
  return db
    .prepare("SELECT name, type, hidden FROM pragma_table_xinfo(?)")
    .all(table)
    .filter(({ hidden, type }) => Number(hidden) === 0 && !/BLOB/i.test(text(type)))
    .map(({ name, type }) => ({ name: String(name), type: text(type).toUpperCase() }));
}

function systemOf(db: DatabaseSync, id: number): System | undefined {
  // -1 and 0 are the format's words for a plane and for a globe that nobody described.
  if (id <= 0) return undefined;
  const found = db
    .prepare(
      "SELECT organization, organization_coordsys_id AS code, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
    )
    .get(id);
  if (!found) return refuse("system.unknown", { value: `srs_id ${id}` });
  const isEpsg = /^epsg$/i.test(text(found["organization"]));
  const known = isEpsg ? systemOfEpsg(Number(found["code"])) : undefined;
  return (
    known ??
    systemOfWkt(String(found["definition"])) ??
    refuse("system.unknown", { value: `${text(found["organization"])}:${found["code"]}` })
  );
}
