import { createHash } from "node:crypto";
import type { Position } from "../geometry.ts";
import type { Cell } from "../schema.ts";
import { assembled, batched, columnNames, type RawRow } from "./assembling.ts";
import { type Dialect, linesOf } from "./csv.ts";
import { GtfsCheck, type GtfsTable } from "./gtfs-check.ts";
import { isDay, isQuantity, NEEDED } from "./gtfs-rules.ts";
import { layerOf } from "./layers.ts";
import { refuse } from "./note.ts";
import type { Feed, Hints, Source } from "./source.ts";
import type { Archive } from "./zip.ts";

const DIALECT: Dialect = { encoding: "utf-8", delimiter: ",", skipped: 0 };
/** Of each route one line is drawn: points of lines are held in memory while its layer is read. */
const POINTS_MAX = 2_000_000;

/** Is this the zip file of a timetable? */
export const isGtfs = (names: readonly string[]): boolean =>
  NEEDED.filter((name) => names.some((one) => one.toLowerCase().split("/").at(-1) === `${name}.txt`)).length >= 3;

/**
 * Opens a timetable (GTFS Schedule): stops are points, routes are lines along their shapes, every other table is a layer
 * as it is. What is wrong with the timetable as a whole is told with file and line.
 */
export async function openGtfs(zip: Archive, hints: Hints): Promise<Source> {
  const tables = new Map<string, GtfsTable>();
  for (const path of zip.names) {
    const name = /^(?:[^/]*\/)?([a-z_]+)\.txt$/i.exec(path)?.[1]?.toLowerCase();
    if (name !== undefined && zip.size(path) > 0) tables.set(name, await tableOf(zip, path, name));
  }
  const { check, notes } = await GtfsCheck.of(tables);
  const first = ["stops", "routes"];
  const layers = [...first, ...[...tables.keys()].filter((name) => !first.includes(name)).sort()];
  const { layer, notes: chosen } = layerOf(layers, hints);
  const table = tables.get(layer)!;
  const { names, notes: named } = columnNames(table.columns, `#/${layer}.txt/line/1`);
  const places =
    layer === "stops"
      ? pointsOf(table)
      : layer === "routes" && tables.has("shapes")
        ? await linesOfRoutes(tables)
        : undefined;
  return assembled(
    {
      format: "gtfs",
      feed: { ...(await feedOf(tables)), table: layer, columns: table.columns },
      layers,
      columns: names.map((name, i) => ({ name, values: isNamed(table.columns[i]!) ? "names" : "texts" })),
      hasPlaces: places !== undefined,
      used: { layer },
      notes: [...chosen, ...named, ...notes],
      rows: () => batched(rowsOf(table, check, places)),
    },
    hints,
  );
}

const isNamed = (column: string): boolean => !isQuantity(column) && !isDay(column);

/** What tells this feed from others is what its tables say, however they were packed. */
async function feedOf(tables: Map<string, GtfsTable>): Promise<Pick<Feed, "digest" | "tables">> {
  const hash = createHash("sha256");
  const names: string[] = [];
  for (const { name, columns, lines } of [...tables.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    let rows = 0;
    for await (const { fields } of lines()) {
      if (rows === 0) hash.update(JSON.stringify([name, columns]));
      hash.update(JSON.stringify(fields));
      rows += 1;
    }
    // A table without rows says nothing, and cannot be published.
    if (rows > 0) names.push(name);
  }
  return { digest: hash.digest("hex"), tables: names };
}

async function tableOf(zip: Archive, path: string, name: string): Promise<GtfsTable> {
  const bytes = zip.bytes(path);
  let columns: string[] = [];
  for await (const { fields } of linesOf(bytes, DIALECT)) {
    columns = fields.map((field) => field.trim());
    break;
  }
  if (columns.length === 0) refuse("gtfs.column", { file: `${name}.txt`, value: "1" }, `#/${name}.txt`);
  return {
    name,
    columns,
    async *lines() {
      let isHeader = true;
      for await (const line of linesOf(bytes, DIALECT)) {
        if (!isHeader) yield line;
        isHeader = false;
      }
    },
  };
}

type Places = (fields: string[]) => unknown;

const DAY = /^(\d{4})(\d{2})(\d{2})$/;

async function* rowsOf(table: GtfsTable, check: GtfsCheck, places: Places | undefined): AsyncIterable<RawRow> {
  const look = check.checker(table);
  const areDays = table.columns.map(isDay);
  for await (const line of table.lines()) {
    const cells = table.columns.map((_, i): Cell => {
      const text = line.fields[i]?.trim() ?? "";
      return text === "" ? null : areDays[i] ? text.replace(DAY, "$1-$2-$3") : text;
    });
    const at = `#/line/${line.line}`;
    const wrong = look(line);
    const row: RawRow = places ? { at, cells, geometry: places(line.fields) } : { at, cells };
    yield wrong ? { ...row, geometry: null, wrong } : row;
  }
}

function pointsOf({ columns }: GtfsTable): Places {
  const [lat, lon] = [columns.indexOf("stop_lat"), columns.indexOf("stop_lon")];
  return (fields) => {
    const [y, x] = [fields[lat]?.trim() ?? "", fields[lon]?.trim() ?? ""];
    return y === "" || x === "" ? null : { type: "Point", coordinates: [Number(x), Number(y)] };
  };
}

/** The line of a route is that of the shape which most of its trips follow. */
async function linesOfRoutes(tables: Map<string, GtfsTable>): Promise<Places> {
  const counts = new Map<string, Map<string, number>>();
  for await (const [route, shape] of columnsOf(tables.get("trips")!, ["route_id", "shape_id"])) {
    if (!shape) continue;
    const shapes = counts.get(route!) ?? new Map<string, number>();
    counts.set(route!, shapes.set(shape, (shapes.get(shape) ?? 0) + 1));
  }
  const shapeOf = new Map(
    [...counts].map(([route, shapes]) => [route, [...shapes].sort((a, b) => b[1] - a[1])[0]![0]]),
  );
  const wanted = new Set(shapeOf.values());
  const points = new Map<string, [sequence: number, position: Position][]>();
  let held = 0;
  for await (const [shape, lat, lon, sequence] of columnsOf(tables.get("shapes")!, [
    "shape_id",
    "shape_pt_lat",
    "shape_pt_lon",
    "shape_pt_sequence",
  ])) {
    if (!wanted.has(shape!)) continue;
    held += 1;
    if (held > POINTS_MAX) refuse("gtfs.large", { file: "shapes.txt" }, "#/shapes.txt");
    const line = points.get(shape!) ?? [];
    line.push([Number(sequence), [Number(lon), Number(lat)]]);
    points.set(shape!, line);
  }
  const lines = new Map(
    [...points].map(([shape, line]) => [shape, line.sort(([a], [b]) => a - b).map(([, position]) => position)]),
  );
  const route = tables.get("routes")!.columns.indexOf("route_id");
  return (fields) => {
    const coordinates = lines.get(shapeOf.get(fields[route]?.trim() ?? "") ?? "");
    return coordinates === undefined ? null : { type: "LineString", coordinates };
  };
}

async function* columnsOf({ columns, lines }: GtfsTable, names: string[]): AsyncIterable<(string | undefined)[]> {
  const indexes = names.map((name) => columns.indexOf(name));
  for await (const { fields } of lines()) yield indexes.map((i) => fields[i]?.trim());
}
