import { z } from "zod";
import { Digest } from "./canonical.ts";
import { ModuleName, Version } from "./names.ts";

/** Of 10,000: what others get of a module's income is at most half of it. */
export const SHARES_MAX = 5_000;

/** A module from which parts of this one came, and what of its income goes back there. */
export const Base = z.strictObject({
  module: ModuleName,
  version: Version,
  digest: Digest,
  /** Of 10,000. They give on by what they are based on themselves. */
  basisPoints: z.int().min(0).max(SHARES_MAX).default(0),
});
export type Base = z.infer<typeof Base>;

/** What a module was made from: each other module once. */
export const IsBasedOn = z
  .array(Base)
  .min(1)
  .max(10)
  .refine((bases) => new Set(bases.map(({ module }) => module)).size === bases.length, "name each of them once")
  .refine((bases) => bases.reduce((sum, one) => sum + one.basisPoints, 0) <= SHARES_MAX, "at most half of it in all")
  .meta({ id: "IsBasedOn" });
export type IsBasedOn = z.infer<typeof IsBasedOn>;
