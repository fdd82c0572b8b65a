import { createHash, randomBytes } from "node:crypto";
import { everyCity } from "../../shared/cities.ts";
import type { House } from "../../shared/compose.ts";
import { Fault } from "../../shared/errors.ts";
import { personOfContact } from "../../shared/identity/persons.ts";
import { endSession, openSession, type Session } from "../../shared/identity/sessions.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { HOUSE_AUDIENCE } from "../../shared/who.ts";

// question                           key (in the control table)
// was this one-time link given out   pk LINK#<sha-256>   sk LINK     (one day, used once)
// has an operator ever signed in     pk OPERATORS        sk FIRST
// were the demo cities made          pk DEMO             sk DEMO

export const LINK_LIVES_S = 24 * 3600;
const FIRST = { pk: "OPERATORS", sk: "FIRST" };
const keyOf = (token: string) => ({ pk: `LINK#${createHash("sha256").update(token).digest("hex")}`, sk: "LINK" });

/** A link that signs an operator in once, within a day. */
export async function operatorLink(house: House, origin: string): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  const expiresAt = Math.floor(house.now().getTime() / 1000) + LINK_LIVES_S;
  await house.control.put({ ...keyOf(token), expiresAt });
  return `${origin}/control/sign-in?token=${token}`;
}

/** Has nobody ever signed in as operator? Then the house prints a link at its start. */
export const wantsOperator = async (house: House): Promise<boolean> => (await house.control.get(FIRST)) === undefined;

/** Trades a link's token for an operator's session, once. @throws {Fault} unauthenticated */
export async function useLink(house: House, token: string): Promise<Session> {
  const refused = new Fault("unauthenticated", "This link was used, has run out, or was never given out.");
  const key = keyOf(token);
  const link = await house.control.get(key);
  if (!link || (link.expiresAt ?? 0) * 1000 <= house.now().getTime()) throw refused;
  try {
    await house.control.transact([
      { delete: key, if: "present" },
      { put: { ...FIRST, at: house.now().toISOString() } },
    ]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw refused;
    throw error;
  }
  return (await operatorSession(house)).session;
}

/** A session for whoever runs this process: a link's bearer, or the house itself when it makes its demo cities. */
export async function operatorSession(house: House): Promise<{ session: Session; end: () => Promise<void> }> {
  const operator = await personOfContact(house.control, "operator@house", house.now(), []);
  const session = await openSession(house.control, house.secrets, HOUSE_AUDIENCE, operator, house.now());
  return { session, end: () => endSession(house.control, operator.id, session.sid) };
}

const DEMO = { pk: "DEMO", sk: "DEMO" };

/** Are the demo cities still to be made? Never in a house that has cities of its own. */
export async function wantsDemo(house: House, demoSlugs: readonly string[]): Promise<boolean> {
  if (await house.control.get(DEMO)) return false;
  for await (const { slug } of everyCity(house.control)) if (!demoSlugs.includes(slug)) return false;
  return true;
}

export const noteDemo = (house: House): Promise<void> =>
  house.control.put({ ...DEMO, madeAt: house.now().toISOString() });
