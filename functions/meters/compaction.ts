import { z } from "zod";
import { type NewEvent, told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Table, type Write } from "../../shared/table.ts";
import { defineTask, planned, type Ran } from "../../shared/tasks.ts";
import type { Columns } from "./batch-packing.ts";
import { type Row, resolved, rowsOf, withoutRepeats } from "./batch-rows.ts";
import { batchStore, metersNumbered, type Open } from "./batch-store.ts";
import { readChunk } from "./chunk.ts";
import { noteMeters } from "./delivered-meters.ts";
import { ReadingsKept } from "./events.ts";
import { movingFiles, removeMoved } from "./file-compaction.ts";
import { asRead, packSegment, reachOf, type Segment, segmentItem, segmentKey } from "./segment.ts";
import { intervalsCame } from "./sources/interval-gaps.ts";
import { stallWatch } from "./stalled.ts";

const WINDOW_MS = 15 * 60_000;
const DAY_MS = 86_400_000;
/** A window's batches in one run: bounds its memory. */
const BATCHES_MAX = 400;
const READINGS_MAX = 1_000_000;
const CLOSED_AT_ONCE = 50;
/** So many segments of like size in one month become one. */
const FAN = 8;
const MERGED_READINGS_MAX = 4_000_000;
/** An entry whose batch never came is given up after this. */
const UNFINISHED_MS = 10 * 60_000;
/** A draft that was not published after this never will be. */
const DRAFT_MS = 3_600_000;
/** Of a draft whose bytes are being removed. */
const GOING = 0;
/** A compaction that fails is tried again after this, for as long as it takes. */
const AGAIN_MS = 15 * 60_000;
const AGAIN = "again";

/** Turns the open window into segments. One for each quarter of an hour in which batches came, and none in others. */
export const Compaction = defineTask("meters.compaction", z.object({}));

const plannedUntil = new WeakMap<Table, number>();

/** Sees to it that what comes now is compacted after the quarter's end; asks the table once a quarter and process. */
export async function planCompaction(here: Here): Promise<void> {
  const nowMs = here.clock.now().getTime();
  const beforeMs = plannedUntil.get(here.table) ?? 0;
  if (beforeMs > nowMs) return;
  const endMs = (Math.floor(nowMs / WINDOW_MS) + 1) * WINDOW_MS;
  const [day, isNew] = [Math.floor(nowMs / DAY_MS), beforeMs <= Math.floor(nowMs / DAY_MS) * DAY_MS];
  await here.commit([
    planned(Compaction, String(endMs / WINDOW_MS), new Date(endMs), {}),
    ...(isNew ? [stallWatch(day)] : []),
  ]);
  plannedUntil.set(here.table, endMs);
  await batchStore(here).keepStalled();
}

/** A turn of the task. It is never given up: readings wait for it. */
export async function runCompaction(here: Here, id: string): Promise<Ran<object>> {
  try {
    return await compact(here);
  } catch (error) {
    here.log.error("readings could not be compacted", { error: error as Error });
    const at = new Date(here.clock.now().getTime() + AGAIN_MS);
    // One of them goes on: each quarter has a task of its own, and all of them do the same.
    return id === AGAIN ? { again: { at, data: {} } } : { writes: [planned(Compaction, AGAIN, at, {})] };
  }
}

/** Compacts once; goes on at once while there is more. */
export async function compact(here: Here): Promise<Ran<object>> {
  await batchStore(here).keepStalled();
  await sweep(here);
  const more = await compactWindow(here);
  const merged = more ? false : await mergeOne(here);
  return more || merged ? { again: { at: here.clock.now(), data: {} } } : {};
}

/**
 * Moves the oldest batches and files of the window into segments, a UTC month each: bytes first, then their items with
 * the event, then the window's entries go. Cut off anywhere, what was acknowledged is in the window, in a segment or in
 * both, and what is in both counts once.
 *
 * @param most  batches of one run
 * @returns whether there may be more
 */
