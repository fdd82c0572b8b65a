import { createRoute, z } from "@hono/zod-openapi";
import { faults, json, jsonBody, paged } from "../../shared/http.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { Alarm, AlarmRule, Closing } from "./schema.ts";
import { alarmStore } from "./store.ts";

export const KEEPERS = ["treasurer", "administrator"] as const;
const READ = "scope:alarms.alarms:read";
const guarded = (...needed: Parameters<typeof needs>) => ({ middleware: needs(...needed), ...secured(...needed) });
const refusals = faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid");
const ById = z.object({ id: z.string().max(60) });

const list = createRoute({
  method: "get",
  path: "/v1/alarms",
  summary: "What does not look right with the city's money: alarms that stand, or (state=closed) those that are over",
  ...guarded(...KEEPERS, READ),
  request: { query: paged().extend({ state: z.enum(["open", "closed"]).default("open") }) },
  responses: { 200: json(z.object({ alarms: z.array(Alarm), next: z.string().optional() }), "Alarms"), ...refusals },
});
const one = createRoute({
  method: "get",
  path: "/v1/alarms/{id}",
  summary: "One alarm",
  ...guarded(...KEEPERS, READ),
  request: { params: ById },
  responses: { 200: json(Alarm, "The alarm"), ...refusals },
});
const saw = createRoute({
  method: "post",
  path: "/v1/alarms/{id}/seen",
  summary: "Say that you have seen it; who was first stands",
  ...guarded(...KEEPERS),
  request: { params: ById },
  responses: { 200: json(Alarm, "The alarm"), ...refusals },
});
const close = createRoute({
  method: "post",
  path: "/v1/alarms/{id}/closing",
  summary: "Close it with a note; not whom it is about",
  ...guarded(...KEEPERS),
  request: { params: ById, body: jsonBody(Closing) },
  responses: { 200: json(Alarm, "Closed"), ...refusals },
});
const getRule = createRoute({
  method: "get",
  path: "/v1/alarm-rule",
  summary: "From when on the city is alarmed",
  ...guarded(...KEEPERS, READ),
  responses: { 200: json(AlarmRule, "The rule"), ...refusals },
});
const putRule = createRoute({
  method: "put",
  path: "/v1/alarm-rule",
  summary: "Set the rule; it is for what happens from now on",
  ...guarded("administrator"),
  request: { body: jsonBody(AlarmRule) },
  responses: { 200: json(AlarmRule, "Kept"), ...refusals },
});

export function alarmApi(app: CityApp): void {
  app.openapi(list, async (c) => {
    const { state, ...at } = c.req.valid("query");
    return c.json(await alarmStore(c.var.here).list(state, at), 200);
  });
  app.openapi(one, async (c) => c.json(await alarmStore(c.var.here).get(c.req.valid("param").id), 200));
  app.openapi(saw, async (c) =>
    c.json(await alarmStore(c.var.here).saw(c.req.valid("param").id, whoId(c.var.who)), 200),
  );
  app.openapi(close, async (c) => {
    const { note } = c.req.valid("json");
    return c.json(await alarmStore(c.var.here).close(c.req.valid("param").id, whoId(c.var.who), note), 200);
  });
  app.openapi(getRule, async (c) => c.json(await alarmStore(c.var.here).rule(), 200));
  app.openapi(putRule, async (c) => {
    await alarmStore(c.var.here).setRule(c.req.valid("json"), whoId(c.var.who));
    return c.json(c.req.valid("json"), 200);
  });
}
