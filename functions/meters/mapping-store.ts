import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { Item } from "../../shared/table.ts";
import { Mapping } from "./schema.ts";

// question                   key
// the city's mappings        pk  MAPPINGS   sk  <name>

/** More sources than this, each with its own columns, no city has. */
export const MAPPINGS_MAX = 200;

export function mappingStore({ table }: Pick<Here, "table">) {
  const key = (name: string) => ({ pk: "MAPPINGS", sk: name });
  const store = {
    /** The last word stands: what was read by an earlier one stays as it was read. @throws {Fault} conflict */
    async put(name: string, mapping: Mapping): Promise<void> {
      const names = (await store.list()).map((one) => one.name);
      if (names.length >= MAPPINGS_MAX && !names.includes(name))
        throw new Fault("conflict", `The city has ${MAPPINGS_MAX} mappings already; remove one that is not used.`);
      await table.put({ ...key(name), mapping });
    },
    async find(name: string): Promise<Mapping | undefined> {
      const item = await table.get(key(name));
      return item && Mapping.parse(item["mapping"]);
    },
    async get(name: string): Promise<Mapping> {
      const found = await store.find(name);
      if (!found) throw absent();
      return found;
    },
    async list(): Promise<{ name: string; mapping: Mapping }[]> {
      const { items } = await table.query({ pk: "MAPPINGS", limit: MAPPINGS_MAX });
      return items.map((item) => ({ name: item.sk, mapping: Mapping.parse(item["mapping"]) }));
    },
    async remove(name: string): Promise<void> {
      await table.delete(key(name));
    },
    all: (): AsyncIterable<Item> => table.all({ pk: "MAPPINGS" }),
  };
  return store;
}
