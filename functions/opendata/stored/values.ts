import { type ColumnMetaData, parquetRead, type SchemaElement } from "hyparquet";
import { type Cut, chunkRange } from "./pages.ts";

/** Pages are read whole: an instant becomes a text only where its row was asked for. */
export const PARSERS = { timestampFromMicroseconds: (micros: bigint) => micros };

/** A column of a row group, as the file's end describes it. */
export interface ColumnOf {
  element: SchemaElement;
  meta: ColumnMetaData;
}

/**
 * A column's values of the rows from one to another of a group. What was cut out is read as if it were all that a file
 * holds: one column, in one group, of the rows that its pages have.
 */
export async function valuesOf(
  { element, meta }: ColumnOf,
  cut: Cut,
  bytes: Uint8Array,
  first: number,
  last: number,
): Promise<unknown[]> {
  const values = new Array<unknown>(last - first);
  const { start } = chunkRange(meta);
  const { buffer, byteOffset, byteLength } = bytes;
  const [rows, size] = [BigInt(cut.rows), BigInt(byteLength)];
  const column: ColumnMetaData = {
    ...meta,
    num_values: rows,
    total_compressed_size: size,
    data_page_offset: BigInt(start + cut.dictionary),
  };
  await parquetRead({
    file: {
      byteLength: start + byteLength,
      slice: (a, b = start + byteLength) =>
        (buffer as ArrayBuffer).slice(byteOffset + a - start, byteOffset + b - start),
    },
    metadata: {
      version: 2,
      schema: [{ name: "root", num_children: 1 }, element],
      num_rows: rows,
      row_groups: [
        { columns: [{ file_offset: BigInt(start), meta_data: column }], num_rows: rows, total_byte_size: size },
      ],
      metadata_length: 0,
    },
    rowStart: first - cut.from,
    rowEnd: last - cut.from,
    parsers: PARSERS,
    onChunk({ columnData, rowStart }) {
      // Pages are read whole, and may hold rows before the first and after the last one.
      const skip = first - cut.from - rowStart;
      for (let i = Math.max(0, skip); i < columnData.length && i - skip < values.length; i++)
        values[i - skip] = columnData[i];
    },
  });
  return values;
}
