import { createRoute, z } from "@hono/zod-openapi";
import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { faults, json, PAGE_SIZE, parsed } from "../../shared/http.ts";
import { Id } from "../../shared/ids.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { asked, numberIn, open, unchanged, unchangedCatalogue } from "./asking.ts";
import { cardIn } from "./card/card.ts";
import { CardForm } from "./card/schema.ts";
import { pageIn } from "./dataset/shown.ts";
import { filterOf, isOfRows, readRows } from "./dataset/state.ts";
import { publish } from "./drafts/publishing.ts";
import { startReading } from "./drafts/running.ts";
import { Corrections, Draft, type Kept } from "./drafts/schema.ts";
import { beginDraft, demandRight, dropDraft, progressOf, shownDraft } from "./drafts/store.ts";
import { shownQuality } from "./quality/views.tsx";
import type { Filter } from "./query/filter.ts";
import { countOf, matching } from "./query/matching.ts";
import { recordsOf } from "./query/reading.ts";
import { Cell, Dataset, publishers, TableName } from "./schema.ts";
import { catalogue, getBySlug, versions } from "./store.ts";
import type { Upload } from "./uploads/schema.ts";
import { dropUpload, keepUpload } from "./uploads/store.ts";

const makeDraft = createRoute({
  method: "post",
  path: "/v1/datasets",
  summary: "Send a file as a draft: types are inferred and shown, nothing is public yet. Longer files go in parts",
  middleware: needs(...publishers),
  ...secured(...publishers),
  request: {
    body: {
      required: true,
      content: {
        "multipart/form-data": {
          schema: CardForm.extend({
            file: z.any().openapi({ type: "string", format: "binary" }),
            updates: z.string().optional(),
            fills: TableName.optional(),
            personal: Corrections.shape.personal,
            columns: z.string().max(100_000).optional().openapi({ description: "Corrections of columns, as JSON" }),
          }),
        },
      },
    },
  },
  responses: {
    201: json(Draft, "What would be published"),
    202: json(Draft, "It is being read: ask for the draft"),
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
  responses: {
    200: json(Dataset, "Published"),
    ...faults("unauthenticated", "forbidden", "absent", "conflict", "invalid"),
  },
});
const listDatasets = createRoute({
  method: "get",
  path: "/v1/datasets",
  summary: "The catalogue",
  middleware: needs("public"),
  ...secured("public"),
  responses: { 200: json(z.object({ datasets: z.array(Dataset) }), "All datasets, by their address") },
});
const Quality = z
  .object({
    /** From 0 to 100. */
    score: z.int(),
    reasons: z.array(
      z.object({ about: z.string(), points: z.int(), most: z.int(), value: z.number(), says: z.string() }),
    ),
  })
  .meta({ id: "DatasetQuality" });
const Slugged = z.object({ slug: z.string().max(80) });
const getDataset = createRoute({
  method: "get",
  path: "/v1/datasets/{slug}",
  summary: "One dataset and its versions",
  middleware: needs("public"),
  ...secured("public"),
  request: { params: Slugged },
  responses: {
    200: json(Dataset.extend({ versions: z.array(Dataset.shape.latest), quality: Quality }), "The dataset"),
    ...faults("absent"),
  },
});
const listRecords = createRoute({
  method: "get",
  path: "/v1/datasets/{slug}/records",
  summary:
    "Rows of a dataset, chosen as on its page: q, f.{column} (several: one of them), from.{column}, to.{column}, bbox, sort; every other parameter is a column that must be equal",
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
    const { here } = c.var;
    const kept = await draftFrom(here, await c.req.parseBody());
    if (kept.state === "reading") return c.json(shownDraft(kept, await progressOf(here, kept)), 202);
    if (kept.state !== "ready") {
      await Promise.all([dropDraft(here, kept.id), dropUpload(here, kept.upload)]);
      demandRight(kept);
    }
    return c.json(shownDraft(kept), 201);
  });
  app.openapi(publishDraft, async (c) => c.json(await publish(c.var.here, c.req.valid("param").id), 200));
  app.openapi(listDatasets, async (c) => {
    const datasets = await catalogue(c.var.here);
    return (unchangedCatalogue(c, datasets) as never) ?? c.json({ datasets: [...datasets] }, 200);
  });
  app.openapi(getDataset, async (c) => {
    open(c);
    const dataset = await getBySlug(c.var.here, c.req.valid("param").slug);
    const quality = shownQuality(dataset, c.var.here.clock.now(), c.var.lang);
    return c.json({ ...dataset, quality, versions: await versions(c.var.here, dataset.id) }, 200);
  });
  app.openapi(listRecords, async (c) => {
    const { data, version } = await asked(c, c.req.valid("param").slug);
    const fresh = unchanged(c, version);
    if (fresh) return fresh as never;
    const { limit: wanted, cursor, ...given } = c.req.query();
    const limit = numberIn(wanted, "limit", 1, PAGE_SIZE.max, PAGE_SIZE.default);
    const offset = numberIn(cursor, "cursor", 0, Number.MAX_SAFE_INTEGER, 0);
    const asks = new URL(c.req.url).searchParams;
    // Here it may be a column: pages of rows follow one another by `cursor`.
    asks.delete("offset");
    const state = { ...readRows(asks, data.columns), offset };
    if (asks.get("sort") && !state.sort) throw new Fault("malformed", `There is no column ${asks.get("sort")}.`);
    const all: Filter[] = Object.entries(given)
      .filter(([name]) => !isOfRows(name))
      .map(([column, wanted]) => {
        if (!data.columns.some(({ name }) => name === column))
          throw new Fault("malformed", `There is no column ${column}.`);
        return wanted === "" ? { op: "empty", column } : { op: "compare", column, by: "=", value: wanted };
      });
    const filter = filterOf(state, data.columns);
    if (filter) all.push(filter);
    const matched = all.length > 0 ? await matching(data, { op: "and", of: all }) : undefined;
    const rows = await pageIn(data, matched, state, limit);
    const total = countOf(data, matched);
    const next = offset + rows.length < total ? String(offset + rows.length) : undefined;
    return c.json({ records: await recordsOf(data, rows), total, next }, 200);
  });
}

