import { z } from "@hono/zod-openapi";
import { Id } from "../../shared/ids.ts";
import { Effect } from "../contract/hooks.ts";
import { Version } from "../contract/manifest.ts";
import { Given } from "./given.ts";

/**
 * Why a run was refused as a whole. The first five are the sandbox's; `not_effects`: it answered something else;
 * `not_granted`: an effect that it did not ask for; `bad_fields`: with other fields than the effect has; `not_named`:
 * about something that neither the event nor a read named; `not_there`: about what is not there; `too_much`: more
 * than the budget of a day, or more rows than a run may read.
 */
export const Why = z.enum([
  ...(["code", "time", "memory", "output", "busy"] as const),
  ...(["not_effects", "not_granted", "bad_fields", "not_named", "not_there", "too_much"] as const),
]);
export type Why = z.infer<typeof Why>;

export const Refused = z.object({
  why: Why,
  /** Which of the scopes that it asks for: never a word of its own, which could hold what it read. */
  scope: z.string().optional(),
  /** Its own words and values: for the city's staff alone. */
  detail: z.string().max(400).optional(),
});
export type Refused = z.infer<typeof Refused>;

/** One run, which is also its receipt: for one event and part there is one. */
export const Run = z
  .object({
    installId: Id("ins"),
    part: z.string(),
    version: Version,
    eventId: z.string(),
    eventType: z.string(),
    at: z.iso.datetime(),
    /** `shadow`: what it would have done was written down, and not done. */
    outcome: z.enum(["done", "shadow", "refused"]),
    refused: Refused.optional(),
    ms: z.number(),
    rows: z.int(),
    effects: z.array(Effect),
  })
  .meta({ id: "ModuleRun" });
export type Run = z.infer<typeof Run>;

/** What its publisher may see of a run: no data, no id, no word of the code's own. */
export const RunTold = z
  .object({
    part: z.string(),
    version: Version,
    eventType: z.string(),
    at: z.iso.datetime(),
    outcome: Run.shape.outcome,
    why: Why.optional(),
    scope: z.string().optional(),
    ms: z.number(),
    rows: z.int(),
    effects: z.record(z.string(), z.int()),
  })
  .meta({ id: "ModuleRunTold" });
export type RunTold = z.infer<typeof RunTold>;

export function toldOf({ part, version, eventType, at, outcome, refused, ms, rows, effects }: Run): RunTold {
  const counts: Record<string, number> = {};
  // Of a run that was refused nothing was checked: what it called its effects may be anything.
  if (outcome !== "refused") for (const { scope } of effects) counts[scope] = (counts[scope] ?? 0) + 1;
  return {
    // Its time could be made to say something: it is told in whole milliseconds.
    ...{ part, version, eventType, at, outcome, ms: Math.ceil(ms), rows, effects: counts },
    ...(refused ? { why: refused.why } : {}),
    ...(refused?.scope === undefined ? {} : { scope: refused.scope }),
  };
}

/** What a part did on one day of the city, and what is left of its budget. */
export const Spent = z.object({
  runs: z.int(),
  effects: z.int(),
  ms: z.number(),
  /** One after the other, until one succeeds. */
  failedInARow: z.int(),
  /** What it was given of residents' data. */
  given: z.array(Given).default([]),
});
export type Spent = z.infer<typeof Spent>;
export const NOTHING_SPENT: Spent = { runs: 0, effects: 0, ms: 0, failedInARow: 0, given: [] };
