import { createRoute, z } from "@hono/zod-openapi";
import { faults, json, jsonBody, PAGE_SIZE, paged } from "../../../shared/http.ts";
import { Id } from "../../../shared/ids.ts";
import { type CityApp, needs, secured } from "../../../shared/room.ts";
import { publishers } from "../schema.ts";
import { NewSource, Preview, Run, ShownSource, SourceChange } from "./schema.ts";
import { addSource, askNow, changeSource, getSource, removeSource, runs, shownSource, sourcesPage } from "./store.ts";
import { tryOut } from "./trying.ts";

const params = z.object({ id: Id("hrv") });
const guarded = { middleware: needs(...publishers), ...secured(...publishers) };

const add = createRoute({
  ...{ method: "post", path: "/v1/harvests", ...guarded },
  summary:
    "Fetch a dataset from an address, by a schedule; it is asked at once, and its first version waits for somebody",
  request: { body: jsonBody(NewSource) },
  responses: {
    201: json(ShownSource, "The source"),
    ...faults("unauthenticated", "forbidden", "absent", "conflict", "invalid"),
  },
});
const preview = createRoute({
  ...{ method: "post", path: "/v1/harvests/preview", ...guarded },
  summary: "Ask a source and show what it would bring; nothing is kept",
  request: { body: jsonBody(NewSource) },
  responses: {
    200: json(Preview, "What it would bring"),
    ...faults("unauthenticated", "forbidden", "absent", "too_large", "unsupported_media", "invalid"),
  },
});
const list = createRoute({
  ...{ method: "get", path: "/v1/harvests", ...guarded },
  summary: "The city's sources, the latest first",
  request: { query: paged() },
  responses: {
    200: json(z.object({ harvests: z.array(ShownSource), next: z.string().optional() }), "The sources"),
    ...faults("unauthenticated", "forbidden", "malformed"),
  },
});
const look = createRoute({
  ...{ method: "get", path: "/v1/harvests/{id}", ...guarded },
  summary: "A source: what came of its last run, when it is asked next, and the draft that waits",
  request: { params },
  responses: { 200: json(ShownSource, "The source"), ...faults("unauthenticated", "forbidden", "absent") },
});
const change = createRoute({
  ...{ method: "patch", path: "/v1/harvests/{id}", ...guarded },
  summary: "Change, pause or resume a source; what changes what it brings has it asked at once",
  request: { params, body: jsonBody(SourceChange) },
  responses: {
    200: json(ShownSource, "As it is now"),
    ...faults("unauthenticated", "forbidden", "absent", "conflict", "invalid"),
  },
});
const remove = createRoute({
  ...{ method: "delete", path: "/v1/harvests/{id}", ...guarded },
  summary: "Remove a source; what it brought stays",
  request: { params },
  responses: { 204: { description: "It is gone" }, ...faults("unauthenticated", "forbidden", "absent") },
});
const ask = createRoute({
  ...{ method: "post", path: "/v1/harvests/{id}/runs", ...guarded },
  summary: "Ask a source now",
  request: { params },
  responses: {
    202: json(ShownSource, "It is asked as soon as what is due before it is done"),
    ...faults("unauthenticated", "forbidden", "absent", "conflict"),
  },
});
const listRuns = createRoute({
  ...{ method: "get", path: "/v1/harvests/{id}/runs", ...guarded },
  summary: "When a source was asked in the last 30 days and what came of it, the latest first",
  request: { params },
  responses: {
    200: json(z.object({ runs: z.array(Run) }), "The last runs"),
    ...faults("unauthenticated", "forbidden", "absent"),
  },
});

export function harvestRoutes(app: CityApp): void {
  app.openapi(add, async (c) => {
    const { here } = c.var;
    const { id } = await addSource(here, c.req.valid("json"));
    return c.json(await shownSource(here, await getSource(here, id)), 201);
  });
  app.openapi(preview, async (c) => c.json(await tryOut(c.var.here, c.req.valid("json"), c.var.lang), 200));
  app.openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const { found, next } = await sourcesPage(c.var.here, Math.min(limit, PAGE_SIZE.default), cursor);
    return c.json({ harvests: found, ...(next === undefined ? {} : { next }) }, 200);
  });
  app.openapi(look, async (c) => {
    const { here } = c.var;
    return c.json(await shownSource(here, await getSource(here, c.req.valid("param").id)), 200);
  });
  app.openapi(change, async (c) => {
    const { here } = c.var;
    const { id } = c.req.valid("param");
    await changeSource(here, id, c.req.valid("json"));
    return c.json(await shownSource(here, await getSource(here, id)), 200);
  });
  app.openapi(remove, async (c) => {
    await removeSource(c.var.here, c.req.valid("param").id);
    return c.body(null, 204);
  });
  app.openapi(ask, async (c) => {
    const { here } = c.var;
    const { id } = c.req.valid("param");
    await askNow(here, id);
    return c.json(await shownSource(here, await getSource(here, id)), 202);
  });
  app.openapi(listRuns, async (c) => {
    const { here } = c.var;
    const { source } = await getSource(here, c.req.valid("param").id);
    return c.json({ runs: await runs(here, source.id) }, 200);
  });
}
