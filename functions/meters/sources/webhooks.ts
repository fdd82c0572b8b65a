import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { absent, Fault, invalid } from "../../../shared/errors.ts";
import { faults, json, jsonBody, paged, parsed } from "../../../shared/http.ts";
import { type CityApp, type CityEnv, demandWhole, needs } from "../../../shared/room.ts";
import { takeBatch } from "../batch-intake.ts";
import { Sms, SmsAnswer } from "../hand/schema.ts";
import { smsTaken } from "../hand/sms.ts";
import { smsIn } from "../hand/sms-text.ts";
import { type Allowance, take } from "../rate.ts";
import { BatchAnswer, NewBatch } from "../schema.ts";
import { sharedRate } from "../shared-rate.ts";
import { deliveryHeard } from "./gaps.ts";
import { requestsTo } from "./missing.ts";
import { uplinkOfProtobuf } from "./protobuf.ts";
import { GapRequest, type Source, SourceId, type SourceKind, UplinkAnswer } from "./schema.ts";
import { demandSecret, demandSignature, secretOf } from "./secret.ts";
import { sourceStore } from "./store.ts";
import { takeUplink } from "./taking.ts";
import { chirpStackUplink, type Read, ttsUplink } from "./uplinks.ts";

const MESSAGE_MAX = 128 * 1024;
const BATCH_MAX = 1024 * 1024;
/** Of those who do not know a source's secret; what its owner may send is counted apart. */
const STRANGERS = { burst: 30, perSecond: 1 };
/** A flood is told once a second at most. */
const REPORTS = { burst: 30, perSecond: 1 };
/** Of a source that looks what it is asked for. */
const ASKING = { burst: 30, perSecond: 1 };
const DEPTH_MAX = 30;

interface Delivery {
  source: Source;
  body: Uint8Array;
}

/** Where outside systems deliver. Each source has addresses of its own below its id, and shows itself by its secret. */
export function sourceWebhooks(app: CityApp): void {
  const params = z.object({ id: z.string().max(60) });
  const refusals = faults(
    "malformed",
    "unauthenticated",
    "forbidden",
    "absent",
    "too_large",
    "unsupported_media",
    "invalid",
    "too_many",
  );
  const uplinks = {
    security: [],
    request: { params, body: jsonBody(z.looseObject({})) },
    responses: {
      201: json(UplinkAnswer, "Kept"),
      200: json(UplinkAnswer, "Kept before, or nothing that has readings"),
      202: json(UplinkAnswer, "Parked: kept as it came, until what it waits for is mended"),
      ...refusals,
    },
  };
  app.openAPIRegistry.registerPath({
    ...uplinks,
    method: "post",
    path: "/v1/readings/sources/{id}/tts",
    summary: "The Things Stack v3: the base address of a webhook; paths of events may follow",
    description:
      "The secret comes as `X-Source-Secret`, or as the password of basic authentication. The same frame counts once.",
  });
  app.openAPIRegistry.registerPath({
    ...uplinks,
    method: "post",
    path: "/v1/readings/sources/{id}/chirpstack",
    summary: "ChirpStack v4: the address of an HTTP integration, JSON or Protocol Buffers",
  });
  app.openAPIRegistry.registerPath({
    method: "post",
    path: "/v1/readings/sources/{id}/batches",
    summary: "A signed delivery of readings, as /v1/readings/batches takes them",
    description:
      "Signed by Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature` (HMAC-SHA-256 with the source's secret).",
    security: [],
    request: { params, body: jsonBody(NewBatch) },
    responses: {
      201: json(BatchAnswer, "Kept"),
      200: json(BatchAnswer, "Kept before"),
      ...refusals,
      ...faults("conflict"),
    },
  });
  app.openAPIRegistry.registerPath({
    method: "post",
    path: "/v1/readings/sources/{id}/sms",
    summary: "An SMS of a resident with a reading, from the city's gateway",
    description:
      "`METER 12345 67890` in English, French or Arabic. AWS End User Messaging's two-way SMS is taken as it is, bare or from an SNS subscription. The sender is answered by SMS.",
    security: [],
    request: { params, body: jsonBody(Sms) },
    responses: {
      201: json(SmsAnswer, "Taken, and its sender will be answered"),
      200: json(SmsAnswer, "Taken before, or no message"),
      ...refusals,
    },
  });

  app.openAPIRegistry.registerPath({
    method: "get",
    path: "/v1/readings/sources/{id}/missing",
    summary: "What a source is asked for: frames and intervals that never came",
    description: "The secret comes as `X-Source-Secret`, or as the password of basic authentication.",
    security: [],
    request: { params, query: paged() },
    responses: {
      200: json(z.object({ requests: z.array(GapRequest), next: z.string().optional() }), "A page of them"),
      ...faults("unauthenticated", "absent", "invalid", "too_many"),
    },
  });
  app.get("/v1/readings/sources/:id/missing", needs("public"), async (c) => {
    const { here } = c.var;
    const source = await sourceIn(c);
    const name = `${here.city.slug}#${source.id}`;
    try {
      demandSecret(c.req.raw.headers, await secretOf(here, source));
    } catch (error) {
      demandRate(`${name}#strangers`, STRANGERS);
      throw error;
    }
    demandRate(`${name}#asking`, ASKING);
    return c.json(await requestsTo(here, source.id, parsed(paged(), c.req.query(), "query")), 200);
  });

  const byTts = delivered("tts", (c, { source, body }) => uplink(c, source, ttsUplink(jsonOf(c, body), source)));
  app.post("/v1/readings/sources/:id/tts", needs("public"), byTts);
  app.post("/v1/readings/sources/:id/tts/:event{.+}", needs("public"), byTts);
  app.post(
    "/v1/readings/sources/:id/chirpstack",
    needs("public"),
    delivered("chirpstack", (c, { source, body }) =>
      uplink(c, source, chirpStackUplink(c.req.query("event"), chirpStackBody(c, body), source)),
    ),
  );
  app.post(
    "/v1/readings/sources/:id/sms",
    needs("public"),
    delivered("sms", (c, { source, body }) => sms(c, source, body)),
  );
  app.post(
    "/v1/readings/sources/:id/batches",
    needs("public"),
    delivered("batches", async (c, { source, body }) => {
      const { created, answer } = await takeBatch(c.var.here, source.id, body);
      if (created) await deliveryHeard(c.var.here, source);
      if (answer.errors.length > 0 && created)
        await report(
          c,
          source,
          new Fault("invalid", "A part of it was left out.", { errors: answer.errors }),
          answer.delivery,
        );
      return c.json(answer, created ? 201 : 200);
    }),
  );
}

