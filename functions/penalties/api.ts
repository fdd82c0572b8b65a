import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { absent } from "../../shared/errors.ts";
import { faults, json, jsonBody, paged } from "../../shared/http.ts";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { decideAmnesty, proposeAmnesty } from "./amnesties.ts";
import { endHold, holdPenalties } from "./holds.ts";
import { decideRule, proposeRule } from "./rules.ts";
import { Amnesty, Hold, NewAmnesty, NewHold, NewPenaltyRule, PenaltyRule } from "./schema.ts";
import { penaltyStore } from "./store.ts";

export const DECIDERS = ["treasurer", "administrator"] as const;
export const CLERKS = ["agent", "treasurer"] as const;
export const READERS = ["agent", "treasurer", "administrator"] as const;
const ById = z.object({ id: z.string().max(60) });
const REFUSALS = faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid");
const guarded = (...needed: Parameters<typeof needs>) => ({ middleware: needs(...needed), ...secured(...needed) });

const RULES = "/v1/billing/penalty-rules";
const AMNESTIES = "/v1/billing/amnesties";
const HOLDS = "/v1/billing/penalty-holds";

const proposeRuleRoute = createRoute({
  method: "post",
  path: RULES,
  summary: "Propose by when bills are due, and what being late costs; another person approves it",
  description: "Sent twice with one id, it is proposed once.",
  ...guarded(...DECIDERS),
  request: { body: jsonBody(NewPenaltyRule) },
  responses: { 201: json(PenaltyRule, "Proposed"), 200: json(PenaltyRule, "Proposed before"), ...REFUSALS },
});
const listRules = createRoute({
  method: "get",
  path: RULES,
  summary: "Penalty rules, the latest first, whatever became of them",
  ...guarded(...READERS),
  request: { query: paged() },
  responses: {
    200: json(z.object({ rules: z.array(PenaltyRule), next: z.string().optional() }), "Rules"),
    ...REFUSALS,
  },
});
const oneRule = createRoute({
  method: "get",
  path: `${RULES}/{id}`,
  summary: "One penalty rule",
  ...guarded(...READERS),
  request: { params: ById },
  responses: { 200: json(PenaltyRule, "The rule"), ...REFUSALS },
});
const decideRuleRoute = (path: "approval" | "refusal", summary: string) =>
  createRoute({
    method: "post",
    path: `${RULES}/{id}/${path}`,
    summary,
    ...guarded(...DECIDERS),
    request: { params: ById },
    responses: { 200: json(PenaltyRule, "Decided"), ...REFUSALS },
  });
const approveRule = decideRuleRoute("approval", "Approve a rule that somebody else proposed");
const refuseRule = decideRuleRoute("refusal", "Refuse it");

const proposeAmnestyRoute = createRoute({
  method: "post",
  path: AMNESTIES,
  summary: "Propose that penalties be taken back of bills that are paid in time; another person approves it",
  description: "It is counted first: its preview is whole once its state is no longer counting.",
  ...guarded(...DECIDERS),
  request: { body: jsonBody(NewAmnesty) },
  responses: { 201: json(Amnesty, "Proposed"), 200: json(Amnesty, "Proposed before"), ...REFUSALS },
});
const listAmnesties = createRoute({
  method: "get",
  path: AMNESTIES,
  summary: "Amnesties, the latest first, with what was offered and what they brought",
  ...guarded(...READERS),
  request: { query: paged() },
  responses: {
    200: json(z.object({ amnesties: z.array(Amnesty), next: z.string().optional() }), "Amnesties"),
    ...REFUSALS,
  },
});
const oneAmnesty = createRoute({
  method: "get",
  path: `${AMNESTIES}/{id}`,
  summary: "One amnesty, with its preview and its yield",
  ...guarded(...READERS),
  request: { params: ById },
  responses: { 200: json(Amnesty, "The amnesty"), ...REFUSALS },
});
const decideAmnestyRoute = (path: "approval" | "refusal", summary: string) =>
  createRoute({
    method: "post",
    path: `${AMNESTIES}/{id}/${path}`,
    summary,
    ...guarded(...DECIDERS),
    request: { params: ById },
    responses: { 200: json(Amnesty, "Decided"), ...REFUSALS },
  });
