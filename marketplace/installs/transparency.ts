import { createRoute, z } from "@hono/zod-openapi";
import { PeopleInOpenData } from "../../functions/opendata/events.ts";
import type { Here } from "../../shared/here.ts";
import { faults, json } from "../../shared/http.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import type { Lang } from "../../shared/texts.ts";
import { dayPlus } from "../../shared/time.ts";
import { type Ask, askSays, asksOf } from "../contract/asks.ts";
import { type HookPart, isHook } from "../contract/hooks.ts";
import { hostsReached, Label, labelOf } from "../contract/says.ts";
import { grantedOf, partsInUse } from "./domain.ts";
import { Given } from "./given.ts";
import { approversOf } from "./life.ts";
import { runStore } from "./run-store.ts";
import { type Install, InstallRecord, State, SuspendedFor } from "./schema.ts";
import { ifBroken, installStore } from "./store.ts";

// What the city's modules may know of its residents and what they were given, derived from grants and tallies alone.

/** What is granted, with its filter, grain, span and purpose. */
const Grant = z
  .object({
    id: z.string(),
    does: z.enum(["hear", "read", "effect"]),
    scope: z.string(),
    class: z.enum(["public", "operational", "household", "identity", "money"]),
    purpose: z.partialRecord(z.string(), z.string()),
    grain: z.string().optional(),
    days: z.int().optional(),
    /** All of it in a sentence. */
    says: z.string(),
  })
  .meta({ id: "TransparencyGrant" });

const Deed = InstallRecord.pick({ at: true, version: true, what: true, why: true }).extend({
  /** The house by itself, or somebody of the city's. */
  by: z.enum(["house", "city"]),
});

const ModuleSeen = z
  .object({
    module: z.string(),
    titles: z.partialRecord(z.string(), z.string()),
    publisher: z.string(),
    version: z.string(),
    state: State,
    suspendedFor: SuspendedFor.optional(),
    takenAt: z.iso.datetime(),
    activeSince: z.iso.datetime().optional(),
    /** The last day of what is granted. */
    until: z.iso.date().optional(),
    /** What code runs, and where; unknown where the city's copy was changed, which is not used. */
    label: Label.optional(),
    /** Where data leave to. */
    hosts: z.array(z.string()),
    grants: z.array(Grant),
    /** Who agreed to exactly this: roles, no names. Of old approvals the roles were not kept. */
    approvals: z.array(z.object({ at: z.iso.datetime(), roles: z.array(z.string()) })),
    /** What it was given of residents' data, by day, the latest first. */
    given: z.array(z.object({ day: z.iso.date(), given: z.array(Given) })),
    history: z.array(Deed),
  })
  .meta({ id: "TransparencyModule" });
export type ModuleSeen = z.infer<typeof ModuleSeen>;

export const Transparency = z
  .object({
    /** Tallies are kept for so many days. */
    days: z.int(),
    modules: z.array(ModuleSeen),
    /** What the city itself promises where its open data is about people. */
    openData: PeopleInOpenData.answer,
    next: z.string().optional(),
  })
  .meta({ id: "Transparency" });
export type Transparency = z.infer<typeof Transparency>;

export const DAYS_KEPT = 90;
const MODULES_MAX = 20;
const DEEDS_SHOWN = 20;

/**
 * @param cursor  the module after which to go on
 * @param days    so far back what was given is told
 */
export async function transparency(here: Here, lang: Lang, days: number, cursor?: string): Promise<Transparency> {
  const all = (await installStore(here).list()).filter(({ state }) => state !== "trial");
  const left = all.filter(({ module }) => cursor === undefined || module > cursor);
  const shown = left.slice(0, MODULES_MAX);
  const from = dayPlus(runStore(here).today(), 1 - days);
  const [modules, openData] = await Promise.all([
    Promise.all(shown.map((install) => moduleSeen(here, install, lang, from))),
    here.ask(PeopleInOpenData, {}),
  ]);
  const next = left.length > shown.length ? shown.at(-1)!.module : undefined;
  return { days, modules, openData, ...(next === undefined ? {} : { next }) };
}

async function moduleSeen(here: Here, install: Install, lang: Lang, from: string): Promise<ModuleSeen> {
  const { id, module, publisher, version, state, suspendedFor, createdAt, activeSince, settings } = install;
  const store = installStore(here);
  const [opened, given, { records }] = await Promise.all([
    store.opened(install).catch(ifBroken),
    runStore(here).given(id, from),
    store.records({ id, limit: DEEDS_SHOWN }),
  ]);
  const parts = opened ? partsInUse(opened.module, settings) : [];
  const asks = grantedOf(settings, parts);
  const agreed = new Set(approversOf(install, asks));
  // The latest word of each person that counts for what is granted now.
  const approvals = [...agreed].map((by) => install.approvals.findLast((one) => one.by === by)!);
  return {
    ...{ module, publisher, version, state, takenAt: createdAt, given },
    titles: opened?.module.manifest.title ?? { und: module },
    ...(suspendedFor ? { suspendedFor } : {}),
    ...(activeSince === undefined ? {} : { activeSince }),
    ...(settings.until === undefined ? {} : { until: settings.until }),
    ...(opened ? { label: labelOf({ parts }) } : {}),
    hosts: hostsReached({ parts }),
    grants: parts.filter(isHook).flatMap((part) => grantsOf(part, asks, lang)),
    approvals: approvals.map(({ at, roles = [] }) => ({ at, roles })),
    history: records.map(({ at, version: then, what, why, by }) => ({
      ...{ at, version: then, what, by: by === "house" ? ("house" as const) : ("city" as const) },
      ...(why ? { why } : {}),
    })),
  };
}

function grantsOf(part: HookPart, granted: readonly Ask[], lang: Lang) {
  const isGranted = ({ id }: Ask) => granted.some((one) => one.id === id);
  return asksOf([part])
    .filter(isGranted)
    .map((ask) => {
      const { id, does, scope, class: of, purpose, grain, days } = ask;
      return Grant.parse({ id, does, scope, class: of, purpose, grain, days, says: askSays(ask, part, lang) });
    });
}

const route = createRoute({
  method: "get",
  path: "/v1/transparency",
  summary: "What modules may know of residents, what they were given by day and for what, and what the city promises",
  middleware: needs("public"),
  ...secured("public"),
  request: {
    query: z.object({
      days: z.coerce.number().int().min(1).max(DAYS_KEPT).default(DAYS_KEPT),
      cursor: z.string().max(200).optional(),
    }),
  },
  responses: { 200: json(Transparency, "By module"), ...faults("invalid") },
});

export function transparencyApi(app: CityApp): void {
  app.openapi(route, async (c) => {
    c.header("Access-Control-Allow-Origin", "*");
    const { days, cursor } = c.req.valid("query");
    return c.json(await transparency(c.var.here, c.var.lang, days, cursor), 200);
  });
}