/** A resident's reading; or SNS, which asks whether its messages are wanted: whoever set it up opens that address. */
async function sms(c: Context<CityEnv>, source: Source, body: Uint8Array): Promise<Response> {
  const { here } = c.var;
  const read = smsIn(jsonOf(c, body, c.req.header("x-amz-sns-message-type") !== undefined));
  if ("confirmAt" in read) {
    const at = here.clock.now().toISOString();
    const detail = `Open this address once, so that messages are sent here: ${read.confirmAt}`;
    await sourceStore(here).refuse(source.id, { at, code: "confirm", detail, errors: [] });
    return c.json({ id: "", state: "ignored" } satisfies SmsAnswer, 200);
  }
  const { created, answer } = await smsTaken(here, source, read);
  return c.json(answer, created ? 201 : 200);
}

/** @throws {Fault} absent */
async function sourceIn(c: Context<CityEnv>): Promise<Source> {
  const id = SourceId.safeParse(c.req.param("id"));
  const source = id.success ? await sourceStore(c.var.here).find(id.data) : undefined;
  if (!source) throw absent();
  return source;
}

/** Hears a source only: by its secret, at its rate; what is refused is told in its report. */
function delivered(kind: SourceKind, taken: (c: Context<CityEnv>, delivery: Delivery) => Promise<Response>) {
  return async (c: Context<CityEnv>): Promise<Response> => {
    const { here } = c.var;
    const source = await sourceIn(c);
    if (source.kind !== kind) throw absent();
    // Not read for a stranger, who can claim anything.
    if (Number(c.req.header("content-length") ?? 0) > BATCH_MAX) throw tooLarge();
    const body = new Uint8Array(await c.req.arrayBuffer());
    const name = `${here.city.slug}#${source.id}`;
    try {
      await demandOwn(c, source, body);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      // A stranger's flood neither fills the report nor uses up what the source may send.
      demandRate(`${name}#strangers`, STRANGERS);
      await report(c, source, error);
      throw error;
    }
    try {
      if (source.state === "paused") throw new Fault("forbidden", "This source is paused.");
      demandRate(name, allowanceOf(source));
      await sharedRate.take(here, source.id, allowanceOf(source));
      if (body.length > (kind === "batches" ? BATCH_MAX : MESSAGE_MAX)) throw tooLarge();
      return await taken(c, { source, body });
    } catch (error) {
      const isTold = error instanceof Fault && error.kind !== "unavailable";
      if (isTold && take(`${name}#reports`, REPORTS) === 0) await report(c, source, error);
      throw error;
    }
  };
}

