import { absent } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { Item } from "../../shared/table.ts";
import { Dataset, Version } from "./schema.ts";
import { recalled, remember } from "./stored/cache.ts";
import { fileOf, type Opened, openVersion } from "./stored/opened.ts";

// question                          key
// one dataset, its latest version   pk     DATASET#<id>     sk     DATASET
// an earlier version                pk     DATASET#<id>     sk     VERSION#<number>
// the dataset of this address       pk     SLUG#<slug>      sk     SLUG         (guards that it is one's own)
// how a harvested file is to be read pk    DATASET#<id>     sk     CORRECTED    (as somebody corrected its last draft)
// the catalogue                     gsi1pk DATASETS         gsi1sk <slug>
// when something was published      pk     CATALOGUE        sk     CATALOGUE
// the rows                          blob   datasets/<id>/<file>/rows.parquet
// where they are                    blob   datasets/<id>/<file>/_boxes.bin
// which words stand in which rows   blob   datasets/<id>/<file>/_words.bin

export const versionKey = (id: string, number: number) => ({
  pk: `DATASET#${id}`,
  sk: `VERSION#${String(number).padStart(6, "0")}`,
});
export const correctedKey = (id: string) => ({ pk: `DATASET#${id}`, sk: "CORRECTED" });
export const datasetOf = (item: Item): Dataset => Dataset.parse(item["dataset"]);

// The same item is the same dataset: where it stands until it changes, it is parsed once.
const parsed = new WeakMap<Item, Dataset>();
function standingOf(item: Item): Dataset {
  const known = parsed.get(item) ?? datasetOf(item);
  parsed.set(item, known);
  return known;
}

// An address is one dataset's for ever, so it is looked up once; a city that was removed and brought in anew has others.
const ids = new Map<string, string>();
const IDS_KEPT = 10_000;

export async function findBySlug(here: Here, slug: string): Promise<Dataset | undefined> {
  const address = `${here.city.slug}/${slug}`;
  const known = ids.get(address);
  const found = known && (await getById(here, known));
  if (found && found.slug === slug) return found;
  const claim = await here.table.get({ pk: `SLUG#${slug}`, sk: "SLUG" });
  if (!claim) return undefined;
  if (ids.size >= IDS_KEPT) ids.clear();
  ids.set(address, claim["id"] as string);
  return getById(here, claim["id"] as string);
}

export async function getById(here: Here, id: string): Promise<Dataset | undefined> {
  const item = await here.table.getStanding({ pk: `DATASET#${id}`, sk: "DATASET" });
  return item && standingOf(item);
}

/** @throws {Fault} absent */
export async function getBySlug(here: Here, slug: string): Promise<Dataset> {
  const found = await findBySlug(here, slug);
  if (!found) throw absent();
  return found;
}

/** A version of a dataset; the latest unless a number is named. @throws {Fault} absent */
export async function getVersion(here: Here, dataset: Dataset, number?: number): Promise<Version> {
  if (number === undefined || number === dataset.latest.number) return dataset.latest;
  const item = await here.table.get(versionKey(dataset.id, number));
  if (!item) throw absent();
  return Version.parse(item["version"]);
}

export async function versions(here: Here, id: string): Promise<Version[]> {
  const { items } = await here.table.query({ pk: `DATASET#${id}`, beginsWith: "VERSION#", reverse: true, limit: 100 });
  return items.map((item) => Version.parse(item["version"]));
}

/** Younger than this, an index of DynamoDB may not show yet what was published; an engine of one's own does at once. */
const SETTLED_MS = 60_000;
export const catalogueKey = { pk: "CATALOGUE", sk: "CATALOGUE" };

/** All datasets by their address; read anew only when something was published since. */
export async function catalogue(here: Here): Promise<readonly Dataset[]> {
  const changedAt = (await here.table.get(catalogueKey))?.["changedAt"] as string | undefined;
  const name = `${here.city.slug}/catalogue/${changedAt}`;
  const known = changedAt === undefined ? undefined : recalled<readonly Dataset[]>(name);
  if (known) return known;
  const found: Dataset[] = [];
  for await (const item of here.table.all({ pk: "DATASETS", index: "gsi1" })) found.push(datasetOf(item));
  const settled = here.table.isPriced ? SETTLED_MS : 0;
  if (changedAt !== undefined && here.clock.now().getTime() - Date.parse(changedAt) >= settled)
    remember(name, found, found.length * 4_000);
  return found;
}

/** The rows of a version. */
export function load(here: Here, dataset: Dataset, version: Version): Promise<Opened> {
  const name = `${here.city.slug}/${dataset.id}/${version.file}`;
  return openVersion(name, here.blobs, keysOf(dataset, version), version);
}

export const keysOf = ({ id }: Dataset, { file }: Version) => fileOf(id, file);

/** Every lasting item of the room, for export. */
export async function* items(here: Here): AsyncIterable<Item> {
  for await (const item of here.table.all({ pk: "DATASETS", index: "gsi1" })) {
    yield item;
    const { id, slug } = datasetOf(item);
    yield { pk: `SLUG#${slug}`, sk: "SLUG", id };
    yield* here.table.all({ pk: `DATASET#${id}`, beginsWith: "VERSION#" });
    const corrected = await here.table.get(correctedKey(id));
    if (corrected) yield corrected;
  }
}

export async function* blobs(here: Here): AsyncIterable<string> {
  for (const { id } of await catalogue(here))
    for (const { file, hasPlaces, hasWords } of await versions(here, id)) {
      const keys = fileOf(id, file);
      yield keys.rows;
      if (hasPlaces) yield keys.boxes;
      if (hasWords) yield keys.words;
    }
}
