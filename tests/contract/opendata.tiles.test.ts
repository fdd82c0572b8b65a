import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";
import { PMTiles } from "pmtiles";
import { beforeAll, describe, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";

describe(`OGC API Tiles and PMTiles, ${target.name}`, () => {
  let city: TestCity;
  const at = "/ogc/collections/stops/tiles/WebMercatorQuad";
  const publish = async (csv: string, updates = "") => {
    const fields = {
      title: "Stops",
      description: "Where buses stop",
      licence: "CC0",
      source: "A & <b>",
      personal: "none",
      updates,
    };
    const drafted = await city.upload("/v1/datasets", "stops.csv", csv, { as: "data_officer", fields });
    const { id } = (await drafted.json()) as { id: string };
    expect((await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" })).status).toBe(200);
  };
  beforeAll(async () => {
    city = await newCity();
    // Long names, so that what is in one tile at zoom 0 would weigh more than a tile may.
    const rows = Array.from({ length: 12_000 }, (_, i) => [
      `Stop ${i} ${"of a line with a very long name ".repeat(2)}`,
      (-1.6 + (i % 120) / 1000).toFixed(3),
      (47.1 + Math.floor(i / 120) / 1000).toFixed(3),
      i % 40,
    ]);
    await publish(["name,longitude,latitude,lines", ...rows.map((row) => row.join(","))].join("\n"));
  });
  const ask = (path: string, headers: Record<string, string> = {}) => city.get(path, { as: "nobody", headers });
  const layer = async (path: string) => {
    const answer = await ask(path);
    expect([answer.status, answer.headers.get("content-type")], path).toEqual([
      200,
      "application/vnd.mapbox-vector-tile",
    ]);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return { layer: new VectorTile(new PbfReader(bytes)).layers["stops"]!, bytes, headers: answer.headers };
  };

  test("a client finds the tileset from the collection on, and by TileJSON", async () => {
    const { links } = (await (await ask("/ogc/collections/stops")).json()) as {
      links: { rel: string; href: string }[];
    };
    const list = links.find(({ rel }) => rel === "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector")!.href;
    const { tilesets } = (await (await fetch(list)).json()) as {
      tilesets: { links: { rel: string; href: string }[] }[];
    };
    const [self, scheme] = tilesets[0]!.links.map(({ href }) => href);
    expect(await (await fetch(scheme!)).json()).toMatchObject({ id: "WebMercatorQuad", tileMatrices: { length: 17 } });
    const set = (await (await fetch(self!)).json()) as {
      links: { rel: string; href: string; templated?: true }[];
      tileMatrixSetLimits: Record<string, number | string>[];
    };
    expect(set).toMatchObject({ dataType: "vector", boundingBox: { lowerLeft: [-1.6, 47.1] } });
    const limits = set.tileMatrixSetLimits[14]!;
    const { href } = set.links.find(({ templated }) => templated)!;
    const filled = href
      .replace("{tileMatrix}", "14")
      .replace("{tileRow}", String(limits["minTileRow"]))
      .replace("{tileCol}", String(limits["minTileCol"]));
    expect((await fetch(filled)).status).toBe(200);
    const tileJson = (await (await ask(`${at}/tilejson.json`)).json()) as { tiles: string[] };
    expect(tileJson).toMatchObject({
      tilejson: "3.0.0",
      // Maps show it as HTML.
      attribution: "A &amp; &lt;b&gt;, CC0",
      bounds: [-1.6, 47.1, expect.closeTo(-1.481), expect.closeTo(47.199)],
      vector_layers: [{ id: "stops", fields: { name: "String", lines: "Number" } }],
    });
    expect(tileJson.tiles[0]).toMatch(/\/tiles\/WebMercatorQuad\/\{z\}\/\{y\}\/\{x\}\?version=1$/);
    const { conformsTo } = (await (await ask("/ogc/conformance")).json()) as { conformsTo: string[] };
    expect(conformsTo).toContain("http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt");
  });

  test("a tile has what lies in it; one of too many says how many of them it has", async () => {
    const whole = await layer(`${at}/0/0/0`);
    const [shown, matched] = whole.headers.get("hansa-features")!.split("/").map(Number);
    expect(matched).toBe(12_000);
    expect(whole.layer.length).toBe(shown);
    expect(shown).toBeLessThan(12_000);
    expect(shown).toBeGreaterThan(1_000);
    expect(whole.bytes.byteLength).toBeLessThanOrEqual(500_000);
    // Rows come before columns in the address: of Nantes, 5749 and 8121 at zoom 14.
    const near = await layer(`${at}/14/5749/8121`);
    const [part, all] = near.headers.get("hansa-features")!.split("/").map(Number);
    expect([part, near.layer.length > 0]).toEqual([all, true]);
    const stop = near.layer.feature(0);
    const item = (await (await ask(`/ogc/collections/stops/items/${stop.id}`)).json()) as {
      properties: { name: string };
    };
    expect(item.properties.name).toBe(stop.properties["name"]);
    expect((await ask(`${at}/14/0/0`)).status).toBe(204);
  });

  test("a tile of a version never changes and may be kept for ever; one of the latest may not", async () => {
    const first = await layer(`${at}/14/5749/8121?version=1`);
    expect(first.headers.get("cache-control")).toContain("immutable");
    const latest = await ask(`${at}/14/5749/8121`);
    expect(latest.headers.get("cache-control")).toContain("must-revalidate");
    expect((await ask(`${at}/14/5749/8121`, { "If-None-Match": latest.headers.get("etag")! })).status).toBe(304);
    await publish("name,longitude,latitude,lines\nOnly,-1.55,47.2,3\n", "stops");
    expect((await layer(`${at}/14/5749/8121?version=1`)).bytes).toEqual(first.bytes);
    expect((await ask(`${at}/14/5749/8121`, { "If-None-Match": latest.headers.get("etag")! })).status).not.toBe(304);
    expect((await layer(`${at}/0/0/0`)).layer.length).toBe(1);
  });

  test("what is no tile is refused or absent", async () => {
    for (const path of ["17/0/0", "1/2/0", "1/0/2", "-1/0/0", "a/0/0", "1.5/0/0", "0/0/00000001"])
      expect((await ask(`${at}/${path}`)).status, path).toBe(404);
    for (const path of [
      `${at}/0/0/0?colour=red`,
      `${at}/0/0/0?version=x`,
      "/data/stops/export.pmtiles?bbox=1,2",
      "/data/stops/export.pmtiles?bbox=-1e308,-1e308,1e308,1e308",
    ])
      expect((await ask(path)).status, path).toBe(400);
    for (const path of [
      "/ogc/tileMatrixSets/None",
      `${at}/0/0/0?version=99`,
      "/ogc/collections/stops/tiles/None/0/0/0",
    ])
      expect((await ask(path)).status, path).toBe(404);
    const other = await newCity();
    for (const path of [`${at}/0/0/0`, at, "/data/stops/export.pmtiles"])
      expect((await other.get(path, { as: "nobody" })).status, path).toBe(404);
  });

  test("a whole layer is one file of tiles, read by the published reader by ranges or whole", async () => {
    const answer = await ask("/data/stops/export.pmtiles");
    expect(answer.headers.get("content-type")).toBe("application/vnd.pmtiles");
    const bytes = Buffer.from(await answer.arrayBuffer());
    const range = (range: string, path = "/data/stops/export.pmtiles") => ask(path, { Range: range });
    const end = await range("bytes=-5");
    expect([end.status, end.headers.get("content-range")]).toEqual([
      206,
      `bytes ${bytes.length - 5}-${bytes.length - 1}/${bytes.length}`,
    ]);
    expect(Buffer.from(await end.arrayBuffer())).toEqual(bytes.subarray(-5));
    expect((await range(`bytes=${bytes.length}-`)).status).toBe(416);
    // Readers of Parquet do the same.
    expect(await (await range("bytes=0-3", "/data/stops/export.parquet")).text()).toBe("PAR1");
    const archive = new PMTiles({
      getKey: () => "stops",
      getBytes: async (offset, length) => {
        const part = await range(`bytes=${offset}-${offset + length - 1}`);
        expect(part.status).toBe(206);
        return { data: await part.arrayBuffer() };
      },
    });
    const header = await archive.getHeader();
    expect([header.minZoom, header.maxZoom]).toEqual([0, 14]);
    expect(await archive.getMetadata()).toMatchObject({ name: "Stops", vector_layers: [{ id: "stops" }] });
    const tile = await archive.getZxy(0, 0, 0);
    const { layers } = new VectorTile(new PbfReader(new Uint8Array(tile!.data)));
    expect(layers["stops"]!.feature(0).properties["name"]).toBe("Only");
    // What was made once is there, be it whole or a part.
    const part = "/data/stops/export.pmtiles?bbox=-1.6,47.1,-1.5,47.3";
    const [made, again] = [await ask(part), await range("bytes=0-6", part)];
    expect([made.status, again.status, await again.text()]).toEqual([200, 206, "PMTiles"]);
  });
});
