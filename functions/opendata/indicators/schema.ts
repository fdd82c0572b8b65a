import { z } from "@hono/zod-openapi";
import { Words } from "../../../marketplace/contract/words.ts";
import { Id } from "../../../shared/ids.ts";
import { Money } from "../../../shared/money.ts";

const OWN_PAGES = ["new", "dataset"];
/** An indicator's name in addresses. */
export const IndicatorSlug = z
  .string()
  .regex(/^[a-z](?:-?[a-z0-9]){1,49}$/, "2 to 50 small letters, digits and single hyphens, a letter first")
  .refine((slug) => !OWN_PAGES.includes(slug), "Choose another name: this is a page of the city's own.")
  .meta({ id: "IndicatorSlug", example: "water-points-per-district" });

const Text = (max: number) => z.string().trim().min(1).max(max);
/** Further from 0, a decimal fraction is not told from its neighbour any more. */
const Figured = z.number().min(-1e15).max(1e15);

/** A named constant of the formula: what somebody assumes, and what a scenario changes. */
export const Assumption = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, "small letters, digits and underscores, a letter first"),
    titles: Words(80),
    unit: Text(20),
    value: Figured,
    /** A scenario stays between these. */
    low: Figured,
    high: Figured,
    /** What one unit more costs, in minor units of the city's currency. An estimate: no ledger knows it. */
    unitCostMinor: z.int().min(-1e12).max(1e12).optional(),
  })
  .meta({ id: "Assumption" });
export type Assumption = z.infer<typeof Assumption>;

/** By which districts a figure is broken down. */
export const Breakdown = z
  .discriminatedUnion("by", [
    /** A column that each dataset of the formula has. */
    z.strictObject({ by: z.literal("column"), column: Text(200) }),
    /** The areas of a dataset, with the column that names them; each dataset of the formula must have places. */
    z.strictObject({ by: z.literal("places"), dataset: Text(80), column: Text(200) }),
  ])
  .meta({ id: "Breakdown" });
export type Breakdown = z.infer<typeof Breakdown>;

/** A figure of the city's own: what it is, how it is computed, and what the city wants it to be. */
export const Definition = z
  .strictObject({
    titles: Words(80),
    description: Words(1_000).optional(),
    unit: Text(20),
    /** In the language of formulas, over published datasets and assumptions: ``count(`water-points` where row.works)``. */
    formula: Text(4_000),
    better: z.enum(["higher", "lower"]),
    target: z.strictObject({ value: Figured, on: z.iso.date() }).optional(),
    /** It raises an alarm when the figure leaves these bounds. */
    band: z.strictObject({ low: Figured.optional(), high: Figured.optional() }).optional(),
    /** A desk rather than a person. */
    owner: Text(120),
    assumptions: z.array(Assumption).max(8).default([]),
    breakdown: Breakdown.optional(),
  })
  .meta({ id: "IndicatorDefinition" });
export type Definition = z.infer<typeof Definition>;

const Why = z.string().trim().min(3).max(300);
export const Save = Definition.extend({
  why: Why,
  /** The revision that it changes; without it, whichever there is. */
  revision: z.int().min(0).optional(),
}).meta({ id: "SaveIndicator" });
export const Retire = z.strictObject({ why: Why }).meta({ id: "RetireIndicator" });

/** How a figure stands to its band; `free` without one, `none` without a figure. */
export const Standing = z.enum(["within", "below", "above", "free", "none"]);
export type Standing = z.infer<typeof Standing>;

/** Why there is no figure, or no districts of it. */
export const Problem = z.enum(["gone", "unfit", "too_many_rows", "nothing", "too_few_people", "too_many_districts"]);
export type Problem = z.infer<typeof Problem>;

export const Source = z.object({
  id: Id("ds"),
  slug: z.string(),
  title: z.string(),
  version: z.int(),
  publishedAt: z.iso.datetime(),
});
export type Source = z.infer<typeof Source>;

/** The figure as it was with certain versions of its datasets. */
export const Figure = z
  .object({
    /** When the latest of its datasets was published. */
    asOf: z.iso.datetime(),
    /** Of the definition by which it was computed. */
    revision: z.int(),
    sources: z.array(Source),
    /** What it was measured by then. */
    unit: z.string(),
    target: z.number().optional(),
    low: z.number().optional(),
    high: z.number().optional(),
    value: z.number().optional(),
    problem: Problem.optional(),
    standing: Standing,
  })
  .meta({ id: "IndicatorFigure" });
export type Figure = z.infer<typeof Figure>;

/** One district's figure; without a name, what lies in none. */
export const District = z.object({
  name: z.string().optional(),
  value: z.number().optional(),
  /** Too few people, or one of the few by which others could be reckoned back. */
  isWithheld: z.boolean(),
});
export type District = z.infer<typeof District>;

/** The latest figure, with what only the latest has. */
export const Latest = Figure.extend({
  districts: z.array(District).optional(),
  districtsProblem: Problem.optional(),
  /** How small a group of people could be shown then. */
  k: z.int(),
  /** The formula with its datasets reckoned: what is left are the assumptions. Not for the public. */
  rest: z.unknown().optional(),
});
export type Latest = z.infer<typeof Latest>;

/** An indicator as it is kept. */
export const Kept = z.object({
  slug: IndicatorSlug,
  definition: Definition,
  revision: z.int().positive(),
  changedAt: z.iso.datetime(),
  isRetired: z.boolean(),
  latest: Latest.optional(),
  /** Since which figure it is out of its band; the last time that it was, once it is back. */
  leftAt: z.iso.datetime().optional(),
  backAt: z.iso.datetime().optional(),
  /** How often it was written: who read an older one does not overwrite it. */
  turn: z.int(),
});
export type Kept = z.infer<typeof Kept>;

/** Out of its band at the moment. */
export const isOut = ({ leftAt, backAt }: Pick<Kept, "leftAt" | "backAt">): boolean =>
  leftAt !== undefined && backAt === undefined;

/** Who changed it, when and why, and what it was from then on. */
export const Change = z
  .object({
    revision: z.int(),
    at: z.iso.datetime(),
    by: z.string(),
    why: z.string(),
    /** Without one it was retired. */
    definition: Definition.optional(),
  })
  .meta({ id: "IndicatorChange" });
export type Change = z.infer<typeof Change>;

/** What would be if one assumption were another. */
export const Scenario = z
  .object({
    assumption: z.string(),
    unit: z.string(),
    from: z.number(),
    to: z.number(),
    value: z.number().optional(),
    changed: z.number().optional(),
    difference: z.number().optional(),
    /** Below 0 it is saved. An estimate: it is in no ledger, and nothing was booked. */
    cost: Money.optional(),
    isEstimate: z.literal(true),
  })
  .meta({ id: "IndicatorScenario" });
export type Scenario = z.infer<typeof Scenario>;

/** What a form asks beside a definition, where there is none yet. */
export const Named = z.object({ slug: IndicatorSlug });

/** Who makes and changes the city's indicators. */
export const WRITE = "opendata.indicators:write";
export const KEEPERS = ["data_officer", "administrator"] as const;
