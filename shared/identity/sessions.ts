import { randomBytes } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import type { Secrets } from "../secrets.ts";
import type { Table } from "../table.ts";
import { type Person, personKey, personOf } from "./persons.ts";

/** A working day for those with a role, two weeks for residents. */
const STAFF_S = 12 * 3600;
const RESIDENT_S = 14 * 24 * 3600;

export interface Session {
  sid: string;
  token: string;
  expiresAt: Date;
}

// question                  key
// is this session open      pk PERSON#<id>   sk SESSION#<sid>

const keyOf = (personId: string, sid: string) => ({ pk: `PERSON#${personId}`, sk: `SESSION#${sid}` });

/** Opens a session: a signed token that names its audience, and an item that ends it when it is removed. */
export async function openSession(
  table: Table,
  secrets: Secrets,
  audience: string,
  person: Person,
  now: Date,
): Promise<Session> {
  const isStaff = person.roles.some((role) => role !== "resident") || person.roles.length === 0;
  const sid = randomBytes(16).toString("base64url");
  const issuedS = Math.floor(now.getTime() / 1000);
  const expiresS = issuedS + (isStaff ? STAFF_S : RESIDENT_S);
  await table.put({ ...keyOf(person.id, sid), expiresAt: expiresS });
  const token = await new SignJWT()
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(person.id)
    .setAudience(audience)
    .setJti(sid)
    .setIssuedAt(issuedS)
    .setExpirationTime(expiresS)
    .sign(await secrets.derived("session"));
  return { sid, token, expiresAt: new Date(expiresS * 1000) };
}

/** The person and session of a token, if it is genuine, of this audience, not run out, and not ended. */
export async function readSession(
  table: Table,
  secrets: Secrets,
  audience: string,
  token: string,
  now: Date,
): Promise<{ person: Person; sid: string } | undefined> {
  let id: string | undefined;
  let sid: string | undefined;
  try {
    const { payload } = await jwtVerify(token, await secrets.derived("session"), {
      audience,
      algorithms: ["HS256"],
      currentDate: now,
    });
    id = payload.sub;
    sid = payload.jti;
  } catch (error) {
    // jose's refusals carry a code; anything else (the table away) is not the token's fault.
    if (typeof (error as { code?: unknown }).code === "string" && (error as { code: string }).code.startsWith("ERR_J"))
      return undefined;
    throw error;
  }
  if (!id || !sid) return undefined;
  const [person, session] = await Promise.all([table.getStanding(personKey(id)), table.getStanding(keyOf(id, sid))]);
  return session && person && { person: personOf(person), sid };
}

export const endSession = (table: Table, personId: string, sid: string): Promise<void> =>
  table.delete(keyOf(personId, sid));

/** Ends all sessions of a person: when a role is taken. */
export async function endSessions(table: Table, personId: string): Promise<void> {
  for await (const item of table.all({ pk: `PERSON#${personId}`, beginsWith: "SESSION#" })) await table.delete(item);
}
