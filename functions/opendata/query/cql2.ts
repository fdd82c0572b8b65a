import { Fault } from "../../../shared/errors.ts";
import { type Geometry, type Position, wrongGeometry } from "../geometry.ts";
import type { Cell } from "../schema.ts";
import { Conditions, wrong } from "./conditions.ts";
import type { Comparison, Filter } from "./filter.ts";

// CQL2 1.0 (OGC 21-065r2): basic, advanced comparisons, case-insensitive comparisons, and intersections with any
// geometry, as text and as JSON. @see https://docs.ogc.org/is/21-065r2/21-065r2.html

/** What a geometry column is called; a dataset has one at most. */
export const GEOMETRY = "geometry";
const DEPTH_MAX = 40;
const NODES_MAX = 1_000;

/** @throws {Fault} malformed, with what was expected */
export function readCql2Text(text: string): Filter {
  const read = new Cql2(text);
  const filter = read.condition(0);
  read.end();
  return filter;
}

class Cql2 extends Conditions {
  protected override one(depth: number): Filter {
    if (this.hasWord("s_intersects")) {
      this.sign("(");
      demandGeometry(this.name("the geometry"));
      this.sign(",");
      const geometry = checked(this.geometry(depth));
      this.sign(")");
      return { op: "intersects", geometry };
    }
    if (!this.hasWord("casei")) return super.one(depth);
    this.sign("(");
    const column = this.name("a column");
    this.sign(")");
    return caseless(this.about(column));
  }

  protected override value(): Cell {
    for (const word of ["casei", "date", "timestamp"])
      if (this.hasWord(word)) {
        this.sign("(");
        const inner = super.value();
        this.sign(")");
        return inner;
      }
    return super.value();
  }

  private geometry(depth: number): unknown {
    if (depth > DEPTH_MAX) throw wrong("The geometry is nested too deeply.");
    const kind = this.name("a geometry").toUpperCase();
    if (kind === "BBOX") return boxed(this.inBrackets(() => this.number()));
    if (kind === "POINT") {
      this.sign("(");
      const coordinates = this.position();
      this.sign(")");
      return { type: "Point", coordinates };
    }
    const deep = { LINESTRING: 1, MULTIPOINT: 1, POLYGON: 2, MULTILINESTRING: 2, MULTIPOLYGON: 3 }[kind];
    if (deep === undefined) throw wrong(`${kind} is no geometry here.`);
    return { type: NAMES[kind], coordinates: this.nested(deep) };
  }
  private nested(deep: number): unknown {
    if (deep > 1) return this.inBrackets(() => this.nested(deep - 1));
    // A point of several may stand in brackets of its own.
    return this.inBrackets(() => {
      const isBracketed = this.takes("(");
      const position = this.position();
      if (isBracketed) this.sign(")");
      return position;
    });
  }
  private inBrackets<T>(one: () => T): T[] {
    this.sign("(");
    const all = [one()];
    while (this.takes(",")) all.push(one());
    this.sign(")");
    return all;
  }
  private position(): number[] {
    return [this.number(), this.number()];
  }
  private number(): number {
    const value = super.value();
    if (typeof value !== "number") throw wrong(`Here a number is expected, not ${value}.`);
    return value;
  }
}

const NAMES: Record<string, string> = {
  LINESTRING: "LineString",
  MULTIPOINT: "MultiPoint",
  POLYGON: "Polygon",
  MULTILINESTRING: "MultiLineString",
  MULTIPOLYGON: "MultiPolygon",
};

/** The same comparison without regard to capitals: equality, lists and LIKE have one. */
function caseless(filter: Filter): Filter {
  if (filter.op === "not") return { op: "not", of: caseless(filter.of) };
  if (filter.op === "like") return { ...filter, ignoresCase: true };
  if (filter.op === "in") return { op: "or", of: filter.values.map((value) => same(filter.column, value)) };
  if (filter.op === "compare" && filter.by === "=") return same(filter.column, filter.value);
  if (filter.op === "compare" && filter.by === "<>") return { op: "not", of: same(filter.column, filter.value) };
  throw wrong("CASEI stands in =, <>, IN and LIKE.");
}
const same = (column: string, value: Cell): Filter =>
  typeof value === "string"
    ? { op: "like", column, pattern: value.replaceAll(/[\\%_]/g, "\\$&"), ignoresCase: true }
    : { op: "compare", column, by: "=", value };

