import { createPublicKey, sign, verify } from "node:crypto";
import { z } from "zod";
import { keyIdOf, type PrivateKey, type PublicKey, publicOf, signerOf } from "./keys.ts";

/**
 * A signed envelope as DSSE 1.0 has it (secure-systems-lab/dsse). Ours carry canonical JSON and one to five Ed25519
 * signatures. Fields that the specification does not know are ignored, as it demands.
 */
export const Envelope = z
  .object({
    payload: z.string().min(1).max(400_000),
    payloadType: z.string().min(1).max(200),
    signatures: z
      .array(z.object({ keyid: z.string().min(1).max(100), sig: z.string().min(1).max(200) }))
      .min(1)
      .max(5),
  })
  .meta({ id: "Envelope", description: "A DSSE envelope: payload and signatures in Base64." });
export type Envelope = z.infer<typeof Envelope>;

/** What was signed is not what is here, or another key signed it. Never say more than that it does not hold. */
export class NotGenuine extends Error {
  override name = "NotGenuine";
}

/** DSSE's pre-authentication encoding: lengths in bytes, so that no two pairs encode alike. */
export function pae(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType, "utf8");
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
}

/** Signs the bytes under their type. */
export async function seal(payloadType: string, payload: Uint8Array, key: PrivateKey): Promise<Envelope> {
  const sig = sign(null, pae(payloadType, payload), signerOf(key)).toString("base64");
  return {
    payload: Buffer.from(payload).toString("base64"),
    payloadType,
    signatures: [{ keyid: await keyIdOf(publicOf(key)), sig }],
  };
}

/**
 * The bytes of an envelope, if this key signed them under this type.
 *
 * @throws {NotGenuine} another type, no signature of this key, or one that does not hold
 */
export async function open(envelope: Envelope, payloadType: string, publicKey: PublicKey): Promise<Uint8Array> {
  if (envelope.payloadType !== payloadType)
    throw new NotGenuine(`This is signed as ${envelope.payloadType}, not as ${payloadType}.`);
  const keyid = await keyIdOf(publicKey);
  const payload = decoded(envelope.payload);
  // `keyid` only narrows which signature to look at: what decides is the key itself.
  const own = envelope.signatures.find((signature) => signature.keyid === keyid);
  if (!own) throw new NotGenuine("It does not bear this party's signature.");
  const key = createPublicKey({ key: { ...publicKey }, format: "jwk" });
  const sig = decoded(own.sig);
  if (sig.length !== 64 || !verify(null, pae(payloadType, payload), key, sig))
    throw new NotGenuine("Its signature does not hold: something was changed after it was signed.");
  return payload;
}

// Node reads Base64 leniently: signs outside the alphabet are skipped, spare bits dropped. Two spellings of one
// payload would be two files with one meaning, so only the canonical one (standard or URL-safe) is read.
function decoded(text: string): Buffer {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text && bytes.toString("base64url") !== text)
    throw new NotGenuine("It is not Base64.");
  return bytes;
}
