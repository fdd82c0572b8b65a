import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { Fault } from "../../shared/errors.ts";
import { faults, json, PAGE_SIZE, parsed } from "../../shared/http.ts";
import { Id } from "../../shared/ids.ts";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { asked, numberIn, open, unchanged } from "./asking.ts";
import { slugOf } from "./domain.ts";
import { find } from "./query/find.ts";
import { recordsOf } from "./query/reading.ts";
import { readFile } from "./reading.ts";
import { Card, Cell, Dataset, Draft, TableName } from "./schema.ts";
import { catalogue, findBySlug, getBySlug, keepDraft, publish, versions } from "./store.ts";
import { demandShape, moduleTable } from "./tables.ts";

export const WRITE = "opendata.datasets:write";
const publishers = ["agent", "data_officer", "administrator", `scope:${WRITE}`] as const;

const makeDraft = createRoute({
  method: "post",
  path: "/v1/datasets",
  summary: "Upload CSV or GeoJSON as a draft: types are inferred and shown, nothing is public yet",
  middleware: needs(...publishers),
  ...secured(...publishers),
  request: {
    body: {
      required: true,
      content: {
        "multipart/form-data": {
          schema: Card.extend({
            file: z.any().openapi({ type: "string", format: "binary" }),
            updates: z.string().optional(),
            fills: TableName.optional(),
          }),
        },
      },
    },
  },
  responses: {
    201: json(Draft, "What would be published"),
    ...faults("unauthenticated", "forbidden", "too_large", "unsupported_media", "invalid"),
  },
});
const publishDraft = createRoute({
  method: "post",
  path: "/v1/datasets/{id}/publish",
  summary: "Publish a draft as the next version; published twice, the answer is the same",
  middleware: needs(...publishers),
  ...secured(...publishers),
  request: { params: z.object({ id: Id("ds") }) },
  responses: { 200: json(Dataset, "Published"), ...faults("unauthenticated", "forbidden", "absent", "conflict") },
});
const listDatasets = createRoute({
  method: "get",
  path: "/v1/datasets",
  summary: "The catalogue",
  middleware: needs("public"),
  ...secured("public"),
  responses: { 200: json(z.object({ datasets: z.array(Dataset) }), "All datasets, by their address") },
});
const Slugged = z.object({ slug: z.string().max(80) });
const getDataset = createRoute({
  method: "get",
  path: "/v1/datasets/{slug}",
  summary: "One dataset and its versions",
  middleware: needs("public"),
  ...secured("public"),
  request: { params: Slugged },
  responses: {
    200: json(Dataset.extend({ versions: z.array(Dataset.shape.latest) }), "The dataset"),
    ...faults("absent"),
  },
});
const listRecords = createRoute({
  method: "get",
  path: "/v1/datasets/{slug}/records",
  summary: "Rows of a dataset; every other parameter is a column that must be equal",
  middleware: needs("public"),
  ...secured("public"),
  request: { params: Slugged },
  responses: {
    200: json(
      z.object({ records: z.array(z.record(z.string(), Cell)), total: z.int(), next: z.string().optional() }),
      "Rows in the dataset's order",
    ),
    ...faults("malformed", "absent"),
  },
});

export function opendataRoutes(app: CityApp): void {
  app.openapi(makeDraft, async (c) => {
    const fields = await c.req.parseBody();
    const { draft } = await draftFrom(c, fields);
    return c.json(draft, 201);
  });
  app.openapi(publishDraft, async (c) => c.json(await publish(c.var.here, c.req.valid("param").id), 200));
  app.openapi(listDatasets, async (c) => {
    open(c);
    return c.json({ datasets: await catalogue(c.var.here) }, 200);
  });
  app.openapi(getDataset, async (c) => {
    open(c);
    const dataset = await getBySlug(c.var.here, c.req.valid("param").slug);
    return c.json({ ...dataset, versions: await versions(c.var.here, dataset.id) }, 200);
  });
  app.openapi(listRecords, async (c) => {
    const { data, version } = await asked(c, c.req.valid("param").slug);
    const fresh = unchanged(c, version);
    if (fresh) return fresh as never;
    const { limit: wanted, cursor, version: _, ...equals } = c.req.query();
    const limit = numberIn(wanted, "limit", 1, PAGE_SIZE.max, PAGE_SIZE.default);
    const offset = numberIn(cursor, "cursor", 0, Number.MAX_SAFE_INTEGER, 0);
    for (const name of Object.keys(equals))
      if (!data.columns.some((column) => column.name === name))
        throw new Fault("malformed", `There is no column ${name}.`);
    const { rows, matched } = await find(data, { equals, offset, limit });
    const next = offset + rows.length < matched ? String(offset + rows.length) : undefined;
    return c.json({ records: await recordsOf(data, rows), total: matched, next }, 200);
  });
}

/** Reads card and file of a form, and keeps them as a draft. With `updates`, it is the next version of that dataset. */
export async function draftFrom(c: Context<CityEnv>, fields: Record<string, unknown>): Promise<{ draft: Draft }> {
  const { file, updates, fills, csrf: _, ...card } = fields;
  const given = parsed(Card, Object.fromEntries(Object.entries(card).filter(([, value]) => value !== "")));
  if (!(file instanceof File) || file.size === 0)
    throw new Fault("invalid", "Choose a file.", {
      errors: [{ pointer: "#/file", detail: "Choose a CSV or GeoJSON file." }],
    });
  const frame = readFile(file.name, new Uint8Array(await file.arrayBuffer()));
  const updated = typeof updates === "string" && updates !== "" ? await getBySlug(c.var.here, updates) : undefined;
  if (!updated) {
    const slug = slugOf(given.title, "");
    if (await findBySlug(c.var.here, slug))
      throw new Fault("invalid", "Taken.", {
        errors: [{ pointer: "#/title", detail: `There is a dataset at the address ${slug} already.` }],
      });
  }
  // A dataset that fills a table goes on filling it.
  const table = typeof fills === "string" && fills !== "" ? fills : updated?.fills;
  if (table !== undefined) demandShape(frame, await moduleTable(c.var.here, table));
  return { draft: await keepDraft(c.var.here, frame, { card: given, updates: updated, fills: table }) };
}
