import { parentPort } from "node:worker_threads";
import { copied, isWhole, tidy } from "../../../shared/memory.ts";
import type { Blobs } from "../../../shared/ports.ts";
import { openVersion } from "../stored/opened.ts";
import type { Got, Heard, Making, Order, Wanted } from "./apart.ts";
import { WRITERS } from "./writers.ts";

// The thread that makes long files: see apart.ts.

const TIDIED_BYTES = 16 * 1024 * 1024;

const port = parentPort!;
const text = new TextEncoder();
const files = new Map<number, AsyncGenerator<string | Uint8Array>>();
const waiting = new Map<number, (got: Got) => void>();
let calls = 0;
let bytes = 0;

port.on("message", (order: Order) => {
  if ("call" in order) {
    waiting.get(order.call)!(order);
    waiting.delete(order.call);
  } else if ("begin" in order) files.set(order.file, made(order.begin));
  else void go(order.file, order.then);
});

async function* made({ extension, name, version, keys, about }: Making) {
  yield* WRITERS[extension]!.parts(await openVersion(name, blobsOf(name), keys, version), about);
}

async function go(file: number, then: "next" | "end"): Promise<void> {
  const parts = files.get(file)!;
  const say = (word: Heard) => port.postMessage(word, "piece" in word ? [word.piece.buffer as ArrayBuffer] : []);
  try {
    const { done, value } = await (then === "next" ? parts.next() : parts.return(undefined));
    if (!done) return say({ file, piece: counted(typeof value === "string" ? text.encode(value) : whole(value)) });
    files.delete(file);
    say({ file, ended: true });
  } catch (error) {
    files.delete(file);
    say({ file, ended: true, error: (error as Error).message });
  }
}

/** Collects what it left behind, whenever so much was made. */
function counted(piece: Uint8Array): Uint8Array {
  bytes += piece.byteLength;
  if (bytes > TIDIED_BYTES) {
    bytes = 0;
    tidy();
  }
  return piece;
}

/** What is handed over is taken away as a whole: not so a part of something larger. */
const whole = (bytes: Uint8Array): Uint8Array => (isWhole(bytes) ? bytes : Uint8Array.from(bytes));

const blobsOf = (name: string): Pick<Blobs, "get"> => ({
  get: (key, range) =>
    new Promise((resolve, reject) => {
      calls += 1;
      waiting.set(calls, ({ bytes: given, error }) => {
        if (error !== undefined) return reject(new Error(error));
        resolve(given && copied(given));
      });
      port.postMessage({ call: calls, name, key, range } satisfies Wanted);
    }),
});
