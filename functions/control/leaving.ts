import { type CityRecord, changeCity, findCity, isImporting, keepCity, registerCity } from "../../shared/cities.ts";
import type { House } from "../../shared/compose.ts";
import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { type Bundle, collectionsOf, exportCity, importInto, openBundle, PROFILE } from "./bundle.ts";
import { profileOf, retryCity } from "./onboarding.ts";

const DELETES = 50;

/** The bundle of a city that answers. While it is closing, its digest is noted: naming it ends the city. */
export async function bundleOf(house: House, slug: string): Promise<Bundle> {
  const { record, here } = await present(house, slug);
  // What is told but not yet heard is heard here: the new house begins with nothing to be told.
  await house.deliver(slug);
  const bundle = await exportCity(here, house.rooms);
  if (record.state === "closing") await exported(house, slug, bundle.digest);
  return bundle;
}

/** An export takes its time: a city that has ended meanwhile is not closing again. */
async function exported(house: House, slug: string, exportDigest: string): Promise<void> {
  const now = await findCity(house.control, slug);
  if (now?.state !== "closing") throw absent();
  await changeCity(house.control, now, { ...now, exportDigest });
}

/**
 * Brings a city in from another house's bundle. Its profile is written last, so that it answers whole or not at all;
 * one that broke off goes on when the same bundle is sent again.
 *
 * @throws {Fault} malformed, invalid: the bundle; conflict: there is a city of this name
 */
export async function importCity(house: House, bytes: Uint8Array): Promise<{ record: CityRecord; digest: string }> {
  const bundle = openBundle(bytes);
  const { city, digest } = bundle;
  const { createdAt, ...order } = city;
  const wanted: CityRecord = {
    slug: city.slug,
    order: { ...order, administrator: BROUGHT },
    state: "opening",
    done: [],
    createdAt,
    importDigest: digest,
  };
  let record = await registerCity(house.control, wanted);
  if (record.state === "closed") {
    await keepCity(house.control, wanted);
    record = wanted;
  }
  if (record.importDigest !== digest || !["opening", "failed"].includes(record.state))
    throw new Fault("conflict", `There is a city ${city.slug} already.`);
  if (isImporting(record)) {
    try {
      await importInto(house.makeHere(city), bundle);
    } catch (error) {
      // The same bundle was sent twice: what the other has opened stays open.
      const other = error instanceof ConditionFailed ? await findCity(house.control, city.slug) : undefined;
      if (other) return { record: other, digest };
      await keepCity(house.control, { ...record, state: "failed", reason: "contents: send the bundle again." });
      throw error;
    }
    await keepCity(house.control, { ...record, done: ["administrator"] });
  }
  record = await retryCity(house, city.slug);
  // What was planned in the old house goes on in this one.
  await house.makeHere(city).clock.wake(house.now());
  return { record, digest };
}

const BROUGHT = "brought@bundle.invalid"; // the bundle brings the city's own people

/**
 * Off-boarding in two steps. The first marks the city as closing: it still answers, so that it can be exported. The
 * second names the digest of an export taken since, and removes everything if nothing has changed after it.
 *
 * @throws {Fault} precondition_failed: there is no such export, or the city has changed since
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
  // It answers no more while it is looked at: what came in then would be in no export, and go with the rest.
  await here.table.delete(PROFILE);
  house.forget(slug);
  const { digest } = await exportCity(here, house.rooms).catch(async (error: unknown) => {
    await here.table.put({ ...PROFILE, city: here.city });
    throw error;
  });
  if (digest !== exportDigest) {
    await here.table.put({ ...PROFILE, city: here.city });
    throw new Fault("precondition_failed", "The city has changed since that export: export it again.");
  }
  await removeAll(house, here);
  const closed: CityRecord = { ...record, state: "closed", done: [] };
  await keepCity(house.control, closed);
  return closed;
}

/** Removes every partition that a room lists from, what hangs on them, what waits in the outbox, and the keys. */
async function removeAll(house: House, here: Here): Promise<void> {
  const leaves = Object.assign({}, ...house.rooms.map((room) => room.leaves)) as Record<string, string>;
  const partitions = new Set(["OUTBOX", ...Object.keys(leaves).filter((key) => !/[ #]/.test(key))]);
  for (const { list } of collectionsOf(house.rooms))
    for await (const { pk } of list(here)) {
      partitions.add(pk);
      if (pk.startsWith("EVENT#"))
        for (const mark of ["SEEN#", "DELIVERY#"]) partitions.add(pk.replace("EVENT#", mark));
      if (pk === "LEDGER") {
        const checkpoint = await here.table.get({ pk, sk: "CHECKPOINT" });
        if (checkpoint) partitions.add(`CHECKPOINT#${checkpoint["seq"]}`);
      }
      if (pk.startsWith("CONTACT#")) partitions.add(pk.replace("CONTACT#", "CODE#"));
    }
  for (const files of [here.blobs, here.drops]) for await (const key of files.list("")) await files.delete(key);
  for (const pk of partitions) {
    const items = [];
    for await (const item of here.table.all({ pk })) items.push(item);
    for (let at = 0; at < items.length; at += DELETES)
      await here.table.transact(items.slice(at, at + DELETES).map(({ pk, sk }) => ({ delete: { pk, sk } })));
  }
  for (const sk of ["main", "payments"]) await here.table.delete({ pk: "SECRET", sk });
}

/** Also one whose end was cut off, so that it answers no more: it is ended, or exported, all the same. */
async function present(house: House, slug: string): Promise<{ record: CityRecord; here: Here }> {
  const [record, open] = await Promise.all([findCity(house.control, slug), house.hereOf(slug)]);
  const here = open ?? (record?.state === "closing" ? house.makeHere(profileOf(record)) : undefined);
  if (!record || !here) throw absent();
  return { record, here };
}
