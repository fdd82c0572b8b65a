import type { Context } from "hono";
import { Fault, outOfDate } from "./errors.ts";
import type { CityEnv } from "./room.ts";

/** One field of a form. Its body must be read to its end before the next is asked for; what is left is passed over. */
export interface FormPart {
  name: string;
  /** Of a file; empty where none was chosen. */
  filename?: string;
  body: AsyncIterable<Uint8Array>;
}

const HEADERS_MAX = 8 * 1024;
const PASSED_OVER_MAX = 32 * 1024 * 1024;
const CRLF = "\r\n";
const END = "--";
const cut = () => new Fault("malformed", "The form is cut off.");

/** The boundary of a multipart form. @throws {Fault} unsupported_media: it is none */
export function boundaryOf(contentType: string | undefined): string {
  const found = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(
    contentType ?? "",
  );
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) throw new Fault("unsupported_media", "Send multipart/form-data.");
  return boundary;
}

/**
 * The fields of a form (RFC 7578) as they come, whatever their length: no more than a piece of it is in memory.
 * @throws {Fault} malformed: it is no such form, or cut off
 */
export async function* formParts(stream: ReadableStream<Uint8Array>, boundary: string): AsyncGenerator<FormPart> {
  const source = new Source(stream);
  const delimiter = Buffer.from(`${CRLF}--${boundary}`);
  try {
    // What stands before the first delimiter is nothing.
    for await (const _ of source.until(delimiter));
    for (;;) {
      const line = (await source.whole(CRLF, HEADERS_MAX, END)).trim();
      if (line === END) return await source.end();
      if (line !== "") throw new Fault("malformed", "The form cannot be read.");
      const headers = await source.whole(CRLF + CRLF, HEADERS_MAX);
      const body = source.until(delimiter);
      yield { ...namesIn(headers), body };
      for await (const _ of body);
    }
  } finally {
    await source.close();
  }
}

function namesIn(headers: string): { name: string; filename?: string } {
  const line = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(headers)?.[1] ?? "";
  const of = (what: string) => new RegExp(`(?:^|;)\\s*${what}="((?:[^"\\\\]|\\\\.)*)"`, "i").exec(line)?.[1];
  const name = of("name");
  if (name === undefined) throw new Fault("malformed", "A field of the form has no name.");
  const filename = of("filename");
  // As browsers write what would end the quotes.
  const plain = (text: string) => text.replaceAll("%22", '"').replaceAll(/%0[DA]/gi, " ");
  return { name: plain(name), ...(filename === undefined ? {} : { filename: plain(filename) }) };
}

/** A stream that is read up to where something stands. */
class Source {
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  // The first delimiter may stand at the very beginning, where no line ends before it.
  private held = Buffer.from(CRLF);

  constructor(stream: ReadableStream<Uint8Array>) {
    this.reader = stream.getReader();
  }

  /** @throws {Fault} malformed: there is no more */
  private async more(): Promise<void> {
    // Who hangs up in the middle has sent a form that is cut off.
    const { done, value } = await this.reader.read().catch(() => ({ done: true as const, value: undefined }));
    if (done || !value) throw cut();
    this.held = this.held.length === 0 ? Buffer.from(value) : Buffer.concat([this.held, value]);
  }

  /** What comes before a mark, piece by piece; the mark itself is passed over. */
  async *until(mark: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = this.held.indexOf(mark);
      const length = at >= 0 ? at : Math.max(0, this.held.length - mark.length + 1);
      const piece = this.held.subarray(0, length);
      this.held = this.held.subarray(at >= 0 ? at + mark.length : length);
      if (piece.length > 0) yield piece;
      if (at >= 0) return;
      await this.more();
    }
  }

  /** What comes before a mark, as a text. @param orEnd  what it may be instead, with nothing after it */
  async whole(mark: string, most: number, orEnd?: string): Promise<string> {
    for (;;) {
      const at = this.held.indexOf(mark);
      if (orEnd !== undefined && this.held.subarray(0, orEnd.length).equals(Buffer.from(orEnd))) return orEnd;
      if (at >= 0 && at <= most) {
        const text = this.held.toString("utf8", 0, at);
        this.held = this.held.subarray(at + mark.length);
        return text;
      }
      if (this.held.length > most) throw new Fault("malformed", "The form cannot be read.");
      await this.more();
    }
  }

  /** Takes what stands behind the last delimiter, which is nothing: to leave it would cut the line to whoever sent it. */
  async end(): Promise<void> {
    let length = this.held.length;
    for (;;) {
      const { done, value } = await this.reader.read().catch(() => ({ done: true as const, value: undefined }));
      if (done) return;
      length += value.length;
      if (length > HEADERS_MAX) throw new Fault("malformed", "The form goes on behind its end.");
    }
  }

  /**
   * Whoever is still sending reads no answer, and one whose line is cut never gets one: what is left is passed over,
   * unless it is too long.
   */
  async close(): Promise<void> {
    for (let passed = 0; passed <= PASSED_OVER_MAX; ) {
      const { done, value } = await this.reader.read().catch(() => ({ done: true as const, value: undefined }));
      if (done) return;
      passed += value.length;
    }
    await this.reader.cancel().catch(() => undefined);
  }
}

/** A field as a text. @throws {Fault} too_large */
export async function textOf({ name, body }: FormPart, most: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > most) throw new Fault("too_large", `The field ${name.slice(0, 40)} has at most ${most} bytes.`);
    pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces).toString("utf8");
}

const TOKEN_MAX = 200;

/**
 * The fields of a page's form that is read as it comes: its path is among its room's `streams`. The first of them is
 * the token that shows that it came from one of our pages; nothing is handed on before it.
 *
 * @throws {Fault} forbidden, malformed, unsupported_media
 */
export async function* sentParts(c: Context<CityEnv>): AsyncGenerator<FormPart> {
  const boundary = boundaryOf(c.req.header("content-type"));
  const { body } = c.req.raw;
  if (!body) throw cut();
  let isOurs = c.var.csrf === "";
  for await (const part of formParts(body, boundary)) {
    if (part.name === "csrf") isOurs ||= (await textOf(part, TOKEN_MAX)) === c.var.csrf;
    else if (isOurs) yield part;
    else throw outOfDate();
  }
}
