import { SaxesParser } from "saxes";
import { type Bytes, startOf } from "./bytes.ts";
import { refuse } from "./note.ts";
import { known } from "./text.ts";

const DEPTH_MAX = 60;
/** The outline of a country in one element has some million signs. */
const TEXT_MAX = 16_000_000;
const ATTRIBUTES_MAX = 200;
/** What is fed to the parser at once: it makes rows of all of it before any of them is taken. */
const PIECE = 64 * 1024;

/** What a reader of elements is told. Names come without their prefix. */
export interface Elements {
  open(name: string, attributes: Record<string, string>, line: number): void;
  text(text: string): void;
  close(name: string): void;
}

const local = (name: string): string => name.slice(name.indexOf(":") + 1);

/**
 * Reads XML of any size; what the reader of its elements emits comes out in lists. No document may bring a type or
 * entities of its own: entities that name one another grow without end, and those that name files read them.
 * @throws {Unreadable} not well-formed, nested or long beyond measure, with the line
 */
export async function* readXml<Row>(
  bytes: Bytes,
  reader: (emit: (row: Row) => void) => Elements,
): AsyncIterable<Row[]> {
  const file = bytes.name;
  const decode = await decoderOf(bytes);
  let rows: Row[] = [];
  const { open, text, close } = reader((row) => rows.push(row));
  const parser = new SaxesParser();
  const at = () => `#/${encodeURIComponent(file)}/line/${parser.line}`;
  let depth = 0;
  let attributes = 0;
  // A text, a comment or a tag grows in the parser's memory until it ends.
  let lastEnd = 0;
  const ends = () => {
    lastEnd = parser.position;
  };
  parser.on("error", () => refuse("xml.wrong", { file, at: at() }, at()));
  parser.on("doctype", () => refuse("xml.doctype", { file, at: at() }, at()));
  parser.on("attribute", () => {
    attributes += 1;
    if (attributes > ATTRIBUTES_MAX) refuse("xml.wrong", { file, at: at() }, at());
  });
  parser.on("opentag", (tag) => {
    ends();
    attributes = 0;
    depth += 1;
    if (depth > DEPTH_MAX) refuse("xml.deep", { file, at: at(), most: DEPTH_MAX }, at());
    open(local(tag.name), tag.attributes as Record<string, string>, parser.line);
  });
  const said = (one: string) => {
    ends();
    text(one);
  };
  parser.on("text", said);
  parser.on("cdata", said);
  parser.on("closetag", (tag) => {
    ends();
    depth -= 1;
    close(local(tag.name));
  });
  const feed = (piece: Uint8Array) => {
    let written: string;
    try {
      written = decode(piece);
    } catch {
      return refuse("xml.wrong", { file, at: at() }, at());
    }
    parser.write(written);
    if (parser.position - lastEnd > TEXT_MAX) refuse("xml.long", { file, at: at(), most: TEXT_MAX }, at());
  };
  for await (const chunk of bytes.stream())
    for (let from = 0; from < chunk.length; from += PIECE) {
      feed(chunk.subarray(from, from + PIECE));
      if (rows.length === 0) continue;
      yield rows;
      rows = [];
    }
  parser.close();
  if (rows.length > 0) yield rows;
}

/** Reads XML that gives one thing as a whole. */
export async function readAllXml<Row>(bytes: Bytes, reader: (emit: (row: Row) => void) => Elements): Promise<Row[]> {
  const all: Row[] = [];
  for await (const rows of readXml(bytes, reader)) for (const row of rows) all.push(row);
  return all;
}

/** What turns the document's bytes into text, piece by piece: UTF-8, UTF-16 by its mark, or what it declares. */
async function decoderOf(bytes: Bytes): Promise<(piece: Uint8Array) => string> {
  const start = await startOf(bytes, 200);
  const isUtf16 = (start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff);
  const declared = /encoding\s*=\s*["']([\w-]{1,40})/.exec(Buffer.from(start).toString("latin1"))?.[1];
  const label = isUtf16 ? (start[0] === 0xff ? "utf-16le" : "utf-16be") : (declared ?? "utf-8");
  const decoder = new TextDecoder(known(label), { fatal: true });
  return (piece) => decoder.decode(piece, { stream: true });
}
