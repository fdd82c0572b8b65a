import { z } from "zod";
import { Slug } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";

const AMOUNT_MAX = 1_000_000_000;

/** One price in each currency in which the module is sold, in whole minor units: nothing is converted. */
export const Amounts = z
  .record(Currency, z.int().min(1).max(AMOUNT_MAX))
  .refine((amounts) => Object.keys(amounts).length > 0, "name it in at least one currency")
  .refine((amounts) => Object.keys(amounts).length <= 40, "at most 40 currencies");
export type Amounts = z.infer<typeof Amounts>;

/** For cities of up to so many people; the last one is for all that are larger. */
const Band = z.strictObject({ upTo: z.int().positive().max(100_000_000).optional(), amounts: Amounts });

const common = {
  /** A party that pays in the city's place, once it has signed that it does. */
  sponsor: Slug.optional(),
  /** Who looked at it before cities take it, and their share of its income, in hundredths of a percent. */
  reviewer: z.strictObject({ party: Slug, basisPoints: z.int().min(1).max(2_000) }).optional(),
};

const inOrder = (bands: readonly z.infer<typeof Band>[]): boolean =>
  bands.every(({ upTo }, i) =>
    i === bands.length - 1 ? upTo === undefined : upTo !== undefined && upTo > (bands[i - 1]?.upTo ?? 0),
  );
const currenciesOf = (amounts: Amounts): string => Object.keys(amounts).sort().join(" ");

/** What a module costs. Without one it is free; a change is a new version, which a city accepts anew. */
export const Price = z
  .discriminatedUnion("per", [
    z.strictObject({ per: z.literal("once"), amounts: Amounts, ...common }),
    z.strictObject({
      /** By the days in which it served. */
      per: z.enum(["month", "year"]),
      bands: z
        .array(Band)
        .min(1)
        .max(12)
        .refine(inOrder, "from small to large, and only the last without upTo")
        .refine(
          (bands) => new Set(bands.map(({ amounts }) => currenciesOf(amounts))).size === 1,
          "every band in the same currencies",
        ),
      ...common,
    }),
    /** For each run of a rule or program in service, and each case of a procedure that is handed in. A page is never counted. */
    z.strictObject({ per: z.literal("use"), amounts: Amounts, ...common }),
  ])
  .meta({ id: "ModulePrice" });
export type Price = z.infer<typeof Price>;

/** The amount in a currency, for a city of so many people; undefined: it is not sold in that currency. */
export function amountOf(price: Price, currency: string, population: number): number | undefined {
  const amounts =
    "bands" in price
      ? price.bands.find(({ upTo }) => upTo === undefined || population <= upTo)?.amounts
      : price.amounts;
  return amounts?.[currency];
}

export const currenciesIn = (price: Price): string[] =>
  Object.keys("bands" in price ? price.bands[0]!.amounts : price.amounts).sort();

/** Whether what it costs depends on how many people live there. */
export const isBySize = (price: Price): boolean => "bands" in price && price.bands.length > 1;
