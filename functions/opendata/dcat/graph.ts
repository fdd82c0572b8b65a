import { DataFactory, type Literal, type NamedNode, type Quad, type Quad_Subject } from "n3";
import type { City } from "../../../shared/here.ts";
import { extentOf } from "../card/card.ts";
import { filesOf, type WholeFeeds } from "../card/files.ts";
import { THEMES } from "../card/schema.ts";
import type { Box } from "../geometry.ts";
import type { Card, Dataset } from "../schema.ts";

const { namedNode, literal, quad, blankNode } = DataFactory;

/** The vocabularies of DCAT-AP 3.0.1, and of the paging that harvesters follow. */
export const PREFIXES = {
  dcat: "http://www.w3.org/ns/dcat#",
  dct: "http://purl.org/dc/terms/",
  foaf: "http://xmlns.com/foaf/0.1/",
  geo: "http://www.opengis.net/ont/geosparql#",
  hydra: "http://www.w3.org/ns/hydra/core#",
  rdf: "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
  rdfs: "http://www.w3.org/2000/01/rdf-schema#",
  skos: "http://www.w3.org/2004/02/skos/core#",
  vcard: "http://www.w3.org/2006/vcard/ns#",
  xsd: "http://www.w3.org/2001/XMLSchema#",
} as const;
const terms = (prefix: keyof typeof PREFIXES) => (name: string) => namedNode(PREFIXES[prefix] + name);
const [dcat, dct, foaf, geo] = [terms("dcat"), terms("dct"), terms("foaf"), terms("geo")];
const [hydra, rdf, rdfs, xsd] = [terms("hydra"), terms("rdf"), terms("rdfs"), terms("xsd")];
const [skos, vcard] = [terms("skos"), terms("vcard")];

const AUTHORITY = "http://publications.europa.eu/resource/authority";
const LANGUAGE = { en: "ENG", fr: "FRA", ar: "ARA" } as const;

/** The addresses that a catalogue names, without a slash at the end, and what else is there beside a dataset. */
export interface Places {
  /** `https://house.example/cities/nantes` */
  city: string;
  feeds: WholeFeeds;
}

interface Form {
  title: string;
  fileType: string;
  mediaType: string;
  access: string;
  download?: string;
}

/** What a dataset may be had as. */
function formsOf({ slug, latest }: Dataset, { city, feeds }: Places): Form[] {
  return [
    ...filesOf(latest, feeds).map(({ extension, fileType, mediaType }) => ({
      ...{ title: fileType, fileType, mediaType },
      access: `${city}/data/${slug}`,
      download: `${city}/data/${slug}/export.${extension}`,
    })),
    {
      title: "JSON API",
      fileType: "JSON",
      mediaType: "application/json",
      access: `${city}/v1/datasets/${slug}/records`,
    },
    ...(latest.bbox
      ? [
          {
            title: "OGC API Features",
            fileType: "GEOJSON",
            mediaType: "application/geo+json",
            access: `${city}/ogc/collections/${slug}/items`,
          },
        ]
      : []),
  ];
}

class Graph {
  readonly quads: Quad[] = [];
  private blanks = 0;
  add(subject: Quad_Subject, predicate: NamedNode, object: NamedNode | Literal | ReturnType<typeof blankNode>): void {
    this.quads.push(quad(subject, predicate, object));
  }
  isA(subject: Quad_Subject, ...types: NamedNode[]): void {
    for (const type of types) this.add(subject, rdf("type"), type);
  }
  blank() {
    this.blanks += 1;
    return blankNode(`b${this.blanks}`);
  }
}

const instant = (iso: string) => literal(iso, xsd("dateTime"));
const whole = (value: number) => literal(String(value), xsd("integer"));

/** One dataset with its distributions. @see https://semiceu.github.io/DCAT-AP/releases/3.0.1/ */
export function datasetGraph(city: City, dataset: Dataset, places: Places): Quad[] {
  const graph = new Graph();
  describe(graph, dataset, places);
  publisher(graph, city, places);
  return graph.quads;
}

/** A page of the catalogue, its datasets whole, with where the other pages are. */
export function catalogueGraph(
  city: City,
  datasets: readonly Dataset[],
  places: Places,
  page: { self: string; first: string; last: string; next?: string; previous?: string; total: number },
): Quad[] {
  const graph = new Graph();
  const catalogue = namedNode(`${places.city}/catalog`);
  graph.isA(catalogue, dcat("Catalog"));
  const lang = city.languages[0]!;
  graph.add(catalogue, dct("title"), literal(city.name, lang));
  graph.add(catalogue, dct("description"), literal(city.name, lang));
  graph.add(catalogue, dct("publisher"), agentOf(places));
  graph.add(catalogue, foaf("homepage"), namedNode(`${places.city}/data`));
  graph.isA(namedNode(`${places.city}/data`), foaf("Document"));
  for (const language of city.languages) {
    const code = namedNode(`${AUTHORITY}/language/${LANGUAGE[language]}`);
    graph.add(catalogue, dct("language"), code);
    graph.isA(code, dct("LinguisticSystem"));
  }
  const changed = datasets.map(({ latest }) => latest.publishedAt).sort();
  if (changed.length > 0) graph.add(catalogue, dct("modified"), instant(changed.at(-1)!));
  for (const dataset of datasets) {
    graph.add(catalogue, dcat("dataset"), datasetNode(dataset, places));
    describe(graph, dataset, places);
  }
  publisher(graph, city, places);
  const self = namedNode(page.self);
  graph.isA(self, hydra("PagedCollection"));
  for (const name of ["first", "last", "next", "previous"] as const) {
    const address = page[name];
    if (address !== undefined) graph.add(self, hydra(`${name}Page`), literal(address));
  }
  graph.add(self, hydra("totalItems"), whole(page.total));
  return graph.quads;
}

