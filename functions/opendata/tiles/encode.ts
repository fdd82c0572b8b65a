import { fromGeojsonVt } from "@maplibre/vt-pbf";
import GeoJSONVT from "geojson-vt";
import type { Here } from "../../../shared/here.ts";
import { LARGE_ROWS } from "../copies/copy.ts";
import { evenly, type Place, placesIn } from "../places.ts";
import type { Dataset, Version } from "../schema.ts";
import { recalled, remember } from "../stored/cache.ts";
import { boxOfTile, type Tile, ZOOM_MAX } from "./grid.ts";

export const EXTENT = 4096;
/** A tile is looked at as one picture: more than this is neither seen nor quick to draw. */
export const PLACES_MAX = 10_000;
export const TILE_BYTES_MAX = 500_000;

interface Encoded {
  bytes: Uint8Array;
  matched: number;
  shown: number;
  /** It shows more soon: a large version is still being made ready for maps. */
  isForNow: boolean;
}

/** A tile that is asked for by itself: of a large version it takes seconds to make, and never changes. */
export async function tileAgain(
  here: Here,
  dataset: Dataset,
  version: Version,
  tile: Tile,
): Promise<Encoded | undefined> {
  if (version.rows < LARGE_ROWS) return tileOf(here, dataset, version, tile);
  const name = `${here.city.slug}/${dataset.id}/${version.file}/${tile.z}/${tile.y}/${tile.x}`;
  const known = recalled<Encoded | "empty">(name);
  const made = known ?? (await tileOf(here, dataset, version, tile)) ?? "empty";
  if (!known && (made === "empty" || !made.isForNow))
    remember(name, made, 300 + (made === "empty" ? 0 : made.bytes.byteLength));
  return made === "empty" ? undefined : made;
}

/**
 * One vector tile of a dataset, its layer named as the dataset's address is, each feature with its id and all its
 * columns; undefined where nothing is. Where a tile would be too much, its features are taken evenly until it is not.
 */
export async function tileOf(here: Here, dataset: Dataset, version: Version, tile: Tile): Promise<Encoded | undefined> {
  const bbox = boxOfTile(tile);
  const asked = { bbox, most: PLACES_MAX, fewForNow: true };
  const { matched, places, isForNow } = await placesIn(here, dataset, version, asked);
  for (let taken: readonly Place[] = places; ; ) {
    const bytes = encoded(dataset.slug, taken, tile);
    if (!bytes) return undefined;
    if (bytes.byteLength <= TILE_BYTES_MAX || taken.length <= 1)
      return { bytes, matched, shown: taken.length, isForNow };
    taken = evenly(taken, Math.max(1, Math.floor((taken.length * TILE_BYTES_MAX * 0.9) / bytes.byteLength)));
  }
}

/** Features as one layer of a Mapbox vector tile, clipped to it and simplified for its zoom. */
export function encoded(layer: string, places: readonly Place[], { z, x, y }: Tile): Uint8Array | undefined {
  if (places.length === 0) return undefined;
  // Empty cells have no place in a tile's table of values.
  const features = places.map(({ properties, ...place }) => ({
    ...place,
    properties: Object.fromEntries(Object.entries(properties).filter(([, cell]) => cell !== null)),
  }));
  const index = new GeoJSONVT({ type: "FeatureCollection", features } as never, {
    maxZoom: ZOOM_MAX,
    indexMaxZoom: 0,
    extent: EXTENT,
    buffer: 64,
  });
  const tile = index.getTile(z, x, y);
  if (!tile || tile.features.length === 0) return undefined;
  return fromGeojsonVt({ [layer]: tile as never }, { version: 2, extent: EXTENT });
}
