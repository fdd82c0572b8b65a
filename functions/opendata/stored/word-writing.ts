import { setImmediate } from "node:timers/promises";
import { deflateRawSync } from "node:zlib";
import type { BlobWriter } from "../../../shared/ports.ts";
import type { Cell, Column } from "../schema.ts";
import { wordsByColumn } from "../words.ts";
import { chunkDigest, sha } from "./digests.ts";

// Which words stand in which rows of a version, as a file of its own. It is written in stretches: when so many words
// were met, they are sorted and written with their rows, and forgotten. A stretch is a row of blocks, each packed by
// itself; the file's end says with which word each begins. So whoever asks for a word reads one block of each stretch.

/** Words and rows of a stretch that are held at once: 8 MB of numbers, and the words once. */
const PAIRS_MAX = 2 ** 20;
const WORDS_MAX = 100_000;
/** Words that are written before others have their turn. */
const AT_ONCE = 20_000;
/** What is held grows from here: most datasets are small. */
const FIRST_ROOM = 1024;
/** Of a block before it is packed. Rows of one word that take more than the latter are a block of their own. */
const BLOCK_BYTES = 16 * 1024;
const OWN_BLOCK_BYTES = 4 * 1024;
/** Longer, and there is no index: words are then looked for in the rows. */
const FILE_BYTES = 256 * 1024 * 1024;

/** The file's end, packed. */
export interface WordsHead {
  stretches: {
    /** What its rows are counted from. */
    from: number;
    /** The first word of each block, its length in the file, and its length unpacked. */
    blocks: [first: string, length: number, unpacked: number][];
  }[];
  /** Of each block: the first 16 bytes of SHA-256, in base64, one after the other. */
  digests: string;
}
/** Where the head is. */
export interface WordsPart {
  offset: number;
  length: number;
  digest: string;
}

export class WordsWriter {
  private readonly wordsOf: ((cell: Cell) => readonly string[])[];
  private numbers = new Map<string, number>();
  /** By a word's number: the row where it was met last, plus one. */
  private last = new Uint32Array(FIRST_ROOM);
  private met = { words: new Uint32Array(FIRST_ROOM), rows: new Uint32Array(FIRST_ROOM), count: 0 };
  private from = 0;
  private offset = 0;
  private isTooLong = false;
  private readonly stretches: WordsHead["stretches"] = [];
  private readonly digests: Buffer[] = [];

  constructor(
    columns: readonly Column[],
    private readonly file: BlobWriter,
  ) {
    this.wordsOf = wordsByColumn(columns);
  }

  /** @returns when there is room for the next row */
  add(row: number, cells: readonly Cell[]): Promise<void> | undefined {
    if (this.isTooLong) return undefined;
    for (let i = 0; i < this.wordsOf.length; i++)
      for (const word of this.wordsOf[i]!(cells[i] ?? null)) this.meet(word, row);
    return this.met.count >= PAIRS_MAX || this.numbers.size >= WORDS_MAX ? this.flush(row + 1) : undefined;
  }

  /** @returns nothing where there would be too much: then the file is not kept */
  async close(): Promise<WordsPart | undefined> {
    if (this.met.count > 0) await this.flush(0);
    if (this.isTooLong) {
      await this.file.drop();
      return undefined;
    }
    const head: WordsHead = { stretches: this.stretches, digests: Buffer.concat(this.digests).toString("base64") };
    const bytes = deflateRawSync(JSON.stringify(head));
    const part = { offset: this.offset, length: bytes.byteLength, digest: sha(bytes) };
    await this.file.write(bytes);
    await this.file.close();
    return part;
  }

  private meet(word: string, row: number): void {
    let number = this.numbers.get(word);
    if (number === undefined) {
      number = this.numbers.size;
      // A part of a text would keep the whole of it in memory.
      this.numbers.set(Buffer.from(word).toString(), number);
      if (number === this.last.length) this.last = longer(this.last);
    } else if (this.last[number] === row + 1) return;
    this.last[number] = row + 1;
    const { met } = this;
    if (met.count === met.rows.length) {
      met.words = longer(met.words);
      met.rows = longer(met.rows);
    }
    met.words[met.count] = number;
    met.rows[met.count++] = row;
  }

  private async flush(next: number): Promise<void> {
    const { met, numbers, from } = this;
    // Rows by word; each word's stay in the order in which they were met.
    const ends = new Uint32Array(numbers.size + 1);
    for (let i = 0; i < met.count; i++) ends[met.words[i]! + 1]! += 1;
    for (let i = 1; i < ends.length; i++) ends[i]! += ends[i - 1]!;
    const rows = new Uint32Array(met.count);
    for (let i = 0; i < met.count; i++) rows[ends[met.words[i]!]!++] = met.rows[i]! - from;
    // Where a word's rows ended up is where the next one's begin.
    const packed: Buffer[] = [];
    const digests: Buffer[] = [];
    const blocks: WordsHead["stretches"][number]["blocks"] = [];
    let [first, block] = ["", new Bytes()];
    const list = new Bytes();
    const end = () => {
      if (block.length === 0) return;
      const bytes = deflateRawSync(block.taken(), { level: 3 });
      digests.push(chunkDigest(bytes));
      blocks.push([first, bytes.byteLength, block.length]);
      packed.push(bytes);
      block = new Bytes();
    };
    for (const [i, word] of [...numbers.keys()].sort().entries()) {
      // A short file is read where requests are answered: they have their turn.
      if (i % AT_ONCE === 0) await setImmediate();
      const number = numbers.get(word)!;
      list.length = 0;
      let before = 0;
      for (let at = number === 0 ? 0 : ends[number - 1]!; at < ends[number]!; at++) {
        list.number(rows[at]! - before);
        before = rows[at]!;
      }
      const isOwn = list.length > OWN_BLOCK_BYTES;
      if (isOwn) end();
      if (block.length === 0) first = word;
      block.counted(Buffer.from(word));
      block.counted(list.taken());
      if (isOwn || block.length >= BLOCK_BYTES) end();
    }
    end();
    this.stretches.push({ from, blocks });
    // Each by itself would take many times its 16 bytes.
    this.digests.push(Buffer.concat(digests));
    this.numbers = new Map();
    this.last.fill(0);
    met.count = 0;
    this.from = next;
    const bytes = Buffer.concat(packed);
    this.offset += bytes.byteLength;
    this.isTooLong = this.offset > FILE_BYTES;
    await this.file.write(bytes);
  }
}

/** Bytes that grow. Numbers are written in sevens of bits, the least first. */
class Bytes {
  length = 0;
  private bytes = Buffer.allocUnsafe(64);

  number(value: number): void {
    this.room(5);
    let rest = value;
    for (; rest > 127; rest >>>= 7) this.bytes[this.length++] = (rest & 127) | 128;
    this.bytes[this.length++] = rest;
  }
  /** How many they are, and they themselves. */
  counted(bytes: Uint8Array): void {
    this.number(bytes.byteLength);
    this.room(bytes.byteLength);
    this.bytes.set(bytes, this.length);
    this.length += bytes.byteLength;
  }
  taken(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
  private room(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.length + more));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}

function longer(given: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(2 * given.length);
  grown.set(given);
  return grown;
}
