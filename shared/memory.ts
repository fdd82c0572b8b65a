import { getHeapStatistics } from "node:v8";
import { isMainThread } from "node:worker_threads";

/**
 * Gives back at once what bytes take that are needed no more. Left alone they go when the heap is next collected, and
 * that waits for the heap to grow: of what lies beside it, as bytes do, many megabytes may pile up meanwhile.
 *
 * @param bytes  nobody looks at them again; where they are part of something larger, nothing is done
 */
export function letGo(bytes: Uint8Array): void {
  if (bytes.byteLength > 0 && bytes.byteLength === bytes.buffer.byteLength) (bytes.buffer as ArrayBuffer).transfer(0);
}

/** What is in use may grow by so much before all is collected: left alone it grows to twice as much and more. */
const GROWN = 1.3;
let used = inUse();

/**
 * In a thread beside the house's, where memory is scarcer than time: collects what is needed no more, if there is much
 * of it, and if the process was started so that it can be asked for (`--expose-gc`).
 */
export function tidy(): void {
  if (isMainThread || !globalThis.gc || inUse() < used * GROWN) return;
  globalThis.gc();
  used = inUse();
}

function inUse(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}
