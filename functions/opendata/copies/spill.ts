import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Blobs, BlobWriter } from "../../../shared/ports.ts";

/** So many signs are held before all of them go into the file. */
const HELD = 12 * 1024 * 1024;
/** So many of one heap are taken at a time, about. */
const TAKEN = 32 * 1024 * 1024;

interface Heap {
  held: string[];
  /** Signs of all that came to it. */
  length: number;
  /** Where in the file it lies. */
  pieces: { offset: number; length: number }[];
}

/**
 * Texts in JSON that come in any order and are taken heap by heap: they lie in one file meanwhile, packed, which whoever
 * gave its key deletes.
 */
export type Spill = Awaited<ReturnType<typeof beginSpill>>;

export async function beginSpill(blobs: Pick<Blobs, "get" | "begin">, key: string, count: number) {
  const heaps = Array.from({ length: count }, (): Heap => ({ held: [], length: 0, pieces: [] }));
  let file: BlobWriter | undefined = await blobs.begin(key);
  let [held, offset] = [0, 0];
  const flush = async (): Promise<void> => {
    const packed: Uint8Array[] = [];
    for (const heap of heaps) {
      if (heap.held.length === 0) continue;
      const bytes = deflateRawSync(`[${heap.held.join()}]`, { level: 1 });
      heap.pieces.push({ offset, length: bytes.byteLength });
      heap.held = [];
      offset += bytes.byteLength;
      packed.push(bytes);
    }
    held = 0;
    await file!.write(new Uint8Array(Buffer.concat(packed)));
  };
  return {
    /** @returns when there is room for the next */
    add(heap: number, text: string): Promise<void> | undefined {
      heaps[heap]!.held.push(text);
      heaps[heap]!.length += text.length;
      held += text.length;
      return held < HELD ? undefined : flush();
    },
    async close(): Promise<void> {
      await flush();
      await file!.close();
      file = undefined;
    },
    /** In how many parts a heap is to be taken, so that it is not too much for memory. */
    partsOf: (heap: number): number => Math.max(1, Math.ceil(heaps[heap]!.length / TAKEN)),
    /** All that came to a heap, as lists in JSON. */
    async *textsOf(heap: number): AsyncGenerator<string> {
      for (const piece of heaps[heap]!.pieces) yield inflateRawSync((await blobs.get(key, piece))!).toString();
    },
    /** What was written is let go of, unless it was closed. */
    drop: async (): Promise<void> => file?.drop(),
  };
}
