import { createRoute, z } from "@hono/zod-openapi";
import { absent } from "../../shared/errors.ts";
import { faults, json, jsonBody } from "../../shared/http.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { draft, dropDraft, getPilot, look, pilots, redraft, sign } from "./running.ts";
import { Pilot, PilotId, Plan, PublicPilot } from "./schema.ts";

/** A pilot concerns people: persons decide on it, never a program. */
export const DECIDE = ["administrator", "data_officer"] as const;
const deciding = { middleware: needs(...DECIDE), ...secured(...DECIDE) };
const open = { middleware: needs("public"), ...secured("public") };
const refused = faults("unauthenticated", "forbidden", "absent", "conflict", "invalid");
const ById = z.object({ id: PilotId });
const changed = (description: string) => ({ 200: json(Pilot, description), ...refused });

export const publicOf = ({ signatures, revision: _, ...pilot }: Pilot): z.infer<typeof PublicPilot> => ({
  ...pilot,
  signedAt: signatures.map(({ at }) => at),
});

const listPilots = createRoute({
  method: "get",
  path: "/v1/pilots",
  summary: "The city’s pilots: what was fixed before each, and what came of it",
  ...open,
  responses: { 200: json(z.object({ pilots: z.array(PublicPilot) }), "Pilots, the latest first") },
});
const showPilot = createRoute({
  method: "get",
  path: "/v1/pilots/{id}",
  summary: "One pilot, with the signed plan and the signed result",
  ...open,
  request: { params: ById },
  responses: { 200: json(PublicPilot, "The pilot"), ...faults("absent") },
});
const listDrafts = createRoute({
  method: "get",
  path: "/v1/pilot-drafts",
  summary: "Plans that two persons have not signed yet",
  ...deciding,
  responses: { 200: json(z.object({ pilots: z.array(Pilot) }), "Drafts"), ...refused },
});
const newPilot = createRoute({
  method: "post",
  path: "/v1/pilots",
  summary: "Draft a pilot: what is measured, compared, hoped for, and when it is stopped",
  ...deciding,
  request: { body: jsonBody(Plan) },
  responses: { 201: json(Pilot, "Drafted"), ...refused },
});
const newPlan = createRoute({
  method: "put",
  path: "/v1/pilots/{id}/plan",
  summary: "Another plan, before two persons have signed it",
  ...deciding,
  request: { params: ById, body: jsonBody(Plan) },
  responses: changed("As it is now; signatures are gone"),
});
const newSignature = createRoute({
  method: "post",
  path: "/v1/pilots/{id}/signatures",
  summary: "Sign the plan; the second person’s signature fixes it",
  ...deciding,
  request: { params: ById },
  responses: changed("As it is now"),
});
const newLook = createRoute({
  method: "post",
  path: "/v1/pilots/{id}/looks",
  summary: "Look now, instead of tomorrow morning, whether it is to be stopped or is over",
  ...deciding,
  request: { params: ById },
  responses: changed("As it is now"),
});
const removal = createRoute({
  method: "delete",
  path: "/v1/pilots/{id}",
  summary: "Drop a draft",
  ...deciding,
  request: { params: ById },
  responses: { 204: { description: "Dropped" }, ...refused },
});

export function pilotApi(app: CityApp): void {
  app.openapi(listPilots, async (c) => {
    const all = await pilots(c.var.here);
    return c.json({ pilots: all.filter(({ state }) => state !== "draft").map(publicOf) }, 200);
  });
  app.openapi(showPilot, async (c) => {
    const pilot = await getPilot(c.var.here, c.req.valid("param").id);
    if (pilot.state === "draft") throw absent();
    return c.json(publicOf(pilot), 200);
  });
  app.openapi(listDrafts, async (c) => {
    const all = await pilots(c.var.here);
    return c.json({ pilots: all.filter(({ state }) => state === "draft") }, 200);
  });
  app.openapi(newPilot, async (c) => c.json(await draft(c.var.here, c.req.valid("json")), 201));
  app.openapi(newPlan, async (c) => {
    const pilot = await getPilot(c.var.here, c.req.valid("param").id);
    return c.json(await redraft(c.var.here, pilot, c.req.valid("json")), 200);
  });
  app.openapi(newSignature, async (c) => {
    const pilot = await getPilot(c.var.here, c.req.valid("param").id);
    return c.json(await sign(c.var.here, pilot, whoId(c.var.who)), 200);
  });
  app.openapi(newLook, async (c) => {
    const pilot = await getPilot(c.var.here, c.req.valid("param").id);
    return c.json(await look(c.var.here, pilot), 200);
  });
  app.openapi(removal, async (c) => {
    await dropDraft(c.var.here, await getPilot(c.var.here, c.req.valid("param").id));
    return c.body(null, 204);
  });
}
