import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import type { Ran } from "../../../shared/tasks.ts";
import type { Gap, Source } from "./schema.ts";
import { sourceStore } from "./store.ts";
import { takeUplink } from "./taking.ts";
import { stored, type TtsStorage } from "./tts-storage.ts";
import { ttsUplink } from "./uplinks.ts";

/** The clocks of the network's servers need not agree with each other. */
const AROUND_MS = 10 * 60_000;
/** What its storage does not have now may be there later; after the last of these, the gap stays as it is told. */
const WAITS_MS = [3_600_000, 6 * 3_600_000, 24 * 3_600_000];

/**
 * Asks The Things Stack's storage for what a gap misses, and takes it in as if it had come by itself. A storage that
 * does not answer is asked again, as any task that fails.
 */
export async function backfill(
  here: Here,
  gapId: string,
  { tries }: { tries: number },
): Promise<Ran<{ tries: number }>> {
  const store = sourceStore(here);
  const { gap } = await store.gap(gapId);
  if (gap.state === "closed" || !gap.backfill) return {};
  const source = await store.get(gap.sourceId);
  const storage = await storageFor(here, source);
  if (!storage) return {};
  try {
    await fill(here, source, storage, gap, gap.backfill);
  } catch (error) {
    const at = here.clock.now().toISOString();
    if (error instanceof Fault)
      await store.refuse(source.id, { at, code: "backfill", detail: error.message, errors: [] });
    throw error;
  }
  const wait = WAITS_MS[tries];
  if (wait === undefined || (await store.gap(gapId)).gap.state === "closed") return {};
  return { again: { at: new Date(here.clock.now().getTime() + wait), data: { tries: tries + 1 } } };
}

async function fill(here: Here, source: Source, storage: TtsStorage, gap: Gap, of: NonNullable<Gap["backfill"]>) {
  const after = new Date(Date.parse(gap.from) - AROUND_MS);
  const before = new Date(Date.parse(gap.to ?? gap.openedAt) + AROUND_MS);
  for await (const message of stored(storage, { ...of, after, before })) {
    const uplink = ttsUplink(message, source);
    if (uplink !== "ignored") await takeUplink(here, source, uplink);
  }
}

/** A synthetic city asks the stand-in, whatever server was entered: its devices are nowhere else. */
async function storageFor(here: Here, { id }: Source): Promise<TtsStorage | undefined> {
  const kept = await sourceStore(here).storageOf(id);
  if (!kept || !here.city.isSynthetic) return kept && { ...kept, isStandIn: false };
  const at = here.settings.HANSA_STAND_INS;
  return at === undefined ? undefined : { apiKey: kept.apiKey, server: `${at}/tts`, isStandIn: true };
}
