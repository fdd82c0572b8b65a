import { createHash } from "node:crypto";

// What is read alone is trusted by a digest of its own.

export const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Of one part of many. */
export const chunkDigest = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest().subarray(0, 16);
