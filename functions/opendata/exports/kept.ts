import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { limit } from "../../../shared/identity/limits.ts";
import type { Blobs } from "../../../shared/ports.ts";
import { fitting } from "../dataset/shown.ts";
import { readRows } from "../dataset/state.ts";
import { digestOf, forgotten, type Maker, plan } from "../making.ts";
import { only } from "../query/only.ts";
import type { Dataset, Version } from "../schema.ts";
import { load } from "../store.ts";
import { feedZip, GTFS, tablesOf } from "./feed.ts";
import { WRITERS } from "./writers.ts";

// A gateway takes a few megabytes of an answer. Where that is so, the city's bucket can be asked instead: a longer file
// is made once by a task, kept there, and whoever asks for it is sent to an address that holds for a while.

const AGAIN_S = 10;
/** So many files of rows that one asker has chosen are made an hour. */
const CHOSEN = { max: 60, windowS: 3600 };

type About = Pick<Dataset, "id">;

/** Made again by itself if it is not there, so no export of the city carries it. */
export const keptKey = ({ id }: About, { file }: Pick<Version, "file">, extension: string, query = "") =>
  `tiles/${id}/${file}/export${digestOf(query)}.${extension}`;

/**
 * A file if it is short; undefined if it is long, and then it is kept.
 * @throws {Fault} unavailable: it is being made
 */
export async function takenFrom(
  here: Here,
  dataset: About,
  version: Version,
  extension: string,
  parts: AsyncIterable<string | Uint8Array>,
  query = "",
  asker = "",
): Promise<Buffer | undefined> {
  if (await isKept(here.blobs, keptKey(dataset, version, extension, query))) return undefined;
  const short = await atMost(here.settings.HANSA_ANSWER_MAX, parts);
  if (short) return short;
  // Of all rows there is one file of a kind; what anybody may choose of them has no end.
  const admit = () => limit(here.table, here.clock.now(), `OPENDATA#files#${asker}`, CHOSEN.max, CHOSEN.windowS);
  await plan(here, dataset, version, extension, query, query ? admit : undefined);
  throw new Fault("unavailable", "This file is long, and is being made: ask for it again.", { retryAfterS: AGAIN_S });
}

const isKept = async (blobs: Blobs, key: string): Promise<boolean> =>
  (await blobs.get(key, { offset: 0, length: 1 })) !== undefined;

/** All of it if it is no longer than this; as soon as it is, no more of it is made. */
async function atMost(bytes: number, parts: AsyncIterable<string | Uint8Array>): Promise<Buffer | undefined> {
  const held: Buffer[] = [];
  let size = 0;
  for await (const part of parts) {
    const piece = Buffer.from(part as string);
    held.push(piece);
    size += piece.length;
    if (size > bytes) return undefined;
  }
  return Buffer.concat(held);
}

/** A file as the task makes it that is planned for a long one. */
export const kept = (
  extension: string,
  type: string,
  partsOf: (
    here: Here,
    dataset: Dataset,
    version: Version,
    query: string,
  ) => Promise<AsyncIterable<string | Uint8Array> | undefined>,
): Maker => ({
  isMade: (here, dataset, version, query) => isKept(here.blobs, keptKey(dataset, version, extension, query)),
  async *make(here, dataset, version, query) {
    const key = keptKey(dataset, version, extension, query);
    const parts = await partsOf(here, dataset, version, query);
    // What it is made of may have been withheld since it was planned.
    if (!parts) return;
    // What somebody chose is kept for a day, as nobody else may ask for just that.
    if (query) await here.commit([forgotten(here, key)]);
    const file = await here.blobs.begin(key, { contentType: type });
    let isWhole = false;
    try {
      for await (const part of parts) {
        await file.write(Buffer.from(part as string));
        yield;
      }
      await file.close();
      isWhole = true;
    } finally {
      if (!isWhole) await file.drop();
    }
  },
});

/** Each kind of file by its extension. */
export const EXPORTS: Record<string, Maker> = {
  ...Object.fromEntries(
    Object.entries(WRITERS).map(([extension, { type, parts }]) => [
      extension,
      kept(extension, type, async (here, dataset, version, query) => {
        const whole = await load(here, dataset, version);
        const state = readRows(new URLSearchParams(query), whole.columns);
        const data = await only(whole, await fitting(whole, state));
        return parts(data, { table: dataset.slug, title: dataset.card.title, publishedAt: version.publishedAt });
      }),
    ]),
  ),
  [GTFS.extension]: kept(GTFS.extension, GTFS.type, async (here, _dataset, { feed }) => {
    const { published, withheld } = await tablesOf(here, feed!);
    return withheld.length > 0 ? undefined : feedZip(here, published);
  }),
};
