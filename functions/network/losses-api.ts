import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Here } from "../../shared/here.ts";
import { csvAnswer, json, jsonBody, paged, parsed } from "../../shared/http.ts";
import { newId } from "../../shared/ids.ts";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { analyse, analysisOf } from "./analysing.ts";
import { ByCode, guarded, KEEPERS, READERS, REFUSALS } from "./api.ts";
import { USE_DAYS_MAX } from "./area-asked.ts";
import { areaUse } from "./area-use.ts";
import { balancesCsv, interventionsCsv } from "./losses-csv.ts";
import {
  Allowance,
  Analysis,
  AreaResult,
  Assignment,
  Finding,
  Intervention,
  NewAllowance,
  NewAnalysis,
  NewOrder,
  NewStepTest,
  Order,
  PastRanking,
  PastResult,
  StepTest,
  StepTestResult,
  Withdrawal,
} from "./losses-schema.ts";
import { lossStore } from "./losses-store.ts";
import { assign, finish, order, withdraw } from "./ordering.ts";
import { interventions } from "./ranking.ts";
import { AreaAdding, AreaUse, Day, Month } from "./schema.ts";
import { keepStepTest, stepTestResult } from "./step-tests.ts";
import { networkStore } from "./store.ts";

const READ = [...READERS, "scope:network.losses:read"] as const;
const WRITE = [...KEEPERS, "scope:network.losses:write"] as const;
const ByMonth = z.object({ month: Month });
const ById = z.object({ id: z.string().max(60) });
const STEP_TESTS = 50;
const read = { ...guarded(...READ) };
const write = { ...guarded(...WRITE) };

