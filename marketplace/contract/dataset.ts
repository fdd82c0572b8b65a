import { z } from "zod";
import { typeOfField, valueIn } from "./converting.ts";
import { Harvest, harvestMistakes } from "./harvest.ts";
import type { Shape } from "./language/index.ts";
import { Licence } from "./manifest.ts";
import { Words } from "./words.ts";

/** The name of a part within its module, and of a column within its table. */
export const PartId = z.string().regex(/^[a-z](?:-?[a-z0-9]){1,39}$/, "small letters, digits and single hyphens");
export const FieldName = z.string().regex(/^[a-z][a-z0-9_]{0,59}$/, "small letters, digits and underscores");

// Frictionless Table Schema, without `pattern`: a publisher's regular expression could keep a city's server busy.
const Field = z.strictObject({
  name: FieldName,
  type: z.enum([
    "string",
    "integer",
    "number",
    "boolean",
    "date",
    "datetime",
    "time",
    "year",
    "yearmonth",
    "geopoint",
    "geojson",
  ]),
  title: Words(80).optional(),
  description: Words(300).optional(),
  /** Of figures: a unit as people write it, such as `kWh` or `µg/m³`. */
  unit: z.string().min(1).max(20).optional(),
  constraints: z
    .strictObject({
      required: z.boolean().optional(),
      unique: z.boolean().optional(),
      minimum: z.number().optional(),
      maximum: z.number().optional(),
      minLength: z.int().min(0).max(10_000).optional(),
      maxLength: z.int().min(0).max(10_000).optional(),
      enum: z.array(z.string().min(1).max(80)).min(1).max(200).optional(),
    })
    .optional(),
});
export type DatasetField = z.infer<typeof Field>;

/** The shape of a table that the city keeps, and its card in the city's open data catalogue. */
export const DatasetPart = z
  .strictObject({
    kind: z.literal("dataset"),
    id: PartId,
    title: Words(80),
    schema: z.strictObject({
      fields: z.array(Field).min(1).max(100),
      primaryKey: z.array(FieldName).min(1).max(5).optional(),
      missingValues: z.array(z.string().max(20)).max(10).optional(),
    }),
    card: z.strictObject({
      description: Words(2_000),
      licence: Licence,
      keywords: z.array(z.string().trim().min(1).max(40)).max(20).default([]),
      /** EU data theme (authority table), as DCAT-AP has it. */
      theme: z
        .enum([
          "AGRI",
          "ECON",
          "EDUC",
          "ENER",
          "ENVI",
          "GOVE",
          "HEAL",
          "INTR",
          "JUST",
          "OP_DATPRO",
          "REGI",
          "SOCI",
          "TECH",
          "TRAN",
        ])
        .optional(),
      /** EU frequency (authority table). */
      frequency: z
        .enum(["CONT", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "ANNUAL", "IRREG", "UNKNOWN"])
        .default("UNKNOWN"),
    }),
    /** What becomes of the rows that an older version wrote, by columns that are not as they were. */
    converts: z
      .record(
        FieldName,
        z.strictObject({
          /** What the column was called, also where it is of another type now. */
          from: FieldName.optional(),
          /** What it is in a row that has none. */
          otherwise: z.union([z.string().max(500), z.number(), z.boolean()]).optional(),
        }),
      )
      .optional(),
    /** Where its rows come from by themselves; without it the city fills the table. */
    harvest: Harvest.optional(),
  })
  .meta({ id: "DatasetPart" });
export type DatasetPart = z.infer<typeof DatasetPart>;

/** What is wrong with a table's shape beyond the schema. `at` is a path below the part. */
export function datasetMistakes(part: DatasetPart): { at: (string | number)[]; detail: string }[] {
  const names = part.schema.fields.map((field) => field.name);
  return [
    ...names.flatMap((name, i) =>
      names.indexOf(name) < i
        ? [{ at: ["schema", "fields", i, "name"], detail: `There are two fields named ${name}.` }]
        : [],
    ),
    ...(part.schema.primaryKey ?? []).flatMap((name, i) =>
      names.includes(name) ? [] : [{ at: ["schema", "primaryKey", i], detail: `There is no field named ${name}.` }],
    ),
    ...convertsMistakes(part),
    ...(part.harvest ? harvestMistakes(part.harvest, names) : []),
  ];
}

function convertsMistakes({ schema, converts = {} }: DatasetPart): { at: (string | number)[]; detail: string }[] {
  return Object.entries(converts).flatMap(([name, { from, otherwise }]) => {
    const field = schema.fields.find((one) => one.name === name);
    if (!field) return [{ at: ["converts", name], detail: `There is no field named ${name}.` }];
    if (from === undefined && otherwise === undefined)
      return [{ at: ["converts", name], detail: "Say from which column it comes, or what it is otherwise." }];
    return otherwise !== undefined && valueIn(field, otherwise) !== otherwise
      ? [{ at: ["converts", name, "otherwise"], detail: `It is no value of the type ${field.type}.` }]
      : [];
  });
}

/** A table's columns, for conditions and formulas. */
export const shapeOfFields = (fields: readonly DatasetField[]): Shape =>
  Object.fromEntries(
    fields.map(({ name, type, title }) => [name, { type: typeOfField({ type }), ...(title ? { title } : {}) }]),
  );

/** A module's tables, by the ids of their parts. */
export const shapeOfTables = (datasets: readonly DatasetPart[]): Shape =>
  Object.fromEntries(
    datasets.map(({ id, title, schema }) => [id, { type: { table: shapeOfFields(schema.fields) }, title }]),
  );
