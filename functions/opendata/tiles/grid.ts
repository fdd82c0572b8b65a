import proj4 from "proj4";
import type { Box } from "../geometry.ts";

// The tile matrix set WebMercatorQuad: one square tile of the world at zoom 0, each of four at the next.
// @see https://docs.ogc.org/is/17-083r4/17-083r4.html

export interface Tile {
  z: number;
  x: number;
  y: number;
}

export const ZOOM_MAX = 16;
const mercator = proj4("EPSG:4326", "EPSG:3857");
/** Half the side of the world's square, in metres of the projection. */
const HALF = 20_037_508.342789244;
/** The square ends where it is as high as it is wide. */
const LATITUDE_MAX = 85.05112877980659;
/** What features reach beyond their tile, in parts of its side, so that no border shows where tiles meet. */
export const BUFFER = 64 / 4096;

/** A place in the world's square: both from 0 to 1, from the west and from the north. */
export function inSquare(longitude: number, latitude: number): [number, number] {
  const [x, y] = mercator.forward([longitude, clamped(latitude, -LATITUDE_MAX, LATITUDE_MAX)]) as [number, number];
  return [(x + HALF) / (2 * HALF), (HALF - y) / (2 * HALF)];
}

/** The longitude and latitude of a place in the world's square. */
export function onEarth(x: number, y: number): [number, number] {
  return mercator.inverse([x * 2 * HALF - HALF, HALF - y * 2 * HALF]) as [number, number];
}

/** What a tile covers, with its buffer, in degrees. */
export function boxOfTile({ z, x, y }: Tile, buffer = BUFFER): Box {
  const side = 2 ** z;
  const [west, north] = onEarth(Math.max(0, (x - buffer) / side), Math.max(0, (y - buffer) / side));
  const [east, south] = onEarth(Math.min(1, (x + 1 + buffer) / side), Math.min(1, (y + 1 + buffer) / side));
  return [west, south, east, north];
}

/** The first and last column and row that a box touches at a zoom. */
export function limitsOf([west, south, east, north]: Box, z: number) {
  const side = 2 ** z;
  const within = (part: number) => clamped(Math.floor(part * side), 0, side - 1);
  const [left, top] = inSquare(west, north);
  const [right, bottom] = inSquare(east, south);
  return { minX: within(left), maxX: within(right), minY: within(top), maxY: within(bottom) };
}

export const clamped = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value));

const PIXEL_M = 0.000_28;
const SIDE_PX = 256;

/** The whole tile matrix set, as clients that know none by heart want it. */
export const WEB_MERCATOR_QUAD = {
  id: "WebMercatorQuad",
  title: "Google Maps Compatible for the World",
  uri: "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad",
  crs: "http://www.opengis.net/def/crs/EPSG/0/3857",
  orderedAxes: ["X", "Y"],
  wellKnownScaleSet: "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
  tileMatrices: Array.from({ length: ZOOM_MAX + 1 }, (_, z) => {
    const cellSize = (2 * HALF) / SIDE_PX / 2 ** z;
    return {
      id: String(z),
      scaleDenominator: cellSize / PIXEL_M,
      cellSize,
      pointOfOrigin: [-HALF, HALF],
      tileWidth: SIDE_PX,
      tileHeight: SIDE_PX,
      matrixWidth: 2 ** z,
      matrixHeight: 2 ** z,
    };
  }),
};
