import { z } from "zod";
import { Slug } from "../../shared/ids.ts";
import { CheckLine, Report } from "../check/report.ts";
import { Digest } from "./canonical.ts";
import { type Envelope, NotGenuine, open } from "./dsse.ts";
import { PublicKey } from "./keys.ts";
import { ModuleName, Version } from "./manifest.ts";
import { Party } from "./party.ts";
import { Price } from "./price.ts";
import { Label } from "./says.ts";
import { readJson } from "./signed.ts";
import { Words } from "./words.ts";

/** One published version, as a city sees it before it fetches the package. The package itself has the last word. */
export const Listing = z
  .object({
    name: ModuleName,
    version: Version,
    digest: Digest,
    publishedAt: z.iso.datetime(),
    title: Words(80),
    summary: Words(300),
    licence: z.string(),
    languages: z.array(z.string()),
    kinds: z.array(z.string()),
    label: Label,
    bytes: z.int(),
    /** Where its source is found, as its publisher says. */
    source: z.string().optional(),
    /** What the house's own check found when it was published; whoever takes it runs it again. */
    check: Report.pick({ verdict: true, proofDigest: true })
      .extend({ proofs: z.int(), lines: z.array(CheckLine.pick({ check: true, verdict: true })) })
      .optional(),
    /** Free, where there is none. */
    price: Price.optional(),
  })
  .meta({ id: "Listing" });
export type Listing = z.infer<typeof Listing>;

/** The marketplace as one static file that anyone may mirror: who publishes, and what. */
export const IndexFile = z.object({
  contract: z.literal(1),
  /** Grows with every change: a city takes no index that is older than the one it has seen. */
  sequence: z.int().min(0),
  madeAt: z.iso.datetime(),
  parties: z.array(
    Party.extend({
      name: Slug,
      /** By which it signed what it published before it exchanged its key; the digests stand below. */
      formerKeys: z.array(PublicKey).optional(),
    }),
  ),
  modules: z.array(Listing),
});
export type IndexFile = z.infer<typeof IndexFile>;

export const INDEX_TYPE = "application/vnd.hansa.index.v1+json";
export const INDEX_KEY = "index.json";
/** The house's own key, for a city's first look; afterwards the city holds it to that key. */
export const HOUSE_KEY = "house.json";
export const HouseKey = z.object({ publicKey: PublicKey });

/** @throws {NotGenuine} when the house did not sign exactly this index */
export async function openIndex(envelope: Envelope, houseKey: PublicKey): Promise<IndexFile> {
  const result = IndexFile.safeParse(readJson(await open(envelope, INDEX_TYPE, houseKey)));
  if (!result.success) throw new NotGenuine("The index does not keep the contract.");
  return result.data;
}
