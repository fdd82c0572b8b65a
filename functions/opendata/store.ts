import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { absent, Fault } from "../../shared/errors.ts";
import { type NewEvent, told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import { slugOf } from "./domain.ts";
import { DatasetPublished } from "./events.ts";
import { type Frame, recordOf, rowsOf } from "./frame.ts";
import { type Card, Dataset, Draft, Version } from "./schema.ts";
import { fileOf, type Opened, openVersion } from "./stored/opened.ts";
import { writeVersion } from "./stored/writing.ts";

// question                          key
// one dataset, its latest version   pk     DATASET#<id>     sk     DATASET
// an earlier version                pk     DATASET#<id>     sk     VERSION#<number>
// the dataset of this address       pk     SLUG#<slug>      sk     SLUG         (guards that it is one's own)
// the catalogue                     gsi1pk DATASETS         gsi1sk <slug>
// what is about to be published     pk     DRAFT#<id>       sk     DRAFT        (one day)
// the rows                          blob   datasets/<id>/<file>/rows.parquet
// where they are                    blob   datasets/<id>/<file>/boxes.bin

const DRAFT_LIVES_S = 24 * 3600;
const SAMPLE_ROWS = 8;

const versionKey = (id: string, number: number) => ({
  pk: `DATASET#${id}`,
  sk: `VERSION#${String(number).padStart(6, "0")}`,
});
const draftKey = (id: string) => ({ pk: `DRAFT#${id}`, sk: "DRAFT" });
const datasetOf = (item: Item): Dataset => Dataset.parse(item["dataset"]);

/** What is kept of a version beside what its draft shows. */
const Stored = Version.omit({ number: true, publishedAt: true, columns: true });
type Stored = z.infer<typeof Stored>;

export interface KeptDraft {
  draft: Draft;
  stored: Stored;
}

/** Keeps what was read, for one day, unpublished: the rows as a blob, and what to show of it. */
export async function keepDraft(
  here: Here,
  frame: Frame,
  { card, updates, fills }: { card: Card; updates?: Dataset | undefined; fills?: string | undefined },
): Promise<Draft> {
  const now = here.clock.now();
  const id = updates?.id ?? newId("ds", now);
  const stored = await storeRows(here, id, frame);
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
  await here.table.put({ ...draftKey(id), draft, stored, expiresAt: Math.floor(expiresAt.getTime() / 1000) });
  return draft;
}

async function storeRows(here: Here, id: string, { columns, cells, places }: Frame): Promise<Stored> {
  const file = newId("file", here.clock.now());
  const keys = fileOf(id, file);
  const rows = await here.blobs.begin(keys.rows, { contentType: "application/vnd.apache.parquet" });
  const boxes = places && (await here.blobs.begin(keys.boxes));
  try {
    const writer = writeVersion(columns, { rows, boxes });
    for (let row = 0; row < rowsOf({ cells, places }); row++)
      await writer.add(
        cells.map((column) => column[row] ?? null),
        places?.[row],
      );
    const { places: _, ...written } = await writer.close();
    return { ...written, file, hasPlaces: places !== undefined };
  } catch (error) {
    await Promise.all([rows.drop(), boxes?.drop()]);
    throw error;
  }
}

/** @throws {Fault} absent: there is none, or it has run out */
export async function getDraft(here: Here, id: string): Promise<KeptDraft> {
  const item = await here.table.get(draftKey(id));
  if (!item || (item.expiresAt ?? 0) * 1000 <= here.clock.now().getTime()) throw absent();
  return { draft: Draft.parse(item["draft"]), stored: Stored.parse(item["stored"]) };
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
  const { draft, stored } = kept;
  const before = existing && datasetOf(existing);
  if (before?.latest.digest === stored.digest && isDeepStrictEqual(before.card, draft.card)) return before;
  const publishedAt = here.clock.now().toISOString();
  const version: Version = {
    number: (before?.latest.number ?? 0) + 1,
    publishedAt,
    columns: draft.columns,
    ...stored,
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
    { datasetId: id, version: version.number, digest: version.digest, rows: version.rows },
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
  }
}

export async function* blobs(here: Here): AsyncIterable<string> {
  for (const { id } of await catalogue(here))
    for (const { file, hasPlaces } of await versions(here, id)) {
      const keys = fileOf(id, file);
      yield keys.rows;
      if (hasPlaces) yield keys.boxes;
    }
}
