import { z } from "zod";
import type { House } from "../../shared/compose.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { advisoryStore } from "../catalogue/advisories.ts";
import { catalogueStore } from "../catalogue/store.ts";
import { advisoryKey } from "../contract/advisory.ts";
import { canonical, packageKey } from "../contract/canonical.ts";
import { type Offered, offeredOf, ROLES, releaseFiles, rootFile, type Signer, type Signers } from "./metadata.ts";

// What this house offers to others, as static signed files. They are written anew by the first who asks after a change,
// and before they would expire: so nothing has to run where nobody asks.

// question                              key (in the market's own table)
// which version of the files is latest  pk TUF   sk STATE
const STATE = { pk: "TUF", sk: "STATE" };
/** Below the market's files. */
const FOLDER = "tuf";
export const INDEX_PATH = "index.json";
/** Below these lies what is named by its digest and so never changes: each as it was signed. */
const BY_DIGEST = /^(?:packages|advisories)\//;
/** A party's profiles, from the first of its keys on. */
export const partyPath = (name: string, which: number): string => `parties/${name}.${which}.json`;

const DAY_MS = 86_400_000;
/** A mirror that is shown nothing new for so long sees that something is held back. */
const TIMESTAMP_DAYS = 3;
const RELEASE_DAYS = 90;
const ROOT_DAYS = 365;
/** Whoever claimed a version and did not write it within this was cut off. */
const WRITES_WITHIN_MS = 30_000;

const State = z.object({
  version: z.int(),
  claimedAt: z.iso.datetime(),
  /** The count of changes in the marketplace that it holds. */
  sequence: z.int(),
  /** Of each root its keys' generation, and until when it holds; the first is version 1. */
  roots: z.array(z.object({ generation: z.int(), expires: z.iso.datetime() })),
});
type State = z.infer<typeof State>;

type MarketHouse = Pick<House, "market" | "marketBlobs" | "marketSecrets" | "now" | "settings">;

/** The role's key of a generation; all of them are derived from the market's root secret. */
async function signerOf({ marketSecrets }: MarketHouse, role: string, generation: number): Promise<Signer> {
  const purpose = `tuf-${role}-${generation}`;
  const { x } = await marketSecrets.publicKey(purpose);
  return {
    publicKey: Buffer.from(x!, "base64url"),
    sign: (bytes) => marketSecrets.sign(purpose, bytes),
  };
}
async function signersOf(house: MarketHouse, generation: number): Promise<Signers> {
  const all = await Promise.all(ROLES.map(async (role) => [role, await signerOf(house, role, generation)] as const));
  return Object.fromEntries(all) as Record<(typeof ROLES)[number], Signer>;
}

