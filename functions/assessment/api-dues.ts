import { createRoute, z } from "@hono/zod-openapi";
import { absent, invalid } from "../../shared/errors.ts";
import { idempotent, json, jsonBody, paged } from "../../shared/http.ts";
import type { CityApp } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { guarded, KEEPERS, MONEY, ownAccounts, refusals, SCOPES, STAFF } from "./access.ts";
import { adjustmentList, adjustmentOf, approveAdjustment, refuseAdjustment } from "./adjusting.ts";
import { ById } from "./api-rolls.ts";
import { assessmentStore, ownPart } from "./assessments.ts";
import { claimList, claimOf, decideClaim, makeClaim } from "./claims.ts";
import { askCancellation, catalogue, decideCancellation, dueList, dueOf, fees, proposeFee, raiseDue } from "./dues.ts";
import { raiseDay, roundOf } from "./round.ts";
import {
  Adjustment,
  Assessment,
  Claim,
  ClaimDecision,
  Entry,
  Fee,
  NewCancellation,
  NewClaim,
  NewDue,
  NewFee,
  SingleDue,
} from "./schema.ts";
import { rollStore } from "./store.ts";

const READ = [...STAFF, SCOPES.readAssessments] as const;
const RAISE = [...STAFF, SCOPES.writeDues] as const;
const Done = paged().extend({ done: z.enum(["yes", "no"]).default("no") });
const next = z.string().optional();

const listAdjustments = createRoute({
  method: "get",
  path: "/v1/assessment/adjustments",
  summary: "What changed facts make another of assessments; with done=yes those that were decided",
  ...guarded(...READ),
  request: { query: Done },
  responses: { 200: json(z.object({ adjustments: z.array(Adjustment), next }), "Adjustments"), ...refusals },
});
const getAdjustment = createRoute({
  method: "get",
  path: "/v1/assessment/adjustments/{id}",
  summary: "One adjustment",
  ...guarded(...READ),
  request: { params: ById },
  responses: { 200: json(Adjustment, "The adjustment"), ...refusals },
});
const decideAdjustment = (verb: "approval" | "refusal") =>
  createRoute({
    method: "post",
    path: `/v1/assessment/adjustments/{id}/${verb}`,
    summary:
      verb === "approval"
        ? "Carry out what somebody else's change makes another: a credit note or a further bill"
        : "Leave the assessment as it is",
    ...guarded(...MONEY),
    request: { params: ById },
    responses: { 200: json(Adjustment, "Decided"), ...refusals },
  });

const claim = createRoute({
  method: "post",
  path: "/v1/assessment/assessments/{id}/claims",
  summary: "Object to one's own assessment",
  ...guarded("resident"),
  request: { params: ById, body: jsonBody(NewClaim) },
  responses: { 201: json(Claim, "Made"), ...refusals },
});
const listClaims = createRoute({
  method: "get",
  path: "/v1/assessment/claims",
  summary: "Objections that wait, the oldest first; with done=yes those that were decided",
  ...guarded(...STAFF),
  request: { query: Done },
  responses: { 200: json(z.object({ claims: z.array(Claim), next }), "Claims"), ...refusals },
});
const getClaim = createRoute({
  method: "get",
  path: "/v1/assessment/claims/{id}",
  summary: "One objection",
  ...guarded(...STAFF),
  request: { params: ById },
  responses: { 200: json(Claim, "The claim"), ...refusals },
});
const decide = createRoute({
  method: "post",
  path: "/v1/assessment/claims/{id}/decision",
  summary: "Accept an objection by changing the entry, or refuse it with a reason",
  ...guarded(...KEEPERS),
  request: { params: ById, body: jsonBody(ClaimDecision) },
  responses: { 200: json(Claim, "Decided"), ...refusals },
});

