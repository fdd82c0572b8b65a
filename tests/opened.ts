import { openSource } from "../functions/opendata/formats/index.ts";
import { sayAt, sayNote, Unreadable } from "../functions/opendata/formats/note.ts";
import type { Hints, Source, SourceFile, SourceRow } from "../functions/opendata/formats/source.ts";

/** Bytes as an uploaded file. */
export const fileOf = (bytes: Uint8Array | string, name = "file"): SourceFile => {
  const held = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  return { name, size: held.length, read: async (offset, length) => held.subarray(offset, offset + length) };
};

export interface Opened {
  source: Source;
  rows: SourceRow[];
  notes: string[];
  /** Each row as an object of its columns. */
  records: Record<string, unknown>[];
  /** What is wrong with which row, as a sentence. */
  wrong: string[];
}

/** A file opened and read to its end. */
export async function opened(bytes: Uint8Array | string, hints: Hints = {}, name = "file"): Promise<Opened> {
  const source = await openSource(fileOf(bytes, name), hints);
  try {
    const rows: SourceRow[] = [];
    for await (const batch of source.rows()) rows.push(...batch);
    return {
      source,
      rows,
      notes: source.notes.map((one) => sayNote(one)),
      records: rows.map(({ cells }) => Object.fromEntries(source.columns.map(({ name }, i) => [name, cells[i]]))),
      wrong: rows.flatMap(({ at, wrong }) => (wrong ? [`${sayAt(at)}: ${sayNote(wrong)}`] : [])),
    };
  } finally {
    await source.close();
  }
}

/** Why a file is refused, and where. */
export async function refusal(bytes: Uint8Array | string, hints: Hints = {}): Promise<string> {
  try {
    await opened(bytes, hints);
  } catch (error) {
    if (error instanceof Unreadable) return `${error.message} (${error.at})`;
    throw error;
  }
  return "it was taken";
}
