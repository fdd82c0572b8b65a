import { type Aggregate, isAggregate, type Literal, type Tree } from "./tree.ts";

/** What a tree is worth; null where something that it needs is missing. */
export type Value = Literal | readonly unknown[];
export type Context = Readonly<Record<string, unknown>>;

/** Beyond this a value is missing, as if a figure were not there: a table may be long. */
const STEPS_MAX = 2_000_000;
const HOUR_MS = 3_600_000;

/**
 * The value of a tree. It never throws and always ends, whatever the tree and whatever it is about: what is of the
 * wrong kind counts as missing. With something missing nothing is said: `3 < none` is neither true nor false, so a
 * condition about a figure that is not there does not hold, and neither does its contrary.
 */
export function evaluate(tree: Tree, context: Context): Value {
  const value = new Evaluation().of(tree, context);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? null : (value as Value);
}

/** Does a condition hold? */
export const holds = (tree: Tree, context: Context): boolean => evaluate(tree, context) === true;

const number = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
const truth = (value: unknown): boolean | null => (typeof value === "boolean" ? value : null);

function momentMs(value: unknown): number | null {
  return typeof value === "string" ? number(Date.parse(value)) : null;
}

class Evaluation {
  private steps = 0;

  of(tree: Tree, context: Context): unknown {
    if (++this.steps > STEPS_MAX) return null;
    if (tree === null || typeof tree !== "object") return tree;
    const [operator, ...given] = tree;
    const worth = (i: number) => this.of(given[i]!, context);
    if (isAggregate(operator)) return this.aggregate(operator, given, context);
    switch (operator) {
      case "field":
        return found(given as string[], context);
      case "list":
        return given;
      case "date":
        return given[0];
      case "and":
      case "or":
        return this.logic(operator === "or", given, context);
      case "not": {
        const value = truth(worth(0));
        return value === null ? null : !value;
      }
      case "there":
        return (worth(0) ?? null) !== null;
      case "=":
      case "!=": {
        const [a, b] = [worth(0), worth(1)];
        if (a === null || b === null || typeof a !== typeof b || typeof a === "object") return null;
        return (a === b) === (operator === "=");
      }
      case "<":
      case "<=":
      case ">":
      case ">=":
        return compared(operator, worth(0), worth(1));
      case "+":
      case "-":
      case "*":
      case "/":
        return reckoned(operator, number(worth(0)), number(worth(1)));
      case "days":
      case "hours": {
        const [from, to] = [momentMs(worth(0)), momentMs(worth(1))];
        if (from === null || to === null) return null;
        return Math.trunc((to - from) / (operator === "days" ? 24 * HOUR_MS : HOUR_MS)) + 0;
      }
      case "if": {
        const condition = truth(worth(0));
        return condition === null ? null : worth(condition ? 1 : 2);
      }
      case "in": {
        const [one, all] = [worth(0), worth(1)];
        if (one === null || typeof one === "object" || !Array.isArray(all)) return null;
        this.steps += all.length;
        return all.includes(one);
      }
    }
  }

  /** One that decides is enough; without it, one that is missing leaves it open. */
  private logic(decides: boolean, given: readonly Tree[], context: Context): boolean | null {
    let isOpen = false;
    for (const one of given) {
      const value = truth(this.of(one, context));
      if (value === decides) return decides;
      if (value === null) isOpen = true;
    }
    return isOpen ? null : !decides;
  }

  private aggregate(operator: Aggregate, given: readonly Tree[], context: Context): number | null {
    const source = this.of(given[0]!, context);
    if (!Array.isArray(source)) return null;
    const [value, where] = operator === "count" ? [undefined, given[1]] : [given[1], given[2]];
    let [count, sum, least, most] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const row of source as readonly unknown[]) {
      if (++this.steps > STEPS_MAX) return null;
      const within = { ...context, row };
      if (where !== undefined && this.of(where, within) !== true) continue;
      if (operator === "count") {
        count += 1;
        continue;
      }
      const one = number(value === undefined ? row : this.of(value, within));
      if (one === null) continue;
      count += 1;
      sum += one;
      least = Math.min(least, one);
      most = Math.max(most, one);
    }
    if (operator === "count") return count;
    if (operator === "sum") return number(sum);
    if (count === 0) return null;
    return number({ mean: sum / count, min: least, max: most }[operator]);
  }
}

function found(way: readonly string[], context: unknown): unknown {
  let value: unknown = context;
  for (const name of way) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return null;
    value = (value as Record<string, unknown>)[name];
  }
  return value ?? null;
}

function compared(operator: "<" | "<=" | ">" | ">=", one: unknown, other: unknown): boolean | null {
  const isTime = typeof one === "string";
  const [a, b] = isTime ? [momentMs(one), momentMs(other)] : [number(one), number(other)];
  if (a === null || b === null) return null;
  return { "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b }[operator];
}

/** To divide by nothing gives nothing. */
function reckoned(operator: "+" | "-" | "*" | "/", a: number | null, b: number | null): number | null {
  if (a === null || b === null || (operator === "/" && b === 0)) return null;
  // A zero has no sign, as in JSON.
  return number({ "+": a + b, "-": a - b, "*": a * b, "/": a / b }[operator] + 0);
}
