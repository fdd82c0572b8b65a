import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newCode, useCode } from "../../shared/identity/codes.ts";
import { readContact } from "../../shared/identity/contacts.ts";
import { type Person, personOfContact, rolesWrite } from "../../shared/identity/persons.ts";
import { endSessions, openSession, type Session } from "../../shared/identity/sessions.ts";
import type { Lang } from "../../shared/texts.ts";
import type { Role } from "../../shared/who.ts";
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

/** Gives a person exactly these roles (and resident). Taking a role ends the person's sessions. */
export async function setRoles(here: Here, given: string, roles: Role[], by: string): Promise<Person> {
  const contact = readContact(given, here.city.country);
  const person = await personOfContact(here.table, contact, here.clock.now());
  if (person.id === by && person.roles.includes("administrator") && !roles.includes("administrator"))
    throw new Fault("conflict", "You cannot take your own administrator role: ask another administrator.");
  await here.table.transact([rolesWrite(person, roles)]);
  if (person.roles.some((role) => role !== "resident" && !roles.includes(role)))
    await endSessions(here.table, person.id);
  return { ...person, roles: [...new Set<Role>(["resident", ...roles])] };
}