const datasetNode = ({ slug }: Dataset, { city }: Places) => namedNode(`${city}/dataset/${slug}`);
const agentOf = ({ city }: Places) => namedNode(`${city}/`);

function publisher(graph: Graph, city: City, places: Places): void {
  graph.isA(agentOf(places), foaf("Agent"));
  graph.add(agentOf(places), foaf("name"), literal(city.name));
}

function describe(graph: Graph, dataset: Dataset, places: Places): void {
  const { id, slug, card, latest } = dataset;
  const node = datasetNode(dataset, places);
  graph.isA(node, dcat("Dataset"));
  graph.add(node, dct("identifier"), literal(id));
  graph.add(node, dct("title"), literal(card.title));
  graph.add(node, dct("description"), literal(card.description || card.title));
  graph.add(node, dct("publisher"), agentOf(places));
  graph.add(node, dct("modified"), instant(latest.publishedAt));
  graph.add(node, dcat("version"), literal(String(latest.number)));
  const page = namedNode(`${places.city}/data/${slug}`);
  graph.add(node, dcat("landingPage"), page);
  graph.isA(page, foaf("Document"));
  const source = graph.blank();
  graph.add(node, dct("provenance"), source);
  graph.isA(source, dct("ProvenanceStatement"));
  graph.add(source, rdfs("label"), literal(card.source));
  const extent = extentOf(dataset);
  spatial(graph, node, extent.box);
  temporal(graph, node, extent);
  said(graph, node, card);
  for (const form of formsOf(dataset, places)) distribution(graph, node, form, dataset);
}

/** What a card need not say. */
function said(graph: Graph, node: NamedNode, card: Card): void {
  const { contact, email, telephone, frequency, languages = [], theme, keywords = [] } = card;
  for (const keyword of keywords) graph.add(node, dcat("keyword"), literal(keyword));
  for (const language of languages) {
    const code = namedNode(`${AUTHORITY}/language/${LANGUAGE[language]}`);
    graph.add(node, dct("language"), code);
    graph.isA(code, dct("LinguisticSystem"));
  }
  if (frequency) {
    const often = namedNode(`${AUTHORITY}/frequency/${frequency}`);
    graph.add(node, dct("accrualPeriodicity"), often);
    graph.isA(often, dct("Frequency"));
  }
  if (theme) {
    const about = namedNode(`${AUTHORITY}/data-theme/${theme}`);
    graph.add(node, dcat("theme"), about);
    graph.isA(about, skos("Concept"));
    graph.add(about, skos("prefLabel"), literal(THEMES[theme], "en"));
  }
  if (!contact && !email && !telephone) return;
  const desk = graph.blank();
  graph.add(node, dcat("contactPoint"), desk);
  graph.isA(desk, vcard("Kind"));
  graph.add(desk, vcard("fn"), literal(contact ?? card.source));
  if (email) graph.add(desk, vcard("hasEmail"), namedNode(`mailto:${email}`));
  if (telephone) graph.add(desk, vcard("hasTelephone"), namedNode(`tel:${telephone}`));
}

function temporal(graph: Graph, node: NamedNode, { from, to }: { from?: string | undefined; to?: string | undefined }) {
  if (from === undefined && to === undefined) return;
  const period = graph.blank();
  graph.add(node, dct("temporal"), period);
  graph.isA(period, dct("PeriodOfTime"));
  if (from !== undefined) graph.add(period, dcat("startDate"), literal(from, xsd("date")));
  if (to !== undefined) graph.add(period, dcat("endDate"), literal(to, xsd("date")));
}

function spatial(graph: Graph, node: NamedNode, box: Box | undefined): void {
  if (!box) return;
  const [west, south, east, north] = box;
  const place = graph.blank();
  graph.add(node, dct("spatial"), place);
  graph.isA(place, dct("Location"));
  const ring = `${west} ${south},${east} ${south},${east} ${north},${west} ${north},${west} ${south}`;
  graph.add(place, dcat("bbox"), literal(`POLYGON((${ring}))`, geo("wktLiteral")));
}

function distribution(graph: Graph, of: NamedNode, form: Form, { card, latest }: Dataset): void {
  const node = namedNode(`${of.value}#${form.title.toLowerCase().replaceAll(" ", "-")}`);
  graph.add(of, dcat("distribution"), node);
  graph.isA(node, dcat("Distribution"));
  graph.add(node, dct("title"), literal(form.title));
  const access = namedNode(form.access);
  graph.add(node, dcat("accessURL"), access);
  graph.isA(access, rdfs("Resource"));
  if (form.download) {
    const download = namedNode(form.download);
    graph.add(node, dcat("downloadURL"), download);
    graph.isA(download, rdfs("Resource"));
  }
  const format = namedNode(`${AUTHORITY}/file-type/${form.fileType}`);
  graph.add(node, dct("format"), format);
  graph.isA(format, dct("MediaTypeOrExtent"));
  const media = namedNode(`https://www.iana.org/assignments/media-types/${form.mediaType}`);
  graph.add(node, dcat("mediaType"), media);
  graph.isA(media, dct("MediaType"));
  graph.add(node, dct("modified"), instant(latest.publishedAt));
  const licence = graph.blank();
  graph.add(node, dct("license"), licence);
  graph.isA(licence, dct("LicenseDocument"));
  graph.add(licence, rdfs("label"), literal(card.licence));
}
