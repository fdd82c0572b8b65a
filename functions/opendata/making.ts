import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { defineTask, does, planned, taskKey } from "../../shared/tasks.ts";
import { GaveWay } from "./drafts/thread.ts";
import type { Dataset, Version } from "./schema.ts";
import { getById, getVersion } from "./store.ts";

// What is made of a version once, and takes longer than whoever asks can wait: made by a task, in slices.

/** What else falls due in the city has its turn between the slices. */
const SLICE_MS = 8_000;
const LATER_MS = 2_000;
const GIVEN_UP_MS = 120_000;

/** @param query  which of the rows, as an address says it; none for all of them */
export interface Maker {
  isMade(here: Here, dataset: Dataset, version: Version, query: string): Promise<boolean>;
  /** Pauses often; nothing is there before the whole is. */
  make(here: Here, dataset: Dataset, version: Version, query: string): AsyncGenerator<void>;
}

const Make = defineTask(
  "opendata.make",
  z.object({ id: z.string(), version: z.int(), what: z.string(), query: z.string().default("") }),
);

/** Tells what is made of some rows from what is made of others; empty for all of them. */
export const digestOf = (query: string): string =>
  query && createHash("sha256").update(query).digest("hex").slice(0, 32);

const idOf = ({ id }: Pick<Dataset, "id">, { number }: Version, what: string, query: string) =>
  `${id}-${number}-${what}${digestOf(query)}`;

/** Plans that it is made, by the name of its maker; planned again it is still made once. */
export const planning = (here: Here, dataset: Pick<Dataset, "id">, version: Version, what: string, query = ""): Write =>
  planned(Make, idOf(dataset, version, what, query), here.clock.now(), {
    id: dataset.id,
    version: version.number,
    what,
    query,
  });

/** Plans it now, unless somebody did before. @param admit  throws if whoever asks may not have it made */
export async function plan(
  here: Here,
  dataset: Pick<Dataset, "id">,
  version: Version,
  what: string,
  query = "",
  admit: () => Promise<void> = async () => {},
): Promise<void> {
  if (await here.table.get(taskKey(Make.name, idOf(dataset, version, what, query)))) return;
  await admit();
  try {
    await here.commit([{ ...planning(here, dataset, version, what, query), if: "absent" }]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

const Forget = defineTask("opendata.forget_file", z.object({ key: z.string() }));
const LIVES_MS = 24 * 3600_000;

/** Plans that a file is let go of in a day. */
export const forgotten = (here: Here, key: string): Write =>
  planned(Forget, digestOf(key), new Date(here.clock.now().getTime() + LIVES_MS), { key });

export const forgettingFiles = does(Forget, async (here, _id, { key }) => {
  await here.blobs.delete(key);
  return {};
});

/** What is being made in this process: one at a time, so that two need no more memory than one. */
let going: { name: string; touchedAt: number; work: AsyncGenerator<void> } | undefined;

/** One slice. Should the next come to another process, it begins anew: nothing is there before the whole is. */
export const making = (makers: Readonly<Record<string, Maker>>) =>
  does(Make, async (here, _id, data) => {
    const dataset = await getById(here, data.id);
    const maker = makers[data.what];
    if (!dataset || !maker) return {};
    const version = await getVersion(here, dataset, data.version);
    const name = `${here.city.slug}/${data.id}/${version.file}/${data.what}${digestOf(data.query)}`;
    const later = { again: { at: new Date(here.clock.now().getTime() + LATER_MS), data } };
    if (going && going.name !== name) {
      if (Date.now() - going.touchedAt < GIVEN_UP_MS) return later;
      await going.work.return(undefined).catch(() => undefined);
      going = undefined;
    }
    if (!going && (await maker.isMade(here, dataset, version, data.query))) return {};
    going ??= { name, touchedAt: Date.now(), work: maker.make(here, dataset, version, data.query) };
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
      if (error instanceof GaveWay) return later;
      throw error;
    }
    going = undefined;
    return {};
  });
