import { inflateRawSync } from "node:zlib";
import { type FileMetaData, parquetMetadata, parquetRead } from "hyparquet";
import { letGo } from "../../../shared/memory.ts";
import type { Blobs } from "../../../shared/ports.ts";
import type { Box, Geometry } from "../geometry.ts";
import { HEAVY_ROWS } from "../query/heavy.ts";
import type { Cell, Column, Version } from "../schema.ts";
import { holds, openBoxes, type Search, touch } from "./boxes.ts";
import { recalled, recalledBytes, remember, rememberBytes } from "./cache.ts";
import { cellOf, cellsOf } from "./columns.ts";
import { chunkDigest, sha } from "./digests.ts";
import { openWords, type WordsAsked } from "./word-search.ts";
import type { WordsHead } from "./word-writing.ts";
import { chunkRange, PARTS_KEY, type Parts } from "./writing.ts";

/** Some rows of a version that follow one another, with the columns that were asked for. */
export interface Rows {
  /** The first one's number in the version. */
  from: number;
  rows: number;
  /** Each row's number, where they do not follow one another. */
  numbers?: readonly number[];
  columns: readonly Column[];
  /** By column, then by row; undefined where the column was not asked for. */
  cells: (readonly Cell[] | undefined)[];
  /** By row, where they were asked for. */
  places: readonly (Geometry | null)[] | undefined;
}

/** Which columns, by their position, and whether the places too. */
export interface Wanted {
  columns: readonly number[];
  places?: boolean;
}

/** What a row group's cells of one column lie between; a bound of a text may be shortened. */
export interface Between {
  least: Cell;
  most: Cell;
  /** How many cells are empty. */
  empty: number;
}

/** A published version that can be asked. Nothing of it is read before it is needed. */
export interface Opened {
  /** Tells it from every other in this process. */
  name: string;
  columns: readonly Column[];
  rows: number;
  bbox: Box | undefined;
  hasPlaces: boolean;
  /** Its row groups: what is read and passed over as a whole. `bytes` is what one takes before it is compressed. */
  groups: readonly { from: number; rows: number; bbox: Box | undefined; bytes: number }[];
  /** A row group; what was read of it stays remembered for a while. */
  group(index: number, wanted: Wanted): Promise<Rows>;
  /** Rows of one group, read alone where they are few and the group is not remembered; a small version is so at first. */
  some(index: number, from: number, to: number, wanted: Wanted): Promise<Rows>;
  /** A row group on its way through: what was not remembered before is not afterwards. */
  passing(index: number, wanted: Wanted): Promise<Rows>;
  /** All that a group has, or some columns, of a version with several some thousand rows at a time: of these nothing is remembered. */
  through(index: number, wanted?: Wanted): AsyncIterable<Rows>;
  between(index: number, column: number): Between | undefined;
  /** How many rows' places touch a box, and a page of these rows (else all of them), in the version's order. */
  within(box: Box, offset?: number, limit?: number): Promise<{ rows: number[]; matched: number }>;
  /** Asks the index for rows in which words stand, in whichever columns; undefined where there is none. */
  holding(words: readonly string[]): Promise<WordsAsked | undefined>;
}

export const fileOf = (datasetId: string, file: string) => ({
  rows: `datasets/${datasetId}/${file}/rows.parquet`,
  // Athena reads a folder whole, but for what begins with an underscore. Files of before keep their name.
  boxes: `datasets/${datasetId}/${file}/${file.startsWith("file_") ? "" : "_"}boxes.bin`,
  words: `datasets/${datasetId}/${file}/_words.bin`,
});
type Keys = { rows: string; boxes: string; words?: string };

/** Reads nearer to each other than this are one read. */
const GAP = 64 * 1024;
/** So many rows that were read alone are remembered by themselves. */
const FEW = 1_000;
/** So many rows are at hand at once where a version goes by as a whole. */
const PASSING_ROWS = 10_000;
/** So often rows of a group that is a whole version are read alone: whoever asks first does not wait for all of them. */
const ALONE = 3;
/** Pages are read whole: an instant becomes a text only where its row was asked for. */
const PARSERS = { timestampFromMicroseconds: (micros: bigint) => micros };

