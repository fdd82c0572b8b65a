import { createRoute } from "@hono/zod-openapi";
import { invalid } from "../../shared/errors.ts";
import { jsonBody } from "../../shared/http.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { refusals } from "./api.ts";
import { ById } from "./schema.ts";
import { DeviceKey, keepDeviceKey, keepStsServer, StsServer } from "./sources/settings.ts";
import { vendingStore } from "./store.ts";

const keeper = { middleware: needs("administrator"), ...secured("administrator") };
const kept = { 204: { description: "Kept, sealed; it is never shown" }, ...refusals };

const putServer = createRoute({
  method: "put",
  path: "/v1/prepaid/vending-server",
  summary: "The city's account at its STS vending server, which speaks XMLVend 2.1",
  ...keeper,
  request: { body: jsonBody(StsServer.meta({ id: "StsServer" })) },
  responses: kept,
});
const putDevice = createRoute({
  method: "put",
  path: "/v1/prepaid/meters/{id}/device-key",
  summary: "The key of an OpenPAYGO device, as its maker gave it",
  ...keeper,
  request: { params: ById, body: jsonBody(DeviceKey.meta({ id: "DeviceKey" })) },
  responses: kept,
});

/** Where a city's tokens come from. What is entered here is sealed, and read by the sources alone. */
export function sourcesApi(app: CityApp): void {
  app.openapi(putServer, async (c) => {
    await keepStsServer(c.var.here, c.req.valid("json"));
    return c.body(null, 204);
  });
  app.openapi(putDevice, async (c) => {
    const { facts } = (await vendingStore(c.var.here).meter(c.req.valid("param").id)).is;
    if (facts.source !== "openpaygo") throw invalid("#/secretKey", "This meter is no OpenPAYGO device.");
    await keepDeviceKey(c.var.here, facts.number, c.req.valid("json"));
    return c.body(null, 204);
  });
}
