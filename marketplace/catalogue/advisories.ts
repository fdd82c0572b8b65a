import type { House } from "../../shared/compose.ts";
import { absent, Fault } from "../../shared/errors.ts";
import { limit } from "../../shared/identity/limits.ts";
import { ConditionFailed } from "../../shared/table.ts";
import {
  ADVISORIES_KEY,
  ADVISORIES_TYPE,
  type AdvisoriesFile,
  Advisory,
  advisoryKey,
  claimedBy,
  type ListedAdvisory,
  openAdvisory,
} from "../contract/advisory.ts";
import { Digest } from "../contract/canonical.ts";
import type { Envelope } from "../contract/dsse.ts";
import { publisherOf } from "../contract/manifest.ts";
import type { Party } from "../contract/party.ts";
import { demandSaidByNow, sentWell } from "../refusals.ts";
import { type CatalogueStore, catalogueStore } from "./store.ts";

// question                              key (in the market's own table)
// one advisory; all advisories          pk ADVISORIES   sk <id>
// files: advisories.json, what there is, signed by the house; advisories/<digest>.json, each as it was signed
const key = (id: string) => ({ pk: "ADVISORIES", sk: id });
const TRIES = 8;

const wrong = (pointer: string, detail: string) => new Fault("invalid", detail, { errors: [{ pointer, detail }] });

/** What a party may say anew within an hour. */
const SAID = { max: 200, windowS: 3_600 };

type MarketHouse = Pick<House, "market" | "marketBlobs" | "marketSecrets" | "settings" | "now">;

export function advisoryStore(house: MarketHouse, catalogue: CatalogueStore = catalogueStore(house)) {
  const { market, marketBlobs, settings, now } = house;

  async function all(): Promise<{ advisory: Advisory; digest: string }[]> {
    const found = [];
    for await (const item of market.all({ pk: "ADVISORIES" }))
      found.push({ advisory: Advisory.parse(item["advisory"]), digest: Digest.parse(item["digest"]) });
    return found;
  }

  /** What there is, without its words. */
  const listed = async (): Promise<ListedAdvisory[]> =>
    (await all()).map(({ advisory: { id, revision, by, module }, digest }) => ({ id, revision, by, module, digest }));

  /** Written anew by whoever finds that more was said meanwhile, so that the last file is the latest. */
  async function writeFile(): Promise<void> {
    for (let tries = 1; tries <= TRIES; tries++) {
      const sequence = await catalogue.sequence();
      const file: AdvisoriesFile = {
        ...{ contract: 1, sequence, madeAt: now().toISOString() },
        ...(settings.HANSA_HOUSE_PARTY ? { house: settings.HANSA_HOUSE_PARTY } : {}),
        advisories: await listed(),
      };
      const { envelope } = await catalogue.signed(ADVISORIES_TYPE, file);
      await put(ADVISORIES_KEY, envelope);
      if ((await catalogue.sequence()) === sequence) return;
    }
  }
  const put = (name: string, value: unknown) =>
    marketBlobs.put(name, Buffer.from(JSON.stringify(value)), { contentType: "application/json" });

  return {
    all,
    listed,

    async get(id: string): Promise<{ advisory: Advisory; digest: string }> {
      const item = await market.get(key(id));
      if (!item) throw absent();
      return { advisory: Advisory.parse(item["advisory"]), digest: Digest.parse(item["digest"]) };
    },

    /** Whose word it is. @throws {Fault} invalid: of nobody here, or not signed by them */
    async signed(envelope: Envelope): Promise<{ advisory: Advisory; digest: string; party: Party }> {
      const by = await sentWell(async () => claimedBy(envelope));
      const party = await catalogue.findParty(by);
      if (!party) throw wrong("#/payload/by", `There is no party ${by} here. Sign up first.`);
      return { ...(await sentWell(() => openAdvisory(envelope, party.publicKey))), party };
    },

    /**
     * Keeps what one party says of a module's packages, and tells it to whoever reads the files.
     *
     * @throws {Fault} invalid: they have no say in this, or there is no such package; conflict: it is older than what
     * they have said, or the id is somebody else's; too_many
     */
    async publish(
      { advisory, digest, party }: { advisory: Advisory; digest: string; party: Party },
      envelope: Envelope,
    ): Promise<{ created: boolean }> {
      const { id, revision, by, module } = advisory;
      const isTheirs = by === publisherOf(module) || party.kind === "reviewer" || by === settings.HANSA_HOUSE_PARTY;
      if (!isTheirs) throw wrong("#/payload/by", "A module's publisher, a reviewer and the house may warn of it.");
      demandSaidByNow(advisory, now());
      // A mirror may have some of the packages only: those that come later are warned of already.
      const here = await catalogue.listings(module);
      if (!here.some((one) => advisory.digests.includes(one.digest)))
        throw wrong("#/payload/digests", `No version of ${module} here has one of these digests.`);

      const before = await market.get(key(id));
      const kept = before && Advisory.parse(before["advisory"]);
      const isRepeated = before?.["digest"] === digest;
      if (kept && (kept.by !== by || kept.module !== module))
        throw new Fault("conflict", `${id} is another party's advisory, or about another module.`);
      if (kept && !isRepeated && revision <= kept.revision)
        throw new Fault("conflict", `Revision ${kept.revision} of ${id} was said already. Give a higher one.`);
      // What is refused is not counted: else a mirror that is asked to look again and again would silence a party.
      await limit(market, now(), `advisories#${by}`, SAID.max, SAID.windowS);
      if (isRepeated) {
        await writeFile(); // what stopped between the table and the file is made good
        return { created: false };
      }
      await put(advisoryKey(digest), envelope);
      try {
        const item = { ...key(id), advisory, digest, revision };
        await catalogue.change([{ put: item, if: kept ? { revision: kept.revision } : "absent" }]);
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        throw new Fault("conflict", `${id} was changed at this very moment. Look again.`);
      }
      await writeFile();
      return { created: !kept };
    },

    /** The static files, as cities and mirrors read them. */
    async file(name: string): Promise<Uint8Array | undefined> {
      const bytes = await marketBlobs.get(name);
      if (bytes || name !== ADVISORIES_KEY) return bytes;
      await writeFile();
      return marketBlobs.get(name);
    },
  };
}
