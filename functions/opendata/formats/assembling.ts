import type { Cell } from "../schema.ts";
import { type Note, note, refuse } from "./note.ts";
import { Placing, Repairs } from "./places.ts";
import type { Hints, Source, SourceRow } from "./source.ts";
import { type System, systemOfEpsg, WGS84 } from "./systems.ts";

export const BATCH = 1_000;
export const COLUMNS_MAX = 500;
const NAME_MAX = 120;

/** A row as a reader finds it: its place still in the file's own coordinate system. */
export interface RawRow {
  at: string;
  cells: Cell[];
  geometry?: unknown;
  wrong?: Note;
}

/** What a reader knows of a file. */
export interface Raw extends Omit<Source, "rows" | "close"> {
  /** What the file says of its coordinate system; WGS 84 where it does not. */
  system?: System | undefined;
  rows(): AsyncIterable<RawRow[]>;
  /** What was repaired, as far as rows were read. */
  repaired?(): Note[];
  close?(): Promise<void>;
}

/** Rows one by one as rows some thousands at a time. */
export async function* batched(rows: AsyncIterable<RawRow> | Iterable<RawRow>): AsyncIterable<RawRow[]> {
  let batch: RawRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The system that a hint names, or else the file. @throws {Unreadable} a code that we do not know */
export function hintedSystem({ epsg }: Hints, said?: number): System | undefined {
  const code = epsg ?? said;
  if (code === undefined) return undefined;
  return systemOfEpsg(code) ?? refuse("system.unknown", { value: `EPSG:${code}` });
}

/** A source of what a reader found: with places in WGS 84, and the notes of their repair. */
export async function assembled(raw: Raw, hints: Hints): Promise<Source> {
  const { system = WGS84, repaired, rows, close, ...known } = raw;
  const notes = [...raw.notes];
  const used = { ...raw.used, ...(raw.hasPlaces && system.epsg !== undefined ? { epsg: system.epsg } : {}) };
  const placing = new Placing(system, hints.area);
  if (raw.hasPlaces) {
    if (!system.isWgs84) notes.push(note("system.used", { value: system.name || `EPSG:${system.epsg}` }));
    for await (const batch of rows()) {
      notes.push(...placing.look(batch.map(({ geometry }) => geometry)));
      break;
    }
  }
  let late: Note[] = [];
  return {
    ...known,
    used,
    get notes() {
      return [...notes, ...late];
    },
    async *rows() {
      const repairs = new Repairs();
      for await (const batch of rows()) yield raw.hasPlaces ? batch.map((row) => placed(row, placing, repairs)) : batch;
      late = [...(repaired?.() ?? []), ...repairs.notes()];
    },
    close: async () => close?.(),
  };
}

/** The same source, of which more is known. */
export const wrapped = (source: Source, { notes, ...more }: Partial<Source>): Source => ({
  ...source,
  ...more,
  get notes() {
    return [...(notes ?? []), ...source.notes];
  },
});

function placed({ geometry, ...row }: RawRow, placing: Placing, repairs: Repairs): SourceRow {
  const place = placing.place(geometry, row.at, repairs);
  if (place === null || "coordinates" in place) return { ...row, place };
  return { ...row, place: null, wrong: row.wrong ?? place };
}

/** Names of columns as they can be used: none empty, none twice. @throws {Unreadable} too many */
export function columnNames(given: readonly string[], at = "#"): { names: string[]; notes: Note[] } {
  if (given.length > COLUMNS_MAX) refuse("columns.many", { n: given.length, most: COLUMNS_MAX }, at);
  const notes: Note[] = [];
  const taken = new Set<string>();
  const names = given.map((text, i) => {
    let name = text.replaceAll(/\s+/g, " ").trim();
    if (name === "") {
      name = `column ${i + 1}`;
      notes.push(note("columns.unnamed", { n: i + 1, name }));
    } else if (name.length > NAME_MAX) {
      name = name.slice(0, NAME_MAX);
      notes.push(note("columns.cut", { name, most: NAME_MAX }));
    }
    const base = name;
    for (let n = 2; taken.has(name); n++) name = `${base} ${n}`;
    if (name !== base) notes.push(note("columns.twice", { name: base, column: name }));
    taken.add(name);
    return name;
  });
  return { names, notes };
}
