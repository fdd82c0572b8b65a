import { CsvError, type Options, type Parser, parse } from "csv-parse";
import { assembled, batched, COLUMNS_MAX, columnNames, hintedSystem, type RawRow } from "./assembling.ts";
import { type Bytes, startOf } from "./bytes.ts";
import { numberOf } from "./converting.ts";
import { type Note, note, refuse } from "./note.ts";
import { type PlaceColumns, placeColumns } from "./place-columns.ts";
import type { Hints, Source } from "./source.ts";
import { encodingOf, textOf } from "./text.ts";

const DELIMITERS = [",", ";", "\t", "|"] as const;
const SAMPLE = 256 * 1024;
const SAMPLE_ROWS = 200;
/** No row is longer: what is, has a quote that was never closed, or is no table. */
const RECORD_MAX = 1_000_000;
/** So many delimiters before the first line ends are those of columns, even if some stand in quotes. */
const WIDE = 20 * COLUMNS_MAX;

/** A parser makes records of all that it is given before it waits: so it is given little. */
const PIECE = 64 * 1024;

interface Line {
  line: number;
  fields: string[];
}

/** How a table of text is written. */
export interface Dialect {
  encoding: string;
  delimiter: string;
  /** Lines before the first of the table: `sep=;`, as spreadsheets write it. */
  skipped: number;
}

/** Opens a table of text: encoding, delimiter, header, decimal sign and places are found out where no hint says them. */
export async function openCsv(bytes: Bytes, hints: Hints): Promise<Source> {
  const { encoding, notes } = await encodingOf(bytes, hints.encoding);
  const start = await startText(bytes, encoding);
  if (start.trim() === "") refuse("file.empty");
  const said = /^sep=(.)\r?\n/.exec(start);
  const dialect: Dialect = {
    encoding,
    delimiter: hints.delimiter ?? said?.[1] ?? delimiterOf(start),
    skipped: said ? 1 : 0,
  };
  demandWidth(start, dialect.delimiter);
  const sample: Line[] = [];
  for await (const line of linesOf(bytes, dialect)) if (sample.push(line) > SAMPLE_ROWS) break;
  const [first, ...more] = sample;
  if (!first) refuse("file.empty");
  const header = hints.header ?? !isAllValues(first!.fields);
  const { names, notes: named } = columnNames(
    header ? first!.fields : first!.fields.map((_, i) => `column ${i + 1}`),
    `#/line/${first!.line}`,
  );
  if (header && more.length === 0) refuse("table.empty");
  const rows = header ? more : sample;
  const decimal = hints.decimal ?? decimalOf(rows, dialect.delimiter);
  const { places, notes: placed } = placeColumns(
    names,
    rows.map(({ fields }) => fields),
    hints.epsg !== undefined,
  );
  const found: Note[] = [...notes, ...named, ...placed];
  if (!header) found.push(note("table.headless"));
  if (dialect.delimiter !== ",")
    found.push(note(dialect.delimiter === "\t" ? "table.tabs" : "table.delimiter", { value: dialect.delimiter }));
  const kept = names.map((_, i) => i).filter((i) => !places?.dropped.has(i));
  const table = new Table(bytes, dialect, { header, names, kept, places });
  return assembled(
    {
      format: "csv",
      layers: [],
      columns: kept.map((i) => ({ name: names[i]!, values: "texts" })),
      hasPlaces: places !== undefined,
      used: { encoding, delimiter: dialect.delimiter, header, decimal },
      notes: found,
      system: hintedSystem(hints, places?.epsg),
      rows: () => table.rows(),
      repaired: () => table.repaired(),
    },
    hints,
  );
}

/** The rows of a table, and how many had too many fields. */
class Table {
  private ragged = { n: 0, at: "" };
  constructor(
    private readonly bytes: Bytes,
    private readonly dialect: Dialect,
    private readonly shape: { header: boolean; names: string[]; kept: number[]; places: PlaceColumns | undefined },
  ) {}

  rows(): AsyncIterable<RawRow[]> {
    this.ragged = { n: 0, at: "" };
    return batched(this.each());
  }

  repaired(): Note[] {
    return this.ragged.n > 0 ? [note("table.trailing", this.ragged)] : [];
  }

  private async *each(): AsyncIterable<RawRow> {
    const { header, names, kept, places } = this.shape;
    const isWhole = kept.length === names.length;
    let isFirst = true;
    for await (const { line, fields } of linesOf(this.bytes, this.dialect)) {
      if (isFirst && header) {
        isFirst = false;
        continue;
      }
      isFirst = false;
      const at = `#/line/${line}`;
      if (fields.length !== names.length) {
        const wrong = this.fitted(fields, names.length, at);
        if (wrong) {
          yield { at, cells: kept.map((i) => emptyIsNone(fields[i])), wrong };
          continue;
        }
      }
      const cells = isWhole ? fields.map(emptyIsNone) : kept.map((i) => emptyIsNone(fields[i]));
      if (!places) yield { at, cells };
      else {
        const { geometry, wrong } = places.read(fields);
        yield wrong ? { at, cells, wrong } : { at, cells, geometry };
      }
    }
  }

