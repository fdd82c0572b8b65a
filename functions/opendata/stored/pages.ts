import type { ColumnMetaData, OffsetIndex } from "hyparquet";
import { chunkDigest } from "./digests.ts";

// Where the pages of a row group lie, with a digest of each: a few rows are read, and trusted, without the rest of their
// group. It stands behind the group in the file; Parquet's own index of pages has no digests, and is left out.

/** A part of a column chunk that has a digest of its own. */
export interface Piece {
  start: number;
  end: number;
  digest: Uint8Array;
}

/** What must be read of a column chunk for some of its rows. */
export interface Cut {
  /** The row of the group with which its first page begins, and how many rows its pages hold. */
  from: number;
  rows: number;
  /** Bytes of the dictionary, which comes first where there is one. */
  dictionary: number;
  pieces: Piece[];
}

/** A piece's length and rows (none for a dictionary), and its digest. */
const ENTRY_BYTES = 4 + 4 + 16;

/** First byte of a column chunk, that of its first page, and the first after it. */
export function chunkRange(meta: ColumnMetaData): { start: number; pages: number; end: number } {
  const pages = Number(meta.data_page_offset);
  const start = Number(meta.dictionary_page_offset ?? meta.data_page_offset);
  return { start, pages, end: start + Number(meta.total_compressed_size) };
}

/**
 * Of each column one after the other: how many pieces it has, then these.
 * @param bytes  of the group, which begins there in the file
 */
export function packPages(
  columns: readonly { meta: ColumnMetaData; index: OffsetIndex | undefined }[],
  rows: number,
  bytes: Uint8Array,
  began: number,
): Buffer {
  return Buffer.concat(
    columns.map(({ meta, index }) => {
      const { start, pages, end } = chunkRange(meta);
      // Where all rows are on one page, the writer lists none.
      const begins = index?.page_locations.map((one) => [Number(one.offset), Number(one.first_row_index)] as const);
      const all = [...(pages > start ? [[start, 0] as const] : []), ...(begins ?? [[pages, 0] as const]), [end, rows]];
      const packed = Buffer.alloc(4 + (all.length - 1) * ENTRY_BYTES);
      packed.writeUInt32LE(all.length - 1);
      for (let i = 1, at = 4; i < all.length; i++, at += ENTRY_BYTES) {
        const [from, first] = all[i - 1]!;
        const [to, next] = all[i]!;
        packed.writeUInt32LE(to! - from!, at);
        packed.writeUInt32LE(next! - first!, at + 4);
        packed.set(chunkDigest(bytes.subarray(from! - began, to! - began)), at + 8);
      }
      return packed;
    }),
  );
}

/** The pieces of a column that hold some rows, as `packPages` packed them. @param start  where the column chunk begins */
export function cutOf(packed: Uint8Array, column: number, start: number, first: number, last: number): Cut {
  const view = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  let at = 0;
  for (let i = 0; i < column; i++) at += 4 + view.readUInt32LE(at) * ENTRY_BYTES;
  const cut: Cut = { from: 0, rows: 0, dictionary: 0, pieces: [] };
  let row = 0;
  for (let left = view.readUInt32LE(at), entry = at + 4; left > 0 && row < last; left--, entry += ENTRY_BYTES) {
    const [length, rows] = [view.readUInt32LE(entry), view.readUInt32LE(entry + 4)];
    if (rows === 0) cut.dictionary = length;
    else if (row + rows <= first) cut.from = row + rows;
    else cut.rows += rows;
    if (rows === 0 || cut.rows > 0)
      cut.pieces.push({ start, end: start + length, digest: view.subarray(entry + 8, entry + ENTRY_BYTES) });
    start += length;
    row += rows;
  }
  return cut;
}