/** @param json  parsed already @throws {Fault} malformed, with what was expected */
export function readCql2Json(json: unknown): Filter {
  let nodes = 0;
  const read = (node: unknown, depth: number): Filter => {
    nodes += 1;
    if (depth > DEPTH_MAX || nodes > NODES_MAX) throw wrong("The condition is too large.");
    const { op, args } = (typeof node === "object" && node !== null ? node : {}) as { op?: unknown; args?: unknown };
    if (typeof op !== "string" || !Array.isArray(args)) throw wrong("A condition is {op, args}.");
    const [first, second, third] = args;
    switch (op) {
      case "and":
      case "or":
        if (args.length < 2) throw wrong(`${op} takes at least two conditions.`);
        return { op, of: args.map((one) => read(one, depth + 1)) };
      case "not":
        return { op: "not", of: read(first, depth + 1) };
      case "isNull":
        return { op: "empty", column: property(first).column };
      case "s_intersects":
        demandGeometry(property(first).column);
        return { op: "intersects", geometry: checked(isBoxed(second) ? boxed(second.bbox) : second) };
      case "between":
        return {
          op: "and",
          of: [
            { op: "compare", column: property(first).column, by: ">=", value: value(second) },
            { op: "compare", column: property(first).column, by: "<=", value: value(third) },
          ],
        };
      case "like": {
        const pattern = value(second);
        if (typeof pattern !== "string") throw wrong("like takes a text.");
        const { column, isCaseless } = property(first);
        return { op: "like", column, pattern, ignoresCase: isCaseless };
      }
      case "in": {
        if (!Array.isArray(second)) throw wrong("in takes a list.");
        nodes += second.length;
        const { column, isCaseless } = property(first);
        const filter: Filter = { op: "in", column, values: second.map(value) };
        return isCaseless ? caseless(filter) : filter;
      }
      default: {
        if (!["=", "<>", "<", "<=", ">", ">="].includes(op))
          throw wrong(`The operator ${op.slice(0, 40)} is not known.`);
        const { column, isCaseless } = property(first);
        const filter: Filter = { op: "compare", column, by: op as Comparison, value: value(second) };
        return isCaseless ? caseless(filter) : filter;
      }
    }
  };
  return read(json, 0);
}

function property(node: unknown): { column: string; isCaseless: boolean } {
  const {
    property: name,
    op,
    args,
  } = (typeof node === "object" && node !== null ? node : {}) as Record<string, unknown>;
  if (op === "casei" && Array.isArray(args)) return { ...property(args[0]), isCaseless: true };
  if (typeof name !== "string") throw wrong('A column is {"property": name}.');
  return { column: name, isCaseless: false };
}

function value(node: unknown): Cell {
  if (node === null || ["string", "number", "boolean"].includes(typeof node)) return node as Cell;
  const { date, timestamp, op, args } = node as Record<string, unknown>;
  if (op === "casei" && Array.isArray(args)) return value(args[0]);
  const moment = date ?? timestamp;
  if (typeof moment === "string") return moment;
  throw wrong("A value is a text, a number, true, false, a date or a timestamp.");
}

const isBoxed = (node: unknown): node is { bbox: number[] } => Array.isArray((node as { bbox?: unknown } | null)?.bbox);

function boxed(numbers: readonly unknown[]): Geometry {
  const [west, south, east, north] = numbers.length === 6 ? [0, 1, 3, 4].map((i) => numbers[i]) : numbers;
  if (![4, 6].includes(numbers.length) || !numbers.every((n) => typeof n === "number"))
    throw wrong("A box is four numbers: west, south, east, north.");
  const [w, s, e, n] = [west, south, east, north] as [number, number, number, number];
  const ring: Position[] = [
    [w, s],
    [e, s],
    [e, n],
    [w, n],
    [w, s],
  ];
  return { type: "Polygon", coordinates: [ring] };
}

function checked(geometry: unknown): Geometry {
  const problem = wrongGeometry(geometry);
  if (problem) throw new Fault("malformed", `The geometry of the filter is not valid: ${problem}.`);
  return geometry as Geometry;
}

function demandGeometry(name: string): void {
  if (name !== GEOMETRY) throw wrong(`${name} is no geometry; it is called ${GEOMETRY}.`);
}
