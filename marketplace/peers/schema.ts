import { z } from "@hono/zod-openapi";
import { Id } from "../../shared/ids.ts";
import { SHARES_MAX } from "../contract/based-on.ts";
import { Digest } from "../contract/canonical.ts";
import { Envelope } from "../contract/dsse.ts";
import { Licence, ModuleName, Version } from "../contract/manifest.ts";
import { LangTag, Words } from "../contract/words.ts";

/** The second half of a module's name; the first is the city's own. */
export const OwnName = z
  .string()
  .regex(/^[a-z](?:-?[a-z0-9]){2,39}$/, "3 to 40 small letters, digits and single hyphens, a letter first");
const CandidateId = z.string().min(1).max(160);

/** Something that serves in the city and that another city could use. */
export const Candidate = z
  .object({
    id: CandidateId,
    kind: z.string(),
    title: z.string(),
    /** The module that it came with; without one it is the city's own. */
    from: z.object({ module: ModuleName, version: Version, digest: Digest }).optional(),
  })
  .meta({ id: "PackageCandidate" });
export type Candidate = z.infer<typeof Candidate>;

/** Of its price, what each module that parts came from gets where the city says nothing else. */
export const SHARE_DEFAULT = 1_000;

export const NewPackage = z
  .strictObject({
    name: OwnName,
    version: Version,
    title: Words(80),
    summary: Words(300),
    description: Words(4_000).optional(),
    changes: Words(1_000).optional(),
    licence: Licence,
    /** Who answers questions about it: public, with the city's party. */
    contact: z.email().max(200),
    /** From `GET /v1/package-candidates`. */
    parts: z.array(CandidateId).min(1).max(50),
    /** Basis points by module that parts came from; 1,000 each where nothing is said. */
    shares: z.partialRecord(ModuleName, z.int().min(0).max(SHARES_MAX)).default({}),
  })
  .meta({ id: "NewPackage" });
export type NewPackage = z.infer<typeof NewPackage>;

/** What the city signed. Whoever holds it can bring it to a marketplace. */
export const Made = z
  .object({
    module: ModuleName,
    version: Version,
    digest: Digest,
    madeAt: z.iso.datetime(),
    by: z.string(),
    isBasedOn: z.array(z.object({ module: ModuleName, version: Version })),
  })
  .meta({ id: "MadePackage" });
export type Made = z.infer<typeof Made>;
export const Signed = z.object({ ...Made.shape, party: Envelope, package: Envelope }).meta({ id: "SignedPackage" });

const Amount = z.union([z.string().regex(/^(0|[1-9]\d{0,8})(\.\d{1,6})?$/, "an amount"), z.int(), z.boolean()]);
const few = (record: object) => Object.keys(record).length <= 100;

/** How a module of another city becomes this one's. */
export const Profile = z
  .strictObject({
    /** Those that are kept; all where none is named. */
    languages: z.array(LangTag).max(40).default([]),
    /** What stands in its words, and what shall stand there. */
    names: z.record(z.string().trim().min(1).max(80), z.string().trim().min(1).max(80)).refine(few).default({}),
    hosts: z.record(z.string().min(4).max(253), z.string().min(4).max(253)).refine(few).default({}),
    /** By place, such as `/parts/water/tariff/bands/0/price`, in the city's own money. */
    amounts: z.record(z.string().max(300), Amount).refine(few).default({}),
  })
  .meta({ id: "LocalProfile" });
export type Profile = z.infer<typeof Profile>;

export const AdoptionId = Id("adp");
export const NewAdoption = z
  .strictObject({
    id: AdoptionId.optional(),
    module: ModuleName,
    /** The latest, where none is named. */
    version: Version.optional(),
    name: OwnName,
    profile: Profile.prefault({}),
  })
  .meta({ id: "NewAdoption" });

/** Another city's module on its way to be this one's own. */
export const Adoption = z
  .object({
    id: AdoptionId,
    /** Upstream, and its version that was last taken in. */
    module: ModuleName,
    version: Version,
    digest: Digest,
    name: OwnName,
    profile: Profile,
    revision: z.int(),
    createdAt: z.iso.datetime(),
    changedAt: z.iso.datetime(),
    changedBy: z.string(),
  })
  .meta({ id: "Adoption" });
export type Adoption = z.infer<typeof Adoption>;

const Anything = z.unknown();
const Change = z.object({ at: z.string(), before: Anything.optional(), after: Anything.optional() });
const Conflict = z.object({
  at: z.string(),
  base: Anything.optional(),
  own: Anything.optional(),
  theirs: Anything.optional(),
});
export const PartDifference = z.object({
  part: z.string(),
  /** Since the version that was taken in: by the city itself, and by upstream. */
  own: z.array(Change),
  theirs: z.array(Change),
  conflicts: z.array(Conflict),
});
export const Difference = z
  .object({
    module: ModuleName,
    base: Version,
    theirs: Version,
    parts: z.array(PartDifference),
    /** Amounts that the profile must still say. */
    missing: z.array(z.object({ at: z.string(), was: Anything })),
  })
  .meta({ id: "Difference" });
export type Difference = z.infer<typeof Difference>;

export const NewMerge = z
  .strictObject({
    version: Version,
    /** By the place of a conflict, whose word counts. */
    choices: z.record(z.string().max(300), z.enum(["own", "theirs"])).default({}),
  })
  .meta({ id: "NewMerge" });

export const NewEdit = z
  .strictObject({ at: z.string().max(300).startsWith("/parts/"), value: z.unknown() })
  .meta({ id: "NewEdit" });

export const NewAdoptedPackage = z
  .strictObject({
    version: Version,
    contact: z.email().max(200),
    basisPoints: z.int().min(0).max(SHARES_MAX).default(SHARE_DEFAULT),
  })
  .meta({ id: "NewAdoptedPackage" });
