import type { Bytes } from "./bytes.ts";
import { refuse } from "./note.ts";

/** No element of a list is larger: a country's coast in full has about 10 MB. */
const ELEMENT_MAX = 16 * 1024 * 1024;
/** Of what a document has beside its list, so much is kept of each member. */
const MEMBER_MAX = 64 * 1024;
const MEMBERS_MAX = 1_000;
const DEPTH_MAX = 100;

/** An element of the list that is looked for, or another member of the document's object (cut off, if it is large). */
export type Piece = { element: unknown; index: number; line: number } | { member: string; value: unknown };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const COMMA = 0x2c;
const COLON = 0x3a;
const LINE_FEED = 0x0a;
const NONE = -1;
/** White space, and the mark before each text of a sequence (RFC 7464). */
const isSpace = (byte: number) =>
  byte === 0x20 || byte === LINE_FEED || byte === 0x0d || byte === 0x09 || byte === 0x1e;

/**
 * Walks a JSON document of any size and gives the elements of one list, one after the other: those of the document
 * itself, if it is a list, or else of its member that `isList` says. It knows strings and brackets alone; what is
 * between them, `JSON.parse` judges. Ours, because the streaming parsers of the registry build what a document holds
 * without bound, be it a number of a billion digits.
 */
export async function* piecesOf(bytes: Bytes, isList: (name: string) => boolean): AsyncIterable<Piece> {
  const reader = new Reader(bytes);
  try {
    const first = await reader.next();
    if (first === NONE) refuse("file.empty");
    if (first === OPEN_LIST) yield* elements(reader);
    else if (first === OPEN_OBJECT) yield* members(reader, isList);
    else reader.wrong();
    if ((await reader.next()) !== NONE) reader.wrong();
  } finally {
    await reader.close();
  }
}

/** The documents of a sequence, one on each line (newline-delimited JSON, GeoJSON text sequences). */
export async function* sequenceOf(bytes: Bytes): AsyncIterable<{ element: unknown; index: number; line: number }> {
  const reader = new Reader(bytes);
  try {
    for (let index = 0; (await reader.next()) !== NONE; index++) {
      const { line } = reader;
      yield { element: reader.parsed(await reader.value(ELEMENT_MAX), line), index, line };
    }
  } finally {
    await reader.close();
  }
}

async function* members(reader: Reader, isList: (name: string) => boolean): AsyncIterable<Piece> {
  reader.take();
  if ((await reader.next()) === CLOSE_OBJECT) return reader.take();
  for (let n = 0; ; n++) {
    if (n === MEMBERS_MAX) refuse("json.members", { most: MEMBERS_MAX });
    await reader.demand(QUOTE);
    const member = String(reader.parsed(await reader.value(MEMBER_MAX), reader.line));
    await reader.demand(COLON);
    reader.take();
    if ((await reader.next()) === OPEN_LIST && isList(member)) yield* elements(reader);
    else {
      const text = await reader.value(MEMBER_MAX, true);
      yield { member, value: text === undefined ? undefined : reader.parsed(text, reader.line) };
    }
    if (await reader.ends(CLOSE_OBJECT)) return;
  }
}

async function* elements(reader: Reader): AsyncIterable<Piece> {
  reader.take();
  if ((await reader.next()) === CLOSE_LIST) return reader.take();
  for (let index = 0; ; index++) {
    await reader.next();
    const { line } = reader;
    yield { element: reader.parsed(await reader.value(ELEMENT_MAX), line), index, line };
    if (await reader.ends(CLOSE_LIST)) return;
  }
}

class Reader {
  line = 1;
  private chunk: Uint8Array = new Uint8Array(0);
  private at = 0;
  private isStart = true;
  private readonly chunks: AsyncIterator<Uint8Array>;
  private readonly utf8 = new TextDecoder("utf-8", { fatal: true });

  constructor(bytes: Bytes) {
    this.chunks = bytes.stream()[Symbol.asyncIterator]();
  }

  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  wrong(line = this.line): never {
    return refuse("json.wrong", { at: `#/line/${line}` }, `#/line/${line}`);
  }

