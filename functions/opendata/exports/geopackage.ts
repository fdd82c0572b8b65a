import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { geojsonToWkb } from "hyparquet-writer";
import { numberOf } from "../feature.ts";
import type { Geometry } from "../geometry.ts";
import type { Passed } from "../query/only.ts";
import { wholly } from "../query/reading.ts";
import type { Cell, Column, ColumnType } from "../schema.ts";

// OGC GeoPackage 1.3: SQLite with three tables that say what is in it. @see https://www.geopackage.org/spec131/

const ROWS_AT_ONCE = 2_000;
const PIECE = 1024 * 1024;
const SRS = 4326;
/** "GPKG", and the version that it is of: 1.3.0. */
const APPLICATION_ID = 0x47504b47;
const USER_VERSION = 10_300;
const WGS84 =
  'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]';

const TYPES: Record<ColumnType, string> = {
  text: "TEXT",
  integer: "INTEGER",
  number: "DOUBLE",
  boolean: "BOOLEAN",
  date: "DATE",
  datetime: "DATETIME",
};

const SCHEMA = `
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
  srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
`;

/** What the package says of itself. */
export interface About {
  table: string;
  title: string;
  publishedAt: string;
}

/** The dataset as a GeoPackage: made on this machine's disk, then sent from there. */
export async function* geopackageOf(data: Passed, about: About): AsyncGenerator<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "hansa-gpkg-"));
  const path = join(folder, "data.gpkg");
  try {
    await write(path, data, about);
    const file = await open(path, "r");
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(new Uint8Array(PIECE), 0, PIECE);
        if (bytesRead === 0) break;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

async function write(path: string, data: Passed, { table, title, publishedAt }: About): Promise<void> {
  const db = new DatabaseSync(path);
  try {
    // Nobody reads the file before it is whole, and half of one is thrown away.
    db.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192;");
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${USER_VERSION};`);
    db.exec(SCHEMA);
    const srs = db.prepare("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)");
    srs.run("Undefined Cartesian", -1, "NONE", -1, "undefined", "undefined Cartesian coordinate reference system");
    srs.run("Undefined geographic", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system");
    srs.run("WGS 84", SRS, "EPSG", SRS, WGS84, "longitude and latitude on WGS 84");
    const names = columnNames(data.columns);
    const place = data.hasPlaces ? [names.free("geom")] : [];
    const key = names.free("fid");
    const defined = [
      `${quoted(key)} INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL`,
      ...place.map((name) => `${quoted(name)} GEOMETRY`),
      ...data.columns.map(({ name, type }) => `${quoted(names.of(name))} ${TYPES[type]}`),
    ];
    db.exec(`CREATE TABLE ${quoted(table)} (${defined.join(", ")})`);
    const at = new Date(publishedAt).toISOString();
    db.prepare("INSERT INTO gpkg_contents VALUES (?, ?, ?, '', ?, ?, ?, ?, ?, ?)").run(
      table,
      data.hasPlaces ? "features" : "attributes",
      title,
      at,
      ...(data.bbox ?? [null, null, null, null]),
      data.hasPlaces ? SRS : null,
    );
    // Places of any kind, with or without heights.
    for (const name of place)
      db.prepare("INSERT INTO gpkg_geometry_columns VALUES (?, ?, 'GEOMETRY', ?, 2, 0)").run(table, name, SRS);
    const insert = db.prepare(
      `INSERT INTO ${quoted(table)} VALUES (${["?", ...place, ...data.columns].map(() => "?").join(", ")})`,
    );
    for await (const rows of wholly(data))
      for (let from = 0; from < rows.rows; from += ROWS_AT_ONCE) {
        db.exec("BEGIN");
        for (let i = from; i < Math.min(rows.rows, from + ROWS_AT_ONCE); i++) {
          const cells = data.columns.map(({ type }, c) => valueIn(type, rows.cells[c]![i]!));
          const geometry = rows.places?.[i];
          insert.run(numberOf(rows, i) + 1, ...place.map(() => (geometry ? blobOf(geometry) : null)), ...cells);
        }
        db.exec("COMMIT");
        // Others are answered meanwhile.
        await setImmediate();
      }
  } finally {
    db.close();
  }
}

function valueIn(type: ColumnType, cell: Cell): string | number | bigint | null {
  if (typeof cell === "boolean") return cell ? 1 : 0;
  if (type === "integer" && cell !== null) return BigInt(cell as number);
  if (type !== "datetime" || typeof cell !== "string") return cell;
  // The standard has instants to the millisecond, in UTC.
  return new Date(cell.endsWith("Z") ? cell : `${cell}Z`).toISOString();
}

/** A geometry as a GeoPackage keeps it: its own short head before WKB. */
function blobOf(geometry: Geometry): Uint8Array {
  const wkb = geojsonToWkb(geometry as never);
  const bytes = new Uint8Array(8 + wkb.byteLength);
  bytes.set([0x47, 0x50, 0, 1]); // "GP", version 1, little endian and no envelope
  new DataView(bytes.buffer).setInt32(4, SRS, true);
  bytes.set(wkb, 8);
  return bytes;
}

/** SQLite takes `Name` and `name` for one column: the second gets a number. */
function columnNames(columns: readonly Column[]) {
  const taken = new Set<string>();
  const free = (wanted: string): string => {
    for (let n = 1; ; n++) {
      const name = n === 1 ? wanted : `${wanted}_${n}`;
      if (taken.has(name.toLowerCase())) continue;
      taken.add(name.toLowerCase());
      return name;
    }
  };
  const made = new Map(columns.map(({ name }) => [name, free(name)]));
  return { free, of: (name: string) => made.get(name)! };
}
