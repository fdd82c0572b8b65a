import { CsvError, parse } from "csv-parse/sync";
import { Fault, type FieldError } from "./errors.ts";

// Files of lines and fields, as office programs write them: read by line, and what is wrong is said by line.

export interface Row {
  line: number;
  fields: string[];
}

/** The largest number of mistakes that one answer lists. */
const MISTAKES_MAX = 50;

/** Where number `line` is: `line/7`, or in a document of elements the path of its element, `feed/entry/3`. */
export type Place = (line: number) => string;
const LINES: Place = (line) => `line/${line}`;

/** Collects what is wrong with a file, by line. */
export class Mistakes {
  readonly list: FieldError[] = [];
  constructor(private readonly place: Place = LINES) {}

  at(line: number, detail: string, says?: FieldError["says"]): void {
    if (this.isFull) return;
    this.list.push({ pointer: `#/${this.place(line)}`, detail, ...(says ? { says } : {}) });
  }
  /** No further one is listed. */
  get isFull(): boolean {
    return this.list.length >= MISTAKES_MAX;
  }
  /** @throws {Fault} invalid, if there is any */
  refuse(): void {
    const first = this.list[0];
    if (!first) return;
    const where = first.pointer.replace(/^#\/line\//, "Line ").replace(/^#/, "");
    throw new Fault("invalid", `Nothing of the file was kept. ${where}: ${first.detail}`, { errors: this.list });
  }
}

/** A mistake that ends the reading of a file at once. @throws {Fault} invalid */
export function refuseLine(line: number, detail: string, says?: FieldError["says"]): never {
  const mistakes = new Mistakes();
  mistakes.at(line, detail, says);
  mistakes.refuse();
  throw new Error("unreachable");
}

export const quoted = (text: string): string => `"${text.length > 40 ? `${text.slice(0, 40)}…` : text}"`;

/** The text of a file: UTF-8 or UTF-16 by its mark, else Windows-1252 (Latin 1), as office programs write it. */
export function textOf(file: Uint8Array): string {
  if (file[0] === 0xff && file[1] === 0xfe) return new TextDecoder("utf-16le").decode(file);
  if (file[0] === 0xfe && file[1] === 0xff) return new TextDecoder("utf-16be").decode(file);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(file);
  } catch {
    return new TextDecoder("windows-1252").decode(file);
  }
}

/** More rows than this are more than one file holds. */
const ROWS_MAX = 2_000_000;
/** The longest lines of which we know, whole days of minutes, have about 15,000 signs. */
const LINE_MAX = 100_000;

export const DELIMITERS = [";", "\t", ","] as const;

/**
 * The fields of every line that is not empty, with its number in the file. A field may be quoted, but not run over
 * several lines: so a line is a row, and its number is right however damaged the lines before it are.
 * @param by  what stands between fields; else the first of `DELIMITERS` that is in the first line
 */
export function rowsOf(text: string, by?: string): Row[] {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/);
  const first = lines.find((line) => line.trim() !== "") ?? "";
  const delimiter = by ?? DELIMITERS.find((sign) => first.includes(sign)) ?? ",";
  const rows: Row[] = [];
  for (const [i, content] of lines.entries()) {
    if (content.trim() === "") continue;
    const line = i + 1;
    if (rows.length === ROWS_MAX)
      refuseLine(line, `The file has more than ${ROWS_MAX} lines; send it in parts.`, says("lines_many", ROWS_MAX));
    if (content.length > LINE_MAX)
      refuseLine(line, `The line is longer than ${LINE_MAX} signs.`, says("line_long", LINE_MAX));
    rows.push({ line, fields: fieldsOf(content, delimiter, line) });
  }
  return rows;
}

const says = (key: string, most?: number): FieldError["says"] => ({
  key,
  values: most === undefined ? {} : { most: String(most) },
});

function fieldsOf(content: string, delimiter: string, line: number): string[] {
  if (!content.includes('"')) return content.split(delimiter).map((field) => field.trim());
  try {
    const [record] = parse(content, { delimiter, relax_column_count: true, trim: true });
    return (record as string[] | undefined) ?? [""];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    refuseLine(line, "A quotation mark in it is not closed, or stands in the middle of a field.", says("quote_open"));
  }
}
