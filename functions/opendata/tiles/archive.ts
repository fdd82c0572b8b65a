import { setImmediate } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import type { Box } from "../geometry.ts";
import type { Dataset, Version } from "../schema.ts";
import { tileOf } from "./encode.ts";
import { limitsOf, type Tile } from "./grid.ts";
import { pmtilesOf } from "./pmtiles.ts";
import { attributionOf, vectorLayers } from "./tilejson.ts";

/** A city at zoom 14 has some hundred tiles; a country stays at a zoom that it fits in. */
export const TILES_MAX = 2_000;
const ZOOM_DEEPEST = 14;
/** Whoever asks waits for it: a gateway does not wait for half a minute. */
const MAKES_MS = 20_000;

type Made = Tile & { bytes: Uint8Array };

/** Where a version's archive is kept: made again by itself if it is not there, so no export carries it. */
const blobOf = ({ id }: Dataset, { digest }: Version): string => `tiles/${id}/${digest}.pmtiles`;

let isMaking = false;

/** One at a time in a process: anybody may ask, and each takes its processor for as long as {@link MAKES_MS}. */
async function alone(make: () => Promise<Uint8Array>): Promise<Uint8Array> {
  if (isMaking)
    throw new Fault("unavailable", "Another file of tiles is being made: try again.", { retryAfterS: MAKES_MS / 1000 });
  isMaking = true;
  try {
    return await make();
  } finally {
    isMaking = false;
  }
}

/** The whole of a version as one archive of tiles; kept once it was made. @throws {Fault} unavailable: not now */
export async function archiveOf(here: Here, dataset: Dataset, version: Version): Promise<Uint8Array> {
  const key = blobOf(dataset, version);
  const kept = await here.blobs.get(key);
  if (kept) return kept;
  const made = await archiveWithin(here, dataset, version, version.bbox!);
  await here.blobs.put(key, made, { contentType: "application/vnd.pmtiles" });
  return made;
}

/** What of a version lies in a box, as one archive. @throws {Fault} unavailable: not now */
export const archiveWithin = (here: Here, dataset: Dataset, version: Version, bbox: Box): Promise<Uint8Array> =>
  alone(() => made(here, dataset, version, bbox));

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
