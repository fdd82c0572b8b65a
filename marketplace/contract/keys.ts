import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint } from "jose";
import { z } from "zod";

/** An Ed25519 public key as a JWK (RFC 8037). */
export const PublicKey = z
  .strictObject({
    kty: z.literal("OKP"),
    crv: z.literal("Ed25519"),
    x: z.string().regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, "32 bytes in Base64url"),
  })
  .meta({ id: "PublicKey" });
export type PublicKey = z.infer<typeof PublicKey>;

/** A party's whole key, as only its owner keeps it. */
export const PrivateKey = PublicKey.extend({ d: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });
export type PrivateKey = z.infer<typeof PrivateKey>;

/** The key's name: its JWK thumbprint (RFC 7638, SHA-256). */
export const keyIdOf = ({ kty, crv, x }: PublicKey): Promise<string> => calculateJwkThumbprint({ kty, crv, x });

export function newKey(): PrivateKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  return PrivateKey.parse(privateKey.export({ format: "jwk" }));
}

export const publicOf = ({ kty, crv, x }: PrivateKey): PublicKey => ({ kty, crv, x });

export const signerOf = (key: PrivateKey): KeyObject => createPrivateKey({ key: { ...key }, format: "jwk" });
