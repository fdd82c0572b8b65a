import { createRoute, z } from "@hono/zod-openapi";
import { faults, idempotent, json, jsonBody, paged } from "../../../shared/http.ts";
import { type CityApp, needs, secured } from "../../../shared/room.ts";
import { whoId } from "../../../shared/who.ts";
import { meterStore } from "../store.ts";
import { correct, historyOf } from "./correcting.ts";
import { decide } from "./deciding.ts";
import { findingList, findingsOf } from "./findings.ts";
import { ruleSets, setRules } from "./rules.ts";
import { Correction, CorrectionShown, Decision, Finding, NewCorrection, NewRuleSet, RuleSet } from "./schema.ts";

// Validation, estimation and editing over HTTP.

export const KEEPERS = ["agent", "administrator"] as const;
export const READERS = [...KEEPERS, "treasurer"] as const;
const READ = "scope:meters.readings:read";
const REFUSALS = ["malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid"] as const;
const guarded = (...needed: Parameters<typeof needs>) => ({ middleware: needs(...needed), ...secured(...needed) });
const ById = z.object({ id: z.string().max(120) });
const Day = z.iso.date();

const getRules = createRoute({
  method: "get",
  path: "/v1/readings/rules",
  summary: "The rules by which readings are judged: each set until now, the latest first",
  description: "A day is judged by the set with the latest `from` that is not after it.",
  ...guarded(...READERS, READ),
  responses: { 200: json(z.object({ sets: z.array(RuleSet) }), "Rules"), ...faults("unauthenticated", "forbidden") },
});
const putRules = createRoute({
  method: "put",
  path: "/v1/readings/rules",
  summary: "Set other rules from a day on",
  ...guarded("administrator"),
  request: { body: jsonBody(NewRuleSet) },
  responses: {
    200: json(RuleSet, "In force from that day"),
    ...faults("malformed", "unauthenticated", "forbidden", "conflict", "invalid"),
  },
});
const getFindings = createRoute({
  method: "get",
  path: "/v1/readings/findings",
  summary: "What seems wrong of meters' days: what waits, what somebody was sent for, what is settled; or of one meter",
  ...guarded(...READERS, READ),
  request: {
    query: paged().extend({
      state: z.enum(["open", "sent", "done"]).default("open"),
      meter: z.string().max(60).optional().openapi({ description: "All of one meter, whatever its state." }),
      from: Day.optional(),
      to: Day.optional(),
    }),
  },
  responses: {
    200: json(z.object({ findings: z.array(Finding), next: z.string().optional() }), "Findings"),
    ...faults("unauthenticated", "forbidden", "absent", "invalid"),
  },
});
const postDecision = createRoute({
  method: "post",
  path: "/v1/readings/findings/{id}",
  summary: "Say what becomes of a finding: accepted, estimated, or somebody is sent. With an Idempotency-Key",
  ...guarded(...KEEPERS),
  request: { params: ById, body: jsonBody(Decision) },
  responses: { 200: json(Finding, "As it is now"), ...faults(...REFUSALS) },
});
const getCorrections = createRoute({
  method: "get",
  path: "/v1/meters/{id}/corrections",
  summary: "What was set right of a meter, by whom, when and why, and what was undone; the latest first",
  ...guarded(...READERS, READ),
  request: { params: ById },
  responses: {
    200: json(z.object({ corrections: z.array(CorrectionShown) }), "Corrections"),
    ...faults("unauthenticated", "forbidden", "absent"),
  },
});
const postCorrection = createRoute({
  method: "post",
  path: "/v1/meters/{id}/corrections",
  summary: "Set something right of a meter; the original is kept. With an Idempotency-Key",
  description:
    "`values` of intervals, a `register`, what is to `withdraw`, an `estimate` of what is missing, an `exchange` of the meter, the digits and multiplier of its `dial`; `undo` takes another correction back.",
  ...guarded(...KEEPERS),
  request: { params: ById, body: jsonBody(NewCorrection) },
  responses: { 201: json(Correction, "It counts from here on"), ...faults(...REFUSALS) },
});

export function checkApi(app: CityApp): void {
  app.openapi(getRules, async (c) => c.json({ sets: await ruleSets(c.var.here) }, 200));
  app.openapi(putRules, async (c) => c.json(await setRules(c.var.here, c.req.valid("json"), whoId(c.var.who)), 200));
  app.openapi(getFindings, async (c) => {
    const { here } = c.var;
    const { meter, from, to, state, ...page } = c.req.valid("query");
    if (meter === undefined) return c.json(await findingList(here, state, page), 200);
    const { id } = await meterStore(here).get(meter);
    return c.json({ findings: await findingsOf(here, id, from, to) }, 200);
  });
  app.openapi(postDecision, async (c) => {
    const [{ id }, decision] = [c.req.valid("param"), c.req.valid("json")];
    return (await idempotent(c, decision, async (record) => {
      const by = whoId(c.var.who);
      const after = await decide(c.var.here, id, decision, by, (answer) => [record({ status: 200, answer })]);
      return { status: 200, answer: after };
    })) as never;
  });
  app.openapi(getCorrections, async (c) => {
    const { id } = await meterStore(c.var.here).get(c.req.valid("param").id);
    return c.json({ corrections: await historyOf(c.var.here, id) }, 200);
  });
  app.openapi(postCorrection, async (c) => {
    const { here, who } = c.var;
    const meter = await meterStore(here).get(c.req.valid("param").id);
    const asked = c.req.valid("json");
    return (await idempotent(c, asked, async (record) => {
      const made = await correct(here, meter, asked, whoId(who), (answer) => [record({ status: 201, answer })]);
      return { status: 201, answer: made };
    })) as never;
  });
}
