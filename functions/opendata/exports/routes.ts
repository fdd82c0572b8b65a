import type { Context } from "hono";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { asked, unchanged } from "../asking.ts";
import { keysOf } from "../store.ts";
import { keptKey, takenFrom } from "./kept.ts";
import { WRITERS } from "./writers.ts";

const PIECE = 1024 * 1024;
const PARQUET = "application/vnd.apache.parquet";

/** Sent as it is made; where an answer has a bound, a longer file is taken from the city's bucket. */
export function exportRoutes(app: CityApp): void {
  for (const [extension, { type, parts }] of Object.entries(WRITERS))
    app.get(`/data/:slug/export.${extension}`, needs("public"), async (c) => {
      const { data, version, dataset, slug } = await asked(c, c.req.param("slug"));
      const fresh = unchanged(c, version);
      if (fresh) return fresh;
      const about = { table: slug, title: dataset.card.title, publishedAt: version.publishedAt };
      const headers = { "Content-Type": type, ...saved(slug, extension) };
      const made = parts(data, about);
      if (!c.var.here.blobs.addressOf) return c.body(streamed(made), 200, headers);
      const short = await takenFrom(c.var.here, dataset, version, extension, made);
      if (short) return c.body(new Uint8Array(short), 200, headers);
      return sentTo(c, keptKey(dataset, version, extension), slug, extension, type);
    });
  // What is kept is Parquet already: it is sent as it lies.
  app.get("/data/:slug/export.parquet", needs("public"), async (c) => {
    const { version, dataset, slug } = await asked(c, c.req.param("slug"));
    const fresh = unchanged(c, version);
    if (fresh) return fresh;
    const { blobs, settings } = c.var.here;
    const { rows } = keysOf(dataset, version);
    if (blobs.addressOf && version.bytes > settings.HANSA_ANSWER_MAX) return sentTo(c, rows, slug, "parquet", PARQUET);
    async function* pieces() {
      for (let offset = 0; offset < version.bytes; offset += PIECE) {
        const bytes = await blobs.get(rows, { offset, length: Math.min(PIECE, version.bytes - offset) });
        if (!bytes) throw new Error(`the file ${rows} of a dataset is missing`);
        yield bytes;
      }
    }
    return c.body(streamed(pieces()), 200, {
      "Content-Type": PARQUET,
      "Content-Length": String(version.bytes),
      ...saved(slug, "parquet"),
    });
  });
}

/** The address holds for a while only, so the way there is kept by nobody. */
async function sentTo(c: Context<CityEnv>, key: string, slug: string, extension: string, type: string) {
  c.header("Cache-Control", "no-store");
  return c.redirect(await c.var.here.blobs.addressOf!(key, { name: `${slug}.${extension}`, type }), 302);
}

const saved = (slug: string, extension: string) => ({
  "Content-Disposition": `attachment; filename="${slug}.${extension}"`,
});

/** Made as fast as it is taken; who hangs up ends it. */
function streamed(parts: AsyncGenerator<string | Uint8Array>): ReadableStream<Uint8Array> {
  const text = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await parts.next();
        if (done) controller.close();
        else controller.enqueue(typeof value === "string" ? text.encode(value) : value);
      },
      async cancel() {
        await parts.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