const startAnalysis = createRoute({
  method: "post",
  path: "/v1/network/analyses",
  summary: "Work out a month anew: balances, night flows and suspects of all areas",
  description: "What takes longer than some seconds goes on by itself; ask for the analysis again.",
  ...write,
  request: { body: jsonBody(NewAnalysis) },
  responses: { 202: json(Analysis, "Begun, or done"), ...REFUSALS },
});
const oneAnalysis = createRoute({
  method: "get",
  path: "/v1/network/analyses/{month}",
  summary: "How far the analysis of a month is",
  ...read,
  request: { params: ByMonth },
  responses: { 200: json(Analysis, "The analysis"), ...REFUSALS },
});
const listBalances = createRoute({
  method: "get",
  path: "/v1/network/balances",
  summary: "What became of what flowed into each area in a month, in volume and in money",
  ...read,
  request: { query: ByMonth },
  responses: { 200: json(z.object({ balances: z.array(AreaResult) }), "By area"), ...REFUSALS },
});
const oneBalance = createRoute({
  method: "get",
  path: "/v1/network/areas/{code}/balances/{month}",
  summary: "The balance of one area",
  ...read,
  request: { params: ByCode.extend(ByMonth.shape) },
  responses: { 200: json(AreaResult, "The balance"), ...REFUSALS },
});
const history = createRoute({
  method: "get",
  path: "/v1/network/areas/{code}/history",
  summary: "What the balance of an area said at the end of each day on which it was worked out, the latest first",
  ...read,
  request: { params: ByCode, query: paged() },
  responses: {
    200: json(z.object({ history: z.array(PastResult), next: z.string().optional() }), "By days"),
    ...REFUSALS,
  },
});
const rankings = createRoute({
  method: "get",
  path: "/v1/network/rankings",
  summary: "What came first in the ranking of each day, the latest first",
  ...read,
  request: { query: paged() },
  responses: {
    200: json(z.object({ rankings: z.array(PastRanking), next: z.string().optional() }), "By days"),
    ...REFUSALS,
  },
});
const oneUse = createRoute({
  method: "get",
  path: "/v1/network/areas/{code}/use",
  summary: "What the meters of an area counted on a day, or on each day up to `to`",
  description: `Of all points that it and its parts fed, whichever meter stood there; at most ${USE_DAYS_MAX} days. Where thousands of readings have to be looked at it goes on by itself: ask again.`,
  ...read,
  request: { params: ByCode, query: z.object({ from: Day, to: Day.optional() }) },
  responses: {
    200: json(AreaUse, "By days of the city"),
    202: json(AreaAdding, "How far it is"),
    ...REFUSALS,
  },
});
const allow = createRoute({
  method: "post",
  path: "/v1/network/allowances",
  summary: "Declare what is used rightly and that no meter counts; the next analysis of the month has it",
  ...write,
  request: { body: jsonBody(NewAllowance) },
  responses: { 201: json(Allowance, "Declared"), ...REFUSALS },
});
const listAllowances = createRoute({
  method: "get",
  path: "/v1/network/allowances",
  summary: "What was declared for a month",
  ...read,
  request: { query: ByMonth },
  responses: { 200: json(z.object({ allowances: z.array(Allowance) }), "Declared"), ...REFUSALS },
});
const listInterventions = createRoute({
  method: "get",
  path: "/v1/network/interventions",
  summary: "What crews could do, by money per crew-day",
  ...read,
  request: { query: ByMonth },
  responses: { 200: json(z.object({ interventions: z.array(Intervention) }), "The best first"), ...REFUSALS },
});
const newOrder = createRoute({
  method: "post",
  path: "/v1/network/work-orders",
  summary: "Send a crew; where one is on its way to the same place, that work order is answered",
  ...write,
  request: { body: jsonBody(NewOrder) },
  responses: { 201: json(Order, "Ordered"), 200: json(Order, "Ordered before"), ...REFUSALS },
});
const listOrders = createRoute({
  method: "get",
  path: "/v1/network/work-orders",
  summary: "Work orders, the latest first",
  ...read,
  request: { query: paged() },
  responses: { 200: json(z.object({ orders: z.array(Order), next: z.string().optional() }), "Orders"), ...REFUSALS },
});
const oneOrder = createRoute({
  method: "get",
  path: "/v1/network/work-orders/{id}",
  summary: "One work order",
  ...read,
  request: { params: ById },
  responses: { 200: json(Order, "The order"), ...REFUSALS },
});
const assignOrder = createRoute({
  method: "post",
  path: "/v1/network/work-orders/{id}/assignment",
  summary: "Give it to a crew",
  ...write,
  request: { params: ById, body: jsonBody(Assignment) },
  responses: { 200: json(Order, "Assigned"), ...REFUSALS },
});
const finishOrder = createRoute({
  method: "post",
  path: "/v1/network/work-orders/{id}/finding",
  summary: "Say what the crew found; it weighs in the next ranking",
  ...write,
  request: { params: ById, body: jsonBody(Finding) },
  responses: { 200: json(Order, "Done"), ...REFUSALS },
});
const withdrawOrder = createRoute({
  method: "post",
  path: "/v1/network/work-orders/{id}/withdrawal",
  summary: "Take it back before a crew was there: the place can be ordered anew",
  ...write,
  request: { params: ById, body: jsonBody(Withdrawal) },
  responses: { 200: json(Order, "Taken back"), ...REFUSALS },
});
const newStepTest = createRoute({
  method: "post",
  path: "/v1/network/step-tests",
  summary: "Keep a step test: which valves were closed when",
  ...write,
  request: { body: jsonBody(NewStepTest) },
  responses: { 201: json(StepTestResult, "Kept, with what each valve took away"), ...REFUSALS },
});
const listStepTests = createRoute({
  method: "get",
  path: "/v1/network/step-tests",
  summary: "The latest step tests",
  ...read,
  responses: { 200: json(z.object({ stepTests: z.array(StepTest) }), "The latest first"), ...REFUSALS },
});
const oneStepTest = createRoute({
  method: "get",
  path: "/v1/network/step-tests/{id}",
  summary: "One step test, with what each valve took away by the readings as they are now",
  ...read,
  request: { params: ById },
  responses: { 200: json(StepTestResult, "The test"), ...REFUSALS },
});

/** Declares what no meter counts. @throws {Fault} absent: no such area */
export async function allowed(here: Here, asked: z.infer<typeof NewAllowance>, by: string): Promise<Allowance> {
  await networkStore(here).area(asked.area);
  const now = here.clock.now();
  const kept: Allowance = { id: newId("alw", now), ...asked, by, at: now.toISOString() };
  await here.commit(lossStore(here).allowanceWrites(kept));
  return kept;
}