export async function compactWindow(here: Here, most = BATCHES_MAX): Promise<boolean> {
  const store = batchStore(here);
  const nowMs = here.clock.now().getTime();
  const entries = await store.open(most);
  const contents = await store.contents(entries);
  const rows: Row[] = [];
  const done: Open[] = [];
  const unpacked: [source: string, columns: Columns][] = [];
  for (const entry of entries) {
    if (rows.length >= READINGS_MAX) break;
    const columns = contents.get(entry.item.sk);
    if (columns === undefined) {
      // Still being written, or never to be: its source was told of nothing.
      if (nowMs - entry.arrivedMs > UNFINISHED_MS) done.push(entry);
    } else if (columns instanceof RangeError) await park(here, entry, columns);
    else {
      for (const row of rowsOf(columns)) rows.push(row);
      unpacked.push([entry.source, columns]);
      done.push(entry);
    }
  }
  const files = await movingFiles(here, READINGS_MAX - rows.length);
  for (const [month, some] of Map.groupBy([...rows, ...files.rows], (row) => monthOf(row.atS)))
    await publish(here, month, resolved(some), []);
  await intervalsCame(
    here,
    rows.filter(({ stepS, quality }) => stepS > 0 && !quality.startsWith("N")),
    sourcesOf(unpacked),
  );
  for (let at = 0; at < done.length; at += CLOSED_AT_ONCE)
    await Promise.all(done.slice(at, at + CLOSED_AT_ONCE).map((entry) => store.close(entry)));
  await removeMoved(here, files);
  return files.isMore || (done.length > 0 && (entries.length === most || rows.length >= READINGS_MAX));
}

/** Who delivers a meter, as the last of these batches says; looked for when it is asked first. */
function sourcesOf(unpacked: readonly [source: string, columns: Columns][]): (meter: number) => string {
  let known: Map<number, string> | undefined;
  return (meter) => {
    known ??= new Map(unpacked.flatMap(([source, { meters }]) => meters.map((one) => [one, source] as const)));
    return known.get(meter) ?? "";
  };
}

/**
 * Writes a segment and puts it in the place of others. Another compaction may do the same at the same moment: the
 * first one's stands, and the bytes of the second go.
 */
async function publish(here: Here, month: string, rows: readonly Row[], replaced: readonly Segment[]): Promise<void> {
  const { segment, bytes } = packSegment(month, withoutRepeats(rows), here.city.timeZone);
  const others = replaced.filter(({ digest }) => digest !== segment.digest);
  // Only as it was read: one that somebody has made again meanwhile has bytes of its own, and stays.
  const gone = others.flatMap((one): Write[] => [
    { delete: segmentKey(one), if: asRead(one) },
    { put: draftOf(one.blob, GOING) },
  ]);
  // One of them says all that the others do: it stays where it is.
  if (others.length < replaced.length) {
    await here.commit([{ check: segmentKey(segment), if: "present" }, ...gone]).catch((error) => {
      if (!(error instanceof ConditionFailed)) throw error;
    });
    return;
  }
  const draft = draftOf(segment.blob, here.clock.now().getTime());
  await here.table.put(draft);
  await here.blobs.put(segment.blob, bytes);
  const writes: Write[] = [
    { put: segmentItem(segment), if: "absent" },
    // Whoever took this for given up has begun to remove the bytes.
    { delete: draft, if: { at: draft["at"] } },
    ...gone,
  ];
  const events = replaced.length > 0 ? [] : await newsOf(here, month, segment.digest, rows);
  try {
    await here.commit(writes, events);
  } catch (error) {
    // It is there, or one that it is to replace is there no more. With its draft gone it has no bytes any more.
    if (!(error instanceof ConditionFailed) || error.index === 1) throw error;
    await here.table.put(draftOf(segment.blob, GOING));
  }
}

