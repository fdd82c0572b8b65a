import { z } from "zod";
import { type DatasetPart, FieldName, PartId, shapeOfTables } from "./dataset.ts";
import { Expression, evaluate, mistakesOf, readsOf, type Tree } from "./language/index.ts";
import { Words } from "./words.ts";

// The short names of what most indicators are: one figure over one table, or one figure per another.
const Figure = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("count"), dataset: PartId }),
  z.strictObject({ op: z.literal("sum"), dataset: PartId, field: FieldName }),
  z.strictObject({ op: z.literal("mean"), dataset: PartId, field: FieldName }),
]);
const Named = z.discriminatedUnion("op", [
  ...Figure.options,
  z.strictObject({ op: z.literal("ratio"), of: Figure, per: Figure }),
]);

/** Over the module's own tables, by their ids: `["/", ["count", ["field", "leaks"]], ["sum", ["field", "pipes"], ["field", "row", "km"]]]`. */
export const Formula = z.union([Named, Expression]).meta({ id: "Formula" });
export type Formula = z.infer<typeof Formula>;

/** One figure by which a city sees whether it moves towards a target. */
export const IndicatorPart = z
  .strictObject({
    kind: z.literal("indicator"),
    id: PartId,
    title: Words(80),
    description: Words(1_000).optional(),
    /** As people write it: `%`, `m³`, `µg/m³`. */
    unit: z.string().min(1).max(20),
    formula: Formula,
    target: z.strictObject({ value: z.number(), better: z.enum(["lower", "higher"]) }).optional(),
  })
  .meta({ id: "IndicatorPart" });
export type IndicatorPart = z.infer<typeof IndicatorPart>;

const isNamed = (formula: Formula): formula is z.infer<typeof Named> =>
  typeof formula === "object" && formula !== null && "op" in formula;

/** A formula as the tree that is reckoned, checked and said. */
export function treeOf(formula: Formula): Tree {
  if (!isNamed(formula)) return formula;
  if (formula.op === "ratio") return ["/", treeOf(formula.of), treeOf(formula.per)];
  const table: Tree = ["field", formula.dataset];
  return formula.op === "count" ? ["count", table] : [formula.op, table, ["field", "row", formula.field]];
}

/** The tables that a formula reads. */
export const datasetsRead = (formula: Formula): string[] => readsOf(treeOf(formula));

type Row = Record<string, unknown>;

/**
 * The value of a formula; nothing where there is nothing to divide by or no figure to take a mean of.
 *
 * @param rows  the rows of each table, by the id of its part; a value that is no number does not count
 */
export function compute(formula: Formula, rows: (dataset: string) => readonly Row[]): number | undefined {
  const tables = Object.fromEntries(datasetsRead(formula).map((dataset) => [dataset, rows(dataset)]));
  const value = evaluate(treeOf(formula), tables);
  return typeof value === "number" ? value : undefined;
}

/** What is wrong with a formula, given the tables of its module. `at` is a path below the part. */
export function indicatorMistakes({ formula }: IndicatorPart, datasets: readonly DatasetPart[]) {
  const found = mistakesOf(treeOf(formula), shapeOfTables(datasets), "number");
  return found.map(({ at, detail }) => ({ at: ["formula", ...placeIn(formula, at)], detail }));
}

/** Where a mistake of the tree stands in the formula as it was written. */
function placeIn(formula: Formula, [first, ...rest]: (string | number)[]): (string | number)[] {
  if (first === undefined) return [];
  if (!isNamed(formula)) return [first, ...rest];
  if (formula.op !== "ratio") return [first === 1 ? "dataset" : "field"];
  const half = first === 1 ? "of" : "per";
  return [half, ...placeIn(formula[half], rest)];
}
