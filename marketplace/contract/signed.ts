import type { z } from "zod";
import { type Envelope, NotGenuine, open } from "./dsse.ts";
import type { PublicKey } from "./keys.ts";

// What is read out of an envelope, whatever was signed.

/** What was signed, if this key signed exactly that. @throws {NotGenuine}  @throws {z.ZodError} */
export const openSigned = async <T>(
  envelope: Envelope,
  type: string,
  schema: z.ZodType<T>,
  key: PublicKey,
): Promise<T> => schema.parse(readJson(await open(envelope, type, key)));

/** What an envelope claims to hold; not yet believed. @throws {NotGenuine}  @throws {z.ZodError} */
export function claimed<T>(envelope: Envelope, type: string, schema: z.ZodType<T>): T {
  if (envelope.payloadType !== type) throw new NotGenuine(`This is signed as ${envelope.payloadType}, not as ${type}.`);
  return schema.parse(readJson(Buffer.from(envelope.payload, "base64")));
}

/** The JSON of signed bytes. @throws {NotGenuine} */
export function readJson(bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new NotGenuine("What was signed is not JSON.");
  }
  if (isDeeper(value, DEPTH_MAX)) throw new NotGenuine(`What was signed is nested deeper than ${DEPTH_MAX}.`);
  return value;
}

/** What is deeper than any of our files would only be meant to exhaust whoever walks through it. */
const DEPTH_MAX = 40;

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((one) => isDeeper(one, levels - 1));
}
