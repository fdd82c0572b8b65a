import type { Here } from "../../../shared/here.ts";
import { everyColumn, parts } from "../query/reading.ts";
import type { Dataset, Version } from "../schema.ts";
import type { Opened } from "../stored/opened.ts";
import { type CopiedRow, type Copy, copyKeys, openCopy, writeCopy } from "./copy.ts";

// Whoever looks from afar reads some of the places alone, evenly taken.

const KEPT_ROWS = 50_000;

/** Some of a large version's places, evenly taken. Whoever asks first waits for as long as reading them all takes. */
export async function overviewOf(here: Here, dataset: Dataset, version: Version, whole: Opened): Promise<Copy> {
  const keys = copyKeys(dataset, version, "overview");
  const kept = await openCopy(here, version, keys);
  if (kept) return kept;
  await once(`${here.city.slug}/${keys.rows}`, async () => {
    for await (const _ of writeCopy(here.blobs, version, keys, someOf(whole)));
  });
  return (await openCopy(here, version, keys))!;
}

const underWay = new Map<string, Promise<void>>();

/** Several tiles are asked for at once: what they all wait for is made once. */
function once(name: string, make: () => Promise<void>): Promise<void> {
  const known = underWay.get(name);
  if (known) return known;
  const made = make().finally(() => underWay.delete(name));
  underWay.set(name, made);
  return made;
}

async function* someOf(whole: Opened): AsyncGenerator<CopiedRow[]> {
  const every = Math.max(1, Math.floor(whole.rows / KEPT_ROWS));
  for await (const { rows } of parts(whole, undefined, { columns: everyColumn(whole), places: true })) {
    const taken: CopiedRow[] = [];
    for (let at = (every - (rows.from % every)) % every; at < rows.rows; at += every) {
      const place = rows.places?.[at];
      if (place) taken.push([[...rows.cells.map((cells) => cells![at] ?? null), rows.from + at], place]);
    }
    yield taken;
  }
}
