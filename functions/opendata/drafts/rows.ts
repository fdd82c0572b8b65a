import { timeColumn } from "../domain.ts";
import { converter, isNote } from "../formats/converting.ts";
import type { Note } from "../formats/note.ts";
import type { Source, SourceFile } from "../formats/source.ts";
import type { Geometry } from "../geometry.ts";
import type { Release } from "../people/release.ts";
import type { Cell, Column } from "../schema.ts";
import { canonicalInstant } from "../stored/columns.ts";
import type { ShapeCheck } from "../tables.ts";
import type { DraftColumn, Mistake, Progress } from "./schema.ts";

const MISTAKES_SHOWN = 50;
const SAMPLE = { rows: 8, signs: 200, bytes: 60_000 };

interface Pass {
  source: Source;
  published: readonly { at: number; column: DraftColumn }[];
  release: Release;
  mistakes: Mistakes;
  shape: ShapeCheck | undefined;
}

/** Goes through the rows that have no mistake, their cells of the types of their columns. */
export async function* eachRight(
  { source, published, release, mistakes, shape }: Pass,
  watched: Watched,
  { pass, passes }: { pass: number; passes: number },
  take: (cells: Cell[], place: Geometry | null | undefined) => Promise<void> | undefined | void,
): AsyncGenerator<Progress> {
  const readers = published.map(({ at, column }) => ({ at, column, read: reader(column) }));
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
      if (mistakes.count === before && shape)
        for (const mistake of shape.row(release.withoutSmall(cells))) mistakes.add(mistake);
      if (mistakes.count > before) continue;
      rows += 1;
      const full = take(cells, place);
      if (full) await full;
    }
    yield { rows, share: (pass + watched.share()) / passes };
  }
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

/** The first rows, as far as they are shown. */
export class Sample {
  readonly rows: Record<string, Cell>[] = [];
  private bytes = 0;
  constructor(private readonly columns: readonly Column[]) {}

  add(cells: readonly Cell[]): void {
    if (this.rows.length >= SAMPLE.rows || this.bytes >= SAMPLE.bytes) return;
    const shown = cells.map((cell) => (typeof cell === "string" ? cell.slice(0, SAMPLE.signs) : cell));
    this.rows.push(Object.fromEntries(this.columns.map(({ name }, i) => [name, shown[i]!])));
    this.bytes += JSON.stringify(shown).length;
  }
}

/** The first mistakes, and how many there are. */
export class Mistakes {
  readonly first: Mistake[] = [];
  count = 0;
  add(mistake: Mistake): void {
    this.count += 1;
    if (this.first.length < MISTAKES_SHOWN) this.first.push(mistake);
  }
}

export interface Watched {
  file: SourceFile;
  /** How much of it was read since it was begun, from 0 to 1. */
  share(): number;
  again(): void;
}

export function watch(file: SourceFile): Watched {
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

/** What is told of all rows of a version: cells that are empty, and the first and last day. */
export class Told {
  private empty = 0;
  private least: string | undefined;
  private most: string | undefined;
  private readonly time: number | undefined;

  constructor(columns: readonly Column[]) {
    this.time = timeColumn(columns);
  }

  add(cells: readonly Cell[]): void {
    for (const cell of cells) if (cell === null || cell === "") this.empty += 1;
    const when = this.time === undefined ? null : cells[this.time];
    if (typeof when !== "string") return;
    if (this.least === undefined || when < this.least) this.least = when;
    if (this.most === undefined || when > this.most) this.most = when;
  }

  get all(): { empty: number; period?: [string, string] } {
    const { empty, least, most } = this;
    if (least === undefined || most === undefined) return { empty };
    return { empty, period: [least.slice(0, 10), most.slice(0, 10)] };
  }
}
