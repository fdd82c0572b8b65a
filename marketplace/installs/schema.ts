import { z } from "@hono/zod-openapi";
import { Id } from "../../shared/ids.ts";
import { Digest } from "../contract/canonical.ts";
import { PartId } from "../contract/dataset.ts";
import { PublicKey } from "../contract/keys.ts";
import { ModuleName, Version } from "../contract/manifest.ts";

export const State = z.enum(["trial", "proposed", "active", "suspended", "gone"]);
export type State = z.infer<typeof State>;

export const NewInstall = z
  .strictObject({ module: ModuleName, version: Version.optional() })
  .meta({ id: "NewInstall", description: "Without a version: the latest that is no pre-release." });

/** What the city decides about a module: which of its parts are in use. */
export const InstallSettings = z.strictObject({ parts: z.array(PartId).max(50) }).meta({ id: "InstallSettings" });
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

export const Trial = z
  .object({
    version: Version,
    triedAt: z.iso.datetime(),
    triedBy: z.string(),
    tariffs: z.array(TariffTrial),
    /** Of the result alone: the same module, tried in the same conditions, gives the same one in every house. */
    resultDigest: Digest,
  })
  .meta({ id: "Trial" });
export type Trial = z.infer<typeof Trial>;

const Served = z.object({ version: Version, digest: Digest, settings: InstallSettings });

/** One module at one version in one city. */
export const Install = Served.extend({
  id: Id("ins"),
  module: ModuleName,
  publisher: z.string(),
  /** The key that every later version must bear too, and by which the city's own copy is checked. */
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
  previous: Served.extend({ until: z.iso.datetime() }).optional(),
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
    what: z.enum(["taken", "tried", "proposed", "activated", "suspended", "set", "upgraded", "rolled_back", "removed"]),
  })
  .meta({ id: "InstallRecord" });
export type InstallRecord = z.infer<typeof InstallRecord>;
