import { absent, invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { newId } from "../../../shared/ids.ts";
import type { Photo } from "../../../shared/photo.ts";
import type { Item, Write } from "../../../shared/table.ts";
import { findBySlug } from "../store.ts";
import { KeptReuse, type NewReuse } from "./schema.ts";

// question                            key
// one reuse                           pk     REUSE#<id>           sk     REUSE
// those that nobody has looked at     gsi1pk REUSES#NEW           gsi1sk <id>
// the gallery                         gsi1pk REUSES#SHOWN         gsi1sk <id>
// what was made of a dataset          pk     REUSEOF#<slug>       sk     <id>      (only what is shown)
// its picture                         blob   reuses/<id>

const key = (id: string) => ({ pk: `REUSE#${id}`, sk: "REUSE" });
const ofKey = (slug: string, id: string) => ({ pk: `REUSEOF#${slug}`, sk: id });
const pictureOf = (id: string) => `reuses/${id}`;
const itemOf = (reuse: KeptReuse): Item => ({
  ...key(reuse.id),
  gsi1pk: reuse.isShown ? "REUSES#SHOWN" : "REUSES#NEW",
  gsi1sk: reuse.id,
  reuse,
});
const reuseOf = (item: Item): KeptReuse => KeptReuse.parse(item["reuse"]);

/** @throws {Fault} invalid: a dataset that is not there */
export async function sendReuse(here: Here, given: NewReuse, picture: Photo | undefined): Promise<KeptReuse> {
  for (const [i, slug] of given.datasets.entries())
    if (!(await findBySlug(here, slug))) throw invalid(`#/datasets/${i}`, `There is no dataset ${slug}.`);
  const now = here.clock.now();
  const reuse: KeptReuse = {
    ...given,
    datasets: [...new Set(given.datasets)],
    id: newId("reu", now),
    createdAt: now.toISOString(),
    hasPicture: picture !== undefined,
    isShown: false,
    ...(picture ? { pictureType: picture.type } : {}),
  };
  if (picture) await here.blobs.put(pictureOf(reuse.id), picture.bytes, { contentType: picture.type });
  await here.table.put(itemOf(reuse));
  return reuse;
}

export async function findReuse(here: Here, id: string): Promise<KeptReuse | undefined> {
  const item = await here.table.get(key(id));
  return item && reuseOf(item);
}

/** The latest first. */
export async function reuses(
  here: Here,
  kind: "NEW" | "SHOWN",
  at: { limit: number; cursor?: string | undefined },
): Promise<{ reuses: KeptReuse[]; next?: string }> {
  const { items, cursor } = await here.table.query({ pk: `REUSES#${kind}`, index: "gsi1", reverse: true, ...at });
  return { reuses: items.map(reuseOf), ...(cursor ? { next: cursor } : {}) };
}

const SHOWN_OF_ONE = 12;
/** What is shown that was made of a dataset, the latest first. */
export async function reusesOf(here: Here, slug: string): Promise<KeptReuse[]> {
  const { items } = await here.table.query({ pk: `REUSEOF#${slug}`, reverse: true, limit: SHOWN_OF_ONE });
  return items.map(reuseOf);
}

/** @throws {Fault} absent: it is not there, or shown already */
export async function showReuse(here: Here, id: string): Promise<void> {
  const found = await findReuse(here, id);
  if (!found || found.isShown) throw absent();
  const reuse = { ...found, isShown: true };
  await here.commit([
    { put: itemOf(reuse), if: { reuse: found } },
    ...reuse.datasets.map((slug): Write => ({ put: { ...ofKey(slug, id), reuse } })),
  ]);
}

/** @throws {Fault} absent */
export async function dropReuse(here: Here, id: string): Promise<void> {
  const found = await findReuse(here, id);
  if (!found) throw absent();
  await here.commit([{ delete: key(id) }, ...found.datasets.map((slug): Write => ({ delete: ofKey(slug, id) }))]);
  if (found.hasPicture) await here.blobs.delete(pictureOf(id));
}

export async function pictureBytes(here: Here, { id, pictureType }: KeptReuse): Promise<Uint8Array> {
  const bytes = pictureType && (await here.blobs.get(pictureOf(id)));
  if (!bytes) throw absent();
  return bytes;
}

/** For export. */
export async function* reuseItems(here: Here): AsyncIterable<Item> {
  for (const kind of ["NEW", "SHOWN"])
    for await (const item of here.table.all({ pk: `REUSES#${kind}`, index: "gsi1" })) {
      yield item;
      const { id, datasets, isShown } = reuseOf(item);
      if (isShown) for (const slug of datasets) yield { ...ofKey(slug, id), reuse: item["reuse"] };
    }
}
export async function* reuseBlobs(here: Here): AsyncIterable<string> {
  for (const kind of ["NEW", "SHOWN"])
    for await (const item of here.table.all({ pk: `REUSES#${kind}`, index: "gsi1" })) {
      const { id, hasPicture } = reuseOf(item);
      if (hasPicture) yield pictureOf(id);
    }
}
