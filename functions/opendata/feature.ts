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

/** A row's number in the version, from 0. */
export const numberOf = ({ from, numbers }: Rows, at: number): number => numbers?.[at] ?? from + at;

/** A row as a feature; its id is its number in the version, from 1. */
export const featureOf = (rows: Rows, at: number): Feature => ({
  type: "Feature",
  id: numberOf(rows, at) + 1,
  geometry: rows.places?.[at] ?? null,
  properties: recordOf(rows, at),
});

/** What `make` makes of these features. */
export const features = <T>(data: Opened, rows: readonly number[], make: (rows: Rows, at: number) => T): Promise<T[]> =>
  made(data, rows, { columns: everyColumn(data), places: true }, make);

// A published row never changes, so its text is made once. Rows that follow one another are made together.
const BLOCK = { rows: 256, bytes: 256 * 1024 };

interface Block {
  /** Features as JSON, with a comma between each two. */
  text: string;
  /** Where each of them ends. */
  ends: Uint32Array;
}
/** What was made of a row group. */
interface Texts {
  /** So many rows a block. */
  size: number;
  blocks: (Block | undefined)[];
  bytes: number;
}

/** Features as JSON with commas between them, for rows in the version's order; `before` and `after` stand around them. */
export async function featureTexts(data: Opened, rows: readonly number[], before = "", after = ""): Promise<string> {
  const pieces: string[] = [];
  for (const [index, { from }, some] of grouped(data, rows)) {
    const texts = textsOf(data, index);
    for (let i = 0; i < some!.length; ) {
      const at = Math.floor((some![i]! - from) / texts.size);
      const { text, ends } = texts.blocks[at] ?? (await makeBlock(data, index, texts, at));
      const start = from + at * texts.size;
      const first = some![i]! - start;
      let last = first;
      // As far as one follows the other, they are one piece.
      while (++i < some!.length && some![i]! === start + last + 1 && last + 1 < ends.length) last += 1;
      pieces.push(text.slice(first === 0 ? 0 : ends[first - 1]! + 1, ends[last]!));
    }
  }
  if (pieces.length === 0) return before + after;
  // Before they are put together, so that all of it is copied once.
  pieces[0] = before + pieces[0];
  pieces.push(pieces.pop() + after);
  return pieces.join(",");
}

function textsOf(data: Opened, index: number): Texts {
  const name = textsName(data, index);
  const known = recalled<Texts>(name);
  if (known) return known;
  const { rows, bytes } = data.groups[index]!;
  const size = Math.max(1, Math.min(BLOCK.rows, Math.floor((BLOCK.bytes * rows) / (bytes + 1))));
  const texts = { size, blocks: new Array(Math.ceil(rows / size)), bytes: 200 + (8 * rows) / size };
  remember(name, texts, texts.bytes);
  return texts;
}
const textsName = ({ name }: Opened, index: number) => `${name}#${index}#features`;

async function makeBlock(data: Opened, index: number, texts: Texts, at: number): Promise<Block> {
  const group = data.groups[index]!;
  const [from, to] = [at * texts.size, Math.min((at + 1) * texts.size, group.rows)];
  const rows = await data.some(index, from, to, { columns: everyColumn(data), places: true });
  const skipped = group.from + from - rows.from;
  const all = Array.from({ length: to - from }, (_, i) => JSON.stringify(featureOf(rows, skipped + i)));
  const ends = new Uint32Array(all.length);
  let end = -1;
  for (const [i, text] of all.entries()) {
    end += 1 + text.length;
    ends[i] = end;
  }
  const block = { text: all.join(","), ends };
  texts.blocks[at] = block;
  // A sign takes two bytes wherever one of them is not of the first 256.
  texts.bytes += block.text.length * (/[^\0-\xff]/.test(block.text) ? 2 : 1) + ends.byteLength + 200;
  remember(textsName(data, index), texts, texts.bytes);
  return block;
}