/** What a segment brings that is new: of files it was told when they came, and a merge brings nothing. */
async function newsOf(here: Here, month: string, digest: string, rows: readonly Row[]): Promise<NewEvent[]> {
  const fresh = rows.filter(({ file }) => !file);
  if (fresh.length === 0) return [];
  const meters = [...new Set(fresh.map(({ meter }) => meter))];
  const meterIds = meters.length <= 100 ? await idsOf(here, meters) : undefined;
  const deliveryId = `dlv_${digest}`;
  // Of what is of this month nobody needs to know meter by meter: nothing was billed of it yet.
  if (!meterIds && month < here.clock.now().toISOString().slice(0, 7))
    await noteMeters(here, deliveryId, await idsOf(here, meters));
  const { fromS, toS } = reachOf(fresh);
  return [
    told(ReadingsKept, deliveryId, {
      ...{ deliveryId, readings: fresh.length, meterCount: meters.length },
      ...(meterIds ? { meterIds } : {}),
      ...{ from: new Date(fromS * 1000).toISOString(), to: new Date(toS * 1000).toISOString() },
    }),
  ];
}

const draftOf = (blob: string, at: number): Item => ({ pk: "SEGMENTDRAFTS", sk: blob, at });

/** Merges segments of one month that are of like size, so many or more. @returns whether there were any */
export async function mergeOne(here: Here, fan = FAN): Promise<boolean> {
  const all = await batchStore(here).segments("0", "9");
  const tier = ({ readings }: Segment) => Math.floor(Math.log(readings) / Math.log(FAN));
  for (const some of Map.groupBy(all, (one) => `${one.month} ${tier(one)}`).values()) {
    if (some.length < fan) continue;
    const chosen: Segment[] = [];
    let readings = 0;
    for (const one of some.slice(0, 40)) {
      if (readings + one.readings > MERGED_READINGS_MAX) break;
      chosen.push(one);
      readings += one.readings;
    }
    if (chosen.length < 2) continue;
    const rows: Row[] = [];
    for (const one of chosen) {
      const bytes = await here.blobs.get(one.blob);
      if (!bytes) throw new Error(`the segment ${one.blob} is missing`);
      for (const { offset, length } of one.chunks)
        for (const columns of readChunk(bytes.subarray(offset, offset + length)))
          for (const row of rowsOf(columns)) rows.push(row);
    }
    await publish(here, chosen[0]!.month, resolved(rows), chosen);
    await sweep(here);
    return true;
  }
  return false;
}

/** Removes the bytes of segments that were replaced, or begun and never finished. */
async function sweep(here: Here): Promise<void> {
  const nowMs = here.clock.now().getTime();
  for await (const draft of here.table.all({ pk: "SEGMENTDRAFTS" })) {
    const at = Number(draft["at"]);
    if (nowMs - at < DRAFT_MS) continue;
    try {
      // From here on it cannot be published any more, however late its writer is.
      await here.table.transact([{ update: draft, set: { at: GOING }, if: { at } }]);
    } catch (error) {
      if (error instanceof ConditionFailed) continue;
      throw error;
    }
    await here.blobs.delete(draft.sk);
    await here.table.delete(draft);
  }
}

/** What cannot be unpacked waits for a person, and holds nothing back. */
async function park(here: Here, entry: Open, error: RangeError): Promise<void> {
  const { source, delivery, item } = entry;
  here.log.error("a batch is parked", { source, delivery, error });
  await here.table.transact([
    { put: { pk: "BATCHPARKED", sk: item.sk, reason: error.message.slice(0, 300) } },
    { update: { pk: `BATCHES#${source}`, sk: delivery }, remove: ["expiresAt"], if: "present" },
    { delete: { pk: "OPEN", sk: item.sk } },
  ]);
}

const idsOf = async (here: Here, meters: readonly number[]): Promise<string[]> =>
  [...(await metersNumbered(here, meters)).values()].sort();

const monthOf = (atS: number): string => new Date(atS * 1000).toISOString().slice(0, 7);
