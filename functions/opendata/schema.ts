import { z } from "@hono/zod-openapi";
import { Id } from "../../shared/ids.ts";
import { Card } from "./card/schema.ts";

export { Card } from "./card/schema.ts";

export const ColumnType = z.enum(["text", "integer", "number", "boolean", "date", "datetime"]);
export type ColumnType = z.infer<typeof ColumnType>;

/** Where a column's values come from. */
export const Origin = z.enum(["given", "observed", "derived", "bought"]).meta({ id: "ColumnOrigin" });
export type Origin = z.infer<typeof Origin>;

/** What a column says about people. A quasi-identifier names nobody, but several of them together may. */
export const Personal = z
  .enum(["no", "count_of_people", "quasi_identifier", "sensitive", "direct_identifier"])
  .meta({ id: "ColumnPersonal" });
export type Personal = z.infer<typeof Personal>;

export const Column = z
  .object({
    name: z.string(),
    type: ColumnType,
    /** What people call it. */
    title: z.string().optional(),
    /** Its instants have no zone: they are what a clock there showed. */
    isLocal: z.literal(true).optional(),
    /** What it holds, in words: the data dictionary. */
    description: z.string().optional(),
    /** Both are missing from versions that were published before columns were tagged, and from no other. */
    origin: Origin.optional(),
    personal: Personal.optional(),
  })
  .meta({ id: "Column" });
export type Column = z.infer<typeof Column>;

/** What was made coarser so that nobody can be told from so few others. `by` is the width, or the signs that are kept. */
export const Generalised = z
  .object({
    column: z.string(),
    to: z.enum(["band", "digits", "month", "year", "decade", "prefix", "common", "grid", "withheld"]),
    by: z.number().optional(),
  })
  .meta({ id: "Generalised" });
export type Generalised = z.infer<typeof Generalised>;

/** How the people that a version is about are protected. */
export const Protection = z
  .object({
    /** No group of people who look alike in the quasi-identifiers has fewer; no count of people above 0 is less. */
    k: z.int(),
    generalised: z.array(Generalised),
    /** Rows of smaller groups, which are not published. */
    rowsWithheld: z.int(),
    /** Counts of people that are not published. */
    cellsWithheld: z.int(),
  })
  .meta({ id: "Protection" });
export type Protection = z.infer<typeof Protection>;

/** The timetable (GTFS) that a version is a table of. The published tables of a feed together are that feed again. */
export const FeedTable = z
  .object({
    /** Of all that the feed says. */
    digest: z.string(),
    table: z.string(),
    tables: z.array(z.string()),
    /** Its columns as the feed calls them; missing where the version is not all that the feed's table says. */
    columns: z.array(z.string()).optional(),
  })
  .meta({ id: "FeedTable" });
export type FeedTable = z.infer<typeof FeedTable>;

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
    /** Whether words are found by an index; without one, in the rows themselves. */
    hasWords: z.literal(true).optional(),
    /** SHA-256 of its Parquet file, which is what is kept. */
    digest: z.string(),
    bytes: z.int().nonnegative(),
    /** The end of that file, which says by which digests each of its parts is to be trusted. */
    footer: z.object({ bytes: z.int().positive(), digest: z.string() }),
    /** The folder that it lies in. */
    file: z.string(),
    /** The first and last day in its first column of days or instants, where it has one. */
    period: z.tuple([z.string(), z.string()]).optional(),
    /** Cells that hold nothing; not known of versions that were published before it was counted. */
    empty: z.int().nonnegative().optional(),
    /** Only where it is about people. */
    protection: Protection.optional(),
    /** Only where it was read from a timetable. */
    feed: FeedTable.optional(),
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
