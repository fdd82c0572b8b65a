import { z } from "@hono/zod-openapi";
import { Id } from "../../shared/ids.ts";

export const ColumnType = z.enum(["text", "integer", "number", "boolean", "date", "datetime"]);
export type ColumnType = z.infer<typeof ColumnType>;

export const Column = z
  .object({
    name: z.string(),
    type: ColumnType,
    /** What people call it. */
    title: z.string().optional(),
    /** Its instants have no zone: they are what a clock there showed. */
    isLocal: z.literal(true).optional(),
  })
  .meta({ id: "Column" });
export type Column = z.infer<typeof Column>;

/** What a catalogue card says; asked of whoever publishes. */
export const Card = z
  .strictObject({
    title: z.string().min(1).max(120),
    description: z.string().max(2_000).default(""),
    licence: z.string().min(1).max(80),
    source: z.string().min(1).max(200),
  })
  .meta({ id: "DatasetCard" });
export type Card = z.infer<typeof Card>;

export const Version = z
  .object({
    number: z.int().positive(),
    publishedAt: z.iso.datetime(),
    rows: z.int().nonnegative(),
    columns: z.array(Column),
    /** West, south, east, north in degrees (WGS 84), where there are places. */
    bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]).optional(),
    /** Whether its rows have places, be they all empty. */
    hasPlaces: z.boolean(),
    /** SHA-256 of its Parquet file, which is what is kept. */
    digest: z.string(),
    bytes: z.int().nonnegative(),
    /** The end of that file, which says by which digests each of its parts is to be trusted. */
    footer: z.object({ bytes: z.int().positive(), digest: z.string() }),
    /** The folder that it lies in. */
    file: z.string(),
  })
  .meta({ id: "DatasetVersion" });
export type Version = z.infer<typeof Version>;

/** A table of an installed module, as `publisher/module/part`. */
export const TableName = z.string().max(200);

export const Dataset = z
  .object({
    id: Id("ds"),
    slug: z.string(),
    card: Card,
    /** The module's table that it fills: each version is as the module wants it, and its indicators read it. */
    fills: TableName.optional(),
    latest: Version,
  })
  .meta({ id: "Dataset" });
export type Dataset = z.infer<typeof Dataset>;

export const Cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type Cell = z.infer<typeof Cell>;

/** Who may put data before the public. */
export const WRITE = "opendata.datasets:write";
export const publishers = ["agent", "data_officer", "administrator", `scope:${WRITE}`] as const;
