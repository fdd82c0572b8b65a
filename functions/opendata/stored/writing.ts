import { createHash } from "node:crypto";
import { ByteWriter, geojsonToWkb, ParquetWriter } from "hyparquet-writer";
import { tidy } from "../../../shared/memory.ts";
import type { BlobWriter } from "../../../shared/ports.ts";
import { type Box, boxOf, type Geometry } from "../geometry.ts";
import type { Cell, Column } from "../schema.ts";
import { joined, packBoxes } from "./boxes.ts";
import { keptOf, placeColumnOf, schemaOf } from "./columns.ts";
import { chunkDigest, sha } from "./digests.ts";
import { chunkRange, packPages } from "./pages.ts";
import { type WordsPart, WordsWriter } from "./word-writing.ts";

// A version is one Parquet file, written as its rows come: at most one row group is in memory.

/** So many rows a group: what a page is read from, and what a filter passes over. */
export const GROUP_ROWS = 50_000;
const GROUP_CELLS = 2_000_000;
/** Texts and places of a group, about. */
const GROUP_BYTES = 32 * 1024 * 1024;
/** Of one row a page of each column is read: smaller pages than these take less to read, and make the file longer. */
const PAGE_BYTES = 4 * 1024;
/** Of a column's distinct values: reading one page reads them all. */
const DICTIONARY_BYTES = 256 * 1024;

/** What the summary must know to open the file again. */
export interface Written {
  rows: number;
  /** Rows that have a place. */
  places: number;
  /** There is an index of words. */
  hasWords?: true;
  bbox: Box | undefined;
  bytes: number;
  /** SHA-256 of the file. */
  digest: string;
  /** The end of the file says what is where, and by which digests; these are its length and its own. */
  footer: { bytes: number; digest: string };
}

interface Part {
  offset: number;
  length: number;
  digest: string;
}

/** What the file's end says beside Parquet's own: digests of its parts, so that each can be trusted when read alone. */
export interface Parts {
  /** Of each column chunk, row group by row group: the first 16 bytes of SHA-256, in base64, one after the other. */
  chunks: string;
  /** Where the pages of each row group lie, by `packPages`, in this file. */
  pages?: Part[];
  /** The tree of boxes of each row group that has places, in the second file. */
  boxes: ((Part & { bbox: Box }) | null)[];
  /** The end of the third file, which is the index of words. */
  words?: WordsPart;
}
export const PARTS_KEY = "hansa";

export interface VersionWriter {
  /** @returns when there is room for the next row */
  add(cells: readonly Cell[], place: Geometry | null | undefined): Promise<void> | undefined;
  close(): Promise<Written>;
}

/**
 * Writes a version's rows, where they have places the trees of their boxes, and an index of their words.
 * @param files  where they go; whoever opened them drops them if this does not end well
 */
