import type { Geometry } from "../functions/opendata/geometry.ts";
import type { Cell, Column } from "../functions/opendata/schema.ts";
import { type Opened, openVersion } from "../functions/opendata/stored/opened.ts";
import { type Written, writeVersion } from "../functions/opendata/stored/writing.ts";
import type { BlobWriter } from "../shared/ports.ts";

// Versions of datasets without a house: their files are in memory.

const KEYS = { rows: "rows", boxes: "boxes", words: "words" };
let made = 0;

/** A dataset in memory: one array a column, and a place (or none) for each row. */
export interface Frame {
  columns: Column[];
  cells: Cell[][];
  places?: (Geometry | null)[] | undefined;
}
const rowsOf = ({ cells, places }: Frame) => places?.length ?? cells[0]?.length ?? 0;

export interface InMemory {
  files: Map<string, Uint8Array>;
  written: Written;
  /** What was read of the files, in this order. */
  reads: { key: string; length: number }[];
  /** Each time as if nothing of it were known yet. */
  open(): Promise<Opened>;
}

/** A frame as it would be published; or as it was before versions had an index of words. */
export async function stored(frame: Frame, hasWords = true): Promise<InMemory> {
  const files = new Map<string, Uint8Array>();
  const begin = (key: string): BlobWriter => {
    const parts: Uint8Array[] = [];
    return {
      write: async (bytes) => void parts.push(bytes.slice()),
      close: async () => void files.set(key, new Uint8Array(Buffer.concat(parts))),
      drop: async () => {},
    };
  };
  const writer = writeVersion(frame.columns, {
    rows: begin(KEYS.rows),
    boxes: frame.places ? begin(KEYS.boxes) : undefined,
    ...(hasWords ? { words: begin(KEYS.words) } : {}),
  });
  for (let row = 0; row < rowsOf(frame); row++)
    await writer.add(
      frame.cells.map((cells) => cells[row] ?? null),
      frame.places?.[row],
    );
  const written = await writer.close();
  const reads: InMemory["reads"] = [];
  const blobs = {
    get: async (key: string, range?: { offset: number; length: number }) => {
      const bytes = files.get(key);
      reads.push({ key, length: range?.length ?? 0 });
      return range ? bytes?.slice(range.offset, range.offset + range.length) : bytes;
    },
  };
  const version = { ...written, columns: frame.columns, hasPlaces: frame.places !== undefined };
  return { files, written, reads, open: () => openVersion(`in memory ${made++}`, blobs, KEYS, version) };
}

export const opened = async (frame: Frame): Promise<Opened> => (await stored(frame)).open();

/** All that a stream of texts gives. */
export async function textOf(parts: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const part of parts) text += part;
  return text;
}
