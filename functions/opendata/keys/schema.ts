import { z } from "@hono/zod-openapi";
import { Id } from "../../../shared/ids.ts";

/** So often a day a key may ask, at whatever pace. */
export const QUOTA_A_DAY = 200_000;
/** So many keys a person may have at once, and make in a day. */
export const KEYS_MAX = 5;
export const MADE_A_DAY = 10;

export const NewDataKey = z
  .strictObject({
    /** What it is for: only its owner reads it. */
    name: z.string().trim().min(1).max(80),
  })
  .meta({ id: "NewDataKey" });

export const DataKey = NewDataKey.extend({
  id: Id("dkey"),
  createdAt: z.iso.datetime(),
}).meta({ id: "DataKey" });
export type DataKey = z.infer<typeof DataKey>;

/** A key as it is kept: whose it is, is nobody else's to know. */
export const KeptKey = DataKey.extend({ owner: z.string() });
export type KeptKey = z.infer<typeof KeptKey>;

export const DataKeyUse = z
  .object({
    quota: z.int(),
    /** Requests of each day, the latest first; what was asked within the last half minute may be missing. */
    days: z.array(
      z.object({
        day: z.iso.date(),
        total: z.int(),
        datasets: z.array(z.object({ dataset: z.string(), views: z.int(), downloads: z.int(), calls: z.int() })),
      }),
    ),
  })
  .meta({ id: "DataKeyUse" });
export type DataKeyUse = z.infer<typeof DataKeyUse>;
