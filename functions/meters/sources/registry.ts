import { Fault, invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { newId } from "../../../shared/ids.ts";
import { isOutside } from "../../../shared/outside.ts";
import { planned } from "../../../shared/tasks.ts";
import { looked } from "../dropped/taking.ts";
import { mappingStore } from "../mapping-store.ts";
import { Backfill } from "./asked.ts";
import { type Found, tried } from "./decoding.ts";
import type {
  Access,
  Decoder,
  Device,
  DeviceSettings,
  Gap,
  NewDecoder,
  NewSource,
  Source,
  SourceChange,
  Storage,
} from "./schema.ts";
import { secretOf } from "./secret.ts";
import { sourceStore } from "./store.ts";
import { takeUplink } from "./taking.ts";
import { watched } from "./watching.ts";

/** By kind, where nobody says: a signature is made at the moment of sending, a radio message may have waited. */
const WINDOW_S = { tts: 3 * 86_400, chirpstack: 3 * 86_400, batches: 900, sms: 3 * 86_400, drop: 900 } as const;
const RETRIED_AT_ONCE = 50;
const RETRYING_MS = 6_000;

/** @throws {Fault} invalid: no such decoder; conflict: another source has this id */
export async function newSource(
  here: Here,
  order: NewSource,
  by: string,
): Promise<{ created: boolean; source: Source }> {
  await demandDecoder(here, order.decoderId);
  await demandMapping(here, order.kind, order.mapping);
  demandAddress(order.kind, order.askAt);
  const now = here.clock.now();
  const made = await sourceStore(here).create({
    ...order,
    id: order.id ?? newId("src", now),
    replayWindowS: order.replayWindowS ?? WINDOW_S[order.kind],
    state: "active",
    generation: 1,
    createdAt: now.toISOString(),
    createdBy: by,
  });
  if (made.source.kind === "drop") await looked(here, made.source.id);
  return made;
}

/** What is null is taken away. @throws {Fault} absent, invalid: no such decoder; conflict */
export async function changedSource(here: Here, id: string, change: SourceChange): Promise<Source> {
  const store = sourceStore(here);
  await demandDecoder(here, change.decoderId ?? undefined);
  if (change.mapping || change.askAt) {
    const { kind } = await store.get(id);
    await demandMapping(here, kind, change.mapping ?? undefined);
    demandAddress(kind, change.askAt ?? undefined);
  }
  return store.change(id, (before) => {
    const after = Object.entries({ ...before, ...change }).filter(([, value]) => value !== null && value !== undefined);
    return Object.fromEntries(after) as Source;
  });
}

/** The secret before opens nothing from now on. */
export const newSecret = (here: Here, id: string): Promise<Source> =>
  sourceStore(here).change(id, (before) => ({ ...before, generation: before.generation + 1 }));

/** Where its messages go, and its secret. @param origin  the address that visitors see */
export async function accessOf(here: Here, source: Source, origin: string): Promise<Access> {
  if (source.kind === "drop") return { url: `${here.drops.place}${source.id}/` };
  return {
    url: origin + here.url(`/v1/readings/sources/${source.id}/${source.kind}`),
    secret: await secretOf(here, source),
  };
}

/** @throws {Fault} absent; invalid: of another kind, or no public address */
export async function keptStorage(here: Here, id: string, storage: Storage | undefined): Promise<Source> {
  const store = sourceStore(here);
  const source = await store.get(id);
  if (storage && source.kind !== "tts") throw invalid("#/server", "Only The Things Stack has a storage to ask.");
  // A synthetic city's is the house's own stand-in, whatever is written here.
  if (storage && !isOutside(new URL(storage.server)))
    throw invalid("#/server", "A public address with https is needed.");
  return store.keepStorage(id, storage);
}

/** Asks a gap's source now, and again as when it opened. @throws {Fault} absent; conflict: nothing of it is missing */
export async function askedAgain(here: Here, gapId: string): Promise<Gap> {
  const { gap } = await sourceStore(here).gap(gapId);
  if (gap.state === "closed") throw new Fault("conflict", "Nothing of this gap is missing any more.");
  await here.commit([planned(Backfill, gap.id, here.clock.now(), { tries: 0 })]);
  return gap;
}

/** Tries a decoder on its samples, then keeps it. @throws {Fault} invalid; conflict: somebody else's id */
export async function keptDecoder(
  here: Here,
  order: NewDecoder,
  by: string,
): Promise<{ decoder: Decoder; results: Found[][] }> {
  const now = here.clock.now();
  const results = await tried(order, now, here.sandbox);
  const decoder: Decoder = { ...order, id: order.id ?? newId("dec", now), savedAt: now.toISOString(), savedBy: by };
  await sourceStore(here).keepDecoder(decoder);
  return { decoder, results };
}

/** Which meters a device reads. @throws {Fault} absent, invalid: no such decoder */
export async function keptDevice(here: Here, id: string, device: string, settings: DeviceSettings): Promise<Device> {
  const store = sourceStore(here);
  await store.get(id);
  await demandDecoder(here, settings.decoderId);
  await store.keepDevice(id, device, settings);
  if (settings.everyS !== undefined) await watched(here, id);
  const { heard } = await store.device(id, device);
  return { device, settings, ...(heard ? { heard } : {}) };
}

/** @throws {Fault} invalid */
async function demandDecoder(here: Here, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  try {
    await sourceStore(here).decoder(id);
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== "absent") throw error;
    throw invalid("#/decoderId", "There is no decoder with this id.");
  }
}

/** @throws {Fault} invalid: no such mapping, or a source that lays no files down */
async function demandMapping(here: Here, kind: Source["kind"], name: string | undefined): Promise<void> {
  if (name === undefined) return;
  if (kind !== "drop") throw invalid("#/mapping", "Only files that are laid down have a mapping.");
  if (!(await mappingStore(here).find(name))) throw invalid("#/mapping", "There is no mapping of this name.");
}

/** @throws {Fault} invalid: no public address, or a source that is asked otherwise */
function demandAddress(kind: Source["kind"], askAt: string | undefined): void {
  if (askAt === undefined) return;
  if (kind === "drop" || kind === "sms")
    throw invalid("#/askAt", "Who lays files down finds a list in the folder, and people are not asked by a program.");
  if (!isOutside(new URL(askAt))) throw invalid("#/askAt", "A public address with https is needed.");
}

export interface Retried {
  kept: number;
  parked: number;
  /** From where to go on, when it was too much for one request. */
  next?: string | undefined;
}

/** Tries what waits once more, after somebody mended something; what still cannot be read goes on waiting. */
export async function retried(here: Here, id: string, cursor?: string): Promise<Retried> {
  const store = sourceStore(here);
  const source = await store.get(id);
  const endsMs = performance.now() + RETRYING_MS;
  const sum: Retried = { kept: 0, parked: 0, next: cursor };
  do {
    const { items, next } = await store.parked(id, { limit: RETRIED_AT_ONCE, cursor: sum.next });
    for (const { uplink } of items) {
      const { answer } = await takeUplink(here, source, uplink, true);
      sum[answer.state === "kept" ? "kept" : "parked"] += 1;
    }
    sum.next = next;
  } while (sum.next !== undefined && performance.now() < endsMs);
  return sum;
}