  /** Empty fields after the last column are left out, as spreadsheets write them; anything else is another table's. */
  private fitted(fields: string[], width: number, at: string): Note | undefined {
    if (fields.length < width || fields.slice(width).some((field) => field.trim() !== ""))
      return note("row.fields", { n: fields.length, columns: width });
    fields.length = width;
    if (this.ragged.n === 0) this.ragged.at = at;
    this.ragged.n += 1;
    return undefined;
  }
}

const emptyIsNone = (field: string | undefined): string | null => (field === undefined || field === "" ? null : field);

async function startText(bytes: Bytes, encoding: string): Promise<string> {
  return new TextDecoder(encoding).decode(await startOf(bytes, SAMPLE), { stream: true });
}

/** The lines of a table. @throws {Unreadable} a quote that is never closed, by its line */
export async function* linesOf(bytes: Bytes, { encoding, delimiter, skipped }: Dialect): AsyncIterable<Line> {
  let last = skipped;
  const options: Options<Line, string[]> = {
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    from_line: skipped + 1,
    max_record_size: RECORD_MAX,
    on_record: (fields: string[], { lines: line }) => {
      last = line;
      return { line, fields };
    },
  };
  // The library's own types forget that `on_record` may make something else of a record.
  const parser = parse(options as unknown as Options);
  const feed = fed(parser, textOf(bytes, encoding));
  try {
    yield* parser as AsyncIterable<Line>;
    await feed;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const at = `#/line/${last + 1}`;
    if (error.code === "CSV_QUOTE_NOT_CLOSED") refuse("table.quote", { at }, at);
    if (error.code === "CSV_MAX_RECORD_SIZE") refuse("table.record", { at, most: RECORD_MAX }, at);
    refuse("table.wrong", { at, value: error.message.slice(0, 160) }, at);
  } finally {
    parser.destroy();
  }
}

/** Feeds a parser as it has room. What fails at reading the file fails the parser, and so whoever reads from it. */
async function fed(parser: Parser, texts: AsyncIterable<string>): Promise<void> {
  try {
    for await (const text of texts)
      for (let at = 0; at < text.length; at += PIECE) {
        if (parser.destroyed) return;
        if (!parser.write(text.slice(at, at + PIECE))) await drained(parser);
      }
    if (!parser.destroyed) parser.end();
  } catch (error) {
    parser.destroy(error as Error);
  }
}

const drained = (parser: Parser): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      parser.off("drain", done).off("close", done);
      resolve();
    };
    parser.on("drain", done).on("close", done);
  });

/** A header that goes on and on is found out before millions of fields are made of it. */
function demandWidth(start: string, delimiter: string): void {
  let columns = 1;
  for (let at = start.indexOf(delimiter); at >= 0; at = start.indexOf(delimiter, at + 1)) columns += 1;
  if (columns > WIDE && !/[\r\n]/.test(start)) refuse("columns.over", { most: COLUMNS_MAX }, "#/line/1");
}

/** The delimiter that splits the header, and most lines as it does; of two, the one that splits more. */
function delimiterOf(text: string): string {
  const lines = text.split(/\r\n|\n|\r/, 20).filter(Boolean);
  const score = (delimiter: string) => {
    const counts = lines.map((line) => line.replaceAll(/"[^"]*"/g, "").split(delimiter).length - 1);
    const [header = 0] = counts;
    return header === 0 ? 0 : counts.filter((count) => count === header).length * 1000 + header;
  };
  return [...DELIMITERS].sort((a, b) => score(b) - score(a))[0]!;
}

const VALUE = /^(?:[+-]?\d[\d\s.,']*%?|\d{4}-\d{2}-\d{2}.*|\d{1,2}\/\d{1,2}\/\d{4}.*)$/;
/** A first line that holds nothing but numbers and days names no columns. Years may: `2024;2025` has no names beside. */
const isAllValues = (fields: string[]): boolean =>
  fields.some((field) => field !== "") && fields.every((field) => field === "" || VALUE.test(field.trim()));

/** Commas are decimal signs where fields are not parted by them, and numbers of the file have them rather than points. */
function decimalOf(rows: Line[], delimiter: string): "." | "," {
  if (delimiter === ",") return ".";
  let commas = 0;
  for (const { fields } of rows)
    for (const field of fields) {
      const text = field.trim();
      if (numberOf(text, { decimal: "," }) === undefined) continue;
      if (text.includes(",")) commas += 1;
      else if (text.includes(".")) commas -= 1;
    }
  return commas > 0 ? "," : ".";
}
