import type { House } from "../../shared/compose.ts";
import { Fault } from "../../shared/errors.ts";
import { canonical } from "../contract/canonical.ts";
import { type Envelope, NotGenuine, open } from "../contract/dsse.ts";
import { PLEDGE_TYPE, Pledge, pledgeKey } from "../contract/pledge.ts";
import { readJson } from "../contract/signed.ts";
import { demandSaidByNow, sentWell } from "../refusals.ts";
import { catalogueStore, readEnvelope } from "./store.ts";

/**
 * Keeps a sponsor's signed word among the static files, where cities read and check it. A later one takes the place of an
 * earlier one; what a city has agreed to by then stands.
 * @throws {Fault} invalid: it is not signed by the sponsor that it names
 */
export async function keepPledge(house: House, envelope: Envelope): Promise<{ created: boolean; pledge: Pledge }> {
  const store = catalogueStore(house);
  const read = async (one: Envelope): Promise<Pledge> => {
    const claimed = Pledge.parse(readJson(Buffer.from(one.payload, "base64")));
    const party = await store.findParty(claimed.sponsor);
    if (!party) throw new NotGenuine(`There is no party ${claimed.sponsor} here. Sign up first.`);
    const bytes = await open(one, PLEDGE_TYPE, party.publicKey);
    if (!Buffer.from(canonical(claimed)).equals(bytes))
      throw new NotGenuine("The pledge is not in canonical JSON (RFC 8785).");
    return claimed;
  };
  const pledge = await sentWell(() => read(envelope));
  demandSaidByNow(pledge, house.now());
  if ((await store.listings(pledge.module)).length === 0)
    throw new Fault("invalid", `There is no module ${pledge.module} here.`, {
      errors: [{ pointer: "#/payload/module", detail: "It is not published here." }],
    });
  const key = pledgeKey(pledge.module, pledge.sponsor);
  const bytes = await house.marketBlobs.get(key);
  const kept = bytes && (await read(readEnvelope(bytes, "The pledge")).catch(noneOfThisKey));
  if (kept && kept.signedAt >= pledge.signedAt) return { created: false, pledge: kept };
  await house.marketBlobs.put(key, Buffer.from(JSON.stringify(envelope)), { contentType: "application/json" });
  return { created: !kept, pledge };
}

/** A pledge by a key that was exchanged since is read by no city: it hinders no other. */
function noneOfThisKey(error: unknown): undefined {
  if (!(error instanceof NotGenuine)) throw error;
}
