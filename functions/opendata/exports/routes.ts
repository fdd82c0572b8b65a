import { type CityApp, needs } from "../../../shared/room.ts";
import { asked, unchanged } from "../asking.ts";
import { keysOf } from "../store.ts";
import type { Opened } from "../stored/opened.ts";
import { csvOf } from "./csv.ts";
import { geojsonOf } from "./geojson.ts";
import { type About, geopackageOf } from "./geopackage.ts";
import { xlsxOf } from "./xlsx.ts";

interface Writer {
  type: string;
  parts(data: Opened, about: About): AsyncGenerator<string | Uint8Array>;
}

/** The dataset whole, sent as it is made: whatever its size, little of it is in memory. */
const WRITERS: Record<string, Writer> = {
  csv: { type: "text/csv; charset=utf-8", parts: csvOf },
  geojson: { type: "application/geo+json", parts: geojsonOf },
  xlsx: { type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", parts: xlsxOf },
  gpkg: { type: "application/geopackage+sqlite3", parts: geopackageOf },
};
const PIECE = 1024 * 1024;

export function exportRoutes(app: CityApp): void {
  for (const [extension, { type, parts }] of Object.entries(WRITERS))
    app.get(`/data/:slug/export.${extension}`, needs("public"), async (c) => {
      const { data, version, dataset, slug } = await asked(c, c.req.param("slug"));
      const about = { table: slug, title: dataset.card.title, publishedAt: version.publishedAt };
      return (
        unchanged(c, version) ??
        c.body(streamed(parts(data, about)), 200, { "Content-Type": type, ...saved(slug, extension) })
      );
    });
  // What is kept is Parquet already: it is sent as it lies.
  app.get("/data/:slug/export.parquet", needs("public"), async (c) => {
    const { version, dataset, slug } = await asked(c, c.req.param("slug"));
    const { blobs } = c.var.here;
    const { rows } = keysOf(dataset, version);
    async function* pieces() {
      for (let offset = 0; offset < version.bytes; offset += PIECE) {
        const bytes = await blobs.get(rows, { offset, length: Math.min(PIECE, version.bytes - offset) });
        if (!bytes) throw new Error(`the file ${rows} of a dataset is missing`);
        yield bytes;
      }
    }
    return (
      unchanged(c, version) ??
      c.body(streamed(pieces()), 200, {
        "Content-Type": "application/vnd.apache.parquet",
        "Content-Length": String(version.bytes),
        ...saved(slug, "parquet"),
      })
    );
  });
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
