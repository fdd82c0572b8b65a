import { constants, DatabaseSync } from "node:sqlite";
import type { Cell } from "../schema.ts";
import { assembled, BATCH, columnNames, hintedSystem, type RawRow } from "./assembling.ts";
import type { DiskFile } from "./bytes.ts";
import { type FeatureTable, tablesOf } from "./gpkg-tables.ts";
import { layerOf } from "./layers.ts";
import { note, Unreadable } from "./note.ts";
import type { Hints, Source } from "./source.ts";
import { wkbOf } from "./wkb.ts";

/** No value is larger, be it text or geometry. */
const VALUE_MAX = 64 * 1024 * 1024;
const LIMITS = {
  length: VALUE_MAX,
  sqlLength: 100_000,
  column: 2_000,
  exprDepth: 100,
  attach: 0,
  triggerDepth: 0,
  vdbeOp: 100_000,
};

/**
 * Opens a GeoPackage: each of its tables is a layer. The file is somebody else's program as much as data: SQLite opens a
 * copy, read-only and defensive, and is allowed nothing but to read tables. Views, virtual tables, triggers and columns
 * that are computed can hold queries without end: none of them is touched.
 */
export async function openGeoPackage(file: DiskFile, hints: Hints): Promise<Source> {
  let db: DatabaseSync | undefined;
  const close = async () => {
    db?.close();
    await file.close();
  };
  try {
    db = opened(file.path);
    const { tables, notes } = tablesOf(db);
    const { layer, notes: chosen } = layerOf(
      tables.map(({ name }) => name),
      hints,
    );
    const table = tables.find(({ name }) => name === layer)!;
    const { names, notes: named } = columnNames(table.columns.map(({ name }) => name));
    const found = db;
    return await assembled(
      {
        format: "geopackage",
        layers: tables.map(({ name }) => name),
        columns: names.map((name) => ({ name, values: "typed" })),
        hasPlaces: table.geometry !== undefined,
        used: { layer },
        notes: [...notes, ...chosen, ...named],
        system: hintedSystem(hints) ?? table.system(),
        rows: () => rowsOf(found, table),
        close,
      },
      hints,
    );
  } catch (error) {
    await close();
    throw damaged(error);
  }
}

function opened(path: string): DatabaseSync {
  const options = {
    readOnly: true,
    allowExtension: false,
    enableDoubleQuotedStringLiterals: false,
    defensive: true,
    limits: LIMITS,
  };
  const db = new DatabaseSync(path, options);
  db.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;");
  const { SQLITE_OK, SQLITE_DENY, SQLITE_SELECT, SQLITE_READ, SQLITE_PRAGMA } = constants;
  db.setAuthorizer((action, first) => {
    if (action === SQLITE_SELECT || action === SQLITE_READ) return SQLITE_OK;
    return action === SQLITE_PRAGMA && (first === "table_xinfo" || first === "table_list") ? SQLITE_OK : SQLITE_DENY;
  });
  return db;
}

/** What SQLite says of a file is the file's fault. */
function damaged(error: unknown): unknown {
  if (error instanceof Unreadable || (error as NodeJS.ErrnoException).code !== "ERR_SQLITE_ERROR") return error;
  return new Unreadable(note("gpkg.damaged", { value: (error as Error).message.slice(0, 160) }));
}

const quotedName = (name: string) => `"${name.replaceAll('"', '""')}"`;

async function* rowsOf(db: DatabaseSync, { name, columns, geometry }: FeatureTable): AsyncIterable<RawRow[]> {
  const wanted = [...columns.map((column) => column.name), ...(geometry === undefined ? [] : [geometry])]
    .map(quotedName)
    .join(", ");
  let row = 0;
  let batch: RawRow[] = [];
  try {
    const statement = db.prepare(`SELECT ${wanted} FROM ${quotedName(name)} NOT INDEXED`);
    statement.setReturnArrays(true);
    statement.setReadBigInts(true);
    for (const values of statement.iterate() as Iterable<unknown> as Iterable<unknown[]>) {
      row += 1;
      batch.push(rowOf(`#/row/${row}`, columns, geometry !== undefined, values));
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    throw damaged(error);
  }
  if (batch.length > 0) yield batch;
}

function rowOf(at: string, columns: FeatureTable["columns"], hasPlace: boolean, values: unknown[]): RawRow {
  const cells = columns.map(({ type }, i) => cellOf(values[i], type));
  if (!hasPlace) return { at, cells };
  const blob = values[columns.length];
  if (blob === null) return { at, cells, geometry: null };
  const geometry = blob instanceof Uint8Array ? wkbOf(blob) : undefined;
  return geometry === undefined ? { at, cells, wrong: note("gpkg.geometry") } : { at, cells, geometry };
}

function cellOf(value: unknown, type: string): Cell {
  if (value === null || value instanceof Uint8Array) return null;
  if (type === "BOOLEAN" && (value === 0n || value === 1n)) return value === 1n;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  return value === "" ? null : String(value);
}
