import { z } from "zod";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import type { Write } from "../../shared/table.ts";
import { defineTask, planned, type Ran } from "../../shared/tasks.ts";
import { batchStore } from "./batch-store.ts";
import { ReadingsMoving, ReadingsStalled } from "./events.ts";

// A compaction keeps what waits too long, and so does each batch that comes. This looks where neither is: a compaction
// whose process dies each time is given up in the end, and then the last batch may have come.

const DAY_MS = 86_400_000;
const TRIED_AGAIN_MS = 15 * 60_000;
const AGAIN = "again";

/** Looks whether batches wait for a compaction that does not come. One for each day on which batches came. */
export const StallWatch = defineTask("meters.stall_watch", z.object({}));

/** To be kept with the first batches of a UTC day: what came on it is looked for when it should long be in segments. */
export const stallWatch = (day: number): Write =>
  planned(StallWatch, String(day), new Date((day + 2) * DAY_MS + TRIED_AGAIN_MS), {});

/** A turn of the task. It is never given up, and while something waits it comes again each day. */
export async function watchStall(here: Here, id: string): Promise<Ran<object>> {
  const after = (ms: number) => new Date(here.clock.now().getTime() + ms);
  let since: Date | undefined;
  try {
    since = await batchStore(here).keepStalled();
  } catch (error) {
    here.log.error("it cannot be seen whether readings wait", { error: error as Error });
    return { again: { at: after(TRIED_AGAIN_MS), data: {} } };
  }
  if (since) {
    await here.commit([], [told(ReadingsStalled, "batches", { since: since.toISOString() })]);
    return id === AGAIN
      ? { again: { at: after(DAY_MS), data: {} } }
      : { writes: [planned(StallWatch, AGAIN, after(DAY_MS), {})] };
  }
  if (id === AGAIN) await here.commit([], [told(ReadingsMoving, "batches", {})]);
  return {};
}
