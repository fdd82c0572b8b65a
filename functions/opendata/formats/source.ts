import type { Box, Geometry } from "../geometry.ts";
import type { Cell } from "../schema.ts";
import type { Note } from "./note.ts";

/** A file that was uploaded or fetched. It is read by ranges, so that the whole need never be in memory. */
export interface SourceFile {
  name: string;
  /** In bytes. */
  size: number;
  /** At most `length` bytes from `offset` on; fewer only where the file ends. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** How a file is to be read where its maker knows better than we guess; what is left out is inferred. */
export interface Hints {
  /** A label of the WHATWG Encoding Standard, such as `windows-1252`. */
  encoding?: string | undefined;
  delimiter?: string | undefined;
  decimal?: "." | "," | undefined;
  /** Does the first line of a table name its columns? */
  header?: boolean | undefined;
  /** The sheet, table or layer to read, by its name. */
  layer?: string | undefined;
  /** The coordinate system of its places, by its EPSG code. */
  epsg?: number | undefined;
  /** Where its places are to be expected: shows whether longitude and latitude were swapped. */
  area?: Box | undefined;
}

/**
 * A column as the file has it: texts whose type is to be inferred, values that say what they are, or names, which stay
 * the texts that they are even where all of them look like numbers.
 */
export interface SourceColumn {
  name: string;
  values: "texts" | "typed" | "names";
}

/** The timetable that a table comes from: its tables together are one feed again. */
export interface Feed {
  /** SHA-256 of all that the feed's tables say: two feeds that say the same are one. */
  digest: string;
  /** The table that is read, as its file is called without `.txt`. */
  table: string;
  /** All tables of the feed that have rows. */
  tables: string[];
  /** The columns of the table as the feed calls them. */
  columns: string[];
}

export interface SourceRow {
  /** Where it stands, as a JSON pointer: `#/features/3`, `#/line/12`. `sayAt` makes words of it. */
  at: string;
  /** One for each column; null where there is none. Days and instants are texts of ISO 8601. */
  cells: Cell[];
  /** In WGS 84, longitude first; null or undefined where the row has none. */
  place?: Geometry | null;
  /** Why this row cannot be taken; the others may be good. */
  wrong?: Note;
}

export const FORMATS = ["csv", "xlsx", "geojson", "json", "shapefile", "geopackage", "kml", "gtfs"] as const;
export type Format = (typeof FORMATS)[number];

/** A file whose kind, columns and coordinate system are known, and whose rows can be read as often as wanted. */
export interface Source {
  format: Format;
  feed?: Feed;
  /** What could be chosen by `Hints.layer`; the first is taken where nothing was said. */
  layers: string[];
  columns: SourceColumn[];
  hasPlaces: boolean;
  /** What was assumed: each of the hints as it was used. */
  used: Hints;
  /** What was repaired or assumed. Some is known only when all rows were read: look at them after that. */
  notes: Note[];
  /** In the file's order, some thousands at a time. @throws {Unreadable} where the rest of the file is broken */
  rows(): AsyncIterable<SourceRow[]>;
  /** Removes what reading left on the disk. */
  close(): Promise<void>;
}
