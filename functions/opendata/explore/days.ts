import { Fault } from "../../../shared/errors.ts";
import { type Derived, withDerived } from "../query/derived.ts";
import type { Filter } from "../query/filter.ts";
import { columnsIn } from "../query/matching.ts";
import { demandColumns } from "../query/select.ts";
import type { Select } from "../query/sql.ts";
import type { Cell } from "../schema.ts";
import type { Opened } from "../stored/opened.ts";

/** What the Explore API takes of a day; each by its place in `2026-11-23`. */
const PARTS: readonly string[] = ["year", "month", "day"];
const CALLED = /^(year|month|day)\((.+)\)$/s;
const DAY = /^(\d{4})-(\d\d)-(\d\d)/;

export const isPart = (name: string): boolean => PARTS.includes(name);

type Clauses = Pick<Select, "items" | "groupBy" | "orderBy"> & { where?: Filter };

/**
 * A version with a column for each `year(date)`, `month(date)` and `day(date)` that is asked for. Days of instants are
 * those of UTC, as they are kept.
 * @throws {Fault} malformed: of what is no column of days
 */
export function withDays<T extends Clauses>(data: Opened, clauses: T): { data: Opened; clauses: T } {
  const { items, groupBy, orderBy, where } = clauses;
  const names = new Set([
    ...items.flatMap((item) => (item === "*" ? [] : [item.column])),
    ...groupBy,
    ...orderBy.map(({ by }) => by),
    ...(where ? columnsIn(where, data.columns) : []),
  ]);
  const own = new Set(data.columns.map(({ name }) => name));
  const more = [...names].flatMap((name): Derived[] => {
    const [, part, column] = CALLED.exec(name) ?? [];
    return part === undefined || own.has(name) ? [] : [derivedOf(data, name, PARTS.indexOf(part), column!)];
  });
  if (more.length === 0) return { data, clauses };
  const all = data.columns.map(({ name }) => ({ name, column: name }));
  return {
    data: withDerived(data, more),
    // What means every column means those that the dataset has.
    clauses: {
      ...clauses,
      items: items.flatMap((item) => (item === "*" ? all : [item])),
      ...(where ? { where: named(where, [...own]) } : {}),
    },
  };
}

function derivedOf(data: Opened, name: string, part: number, column: string): Derived {
  demandColumns(data, [column]);
  const at = data.columns.findIndex((one) => one.name === column);
  const { type } = data.columns[at]!;
  if (type !== "date" && type !== "datetime")
    throw new Fault("malformed", `${PARTS[part]} takes a column of days or instants, ${column} is not one.`);
  const partOf = (cell: Cell | undefined): Cell => {
    const found = DAY.exec(String(cell ?? ""));
    return found ? Number(found[part + 1]) : null;
  };
  return {
    column: { name, type: "integer" },
    from: [at],
    cellOf: ({ cells }, row) => partOf(cells[at]![row]),
    between(group) {
      const between = part === 0 ? data.between(group, at) : undefined;
      const [least, most] = [partOf(between?.least), partOf(between?.most)];
      return between && least !== null && most !== null ? { least, most, empty: between.empty } : undefined;
    },
  };
}

function named(filter: Filter, columns: readonly string[]): Filter {
  if (filter.op === "not") return { op: "not", of: named(filter.of, columns) };
  if (filter.op === "and" || filter.op === "or")
    return { op: filter.op, of: filter.of.map((one) => named(one, columns)) };
  return filter.op === "words" && filter.columns === "any" ? { ...filter, columns } : filter;
}
