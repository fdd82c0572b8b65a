import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { BaseFetcher, Updater } from "tuf-js";
import { DownloadHTTPError } from "tuf-js/dist/error.js";
import { z } from "zod";
import type { House } from "../../shared/compose.ts";
import { Fault } from "../../shared/errors.ts";
import { Slug } from "../../shared/ids.ts";
import { isHere, reach } from "../../shared/outside.ts";
import { advisoryKey, ListedAdvisory } from "../contract/advisory.ts";
import { packageKey } from "../contract/canonical.ts";
import { Envelope } from "../contract/dsse.ts";
import { Listing } from "../contract/index-file.ts";
import { publisherOf } from "../contract/manifest.ts";
import { KEYS_MAX } from "../contract/party.ts";
import { INDEX_PATH, partyPath } from "./writing.ts";

// Another house's marketplace is taken over file by file: tuf-js sees that nothing is older than what was seen, nothing
// is held back, nothing was exchanged; then what parties signed goes through the very routes that they use themselves.

export interface Mirror {
  url: string;
  /** SHA-256 of the first root, by which all later ones are trusted. */
  root: string;
}

/** The houses that the setting names. @throws {Error} one sentence, when it is wrong */
export function mirrorsIn(setting: string | undefined): Mirror[] {
  return (setting ?? "").split(",").flatMap((one) => {
    const text = one.trim();
    if (text === "") return [];
    const [url = "", root = ""] = text.split("#sha256:");
    if (!URL.canParse(url) || !/^[0-9a-f]{64}$/.test(root))
      throw new Error(
        `The setting HANSA_MIRRORS is wrong: ${text.slice(0, 80)} is no address with #sha256: and a digest.`,
      );
    return [{ url: url.replace(/\/+$/, ""), root }];
  });
}

/** Asks only addresses that a house may ask; this machine where the operator named it. */
class OutsideFetcher extends BaseFetcher {
  override async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const answer = await reach(url, {}, { mayBeHere: isHere(new URL(url)), bytesMax: BYTES_MAX, timeoutMs: 30_000 });
    if (answer.status !== 200) {
      answer.drop();
      throw new DownloadHTTPError(`${new URL(url).host} answered ${answer.status}.`, answer.status);
    }
    return ReadableStream.from(answer.body) as ReadableStream<Uint8Array<ArrayBuffer>>;
  }
}
const BYTES_MAX = 5_000_000;
const KEPT = ["root", "timestamp", "snapshot", "targets"] as const;
const Offers = z.object({ name: Slug, profiles: z.int().min(1).max(KEYS_MAX) });
const Index = z.object({
  parties: z.array(Offers).max(100_000),
  modules: z.array(Listing).max(100_000),
  advisories: z.array(ListedAdvisory).max(100_000).default([]),
});
type Index = z.infer<typeof Index>;

export const Pulled = z
  .object({
    url: z.string(),
    pulledAt: z.iso.datetime(),
    /** Why nothing was taken: what came could not be trusted, or did not come. */
    failure: z.string().optional(),
    taken: z.int(),
    /** What was not taken, one by one: another party has this name here, or it does not pass this house's check. */
    refused: z.array(z.object({ what: z.string(), why: z.string() })),
  })
  .meta({ id: "PulledMirror" });
export type Pulled = z.infer<typeof Pulled>;

/** What is here already, and need not be brought again. */
export interface Known {
  /** Of packages and of advisories. */
  digests: ReadonlySet<string>;
  parties: ReadonlyMap<string, readonly Envelope[]>;
}

/** Hands an envelope to the route that takes it. */
export type Bring = (path: string, envelope: Envelope) => Promise<{ status: number; says: string }>;

type MarketHouse = Pick<House, "marketBlobs" | "now">;

/** Looks at one house, and takes over what is new and whole. Never throws for what the other house did. */
export async function pull(house: MarketHouse, mirror: Mirror, known: Known, bring: Bring): Promise<Pulled> {
  const folder = await mkdtemp(join(tmpdir(), "hansa-mirror-"));
  const refused: Pulled["refused"] = [];
  let taken = 0;
  let failure: string | undefined;
  try {
    const updater = await trusted(house, mirror, folder);
    const read = async (path: string): Promise<unknown> => {
      const info = await updater.getTargetInfo(path);
      if (!info) throw new Error(`${path} is not among what is offered.`);
      const file = await updater.downloadTarget(info, join(folder, "target"));
      return JSON.parse(await readFile(file, "utf8"));
    };
    const envelopeAt = async (path: string) => Envelope.parse(await read(path));
    const take = async (what: string, envelope: Envelope, to: string) => {
      const { status, says } = await bring(to, envelope);
      if (status === 429) throw new Error("More is new than is taken at once. The rest is taken next time.");
      if (status < 300) taken++;
      else refused.push({ what, why: says.slice(0, 300) });
    };
    const index = Index.parse(await read(INDEX_PATH));
    for (const { name, profiles } of inTurn(index)) {
      const its = [];
      for (const { what, digest, path, to } of saidBy(name, index))
        if (!known.digests.has(digest)) its.push({ what, to, envelope: await envelopeAt(path) });
      const signed = [];
      for (let i = 0; i < profiles; i++) signed.push(await envelopeAt(partyPath(name, i)));
      const keyids = new Set(signed.map((profile) => profile.signatures[0]!.keyid));
      for (const { what, envelope } of its)
        if (!keyids.has(envelope.signatures[0]!.keyid)) refused.push({ what, why: "It bears no key of this party’s." });
      const kept = known.parties.get(name)?.at(-1);
      const at = signed.findIndex((envelope) => isDeepStrictEqual(envelope, kept));
      // From the profile that is known here on; of a party that is another's here only the last is told.
      for (const profile of signed.slice(at >= 0 ? at : kept ? -1 : 0)) {
        if (!isDeepStrictEqual(profile, kept)) await take(name, profile, "/marketplace/v1/parties");
        // What was signed by the key that it had then, before it has the next.
        const keyid = profile.signatures[0]!.keyid;
        for (const { what, envelope, to } of its)
          if (envelope.signatures[0]!.keyid === keyid) await take(what, envelope, to);
      }
    }
  } catch (error) {
    failure = (error as Error).message.slice(0, 300);
  } finally {
    await keepSeen(house, mirror, folder);
    await rm(folder, { recursive: true, force: true });
  }
  const pulledAt = house.now().toISOString();
  return {
    url: mirror.url,
    pulledAt,
    ...(failure === undefined ? {} : { failure }),
    taken,
    refused: refused.slice(0, 100),
  };
}

