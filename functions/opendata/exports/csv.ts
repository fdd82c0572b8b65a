import { stringify } from "csv-stringify/sync";
import type { Passed } from "../query/only.ts";
import { wholly } from "../query/reading.ts";
import type { Cell, Column } from "../schema.ts";

const ROWS_AT_ONCE = 2_000;

/** Whether a spreadsheet would run this text as a formula. */
export const isFormula = (text: string): boolean => /^[=+\-@\t\r]/.test(text);

/** A text that a spreadsheet would run gets an apostrophe in front. */
export const harmless = (cell: Cell): Cell => (typeof cell === "string" && isFormula(cell) ? `'${cell}` : cell);

/** Lines of CSV: RFC 4180, formulas made harmless. */
export const csvLines = (rows: readonly (readonly Cell[])[]): string =>
  stringify(
    rows.map((row) => row.map(harmless)),
    { record_delimiter: "windows", cast: { boolean: String, number: String } },
  );

export const csvHeader = (columns: readonly Column[]): string => csvLines([columns.map(({ name }) => name)]);

/** The dataset as CSV in UTF-8 with its mark, some thousand rows at a time. */
export async function* csvOf(data: Passed): AsyncGenerator<string> {
  yield `\uFEFF${csvHeader(data.columns)}`;
  for await (const rows of wholly(data))
    for (let from = 0; from < rows.rows; from += ROWS_AT_ONCE) {
      const count = Math.min(ROWS_AT_ONCE, rows.rows - from);
      yield csvLines(Array.from({ length: count }, (_, i) => rows.cells.map((cells) => cells![from + i]!)));
    }
}
