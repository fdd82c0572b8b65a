import { createRoute, z } from "@hono/zod-openapi";
import { faults, json, jsonBody, paged, parsed } from "../../shared/http.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { fileOf } from "../../shared/uploads.ts";
import { whoId } from "../../shared/who.ts";
import { areaChanged, pointChanged, pointsFedBy } from "./changing.ts";
import { drawing } from "./drawing.ts";
import { takeNetwork } from "./importing.ts";
import { keep } from "./keeping.ts";
import { Area, AreaChange, Code, Imported, ImportQuery, NewArea, NewPoint, Point, PointChange } from "./schema.ts";
import { networkStore } from "./store.ts";

export const KEEPERS = ["agent", "administrator"] as const;
export const READERS = ["agent", "treasurer", "administrator"] as const;
export const READ = [...READERS, "scope:network.graph:read"] as const;
export const WRITE = [...KEEPERS, "scope:network.graph:write"] as const;
export const guarded = (...needed: Parameters<typeof needs>) => ({
  middleware: needs(...needed),
  ...secured(...needed),
});
export const REFUSALS = faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid");
export const ByCode = z.object({ code: Code });

const listAreas = createRoute({
  method: "get",
  path: "/v1/network/areas",
  summary: "All zones, feeders and transformers, with what they are a part of and their bulk meters in time",
  ...guarded(...READ),
  responses: { 200: json(z.object({ areas: z.array(Area) }), "Areas"), ...REFUSALS },
});
const oneArea = createRoute({
  method: "get",
  path: "/v1/network/areas/{code}",
  summary: "One area",
  ...guarded(...READ),
  request: { params: ByCode },
  responses: { 200: json(Area, "The area"), ...REFUSALS },
});
const putArea = createRoute({
  method: "put",
  path: "/v1/network/areas/{code}",
  summary: "Enter an area, or name it anew",
  ...guarded(...WRITE),
  request: { params: ByCode, body: jsonBody(NewArea) },
  responses: { 200: json(Area, "As it is now"), ...REFUSALS },
});
const changeArea = createRoute({
  method: "post",
  path: "/v1/network/areas/{code}/changes",
  summary: "From an instant on, it is a part of another area, or has another bulk meter",
  description: "The same change told again changes nothing.",
  ...guarded(...WRITE),
  request: { params: ByCode, body: jsonBody(AreaChange) },
  responses: { 200: json(Area, "As it is now"), ...REFUSALS },
});
const listPoints = createRoute({
  method: "get",
  path: "/v1/network/points",
  summary: "Connection points by code, or those that an area ever fed",
  ...guarded(...READ),
  request: { query: paged().extend({ area: Code.optional() }) },
  responses: { 200: json(z.object({ points: z.array(Point), next: z.string().optional() }), "Points"), ...REFUSALS },
});
const onePoint = createRoute({
  method: "get",
  path: "/v1/network/points/{code}",
  summary: "One connection point with its meters, accounts and areas in time",
  ...guarded(...READ),
  request: { params: ByCode },
  responses: { 200: json(Point, "The point"), ...REFUSALS },
});
const putPoint = createRoute({
  method: "put",
  path: "/v1/network/points/{code}",
  summary: "Enter a connection point, or say anew where and what it is",
  ...guarded(...WRITE),
  request: { params: ByCode, body: jsonBody(NewPoint) },
  responses: { 200: json(Point, "As it is now"), ...REFUSALS },
});
const changePoint = createRoute({
  method: "post",
  path: "/v1/network/points/{code}/changes",
  summary: "From an instant on, another area feeds it, another account is served, or another meter stands there",
  description:
    "At an exchange, `closing` is what the old meter showed and `opening` what the new one did: both become readings. The same change told again changes nothing.",
  ...guarded(...WRITE),
  request: { params: ByCode, body: jsonBody(PointChange) },
  responses: { 200: json(Point, "As it is now"), ...REFUSALS },
});

export function networkApi(app: CityApp): void {
  app.openapi(listAreas, async (c) =>
    c.json({ areas: [...(await networkStore(c.var.here).areas()).values()].map(({ is }) => is) }, 200),
  );
  app.openapi(oneArea, async (c) => c.json(await networkStore(c.var.here).area(c.req.valid("param").code), 200));
  app.openapi(putArea, async (c) => {
    const { code } = c.req.valid("param");
    const drawn = await drawing(c.var.here, {});
    const area = drawn.setArea(code, c.req.valid("json"));
    await keep(c.var.here, drawn, code, whoId(c.var.who));
    return c.json(area, 200);
  });
  app.openapi(changeArea, async (c) => {
    const { code } = c.req.valid("param");
    return c.json(await areaChanged(c.var.here, code, c.req.valid("json"), whoId(c.var.who)), 200);
  });
  app.openapi(listPoints, async (c) => {
    const { area, ...at } = c.req.valid("query");
    const store = networkStore(c.var.here);
    if (area === undefined) return c.json(await store.points(at), 200);
    return c.json(await pointsFedBy(c.var.here, area, at), 200);
  });
  app.openapi(onePoint, async (c) => c.json(await networkStore(c.var.here).point(c.req.valid("param").code), 200));
  app.openapi(putPoint, async (c) => {
    const { code } = c.req.valid("param");
    const drawn = await drawing(c.var.here, { points: [code] });
    const point = drawn.setPoint(code, c.req.valid("json"));
    await keep(c.var.here, drawn, code, whoId(c.var.who));
    return c.json(point, 200);
  });
  app.openapi(changePoint, async (c) => {
    const { code } = c.req.valid("param");
    return c.json(await pointChanged(c.var.here, code, c.req.valid("json"), whoId(c.var.who)), 200);
  });
  imports(app);
}

/** Files come as they are, so this contract is registered by hand and its handler is plain. */
function imports(app: CityApp): void {
  const file = z.string().openapi({ format: "binary" });
  app.openAPIRegistry.registerPath({
    method: "post",
    path: "/v1/network/imports",
    summary: "Take in a file of areas or connection points",
    description:
      "CSV with a line of headings. A file with a mistake is refused whole, with `errors` by line (`#/line/7`); with preview=true nothing is kept. The same file again changes nothing.",
    ...secured(...WRITE),
    request: {
      query: ImportQuery,
      body: {
        content: { "multipart/form-data": { schema: z.object({ file }) }, "text/csv": { schema: file } },
      },
    },
    responses: {
      200: json(Imported, "Kept, or what would be kept"),
      ...REFUSALS,
      ...faults("too_large", "unsupported_media"),
    },
  });
  app.post("/v1/network/imports", needs(...WRITE), async (c) => {
    const { file: sent, fields } = await fileOf(c);
    const { of, preview: isPreview } = parsed(ImportQuery, { ...c.req.query(), ...fields }, "form");
    return c.json(await takeNetwork(c.var.here, of, sent, { by: whoId(c.var.who), isPreview }), 200);
  });
}
