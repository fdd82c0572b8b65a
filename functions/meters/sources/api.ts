import { createRoute, z } from "@hono/zod-openapi";
import { absent } from "../../../shared/errors.ts";
import { faults, json, jsonBody, originOf, paged } from "../../../shared/http.ts";
import { type CityApp, needs, secured } from "../../../shared/room.ts";
import { whoId } from "../../../shared/who.ts";
import { iso } from "../domain.ts";
import { missingOf, requestsTo } from "./missing.ts";
import {
  accessOf,
  askedAgain,
  changedSource,
  keptDecoder,
  keptDevice,
  keptStorage,
  newSecret,
  newSource,
  retried,
} from "./registry.ts";
import {
  Access,
  Decoder,
  Device,
  DeviceName,
  DeviceSettings,
  Gap,
  GapId,
  GapRequest,
  MissingIntervals,
  NewDecoder,
  NewSource,
  Parked,
  Refusal,
  Source,
  SourceChange,
  SourceId,
  Storage,
} from "./schema.ts";
import { sourceStore } from "./store.ts";

export const SOURCE_READERS = ["agent", "administrator"] as const;
const reader = {
  middleware: needs(...SOURCE_READERS, "scope:meters.readings:read"),
  ...secured(...SOURCE_READERS, "scope:meters.readings:read"),
};
const keeper = { middleware: needs("administrator"), ...secured("administrator") };
const fitter = {
  middleware: needs(...SOURCE_READERS, "scope:meters.meters:write"),
  ...secured(...SOURCE_READERS, "scope:meters.meters:write"),
};
const BySource = z.object({ id: SourceId });
const ByDevice = BySource.extend({ device: DeviceName });
const readFaults = faults("unauthenticated", "forbidden", "absent", "invalid");
const writeFaults = faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid");
const listOf = <S extends z.ZodType>(name: string, item: S) =>
  json(z.object({ [name]: z.array(item), next: z.string().optional() }), "A page of them");
const inList = <T>(name: string, { items, next }: { items: T[]; next?: string }) => ({
  [name]: items,
  ...(next === undefined ? {} : { next }),
});

