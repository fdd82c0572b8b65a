import { z } from "zod";
import type { House } from "../../shared/compose.ts";
import { absent, Fault } from "../../shared/errors.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { Report } from "../check/report.ts";
import { canonical, packageKey } from "../contract/canonical.ts";
import { Envelope, pae } from "../contract/dsse.ts";
import { HOUSE_KEY, INDEX_KEY, INDEX_TYPE, type IndexFile, Listing } from "../contract/index-file.ts";
import { keyIdOf, PublicKey } from "../contract/keys.ts";
import { publisherOf } from "../contract/manifest.ts";
import { type Module, openPackage, type VerifiedPackage } from "../contract/module.ts";
import { isRecovered, KEYS_MAX, Party, profilesKey, signerAmong } from "../contract/party.ts";
import { visible } from "../contract/signs.ts";
import { keptWell } from "../refusals.ts";
import { latestFirst } from "./domain.ts";

// question                              key (in the market's own table)
// one party; all parties                pk PARTIES       sk <name>
// whose key is this                     pk KEY#<key id>  sk KEY
// one version; all versions of one      pk MODULES       sk <publisher>/<module>#<version>
// what the check found of it            pk REPORTS       sk <publisher>/<module>#<version>
// how many changes there have been      pk INDEX         sk HEAD
const HEAD = { pk: "INDEX", sk: "HEAD" };
const moduleKey = (name: string, version: string) => ({ pk: "MODULES", sk: `${name}#${version}` });
const reportKey = (name: string, version: string) => ({ pk: "REPORTS", sk: `${name}#${version}` });
const TRIES = 8;
/** Of one module. Whoever has published more is checked against the latest of them. */
const OLDER_MAX = 50;
const SECRET = "marketplace";

/** A party with the keys by which it signed before. */
export type KnownParty = Party & { formerKeys?: PublicKey[] };
function knownParty(item: Item): KnownParty {
  const formerKeys = z.array(PublicKey).optional().parse(item["formerKeys"]);
  const party = Party.parse(item["party"]);
  return { ...party, title: visible(party.title), ...(formerKeys ? { formerKeys } : {}) };
}

const formerProfiles = (item: Item | undefined): Envelope[] =>
  z.array(Envelope).default([]).parse(item?.["formerProfiles"]);

export type CatalogueStore = ReturnType<typeof catalogueStore>;

