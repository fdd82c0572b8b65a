import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { absent } from "../../shared/errors.ts";
import { faults, idempotent, json, jsonBody, paged, parsed } from "../../shared/http.ts";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { dayOf } from "../../shared/time.ts";
import { fileOf } from "../../shared/uploads.ts";
import { whoId } from "../../shared/who.ts";
import { AllAccounts } from "../accounts/events.ts";
import { guarded, KEEPERS, MONEY, refusals, SCOPES, STAFF } from "./access.ts";
import { rollCsv } from "./csv.ts";
import { previewRoll, takeRoll } from "./importing.ts";
import { addEntry, changeEntry } from "./keeping.ts";
import { proposeRule, rules } from "./rules.ts";
import { Change, Day, Entry, EntryChange, Import, NewEntry, NewRoll, NewRule, Preview, Roll, Rule } from "./schema.ts";
import { type Filter, rollStore } from "./store.ts";

const READ = [...STAFF, SCOPES.readRolls] as const;
const WRITE = [...KEEPERS, SCOPES.writeRolls] as const;
const ByCode = z.object({ roll: z.string().max(12) });
export const ById = z.object({ id: z.string().max(60) });

const addRoll = createRoute({
  method: "post",
  path: "/v1/assessment/rolls",
  summary: "Set up a roll: parcels, stalls, dwellings or spaces",
  ...guarded("administrator", "treasurer"),
  request: { body: jsonBody(NewRoll) },
  responses: { 201: json(Roll, "Set up"), 200: json(Roll, "Set up before"), ...refusals },
});
const listRolls = createRoute({
  method: "get",
  path: "/v1/assessment/rolls",
  summary: "The city's rolls",
  ...guarded(...READ),
  responses: { 200: json(z.object({ rolls: z.array(Roll) }), "Rolls"), ...refusals },
});
const add = createRoute({
  method: "post",
  path: "/v1/assessment/rolls/{roll}/entries",
  summary: "Put an entry on a roll; sent twice, it is one",
  ...guarded(...WRITE),
  request: { params: ByCode, body: jsonBody(NewEntry) },
  responses: { 201: json(Entry, "Added"), 200: json(Entry, "Added before"), ...refusals },
});
const word = z.string().trim().max(60).optional();
export const EntryQuery = z.object({
  number: z.string().trim().max(24).optional().openapi({ description: "How the number begins." }),
  ...{ zone: word, use: word, market: word, category: word },
  account: z.string().max(60).optional(),
  on: Day.optional().openapi({ description: "The day whose facts are looked at; today, if it is left out." }),
});
const list = createRoute({
  method: "get",
  path: "/v1/assessment/rolls/{roll}/entries",
  summary: "A roll's entries by number; a page may be short and still have a next",
  ...guarded(...READ),
  request: { params: ByCode, query: paged().extend(EntryQuery.shape) },
  responses: {
    200: json(z.object({ entries: z.array(Entry), next: z.string().optional() }), "Entries"),
    ...refusals,
  },
});
const get = createRoute({
  method: "get",
  path: "/v1/assessment/entries/{id}",
  summary: "One entry, with its facts in time",
  ...guarded(...READ),
  request: { params: ById },
  responses: { 200: json(Entry, "The entry"), ...refusals },
});
const change = createRoute({
  method: "post",
  path: "/v1/assessment/entries/{id}/changes",
  summary: "Change an entry from a day on; what was assessed before is compared, and a difference waits for approval",
  ...guarded(...WRITE),
  request: { params: ById, body: jsonBody(EntryChange) },
  responses: { 200: json(Entry, "As it is now"), ...refusals },
});
const history = createRoute({
  method: "get",
  path: "/v1/assessment/entries/{id}/changes",
  summary: "Who changed what of an entry, the latest first",
  ...guarded(...READ),
  request: { params: ById },
  responses: { 200: json(z.object({ changes: z.array(Change) }), "Changes"), ...refusals },
});
const getImport = createRoute({
  method: "get",
  path: "/v1/assessment/imports/{id}",
  summary: "How far a file is",
  ...guarded(...READ),
  request: { params: z.object({ id: z.string().max(80) }) },
  responses: { 200: json(Import, "The import"), ...refusals },
});
const propose = createRoute({
  method: "post",
  path: "/v1/assessment/rolls/{roll}/rules",
  summary: "Propose a rule; another person approves it. With an Idempotency-Key",
  ...guarded(...MONEY),
  request: { params: ByCode, body: jsonBody(NewRule) },
  responses: { 201: json(Rule, "Proposed"), ...refusals },
});
const listRules = createRoute({
  method: "get",
  path: "/v1/assessment/rolls/{roll}/rules",
  summary: "A roll's rules, the latest first",
  ...guarded(...READ, SCOPES.readAssessments),
  request: { params: ByCode },
  responses: { 200: json(z.object({ rules: z.array(Rule) }), "Rules"), ...refusals },
});
const decide = (verb: "approval" | "refusal") =>
  createRoute({
    method: "post",
    path: `/v1/assessment/rules/{id}/${verb}`,
    summary: verb === "approval" ? "Approve a rule that somebody else proposed" : "Refuse a rule",
    ...guarded(...MONEY),
    request: { params: ById },
    responses: { 200: json(Rule, "Decided"), ...refusals },
  });

