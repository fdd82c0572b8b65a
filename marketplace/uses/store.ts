import type { House } from "../../shared/compose.ts";
import { Fault } from "../../shared/errors.ts";
import { limit } from "../../shared/identity/limits.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { type CatalogueStore, catalogueStore } from "../catalogue/store.ts";
import type { Envelope } from "../contract/dsse.ts";
import { keyIdOf } from "../contract/keys.ts";
import type { Party } from "../contract/party.ts";
import { openUse, openVouch, Use, usedBy, Vouch } from "../contract/use.ts";
import { demandSaidByNow, sentWell } from "../refusals.ts";

// question                              key (in the market's own table)
// who runs a module; who runs any       pk USES      sk <publisher>/<module>#<city>
// which parties are cities indeed       pk VOUCHES   sk <city>
const SAID = { max: 200, windowS: 3_600 };
const key = (module: string, city: string) => ({ pk: "USES", sk: `${module}#${city}` });
const vouchKey = (city: string) => ({ pk: "VOUCHES", sk: city });

/** A city that agreed to be named, and what it said last. */
export interface NamedUse {
  use: Use;
  city: string;
  envelope: Envelope;
}

const wrong = (pointer: string, detail: string) => new Fault("invalid", detail, { errors: [{ pointer, detail }] });

export function useStore(
  house: Pick<House, "market" | "marketBlobs" | "marketSecrets" | "now" | "settings">,
  catalogue: CatalogueStore = catalogueStore(house),
) {
  const { market, now } = house;

  /** What a city that is known here signed. @throws {Fault} invalid */
  async function signed(envelope: Envelope): Promise<{ use: Use; party: Party }> {
    const by = await sentWell(async () => usedBy(envelope));
    const party = await catalogue.findParty(by);
    if (!party) throw wrong("#/payload/by", `There is no party ${by} here. Sign up first.`);
    if (party.kind !== "city") throw wrong("#/payload/by", "Only a city says what it runs.");
    const use = await sentWell(() => openUse(envelope, party.publicKey));
    demandSaidByNow(use, now());
    return { use, party };
  }

  return {
    /** Of one module, or of all, by cities that the house knows; without those that asked to be named no longer. */
    async list(module?: string): Promise<NamedUse[]> {
      const found: NamedUse[] = [];
      const known = new Map<string, string>();
      for await (const item of market.all({ pk: "VOUCHES" })) {
        const { city, keyId, isWithdrawn } = Vouch.parse(item["vouch"]);
        if (!isWithdrawn) known.set(city, keyId);
      }
      const beginsWith = module === undefined ? undefined : `${module}#`;
      for await (const item of market.all({ pk: "USES", beginsWith })) {
        const use = Use.parse(item["use"]);
        if (!use.isWithdrawn && known.get(use.by) === item["keyId"])
          found.push({ use, city: String(item["city"]), envelope: item["envelope"] as Envelope });
      }
      return found;
    },

    /**
     * Keeps what a city says of itself; what it said last counts.
     *
     * @throws {Fault} invalid: no city says it, it is not signed by it, or there is no such package; too_many; conflict:
     * it is older than what the city has said
     */
    async keep(envelope: Envelope): Promise<{ created: boolean; use: Use }> {
      const { use, party } = await signed(envelope);
      const { by } = use;
      // Counted of whom it is from: what others send in a city's name takes nothing from it.
      await limit(market, now(), `uses#${by}`, SAID.max, SAID.windowS);
      if (
        !(await catalogue.listings(use.module)).some(
          ({ digest, version }) => digest === use.digest && version === use.version,
        )
      )
        throw wrong("#/payload/digest", `No version of ${use.module} here has this digest.`);
      const keyId = await keyIdOf(party.publicKey);
      const item = { ...key(use.module, by), use, keyId, city: party.title, envelope, signedAt: use.signedAt };
      const before = await market.get(key(use.module, by));
      const kept = before && Use.parse(before["use"]);
      if (kept && kept.signedAt === use.signedAt) return { created: false, use: kept };
      if (kept && kept.signedAt > use.signedAt)
        throw new Fault("conflict", `${by} has said something later (${kept.signedAt}).`);
      try {
        await market.transact([{ put: item, if: kept ? { signedAt: kept.signedAt } : "absent" }]);
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        throw new Fault("conflict", "The city said something else at this very moment. Look again.");
      }
      return { created: !kept, use };
    },

    /** Keeps the house's word on a city. @throws {Fault} invalid: it is not the house's, or there is no such city */
    async vouch(envelope: Envelope): Promise<{ created: boolean; vouch: Vouch }> {
      const speaker = house.settings.HANSA_HOUSE_PARTY;
      const party = speaker === undefined ? undefined : await catalogue.findParty(speaker);
      if (!party) throw wrong("#/payload/by", "This house has named no party that speaks for it (HANSA_HOUSE_PARTY).");
      const vouch = await sentWell(() => openVouch(envelope, party.publicKey));
      demandSaidByNow(vouch, now());
      const city = await catalogue.findParty(vouch.city);
      if (city?.kind !== "city" || (await keyIdOf(city.publicKey)) !== vouch.keyId)
        throw wrong("#/payload/city", `There is no city ${vouch.city} with this key here.`);
      const before = await market.get(vouchKey(vouch.city));
      const kept = before && Vouch.parse(before["vouch"]);
      if (kept && kept.signedAt >= vouch.signedAt) return { created: false, vouch: kept };
      await market.put({ ...vouchKey(vouch.city), vouch });
      return { created: !kept, vouch };
    },
  };
}
