import { createRoute, z } from "@hono/zod-openapi";
import { faults, json, jsonBody } from "../../shared/http.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { OwnName } from "../peers/schema.ts";
import { endNeed, getNeed, ownNeeds, writeNeed } from "./posting.ts";
import { NeedChange, NewNeed, SignedNeed } from "./schema.ts";

export const WRITE = "needs.needs:write";
const writers = ["administrator", `scope:${WRITE}`] as const;
const writing = { middleware: needs(...writers), ...secured(...writers) };
const refused = faults("unauthenticated", "forbidden", "absent", "conflict", "invalid");
const ByName = z.object({ name: OwnName });

const listNeeds = createRoute({
  method: "get",
  path: "/v1/needs",
  summary: "What the city has said that it needs",
  ...writing,
  responses: { 200: json(z.object({ needs: z.array(SignedNeed) }), "Needs, the latest first"), ...refused },
});
const newNeed = createRoute({
  method: "post",
  path: "/v1/needs",
  summary: "Write a need and sign it; bring party and envelope to /marketplace/v1",
  ...writing,
  request: { body: jsonBody(NewNeed) },
  responses: { 201: json(SignedNeed, "Signed"), 200: json(SignedNeed, "Signed before"), ...refused },
});
const showNeed = createRoute({
  method: "get",
  path: "/v1/needs/{name}",
  summary: "One need, as it was signed last",
  ...writing,
  request: { params: ByName },
  responses: { 200: json(SignedNeed, "The need"), ...refused },
});
const changeNeed = createRoute({
  method: "post",
  path: "/v1/needs/{name}/state",
  summary: "Close or withdraw it, signed anew",
  ...writing,
  request: { params: ByName, body: jsonBody(NeedChange) },
  responses: { 200: json(SignedNeed, "As it is now"), ...refused },
});

export function needApi(app: CityApp): void {
  app.openapi(listNeeds, async (c) => c.json({ needs: await ownNeeds(c.var.here) }, 200));
  app.openapi(newNeed, async (c) => {
    const { created, need } = await writeNeed(c.var.here, c.req.valid("json"));
    return c.json(need, created ? 201 : 200);
  });
  app.openapi(showNeed, async (c) => c.json(await getNeed(c.var.here, c.req.valid("param").name), 200));
  app.openapi(changeNeed, async (c) => {
    const { state, contact } = c.req.valid("json");
    return c.json(await endNeed(c.var.here, c.req.valid("param").name, state, contact), 200);
  });
}