  private async more(): Promise<boolean> {
    const { done, value } = await this.chunks.next();
    if (done) return false;
    this.chunk = value;
    this.at = this.isStart && value[0] === 0xef && value[1] === 0xbb && value[2] === 0xbf ? 3 : 0;
    this.isStart = false;
    return true;
  }

  /** The next byte that is no white space, not yet taken. */
  async next(): Promise<number> {
    for (;;) {
      while (this.at < this.chunk.length) {
        const byte = this.chunk[this.at]!;
        if (!isSpace(byte)) return byte;
        if (byte === LINE_FEED) this.line += 1;
        this.at += 1;
      }
      if (!(await this.more())) return NONE;
    }
  }

  take(): void {
    this.at += 1;
  }

  async demand(byte: number): Promise<void> {
    const next = await this.next();
    if (next === NONE) this.cut();
    if (next !== byte) this.wrong();
  }

  /** Is this the end of a list or an object? Else there is a comma. */
  async ends(bracket: number): Promise<boolean> {
    const byte = await this.next();
    if (byte === NONE) this.cut();
    if (byte !== bracket && byte !== COMMA) this.wrong();
    this.take();
    return byte === bracket;
  }

  private cut(): never {
    return refuse("json.cut", { at: `#/line/${this.line}` }, `#/line/${this.line}`);
  }

  /** A value as its text; undefined where it is longer than `most` and may be passed over. */
  async value(most: number, mayPass: true): Promise<string | undefined>;
  async value(most: number): Promise<string>;
  async value(most: number, mayPass = false): Promise<string | undefined> {
    const first = await this.next();
    if (first === NONE) this.cut();
    const start = this.line;
    const parts: Uint8Array[] = [];
    const scan = new Scan();
    let size = 0;
    for (;;) {
      const end = scan.through(this.chunk, this.at);
      const part = this.chunk.subarray(this.at, end);
      size += part.length;
      if (size <= most) parts.push(part);
      else if (!mayPass) refuse("json.element", { at: `#/line/${start}`, most: most / 1024 ** 2 }, `#/line/${start}`);
      this.at = end;
      if (scan.isOver) break;
      if (scan.depth > DEPTH_MAX)
        refuse(
          "json.deep",
          { at: `#/line/${this.line + scan.lines}`, most: DEPTH_MAX },
          `#/line/${this.line + scan.lines}`,
        );
      if (!(await this.more())) {
        // A number or a word may end where the document does.
        if (scan.isOpen) this.cut();
        break;
      }
    }
    this.line += scan.lines;
    if (size > most) return undefined;
    if (size === 0) this.wrong();
    try {
      return this.utf8.decode(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
    } catch {
      return this.wrong(start);
    }
  }

  parsed(text: string, line: number): unknown {
    try {
      return JSON.parse(text);
    } catch {
      return this.wrong(line);
    }
  }
}

/** Finds where a value ends, be it in this chunk of bytes or in a later one. */
class Scan {
  depth = 0;
  lines = 0;
  isOver = false;
  private isInString = false;
  private isEscaped = false;

  get isOpen(): boolean {
    return this.depth > 0 || this.isInString;
  }

  /** @returns the index behind the value's last byte in this chunk */
  through(chunk: Uint8Array, from: number): number {
    let { depth, isInString, isEscaped, lines } = this;
    let at = from;
    let isOver = false;
    for (; at < chunk.length && !isOver; at++) {
      const byte = chunk[at]!;
      if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) {
          isInString = false;
          isOver = depth === 0;
        }
      } else if (byte === QUOTE) isInString = true;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
        depth += 1;
        if (depth > DEPTH_MAX) break;
      } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
        // Of the list around it: it ends the value, and does not belong to it.
        if (depth === 0) {
          isOver = true;
          break;
        }
        depth -= 1;
        isOver = depth === 0;
      } else if (depth === 0 && (byte === COMMA || byte === COLON || isSpace(byte))) {
        isOver = true;
        break;
      } else if (byte === LINE_FEED) lines += 1;
    }
    Object.assign(this, { depth, isInString, isEscaped, lines, isOver });
    return at;
  }
}
