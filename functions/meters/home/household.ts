import type { Here } from "../../../shared/here.ts";
import type { Item } from "../../../shared/table.ts";
import type { Who } from "../../../shared/who.ts";
import type { Meter } from "../schema.ts";
import type { Household } from "./schema.ts";
import { isOwn } from "./summary.ts";

// How many live in a household, as its people say of their own accord: only they see it, and homes are compared by it
// only in groups that are large enough.
//
// question                          key
// how many live in a household      pk HOMESIZE   sk <account>

const PARTITION = "HOMESIZE";
const key = (accountId: string) => ({ pk: PARTITION, sk: accountId });
/** More than so many are one group: there are few of them. */
const GROUPED_FROM = 5;

/** By which a household is compared. */
export const sizeOf = (people: number): number => Math.min(people, GROUPED_FROM);

/** What the meter's own people said; undefined to others. */
export async function householdFor(here: Here, who: Who, meter: Meter): Promise<Household | undefined> {
  if (!(await isOwn(here, who, meter)) || meter.accountId === undefined) return undefined;
  const people = (await peopleIn(here, [meter.accountId])).get(meter.accountId);
  return people === undefined ? {} : { people };
}

export async function peopleIn({ table }: Pick<Here, "table">, accountIds: readonly string[]) {
  const items = await table.getMany(accountIds.map(key));
  return new Map(items.map((item) => [item.sk, Number(item["people"])]));
}

/** Without a number it is forgotten. */
export async function setHousehold({ table }: Here, accountId: string, { people }: Household): Promise<void> {
  if (people === undefined) await table.delete(key(accountId));
  else await table.put({ ...key(accountId), people });
}

export const households = ({ table }: Pick<Here, "table">): AsyncIterable<Item> => table.all({ pk: PARTITION });
