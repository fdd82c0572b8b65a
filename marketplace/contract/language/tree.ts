import { z } from "zod";
import type { Words } from "../words.ts";

// Conditions and formulas as one JSON tree: a literal, or `[operator, ...]`. There is no loop, no function of one's own
// and nothing to call; the only repetition is over the rows of a declared table, and none stands inside another. So
// every tree ends, in at most as many steps as it has nodes for each row.

export type Literal = number | string | boolean | null;
export type Tree = Literal | [Operator, ...Tree[]];

/** How many things each operator takes, at least and at most. */
export const OPERATORS = {
  and: [2, 20],
  or: [2, 20],
  not: [1, 1],
  "=": [2, 2],
  "!=": [2, 2],
  "<": [2, 2],
  "<=": [2, 2],
  ">": [2, 2],
  ">=": [2, 2],
  "+": [2, 2],
  "-": [2, 2],
  "*": [2, 2],
  "/": [2, 2],
  /** Condition, then, else. */
  if: [3, 3],
  /** A value, and a list. */
  in: [2, 2],
  /** Is there a value? */
  there: [1, 1],
  /** Whole days, hours from the first moment to the second. */
  days: [2, 2],
  hours: [2, 2],
  /** A table and a condition on its rows; or a list. */
  count: [1, 2],
  /** A table, what of a row, and a condition on its rows; or a list of numbers. */
  sum: [1, 3],
  mean: [1, 3],
  min: [1, 3],
  max: [1, 3],
  /** The way to a declared value: `["field", "event", "totalMinor"]`; of a row `["field", "row", "litres"]`. */
  field: [1, 6],
  list: [1, 100],
  /** A day or an instant, as ISO 8601 has it. */
  date: [1, 1],
} as const satisfies Record<string, readonly [number, number]>;
export type Operator = keyof typeof OPERATORS;

export const AGGREGATES = ["count", "sum", "mean", "min", "max"] as const;
export type Aggregate = (typeof AGGREGATES)[number];
export const isAggregate = (operator: Operator): operator is Aggregate =>
  (AGGREGATES as readonly string[]).includes(operator);

export const NODES_MAX = 200;
export const DEPTH_MAX = 16;
const TEXT_MAX = 200;

/** `none` is a value that is missing: of nothing, more than nothing cannot be said. */
export type Scalar = "number" | "text" | "truth" | "moment";
export type Type = Scalar | "none" | { list: Scalar } | { table: Shape } | { record: Shape };
/** What is declared, by name. `row` is the language's own. */
export interface Shape {
  readonly [name: string]: { readonly type: Type; readonly title?: Words };
}

/** Where in the tree, from the top. */
export interface Mistake {
  at: (string | number)[];
  detail: string;
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,59}$/;
const MOMENT = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

/** What is wrong with its form, whatever is declared. Anything may come in. */
export function formMistakes(value: unknown): Mistake[] {
  const mistakes: Mistake[] = [];
  let nodes = 0;
  // A mistake in depth or size ends the walk, so what comes in cannot keep it busy.
  const visit = (node: unknown, at: (string | number)[]): boolean => {
    const wrong = (detail: string) => {
      mistakes.push({ at, detail });
      return true;
    };
    const ends = (detail: string) => {
      mistakes.push({ at, detail });
      return false;
    };
    if (++nodes > NODES_MAX) return ends(`It has more than ${NODES_MAX} nodes.`);
    if (at.length > DEPTH_MAX) return ends(`It is nested deeper than ${DEPTH_MAX}.`);
    if (!Array.isArray(node)) return literalMistake(node, wrong);
    const [operator, ...given] = node as unknown[];
    if (typeof operator !== "string" || !Object.hasOwn(OPERATORS, operator))
      return wrong(`An operator stands first: one of ${Object.keys(OPERATORS).join(", ")}.`);
    const [least, most] = OPERATORS[operator as Operator];
    if (given.length < least || given.length > most)
      return wrong(`${operator} takes ${least === most ? least : `${least} to ${most}`}, not ${given.length}.`);
    if (operator === "field")
      return given.every((name) => typeof name === "string" && NAME.test(name)) || wrong("A field is a way of names.");
    if (operator === "date")
      return MOMENT.safeParse(given[0]).success || wrong("A day or an instant, such as 2026-11-26.");
    if (operator === "list" && given.some((one) => Array.isArray(one) || one === null))
      return wrong("A list holds numbers, texts or truths.");
    return given.every((one, i) => visit(one, [...at, i + 1]));
  };
  visit(value, []);
  return mistakes;
}

function literalMistake(value: unknown, wrong: (detail: string) => boolean): boolean {
  if (value === null || typeof value === "boolean") return true;
  if (typeof value === "number")
    return (Number.isFinite(value) && !Object.is(value, -0)) || wrong("This is no number that can be written.");
  if (typeof value !== "string")
    return wrong("A number, a text, true, false, null, or an operator with what it takes.");
  return (value.length <= TEXT_MAX && value.isWellFormed()) || wrong(`A text has at most ${TEXT_MAX} signs.`);
}

/** The first names of all fields that a tree speaks of: what it reads. */
export function readsOf(tree: Tree): string[] {
  if (tree === null || typeof tree !== "object") return [];
  const [operator, ...given] = tree;
  if (operator === "field") return given[0] === "row" ? [] : [given[0] as string];
  return [...new Set(given.flatMap(readsOf))];
}

/** A tree as it stands in a module. What it may speak of is checked where that is known. */
export const Expression = z
  .custom<Tree>()
  .superRefine((value, context) => {
    // It ends here: else a union would take it for the form that was meant.
    for (const { at, detail } of formMistakes(value))
      context.addIssue({ code: "custom", path: at, message: detail, input: value, continue: false });
  })
  .meta({
    id: "Expression",
    description: `A literal, or [operator, ...]: ${Object.keys(OPERATORS).join(", ")}.`,
  });