/** @param name  tells this version from every other in this process */
export async function openVersion(
  name: string,
  blobs: Pick<Blobs, "get">,
  keys: Keys,
  version: Pick<Version, "columns" | "rows" | "bbox" | "bytes" | "footer" | "hasPlaces">,
): Promise<Opened> {
  const known = recalled<Opened>(name);
  if (known) return known;
  const { bytes, footer } = version;
  const { bytes: length, digest } = footer;
  const tail = await proved(blobs, keys.rows, { offset: bytes - length, length, digest });
  const metadata = parquetMetadata(tail.buffer as ArrayBuffer, { parsers: PARSERS });
  const end = { start: bytes - footer.bytes, bytes: tail };
  const opened = versionOf(name, blobs, keys, version, metadata, end);
  remember(name, opened, 20_000 + footer.bytes * 10);
  return opened;
}

function versionOf(
  name: string,
  blobs: Pick<Blobs, "get">,
  keys: Keys,
  { columns, rows, bbox, hasPlaces }: Pick<Version, "columns" | "rows" | "bbox" | "hasPlaces">,
  metadata: FileMetaData,
  end: Held,
): Opened {
  const parts = JSON.parse(metadata.key_value_metadata!.find(({ key }) => key === PARTS_KEY)!.value!) as Parts;
  const digests = Buffer.from(parts.chunks, "base64");
  const names = metadata.schema.slice(1).map((element) => element.name);
  const isLarge = metadata.row_groups.length > 1;
  let from = 0;
  const groups = metadata.row_groups.map(({ num_rows, total_byte_size }, i) => {
    const group = { from, rows: Number(num_rows), bbox: parts.boxes[i]?.bbox, bytes: Number(total_byte_size) };
    from += group.rows;
    return group;
  });
  const chunk = (index: number, column: number) => metadata.row_groups[index]!.columns[column]!.meta_data!;

  /** The bytes of some columns of a group, each as it was published; what `isKept` says is remembered for what is asked soon. */
  async function chunks(index: number, wanted: readonly number[], isKept: boolean) {
    // Where the pages of each column begin stands at the end of the file.
    const held: Held[] = [end];
    const ranges: Range[] = [];
    const keyOf = (column: number) => `${name}#${index}#${column}`;
    for (const column of wanted) {
      const [start, end] = chunkRange(chunk(index, column));
      const bytes = recalledBytes(keyOf(column));
      if (bytes) held.push({ start, bytes });
      else ranges.push([column, start, end]);
    }
    for (const run of runsOf(ranges)) {
      const [start, end] = [run[0]![1], run.at(-1)![2]];
      const bytes = await piece(blobs, keys.rows, start, end - start);
      for (const [column, a, b] of run) {
        const digest = 16 * (index * names.length + column);
        const own = bytes.slice(a - start, b - start);
        if (!chunkDigest(own).equals(digests.subarray(digest, digest + 16))) throw changed(keys.rows);
        held.push({ start: a, bytes: own });
        if (isKept) rememberBytes(keyOf(column), own);
      }
      letGo(bytes);
    }
    return {
      byteLength: Number.MAX_SAFE_INTEGER,
      slice(a: number, b = Number.MAX_SAFE_INTEGER) {
        const { start, bytes } = held.find((one) => one.start <= a && b <= one.start + one.bytes.byteLength)!;
        return bytes.slice(a - start, b - start).buffer as ArrayBuffer;
      },
    };
  }

  /** Columns of the rows from one to another of a group; the place's column comes after all others. */
  async function read(
    index: number,
    first: number,
    last: number,
    wanted: readonly number[],
    // Of a large version, and of a group that is read in part, other pages are soon asked for.
    file = chunks(index, wanted, isLarge || last - first < groups[index]!.rows),
  ) {
    const at = new Map<string, number>(wanted.map((column) => [names[column]!, column]));
    const found = new Map<number, unknown[]>(wanted.map((column) => [column, new Array(last - first)]));
    const { from: groupFrom } = groups[index]!;
    await parquetRead({
      file: await file,
      metadata,
      // Pages before the first row are passed over without a look at each.
      useOffsetIndex: true,
      columns: [...at.keys()],
      rowStart: groupFrom + first,
      rowEnd: groupFrom + last,
      parsers: PARSERS,
      onChunk({ columnName, columnData, rowStart }) {
        const values = found.get(at.get(columnName)!)!;
        // Pages are read whole, and may hold rows before the first and after the last one.
        const skip = groupFrom + first - rowStart;
        for (let i = Math.max(0, skip); i < columnData.length && i - skip < values.length; i++)
          values[i - skip] = columnData[i];
      },
    });
    return found;
  }

  function rowsFrom(found: Map<number, unknown[]>, first: number, count: number): Rows {
    const made: Rows = { from: first, rows: count, columns, cells: columns.map(() => undefined), places: undefined };
    for (const [column, kept] of found) fill(made, column, kept);
    return made;
  }
  function fill(rows: Rows, column: number, kept: unknown[]): void {
    if (column === columns.length) rows.places = kept.map((place) => (place as Geometry | undefined) ?? null);
    else rows.cells[column] = cellsOf(columns[column]!, kept);
  }
  const missing = (rows: Rows | undefined, { columns: wanted, places }: Wanted): number[] => {
    const not = rows ? wanted.filter((column) => rows.cells[column] === undefined) : [...wanted];
    if (places && hasPlaces && !rows?.places) not.push(columns.length);
    return not;
  };
  /** About how much memory a column of a group takes when it is opened. */
  const sizeOf = (index: number, column: number): number => {
    const { rows: count } = groups[index]!;
    const bytes = Number(chunk(index, column).total_uncompressed_size);
    return column === columns.length ? count * 120 + bytes * 2 : count * 16 + bytes * 2;
  };

  async function group(index: number, wanted: Wanted): Promise<Rows> {
    const key = `${name}#${index}`;
    const known = recalled<Rows>(key);
    if (known && missing(known, wanted).length === 0) return known;
    const { from: first, rows: count } = groups[index]!;
    const found = await read(index, 0, count, missing(known, wanted));
    // Another request may have read other columns meanwhile: they are joined.
    const all = recalled<Rows>(key) ?? rowsFrom(new Map(), first, count);
    for (const [column, kept] of found) fill(all, column, kept);
    let bytes = 0;
    for (const [column, cells] of all.cells.entries()) if (cells) bytes += sizeOf(index, column);
    if (all.places) bytes += sizeOf(index, columns.length);
    remember(key, all, bytes);
    return all;
  }

  let alone = 0;
  async function some(index: number, first: number, last: number, wanted: Wanted): Promise<Rows> {
    const known = recalled<Rows>(`${name}#${index}`);
    if (known && missing(known, wanted).length === 0) return known;
    if (!isLarge && ++alone > ALONE) return group(index, wanted);
    const columnsRead = missing(undefined, wanted);
    const key = `${name}#${index}#${first}-${last}#${columnsRead}`;
    const before = recalled<Rows>(key);
    if (before) return before;
    const found = await read(index, first, last, columnsRead);
    const made = rowsFrom(found, groups[index]!.from + first, last - first);
    // A page of rows that lie apart takes long to read, and is soon asked for again.
    if (last - first <= FEW) {
      const share = (last - first) / groups[index]!.rows;
      const bytes = columnsRead.reduce((sum, column) => sum + sizeOf(index, column) * share, 1_000);
      remember(key, made, Math.ceil(bytes));
    }
    return made;
  }

  const everything: Wanted = { columns: [...columns.keys()], places: true };
  async function* through(index: number, wanted = everything): AsyncGenerator<Rows> {
    if (!isLarge) {
      yield group(index, wanted);
      return;
    }
    const all = missing(undefined, wanted);
    const file = chunks(index, all, false);
    const { from, rows: count } = groups[index]!;
    for (let first = 0; first < count; first += PASSING_ROWS) {
      const last = Math.min(first + PASSING_ROWS, count);
      yield rowsFrom(await read(index, first, last, all, file), from + first, last - first);
    }
  }

  async function search(index: number): Promise<Search | undefined> {
    const part = parts.boxes[index];
    if (!part) return undefined;
    const key = `${name}#${index}#boxes`;
    const known = recalled<Search>(key);
    if (known) return known;
    const opened = openBoxes(await proved(blobs, keys.boxes, part));
    remember(key, opened, opened.bytes);
    return opened;
  }

  const wordsName = `${name}#words`;
  async function searchWords() {
    const [key, part] = [keys.words, parts.words];
    if (key === undefined || !part) return undefined;
    const known = recalled<ReturnType<typeof openWords>>(wordsName);
    if (known) return known;
    const json = inflateRawSync(await proved(blobs, key, part)).toString();
    const search = openWords(
      wordsName,
      JSON.parse(json) as WordsHead,
      rows,
      (offset, length) => piece(blobs, key, offset, length),
      () => changed(key),
    );
    remember(wordsName, search, json.length * 6);
    return search;
  }

  return {
    name,
    columns,
    rows,
    bbox,
    hasPlaces,
    groups,
    group,
    some: (index, first, last, wanted) =>
      // What is nearly the whole is soon asked for again; of very many rows it would drive out what was found.
      rows < HEAVY_ROWS && (last - first) * 2 > groups[index]!.rows
        ? group(index, wanted)
        : some(index, first, last, wanted),
    passing: (index, wanted) => some(index, 0, groups[index]!.rows, wanted),
    through,
    between(index, column) {
      const { statistics } = chunk(index, column);
      if (!statistics) return undefined;
      return {
        least: cellOf(columns[column]!, statistics.min_value),
        most: cellOf(columns[column]!, statistics.max_value),
        empty: Number(statistics.null_count ?? 0),
      };
    },
    holding: async (words) => (await searchWords())?.(words),
    async within(box, offset = 0, limit = Number.MAX_SAFE_INTEGER) {
      const rows: number[] = [];
      let matched = 0;
      for (const [i, one] of groups.entries()) {
        if (!one.bbox || !touch(one.bbox, box)) continue;
        const group = (await search(i))!;
        // Of a group that lies in the box as a whole, and has none of the page, nothing is looked at.
        const [skip, most] = [Math.max(0, offset - matched), limit - rows.length];
        if ((most === 0 || skip >= group.placed) && holds(box, one.bbox)) matched += group.placed;
        else {
          const found = group.page(box, skip, most);
          for (const row of found.rows) rows.push(one.from + row);
          matched += found.matched;
        }
      }
      return { rows, matched };
    },
  };
}

