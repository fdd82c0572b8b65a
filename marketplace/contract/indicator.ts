import { z } from "zod";
import { type DatasetPart, FieldName, PartId } from "./dataset.ts";
import { Words } from "./words.ts";

// The smallest closed form: one figure over one table, or one figure per another. It has no loop, no nesting deeper
// than one and no text of the publisher's to evaluate, so it always ends.
const Figure = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("count"), dataset: PartId }),
  z.strictObject({ op: z.literal("sum"), dataset: PartId, field: FieldName }),
  z.strictObject({ op: z.literal("mean"), dataset: PartId, field: FieldName }),
]);
type Figure = z.infer<typeof Figure>;

export const Formula = z
  .discriminatedUnion("op", [...Figure.options, z.strictObject({ op: z.literal("ratio"), of: Figure, per: Figure })])
  .meta({ id: "Formula" });
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

export const figuresOf = (formula: Formula): Figure[] =>
  formula.op === "ratio" ? [formula.of, formula.per] : [formula];

type Row = Record<string, unknown>;

/**
 * The value of a formula; nothing where there is nothing to divide by or no figure to take a mean of.
 *
 * @param rows  the rows of each table, by the id of its part; a value that is no number does not count
 */
export function compute(formula: Formula, rows: (dataset: string) => readonly Row[]): number | undefined {
  if (formula.op === "ratio") {
    const of = compute(formula.of, rows);
    const per = compute(formula.per, rows);
    return of === undefined || per === undefined || per === 0 ? undefined : of / per;
  }
  const table = rows(formula.dataset);
  if (formula.op === "count") return table.length;
  const values = table.map((row) => row[formula.field]).filter((value): value is number => Number.isFinite(value));
  const sum = values.reduce((total, value) => total + value, 0);
  if (formula.op === "sum") return sum;
  return values.length === 0 ? undefined : sum / values.length;
}

/** What is wrong with a formula, given the tables of its module. */
export function indicatorMistakes(part: IndicatorPart, datasets: readonly DatasetPart[]) {
  return figuresOf(part.formula).flatMap((figure) => {
    const at = part.formula.op === "ratio" ? ["formula", figure === part.formula.of ? "of" : "per"] : ["formula"];
    const dataset = datasets.find((one) => one.id === figure.dataset);
    if (!dataset) return [{ at: [...at, "dataset"], detail: `This module has no dataset part ${figure.dataset}.` }];
    if (figure.op === "count") return [];
    const field = dataset.schema.fields.find((one) => one.name === figure.field);
    if (!field) return [{ at: [...at, "field"], detail: `${figure.dataset} has no field ${figure.field}.` }];
    return ["integer", "number"].includes(field.type)
      ? []
      : [{ at: [...at, "field"], detail: `${figure.field} is of type ${field.type}; ${figure.op} needs a number.` }];
  });
}
