import { z } from "@hono/zod-openapi";
import { Id } from "../../../shared/ids.ts";
import { LANGS } from "../../../shared/texts.ts";

/** What somebody would like the city to publish. */
export const NewDataRequest = z
  .strictObject({
    title: z.string().trim().min(3).max(120),
    /** What for, and what it should hold. */
    text: z.string().trim().max(2_000).default(""),
    /** Where the answer shall go; forgotten once it was sent. */
    email: z.email().max(200).optional(),
  })
  .meta({ id: "NewDataRequest" });
export type NewDataRequest = z.infer<typeof NewDataRequest>;

/** Nobody sees a new one before the city has looked at it. */
export const RequestState = z
  .enum(["new", "open", "planned", "published", "declined"])
  .meta({ id: "DataRequestState" });
export type RequestState = z.infer<typeof RequestState>;

export const DataRequest = z
  .object({
    id: Id("dreq"),
    title: z.string(),
    text: z.string(),
    state: RequestState,
    votes: z.int().nonnegative(),
    createdAt: z.iso.datetime(),
    /** What the city says to it. */
    answer: z.string().optional(),
    /** The dataset that it became, by its address. */
    dataset: z.string().optional(),
  })
  .meta({ id: "DataRequest" });
export type DataRequest = z.infer<typeof DataRequest>;

export const KeptRequest = DataRequest.extend({
  email: z.string().optional(),
  lang: z.enum(LANGS),
});
export type KeptRequest = z.infer<typeof KeptRequest>;

export const RequestAnswer = z
  .strictObject({
    state: RequestState.exclude(["new"]),
    answer: z.string().trim().max(1_000).default(""),
    dataset: z.string().max(80).optional(),
  })
  .meta({ id: "DataRequestAnswer" });
export type RequestAnswer = z.infer<typeof RequestAnswer>;
