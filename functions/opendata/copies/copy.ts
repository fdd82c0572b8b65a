import { z } from "zod";
import type { Here } from "../../../shared/here.ts";
import type { Blobs } from "../../../shared/ports.ts";
import type { Geometry } from "../geometry.ts";
import type { Cell, Column, Dataset, Version } from "../schema.ts";
import { recalled } from "../stored/cache.ts";
import { type Opened, openVersion } from "../stored/opened.ts";
import { writeVersion } from "../stored/writing.ts";

// A map of millions of places reads a few thousand of them at a time, and in the order in which they were published
// these lie scattered over the whole file. So rows of a large version are kept once more, in another choice or order.

/** From so many rows on; below, the whole is read as fast. */
export const LARGE_ROWS = 200_000;

/** Rows with places of a version, each with its number in the version. */
export interface Copy {
  data: Opened;
  /** The column that says which row of the version it is, from 0; it comes after the version's own. */
  numberAt: number;
}

/** Cells with the row's number after them, and its place. */
export type CopiedRow = readonly [cells: readonly Cell[], place: Geometry];

const About = z.object({
  rows: z.int(),
  bytes: z.int(),
  footer: z.object({ bytes: z.int(), digest: z.string() }),
  bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]),
});

export type CopyKeys = ReturnType<typeof copyKeys>;

/** Made again by itself if it is not there, so no export of the city carries it. */
export const copyKeys = ({ id }: Pick<Dataset, "id">, { file }: Pick<Version, "file">, name: string) => ({
  about: `tiles/${id}/${file}/${name}.json`,
  rows: `tiles/${id}/${file}/${name}.parquet`,
  boxes: `tiles/${id}/${file}/${name}.bin`,
});

const columnsOf = ({ columns }: Pick<Version, "columns">): Column[] => {
  const names = new Set(columns.map(({ name }) => name));
  let name = "row";
  while (names.has(name)) name = `_${name}`;
  return [...columns, { name, type: "integer" }];
};

const nameOf = (here: Here, { rows }: CopyKeys) => `${here.city.slug}/${rows}`;

/** A copy, if it was made. */
export async function openCopy(
  here: Here,
  version: Pick<Version, "columns">,
  keys: CopyKeys,
): Promise<Copy | undefined> {
  const numberAt = version.columns.length;
  const known = recalled<Opened>(nameOf(here, keys));
  if (known) return { data: known, numberAt };
  const about = await here.blobs.get(keys.about);
  if (!about) return undefined;
  const kept = About.parse(JSON.parse(new TextDecoder().decode(about)));
  const columns = columnsOf(version);
  return {
    data: await openVersion(nameOf(here, keys), here.blobs, keys, { ...kept, columns, hasPlaces: true }),
    numberAt,
  };
}

/** Writes a copy, batch by batch; it is there once all of it is. */
export async function* writeCopy(
  blobs: Pick<Blobs, "begin" | "put">,
  version: Pick<Version, "columns">,
  keys: CopyKeys,
  batches: AsyncIterable<readonly CopiedRow[]>,
): AsyncGenerator<void> {
  const rows = await blobs.begin(keys.rows, { contentType: "application/vnd.apache.parquet" });
  const boxes = await blobs.begin(keys.boxes);
  let isWhole = false;
  try {
    const writer = writeVersion(columnsOf(version), { rows, boxes });
    for await (const batch of batches) {
      for (const [cells, place] of batch) await writer.add(cells, place);
      yield;
    }
    const about = About.parse(await writer.close());
    isWhole = true;
    await blobs.put(keys.about, new TextEncoder().encode(JSON.stringify(about)));
  } finally {
    if (!isWhole) await Promise.all([rows.drop(), boxes.drop()]);
  }
}
