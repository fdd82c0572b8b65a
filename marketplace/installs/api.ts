import { createRoute, z } from "@hono/zod-openapi";
import { absent } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { faults, json, jsonBody, paged } from "../../shared/http.ts";
import { Id } from "../../shared/ids.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { modulesOf } from "../catalogue/domain.ts";
import { asksOf } from "../contract/asks.ts";
import { Digest } from "../contract/canonical.ts";
import { PartId } from "../contract/dataset.ts";
import { Listing } from "../contract/index-file.ts";
import { Manifest, Version } from "../contract/manifest.ts";
import { Party } from "../contract/party.ts";
import { Label, labelOf, saysOf } from "../contract/says.ts";
import { erasure, NewErasure } from "./erasing.ts";
import { Lost, lostByGoingBack } from "./going-back.ts";
import { offered, readMarket } from "./market.ts";
import { ownRows } from "./own-rows.ts";
import { Run, RunTold, toldOf } from "./run-schema.ts";
import { runStore } from "./run-store.ts";
import { Install, InstallRecord, InstallSettings, NewInstall } from "./schema.ts";
import { agree, approversRoles, choose, chooseVersion, goBack, remove, step, take, tryOut } from "./steps.ts";
import { installStore } from "./store.ts";

const READ = ["administrator", "scope:marketplace.installs:read"] as const;
const WRITE = ["administrator", "scope:marketplace.installs:write"] as const;
const RUNS = ["administrator", "scope:marketplace.runs:read"] as const;
/** Who decides on people's data: persons, never a program. */
const APPROVERS = ["administrator", "data_officer"] as const;
const reading = { middleware: needs(...READ), ...secured(...READ) };
const writing = { middleware: needs(...WRITE), ...secured(...WRITE) };

const ById = z.object({ id: Id("ins") });
const refused = faults("unauthenticated", "forbidden", "absent", "conflict", "invalid");
const answered = (description: string) => ({ 200: json(Install, description), ...refused });

const listModules = createRoute({
  method: "get",
  path: "/v1/modules",
  summary: "What the marketplace offers this city",
  ...reading,
  responses: { 200: json(z.object({ modules: z.array(Listing) }), "The latest version of each module"), ...refused },
});

const showModule = createRoute({
  method: "get",
  path: "/v1/modules/{publisher}/{name}",
  summary: "A module: what it may do in plain sentences, and all that is in it",
  ...reading,
  request: {
    params: z.object({ publisher: z.string().max(40), name: z.string().max(40) }),
    query: z.object({ version: Version.optional() }),
  },
  responses: {
    200: json(
      z.object({
        digest: z.string(),
        manifest: Manifest,
        parts: z.array(z.looseObject({ id: z.string(), kind: z.string() })),
        publisher: Party,
        says: z.array(z.string()),
        label: Label,
        /** What it asks for, each with its class; two persons must approve from `household` on. */
        asks: z.array(
          z.object({
            id: z.string(),
            class: z.string(),
            isOptional: z.boolean(),
            /** The hosts to which it leaves the city. */
            to: z.array(z.string()).optional(),
            purpose: z.record(z.string(), z.string().optional()),
          }),
        ),
      }),
      "The module, checked byte for byte",
    ),
    ...refused,
  },
});

const listInstalls = createRoute({
  method: "get",
  path: "/v1/installs",
  summary: "The modules that the city tries or uses",
  ...reading,
  responses: { 200: json(z.object({ installs: z.array(Install) }), "Installs"), ...refused },
});

const newInstall = createRoute({
  method: "post",
  path: "/v1/installs",
  summary: "Take a module from the marketplace to try it",
  ...writing,
  request: { body: jsonBody(NewInstall) },
  responses: { 201: json(Install, "Taken"), 200: json(Install, "Taken before"), ...refused },
});

const showInstall = createRoute({
  method: "get",
  path: "/v1/installs/{id}",
  summary: "One install",
  ...reading,
  request: { params: ById },
  responses: answered("The install"),
});

const newTrial = createRoute({
  method: "post",
  path: "/v1/installs/{id}/trials",
  summary: "Try it, or another version of it, on the city’s synthetic copy",
  ...writing,
  request: { params: ById, body: jsonBody(z.strictObject({ version: Version.optional() })) },
  responses: answered("Tried: bills before and after, by how much households use"),
});

