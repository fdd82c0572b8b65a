import { isDeepStrictEqual } from "node:util";
import { absent, Fault } from "../../shared/errors.ts";
import { type NewEvent, told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import { remembered } from "./cache.ts";
import { slugOf } from "./domain.ts";
import { DatasetPublished } from "./events.ts";
import { type Frame, recordOf, rowsOf } from "./frame.ts";
import { type Loaded, pack, unpack } from "./pack.ts";
import { type Card, Dataset, Draft, Version } from "./schema.ts";

// question                          key
// one dataset, its latest version   pk     DATASET#<id>     sk     DATASET
// an earlier version                pk     DATASET#<id>     sk     VERSION#<number>
// the dataset of this address       pk     SLUG#<slug>      sk     SLUG         (guards that it is one's own)
// the catalogue                     gsi1pk DATASETS         gsi1sk <slug>
// what is about to be published     pk     DRAFT#<id>       sk     DRAFT        (one day)
// the rows                          blob   datasets/<id>/<digest>.json.gz

const DRAFT_LIVES_S = 24 * 3600;
const SAMPLE_ROWS = 8;

const blobOf = (id: string, digest: string) => `datasets/${id}/${digest}.json.gz`;
const versionKey = (id: string, number: number) => ({
  pk: `DATASET#${id}`,
  sk: `VERSION#${String(number).padStart(6, "0")}`,
});
const draftKey = (id: string) => ({ pk: `DRAFT#${id}`, sk: "DRAFT" });
const datasetOf = (item: Item): Dataset => Dataset.parse(item["dataset"]);

export interface KeptDraft {
  draft: Draft;
  digest: string;
  bytes: number;
  bbox: Version["bbox"];
}

/** Keeps what was read, for one day, unpublished: the rows as a blob, and what to show of it. */
export async function keepDraft(
  here: Here,
  frame: Frame,
  { card, updates, fills }: { card: Card; updates?: Dataset | undefined; fills?: string | undefined },
): Promise<Draft> {
  const now = here.clock.now();
  const id = updates?.id ?? newId("ds", now);
  const { bytes, digest } = pack(frame);
  const loaded = unpack(bytes, digest);
  const expiresAt = new Date(now.getTime() + DRAFT_LIVES_S * 1000);
  const rows = rowsOf(frame);
  const draft: Draft = {
    id,
    slug: updates?.slug ?? slugOf(card.title, id),
    card,
    ...(fills === undefined ? {} : { fills }),
    columns: frame.columns,
    rows,
    places: frame.places?.filter(Boolean).length ?? 0,
    notes: frame.notes,
    sample: Array.from({ length: Math.min(rows, SAMPLE_ROWS) }, (_, row) => recordOf(frame, row)),
    expiresAt: expiresAt.toISOString(),
  };
  await here.blobs.put(blobOf(id, digest), bytes, { contentType: "application/gzip" });
  const kept: KeptDraft = { draft, digest, bytes: bytes.byteLength, bbox: loaded.bbox };
  await here.table.put({ ...draftKey(id), ...kept, expiresAt: Math.floor(expiresAt.getTime() / 1000) });
  return draft;
}

/** @throws {Fault} absent: there is none, or it has run out */
export async function getDraft(here: Here, id: string): Promise<KeptDraft> {
  const item = await here.table.get(draftKey(id));
  if (!item || (item.expiresAt ?? 0) * 1000 <= here.clock.now().getTime()) throw absent();
  return {
    draft: Draft.parse(item["draft"]),
    digest: item["digest"] as string,
    bytes: item["bytes"] as number,
    bbox: item["bbox"] as Version["bbox"],
  };
}

/**
 * Makes a draft public as the dataset's next version: the version, the summary that names it the latest, and the fact
 * that tells of it are one transaction. Published twice, the second answers what the first did.
 *
 * @throws {Fault} absent: no draft; conflict: its address is another dataset's
 */
export async function publish(here: Here, id: string): Promise<Dataset> {
  const existing = await here.table.get({ pk: `DATASET#${id}`, sk: "DATASET" });
  const kept = await getDraft(here, id).catch((error: Fault) => {
    if (existing && error.kind === "absent") return undefined;
    throw error;
  });
  if (!kept) return datasetOf(existing!);
  const { draft, digest, bytes, bbox } = kept;
  const before = existing && datasetOf(existing);
  if (before?.latest.digest === digest && isDeepStrictEqual(before.card, draft.card)) return before;
  const publishedAt = here.clock.now().toISOString();
  const version: Version = {
    number: (before?.latest.number ?? 0) + 1,
    publishedAt,
    rows: draft.rows,
    columns: draft.columns,
    bbox,
    digest,
    bytes,
  };
  const { slug, card, fills } = draft;
  const dataset: Dataset = { id, slug, card, ...(fills === undefined ? {} : { fills }), latest: version };
  const summary = {
    pk: `DATASET#${id}`,
    sk: "DATASET",
    gsi1pk: "DATASETS",
    gsi1sk: draft.slug,
    number: version.number,
    dataset,
  };
  const event: NewEvent = told(
    DatasetPublished,
    id,
    { datasetId: id, version: version.number, digest, rows: draft.rows },
    version.number,
  );
  try {
    await here.commit(
      [
        { put: summary, if: before ? { number: before.latest.number } : "absent" },
        { put: { ...versionKey(id, version.number), version }, if: "absent" },
        ...(before ? [] : [{ put: { pk: `SLUG#${draft.slug}`, sk: "SLUG", id }, if: "absent" as const }]),
        { delete: draftKey(id) },
      ],
      [event],
    );
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (error.index === 2)
      throw new Fault("conflict", `There is a dataset at the address ${draft.slug} already: choose another title.`);
    return datasetOf((await here.table.get(summary))!);
  }
  return dataset;
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
  const item = await here.table.get({ pk: `DATASET#${id}`, sk: "DATASET" });
  return item && datasetOf(item);
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

export async function catalogue(here: Here): Promise<Dataset[]> {
  const found: Dataset[] = [];
  for await (const item of here.table.all({ pk: "DATASETS", index: "gsi1" })) found.push(datasetOf(item));
  return found;
}

/** The rows of a version, opened and remembered. */
export function load(here: Here, dataset: Dataset, version: Version): Promise<Loaded> {
  const key = blobOf(dataset.id, version.digest);
  return remembered(`${here.city.slug}/${key}`, async () => {
    const bytes = await here.blobs.get(key);
    if (!bytes) throw new Error(`the file of ${dataset.id} version ${version.number} is missing`);
    return unpack(bytes, version.digest);
  });
}

/** Every lasting item of the room, for export. */
export async function* items(here: Here): AsyncIterable<Item> {
  for await (const item of here.table.all({ pk: "DATASETS", index: "gsi1" })) {
    yield item;
    const { id, slug } = datasetOf(item);
    yield { pk: `SLUG#${slug}`, sk: "SLUG", id };
    yield* here.table.all({ pk: `DATASET#${id}`, beginsWith: "VERSION#" });
  }
}

export async function* blobs(here: Here): AsyncIterable<string> {
  for (const { id } of await catalogue(here)) {
    const digests = new Set((await versions(here, id)).map(({ digest }) => digest));
    for (const digest of digests) yield blobOf(id, digest);
  }
}
