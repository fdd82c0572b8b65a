import { openSource } from "../formats/index.ts";
import { type Note, note, Unreadable } from "../formats/note.ts";
import type { Source, SourceFile } from "../formats/source.ts";
import type { Corrections, Kept, Remembered } from "./schema.ts";

/**
 * What the next version's file is to be proposed to be read by. Its encoding shows by itself and may be another; rows
 * that were left out are not left out again unasked.
 */
export function proposalOf({ corrections, found }: Kept): Remembered | undefined {
  const { encoding: _, ...hints } = corrections.hints ?? {};
  const { columns = [] } = corrections;
  const hasHints = Object.keys(hints).length > 0;
  if (!found || (!hasHints && columns.length === 0)) return undefined;
  return { format: found.format, ...(hasHints ? { hints } : {}), ...(columns.length > 0 ? { columns } : {}) };
}

export interface Recalled {
  source: Source;
  /** What was said, and behind it what is remembered and fits this file. */
  corrections: Corrections;
  /** Says what was taken over. */
  notes: Note[];
}

/**
 * Opens a file as it was said to be read, and where nothing was said as the one before it was. What is remembered and
 * does not fit is let go of: another kind of file, a layer that is not there, a column that it has no more.
 */
export async function recalled(
  file: SourceFile,
  corrections: Corrections,
  remembered: Remembered | undefined,
): Promise<Recalled> {
  const own = corrections.hints ?? {};
  const hints = { ...remembered?.hints, ...own };
  const usesHints = remembered?.hints !== undefined && Object.keys(hints).some((name) => !Object.hasOwn(own, name));
  let source = await openSource(file, hints).catch((error) => {
    if (!usesHints || !(error instanceof Unreadable)) throw error;
    return undefined;
  });
  const fits = source !== undefined && (!usesHints || source.format === remembered.format);
  if (!fits) {
    await source?.close();
    source = await openSource(file, own);
  }
  const opened = source!;
  const said = new Set((corrections.columns ?? []).map(({ from }) => from));
  const columns = (remembered?.columns ?? []).filter(
    ({ from }) => !said.has(from) && opened.columns.some(({ name }) => name === from),
  );
  return {
    source: opened,
    corrections: {
      ...corrections,
      ...(usesHints && fits ? { hints } : {}),
      ...(columns.length > 0 ? { columns: [...(corrections.columns ?? []), ...columns] } : {}),
    },
    notes: [
      ...(usesHints && fits ? [note("before.hints")] : []),
      ...(columns.length > 0
        ? [
            note("before.columns", {
              n: columns.length,
              columns: columns
                .map(({ from }) => from)
                .join(", ")
                .slice(0, 300),
            }),
          ]
        : []),
    ],
  };
}
