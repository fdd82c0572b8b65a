import { parentPort, workerData } from "node:worker_threads";
import { copied, handedOver, tidy } from "../../../shared/memory.ts";
import type { BlobWriter } from "../../../shared/ports.ts";
import { arrange } from "../copies/arranging.ts";
import { readDraft, refusalOf } from "./reading.ts";
import type { Answer, Call, Started, Word } from "./thread.ts";

// The thread that reads a long file, or arranges a version: see thread.ts.

type Unnumbered<T> = T extends { call: number } ? Omit<T, "call"> : never;

const port = parentPort!;
const started = workerData as Started;
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
  return new Promise((resolve, reject) => {
    waiting.set(call, { resolve: resolve as (value: unknown) => void, reject });
    port.postMessage({ call, ...what }, handedOver(handed));
  });
}
const read = async (...range: [offset: number, length: number]) => copied(await ask<Uint8Array>({ read: range }));
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
  async get(key: string, range?: { offset: number; length: number }): Promise<Uint8Array | undefined> {
    const given = await ask<Uint8Array | undefined>({ get: [key, range] });
    return given && copied(given);
  },
  put: (key: string, bytes: Uint8Array) => ask<void>({ put: [key, bytes] }, bytes),
};

try {
  const work =
    "read" in started
      ? readDraft(started.read.job, { ...started.read.file, read }, blobs)
      : arrange(started.arrange, blobs);
  let step = await work.next();
  while (!step.done) {
    tell({ step: step.value });
    tidy();
    step = await work.next();
  }
  tell({ result: step.value });
} catch (error) {
  const mistakes = refusalOf(error);
  tell(
    mistakes
      ? { refused: mistakes }
      : { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) },
  );
}
port.close();
