import { createRoute, z } from "@hono/zod-openapi";
import { absent } from "../../shared/errors.ts";
import { faults, form, json, jsonBody } from "../../shared/http.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { agree, endPlan, planOf, standingOf } from "./instalments.ts";
import { Instalments, NewInstalments } from "./schema.ts";
import { billStore } from "./store.ts";

const AGREERS = ["agent", "treasurer"] as const;
const READERS = ["agent", "treasurer", "administrator"] as const;
const PATH = "/v1/bills/{id}/instalments";
const params = z.object({ id: z.string().max(60) });

const put = createRoute({
  method: "put",
  path: PATH,
  summary: "Let a bill be paid in equal parts, month by month; replaces what was agreed before",
  middleware: needs(...AGREERS),
  ...secured(...AGREERS),
  request: { params, body: jsonBody(NewInstalments) },
  responses: {
    200: json(Instalments, "How it is to be paid"),
    ...faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid"),
  },
});
const get = createRoute({
  method: "get",
  path: PATH,
  summary: "The parts of a bill, which of them are paid, and what is late",
  middleware: needs(...READERS),
  ...secured(...READERS),
  request: { params },
  responses: { 200: json(Instalments, "How it stands"), ...faults("unauthenticated", "forbidden", "absent") },
});
const end = createRoute({
  method: "delete",
  path: PATH,
  summary: "The whole rest is due at once again",
  middleware: needs(...AGREERS),
  ...secured(...AGREERS),
  request: { params },
  responses: { 204: { description: "Ended" }, ...faults("unauthenticated", "forbidden", "absent") },
});

export function instalmentRoutes(app: CityApp): void {
  app.openapi(put, async (c) => {
    const { here, who } = c.var;
    const plan = await agree(here, c.req.valid("param").id, c.req.valid("json"), whoId(who));
    const now = await standingOf(here, { ...plan, id: plan.billId });
    return c.json(Instalments.parse({ ...plan, ...now }), 200);
  });
  app.openapi(get, async (c) => {
    const { here } = c.var;
    const bill = await billStore(here).get(c.req.valid("param").id);
    const plan = await planOf(here, bill.id);
    if (!plan) throw absent();
    return c.json(Instalments.parse({ ...plan, lateMinor: 0, ...(await standingOf(here, bill)) }), 200);
  });
  app.openapi(end, async (c) => {
    await endPlan(c.var.here, c.req.valid("param").id);
    return c.body(null, 204);
  });

  const Asked = NewInstalments.extend({ count: z.coerce.number().int().min(2).max(24) });
  app.post("/staff/billing/bills/:id/instalments", needs(...AGREERS), async (c) => {
    await agree(c.var.here, c.req.param("id"), await form(c, Asked), whoId(c.var.who));
    return c.redirect(c.var.here.url(`/bills/${c.req.param("id")}`), 303);
  });
}
