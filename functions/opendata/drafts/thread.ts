import { Worker } from "node:worker_threads";
import { handedOver, makeRoom, tidy } from "../../../shared/memory.ts";
import type { Blobs, BlobWriter } from "../../../shared/ports.ts";
import type { Arranging } from "../copies/arranging.ts";
import type { SourceFile } from "../formats/source.ts";
import type { Job, Read } from "./reading.ts";
import type { Mistake, Progress } from "./schema.ts";

// A long file is read in a thread of its own: requests are answered meanwhile, its memory has a bound, and should a
// file go beyond it, the thread ends and not the house. The thread has no files and no table: it asks for bytes. In such
// a thread a version is arranged, too. A process has one at a time, and a file that somebody waits for comes first.

/** What the thread is started with. */
export type Started =
  | { read: { job: Job; file: { name: string; size: number; sha256: string | undefined } } }
  | { arrange: Arranging };
/** What it asks for, and gets an answer to of the same number. */
export type Call = { call: number } & (
  | { read: [offset: number, length: number] }
  | { get: [key: string, range: { offset: number; length: number } | undefined] }
  | { put: [key: string, bytes: Uint8Array] }
  | { begin: [key: string, contentType: string | undefined] }
  | { write: [writer: number, bytes: Uint8Array] }
  | { close: number }
  | { drop: number }
  | { delete: string }
);
export type Answer = { call: number; value?: unknown; error?: string };
/** What it tells: how far it is, what has come of it. */
export type Word =
  | { step: unknown }
  | { result: unknown }
  | { refused: Mistake[] }
  | { failed: string }
  | { gaveWay: true };

export class Refused extends Error {
  constructor(readonly mistakes: Mistake[]) {
    super("The file cannot be read.");
  }
}

/** Somebody waits for a file to be read: try again later. */
export class GaveWay extends Error {}

const LIMITS = { maxOldGenerationSizeMb: 160, maxYoungGenerationSizeMb: 12 };

// Beside this file in the source, beside the one file of a bundle.
const THREAD = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./reading-worker.mjs", import.meta.url);

/** As `readDraft`, apart. @throws {Refused} the file cannot be read */
export function readApart(
  job: Job,
  file: SourceFile & { sha256?: string | undefined },
  blobs: Pick<Blobs, "begin" | "delete">,
): AsyncGenerator<Progress, Read> {
  const { name, size, sha256 } = file;
  return apart({ read: { job, file: { name, size, sha256 } } }, { ...blobs, read: (...range) => file.read(...range) });
}

/** As `arrange`, apart. @throws {GaveWay} a file is read; {Refused} it takes more memory than there is */
export const arrangeApart = (
  arrange: Arranging,
  blobs: Pick<Blobs, "get" | "put" | "begin" | "delete">,
): AsyncGenerator<void> => apart({ arrange }, blobs);

let running: { givesWay: boolean; end(): Promise<unknown> } | undefined;

async function* apart<Step, Result>(
  started: Started,
  given: Partial<Blobs> & Pick<Blobs, "begin" | "delete"> & { read?: SourceFile["read"] },
): AsyncGenerator<Step, Result> {
  const givesWay = "arrange" in started;
  if (givesWay && running) throw new GaveWay();
  if (running?.givesWay) await running.end();
  // What an upload or questions left lying in the house makes room for the thread. What is arranged was published just
  // now, and was tidied while it was read: who asks for it first does not wait for that.
  if (!givesWay) makeRoom();
  const worker = new Worker(THREAD, { workerData: started, env: {}, stdin: false, resourceLimits: LIMITS });
  const own = {
    givesWay,
    end() {
      words.unshift({ gaveWay: true });
      wake();
      return worker.terminate();
    },
  };
  running = own;
  const words: Word[] = [];
  let wake = () => {};
  const say = (word: Word) => {
    words.push(word);
    wake();
  };
  const writers = new Map<number, BlobWriter>();
  worker.on("message", (told: Call | Word) => ("call" in told ? void answer(told) : say(told)));
  worker.on("error", (error: Error & { code?: string }) =>
    say(
      error.code === "ERR_WORKER_OUT_OF_MEMORY"
        ? { refused: [{ at: "#", says: "Reading this file takes more memory than there is for it." }] }
        : { failed: `${error.name}: ${error.message}` },
    ),
  );
  worker.on("exit", () => say({ failed: "the thread ended" }));

  async function answer(call: Call): Promise<void> {
    try {
      const value = await done(call);
      worker.postMessage(
        { call: call.call, value } satisfies Answer,
        handedOver(value instanceof Uint8Array ? value : undefined),
      );
    } catch (error) {
      worker.postMessage({ call: call.call, error: (error as Error).message } satisfies Answer);
    }
  }
  async function done(call: Call): Promise<unknown> {
    if ("read" in call) return given.read!(...call.read);
    if ("get" in call) return given.get!(...call.get);
    if ("put" in call) return given.put!(...call.put);
    if ("begin" in call) {
      const [key, contentType] = call.begin;
      writers.set(call.call, await given.begin(key, contentType === undefined ? {} : { contentType }));
      return call.call;
    }
    if ("write" in call) return writers.get(call.write[0])!.write(call.write[1]);
    if ("delete" in call) return given.delete(call.delete);
    const number = "close" in call ? call.close : call.drop;
    const writer = writers.get(number)!;
    writers.delete(number);
    return "close" in call ? writer.close() : writer.drop();
  }

  try {
    for (;;) {
      const word = words.shift();
      if (!word) await new Promise<void>((resume) => (wake = resume));
      else if ("step" in word) {
        // What is asked of the house meanwhile leaves behind as much as the thread takes. While it arranges people look
        // at what was published, and to collect takes longer than to answer.
        if (!givesWay) tidy();
        yield word.step as Step;
      } else if ("result" in word) return word.result as Result;
      else if ("gaveWay" in word) throw new GaveWay();
      else if ("refused" in word) throw new Refused(word.refused);
      else throw new Error(`a thread did not do its work: ${word.failed}`);
    }
  } finally {
    if (running === own) running = undefined;
    await worker.terminate();
    for (const writer of writers.values()) await writer.drop();
  }
}
