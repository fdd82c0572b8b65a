import { z } from "@hono/zod-openapi";
import { Id } from "../../shared/ids.ts";
import { Digest } from "../contract/canonical.ts";
import { Envelope } from "../contract/dsse.ts";
import { ModuleName } from "../contract/manifest.ts";
import { Words } from "../contract/words.ts";

export const PilotId = Id("plt");
const Figure = z.number().min(-1e15).max(1e15);
const Text = z.string().trim().min(1).max(200);
const Districts = z.array(Text).min(1).max(20);

/** By what the pilot is measured: a figure of each day and district, from a dataset that the city publishes. */
export const Metric = z.strictObject({
  titles: Words(80),
  unit: z.string().trim().min(1).max(20),
  dataset: z.string().min(1).max(80),
  dayColumn: Text,
  districtColumn: Text,
  /** In the language of formulas over `rows`, those of one day in the districts: `sum(row.litres of rows)`. */
  formula: z.string().trim().min(1).max(2_000),
  better: z.enum(["higher", "lower"]),
});

const day = z.iso.date();
/** All that is decided before the start; once two persons have signed it, nothing of it changes. */
export const Plan = z
  .strictObject({
    title: Words(80),
    /** What the city wants to find out, and for whom. */
    question: Words(1_000),
    /** The module that is tried; it is suspended when the pilot is stopped. */
    module: ModuleName.optional(),
    metric: Metric,
    pilotDistricts: Districts,
    controlDistricts: Districts,
    /** The first day that is compared with. */
    beforeOn: day,
    startOn: day,
    endOn: day,
    /** So much better, in the metric's unit, is what was hoped for. */
    wanted: z.number().positive().max(1e15),
    stop: z.strictObject({ when: z.enum(["above", "below"]), value: Figure, days: z.int().min(1).max(60) }),
  })
  .refine(({ beforeOn, startOn }) => beforeOn < startOn, { path: ["beforeOn"], error: "before the start" })
  .refine(({ startOn, endOn }) => startOn <= endOn, { path: ["endOn"], error: "not before the start" })
  .refine(({ pilotDistricts, controlDistricts }) => !controlDistricts.some((one) => pilotDistricts.includes(one)), {
    path: ["controlDistricts"],
    error: "a district is in the pilot or compared with, not both",
  })
  .meta({ id: "PilotPlan" });
export type Plan = z.infer<typeof Plan>;
export const PLAN_TYPE = "application/vnd.hansa.pilot.v1+json";
export const RESULT_TYPE = "application/vnd.hansa.pilot-result.v1+json";

const Sides = z.object({ pilot: z.number(), control: z.number() });
export const Result = z
  .object({
    reckonedAt: z.iso.datetime(),
    outcome: z.enum(["ended", "stopped"]),
    /** The last day that counts. */
    lastOn: day,
    verdict: z.enum(["reached", "not_reached", "unclear", "not_reckoned"]),
    /** Of what could not be reckoned: why. */
    why: z.string().optional(),
    days: z.object({ before: z.int(), after: z.int() }).optional(),
    before: Sides.optional(),
    after: Sides.optional(),
    effect: z.number().optional(),
    interval: z.object({ low: z.number(), high: z.number(), level: z.number() }).optional(),
    movedApart: z.boolean().optional(),
  })
  .meta({ id: "PilotResult" });
export type Result = z.infer<typeof Result>;

export const PilotState = z.enum(["draft", "fixed", "ended", "stopped"]);
export const Pilot = z
  .object({
    id: PilotId,
    state: PilotState,
    plan: Plan,
    signatures: z.array(z.object({ by: z.string(), at: z.iso.datetime() })),
    /** Of the plan, once it is fixed, and under the city's key. */
    digest: Digest.optional(),
    signed: Envelope.optional(),
    result: Result.optional(),
    signedResult: Envelope.optional(),
    revision: z.int(),
  })
  .meta({ id: "Pilot" });
export type Pilot = z.infer<typeof Pilot>;

/** What everybody sees: as what somebody signed is told, and no name. */
export const PublicPilot = Pilot.omit({ signatures: true, revision: true })
  .extend({ signedAt: z.array(z.iso.datetime()) })
  .meta({ id: "PublicPilot" });
