import { createHash } from "node:crypto";
import type { Shape, Type } from "../../../marketplace/contract/language/index.ts";
import type { Column, ColumnType } from "../schema.ts";
import type { Assumption } from "./schema.ts";

// The language has names of Latin letters and digits; datasets and columns are called as their publishers like. Each
// has one name in formulas, which follows from its own alone: a column that moves to another place keeps it.

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,59}$/;
/** The language's own name for what it goes through. */
const OWN = "row";

/** The name of a dataset in formulas, by its address. */
export const tableName = (slug: string): string => (NAME.test(slug) && slug !== OWN ? slug : hashed(slug));

/** The names of columns in formulas, in the columns' order. */
export function columnNames(columns: readonly Pick<Column, "name">[]): string[] {
  const exact = new Set(columns.map(({ name }) => name).filter((name) => NAME.test(name)));
  const plain = columns.map(({ name }) => (exact.has(name) ? name : latin(name)));
  return plain.map((name, i) => {
    const isOwn = exact.has(columns[i]!.name);
    const isAlone = NAME.test(name) && !exact.has(name) && plain.filter((other) => other === name).length === 1;
    return isOwn || isAlone ? name : hashed(columns[i]!.name);
  });
}

const latin = (name: string): string =>
  name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^A-Za-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "");
const hashed = (name: string): string => `n_${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;

const TYPES: Record<ColumnType, Type> = {
  text: "text",
  integer: "number",
  number: "number",
  boolean: "truth",
  date: "moment",
  datetime: "moment",
};

/** A dataset as formulas see it. */
export interface TableOf {
  slug: string;
  title: string;
  columns: readonly Column[];
}

/** What a formula may speak of, with the titles by which it is said. */
export function shapeOf(tables: readonly TableOf[], assumptions: readonly Assumption[]): Shape {
  // A card says its title in one language, whichever: it is said as it is in all.
  const titled = (title: string) => ({ title: { und: title } });
  return {
    ...Object.fromEntries(
      tables.map(({ slug, title, columns }) => {
        const names = columnNames(columns);
        const fields = columns.map((column, i) => [
          names[i]!,
          { type: TYPES[column.type], ...titled(column.title ?? column.name) },
        ]);
        return [tableName(slug), { type: { table: Object.fromEntries(fields) as Shape }, ...titled(title) }];
      }),
    ),
    ...Object.fromEntries(assumptions.map(({ name, titles }) => [name, { type: "number" as const, title: titles }])),
  };
}
