import { createRoute, z } from "@hono/zod-openapi";
import { Fault } from "../../shared/errors.ts";
import { addressOf, faults, json, jsonBody, paged } from "../../shared/http.ts";
import { apiKeysPage } from "../../shared/identity/api-keys.ts";
import { staffPage } from "../../shared/identity/persons.ts";
import { endSession } from "../../shared/identity/sessions.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { ROLES } from "../../shared/who.ts";
import { Key, Me, NewCode, NewKey, NewSession, NewStaff, OpenedSession } from "./schema.ts";
import { makeKey, revokeKey, sendCode, setRoles, signIn } from "./service.ts";

const admin = ["administrator"] as const;

const sendCodeRoute = createRoute({
  method: "post",
  path: "/v1/sign-in-codes",
  summary: "Send a one-time code to a telephone or an e-mail address",
  middleware: needs("public"),
  ...secured("public"),
  request: { body: jsonBody(NewCode) },
  responses: {
    202: json(z.object({ expiresInS: z.int() }), "Sent, if somebody reads there"),
    ...faults("malformed", "invalid", "too_many"),
  },
});
const openSessionRoute = createRoute({
  method: "post",
  path: "/v1/sessions",
  summary: "Trade a one-time code for a bearer token",
  middleware: needs("public"),
  ...secured("public"),
  request: { body: jsonBody(NewSession) },
  responses: { 201: json(OpenedSession, "Signed in"), ...faults("malformed", "unauthenticated", "invalid") },
});
const endSessionRoute = createRoute({
  method: "delete",
  path: "/v1/sessions/current",
  summary: "Sign out: the token ends now",
  middleware: needs(...ROLES),
  ...secured(...ROLES),
  responses: { 204: { description: "Ended" }, ...faults("unauthenticated") },
});
const meRoute = createRoute({
  method: "get",
  path: "/v1/me",
  summary: "Who I am here",
  middleware: needs(...ROLES),
  ...secured(...ROLES),
  responses: { 200: json(Me, "The person signed in"), ...faults("unauthenticated") },
});
const listStaff = createRoute({
  method: "get",
  path: "/v1/staff",
  summary: "Who has a role",
  middleware: needs(...admin),
  ...secured(...admin),
  request: { query: paged() },
  responses: {
    200: json(z.object({ staff: z.array(Me), next: z.string().optional() }), "People with a role"),
    ...faults("malformed", "unauthenticated", "forbidden", "invalid"),
  },
});
const putStaff = createRoute({
  method: "post",
  path: "/v1/staff",
  summary: "Give a person exactly these roles; none takes them all",
  middleware: needs(...admin),
  ...secured(...admin),
  request: { body: jsonBody(NewStaff) },
  responses: {
    200: json(Me, "The person as they are now"),
    ...faults("unauthenticated", "forbidden", "conflict", "invalid"),
  },
});
const listKeys = createRoute({
  method: "get",
  path: "/v1/keys",
  summary: "Keys of programs, without their secrets, the latest first",
  middleware: needs(...admin),
  ...secured(...admin),
  request: { query: paged() },
  responses: {
    200: json(z.object({ keys: z.array(Key), next: z.string().optional() }), "Keys"),
    ...faults("malformed", "unauthenticated", "forbidden", "invalid"),
  },
});
const newKey = createRoute({
  method: "post",
  path: "/v1/keys",
  summary: "Make a key for a program; its secret is shown this once",
  middleware: needs(...admin),
  ...secured(...admin),
  request: { body: jsonBody(NewKey) },
  responses: {
    201: json(Key.extend({ secret: z.string() }), "Made"),
    ...faults("unauthenticated", "forbidden", "invalid"),
  },
});
const endKey = createRoute({
  method: "delete",
  path: "/v1/keys/{id}",
  summary: "Revoke a key at once",
  middleware: needs(...admin),
  ...secured(...admin),
  request: { params: z.object({ id: z.string().max(60) }) },
  responses: { 204: { description: "Revoked" }, ...faults("unauthenticated", "forbidden", "absent") },
});

/** The person behind a request that `needs` has admitted. */
export function personOf(who: { kind: string }) {
  if (who.kind !== "person") throw new Fault("forbidden", "Only a person can do this.");
  return who as Extract<import("../../shared/who.ts").Who, { kind: "person" }>;
}

export function identityRoutes(app: CityApp): void {
  app.openapi(sendCodeRoute, async (c) => {
    await sendCode(c.var.here, c.req.valid("json").contact, c.var.lang, addressOf(c));
    return c.json({ expiresInS: 600 }, 202);
  });
  app.openapi(openSessionRoute, async (c) => {
    const { contact, code } = c.req.valid("json");
    const { session } = await signIn(c.var.here, contact, code);
    return c.json({ token: session.token, expiresAt: session.expiresAt.toISOString() }, 201);
  });
  app.openapi(endSessionRoute, async (c) => {
    const { id, sid } = personOf(c.var.who);
    await endSession(c.var.here.table, id, sid);
    return c.body(null, 204);
  });
  app.openapi(meRoute, (c) => {
    const { id, contacts, roles } = personOf(c.var.who);
    return c.json({ id, contacts, roles }, 200);
  });
  app.openapi(listStaff, async (c) => {
    const { people, ...more } = await staffPage(c.var.here.table, c.req.valid("query"));
    return c.json({ staff: people.map(({ id, contacts, roles }) => ({ id, contacts, roles })), ...more }, 200);
  });
  app.openapi(putStaff, async (c) => {
    const { contact, roles } = c.req.valid("json");
    const person = await setRoles(c.var.here, contact, roles, personOf(c.var.who).id);
    return c.json({ id: person.id, contacts: person.contacts, roles: person.roles }, 200);
  });
  app.openapi(listKeys, async (c) => c.json(await apiKeysPage(c.var.here.table, c.req.valid("query")), 200));
  app.openapi(newKey, async (c) => {
    const { here, house, who } = c.var;
    const { secret, key } = await makeKey({ here, house, by: personOf(who).id }, c.req.valid("json"));
    return c.json({ ...key, secret }, 201);
  });
  app.openapi(endKey, async (c) => {
    await revokeKey(c.var.here, c.req.valid("param").id, personOf(c.var.who).id);
    return c.body(null, 204);
  });
}
