import { newId } from "../ids.ts";
import { ConditionFailed, type Item, type Table, type Write } from "../table.ts";
import type { Role } from "../who.ts";

export interface Person {
  id: string;
  /** E.164 numbers and e-mail addresses that the person has proved to read. */
  contacts: string[];
  roles: Role[];
  createdAt: string;
}

// question                  key
// one person                pk     PERSON#<id>          sk     PERSON
// whose contact is this     pk     CONTACT#<contact>    sk     CONTACT      (guards that it is one person's)
// who has a role            gsi1pk PERSONS#STAFF        gsi1sk <id>         (all others: PERSONS#RESIDENT)

const itemOf = (person: Person): Item => ({
  pk: `PERSON#${person.id}`,
  sk: "PERSON",
  gsi1pk: person.roles.some((role) => role !== "resident") ? "PERSONS#STAFF" : "PERSONS#RESIDENT",
  gsi1sk: person.id,
  person,
});
const contactItem = (contact: string, personId: string): Item => ({
  pk: `CONTACT#${contact}`,
  sk: "CONTACT",
  personId,
});

export const personKey = (id: string) => ({ pk: `PERSON#${id}`, sk: "PERSON" });
export const personOf = (item: Item): Person => item["person"] as Person;

export async function findPerson(table: Table, id: string): Promise<Person | undefined> {
  const item = await table.get(personKey(id));
  return item && personOf(item);
}

/**
 * How pages for staff name who did something: staff by their first contact. Of residents, programs and who is gone the
 * id is all that is shown.
 */
export async function staffNames(
  table: Table,
  ids: Iterable<string | undefined>,
): Promise<(id: string | undefined) => string> {
  const persons = [...new Set(ids)].filter((id) => id?.startsWith("per_") === true) as string[];
  const items = await table.getMany(persons.map(personKey));
  const names = new Map(items.map(personOf).map((person) => [person.id, staffNameOf(person)]));
  return (id = "") => names.get(id) ?? id;
}
/** Of one person; undefined of a resident. */
export const staffNameOf = ({ roles, contacts }: Person): string | undefined =>
  roles.some((role) => role !== "resident") ? contacts[0] : undefined;

/** The person who reads this contact; made at the first time, with these roles. Two at once make one. */
export async function personOfContact(
  table: Table,
  contact: string,
  now: Date,
  roles: Role[] = ["resident"],
): Promise<Person> {
  const claimed = await table.get({ pk: `CONTACT#${contact}`, sk: "CONTACT" });
  const known = claimed && (await findPerson(table, claimed["personId"] as string));
  if (known) return known;
  const person: Person = { id: newId("per", now), contacts: [contact], roles, createdAt: now.toISOString() };
  try {
    await table.transact([
      { put: contactItem(contact, person.id), if: "absent" },
      { put: itemOf(person), if: "absent" },
    ]);
    return person;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return personOfContact(table, contact, now, roles);
  }
}

/** The write that gives a person these roles instead of those read; fails if they changed meanwhile. */
export function rolesWrite(person: Person, roles: readonly Role[]): Write {
  const next = { ...person, roles: [...new Set<Role>(["resident", ...roles])] };
  return { put: itemOf(next), if: { person } };
}

export async function staff(table: Table): Promise<Person[]> {
  const found: Person[] = [];
  for await (const item of table.all({ pk: "PERSONS#STAFF", index: "gsi1" })) found.push(personOf(item));
  return found;
}

/** The same, page by page: in the order in which they came. */
export async function staffPage(
  table: Table,
  at: { limit: number; cursor?: string | undefined },
): Promise<{ people: Person[]; next?: string }> {
  const { items, cursor } = await table.query({ pk: "PERSONS#STAFF", index: "gsi1", ...at });
  return { people: items.map(personOf), ...(cursor ? { next: cursor } : {}) };
}

/** Every lasting item about persons, for export. */
export async function* personItems(table: Table): AsyncIterable<Item> {
  for (const kind of ["STAFF", "RESIDENT"])
    for await (const item of table.all({ pk: `PERSONS#${kind}`, index: "gsi1" })) {
      yield item;
      for (const contact of personOf(item).contacts) yield contactItem(contact, personOf(item).id);
    }
}
