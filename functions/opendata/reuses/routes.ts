import { createRoute, z } from "@hono/zod-openapi";
import { faults, json, jsonBody, paged } from "../../../shared/http.ts";
import { Id } from "../../../shared/ids.ts";
import { type CityApp, needs, secured } from "../../../shared/room.ts";
import { open } from "../asking.ts";
import { publishers } from "../schema.ts";
import { demandRoom } from "../sending.ts";
import { type KeptReuse, NewReuse, Reuse } from "./schema.ts";
import { dropReuse, reuses, sendReuse, showReuse } from "./store.ts";

const params = z.object({ id: Id("reu") });
const everyone = { middleware: needs("public"), ...secured("public") };
const staff = { middleware: needs(...publishers), ...secured(...publishers) };

const list = createRoute({
  method: "get",
  path: "/v1/data-reuses",
  summary: "What people have made of the city's data",
  ...everyone,
  request: { query: paged() },
  responses: {
    200: json(z.object({ reuses: z.array(Reuse), next: z.string().optional() }), "The latest first"),
    ...faults("malformed"),
  },
});
const send = createRoute({
  method: "post",
  path: "/v1/data-reuses",
  summary: "Tell of something that was made of the city's data; others see it once the city has looked at it",
  ...everyone,
  request: { body: jsonBody(NewReuse) },
  responses: { 201: json(Reuse, "Kept, and not shown yet"), ...faults("invalid", "too_many") },
});
const show = createRoute({
  method: "put",
  path: "/v1/data-reuses/{id}/approval",
  summary: "Show a reuse to everybody",
  ...staff,
  request: { params },
  responses: { 204: { description: "It is shown" }, ...faults("unauthenticated", "forbidden", "absent") },
});
const drop = createRoute({
  method: "delete",
  path: "/v1/data-reuses/{id}",
  summary: "Remove a reuse, be it shown or not",
  ...staff,
  request: { params },
  responses: { 204: { description: "It is gone" }, ...faults("unauthenticated", "forbidden", "absent") },
});

const shownReuse = ({ isShown: _, pictureType: __, ...reuse }: KeptReuse): Reuse => reuse;

export function reuseRoutes(app: CityApp): void {
  app.openapi(list, async (c) => {
    open(c);
    const { reuses: shown, ...more } = await reuses(c.var.here, "SHOWN", c.req.valid("query"));
    return c.json({ reuses: shown.map(shownReuse), ...more }, 200);
  });
  app.openapi(send, async (c) => {
    await demandRoom(c, "REUSE");
    return c.json(shownReuse(await sendReuse(c.var.here, c.req.valid("json"), undefined)), 201);
  });
  app.openapi(show, async (c) => {
    await showReuse(c.var.here, c.req.valid("param").id);
    return c.body(null, 204);
  });
  app.openapi(drop, async (c) => {
    await dropReuse(c.var.here, c.req.valid("param").id);
    return c.body(null, 204);
  });
}
