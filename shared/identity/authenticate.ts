import { Fault } from "../errors.ts";
import type { Secrets } from "../secrets.ts";
import type { Table } from "../table.ts";
import type { Clock } from "../time.ts";
import { HOUSE_AUDIENCE, type Who } from "../who.ts";
import { readApiKey } from "./api-keys.ts";
import { readSession } from "./sessions.ts";

export interface Credentials {
  /** Pages take the session cookie only, machine paths the bearer token only. */
  door: "page" | "machine";
  cookie?: string | undefined;
  bearer?: string | undefined;
}

export interface Scope {
  table: Table;
  secrets: Secrets;
  /** The city's slug, or the house. A token for another audience is no token. */
  audience: string;
  clock: Clock;
  isSynthetic: boolean;
}

/**
 * Who speaks. Nothing given is nobody; a page with an old cookie is nobody too, and is sent to sign in.
 * @throws {Fault} unauthenticated, the same for each token that does not hold: forged, foreign, run out, ended
 */
export async function authenticate({ door, cookie, bearer }: Credentials, scope: Scope): Promise<Who> {
  const given = bearer ?? cookie;
  if (given === undefined) return { kind: "anonymous" };
  const { table, secrets, audience, clock, isSynthetic } = scope;
  if (bearer?.startsWith("sk_")) {
    const key = await readApiKey(table, clock.now(), bearer, isSynthetic);
    if (key) return { kind: "program", keyId: key.id, scopes: key.scopes };
  } else {
    const session = await readSession(table, secrets, audience, given, clock.now());
    if (session && audience === HOUSE_AUDIENCE) return { kind: "operator", id: session.person.id, sid: session.sid };
    if (session) {
      const { id, contacts, roles } = session.person;
      return { kind: "person", id, contacts, roles, sid: session.sid };
    }
  }
  if (door === "machine") throw new Fault("unauthenticated", "Sign in, or send a valid token.");
  return { kind: "anonymous" };
}