const routes = {
  list: createRoute({
    method: "get",
    path: "/v1/readings/sources",
    summary: "Who delivers readings to this city",
    ...reader,
    request: { query: paged() },
    responses: { 200: listOf("sources", Source), ...readFaults },
  }),
  create: createRoute({
    method: "post",
    path: "/v1/readings/sources",
    summary: "Let an outside system deliver readings",
    description: "With an id of the caller's own choice, sending it twice makes one source.",
    ...keeper,
    request: { body: jsonBody(NewSource) },
    responses: { 201: json(Source, "Made"), 200: json(Source, "Made before"), ...writeFaults },
  }),
  get: createRoute({
    method: "get",
    path: "/v1/readings/sources/{id}",
    summary: "One source",
    ...reader,
    request: { params: BySource },
    responses: { 200: json(Source, "The source"), ...readFaults },
  }),
  change: createRoute({
    method: "patch",
    path: "/v1/readings/sources/{id}",
    summary: "Change a source, pause it, or let it go on",
    ...keeper,
    request: { params: BySource, body: jsonBody(SourceChange) },
    responses: { 200: json(Source, "As it is now"), ...writeFaults },
  }),
  access: createRoute({
    method: "get",
    path: "/v1/readings/sources/{id}/access",
    summary: "Where its messages go, and its secret",
    ...keeper,
    request: { params: BySource },
    responses: { 200: json(Access, "For whoever sets it up there"), ...readFaults },
  }),
  secret: createRoute({
    method: "post",
    path: "/v1/readings/sources/{id}/secret",
    summary: "A new secret: the one before opens nothing from now on",
    ...keeper,
    request: { params: BySource },
    responses: { 200: json(Access, "With its new secret"), ...writeFaults },
  }),
  storage: createRoute({
    method: "put",
    path: "/v1/readings/sources/{id}/storage",
    summary: "The Things Stack's storage, which is asked for frames that are missing",
    ...keeper,
    request: { params: BySource, body: jsonBody(Storage) },
    responses: { 200: json(Source, "Its key is kept sealed and never shown"), ...writeFaults },
  }),
  noStorage: createRoute({
    method: "delete",
    path: "/v1/readings/sources/{id}/storage",
    summary: "Ask its storage no more",
    ...keeper,
    request: { params: BySource },
    responses: { 200: json(Source, "As it is now"), ...writeFaults },
  }),
  refusals: createRoute({
    method: "get",
    path: "/v1/readings/sources/{id}/refusals",
    summary: "What was refused lately and why, the latest first",
    ...reader,
    request: { params: BySource, query: paged() },
    responses: { 200: listOf("refusals", Refusal), ...readFaults },
  }),
  parked: createRoute({
    method: "get",
    path: "/v1/readings/sources/{id}/parked",
    summary: "Messages that wait until something is mended",
    ...reader,
    request: { params: BySource, query: paged() },
    responses: { 200: listOf("parked", Parked), ...readFaults },
  }),
  retry: createRoute({
    method: "post",
    path: "/v1/readings/sources/{id}/parked/retry",
    summary: "Try them again: all of them, or as many as there is time for, from a cursor on",
    ...fitter,
    request: { params: BySource, query: paged().pick({ cursor: true }) },
    responses: {
      200: json(
        z.object({ kept: z.int(), parked: z.int(), next: z.string().optional() }),
        "How many were kept, and how many wait on",
      ),
      ...writeFaults,
    },
  }),
  drop: createRoute({
    method: "delete",
    path: "/v1/readings/sources/{id}/parked/{delivery}",
    summary: "Give a parked message up",
    ...fitter,
    request: { params: BySource.extend({ delivery: z.string().max(80) }) },
    responses: { 204: { description: "It waits no more" }, ...writeFaults },
  }),
  devices: createRoute({
    method: "get",
    path: "/v1/readings/sources/{id}/devices",
    summary: "Its devices and when they were heard",
    ...reader,
    request: { params: BySource, query: paged() },
    responses: { 200: listOf("devices", Device), ...readFaults },
  }),
  device: createRoute({
    method: "put",
    path: "/v1/readings/sources/{id}/devices/{device}",
    summary: "Which meters a device reads, what decodes it, how often it should speak",
    ...fitter,
    request: { params: ByDevice, body: jsonBody(DeviceSettings) },
    responses: { 200: json(Device, "As it is now"), ...writeFaults },
  }),
  decoders: createRoute({
    method: "get",
    path: "/v1/readings/decoders",
    summary: "Payload decoders of this city",
    ...reader,
    request: { query: paged() },
    responses: { 200: listOf("decoders", Decoder), ...readFaults },
  }),
  keepDecoder: createRoute({
    method: "post",
    path: "/v1/readings/decoders",
    summary: "Try a decoder on its samples, and keep it",
    description: "With the id of one that is there, it takes its place.",
    ...keeper,
    request: { body: jsonBody(NewDecoder) },
    responses: {
      201: json(
        z.object({
          decoder: Decoder,
          /** What each sample says. */
          results: z.array(
            z.array(
              z.object({
                field: z.string(),
                channel: z.string(),
                unit: z.string(),
                value: z.number(),
                at: z.iso.datetime(),
              }),
            ),
          ),
        }),
        "Kept",
      ),
      ...writeFaults,
    },
  }),
  gaps: createRoute({
    method: "get",
    path: "/v1/readings/gaps",
    summary: "What is missing of devices' messages, the latest first",
    ...reader,
    request: { query: paged().extend({ state: z.enum(["open", "closed"]).default("open") }) },
    responses: { 200: listOf("gaps", Gap), ...readFaults },
  }),
  missing: createRoute({
    method: "get",
    path: "/v1/readings/gaps/{id}/missing",
    summary: "Which intervals a gap misses, meter by meter",
    ...reader,
    request: { params: z.object({ id: GapId }), query: paged().pick({ cursor: true }) },
    responses: { 200: listOf("intervals", MissingIntervals), ...readFaults },
  }),
  askAgain: createRoute({
    method: "post",
    path: "/v1/readings/gaps/{id}/ask",
    summary: "Ask its source now for what is missing",
    ...fitter,
    request: { params: z.object({ id: GapId }) },
    responses: { 202: json(Gap, "It will be asked, if it has a way to be"), ...writeFaults },
  }),
  own: createRoute({
    method: "get",
    path: "/v1/readings/missing",
    summary: "What one's own deliveries lack: send it, as all else is sent",
    middleware: needs(...SOURCE_READERS, "scope:meters.readings:write"),
    ...secured(...SOURCE_READERS, "scope:meters.readings:write"),
    request: { query: paged() },
    responses: { 200: listOf("requests", GapRequest), ...faults("unauthenticated", "forbidden", "invalid") },
  }),
  gap: createRoute({
    method: "get",
    path: "/v1/readings/gaps/{id}",
    summary: "One gap",
    ...reader,
    request: { params: z.object({ id: GapId }) },
    responses: { 200: json(Gap, "The gap"), ...readFaults },
  }),
};

