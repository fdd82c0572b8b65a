import parseSpdx from "spdx-expression-parse";
import { z } from "zod";
import { IsBasedOn } from "./based-on.ts";
import { ModuleName, Version } from "./names.ts";
import { Price } from "./price.ts";
import { Words } from "./words.ts";

export { ModuleName, publisherOf, Version } from "./names.ts";

/** The contract between modules and cities. A cell serves the present one and the one before. */
export const CONTRACT = 1;

function isSpdx(licence: string): boolean {
  try {
    parseSpdx(licence);
    return true;
  } catch {
    return false;
  }
}
export const Licence = z.string().min(1).max(100).refine(isSpdx, "an SPDX expression such as Apache-2.0 or CC-BY-4.0");

const HttpsUrl = z.url({ protocol: /^https$/, error: "an https address" }).max(300);

/** What a module says of itself. What it may do is not said here: it follows from its parts. */
export const Manifest = z
  .strictObject({
    contract: z.literal(CONTRACT),
    name: ModuleName,
    version: Version,
    title: Words(80),
    /** One or two sentences: for whom, and what gets better. */
    summary: Words(300),
    description: Words(4_000).optional(),
    licence: Licence,
    /** Where its source and its makers are found. */
    source: HttpsUrl.optional(),
    website: HttpsUrl.optional(),
    /** What changed since the version before. */
    changes: Words(1_000).optional(),
    /** Free, where there is none. */
    price: Price.optional(),
    /** The modules from which parts of it came. */
    isBasedOn: IsBasedOn.optional(),
  })
  .meta({ id: "Manifest" });
export type Manifest = z.infer<typeof Manifest>;
