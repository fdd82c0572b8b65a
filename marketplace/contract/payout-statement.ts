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
  /** Of its seller and its sponsor: the tax on it, and who owes that. `charged` is paid with the price. */
  taxMinor: z.int().optional(),
  tax: z.enum(["none", "exempt", "charged", "reverse_charge"]).optional(),
});

const Payment = {
  amountMinor: z.int(),
  /** `awaiting`: its sponsor has not paid; `drawn`: not approved yet; `ordered`: the bank is told; `nothing_due`: nothing is left to pay. */
  state: z.enum(["awaiting", "drawn", "approved", "ordered", "paid", "nothing_due"]),
  by: z.enum(["bank", "mobile_money", "card"]).optional(),
  paidAt: z.iso.datetime().optional(),
};
/** Where it is paid: by this reference, at this address of the house. */
const payable = { reference: z.string().optional(), path: z.string().optional() };

/** How one city's invoice of a month stands with one party, as the city tells it to the marketplace. */
export const PayoutStatement = z
  .object({
    city: z.object({ slug: Slug, name: z.string() }),
    month: z.string(),
    currency: Currency,
    lines: z.array(Line),
    /** What the city itself pays this party. */
    ...Payment,
    /** What it is paid of what sponsors pay: once they have. */
    sponsored: z.array(z.object({ sponsor: Slug, ...Payment })).default([]),
    /** What this party itself pays as a sponsor. */
    bills: z
      .array(
        z.object({
          invoice: z.string(),
          amountMinor: z.int(),
          dueOn: z.iso.date(),
          isPaid: z.boolean(),
          ...payable,
        }),
      )
      .default([]),
    /** What it gives back of what it was paid: less of what it is paid next, or by a bill. */
    credits: z
      .array(
        z.object({
          number: z.string(),
          cause: z.enum(["removed", "suspended", "downgraded", "disputed"]),
          amountMinor: z.int(),
          /** What later invoices took off by now. */
          offsetMinor: z.int(),
          isGivenBack: z.boolean(),
          ...payable,
        }),
      )
      .default([]),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "PayoutStatement" });
export type PayoutStatement = z.infer<typeof PayoutStatement>;

/** About which subject a city says it; the house itself is no party, and has none. */
export const payoutsAbout = (party: string, month = ""): string => `payouts/${party}/${month}`;
