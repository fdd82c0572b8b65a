import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import type { Blobs } from "../../../shared/ports.ts";
import { ConditionFailed } from "../../../shared/table.ts";
import { defineTask, does, planned } from "../../../shared/tasks.ts";
import type { Dataset, Version } from "../schema.ts";
import { getById, getVersion, load } from "../store.ts";
import { WRITERS } from "./writers.ts";

// A gateway takes a few megabytes of an answer. Where that is so, the city's bucket can be asked instead: a longer file
// is made once by a task, kept there, and whoever asks for it is sent to an address that holds for a while.

/** What else falls due in the city has its turn between the slices of a long file. */
const SLICE_MS = 8_000;
const LATER_MS = 2_000;
const GIVEN_UP_MS = 120_000;
const AGAIN_S = 10;

type About = Pick<Dataset, "id">;

/** Made again by itself if it is not there, so no export of the city carries it. */
export const keptKey = ({ id }: About, { file }: Pick<Version, "file">, extension: string) =>
  `tiles/${id}/${file}/export.${extension}`;

const Make = defineTask("opendata.export", z.object({ id: z.string(), version: z.int(), extension: z.string() }));

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
  const { id } = dataset;
  const data = { id, version: version.number, extension };
  try {
    await here.commit([
      { ...planned(Make, `${id}-${version.number}-${extension}`, here.clock.now(), data), if: "absent" },
    ]);
  } catch (error) {
    // Somebody asked for it before.
    if (!(error instanceof ConditionFailed)) throw error;
  }
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

/** The file that is being made in this process: one at a time, so that two need no more memory than one. */
let going: { key: string; touchedAt: number; work: AsyncGenerator<void> } | undefined;

/** One slice of a file. Should the next come to another process, it begins anew: nothing is there before the whole is. */
export const exporting = does(Make, async (here, _id, data) => {
  const dataset = await getById(here, data.id);
  if (!dataset) return {};
  const version = await getVersion(here, dataset, data.version);
  const key = keptKey(dataset, version, data.extension);
  const name = `${here.city.slug}/${key}`;
  if (going && going.key !== name) {
    if (Date.now() - going.touchedAt < GIVEN_UP_MS)
      return { again: { at: new Date(here.clock.now().getTime() + LATER_MS), data } };
    await going.work.return(undefined).catch(() => undefined);
    going = undefined;
  }
  if (!going && (await isKept(here.blobs, key))) return {};
  going ??= { key: name, touchedAt: Date.now(), work: making(here, dataset, version, data.extension, key) };
  const endsAt = Date.now() + SLICE_MS;
  try {
    while (!(await going.work.next()).done) {
      going.touchedAt = Date.now();
      if (going.touchedAt > endsAt) return { again: { at: here.clock.now(), data } };
      // Requests are answered meanwhile.
      await setImmediate();
    }
  } catch (error) {
    going = undefined;
    throw error;
  }
  going = undefined;
  return {};
});

async function* making(here: Here, dataset: Dataset, version: Version, extension: string, key: string) {
  const { type, parts } = WRITERS[extension]!;
  const about = { table: dataset.slug, title: dataset.card.title, publishedAt: version.publishedAt };
  const file = await here.blobs.begin(key, { contentType: type });
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
}
