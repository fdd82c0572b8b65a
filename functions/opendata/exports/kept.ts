import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import type { Blobs } from "../../../shared/ports.ts";
import { type Maker, plan } from "../making.ts";
import type { Dataset, Version } from "../schema.ts";
import { load } from "../store.ts";
import { WRITERS } from "./writers.ts";

// A gateway takes a few megabytes of an answer. Where that is so, the city's bucket can be asked instead: a longer file
// is made once by a task, kept there, and whoever asks for it is sent to an address that holds for a while.

const AGAIN_S = 10;

type About = Pick<Dataset, "id">;

/** Made again by itself if it is not there, so no export of the city carries it. */
export const keptKey = ({ id }: About, { file }: Pick<Version, "file">, extension: string) =>
  `tiles/${id}/${file}/export.${extension}`;

/**
 * Where a long file is taken from; undefined if it is short, and then `parts` holds all of it.
 * @throws {Fault} unavailable: it is being made
 */
export async function takenFrom(
  here: Here,
  dataset: About,
  version: Version,
  extension: string,
  parts: AsyncIterable<string | Uint8Array>,
): Promise<Buffer | undefined> {
  if (await isKept(here.blobs, keptKey(dataset, version, extension))) return undefined;
  const short = await atMost(here.settings.HANSA_ANSWER_MAX, parts);
  if (short) return short;
  await plan(here, dataset, version, extension);
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

/** Each kind of file, as the task makes it that is planned for a long one. */
export const EXPORTS: Record<string, Maker> = Object.fromEntries(
  Object.entries(WRITERS).map(([extension, { type, parts }]) => [
    extension,
    {
      isMade: (here, dataset, version) => isKept(here.blobs, keptKey(dataset, version, extension)),
      async *make(here, dataset, version) {
        const about = { table: dataset.slug, title: dataset.card.title, publishedAt: version.publishedAt };
        const file = await here.blobs.begin(keptKey(dataset, version, extension), { contentType: type });
        let isWhole = false;
        try {
          for await (const part of parts(await load(here, dataset, version), about)) {
            await file.write(Buffer.from(part as string));
            yield;
          }
          await file.close();
          isWhole = true;
        } finally {
          if (!isWhole) await file.drop();
        }
      },
    } satisfies Maker,
  ]),
);