const newState = createRoute({
  method: "post",
  path: "/v1/installs/{id}/state",
  summary: "Propose it, let it run in shadow, take it into service, or suspend it",
  ...writing,
  request: {
    params: ById,
    body: jsonBody(z.strictObject({ to: z.enum(["proposed", "shadow", "active", "suspended"]) })),
  },
  responses: answered("As it is now"),
});

const newApproval = createRoute({
  method: "post",
  path: "/v1/installs/{id}/approvals",
  summary: "Agree to what it, or another version of it that was tried, asks for; one person once",
  middleware: needs(...APPROVERS),
  ...secured(...APPROVERS),
  request: { params: ById, body: jsonBody(z.strictObject({ version: Version.optional() })) },
  responses: answered("As it is now"),
});

const listRuns = createRoute({
  method: "get",
  path: "/v1/installs/{id}/runs",
  summary: "How its rules and programs ran, without any data: a key with this scope is what its publisher may be given",
  middleware: needs(...RUNS),
  ...secured(...RUNS),
  request: { params: ById, query: paged() },
  responses: {
    200: json(z.object({ runs: z.array(RunTold), next: z.string().optional() }), "Runs, the latest first"),
    ...refused,
  },
});

const listEffects = createRoute({
  method: "get",
  path: "/v1/installs/{id}/effects",
  summary: "What it did, or in shadow would have done, in all detail",
  middleware: needs(...APPROVERS),
  ...secured(...APPROVERS),
  request: { params: ById, query: paged() },
  responses: {
    200: json(z.object({ runs: z.array(Run), next: z.string().optional() }), "Runs, the latest first"),
    ...refused,
  },
});

const listRows = createRoute({
  method: "get",
  path: "/v1/installs/{id}/tables/{table}",
  summary: "The rows of a table that the module keeps itself",
  ...reading,
  request: { params: ById.extend({ table: PartId }), query: paged() },
  responses: {
    200: json(z.object({ rows: z.array(z.record(z.string(), z.unknown())), next: z.string().optional() }), "Rows"),
    ...refused,
  },
});

const newVersion = createRoute({
  method: "post",
  path: "/v1/installs/{id}/version",
  summary: "Put another version in its place; the present one stays at hand for 30 days",
  ...writing,
  request: { params: ById, body: jsonBody(z.strictObject({ version: Version })) },
  responses: answered("As it is now"),
});

const newSettings = createRoute({
  method: "put",
  path: "/v1/installs/{id}/settings",
  summary: "Choose which of its parts are in use",
  ...writing,
  request: { params: ById, body: jsonBody(InstallSettings) },
  responses: answered("As it is now"),
});

const showLost = createRoute({
  method: "get",
  path: "/v1/installs/{id}/rollback",
  summary: "What was written since the present version came, and what becomes of it when the city goes back",
  ...reading,
  request: { params: ById },
  responses: { 200: json(Lost, "To be looked at before"), ...refused },
});

const rollback = createRoute({
  method: "post",
  path: "/v1/installs/{id}/rollback",
  summary: "Go back to the version before; where something was written since, say with `seen` that it was looked at",
  ...writing,
  request: { params: ById, query: z.object({ seen: Digest.optional() }) },
  responses: answered("As it is now"),
});

const removal = createRoute({
  method: "delete",
  path: "/v1/installs/{id}",
  summary: "Remove it; only the record of what happened stays",
  ...writing,
  request: { params: ById },
  responses: {
    204: { description: "Removed" },
    202: { description: "It serves no more; what it kept is still being removed" },
    ...refused,
  },
});

const newErasure = createRoute({
  method: "post",
  path: "/v1/module-erasures",
  summary: "Take out of all that modules keep what names a resident’s account, meters, bills or cases",
  middleware: needs(...APPROVERS),
  ...secured(...APPROVERS),
  request: { body: jsonBody(NewErasure) },
  responses: {
    202: { description: "It is being done" },
    ...faults("malformed", "unauthenticated", "forbidden", "invalid"),
  },
});

const listRecords = createRoute({
  method: "get",
  path: "/v1/install-records",
  summary: "What happened to modules, gone ones too, the latest first",
  ...reading,
  request: { query: paged().extend({ install: Id("ins").optional() }) },
  responses: {
    200: json(z.object({ records: z.array(InstallRecord), next: z.string().optional() }), "Records"),
    ...faults("malformed", "unauthenticated", "forbidden"),
  },
});

