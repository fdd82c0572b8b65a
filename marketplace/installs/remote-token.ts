import { timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { asksDigest } from "../contract/asks.ts";
import type { RemotePart } from "../contract/hooks.ts";
import { grantedOf } from "./domain.ts";
import type { Install } from "./schema.ts";

// What a vendor's service shows when it asks back: for ten minutes, for one install, about one event, for exactly what
// is granted at both ends of that time, and while the install is what it was: what was told in shadow is never done in
// service, and a suspension ends what was given before it. The city's own key makes it, so another city's is worth
// nothing here.

const LIVES_S = 600;
const PURPOSE = "remote-tokens";
const Says = z.strictObject({
  install: z.string(),
  part: z.string(),
  event: z.string(),
  /** What is granted: one that names another grant is of no use any more. */
  asks: z.string(),
  /** In shadow or in service, and since when. */
  serves: z.string(),
  /** Seconds since 1970. */
  until: z.int(),
});
export type RemoteToken = z.infer<typeof Says>;

const standingOf = (install: Install, part: RemotePart): Pick<RemoteToken, "asks" | "serves"> => ({
  asks: asksDigest(grantedOf(install.settings, [part])),
  serves: `${install.state} ${install.state === "shadow" ? install.shadow?.since : install.activeSince}`,
});

export async function newRemoteToken(here: Here, install: Install, part: RemotePart, event: string) {
  const until = Math.floor(here.clock.now().getTime() / 1000) + LIVES_S;
  const says: RemoteToken = { install: install.id, part: part.id, event, ...standingOf(install, part), until };
  const body = Buffer.from(JSON.stringify(says)).toString("base64url");
  return { token: `rt_${body}.${await macOf(here, body)}`, expiresAt: new Date(until * 1000).toISOString() };
}

const macOf = async (here: Here, body: string): Promise<string> =>
  Buffer.from(await here.secrets.hmac(PURPOSE, body)).toString("base64url");

const refused = () => new Fault("unauthenticated", "Send the token of a delivery: it lives for ten minutes.");

/** What a token says, if this city made it and it still lives. @throws {Fault} unauthenticated, the same for each that does not hold */
export async function readRemoteToken(here: Here, authorization: string | undefined): Promise<RemoteToken> {
  const [, body = "", mac = ""] =
    /^Bearer\s+rt_([A-Za-z0-9_-]{1,2000})\.([A-Za-z0-9_-]{43})$/i.exec(authorization ?? "") ?? [];
  const [given, own] = [Buffer.from(mac), Buffer.from(await macOf(here, body))];
  if (given.length !== own.length || !timingSafeEqual(given, own)) throw refused();
  const { data: says } = Says.safeParse(JSON.parse(Buffer.from(body, "base64url").toString("utf8")));
  if (!says || says.until * 1000 <= here.clock.now().getTime()) throw refused();
  return says;
}

/** @throws {Fault} unauthenticated: something else is granted now than when it was given, or it serves as something else */
export function demandSameStanding(token: RemoteToken, install: Install, part: RemotePart): void {
  const { asks, serves } = standingOf(install, part);
  if (token.asks !== asks || token.serves !== serves) throw refused();
}