export const CsvQuery = z.object({ table: z.enum(["balances", "interventions"]), month: Month });

export async function csvOf(c: Context<CityEnv>): Promise<Response> {
  const { table, month } = parsed(CsvQuery, { table: c.req.query("table"), month: c.req.query("month") }, "query");
  const text =
    table === "balances"
      ? balancesCsv(await lossStore(c.var.here).results(month))
      : interventionsCsv(await interventions(c.var.here, month));
  return csvAnswer(c, `network-${table}-${month}`, text);
}

export function lossApi(app: CityApp): void {
  const by = (c: Context<CityEnv>) => whoId(c.var.who);
  app.openapi(startAnalysis, async (c) => c.json(await analyse(c.var.here, c.req.valid("json").month, by(c)), 202));
  app.openapi(oneAnalysis, async (c) => c.json(await analysisOf(c.var.here, c.req.valid("param").month), 200));
  app.openapi(listBalances, async (c) =>
    c.json({ balances: await lossStore(c.var.here).results(c.req.valid("query").month) }, 200),
  );
  app.openapi(oneBalance, async (c) => {
    const { code, month } = c.req.valid("param");
    return c.json(await lossStore(c.var.here).result(month, code), 200);
  });
  app.openapi(history, async (c) => {
    const { code } = await networkStore(c.var.here).area(c.req.valid("param").code);
    return c.json(await lossStore(c.var.here).past(code, c.req.valid("query")), 200);
  });
  app.openapi(rankings, async (c) => c.json(await lossStore(c.var.here).rankings(c.req.valid("query")), 200));
  app.openapi(oneUse, async (c) => {
    const { from, to = from } = c.req.valid("query");
    const use = await areaUse(c.var.here, c.req.valid("param").code, from, to);
    if (!("state" in use)) return c.json(use, 200);
    c.header("Retry-After", "5");
    return c.json(use, 202);
  });
  app.openapi(allow, async (c) => c.json(await allowed(c.var.here, c.req.valid("json"), by(c)), 201));
  app.openapi(listAllowances, async (c) =>
    c.json({ allowances: await lossStore(c.var.here).allowances(c.req.valid("query").month) }, 200),
  );
  app.openapi(listInterventions, async (c) =>
    c.json({ interventions: await interventions(c.var.here, c.req.valid("query").month) }, 200),
  );
  app.openAPIRegistry.registerPath({
    method: "get",
    path: "/v1/network/tables",
    summary: "Balances or interventions of a month as CSV",
    ...secured(...READ),
    request: { query: CsvQuery },
    responses: { 200: { description: "CSV", content: { "text/csv": { schema: z.string() } } }, ...REFUSALS },
  });
  app.get("/v1/network/tables", needs(...READ), csvOf);
  app.openapi(newOrder, async (c) => {
    const { created, order: kept } = await order(c.var.here, c.req.valid("json"), by(c));
    return c.json(kept, created ? 201 : 200);
  });
  app.openapi(listOrders, async (c) => c.json(await lossStore(c.var.here).orders(c.req.valid("query")), 200));
  app.openapi(oneOrder, async (c) => c.json(await lossStore(c.var.here).order(c.req.valid("param").id), 200));
  app.openapi(assignOrder, async (c) =>
    c.json(await assign(c.var.here, c.req.valid("param").id, c.req.valid("json").to), 200),
  );
  app.openapi(finishOrder, async (c) =>
    c.json(await finish(c.var.here, c.req.valid("param").id, c.req.valid("json"), by(c)), 200),
  );
  app.openapi(withdrawOrder, async (c) =>
    c.json(await withdraw(c.var.here, c.req.valid("param").id, c.req.valid("json").reason, by(c)), 200),
  );
  app.openapi(newStepTest, async (c) => c.json(await keepStepTest(c.var.here, c.req.valid("json"), by(c)), 201));
  app.openapi(listStepTests, async (c) =>
    c.json({ stepTests: await lossStore(c.var.here).stepTests(STEP_TESTS) }, 200),
  );
  app.openapi(oneStepTest, async (c) => {
    const test = await lossStore(c.var.here).stepTest(c.req.valid("param").id);
    return c.json(await stepTestResult(c.var.here, test), 200);
  });
}
