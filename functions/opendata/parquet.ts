import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import type { Loaded } from "./pack.ts";
import { GEOMETRY } from "./query/cql2.ts";
import type { Cell, ColumnType } from "./schema.ts";

const INT32_MAX = 2 ** 31 - 1;

/** A version as one Parquet file, its places as GeoParquet 1.1 (WKB, longitude first). @see https://geoparquet.org */
export function writeParquet({ columns, cells, places, bbox }: Loaded): ArrayBuffer {
  const columnData = columns.map(({ name, type }, i) => columnOf(name, type, cells[i]!));
  if (!places || !bbox) return parquetWriteBuffer({ columnData });
  const types = [...new Set(places.flatMap((place) => (place ? [place.type] : [])))];
  const geo = {
    version: "1.1.0",
    primary_column: GEOMETRY,
    columns: { [GEOMETRY]: { encoding: "WKB", geometry_types: types, bbox } },
  };
  return parquetWriteBuffer({
    columnData: [
      ...columnData.filter(({ name }) => name !== GEOMETRY),
      { name: GEOMETRY, data: places, type: "GEOMETRY" as const },
    ],
    kvMetadata: [{ key: "geo", value: JSON.stringify(geo) }],
  });
}

function columnOf(name: string, type: ColumnType, cells: readonly Cell[]): ColumnSource {
  const each = <T>(of: (cell: NonNullable<Cell>) => T) => cells.map((cell) => (cell === null ? null : of(cell)));
  switch (type) {
    case "integer":
      return cells.every((cell) => cell === null || Math.abs(cell as number) <= INT32_MAX)
        ? { name, data: each(Number), type: "INT32" }
        : { name, data: each((cell) => BigInt(cell as number)), type: "INT64" };
    case "number":
      return { name, data: each(Number), type: "DOUBLE" };
    case "boolean":
      return { name, data: each(Boolean), type: "BOOLEAN" };
    case "datetime":
      return { name, data: each((cell) => new Date(cell as string)), type: "TIMESTAMP" };
    // A day has no zone, and so no instant: it stays what it says.
    case "date":
    case "text":
      return { name, data: each(String), type: "STRING" };
  }
}
