import { createHash } from "node:crypto";
import { Fault, invalid } from "../../../shared/errors.ts";
import type { Blobs } from "../../../shared/ports.ts";
import { ColumnGuess } from "../formats/columns.ts";
import { converter, isNote, type Reading } from "../formats/converting.ts";
import { openSource } from "../formats/index.ts";
import { type Note, Unreadable } from "../formats/note.ts";
import type { Source, SourceFile } from "../formats/source.ts";
import type { Cell, Column } from "../schema.ts";
import { canonicalInstant } from "../stored/columns.ts";
import { fileOf } from "../stored/opened.ts";
import { type VersionWriter, writeVersion } from "../stored/writing.ts";
import { type ModuleTable, type ShapeCheck, shapeCheck } from "../tables.ts";
import type { Corrections, DraftColumn, Found, Mistake, Progress, Stored } from "./schema.ts";

const ROWS_MAX = 5_000_000;
const PIECE = 1024 * 1024;
const MISTAKES_SHOWN = 50;
const SAMPLE = { rows: 8, signs: 200, bytes: 60_000 };

/** All that must be known to read a draft's file. */
export interface Job {
  /** The dataset's. */
  id: string;
  /** The folder that the version is to lie in. */
  file: string;
  corrections: Corrections;
  /** The module's table that it is to fill. */
  table: ModuleTable | undefined;
}
export interface Read {
  found: Found;
  /** Undefined where its mistakes forbid that it is published. */
  stored: Stored | undefined;
}

/**
 * Reads a file twice, in constant memory: once to find the types of its columns, once to keep its rows as a version
 * that nobody sees yet. Says now and then how far it is.
 *
 * @throws {Fault} too_large, invalid: the file cannot be read at all
 */
export async function* readDraft(
  { id, file: name, corrections, table }: Job,
  file: SourceFile & { sha256?: string | undefined },
  blobs: Pick<Blobs, "begin" | "delete">,
): AsyncGenerator<Progress, Read> {
  if (file.sha256 !== undefined) yield* demandDigest(file, file.sha256);
  const watched = watch(file);
  const source = await openSource(watched.file, corrections.hints ?? {});
  try {
    const mistakes = new Mistakes();
    const typed = yield* types(source, corrections, mistakes, watched);
    const published = typed.filter(({ isLeftOut }) => !isLeftOut);
    demandNames(published.map(({ column }) => column));
    const shape =
      table &&
      shapeCheck(
        table,
        published.map(({ column }) => column),
        published.map((one) => one.isEmpty),
      );
    for (const mistake of shape?.columns ?? []) mistakes.add(mistake);
    watched.again();

    const keys = fileOf(id, name);
    const rows = await blobs.begin(keys.rows, { contentType: "application/vnd.apache.parquet" });
    const boxes = source.hasPlaces ? await blobs.begin(keys.boxes) : undefined;
    let isDone = false;
    try {
      const writer = writeVersion(
        published.map(({ column }) => column),
        { rows, boxes },
      );
      const sample = yield* writing(source, published, writer, mistakes, shape, watched);
      const { places, ...written } = await writer.close();
      isDone = true;
      const isRight = mistakes.count === 0 || (corrections.leavesOutWrong === true && written.rows > 0);
      if (!isRight) await dropFile(blobs, id, name);
      const found: Found = {
        format: source.format,
        layers: source.layers,
        used: source.used,
        columns: published.map(({ column }) => column),
        leftOut: typed.flatMap(({ column, isLeftOut }) => (isLeftOut ? [column.from] : [])),
        rows: written.rows,
        places,
        notes: [...source.notes, ...typed.flatMap(({ notes }) => notes)],
        sample,
        mistakes: mistakes.first,
        mistaken: mistakes.count,
      };
      return { found, stored: isRight ? { ...written, file: name, hasPlaces: source.hasPlaces } : undefined };
    } finally {
      if (!isDone) await Promise.all([rows.drop(), boxes?.drop()]);
    }
  } finally {
    await source.close();
  }
}

/** @throws {Fault} invalid: another file came than the one that was to be sent */
async function* demandDigest(file: SourceFile, sha256: string): AsyncGenerator<Progress> {
  const hash = createHash("sha256");
  for (let offset = 0; offset < file.size; offset += PIECE) {
    hash.update(await file.read(offset, PIECE));
    yield { rows: 0, share: 0 };
  }
  if (hash.digest("hex") !== sha256)
    throw invalid("#/sha256", "The file that came has another sha256 than it was to have.");
}

export async function dropFile(blobs: Pick<Blobs, "delete">, id: string, file: string): Promise<void> {
  const keys = fileOf(id, file);
  await Promise.all([blobs.delete(keys.rows), blobs.delete(keys.boxes)]);
}

/** Why a file cannot be read, if that is its own fault. */
export function refusalOf(error: unknown): Mistake[] | undefined {
  if (error instanceof Unreadable) return [{ at: error.at, says: error.note }];
  if (!(error instanceof Fault) || !["invalid", "too_large", "unsupported_media"].includes(error.kind))
    return undefined;
  const errors = error.members.errors ?? [{ pointer: "#", detail: error.message }];
  return errors.map(({ pointer, detail }) => ({ at: pointer, says: detail }));
}

interface Typed {
  /** Its position in the file. */
  at: number;
  column: DraftColumn;
  notes: Note[];
  isEmpty: boolean;
  isLeftOut: boolean;
}

