import { createRoute, z } from "@hono/zod-openapi";
import { absent } from "../../shared/errors.ts";
import { faults, json, jsonBody, paged } from "../../shared/http.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { Code } from "../network/events.ts";
import { follow, make } from "./making.ts";
import { Errors, Following, Forecast, Hour, TEMPERATURES_MAX, Temperatures, Zone } from "./schema.ts";
import { csvOf, errorsOf, openZones, schedule, seen, seenByAll } from "./seeing.ts";
import { forecastStore } from "./store.ts";
import { Schedule, ScheduleOrder } from "./supply-schema.ts";
import { hourOf } from "./wall.ts";

export const KEEPERS = ["agent", "administrator"] as const;
export const READERS = ["agent", "treasurer", "administrator"] as const;
const READ = [...READERS, "scope:forecast.forecasts:read"] as const;
const WRITE = [...KEEPERS, "scope:forecast.zones:write"] as const;
const guarded = (...needed: Parameters<typeof needs>) => ({ middleware: needs(...needed), ...secured(...needed) });
const REFUSALS = faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid");
const ByCode = z.object({ code: Code });
const CSV = { 200: { description: "CSV", content: { "text/csv": { schema: z.string() } } } };
const CSV_TYPE = { "Content-Type": "text/csv; charset=utf-8" };

const Whole = z.object({ zone: Zone, forecast: Forecast.optional(), errors: Errors });
const Published = z.object({
  code: z.string(),
  kind: Zone.shape.kind,
  forecast: Forecast,
  errors: Errors,
});

const listZones = createRoute({
  method: "get",
  path: "/v1/forecasts/zones",
  summary: "The zones of which somebody asked for forecasts",
  ...guarded(...READ),
  responses: { 200: json(z.object({ zones: z.array(Zone) }), "Zones"), ...REFUSALS },
});
const oneZone = createRoute({
  method: "get",
  path: "/v1/forecasts/zones/{code}",
  summary: "A zone with its latest forecast, and how far off the last 30 were",
  ...guarded(...READ),
  request: { params: ByCode },
  responses: { 200: json(Whole, "The zone"), ...REFUSALS },
});
const putZone = createRoute({
  method: "put",
  path: "/v1/forecasts/zones/{code}",
  summary: "Ask for a forecast of a zone each night; say whether it is public, and from when on a peak is told",
  ...guarded(...WRITE),
  request: { params: ByCode, body: jsonBody(Following) },
  responses: { 200: json(Zone, "As it is now"), ...REFUSALS },
});
const makeNow = createRoute({
  method: "post",
  path: "/v1/forecasts/zones/{code}/forecasts",
  summary: "Make the forecast that begins with this hour; made twice in an hour, the second replaces the first",
  ...guarded(...WRITE),
  request: { params: ByCode },
  responses: { 201: json(Forecast, "Made"), ...REFUSALS },
});
const listForecasts = createRoute({
  method: "get",
  path: "/v1/forecasts/zones/{code}/forecasts",
  summary: "What was forecast of a zone and what came of it, the latest first",
  ...guarded(...READ),
  request: { params: ByCode, query: paged() },
  responses: {
    200: json(
      z.object({ forecasts: z.array(Forecast.extend({ errors: Errors })), next: z.string().optional() }),
      "Forecasts, each with its own errors",
    ),
    ...REFUSALS,
  },
});
const zoneCsv = createRoute({
  method: "get",
  path: "/v1/forecasts/zones/{code}/csv",
  summary: "The latest forecast of a zone as CSV",
  ...guarded(...READ),
  request: { params: ByCode },
  responses: { ...CSV, ...REFUSALS },
});
const listOpen = createRoute({
  method: "get",
  path: "/v1/forecasts/public",
  summary: "The zones whose forecasts are public: those with at least five accounts behind them",
  ...guarded("public"),
  responses: {
    200: json(z.object({ zones: z.array(Published.pick({ code: true, kind: true })) }), "Zones"),
    ...REFUSALS,
  },
});
const oneOpen = createRoute({
  method: "get",
  path: "/v1/forecasts/public/{code}",
  summary: "A public forecast with its error",
  ...guarded("public"),
  request: { params: ByCode },
  responses: { 200: json(Published, "The forecast"), ...REFUSALS },
});
const openCsv = createRoute({
  method: "get",
  path: "/v1/forecasts/public/{code}/csv",
  summary: "A public forecast as CSV",
  ...guarded("public"),
  request: { params: ByCode },
  responses: { ...CSV, ...REFUSALS },
});
const giveTemperatures = createRoute({
  method: "post",
  path: "/v1/forecasts/temperatures",
  summary: "Give the city's temperatures hour by hour, measured or forecast; what is sent later replaces them",
  ...guarded(...WRITE),
  request: { body: jsonBody(Temperatures) },
  responses: { 200: json(z.object({ hours: z.int() }), "Kept"), ...REFUSALS },
});
const getTemperatures = createRoute({
  method: "get",
  path: "/v1/forecasts/temperatures",
  summary: "Temperatures as they are known",
  ...guarded(...READ),
  request: {
    query: z.object({ from: Hour, hours: z.coerce.number().int().min(1).max(TEMPERATURES_MAX).default(168) }),
  },
  responses: {
    200: json(z.object({ celsius: z.array(z.number().nullable()), source: z.string().optional() }), "Temperatures"),
    ...REFUSALS,
  },
});
const postSchedule = createRoute({
  method: "post",
  path: "/v1/forecasts/schedules",
  summary: "The cheapest hours for a pump that keeps its tank, or for a load that can wait; nothing is kept of it",
  ...guarded(...READ),
  request: { body: jsonBody(ScheduleOrder) },
  responses: { 200: json(Schedule, "The schedule, and what it saves"), ...REFUSALS },
});

