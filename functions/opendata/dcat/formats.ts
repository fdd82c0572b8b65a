import { type Quad, type Term, Writer } from "n3";
import { PREFIXES } from "./graph.ts";

/** The three ways in which harvesters read a catalogue. */
export const FORMATS = {
  ttl: "text/turtle",
  jsonld: "application/ld+json",
  xml: "application/rdf+xml",
} as const;
export type Format = keyof typeof FORMATS;

export function written(quads: readonly Quad[], format: Format): Promise<string> | string {
  if (format === "ttl") return turtle(quads);
  return format === "jsonld" ? jsonLd(quads) : rdfXml(quads);
}

const turtle = (quads: readonly Quad[]) =>
  new Promise<string>((resolve, reject) => {
    const writer = new Writer({ prefixes: PREFIXES });
    writer.addQuads([...quads]);
    writer.end((error, text: string) => (error ? reject(error) : resolve(text)));
  });

/** What is said of each node, in the order in which it was first said. */
const bySubject = (quads: readonly Quad[]) => Map.groupBy(quads, ({ subject }) => idOf(subject));
const idOf = (term: Term): string => (term.termType === "BlankNode" ? `_:${term.value}` : term.value);

/** @throws {Error} an address outside the vocabularies: a bug here */
function short(address: string): string {
  for (const [prefix, base] of Object.entries(PREFIXES))
    if (address.startsWith(base)) return `${prefix}:${address.slice(base.length)}`;
  throw new Error(`${address} is in none of the vocabularies`);
}

const RDF_TYPE = `${PREFIXES.rdf}type`;
const PLAIN = new Set([`${PREFIXES.xsd}string`, `${PREFIXES.rdf}langString`]);

function jsonLd(quads: readonly Quad[]): string {
  const nodes = [...bySubject(quads)].map(([id, said]) => {
    const node: Record<string, unknown> = { "@id": id };
    for (const [predicate, some] of Map.groupBy(said, (one) => one.predicate.value))
      if (predicate === RDF_TYPE) node["@type"] = some.map(({ object }) => short(object.value));
      else node[short(predicate)] = some.map(({ object }) => jsonValue(object));
    return node;
  });
  return JSON.stringify({ "@context": PREFIXES, "@graph": nodes });
}

function jsonValue(object: Term): unknown {
  if (object.termType !== "Literal") return { "@id": idOf(object) };
  if (object.language) return { "@value": object.value, "@language": object.language };
  const type = object.datatype.value;
  return PLAIN.has(type) ? { "@value": object.value } : { "@value": object.value, "@type": short(type) };
}

// What XML cannot hold at all is left out; the rest is safe.
const XML_CANNOT = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
const safe = (text: string): string =>
  text.replace(XML_CANNOT, "").replace(/[&<>"\r]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function rdfXml(quads: readonly Quad[]): string {
  const named = (term: Term, about: "about" | "resource") =>
    term.termType === "BlankNode" ? `rdf:nodeID="${term.value}"` : `rdf:${about}="${safe(term.value)}"`;
  const said = ({ predicate, object }: Quad) => {
    const name = short(predicate.value);
    if (object.termType !== "Literal") return `<${name} ${named(object, "resource")}/>`;
    const type = object.datatype.value;
    const more = object.language
      ? ` xml:lang="${object.language}"`
      : PLAIN.has(type)
        ? ""
        : ` rdf:datatype="${safe(type)}"`;
    return `<${name}${more}>${safe(object.value)}</${name}>`;
  };
  const spaces = Object.entries(PREFIXES).map(([prefix, base]) => ` xmlns:${prefix}="${base}"`);
  const nodes = [...bySubject(quads).values()].map(
    (some) => `<rdf:Description ${named(some[0]!.subject, "about")}>${some.map(said).join("")}</rdf:Description>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF${spaces.join("")}>\n${nodes.join("\n")}\n</rdf:RDF>\n`;
}
