import type { Context } from "hono";
import { Fault } from "../../../shared/errors.ts";
import { type CityApp, needs } from "../../../shared/room.ts";
import { asked, unchanged } from "../asking.ts";
import { fitting } from "../dataset/shown.ts";
import { filterQueryOf, isOfFilter, readRows } from "../dataset/state.ts";
import { demandKnown } from "../known.ts";
import { HEAVY_ROWS } from "../query/heavy.ts";
import { only } from "../query/only.ts";
import { keysOf } from "../store.ts";
import { madeApart } from "./apart.ts";
import { sendMade } from "./made.ts";
import { sendKept } from "./sending.ts";
import { WRITERS } from "./writers.ts";

const PARQUET = "application/vnd.apache.parquet";
const FILTERED = Object.keys(WRITERS).map((extension) => `export.${extension}`);

/** Sent as it is made; where an answer has a bound, a longer file is taken from the city's bucket. */
export function exportRoutes(app: CityApp): void {
  for (const [extension, { type, parts }] of Object.entries(WRITERS))
    app.get(`/data/:slug/export.${extension}`, needs("public"), async (c) => {
      demandAsked(c, isOfFilter);
      const { data, version, dataset, slug } = await asked(c, c.req.param("slug"));
      const fresh = unchanged(c, version);
      if (fresh) return fresh;
      const state = readRows(new URL(c.req.url).searchParams, data.columns);
      const { version: _, ...asks } = state;
      const query = filterQueryOf(asks);
      const about = { table: slug, title: dataset.card.title, publishedAt: version.publishedAt };
      const { blobs } = c.var.here;
      const rows = await fitting(data, state);
      // What is chosen of many rows is remembered in this thread, and is made where it lies.
      const isApart = !blobs.addressOf && !rows && version.rows >= HEAVY_ROWS;
      const made = isApart
        ? madeApart({ extension, name: data.name, version, keys: keysOf(dataset, version), about }, blobs)
        : parts(await only(data, rows), about);
      return sendMade(c, made, { dataset, version, extension, query, name: `${slug}.${extension}`, type });
    });
  // What is kept is Parquet already: it is sent as it lies.
  app.get("/data/:slug/export.parquet", needs("public"), async (c) => {
    if (Object.keys(c.req.query()).some(isOfFilter))
      throw new Fault("malformed", `export.parquet has all rows; some of them are in ${FILTERED.join(", ")}.`);
    demandAsked(c, () => false);
    const { version, dataset, slug } = await asked(c, c.req.param("slug"));
    const fresh = unchanged(c, version);
    if (fresh) return fresh;
    const { rows } = keysOf(dataset, version);
    return sendKept(c, { key: rows, bytes: version.bytes, type: PARQUET, name: `${slug}.parquet` });
  });
}

/** Besides the version. @throws {Fault} malformed */
export const demandAsked = (c: Context, isAsked: (name: string) => boolean): void =>
  demandKnown(Object.keys(c.req.query()), (name) => name === "version" || isAsked(name));
