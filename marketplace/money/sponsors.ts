import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { monthOf } from "../../shared/time.ts";
import { open } from "../contract/dsse.ts";
import { PLEDGE_TYPE, Pledge, pledgeKey } from "../contract/pledge.ts";
import { readJson } from "../contract/signed.ts";
import { envelopeOf, jsonOf, readMarket } from "../installs/market.ts";
import { keptWell } from "../refusals.ts";

/**
 * Until which month a sponsor pays for a module, by its own signature: what a publisher says of others is not believed.
 * @throws {Fault} conflict: it never signed, it is over, or a byte was changed
 */
export async function sponsoredUntil(here: Here, module: string, sponsor: string): Promise<string> {
  const refused = new Fault("conflict", `${sponsor} has not signed that it pays for this in the place of cities.`);
  const [bytes, { parties }] = await Promise.all([here.market.get(pledgeKey(module, sponsor)), readMarket(here)]);
  const party = parties.find(({ name }) => name === sponsor);
  if (!bytes || !party) throw refused;
  const what = `The pledge of ${sponsor}`;
  const signed = await keptWell(what, () => open(envelopeOf(jsonOf(bytes), what), PLEDGE_TYPE, party.publicKey));
  const pledge = Pledge.safeParse(readJson(signed));
  if (!pledge.success || pledge.data.module !== module || pledge.data.sponsor !== sponsor) throw refused;
  const { until } = pledge.data;
  if (until < monthOf(here.clock.now(), here.city.timeZone))
    throw new Fault("conflict", `${sponsor} paid for this until ${until}, and no longer does.`);
  return until;
}