export function mirrorWriter(house: MarketHouse) {
  const { market, marketBlobs, now, settings } = house;
  const catalogue = catalogueStore(house);
  const warnings = advisoryStore(house, catalogue);
  const put = (name: string, bytes: Uint8Array) =>
    marketBlobs.put(`${FOLDER}/${name}`, bytes, { contentType: "application/json" });
  const file = (name: string) => marketBlobs.get(`${FOLDER}/${name}`);

  async function isLatest(state: State | undefined, sequence: number): Promise<boolean> {
    if (!state || state.sequence !== sequence) return false;
    if (state.roots.at(-1)!.generation !== settings.HANSA_SIGNING_KEYS) return false;
    const bytes = await file("timestamp.json");
    if (!bytes) return false;
    const { signed } = JSON.parse(Buffer.from(bytes).toString("utf8")) as { signed: { version: number } };
    const age = now().getTime() - Date.parse(state.claimedAt);
    // Signed anew in the first third of what it holds.
    return (signed.version === state.version || age < WRITES_WITHIN_MS) && age < (TIMESTAMP_DAYS * DAY_MS) / 3;
  }

  /** Roots up to now: another one where the keys are to be others, or the last would soon expire. */
  function rootsFrom(before: State["roots"]): State["roots"] {
    const last = before.at(-1);
    const generation = Math.max(settings.HANSA_SIGNING_KEYS, last?.generation ?? 1);
    const at = now().getTime();
    const isFresh = last && last.generation === generation && Date.parse(last.expires) - at > (ROOT_DAYS * DAY_MS) / 4;
    return isFresh ? before : [...before, { generation, expires: new Date(at + ROOT_DAYS * DAY_MS).toISOString() }];
  }

  async function write(state: State): Promise<void> {
    for (const [i, { generation, expires }] of state.roots.entries()) {
      const name = `${i + 1}.root.json`;
      if (await file(name)) continue;
      const before = i === 0 ? undefined : await signerOf(house, "root", state.roots[i - 1]!.generation);
      const made = { version: i + 1, expires: new Date(expires) };
      await put(name, await rootFile(made, await signersOf(house, generation), before));
    }
    const { version } = state;
    const at = now().getTime();
    const files = await releaseFiles(
      { version, expires: new Date(at + RELEASE_DAYS * DAY_MS) },
      new Date(at + TIMESTAMP_DAYS * DAY_MS),
      await offers(),
      await signersOf(house, state.roots.at(-1)!.generation),
    );
    await put(`${version}.targets.json`, files.targets);
    await put(`${version}.snapshot.json`, files.snapshot);
    // Last: from now on the others are found.
    await put("timestamp.json", files.timestamp);
  }

  /** All that is offered: who publishes, what, what is warned of, and the files themselves; each as it was signed. */
  async function offers(): Promise<Offered[]> {
    const [envelopes, modules] = [await catalogue.partyEnvelopes(), await catalogue.listings()];
    const advisories = await warnings.listed();
    const known = await knownFiles();
    const found: Offered[] = [];
    for (const [name, profiles] of envelopes)
      for (const [i, envelope] of profiles.entries()) {
        const bytes = Buffer.from(JSON.stringify(envelope));
        await put(`targets/${partyPath(name, i)}`, bytes);
        found.push(offeredOf(partyPath(name, i), bytes));
      }
    const packages = modules.map(({ digest }) => packageKey(digest));
    for (const path of [...packages, ...advisories.map(({ digest }) => advisoryKey(digest))]) {
      const bytes = known.has(path) ? undefined : await catalogue.file(path);
      const offered = known.get(path) ?? (bytes && offeredOf(path, bytes));
      if (offered) found.push(offered);
    }
    const parties = [...envelopes].map(([name, profiles]) => ({ name, profiles: profiles.length }));
    const index = canonical({ parties, modules, advisories });
    await put(`targets/${INDEX_PATH}`, index);
    return [...found, offeredOf(INDEX_PATH, index)];
  }

  async function knownFiles(): Promise<Map<string, Offered>> {
    const item = await market.get(STATE);
    const bytes = item && (await file(`${State.parse(item["state"]).version}.targets.json`));
    if (!bytes) return new Map();
    const { signed } = JSON.parse(Buffer.from(bytes).toString("utf8")) as {
      signed: { targets: Record<string, { length: number; hashes: { sha256: string } }> };
    };
    return new Map(
      Object.entries(signed.targets)
        .filter(([path]) => BY_DIGEST.test(path))
        .map(([path, { length, hashes }]) => [path, { path, length, sha256: hashes.sha256 }]),
    );
  }

  return {
    /** A file of the metadata. Whoever asks for the next root or for the timestamp has all written anew, where needed. */
    async metadata(name: string): Promise<Uint8Array | undefined> {
      if (name === "timestamp.json" || name.endsWith(".root.json")) await this.refresh();
      return file(name);
    },

    async refresh(): Promise<void> {
      const item = await market.get(STATE);
      const before = item && State.parse(item["state"]);
      const sequence = await catalogue.sequence();
      if (await isLatest(before, sequence)) return;
      const state: State = {
        version: (before?.version ?? 0) + 1,
        claimedAt: now().toISOString(),
        sequence,
        roots: rootsFrom(before?.roots ?? []),
      };
      try {
        await market.transact([{ put: { ...STATE, state }, if: before ? { state: item["state"] } : "absent" }]);
      } catch (error) {
        // Another writes this version at this moment.
        if (error instanceof ConditionFailed) return;
        throw error;
      }
      await write(state);
    },

    /** A file that is offered, by its path; with its digest in front of its name, as TUF's clients ask. */
    async target(path: string): Promise<Uint8Array | undefined> {
      const plain = path.replace(/(^|\/)[0-9a-f]{64}\./, "$1");
      return BY_DIGEST.test(plain) ? catalogue.file(plain) : file(`targets/${plain}`);
    },
  };
}
