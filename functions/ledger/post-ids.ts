import { hash } from "node:crypto";

const UUID_7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const ULID = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/i;
const ULID_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
/** Keys of an earlier time were named without it: they keep the name that they were posted under. */
const NAMED_BY_TIME_SINCE = Date.UTC(2026, 10, 26, 4);

/**
 * The post of a caller's Idempotency-Key. A key that begins with its time, a UUID of version 7 or a ULID, makes an id
 * that does, so that claims of one minute stand side by side: a table on a disk then writes one page for many of them,
 * where those of random keys lie on a page each.
 */
export function postIdOf(who: string, key: string): string {
  const name = hash("sha256", `${who}\n${key}`, "base64url");
  const at = timeIn(key);
  if (at === undefined || at < NAMED_BY_TIME_SINCE) return `api:${name}`;
  return `api:${at.toString(36).padStart(10, "0")}:${name}`;
}

/** In milliseconds since 1970. */
function timeIn(key: string): number | undefined {
  const [, high, low] = UUID_7.exec(key) ?? [];
  if (high !== undefined) return Number.parseInt(high + low, 16);
  if (!ULID.test(key)) return undefined;
  return [...key.slice(0, 10).toLowerCase()].reduce((sum, digit) => sum * 32 + ULID_DIGITS.indexOf(digit), 0);
}
