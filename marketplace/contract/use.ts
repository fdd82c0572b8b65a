import { z } from "zod";
import { Slug } from "../../shared/ids.ts";
import { Digest } from "./canonical.ts";
import type { Envelope } from "./dsse.ts";
import type { PublicKey } from "./keys.ts";
import { ModuleName, Version } from "./manifest.ts";
import { openSigned, readJson } from "./signed.ts";

/**
 * What a city says in public of a module that it runs, or ran: an attestation of use. Nobody but the city can say it,
 * and it says so only of itself; it holds counts, and nothing of its people.
 */
export const Use = z
  .strictObject({
    contract: z.literal(1),
    /** The city, as a party. */
    by: Slug,
    module: ModuleName,
    version: Version,
    digest: Digest,
    state: z.enum(["active", "suspended", "removed"]),
    /** In service since then. */
    since: z.iso.datetime(),
    removedAt: z.iso.datetime().optional(),
    /** Why it was removed, in the city's words. */
    why: z.string().trim().min(1).max(500).optional(),
    suspensions: z.int().min(0).max(10_000),
    /** Of the latest runs, and of these how many were refused. */
    runs: z.int().min(0).max(1_000),
    refused: z.int().min(0).max(1_000),
    signedAt: z.iso.datetime(),
    /** The city is no longer named. */
    isWithdrawn: z.boolean().default(false),
  })
  .refine(({ refused, runs }) => refused <= runs, { error: "more were refused than ran", path: ["refused"] })
  .refine(({ since, removedAt = since }) => since <= removedAt, { error: "it is before", path: ["removedAt"] })
  .meta({ id: "Use" });
export type Use = z.infer<typeof Use>;

export const USE_TYPE = "application/vnd.hansa.use.v1+json";

/** Who says it; not yet believed. @throws {NotGenuine} @throws {z.ZodError} */
export const usedBy = (envelope: Envelope): string => Use.parse(readJson(Buffer.from(envelope.payload, "base64"))).by;

/** @throws {NotGenuine} another key signed it  @throws {z.ZodError} */
export const openUse = (envelope: Envelope, key: PublicKey): Promise<Use> => openSigned(envelope, USE_TYPE, Use, key);

/**
 * The house's word that a party which calls itself a city is one that it knows. Without it anyone could sign up as five
 * cities and praise a module with them: what they say is kept, and neither shown nor counted.
 */
export const Vouch = z
  .strictObject({
    contract: z.literal(1),
    /** The party that speaks for the house. */
    by: Slug,
    city: Slug,
    /** The city's key: another one needs another word. */
    keyId: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
    signedAt: z.iso.datetime(),
    isWithdrawn: z.boolean().default(false),
  })
  .meta({ id: "Vouch" });
export type Vouch = z.infer<typeof Vouch>;

export const VOUCH_TYPE = "application/vnd.hansa.vouch.v1+json";

/** @throws {NotGenuine} another key signed it  @throws {z.ZodError} */
export const openVouch = (envelope: Envelope, key: PublicKey): Promise<Vouch> =>
  openSigned(envelope, VOUCH_TYPE, Vouch, key);
