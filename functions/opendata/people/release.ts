import type { DraftColumn } from "../drafts/schema.ts";
import type { Geometry } from "../geometry.ts";
import { GEOMETRY } from "../query/cql2.ts";
import type { Cell, Protection } from "../schema.ts";
import { type Dimension, Groups } from "./groups.ts";
import { ladderOf, middleOf, PLACE_LADDER, placeOf, type Rung } from "./ladders.ts";

export interface Released {
  cells: Cell[];
  place: Geometry | null | undefined;
}

/**
 * What may be published of rows about people: small counts are left empty; where there are quasi-identifiers, all rows
 * are counted first, then each is published as coarse as its group needs, or not at all.
 */
export class Release {
  private readonly counts: number[];
  private readonly quasi: number[];
  private readonly dimensions: Dimension[];
  private readonly groups: Groups | undefined;
  private readonly hasOwnPlaces: boolean;
  private rowsWithheld = 0;
  private cellsWithheld = 0;

  /** @param mayGeneralise  not where a module's table wants the values as they are: then rows are withheld */
  constructor(
    private readonly columns: readonly (DraftColumn & { isCode: boolean })[],
    hasPlaces: boolean,
    private readonly k: number,
    mayGeneralise: boolean,
  ) {
    const tagged = (tag: DraftColumn["personal"]) =>
      columns.flatMap(({ personal }, i) => (personal === tag ? [i] : []));
    this.counts = tagged("count_of_people");
    this.quasi = tagged("quasi_identifier");
    // Where somebody is, is as good as half a name.
    this.hasOwnPlaces = hasPlaces && this.quasi.length + tagged("sensitive").length > 0;
    this.dimensions = this.quasi.map((i) => ({ taken: [], ladder: ladderOf(columns[i]!, columns[i]!.isCode, k) }));
    if (this.hasOwnPlaces) this.dimensions.push({ taken: [PLACE_LADDER[0]!()], ladder: PLACE_LADDER });
    if (this.dimensions.length > 0) this.groups = new Groups(k, this.dimensions, mayGeneralise);
  }

  /** Whether all rows must be counted before the first can be published. */
  get isCounting(): boolean {
    return this.groups !== undefined;
  }

  /** The row without its small counts. */
  withoutSmall(cells: Cell[]): Cell[] {
    if (!this.counts.some((i) => isSmall(cells[i], this.k))) return cells;
    return cells.map((cell, i) => (this.counts.includes(i) && isSmall(cell, this.k) ? null : cell));
  }

  count(cells: readonly Cell[], place: Geometry | null | undefined): void {
    this.groups!.add(this.valuesOf(cells, place));
  }

  settle(): void {
    this.groups?.settle();
  }

  /** How the columns are published: bands of numbers are texts. */
  released(): DraftColumn[] {
    return this.columns.map(({ isCode: _, ...column }, i) => {
      const taken = this.dimensions[this.quasi.indexOf(i)]?.taken ?? [];
      const { isLocal: __, ...plain } = column;
      return taken.length > 0 && taken.at(-1)!.to !== "withheld" ? { ...plain, type: "text" } : column;
    });
  }

  /** The row as it may be published; undefined if it may not be. */
  row(given: Cell[], place: Geometry | null | undefined): Released | undefined {
    const cells = this.withoutSmall(given);
    const values = this.valuesOf(cells, place);
    if (this.groups && !this.groups.isLarge(values)) {
      this.rowsWithheld += 1;
      return undefined;
    }
    for (const i of this.counts) if (cells[i] === null && given[i] !== null) this.cellsWithheld += 1;
    if (!this.groups) return { cells, place };
    const published = [...cells];
    for (const [d, i] of this.quasi.entries()) {
      const { taken } = this.dimensions[d]!;
      if (taken.length === 0) continue;
      const climbed = this.groups.climbed(values[d]!, d);
      published[i] = taken.at(-1)!.shown?.(climbed) ?? (climbed as Cell);
    }
    if (!this.hasOwnPlaces) return { cells: published, place };
    return { cells: published, place: placeOf(this.groups.climbed(values.at(-1)!, values.length - 1)) };
  }

  /** What was done; undefined where nothing is about people. */
  get protection(): Protection | undefined {
    if (!this.groups && this.counts.length === 0) return undefined;
    const generalised = this.dimensions.flatMap(({ taken }, d) => {
      const last = taken.at(-1);
      const column = this.columns[this.quasi[d] ?? -1]?.name ?? GEOMETRY;
      return last ? [{ column, to: last.to, ...(last.by === undefined ? {} : { by: last.by }) }] : [];
    });
    const { k, rowsWithheld, cellsWithheld } = this;
    return { k, generalised, rowsWithheld, cellsWithheld };
  }

  private valuesOf(cells: readonly Cell[], place: Geometry | null | undefined): Rung[] {
    const values: Rung[] = this.quasi.map((i) => cells[i] ?? null);
    if (this.hasOwnPlaces) values.push(middleOf(place));
    return values;
  }
}

/** So few people that they might be known. Nobody is not anybody. */
const isSmall = (cell: Cell | undefined, k: number): boolean => typeof cell === "number" && cell !== 0 && cell < k;
