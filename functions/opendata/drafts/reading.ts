import { createHash } from "node:crypto";
import { Fault, invalid } from "../../../shared/errors.ts";
import type { Blobs } from "../../../shared/ports.ts";
import { ColumnGuess } from "../formats/columns.ts";
import type { Reading } from "../formats/converting.ts";
import { type Note, note, refuse, Unreadable } from "../formats/note.ts";
import type { Source, SourceFile } from "../formats/source.ts";
import { Looks, propose, type Tags } from "../people/proposal.ts";
import { Release } from "../people/release.ts";
import type { Cell, Column, Personal } from "../schema.ts";
import { fileOf } from "../stored/opened.ts";
import { writeVersion } from "../stored/writing.ts";
import { type ModuleTable, shapeCheck } from "../tables.ts";
import { feedTable } from "./feed.ts";
import { recalled } from "./remembering.ts";
import { eachRight, Mistakes, Sample, Told, type Watched, watch } from "./rows.ts";
import type { Correction, Corrections, DraftColumn, Found, Mistake, Progress, Remembered, Stored } from "./schema.ts";

const ROWS_MAX = 5_000_000;
const PIECE = 1024 * 1024;

/** All that must be known to read a draft's file. */
export interface Job {
  /** The dataset's. */
  id: string;
  /** The folder that the version is to lie in. */
  file: string;
  corrections: Corrections;
  /** The module's table that it is to fill. */
  table: ModuleTable | undefined;
  /** Tagged columns of the version before. */
  before: readonly Column[];
  /** How the file of that version was read. */
  remembered?: Remembered | undefined;
  /** The smallest group of people that may be published. */
  k: number;
}
export interface Read {
  found: Found;
  /** Undefined where its mistakes forbid that it is published. */
  stored: Stored | undefined;
  /** As it was read: what is remembered and fits is among them. */
  corrections: Corrections;
}

/**
 * Reads a file twice, in bounded memory: once to find the types of its columns, once to keep its rows as a version
 * that nobody sees yet; between the two once more where it is about people, to count who looks alike. Says now and then
 * how far it is.
 *
 * @throws {Fault} too_large, invalid: the file cannot be read at all
 */
