import { booleanIntersects } from "@turf/boolean-intersects";
import type { Here } from "../../../shared/here.ts";
import { areaOf, type Box, boxOf, positions } from "../geometry.ts";
import { type Place, placeOf, placesIn } from "../places.ts";
import type { Dataset } from "../schema.ts";
import { findBySlug } from "../store.ts";
import type { Position } from "./asked.ts";
import type { Plan } from "./layers.ts";
import { drawnAt, lyingAt, type View } from "./view.ts";

/** A finger is wider than a point. */
const REACH_PX = 8;
const LOOKED_AT_MAX = 500;
const FOUND_MAX = 10;

export interface Found {
  dataset: Dataset;
  places: Place[];
  /** How many there are at this point; more than are shown where the list was cut. */
  count: number;
}

/** What of the map's layers lies at a point, within a finger's width of the drawing. */
export async function lyingThere(here: Here, { layers, view }: Plan, point: Position): Promise<Found[]> {
  const bbox = around(view, point);
  const square = areaOf(bbox);
  return Promise.all(
    layers.map(async ({ dataset, filter }) => {
      const { places } = await placesIn(here, dataset, dataset.latest, { bbox, most: LOOKED_AT_MAX, filter });
      const touching = places.filter(({ geometry }) => booleanIntersects(geometry as never, square as never));
      return { dataset, places: touching.slice(0, FOUND_MAX), count: touching.length };
    }),
  );
}

/** One feature by its layer and its number: where it is, and a point of it. */
export async function featureAt(
  here: Here,
  slug: string,
  id: number,
): Promise<{ bbox: Box; point: Position } | undefined> {
  const dataset = await findBySlug(here, slug);
  if (!dataset?.latest.bbox) return undefined;
  const geometry = await placeOf(here, dataset, dataset.latest, id);
  if (!geometry) return undefined;
  const [first] = positions(geometry);
  const bbox = boxOf(geometry);
  const isPoint = geometry.type === "Point";
  return { bbox, point: isPoint ? [first![0], first![1]] : [(bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2] };
}

function around(view: View, point: Position): Box {
  const [x, y] = drawnAt(view)(point);
  const [west, north] = lyingAt(view, x - REACH_PX, y - REACH_PX);
  const [east, south] = lyingAt(view, x + REACH_PX, y + REACH_PX);
  return [west, south, east, north];
}
