import { createRoute, z } from "@hono/zod-openapi";
import { faults, json, jsonBody } from "../../shared/http.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { MAPPINGS_MAX, mappingStore } from "./mapping-store.ts";
import { Mapping, MappingName } from "./schema.ts";

const KEEPERS = ["agent", "administrator"] as const;
const READERS = [...KEEPERS, "scope:meters.readings:write"] as const;
const ByName = z.object({ name: MappingName });

const putMapping = createRoute({
  method: "put",
  path: "/v1/readings/mappings/{name}",
  summary: "Say which column of a source's plain files holds what",
  description: "Files are then read by it with `mapping=<name>`. What was read by an earlier one stays as it was read.",
  middleware: needs(...KEEPERS),
  ...secured(...KEEPERS),
  request: { params: ByName, body: jsonBody(Mapping) },
  responses: {
    200: json(Mapping, "Kept"),
    ...faults("malformed", "unauthenticated", "forbidden", "conflict", "invalid"),
  },
});

const listMappings = createRoute({
  method: "get",
  path: "/v1/readings/mappings",
  summary: "The city's mappings",
  middleware: needs(...READERS),
  ...secured(...READERS),
  responses: {
    200: json(
      z.object({ mappings: z.array(z.object({ name: MappingName, mapping: Mapping })).max(MAPPINGS_MAX) }),
      "Mappings by name",
    ),
    ...faults("unauthenticated", "forbidden"),
  },
});

const getMapping = createRoute({
  method: "get",
  path: "/v1/readings/mappings/{name}",
  summary: "One mapping",
  middleware: needs(...READERS),
  ...secured(...READERS),
  request: { params: ByName },
  responses: { 200: json(Mapping, "The mapping"), ...faults("unauthenticated", "forbidden", "absent", "invalid") },
});

const removeMapping = createRoute({
  method: "delete",
  path: "/v1/readings/mappings/{name}",
  summary: "Remove a mapping",
  middleware: needs(...KEEPERS),
  ...secured(...KEEPERS),
  request: { params: ByName },
  responses: { 204: { description: "It is gone" }, ...faults("unauthenticated", "forbidden", "invalid") },
});

export function mappingRoutes(app: CityApp): void {
  app.openapi(putMapping, async (c) => {
    const mapping = c.req.valid("json");
    await mappingStore(c.var.here).put(c.req.valid("param").name, mapping);
    return c.json(mapping, 200);
  });
  app.openapi(listMappings, async (c) => c.json({ mappings: await mappingStore(c.var.here).list() }, 200));
  app.openapi(getMapping, async (c) => c.json(await mappingStore(c.var.here).get(c.req.valid("param").name), 200));
  app.openapi(removeMapping, async (c) => {
    await mappingStore(c.var.here).remove(c.req.valid("param").name);
    return c.body(null, 204);
  });
}
