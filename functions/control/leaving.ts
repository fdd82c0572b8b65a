import { type CityRecord, findCity, keepCity } from "../../shared/cities.ts";
import type { House } from "../../shared/compose.ts";
import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { type Bundle, exportCity, importInto, openBundle } from "./bundle.ts";
import { retryCity } from "./onboarding.ts";

const DELETES = 50;

/** The bundle of a city that answers. While it is closing, its digest is noted: naming it ends the city. */
export async function bundleOf(house: House, slug: string): Promise<Bundle> {
  const { record, here } = await present(house, slug);
  const bundle = await exportCity(here, house.rooms);
  if (record.state === "closing") await keepCity(house.control, { ...record, exportDigest: bundle.digest });
  return bundle;
}

/**
 * Brings a city in from another house's bundle. Its profile is written last, so that it answers whole or not at all.
 * @throws {Fault} malformed, invalid: the bundle; conflict: there is a city of this name
 */
export async function importCity(house: House, bytes: Uint8Array): Promise<{ record: CityRecord; digest: string }> {
  const bundle = openBundle(bytes);
  const { city } = bundle;
  if (await findCity(house.control, city.slug)) throw new Fault("conflict", `There is a city ${city.slug} already.`);
  const { createdAt, ...order } = city;
  await importInto(house.makeHere(city), bundle);
  const administrators = "imported@house.invalid"; // the bundle brings the city's own people
  const record: CityRecord = {
    slug: city.slug,
    order: { ...order, administrator: administrators },
    state: "opening",
    done: ["administrator"],
    createdAt,
  };
  await keepCity(house.control, record);
  return { record: await retryCity(house, city.slug), digest: bundle.digest };
}

/**
 * Off-boarding in two steps. The first closes the city to changes of mind: it still answers, so that it can be
 * exported. The second names the digest of an export taken since, and removes everything.
 *
 * @throws {Fault} precondition_failed: there is no such export
 */
export async function closeCity(house: House, slug: string, exportDigest: string | undefined): Promise<CityRecord> {
  const { record, here } = await present(house, slug);
  if (record.state === "open") {
    const closing: CityRecord = { ...record, state: "closing" };
    await keepCity(house.control, closing);
    return closing;
  }
  if (!exportDigest || record.exportDigest !== exportDigest)
    throw new Fault("precondition_failed", "Export the city first, then name the digest of that export.");
  await here.table.delete({ pk: "CITY", sk: "CITY" });
  house.forget(slug);
  await removeAll(house, here);
  const closed: CityRecord = { ...record, state: "closed", done: [] };
  await keepCity(house.control, closed);
  return closed;
}

/** Removes what the rooms list, the marks of what was delivered, and the keys: what is left can no longer be read. */
async function removeAll(house: House, here: Here): Promise<void> {
  for (const room of house.rooms) {
    for await (const key of room.blobs?.(here) ?? []) await here.blobs.delete(key);
    for (const list of Object.values(room.collections)) {
      const items = [];
      for await (const item of list(here)) {
        items.push(item);
        if (item.sk !== "EVENT") continue;
        for await (const seen of here.table.all({ pk: item.pk.replace("EVENT#", "SEEN#") })) items.push(seen);
      }
      for (let at = 0; at < items.length; at += DELETES)
        await here.table.transact(items.slice(at, at + DELETES).map((item) => ({ delete: item })));
    }
  }
  for (const sk of ["main", "payments"]) await here.table.delete({ pk: "SECRET", sk });
}

async function present(house: House, slug: string): Promise<{ record: CityRecord; here: Here }> {
  const [record, here] = await Promise.all([findCity(house.control, slug), house.hereOf(slug)]);
  if (!record || !here) throw absent();
  return { record, here };
}
