import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  randomBytes,
  sign,
} from "node:crypto";
import type { JWK } from "jose";
import type { Vault } from "./ports.ts";
import type { Table } from "./table.ts";

/**
 * A city's (or the house's) own keys, derived by purpose from root secrets that the vault wraps. Purposes that begin
 * with `payments` stem from a root of their own, which only the functions that handle money can unwrap.
 */
export interface Secrets {
  /** HMAC-SHA-256, 32 bytes. */
  hmac(purpose: string, data: string | Uint8Array): Promise<Uint8Array>;
  /** Ed25519 signature, 64 bytes. */
  sign(purpose: string, data: Uint8Array): Promise<Uint8Array>;
  /** The Ed25519 public key that checks `sign` of the same purpose. */
  publicKey(purpose: string): Promise<JWK>;
  /** AES-256-GCM: nonce, tag, ciphertext. */
  seal(purpose: string, bytes: Uint8Array): Promise<Uint8Array>;
  /** @throws {Error} when it was not sealed by this owner for this purpose */
  open(purpose: string, sealed: Uint8Array): Promise<Uint8Array>;
  /** 32 bytes for a library that wants a symmetric key. */
  derived(purpose: string): Promise<Uint8Array>;
}

// The fixed head of a PKCS #8 Ed25519 private key; the 32 bytes of the seed follow (RFC 8410).
const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");

export function openSecrets(table: Table, vault: Vault, owner: string): Secrets {
  const roots = new Map<string, Promise<Uint8Array>>();

  async function unlocked(name: string): Promise<Uint8Array> {
    const key = { pk: "SECRET", sk: name };
    let kept = await table.get(key);
    if (!kept) {
      const { wrapped } = await vault.newSecret(owner, name);
      kept = (await table.putIfAbsent({ ...key, wrapped })).item;
    }
    return vault.unwrap(owner, name, kept["wrapped"] as Uint8Array);
  }
  function root(purpose: string): Promise<Uint8Array> {
    const name = purpose.startsWith("payments") ? "payments" : "main";
    let found = roots.get(name);
    if (!found) {
      found = unlocked(name);
      found.catch(() => roots.delete(name));
      roots.set(name, found);
    }
    return found;
  }
  const derived = async (purpose: string, use: string) =>
    new Uint8Array(hkdfSync("sha256", await root(purpose), owner, `${use}:${purpose}`, 32));
  const signer = async (purpose: string) =>
    createPrivateKey({
      key: Buffer.concat([PKCS8_ED25519, await derived(purpose, "sign")]),
      format: "der",
      type: "pkcs8",
    });

  return {
    hmac: async (purpose, data) =>
      createHmac("sha256", await derived(purpose, "hmac"))
        .update(data)
        .digest(),
    sign: async (purpose, data) => sign(null, data, await signer(purpose)),
    publicKey: async (purpose) => createPublicKey(await signer(purpose)).export({ format: "jwk" }) as JWK,
    derived: (purpose) => derived(purpose, "key"),
    async seal(purpose, bytes) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", await derived(purpose, "seal"), nonce);
      const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    },
    async open(purpose, sealed) {
      const all = Buffer.from(sealed);
      const decipher = createDecipheriv("aes-256-gcm", await derived(purpose, "seal"), all.subarray(0, 12));
      decipher.setAuthTag(all.subarray(12, 28));
      return Buffer.concat([decipher.update(all.subarray(28)), decipher.final()]);
    },
  };
}
