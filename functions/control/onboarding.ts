import canonicalize from "canonicalize";
import {
  type CityOrder,
  type CityRecord,
  findCity,
  isImporting,
  keepCity,
  registerCity,
  STEPS,
  type Step,
} from "../../shared/cities.ts";
import type { House } from "../../shared/compose.ts";
import { Fault } from "../../shared/errors.ts";
import type { City, Here } from "../../shared/here.ts";
import { readContact } from "../../shared/identity/contacts.ts";
import { personOfContact, rolesWrite } from "../../shared/identity/persons.ts";
import { ConditionFailed } from "../../shared/table.ts";

/**
 * Brings a city in: registers the order, then runs the steps that are not done. Each may run twice, so the same order
 * sent again goes on where the first one stopped. The profile is written last: until then the city is a 404.
 *
 * @throws {Fault} conflict: the slug stands for another order; invalid: the administrator's address
 */
export async function openCity(house: House, given: CityOrder): Promise<{ record: CityRecord; created: boolean }> {
  const order = { ...given, administrator: readContact(given.administrator, given.country, "#/administrator") };
  const createdAt = house.now().toISOString();
  const record = await registerCity(house.control, { slug: order.slug, order, state: "opening", done: [], createdAt });
  if (isImporting(record)) throw new Fault("conflict", `The city ${order.slug} is being imported.`);
  if (canonical(record.order) !== canonical(order))
    throw new Fault("conflict", `There is a city ${order.slug} already, with another order.`);
  return {
    record: record.state === "open" ? record : await goOn(house, record),
    created: record.createdAt === createdAt,
  };
}

/** Runs what is left of a city's steps. @throws {Fault} forbidden_transition: it is not on its way in */
export async function retryCity(house: House, slug: string): Promise<CityRecord> {
  const record = await findCity(house.control, slug);
  if (!record) throw new Fault("absent", "There is nothing at this address.");
  if (record.state !== "failed" && record.state !== "opening")
    throw new Fault("forbidden_transition", `A city that is ${record.state} has no step left.`);
  if (isImporting(record))
    throw new Fault("forbidden_transition", "Its contents are not all there: send the bundle again.");
  return goOn(house, record);
}

/** What the city says of itself, as its order had it. */
export function profileOf({ order, createdAt }: CityRecord): City {
  const { administrator: _, ...rest } = order;
  return { ...rest, createdAt };
}

async function goOn(house: House, from: CityRecord): Promise<CityRecord> {
  let record: CityRecord = { ...from, state: "opening", reason: undefined };
  const here = house.makeHere(profileOf(record));
  for (const step of STEPS) {
    if (record.done.includes(step)) continue;
    try {
      await RUN[step](here, record.order);
    } catch (error) {
      const reason = error instanceof Fault ? error.message : "An unexpected error: see the log.";
      house.log.error("a city could not be opened", { city: record.slug, step, error: error as Error });
      await keepCity(house.control, { ...record, state: "failed", reason: `${step}: ${reason}` });
      throw error;
    }
    record = { ...record, done: [...record.done, step] };
    await keepCity(house.control, record);
  }
  record = { ...record, state: "open" };
  await keepCity(house.control, record);
  house.forget(record.slug);
  return record;
}

const RUN: Record<Step, (here: Here, order: CityOrder) => Promise<void>> = {
  async keys(here) {
    await Promise.all([here.secrets.publicKey("export"), here.secrets.publicKey("payments-receipts")]);
  },
  async administrator(here, order) {
    // The same order may be running twice: whoever is second finds the role given.
    for (;;) {
      const person = await personOfContact(here.table, order.administrator, here.clock.now());
      if (person.roles.includes("administrator")) return;
      try {
        return await here.table.transact([rolesWrite(person, [...person.roles, "administrator"])]);
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
      }
    }
  },
  async profile(here) {
    await here.table.put({ pk: "CITY", sk: "CITY", city: here.city });
  },
};

/** Equal for equal orders, in whatever order their fields came back from the table. */
const canonical = (order: CityOrder): string => canonicalize(order) as string;
