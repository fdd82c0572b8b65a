import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Vault } from "../ports.ts";

/** Wraps secrets under one master key in a file that only its owner can read. Lose the file, lose the secrets. */
export function fileVault(path: string): Vault {
  const master = masterKey(path);
  const context = (owner: string, purpose: string) => Buffer.from(JSON.stringify([owner, purpose]));
  return {
    async newSecret(owner, purpose) {
      const secret = randomBytes(32);
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", master, nonce).setAAD(context(owner, purpose));
      const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
      return { secret, wrapped: Buffer.concat([nonce, cipher.getAuthTag(), sealed]) };
    },
    async unwrap(owner, purpose, wrapped) {
      const bytes = Buffer.from(wrapped);
      const decipher = createDecipheriv("aes-256-gcm", master, bytes.subarray(0, 12)).setAAD(context(owner, purpose));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
    },
  };
}

function masterKey(path: string): Buffer {
  try {
    return Buffer.from(readFileSync(path, "utf8").trim(), "base64");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const fresh = randomBytes(32);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${fresh.toString("base64")}\n`, { mode: 0o600, flag: "wx" });
    return fresh;
  }
}