export async function* readDraft(
  { id, file: name, corrections: given, remembered, table, before, k }: Job,
  file: SourceFile & { sha256?: string | undefined },
  blobs: Pick<Blobs, "begin" | "delete">,
): AsyncGenerator<Progress, Read> {
  if (file.sha256 !== undefined) yield* demandDigest(file, file.sha256);
  const watched = watch(file);
  const { source, corrections, notes } = await recalled(watched.file, given, remembered);
  try {
    const mistakes = new Mistakes();
    const typed = yield* types(source, corrections, before, mistakes, watched);
    const published = typed.filter(({ isLeftOut }) => !isLeftOut);
    demandNames(published.map(({ column }) => column));
    if (published.length === 0 && !source.hasPlaces) refuse("columns.none", {}, "#/columns");
    const shaped = () =>
      table &&
      shapeCheck(
        table,
        published.map(({ column }) => column),
        published.map((one) => one.isEmpty),
      );
    const release = new Release(
      published.map(({ column, isCode }) => ({ ...column, isCode })),
      source.hasPlaces,
      k,
      table === undefined,
    );
    const passes = release.isCounting ? 3 : 2;
    if (release.isCounting) {
      // Only what will be published is counted: a row with a mistake makes no group larger.
      const counted = { source, published, release, mistakes: new Mistakes(), shape: shaped() };
      watched.again();
      yield* eachRight(counted, watched, { pass: 1, passes }, (cells, place) => release.count(cells, place));
      release.settle();
    }
    watched.again();
    const shape = shaped();
    for (const mistake of shape?.columns ?? []) mistakes.add(mistake);
    const columns = release.released();

    const keys = fileOf(id, name);
    const rows = await blobs.begin(keys.rows, { contentType: "application/vnd.apache.parquet" });
    const boxes = source.hasPlaces ? await blobs.begin(keys.boxes) : undefined;
    const words = await blobs.begin(keys.words);
    let isDone = false;
    try {
      const writer = writeVersion(columns, { rows, boxes, words });
      const sample = new Sample(columns);
      const told = new Told(columns);
      const right = { source, published, release, mistakes, shape };
      yield* eachRight(right, watched, { pass: passes - 1, passes }, (cells, place) => {
        const released = release.row(cells, place);
        if (!released) return undefined;
        sample.add(released.cells);
        told.add(released.cells);
        return writer.add(released.cells, released.place);
      });
      const { places, ...written } = await writer.close();
      isDone = true;
      const { protection } = release;
      if (written.rows === 0 && protection?.rowsWithheld)
        mistakes.add({ at: "#", says: note("people.nobody", { k: String(k) }) });
      const isRight = mistakes.count === 0 || (corrections.leavesOutWrong === true && written.rows > 0);
      if (!isRight) await dropFile(blobs, id, name);
      const found: Found = {
        format: source.format,
        layers: source.layers,
        used: source.used,
        columns,
        leftOut: typed.flatMap(({ column, isLeftOut }) => (isLeftOut ? [column.from] : [])),
        rows: written.rows,
        places,
        notes: [...notes, ...source.notes, ...typed.flatMap(({ notes }) => notes)],
        sample: sample.rows,
        mistakes: mistakes.first,
        mistaken: mistakes.count,
        ...(protection ? { protection } : {}),
      };
      const { hasPlaces } = source;
      const stored = {
        ...{ ...written, file: name, hasPlaces, ...told.all },
        ...(protection ? { protection } : {}),
        ...(source.feed ? { feed: feedTable(source.feed, found) } : {}),
      };
      return { found, stored: isRight ? stored : undefined, corrections };
    } finally {
      if (!isDone) await Promise.all([rows.drop(), boxes?.drop(), words.drop()]);
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
  await Promise.all(Object.values(keys).map((key) => blobs.delete(key)));
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
  /** Most of its texts are codes. */
  isCode: boolean;
}

async function* types(
  source: Source,
  { columns: corrections = [], personal }: Corrections,
  before: readonly Column[],
  mistakes: Mistakes,
  watched: Watched,
): AsyncGenerator<Progress, Typed[]> {
  for (const { from } of corrections)
    if (!source.columns.some(({ name }) => name === from)) refuse("columns.unknown", { name: from }, "#/columns");
  const guesses = source.columns.map((column) => new ColumnGuess(column, source.used.decimal));
  const looks = source.columns.map(() => new Looks());
  const zones = source.columns.map(() => ({ given: 0, zoned: 0, local: 0 }));
  let rows = 0;
  for await (const batch of source.rows()) {
    for (const { at, cells, wrong } of batch) {
      rows += 1;
      if (rows > ROWS_MAX) throw new Unreadable(note("table.long", { most: String(ROWS_MAX) }), "#", "too_large");
      if (wrong) {
        mistakes.add({ at, says: wrong });
        continue;
      }
      for (let i = 0; i < guesses.length; i++) {
        const cell = cells[i] ?? null;
        guesses[i]!.add(cell, at);
        looks[i]!.add(cell);
        count(zones[i]!, cell);
      }
    }
    yield { rows, share: watched.share() / 3 };
  }
  if (rows === 0) refuse("table.empty");
  const typed = source.columns.map(({ name: from }, at): Typed => {
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
      ...(correction?.description ? { description: correction.description } : {}),
      reading,
    };
    return {
      at,
      column,
      notes: correction?.reading ? [] : guess.notes,
      isEmpty: given === 0,
      isLeftOut: correction?.isLeftOut === true,
      isCode: looks[at]!.isCode,
    };
  });
  const kept = typed.filter(({ isLeftOut }) => !isLeftOut);
  const isOfPeople = [...corrections, ...before].some((one) => ABOUT_PEOPLE.has(one.personal));
  const proposed = propose(
    kept.map(({ at, column: { name, type } }) => ({ name, type, looks: looks[at]! })),
    isOfPeople,
  );
  // That none is about people is not believed where one is said to be: their places may stand beside it.
  const all = isOfPeople && personal === "none" ? undefined : personal;
  for (const [i, { column }] of kept.entries()) {
    const own = corrections.find(({ from }) => from === column.from);
    const earlier = before.find(({ name }) => name === column.name);
    Object.assign(column, tagsOf(proposed[i]!, own, earlier, all));
    if (earlier?.description && column.description === undefined) column.description = earlier.description;
  }
  return typed;
}

const ABOUT_PEOPLE = new Set<Personal | undefined>(["quasi_identifier", "sensitive", "direct_identifier"]);

/** What was said of a column itself comes first, then what was said of it before, then what was said of all. */
function tagsOf(
  proposed: Tags,
  own: Correction | undefined,
  earlier: Column | undefined,
  all: Corrections["personal"],
): Tags & { isProposed?: true } {
  const origin = own?.origin ?? earlier?.origin ?? proposed.origin;
  const said = own?.personal ?? earlier?.personal ?? (all === "none" ? "no" : undefined);
  if (said !== undefined || all !== undefined) return { origin, personal: said ?? proposed.personal };
  return { origin, personal: proposed.personal, isProposed: true };
}

const ZONED = /(?:[Zz]|UTC|[+-]\d{2}:?\d{2})$/;
function count(zones: { given: number; zoned: number; local: number }, cell: Cell): void {
  if (cell === null || cell === "") return;
  zones.given += 1;
  if (typeof cell !== "string" || cell.length > 40 || !cell.includes(":")) return;
  if (ZONED.test(cell.trimEnd())) zones.zoned += 1;
  else zones.local += 1;
}

function demandNames(columns: readonly Column[]): void {
  if (columns.length > 500) refuse("columns.many", { n: columns.length, most: 500 }, "#/columns");
  const seen = new Set<string>();
  for (const { name } of columns) {
    // Rows are objects to whoever asks for them, and to an object this is no name.
    if (name === "__proto__") refuse("columns.name", { name }, "#/columns");
    if (seen.has(name)) refuse("columns.same", { name }, "#/columns");
    seen.add(name);
  }
}
