import { createRoute, z } from "@hono/zod-openapi";
import { absent } from "../../../shared/errors.ts";
import { faults, json, jsonBody, paged } from "../../../shared/http.ts";
import { Id } from "../../../shared/ids.ts";
import { type CityApp, needs, secured } from "../../../shared/room.ts";
import { open } from "../asking.ts";
import { publishers } from "../schema.ts";
import { demandRoom, senderOf } from "../sending.ts";
import { DataRequest, type KeptRequest, NewDataRequest, RequestAnswer } from "./schema.ts";
import { answerRequest, findRequest, requests, sendRequest, vote } from "./store.ts";

const params = z.object({ id: Id("dreq") });
const everyone = { middleware: needs("public"), ...secured("public") };
const staff = { middleware: needs(...publishers), ...secured(...publishers) };

const list = createRoute({
  method: "get",
  path: "/v1/data-requests",
  summary: "Which data people asked the city for, and what became of it",
  ...everyone,
  request: { query: paged() },
  responses: {
    200: json(z.object({ requests: z.array(DataRequest), next: z.string().optional() }), "The latest first"),
    ...faults("malformed"),
  },
});
const send = createRoute({
  method: "post",
  path: "/v1/data-requests",
  summary: "Ask the city for data; others see it once the city has looked at it",
  ...everyone,
  request: { body: jsonBody(NewDataRequest) },
  responses: { 201: json(DataRequest, "Kept, and not shown yet"), ...faults("invalid", "too_many") },
});
const one = createRoute({
  method: "get",
  path: "/v1/data-requests/{id}",
  summary: "One request; a new one tells its state alone",
  ...everyone,
  request: { params },
  responses: { 200: json(DataRequest, "The request"), ...faults("absent") },
});
const votes = createRoute({
  method: "post",
  path: "/v1/data-requests/{id}/votes",
  summary: "Want it, too; once a day",
  ...everyone,
  request: { params },
  responses: { 200: json(z.object({ votes: z.int() }), "With yours"), ...faults("absent", "conflict", "unavailable") },
});
const answer = createRoute({
  method: "put",
  path: "/v1/data-requests/{id}/answer",
  summary: "Show a request to everybody, with what the city says to it",
  ...staff,
  request: { params, body: jsonBody(RequestAnswer) },
  responses: {
    200: json(DataRequest, "As it is shown now"),
    ...faults("unauthenticated", "forbidden", "absent", "conflict", "invalid"),
  },
});

/** As others see it: never where its answer goes. */
export const shownRequest = ({ email: _, lang: __, ...request }: KeptRequest): DataRequest =>
  // What nobody has looked at shows nobody's words, whoever has its address.
  request.state === "new" ? { ...request, title: "", text: "" } : request;

export function requestRoutes(app: CityApp): void {
  app.openapi(list, async (c) => {
    open(c);
    const { requests: shown, ...more } = await requests(c.var.here, "SHOWN", c.req.valid("query"));
    return c.json({ requests: shown.map(shownRequest), ...more }, 200);
  });
  app.openapi(send, async (c) => {
    await demandRoom(c, "REQUEST");
    return c.json(shownRequest(await sendRequest(c.var.here, c.req.valid("json"), c.var.lang)), 201);
  });
  app.openapi(one, async (c) => {
    open(c);
    const request = await findRequest(c.var.here, c.req.valid("param").id);
    if (!request) throw absent();
    return c.json(shownRequest(request), 200);
  });
  app.openapi(votes, async (c) => {
    const { id } = c.req.valid("param");
    return c.json({ votes: await vote(c.var.here, id, await senderOf(c, id)) }, 200);
  });
  app.openapi(answer, async (c) =>
    c.json(shownRequest(await answerRequest(c.var.here, c.req.valid("param").id, c.req.valid("json"))), 200),
  );
}
