import { z } from "zod";
import { Slug } from "../../shared/ids.ts";
import { ModuleName } from "./manifest.ts";
import { Amounts } from "./price.ts";

/** A party says, with its signature, that it pays for a module in the place of cities, up to and with a month. */
export const Pledge = z
  .strictObject({
    sponsor: Slug,
    module: ModuleName,
    until: z.string().regex(/^20[0-9]{2}-(0[1-9]|1[0-2])$/, "a month such as 2027-12"),
    /** How much in each city and for all months, before tax; without it there is no bound. */
    atMost: Amounts.optional(),
    signedAt: z.iso.datetime(),
  })
  .meta({ id: "Pledge" });
export type Pledge = z.infer<typeof Pledge>;

export const PLEDGE_TYPE = "application/vnd.hansa.pledge.v1+json";
/** Where it lies among the marketplace's static files. */
export const pledgeKey = (module: string, sponsor: string): string => `pledges/${module}/${sponsor}.json`;
