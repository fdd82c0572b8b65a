import { z } from "zod";
import { Currency } from "../../shared/money.ts";
import { FieldName, PartId } from "./dataset.ts";
import { RulePart } from "./hooks.ts";
import { CONTRACT } from "./manifest.ts";
import { ModuleName, Version } from "./names.ts";
import { ProcedurePart } from "./procedure.ts";
import { Words } from "./words.ts";

// What a city needs, with the proof that would show it and none of the parts; and what a publisher answers.

/** What an answer must show. Each is worked by the engine that works a module's own examples. */
export const Case = z
  .discriminatedUnion("kind", [
    /** A rule or a program, told this event with these rows, proposes exactly these effects. */
    z.strictObject({
      kind: z.literal("acts"),
      /** Such as `meters.readings_kept.v1`; `event` is what it tells. */
      on: z.string().min(3).max(60),
      ...RulePart.shape.proof.element.shape,
    }),
    /** A procedure with these answers comes to this fee and this state. */
    z.strictObject({ kind: z.literal("procedure"), ...ProcedurePart.shape.proof.element.shape }),
    /** A month of so much, Wh or litres, comes to this total with VAT. */
    z.strictObject({
      kind: z.literal("tariff"),
      name: z.string().min(1).max(80),
      of: z.enum(["electricity", "water", "gas"]),
      currency: Currency,
      quantity: z.int().min(0).max(1e12),
      totalMinor: z.int(),
    }),
    /** An indicator over these rows, by the ids of tables, comes to this figure. */
    z.strictObject({
      kind: z.literal("indicator"),
      name: z.string().min(1).max(80),
      rows: z.record(PartId, z.array(z.record(FieldName, z.unknown())).max(500)),
      value: z.number(),
      tolerance: z.number().min(0).default(0),
    }),
  ])
  .meta({ id: "NeedCase" });
export type Case = z.infer<typeof Case>;

export const NeedState = z.enum(["open", "closed", "withdrawn"]);
export type NeedState = z.infer<typeof NeedState>;

export const Need = z
  .strictObject({
    contract: z.literal(CONTRACT),
    /** `city/need`; the city is the party that signs. */
    name: ModuleName,
    title: Words(80),
    /** What shall be better for whom. */
    promise: Words(2_000),
    /** What the city is ready to grant; whoever asks for more does not fit. */
    scopes: z.array(z.strictObject({ scope: z.string().min(3).max(60), purpose: Words(200) })).max(20),
    cases: z
      .array(Case)
      .min(1)
      .max(20)
      .refine(
        (cases) => new Set(cases.map(({ name }) => name)).size === cases.length,
        "each case has a name of its own",
      ),
    budget: z.strictObject({ amountMinor: z.int().min(0).max(1e12), currency: Currency }),
    /** Answers that come later are shown as late. */
    deadline: z.iso.datetime(),
    state: NeedState,
    signedAt: z.iso.datetime(),
  })
  .meta({ id: "Need" });
export type Need = z.infer<typeof Need>;
export const NEED_TYPE = "application/vnd.hansa.need.v1+json";

/** A module of its publisher's that meets a need. */
export const Answer = z
  .strictObject({
    contract: z.literal(CONTRACT),
    need: ModuleName,
    module: ModuleName,
    version: Version,
    says: Words(1_000).optional(),
    signedAt: z.iso.datetime(),
  })
  .meta({ id: "NeedAnswer" });
export type Answer = z.infer<typeof Answer>;
export const ANSWER_TYPE = "application/vnd.hansa.answer.v1+json";
