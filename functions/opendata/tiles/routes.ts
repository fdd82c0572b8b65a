import { gzipSync } from "node:zlib";
import type { Context } from "hono";
import { absent, Fault } from "../../../shared/errors.ts";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { askerOf, numberIn, open, unchanged } from "../asking.ts";
import { readEarthBox } from "../domain.ts";
import { sendKept } from "../exports/sending.ts";
import { link, ogcOf, only } from "../ogc-common.ts";
import type { Dataset, Version } from "../schema.ts";
import { getBySlug, getVersion } from "../store.ts";
import { archiveOf, PMTILES } from "./archive.ts";
import { tileAgain } from "./encode.ts";
import { WEB_MERCATOR_QUAD, ZOOM_MAX } from "./grid.ts";
import { MVT, tileJson, tileset, tilesetList } from "./tilejson.ts";

const FOREVER = "public, max-age=31536000, immutable";

/** OGC API Tiles: vector tiles of every dataset with places, and the same as one file. */
export function tileRoutes(app: CityApp): void {
  const sets = "/ogc/tileMatrixSets";
  app.get(sets, needs("public"), (c) => {
    only(c, []);
    open(c);
    const { id, title, uri, crs } = WEB_MERCATOR_QUAD;
    const self = link(`${ogcOf(c)}/tileMatrixSets/${id}`, "self", "application/json", title);
    return c.json({ tileMatrixSets: [{ id, title, uri, crs, links: [self] }] });
  });
  app.get(`${sets}/:set`, needs("public"), (c) => {
    only(c, []);
    if (c.req.param("set") !== WEB_MERCATOR_QUAD.id) throw absent();
    open(c);
    return c.json(WEB_MERCATOR_QUAD);
  });

  const at = "/ogc/collections/:id/tiles";
  const whole = `${at}/WebMercatorQuad` as const;
  for (const [path, describe] of [
    [at, tilesetList],
    [whole, tileset],
    [`${whole}/tilejson.json`, tileJson],
  ] as const)
    app.get(path, needs("public"), async (c) => {
      only(c, ["version"]);
      const { dataset, version } = await placed(c, c.req.param("id"));
      return unchanged(c, version) ?? c.json(describe(ogcOf(c), dataset, version));
    });

  app.get(`${whole}/:z/:y/:x`, needs("public"), async (c) => {
    const { version: number } = only(c, ["version"]);
    const { dataset, version } = await placed(c, c.req.param("id"));
    const z = among(c.req.param("z"), ZOOM_MAX);
    const [y, x] = [among(c.req.param("y"), 2 ** z - 1), among(c.req.param("x"), 2 ** z - 1)];
    const fresh = unchanged(c, version);
    if (number !== undefined) c.header("Cache-Control", FOREVER);
    if (fresh) return fresh;
    const tile = await tileAgain(c.var.here, dataset, version, { z, x, y });
    // To a map, no content is a tile without features; it is no mistake.
    if (!tile) return c.body(null, 204);
    if (tile.isForNow) {
      c.header("Cache-Control", "no-store");
      for (const name of ["ETag", "Last-Modified"]) c.header(name, undefined);
    }
    c.header("Hansa-Features", `${tile.shown}/${tile.matched}`);
    c.header("Access-Control-Expose-Headers", "ETag, Link, X-Request-Id, Hansa-Features");
    c.header("Content-Type", MVT);
    c.header("Vary", "Accept-Encoding");
    if (!/\bgzip\b/.test(c.req.header("accept-encoding") ?? "")) return c.body(tile.bytes as never, 200);
    c.header("Content-Encoding", "gzip");
    return c.body(gzipSync(tile.bytes) as never, 200);
  });

  app.get("/data/:slug/export.pmtiles", needs("public"), async (c) => {
    const { bbox } = only(c, ["version", "bbox"]);
    const { dataset, version } = await placed(c, c.req.param("slug"));
    const fresh = unchanged(c, version);
    if (fresh) return fresh;
    const box = bbox === undefined ? undefined : readEarthBox(bbox);
    if (box && box[0] > box[2]) throw new Fault("malformed", "Here west is not east of east.");
    const { key, bytes } = await archiveOf(c.var.here, dataset, version, box, askerOf(c));
    return sendKept(c, { key, bytes, type: PMTILES, name: `${dataset.slug}.pmtiles` });
  });
}

/** A row or column of a tile, or its zoom. @throws {Fault} absent: there is no such tile in the set */
function among(text: string, most: number): number {
  if (!/^\d{1,6}$/.test(text) || Number(text) > most) throw absent();
  return Number(text);
}

/** The dataset that a request names, at the version that it names, if it has places. @throws {Fault} absent */
export async function placed(c: Context<CityEnv>, slug: string): Promise<{ dataset: Dataset; version: Version }> {
  const dataset = await getBySlug(c.var.here, slug);
  const asked = c.req.query("version");
  const number = asked === undefined ? undefined : numberIn(asked, "version", 1, 1_000_000, 1);
  const version = await getVersion(c.var.here, dataset, number);
  if (!version.bbox) throw absent();
  return { dataset, version };
}
