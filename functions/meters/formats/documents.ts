import { type Place, refuseLine } from "../../../shared/delimited.ts";
import { Fault } from "../../../shared/errors.ts";
import { lineAt, readXml } from "../../../shared/xml.ts";
import { fileFault, refuseFile } from "./mistakes.ts";

/** A year of quarter-hours has 35,040 readings of about seven elements and 200 bytes each. */
const XML_MAX = { bytes: 24_000_000, depth: 40, elements: 800_000 };
const JSON_MAX_BYTES = 24_000_000;

/** Numbers the elements that readings come from, and finds the path of each again. */
export class Places {
  private readonly paths: string[] = [];

  of(path: string): number {
    return this.paths.push(path) - 1;
  }
  readonly find: Place = (number) => this.paths[number] ?? "";
}

/** Of which name spaces (their addresses) some names of elements must be, where they are of any. */
export type NameSpaces = readonly { names: ReadonlySet<string>; address: RegExp; says: string }[];

/**
 * An XML document as plain objects (`shared/xml.ts`): the name of its root, and what is in it.
 *
 * @throws {Fault} too_large; invalid by line: not well-formed, entities, name spaces that are not declared or not known
 */
export function xmlDocument(
  file: Uint8Array,
  lists: ReadonlySet<string>,
  spaces: NameSpaces,
): { name: string; root: unknown } {
  try {
    const { text, root } = readXml(file, lists, XML_MAX);
    demandNameSpaces(text, spaces);
    const name = Object.keys(root).find((key) => !key.startsWith("?"));
    if (name === undefined) refuseFile(1, "xml_no_element");
    return { name, root: root[name] };
  } catch (error) {
    // What cannot be read is a mistake of the file, as those of every format are.
    if (!(error instanceof Fault) || error.kind !== "malformed") throw error;
    const { pointer, detail, says } = error.members.errors![0]!;
    refuseLine(Number(pointer.slice("#/line/".length)), detail, says);
  }
}

const TAG = /<(\/?)(?:([A-Za-z_][\w.-]*):)?([A-Za-z_][\w.-]*)((?:[^<>"']|"[^"]*"|'[^']*')*?)(\/?)>/g;
const DECLARATION = /\sxmlns(?::([A-Za-z_][\w.-]*))?\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const COMMENT = /<!--[\s\S]*?-->/g;
type Scope = ReadonlyMap<string, string>;

/** Prefixes mean nothing, what they stand for does: an element of the right name may be of another vocabulary. */
function demandNameSpaces(text: string, spaces: NameSpaces): void {
  const plain = text.replace(COMMENT, (comment) => " ".repeat(comment.length));
  const scopes: Scope[] = [new Map([["", ""]])];
  for (const { 1: closing, 2: prefix = "", 3: name, 4: attributes, 5: own, index } of plain.matchAll(TAG)) {
    if (closing) {
      if (scopes.length > 1) scopes.pop();
      continue;
    }
    const scope = attributes!.includes("xmlns") ? within(scopes.at(-1)!, attributes!) : scopes.at(-1)!;
    const address = scope.get(prefix);
    if (address === undefined) refuseFile(lineAt(text, index), "xml_prefix", { prefix });
    const wanted = spaces.find((space) => space.names.has(name!));
    if (wanted && address !== "" && !wanted.address.test(address))
      refuseFile(lineAt(text, index), "xml_space", { name: name!, address: address.slice(0, 80), known: wanted.says });
    if (!own) scopes.push(scope);
  }
}

function within(outer: Scope, attributes: string): Scope {
  const inner = new Map(outer);
  for (const [, prefix = "", double, single] of attributes.matchAll(DECLARATION))
    inner.set(prefix, double ?? single ?? "");
  return inner;
}

/**
 * A JSON document as plain objects. Numbers stay as they are written, so that no digit is lost to a float.
 *
 * @throws {Fault} too_large; invalid by line: it is no JSON
 */
export function jsonDocument(file: Uint8Array): unknown {
  if (file.byteLength > JSON_MAX_BYTES) throw fileFault("too_large", "#/file", "json_large", { most: JSON_MAX_BYTES });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(file);
  } catch {
    refuseFile(1, "not_utf8");
  }
  try {
    return JSON.parse(text, asWritten);
  } catch (error) {
    const { message } = error as Error;
    const line = /\(line (\d+)/.exec(message)?.[1] ?? lineAt(text, text.length);
    // A document that is nested without end runs out of stack, and is refused as any other.
    refuseFile(Number(line), error instanceof SyntaxError ? "json_wrong" : "json_deep");
  }
}

/** A third argument tells the source of a plain value; the compiler's library does not know of it yet. */
const asWritten = (_key: string, value: unknown, context?: { source?: string }): unknown =>
  typeof value === "number" ? (context?.source ?? String(value)) : value;
