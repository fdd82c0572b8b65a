import { createRoute, z } from "@hono/zod-openapi";
import { parked, resume } from "../../shared/courier.ts";
import { absent } from "../../shared/errors.ts";
import { factOf } from "../../shared/events.ts";
import { faults, form, json, paged } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { replays, startReplay } from "../../shared/replays.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { logTexts } from "./texts.ts";
import { LogPage } from "./views.tsx";

const Fact = z
  .object({
    specversion: z.literal("1.0"),
    id: z.string(),
    source: z.string(),
    type: z.string(),
    subject: z.string(),
    time: z.iso.datetime(),
    sequence: z.int().optional(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "Event", description: "A fact in the city's log, as CloudEvents 1.0." });

const listEvents = createRoute({
  method: "get",
  path: "/v1/events",
  summary: "Facts of the city's log, the latest first",
  middleware: needs("administrator", "scope:log.events:read"),
  ...secured("administrator", "scope:log.events:read"),
  request: { query: paged() },
  responses: {
    200: json(z.object({ events: z.array(Fact), next: z.string().optional() }), "Facts"),
    ...faults("malformed", "unauthenticated", "forbidden"),
  },
});

const REPLAYS_SHOWN = 10;

export function logRoutes(app: CityApp): void {
  app.openapi(listEvents, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const found = await c.var.here.table.query({ pk: "LOG", index: "gsi1", reverse: true, limit, cursor });
    return c.json({ events: found.items.map((item) => Fact.parse(factOf(item))), next: found.cursor }, 200);
  });

  app.get("/staff/log", needs("administrator"), async (c) => {
    const { here, house, lang, csrf } = c.var;
    const t = logTexts.in(lang);
    const { cursor } = paged().parse({ cursor: c.req.query("cursor") });
    const facts = await here.table.query({ pk: "LOG", index: "gsi1", reverse: true, limit: 50, cursor });
    const [waiting, again] = await Promise.all([parked(here), replays(here, REPLAYS_SHOWN)]);
    const listeners = house.listeners.map(({ name }) => name).sort();
    return page(
      c,
      { title: t("title"), lead: t("lead"), crumbs: [[t("console"), here.url("/staff")]], wide: true },
      <LogPage {...{ t, lang, csrf, here, facts, listeners }} parked={waiting.items} replays={again} />,
    );
  });

  app.post("/staff/log/replays", needs("administrator"), async (c) => {
    const { here, house } = c.var;
    const { listener: name } = await form(c, z.strictObject({ listener: z.string().max(200) }));
    const listener = house.listeners.find((one) => one.name === name);
    if (!listener) throw absent();
    await startReplay(here, listener);
    return c.redirect(here.url("/staff/log"), 303);
  });

  app.post("/staff/log/tasks", needs("administrator"), async (c) => {
    const { here } = c.var;
    await resume(here, await form(c, z.strictObject({ name: z.string().max(80), id: z.string().max(200) }))).catch(
      (error) => {
        throw error instanceof ConditionFailed ? absent() : error;
      },
    );
    return c.redirect(here.url("/staff/log"), 303);
  });
}
