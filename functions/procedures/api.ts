import { createRoute, z } from "@hono/zod-openapi";
import { stateOf } from "../../marketplace/contract/procedure-engine.ts";
import { inLang } from "../../marketplace/contract/words.ts";
import { absent } from "../../shared/errors.ts";
import { faults, json, jsonBody, paged } from "../../shared/http.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { billed, seenUnpaid } from "./fees.ts";
import { type Opened, opened } from "./filling.ts";
import { statusScreen } from "./messages.ts";
import { decideProposal, move } from "./moving.ts";
import { allOffered, offeredBy } from "./offered.ts";
import { keepOwn } from "./own.ts";
import { caseBy } from "./pages.tsx";
import { queue } from "./queue.ts";
import { CaseFacts, Did, factsOf, NewMove, OwnProcedure, ProcedureKey } from "./schema.ts";
import { procedureStore, WAITING } from "./store.ts";

export const STAFF = ["agent", "administrator"] as const;
export const READERS = [...STAFF, "data_officer"] as const;
const READ = "scope:procedures.cases:read";
const guarded = (...needed: Parameters<typeof needs>) => ({ middleware: needs(...needed), ...secured(...needed) });
const refusals = faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid");
const ById = z.object({ id: z.string().max(60) });

/** The whole part, as the contract's own JSON Schema has it. */
const Part = z.looseObject({ kind: z.literal("procedure"), id: z.string() });
const Shown = z
  .object({
    key: ProcedureKey,
    version: z.string(),
    module: z.string().optional(),
    prices: z.record(z.string(), z.int()),
    part: Part,
  })
  .meta({ id: "Procedure" });

const list = createRoute({
  method: "get",
  path: "/v1/procedures",
  summary: "What can be applied for: the city’s own procedures and those of its modules",
  ...guarded("public"),
  responses: { 200: json(z.object({ procedures: z.array(Shown) }), "Procedures") },
});
const one = createRoute({
  method: "get",
  path: "/v1/procedures/{key}",
  summary: "One procedure: its questions, states, transitions, fee and papers",
  ...guarded("public"),
  request: { params: z.object({ key: ProcedureKey }) },
  responses: { 200: json(Shown, "The procedure"), ...faults("absent") },
});
const put = createRoute({
  method: "put",
  path: "/v1/procedures/{key}",
  summary: "Keep a procedure of the city’s own; new cases go by it, those begun by the one before",
  ...guarded("administrator"),
  request: {
    params: z.object({ key: ProcedureKey }),
    body: jsonBody(z.strictObject({ part: z.unknown(), isOpen: z.boolean().default(true) })),
  },
  responses: { 200: json(OwnProcedure.extend({ part: Part }).meta({ id: "OwnProcedure" }), "Kept"), ...refusals },
});
const status = createRoute({
  method: "get",
  path: "/v1/procedure-status",
  summary: "Where a case stands, by its reference and its code; also as one screen of a telephone’s menu",
  ...guarded("public"),
  request: {
    query: z.object({
      reference: z.string().max(60),
      code: z.string().max(60),
      lang: z.enum(["en", "fr", "ar"]).optional(),
    }),
  },
  responses: {
    200: json(
      z.object({
        reference: z.string(),
        state: z.string(),
        title: z.string(),
        says: z.string(),
        dueOn: z.string().optional(),
        screen: z.string(),
      }),
      "Where it stands",
    ),
    ...faults("absent", "invalid", "too_many"),
  },
});
const cases = createRoute({
  method: "get",
  path: "/v1/procedure-cases",
  summary: "Cases by whose turn it is, the most urgent first",
  ...guarded(...READERS, READ),
  request: {
    query: paged().extend({
      waits: z.enum(WAITING).default("staff"),
      procedure: ProcedureKey.optional(),
      late: z.enum(["yes", "no"]).default("no"),
    }),
  },
  responses: { 200: json(z.object({ cases: z.array(CaseFacts), next: z.string().optional() }), "Cases"), ...refusals },
});
const oneCase = createRoute({
  method: "get",
  path: "/v1/procedure-cases/{id}",
  summary: "One case, with what happened to it",
  ...guarded(...READERS, READ),
  request: { params: ById },
  responses: { 200: json(CaseFacts.extend({ timeline: z.array(Did) }), "The case"), ...refusals },
});
const moves = createRoute({
  method: "post",
  path: "/v1/procedure-cases/{id}/moves",
  summary: "Move a case as its procedure’s table allows; what needs two is begun",
  ...guarded(...STAFF),
  request: { params: ById, body: jsonBody(NewMove) },
  responses: { 200: json(CaseFacts, "As it is now"), ...refusals },
});
const word = createRoute({
  method: "post",
  path: "/v1/procedure-cases/{id}/proposal",
  summary: "Agree to what somebody else has begun, or drop it",
  ...guarded(...STAFF),
  request: { params: ById, body: jsonBody(z.strictObject({ agrees: z.boolean() })) },
  responses: { 200: json(CaseFacts, "As it is now"), ...refusals },
});

