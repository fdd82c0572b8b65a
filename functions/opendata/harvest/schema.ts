import { z } from "@hono/zod-openapi";
import { Id } from "../../../shared/ids.ts";
import { Corrections, DraftColumn } from "../drafts/schema.ts";
import { Card, Cell, TableName } from "../schema.ts";
import { Why } from "./mistakes.ts";

/** What is at the address: one file, one collection, one package; or a catalogue, whose datasets become sources. */
export const Kind = z.enum(["file", "ogc_features", "ckan", "ckan_catalogue", "dcat"]).meta({ id: "HarvestKind" });
export type Kind = z.infer<typeof Kind>;
export const isCatalogue = (kind: Kind): boolean => kind === "ckan_catalogue" || kind === "dcat";

/** When it is asked, by the city's clocks. */
export const Schedule = z
  .strictObject({
    every: z.enum(["once", "hour", "day", "week"]),
    /** Of the day, or of Mondays. */
    at: z
      .string()
      .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "a time of day such as 04:00")
      .default("04:00"),
  })
  .meta({ id: "HarvestSchedule" });
export type Schedule = z.infer<typeof Schedule>;

export const Address = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .meta({ example: "https://data.example.org/stops.csv" });

/** What the city itself says of it; the rest is taken from the source, where that says it. */
export const OwnCard = Card.partial().extend({ description: z.string().max(2_000).optional() });
export type OwnCard = z.infer<typeof OwnCard>;

export const NewSource = z
  .strictObject({
    kind: Kind,
    address: Address,
    schedule: Schedule,
    card: OwnCard.default({}),
    /** How its files are read, and what becomes of their columns; of a catalogue, of each of its datasets. */
    ...Corrections.shape,
    /** The dataset whose next versions it brings, by its address. */
    updates: z.string().max(80).optional(),
    fills: TableName.optional(),
    /** Publishes what has the same columns, no mistake, and tags that stand; else, and at first, somebody looks at it. */
    publishesItself: z.boolean().default(true),
  })
  .meta({ id: "NewHarvest" });
export type NewSource = z.infer<typeof NewSource>;

export const SourceChange = z
  .strictObject({
    schedule: Schedule.optional(),
    card: OwnCard.optional(),
    ...Corrections.shape,
    publishesItself: z.boolean().optional(),
    isPaused: z.boolean().optional(),
  })
  .meta({ id: "HarvestChange" });
export type SourceChange = z.infer<typeof SourceChange>;

/** A source as it is kept: what somebody decided. What came of it stands beside it. */
export const Source = NewSource.omit({
  updates: true,
  fills: true,
  hints: true,
  columns: true,
  leavesOutWrong: true,
  personal: true,
}).extend({
  id: Id("hrv"),
  corrections: Corrections,
  fills: TableName.optional(),
  /** The dataset that it brings, be it published yet or not. */
  datasetId: Id("ds"),
  isPaused: z.boolean(),
  /** The catalogue that lists it, what that says of it, and whether it still does. */
  parent: Id("hrv").optional(),
  said: OwnCard.optional(),
  isUnlisted: z.literal(true).optional(),
  /** Of a module: these hosts alone are asked. */
  hosts: z.array(z.string()).optional(),
  revision: z.int(),
  createdAt: z.iso.datetime(),
});
export type Source = z.infer<typeof Source>;

/** What came of asking a source once. */
export const Outcome = z.enum(["published", "left", "unchanged", "listed", "waiting", "failed"]);
export type Outcome = z.infer<typeof Outcome>;

/** Why a draft is not made public by itself. */
export const Left = z.enum(["first", "asked", "mistakes", "columns", "tags"]).meta({ id: "HarvestLeft" });
export type Left = z.infer<typeof Left>;

export const Run = z
  .object({
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime(),
    outcome: Outcome,
    /** Of what failed: why. */
    why: z.string().optional(),
    /** The same, so that pages can say it in each language. */
    mistake: Why.optional(),
    /** Of what was left for somebody to look at: why it is not public. */
    left: Left.optional(),
    bytes: z.int().optional(),
    rows: z.int().optional(),
    version: z.int().optional(),
    /** Of a catalogue: how many datasets it lists that can be read, and how many were left out. */
    listed: z.int().optional(),
    passedOver: z.int().optional(),
  })
  .meta({ id: "HarvestRun" });
export type Run = z.infer<typeof Run>;

/** What was last taken over, so that the same is not taken again. */
export const Seen = z.object({
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  /** SHA-256 of what came. */
  digest: z.string(),
  /** Digest of what the source says of it: made of other words or read in another way, the same is something else. */
  how: z.string(),
  /** The dataset's version when a draft was left; undefined once it is public. */
  leftAt: z.int().optional(),
});
export type Seen = z.infer<typeof Seen>;

export const Standing = z.object({
  /** In a row. */
  failures: z.int(),
  last: Run.optional(),
  seen: Seen.optional(),
});
export type Standing = z.infer<typeof Standing>;

/** A source as a caller sees it. */
export const ShownSource = Source.omit({ revision: true })
  .extend({
    /** The dataset's address, once it is public. */
    dataset: z.string().optional(),
    /** The draft that waits for somebody, by its id. */
    draft: Id("ds").optional(),
    isRunning: z.boolean(),
    nextAt: z.iso.datetime().optional(),
    failures: z.int(),
    last: Run.optional(),
  })
  .meta({ id: "Harvest" });
export type ShownSource = z.infer<typeof ShownSource>;

/** A dataset of a catalogue. */
export const Listed = z.object({ key: z.string(), kind: Kind, address: z.string(), card: OwnCard, format: z.string() });
export type Listed = z.infer<typeof Listed>;

/** What a source would bring: nothing of it is kept. */
export const Preview = z
  .object({
    card: OwnCard,
    bytes: z.int().optional(),
    format: z.string().optional(),
    rows: z.int().optional(),
    columns: z.array(DraftColumn).optional(),
    sample: z.array(z.record(z.string(), Cell)).optional(),
    notes: z.array(z.string()).optional(),
    mistakes: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
    mistaken: z.int().optional(),
    /** It is longer than what is read while somebody waits. */
    isLong: z.boolean().optional(),
    /** Of a catalogue: the first of its datasets that can be read. */
    listed: z.array(z.object({ title: z.string(), format: z.string(), address: z.string() })).optional(),
    listedInAll: z.int().optional(),
    passedOver: z.int().optional(),
  })
  .meta({ id: "HarvestPreview" });
export type Preview = z.infer<typeof Preview>;
