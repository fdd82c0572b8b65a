import type { Cell } from "../schema.ts";
import { assembled, COLUMNS_MAX, columnNames, hintedSystem, type RawRow } from "./assembling.ts";
import { layerOf } from "./layers.ts";
import { type Note, note, refuse } from "./note.ts";
import { type PlaceColumns, placeColumns } from "./place-columns.ts";
import type { Hints, Source } from "./source.ts";
import { type NumberKind, readWorkbook, type Workbook } from "./xlsx-parts.ts";
import { readXml } from "./xml.ts";
import type { Archive } from "./zip.ts";

const SAMPLE_ROWS = 200;

interface SheetRow {
  row: number;
  cells: Cell[];
}

/** Opens a workbook: each visible sheet is a layer, its first full row the header. */
export async function openXlsx(zip: Archive, hints: Hints): Promise<Source> {
  const book = await readWorkbook(zip);
  const layers = book.sheets.map(({ name }) => name);
  const { layer, notes } = layerOf(layers, hints);
  const sheet = new SheetReader(zip, book.sheets.find(({ name }) => name === layer)!.path, book);
  if (zip.names.some((name) => /vbaProject\.bin$/i.test(name))) notes.push(note("xlsx.macros"));

  const sample: SheetRow[] = [];
  for await (const rows of sheet.rows()) if (sample.push(...rows) > SAMPLE_ROWS) break;
  if (sample.length === 0) refuse("table.empty");
  const width = Math.max(...sample.map(({ cells }) => cells.length));
  const filled = ({ cells }: SheetRow) => cells.filter((cell) => cell !== null).length;
  const fullest = Math.max(...sample.map(filled));
  // Above a table there is often its title, in a cell or two.
  const first = sample.findIndex((row) => filled(row) * 2 >= fullest);
  const head = sample[first]!;
  if (first > 0) notes.push(note("table.title", { n: first, at: `#/row/${head.row}` }));
  const header =
    hints.header ?? head.cells.some((cell) => typeof cell === "string" && !/^\d{4}-\d{2}-\d{2}/.test(cell));
  const texts = Array.from({ length: width }, (_, i) => (header ? String(head.cells[i] ?? "") : `column ${i + 1}`));
  const { names, notes: named } = columnNames(texts, `#/row/${head.row}`);
  notes.push(...named);
  if (!header) notes.push(note("table.headless"));
  const from = header ? head.row + 1 : head.row;
  const rows = sample.filter(({ row }) => row >= from);
  if (rows.length === 0) refuse("table.empty");
  const { places, notes: placed } = placeColumns(
    names,
    rows.map(({ cells }) => textsOf(cells, width)),
    hints.epsg !== undefined,
  );
  notes.push(...placed);
  const kept = names.map((_, i) => i).filter((i) => !places?.dropped.has(i));
  return assembled(
    {
      format: "xlsx",
      layers,
      columns: kept.map((i) => ({ name: names[i]!, values: "typed" })),
      hasPlaces: places !== undefined,
      used: { layer, header },
      notes,
      system: hintedSystem(hints, places?.epsg),
      async *rows() {
        for await (const batch of sheet.rows())
          yield batch.flatMap((one) => (one.row < from ? [] : [rowOf(one, width, kept, places)]));
      },
      repaired: () => sheet.repaired(),
    },
    hints,
  );
}

const textsOf = (cells: Cell[], width: number): string[] =>
  Array.from({ length: width }, (_, i) => (cells[i] === null || cells[i] === undefined ? "" : String(cells[i])));

function rowOf({ row, cells }: SheetRow, width: number, kept: number[], places: PlaceColumns | undefined): RawRow {
  const at = `#/row/${row}`;
  const taken = kept.map((i) => cells[i] ?? null);
  if (cells.length > width) return { at, cells: taken, wrong: note("row.fields", { n: cells.length, columns: width }) };
  if (!places) return { at, cells: taken };
  const { geometry, wrong } = places.read(textsOf(cells, width));
  return wrong ? { at, cells: taken, wrong } : { at, cells: taken, geometry };
}

interface Counted {
  n: number;
  at: string;
  value: string;
}
const none = (): Counted => ({ n: 0, at: "", value: "" });

