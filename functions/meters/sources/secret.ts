import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import type { Source } from "./schema.ts";

const PREFIX = "whsec_";

/**
 * A source's own secret. It is derived from the city's root, so it is kept nowhere, and can be made anew: the one before
 * then opens nothing.
 */
export async function secretOf(here: Pick<Here, "secrets">, { id, generation }: Source): Promise<string> {
  const bytes = await here.secrets.hmac("meters.source", `${id}:${generation}`);
  return PREFIX + Buffer.from(bytes).toString("base64");
}

const refused = (detail: string): Fault => new Fault("unauthenticated", detail);
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
const same = (given: string, wanted: string): boolean => timingSafeEqual(digest(given), digest(wanted));

/** The secret as a header of its own, or as the password of basic authentication. @throws {Fault} unauthenticated */
export function demandSecret(headers: Headers, secret: string): void {
  const basic = /^Basic\s+([A-Za-z0-9+/=]+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  const password = basic && Buffer.from(basic, "base64").toString("utf8").split(":").slice(1).join(":");
  const given = headers.get("x-source-secret") ?? password;
  if (!given || !same(given, secret)) throw refused("The secret of this source is missing or wrong.");
}

/** What `webhook-signature` says. @param time  seconds since 1970 */
export function signatureOf(secret: string, id: string, time: string, body: Uint8Array): string {
  const key = Buffer.from(secret.slice(PREFIX.length), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${time}.`).update(body).digest("base64")}`;
}

/**
 * A signature by the Standard Webhooks specification: HMAC-SHA-256 over id, time and body.
 * @throws {Fault} unauthenticated: forged, or signed too long ago or too far ahead
 */
export function demandSignature(headers: Headers, body: Uint8Array, secret: string, windowS: number, now: Date): void {
  const [id, time, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) =>
    headers.get(name),
  );
  if (!id || !time || !signatures || !/^\d{1,12}$/.test(time))
    throw refused("Sign it: webhook-id, webhook-timestamp (seconds since 1970) and webhook-signature.");
  const wanted = signatureOf(secret, id, time, body);
  if (!signatures.split(" ").some((one) => same(one, wanted)))
    throw refused("The signature does not fit: another secret, or another body.");
  if (Math.abs(now.getTime() / 1000 - Number(time)) > windowS)
    throw refused(`It was signed outside this source's window of ${windowS} seconds.`);
}