const propose = createRoute({
  method: "post",
  path: "/v1/assessment/fees",
  summary: "Propose a fee for the catalogue: an offence, a permit, a ticket. With an Idempotency-Key",
  ...guarded(...MONEY),
  request: { body: jsonBody(NewFee) },
  responses: { 201: json(Fee, "Proposed"), ...refusals },
});
const listFees = createRoute({
  method: "get",
  path: "/v1/assessment/fees",
  summary: "The catalogue with everything that was proposed, the latest first",
  ...guarded(...READ, SCOPES.writeDues),
  responses: { 200: json(z.object({ fees: z.array(Fee) }), "Fees"), ...refusals },
});
const decideFee = (verb: "approval" | "refusal") =>
  createRoute({
    method: "post",
    path: `/v1/assessment/fees/{id}/${verb}`,
    summary: verb === "approval" ? "Approve a fee that somebody else proposed" : "Refuse a fee",
    ...guarded(...MONEY),
    request: { params: ById },
    responses: { 200: json(Fee, "Decided"), ...refusals },
  });
const raise = createRoute({
  method: "post",
  path: "/v1/assessment/dues",
  summary: "Raise a fee of the catalogue: its reference can be paid at once",
  description: "With an id of the caller's own choice, sending it twice raises it once.",
  ...guarded(...RAISE),
  request: { body: jsonBody(NewDue) },
  responses: { 201: json(SingleDue, "Raised"), 200: json(SingleDue, "Raised before"), ...refusals },
});
const listDues = createRoute({
  method: "get",
  path: "/v1/assessment/dues",
  summary: "Single dues, the latest first; with asked=yes those whose cancellation waits for a second person",
  ...guarded(...READ),
  request: { query: paged().extend({ asked: z.enum(["yes", "no"]).default("no") }) },
  responses: { 200: json(z.object({ dues: z.array(SingleDue), next }), "Dues"), ...refusals },
});
const getDue = createRoute({
  method: "get",
  path: "/v1/assessment/dues/{id}",
  summary: "One single due",
  ...guarded(...READ, SCOPES.writeDues),
  request: { params: ById },
  responses: { 200: json(SingleDue, "The due"), ...refusals },
});
const cancel = createRoute({
  method: "post",
  path: "/v1/assessment/dues/{id}/cancellation",
  summary: "Ask that a due be taken back; another person decides",
  ...guarded(...STAFF),
  request: { params: ById, body: jsonBody(NewCancellation) },
  responses: { 200: json(SingleDue, "Asked"), ...refusals },
});
const Agreement = z.strictObject({ agrees: z.boolean() }).meta({ id: "CancellationDecision" });
const decideCancel = createRoute({
  method: "post",
  path: "/v1/assessment/dues/{id}/cancellation/decision",
  summary: "The second person's word on a cancellation",
  ...guarded(...STAFF),
  request: { params: ById, body: jsonBody(Agreement) },
  responses: { 200: json(SingleDue, "Decided"), ...refusals },
});

const Stop = z.object({
  entry: Entry,
  offer: z.union([z.object({ totalMinor: z.int() }), z.object({ skipped: z.string() })]),
  raised: z.object({ billId: z.string(), reference: z.string(), dueMinor: z.int() }).optional(),
});
const round = createRoute({
  method: "get",
  path: "/v1/assessment/rolls/{roll}/round",
  summary: "A collector's round: the stalls of a market, what today costs, and whose day was raised or paid",
  ...guarded(...STAFF),
  request: {
    params: z.object({ roll: z.string().max(12) }),
    query: paged().extend({ market: z.string().max(40).optional() }),
  },
  responses: { 200: json(z.object({ day: z.string(), stops: z.array(Stop), next }), "Stalls"), ...refusals },
});
const day = createRoute({
  method: "post",
  path: "/v1/assessment/entries/{id}/day-dues",
  summary: "Make an entry's day due; never twice a day",
  ...guarded(...RAISE),
  request: { params: ById },
  responses: { 201: json(Assessment, "Due"), 200: json(Assessment, "Due before"), ...refusals },
});

