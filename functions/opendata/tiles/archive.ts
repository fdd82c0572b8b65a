import { setImmediate } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { limit } from "../../../shared/identity/limits.ts";
import { ARRANGED, arrangedOf } from "../copies/arranged.ts";
import { LARGE_ROWS } from "../copies/copy.ts";
import type { Box } from "../geometry.ts";
import { digestOf, forgotten, plan } from "../making.ts";
import type { Dataset, Version } from "../schema.ts";
import { tileOf } from "./encode.ts";
import { limitsOf, type Tile } from "./grid.ts";
import { bytesOf, HEADER_BYTES, pmtilesOf } from "./pmtiles.ts";
import { attributionOf, vectorLayers } from "./tilejson.ts";

/** A city at zoom 14 has some hundred tiles; a country stays at a zoom that it fits in. */
export const TILES_MAX = 2_000;
const ZOOM_DEEPEST = 14;
/** Whoever asks waits for it: a gateway does not wait for half a minute. */
const MAKES_MS = 20_000;

/** Each takes a processor for as long as {@link MAKES_MS}: so many wait for their turn, others are to ask again. */
const WAITING_MAX = 4;
/** So many may one asker have made an hour. */
const MADE = { max: 60, windowS: 3600 };
const ARRANGED_S = 30;
export const PMTILES = "application/vnd.pmtiles";

type Made = Tile & { bytes: Uint8Array };

/** Where a file of tiles lies, and how long it is. */
export interface Archive {
  key: string;
  bytes: number;
}

/**
 * A version as one archive of tiles, or what of it lies in a box: made when it is first asked for, and kept; a part for
 * a day. No export of the city carries it.
 *
 * @param asker  tells who asks from others
 * @throws {Fault} unavailable: not now; too_many: this asker had many made
 */
export async function archiveOf(
  here: Here,
  dataset: Dataset,
  version: Version,
  bbox: Box | undefined,
  asker: string,
): Promise<Archive> {
  const key = `tiles/${dataset.id}/${version.digest}${bbox ? `/${digestOf(bbox.join())}` : ""}.pmtiles`;
  const kept = await keptAt(here, key);
  if (kept) return kept;
  if (version.rows >= LARGE_ROWS && !(await arrangedOf(here, dataset, version))) {
    await plan(here, dataset, version, ARRANGED);
    throw new Fault("unavailable", "This dataset is being made ready for maps: ask again.", {
      retryAfterS: ARRANGED_S,
    });
  }
  await inTurn(`${here.city.slug}/${key}`, asker, async () => {
    const now = here.clock.now();
    await limit(here.table, now, `OPENDATA#tiles#${asker}`, MADE.max, MADE.windowS);
    const bytes = await made(here, dataset, version, bbox ?? version.bbox!);
    if (bbox) await here.commit([forgotten(here, key)]);
    await here.blobs.put(key, bytes, { contentType: PMTILES });
  });
  return (await keptAt(here, key))!;
}

async function keptAt(here: Here, key: string): Promise<Archive | undefined> {
  const header = await here.blobs.get(key, { offset: 0, length: HEADER_BYTES });
  return header && { key, bytes: bytesOf(header) };
}

const underWay = new Map<string, { asker: string; work: Promise<void> }>();
let last: Promise<void> = Promise.resolve();

/**
 * One file after the other in a process. Who asks for one that is under way waits for that; of one asker nothing else
 * waits meanwhile, so that nobody keeps the others out.
 * @throws {Fault} unavailable
 */
export async function inTurn(name: string, asker: string, make: () => Promise<void>): Promise<void> {
  const known = underWay.get(name);
  if (known) return known.work;
  const isBusy = [...underWay.values()].some((one) => one.asker === asker);
  if (isBusy || underWay.size > WAITING_MAX)
    throw new Fault("unavailable", "Other files of tiles are being made: try again.", {
      retryAfterS: (underWay.size * MAKES_MS) / 1000,
    });
  const work = last.then(make).finally(() => underWay.delete(name));
  last = work.catch(() => undefined);
  underWay.set(name, { asker, work });
  return work;
}

async function made(here: Here, dataset: Dataset, version: Version, bbox: Box): Promise<Uint8Array> {
  const tiles: Made[] = [];
  let level: Tile[] = [{ z: 0, x: 0, y: 0 }];
  let maxZoom = 0;
  const until = performance.now() + MAKES_MS;
  // Level by level, below what was not empty, for as long as a whole level still has room, and is made in time.
  for (let z = 0; z <= ZOOM_DEEPEST && level.length > 0 && tiles.length + level.length <= TILES_MAX; z++) {
    const own: Made[] = [];
    let looked = 0;
    for (const tile of level) {
      if (z > 0 && performance.now() > until) break;
      // Requests are answered meanwhile.
      await setImmediate();
      const found = await tileOf(here, dataset, version, tile);
      if (found) own.push({ ...tile, bytes: gzipSync(found.bytes) });
      looked += 1;
    }
    if (looked < level.length) break;
    tiles.push(...own);
    maxZoom = z;
    const { minX, maxX, minY, maxY } = limitsOf(bbox, z + 1);
    level = own
      .flatMap(({ x, y }) => [0, 1, 2, 3].map((i) => ({ z: z + 1, x: x * 2 + (i % 2), y: y * 2 + (i >> 1) })))
      .filter(({ x, y }) => x >= minX && x <= maxX && y >= minY && y <= maxY);
  }
  return pmtilesOf({
    tiles,
    bbox,
    maxZoom,
    metadata: {
      name: dataset.card.title,
      description: dataset.card.description,
      attribution: attributionOf(dataset),
      type: "overlay",
      version: `${version.number}.0.0`,
      vector_layers: vectorLayers(dataset, version, maxZoom),
    },
  });
}
