import { z } from "zod";
import { Slug } from "../../shared/ids.ts";
import { canonical } from "./canonical.ts";
import { type Envelope, NotGenuine, open, seal } from "./dsse.ts";
import type { PrivateKey, PublicKey } from "./keys.ts";
import { readJson } from "./signed.ts";

/** A party asks the marketplace for what is its own to see, signed by its key; good for a few minutes. */
export const PartyRequest = z.strictObject({ party: Slug, asks: z.enum(["payouts"]), at: z.iso.datetime() });
export type PartyRequest = z.infer<typeof PartyRequest>;

const TYPE = "application/vnd.hansa.party-request.v1+json";
const GOOD_MS = 5 * 60_000;

export async function sealRequest(request: PartyRequest, key: PrivateKey): Promise<Envelope> {
  return seal(TYPE, canonical(PartyRequest.parse(request)), key);
}

/** @throws {NotGenuine} another key signed it, for another party or purpose, or too long ago */
export async function openRequest(
  envelope: Envelope,
  publicKey: PublicKey,
  wanted: Omit<PartyRequest, "at">,
  now: Date,
): Promise<void> {
  const request = PartyRequest.safeParse(readJson(await open(envelope, TYPE, publicKey)));
  if (!request.success) throw new NotGenuine("This is no request of a party.");
  const { party, asks, at } = request.data;
  const isFresh = Math.abs(now.getTime() - Date.parse(at)) <= GOOD_MS;
  if (party !== wanted.party || asks !== wanted.asks || !isFresh)
    throw new NotGenuine("This request was signed for something else, or too long ago.");
}
