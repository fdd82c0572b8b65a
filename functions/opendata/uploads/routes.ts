import { createRoute, z } from "@hono/zod-openapi";
import { Fault } from "../../../shared/errors.ts";
import { faults, json, jsonBody } from "../../../shared/http.ts";
import { Id } from "../../../shared/ids.ts";
import { type CityApp, needs, secured } from "../../../shared/room.ts";
import { publishers } from "../schema.ts";
import { NewUpload, PART_BYTES, Upload } from "./schema.ts";
import { beginUpload, getUpload, takePart } from "./store.ts";

const begin = createRoute({
  method: "post",
  path: "/v1/uploads",
  summary: "Begin to send a file in parts; what of it is there can be asked at any time, and goes after a day",
  middleware: needs(...publishers),
  ...secured(...publishers),
  request: { body: jsonBody(NewUpload) },
  responses: { 201: json(Upload, "Where its parts go"), ...faults("unauthenticated", "forbidden", "invalid") },
});
const look = createRoute({
  method: "get",
  path: "/v1/uploads/{id}",
  summary: "An upload, and which of its parts are there",
  middleware: needs(...publishers),
  ...secured(...publishers),
  request: { params: z.object({ id: Id("upl") }) },
  responses: { 200: json(Upload, "The upload"), ...faults("unauthenticated", "forbidden", "absent") },
});
const part = createRoute({
  method: "put",
  path: "/v1/uploads/{id}/parts/{part}",
  summary: "Send a part; the same again changes nothing. A Content-Digest field is checked",
  middleware: needs(...publishers),
  ...secured(...publishers),
  request: {
    params: z.object({ id: Id("upl"), part: z.coerce.number().int().min(1).max(10_000) }),
    body: {
      required: true,
      content: { "application/octet-stream": { schema: z.any().openapi({ type: "string", format: "binary" }) } },
    },
  },
  responses: {
    204: { description: "It is there" },
    ...faults("unauthenticated", "forbidden", "absent", "conflict", "too_large", "invalid"),
  },
});

export function uploadRoutes(app: CityApp): void {
  app.openapi(begin, async (c) => c.json(await beginUpload(c.var.here, c.req.valid("json")), 201));
  app.openapi(look, async (c) => c.json(await getUpload(c.var.here, c.req.valid("param").id), 200));
  app.openapi(part, async (c) => {
    const { id, part: number } = c.req.valid("param");
    if (Number(c.req.header("content-length") ?? 0) > PART_BYTES)
      throw new Fault("too_large", `A part has at most ${PART_BYTES} bytes.`);
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    await takePart(c.var.here, id, number, bytes, c.req.header("content-digest"));
    return c.body(null, 204);
  });
}
