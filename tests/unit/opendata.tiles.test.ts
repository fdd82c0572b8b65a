import { randomBytes } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";
import { PMTiles, type Source } from "pmtiles";
import { describe, expect, test } from "vitest";
import type { Geometry } from "../../functions/opendata/geometry.ts";
import { evenly, type Place } from "../../functions/opendata/places.ts";
import { encoded } from "../../functions/opendata/tiles/encode.ts";
import { boxOfTile, inSquare, limitsOf, onEarth, WEB_MERCATOR_QUAD } from "../../functions/opendata/tiles/grid.ts";
import { pmtilesOf } from "../../functions/opendata/tiles/pmtiles.ts";

const place = (id: number, geometry: Geometry, properties: Place["properties"] = {}): Place => ({
  type: "Feature",
  id,
  geometry,
  properties,
});
const read = (bytes: Uint8Array) => new VectorTile(new PbfReader(bytes)).layers["stops"]!;

describe("the grid", () => {
  test("is the one that every map knows", () => {
    expect(boxOfTile({ z: 1, x: 0, y: 1 }, 0).map((one) => Math.round(one * 1e6) / 1e6)).toEqual([
      -180, -85.051129, 0, 0,
    ]);
    // The tile of Nantes at zoom 12, by the formula of the slippy map.
    const [longitude, latitude] = [-1.5536, 47.2173];
    const rad = (latitude * Math.PI) / 180;
    const x = Math.floor(((longitude + 180) / 360) * 4096);
    const y = Math.floor(((1 - Math.log(Math.tan(rad) + 1 / Math.cos(rad)) / Math.PI) / 2) * 4096);
    expect(limitsOf([longitude, latitude, longitude, latitude], 12)).toEqual({ minX: x, maxX: x, minY: y, maxY: y });
    const [lon, lat] = onEarth(...inSquare(longitude, latitude));
    expect([lon, lat].map((one) => one.toFixed(9))).toEqual([longitude.toFixed(9), latitude.toFixed(9)]);
    expect(WEB_MERCATOR_QUAD.tileMatrices[0]!.scaleDenominator).toBeCloseTo(559_082_264.0287178, 3);
    // Beyond its edge, the pole is the last row.
    expect(limitsOf([-180, -90, 180, 90], 3)).toEqual({ minX: 0, maxX: 7, minY: 0, maxY: 7 });
  });
});

describe("a vector tile", () => {
  const { minX: x, minY: y } = limitsOf([-1.55, 47.2, -1.55, 47.2], 14);
  test("has each feature that touches it, with its id and its cells, to a hundred-thousandth of a degree", () => {
    const tile = encoded(
      "stops",
      [
        place(
          7,
          { type: "Point", coordinates: [-1.55, 47.2] },
          { name: "Gare", lines: 12, share: 0.25, open: true, none: null },
        ),
        place(
          9,
          {
            type: "Polygon",
            coordinates: [
              [
                [-2, 47],
                [-1, 47],
                [-1, 48],
                [-2, 48],
                [-2, 47],
              ],
            ],
          },
          { name: "Zone" },
        ),
        place(11, { type: "Point", coordinates: [10, 50] }, { name: "elsewhere" }),
      ],
      { z: 14, x, y },
    )!;
    const layer = read(tile);
    expect(layer.length).toBe(2);
    const [stop, zone] = [layer.feature(0), layer.feature(1)];
    expect([stop.id, { ...stop.properties }]).toEqual([7, { name: "Gare", lines: 12, share: 0.25, open: true }]);
    const [longitude, latitude] = (stop.toGeoJSON(x, y, 14).geometry as { coordinates: number[] }).coordinates;
    expect(longitude).toBeCloseTo(-1.55, 5);
    expect(latitude).toBeCloseTo(47.2, 5);
    // Clipped to the tile and what it has around it.
    const ring = (zone.toGeoJSON(x, y, 14).geometry as { coordinates: number[][][] }).coordinates[0]!;
    const [west, south, east, north] = boxOfTile({ z: 14, x, y });
    for (const [lon, lat] of ring as [number, number][]) {
      expect(lon).toBeGreaterThan(west - 1e-6);
      expect(lon).toBeLessThan(east + 1e-6);
      expect(lat).toBeGreaterThan(south - 1e-6);
      expect(lat).toBeLessThan(north + 1e-6);
    }
  });

  test("is none where nothing is", () => {
    expect(encoded("stops", [], { z: 0, x: 0, y: 0 })).toBeUndefined();
    expect(encoded("stops", [place(1, { type: "Point", coordinates: [10, 50] })], { z: 14, x, y })).toBeUndefined();
  });
});

