import { z } from "zod";
import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { latestOf } from "../catalogue/domain.ts";
import {
  ADVISORIES_KEY,
  type AdvisoriesFile,
  type Advisory,
  advisoryKey,
  type ListedAdvisory,
  openAdvisories,
  openAdvisory,
} from "../contract/advisory.ts";
import { packageKey } from "../contract/canonical.ts";
import { Envelope } from "../contract/dsse.ts";
import { HOUSE_KEY, HouseKey, INDEX_KEY, type IndexFile, openIndex } from "../contract/index-file.ts";
import { PublicKey } from "../contract/keys.ts";
import { publisherOf } from "../contract/manifest.ts";
import { openPackage, type VerifiedPackage } from "../contract/module.ts";
import { isSucceeded, KEYS_MAX, openParty, type Party, profilesKey, signerAmong } from "../contract/party.ts";
import { keptWell } from "../refusals.ts";
import { refusal } from "./refusals.ts";

// question                                     key
// which key signs the market's index here      pk MARKET   sk TRUST     the first seen, and the latest count of changes
const TRUST = { pk: "MARKET", sk: "TRUST" };

const EMPTY: IndexFile = { contract: 1, sequence: 0, madeAt: new Date(0).toISOString(), parties: [], modules: [] };

/**
 * What the marketplace offers, as this city may believe it: signed by the key that it saw first, and never older than
 * what it has seen already.
 *
 * @throws {Fault} conflict: it is not what the marketplace signed
 */
export async function readMarket(here: Here): Promise<IndexFile> {
  const envelope = await file(here, INDEX_KEY);
  if (envelope === undefined) return EMPTY;
  const kept = await here.table.get(TRUST);
  const trusted = kept ? PublicKey.parse(kept["publicKey"]) : HouseKey.parse(await file(here, HOUSE_KEY)).publicKey;
  const index = await keptWell("The marketplace’s index", () =>
    openIndex(envelopeOf(envelope, "The marketplace’s index"), trusted),
  );
  const seen = (kept?.["sequence"] as number | undefined) ?? 0;
  if (index.sequence < seen)
    throw new Fault("conflict", "The marketplace’s index is older than one that this city has seen. It is not used.");
  if (!kept) await here.table.putIfAbsent({ ...TRUST, publicKey: trusted, sequence: index.sequence });
  // Two readers at once may write the lower count; the next reader mends it.
  else if (index.sequence > seen) await here.table.put({ ...TRUST, publicKey: trusted, sequence: index.sequence });
  return index;
}

// question                                     key
// how new was the list of advisories           pk MARKET   sk ADVISORIES
const ADVISED = { pk: "MARKET", sk: "ADVISORIES" };

/**
 * What the house lists of advisories: signed by the key that this city trusts, never older than what it has seen.
 *
 * @returns undefined: the house has never heard of any
 * @throws {Fault} conflict: it is not what the house signed, or it is older
 */
export async function readAdvisories(here: Here): Promise<AdvisoriesFile | undefined> {
  const envelope = await file(here, ADVISORIES_KEY);
  if (envelope === undefined) return undefined;
  if (!(await here.table.get(TRUST))) await readMarket(here);
  const trusted = PublicKey.parse((await here.table.get(TRUST))?.["publicKey"]);
  const list = await keptWell("The list of advisories", () =>
    openAdvisories(envelopeOf(envelope, "The list of advisories"), trusted),
  );
  const seen = ((await here.table.get(ADVISED))?.["sequence"] as number | undefined) ?? 0;
  if (list.sequence < seen)
    throw new Fault("conflict", "The list of advisories is older than one that this city has seen. It is not used.");
  if (list.sequence > seen) await here.table.put({ ...ADVISED, sequence: list.sequence });
  return list;
}

