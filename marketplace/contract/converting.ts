import { z } from "zod";
import type { DatasetField, DatasetPart } from "./dataset.ts";
import type { Type } from "./language/index.ts";

// How a row that an older version wrote becomes one of this version, where a column is called otherwise now, is of
// another type, or is new. A column that both have alike is kept; there is no code and no formula in it, so whoever
// publishes, lists or takes a version sees beforehand what becomes of each column.

/** Of what a row of a module's own table is made. */
export type Fields = Record<string, string | number | boolean>;

const TYPES: Partial<Record<DatasetField["type"], Type>> = {
  integer: "number",
  number: "number",
  year: "number",
  boolean: "truth",
  date: "moment",
  datetime: "moment",
};
/** A column's type in conditions and formulas, and of its values in rows. */
export const typeOfField = ({ type }: Pick<DatasetField, "type">): Type => TYPES[type] ?? "text";

/** Longer is no value of a row. */
const TEXT_MAX = 500;
const DECIMAL = /^[+-]?(?:\d{1,15}(?:\.\d{1,15})?|\.\d{1,15})$/;
const MOMENTS = { date: z.iso.date(), datetime: z.iso.datetime({ offset: true }) };

/** Whether values of one type become another's: all of them, those that are written so, or none. */
export function becomes(from: Type, to: Type): "always" | "maybe" | "never" {
  if (from === to || to === "text") return "always";
  return from === "text" ? "maybe" : "never";
}

/** A value as this column has it, nothing lost; undefined if it is none. */
export function valueIn(field: DatasetField, value: Fields[string]): Fields[string] | undefined {
  const type = typeOfField(field);
  if (type === "text") return String(value).length <= TEXT_MAX ? String(value) : undefined;
  if (type === "truth")
    return value === true || value === "true" || (value === false || value === "false" ? false : undefined);
  if (type === "moment") return MOMENTS[field.type as "date"].safeParse(value).success ? value : undefined;
  const figure = typeof value === "string" && DECIMAL.test(value) ? Number(value) : value;
  const isWhole = field.type === "number" || Number.isInteger(figure);
  return typeof figure === "number" && Number.isFinite(figure) && isWhole ? figure : undefined;
}

/** Is this column what the older table has under its name, so that its values are kept as they are? */
const isKept = (field: DatasetField, older: DatasetPart): boolean =>
  older.schema.fields.some((was) => was.name === field.name && was.type === field.type);

/** What a table says of how a column comes about; a column may be called as what every object has. */
export const converts = ({ converts: all = {} }: DatasetPart, { name }: DatasetField) =>
  Object.hasOwn(all, name) ? all[name] : undefined;

/** From which column of an older table a column's values come; none where they come from none. */
export function sourceOf(table: DatasetPart, older: DatasetPart, field: DatasetField): DatasetField | undefined {
  const name = isKept(field, older) ? field.name : converts(table, field)?.from;
  return older.schema.fields.find((was) => was.name === name);
}

/** A row of the older table as one of this; or the first column for which it has no value that could be one of it. */
export function converted(table: DatasetPart, older: DatasetPart, row: Fields): { row: Fields } | { column: string } {
  const made: Fields = {};
  for (const field of table.schema.fields) {
    const how = converts(table, field);
    const source = sourceOf(table, older, field);
    const given = source && (Object.hasOwn(row, source.name) ? row[source.name] : undefined);
    const isSame = given !== undefined && isKept(field, older);
    const value = isSame ? given : given === undefined ? how?.otherwise : valueIn(field, given);
    if (value !== undefined) made[field.name] = value;
    else if (how && (given !== undefined || field.constraints?.required)) return { column: field.name };
  }
  return { row: made };
}