export function installApi(app: CityApp): void {
  app.openapi(listModules, async (c) => {
    const { modules } = await readMarket(c.var.here);
    return c.json({ modules: modulesOf(modules).map(({ latest }) => latest) }, 200);
  });

  app.openapi(showModule, async (c) => {
    const { publisher, name } = c.req.valid("param");
    const { here, lang } = c.var;
    const { module, digest, party } = await offered(here, `${publisher}/${name}`, c.req.valid("query").version);
    const { manifest, parts } = module;
    const asks = asksOf(parts).map(({ id, class: of, isOptional, purpose, to }) => ({
      ...{ id, class: of, isOptional, purpose },
      ...(to ? { to: [...to] } : {}),
    }));
    const facts = {
      digest,
      manifest,
      parts,
      publisher: party,
      says: saysOf(module, lang),
      label: labelOf(module),
      asks,
    };
    return c.json(facts, 200);
  });

  app.openapi(listInstalls, async (c) => c.json({ installs: await installStore(c.var.here).list() }, 200));

  app.openapi(newInstall, async (c) => {
    const { created, install } = await take(c.var.here, c.req.valid("json"), whoId(c.var.who));
    return c.json(install, created ? 201 : 200);
  });

  const found = (c: { var: { here?: Here } }, id: string) => installStore(c.var.here as Here).get(id);

  app.openapi(showInstall, async (c) => c.json(await found(c, c.req.valid("param").id), 200));

  app.openapi(newTrial, async (c) => {
    const install = await found(c, c.req.valid("param").id);
    return c.json(await tryOut(c.var.here, install, c.req.valid("json").version, whoId(c.var.who)), 200);
  });

  app.openapi(newState, async (c) => {
    const install = await found(c, c.req.valid("param").id);
    return c.json(await step(c.var.here, install, c.req.valid("json").to, whoId(c.var.who)), 200);
  });

  app.openapi(newApproval, async (c) => {
    const install = await found(c, c.req.valid("param").id);
    const { here, who } = c.var;
    return c.json(await agree(here, install, c.req.valid("json").version, whoId(who), approversRoles(who)), 200);
  });

  app.openapi(listRuns, async (c) => {
    const { id } = await found(c, c.req.valid("param").id);
    const { runs, ...rest } = await runStore(c.var.here).runs(id, c.req.valid("query"));
    return c.json({ runs: runs.map(toldOf), ...rest }, 200);
  });

  app.openapi(listEffects, async (c) => {
    const { id } = await found(c, c.req.valid("param").id);
    return c.json(await runStore(c.var.here).runs(id, c.req.valid("query")), 200);
  });

  app.openapi(listRows, async (c) => {
    const { id, table } = c.req.valid("param");
    return c.json(await ownRows(c.var.here).page(await found(c, id), table, c.req.valid("query")), 200);
  });

  app.openapi(newVersion, async (c) => {
    const install = await found(c, c.req.valid("param").id);
    return c.json(await chooseVersion(c.var.here, install, c.req.valid("json").version, whoId(c.var.who)), 200);
  });

  app.openapi(newSettings, async (c) => {
    const install = await found(c, c.req.valid("param").id);
    return c.json(await choose(c.var.here, install, c.req.valid("json"), whoId(c.var.who)), 200);
  });

  app.openapi(showLost, async (c) => {
    const install = await found(c, c.req.valid("param").id);
    if (!install.previous) throw absent();
    return c.json(await lostByGoingBack(c.var.here, install), 200);
  });

  app.openapi(rollback, async (c) => {
    const install = await found(c, c.req.valid("param").id);
    return c.json(await goBack(c.var.here, install, whoId(c.var.who), c.req.valid("query").seen), 200);
  });

  app.openapi(removal, async (c) => {
    const install = await found(c, c.req.valid("param").id);
    const isGone = await remove(c.var.here, install, whoId(c.var.who));
    return isGone ? c.body(null, 204) : c.body(null, 202);
  });

  app.openapi(newErasure, async (c) => {
    const { here } = c.var;
    await here.commit([erasure(here, c.req.valid("json").ids)]);
    return c.body(null, 202);
  });

  app.openapi(listRecords, async (c) => {
    const { install, limit, cursor } = c.req.valid("query");
    return c.json(await installStore(c.var.here).records({ id: install, limit, cursor }), 200);
  });
}
