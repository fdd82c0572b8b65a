import { createCipheriv, createHash } from "node:crypto";
import type { KeyRef } from "../../token-source.ts";

/** Meters of 11 digits belong to the first issuer, those of 13 to the second. */
const ISSUERS = { 11: "600727", 13: "0000" } as const;
/** DUTK: a key of one meter, under a supply group's own vending key. */
export const KEY_TYPE = 2;

/**
 * A vending key of this simulator: it says by its own making that it is a test key. Real ones live in security modules;
 * there is no way into this house for one.
 */
export const testVendingKey = ({ supplyGroup, keyRevision }: KeyRef): Buffer =>
  createHash("sha256")
    .update(`Hansa TEST vending key, of no real supply group: ${supplyGroup}/${keyRevision}`)
    .digest()
    .subarray(0, 8);

/**
 * The key of one meter by DKGA02: single DES of number and key data, both of 16 digits.
 *
 * @param vendingKey  8 bytes
 * @param meter       11 or 13 digits
 */
export function decoderKey(vendingKey: Uint8Array, meter: string, key: KeyRef): bigint {
  const issuer = ISSUERS[meter.length as 11 | 13];
  const account = issuer.slice(meter.length - 16) + meter;
  const control = `${KEY_TYPE}${key.supplyGroup}${key.tariffIndex}${key.keyRevision}ffffff`;
  const block = word(account) ^ word(control);
  const secret = word(Buffer.from(vendingKey).toString("hex"));
  return word(desEncrypted(vendingKey, bytes(block)).toString("hex")) ^ block ^ secret;
}

const word = (hex: string) => BigInt(`0x${hex}`);
const bytes = (block: bigint) => Buffer.from(block.toString(16).padStart(16, "0"), "hex");

function desEncrypted(key: Uint8Array, block: Uint8Array): Buffer {
  // OpenSSL 3 gives single DES no more; two-key triple DES with both keys the same is single DES.
  const cipher = createCipheriv("des-ede-ecb", Buffer.concat([key, key]), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
}