const approveAmnesty = decideAmnestyRoute("approval", "Approve an amnesty that somebody else proposed");
const refuseAmnesty = decideAmnestyRoute("refusal", "Refuse it");

const listHolds = createRoute({
  method: "get",
  path: HOLDS,
  summary: "Bills that are or were disputed",
  ...guarded(...READERS),
  request: { query: paged() },
  responses: { 200: json(z.object({ holds: z.array(Hold), next: z.string().optional() }), "Holds"), ...REFUSALS },
});
const oneHold = createRoute({
  method: "get",
  path: `${HOLDS}/{id}`,
  summary: "When a bill was disputed",
  ...guarded(...READERS),
  request: { params: ById },
  responses: { 200: json(Hold, "Its days"), ...REFUSALS },
});
const putHold = createRoute({
  method: "put",
  path: `${HOLDS}/{id}`,
  summary: "A bill is disputed: from today on no penalty falls on it",
  ...guarded(...CLERKS),
  request: { params: ById, body: jsonBody(NewHold) },
  responses: { 200: json(Hold, "It is held"), ...REFUSALS },
});
const deleteHold = createRoute({
  method: "delete",
  path: `${HOLDS}/{id}`,
  summary: "It is disputed no longer: today is the last day without penalties",
  ...guarded(...CLERKS),
  request: { params: ById },
  responses: { 200: json(Hold, "It is held no longer"), ...REFUSALS },
});

export function penaltyApi(app: CityApp): void {
  const by = (c: Context<CityEnv>) => whoId(c.var.who);
  app.openapi(proposeRuleRoute, async (c) => {
    const { created, rule } = await proposeRule(c.var.here, c.req.valid("json"), by(c));
    return c.json(rule, created ? 201 : 200);
  });
  app.openapi(listRules, async (c) => c.json(await penaltyStore(c.var.here).rules(c.req.valid("query")), 200));
  app.openapi(oneRule, async (c) => c.json(await penaltyStore(c.var.here).rule(c.req.valid("param").id), 200));
  app.openapi(approveRule, async (c) =>
    c.json(await decideRule(c.var.here, c.req.valid("param").id, "approved", by(c)), 200),
  );
  app.openapi(refuseRule, async (c) =>
    c.json(await decideRule(c.var.here, c.req.valid("param").id, "refused", by(c)), 200),
  );

  app.openapi(proposeAmnestyRoute, async (c) => {
    const { created, amnesty } = await proposeAmnesty(c.var.here, c.req.valid("json"), by(c));
    return c.json(amnesty, created ? 201 : 200);
  });
  app.openapi(listAmnesties, async (c) => c.json(await penaltyStore(c.var.here).amnesties(c.req.valid("query")), 200));
  app.openapi(oneAmnesty, async (c) =>
    c.json((await penaltyStore(c.var.here).amnesty(c.req.valid("param").id)).amnesty, 200),
  );
  app.openapi(approveAmnesty, async (c) =>
    c.json(await decideAmnesty(c.var.here, c.req.valid("param").id, "approved", by(c)), 200),
  );
  app.openapi(refuseAmnesty, async (c) =>
    c.json(await decideAmnesty(c.var.here, c.req.valid("param").id, "refused", by(c)), 200),
  );

  app.openapi(listHolds, async (c) => c.json(await penaltyStore(c.var.here).holds(c.req.valid("query")), 200));
  app.openapi(oneHold, async (c) => {
    const { hold } = await penaltyStore(c.var.here).hold(c.req.valid("param").id);
    if (hold.periods.length === 0) throw absent();
    return c.json(hold, 200);
  });
  app.openapi(putHold, async (c) =>
    c.json(await holdPenalties(c.var.here, c.req.valid("param").id, c.req.valid("json").reason, by(c)), 200),
  );
  app.openapi(deleteHold, async (c) => c.json(await endHold(c.var.here, c.req.valid("param").id, by(c)), 200));
}
