import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { z } from "zod";

export const Digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, "a digest such as sha256:9f86…")
  .meta({ id: "Digest" });

/** JSON in its one canonical spelling (RFC 8785), in UTF-8: the same content is the same bytes everywhere. */
export function canonical(value: unknown): Uint8Array {
  const text = canonicalize(value);
  if (text === undefined) throw new RangeError("this cannot be written as JSON");
  return Buffer.from(text, "utf8");
}

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** Where a package lies among the marketplace's static files, and in a city's own. */
export const packageKey = (digest: string): string => `packages/${digest.replace(":", "-")}.json`;
