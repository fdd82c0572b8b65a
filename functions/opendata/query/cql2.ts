import { Fault } from "../../../shared/errors.ts";
import { momentIn } from "../domain.ts";
import { areaOf, type Box, type Geometry, unwrapped, wrongGeometry } from "../geometry.ts";
import type { Cell } from "../schema.ts";
import { Conditions, wrong } from "./conditions.ts";
import type { Comparison, Filter } from "./filter.ts";

// CQL2 1.0 (OGC 21-065r2): basic, advanced comparisons, case-insensitive comparisons, and intersections with any
// geometry, as text; as JSON see cql2-json.ts. A column is compared with a value, whichever of them stands first.
// @see https://docs.ogc.org/is/21-065r2/21-065r2.html

/** What a geometry column is called; a dataset has one at most. */
export const GEOMETRY = "geometry";

/** @throws {Fault} malformed, with what was expected */
export function readCql2Text(text: string): Filter {
  const read = new Cql2(text);
  const filter = read.condition(0);
  read.end();
  return filter;
}

/** What CASEI is of; of a text, its small letters. */
type Folded = { column: string } | { text: string };

class Cql2 extends Conditions {
  protected override one(depth: number): Filter {
    if (this.isCall("s_intersects")) return this.intersects();
    if (!this.isCall("casei")) return super.one(depth);
    const folded = this.folded();
    return "column" in folded ? caseless(this.about(folded.column)) : this.behind(folded.text);
  }
  protected override about(column: string): Filter {
    return placeless(super.about(column));
  }
  protected override compared(by: Comparison, value: Cell): Filter {
    if (!this.isCall("casei")) return super.compared(by, value);
    const folded = this.folded();
    if ("column" in folded) return caseless({ op: "compare", column: folded.column, by, value });
    throw wrong(NO_COLUMN);
  }
  protected override pattern(word: string): string {
    return this.isCall("casei") ? this.foldedText() : super.pattern(word);
  }
  protected override isValue(): boolean {
    return super.isValue() || this.isCall("date") || this.isCall("timestamp");
  }
  protected override value(): Cell {
    if (this.isCall("casei")) return this.foldedText();
    if (!this.isCall("date") && !this.isCall("timestamp")) return super.value();
    const word = this.name("DATE or TIMESTAMP");
    this.sign("(");
    const text = super.pattern(`${word}(`);
    this.sign(")");
    return moment(text);
  }

  private folded(): Folded {
    this.word("casei");
    this.sign("(");
    const text = this.takesText();
    const inner =
      text !== undefined
        ? { text: text.toLowerCase() }
        : this.isCall("casei")
          ? this.folded()
          : { column: this.name("a column or a text") };
    this.sign(")");
    return inner;
  }
  private foldedText(): string {
    const folded = this.folded();
    if ("text" in folded) return folded.text;
    throw wrong(NO_VALUE);
  }

  private intersects(): Filter {
    this.word("s_intersects");
    return intersecting(this.inBrackets(() => this.place()));
  }
  /** A geometry, or undefined for that of the rows. */
  private place(): Geometry | undefined {
    const name = this.name("the geometry");
    if (!this.isBracket()) return demandGeometry(name);
    const kind = name.toUpperCase();
    if (kind === "BBOX") return checked(boxed(this.inBrackets(() => this.number())));
    if (kind === "POINT") {
      this.sign("(");
      const coordinates = this.position();
      this.sign(")");
      return checked({ type: "Point", coordinates });
    }
    const [type, deep] = KINDS.get(kind) ?? [];
    if (deep === undefined) throw wrong(`${kind} is no geometry here.`);
    return checked({ type, coordinates: this.nested(deep) });
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

/** Their names in GeoJSON, and how deep the lists of their positions are. */
const KINDS = new Map<string, readonly [type: Geometry["type"], deep: number]>([
  ["LINESTRING", ["LineString", 1]],
  ["MULTIPOINT", ["MultiPoint", 1]],
  ["POLYGON", ["Polygon", 2]],
  ["MULTILINESTRING", ["MultiLineString", 2]],
  ["MULTIPOLYGON", ["MultiPolygon", 3]],
]);

export const NO_COLUMN = "A column is compared with a value, not a value with another one.";
export const NO_VALUE = "A column is compared with a value, not with another column.";

/** The same without regard to capitals. @throws {Fault} malformed: what is compared is no text */
export function caseless(filter: Filter): Filter {
  if (filter.op === "not") return { op: "not", of: caseless(filter.of) };
  if (filter.op === "and") return { op: "and", of: filter.of.map(caseless) };
  if (filter.op === "like") return { ...filter, ignoresCase: true };
  if (filter.op === "in") {
    const { column, values } = filter;
    return { op: "or", of: values.map((value) => caseless({ op: "compare", column, by: "=", value })) };
  }
  if (filter.op !== "compare") return filter;
  if (typeof filter.value !== "string") throw wrong("CASEI is of texts, and is compared with texts.");
  return { ...filter, ignoresCase: true };
}

/** Where the geometry is said to be empty, the row has no place: there is no column of it. */
export function placeless(filter: Filter): Filter {
  if (filter.op === "not") return { op: "not", of: placeless(filter.of) };
  return filter.op === "empty" && filter.column === GEOMETRY ? { op: "nowhere" } : filter;
}

/** @param sides  of which one is that of the rows, which is undefined */
export function intersecting(sides: readonly (Geometry | undefined)[]): Filter {
  const [geometry, ...more] = sides.filter((side) => side !== undefined);
  if (sides.length === 2 && geometry && more.length === 0) return { op: "intersects", geometry };
  throw wrong(`S_INTERSECTS is of two: ${GEOMETRY}, and a geometry that is written out.`);
}

/** One that goes across the antimeridian is two areas. */
export function boxed(numbers: readonly unknown[]): Geometry {
  const box = numbers.length === 6 ? [0, 1, 3, 4].map((i) => numbers[i]) : numbers;
  if (![4, 6].includes(numbers.length) || !numbers.every((n) => typeof n === "number"))
    throw wrong("A box is four numbers: west, south, east, north.");
  const [west, south, east, north] = box as Box;
  if (south > north) throw wrong("A box has its south before its north.");
  const [one, other] = unwrapped([west, south, east, north]).map(areaOf);
  return other ? { type: "MultiPolygon", coordinates: [one!.coordinates, other.coordinates] } : one!;
}

/** A day or an instant; one without a zone is meant for a column of such. */
export function moment(text: string): string {
  const read = momentIn(text) ?? momentIn(`${text}Z`);
  if (read !== undefined) return read;
  throw wrong(`${text.slice(0, 40)} is no day or instant, such as 2026-01-31T12:00:00Z.`);
}

export function checked(geometry: unknown): Geometry {
  const problem = wrongGeometry(geometry);
  if (problem) throw new Fault("malformed", `The geometry of the filter is not valid: ${problem}.`);
  return geometry as Geometry;
}

export function demandGeometry(name: string): undefined {
  if (name !== GEOMETRY) throw wrong(`${name} is no geometry; it is called ${GEOMETRY}.`);
}
