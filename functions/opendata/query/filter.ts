import { booleanIntersects } from "@turf/boolean-intersects";
import { boxOf, type Geometry } from "../geometry.ts";
import type { Cell, Column } from "../schema.ts";
import { touch } from "../stored/boxes.ts";
import { fitsWord, wordsByColumn } from "../words.ts";

export type Comparison = "=" | "<>" | "<" | "<=" | ">" | ">=";

/** A condition on a row, whichever language it was written in. It is bounded by what its reader admits. */
export type Filter =
  | { op: "and" | "or"; of: readonly Filter[] }
  | { op: "not"; of: Filter }
  | { op: "compare"; column: string; by: Comparison; value: Cell; ignoresCase?: true }
  | { op: "in"; column: string; values: readonly Cell[] }
  | { op: "like"; column: string; pattern: string; ignoresCase: boolean }
  | { op: "empty"; column: string }
  /** Days or instants from one to another, both included; a day lasts from its first to its last instant. */
  | { op: "during"; column: string; from: string | undefined; to: string | undefined }
  /** Each of the words, which are those of `askedWords`, is or begins a word of one of the columns. */
  | { op: "words"; columns: readonly string[] | "any"; words: readonly string[] }
  /** Shares a point with this geometry, in longitude and latitude. */
  | { op: "intersects"; geometry: Geometry }
  /** Has no place. */
  | { op: "nowhere" };

/** What rows are tested on: the columns that the filter names must be there. Without places, nothing intersects. */
export interface Tested {
  columns: readonly Column[];
  cells: readonly (readonly Cell[] | undefined)[];
  places?: readonly (Geometry | null)[] | undefined;
}

type Truth = boolean | null;

/**
 * A filter as a test of rows, by the three-valued logic of SQL: what is compared with an empty cell is neither true
 * nor false, and a row is taken only where the whole is true.
 *
 * @throws {RangeError} a column that is not there: whoever read the filter must have refused it
 */
export function testOf(filter: Filter, data: Tested): (row: number) => boolean {
  const truth = compiled(filter, data);
  return (row) => truth(row) === true;
}

function compiled(filter: Filter, data: Tested): (row: number) => Truth {
  switch (filter.op) {
    case "and":
    case "or": {
      const decides = filter.op === "or";
      const parts = filter.of.map((one) => compiled(one, data));
      return (row) => {
        let isUnknown = false;
        for (const part of parts) {
          const said = part(row);
          if (said === decides) return decides;
          if (said === null) isUnknown = true;
        }
        return isUnknown ? null : !decides;
      };
    }
    case "not": {
      const inner = compiled(filter.of, data);
      return (row) => {
        const said = inner(row);
        return said === null ? null : !said;
      };
    }
    case "intersects": {
      const near = boxOf(filter.geometry);
      return (row) => {
        const place = data.places?.[row];
        return place ? touch(boxOf(place), near) && booleanIntersects(place, filter.geometry) : null;
      };
    }
    case "nowhere":
      return (row) => !data.places?.[row];
    case "during": {
      const [from, to] = [filter.from, filter.to].map((end) => (end === undefined ? undefined : momentOf(end)));
      return known(columnOf(filter.column, data), (cell) => {
        if (typeof cell !== "string") return false;
        const moment = momentOf(cell);
        return (from === undefined || within(moment, from) >= 0) && (to === undefined || within(moment, to) <= 0);
      });
    }
    case "words": {
      const columns = filter.columns === "any" ? data.columns : filter.columns.map((name) => columnNamed(name, data));
      const cells = columns.map(({ name }) => columnOf(name, data));
      const words = wordsByColumn(columns);
      const fits = filter.words.map(fitsWord);
      return (row) => {
        const found = words.map((of, i) => of(cells[i]![row] ?? null));
        return fits.every((one) => found.some((words) => words.some(one)));
      };
    }
    case "empty": {
      const cells = columnOf(filter.column, data);
      return (row) => isEmpty(cells[row]);
    }
    case "compare": {
      const cells = columnOf(filter.column, data);
      const { by, value } = filter;
      if (value === null) return known(cells, () => null);
      const key = keyOf(columnNamed(filter.column, data), filter.ignoresCase);
      const wanted = key(value);
      return known(cells, (cell) => holds(by, order(key(cell), wanted)));
    }
    case "in": {
      const cells = columnOf(filter.column, data);
      const key = keyOf(columnNamed(filter.column, data));
      const values = filter.values.filter((value) => value !== null).map(key);
      const otherwise = values.length < filter.values.length ? null : false;
      return known(cells, (cell) => {
        const own = key(cell);
        return values.some((value) => order(own, value) === 0) || otherwise;
      });
    }
    case "like": {
      const cells = columnOf(filter.column, data);
      const fits = likeOf(filter.pattern, filter.ignoresCase);
      return known(cells, (cell) => fits(String(cell)));
    }
  }
}

