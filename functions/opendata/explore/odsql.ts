import { areaOf, type Geometry, unwrapped } from "../geometry.ts";
import { wrong } from "../query/conditions.ts";
import type { Filter } from "../query/filter.ts";
import { type Select, Statement } from "../query/sql.ts";
import type { Cell } from "../schema.ts";
import { askedWords } from "../words.ts";
import { circlesAround } from "./circle.ts";
import { isPart } from "./days.ts";

const PLACE_FIELDS = ["geometry", "geo_point_2d", "geo_shape", "geom"];
const POINT = /^\s*POINT\s*\(\s*(-?\d{1,3}(?:\.\d{1,15})?)\s+(-?\d{1,2}(?:\.\d{1,15})?)\s*\)\s*$/i;
const METRES: Record<string, number> = { m: 1, km: 1_000, mi: 1_609.344, yd: 0.9144, ft: 0.3048 };
const FAR = 2_000_000;

/**
 * The part of ODSQL, the query language of Opendatasoft's Explore API, that clients use most: its texts stand in
 * either quotes, its names in backticks, a date is `date'2026-11-23'`, `like` looks for a text inside, and
 * a text by itself, or in `search(column, text)`, for its words.
 */
class Odsql extends Statement {
  constructor(text: string) {
    super(text, { hasBackticks: true });
  }
  protected override one(depth: number): Filter {
    const text = this.takesText();
    if (text !== undefined) return { op: "words", columns: "any", words: askedWords(text) };
    if (this.hasWord("in_bbox")) return this.takes("(") ? this.inBox() : this.about("in_bbox");
    if (this.hasWord("within_distance")) return this.takes("(") ? this.near() : this.about("within_distance");
    if (!this.hasWord("search")) return super.one(depth);
    return this.takes("(") ? this.search() : this.about("search");
  }
  protected override name(what: string): string {
    return this.called(super.name(what));
  }
  /** `year(date)` is a column like others, which is called so. */
  protected override called(name: string): string {
    const part = name.toLowerCase();
    if (!isPart(part) || !this.takes("(")) return name;
    const column = super.name("a column of days");
    this.sign(")");
    return `${part}(${column})`;
  }
  private search(): Filter {
    const columns: string[] = [];
    let text = this.takesText();
    for (; text === undefined; text = this.takesText()) {
      columns.push(this.name("a column or a text"));
      this.sign(",");
    }
    this.sign(")");
    return { op: "words", columns: columns.length > 0 ? columns : "any", words: askedWords(text) };
  }
  /** `in_bbox(geo, south, west, north, east)`. */
  private inBox(): Filter {
    this.placeField();
    const [south, west, north, east] = [this.degrees(90), this.degrees(180), this.degrees(90), this.degrees(180)];
    this.sign(")");
    if (south > north) throw wrong("in_bbox takes south, west, north and east, in this order.");
    return touching(unwrapped([west, south, east, north]).map(areaOf));
  }
  /** `within_distance(geo, geom'POINT(2.35 48.85)', 10km)`. */
  private near(): Filter {
    this.placeField();
    this.sign(",");
    const isGeometry = this.hasWord("geom");
    const [, lon, lat] = POINT.exec((isGeometry && this.takesText()) || "") ?? [];
    if (lat === undefined || Math.abs(Number(lon)) > 180 || Math.abs(Number(lat)) > 90)
      throw wrong("within_distance takes a point, such as geom'POINT(2.35 48.85)', longitude first.");
    this.sign(",");
    const length = this.value();
    const unit = this.name("a unit").toLowerCase();
    const metres = typeof length === "number" && Object.hasOwn(METRES, unit) ? length * METRES[unit]! : Number.NaN;
    this.sign(")");
    if (!(metres > 0 && metres <= FAR))
      throw wrong("A distance is a length up to 2000 km in m, km, mi, yd or ft: 10km.");
    return touching(circlesAround([Number(lon), Number(lat)], metres));
  }
  /** A row has one place, by whichever of the names that clients call it. */
  private placeField(): void {
    const name = this.name("a place");
    if (!PLACE_FIELDS.includes(name)) throw wrong(`${name} is no place: a row's place is ${PLACE_FIELDS[0]} here.`);
  }
  private degrees(most: number): number {
    this.sign(",");
    const value = this.value();
    if (typeof value !== "number" || Math.abs(value) > most) throw wrong(`in_bbox takes degrees, up to ${most} here.`);
    return value;
  }
  protected override value(): Cell {
    this.hasWord("date"); // what follows is a text, as days are kept
    return super.value();
  }
  protected override about(column: string): Filter {
    return inside(super.about(column));
  }
}

/** Any of these areas: across the antimeridian there are two. */
function touching(areas: readonly Geometry[]): Filter {
  const [first, ...more] = areas.map((geometry): Filter => ({ op: "intersects", geometry }));
  return more.length === 0 ? first! : { op: "or", of: [first!, ...more] };
}

function inside(filter: Filter): Filter {
  if (filter.op === "not") return { op: "not", of: inside(filter.of) };
  if (filter.op !== "like") return filter;
  return { ...filter, pattern: `%${filter.pattern.replaceAll(/[\\%_]/g, "\\$&")}%`, ignoresCase: true };
}

function all<T>(text: string, read: (statement: Odsql) => T): T {
  const statement = new Odsql(text);
  const result = read(statement);
  statement.end();
  return result;
}

export interface Clauses {
  select?: string | undefined;
  where?: string | undefined;
  group_by?: string | undefined;
  order_by?: string | undefined;
}

/** @throws {Fault} malformed, with what was expected */
export function readClauses(clauses: Clauses, page: { limit: number; offset: number }): Omit<Select, "table"> {
  const { select, where, group_by, order_by } = clauses;
  const groupBy = group_by === undefined ? [] : all(group_by, (read) => read.columns());
  const items = select === undefined ? (["*"] as Select["items"]) : all(select, (read) => read.items());
  return {
    // Grouped rows show what they are grouped by, whether it was asked for or not.
    items: [
      ...groupBy
        .filter((column) => !items.some((item) => item !== "*" && "column" in item && item.column === column))
        .map((column) => ({ name: column, column })),
      ...items.filter((item) => groupBy.length === 0 || item !== "*"),
    ],
    ...(where === undefined ? {} : { where: all(where, (read) => read.condition(0)) }),
    groupBy,
    orderBy: order_by === undefined ? [] : all(order_by, (read) => read.orders()),
    ...page,
  };
}
