import type { SchemaElement } from "hyparquet";
import { GEOMETRY } from "../query/cql2.ts";
import type { Cell, Column, ColumnType } from "../schema.ts";

// How a version's columns stand in Parquet, and come back as they were.

const ELEMENT: Record<ColumnType, Omit<SchemaElement, "name">> = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  // A day has no zone, and so no instant: it stays what it says.
  date: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  integer: { type: "INT64" },
  number: { type: "DOUBLE" },
  boolean: { type: "BOOLEAN" },
  datetime: {
    type: "INT64",
    converted_type: "TIMESTAMP_MICROS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
  },
};

const LOCAL: Omit<SchemaElement, "name"> = {
  type: "INT64",
  logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MICROS" },
};

export function schemaOf(columns: readonly Column[], placeColumn: string | undefined): SchemaElement[] {
  const elements: SchemaElement[] = columns.map(({ name, type, isLocal }) => ({
    name,
    repetition_type: "OPTIONAL",
    ...(isLocal ? LOCAL : ELEMENT[type]),
  }));
  // That it holds places is said by GeoParquet's own words at the file's end.
  if (placeColumn !== undefined) elements.push({ name: placeColumn, repetition_type: "OPTIONAL", type: "BYTE_ARRAY" });
  return [{ name: "root", num_children: elements.length }, ...elements];
}

/** What the column of places is called: `geometry`, unless the data has a column of that name. */
export function placeColumnOf(columns: readonly Column[]): string {
  const names = new Set(columns.map(({ name }) => name));
  for (let n = 0; ; n++) {
    const name = n === 0 ? GEOMETRY : `${GEOMETRY}_${n}`;
    if (!names.has(name)) return name;
  }
}

/** Cells as Parquet keeps them. */
export function keptOf(type: ColumnType, cells: readonly Cell[]): unknown[] {
  if (type === "integer") return cells.map((cell) => (cell === null ? null : BigInt(cell as number)));
  if (type === "datetime") return cells.map((cell) => (cell === null ? null : microsOf(cell as string)));
  return cells as unknown[];
}

/** What was kept, as cells; instants are kept as microseconds. */
export function cellsOf(column: Pick<Column, "type" | "isLocal">, kept: ArrayLike<unknown>): Cell[] {
  const cells = new Array<Cell>(kept.length);
  // To write an instant takes longer than to read it, and many rows have the same.
  const written = new Map<unknown, Cell>();
  for (let i = 0; i < kept.length; i++) {
    let cell = column.type === "datetime" ? written.get(kept[i]) : undefined;
    if (cell === undefined) {
      cell = cellOf(column, kept[i]);
      if (column.type === "datetime" && written.size < WRITTEN_KEPT) written.set(kept[i], cell);
    }
    cells[i] = cell;
  }
  return cells;
}
const WRITTEN_KEPT = 5_000;

export function cellOf({ type, isLocal }: Pick<Column, "type" | "isLocal">, kept: unknown): Cell {
  if (kept === null || kept === undefined) return null;
  if (type === "integer") return Number(kept);
  if (type !== "datetime") return kept as Cell;
  const instant = instantOf(kept as bigint);
  return isLocal ? instant.slice(0, -1) : instant;
}

const INSTANT = /^(.*T\d{2}:\d{2}:\d{2})\.(\d{1,6})(.*)$/;

/** Microseconds since 1970 of an instant in RFC 3339; without a zone it is taken for UTC. */
export function microsOf(text: string): bigint {
  const [, start, fraction = "", zone] = INSTANT.exec(text) ?? [];
  const whole = start === undefined ? text : start + zone;
  const isZoned = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(whole);
  const millis = Date.parse(isZoned ? whole : `${whole}Z`);
  return BigInt(millis) * 1000n + BigInt(fraction.padEnd(6, "0") || "0");
}

/** The same as a text in UTC, with as much of a second as there is. */
export function instantOf(micros: bigint): string {
  const rest = Number(((micros % 1_000_000n) + 1_000_000n) % 1_000_000n);
  const seconds = new Date(Number((micros - BigInt(rest)) / 1000n)).toISOString().slice(0, 19);
  if (rest === 0) return `${seconds}Z`;
  const fraction = String(rest).padStart(6, "0");
  return `${seconds}.${rest % 1000 === 0 ? fraction.slice(0, 3) : fraction}Z`;
}

/** An instant as every version keeps it: in UTC, so that texts sort as instants do. */
export const canonicalInstant = (text: string): string => instantOf(microsOf(text));
