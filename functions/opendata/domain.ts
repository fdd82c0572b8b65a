import { Fault } from "../../shared/errors.ts";
import type { Box } from "./geometry.ts";
import type { Loaded } from "./pack.ts";
import { type Filter, testOf } from "./query/filter.ts";
import type { Cell, Column } from "./schema.ts";

/** What is asked of a dataset's rows. */
export interface Question {
  bbox?: Box | undefined;
  /** Column to the text that its cell must be equal to. */
  equals: Record<string, string>;
  /** First and last instant, both included; an open end is undefined. */
  when?: { from?: string | undefined; to?: string | undefined } | undefined;
  filter?: Filter | undefined;
  offset: number;
  limit: number;
}

/** The rows of one page, and how many there are in all. */
export function find(data: Loaded, question: Question): { rows: number[]; matched: number } {
  const tests: ((row: number) => boolean)[] = [];
  for (const [name, wanted] of Object.entries(question.equals)) {
    const at = data.columns.findIndex((column) => column.name === name);
    const cells = data.cells[at] ?? [];
    tests.push((row) => String(cells[row] ?? "") === wanted);
  }
  if (question.when) {
    const at = timeColumn(data.columns);
    const { from, to } = question.when;
    // A day without a time fits from its first to its last instant; RFC 3339 texts in UTC sort as instants do.
    tests.push((row) => {
      const cell = at === undefined ? undefined : data.cells[at]![row];
      if (typeof cell !== "string") return at === undefined;
      return (
        (from === undefined || cell.slice(0, from.length) >= from.slice(0, cell.length)) &&
        (to === undefined || cell.slice(0, to.length) <= to.slice(0, cell.length))
      );
    });
  }
  if (question.filter) tests.push(testOf(question.filter, data));
  const candidates = question.bbox ? within(data, question.bbox) : undefined;
  if (!candidates && tests.length === 0) {
    const last = Math.min(data.rows, question.offset + question.limit);
    return { rows: range(Math.min(question.offset, data.rows), last), matched: data.rows };
  }
  const matching = (candidates ?? range(0, data.rows)).filter((row) => tests.every((fits) => fits(row)));
  return { rows: matching.slice(question.offset, question.offset + question.limit), matched: matching.length };
}

/** A box whose west is east of its east crosses the antimeridian: it is two boxes. */
function within(data: Loaded, [west, south, east, north]: Box): number[] {
  if (west <= east) return data.within([west, south, east, north]);
  const both = [...data.within([west, south, 180, north]), ...data.within([-180, south, east, north])];
  return [...new Set(both)].sort((a, b) => a - b);
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

/** The first column of days or instants: what `datetime` asks about. */
export const timeColumn = (columns: readonly Column[]): number | undefined => {
  const at = columns.findIndex(({ type }) => type === "date" || type === "datetime");
  return at < 0 ? undefined : at;
};

/** `minLon,minLat,maxLon,maxLat`, or with heights between, which are passed over. @throws {Fault} malformed */
export function readBox(text: string): Box {
  const numbers = text.split(",").map(Number);
  const box = (numbers.length === 6 ? [numbers[0], numbers[1], numbers[3], numbers[4]] : numbers) as number[];
  const isRight =
    box.length === 4 &&
    text.split(",").every((part) => part.trim() !== "") &&
    box.every(Number.isFinite) &&
    box[1]! <= box[3]!;
  if (!isRight) throw new Fault("malformed", "bbox is four numbers: west,south,east,north.");
  return box as Box;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)?$/;

/** An instant, or an interval with `/` whose open end is `..`. @throws {Fault} malformed */
export function readWhen(text: string): { from?: string | undefined; to?: string | undefined } {
  const [from = "", to = from, ...more] = text.split("/");
  const end = (part: string): string | undefined => {
    if (part === ".." || (part === "" && text.includes("/"))) return undefined;
    if (INSTANT.test(part) && !Number.isNaN(Date.parse(part))) return part;
    throw new Fault("malformed", "datetime is a day, an instant in UTC, or an interval such as 2026-01-01/.. .");
  };
  if (more.length > 0) throw new Fault("malformed", "datetime has at most one slash.");
  return { from: end(from), to: end(to) };
}

/** Among the collections that clients list, this one is the catalogue itself: no dataset has its name. */
export const RECORDS = "catalogue";

/** A title as a name in addresses: Latin letters without accents, digits, hyphens. */
export function slugOf(title: string, id: string): string {
  const plain = title
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 60)
    .replace(/-+$/, "");
  // A title in another script keeps its dataset's own id as its address.
  return plain.length >= 3 && plain !== RECORDS ? plain : `dataset-${id.slice(-8).toLowerCase()}`;
}

/** A text for searching: accents, Arabic vowel signs and letter variants, and capitals do not count. */
export const folded = (text: string): string =>
  text
    .normalize("NFKD")
    .replaceAll(/[\p{M}\u0640]/gu, "")
    .replaceAll(/[أإآٱ]/g, "ا")
    .replaceAll("ى", "ي")
    .replaceAll("ة", "ه")
    .toLowerCase();

/** Rows in the order of a column; equal ones stay as they were, empty ones go last. */
export function sorted(
  data: Pick<Loaded, "cells" | "columns">,
  rows: number[],
  column: string,
  descending: boolean,
): number[] {
  const cells = data.cells[data.columns.findIndex(({ name }) => name === column)];
  if (!cells) return rows;
  const collator = new Intl.Collator("en", { numeric: true });
  const compare = (a: Cell, b: Cell) =>
    typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
  return [...rows].sort((a, b) => {
    const [x, y] = [cells[a] ?? null, cells[b] ?? null];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return descending ? compare(y, x) : compare(x, y);
  });
}
