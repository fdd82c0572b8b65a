import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { outside } from "../../../shared/outside.ts";
import { ConditionFailed } from "../../../shared/table.ts";
import type { Ran } from "../../../shared/tasks.ts";
import { requestOf } from "./missing.ts";
import type { Gap, Source } from "./schema.ts";
import { secretOf, signatureOf } from "./secret.ts";
import { sourceStore } from "./store.ts";
import { takeUplink } from "./taking.ts";
import { stored, type TtsStorage } from "./tts-storage.ts";
import { ttsUplink } from "./uplinks.ts";

/** The clocks of the network's servers need not agree with each other. */
const AROUND_MS = 10 * 60_000;
/** What a source does not have now it may have later; after the last of these, the gap stays as it is listed. */
const WAITS_MS = [3_600_000, 6 * 3_600_000, 24 * 3_600_000];

type Way = NonNullable<Gap["asked"]>["by"];

/**
 * Asks a source for what a gap misses: its network's storage, whose messages are taken in as if they had come by
 * themselves; its address, which sends them in as it sends all else; or a list in its folder. Who has none of these
 * sees it in the list of what is missing. A source that does not answer is asked again, as any task that fails.
 */
export async function backfill(
  here: Here,
  gapId: string,
  { tries }: { tries: number },
): Promise<Ran<{ tries: number }>> {
  const store = sourceStore(here);
  const { gap } = await store.gap(gapId);
  if (gap.state === "closed") {
    if (gap.asked?.by === "folder") await here.drops.delete(listIn(gap));
    return {};
  }
  // A key or a person that sends batches, or files, is no source of the list.
  const source = await store.find(gap.sourceId);
  if (source?.state !== "active") return {};
  let by: Way | undefined;
  try {
    by = await ask(here, source, gap);
  } catch (error) {
    const at = here.clock.now().toISOString();
    if (error instanceof Fault)
      await store.refuse(source.id, { at, code: "backfill", detail: error.message, errors: [] });
    throw error;
  }
  if (by === undefined) return {};
  await noted(here, gapId, by);
  const wait = WAITS_MS[tries];
  if (wait === undefined || (await store.gap(gapId)).gap.state === "closed") return {};
  return { again: { at: new Date(here.clock.now().getTime() + wait), data: { tries: tries + 1 } } };
}

/** @returns the way by which it was asked; undefined: it has none */
async function ask(here: Here, source: Source, gap: Gap): Promise<Way | undefined> {
  const storage = gap.backfill ? await storageFor(here, source) : undefined;
  if (storage && gap.backfill) {
    await fromStorage(here, source, storage, gap, gap.backfill);
    return "storage";
  }
  if (source.askAt !== undefined) {
    await atAddress(here, source, source.askAt, gap);
    return "address";
  }
  if (source.kind !== "drop") return undefined;
  await here.drops.put(listIn(gap), Buffer.from(`${JSON.stringify(await requestOf(here, gap), null, 2)}\n`));
  return "folder";
}

const listIn = ({ sourceId, id }: Gap): string => `${sourceId}/missing/${id}.json`;

/** Notes on the gap how its source was asked, unless it was closed or widened at this very moment. */
async function noted(here: Here, gapId: string, by: Way): Promise<void> {
  const store = sourceStore(here);
  const { gap, item } = await store.gap(gapId);
  const asked = { at: here.clock.now().toISOString(), by };
  await here.commit([store.gapWrite({ ...gap, asked }, item)]).catch((error) => {
    if (!(error instanceof ConditionFailed)) throw error;
  });
}

/** Signed by Standard Webhooks with the source's own secret, as it signs what it sends. @throws {Fault} unavailable */
async function atAddress(here: Here, source: Source, askAt: string, gap: Gap): Promise<void> {
  const now = here.clock.now();
  const body = Buffer.from(JSON.stringify({ type: "meters.missing", ...(await requestOf(here, gap)) }));
  const [id, time] = [`${gap.id}.${now.getTime()}`, String(Math.floor(now.getTime() / 1000))];
  const signature = signatureOf(await secretOf(here, source), id, time, body);
  const headers = {
    "Content-Type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": time,
    "webhook-signature": signature,
  };
  const standIn = here.city.isSynthetic ? here.settings.HANSA_STAND_INS : undefined;
  const http = outside({ mayBeHere: standIn !== undefined });
  // A synthetic city's source is the house's own stand-in, whatever was entered: nobody else is asked for made-up facts.
  if (here.city.isSynthetic && standIn === undefined) return;
  const answer = await http(standIn === undefined ? askAt : `${standIn}/tts/_asked/${source.id}`, {
    method: "POST",
    headers,
    body,
  });
  if (answer.status >= 300) throw new Fault("unavailable", `The source's address answered ${answer.status}.`);
}

async function fromStorage(
  here: Here,
  source: Source,
  storage: TtsStorage,
  gap: Gap,
  of: NonNullable<Gap["backfill"]>,
) {
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
