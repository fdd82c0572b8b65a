import type { Here } from "../../../shared/here.ts";
import type { Write } from "../../../shared/table.ts";
import { arrangeApart } from "../drafts/thread.ts";
import type { Box } from "../geometry.ts";
import { type Maker, planning } from "../making.ts";
import { made } from "../query/reading.ts";
import type { Dataset, Version } from "../schema.ts";
import { fileOf } from "../stored/opened.ts";
import type { Arranging } from "./arranging.ts";
import { type Copy, copyKeys, LARGE_ROWS, openCopy } from "./copy.ts";

// Whoever looks closely reads all places of a small area. Rows that were published in no order of place are kept once
// more along a Hilbert curve, so that what lies together is read together.

const keysOf = (dataset: Pick<Dataset, "id">, version: Pick<Version, "file">) => copyKeys(dataset, version, "arranged");
const isLarge = ({ rows, bbox }: Version): boolean => rows >= LARGE_ROWS && bbox !== undefined;

/** A large version's places by where they are, if they were arranged. */
export const arrangedOf = (here: Here, dataset: Dataset, version: Version): Promise<Copy | undefined> =>
  openCopy(here, version, keysOf(dataset, version));

export const ARRANGED = "arranged";

/** Plans it for a version that needs it. */
export const toArrange = (here: Here, dataset: Dataset, version: Version): Write[] =>
  isLarge(version) ? [planning(here, dataset, version, ARRANGED)] : [];

export const arranging: Maker = {
  isMade: async (here, dataset, version) => (await arrangedOf(here, dataset, version)) !== undefined,
  async *make(here, dataset, version) {
    const asked = arrangingOf(here, dataset, version);
    try {
      yield* arrangeApart(asked, here.blobs);
    } finally {
      await here.blobs.delete(asked.aside);
    }
  },
};

export const arrangingOf = (here: Here, dataset: Dataset, version: Version): Arranging => ({
  name: `${here.city.slug}/${dataset.id}/${version.file}`,
  version,
  from: fileOf(dataset.id, version.file),
  to: keysOf(dataset, version),
  aside: `tiles/${dataset.id}/${version.file}/arranged.aside`,
});

/** Which rows of a copy are in a box, in the version's order. */
export async function inOrderWithin({ data, numberAt }: Copy, bbox: Box): Promise<number[]> {
  const { rows } = await data.within(bbox);
  const numbers = await made(data, rows, { columns: [numberAt] }, ({ cells }, at) => cells[numberAt]![at] as number);
  return rows
    .map((row, i) => [row, numbers[i]!] as const)
    .sort(([, a], [, b]) => a - b)
    .map(([row]) => row);
}
