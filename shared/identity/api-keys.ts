import { hash, randomBytes } from "node:crypto";
import { newId } from "../ids.ts";
import type { Item, Table, Write } from "../table.ts";

export interface ApiKey {
  id: string;
  name: string;
  scopes: string[];
  createdAt: string;
  createdBy: string;
  /** The last day of use, in UTC. */
  usedOn?: string;
}

// question                 key
// whose key is this        pk     KEY#<sha-256 of the key>   sk     KEY
// a city's keys            gsi1pk KEYS                       gsi1sk <id>

const keyOf = (secret: string) => ({ pk: `KEY#${hash("sha256", secret)}`, sk: "KEY" });

/** Keys of synthetic cities look different, so that nobody takes one for the other. */
export const keyPrefix = (isSynthetic: boolean): string => (isSynthetic ? "sk_test_" : "sk_live_");

/** A new key, and the write that keeps it. Its secret is answered once; what is kept is its hash. */
export function newApiKey(
  now: Date,
  isSynthetic: boolean,
  order: { name: string; scopes: string[]; createdBy: string },
): { secret: string; key: ApiKey; write: Write } {
  const secret = keyPrefix(isSynthetic) + randomBytes(32).toString("base64url");
  const key: ApiKey = { id: newId("key", now), createdAt: now.toISOString(), ...order };
  return { secret, key, write: { put: { ...keyOf(secret), gsi1pk: "KEYS", gsi1sk: key.id, key }, if: "absent" } };
}

/** The key of this secret, if it is one of this city; notes the day of its use. */
export async function readApiKey(
  table: Table,
  now: Date,
  secret: string,
  isSynthetic: boolean,
): Promise<ApiKey | undefined> {
  if (!secret.startsWith(keyPrefix(isSynthetic))) return undefined;
  const item = await table.getStanding(keyOf(secret));
  if (!item) return undefined;
  const key = item["key"] as ApiKey;
  const usedOn = now.toISOString().slice(0, 10);
  if (key.usedOn !== usedOn)
    await table.transact([{ update: item, set: { key: { ...key, usedOn } }, if: { key } }]).catch(() => {}); // a twin did it, or it was revoked meanwhile
  return key;
}

export async function apiKeys(table: Table): Promise<{ item: Item; key: ApiKey }[]> {
  const found: { item: Item; key: ApiKey }[] = [];
  for await (const item of table.all({ pk: "KEYS", index: "gsi1" })) found.push({ item, key: item["key"] as ApiKey });
  return found;
}

/** The same, page by page, the latest first. */
export async function apiKeysPage(
  table: Table,
  at: { limit: number; cursor?: string | undefined },
): Promise<{ keys: ApiKey[]; next?: string }> {
  const { items, cursor } = await table.query({ pk: "KEYS", index: "gsi1", reverse: true, ...at });
  return { keys: items.map((item) => item["key"] as ApiKey), ...(cursor ? { next: cursor } : {}) };
}

/** A key by its id; undefined once it is revoked. */
export async function findApiKey(table: Table, id: string): Promise<ApiKey | undefined> {
  const { items } = await table.query({ pk: "KEYS", index: "gsi1", from: id, to: id, limit: 1 });
  return items[0]?.["key"] as ApiKey | undefined;
}
