import { hash } from "node:crypto";

// What is read alone is trusted by a digest of its own.

export const sha = (bytes: Uint8Array): string => hash("sha256", bytes, "hex");

/** Of one part of many. */
export const chunkDigest = (bytes: Uint8Array): Buffer => hash("sha256", bytes, "buffer").subarray(0, 16);
