import { z } from "zod";
import type { Here } from "../../shared/here.ts";
import type { Box } from "./geometry.ts";
import { parts } from "./query/reading.ts";
import type { Column, Dataset, Version } from "./schema.ts";
import { type Opened, openVersion } from "./stored/opened.ts";
import { writeVersion } from "./stored/writing.ts";

// A map of millions of places shows some thousands of them, and these lie scattered over the whole file. So some of a
// large version's rows, evenly taken, are kept once more, together: whoever looks from afar reads those alone.

/** From so many rows on; below, the whole is read as fast. */
export const LARGE_ROWS = 200_000;
const KEPT_ROWS = 50_000;

export interface Overview {
  data: Opened;
  /** The column that says which row of the version it is; it comes after the version's own. */
  numberAt: number;
}

const Kept = z.object({
  rows: z.int(),
  bytes: z.int(),
  footer: z.object({ bytes: z.int(), digest: z.string() }),
  bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]),
});

/** Made again by itself if it is not there, so no export carries it. */
const keysOf = ({ id }: Dataset, { file }: Version) => ({
  about: `tiles/${id}/${file}/overview.json`,
  rows: `tiles/${id}/${file}/overview.parquet`,
  boxes: `tiles/${id}/${file}/overview.bin`,
});

const columnsOf = ({ columns }: Pick<Version, "columns">): Column[] => {
  const names = new Set(columns.map(({ name }) => name));
  let name = "row";
  while (names.has(name)) name = `_${name}`;
  return [...columns, { name, type: "integer" }];
};

/** Some of a large version's places, evenly taken. Whoever asks first waits for as long as reading them all takes. */
export async function overviewOf(here: Here, dataset: Dataset, version: Version, whole: Opened): Promise<Overview> {
  const keys = keysOf(dataset, version);
  const name = `${here.city.slug}/${keys.rows}`;
  const about = await here.blobs.get(keys.about);
  const kept = about
    ? Kept.parse(JSON.parse(new TextDecoder().decode(about)))
    : await once(name, () => keep(here, keys, version, whole));
  const columns = columnsOf(version);
  const data = await openVersion(name, here.blobs, keys, { ...kept, columns, hasPlaces: true });
  return { data, numberAt: version.columns.length };
}

const underWay = new Map<string, Promise<z.infer<typeof Kept>>>();

/** Several tiles are asked for at once: what they all wait for is made once. */
function once(name: string, make: () => Promise<z.infer<typeof Kept>>): Promise<z.infer<typeof Kept>> {
  const known = underWay.get(name);
  if (known) return known;
  const made = make().finally(() => underWay.delete(name));
  underWay.set(name, made);
  return made;
}

async function keep(here: Here, keys: ReturnType<typeof keysOf>, version: Version, whole: Opened) {
  const rows = await here.blobs.begin(keys.rows, { contentType: "application/vnd.apache.parquet" });
  const boxes = await here.blobs.begin(keys.boxes);
  try {
    const writer = writeVersion(columnsOf(version), { rows, boxes });
    const every = Math.max(1, Math.floor(whole.rows / KEPT_ROWS));
    const wanted = { columns: whole.columns.map((_, i) => i), places: true };
    for await (const { rows: read } of parts(whole, undefined, wanted))
      for (let at = (every - (read.from % every)) % every; at < read.rows; at += every) {
        const place = read.places?.[at];
        if (place) await writer.add([...read.cells.map((cells) => cells![at] ?? null), read.from + at], place);
      }
    const kept = Kept.parse(await writer.close());
    await here.blobs.put(keys.about, new TextEncoder().encode(JSON.stringify(kept)));
    return kept;
  } catch (error) {
    await Promise.all([rows.drop(), boxes.drop()]);
    throw error;
  }
}

/** Fewer than this in a box are no picture of what is there: then the version itself is read. */
const ENOUGH = 1_000;

/** The rows of an overview in a box, if there are enough of them. */
export async function enoughWithin({ data }: Overview, bbox: Box): Promise<number[] | undefined> {
  const { rows } = await data.within(bbox);
  return rows.length >= ENOUGH ? rows : undefined;
}
