import { z } from "zod";
import type { Here } from "../../../shared/here.ts";
import { defineTask, planned, type Ran } from "../../../shared/tasks.ts";
import { missedAt } from "./frames.ts";
import { missed } from "./gaps.ts";
import { sourceStore } from "./store.ts";

const Data = z.object({ cursor: z.string().optional(), isNeeded: z.boolean().default(false) });

/** Looks whether devices speak as often as they should; its id is the source's. */
export const Watch = defineTask("meters.watch", Data);

const EVERY_MS = 15 * 60_000;
const AT_ONCE = 200;

/** A device of this source has a rhythm from now on. */
export async function watched(here: Here, sourceId: string): Promise<void> {
  await here.commit([planned(Watch, sourceId, new Date(here.clock.now().getTime() + EVERY_MS), { isNeeded: false })]);
}

/** A part of a source's devices at each turn; ends when none of them has a rhythm. */
export async function watch(
  here: Here,
  sourceId: string,
  data: z.infer<typeof Data>,
): Promise<Ran<z.infer<typeof Data>>> {
  const store = sourceStore(here);
  const source = await store.find(sourceId);
  if (!source) return {};
  const now = here.clock.now();
  const { items, next } = await store.devices(sourceId, { limit: AT_ONCE, cursor: data.cursor });
  let { isNeeded } = data;
  for (const { device, settings, heard } of items) {
    if (settings.everyS === undefined) continue;
    isNeeded = true;
    if (!heard || heard.silence !== undefined || missedAt(heard.lastAt, settings.everyS) > now) continue;
    const { heard: frames, item } = await store.device(sourceId, device);
    // It may have spoken since.
    if (frames && item && frames.silence === undefined && missedAt(frames.lastAt, settings.everyS) <= now)
      await missed(here, source, device, frames, item);
  }
  if (next !== undefined) return { again: { at: now, data: { cursor: next, isNeeded } } };
  return isNeeded ? { again: { at: new Date(now.getTime() + EVERY_MS), data: { isNeeded: false } } } : {};
}
