import { XMLParser, XMLValidator } from "fast-xml-parser";
import { Fault, invalid } from "./errors.ts";

/** A bank's statement of a big city's day, the largest that is read, has some thousands of entries. */
export const XML_MAX = { bytes: 5_000_000, depth: 40, elements: 400_000 };

export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

const malformed = (detail: string, line: number, key: string, values: Record<string, string> = {}): Fault =>
  new Fault("malformed", detail, { errors: [{ pointer: `#/line/${line}`, detail, says: { key, values } }] });

// The five that every XML has. A document may not bring its own: entities that name one another grow without end, and
// those that name files read them.
const NAMED: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
/** Half of a sign that takes two places: by itself it is none, and XML has no name for it. */
const isHalf = (code: number): boolean => code >= 0xd800 && code <= 0xdfff;
export const unescaped = (text: string): string =>
  text.replace(/&(?:#([0-9]{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));/g, (whole, ten, hex, name) => {
    if (name !== undefined) return NAMED[name as string] ?? whole;
    const code = ten === undefined ? Number.parseInt(hex as string, 16) : Number(ten);
    return code > 0 && code <= 0x10ffff && !isHalf(code) ? String.fromCodePoint(code) : "";
  });

/**
 * An XML text as plain objects, without name-space prefixes; attributes begin with `@`. All values are strings.
 * @throws {Fault} too_large; malformed, with the line: a document type, nesting beyond measure, not well-formed
 */
export function readXml(
  bytes: Uint8Array,
  lists: ReadonlySet<string>,
  most = XML_MAX,
): { text: string; root: Record<string, unknown> } {
  if (bytes.byteLength > most.bytes) {
    const detail = `A file has at most ${most.bytes} bytes.`;
    const says = { key: "file_large", values: { most: String(most.bytes) } };
    throw new Fault("too_large", detail, { errors: [{ pointer: "#/file", detail, says }] });
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw malformed("The file is not UTF-8.", 1, "not_utf8");
  }
  const declared = /^\s*<\?xml[^>]*encoding\s*=\s*["']([^"']+)/i.exec(text)?.[1];
  if (declared && !/^(utf-?8|us-ascii)$/i.test(declared))
    throw malformed(`The encoding ${declared} is not taken.`, 1, "xml_encoding", { encoding: declared.slice(0, 40) });
  const forbidden = /<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION|\[CDATA\[)/i.exec(text);
  if (forbidden)
    throw malformed(`${forbidden[0]} is not taken.`, lineAt(text, forbidden.index), "xml_forbidden", {
      found: forbidden[0],
    });
  bounded(text, most);
  const valid = XMLValidator.validate(text);
  if (valid !== true) {
    const reason = valid.err.msg.slice(0, 200);
    throw malformed(`Not well-formed: ${reason}`, valid.err.line, "xml_not_formed", { reason });
  }
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    removeNSPrefix: true,
    parseTagValue: false,
    parseAttributeValue: false,
    processEntities: false,
    trimValues: true,
    isArray: (name) => lists.has(name),
  });
  try {
    return { text, root: parser.parse(text) as Record<string, unknown> };
  } catch (error) {
    const reason = (error as Error).message.slice(0, 200);
    throw malformed(`It cannot be read: ${reason}`, 1, "xml_unreadable", { reason });
  }
}

/** From one tag to the next. An element of very many attributes takes the parser the square of their number. */
const PIECE_MAX = 100_000;

/** Depth, length and number of elements, before anything is built of them. */
function bounded(text: string, most: typeof XML_MAX): void {
  for (let at = text.indexOf("<"); at >= 0; ) {
    const next = text.indexOf("<", at + 1);
    if ((next < 0 ? text.length : next) - at > PIECE_MAX)
      throw malformed(`An element is longer than ${PIECE_MAX} signs.`, lineAt(text, at), "xml_long", {
        most: String(PIECE_MAX),
      });
    at = next;
  }
  let depth = 0;
  let elements = 0;
  for (const { 1: closing, 2: own, index } of text.matchAll(/<(\/?)[A-Za-z_][^<>]*?(\/?)>/g)) {
    if (closing) depth -= 1;
    else {
      elements += 1;
      if (!own) depth += 1;
    }
    if (depth > most.depth) throw malformed("Elements are nested too deep.", lineAt(text, index), "xml_deep");
    if (elements > most.elements) throw malformed("There are too many elements.", lineAt(text, index), "xml_many");
  }
}

/** What stands under these names, where all of it is there; of an element with attributes its text. */
export function at(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const name of path) {
    if (Array.isArray(found)) found = found[0];
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}
export function textAt(value: unknown, ...path: string[]): string {
  const found = at(value, ...path);
  const one = Array.isArray(found) ? found[0] : found;
  const text = typeof one === "object" && one !== null ? (one as Record<string, unknown>)["#text"] : one;
  return typeof text === "string" ? unescaped(text).trim() : "";
}
export function listAt(value: unknown, ...path: string[]): unknown[] {
  const found = at(value, ...path);
  return found === undefined ? [] : Array.isArray(found) ? found : [found];
}

export const wrong = (line: number, detail: string): Fault => invalid(`#/line/${line}`, detail);
