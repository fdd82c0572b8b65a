import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { defineTask, does, planned } from "../../shared/tasks.ts";
import type { Dataset, Version } from "./schema.ts";
import { getById, getVersion } from "./store.ts";

// What is made of a version once, and takes longer than whoever asks can wait: made by a task, in slices.

/** What else falls due in the city has its turn between the slices. */
const SLICE_MS = 8_000;
const LATER_MS = 2_000;
const GIVEN_UP_MS = 120_000;

export interface Maker {
  isMade(here: Here, dataset: Dataset, version: Version): Promise<boolean>;
  /** Pauses often; nothing is there before the whole is. */
  make(here: Here, dataset: Dataset, version: Version): AsyncGenerator<void>;
}

const Make = defineTask("opendata.make", z.object({ id: z.string(), version: z.int(), what: z.string() }));

/** Plans that it is made, by the name of its maker; planned again it is still made once. */
export const planning = (here: Here, { id }: Pick<Dataset, "id">, { number }: Version, what: string): Write =>
  planned(Make, `${id}-${number}-${what}`, here.clock.now(), { id, version: number, what });

/** Plans it now, unless somebody did before. */
export async function plan(here: Here, dataset: Pick<Dataset, "id">, version: Version, what: string): Promise<void> {
  try {
    await here.commit([{ ...planning(here, dataset, version, what), if: "absent" }]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** What is being made in this process: one at a time, so that two need no more memory than one. */
let going: { name: string; touchedAt: number; work: AsyncGenerator<void> } | undefined;

/** One slice. Should the next come to another process, it begins anew: nothing is there before the whole is. */
export const making = (makers: Readonly<Record<string, Maker>>) =>
  does(Make, async (here, _id, data) => {
    const dataset = await getById(here, data.id);
    const maker = makers[data.what];
    if (!dataset || !maker) return {};
    const version = await getVersion(here, dataset, data.version);
    const name = `${here.city.slug}/${data.id}/${version.file}/${data.what}`;
    if (going && going.name !== name) {
      if (Date.now() - going.touchedAt < GIVEN_UP_MS)
        return { again: { at: new Date(here.clock.now().getTime() + LATER_MS), data } };
      await going.work.return(undefined).catch(() => undefined);
      going = undefined;
    }
    if (!going && (await maker.isMade(here, dataset, version))) return {};
    going ??= { name, touchedAt: Date.now(), work: maker.make(here, dataset, version) };
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