/** Whoever warns of others' modules comes after these: a warning is taken only of what is here. */
function inTurn({ parties, advisories }: Index): Index["parties"] {
  const last = new Set(advisories.flatMap(({ by, module }) => (publisherOf(module) === by ? [] : [by])));
  return parties.toSorted((a, b) => Number(last.has(a.name)) - Number(last.has(b.name)));
}

/** What a party has signed, where it lies, and which route takes it: first what it publishes, then what it warns of. */
const saidBy = (party: string, { modules, advisories }: Index) => [
  ...modules
    .filter(({ name }) => publisherOf(name) === party)
    .map(({ name, version, digest }) => ({
      ...{ what: `${name} ${version}`, digest, path: packageKey(digest), to: "/marketplace/v1/modules" },
    })),
  ...advisories
    .filter(({ by }) => by === party)
    .map(({ id, revision, module, digest }) => ({
      ...{ what: `${id}, ${revision}: ${module}`, digest },
      ...{ path: advisoryKey(digest), to: "/marketplace/v1/advisories" },
    })),
];

const seenKey = ({ url, root }: Mirror, role: string) =>
  `mirrors/${createHash("sha256").update(`${url} ${root}`).digest("hex").slice(0, 32)}/${role}.json`;
/** As the root whose digest is known makes them, and as they were seen last. */
async function trusted({ marketBlobs }: MarketHouse, mirror: Mirror, folder: string): Promise<Updater> {
  const base = `${mirror.url}/marketplace/v1/tuf`;
  const fetcher = new OutsideFetcher();
  for (const role of KEPT) {
    const seen = await marketBlobs.get(seenKey(mirror, role));
    if (seen) await writeFile(join(folder, `${role}.json`), seen);
    else if (role === "root") {
      const first = await fetcher.downloadBytes(`${base}/1.root.json`, BYTES_MAX);
      if (createHash("sha256").update(first).digest("hex") !== mirror.root)
        throw new Error("Its first root is not the one that this house's operator named.");
      await writeFile(join(folder, "root.json"), first);
    }
  }
  const updater = new Updater({
    metadataDir: folder,
    metadataBaseUrl: base,
    targetDir: folder,
    targetBaseUrl: `${base}/targets`,
    fetcher,
    // A house's own files are small; whoever sends more has something else in mind.
    config: { rootMaxLength: 100_000, maxRootRotations: 64 },
  });
  await updater.refresh();
  return updater;
}

/** What tuf-js found right is remembered, even where something after it was not: nothing older is taken from now on. */
async function keepSeen({ marketBlobs }: MarketHouse, mirror: Mirror, folder: string): Promise<void> {
  for (const role of KEPT) {
    const bytes = await readFile(join(folder, `${role}.json`)).catch(() => undefined);
    if (bytes) await marketBlobs.put(seenKey(mirror, role), bytes, { contentType: "application/json" });
  }
}

/** @throws {Fault} too_many: it was looked at a moment ago, or somebody looks at it now */
export function demandPause({ last, begunAt }: Looked, now: Date): void {
  const since = (iso: string) => now.getTime() - Date.parse(iso);
  if (last && since(last.pulledAt) < PAUSE_MS)
    throw new Fault("too_many", "It was looked at a moment ago.", { retryAfterS: Math.ceil(PAUSE_MS / 1000) });
  if (begunAt && (last === undefined || last.pulledAt < begunAt) && since(begunAt) < LOOKS_WITHIN_MS) throw busy();
}
export const busy = () => new Fault("too_many", "Somebody looks at it at this moment.", { retryAfterS: 5 });
const PAUSE_MS = 1_000;
/** Whoever began to look and did not end within this was cut off. */
const LOOKS_WITHIN_MS = 5 * 60_000;

/** How the last look at a house went, and when the latest one began. */
export interface Looked {
  last?: Pulled | undefined;
  begunAt?: string | undefined;
}
