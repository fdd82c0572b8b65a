import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { faults, json, jsonBody } from "../../../shared/http.ts";
import { Id } from "../../../shared/ids.ts";
import { type CityApp, type CityEnv, needs, secured } from "../../../shared/room.ts";
import { whoId } from "../../../shared/who.ts";
import { DataKey, DataKeyUse, type KeptKey, NewDataKey } from "./schema.ts";
import { getKey, keysOf, makeKey, revokeKey, useOfKey } from "./store.ts";

/** Whoever has signed in: a contact that somebody reads is enough. */
export const OWNERS = ["resident"] as const;
export const ownerOf = (c: Context<CityEnv>): string => whoId(c.var.who);

const USE_DAYS = 90;
const params = z.object({ id: Id("dkey") });
const owners = { middleware: needs(...OWNERS), ...secured(...OWNERS) };

const list = createRoute({
  method: "get",
  path: "/v1/data-keys",
  summary: "Your own keys for open data",
  ...owners,
  responses: { 200: json(z.object({ keys: z.array(DataKey) }), "In the order in which they were made") },
});
const make = createRoute({
  method: "post",
  path: "/v1/data-keys",
  summary: "Take a key for open data: it allows more requests, and shows you your own. Its secret is answered once",
  ...owners,
  request: { body: jsonBody(NewDataKey) },
  responses: {
    201: json(z.object({ key: DataKey, secret: z.string() }), "The key"),
    ...faults("unauthenticated", "conflict", "invalid", "too_many"),
  },
});
const revoke = createRoute({
  method: "delete",
  path: "/v1/data-keys/{id}",
  summary: "Revoke a key of yours; it holds for half a minute more at most",
  ...owners,
  request: { params },
  responses: { 204: { description: "It is no key any more" }, ...faults("unauthenticated", "absent") },
});
const use = createRoute({
  method: "get",
  path: "/v1/data-keys/{id}/use",
  summary: "How a key of yours was used, by day and dataset",
  ...owners,
  request: { params },
  responses: { 200: json(DataKeyUse, "Its last 90 days of use"), ...faults("unauthenticated", "absent") },
});

const shown = ({ owner: _, ...key }: KeptKey): DataKey => key;

export function keyRoutes(app: CityApp): void {
  app.openapi(list, async (c) => c.json({ keys: (await keysOf(c.var.here, ownerOf(c))).map(shown) }, 200));
  app.openapi(make, async (c) => {
    const { secret, key } = await makeKey(c.var.here, ownerOf(c), c.req.valid("json").name);
    return c.json({ key: shown(key), secret }, 201);
  });
  app.openapi(revoke, async (c) => {
    await revokeKey(c.var.here, ownerOf(c), c.req.valid("param").id);
    return c.body(null, 204);
  });
  app.openapi(use, async (c) => {
    const { id } = await getKey(c.var.here, ownerOf(c), c.req.valid("param").id);
    return c.json(await useOfKey(c.var.here, id, USE_DAYS), 200);
  });
}