export function catalogueStore({
  market,
  marketBlobs,
  marketSecrets: secrets,
  now,
}: Pick<House, "market" | "marketBlobs" | "marketSecrets" | "now">) {
  const sequence = async () => ((await market.get(HEAD))?.["sequence"] as number | undefined) ?? 0;

  /** Commits a change and counts it; the count tells whether an index that is being written is still the latest. */
  async function change(writes: Write[]): Promise<void> {
    for (let tries = 1; ; tries++) {
      const before = await sequence();
      const counted: Write = {
        put: { ...HEAD, sequence: before + 1 },
        if: before === 0 ? "absent" : { sequence: before },
      };
      try {
        return await market.transact([...writes, counted]);
      } catch (error) {
        if (!(error instanceof ConditionFailed) || error.index !== writes.length) throw error;
        if (tries === TRIES) throw new Fault("unavailable", "Many publish at once; try again.", { retryAfterS: 1 });
        await new Promise((resume) => setTimeout(resume, Math.random() * 20 * tries));
      }
    }
  }

  /** Signs with the house's own key. */
  async function signed(type: string, value: unknown): Promise<{ envelope: Envelope; publicKey: PublicKey }> {
    const payload = canonical(value);
    const publicKey = PublicKey.parse(pick(await secrets.publicKey(SECRET)));
    const sig = Buffer.from(await secrets.sign(SECRET, pae(type, payload))).toString("base64");
    const signatures = [{ keyid: await keyIdOf(publicKey), sig }];
    return { envelope: { payload: Buffer.from(payload).toString("base64"), payloadType: type, signatures }, publicKey };
  }

  async function listings(name?: string): Promise<Listing[]> {
    const found: Listing[] = [];
    const beginsWith = name === undefined ? undefined : `${name}#`;
    for await (const item of market.all({ pk: "MODULES", beginsWith })) found.push(Listing.parse(item["listing"]));
    return found;
  }

  async function parties(): Promise<KnownParty[]> {
    const found: KnownParty[] = [];
    for await (const item of market.all({ pk: "PARTIES" })) found.push(knownParty(item));
    return found;
  }

  const findParty = async (name: string): Promise<KnownParty | undefined> => {
    const item = await market.get({ pk: "PARTIES", sk: name });
    return item && knownParty(item);
  };

  /**
   * Writes the static files that cities and mirrors read. Whoever changed something after this one read it writes
   * again; so the last file to be written is the latest, whoever was slower.
   */
  async function writeIndex(): Promise<void> {
    for (let tries = 1; tries <= TRIES; tries++) {
      const index: IndexFile = {
        contract: 1,
        sequence: await sequence(),
        madeAt: now().toISOString(),
        parties: await parties(),
        modules: await listings(),
      };
      const { envelope, publicKey } = await signed(INDEX_TYPE, index);
      const file = (key: string, value: unknown) =>
        marketBlobs.put(key, Buffer.from(JSON.stringify(value)), { contentType: "application/json" });
      await file(HOUSE_KEY, { publicKey });
      await file(INDEX_KEY, envelope);
      if ((await sequence()) === index.sequence) return;
    }
  }

  /** Each party's profiles as it signed them, for other houses: the last under each key that it had, and the present one. */
  async function partyEnvelopes(): Promise<Map<string, Envelope[]>> {
    const found = new Map<string, Envelope[]>();
    for await (const item of market.all({ pk: "PARTIES" }))
      found.set(item.sk, [...formerProfiles(item), Envelope.parse(item["envelope"])]);
    return found;
  }

  /** Lays a party's profiles among the static files, by which a city sees that its key was exchanged by itself. */
  async function writeProfiles(name: string): Promise<void> {
    const item = await market.get({ pk: "PARTIES", sk: name });
    const former = formerProfiles(item);
    if (former.length === 0) return;
    const profiles = [...former, Envelope.parse(item?.["envelope"])];
    await marketBlobs.put(profilesKey(name), Buffer.from(JSON.stringify(profiles)), {
      contentType: "application/json",
    });
  }

  return {
    sequence,
    change,
    signed,
    listings,
    parties,
    partyEnvelopes,
    findParty,

    async partyOfKey(keyId: string): Promise<string | undefined> {
      const item = await market.get({ pk: `KEY#${keyId}`, sk: "KEY" });
      return item && String(item["name"]);
    },

    writeIndex,

    /**
     * Keeps a party's profile. The name belongs to the first key that signs for it; a later profile of the same key
     * replaces the earlier one. Only the recovery key exchanges it, or itself.
     *
     * @throws {Fault} conflict: another key has the name, or the key another name; or it has had too many
     */
    async signUp(party: Party, envelope: Envelope): Promise<{ created: boolean; party: Party }> {
      const keyid = await keyIdOf(party.publicKey);
      const owner = { pk: `KEY#${keyid}`, sk: "KEY", name: party.name };
      const key = { pk: "PARTIES", sk: party.name };
      const before = await market.get(key);
      const known = before && knownParty(before);
      const former = known?.formerKeys ?? [];
      const isExchanged = known !== undefined && known.publicKey.x !== party.publicKey.x;
      const isOther = isExchanged || (known?.recoveryKey && known.recoveryKey.x !== party.recoveryKey?.x);
      if (known && isOther && !(await isRecovered(envelope, known)))
        throw new Fault("conflict", `The name ${party.name} belongs to another key.`);
      if (known && known.signedAt >= party.signedAt) {
        await writeProfiles(party.name); // what stopped before its file is made good
        return { created: false, party: known };
      }
      const formerKeys = isExchanged ? [...former, known.publicKey] : former;
      if (formerKeys.length >= KEYS_MAX)
        throw new Fault("conflict", `${party.name} has had ${KEYS_MAX} keys, and gets no other: take another name.`);
      const profiles = [...formerProfiles(before), ...(isExchanged ? [Envelope.parse(before?.["envelope"])] : [])];
      const item = {
        ...{ ...key, party, envelope },
        ...(formerKeys.length > 0 ? { formerKeys, formerProfiles: profiles } : {}),
      };
      try {
        await change([
          { put: item, if: before ? { party: before["party"] } : "absent" },
          ...(!known || isExchanged ? [{ put: owner, if: "absent" } as const] : []),
        ]);
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        if (error.index === 1)
          throw new Fault("conflict", `This key is ${String(error.item?.["name"] ?? "another party")}’s already.`);
        throw new Fault("conflict", `The name ${party.name} was taken or changed at this very moment.`);
      }
      await writeProfiles(party.name);
      await writeIndex();
      return { created: !known, party };
    },

    /**
     * Keeps a version once: the first one stands. The package lies among the static files before it is listed.
     *
     * @throws {Fault} conflict: this version exists with other contents
     */
    async publish(
      listing: Listing,
      envelope: Envelope,
      report: Report,
    ): Promise<{ created: boolean; listing: Listing }> {
      const key = moduleKey(listing.name, listing.version);
      const same = (kept: Listing) => {
        if (kept.digest !== listing.digest)
          throw new Fault(
            "conflict",
            `${listing.name} ${listing.version} is published with other contents (${kept.digest}). Give a new version.`,
          );
        return { created: false, listing: kept };
      };
      const kept = await market.get(key);
      if (kept) {
        const answer = same(Listing.parse(kept["listing"]));
        await writeIndex(); // what stopped between the listing and the index is made good
        return answer;
      }
      await marketBlobs.put(packageKey(listing.digest), Buffer.from(JSON.stringify(envelope)), {
        contentType: "application/json",
      });
      try {
        await change([
          { put: { ...key, listing }, if: "absent" },
          { put: { ...reportKey(listing.name, listing.version), report } },
        ]);
      } catch (error) {
        if (!(error instanceof ConditionFailed) || !error.item) throw error;
        return same(Listing.parse(error.item["listing"]));
      }
      await writeIndex();
      return { created: true, listing };
    },

    /** A published version with its contents, checked again. @throws {Fault} absent; conflict: the file was changed */
    async open(
      name: string,
      version: string,
    ): Promise<VerifiedPackage & { listing: Listing; party: Party; envelope: Envelope }> {
      const item = await market.get(moduleKey(name, version));
      const party = await findParty(publisherOf(name));
      if (!item || !party) throw absent();
      const listing = Listing.parse(item["listing"]);
      const envelope = await packageFile(listing.digest);
      if (!envelope) throw absent();
      const signer = await signerAmong(envelope, party);
      const opened = await keptWell(`${name} ${version}`, () => openPackage(envelope, signer, listing.digest));
      return { ...opened, listing, party, envelope };
    },

    /** The versions against which a new one is checked, the latest ones first. */
    async older(before: readonly Listing[]): Promise<Module[]> {
      const party = before[0] && (await findParty(publisherOf(before[0].name)));
      if (!party) return [];
      return Promise.all(
        latestFirst(before)
          .slice(0, OLDER_MAX)
          .map(async ({ name, version, digest }) => {
            const envelope = await packageFile(digest);
            if (!envelope) throw absent();
            const signer = await signerAmong(envelope, party);
            return (await keptWell(`${name} ${version}`, () => openPackage(envelope, signer, digest))).module;
          }),
      );
    },

    /** What the check found when it was published; nothing of what was published before there was a check. */
    async report(name: string, version: string): Promise<Report | undefined> {
      const item = await market.get(reportKey(name, version));
      return item && Report.parse(item["report"]);
    },

    async file(key: string): Promise<Uint8Array | undefined> {
      return marketBlobs.get(key);
    },
  };

  async function packageFile(digest: string): Promise<Envelope | undefined> {
    const bytes = await marketBlobs.get(packageKey(digest));
    if (!bytes) return undefined;
    return readEnvelope(bytes, digest);
  }
}

/** @throws {Fault} conflict: the file is no envelope any more */
export function readEnvelope(bytes: Uint8Array, what: string): Envelope {
  const result = Envelope.safeParse(jsonOf(bytes));
  if (!result.success) throw new Fault("conflict", `${what} is not what its publisher signed. It is not used.`);
  return result.data;
}

export function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}

const pick = ({ kty, crv, x }: { kty?: string; crv?: string; x?: string }) => ({ kty, crv, x });