/** Begins a draft from the card and the file of a form. With `updates`, it is the next version of that dataset. */
export async function draftFrom(here: Here, { file, ...fields }: Record<string, unknown>): Promise<Kept> {
  if (!(file instanceof File) || file.size === 0) throw invalid("#/file", "Choose a file.");
  // Whether there may be such a draft is known before anything of the file is kept.
  const kept = await draftOf(here, fields);
  return readUpload(here, kept, await keepUpload(here, nameOf(file.name), new Uint8Array(await file.arrayBuffer())));
}

/** The draft of a form's card, before there is a file to it. @throws {Fault} absent, invalid */
export async function draftOf(here: Here, fields: Record<string, unknown>): Promise<Kept> {
  const { updates, fills, personal, columns, csrf: _, ...card } = fields;
  const given = cardIn(card);
  const corrections = parsed(Corrections, { personal: textIn(personal), columns: listIn(columns) });
  return beginDraft(here, { card: given, corrections, updates: textIn(updates), fills: textIn(fills), upload: "" });
}

/** Reads a file that is there into a draft; one that cannot be read is let go of. */
export async function readUpload(here: Here, kept: Kept, upload: Upload): Promise<Kept> {
  try {
    return await startReading(here, { ...kept, upload: upload.id });
  } catch (error) {
    await dropUpload(here, upload.id);
    throw error;
  }
}

/** @throws {Fault} invalid */
function listIn(columns: unknown): unknown {
  const text = textIn(columns);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("#/columns", "columns is a list in JSON.");
  }
}

/** As an upload has it, whatever a form has sent. */
export const nameOf = (name: string): string => name.slice(0, 200) || "file";

const textIn = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
