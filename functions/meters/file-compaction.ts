import type { Here } from "../../shared/here.ts";
import { type Row, rowsOfBlock } from "./batch-rows.ts";
import { batchStore } from "./batch-store.ts";
import { type OpenFile, openFiles, removeBytes, removeSlice, type Slice, sliceOf } from "./deliveries.ts";

/** Files that are looked at in one run. */
const FILES_MAX = 400;

/** Deliveries of files on their way into segments, or as much of them as goes at once. */
export interface MovingFiles {
  rows: Row[];
  slices: Slice[];
  /** Of which all is in these slices, or was moved before. */
  whole: OpenFile[];
  isMore: boolean;
}

/** The oldest deliveries that are in no segment yet. @param most  readings */
export async function movingFiles(here: Here, most: number): Promise<MovingFiles> {
  const moving: MovingFiles = { rows: [], slices: [], whole: [], isMore: false };
  const files = most > 0 ? await openFiles(here.table, FILES_MAX) : [];
  for (const file of files) {
    try {
      for (let number = 0; number < file.slices; number++) {
        if (moving.rows.length >= most) return { ...moving, isMore: true };
        const slice = await sliceOf(here.table, file, number);
        if (!slice) continue;
        moving.slices.push(slice);
        for (const row of await rowsIn(here, slice)) moving.rows.push(row);
      }
      moving.whole.push(file);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      await park(here, file, error);
    }
  }
  return { ...moving, isMore: files.length === FILES_MAX };
}

async function rowsIn(here: Here, { blocks }: Slice): Promise<Row[]> {
  const numbers = batchStore(here);
  await numbers.learn([...new Set(blocks.map(({ meterId }) => meterId))]);
  return blocks.flatMap(({ meterId, ...block }) => {
    const known = numbers.known.get(meterId);
    if (!known) throw new RangeError(`no meter ${meterId} is registered`);
    return rowsOfBlock(known.number, block);
  });
}

/** Removes what segments hold by now. Cut off anywhere, what is left is moved again, and counts once. */
export async function removeMoved({ table }: Here, { slices, whole }: MovingFiles): Promise<void> {
  for (const slice of slices) await removeSlice(table, slice);
  for (const file of whole) await removeBytes(table, file);
}

/** What cannot be unpacked waits for a person where it is, and holds nothing back. */
async function park(here: Here, { item, deliveryId }: OpenFile, error: RangeError): Promise<void> {
  here.log.error("a delivery is parked", { deliveryId, error });
  await here.table.transact([
    { put: { pk: "BATCHPARKED", sk: item.sk, reason: error.message.slice(0, 300) } },
    { delete: item },
  ]);
}
