import { Fault } from "../../../shared/errors.ts";
import type { Rung, Step, Tally } from "./ladders.ts";

/** What one of a row's quasi-identifiers has become, and what else it may become. */
export interface Dimension {
  /** The steps that it has climbed. */
  taken: Step[];
  ladder: readonly ((tally: Tally) => Step)[];
}

export interface Bounds {
  groups: number;
  signs: number;
}
/** What is counted stays in memory: beyond this, values are made coarser at once. */
const BOUNDS: Bounds = { groups: 200_000, signs: 16_000_000 };
/** Values are made coarser until no more of the rows than one in so many would be withheld. */
const WITHHELD_SHARE = 20;

/**
 * Counts the groups of rows that are alike in all their quasi-identifiers, and makes these coarser until nearly every
 * group has k rows. What group a row belongs to is settled only when all rows were counted.
 */
export class Groups {
  private counted = new Map<string, number>();
  private signs = 0;
  private rows = 0;

  constructor(
    private readonly k: number,
    private readonly dimensions: readonly Dimension[],
    private readonly mayGeneralise: boolean,
    private readonly bounds = BOUNDS,
  ) {}

  add(values: readonly Rung[]): void {
    this.rows += 1;
    this.count(this.keyOf(values), 1);
    while (this.counted.size > this.bounds.groups || this.signs > this.bounds.signs)
      if (!this.coarsen())
        throw new Fault("too_large", `The rows fall into more than ${this.bounds.groups} groups of people.`);
  }

  /** To be called when all rows were counted, before any is asked about. */
  settle(): void {
    while (this.lone() * WITHHELD_SHARE > this.rows) if (!this.coarsen()) return;
  }

  /** Whether a row's group is large enough to be published. */
  isLarge(values: readonly Rung[]): boolean {
    return (this.counted.get(this.keyOf(values)) ?? 0) >= this.k;
  }

  climbed(value: Rung, dimension: number): Rung {
    let climbing = value;
    for (const step of this.dimensions[dimension]!.taken) climbing = step.of(climbing);
    return climbing;
  }

  private keyOf(values: readonly Rung[]): string {
    return JSON.stringify(values.map((value, i) => this.climbed(value, i)));
  }

  private count(key: string, rows: number): void {
    const before = this.counted.get(key);
    if (before === undefined) this.signs += key.length;
    this.counted.set(key, (before ?? 0) + rows);
  }

  /** Rows of groups that are too small. */
  private lone(): number {
    let rows = 0;
    for (const count of this.counted.values()) if (count < this.k) rows += count;
    return rows;
  }

  /** Takes the next step of the quasi-identifier that has the most values. @returns whether there was one to take */
  private coarsen(): boolean {
    if (!this.mayGeneralise) return false;
    const groups = [...this.counted].map(([key, rows]) => ({ values: JSON.parse(key) as Rung[], rows }));
    let chosen = -1;
    let most = 0;
    for (const [i, { taken, ladder }] of this.dimensions.entries()) {
      if (taken.length === ladder.length) continue;
      const distinct = new Set(groups.map(({ values }) => JSON.stringify(values[i]))).size;
      if (distinct > most) [chosen, most] = [i, distinct];
    }
    if (chosen < 0) return false;
    const { taken, ladder } = this.dimensions[chosen]!;
    const step = ladder[taken.length]!(() => {
      const tally = new Map<Rung, number>();
      for (const { values, rows } of groups) tally.set(values[chosen]!, (tally.get(values[chosen]!) ?? 0) + rows);
      return tally;
    });
    taken.push(step);
    this.counted = new Map();
    this.signs = 0;
    for (const { values, rows } of groups) {
      values[chosen] = step.of(values[chosen]!);
      this.count(JSON.stringify(values), rows);
    }
    return true;
  }
}
