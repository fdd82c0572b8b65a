import { createRoute, z } from "@hono/zod-openapi";
import { absent } from "../../../shared/errors.ts";
import { faults, json, jsonBody, paged } from "../../../shared/http.ts";
import { type CityApp, needs, secured } from "../../../shared/room.ts";
import { whoId } from "../../../shared/who.ts";
import { open } from "../asking.ts";
import { Dataset } from "../schema.ts";
import { retire, save } from "./keeping.ts";
import { ModuleIndicator, moduleIndicators } from "./modules.ts";
import { publishFigures } from "./publishing.ts";
import { scenarioOf } from "./scenario.ts";
import { Change, Figure, IndicatorSlug, KEEPERS, Retire, Save, Scenario, WRITE } from "./schema.ts";
import { CityIndicator, shownIndicator, WholeIndicator, wholeIndicator } from "./shown.ts";
import { indicatorStore } from "./store.ts";

const keepers = [...KEEPERS, `scope:${WRITE}`] as const;
const Slugged = z.object({ slug: IndicatorSlug });
const forAll = { middleware: needs("public"), ...secured("public") };
const forKeepers = { middleware: needs(...keepers), ...secured(...keepers) };

const list = createRoute({
  method: "get",
  path: "/v1/indicators",
  summary: "The city's own indicators, then those of installed modules, computed from its open data",
  ...forAll,
  responses: { 200: json(z.object({ indicators: z.array(z.union([CityIndicator, ModuleIndicator])) }), "Indicators") },
});
const get = createRoute({
  method: "get",
  path: "/v1/indicators/{slug}",
  summary: "One of the city's indicators: its figure, the formula in words, districts",
  ...forAll,
  request: { params: Slugged },
  responses: { 200: json(WholeIndicator, "The indicator"), ...faults("absent") },
});
const figures = createRoute({
  method: "get",
  path: "/v1/indicators/{slug}/figures",
  summary: "The figures that it had, one for each state of its datasets, the latest first",
  ...forAll,
  request: { params: Slugged, query: paged() },
  responses: {
    200: json(z.object({ figures: z.array(Figure), next: z.string().optional() }), "Figures"),
    ...faults("malformed", "absent"),
  },
});
const scenario = createRoute({
  method: "get",
  path: "/v1/indicators/{slug}/scenario",
  summary: "What the figure would be if one assumption were another, and what that would cost; nothing is kept",
  ...forAll,
  request: {
    params: Slugged,
    query: z.object({
      assumption: z.string().max(40),
      value: z.string().regex(/^-?\d{1,16}(\.\d{1,12})?$/, "a number"),
    }),
  },
  responses: { 200: json(Scenario, "What would be"), ...faults("absent", "invalid") },
});
const put = createRoute({
  method: "put",
  path: "/v1/indicators/{slug}",
  summary: "Make an indicator, or change it: the formula is checked, the figure computed",
  ...forKeepers,
  request: { params: Slugged, body: jsonBody(Save) },
  responses: {
    200: json(CityIndicator, "As it is now"),
    ...faults("unauthenticated", "forbidden", "conflict", "invalid"),
  },
});
const retirement = createRoute({
  method: "post",
  path: "/v1/indicators/{slug}/retirement",
  summary: "Take it from the public; what it was stays, and saved again it is back",
  ...forKeepers,
  request: { params: Slugged, body: jsonBody(Retire) },
  responses: {
    200: json(z.object({ id: z.string(), isRetired: z.boolean() }), "Retired"),
    ...faults("unauthenticated", "forbidden", "absent", "conflict", "invalid"),
  },
});
const changes = createRoute({
  method: "get",
  path: "/v1/indicators/{slug}/changes",
  summary: "Who changed it, when and why, the latest first",
  ...forKeepers,
  request: { params: Slugged, query: paged() },
  responses: {
    200: json(z.object({ changes: z.array(Change), next: z.string().optional() }), "Changes"),
    ...faults("unauthenticated", "forbidden", "malformed", "absent"),
  },
});
const asDataset = createRoute({
  method: "post",
  path: "/v1/indicators/dataset",
  summary: "Publish all figures of the city's indicators as an open dataset, or as its next version",
  ...forKeepers,
  responses: { 200: json(Dataset, "Published"), ...faults("unauthenticated", "forbidden", "conflict", "invalid") },
});

export function indicatorApi(app: CityApp): void {
  app.openapi(list, async (c) => {
    open(c);
    const { here } = c.var;
    const [own, modules] = await Promise.all([indicatorStore(here).all(), moduleIndicators(here)]);
    const shown = own.filter(({ isRetired }) => !isRetired).map(shownIndicator);
    return c.json({ indicators: [...shown, ...modules] }, 200);
  });
  app.openapi(get, async (c) => {
    open(c);
    const { here, lang } = c.var;
    return c.json(await wholeIndicator(here, await indicatorStore(here).get(c.req.valid("param").slug), lang), 200);
  });
  app.openapi(figures, async (c) => {
    open(c);
    const { slug } = await indicatorStore(c.var.here).get(c.req.valid("param").slug);
    return c.json(await indicatorStore(c.var.here).figures(slug, c.req.valid("query")), 200);
  });
  app.openapi(scenario, async (c) => {
    open(c);
    const kept = await indicatorStore(c.var.here).get(c.req.valid("param").slug);
    const { assumption, value } = c.req.valid("query");
    return c.json(scenarioOf(kept, assumption, Number(value), c.var.city.currency), 200);
  });
  app.openapi(put, async (c) => {
    const { slug } = c.req.valid("param");
    return c.json(shownIndicator(await save(c.var.here, slug, c.req.valid("json"), whoId(c.var.who))), 200);
  });
  app.openapi(retirement, async (c) => {
    const { slug } = c.req.valid("param");
    const { isRetired } = await retire(c.var.here, slug, c.req.valid("json").why, whoId(c.var.who));
    return c.json({ id: slug, isRetired }, 200);
  });
  app.openapi(changes, async (c) => {
    const { slug } = c.req.valid("param");
    const found = await indicatorStore(c.var.here).changes(slug, c.req.valid("query"));
    if (found.changes.length === 0) throw absent();
    return c.json(found, 200);
  });
  app.openapi(asDataset, async (c) => c.json(await publishFigures(c.var.here), 200));
}
