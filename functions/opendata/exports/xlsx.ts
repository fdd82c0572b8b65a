import { strToU8, Zip, ZipDeflate } from "fflate";
import type { Passed } from "../query/only.ts";
import { wholly } from "../query/reading.ts";
import type { Cell, Column, ColumnType } from "../schema.ts";
import { isFormula } from "./csv.ts";

// A workbook as Office Open XML (ECMA-376), written row by row: texts stand in their cells, so that nothing must be
// known of later rows. The zip around it is fflate's.

/** Excel's own bounds. */
const SHEET_ROWS = 1_048_576;
const CELL_SIGNS = 32_767;
const ROWS_AT_ONCE = 2_000;
const NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** Positions in `cellXfs`. */
const STYLE = { plain: 0, day: 1, instant: 2, quoted: 3, heading: 4 };
const STYLES =
  `${HEAD}<styleSheet xmlns="${NAMESPACE}">` +
  '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>' +
  '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>' +
  '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>' +
  '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>' +
  '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
  '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
  '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' +
  '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' +
  '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' +
  '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/>' +
  '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs></styleSheet>';

/** The dataset as a workbook; what does not fit a sheet goes on in the next. */
export async function* xlsxOf(data: Passed): AsyncGenerator<Uint8Array> {
  const made: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    made.push(chunk);
  });
  function* taken() {
    yield* made.splice(0);
  }
  const sheets: string[] = [];
  let sheet: ZipDeflate | undefined;
  let row = 0;
  const begin = () => {
    sheets.push(sheets.length === 0 ? "Data" : `Data ${sheets.length + 1}`);
    sheet = new ZipDeflate(`xl/worksheets/sheet${sheets.length}.xml`, { level: 6 });
    zip.add(sheet);
    sheet.push(strToU8(`${HEAD}<worksheet xmlns="${NAMESPACE}"><sheetData>${headingRow(data.columns)}`));
    row = 1;
  };
  const end = () => sheet!.push(strToU8("</sheetData></worksheet>"), true);
  begin();
  for await (const rows of wholly(data))
    for (let at = 0; at < rows.rows; ) {
      if (row === SHEET_ROWS) {
        end();
        begin();
      }
      const count = Math.min(ROWS_AT_ONCE, rows.rows - at, SHEET_ROWS - row);
      const lines: string[] = [];
      for (let i = 0; i < count; i++)
        lines.push(`<row>${data.columns.map(({ type }, c) => cellXml(type, rows.cells[c]![at + i]!)).join("")}</row>`);
      sheet!.push(strToU8(lines.join("")));
      at += count;
      row += count;
      yield* taken();
    }
  end();
  for (const [name, text] of partsOf(sheets)) {
    const part = new ZipDeflate(name, { level: 6 });
    zip.add(part);
    part.push(strToU8(text), true);
  }
  zip.end();
  yield* taken();
}

const headingRow = (columns: readonly Column[]): string =>
  `<row>${columns.map(({ name, title }) => textCell(title ?? name, STYLE.heading)).join("")}</row>`;

function cellXml(type: ColumnType, cell: Cell): string {
  if (cell === null) return "<c/>";
  if (typeof cell === "number") return `<c><v>${cell}</v></c>`;
  if (typeof cell === "boolean") return `<c t="b"><v>${cell ? 1 : 0}</v></c>`;
  const serial = type === "date" || type === "datetime" ? serialOf(cell) : undefined;
  if (serial !== undefined) return `<c s="${type === "date" ? STYLE.day : STYLE.instant}"><v>${serial}</v></c>`;
  // What would be run as a formula when somebody edits the cell is marked as a text, as by an apostrophe.
  return textCell(cell, isFormula(cell) ? STYLE.quoted : STYLE.plain);
}

const textCell = (text: string, style: number): string =>
  `<c t="inlineStr"${style ? ` s="${style}"` : ""}><is><t xml:space="preserve">${escaped(text.slice(0, CELL_SIGNS))}</t></is></c>`;

const DAY_MS = 86_400_000;
/** Days since the end of 1899, as spreadsheets count; before March 1900 they count otherwise, and texts stay. */
function serialOf(text: string): number | undefined {
  const millis = Date.parse(text.includes("T") && !text.endsWith("Z") ? `${text}Z` : text);
  const serial = millis / DAY_MS + 25_569;
  return serial >= 61 ? serial : undefined;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are meant
const UNSAYABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
/** Signs that XML has no place for are written as the format wants it: `_x0007_`; and so is what looks like that. */
const escaped = (text: string): string =>
  text
    .replaceAll(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_")
    .replaceAll(UNSAYABLE, (sign) => `_x${sign.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}_`)
    .replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign]!);

/** All parts beside the sheets. */
function partsOf(sheets: readonly string[]): [name: string, text: string][] {
  const numbers = sheets.map((_, i) => i + 1);
  const type = (part: string) => `application/vnd.openxmlformats-officedocument.spreadsheetml.${part}+xml`;
  const override = (part: string, of: string) => `<Override PartName="/${part}" ContentType="${type(of)}"/>`;
  const styles = sheets.length + 1;
  return [
    [
      "[Content_Types].xml",
      `${HEAD}<Types xmlns="${PACKAGE}/content-types">` +
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
        '<Default Extension="xml" ContentType="application/xml"/>' +
        override("xl/workbook.xml", "sheet.main") +
        override("xl/styles.xml", "styles") +
        numbers.map((n) => override(`xl/worksheets/sheet${n}.xml`, "worksheet")).join("") +
        "</Types>",
    ],
    [
      "_rels/.rels",
      `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">` +
        `<Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    ],
    [
      "xl/_rels/workbook.xml.rels",
      `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">` +
        numbers
          .map((n) => `<Relationship Id="rId${n}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${n}.xml"/>`)
          .join("") +
        `<Relationship Id="rId${styles}" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
    ],
    [
      "xl/workbook.xml",
      `${HEAD}<workbook xmlns="${NAMESPACE}" xmlns:r="${OFFICE}"><sheets>` +
        numbers.map((n) => `<sheet name="${sheets[n - 1]}" sheetId="${n}" r:id="rId${n}"/>`).join("") +
        "</sheets></workbook>",
    ],
    ["xl/styles.xml", STYLES],
  ];
}
