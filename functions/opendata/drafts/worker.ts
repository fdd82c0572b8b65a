import { getHeapStatistics } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import type { BlobWriter } from "../../../shared/ports.ts";
import { readDraft, refusalOf } from "./reading.ts";
import type { Answer, Call, Started, Word } from "./thread.ts";

// The thread that reads a long file: see thread.ts.

type Unnumbered<T> = T extends { call: number } ? Omit<T, "call"> : never;

const port = parentPort!;
const { job, file } = workerData as Started;
const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
let calls = 0;

port.on("message", ({ call, value, error }: Answer) => {
  const asker = waiting.get(call)!;
  waiting.delete(call);
  if (error === undefined) asker.resolve(value);
  else asker.reject(new Error(error));
});

function ask<T>(what: Unnumbered<Call>, handed?: Uint8Array): Promise<T> {
  calls += 1;
  const call = calls;
  const isWhole = handed && handed.byteLength === handed.buffer.byteLength;
  return new Promise((resolve, reject) => {
    waiting.set(call, { resolve: resolve as (value: unknown) => void, reject });
    port.postMessage({ call, ...what }, isWhole ? [handed.buffer as ArrayBuffer] : []);
  });
}
const tell = (word: Word) => port.postMessage(word);

const blobs = {
  async begin(key: string, options?: { contentType?: string }): Promise<BlobWriter> {
    const writer = await ask<number>({ begin: [key, options?.contentType] });
    return {
      write: (bytes) => ask({ write: [writer, bytes] }, bytes),
      close: () => ask({ close: writer }),
      drop: () => ask({ drop: writer }),
    };
  },
  delete: (key: string) => ask<void>({ delete: key }),
};

/** What may be left lying before it is collected: else it would be as much again as is in use. */
const LEFT_LYING = 24 * 1024 * 1024;
let used = inUse();

function inUse(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}
/** Collects what is needed no more, where the process allows to ask for it (`--expose-gc`). */
function tidy(): void {
  if (!globalThis.gc || inUse() < used + LEFT_LYING) return;
  globalThis.gc();
  used = inUse();
}

try {
  const work = readDraft(job, { ...file, read: (...range) => ask({ read: range }) }, blobs);
  let step = await work.next();
  while (!step.done) {
    tell({ progress: step.value });
    tidy();
    step = await work.next();
  }
  tell({ read: step.value });
} catch (error) {
  const mistakes = refusalOf(error);
  tell(
    mistakes
      ? { refused: mistakes }
      : { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) },
  );
}
port.close();
