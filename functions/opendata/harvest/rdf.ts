import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { type Quad, StreamParser } from "n3";
import { Fault } from "../../../shared/errors.ts";
import { amiss } from "./mistakes.ts";
import { DEPTH_MAX, isTooDeep, isXmlTooDeep } from "./nesting.ts";

const QUADS_MAX = 1_000_000;
const READ_MS = 60_000;

/** What a document in RDF says, be it Turtle, JSON-LD or RDF/XML. @throws {Fault} unavailable: it is none of these */
export async function readRdf(bytes: Uint8Array, type: string, base: string): Promise<Quad[]> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw amiss("rdf.utf8");
  }
  const first = text.trimStart().slice(0, 1);
  const isXml =
    type.includes("xml") ||
    (!/turtle|json|n-triples/.test(type) && first === "<" && /^\s*<(?:\?xml|\w+:RDF)/.test(text));
  const isJson = type.includes("json") || (!type.includes("turtle") && (first === "{" || first === "["));
  // Entities that name one another grow without end.
  if (isXml && /<!(?:DOCTYPE|ENTITY)/i.test(text)) throw amiss("rdf.entities");
  try {
    if (isXml ? isXmlTooDeep(text) : isJson && isTooDeep(text)) throw amiss("rdf.deep", { most: DEPTH_MAX });
    if (isXml) {
      const { RdfXmlParser } = await import("./rdf-parsers.ts");
      return await collected(text, new RdfXmlParser({ baseIRI: base }) as never);
    }
    if (isJson) {
      const { JsonLdParser } = await import("./rdf-parsers.ts");
      return await collected(text, new JsonLdParser({ baseIRI: base, documentLoader: NO_LOADER }) as never);
    }
    return await collected(text, new StreamParser({ baseIRI: base }) as never);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw amiss("rdf.wrong", { said: (error as Error).message.slice(0, 200) });
  }
}

// A context that lies elsewhere would make this house ask there, whoever has the address.
const NO_LOADER = {
  load: async (url: string) => {
    throw amiss("rdf.context", { address: url.slice(0, 100) });
  },
};

const PIECE = 16 * 1024;
async function collected(text: string, parser: NodeJS.ReadWriteStream): Promise<Quad[]> {
  const quads: Quad[] = [];
  const source = Readable.from(pieces(text));
  source.on("error", (error) => parser.emit("error", error));
  for await (const quad of source.pipe(parser) as unknown as AsyncIterable<Quad>) {
    quads.push(quad);
    if (quads.length > QUADS_MAX) throw amiss("rdf.many", { most: String(QUADS_MAX) });
  }
  return quads;
}
async function* pieces(text: string): AsyncGenerator<string> {
  const endsAt = Date.now() + READ_MS;
  for (let from = 0; from < text.length; from += PIECE) {
    yield text.slice(from, from + PIECE);
    // Requests are answered meanwhile.
    await setImmediate();
    if (Date.now() > endsAt) throw amiss("rdf.slow", { seconds: READ_MS / 1000 });
  }
}