/** Who delivers readings, how they are decoded, and what is missing of them. */
export function sourceApi(app: CityApp): void {
  app.openapi(routes.list, async (c) =>
    c.json(inList("sources", await sourceStore(c.var.here).list(c.req.valid("query"))), 200),
  );
  app.openapi(routes.create, async (c) => {
    const { created, source } = await newSource(c.var.here, c.req.valid("json"), whoId(c.var.who));
    return c.json(source, created ? 201 : 200);
  });
  app.openapi(routes.get, async (c) => c.json(await sourceStore(c.var.here).get(c.req.valid("param").id), 200));
  app.openapi(routes.change, async (c) =>
    c.json(await changedSource(c.var.here, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  app.openapi(routes.access, async (c) => {
    const source = await sourceStore(c.var.here).get(c.req.valid("param").id);
    c.header("Cache-Control", "no-store");
    return c.json(await accessOf(c.var.here, source, originOf(c)), 200);
  });
  app.openapi(routes.secret, async (c) =>
    c.json(await accessOf(c.var.here, await newSecret(c.var.here, c.req.valid("param").id), originOf(c)), 200),
  );
  app.openapi(routes.storage, async (c) =>
    c.json(await keptStorage(c.var.here, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  app.openapi(routes.noStorage, async (c) =>
    c.json(await keptStorage(c.var.here, c.req.valid("param").id, undefined), 200),
  );
  app.openapi(routes.refusals, async (c) => {
    const store = await storeOf(c.var.here, c.req.valid("param").id);
    return c.json(inList("refusals", await store.refusals(c.req.valid("param").id, c.req.valid("query"))), 200);
  });
  app.openapi(routes.parked, async (c) => {
    const store = await storeOf(c.var.here, c.req.valid("param").id);
    return c.json(inList("parked", await store.parked(c.req.valid("param").id, c.req.valid("query"))), 200);
  });
  app.openapi(routes.retry, async (c) =>
    c.json(await retried(c.var.here, c.req.valid("param").id, c.req.valid("query").cursor), 200),
  );
  app.openapi(routes.drop, async (c) => {
    const { id, delivery } = c.req.valid("param");
    const store = await storeOf(c.var.here, id);
    if (!(await store.findParked(id, delivery))) throw absent();
    await store.unpark(id, delivery);
    return c.body(null, 204);
  });
  app.openapi(routes.devices, async (c) => {
    const store = await storeOf(c.var.here, c.req.valid("param").id);
    return c.json(inList("devices", await store.devices(c.req.valid("param").id, c.req.valid("query"))), 200);
  });
  app.openapi(routes.device, async (c) => {
    const { id, device } = c.req.valid("param");
    return c.json(await keptDevice(c.var.here, id, device, c.req.valid("json")), 200);
  });
  app.openapi(routes.decoders, async (c) =>
    c.json(inList("decoders", await sourceStore(c.var.here).decoders(c.req.valid("query"))), 200),
  );
  app.openapi(routes.keepDecoder, async (c) => {
    const { decoder, results } = await keptDecoder(c.var.here, c.req.valid("json"), whoId(c.var.who));
    const said = results.map((one) =>
      one.map(({ field: { field, channel, unit }, value, atS }) => ({ field, channel, unit, value, at: iso(atS) })),
    );
    return c.json({ decoder, results: said }, 201);
  });
  app.openapi(routes.gaps, async (c) => {
    const { state, ...at } = c.req.valid("query");
    return c.json(inList("gaps", await sourceStore(c.var.here).gaps(state, at)), 200);
  });
  app.openapi(routes.missing, async (c) => {
    const { gap } = await sourceStore(c.var.here).gap(c.req.valid("param").id);
    return c.json(await missingOf(c.var.here, gap, c.req.valid("query").cursor), 200);
  });
  app.openapi(routes.askAgain, async (c) => c.json(await askedAgain(c.var.here, c.req.valid("param").id), 202));
  app.openapi(routes.own, async (c) =>
    c.json(await requestsTo(c.var.here, whoId(c.var.who), c.req.valid("query")), 200),
  );
  app.openapi(routes.gap, async (c) => c.json((await sourceStore(c.var.here).gap(c.req.valid("param").id)).gap, 200));
}

/** The store, once the source is known to be there. @throws {Fault} absent */
async function storeOf(here: Parameters<typeof sourceStore>[0], id: string) {
  const store = sourceStore(here);
  await store.get(id);
  return store;
}