export const today = ({ var: { here } }: Context<CityEnv>): string => dayOf(here.clock.now(), here.city.timeZone);
export const filterOf = ({ account, on: _, ...rest }: z.infer<typeof EntryQuery>): Filter =>
  Object.fromEntries(
    Object.entries({ ...rest, accountId: account }).filter(([, value]) => value !== undefined && value !== ""),
  );

export function rollApi(app: CityApp): void {
  const store = (c: Context<CityEnv>) => rollStore(c.var.here.table);
  app.openapi(addRoll, async (c) => {
    const roll = {
      ...c.req.valid("json"),
      createdAt: c.var.here.clock.now().toISOString(),
      createdBy: whoId(c.var.who),
    };
    const { created, roll: kept } = await store(c).keepRoll(roll);
    return c.json(kept, created ? 201 : 200);
  });
  app.openapi(listRolls, async (c) => c.json({ rolls: await store(c).rolls() }, 200));
  app.openapi(add, async (c) => {
    const roll = await store(c).roll(c.req.valid("param").roll);
    const { created, entry } = await addEntry(c.var.here, roll, c.req.valid("json"), whoId(c.var.who));
    return c.json(entry, created ? 201 : 200);
  });
  app.openapi(list, async (c) => {
    const { limit, cursor, ...query } = c.req.valid("query");
    const { code } = await store(c).roll(c.req.valid("param").roll);
    return c.json(await store(c).list(code, query.on ?? today(c), filterOf(query), { limit, cursor }), 200);
  });
  app.openapi(get, async (c) => c.json(await store(c).get(c.req.valid("param").id), 200));
  app.openapi(change, async (c) =>
    c.json(await changeEntry(c.var.here, c.req.valid("param").id, c.req.valid("json"), whoId(c.var.who)), 200),
  );
  app.openapi(history, async (c) => {
    const { id } = await store(c).get(c.req.valid("param").id);
    return c.json({ changes: await store(c).changes(id) }, 200);
  });
  app.openapi(getImport, async (c) => {
    const found = await store(c).findImport(c.req.valid("param").id);
    if (!found) throw absent();
    return c.json(found, 200);
  });
  app.openapi(propose, async (c) => {
    const roll = await store(c).roll(c.req.valid("param").roll);
    const order = c.req.valid("json");
    return (await idempotent(c, order, async (record) => {
      const kept = (rule: Rule) => [record({ status: 201, answer: rule })];
      return { status: 201, answer: await proposeRule(c.var.here, roll, order, whoId(c.var.who), kept) };
    })) as never;
  });
  app.openapi(listRules, async (c) => {
    const { code } = await store(c).roll(c.req.valid("param").roll);
    return c.json({ rules: await rules.list(c.var.here, code) }, 200);
  });
  app.openapi(decide("approval"), async (c) =>
    c.json(await rules.decide(c.var.here, c.req.valid("param").id, "approved", whoId(c.var.who)), 200),
  );
  app.openapi(decide("refusal"), async (c) =>
    c.json(await rules.decide(c.var.here, c.req.valid("param").id, "refused", whoId(c.var.who)), 200),
  );
  files(app);
}

