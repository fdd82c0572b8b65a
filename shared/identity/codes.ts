import { randomInt, timingSafeEqual } from "node:crypto";
import { Fault } from "../errors.ts";
import type { Secrets } from "../secrets.ts";
import { ConditionFailed, type Table } from "../table.ts";
import { limit } from "./limits.ts";

export const CODE_LIVES_S = 600;
const TRIES_PER_CODE = 5;
const CODES_PER_CONTACT = 5;
const CODES_PER_ADDRESS = 100;
const WINDOW_S = 900;

// question                    key
// the code of a contact       pk CODE#<contact>   sk CODE     (an HMAC, never the code)

const keyOf = (contact: string) => ({ pk: `CODE#${contact}`, sk: "CODE" });
const refused = () => new Fault("unauthenticated", "The code is wrong, was used, or has run out. Ask for a new one.");

/**
 * A new one-time code of six digits for a contact; an older one is void.
 *
 * @param address  the network address that asks
 * @throws {Fault} too_many: more than 5 codes for a contact, or 100 for an address, in 15 minutes
 */
export async function newCode(
  table: Table,
  secrets: Secrets,
  now: Date,
  contact: string,
  address: string,
): Promise<string> {
  await limit(table, now, `CODE#ADDRESS#${address}`, CODES_PER_ADDRESS, WINDOW_S);
  await limit(table, now, `CODE#CONTACT#${contact}`, CODES_PER_CONTACT, WINDOW_S);
  const code = randomInt(1_000_000).toString().padStart(6, "0");
  const digest = await secrets.hmac("sign-in-code", `${contact} ${code}`);
  await table.put({ ...keyOf(contact), digest, tries: 0, expiresAt: Math.floor(now.getTime() / 1000) + CODE_LIVES_S });
  return code;
}

/**
 * Accepts a code once. A wrong one counts against the code: after five it is void.
 *
 * @throws {Fault} unauthenticated, the same for a wrong, used, old and never sent code
 */
export async function useCode(table: Table, secrets: Secrets, now: Date, contact: string, code: string): Promise<void> {
  const kept = await table.get(keyOf(contact));
  const given = await secrets.hmac("sign-in-code", `${contact} ${code}`);
  const digest = (kept?.["digest"] as Uint8Array | undefined) ?? new Uint8Array(32);
  const isRight = timingSafeEqual(digest, given);
  if (!kept || (kept.expiresAt ?? 0) * 1000 <= now.getTime()) throw refused();
  const tries = kept["tries"] as number;
  if (tries >= TRIES_PER_CODE) throw refused();
  try {
    // Both ways are conditional on the number of tries seen: guesses at the same time cannot share one.
    if (isRight) await table.transact([{ delete: keyOf(contact), if: { tries, digest } }]);
    else await table.transact([{ update: keyOf(contact), set: { tries: tries + 1 }, if: { tries, digest } }]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw refused();
    throw error;
  }
  if (!isRight) throw refused();
}