async function* types(
  source: Source,
  { columns: corrections = [] }: Corrections,
  mistakes: Mistakes,
  watched: Watched,
): AsyncGenerator<Progress, Typed[]> {
  for (const { from } of corrections)
    if (!source.columns.some(({ name }) => name === from)) throw invalid("#/columns", `There is no column ${from}.`);
  const guesses = source.columns.map((column) => new ColumnGuess(column, source.used.decimal));
  const zones = source.columns.map(() => ({ given: 0, zoned: 0, local: 0 }));
  let rows = 0;
  for await (const batch of source.rows()) {
    for (const { at, cells, wrong } of batch) {
      rows += 1;
      if (rows > ROWS_MAX) throw new Fault("too_large", `A dataset has at most ${ROWS_MAX} rows.`);
      if (wrong) {
        mistakes.add({ at, says: wrong });
        continue;
      }
      for (let i = 0; i < guesses.length; i++) {
        const cell = cells[i] ?? null;
        guesses[i]!.add(cell, at);
        count(zones[i]!, cell);
      }
    }
    yield { rows, share: watched.share() / 2 };
  }
  if (rows === 0) throw invalid("#", "There is no row in the file.");
  return source.columns.map(({ name: from }, at) => {
    const correction = corrections.find((one) => one.from === from);
    const guess = guesses[at]!.decide();
    const { zoned, local, given } = zones[at]!;
    // Instants with and without a zone cannot be put in one order: they stay the texts that they are.
    const found: Reading =
      guess.reading.type === "datetime" && zoned > 0 && local > 0 ? { type: "text" } : guess.reading;
    const reading = correction?.reading ?? found;
    const column: DraftColumn = {
      from,
      name: correction?.name ?? from,
      type: reading.type,
      ...(correction?.title ? { title: correction.title } : {}),
      ...(reading.type === "datetime" && zoned === 0 ? { isLocal: true as const } : {}),
      reading,
    };
    return {
      at,
      column,
      notes: correction?.reading ? [] : guess.notes,
      isEmpty: given === 0,
      isLeftOut: correction?.isLeftOut === true,
    };
  });
}

const ZONED = /(?:[Zz]|UTC|[+-]\d{2}:?\d{2})$/;
function count(zones: { given: number; zoned: number; local: number }, cell: Cell): void {
  if (cell === null || cell === "") return;
  zones.given += 1;
  if (typeof cell !== "string" || cell.length > 40 || !cell.includes(":")) return;
  if (ZONED.test(cell.trimEnd())) zones.zoned += 1;
  else zones.local += 1;
}

async function* writing(
  source: Source,
  published: readonly Typed[],
  writer: VersionWriter,
  mistakes: Mistakes,
  shape: ShapeCheck | undefined,
  watched: Watched,
): AsyncGenerator<Progress, Record<string, Cell>[]> {
  const readers = published.map(({ at, column }) => ({ at, column, read: reader(column) }));
  const sample: Record<string, Cell>[] = [];
  let sampled = 0;
  let rows = 0;
  for await (const batch of source.rows()) {
    for (const { at, cells: given, place, wrong } of batch) {
      if (wrong) continue; // told when the types were found
      const cells: Cell[] = [];
      const before = mistakes.count;
      for (const { at: from, column, read } of readers) {
        const cell = read(given[from] ?? null);
        if (isNote(cell)) mistakes.add({ at: `${at}/${encodeURIComponent(column.name)}`, says: cell });
        else cells.push(cell);
      }
      if (mistakes.count === before) for (const mistake of shape?.row(cells) ?? []) mistakes.add(mistake);
      if (mistakes.count > before) continue;
      rows += 1;
      if (sample.length < SAMPLE.rows && sampled < SAMPLE.bytes) {
        const shown = cells.map((cell) => (typeof cell === "string" ? cell.slice(0, SAMPLE.signs) : cell));
        sample.push(Object.fromEntries(readers.map(({ column }, i) => [column.name, shown[i]!])));
        sampled += JSON.stringify(shown).length;
      }
      const full = writer.add(cells, place);
      if (full) await full;
    }
    yield { rows, share: 0.5 + watched.share() / 2 };
  }
  return sample;
}

function reader({ type, isLocal, reading }: DraftColumn): (cell: Cell) => Cell | Note {
  const read = converter(reading);
  if (type !== "datetime") return read;
  return (cell) => {
    const instant = read(cell);
    if (typeof instant !== "string") return instant;
    const canonical = canonicalInstant(instant);
    return isLocal ? canonical.slice(0, -1) : canonical;
  };
}

function demandNames(columns: readonly Column[]): void {
  if (columns.length > 500) throw invalid("#/columns", `There are ${columns.length} columns; at most 500.`);
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) throw invalid("#/columns", `Two columns are called ${name}.`);
    seen.add(name);
  }
}

/** The first mistakes, and how many there are. */
class Mistakes {
  readonly first: Mistake[] = [];
  count = 0;
  add(mistake: Mistake): void {
    this.count += 1;
    if (this.first.length < MISTAKES_SHOWN) this.first.push(mistake);
  }
}

interface Watched {
  file: SourceFile;
  /** How much of it was read since it was begun, from 0 to 1. */
  share(): number;
  again(): void;
}

function watch(file: SourceFile): Watched {
  let furthest = 0;
  return {
    file: {
      ...file,
      read(offset, length) {
        furthest = Math.max(furthest, Math.min(file.size, offset + length));
        return file.read(offset, length);
      },
    },
    share: () => furthest / file.size,
    again: () => {
      furthest = 0;
    },
  };
}
