import { z } from "zod";
import { Digest } from "./canonical.ts";
import { ModuleName, Version } from "./names.ts";

/** A module from which parts of this one came, and what of its income goes back there. */
export const Base = z.strictObject({
  module: ModuleName,
  version: Version,
  digest: Digest,
  /** Of 10,000: what whoever made it gets of this module's price. */
  shareBasisPoints: z.int().min(0).max(10_000),
});
export type Base = z.infer<typeof Base>;

/** Whence a module came: each other module once, and shares that leave nobody less than nothing. */
export const BasedOn = z
  .array(Base)
  .min(1)
  .max(10)
  .refine((bases) => new Set(bases.map(({ module }) => module)).size === bases.length, "each module once")
  .refine(
    (bases) => bases.reduce((sum, { shareBasisPoints }) => sum + shareBasisPoints, 0) <= 10_000,
    "the shares are at most 10,000 basis points in all",
  )
  .meta({ id: "BasedOn" });
export type BasedOn = z.infer<typeof BasedOn>;
