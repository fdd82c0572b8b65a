import { z } from "zod";
import { Slug } from "../../shared/ids.ts";
import { canonical } from "./canonical.ts";
import { type Envelope, open, seal } from "./dsse.ts";
import { keyIdOf, type PrivateKey, PublicKey, publicOf } from "./keys.ts";
import { readJson } from "./signed.ts";

/** A signing key with a profile. All of it is public, the contact too: an address for whoever uses its modules. */
export const Party = z
  .strictObject({
    /** The first half of its modules' names; it never changes hands. */
    name: Slug,
    title: z.string().trim().min(1).max(80),
    /** A group is a cluster or an incubator: its members are parties of their own (`group.ts`). */
    kind: z.enum(["start-up", "lab", "company", "public-service", "city", "reviewer", "group"]),
    contact: z.email().max(200),
    website: z
      .url({ protocol: /^https$/, error: "an https address" })
      .max(300)
      .optional(),
    publicKey: PublicKey,
    /** Kept elsewhere: by it alone the key above is exchanged when that one is lost or stolen. */
    recoveryKey: PublicKey.optional(),
    /** When it said so: of two profiles the later one counts. */
    signedAt: z.iso.datetime(),
  })
  .meta({ id: "Party" });
export type Party = z.infer<typeof Party>;

/** So many keys a party has had at most, the present one included: whoever mirrors it reads a profile of each. */
export const KEYS_MAX = 20;

export const PARTY_TYPE = "application/vnd.hansa.party.v1+json";

/** Signs a profile with the key that it names: whoever cannot sign does not own the key. */
export async function sealParty(profile: Omit<Party, "publicKey">, key: PrivateKey): Promise<Envelope> {
  const party = Party.parse({ ...profile, publicKey: publicOf(key) });
  return seal(PARTY_TYPE, canonical(party), key);
}

/** @throws {NotGenuine} when it is not signed by the very key that it names  @throws {z.ZodError} */
export async function openParty(envelope: Envelope): Promise<Party> {
  const claimed = Party.parse(readJson(Buffer.from(envelope.payload, "base64")));
  await open(envelope, PARTY_TYPE, claimed.publicKey);
  return claimed;
}

/**
 * Did whoever holds the recovery key of the profile before sign this one too? Without one nobody exchanges a key.
 */
export async function isRecovered(envelope: Envelope, { recoveryKey }: Party): Promise<boolean> {
  if (!recoveryKey) return false;
  return open(envelope, PARTY_TYPE, recoveryKey).then(
    () => true,
    () => false,
  );
}

/** Where a party's profiles lie among the marketplace's static files once it has exchanged a key: one for each key, in order. */
export const profilesKey = (name: string): string => `parties/${name}.json`;

/**
 * Did a party's key pass from one to the other by its own word? Each profile is signed by the key that it names, and one
 * under another key than the one before by that one's recovery key too. No house is believed in this.
 *
 * @param profiles  in order, as whoever keeps them says
 */
export async function isSucceeded(
  profiles: readonly Envelope[],
  { name, from, to }: { name: string; from: PublicKey; to: PublicKey },
): Promise<boolean> {
  let last: Party | undefined;
  for (const envelope of profiles) {
    const party = await openParty(envelope).catch(() => undefined);
    if (party?.name !== name) return false;
    if (last && (party.signedAt <= last.signedAt || !(await isRecovered(envelope, last)))) return false;
    if (last && party.publicKey.x === to.x) return true;
    if (last || party.publicKey.x === from.x) last = party;
  }
  return false;
}

/** Of a party's keys the one whose name a signature bears; its present one where none does. */
export async function signerAmong(
  envelope: Envelope,
  { publicKey, formerKeys = [] }: { publicKey: PublicKey; formerKeys?: readonly PublicKey[] | undefined },
): Promise<PublicKey> {
  for (const key of [publicKey, ...formerKeys]) {
    const keyid = await keyIdOf(key);
    if (envelope.signatures.some((signature) => signature.keyid === keyid)) return key;
  }
  return publicKey;
}
