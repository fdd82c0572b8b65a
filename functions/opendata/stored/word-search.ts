import { setImmediate } from "node:timers/promises";
import { inflateRawSync } from "node:zlib";
import { isNumber } from "../words.ts";
import { recalled, remember } from "./cache.ts";
import { chunkDigest } from "./digests.ts";
import type { WordsHead } from "./word-writing.ts";

/** What asking for some words takes, and how it is asked. */
export interface WordsAsked {
  /** Of the index, unpacked. */
  bytes: number;
  /** The rows in which each of the words stands, in the version's order. */
  rows(): Promise<number[]>;
}

interface Block {
  /** What its rows are counted from. */
  from: number;
  offset: number;
  length: number;
  unpacked: number;
  digest: Uint8Array;
}

/** So many blocks are read at once; those that lie together, in one read. */
const AT_ONCE = 64;

/**
 * Opens the index of words.
 * @param name  tells it from every other in this process
 * @param read  bytes of its file @param changed  what to throw where they are not those that were published
 */
export function openWords(
  name: string,
  head: WordsHead,
  rows: number,
  read: (offset: number, length: number) => Promise<Uint8Array>,
  changed: () => Error,
): (words: readonly string[]) => WordsAsked {
  const digests = Buffer.from(head.digests, "base64");
  let [offset, number] = [0, 0];
  const stretches = head.stretches.map(({ from, blocks }) => ({
    firsts: blocks.map(([first]) => first),
    blocks: blocks.map(([, length, unpacked]): Block => {
      const block = { from, offset, length, unpacked, digest: digests.subarray(16 * number, 16 * ++number) };
      offset += length;
      return block;
    }),
  }));

  /** Those that may hold a word. */
  const blocksOf = (word: string): Block[] =>
    stretches.flatMap(({ firsts, blocks }) => {
      const begin = Math.max(0, firstBehind(firsts, (first) => first > word) - 1);
      const end = firstBehind(firsts, (first) => first > word && (isNumber(word) || !first.startsWith(word)));
      return blocks.slice(begin, end);
    });

  async function unpacked(blocks: readonly Block[]): Promise<Uint8Array[]> {
    const keyOf = (block: Block) => `${name}#${block.offset}`;
    const known = blocks.map((block) => recalled<Uint8Array>(keyOf(block)));
    const runs: Block[][] = [];
    for (const [i, block] of blocks.entries()) {
      if (known[i]) continue;
      const before = runs.at(-1)?.at(-1);
      if (before && before.offset + before.length === block.offset) runs.at(-1)!.push(block);
      else runs.push([block]);
    }
    const fresh = await Promise.all(
      runs.map(async (run) => {
        const start = run[0]!.offset;
        const bytes = await read(start, run.at(-1)!.offset + run.at(-1)!.length - start);
        return run.map((block) => {
          const own = bytes.slice(block.offset - start, block.offset - start + block.length);
          if (!chunkDigest(own).equals(block.digest)) throw changed();
          remember(keyOf(block), own, own.byteLength);
          return own;
        });
      }),
    );
    const all = fresh.flat();
    let next = 0;
    return known.map((bytes) => inflateRawSync(bytes ?? all[next++]!));
  }

  async function marked(word: string, blocks: readonly Block[]): Promise<Uint32Array> {
    const marks = new Uint32Array((rows >>> 5) + 1);
    const wanted = Buffer.from(word);
    const isWhole = isNumber(word);
    for (let i = 0; i < blocks.length; i += AT_ONCE) {
      const some = blocks.slice(i, i + AT_ONCE);
      for (const [at, bytes] of (await unpacked(some)).entries()) mark(marks, some[at]!.from, bytes, wanted, isWhole);
      if (blocks.length > AT_ONCE) await setImmediate();
    }
    return marks;
  }

  return (words) => {
    const asked = words.map((word) => [word, blocksOf(word)] as const);
    return {
      bytes: asked.reduce((sum, [, blocks]) => blocks.reduce((own, { unpacked }) => own + unpacked, sum), 0),
      async rows() {
        let all: Uint32Array | undefined;
        for (const [word, blocks] of asked) {
          const marks = await marked(word, blocks);
          if (all) for (let i = 0; i < marks.length; i++) marks[i]! &= all[i]!;
          all = marks;
        }
        return all ? numbersOf(all) : [];
      },
    };
  };
}

/** Marks the rows of a block's words that are the wanted one, or begin with it. */
function mark(marks: Uint32Array, from: number, bytes: Uint8Array, wanted: Buffer, isWhole: boolean): void {
  let at = 0;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const length = number();
    const word = bytes.subarray(at, at + Math.min(length, wanted.length));
    at += length;
    const end = number() + at;
    if ((isWhole ? length === wanted.length : length >= wanted.length) && wanted.equals(word))
      for (let row = from; at < end; ) {
        row += number();
        marks[row >>> 5]! |= 1 << (row & 31);
      }
    at = end;
  }
}

function numbersOf(marks: Uint32Array): number[] {
  const found: number[] = [];
  for (let word = 0; word < marks.length; word++)
    for (let bits = marks[word]!; bits !== 0; bits &= bits - 1) found.push(word * 32 + 31 - Math.clz32(bits & -bits));
  return found;
}

/** Of sorted texts, where those begin of which this is true; it must be true of all behind them. */
function firstBehind(texts: readonly string[], isBehind: (text: string) => boolean): number {
  let [low, high] = [0, texts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBehind(texts[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