const tooLarge = () => new Fault("too_large", "This is longer than any message that a source sends.");

/** A tenth of a minute's messages at once, and sixty of them in any case where so many are allowed. */
const allowanceOf = ({ perMinute }: Source) => ({
  burst: Math.max(Math.min(perMinute, 60), Math.ceil(perMinute / 10)),
  perSecond: perMinute / 60,
});

async function demandOwn(c: Context<CityEnv>, source: Source, body: Uint8Array): Promise<void> {
  const { here } = c.var;
  const secret = await secretOf(here, source);
  const { headers } = c.req.raw;
  if (source.kind === "batches") demandSignature(headers, body, secret, source.replayWindowS, here.clock.now());
  else demandSecret(headers, secret);
}

function demandRate(name: string, allowance: Allowance): void {
  const retryAfterS = take(name, allowance);
  if (retryAfterS === 0) return;
  throw new Fault("too_many", "This source sends faster than it may. What was acknowledged is kept.", { retryAfterS });
}

async function report(c: Context<CityEnv>, source: Source, { kind, message, members }: Fault, delivery?: string) {
  const { here } = c.var;
  await sourceStore(here).refuse(source.id, {
    at: here.clock.now().toISOString(),
    code: kind,
    detail: message,
    errors: (members.errors ?? []).slice(0, 50),
    ...(delivery === undefined ? {} : { delivery }),
  });
}

/** ChirpStack says by the type in which of its two encodings it sends. @throws {Fault} as `jsonOf` does */
function chirpStackBody(c: Context, body: Uint8Array): unknown {
  if (!/^application\/octet-stream\b/i.test(c.req.header("content-type") ?? "")) return jsonOf(c, body);
  // Of its other events nothing is read.
  if (c.req.query("event") !== "up") return {};
  const value = uplinkOfProtobuf(body);
  demandFlat(value);
  demandWhole(value);
  return value;
}

/**
 * @param isJson  whatever its type says: SNS calls its JSON plain text
 * @throws {Fault} unsupported_media, malformed, invalid
 */
function jsonOf(c: Context, body: Uint8Array, isJson = false): unknown {
  if (!isJson && !/^application\/(?:[\w.+-]+\+)?json\b/i.test(c.req.header("content-type") ?? ""))
    throw new Fault(
      "unsupported_media",
      "Send JSON. Of ChirpStack also Protocol Buffers are read, as application/octet-stream.",
    );
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    demandFlat(value);
    demandWhole(value);
    return value;
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault("malformed", "The body is not JSON.");
  }
}

/** What a device says is nested a little; what is nested without end fills a stack. @throws {Fault} invalid */
function demandFlat(value: unknown): void {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_MAX) throw invalid("#", `It is nested more than ${DEPTH_MAX} times.`);
    level = level.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
  }
}

async function uplink(c: Context<CityEnv>, source: Source, read: Read): Promise<Response> {
  if (read === "ignored") return c.json({ state: "ignored", readings: 0 } satisfies UplinkAnswer, 200);
  const awayS = Math.abs(c.var.here.clock.now().getTime() - Date.parse(read.at)) / 1000;
  if (awayS > source.replayWindowS)
    throw invalid(
      source.kind === "tts" ? "#/received_at" : "#/time",
      `Its time is outside this source's window of ${source.replayWindowS} seconds.`,
    );
  const { created, answer } = await takeUplink(c.var.here, source, read);
  return c.json(answer, answer.state === "parked" ? 202 : created ? 201 : 200);
}
