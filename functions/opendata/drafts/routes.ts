import { createRoute, z } from "@hono/zod-openapi";
import { faults, json, jsonBody } from "../../../shared/http.ts";
import { Id } from "../../../shared/ids.ts";
import { type CityApp, needs, secured } from "../../../shared/room.ts";
import { publishers } from "../schema.ts";
import { startReading } from "./running.ts";
import { Draft, DraftChange, NewDraft } from "./schema.ts";
import { beginDraft, changedDraft, getDraft, progressOf, shownDraft } from "./store.ts";

const begin = createRoute({
  method: "post",
  path: "/v1/drafts",
  summary: "Make a draft of a file that was sent in parts: nothing of it is public yet",
  middleware: needs(...publishers),
  ...secured(...publishers),
  request: { body: jsonBody(NewDraft) },
  responses: {
    201: json(Draft, "What would be published"),
    202: json(Draft, "It is being read: ask for it"),
    ...faults("unauthenticated", "forbidden", "absent", "conflict", "too_large", "unsupported_media", "invalid"),
  },
});
const params = z.object({ id: Id("ds") });
const look = createRoute({
  method: "get",
  path: "/v1/drafts/{id}",
  summary: "A draft: how far its reading is, its types, first rows and mistakes by row",
  middleware: needs(...publishers),
  ...secured(...publishers),
  request: { params },
  responses: { 200: json(Draft, "The draft"), ...faults("unauthenticated", "forbidden", "absent") },
});
const change = createRoute({
  method: "patch",
  path: "/v1/drafts/{id}",
  summary: "Correct how a draft's file is read, or its card; it is read again",
  middleware: needs(...publishers),
  ...secured(...publishers),
  request: { params, body: jsonBody(DraftChange) },
  responses: {
    200: json(Draft, "What would be published"),
    202: json(Draft, "It is being read: ask for it"),
    ...faults("unauthenticated", "forbidden", "absent", "conflict", "too_large", "unsupported_media", "invalid"),
  },
});

export function draftRoutes(app: CityApp): void {
  app.openapi(begin, async (c) => {
    const { here } = c.var;
    const { upload, updates, fills, hints, columns, leavesOutWrong, personal, ...card } = c.req.valid("json");
    const corrections = { hints, columns, leavesOutWrong, personal };
    const kept = await startReading(here, await beginDraft(here, { card, upload, corrections, updates, fills }));
    return c.json(shownDraft(kept, await progressOf(here, kept)), kept.state === "reading" ? 202 : 201);
  });
  app.openapi(look, async (c) => {
    const kept = await getDraft(c.var.here, c.req.valid("param").id);
    return c.json(shownDraft(kept, await progressOf(c.var.here, kept)), 200);
  });
  app.openapi(change, async (c) => {
    const { here } = c.var;
    const before = await getDraft(here, c.req.valid("param").id);
    const kept = await startReading(here, changedDraft(before, c.req.valid("json")));
    return c.json(shownDraft(kept, await progressOf(here, kept)), kept.state === "reading" ? 202 : 200);
  });
}
