import { createRoute, z } from "@hono/zod-openapi";
import { invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { faults, json, jsonBody } from "../../../shared/http.ts";
import { type CityApp, needs, secured } from "../../../shared/room.ts";
import type { Item } from "../../../shared/table.ts";
import { toMeasure } from "../indicators/planning.ts";

// question                                        key
// how small a group of people may be published    pk     PEOPLE     sk     RULE
// what it was before, and why it was changed      pk     PEOPLE     sk     WAS#<when>

/** What statistics offices publish at the least, and what the city begins with. */
export const K_LEAST = 3;
export const K_DEFAULT = 5;

/** The city's rule for what is published about people. */
export const PeopleRule = z
  .strictObject({
    /** The smallest group of people who look alike. */
    k: z.int().min(K_LEAST).max(1_000),
    /** Why it is so; below 5 it must be said. Everybody may read it. */
    reason: z.string().trim().max(500).optional(),
  })
  .meta({ id: "PeopleRule" });
export type PeopleRule = z.infer<typeof PeopleRule>;

/** A rule as it was decided. */
const Decided = z.object({ rule: PeopleRule, decidedAt: z.iso.datetime().optional() });
export type Decided = z.infer<typeof Decided>;

const key = { pk: "PEOPLE", sk: "RULE" };
const WAS = "WAS#";

export async function peopleRule(here: Here): Promise<PeopleRule> {
  const item = await here.table.get(key);
  return item ? PeopleRule.parse(item["rule"]) : { k: K_DEFAULT };
}

/** What was decided, the latest first. */
export async function decisions(here: Here): Promise<Decided[]> {
  const { items } = await here.table.query({ pk: key.pk, beginsWith: WAS, reverse: true, limit: 20 });
  return items.map((item) => Decided.parse(item));
}

/** @throws {Fault} invalid: it is less than usual, and nobody says why */
export async function decideRule(here: Here, rule: PeopleRule): Promise<void> {
  if (rule.k < K_DEFAULT && !rule.reason) throw invalid("#/reason", `Say why it is less than ${K_DEFAULT}.`);
  const decidedAt = here.clock.now().toISOString();
  await here.commit([
    { put: { ...key, rule, decidedAt } },
    { put: { pk: key.pk, sk: WAS + decidedAt, rule, decidedAt } },
    // What indicators show of districts follows the rule, too.
    ...(await toMeasure(here)),
  ]);
}

/** For export. */
export const ruleItems = (here: Here): AsyncIterable<Item> => here.table.all({ pk: key.pk });

export const deciders = ["data_officer", "administrator"] as const;
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
  summary: "Say how small a group of people may be published, and why; what is public already stays as it is",
  middleware: needs(...deciders),
  ...secured(...deciders),
  request: { body: jsonBody(PeopleRule) },
  responses: { 200: json(PeopleRule, "As it is now"), ...faults("unauthenticated", "forbidden", "invalid") },
});

export function peopleRoutes(app: CityApp): void {
  app.openapi(read, async (c) => c.json(await peopleRule(c.var.here), 200));
  app.openapi(write, async (c) => {
    const rule = c.req.valid("json");
    await decideRule(c.var.here, rule);
    return c.json(rule, 200);
  });
}
