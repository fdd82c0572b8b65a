import { refuse } from "./note.ts";

/** So much of a file shows what it is. */
export const START = 64 * 1024;

export type Kind = "gzip" | "zip" | "sqlite" | "xml" | "json" | "sequence" | "text";

const MAGIC: [kind: Kind, bytes: number[]][] = [
  ["gzip", [0x1f, 0x8b]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
  ["zip", [0x50, 0x4b, 0x05, 0x06]],
  ["sqlite", [...Buffer.from("SQLite format 3\0")]],
];
const OTHERS: [name: string, bytes: number[]][] = [
  ["PDF", [...Buffer.from("%PDF")]],
  ["RAR", [...Buffer.from("Rar!")]],
  ["7-Zip", [0x37, 0x7a, 0xbc, 0xaf]],
  ["Parquet", [...Buffer.from("PAR1")]],
  ["PNG", [0x89, 0x50, 0x4e, 0x47]],
  ["JPEG", [0xff, 0xd8, 0xff]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
];
/** Workbooks that are one document of XML. */
const MARKED_WORKBOOKS: [name: string, pattern: RegExp][] = [
  [".fods", /<office:document\b/],
  ["XML 2003 (.xml, .xls)", /urn:schemas-microsoft-com:office:spreadsheet/],
];
/** Workbooks that are a zip file, by what stands in it. */
export const PACKED_WORKBOOKS: [name: string, pattern: RegExp][] = [
  [".xlsb", /^xl\/workbook\.bin$/i],
  [".numbers", /\.iwa$/i],
  // And a `content.xml`: other packed files have a manifest, too.
  [".ods", /^META-INF\/manifest\.xml$/],
];
const OLD_OFFICE = [0xd0, 0xcf, 0x11, 0xe0];

/** What a file is, by how it starts, whatever it is called. @throws {Unreadable} what is known, and not read here */
export function kindOf(start: Uint8Array): Kind {
  const begins = (bytes: number[]) => bytes.every((byte, i) => start[i] === byte);
  const magic = MAGIC.find(([, bytes]) => begins(bytes));
  if (magic) return magic[0];
  if (begins(OLD_OFFICE)) refuse("xlsx.old");
  const other = OTHERS.find(([, bytes]) => begins(bytes));
  if (other) refuse("file.kind", { value: other[0] });
  const isUtf16 = (start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff);
  const text = new TextDecoder(isUtf16 ? (start[0] === 0xff ? "utf-16le" : "utf-16be") : "utf-8")
    .decode(start)
    .trimStart();
  if (text.startsWith("<")) {
    const other = MARKED_WORKBOOKS.find(([, pattern]) => pattern.test(text));
    if (other) refuse("workbook.other", { value: other[0] });
    if (/^<(?:!doctype html|html|table|meta)\b/i.test(text)) refuse("workbook.page");
    return "xml";
  }
  if (text.startsWith("\u001e")) return "sequence";
  if (!text.startsWith("{") && !text.startsWith("[")) return "text";
  const [line = "", ...more] = text.split(/\r?\n/, 3);
  return text.startsWith("{") && more.some((one) => one.startsWith("{")) && isJson(line) ? "sequence" : "json";
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