/** One of them, as whoever has one of these keys signed it. @throws {Fault} conflict; unavailable: its file is not there */
export async function readAdvisory(here: Here, listed: ListedAdvisory, keys: SpeaksBy): Promise<Advisory> {
  const what = `The advisory ${listed.id}`;
  const value = await file(here, advisoryKey(listed.digest));
  if (value === undefined) throw new Fault("unavailable", `${what} is not among the marketplace’s files.`);
  const envelope = envelopeOf(value, what);
  const key = await signerAmong(envelope, keys);
  const { advisory } = await keptWell(what, () => openAdvisory(envelope, key, listed.digest));
  const isAsListed = (["id", "revision", "by", "module"] as const).every((name) => advisory[name] === listed[name]);
  if (!isAsListed) throw new Fault("conflict", `${what} is listed as another one. It is not used.`);
  return advisory;
}

export interface Offered extends VerifiedPackage {
  /** With the key by which it signed this version. */
  party: Party;
  envelope: Envelope;
}

/**
 * A version from the marketplace, wholly checked: the index is the house's, the package its publisher's, the digest
 * the one that the index names.
 *
 * @param publisherKey  the key that the city has seen before with this publisher's modules
 * @throws {Fault} absent; conflict: a byte was changed, or another key signs now and not by that one's own word
 */
export async function offered(
  here: Here,
  module: string,
  version?: string,
  publisherKey?: PublicKey,
): Promise<Offered> {
  const index = await readMarket(here);
  const versions = index.modules.filter(({ name }) => name === module);
  const listing = version === undefined ? latestOf(versions) : versions.find((one) => one.version === version);
  const party = index.parties.find(({ name }) => name === publisherOf(module));
  if (!listing || !party) throw absent();
  const what = `${module} ${listing.version}`;
  const bytes = await file(here, packageKey(listing.digest));
  if (bytes === undefined)
    throw new Fault("unavailable", `The package of ${what} is not among the marketplace’s files.`, { retryAfterS: 60 });
  const envelope = envelopeOf(bytes, what);
  const signer = await signerAmong(envelope, party);
  const isOther = publisherKey !== undefined && publisherKey.x !== signer.x;
  if (
    isOther &&
    !(await isSucceeded(await profilesOf(here, party.name), { name: party.name, from: publisherKey, to: signer }))
  )
    throw refusal("conflict", "otherKey", { publisher: party.title });
  const opened = await keptWell(what, () => openPackage(envelope, signer, listing.digest));
  const { name, version: own } = opened.module.manifest;
  if (name !== module || own !== listing.version)
    throw new Fault("conflict", `The marketplace lists ${name} ${own} as ${what}. It is not used.`);
  return { ...opened, party: { ...party, publicKey: signer }, envelope };
}

/** A party's key, and those by which it spoke before. */
export type SpeaksBy = Pick<Party, "publicKey"> & { formerKeys?: readonly PublicKey[] };

/** By which keys a publisher speaks to a city that knows it by this one: also by the one that it exchanged it for. */
export async function speaksBy(here: Here, name: string, known: PublicKey): Promise<SpeaksBy> {
  const profiles = await profilesOf(here, name);
  const last = profiles.at(-1);
  const now = last && (await openParty(last).catch(() => undefined))?.publicKey;
  const isNext = now !== undefined && (await isSucceeded(profiles, { name, from: known, to: now }));
  return isNext ? { publicKey: now, formerKeys: [known] } : { publicKey: known };
}

/** A party's profiles, one for each key that it had; none of one that never exchanged its key. */
async function profilesOf(here: Here, name: string): Promise<Envelope[]> {
  const { data = [] } = z
    .array(Envelope)
    .max(KEYS_MAX)
    .safeParse(await file(here, profilesKey(name)));
  return data;
}

export function envelopeOf(value: unknown, what: string): Envelope {
  const result = Envelope.safeParse(value);
  if (!result.success) throw new Fault("conflict", `${what} is not what was signed. It is not used.`);
  return result.data;
}

async function file(here: Here, key: string): Promise<unknown> {
  const bytes = await here.market.get(key);
  return bytes && jsonOf(bytes);
}

/** `null` for what is no JSON: no schema admits it. */
export function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return null;
  }
}
