import { CsvError, parse } from "csv-parse/sync";
import { Fault } from "../../shared/errors.ts";
import type { Frame } from "./frame.ts";
import type { Geometry } from "./geometry.ts";
import { infer, isLatitude, isLongitude } from "./infer.ts";
import type { Cell } from "./schema.ts";

export const ROWS_MAX = 200_000;
const COLUMNS_MAX = 500;
const NAME_MAX = 120;
const MISTAKES_SHOWN = 20;
const DELIMITERS = [",", ";", "\t", "|"] as const;

const atLine = (line: number, detail: string) => ({ pointer: `#/line/${line}`, detail });
const refuse = (errors: { pointer: string; detail: string }[]): never => {
  throw new Fault("invalid", errors[0]!.detail, { errors });
};

/** Bytes as text: UTF-8, with or without its mark, or UTF-16 by its mark, or else Windows-1252. */
export function decode(bytes: Uint8Array, notes: string[]): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    notes.push("The file is UTF-16; it was read as such.");
    return new TextDecoder(bytes[0] === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
  }
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    const line = bytes.subarray(0, nul).filter((byte) => byte === 10).length + 1;
    refuse([atLine(line, `Line ${line} holds a NUL byte: this is not a text file.`)]);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    notes.push("The file is not UTF-8; it was read as Windows-1252. Look at accented letters before you publish.");
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** The delimiter that splits the header, and most lines as it does; of two, the one that splits more. */
function delimiterOf(text: string): string {
  const lines = text.split(/\r?\n/, 20).filter(Boolean);
  const score = (delimiter: string) => {
    const counts = lines.map((line) => line.replaceAll(/"[^"]*"/g, "").split(delimiter).length - 1);
    const [header = 0] = counts;
    return header === 0 ? 0 : counts.filter((count) => count === header).length * 1000 + header;
  };
  return [...DELIMITERS].sort((a, b) => score(b) - score(a))[0]!;
}

/** Reads a CSV with a header line. @throws {Fault} invalid, with line and reason; too_large */
export function readCsv(bytes: Uint8Array): Frame {
  const notes: string[] = [];
  const text = decode(bytes, notes);
  if (text.trim() === "") refuse([atLine(1, "The file is empty.")]);
  const delimiter = delimiterOf(text);
  if (delimiter !== ",") notes.push(`Fields are separated by ${delimiter === "\t" ? "tabs" : `“${delimiter}”`}.`);
  const lines = parseLines(text, delimiter);
  const header = (lines.shift()?.record ?? []).map((name) => name.trim());
  checkHeader(header);
  if (lines.length === 0) refuse([atLine(2, "There is a header, but no row below it.")]);
  if (lines.length > ROWS_MAX) throw new Fault("too_large", `At most ${ROWS_MAX} rows.`);

  const wrong = lines
    .filter(({ record }) => record.length !== header.length)
    .map(({ record, line }) => atLine(line, `Line ${line} has ${record.length} fields, the header ${header.length}.`));
  if (wrong.length > 0) refuse(wrong.slice(0, MISTAKES_SHOWN));

  const columns: Frame["columns"] = [];
  const cells: Cell[][] = [];
  header.forEach((name, i) => {
    const texts = lines.map(({ record }) => record[i]!.trim());
    const { type, read, note } = infer(texts);
    if (note) notes.push(`Column ${name}: ${note}.`);
    columns.push({ name, type });
    cells.push(texts.map((cell) => (cell === "" ? null : read(cell))));
  });
  return {
    columns,
    cells,
    places: placesOf(
      columns,
      cells,
      lines.map(({ line }) => line),
      notes,
    ),
    notes,
  };
}

function parseLines(text: string, delimiter: string): { record: string[]; line: number }[] {
  try {
    const found = parse(text, {
      bom: true,
      delimiter,
      relax_column_count: true,
      skip_empty_lines: true,
      info: true,
      max_record_size: 1_000_000,
    }) as unknown as {
      record: string[];
      info: { lines: number };
    }[];
    return found.map(({ record, info }) => ({ record, line: info.lines }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Number((error as { lines?: number }).lines ?? 1);
    const detail =
      error.code === "CSV_QUOTE_NOT_CLOSED"
        ? `A quote is opened on line ${line} or before and never closed.`
        : `Line ${line} cannot be read: ${error.message.slice(0, 200)}`;
    return refuse([atLine(line, detail)]);
  }
}

function checkHeader(header: string[]): void {
  if (header.length > COLUMNS_MAX) refuse([atLine(1, `There are ${header.length} columns; at most ${COLUMNS_MAX}.`)]);
  const errors = header.flatMap((name, i) => {
    if (name === "") return [atLine(1, `Column ${i + 1} has no name.`)];
    if (name.length > NAME_MAX) return [atLine(1, `The name of column ${i + 1} is longer than ${NAME_MAX} signs.`)];
    return header.indexOf(name) === i ? [] : [atLine(1, `Two columns are called ${name}.`)];
  });
  if (errors.length > 0) refuse(errors.slice(0, MISTAKES_SHOWN));
}

/** Points from a latitude and a longitude column, where there are both. */
function placesOf(
  columns: Frame["columns"],
  cells: Cell[][],
  lines: number[],
  notes: string[],
): (Geometry | null)[] | undefined {
  const isNumeric = (i: number) => ["integer", "number"].includes(columns[i]!.type);
  const lat = columns.findIndex(({ name }, i) => isLatitude(name) && isNumeric(i));
  const lon = columns.findIndex(({ name }, i) => isLongitude(name) && isNumeric(i));
  if (lat < 0 || lon < 0) return undefined;
  const errors: { pointer: string; detail: string }[] = [];
  const places = lines.map((line, row): Geometry | null => {
    const [x, y] = [cells[lon]![row], cells[lat]![row]];
    if (typeof x !== "number" || typeof y !== "number") return null;
    if (Math.abs(x) <= 180 && Math.abs(y) <= 90) return { type: "Point", coordinates: [x, y] };
    errors.push(atLine(line, `Line ${line}: ${y}, ${x} is no latitude and longitude in degrees.`));
    return null;
  });
  // Columns called x and y that hold something else are no places.
  if (errors.length > 0 && !/^l/i.test(columns[lat]!.name)) return undefined;
  if (errors.length > 0) refuse(errors.slice(0, MISTAKES_SHOWN));
  notes.push(`Places are made of the columns ${columns[lat]!.name} and ${columns[lon]!.name}.`);
  return places;
}
