import { createRoute, z } from "@hono/zod-openapi";
import { absentIsNone, Fault, invalid } from "../../shared/errors.ts";
import { factOf, type Told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { faults, json, jsonBody } from "../../shared/http.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { canonical } from "../contract/canonical.ts";
import { FieldName } from "../contract/dataset.ts";
import { Effects, type RemotePart } from "../contract/hooks.ts";
import type { Part } from "../contract/parts.ts";
import { prepared, RunRefused, readFor, rowsIn } from "./checking.ts";
import { configOf } from "./domain.ts";
import { givenAfter, givenTo } from "./given.ts";
import { heedAtUse } from "./heeding.ts";
import { demandSameStanding, readRemoteToken } from "./remote-token.ts";
import type { Refused, Run, Spent } from "./run-schema.ts";
import { RUNS_FAILED_MAX, runStore, spentAfter } from "./run-store.ts";
import type { Install } from "./schema.ts";
import { suspend } from "./steps.ts";
import { installStore } from "./store.ts";

// What a vendor's service may ask back about an event that it was told of: the same reads and effects, by the same
// checks, as a program has that runs in the city.

const Read = z.strictObject({
  /** The name of a read that the part declares. */
  read: FieldName,
});
const Rows = z.object({ rows: z.array(z.record(z.string(), z.unknown())) }).meta({ id: "RemoteRows" });
const Proposed = z.strictObject({ effects: Effects }).meta({ id: "RemoteEffects" });
const Done = z
  .object({
    outcome: z.enum(["done", "shadow"]),
    /** Those that were done, or in shadow would have been: what the city declined is left out. */
    effects: z.int(),
  })
  .meta({ id: "RemoteOutcome" });

// The token is no city’s session and no program’s key: these two routes look at it themselves.
const open = { middleware: needs("public"), ...secured("public") };
const refused = faults("malformed", "unauthenticated", "conflict", "invalid", "too_many");

const readRoute = createRoute({
  method: "post",
  path: "/v1/remote/reads",
  summary:
    "For a module’s own service: what it may read about an event that it was told of, by the token of that delivery",
  ...open,
  request: { body: jsonBody(Read) },
  responses: { 200: json(Rows, "Rows, as filtered by what is granted"), ...refused },
});
const effectsRoute = createRoute({
  method: "post",
  path: "/v1/remote/effects",
  summary: "For a module’s own service: what the city should do about an event, all of it or nothing, once",
  ...open,
  request: { body: jsonBody(Proposed) },
  responses: { 200: json(Done, "Done; in shadow written down"), ...refused },
});

interface Caller {
  install: Install;
  part: RemotePart;
  parts: readonly Part[];
  fact: Told;
  /** What of its day is spent, and whether it dealt with the event. */
  standing: { isDone: boolean; spent: Spent };
}

/** @throws {Fault} unauthenticated; too_many: its day's budget is spent */
async function callerOf(here: Here, authorization: string | undefined): Promise<Caller> {
  const token = await readRemoteToken(here, authorization);
  await heedAtUse(here);
  const gone = new Fault("unauthenticated", "This token’s module does not serve here now.");
  const install = await installStore(here).get(token.install).catch(absentIsNone);
  const store = runStore(here);
  if (!install || (install.state !== "active" && install.state !== "shadow")) throw gone;
  if (install.settings.until !== undefined && install.settings.until < store.today()) throw gone;
  const { parts } = (await installStore(here).opened(install)).module;
  const part = parts.find((one): one is RemotePart => one.kind === "remote" && one.id === token.part);
  if (!part || !install.settings.parts.includes(part.id)) throw gone;
  demandSameStanding(token, install, part);
  const event = await here.table.get({ pk: `EVENT#${token.event}`, sk: "EVENT" });
  if (!event) throw gone;
  const standing = await store.standing(install.id, part.id, token.event);
  if (standing.spent.runs >= part.budget.runsADay)
    throw new Fault("too_many", "The budget of this day is spent.", { retryAfterS: 3_600 });
  return { install, part, parts, fact: factOf(event), standing };
}

/** For what must hold when it is committed: the install as it was read, and its day with one run more. */
const counted = (here: Here, { install, part, standing: { spent } }: Caller, after: Spent): Write[] => [
  installStore(here).unchanged(install),
  runStore(here).dayWrite({ installId: install.id, part: part.id }, spent, after),
];

/** Another call of the same part was faster: this one is made again. */
const TRIES = 5;
async function inTurn<T>(
  here: Here,
  authorization: string | undefined,
  work: (caller: Caller) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work(await callerOf(here, authorization));
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (tries === TRIES) throw new Fault("conflict", "Something changed at this very moment. Ask again.");
    }
  }
}

