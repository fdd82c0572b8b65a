import type { Geometry } from "../geometry.ts";
import type { Cell } from "../schema.ts";
import { constant, DEPTH_MAX, isComparison, turned, wrong } from "./conditions.ts";
import {
  boxed,
  caseless,
  checked,
  demandGeometry,
  intersecting,
  moment,
  NO_COLUMN,
  NO_VALUE,
  placeless,
} from "./cql2.ts";
import type { Comparison, Filter } from "./filter.ts";

const NODES_MAX = 1_000;

/** What each operator takes, beside comparisons, AND and OR. */
const TAKES = new Map<string, readonly [count: number, what: string]>([
  ["not", [1, "one condition"]],
  ["isNull", [1, "one column"]],
  ["s_intersects", [2, "the column of geometries and a geometry"]],
  ["between", [3, "a column and two values"]],
  ["like", [2, "a column and a text"]],
  ["in", [2, "a column and a list of values"]],
]);
const COMPARISON = [2, "a column and a value"] as const;

/** CQL2 in JSON. @param json  parsed already @throws {Fault} malformed, with what was expected */
export const readCql2Json = (json: unknown): Filter => new Cql2Json().condition(json, 0);

interface Named {
  column: string;
  isCaseless: boolean;
}

class Cql2Json {
  private nodes = 0;

  condition(node: unknown, depth: number): Filter {
    this.count(1, depth);
    if (typeof node === "boolean") return constant(node);
    const { op, args } = membersOf(node);
    if (typeof op !== "string" || !Array.isArray(args)) throw wrong("A condition is {op, args}, true or false.");
    if (op === "and" || op === "or") {
      if (args.length < 2) throw wrong(`${op} takes at least two conditions.`);
      return { op, of: args.map((one) => this.condition(one, depth + 1)) };
    }
    const [count, what] = (isComparison(op) ? COMPARISON : TAKES.get(op)) ?? [];
    if (count === undefined) throw wrong(`The operator ${op.slice(0, 40)} is not known.`);
    if (args.length !== count) throw wrong(`${op} takes ${what}.`);
    return this.predicate(op, args, depth + 1);
  }

  private predicate(op: string, [first, second, third]: readonly unknown[], depth: number): Filter {
    if (isComparison(op)) return this.comparison(op, first, second, depth);
    if (op === "not") return { op: "not", of: this.condition(first, depth) };
    if (op === "s_intersects") return intersecting([first, second].map(place));
    const { column, isCaseless } = this.column(first, depth);
    const about = (filter: Filter) => (isCaseless ? caseless(filter) : filter);
    if (op === "isNull") return placeless({ op: "empty", column });
    if (op === "like") {
      const pattern = this.value(second, depth);
      if (typeof pattern !== "string") throw wrong("like takes a text.");
      return { op: "like", column, pattern, ignoresCase: isCaseless };
    }
    if (op === "in") {
      if (!Array.isArray(second)) throw wrong("in takes a list.");
      this.count(second.length, depth);
      return about({ op: "in", column, values: second.map((one) => this.value(one, depth)) });
    }
    const [from, to] = [this.value(second, depth), this.value(third, depth)];
    return about({
      op: "and",
      of: [
        { op: "compare", column, by: ">=", value: from },
        { op: "compare", column, by: "<=", value: to },
      ],
    });
  }

  private comparison(by: Comparison, first: unknown, second: unknown, depth: number): Filter {
    const [left, right] = [this.operand(first, depth), this.operand(second, depth)];
    if ("column" in left) {
      if ("column" in right) throw wrong(NO_VALUE);
      const filter: Filter = { op: "compare", column: left.column, by, value: right.value };
      return left.isCaseless ? caseless(filter) : filter;
    }
    if ("value" in right) throw wrong(NO_COLUMN);
    return this.comparison(turned(by), second, first, depth);
  }

  private column(node: unknown, depth: number): Named {
    const operand = this.operand(node, depth);
    if ("column" in operand) return operand;
    throw wrong('A column is {"property": name}.');
  }
  private value(node: unknown, depth: number): Cell {
    const operand = this.operand(node, depth);
    if ("value" in operand) return operand.value;
    throw wrong(NO_VALUE);
  }
  private operand(node: unknown, depth: number): Named | { value: Cell } {
    if (depth > DEPTH_MAX) throw wrong(TOO_LARGE);
    if (node === null || typeof node === "string" || typeof node === "number" || typeof node === "boolean")
      return { value: node };
    const { property, date, timestamp, op, args } = membersOf(node);
    if (typeof property === "string") return { column: property, isCaseless: false };
    const said = date ?? timestamp;
    if (typeof said === "string") return { value: moment(said) };
    if (op !== "casei") throw wrong("A value is a text, a number, true, false, a date or a timestamp.");
    if (!Array.isArray(args) || args.length !== 1) throw wrong("casei takes a column or a text.");
    const inner = this.operand(args[0], depth + 1);
    if ("column" in inner) return { ...inner, isCaseless: true };
    if (typeof inner.value !== "string") throw wrong("casei takes a column or a text.");
    return { value: inner.value.toLowerCase() };
  }

  private count(nodes: number, depth: number): void {
    this.nodes += nodes;
    if (depth > DEPTH_MAX || this.nodes > NODES_MAX) throw wrong(TOO_LARGE);
  }
}

const TOO_LARGE = "The condition is too large.";

const membersOf = (node: unknown): Record<string, unknown> =>
  typeof node === "object" && node !== null ? (node as Record<string, unknown>) : {};

/** A geometry, or undefined for that of the rows. */
function place(node: unknown): Geometry | undefined {
  const { property, bbox, type } = membersOf(node);
  if (typeof property === "string") return demandGeometry(property);
  // A geometry may have a box as well, which says nothing more.
  return checked(type === undefined && Array.isArray(bbox) ? boxed(bbox) : node);
}