const ImportOptions = z.strictObject({
  /** Facts hold from this day on, where a line names none; today, if it is left out. */
  from: Day.optional(),
  preview: z.enum(["true", "false"]).optional(),
});

/** Files come and go as they are, so these contracts are registered by hand and their handlers are plain. */
function files(app: CityApp): void {
  const file = z.string().openapi({ format: "binary" });
  app.openAPIRegistry.registerPath({
    method: "post",
    path: "/v1/assessment/rolls/{roll}/imports",
    summary: "Take in a file of entries: CSV with a line of headings",
    description:
      "A file with a mistake is refused whole, with `errors` by line (`#/line/7`). An empty field changes nothing, `-` takes a fact away. The same file for the same day is the same import.",
    ...secured(...WRITE),
    request: {
      params: ByCode,
      query: ImportOptions,
      body: { content: { "multipart/form-data": { schema: z.object({ file }) }, "text/csv": { schema: file } } },
    },
    responses: {
      201: json(Import, "Taken in; while its state is running, ask for it again"),
      200: json(z.union([Import, Preview]), "Taken in before; or what would be, with preview=true"),
      ...refusals,
      ...faults("too_large", "unsupported_media"),
    },
  });
  app.post("/v1/assessment/rolls/:roll/imports", needs(...WRITE), async (c) => {
    const { here } = c.var;
    const roll = await rollStore(here.table).roll(c.req.param("roll"));
    const { file: sent, fields } = await fileOf(c);
    const { from = today(c), preview } = parsed(ImportOptions, { ...c.req.query(), ...fields }, "form");
    if (preview === "true") return c.json(await previewRoll(here, roll, sent, from), 200);
    const { created, taken } = await takeRoll(here, roll, sent, from, whoId(c.var.who));
    c.header("Location", here.url(`/v1/assessment/imports/${taken.id}`));
    return c.json(taken, created ? 201 : 200);
  });
  app.openAPIRegistry.registerPath({
    method: "get",
    path: "/v1/assessment/rolls/{roll}/csv",
    summary: "A roll as CSV, as it can be taken in again",
    ...secured(...READ),
    request: { params: ByCode },
    responses: { 200: { description: "CSV", content: { "text/csv": { schema: z.string() } } }, ...refusals },
  });
  app.get("/v1/assessment/rolls/:roll/csv", needs(...READ), (c) => sendCsv(c, c.req.param("roll")));
}

/** A whole roll as a file. */
export async function sendCsv(c: Context<CityEnv>, code: string): Promise<Response> {
  const { here } = c.var;
  const roll = await rollStore(here.table).roll(code);
  const numbers = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const page = await here.ask(AllAccounts, { cursor });
    for (const { id, number } of page.accounts) numbers.set(id, number);
    cursor = page.cursor;
  } while (cursor !== undefined);
  const entries: Entry[] = [];
  for await (const entry of rollStore(here.table).all(code)) entries.push(entry);
  c.header("Content-Type", "text/csv; charset=utf-8");
  c.header("Content-Disposition", `attachment; filename="roll-${roll.code.toLowerCase()}.csv"`);
  return c.body(rollCsv(entries, roll.kind, here.city.currency, numbers));
}
