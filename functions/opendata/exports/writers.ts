import type { Passed } from "../query/only.ts";
import { csvOf } from "./csv.ts";
import { geojsonOf } from "./geojson.ts";
import { type About, geopackageOf } from "./geopackage.ts";
import { xlsxOf } from "./xlsx.ts";

export interface Writer {
  type: string;
  parts(data: Passed, about: About): AsyncGenerator<string | Uint8Array>;
}

/** The dataset whole, by the file's extension, as it is made: whatever its size, little of it is in memory. */
export const WRITERS: Record<string, Writer> = {
  csv: { type: "text/csv; charset=utf-8", parts: csvOf },
  geojson: { type: "application/geo+json", parts: geojsonOf },
  xlsx: { type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", parts: xlsxOf },
  gpkg: { type: "application/geopackage+sqlite3", parts: geopackageOf },
};
