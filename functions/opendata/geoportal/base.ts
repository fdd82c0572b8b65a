import { z } from "zod";
import type { Here } from "../../../shared/here.ts";
import type { Item } from "../../../shared/table.ts";
import type { Dataset } from "../schema.ts";

// question                          key
// what the base map is made of      pk     MAP     sk     BASE

/** What a dataset is on the base map, in the order in which they lie on one another, the lowest first. */
export const Role = z.enum(["green", "water", "buildings", "roads", "boundary"]);
export type Role = z.infer<typeof Role>;

/** The datasets of the base map by their ids. */
export const Base = z.strictObject({ roles: z.record(z.string().max(40), Role) }).meta({ id: "BaseMap" });
export type Base = z.infer<typeof Base>;

const key = { pk: "MAP", sk: "BASE" };

export async function getBase(here: Here): Promise<Base> {
  const item = await here.table.get(key);
  return item ? Base.parse({ roles: item["roles"] }) : { roles: {} };
}

export async function setBase(here: Here, base: Base): Promise<void> {
  await here.table.put({ ...key, roles: base.roles });
}

/** For export. */
export async function* baseItems(here: Here): AsyncIterable<Item> {
  const item = await here.table.get(key);
  if (item) yield item;
}

/** The datasets of the base map, the lowest first. */
export const lying = (datasets: readonly Dataset[], { roles }: Base): { dataset: Dataset; role: Role }[] =>
  Role.options.flatMap((role) => datasets.filter(({ id }) => roles[id] === role).map((dataset) => ({ dataset, role })));
