import { inflateRawSync } from "node:zlib";
import { type FileMetaData, parquetMetadata } from "hyparquet";
import type { Box, Geometry } from "../geometry.ts";
import { HEAVY_ROWS } from "../query/heavy.ts";
import type { Cell, Column, Version } from "../schema.ts";
import { holds, openBoxes, type Search, touch } from "./boxes.ts";
import { recalled, recalledBytes, remember, rememberBytes } from "./cache.ts";
import { cellOf, cellsOf } from "./columns.ts";
import { type Cut, chunkRange, cutOf } from "./pages.ts";
import { changed, piece, pieced, proved, type Readable } from "./pieces.ts";
import { type ColumnOf, PARSERS, valuesOf } from "./values.ts";
import { openWords, type WordsAsked } from "./word-search.ts";
import type { WordsHead } from "./word-writing.ts";
import { PARTS_KEY, type Parts } from "./writing.ts";

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

/** So many rows that were read alone are remembered by themselves. */
const FEW = 1_000;
/** So many rows are at hand at once where a version goes by as a whole. */
const PASSING_ROWS = 10_000;
/** So often rows of a group that is a whole version are read alone: whoever asks first does not wait for all of them. */
const ALONE = 3;

/** @param name  tells this version from every other in this process */
export async function openVersion(
  name: string,
  blobs: Readable,
  keys: Keys,
  version: Pick<Version, "columns" | "rows" | "bbox" | "bytes" | "footer" | "hasPlaces">,
): Promise<Opened> {
  const known = recalled<Opened>(name);
  if (known) return known;
  const { bytes, footer } = version;
  const { bytes: length, digest } = footer;
  const tail = await proved(blobs, keys.rows, { offset: bytes - length, length, digest });
  const metadata = parquetMetadata(tail.buffer as ArrayBuffer, { parsers: PARSERS });
  const opened = versionOf(name, blobs, keys, version, metadata);
  remember(name, opened, 20_000 + footer.bytes * 10);
  return opened;
}

function versionOf(
  name: string,
  blobs: Readable,
  keys: Keys,
  { columns, rows, bbox, hasPlaces }: Pick<Version, "columns" | "rows" | "bbox" | "hasPlaces">,
  metadata: FileMetaData,
): Opened {
  const parts = JSON.parse(metadata.key_value_metadata!.find(({ key }) => key === PARTS_KEY)!.value!) as Parts;
  const digests = Buffer.from(parts.chunks, "base64");
  const elements = metadata.schema.slice(1);
  const isLarge = metadata.row_groups.length > 1;
  let from = 0;
  const groups = metadata.row_groups.map(({ num_rows, total_byte_size }, i) => {
    const group = { from, rows: Number(num_rows), bbox: parts.boxes[i]?.bbox, bytes: Number(total_byte_size) };
    from += group.rows;
    return group;
  });
  const chunk = (index: number, column: number) => metadata.row_groups[index]!.columns[column]!.meta_data!;
  const columnOf = (index: number, column: number): ColumnOf => ({
    element: elements[column]!,
    meta: chunk(index, column),
  });

  /** Where the pages of a group lie; versions of before it was written have it not. */
  async function pagesOf(index: number): Promise<Uint8Array | undefined> {
    const part = parts.pages?.[index];
    if (!part) return undefined;
    const key = `${name}#${index}#pages`;
    const known = recalledBytes(key);
    if (known) return known;
    const bytes = await proved(blobs, keys.rows, part);
    rememberBytes(key, bytes);
    return bytes;
  }

  function wholeOf(index: number, column: number): Cut {
    const { start, pages, end } = chunkRange(chunk(index, column));
    const at = 16 * (index * elements.length + column);
    const digest = digests.subarray(at, at + 16);
    return { from: 0, rows: groups[index]!.rows, dictionary: pages - start, pieces: [{ start, end, digest }] };
  }

  /** Whole columns of a group, each as it was published; what `isKept` says is remembered for what is asked soon. */
  async function chunks(index: number, wanted: readonly number[], isKept: boolean): Promise<Chunks> {
    const keyOf = (column: number) => `${name}#${index}#${column}`;
    const found = new Map<number, Uint8Array>();
    for (const column of wanted) {
      const bytes = recalledBytes(keyOf(column));
      if (bytes) found.set(column, bytes);
    }
    const others = wanted.filter((column) => !found.has(column));
    const read = await pieced(
      blobs,
      keys.rows,
      others.map((column) => wholeOf(index, column).pieces),
    );
    for (const [i, column] of others.entries()) {
      found.set(column, read[i]!);
      if (isKept) rememberBytes(keyOf(column), read[i]!);
    }
    return found;
  }

  /**
   * Columns of the rows from one to another of a group; the place's column comes after all others.
   * @param held  the whole columns, where they are at hand; else only the pages that hold these rows are read
   */
  async function read(
    index: number,
    first: number,
    last: number,
    wanted: readonly number[],
    held?: Chunks,
  ): Promise<Map<number, unknown[]>> {
    const isPart = last - first < groups[index]!.rows;
    const pages = isPart ? await pagesOf(index) : undefined;
    const cuts = wanted.map((column) =>
      pages ? cutOf(pages, column, chunkRange(chunk(index, column)).start, first, last) : wholeOf(index, column),
    );
    // Of a large version, and of a group that is read in part, other rows are soon asked for.
    const whole = held ?? (pages ? undefined : await chunks(index, wanted, isLarge || isPart));
    const bytes = whole
      ? wanted.map((column, i) => cutFrom(whole.get(column)!, cuts[i]!, chunkRange(chunk(index, column)).start))
      : await pieced(
          blobs,
          keys.rows,
          cuts.map(({ pieces }) => pieces),
        );
    const values = await Promise.all(
      wanted.map((column, i) => valuesOf(columnOf(index, column), cuts[i]!, bytes[i]!, first, last)),
    );
    return new Map(wanted.map((column, i) => [column, values[i]!]));
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
    const held = await chunks(index, all, false);
    const { from, rows: count } = groups[index]!;
    for (let first = 0; first < count; first += PASSING_ROWS) {
      const last = Math.min(first + PASSING_ROWS, count);
      yield rowsFrom(await read(index, first, last, all, held), from + first, last - first);
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

/** Column chunks by their column. */
type Chunks = ReadonlyMap<number, Uint8Array>;

/** What is cut out of a whole column chunk, which begins there in the file. */
function cutFrom(chunk: Uint8Array, { pieces }: Cut, start: number): Uint8Array {
  const [first, second] = pieces;
  const last = pieces.at(-1)!;
  // Pages follow one another; the dictionary lies before all of them.
  if (!second || second.start === first!.end) return chunk.subarray(first!.start - start, last.end - start);
  const parts = [first!, { start: second.start, end: last.end }];
  return Buffer.concat(parts.map((part) => chunk.subarray(part.start - start, part.end - start)));
}
