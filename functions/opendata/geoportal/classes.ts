import { scaleQuantile, scaleQuantize } from "d3-scale";
import type { Cell, Column } from "../schema.ts";

/** From little to much, told apart by lightness alone too (ColorBrewer's YlGnBu, of which the palest is left out). */
const STEPS = ["#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#0c2c84"] as const;
/** Kinds beside one another, safe for the colour-blind (Okabe and Ito); the last is for all others. */
export const KINDS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"] as const;
const OTHER = "#6b6b6b";

export interface Class {
  colour: string;
  /** Of numbers, from where to where; of kinds, which one; neither: all others, and empty cells. */
  from?: number;
  to?: number;
  value?: string;
}

/** Parts the values of a column into classes; the last one is of all that is in no other. */
export function classed(cells: readonly (Cell | undefined)[], type: Column["type"], how: "quantile" | "equal") {
  const { classes, of } = type === "integer" || type === "number" ? stepped(cells, how) : kinds(cells);
  return {
    classes: [...classes, { colour: OTHER }] as Class[],
    classOf: (cell: Cell | undefined): number => of(cell) ?? classes.length,
  };
}

type Parted = { classes: Class[]; of: (cell: Cell | undefined) => number | undefined };

function stepped(cells: readonly (Cell | undefined)[], how: "quantile" | "equal"): Parted {
  const numbers = cells.filter((cell) => typeof cell === "number");
  if (numbers.length === 0) return { classes: [], of: () => undefined };
  let [least, most] = [Infinity, -Infinity];
  for (const number of numbers) [least, most] = [Math.min(least, number), Math.max(most, number)];
  const range = STEPS.map((_, i) => i);
  const scale =
    how === "quantile"
      ? scaleQuantile<number>().domain(numbers).range(range)
      : scaleQuantize<number>().domain([least, most]).range(range);
  const ends = [least, ...("quantiles" in scale ? scale.quantiles() : scale.thresholds()), most];
  // Where many values are the same, classes between the same ends are one.
  const kept = range.filter((i) => i === range.length - 1 || ends[i]! < ends[i + 1]!);
  const classes = kept.map((i) => ({ colour: STEPS[i]!, from: ends[i]!, to: ends[i + 1]! }));
  return {
    classes,
    of: (cell) => {
      if (typeof cell !== "number") return undefined;
      const at = kept.indexOf(scale(cell));
      return at >= 0 ? at : kept.length - 1;
    },
  };
}

/** The most frequent values, each a class of its own. */
function kinds(cells: readonly (Cell | undefined)[]): Parted {
  const counts = new Map<string, number>();
  for (const cell of cells)
    if (cell !== null && cell !== undefined) counts.set(String(cell), (counts.get(String(cell)) ?? 0) + 1);
  const values = [...counts]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, KINDS.length)
    .map(([value]) => value);
  const among = new Map(values.map((value, i) => [value, i]));
  return {
    classes: values.map((value, i) => ({ colour: KINDS[i]!, value })),
    of: (cell) => (cell === null || cell === undefined ? undefined : among.get(String(cell))),
  };
}
