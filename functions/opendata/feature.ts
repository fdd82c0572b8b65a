import type { Geometry } from "./geometry.ts";
import { grouped } from "./query/matching.ts";
import { everyColumn, made, recordOf } from "./query/reading.ts";
import type { Cell } from "./schema.ts";
import { recalled, remember } from "./stored/cache.ts";
import type { Opened, Rows } from "./stored/opened.ts";

export interface Feature {
  type: "Feature";
  id: number;
  geometry: Geometry | null;
  properties: Record<string, Cell>;
}

/** A row as a feature; its id is its number in the version, from 1. */
export const featureOf = (rows: Rows, at: number): Feature => ({
  type: "Feature",
  id: rows.from + at + 1,
  geometry: rows.places?.[at] ?? null,
  properties: recordOf(rows, at),
});

/** What `make` makes of these features. */
export const features = <T>(data: Opened, rows: readonly number[], make: (rows: Rows, at: number) => T): Promise<T[]> =>
  made(data, rows, { columns: everyColumn(data), places: true }, make);

// A published row never changes, so its text is made once. Rows that follow one another are made and kept together:
// most pages are then one piece of what is there.
const BLOCK = { rows: 256, bytes: 256 * 1024 };

interface Block {
  /** Features as JSON, with a comma between each two. */
  bytes: Buffer;
  /** Where each of them ends. */
  ends: Uint32Array;
}

/** Features as JSON with commas between them, in pieces, for rows in the version's order. */
export async function featureTexts(data: Opened, rows: readonly number[]): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for (const [index, { from, ...group }, some] of grouped(data, rows)) {
    const size = Math.max(1, Math.min(BLOCK.rows, Math.floor((BLOCK.bytes * group.rows) / (group.bytes + 1))));
    let at = -1;
    let block: Block | undefined;
    for (let i = 0; i < some!.length; ) {
      const start = Math.floor((some![i]! - from) / size) * size;
      if (start !== at) block = await blockOf(data, index, start, Math.min(start + size, group.rows));
      at = start;
      const first = some![i]! - from - at;
      let last = first;
      // As far as one follows the other, they are one piece.
      while (++i < some!.length && some![i]! === from + at + last + 1 && last + 1 < size) last += 1;
      const { bytes, ends } = block!;
      if (pieces.length > 0) pieces.push(COMMA);
      pieces.push(bytes.subarray(first === 0 ? 0 : ends[first - 1]! + 1, ends[last]!));
    }
  }
  return pieces;
}
const COMMA = Buffer.from(",");

async function blockOf(data: Opened, index: number, from: number, to: number): Promise<Block> {
  const name = `${data.name}#${index}#features ${from}`;
  const known = recalled<Block>(name);
  if (known) return known;
  const rows = await data.some(index, from, to, { columns: everyColumn(data), places: true });
  const skipped = data.groups[index]!.from + from - rows.from;
  const texts = Array.from({ length: to - from }, (_, i) => JSON.stringify(featureOf(rows, skipped + i)));
  const ends = new Uint32Array(texts.length);
  let end = -1;
  for (const [i, text] of texts.entries()) {
    end += 1 + Buffer.byteLength(text);
    ends[i] = end;
  }
  const block = { bytes: Buffer.from(texts.join(",")), ends };
  remember(name, block, block.bytes.byteLength + ends.byteLength + 200);
  return block;
}
