import { createRoute, z } from "@hono/zod-openapi";
import { faults, json, jsonBody, paged } from "../../shared/http.ts";
import { Currency } from "../../shared/money.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { askCampaign, startCampaign, stopCampaign } from "./campaigns.ts";
import { csvOf, dashboard } from "./dashboard.ts";
import { setRule } from "./rule.ts";
import { Campaign, Figures, Forecast, NewCampaign, Reminded, Rule, TABLES } from "./schema.ts";
import { collectionStore } from "./store.ts";

export const READERS = ["agent", "treasurer", "administrator"] as const;
export const KEEPERS = ["treasurer", "administrator"] as const;
const READ = "scope:collection.figures:read";
const WRITE = "scope:collection.campaigns:write";
const read = { middleware: needs(...READERS, READ), ...secured(...READERS, READ) };
const write = { middleware: needs(...KEEPERS, WRITE), ...secured(...KEEPERS, WRITE) };
/** Who was reminded of what: people's own business, so not with the scope of figures. */
const people = { middleware: needs(...READERS, WRITE), ...secured(...READERS, WRITE) };

const refusals = faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid");
const InCurrency = z.object({ currency: Currency.optional() });
export const CsvQuery = InCurrency.extend({ table: z.enum(TABLES) });
const ById = z.object({ id: z.string().max(60) });

const getFigures = createRoute({
  method: "get",
  path: "/v1/collection/figures",
  summary: "Due, collected and arrears by month, service and district, and how old the arrears are",
  ...read,
  request: { query: InCurrency },
  responses: { 200: json(Figures, "The figures as they stand"), ...refusals },
});
const getForecast = createRoute({
  method: "get",
  path: "/v1/collection/forecast",
  summary: "What will come in, with how far off such forecasts were in the past",
  ...read,
  request: { query: InCurrency },
  responses: {
    200: json(z.object({ forecast: Forecast.optional() }), "None where there are too few complete months"),
    ...refusals,
  },
});
const getCsv = createRoute({
  method: "get",
  path: "/v1/collection/csv",
  summary: "One of the tables as CSV",
  ...read,
  request: { query: CsvQuery },
  responses: { 200: { description: "CSV", content: { "text/csv": { schema: z.string() } } }, ...refusals },
});
const getRule = createRoute({
  method: "get",
  path: "/v1/collection/rule",
  summary: "When a bill enters which stage, and how much residents are written to",
  ...read,
  responses: { 200: json(z.object({ rule: Rule, isOwn: z.boolean() }), "The rule"), ...refusals },
});
const putRule = createRoute({
  method: "put",
  path: "/v1/collection/rule",
  summary: "Set the rule; campaigns that were asked for before go by the old one",
  ...write,
  request: { body: jsonBody(Rule) },
  responses: { 200: json(z.object({ rule: Rule, isOwn: z.boolean() }), "As it is now"), ...refusals },
});
const newCampaign = createRoute({
  method: "post",
  path: "/v1/collection/campaigns",
  summary: "Ask for a campaign of reminders; it is counted, and sends nothing before it is started",
  description: "With an id of the caller's own choice, sending it twice asks once.",
  ...write,
  request: { body: jsonBody(NewCampaign) },
  responses: { 201: json(Campaign, "Asked"), 200: json(Campaign, "Asked before"), ...refusals },
});
const listCampaigns = createRoute({
  method: "get",
  path: "/v1/collection/campaigns",
  summary: "Campaigns with their yield, the latest first",
  ...read,
  request: { query: paged() },
  responses: {
    200: json(z.object({ campaigns: z.array(Campaign), next: z.string().optional() }), "Campaigns"),
    ...refusals,
  },
});
const getCampaign = createRoute({
  method: "get",
  path: "/v1/collection/campaigns/{id}",
  summary: "One campaign: its preview, its progress, its yield",
  ...read,
  request: { params: ById },
  responses: { 200: json(Campaign, "The campaign"), ...refusals },
});
const start = createRoute({
  method: "post",
  path: "/v1/collection/campaigns/{id}/start",
  summary: "Begin to send",
  ...write,
  request: { params: ById },
  responses: { 200: json(Campaign, "It is being sent"), ...refusals },
});
const stop = createRoute({
  method: "post",
  path: "/v1/collection/campaigns/{id}/stop",
  summary: "Stop it for good, between two residents",
  ...write,
  request: { params: ById },
  responses: { 200: json(Campaign, "Stopped"), ...refusals },
});
const listReminded = createRoute({
  method: "get",
  path: "/v1/collection/campaigns/{id}/bills",
  summary: "What became of each bill of a campaign",
  ...people,
  request: { params: ById, query: paged() },
  responses: {
    200: json(z.object({ bills: z.array(Reminded), next: z.string().optional() }), "Bills"),
    ...refusals,
  },
});

export function collectionApi(app: CityApp): void {
  const of = (currency: string | undefined, fallback: string) => currency ?? fallback;
  app.openapi(getFigures, async (c) => {
    const { here } = c.var;
    return c.json((await dashboard(here, of(c.req.valid("query").currency, here.city.currency))).figures, 200);
  });
  app.openapi(getForecast, async (c) => {
    const { here } = c.var;
    const { forecast } = await dashboard(here, of(c.req.valid("query").currency, here.city.currency));
    return c.json(forecast ? { forecast } : {}, 200);
  });
  app.openapi(getCsv, async (c) => {
    const { here, lang } = c.var;
    const { table, currency } = c.req.valid("query");
    const text = await csvOf(here, table, of(currency, here.city.currency), lang);
    return c.body(text, 200, { "Content-Type": "text/csv; charset=utf-8" }) as never;
  });
  app.openapi(getRule, async (c) => c.json(await collectionStore(c.var.here).rule(), 200));
  app.openapi(putRule, async (c) => {
    const store = collectionStore(c.var.here);
    await setRule(c.var.here, c.req.valid("json"), whoId(c.var.who));
    return c.json(await store.rule(), 200);
  });
  app.openapi(newCampaign, async (c) => {
    const { created, campaign } = await askCampaign(c.var.here, c.req.valid("json"), whoId(c.var.who));
    return c.json(campaign, created ? 201 : 200);
  });
  app.openapi(listCampaigns, async (c) =>
    c.json(await collectionStore(c.var.here).campaigns(c.req.valid("query")), 200),
  );
  app.openapi(getCampaign, async (c) =>
    c.json(await collectionStore(c.var.here).campaign(c.req.valid("param").id), 200),
  );
  app.openapi(start, async (c) =>
    c.json(await startCampaign(c.var.here, c.req.valid("param").id, whoId(c.var.who)), 200),
  );
  app.openapi(stop, async (c) =>
    c.json(await stopCampaign(c.var.here, c.req.valid("param").id, whoId(c.var.who)), 200),
  );
  app.openapi(listReminded, async (c) => {
    const store = collectionStore(c.var.here);
    const { id } = await store.campaign(c.req.valid("param").id);
    return c.json(await store.remindedOf(id, c.req.valid("query")), 200);
  });
}
