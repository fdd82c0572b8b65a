import { createHash, randomBytes } from "node:crypto";
import { newId } from "../ids.ts";
import type { Item, Key, Table, Write } from "../table.ts";

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

const keyOf = (secret: string) => ({ pk: `KEY#${createHash("sha256").update(secret).digest("hex")}`, sk: "KEY" });

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
  const item = await keptNow(table, keyOf(secret));
  if (!item) return undefined;
  const key = item["key"] as ApiKey;
  const usedOn = now.toISOString().slice(0, 10);
  if (key.usedOn !== usedOn)
    await table.transact([{ update: item, set: { key: { ...key, usedOn } }, if: { key } }]).catch(() => {}); // a twin did it, or it was revoked meanwhile
  return key;
}

interface Reading {
  running: Promise<Item | undefined>;
  next: Promise<Item | undefined> | undefined;
}
const readings = new WeakMap<Table, Map<string, Reading>>();

/**
 * Requests of one key that arrive together share a read. Whoever comes while one is under way waits for the next: no
 * answer is older than the request, so a revoked key opens nothing from the moment on that its end is answered.
 */
function keptNow(table: Table, key: Key): Promise<Item | undefined> {
  const open = readings.get(table) ?? new Map<string, Reading>();
  readings.set(table, open);
  const before = open.get(key.pk);
  if (before) {
    before.next ??= before.running.catch(() => {}).then(() => started(before));
    return before.next;
  }
  const reading: Reading = { running: Promise.resolve(undefined), next: undefined };
  open.set(key.pk, reading);
  return started(reading);

  function started(of: Reading): Promise<Item | undefined> {
    of.next = undefined;
    of.running = table.get(key).finally(() => {
      if (of.next === undefined) open.delete(key.pk);
    });
    return of.running;
  }
}

export async function apiKeys(table: Table): Promise<{ item: Item; key: ApiKey }[]> {
  const found: { item: Item; key: ApiKey }[] = [];
  for await (const item of table.all({ pk: "KEYS", index: "gsi1" })) found.push({ item, key: item["key"] as ApiKey });
  return found;
}
