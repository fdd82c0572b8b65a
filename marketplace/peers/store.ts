import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import { Envelope } from "../contract/dsse.ts";
import type { Json } from "./merge.ts";
import { Adoption, Made } from "./schema.ts";

// question                                     key
// the packages that the city made              pk PACKAGES         sk <module>#<version>
// another city's modules on their way here     pk ADOPTIONS        sk <id>
// as upstream had it when last taken in        pk ADOPTION#<id>    sk BASE
// as the city has it now                       pk ADOPTION#<id>    sk OWN
// files: made/<digest>.json, the two signed envelopes of each package
const madeKey = (module: string, version: string) => ({ pk: "PACKAGES", sk: `${module}#${version}` });
const adoptionKey = (id: string) => ({ pk: "ADOPTIONS", sk: id });
const treeKey = (id: string, which: "BASE" | "OWN") => ({ pk: `ADOPTION#${id}`, sk: which });
const fileOf = (digest: string) => `made/${digest.replace(":", "-")}.json`;

export interface Envelopes {
  party: Envelope;
  package: Envelope;
}
/** An adoption with both trees, `{ manifest, parts }`. */
export interface Kept {
  adoption: Adoption;
  base: Json;
  own: Json;
}

export function peerStore({ table, blobs }: Here) {
  const tree = async (id: string, which: "BASE" | "OWN"): Promise<Json> =>
    JSON.parse(String((await table.get(treeKey(id, which)))?.["json"])) as Json;

  return {
    async made(): Promise<Made[]> {
      const found: Made[] = [];
      for await (const item of table.all({ pk: "PACKAGES" })) found.push(Made.parse(item["made"]));
      return found.sort((a, b) => (a.madeAt < b.madeAt ? 1 : -1));
    },

    /**
     * Keeps a package once; of the same content the first signature stands.
     *
     * @throws {Fault} conflict: this version exists with other contents
     */
    async keepMade(made: Made, envelopes: Envelopes): Promise<{ created: boolean; made: Made }> {
      await blobs.put(fileOf(made.digest), Buffer.from(JSON.stringify(envelopes)), { contentType: "application/json" });
      const { created, item } = await table.putIfAbsent({ ...madeKey(made.module, made.version), made });
      const kept = Made.parse(item["made"]);
      if (kept.digest !== made.digest)
        throw new Fault("conflict", `${made.module} ${made.version} was made with other contents. Give a new version.`);
      return { created, made: kept };
    },

    /** @throws {Fault} absent */
    async signed(module: string, version: string): Promise<{ made: Made } & Envelopes> {
      const item = await table.get(madeKey(module, version));
      const made = item && Made.parse(item["made"]);
      const bytes = made && (await blobs.get(fileOf(made.digest)));
      if (!bytes) throw absent();
      const files = JSON.parse(Buffer.from(bytes).toString("utf8")) as Record<string, unknown>;
      return { made, party: Envelope.parse(files["party"]), package: Envelope.parse(files["package"]) };
    },

    /** So many, the latest first. */
    async adoptions(asked: {
      limit: number;
      cursor?: string | undefined;
    }): Promise<{ adoptions: Adoption[]; next?: string }> {
      const { items, cursor } = await table.query({ pk: "ADOPTIONS", reverse: true, ...asked });
      return {
        adoptions: items.map((item) => Adoption.parse(item["adoption"])),
        ...(cursor === undefined ? {} : { next: cursor }),
      };
    },

    /** @throws {Fault} absent */
    async adoption(id: string): Promise<Kept> {
      const item = await table.get(adoptionKey(id));
      if (!item) throw absent();
      return { adoption: Adoption.parse(item["adoption"]), base: await tree(id, "BASE"), own: await tree(id, "OWN") };
    },

    /** Writes an adoption as it was made or changed. @throws {Fault} conflict: somebody else was faster */
    async save({ adoption, base, own }: Kept): Promise<Adoption> {
      const { id, revision } = adoption;
      try {
        await table.transact([
          {
            put: { ...adoptionKey(id), adoption, revision },
            if: revision === 0 ? "absent" : { revision: revision - 1 },
          },
          { put: { ...treeKey(id, "BASE"), json: JSON.stringify(base) } },
          { put: { ...treeKey(id, "OWN"), json: JSON.stringify(own) } },
        ]);
        return adoption;
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        throw new Fault("conflict", "Somebody else changed this at the same moment. Look again, then decide.");
      }
    },

    async remove(id: string): Promise<void> {
      await table.transact([
        { delete: adoptionKey(id), if: "present" },
        { delete: treeKey(id, "BASE") },
        { delete: treeKey(id, "OWN") },
      ]);
    },

    async *items(): AsyncIterable<Item> {
      yield* table.all({ pk: "PACKAGES" });
      for await (const item of table.all({ pk: "ADOPTIONS" })) {
        yield item;
        yield* table.all({ pk: `ADOPTION#${item.sk}` });
      }
    },

    async *files(): AsyncIterable<string> {
      for (const digest of new Set((await this.made()).map((made) => made.digest))) yield fileOf(digest);
    },
  };
}
