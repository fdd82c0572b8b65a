// Loaded when a catalogue comes in one of these forms. Of a package that is loaded later by itself a bundle in parts
// exports no names, if it is CommonJS as these are.
export { JsonLdParser } from "jsonld-streaming-parser";
export { RdfXmlParser } from "rdfxml-streaming-parser";
