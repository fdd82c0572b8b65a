import { createRoute, z } from "@hono/zod-openapi";
import { absent } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { faults, json, jsonBody } from "../../../shared/http.ts";
import { type CityApp, needs, secured } from "../../../shared/room.ts";
import { LANGS } from "../../../shared/texts.ts";
import type { Who } from "../../../shared/who.ts";
import { visibleMeter } from "../reading.ts";
import type { Meter } from "../schema.ts";
import { screensOf, smsOf } from "./gsm.ts";
import { householdFor, setHousehold } from "./household.ts";
import { HomeRules, Household, MeterSummary } from "./schema.ts";
import { linesOf } from "./short.ts";
import { homeStore } from "./store.ts";
import { isOwn, ownMeter, summaryOf } from "./summary.ts";
import { setRules } from "./watching.ts";

export const READERS = ["resident", "agent", "treasurer", "administrator"] as const;
const readers = [...READERS, "scope:meters.readings:read"] as const;
const ByMeter = z.object({ id: z.string().max(60) });
const read = { middleware: needs(...readers), ...secured(...readers) };
const own = { middleware: needs("resident"), ...secured("resident") };
const refusals = faults("unauthenticated", "forbidden", "absent");

const getSummary = createRoute({
  method: "get",
  path: "/v1/meters/{id}/summary",
  summary: "What a resident sees of a meter: today, the month, its cost and forecast, like homes, alarms",
  ...read,
  request: { params: ByMeter },
  responses: { 200: json(MeterSummary, "The summary"), ...refusals },
});
const getScreens = createRoute({
  method: "get",
  path: "/v1/meters/{id}/summary/screens",
  summary: "The same as one SMS, and for a telephone's menu: screens of at most 160 signs, 70 in Arabic",
  ...read,
  request: { params: ByMeter, query: z.object({ lang: z.enum(LANGS).optional() }) },
  responses: {
    200: json(z.object({ text: z.string(), screens: z.array(z.string()) }), "Texts"),
    ...refusals,
    ...faults("invalid"),
  },
});
const getRules = createRoute({
  method: "get",
  path: "/v1/meters/{id}/alarms",
  summary: "What the people of the meter's account are told of it",
  ...own,
  request: { params: ByMeter },
  responses: { 200: json(HomeRules, "What is left out is not told"), ...refusals },
});
const putRules = createRoute({
  method: "put",
  path: "/v1/meters/{id}/alarms",
  summary: "Say what to be told of an own meter; an empty object ends it",
  ...own,
  request: { params: ByMeter, body: jsonBody(HomeRules) },
  responses: {
    200: json(HomeRules, "Kept"),
    ...faults("malformed", "unauthenticated", "forbidden", "absent", "invalid"),
  },
});

const getHousehold = createRoute({
  method: "get",
  path: "/v1/meters/{id}/household",
  summary: "How many live where an own meter counts, if they said so",
  ...own,
  request: { params: ByMeter },
  responses: { 200: json(Household, "As they say"), ...refusals },
});
const putHousehold = createRoute({
  method: "put",
  path: "/v1/meters/{id}/household",
  summary: "Say how many live there, to be compared with such homes; an empty object takes it back",
  description: "It is of the meter's account. Nobody else sees it, and no group of fewer than eleven homes is shown.",
  ...own,
  request: { params: ByMeter, body: jsonBody(Household) },
  responses: {
    200: json(Household, "Kept"),
    ...faults("malformed", "unauthenticated", "forbidden", "absent", "invalid"),
  },
});

/** The wishes of the meter's own people; undefined to others. */
export async function rulesFor(here: Here, who: Who, meter: Meter): Promise<HomeRules | undefined> {
  if (!(await isOwn(here, who, meter))) return undefined;
  const watched = await homeStore(here).find(meter.id);
  return watched && watched.accountId === meter.accountId ? watched.rules : {};
}

/** With the wishes and the household's size, where its own people look. */
export async function summaryFor(here: Here, who: Who, meter: Meter): Promise<MeterSummary> {
  const [rules, household] = await Promise.all([rulesFor(here, who, meter), householdFor(here, who, meter)]);
  return summaryOf(here, meter, rules ?? {}, household?.people);
}

export function homeApi(app: CityApp): void {
  const summarised = async (here: Here, who: Who, id: string) => {
    const meter = await visibleMeter(here, who, id);
    return { meter, summary: await summaryFor(here, who, meter) };
  };
  app.openapi(getSummary, async (c) => {
    const { here, who } = c.var;
    return c.json((await summarised(here, who, c.req.valid("param").id)).summary, 200);
  });
  app.openapi(getScreens, async (c) => {
    const { here, who, lang } = c.var;
    const { meter, summary } = await summarised(here, who, c.req.valid("param").id);
    const lines = linesOf(summary, meter.serial, c.req.valid("query").lang ?? lang);
    return c.json({ text: smsOf(lines), screens: screensOf(lines) }, 200);
  });
  app.openapi(getRules, async (c) => {
    const { here, who } = c.var;
    const rules = await rulesFor(here, who, await visibleMeter(here, who, c.req.valid("param").id));
    if (!rules) throw absent();
    return c.json(rules, 200);
  });
  app.openapi(putRules, async (c) => {
    const { here, who } = c.var;
    const rules = c.req.valid("json");
    await setRules(here, await ownMeter(here, who, c.req.valid("param").id), rules);
    return c.json(rules, 200);
  });
  app.openapi(getHousehold, async (c) => {
    const { here, who } = c.var;
    const household = await householdFor(here, who, await visibleMeter(here, who, c.req.valid("param").id));
    if (!household) throw absent();
    return c.json(household, 200);
  });
  app.openapi(putHousehold, async (c) => {
    const { here, who } = c.var;
    const household = c.req.valid("json");
    await setHousehold(here, (await ownMeter(here, who, c.req.valid("param").id)).accountId, household);
    return c.json(household, 200);
  });
}