async function read(here: Here, caller: Caller, name: string): Promise<Record<string, unknown>[]> {
  const { install, part, fact } = caller;
  const { spent } = caller.standing;
  const wanted = part.reads.find(({ as }) => as === name);
  if (!wanted) throw invalid("#/read", `It declares ${part.reads.map(({ as }) => as).join(", ") || "no read"}.`);
  const only = { ...part, reads: [wanted] };
  const rows = await readFor(here, install, only, fact).catch(refusedRun);
  if (!(name in rows)) throw invalid("#/read", "The city has declined this read.");
  const given = givenTo(only, install.version, install.settings.declined, rows).filter(
    ({ id }) => id === `${part.id}/${name}`,
  );
  await here.commit(counted(here, caller, { ...spent, runs: spent.runs + 1, given: givenAfter(spent.given, given) }));
  return rows[name] as Record<string, unknown>[];
}

function refusedRun(error: unknown): never {
  if (!(error instanceof RunRefused)) throw error;
  const { why, scope, detail } = error.refused;
  const what = [scope, detail].filter(Boolean).join(": ");
  throw new Fault("invalid", `Nothing was done: ${why}${what ? ` (${what})` : ""}.`, {
    errors: [{ pointer: "#/effects", detail: why }],
    why,
  });
}

/** Commits all that is proposed with its receipt, or nothing. The same again is the same; something else is a conflict. */
async function act(here: Here, caller: Caller, proposed: z.infer<typeof Effects>): Promise<z.infer<typeof Done>> {
  const { install, part, parts, fact, standing } = caller;
  const { spent } = standing;
  const before = standing.isDone ? await runStore(here).receipt(install.id, fact.id, part.id) : undefined;
  if (before) return sameAgain(before, caller, proposed);
  const startedMs = performance.now();
  const run = (more: Pick<Run, "outcome" | "effects" | "rows"> & { refused?: Refused }): Run => ({
    ...{ installId: install.id, part: part.id, version: install.version, eventId: fact.id, eventType: fact.type },
    ...{ at: here.clock.now().toISOString(), ms: Math.round((performance.now() - startedMs) * 100) / 100, ...more },
  });
  let rows = 0;
  try {
    if (spent.effects + proposed.length > part.budget.effectsADay) throw new RunRefused({ why: "too_much" });
    // What it may speak about is what the event and its reads name, whatever it has asked for before.
    const reads = await readFor(here, install, part, fact);
    rows = rowsIn(reads);
    const input = { event: fact.data, reads, config: configOf(part, install.settings), now: fact.time };
    const ready = await prepared({ here, install, part, parts, fact, input }, proposed);
    const outcome = install.state === "active" ? ("done" as const) : ("shadow" as const);
    const receipt = [
      installStore(here).unchanged(install),
      ...runStore(here).writesOf(run({ outcome, effects: ready.effects, rows }), spent, []),
    ];
    await (outcome === "done" ? here.commit([...receipt, ...ready.writes], ready.events) : here.commit(receipt));
    return { outcome, effects: ready.effects.length };
  } catch (error) {
    if (!(error instanceof RunRefused)) throw error;
    // No receipt: it may mend what it proposes. That it failed is counted.
    const failed = run({ outcome: "refused", refused: error.refused, rows, effects: [] });
    const after = spentAfter(spent, failed);
    await here.commit(counted(here, caller, after));
    if (after.failedInARow >= RUNS_FAILED_MAX) await suspend(here, install, "failing");
    return refusedRun(error);
  }
}

function sameAgain(before: Run, { install, part }: Caller, proposed: z.infer<typeof Effects>): z.infer<typeof Done> {
  const wanted = proposed.filter(
    ({ scope }) =>
      !(
        part.effects.some((one) => one.scope === scope && one.optional) &&
        install.settings.declined.includes(`${part.id}/${scope}`)
      ),
  );
  if (!Buffer.from(canonical(before.effects)).equals(canonical(wanted)))
    throw new Fault("conflict", "Something else was done about this event already.");
  return { outcome: before.outcome as "done", effects: before.effects.length };
}

export function remoteApi(app: CityApp): void {
  app.openapi(readRoute, async (c) => {
    const { here } = c.var;
    const rows = await inTurn(here, c.req.header("authorization"), (caller) =>
      read(here, caller, c.req.valid("json").read),
    );
    return c.json({ rows }, 200);
  });
  app.openapi(effectsRoute, async (c) => {
    const { here } = c.var;
    const done = await inTurn(here, c.req.header("authorization"), (caller) =>
      act(here, caller, c.req.valid("json").effects),
    );
    return c.json(done, 200);
  });
}
