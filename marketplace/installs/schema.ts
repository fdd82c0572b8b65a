import { z } from "@hono/zod-openapi";
import { Id } from "../../shared/ids.ts";
import { Digest } from "../contract/canonical.ts";
import { FieldName, PartId } from "../contract/dataset.ts";
import { PublicKey } from "../contract/keys.ts";
import { ModuleName, Version } from "../contract/manifest.ts";

export const State = z.enum(["trial", "proposed", "shadow", "active", "changing", "suspended", "leaving", "gone"]);
export type State = z.infer<typeof State>;

export const NewInstall = z
  .strictObject({ module: ModuleName, version: Version.optional() })
  .meta({ id: "NewInstall", description: "Without a version: the latest that is no pre-release." });

/** What the city decides about a module. */
export const InstallSettings = z
  .strictObject({
    /** Which of its parts are in use. */
    parts: z.array(PartId).max(50),
    /** Which of the optional things that it asks for it does not get: `leak-watch/accounts.holders:tell`. */
    declined: z.array(z.string().max(120)).max(100).default([]),
    /** By part and setting; what is not said is as the module has it. */
    config: z.record(PartId, z.record(FieldName, z.union([z.number(), z.boolean(), z.string().max(80)]))).default({}),
    /** The last day of what is granted. */
    until: z.iso.date().optional(),
  })
  .meta({ id: "InstallSettings" });
export type InstallSettings = z.infer<typeof InstallSettings>;

/** Households of one quarter of the synthetic city, ordered by what they use. */
export const Quarter = z.object({
  households: z.int(),
  /** Mean use of a month, Wh or litres. */
  meanUse: z.int(),
  beforeMinor: z.int().optional(),
  afterMinor: z.int(),
});
export const TariffTrial = z
  .object({
    part: z.string(),
    kind: z.enum(["electricity", "water", "gas"]),
    currency: z.string(),
    months: z.array(z.string()),
    /** The tariff in service on the day of the trial, where there was one. */
    before: z.string().optional(),
    quarters: z.array(Quarter),
    beforeMinor: z.int().optional(),
    afterMinor: z.int(),
  })
  .meta({ id: "TariffTrial" });
export type TariffTrial = z.infer<typeof TariffTrial>;

const ProofTrial = z.object({ part: z.string(), name: z.string(), holds: z.boolean(), reason: z.string().optional() });
export type ProofTrial = z.infer<typeof ProofTrial>;

export const Trial = z
  .object({
    version: Version,
    triedAt: z.iso.datetime(),
    triedBy: z.string(),
    tariffs: z.array(TariffTrial),
    /** Of rules and programs: each example of their own, and whether the answer is as it says. */
    proofs: z.array(ProofTrial).default([]),
    /** Of the result alone: the same module, tried in the same conditions, gives the same one in every house. */
    resultDigest: Digest,
  })
  .meta({ id: "Trial" });
export type Trial = z.infer<typeof Trial>;

/** Somebody agreed to exactly what was asked for. */
export const Approval = z.object({
  by: z.string(),
  at: z.iso.datetime(),
  asks: Digest,
  /** The last day that was agreed to; without it any. */
  until: z.iso.date().optional(),
  /** As what: the public is told that, and no name. Not known of approvals from before it was kept. */
  roles: z.array(z.string()).optional(),
});

const Served = z.object({
  version: Version,
  digest: Digest,
  settings: InstallSettings,
  /** Which copy of the module's own rows is this version's; the first one has no number. */
  data: z.int().optional(),
  /** The key that signed it, where it may be another than the install's. */
  publisherKey: PublicKey.optional(),
});

/** Failed again and again; what was granted has ended; or upstream warned of it, and the city wants it so. */
export const SuspendedFor = z.enum(["failing", "ended", "advised"]);
export type SuspendedFor = z.infer<typeof SuspendedFor>;

/** One module at one version in one city. */
export const Install = Served.extend({
  id: Id("ins"),
  module: ModuleName,
  publisher: z.string(),
  /** By which the city's own copy is checked; a later version bears it too, or one that its owner exchanged it for. */
  publisherKey: PublicKey,
  state: State,
  /** Counts changes; of two at once the second is refused. */
  revision: z.int(),
  createdAt: z.iso.datetime(),
  activeSince: z.iso.datetime().optional(),
  /** What it alone does in this city now, such as `tariff#water`. */
  claims: z.array(z.string()),
  trial: Trial.optional(),
  /** The version before, to which the city can go back until then. */
  previous: Served.extend({
    until: z.iso.datetime(),
    state: State.optional(),
    /** When the present version took its place. */
    since: z.iso.datetime().optional(),
  }).optional(),
  /** The version that is to take its place, and which copy of the rows is being made for it. */
  change: z
    .object({
      version: Version,
      digest: Digest,
      publisherKey: PublicKey.optional(),
      from: State,
      data: z.int(),
      startedAt: z.iso.datetime(),
      by: z.string(),
    })
    .optional(),
  approvals: z.array(Approval).default([]),
  /** Which version was let run without effect, and since when. */
  shadow: z.object({ version: Version, since: z.iso.datetime() }).optional(),
  /** Why the house suspended it. */
  suspendedFor: SuspendedFor.optional(),
}).meta({ id: "Install" });
export type Install = z.infer<typeof Install>;

/** What happened to an install, and who did it. It stays when the install is gone. */
export const InstallRecord = z
  .object({
    installId: Id("ins"),
    module: ModuleName,
    version: Version,
    digest: Digest,
    at: z.iso.datetime(),
    by: z.string(),
    what: z.enum([
      ...(["taken", "tried", "approved", "proposed", "shadowed", "activated", "suspended"] as const),
      ...(["set", "changing", "upgraded", "stopped", "rolled_back", "leaving", "removed"] as const),
    ]),
    why: SuspendedFor.optional(),
  })
  .meta({ id: "InstallRecord" });
export type InstallRecord = z.infer<typeof InstallRecord>;
