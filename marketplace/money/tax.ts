import { z } from "@hono/zod-openapi";
import type { City } from "../../shared/here.ts";
import rules from "./tax-rules.json" with { type: "json" };

// Which tax is on a line, by data: what the treasurer has kept, and else a small table that says where each entry was
// read and when. No country's law is in the code; what no entry tells has no tax, and the line says why.

export const Country = z.string().regex(/^[A-Z]{2}$/, "a country such as SN");
const BasisPoints = z.int().min(0).max(5_000);

/** What the treasurer knows of a seller's tax, from its own papers. */
export const SellerTax = z
  .strictObject({
    country: Country,
    /** Its number there, as it stands on its papers. */
    number: z.string().trim().min(1).max(40).optional(),
    /** What it charges a city of its own country, where that is not the table's rate. */
    basisPoints: BasisPoints.optional(),
    /** It charges none, by its own word. */
    isExempt: z.boolean().default(false),
  })
  .meta({ id: "ModuleSellerTax" });
export type SellerTax = z.infer<typeof SellerTax>;

/** `charged`: paid to the seller with its price. `reverse_charge`: the city owes it to its own tax office. */
const Kind = z.enum(["none", "exempt", "charged", "reverse_charge"]);
/** By which fact it is so: it is said on the invoice. */
const Why = z.enum([
  ...(["seller_unknown", "seller_exempt", "city_says", "seller_says"] as const),
  ...(["same_country", "other_country", "no_rule"] as const),
]);
export const Tax = z
  .object({
    kind: Kind,
    basisPoints: BasisPoints,
    why: Why,
    seller: Country.optional(),
    /** The table's entry, where it was one. */
    source: z.string().optional(),
  })
  .meta({ id: "ModuleTax" });
export type Tax = z.infer<typeof Tax>;

/**
 * The tax on what a seller sells to a city.
 * @param cityBasisPoints  what the city itself owes on what comes from abroad, where it has said so; 0: it has not
 */
export function taxFor(
  { country: own }: Pick<City, "country">,
  seller: SellerTax | undefined,
  cityBasisPoints: number,
): Tax {
  const none = (why: Tax["why"]): Tax => ({ kind: "none", basisPoints: 0, why, ...of });
  const of = seller ? { seller: seller.country } : {};
  const byCity: Tax = { kind: "reverse_charge", basisPoints: cityBasisPoints, why: "city_says", ...of };
  if (!seller) return cityBasisPoints > 0 ? byCity : none("seller_unknown");
  if (seller.isExempt) return { ...none("seller_exempt"), kind: "exempt" };
  const rule = rules.find(({ country }) => country === own);
  if (seller.country === own) {
    if (seller.basisPoints !== undefined)
      return { kind: "charged", basisPoints: seller.basisPoints, why: "seller_says", ...of };
    if (!rule) return none("no_rule");
    const { basisPoints, source } = rule;
    return { kind: "charged", basisPoints, why: "same_country", ...of, source };
  }
  if (cityBasisPoints > 0) return byCity;
  if (!rule?.isReverseCharged) return none("no_rule");
  const { basisPoints, source } = rule;
  return { kind: "reverse_charge", basisPoints, why: "other_country", ...of, source };
}