export function writeVersion(
  columns: readonly Column[],
  files: { rows: BlobWriter; boxes: BlobWriter | undefined; words?: BlobWriter },
): VersionWriter {
  const words = files.words && new WordsWriter(columns, files.words);
  const hasPlaces = files.boxes !== undefined;
  const placeColumn = hasPlaces ? placeColumnOf(columns) : undefined;
  const sink = new Sink();
  const kvMetadata: { key: string; value: string }[] = [];
  const parquet = new ParquetWriter({
    writer: sink,
    schema: schemaOf(columns, placeColumn),
    kvMetadata,
    createdBy: "hansa",
  });
  const groupRows = Math.max(1, Math.min(GROUP_ROWS, Math.floor(GROUP_CELLS / (columns.length + 1))));
  let cells: Cell[][] = columns.map(() => []);
  let places: (Uint8Array | null)[] = [];
  let boxesOfRows: (Box | null)[] = [];
  let [held, size] = [0, 0];
  let [rows, placed] = [0, 0];
  let bbox: Box | undefined;
  let boxesAt = 0;
  const kinds = new Set<string>();
  const chunks: Buffer[] = [];
  const pages: Part[] = [];
  const boxes: Parts["boxes"] = [];

  const flush = async () => {
    const group = { cells, boxes: boxesOfRows };
    // What Parquet keeps of a column is made when it is that column's turn: all at once would need as much again.
    const columnData = columns.map(({ name, type }, i) => ({
      name,
      get data() {
        // Nobody asks for a column again once the next one has its turn.
        if (i > 0) group.cells[i - 1] = [];
        tidy();
        return keptOf(type, group.cells[i]!);
      },
    }));
    if (placeColumn !== undefined) columnData.push({ name: placeColumn, data: places });
    cells = columns.map(() => []);
    places = [];
    boxesOfRows = [];
    parquet.write({
      columnData,
      rowGroupSize: held,
      pageSize: PAGE_BYTES,
      dictionarySize: DICTIONARY_BYTES,
    });
    const bytes = sink.getBytes();
    // They are not kept for the file's end, where Parquet's own index would stand.
    const indexed = parquet.pendingIndexes.splice(0);
    const columnsWritten = indexed.map(({ chunk, offsetIndex }) => ({ meta: chunk.meta_data!, index: offsetIndex }));
    for (const { meta } of columnsWritten) {
      const { start, end } = chunkRange(meta);
      chunks.push(chunkDigest(bytes.subarray(start - sink.began, end - sink.began)));
    }
    const pagesPacked = packPages(columnsWritten, held, bytes, sink.began);
    pages.push({ offset: sink.offset, length: pagesPacked.byteLength, digest: sha(pagesPacked) });
    sink.appendBytes(pagesPacked);
    await files.rows.write(sink.take());
    const packed = hasPlaces ? packBoxes(group.boxes) : undefined;
    if (packed) {
      boxes.push({ offset: boxesAt, length: packed.bytes.byteLength, digest: sha(packed.bytes), bbox: packed.bbox });
      boxesAt += packed.bytes.byteLength;
      bbox = joined(bbox, packed.bbox);
      await files.boxes!.write(packed.bytes);
    } else boxes.push(null);
    [held, size] = [0, 0];
  };

  return {
    add(row, place) {
      for (let i = 0; i < columns.length; i++) {
        const cell = row[i] ?? null;
        cells[i]!.push(cell);
        if (typeof cell === "string") size += cell.length;
      }
      if (hasPlaces) {
        const wkb = place ? wkbOf(place) : null;
        places.push(wkb);
        boxesOfRows.push(place ? boxOf(place) : null);
        if (place) {
          placed += 1;
          kinds.add(place.type);
          size += wkb!.byteLength;
        }
      }
      const indexed = words?.add(rows, row);
      held += 1;
      rows += 1;
      const isFull = held >= groupRows || size >= GROUP_BYTES;
      if (indexed) return indexed.then(() => (isFull ? flush() : undefined));
      return isFull ? flush() : undefined;
    },
    async close() {
      if (held > 0) await flush();
      const wordsPart = await words?.close();
      const parts: Parts = {
        chunks: Buffer.concat(chunks).toString("base64"),
        pages,
        boxes,
        ...(wordsPart ? { words: wordsPart } : {}),
      };
      kvMetadata.push({ key: PARTS_KEY, value: JSON.stringify(parts) });
      if (placeColumn !== undefined && bbox)
        kvMetadata.push({ key: "geo", value: JSON.stringify(geoParquet(placeColumn, [...kinds], bbox)) });
      const footerAt = sink.offset;
      await parquet.finish();
      const footer = sink.take();
      const footerDigest = sha(footer);
      await files.rows.write(footer); // whoever takes bytes may take them away
      await files.boxes?.close();
      await files.rows.close();
      return {
        rows,
        places: placed,
        ...(wordsPart ? { hasWords: true } : {}),
        bbox,
        bytes: sink.offset,
        digest: sink.digest(),
        footer: { bytes: sink.offset - footerAt, digest: footerDigest },
      };
    },
  };
}

/** @see https://geoparquet.org (1.1: WKB, longitude first) */
const geoParquet = (column: string, types: string[], bbox: Box) => ({
  version: "1.1.0",
  primary_column: column,
  columns: { [column]: { encoding: "WKB", geometry_types: types.sort(), bbox } },
});

/** Points are what there is most of, and each would be written into a kilobyte of its own. */
function wkbOf(place: Geometry): Uint8Array {
  if (place.type !== "Point" || place.coordinates.length !== 2) return Buffer.from(geojsonToWkb(place as never));
  const bytes = Buffer.allocUnsafe(21);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt32LE(1, 1);
  bytes.writeDoubleLE(place.coordinates[0], 5);
  bytes.writeDoubleLE(place.coordinates[1], 13);
  return bytes;
}

/** What hyparquet-writer writes to: it is emptied after each row group, and knows the digest of all that went through. */
class Sink extends ByteWriter {
  private readonly hash = createHash("sha256");
  /** Where in the file begins what has not been taken yet. */
  began = 0;

  constructor() {
    super(1024 * 1024);
  }

  take(): Uint8Array {
    const bytes = this.getBytes().slice();
    this.hash.update(bytes);
    this.index = 0;
    this.began = this.offset;
    return bytes;
  }

  digest(): string {
    return this.hash.digest("hex");
  }
}