export function dueApi(app: CityApp): void {
  app.openapi(listAdjustments, async (c) => {
    const { done, ...at } = c.req.valid("query");
    return c.json(await adjustmentList(c.var.here, { ...at, isDone: done === "yes" }), 200);
  });
  app.openapi(getAdjustment, async (c) => c.json(await adjustmentOf(c.var.here, c.req.valid("param").id), 200));
  app.openapi(decideAdjustment("approval"), async (c) =>
    c.json(await approveAdjustment(c.var.here, c.req.valid("param").id, whoId(c.var.who)), 200),
  );
  app.openapi(decideAdjustment("refusal"), async (c) =>
    c.json(await refuseAdjustment(c.var.here, c.req.valid("param").id, whoId(c.var.who)), 200),
  );

  app.openapi(claim, async (c) => {
    const { accountId, text } = c.req.valid("json");
    const found = await assessmentStore(c.var.here.table).get(c.req.valid("param").id);
    const payer = payerOf(ownPart(found, await ownAccounts(c, accountId)));
    return c.json(await makeClaim(c.var.here, found.id, payer, text), 201);
  });
  app.openapi(listClaims, async (c) => {
    const { done, ...at } = c.req.valid("query");
    return c.json(await claimList(c.var.here, { ...at, isDone: done === "yes" }), 200);
  });
  app.openapi(getClaim, async (c) => c.json(await claimOf(c.var.here, c.req.valid("param").id), 200));
  app.openapi(decide, async (c) =>
    c.json(await decideClaim(c.var.here, c.req.valid("param").id, c.req.valid("json"), whoId(c.var.who)), 200),
  );

  app.openapi(propose, async (c) => {
    const order = c.req.valid("json");
    return (await idempotent(c, order, async (record) => {
      const kept = (fee: Fee) => [record({ status: 201, answer: fee })];
      return { status: 201, answer: await proposeFee(c.var.here, order, whoId(c.var.who), kept) };
    })) as never;
  });
  app.openapi(listFees, async (c) => c.json({ fees: await catalogue(c.var.here) }, 200));
  app.openapi(decideFee("approval"), async (c) =>
    c.json(await fees.decide(c.var.here, c.req.valid("param").id, "approved", whoId(c.var.who)), 200),
  );
  app.openapi(decideFee("refusal"), async (c) =>
    c.json(await fees.decide(c.var.here, c.req.valid("param").id, "refused", whoId(c.var.who)), 200),
  );
  app.openapi(raise, async (c) => {
    const { created, due } = await raiseDue(c.var.here, c.req.valid("json"), whoId(c.var.who));
    return c.json(due, created ? 201 : 200);
  });
  app.openapi(listDues, async (c) => {
    const { asked, ...at } = c.req.valid("query");
    return c.json(await dueList(c.var.here, { ...at, isAsked: asked === "yes" }), 200);
  });
  app.openapi(getDue, async (c) => c.json(await dueOf(c.var.here, c.req.valid("param").id), 200));
  app.openapi(cancel, async (c) => {
    const { reason } = c.req.valid("json");
    return c.json(await askCancellation(c.var.here, c.req.valid("param").id, reason, whoId(c.var.who)), 200);
  });
  app.openapi(decideCancel, async (c) => {
    const { agrees } = c.req.valid("json");
    return c.json(await decideCancellation(c.var.here, c.req.valid("param").id, agrees, whoId(c.var.who)), 200);
  });

  app.openapi(round, async (c) => {
    const { market, ...at } = c.req.valid("query");
    const roll = await rollStore(c.var.here.table).roll(c.req.valid("param").roll);
    const found = await roundOf(c.var.here, roll, market, at);
    return c.json({ ...found, stops: z.array(Stop).parse(found.stops) }, 200);
  });
  app.openapi(day, async (c) => {
    const { created, assessment } = await raiseDay(c.var.here, c.req.valid("param").id, whoId(c.var.who));
    return c.json(assessment, created ? 201 : 200);
  });
}

/** Whose share it is, of a visitor's own. @throws {Fault} absent; invalid: it must be said which */
export function payerOf({ shares }: Assessment): string {
  const [first, second] = shares.flatMap(({ accountId }) => accountId ?? []);
  if (first === undefined) throw absent();
  if (second !== undefined) throw invalid("#/accountId", "Say for which of your accounts.");
  return first;
}
