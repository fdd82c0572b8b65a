import { z } from "@hono/zod-openapi";
import { sentenceOf, type Tree } from "../../../marketplace/contract/language/index.ts";
import type { Here } from "../../../shared/here.ts";
import type { Lang } from "../../../shared/texts.ts";
import { peopleRule } from "../people/rule.ts";
import { treeOf } from "./formula.ts";
import { datasetsOf, tableOf } from "./measuring.ts";
import { shapeOf } from "./names.ts";
import { Definition, District, Figure, type Kept, Problem } from "./schema.ts";

/** An indicator of the city's own, as anyone may see it. */
export const CityIndicator = Definition.extend({
  id: z.string(),
  revision: z.int(),
  changedAt: z.iso.datetime(),
  ...Figure.pick({ value: true, problem: true, standing: true, sources: true }).shape,
  asOf: Figure.shape.asOf.optional(),
  isMet: z.boolean().optional(),
  /** Out of its band since the data of this time; and since when it is back. */
  leftAt: z.iso.datetime().optional(),
  backAt: z.iso.datetime().optional(),
}).meta({ id: "CityIndicator" });
export type CityIndicator = z.infer<typeof CityIndicator>;

/** With what takes a page of its own to read. */
export const WholeIndicator = CityIndicator.extend({
  /** The formula in words. */
  says: z.string(),
  districts: z.array(District).optional(),
  districtsProblem: Problem.optional(),
}).meta({ id: "WholeCityIndicator" });
export type WholeIndicator = z.infer<typeof WholeIndicator>;

export function shownIndicator({ slug, definition, revision, changedAt, latest, leftAt, backAt }: Kept): CityIndicator {
  const { target, better } = definition;
  const { value, problem, asOf, standing = "none", sources = [] } = latest ?? {};
  return {
    id: slug,
    ...definition,
    ...{ revision, changedAt, standing, sources },
    ...(value === undefined ? {} : { value }),
    ...(problem === undefined ? {} : { problem }),
    ...(asOf === undefined ? {} : { asOf }),
    ...(target && value !== undefined
      ? { isMet: better === "lower" ? value <= target.value : value >= target.value }
      : {}),
    ...(leftAt === undefined ? {} : { leftAt }),
    ...(backAt === undefined ? {} : { backAt }),
  };
}

export async function wholeIndicator(here: Here, kept: Kept, lang: Lang): Promise<WholeIndicator> {
  const [says, { k }] = await Promise.all([sentence(here, kept.definition, lang), peopleRule(here)]);
  const { districts, districtsProblem, k: kThen = 0 } = kept.latest ?? {};
  return {
    ...shownIndicator(kept),
    says,
    // Since the city's rule is stricter, what was broken down by the laxer one is computed anew first.
    ...(districts && kThen >= k ? { districts } : {}),
    ...(districtsProblem ? { districtsProblem } : {}),
  };
}

async function sentence(here: Here, definition: Definition, lang: Lang): Promise<string> {
  const tree: Tree = treeOf(definition.formula);
  const datasets = await datasetsOf(here, tree, definition);
  return sentenceOf(tree, shapeOf(datasets.map(tableOf), definition.assumptions), lang);
}
