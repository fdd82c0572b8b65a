import { createRoute, z } from "@hono/zod-openapi";
import { absent } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { faults, json, jsonBody, paged } from "../../../shared/http.ts";
import { type CityApp, needs, secured } from "../../../shared/room.ts";
import { type Who, whoId } from "../../../shared/who.ts";
import { metersOf } from "../reading.ts";
import type { Meter } from "../schema.ts";
import { meterStore } from "../store.ts";
import { type HandRead, handRead, type Said } from "./reading.ts";
import { newRound, stopMade, stopsOf } from "./rounds.ts";
import { HandAnswer, HandReading, NewHandReading, NewRound, Round, RoundId, SkipReason, Stop } from "./schema.ts";
import { handStore } from "./store.ts";

export const HAND_READERS = ["resident", "agent", "administrator"] as const;
export const ROUND_WALKERS = ["agent", "administrator"] as const;

const isWalker = (who: Who): boolean => who.kind === "person" && ROUND_WALKERS.some((role) => who.roles.includes(role));

/** A meter that this visitor may read: any for the city's readers, else one's own. @throws {Fault} absent */
export async function readableMeter(here: Here, who: Who, id: string): Promise<Meter> {
  if (isWalker(who)) return meterStore(here).get(id);
  const own = (await metersOf(here, who)).find((meter) => meter.id === id);
  if (!own) throw absent();
  return own;
}

/** Who reads a meter, as the reading keeps it. */
export const saidBy = (who: Who, meter: Meter): Pick<Said, "by" | "who" | "sinceS"> => ({
  by: isWalker(who) ? "staff" : "customer",
  who: whoId(who),
  sinceS: shownFromS(meter, who),
});

/** From when on a visitor may see who read it: what was before is another home's. */
export const shownFromS = ({ accountFrom }: Meter, who: Who): number =>
  isWalker(who) || accountFrom === undefined ? 0 : Date.parse(accountFrom) / 1000;

/** A meter's readings by hand, the latest first. */
export async function readingsShown(
  here: Here,
  meter: Meter,
  who: Who,
  page: { limit: number; cursor?: string | undefined },
) {
  const { items, next } = await handStore(here).ofMeter(meter.id, page);
  const sinceS = shownFromS(meter, who);
  return { items: items.filter(({ at }) => Date.parse(at) / 1000 >= sinceS), next };
}

const ByMeter = z.object({ id: z.string().max(60) });
const ByStop = z.object({ id: RoundId, number: z.coerce.number().int().min(1).max(500) });
const reader = { middleware: needs(...HAND_READERS), ...secured(...HAND_READERS) };
const walker = { middleware: needs(...ROUND_WALKERS), ...secured(...ROUND_WALKERS) };
const readFaults = faults("unauthenticated", "forbidden", "absent", "invalid");
const writeFaults = { ...readFaults, ...faults("malformed", "conflict") };
const WholeRound = z.object({ round: Round, stops: z.array(Stop) });

const routes = {
  read: createRoute({
    method: "post",
    path: "/v1/meters/{id}/hand-readings",
    summary: "What the dial shows now, read by the staff or by the meter's customer",
    description:
      "A strange value is asked about: send it again with `confirmed`. With an id of the caller's own choice, sending it twice counts once.",
    ...reader,
    request: { params: ByMeter, body: jsonBody(NewHandReading) },
    responses: {
      201: json(HandAnswer, "Kept"),
      200: json(HandAnswer, "Kept before; or asked about, and nothing is kept"),
      ...writeFaults,
    },
  }),
  list: createRoute({
    method: "get",
    path: "/v1/meters/{id}/hand-readings",
    summary: "Who read a meter by hand, and when; the latest first",
    ...reader,
    request: { params: ByMeter, query: paged() },
    responses: {
      200: json(z.object({ readings: z.array(HandReading), next: z.string().optional() }), "Readings"),
      ...readFaults,
    },
  }),
  createRound: createRoute({
    method: "post",
    path: "/v1/readings/rounds",
    summary: "Make a round: meters in the order of a way",
    ...walker,
    request: { body: jsonBody(NewRound) },
    responses: { 201: json(Round, "Made"), 200: json(Round, "Made before"), ...writeFaults },
  }),
  rounds: createRoute({
    method: "get",
    path: "/v1/readings/rounds",
    summary: "Rounds, the latest first",
    ...walker,
    request: { query: paged() },
    responses: {
      200: json(z.object({ rounds: z.array(Round), next: z.string().optional() }), "Rounds"),
      ...readFaults,
    },
  }),
  round: createRoute({
    method: "get",
    path: "/v1/readings/rounds/{id}",
    summary: "One round and what became of its stops",
    ...walker,
    request: { params: z.object({ id: RoundId }) },
    responses: { 200: json(WholeRound, "The round"), ...readFaults },
  }),
  skip: createRoute({
    method: "post",
    path: "/v1/readings/rounds/{id}/stops/{number}/skip",
    summary: "A meter that could not be read, and why",
    ...walker,
    request: { params: ByStop, body: jsonBody(z.strictObject({ reason: SkipReason })) },
    responses: { 200: json(Stop, "The stop"), ...writeFaults },
  }),
};

export const answerOf = (read: HandRead): z.infer<typeof HandAnswer> => {
  if (read.state === "asked") return read;
  const { reading, usedSince } = read;
  return { state: "kept", reading, ...(usedSince === undefined ? {} : { usedSince }) };
};

/** Readings that people take, as JSON. Photos come by the page's form. */
export function handApi(app: CityApp): void {
  app.openapi(routes.read, async (c) => {
    const { here, who } = c.var;
    const meter = await readableMeter(here, who, c.req.valid("param").id);
    const read = await handRead(here, meter, {
      ...c.req.valid("json"),
      ...saidBy(who, meter),
      at: here.clock.now(),
    });
    return c.json(answerOf(read), read.state === "kept" && read.created ? 201 : 200);
  });
  app.openapi(routes.list, async (c) => {
    const { here, who } = c.var;
    const meter = await readableMeter(here, who, c.req.valid("param").id);
    const { items, next } = await readingsShown(here, meter, who, c.req.valid("query"));
    return c.json({ readings: items, ...(next === undefined ? {} : { next }) }, 200);
  });
  app.openapi(routes.createRound, async (c) => {
    const { created, round } = await newRound(c.var.here, c.req.valid("json"), whoId(c.var.who));
    return c.json(round, created ? 201 : 200);
  });
  app.openapi(routes.rounds, async (c) => {
    const { items, next } = await handStore(c.var.here).rounds(c.req.valid("query"));
    return c.json({ rounds: items, ...(next === undefined ? {} : { next }) }, 200);
  });
  app.openapi(routes.round, async (c) => c.json(await stopsOf(c.var.here, c.req.valid("param").id), 200));
  app.openapi(routes.skip, async (c) => {
    const { id, number } = c.req.valid("param");
    return c.json(await stopMade(c.var.here, id, number, whoId(c.var.who), c.req.valid("json")), 200);
  });
}
