import { createRoute, z } from "@hono/zod-openapi";
import { absent, invalid } from "../../shared/errors.ts";
import { idempotent, json, jsonBody, paged } from "../../shared/http.ts";
import type { CityApp } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { guarded, isStaff, MONEY, ownAccounts, refusals, SCOPES, STAFF } from "./access.ts";
import { ById } from "./api-rolls.ts";
import { assessmentStore, ownPart } from "./assessments.ts";
import { approveRun, askRun, refuseRun, runList, runOf } from "./runs.ts";
import { AssessedPeriod, Assessment, NewRun, RollCode, Run } from "./schema.ts";

const READ = [...STAFF, SCOPES.readAssessments] as const;
const RUNS_SHOWN = 50;
const OWN_SHOWN = 100;

const ask = createRoute({
  method: "post",
  path: "/v1/assessment/runs",
  summary: "Count what a roll would pay for a period; another person approves it, and then it is issued",
  description: "With an Idempotency-Key. What takes longer than some seconds goes on by itself.",
  ...guarded(...MONEY),
  request: { body: jsonBody(NewRun) },
  responses: { 201: json(Run, "While its state is counting, ask for it again"), ...refusals },
});
const list = createRoute({
  method: "get",
  path: "/v1/assessment/runs",
  summary: "Runs, the latest first",
  ...guarded(...READ),
  responses: { 200: json(z.object({ runs: z.array(Run) }), "Runs"), ...refusals },
});
const get = createRoute({
  method: "get",
  path: "/v1/assessment/runs/{id}",
  summary: "How far a run is, and what it leaves out",
  ...guarded(...READ),
  request: { params: ById },
  responses: { 200: json(Run, "The run"), ...refusals },
});
const decide = (verb: "approval" | "refusal") =>
  createRoute({
    method: "post",
    path: `/v1/assessment/runs/{id}/${verb}`,
    summary:
      verb === "approval"
        ? "Issue what somebody else counted; an entry that was changed since is left to the next run"
        : "Give a run up before anything is issued",
    ...guarded(...MONEY),
    request: { params: ById },
    responses: { 200: json(Run, "Decided"), ...refusals },
  });
const Query = paged().extend({
  roll: RollCode.optional(),
  period: AssessedPeriod.optional(),
  account: z.string().max(60).optional(),
});
const listAssessments = createRoute({
  method: "get",
  path: "/v1/assessment/assessments",
  summary: "Assessments of an account, or of a roll and a period; to residents their own shares",
  ...guarded("resident", ...READ),
  request: { query: Query },
  responses: {
    200: json(z.object({ assessments: z.array(Assessment), next: z.string().optional() }), "Assessments"),
    ...refusals,
  },
});
const getAssessment = createRoute({
  method: "get",
  path: "/v1/assessment/assessments/{id}",
  summary: "One assessment, line by line; to residents their own share",
  ...guarded("resident", ...READ),
  request: { params: ById },
  responses: { 200: json(Assessment, "The assessment"), ...refusals },
});

export function runApi(app: CityApp): void {
  app.openapi(ask, async (c) => {
    const order = c.req.valid("json");
    return (await idempotent(c, order, async (record) => {
      const answer = await askRun(c.var.here, order, whoId(c.var.who), (run) => [record({ status: 201, answer: run })]);
      return { status: 201, answer };
    })) as never;
  });
  app.openapi(list, async (c) => c.json({ runs: await runList(c.var.here, RUNS_SHOWN) }, 200));
  app.openapi(get, async (c) => c.json(await runOf(c.var.here, c.req.valid("param").id), 200));
  app.openapi(decide("approval"), async (c) =>
    c.json(await approveRun(c.var.here, c.req.valid("param").id, whoId(c.var.who)), 200),
  );
  app.openapi(decide("refusal"), async (c) =>
    c.json(await refuseRun(c.var.here, c.req.valid("param").id, whoId(c.var.who)), 200),
  );
  app.openapi(listAssessments, async (c) => {
    const { roll, period, account, ...at } = c.req.valid("query");
    const store = assessmentStore(c.var.here.table);
    if (isStaff(c.var.who) && account === undefined) {
      if (roll === undefined || period === undefined)
        throw invalid("query/roll", "Name an account, or a roll and a period.");
      return c.json(await store.ofPeriod(roll, period, at), 200);
    }
    const accounts = isStaff(c.var.who) ? [account!] : await ownAccounts(c, account);
    const found = await Promise.all(accounts.map((id) => store.ofAccount(id, OWN_SHOWN)));
    const once = new Map(found.flat().map((one) => [one.id, ownPart(one, accounts)]));
    return c.json({ assessments: [...once.values()] }, 200);
  });
  app.openapi(getAssessment, async (c) => {
    const found = await assessmentStore(c.var.here.table).get(c.req.valid("param").id);
    if (isStaff(c.var.who)) return c.json(found, 200);
    const own = ownPart(found, await ownAccounts(c, undefined));
    if (own.shares.length === 0) throw absent();
    return c.json(own, 200);
  });
}