test("what is too many is taken evenly, from the first on", () => {
  expect(evenly([1, 2, 3], 3)).toEqual([1, 2, 3]);
  expect(evenly([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 4)).toEqual([0, 2, 5, 7]);
  expect(
    evenly(
      Array.from({ length: 2_000_000 }, (_, i) => i),
      10_000,
    ),
  ).toHaveLength(10_000);
});

/** An archive in memory, read by the published package. */
const opened = (bytes: Uint8Array): PMTiles => {
  const source: Source = {
    getKey: () => "memory",
    getBytes: async (offset, length) => ({ data: Uint8Array.from(bytes.subarray(offset, offset + length)).buffer }),
  };
  return new PMTiles(source);
};

describe("an archive of tiles, as the published reader reads it", () => {
  const tilesTo = (maxZoom: number) =>
    Array.from({ length: maxZoom + 1 }, (_, z) =>
      Array.from({ length: 4 ** z }, (_, i) => {
        const [x, y] = [i % 2 ** z, Math.floor(i / 2 ** z)];
        return { z, x, y, bytes: gzipSync(`${z}/${x}/${y}`, { level: 1 }) };
      }),
    ).flat();

  test("every tile is where it should be, and none where there is none", async () => {
    const [gone, ...tiles] = tilesTo(3).reverse();
    const metadata = { name: "Stops", vector_layers: [{ id: "stops", fields: {} }] };
    const archive = opened(pmtilesOf({ tiles, bbox: [-1.6, 47.1, -1.5, 47.3], maxZoom: 3, metadata }));
    const header = await archive.getHeader();
    expect(header).toMatchObject({ minZoom: 0, maxZoom: 3, minLon: -1.6, minLat: 47.1, maxLon: -1.5, maxLat: 47.3 });
    expect(await archive.getMetadata()).toEqual(metadata);
    for (const { z, x, y } of tiles) {
      const tile = await archive.getZxy(z, x, y);
      expect(new TextDecoder().decode(tile!.data)).toBe(`${z}/${x}/${y}`);
    }
    expect(await archive.getZxy(gone!.z, gone!.x, gone!.y)).toBeUndefined();
  });

  // Guards against an archive whose directory does not fit into a reader's first request.
  test("one of many tiles has leaves below a small root", async () => {
    // Lengths that repeat in no pattern: a directory of them cannot be packed small.
    const contents = Array.from({ length: 997 }, (_, i) => gzipSync(randomBytes(i + 1), { level: 1 }));
    const tiles = tilesTo(7).map((tile, i) => ({ ...tile, bytes: contents[(i * i * 31 + i * 17) % 997]! }));
    const bytes = pmtilesOf({ tiles, bbox: [-180, -85, 180, 85], maxZoom: 7, metadata: {} });
    const view = Buffer.from(bytes.buffer, bytes.byteOffset);
    expect(Number(view.readBigUInt64LE(16)) + 127).toBeLessThanOrEqual(16_384);
    expect(Number(view.readBigUInt64LE(48))).toBeGreaterThan(0);
    const archive = opened(bytes);
    for (const tile of evenly(tiles, 200)) {
      const found = await archive.getZxy(tile.z, tile.x, tile.y);
      expect(found!.data.byteLength).toBe(gunzipSync(tile.bytes).byteLength);
    }
  });
});
