import { z } from "zod";
import { Id, Slug } from "../../shared/ids.ts";
import { canonical, Digest, digestOf } from "./canonical.ts";
import { type Envelope, NotGenuine, open, seal } from "./dsse.ts";
import type { PrivateKey, PublicKey } from "./keys.ts";
import { ModuleName, Version } from "./manifest.ts";
import { readJson } from "./signed.ts";
import { Words } from "./words.ts";

export const Severity = z.enum(["low", "medium", "high", "critical"]);
export type Severity = z.infer<typeof Severity>;

/**
 * What somebody upstream has found wrong with versions of a module: its publisher, a reviewer, or the house. It warns;
 * what is done about it each city decides for itself.
 */
export const Advisory = z
  .strictObject({
    contract: z.literal(1),
    /** Chosen by whoever warns; it stays the same when more becomes known. */
    id: Id("adv"),
    /** Counts what was said under this id: of two the later one counts. */
    revision: z.int().min(1).max(1_000),
    /** The party that signs. */
    by: Slug,
    module: ModuleName,
    /** The very packages that it is about. */
    digests: z.array(Digest).min(1).max(200),
    severity: Severity,
    summary: Words(300),
    details: Words(4_000).optional(),
    /** The version that mends it. */
    fixedIn: Version.optional(),
    link: z
      .url({ protocol: /^https$/, error: "an https address" })
      .max(300)
      .optional(),
    signedAt: z.iso.datetime(),
    /** It was a mistake, or is no matter any more. */
    isWithdrawn: z.boolean().default(false),
  })
  .meta({ id: "Advisory" });
export type Advisory = z.infer<typeof Advisory>;

export const ADVISORY_TYPE = "application/vnd.hansa.advisory.v1+json";

/** @throws {z.ZodError} */
export async function sealAdvisory(given: z.input<typeof Advisory>, key: PrivateKey): Promise<Envelope> {
  return seal(ADVISORY_TYPE, canonical(Advisory.parse(given)), key);
}

/** Who an advisory says that it is from; not yet believed. @throws {NotGenuine} @throws {z.ZodError} */
export const claimedBy = (envelope: Envelope): string =>
  Advisory.parse(readJson(Buffer.from(envelope.payload, "base64"))).by;

/** @throws {NotGenuine} another key signed it, or another file was asked for  @throws {z.ZodError} */
export async function openAdvisory(
  envelope: Envelope,
  key: PublicKey,
  digest?: string,
): Promise<{ advisory: Advisory; digest: string }> {
  const bytes = await open(envelope, ADVISORY_TYPE, key);
  const found = digestOf(bytes);
  if (digest !== undefined && digest !== found) throw new NotGenuine(`This advisory is ${found}, not ${digest}.`);
  return { advisory: Advisory.parse(readJson(bytes)), digest: found };
}

/** What the house lists of each: enough to know whom it concerns. */
export const ListedAdvisory = z.object({
  id: Id("adv"),
  revision: z.int(),
  by: Slug,
  module: ModuleName,
  /** Names the file in which it stands as it was signed. */
  digest: Digest,
});
export type ListedAdvisory = z.infer<typeof ListedAdvisory>;

/** All advisories of a house as one static file, signed as the index is. */
export const AdvisoriesFile = z.object({
  contract: z.literal(1),
  /** Grows with every change: a city takes none that is older than the one it has seen. */
  sequence: z.int().min(0),
  madeAt: z.iso.datetime(),
  /** The party that speaks for the house. */
  house: Slug.optional(),
  advisories: z.array(ListedAdvisory),
});
export type AdvisoriesFile = z.infer<typeof AdvisoriesFile>;

export const ADVISORIES_TYPE = "application/vnd.hansa.advisories.v1+json";
export const ADVISORIES_KEY = "advisories.json";
export const advisoryKey = (digest: string): string => `advisories/${digest.replace(":", "-")}.json`;

/** @throws {NotGenuine} when the house did not sign exactly this */
export async function openAdvisories(envelope: Envelope, houseKey: PublicKey): Promise<AdvisoriesFile> {
  const result = AdvisoriesFile.safeParse(readJson(await open(envelope, ADVISORIES_TYPE, houseKey)));
  if (!result.success) throw new NotGenuine("The list of advisories does not keep the contract.");
  return result.data;
}