const seen = createRoute({
  method: "post",
  path: "/v1/procedure-cases/{id}/seen",
  summary: "Let a case be as it is whose fee is due again, as its payment went back",
  ...guarded(...STAFF),
  request: { params: ById },
  responses: { 200: json(CaseFacts, "As it is now"), ...refusals },
});

export function procedureApi(app: CityApp): void {
  app.openapi(list, async (c) => {
    const offered = (await allOffered(c.var.here)).filter(({ lacksPrice }) => !lacksPrice);
    return c.json({ procedures: offered.map(({ definition }) => definition) }, 200);
  });
  app.openapi(one, async (c) => c.json((await offeredBy(c.var.here, c.req.valid("param").key)).definition, 200));
  app.openapi(put, async (c) => {
    const { part, isOpen } = c.req.valid("json");
    return c.json(await keepOwn(c.var.here, c.req.valid("param").key, part, isOpen, whoId(c.var.who)), 200);
  });
  app.openapi(status, async (c) => {
    const { reference, code, lang = c.var.lang } = c.req.valid("query");
    const of = await opened(c.var.here, await caseBy(c, reference, code));
    const state = stateOf(of.definition.part, of.kase.state ?? "");
    if (!state) throw absent();
    const { dueOn } = of.kase;
    return c.json(
      {
        ...{ reference: of.kase.reference ?? "", state: state.id, title: inLang(state.title, lang) },
        ...{ says: inLang(state.says, lang), screen: statusScreen(of, lang), ...(dueOn ? { dueOn } : {}) },
      },
      200,
    );
  });
  app.openapi(cases, async (c) => {
    const { waits, procedure, late, ...at } = c.req.valid("query");
    const found = await queue(c.var.here, { waits, procedure, isLate: late === "yes", ...at });
    return c.json({ ...found, cases: found.cases.map(factsOf) }, 200);
  });
  app.openapi(oneCase, async (c) => {
    const { kase } = await staffCase(c.var.here, c.req.valid("param").id);
    return c.json({ ...factsOf(kase), timeline: await procedureStore(c.var.here).timeline(kase.id) }, 200);
  });
  app.openapi(moves, async (c) => {
    const { here, who } = c.var;
    const of = await staffCase(here, c.req.valid("param").id);
    const moved = await move(here, of, c.req.valid("json"), { as: "agent", id: whoId(who) });
    return c.json(factsOf(await billed(here, moved.id)), 200);
  });
  app.openapi(word, async (c) => {
    const { here, who } = c.var;
    const of = await staffCase(here, c.req.valid("param").id);
    const decided = await decideProposal(here, of, c.req.valid("json").agrees, whoId(who));
    return c.json(factsOf(await billed(here, decided.id)), 200);
  });
  app.openapi(seen, async (c) => {
    const { kase } = await staffCase(c.var.here, c.req.valid("param").id);
    return c.json(factsOf(await seenUnpaid(c.var.here, kase, whoId(c.var.who))), 200);
  });
}

/** A case that was handed in: what is being written is nobody's yet. @throws {Fault} absent */
export async function staffCase(here: Parameters<typeof opened>[0], id: string): Promise<Opened> {
  const kase = await procedureStore(here).get(id);
  if (kase.state === undefined) throw absent();
  return opened(here, kase);
}
