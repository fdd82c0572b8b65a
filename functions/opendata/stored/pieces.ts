import { letGo } from "../../../shared/memory.ts";
import type { Blobs } from "../../../shared/ports.ts";
import { chunkDigest, sha } from "./digests.ts";
import type { Piece } from "./pages.ts";

// Parts of a version's files, each trusted by its own digest.

export type Readable = Pick<Blobs, "get">;

/** Reads nearer to each other than this are one read. */
const GAP = 64 * 1024;

export async function piece(blobs: Readable, key: string, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await blobs.get(key, { offset, length });
  if (bytes?.byteLength !== length) throw new Error(`the file ${key} of a dataset is missing, or shorter than it was`);
  return bytes;
}

/** A part of a file that has a digest of its own. */
export async function proved(
  blobs: Readable,
  key: string,
  { offset, length, digest }: { offset: number; length: number; digest: string },
): Promise<Uint8Array> {
  const bytes = await piece(blobs, key, offset, length);
  if (sha(bytes) !== digest) throw changed(key);
  return bytes;
}

// Guards against a file that was changed where it lies: it is not opened.
export const changed = (key: string) => new Error(`the file ${key} of a dataset is not what was published`);

/** Pieces of a file, list by list, each list's in one. */
export async function pieced(
  blobs: Readable,
  key: string,
  lists: readonly (readonly Piece[])[],
): Promise<Uint8Array[]> {
  const ranges: Range[] = [];
  const all = lists.map((pieces) => {
    const whole = new Uint8Array(pieces.reduce((sum, { start, end }) => sum + end - start, 0));
    let at = 0;
    for (const one of pieces) {
      const length = one.end - one.start;
      ranges.push({ ...one, into: whole.subarray(at, at + length) });
      at += length;
    }
    return whole;
  });
  await Promise.all(
    runsOf(ranges).map(async (run) => {
      const from = run[0]!.start;
      const bytes = await piece(blobs, key, from, run.at(-1)!.end - from);
      for (const { start, end, digest, into } of run) {
        const own = bytes.subarray(start - from, end - from);
        if (!chunkDigest(own).equals(digest)) throw changed(key);
        into.set(own);
      }
      letGo(bytes);
    }),
  );
  return all;
}

interface Range extends Piece {
  /** Where its bytes go. */
  into: Uint8Array;
}

/** Ranges that lie near each other, in the file's order. */
function runsOf(ranges: readonly Range[]): Range[][] {
  const runs: Range[][] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const run = runs.at(-1);
    if (run && range.start - run.at(-1)!.end <= GAP) run.push(range);
    else runs.push([range]);
  }
  return runs;
}
