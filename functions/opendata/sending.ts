import type { Context } from "hono";
import type { Here } from "../../shared/here.ts";
import { limit } from "../../shared/identity/limits.ts";
import type { CityEnv } from "../../shared/room.ts";
import { askerOf } from "./asking.ts";

const DAY_S = 24 * 3600;
/** Of one kind, by one sender and by all of them: a desk reads what comes, so what comes has a bound. */
const SENT_A_DAY = 5;
const SENT_BY_ALL_A_DAY = 100;

/**
 * Who sends, as a sign that tells nobody who it is: it differs by what it is for and by day, and what is kept under it
 * goes after a day.
 */
export async function senderOf(c: Context<CityEnv>, purpose: string): Promise<string> {
  const { here } = c.var;
  const day = Math.floor(here.clock.now().getTime() / 1000 / DAY_S);
  const digest = await here.secrets.hmac("opendata-sender", `${purpose} ${day} ${askerOf(c)}`);
  return Buffer.from(digest).toString("base64url").slice(0, 22);
}

/** @throws {Fault} too_many: this sender, or everybody together, has sent enough of it today */
export async function demandRoom(c: Context<CityEnv>, what: string): Promise<void> {
  const { here } = c.var;
  const now = here.clock.now();
  await limit(here.table, now, `OPENDATA#${what}#${await senderOf(c, what)}`, SENT_A_DAY, DAY_S);
  await limit(here.table, now, `OPENDATA#${what}`, SENT_BY_ALL_A_DAY, DAY_S);
}

/** When what is kept for a day goes, in seconds since 1970. */
export const inADay = (here: Here): number => Math.floor(here.clock.now().getTime() / 1000) + DAY_S;
