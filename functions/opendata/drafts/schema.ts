import { z } from "@hono/zod-openapi";
import { Id } from "../../../shared/ids.ts";
import { Reading } from "../formats/converting.ts";
import { Note } from "../formats/note.ts";
import { FORMATS } from "../formats/source.ts";
import { Card, Cell, Column, Origin, Personal, TableName, Version } from "../schema.ts";

const Longitude = z.number().min(-180).max(180);
const Latitude = z.number().min(-90).max(90);

/** How the file is to be read where its maker knows better than we guess. */
export const Hints = z
  .strictObject({
    encoding: z.string().min(1).max(40).optional(),
    delimiter: z.string().length(1).optional(),
    decimal: z.enum([".", ","]).optional(),
    header: z.boolean().optional(),
    layer: z.string().min(1).max(200).optional(),
    epsg: z.int().min(1024).max(999_999).optional(),
    area: z.tuple([Longitude, Latitude, Longitude, Latitude]).optional(),
  })
  .meta({ id: "FileHints" });
export type Hints = z.infer<typeof Hints>;

/** What is to be made of one column of the file; what is left out stays as it was found. */
export const Correction = z
  .strictObject({
    /** What the file calls it. */
    from: z.string().min(1).max(200),
    name: z.string().trim().min(1).max(120).optional(),
    title: z.string().trim().max(200).optional(),
    /** What it holds, in words: the data dictionary. */
    description: z.string().trim().max(1_000).optional(),
    origin: Origin.optional(),
    personal: Personal.optional(),
    reading: Reading.optional(),
    /** The column is not published. */
    isLeftOut: z.boolean().optional(),
  })
  .meta({ id: "ColumnCorrection" });
export type Correction = z.infer<typeof Correction>;

export const Corrections = z
  .strictObject({
    hints: Hints.optional(),
    columns: z.array(Correction).max(500).optional(),
    /** Rows with mistakes are not published, and the draft says how many. */
    leavesOutWrong: z.boolean().optional(),
    /** What holds of all columns that are not tagged one by one: `none` is about people, or it is as proposed. */
    personal: z.enum(["none", "as_proposed"]).optional(),
  })
  .meta({ id: "DraftCorrections" });
export type Corrections = z.infer<typeof Corrections>;

/** How the file of the version before was read: the first proposal for the next one's. */
export const Remembered = z.object({
  /** Hints hold for files of this kind alone. */
  format: z.enum(FORMATS),
  hints: Hints.optional(),
  columns: z.array(Correction).max(500).optional(),
});
export type Remembered = z.infer<typeof Remembered>;

export const NewDraft = Card.extend({
  upload: Id("upl"),
  /** The dataset whose next version it is, by its address. */
  updates: z.string().max(80).optional(),
  fills: TableName.optional(),
  ...Corrections.shape,
}).meta({ id: "NewDraft" });

export const DraftChange = Corrections.extend({ card: Card.optional() }).meta({ id: "DraftChange" });
export type DraftChange = z.infer<typeof DraftChange>;

export const DraftColumn = Column.extend({
  from: z.string(),
  reading: Reading,
  /** Its tags are a proposal, which somebody must confirm before it can be published. */
  isProposed: z.literal(true).optional(),
}).meta({ id: "DraftColumn" });
export type DraftColumn = z.infer<typeof DraftColumn>;

/** A row, or a cell of it, that cannot be published as it is. */
export const Mistake = z.object({
  /** A JSON pointer into the file; `#` is the whole. */
  at: z.string(),
  says: z.union([Note, z.string()]),
});
export type Mistake = z.infer<typeof Mistake>;

export const Progress = z.object({
  rows: z.int(),
  /** How much of the work is done, from 0 to 1. */
  share: z.number(),
});
export type Progress = z.infer<typeof Progress>;

const Found = z.object({
  format: z.enum(FORMATS),
  layers: z.array(z.string()),
  used: Hints,
  columns: z.array(DraftColumn),
  /** Columns of the file that are not published. */
  leftOut: z.array(z.string()),
  rows: z.int(),
  places: z.int(),
  notes: z.array(Note),
  sample: z.array(z.record(z.string(), Cell)),
  mistakes: z.array(Mistake),
  /** In all; the first of them are listed. */
  mistaken: z.int(),
  protection: Version.shape.protection,
});
/** What reading a file gave. */
export type Found = z.infer<typeof Found>;

/** What is kept of a version beside what its draft shows. */
export const Stored = Version.omit({ number: true, publishedAt: true, columns: true });
export type Stored = z.infer<typeof Stored>;

/** A draft as it is kept. */
export const Kept = z.object({
  id: Id("ds"),
  slug: z.string(),
  card: Card,
  fills: TableName.optional(),
  isUpdate: z.boolean(),
  upload: z.string(),
  corrections: Corrections,
  /** Tagged columns of the version before, whose tags go on where nobody says another. */
  before: z.array(Column).optional(),
  /** Until it was read, and what of it fits is among its corrections. */
  remembered: Remembered.optional(),
  /** Counts how often it was read: only the last reading counts. */
  attempt: z.int(),
  /** The reading that a harvest asked for: while it is the last one, nobody has worked on the draft. */
  harvested: z.int().optional(),
  state: z.enum(["reading", "ready", "wrong", "refused"]),
  found: Found.optional(),
  /** Why the file cannot be read at all, and where. */
  refusal: z.array(Mistake).optional(),
  stored: Stored.optional(),
  expiresAt: z.iso.datetime(),
});
export type Kept = z.infer<typeof Kept>;

const Said = z.object({ pointer: z.string(), detail: z.string() });
/** What would be published: nothing of it is public yet. */
export const Draft = z
  .object({
    id: Id("ds"),
    slug: z.string(),
    card: Card,
    fills: TableName.optional(),
    state: Kept.shape.state,
    progress: Progress.optional(),
    ...Found.partial().shape,
    columns: z.array(DraftColumn),
    rows: z.int(),
    places: z.int(),
    notes: z.array(z.string()),
    sample: z.array(z.record(z.string(), Cell)),
    /** Row by row: the first of them. A draft that has any cannot be published. */
    mistakes: z.array(Said),
    mistaken: z.int(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: "DatasetDraft" });
export type Draft = z.infer<typeof Draft>;
