import { z } from "@hono/zod-openapi";
import { Envelope } from "../contract/dsse.ts";
import { Case, Need } from "../contract/need.ts";
import { OwnName } from "../peers/schema.ts";

export const NewNeed = z
  .strictObject({
    name: OwnName,
    title: Need.shape.title,
    promise: Need.shape.promise,
    scopes: Need.shape.scopes.default([]),
    /** The contract says what a case is; each is checked by it. */
    cases: z
      .array(z.looseObject({ kind: z.string(), name: z.string() }))
      .min(1)
      .max(20),
    budget: Need.shape.budget,
    deadline: Need.shape.deadline,
    contact: z.email().max(200),
  })
  .meta({ id: "NewNeed" });
export type NewNeed = z.infer<typeof NewNeed>;
export const Cases = z.array(Case);

export const NeedChange = z
  .strictObject({ state: z.enum(["closed", "withdrawn"]), contact: z.email().max(200) })
  .meta({ id: "NeedChange" });

/** What a city said it needs, with the envelopes that its marketplace takes. */
export const SignedNeed = z
  .object({
    name: Need.shape.name,
    state: Need.shape.state,
    signedAt: Need.shape.signedAt,
    need: z.looseObject({}),
    party: Envelope,
    envelope: Envelope,
  })
  .meta({ id: "SignedNeed" });
export type SignedNeed = z.infer<typeof SignedNeed>;
