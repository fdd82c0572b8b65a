import type { House } from "../../shared/compose.ts";
import { absent, Fault, invalid } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { type ApiKey, apiKeys, newApiKey } from "../../shared/identity/api-keys.ts";
import { newCode, useCode } from "../../shared/identity/codes.ts";
import { readContact } from "../../shared/identity/contacts.ts";
import { findPerson, type Person, personKey, personOfContact, rolesWrite } from "../../shared/identity/persons.ts";
import { endSessions, openSession, type Session } from "../../shared/identity/sessions.ts";
import type { Write } from "../../shared/table.ts";
import type { Lang } from "../../shared/texts.ts";
import type { Role } from "../../shared/who.ts";
import { KeyMade, KeyRevoked, RolesChanged } from "./events.ts";
import { identityTexts } from "./texts.ts";

/** Sends a one-time code. The answer is the same whether the contact is known or not. */
export async function sendCode(here: Here, given: string, lang: Lang, address: string): Promise<string> {
  const contact = readContact(given, here.city.country);
  const code = await newCode(here.table, here.secrets, here.clock.now(), contact, address);
  const t = identityTexts.in(lang);
  await here.messages.send({
    to: contact,
    subject: t("mailSubject", { city: here.city.name }),
    text: t("mail", { code, city: here.city.name }),
    lang,
  });
  return contact;
}

/** Trades a code for a session. @throws {Fault} unauthenticated, too_many */
export async function signIn(here: Here, given: string, code: string): Promise<{ session: Session; person: Person }> {
  const contact = readContact(given, here.city.country);
  await useCode(here.table, here.secrets, here.clock.now(), contact, code);
  return sessionOf(here, contact);
}

/** A session for whoever reads this contact, which somebody else (a code, the city's provider) has proved. */
export async function sessionOf(here: Here, contact: string): Promise<{ session: Session; person: Person }> {
  const now = here.clock.now();
  const person = await personOfContact(here.table, contact, now);
  return { session: await openSession(here.table, here.secrets, here.city.slug, person, now), person };
}

/**
 * Gives a person exactly these roles (and resident). Taking a role ends the person's sessions.
 * @throws {Fault} conflict: one's own; forbidden: one is no administrator any more
 * @throws {ConditionFailed} somebody else changed these roles, or one's own, just then
 */
export async function setRoles(here: Here, given: string, roles: Role[], by: string): Promise<Person> {
  const contact = readContact(given, here.city.country);
  const person = await personOfContact(here.table, contact, here.clock.now());
  if (person.id === by && person.roles.includes("administrator") && !roles.includes("administrator"))
    throw new Fault("conflict", "You cannot take your own administrator role: ask another administrator.");
  const next = [...new Set<Role>(["resident", ...roles])];
  const fact = told(RolesChanged, person.id, { personId: person.id, roles: next, by });
  // Of two who take each other's role at one instant one keeps theirs: somebody always is administrator.
  const isOther = person.id !== by;
  const decider = isOther ? await findPerson(here.table, by) : person;
  if (!decider?.roles.includes("administrator")) throw new Fault("forbidden", "Only an administrator gives roles.");
  const stillMay: Write[] = isOther ? [{ check: personKey(by), if: { person: decider } }] : [];
  await here.commit([rolesWrite(person, next), ...stillMay], [fact]);
  if (person.roles.some((role) => role !== "resident" && !roles.includes(role)))
    await endSessions(here.table, person.id);
  return { ...person, roles: next };
}

/** Makes a program's key. Its secret is answered once. @throws {Fault} invalid, naming a scope that no room offers */
export async function makeKey(
  { here, house, by }: { here: Here; house: House; by: string },
  order: { name: string; scopes: string[] },
): Promise<{ secret: string; key: ApiKey }> {
  const offered = house.rooms.flatMap((room) => Object.keys(room.scopes));
  const unknown = order.scopes.findIndex((scope) => !offered.includes(scope));
  if (unknown >= 0) throw invalid(`#/scopes/${unknown}`, `There is no scope ${order.scopes[unknown]}.`);
  const made = newApiKey(here.clock.now(), here.city.isSynthetic, { ...order, createdBy: by });
  const { id: keyId, scopes } = made.key;
  await here.commit([made.write], [told(KeyMade, keyId, { keyId, scopes, by })]);
  return made;
}

/** @throws {Fault} absent */
export async function revokeKey(here: Here, keyId: string, by: string): Promise<void> {
  const found = (await apiKeys(here.table)).find(({ key }) => key.id === keyId);
  if (!found) throw absent();
  await here.commit([{ delete: found.item }], [told(KeyRevoked, keyId, { keyId, by })]);
}