/** Bytes of the file, and where in it they begin. */
interface Held {
  start: number;
  bytes: Uint8Array;
}
type Range = readonly [column: number, start: number, end: number];

/** Ranges that lie near each other, in the file's order. */
function runsOf(ranges: readonly Range[]): Range[][] {
  const runs: Range[][] = [];
  for (const range of [...ranges].sort((a, b) => a[1] - b[1])) {
    const run = runs.at(-1);
    if (run && range[1] - run.at(-1)![2] <= GAP) run.push(range);
    else runs.push([range]);
  }
  return runs;
}

async function piece(blobs: Pick<Blobs, "get">, key: string, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await blobs.get(key, { offset, length });
  if (bytes?.byteLength !== length) throw new Error(`the file ${key} of a dataset is missing, or shorter than it was`);
  return bytes;
}

/** A part of a file that has a digest of its own. */
async function proved(
  blobs: Pick<Blobs, "get">,
  key: string,
  { offset, length, digest }: { offset: number; length: number; digest: string },
): Promise<Uint8Array> {
  const bytes = await piece(blobs, key, offset, length);
  if (sha(bytes) !== digest) throw changed(key);
  return bytes;
}

// Guards against a file that was changed where it lies: it is not opened.
const changed = (key: string) => new Error(`the file ${key} of a dataset is not what was published`);
