import { setImmediate } from "node:timers/promises";
import { absent } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { Item } from "../../shared/table.ts";
import { HEAVY_ROWS } from "./query/heavy.ts";
import { pageOf } from "./query/matching.ts";
import { recordsOf } from "./query/reading.ts";
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

/** What is remembered of a city's catalogue. */
interface Known {
  /** The last publication that it has, and how many this process had made by then. */
  changedAt: string;
  published: number;
  datasets: readonly Dataset[];
}
const published = new Map<string, number>();
const publishedIn = ({ city }: Here) => published.get(city.slug) ?? 0;

// A city that was removed and brought in anew has another catalogue, and another handle.
const handles = new WeakMap<Here, string>();
let handlesSeen = 0;
function knownAs(here: Here): string {
  const name = handles.get(here) ?? `${here.city.slug}/catalogue/${++handlesSeen}`;
  handles.set(here, name);
  return name;
}
const rememberKnown = (here: Here, known: Known) => remember(knownAs(here), known, known.datasets.length * 4_000);

const AT_ONCE = 50;

/** All datasets by their address; read anew only when something was published since. */
export async function catalogue(here: Here): Promise<readonly Dataset[]> {
  const changedAt = (await here.table.getStanding(catalogueKey))?.["changedAt"] as string | undefined;
  const known = recalled<Known>(knownAs(here));
  if (known && known.changedAt === changedAt) return known.datasets;
  const before = publishedIn(here);
  const datasets: Dataset[] = [];
  for await (const item of here.table.all({ pk: "DATASETS", index: "gsi1" })) {
    datasets.push(datasetOf(item));
    // A thousand take a fifth of a second: whoever asks for something else is answered meanwhile.
    if (datasets.length % AT_ONCE === 0) await setImmediate();
  }
  const settled = here.table.isPriced ? SETTLED_MS : 0;
  const isSettled = changedAt !== undefined && here.clock.now().getTime() - Date.parse(changedAt) >= settled;
  // What was published meanwhile it may lack.
  if (isSettled && publishedIn(here) === before) rememberKnown(here, { changedAt, published: before, datasets });
  return datasets;
}

/**
 * Reads ahead what whoever asks next would wait for: the catalogue of a thousand datasets, and of a long table its first
 * page and the head of its index of words. Only where no other process publishes.
 */
export async function publishedHere(here: Here, dataset: Dataset): Promise<void> {
  if (here.table.isPriced) return;
  const before = publishedIn(here);
  published.set(here.city.slug, before + 1);
  const known = recalled<Known>(knownAs(here));
  try {
    if (known?.published === before) rememberKnown(here, withPublished(known, dataset));
    else await catalogue(here);
    await readAhead(here, dataset);
  } catch (error) {
    // It is published whether or not it can be read now.
    here.log.warn("what was published was not read ahead", { error: error as Error, city: here.city.slug });
  }
}

/** The same once a house has started: who comes first waits neither for what is read nor for what is compiled. */
export async function startedHere(here: Here): Promise<void> {
  if (here.table.isPriced) return;
  for (const dataset of await catalogue(here)) await readAhead(here, dataset);
}

const A_PAGE = 100;
async function readAhead(here: Here, dataset: Dataset): Promise<void> {
  if (dataset.latest.rows < HEAVY_ROWS) return;
  const data = await load(here, dataset, dataset.latest);
  await recordsOf(data, pageOf(data, undefined, 0, A_PAGE));
  await data.holding([]);
}

/** Of two that were published at once the last to be kept says when: if it was the other one, all is read anew. */
function withPublished({ changedAt, published, datasets }: Known, dataset: Dataset): Known {
  const { id, slug, latest } = dataset;
  const last = { changedAt: changedAt > latest.publishedAt ? changedAt : latest.publishedAt, published: published + 1 };
  if (datasets.some((one) => one.id === id && one.latest.number > latest.number)) return { ...last, datasets };
  const others = datasets.filter((one) => one.id !== id);
  const at = others.findIndex((one) => one.slug > slug);
  return { ...last, datasets: others.toSpliced(at < 0 ? others.length : at, 0, Dataset.parse(dataset)) };
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
