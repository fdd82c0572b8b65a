import { getHeapStatistics } from "node:v8";
import { isMainThread } from "node:worker_threads";

/**
 * Gives back at once what bytes take that are needed no more. Left alone they go when the heap is next collected, and
 * that waits for the heap to grow: of what lies beside it, as bytes do, many megabytes may pile up meanwhile.
 *
 * @param bytes  nobody looks at them again; where they are part of something larger, nothing is done
 */
export function letGo(bytes: Uint8Array): void {
  if (bytes.byteLength > 0 && isWhole(bytes)) (bytes.buffer as ArrayBuffer).transfer(0);
}

/** Whether they are all that lies there, and no part of something larger. */
export const isWhole = (bytes: Uint8Array): boolean => bytes.byteLength === bytes.buffer.byteLength;

/** What goes to another thread with a message, and is here no more; a part of something larger is copied there. */
export const handedOver = (bytes: Uint8Array | undefined): ArrayBuffer[] =>
  bytes && isWhole(bytes) ? [bytes.buffer as ArrayBuffer] : [];

/** A copy: what another thread has set aside goes back at once, or the memory that it takes from is full of holes. */
export function copied(given: Uint8Array): Uint8Array {
  const own = given.slice();
  letGo(given);
  return own;
}

/**
 * Collects all that is needed no more and gives back what the heap took for it, if the process was started so that it can
 * be asked for (`--expose-gc`). What a start or a long work made grow stays so otherwise, however little is in use: of 320
 * MB of an idle house, more than 100. It takes some 0.2 s, in which nothing else is done.
 */
export function makeRoom(): void {
  globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
  held = heldNow();
}

/** What the heap holds when room was last made, in use or not. */
let held = heldNow();
function heldNow(): number {
  return getHeapStatistics().total_physical_size;
}

const LOOKS_EVERY_MS = 30_000;
/** A process that works for less of its time is idle. */
const IDLE_SHARE = 0.02;
const GROWN_BYTES = 64 * 1024 * 1024;

/** Makes room if the heap holds much more than when it was last made. */
export function makeRoomIfGrown(): void {
  if (heldNow() > held + GROWN_BYTES) makeRoom();
}

/** From now on makes room when little was asked for a while and the heap holds much more than when it was last made. */
export function makeRoomWhenIdle(): void {
  let before = performance.eventLoopUtilization();
  setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(before);
    before = performance.eventLoopUtilization();
    if (utilization < IDLE_SHARE) makeRoomIfGrown();
  }, LOOKS_EVERY_MS).unref();
}

/** In a thread beside the house's what is in use may grow by so much: left alone it grows to twice as much and more. */
const GROWN = 1.3;
/** In the house's own thread all requests wait for a collection: it must be worth it, and not come too often. */
const WORTH_BYTES = 24 * 1024 * 1024;
const NOT_BEFORE_MS = 15_000;
let used = inUse();
let tidiedAt = Number.NEGATIVE_INFINITY;

/**
 * For a long work, in which memory is scarcer than time: collects what is needed no more, if there is much of it, and
 * if the process was started so that it can be asked for (`--expose-gc`).
 */
export function tidy(): void {
  if (!globalThis.gc) return;
  const now = inUse();
  used = Math.min(used, now);
  const isDue = isMainThread
    ? now > used + WORTH_BYTES && performance.now() > tidiedAt + NOT_BEFORE_MS
    : now > used * GROWN;
  if (!isDue) return;
  globalThis.gc();
  used = inUse();
  tidiedAt = performance.now();
}

/**
 * Collects what is young and needed no more: a few milliseconds, after which the bytes of a stream that went out are
 * given back, which else pile up until the heap beside them has grown.
 */
export function tidyYoung(): void {
  globalThis.gc?.({ type: "minor", execution: "sync" });
}

function inUse(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}
