import { createRoute, z } from "@hono/zod-openapi";
import type { Here } from "../../../shared/here.ts";
import { faults, json, jsonBody } from "../../../shared/http.ts";
import { type CityApp, needs, secured } from "../../../shared/room.ts";
import type { Item } from "../../../shared/table.ts";
import { toMeasure } from "../indicators/planning.ts";

// question                                        key
// how small a group of people may be published    pk     PEOPLE     sk     RULE

/** The city's rule for what is published about people. */
export const PeopleRule = z
  .strictObject({
    /** The smallest group of people who look alike. */
    k: z.int().min(3).max(1_000),
  })
  .meta({ id: "PeopleRule" });
export type PeopleRule = z.infer<typeof PeopleRule>;

const K_DEFAULT = 5;
const key = { pk: "PEOPLE", sk: "RULE" };

export async function peopleRule(here: Here): Promise<PeopleRule> {
  const item = await here.table.get(key);
  return item ? PeopleRule.parse(item["rule"]) : { k: K_DEFAULT };
}

/** For export. */
export async function* ruleItems(here: Here): AsyncIterable<Item> {
  const item = await here.table.get(key);
  if (item) yield item;
}

const deciders = ["data_officer", "administrator"] as const;
const read = createRoute({
  method: "get",
  path: "/v1/people-rule",
  summary: "How small a group of people may be published",
  middleware: needs("public"),
  ...secured("public"),
  responses: { 200: json(PeopleRule, "5 unless the city says otherwise") },
});
const write = createRoute({
  method: "put",
  path: "/v1/people-rule",
  summary: "Say how small a group of people may be published; what is public already stays as it is",
  middleware: needs(...deciders),
  ...secured(...deciders),
  request: { body: jsonBody(PeopleRule) },
  responses: { 200: json(PeopleRule, "As it is now"), ...faults("unauthenticated", "forbidden", "invalid") },
});

export function peopleRoutes(app: CityApp): void {
  app.openapi(read, async (c) => c.json(await peopleRule(c.var.here), 200));
  app.openapi(write, async (c) => {
    const rule = c.req.valid("json");
    // What indicators show of districts follows the rule, too.
    await c.var.here.commit([{ put: { ...key, rule } }, ...(await toMeasure(c.var.here))]);
    return c.json(rule, 200);
  });
}