/** The rows of a sheet that are not empty, and what was left out of them. */
class SheetReader {
  private formulas = none();
  private unreckoned = none();
  private errors = none();
  constructor(
    private readonly zip: Archive,
    private readonly path: string,
    private readonly book: Workbook,
  ) {}

  repaired(): Note[] {
    const { formulas, unreckoned, errors } = this;
    return [
      ...(unreckoned.n > 0 ? [note("xlsx.unreckoned", { n: unreckoned.n, at: unreckoned.at })] : []),
      ...(formulas.n > 0 ? [note("xlsx.formulas", { n: formulas.n, at: formulas.at })] : []),
      ...(errors.n > 0 ? [note("xlsx.errors", { ...errors })] : []),
    ];
  }

  rows(): AsyncIterable<SheetRow[]> {
    this.formulas = none();
    this.unreckoned = none();
    this.errors = none();
    const count = (counted: Counted, row: number, value: string) => {
      if (counted.n === 0) Object.assign(counted, { at: `#/row/${row}`, value });
      counted.n += 1;
    };
    return readXml<SheetRow>(this.zip.bytes(this.path), (emit) => {
      let row = 0;
      let cells: Cell[] = [];
      let cell: Record<string, string> = {};
      let column = -1;
      let value = "";
      let isValue = false;
      let isFormula = false;
      return {
        open: (name, attributes) => {
          if (name === "row") {
            row = Number(attributes["r"] ?? row + 1);
            cells = [];
            column = -1;
          } else if (name === "c") {
            cell = attributes;
            column = attributes["r"] === undefined ? column + 1 : columnOf(attributes["r"], row);
            value = "";
            isFormula = false;
          } else if (name === "f") isFormula = true;
          else isValue = name === "v" || name === "t";
        },
        text(text) {
          if (isValue) value += text;
        },
        close: (name) => {
          if (name === "v" || name === "t") isValue = false;
          else if (name === "c") {
            if (isFormula) count(value === "" ? this.unreckoned : this.formulas, row, "");
            if (value === "") return;

            if (cell["t"] === "e") count(this.errors, row, value);
            else put(cells, column, cellOf(value, cell, this.book));
          } else if (name === "row" && cells.length > 0) emit({ row, cells });
        },
      };
    });
  }
}

function put(cells: Cell[], column: number, value: Cell): void {
  while (cells.length < column) cells.push(null);
  cells[column] = value;
}

/** The number of a cell's column: `C7` is 2. @throws {Unreadable} */
function columnOf(reference: string, row: number): number {
  const letters = /^([A-Z]{1,3})\d{1,7}$/.exec(reference)?.[1];
  if (letters === undefined) return refuse("xlsx.cell", { value: reference.slice(0, 40) }, `#/row/${row}`);
  const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
  return column < COLUMNS_MAX ? column : refuse("columns.many", { n: column + 1, most: COLUMNS_MAX }, `#/row/${row}`);
}

function cellOf(value: string, { t: type = "n", s: style }: Record<string, string>, book: Workbook): Cell {
  switch (type) {
    case "s":
      return emptyIsNone(book.texts[Number(value)] ?? "");
    case "b":
      return value === "1" || value === "true";
    case "str":
    case "inlineStr":
    case "d":
      return emptyIsNone(value);
    default: {
      const number = Number(value);
      if (!Number.isFinite(number)) return null;
      const kind = style === undefined ? "number" : (book.kinds[Number(style)] ?? "number");
      return kind === "number" ? number : dayOf(number, kind, book.isFrom1904);
    }
  }
}
const emptyIsNone = (text: string): Cell => (text.trim() === "" ? null : text);

const DAY_MS = 86_400_000;
const LAST_DAY = 2_958_465; // 9999-12-31
/** A workbook's number of days as ISO 8601 text, without a zone: it has none. */
function dayOf(serial: number, kind: NumberKind, isFrom1904: boolean): Cell {
  if (serial < 0 || serial > LAST_DAY) return serial;
  // Spreadsheets have a 29 February 1900, which never was: before it, days are counted one off.
  const base = isFrom1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, serial < 60 ? 31 : 30);
  const iso = new Date(base + Math.round(serial * 86_400) * 1000).toISOString();
  if (kind === "time" && serial < 1) return iso.slice(11, 19);
  return kind === "date" && (serial * DAY_MS) % DAY_MS < 1000 ? iso.slice(0, 10) : iso.slice(0, 19);
}
