import { isUtf8 } from "node:buffer";
import type { Bytes } from "./bytes.ts";
import { type Note, note, refuse } from "./note.ts";

/** The encoding of a file of text, its mark of byte order left out when it is read. */
export interface Encoded {
  encoding: string;
  notes: Note[];
}

/**
 * UTF-8 where all bytes are; UTF-16 by its mark, or by the NULs of its ASCII letters; else the code page of Windows for
 * Latin or for Arabic letters, by how they stand: in Latin writing the bytes above ASCII stand alone, in Arabic together.
 */
export async function encodingOf(bytes: Bytes, hint?: string): Promise<Encoded> {
  if (hint !== undefined) return { encoding: known(hint), notes: [] };
  const look = new Look();
  for await (const chunk of bytes.stream()) look.at(chunk);
  if (look.size === 0) refuse("file.empty");
  const utf16 = look.utf16();
  if (utf16) return { encoding: utf16, notes: [note("text.utf16")] };
  if (look.nulLine > 0) refuse("text.nul", { at: `#/line/${look.nulLine}` }, `#/line/${look.nulLine}`);
  if (look.isUtf8()) return { encoding: "utf-8", notes: [] };
  const encoding = look.isArabic() ? "windows-1256" : "windows-1252";
  return { encoding, notes: [note("text.legacy", { encoding, at: `#/line/${look.legacyLine}` })] };
}

/** The encoding of texts among other bytes, as tables of dBASE have them. */
export async function encodingAmong(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const look = new Look();
  for await (const chunk of bytes) look.at(chunk);
  return look.isUtf8() ? "utf-8" : look.isArabic() ? "windows-1256" : "windows-1252";
}

export function known(label: string): string {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return refuse("text.unknown", { encoding: label.slice(0, 40) });
  }
}

const LINE_FEED = 10;
const lineFeeds = (bytes: Uint8Array): number => {
  let n = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) n += 1;
  return n;
};

/** What the bytes of a file tell about its encoding, chunk by chunk. */
class Look {
  size = 0;
  /** The line of the first NUL, and of the first bytes that are no UTF-8; 0 where there are none. */
  nulLine = 0;
  legacyLine = 0;
  private start = new Uint8Array(0);
  private lines = 1;
  private pending: Uint8Array = new Uint8Array(0);
  private high = 0;
  private highPairs = 0;

  at(chunk: Uint8Array): void {
    if (this.size === 0) this.start = chunk.slice(0, 1000);
    this.size += chunk.length;
    const nul = this.nulLine === 0 ? chunk.indexOf(0) : -1;
    if (nul >= 0) this.nulLine = this.lines + lineFeeds(chunk.subarray(0, nul));
    if (this.legacyLine === 0) this.lookForUtf8(chunk);
    if (this.legacyLine > 0) this.countHigh(chunk);
    if (this.nulLine === 0 || this.legacyLine === 0) this.lines += lineFeeds(chunk);
  }

  /** A sign may lie across two chunks: its first bytes wait for the rest. */
  private lookForUtf8(chunk: Uint8Array): void {
    const joined = this.pending.length > 0 ? Buffer.concat([this.pending, chunk]) : chunk;
    let end = joined.length;
    while (end > 0 && joined.length - end < 3 && (joined[end - 1]! & 0xc0) === 0x80) end -= 1;
    if (end > 0 && joined[end - 1]! >= 0xc0) end -= 1;
    else end = joined.length;
    const whole = joined.subarray(0, end);
    if (isUtf8(whole)) this.pending = joined.slice(end);
    else this.legacyLine = this.lines + lineFeeds(whole.subarray(0, firstWrong(whole)));
  }

  private countHigh(chunk: Uint8Array): void {
    for (let i = 1; i < chunk.length && this.high < 100_000; i++) {
      if (chunk[i]! < 0x80) continue;
      this.high += 1;
      if (chunk[i - 1]! >= 0x80) this.highPairs += 1;
    }
  }

  utf16(): string | undefined {
    const [a, b] = this.start;
    if (a === 0xff && b === 0xfe) return "utf-16le";
    if (a === 0xfe && b === 0xff) return "utf-16be";
    if (this.nulLine === 0) return undefined;
    const nuls = [0, 0];
    this.start.forEach((byte, i) => {
      if (byte === 0) nuls[i % 2]! += 1;
    });
    const half = this.start.length / 2;
    if (nuls[1]! > half * 0.7 && nuls[0] === 0) return "utf-16le";
    return nuls[0]! > half * 0.7 && nuls[1] === 0 ? "utf-16be" : undefined;
  }

  isUtf8(): boolean {
    if (this.legacyLine === 0 && !isUtf8(this.pending)) this.legacyLine = this.lines;
    return this.legacyLine === 0;
  }

  isArabic(): boolean {
    return this.highPairs > this.high / 2;
  }
}

/** Where the first bytes are that are no UTF-8, by halving; a cut is made before a sign, never within one. */
function firstWrong(bytes: Uint8Array): number {
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    let middle = (good + bad) >> 1;
    while (middle > good + 1 && (bytes[middle]! & 0xc0) === 0x80) middle -= 1;
    if (isUtf8(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

/** The text of a file, part by part. */
export async function* textOf(bytes: Bytes, encoding: string): AsyncIterable<string> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of bytes.stream()) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** The same text in UTF-8, for readers that take nothing else. */
export const inUtf8 = (bytes: Bytes, encoding: string): Bytes =>
  encoding === "utf-8"
    ? bytes
    : {
        name: bytes.name,
        async *stream() {
          for await (const text of textOf(bytes, encoding)) yield Buffer.from(text);
        },
      };
