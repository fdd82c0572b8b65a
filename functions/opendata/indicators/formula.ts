import {
  evaluate,
  type Mistake,
  mistakesOf,
  NotRead,
  parse,
  readsOf,
  type Shape,
  type Tree,
} from "../../../marketplace/contract/language/index.ts";
import { type Aggregate, isAggregate } from "../../../marketplace/contract/language/tree.ts";
import { invalid } from "../../../shared/errors.ts";
import type { Column, Personal } from "../schema.ts";
import { columnNames, tableName } from "./names.ts";
import type { Assumption } from "./schema.ts";
import type { People } from "./withholding.ts";

export type Row = Record<string, unknown>;
/** The rows of each dataset, by its name in formulas. */
export type Tables = Readonly<Record<string, readonly Row[]>>;

/** @throws {Fault} invalid: it cannot be read */
export function treeOf(formula: string): Tree {
  try {
    return parse(formula);
  } catch (error) {
    if (error instanceof NotRead) throw invalid("#/formula", error.message);
    throw error;
  }
}

/** The datasets that a formula reads, by their names in formulas. */
export const tablesRead = (tree: Tree, assumptions: readonly Assumption[]): string[] =>
  readsOf(tree).filter((name) => !assumptions.some((one) => one.name === name));

const isSum = (tree: Tree): tree is [Aggregate, ...Tree[]] => Array.isArray(tree) && isAggregate(tree[0]);

/** The sums over a table in a formula, from left to right. */
export function sumsIn(tree: Tree): Tree[] {
  if (isSum(tree)) return [tree];
  return Array.isArray(tree) && tree[0] !== "field" ? (tree.slice(1) as Tree[]).flatMap(sumsIn) : [];
}

/** What is wrong with a formula, given what it may speak of. */
export function formulaMistakes(tree: Tree, shape: Shape, assumptions: readonly Assumption[]): Mistake[] {
  const mistakes = mistakesOf(tree, shape, "number");
  if (mistakes.length > 0) return mistakes;
  const read = sumsIn(tree).flatMap(readsOf);
  if (!tablesRead(tree, assumptions).some((table) => read.includes(table)))
    return [{ at: [], detail: "It reads no dataset: a figure has a count, sum, mean, min or max of one." }];
  const bare = tablesRead(reckoned(tree, {}), assumptions);
  if (bare.length > 0) return [{ at: [], detail: `${bare[0]} is a dataset: say what of it is counted or summed.` }];
  // So a scenario needs no rows: what it changes stands outside everything that was reckoned from them.
  const inside = assumptions.find(({ name }) => sumsIn(tree).some((sum) => readsOf(sum).includes(name)));
  if (inside) return [{ at: [], detail: `The assumption ${inside.name} stands within a sum: write it outside.` }];
  return [];
}

/** The formula with its sums reckoned; what is left to say are the assumptions. */
export function reckoned(tree: Tree, tables: Tables): Tree {
  if (isSum(tree)) return evaluate(tree, tables) as number | null;
  if (!Array.isArray(tree) || tree[0] === "field") return tree;
  const [operator, ...given] = tree;
  return [operator, ...given.map((one) => reckoned(one, tables))];
}

/** The figure of a formula whose sums are reckoned; nothing where one is missing, or there is nothing to divide by. */
export function figureOf(rest: Tree, assumed: Readonly<Record<string, number>>): number | undefined {
  const value = evaluate(rest, assumed);
  return typeof value === "number" ? value : undefined;
}

export const valuesOf = (assumptions: readonly Assumption[]): Record<string, number> =>
  Object.fromEntries(assumptions.map(({ name, value }) => [name, value]));

/** Which columns of a table are about people; of a version from before columns were tagged, all may be. */
export interface PeopleIn {
  table: string;
  /** Each row is about somebody. */
  isOfPeople: boolean;
  /** Columns that count people, by their names in formulas. */
  counts: readonly string[];
}
export function peopleIn(slug: string, columns: readonly Column[]): PeopleIn {
  const names = columnNames(columns);
  const isOf = (personal: Personal | undefined) =>
    personal === undefined || personal === "quasi_identifier" || personal === "sensitive";
  return {
    table: tableName(slug),
    isOfPeople: columns.some(({ personal }) => isOf(personal)),
    counts: columns.flatMap(({ personal }, i) => (personal === "count_of_people" ? [names[i]!] : [])),
  };
}

/** How many people stand behind each sum of a formula, over these rows. */
export function peopleBehind(tree: Tree, tables: Tables, people: readonly PeopleIn[]): People {
  return sumsIn(tree).flatMap((sum) => {
    const [operator, table, ...more] = sum as [string, Tree, ...Tree[]];
    const about = people.find((one) => readsOf(table).includes(one.table));
    if (!about) return [];
    const [value, where] = operator === "count" ? [undefined, more[0]] : more;
    const conditions: Tree[] = [...(value === undefined ? [] : [["there", value] as Tree]), ...(where ? [where] : [])];
    const which: Tree[] = conditions.length === 2 ? [["and", ...conditions]] : conditions;
    if (about.isOfPeople) return [Number(evaluate(["count", table, ...which], tables))];
    const counted = about.counts.filter((name) => [value, where].some((one) => one !== undefined && names(one, name)));
    return counted.map((name) => Number(evaluate(["sum", table, ["field", "row", name], ...which], tables)));
  });
}

/** Does a part of a formula speak of this column of a row? */
const names = (tree: Tree, column: string): boolean =>
  Array.isArray(tree) &&
  (tree[0] === "field"
    ? tree[1] === "row" && tree[2] === column
    : (tree.slice(1) as Tree[]).some((one) => names(one, column)));

/** The columns of a table that a formula reads, by their names in formulas. */
export const columnsRead = (tree: Tree, table: string, columns: readonly string[]): string[] =>
  columns.filter((column) =>
    sumsIn(tree).some((sum) => readsOf((sum as Tree[])[1]!).includes(table) && names(sum, column)),
  );