export function forecastApi(app: CityApp): void {
  app.openapi(listZones, async (c) => c.json({ zones: await forecastStore(c.var.here).zones() }, 200));
  app.openapi(oneZone, async (c) => c.json(await seen(c.var.here, c.req.valid("param").code), 200));
  app.openapi(putZone, async (c) => {
    const { code } = c.req.valid("param");
    return c.json(await follow(c.var.here, code, c.req.valid("json"), whoId(c.var.who)), 200);
  });
  app.openapi(makeNow, async (c) => c.json(await make(c.var.here, c.req.valid("param").code), 201));
  app.openapi(listForecasts, async (c) => {
    const store = forecastStore(c.var.here);
    const { zone } = await store.zone(c.req.valid("param").code);
    const { forecasts, ...next } = await store.forecasts(zone.code, c.req.valid("query"));
    return c.json({ forecasts: forecasts.map((one) => ({ ...one, errors: errorsOf([one]) })), ...next }, 200);
  });
  app.openapi(zoneCsv, async (c) => {
    const { forecast } = await seen(c.var.here, c.req.valid("param").code);
    if (!forecast) throw absent();
    return c.body(csvOf(forecast), 200, CSV_TYPE) as never;
  });
  app.openapi(listOpen, async (c) =>
    c.json({ zones: (await openZones(c.var.here)).map(({ code, kind }) => ({ code, kind })) }, 200),
  );
  app.openapi(oneOpen, async (c) => {
    const { zone, forecast, errors } = await seenByAll(c.var.here, c.req.valid("param").code);
    return c.json({ code: zone.code, kind: zone.kind, forecast, errors }, 200);
  });
  app.openapi(openCsv, async (c) => {
    const { forecast } = await seenByAll(c.var.here, c.req.valid("param").code);
    return c.body(csvOf(forecast), 200, CSV_TYPE) as never;
  });
  app.openapi(giveTemperatures, async (c) => {
    const given = c.req.valid("json");
    await forecastStore(c.var.here).keepTemperatures(given);
    return c.json({ hours: given.celsius.filter((one) => one !== null).length }, 200);
  });
  app.openapi(getTemperatures, async (c) => {
    const { from, hours } = c.req.valid("query");
    const { celsius, source } = await forecastStore(c.var.here).temperatures(hourOf(from), hours);
    return c.json({ celsius: celsius.map((one) => one ?? null), ...(source ? { source } : {}) }, 200);
  });
  app.openapi(postSchedule, async (c) => c.json(await schedule(c.var.here, c.req.valid("json")), 200));
}
