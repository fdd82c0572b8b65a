import { tmpdir } from "node:os";
import { Worker } from "node:worker_threads";
import { handedOver, makeRoomIfGrown, tidyYoung } from "../../../shared/memory.ts";
import type { Blobs } from "../../../shared/ports.ts";
import type { Version } from "../schema.ts";
import type { fileOf } from "../stored/opened.ts";
import type { About } from "./geopackage.ts";

// Long files are made in a thread of their own, all of them in the same one: what millions of rows leave behind stays
// within its bounds, and requests are answered meanwhile. It is there while somebody takes such a file, makes a piece
// when it is asked for the next, and asks for the bytes of the version.

/** What is to be made of a whole version. */
export interface Making {
  extension: string;
  /** Tells the version from every other. */
  name: string;
  version: Version;
  keys: ReturnType<typeof fileOf>;
  about: About;
}
type Range = { offset: number; length: number };
/** What the thread is told. Files are numbered, and so is what it wants to be read. */
export type Order = { file: number; begin: Making } | { file: number; then: "next" | "end" } | Got;
export type Got = { call: number; bytes?: Uint8Array | undefined; error?: string };
/** What it says of a file: the next piece, or that it has ended; or what of its version is to be read. */
export type Heard = { file: number; piece: Uint8Array } | { file: number; ended: true; error?: string };
export type Wanted = { call: number; name: string; key: string; range?: Range | undefined };

/** Six files of the longest rows; of usual ones they all take a tenth of it. */
const LIMITS = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 24 };
/** What has gone out is collected whenever it has come to so much. */
const GONE_BYTES = 16 * 1024 * 1024;

// Beside this file in the source, beside the one file of a bundle.
const THREAD = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./export-worker.mjs", import.meta.url);

interface Thread {
  worker: Worker;
  /** By a file's number: whoever waits for a word about it. */
  files: Map<number, (word: Heard) => void>;
  /** By a version's name: its city's own, also after the file for which it was opened has ended. */
  blobs: Map<string, Pick<Blobs, "get">>;
  /** Set once it has ended, which only an error makes it do by itself. */
  failure?: string;
}
let thread: Thread | undefined;
let numbers = 0;
let gone = 0;

/** A version whole as a file, made apart, piece by piece. */
export async function* madeApart(making: Making, blobs: Pick<Blobs, "get">): AsyncGenerator<Uint8Array> {
  numbers += 1;
  const file = numbers;
  thread ??= begun();
  const own = thread;
  const ask = (then: "next" | "end") =>
    new Promise<Heard>((hear) => {
      own.files.set(file, hear);
      if (own.failure === undefined) own.worker.postMessage({ file, then } satisfies Order);
      else hear({ file, ended: true, error: own.failure });
    });
  own.files.set(file, () => {});
  own.blobs.set(making.name, blobs);
  own.worker.postMessage({ file, begin: making } satisfies Order);
  let isEnded = false;
  try {
    for (;;) {
      const word = await ask("next");
      isEnded = "ended" in word;
      if ("piece" in word) yield passed(word.piece);
      else if (word.error === undefined) return;
      else throw new Error(`a file was not made: ${word.error}`);
    }
  } finally {
    // It may have something on the disk that it takes away at its end; the thread is there until then.
    if (!isEnded) await ask("end");
    own.files.delete(file);
    if (own.files.size === 0) {
      if (thread === own) thread = undefined;
      await own.worker.terminate();
    }
  }
}

function passed(piece: Uint8Array): Uint8Array {
  gone += piece.byteLength;
  if (gone > GONE_BYTES) {
    gone = 0;
    tidyYoung();
  }
  return piece;
}

function begun(): Thread {
  // What questions left lying in the house makes room for the thread.
  makeRoomIfGrown();
  const worker = new Worker(THREAD, { env: { TMPDIR: tmpdir() }, stdin: false, resourceLimits: LIMITS });
  const own: Thread = { worker, files: new Map(), blobs: new Map() };
  const failed = (error: string) => {
    own.failure ??= error;
    if (thread === own) thread = undefined;
    for (const [file, hear] of own.files) hear({ file, ended: true, error: own.failure });
  };
  worker.on("message", (said: Heard | Wanted) => {
    if ("call" in said) void give(said);
    else own.files.get(said.file)?.(said);
  });
  worker.on("error", (error: Error) => failed(`${error.name}: ${error.message}`));
  worker.on("exit", () => failed("the thread ended"));

  async function give({ name, call, key, range }: Wanted): Promise<void> {
    try {
      const bytes = await own.blobs.get(name)!.get(key, range);
      worker.postMessage({ call, bytes } satisfies Got, handedOver(bytes));
    } catch (error) {
      worker.postMessage({ call, error: (error as Error).message } satisfies Got);
    }
  }
  return own;
}
