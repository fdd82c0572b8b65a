import { createRoute, z } from "@hono/zod-openapi";
import { faults, json } from "../../../shared/http.ts";
import { type CityApp, needs, secured } from "../../../shared/room.ts";
import { fileOf } from "../../../shared/uploads.ts";
import { meterStore } from "../store.ts";
import { NewTamperEvents, TamperAnswer, TamperEvent } from "./schema.ts";
import { tampersOf } from "./store.ts";
import { takeEvents } from "./taking.ts";

const TELLS = ["agent", "administrator", "scope:meters.readings:write"] as const;
const READS = ["agent", "treasurer", "administrator", "scope:meters.readings:read"] as const;
const XML = ["application/xml", "text/xml"];

const getEvents = createRoute({
  method: "get",
  path: "/v1/meters/{id}/events",
  summary: "What was told of a meter's tampering, the oldest first",
  middleware: needs(...READS),
  ...secured(...READS),
  request: { params: z.object({ id: z.string().max(60) }) },
  responses: {
    200: json(z.object({ events: z.array(TamperEvent) }), "Events"),
    ...faults("unauthenticated", "forbidden", "absent"),
  },
});

export function tamperRoutes(app: CityApp): void {
  app.openapi(getEvents, async (c) => {
    const { id } = await meterStore(c.var.here).get(c.req.valid("param").id);
    return c.json({ events: await tampersOf(c.var.here, id) }, 200);
  });
  app.openAPIRegistry.registerPath({
    method: "post",
    path: "/v1/readings/events",
    summary: "Tell that meters were tampered with: `events`, or EndDeviceEvents of IEC 61968-9 as XML or JSON",
    description:
      "Of EndDeviceEvents those of opened covers, magnetic fields, reversed energy and tampering are kept; all others are counted as ignored. Of one kind a meter has one event a day.",
    ...secured(...TELLS),
    request: {
      body: {
        required: true,
        content: {
          "application/json": { schema: NewTamperEvents },
          ...Object.fromEntries(XML.map((type) => [type, { schema: z.string() }])),
        },
      },
    },
    responses: {
      200: json(TamperAnswer, "Kept, or known before"),
      ...faults("malformed", "unauthenticated", "forbidden", "too_large", "unsupported_media", "invalid"),
    },
  });
  app.post("/v1/readings/events", needs(...TELLS), async (c) => {
    const { file } = await fileOf(c, [...XML, "application/json"]);
    return c.json(await takeEvents(c.var.here, file), 200);
  });
}
