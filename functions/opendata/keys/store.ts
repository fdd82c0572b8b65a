import { hash, randomBytes } from "node:crypto";
import { absent, Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { limit } from "../../../shared/identity/limits.ts";
import { newId } from "../../../shared/ids.ts";
import type { Item } from "../../../shared/table.ts";
import { DayCounts } from "../use/counted.ts";
import { keyUse } from "../use/counting.ts";
import { type DataKeyUse, KEYS_MAX, KeptKey, MADE_A_DAY, QUOTA_A_DAY } from "./schema.ts";

// question                            key
// whose key is this                   pk     DATAKEY#<sha-256 of the key>   sk     DATAKEY
// a person's keys                     gsi1pk DATAKEYS                       gsi1sk <person>#<id>

const DAY_S = 24 * 3600;
const keyOf = (secret: string) => ({ pk: `DATAKEY#${hash("sha256", secret)}`, sk: "DATAKEY" });

/** Unlike a program's key it opens nothing: it only says who asks. Those of synthetic cities look different. */
export const secretPrefix = (isSynthetic: boolean): string => (isSynthetic ? "od_test_" : "od_live_");

/** A new key. Its secret is answered once; what is kept is its hash. @throws {Fault} conflict, too_many */
export async function makeKey(here: Here, owner: string, name: string): Promise<{ secret: string; key: KeptKey }> {
  const now = here.clock.now();
  await limit(here.table, now, `DATAKEY#${owner}`, MADE_A_DAY, DAY_S);
  if ((await keysOf(here, owner)).length >= KEYS_MAX)
    throw new Fault("conflict", `You have ${KEYS_MAX} keys already: revoke one of them first.`);
  const secret = secretPrefix(here.city.isSynthetic) + randomBytes(24).toString("base64url");
  const key: KeptKey = { id: newId("dkey", now), name, owner, createdAt: now.toISOString() };
  await here.table.put({ ...keyOf(secret), gsi1pk: "DATAKEYS", gsi1sk: `${owner}#${key.id}`, key });
  return { secret, key };
}

/** The key of this secret, if it is one of this city. */
export async function readKey(here: Here, secret: string): Promise<KeptKey | undefined> {
  if (!secret.startsWith(secretPrefix(here.city.isSynthetic))) return undefined;
  const item = await here.table.getStanding(keyOf(secret));
  return item && KeptKey.parse(item["key"]);
}

async function itemsOf(here: Here, owner: string): Promise<Item[]> {
  return (await here.table.query({ pk: "DATAKEYS", index: "gsi1", beginsWith: `${owner}#` })).items;
}

export const keysOf = async (here: Here, owner: string): Promise<KeptKey[]> =>
  (await itemsOf(here, owner)).map((item) => KeptKey.parse(item["key"]));

/** @throws {Fault} absent: it is not one of theirs */
export async function getKey(here: Here, owner: string, id: string): Promise<KeptKey> {
  const found = (await keysOf(here, owner)).find((key) => key.id === id);
  if (!found) throw absent();
  return found;
}

/** @throws {Fault} absent */
export async function revokeKey(here: Here, owner: string, id: string): Promise<void> {
  const found = (await itemsOf(here, owner)).find((item) => KeptKey.parse(item["key"]).id === id);
  if (!found) throw absent();
  await here.table.delete({ pk: found.pk, sk: found.sk });
}

/** How a key was used, the latest day first. */
export async function useOfKey(here: Here, id: string, days: number): Promise<DataKeyUse> {
  const byDay = new Map<string, DayCounts>();
  for await (const item of here.table.all({ pk: keyUse(id), reverse: true })) {
    const day = item.sk.split("#")[0]!;
    if (!byDay.has(day) && byDay.size === days) break;
    const counts = byDay.get(day) ?? new DayCounts();
    byDay.set(day, counts);
    counts.take(item["use"] as Record<string, number[]>);
  }
  return {
    quota: QUOTA_A_DAY,
    days: [...byDay].map(([day, counts]) => ({
      day,
      total: counts.total(),
      datasets: [...counts.bySlug].map(([dataset, of]) => ({ dataset, ...of })),
    })),
  };
}

/** How often a key was used on a day, by all parts but one. */
export async function totalBeside(here: Here, id: string, day: string, part: string): Promise<number> {
  let total = 0;
  for await (const item of here.table.all({ pk: keyUse(id), beginsWith: `${day}#` })) {
    if (item.sk === `${day}#${part}`) continue;
    const counts = new DayCounts();
    counts.take(item["use"] as Record<string, number[]>);
    total += counts.total();
  }
  return total;
}

/** For export. */
export const keyItems = (here: Here): AsyncIterable<Item> => here.table.all({ pk: "DATAKEYS", index: "gsi1" });
