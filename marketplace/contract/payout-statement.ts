import { z } from "zod";
import { Slug } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { ModuleName, Version } from "./manifest.ts";

const Line = z.object({
  module: ModuleName,
  version: Version,
  what: z.enum(["once", "month", "year", "use"]),
  counted: z.int(),
  /** What the line comes to, before tax. */
  netMinor: z.int(),
  /** As what this party gets something of it; as its sponsor it pays all. */
  role: z.enum(["publisher", "contributor", "reviewer", "house", "sponsor"]),
  amountMinor: z.int(),
  /** Who pays in the city's place. */
  sponsor: Slug.optional(),
});

/** How one city's invoice of a month stands with one party, as the city tells it to the marketplace. */
export const PayoutStatement = z
  .object({
    city: z.object({ slug: Slug, name: z.string() }),
    month: z.string(),
    currency: Currency,
    lines: z.array(Line),
    /** What the city itself pays this party. */
    amountMinor: z.int(),
    /** `drawn`: not approved yet; `ordered`: the bank is told; `nothing_due`: sponsored, or credited. */
    state: z.enum(["drawn", "approved", "ordered", "paid", "nothing_due"]),
    by: z.enum(["bank", "mobile_money", "card"]).optional(),
    paidAt: z.iso.datetime().optional(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "PayoutStatement" });
export type PayoutStatement = z.infer<typeof PayoutStatement>;

/** About which subject a city says it; the house itself is no party, and has none. */
export const payoutsAbout = (party: string, month = ""): string => `payouts/${party}/${month}`;
