import { setImmediate } from "node:timers/promises";
import type { Here } from "../../../shared/here.ts";
import { newId } from "../../../shared/ids.ts";
import { does } from "../../../shared/tasks.ts";
import { peopleRule } from "../people/rule.ts";
import { moduleTable } from "../tables.ts";
import { fileOfUpload, getUpload } from "../uploads/store.ts";
import { type Read as Done, dropFile, type Job, readDraft, refusalOf } from "./reading.ts";
import type { Kept, Progress } from "./schema.ts";
import {
  dropDraft,
  Forget,
  findDraft,
  keepProgress,
  keepRead,
  keepReading,
  leftOver,
  Read,
  readWrites,
} from "./store.ts";
import { Refused, readApart } from "./thread.ts";

/** A file of at most this length is read while its sender waits. */
const AT_ONCE_BYTES = 8 * 1024 * 1024;
/** What else falls due in the city has its turn between the slices of a long file. */
const SLICE_MS = 8_000;
const TOLD_EVERY_MS = 1_000;
const LATER_MS = 2_000;

/**
 * Reads a draft's file: at once if it is short, else by a task.
 * @returns the draft, `reading` if it is not done
 * @throws {Fault} a short file that cannot be read at all; nothing of it is kept
 */
export async function startReading(here: Here, kept: Kept): Promise<Kept> {
  const upload = await getUpload(here, kept.upload);
  const file = fileOfUpload(here, upload);
  const before = await leftOver(here, kept.id);
  let after = kept;
  if (upload.size > AT_ONCE_BYTES) await keepReading(here, kept, before);
  else {
    const work = readDraft(await jobOf(here, kept), file, here.blobs);
    let step = await work.next();
    while (!step.done) step = await work.next();
    after = whole(kept, step.value);
    try {
      await keepRead(here, after, before);
    } catch (error) {
      if (after.stored) await dropFile(here.blobs, after.id, after.stored.file);
      throw error;
    }
  }
  if (before?.stored) await dropFile(here.blobs, before.id, before.stored.file);
  return after;
}

const jobOf = async (
  here: Here,
  { id, corrections, remembered, harvested, fills, before = [] }: Kept,
): Promise<Job> => ({
  id,
  before,
  k: (await peopleRule(here)).k,
  file: newId("rows", here.clock.now()),
  corrections,
  // A harvest keeps by itself how its files are corrected.
  remembered: harvested === undefined ? remembered : undefined,
  table: fills === undefined ? undefined : await moduleTable(here, fills),
});

const whole = ({ remembered: _, ...kept }: Kept, { found, stored, corrections }: Done): Kept => ({
  ...kept,
  corrections,
  state: stored ? "ready" : "wrong",
  found,
  ...(stored ? { stored } : {}),
});

/** The reading that goes on in this process: one at a time, so that two long files need no more memory than one. */
let going: { name: string; touchedAt: number; work: ReturnType<typeof outcome> } | undefined;
const GIVEN_UP_MS = 120_000;

/**
 * One slice of a reading. What was read so far stays in this process; should the next slice come to another one, it
 * begins anew, for nothing of it has been kept yet.
 */
export const reading = does(Read, async (here, id, { attempt }) => {
  const kept = await findDraft(here, id);
  if (kept?.state !== "reading" || kept.attempt !== attempt) return {};
  const name = `${here.city.slug}/${id}/${attempt}`;
  const later = { again: { at: new Date(here.clock.now().getTime() + LATER_MS), data: { attempt } } };
  if (going && going.name !== name) {
    if (Date.now() - going.touchedAt < GIVEN_UP_MS) return later;
    await going.work.return(undefined as never).catch(() => undefined);
    going = undefined;
  }
  going ??= { name, touchedAt: Date.now(), work: outcome(here, kept) };
  const { work } = going;
  const endsAt = Date.now() + SLICE_MS;
  let toldAt = 0;
  try {
    for (;;) {
      const step = await work.next();
      if (step.done) {
        going = undefined;
        return { writes: readWrites(step.value) };
      }
      const now = Date.now();
      if (now - toldAt > TOLD_EVERY_MS) {
        toldAt = now;
        // Somebody who corrects the draft wants another reading, and this one no more.
        if ((await findDraft(here, id))?.attempt !== attempt) {
          going = undefined;
          await work.return(undefined as never);
          return {};
        }
        await keepProgress(here, kept, step.value);
      }
      if (now > endsAt) {
        going.touchedAt = now;
        return { again: { at: here.clock.now(), data: { attempt } } };
      }
      // Requests are answered meanwhile.
      await setImmediate();
    }
  } catch (error) {
    going = undefined;
    throw error;
  }
});

/** The draft as it is after its file was read in a thread of its own, whatever came of it. */
async function* outcome(here: Here, kept: Kept): AsyncGenerator<Progress, Kept> {
  try {
    const file = fileOfUpload(here, await getUpload(here, kept.upload));
    return whole(kept, yield* readApart(await jobOf(here, kept), file, here.blobs));
  } catch (error) {
    const refusal = error instanceof Refused ? error.mistakes : refusalOf(error);
    if (!refusal) throw error;
    const refused: Kept = { ...kept, state: "refused", refusal };
    return refused;
  }
}

export const forgetting = does(Forget, async (here, id) => {
  // A draft that was begun anew meanwhile has a day of its own; one that was published is not there any more.
  if (await findDraft(here, id)) return {};
  const kept = await leftOver(here, id);
  if (kept?.stored) await dropFile(here.blobs, id, kept.stored.file);
  await dropDraft(here, id);
  return {};
});