const isEmpty = (cell: Cell | undefined): boolean => cell === null || cell === undefined;
const known =
  (cells: readonly Cell[], test: (cell: NonNullable<Cell>) => Truth) =>
  (row: number): Truth => {
    const cell = cells[row];
    return cell === null || cell === undefined ? null : test(cell);
  };

function columnNamed(name: string, { columns }: Tested): Column {
  const column = columns.find((one) => one.name === name);
  if (!column) throw new RangeError(`no column ${name}`);
  return column;
}

function columnOf(name: string, data: Tested): readonly Cell[] {
  const at = data.columns.findIndex((column) => column.name === name);
  const cells = data.cells[at];
  if (!cells) throw new RangeError(`no column ${name}`);
  return cells;
}

const SECONDS = "2026-01-31T00:00:00".length;
/** An instant without its zone and the zeros that end a fraction: as texts, such sort as they lie in time. */
function momentOf(text: string): string {
  let end = text.endsWith("Z") ? text.length - 1 : text.length;
  if (end > SECONDS) {
    while (text[end - 1] === "0") end -= 1;
    if (text[end - 1] === ".") end -= 1;
  }
  return text.slice(0, end);
}
/** Instants by time; what is coarser than a second lasts as long as it says, and what lies in it is equal to it. */
function within(a: string, b: string): number {
  const signs = Math.min(a.length, b.length);
  return signs < SECONDS ? byCode(a.slice(0, signs), b.slice(0, signs)) : byCode(a, b);
}

/** What cells of a column, and values that they are compared with, are put in order by. */
export function keyOf(
  { type }: Pick<Column, "type">,
  ignoresCase = false,
): (cell: NonNullable<Cell>) => NonNullable<Cell> {
  if (ignoresCase) return (cell) => String(cell).toLowerCase();
  return type === "datetime" ? (cell) => momentOf(String(cell)) : (cell) => cell;
}

const byCode = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** Numbers by value, everything else by code points: days are texts that sort as they lie in time. */
export function order(a: NonNullable<Cell>, b: NonNullable<Cell>): number {
  if (typeof a === "number" && typeof b !== "boolean") {
    const number = typeof b === "number" ? b : b.trim() === "" ? Number.NaN : Number(b);
    if (!Number.isNaN(number)) return a - number;
  }
  return byCode(String(a), String(b));
}

function holds(by: Comparison, sign: number): boolean {
  if (by === "=") return sign === 0;
  if (by === "<>") return sign !== 0;
  if (by === "<") return sign < 0;
  if (by === "<=") return sign <= 0;
  return by === ">" ? sign > 0 : sign >= 0;
}

/**
 * SQL's LIKE without a regular expression, so that no pattern can take for ever: `%` stands for any text, `_` for one
 * sign, `\` makes the next one plain.
 */
export function likeOf(pattern: string, ignoresCase: boolean): (text: string) => boolean {
  const signs: (string | "any" | "one")[] = [];
  const kinds: ("plain" | "any" | "one")[] = [];
  const all = [...(ignoresCase ? pattern.toLowerCase() : pattern)];
  for (let i = 0; i < all.length; i++) {
    const sign = all[i]!;
    const isPlain = sign === "\\" && i + 1 < all.length;
    signs.push(isPlain ? all[++i]! : sign);
    kinds.push(isPlain || (sign !== "%" && sign !== "_") ? "plain" : sign === "%" ? "any" : "one");
  }
  return (given) => {
    const text = [...(ignoresCase ? given.toLowerCase() : given)];
    let [t, p, star, mark] = [0, 0, -1, 0];
    while (t < text.length) {
      if (p < kinds.length && (kinds[p] === "one" || (kinds[p] === "plain" && signs[p] === text[t]))) {
        t += 1;
        p += 1;
      } else if (kinds[p] === "any") {
        star = p++;
        mark = t;
      } else if (star >= 0) {
        p = star + 1;
        t = ++mark;
      } else return false;
    }
    while (kinds[p] === "any") p += 1;
    return p === kinds.length;
  };
}
