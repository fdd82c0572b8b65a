import type { Quad, Term } from "n3";
import { PREFIXES } from "../dcat/graph.ts";
import { type Asker, linkedTo } from "./asking.ts";
import { cardOf } from "./cards.ts";
import { amiss, whereOf } from "./mistakes.ts";
import { bestOf, LISTED_MAX, type Opened } from "./opening.ts";
import { readRdf } from "./rdf.ts";
import type { Listed, OwnCard } from "./schema.ts";

const ACCEPT = "text/turtle, application/ld+json;q=0.9, application/rdf+xml;q=0.8";
const PAGES_MAX = 50;
const { dcat, dct, foaf, hydra, rdf, rdfs, skos, vcard } = PREFIXES;

/** A catalogue in DCAT: each dataset with a distribution that can be read, by the address of that file. */
export async function openDcat(asker: Asker, address: string, lang: string): Promise<Opened> {
  const listed = new Map<string, Listed>();
  let passedOver = 0;
  const seen = new Set<string>();
  const origin = new URL(address).origin;
  let next: string | undefined = address;
  for (let page = 0; next !== undefined && page < PAGES_MAX && !seen.has(next); page++) {
    seen.add(next);
    const { bytes, type, url } = await asker.document(next, ACCEPT);
    const graph = new Graph(await readRdf(bytes, type, url.href), lang);
    const datasets = graph.ofType(`${dcat}Dataset`);
    if (page === 0 && datasets.length === 0) throw amiss("dcat.none", { where: whereOf(url) });
    for (const dataset of datasets) {
      const one = listedOf(graph, dataset, url);
      if (!one || (listed.size >= LISTED_MAX && !listed.has(one.key))) passedOver += 1;
      else listed.set(one.key, one);
    }
    const said = graph.anyValue(`${hydra}next`) ?? graph.anyValue(`${hydra}nextPage`);
    const link = linkedTo(said, url);
    if (link && link.origin !== origin) throw amiss("elsewhere", { host: link.host }, "invalid");
    next = link?.href;
  }
  return { is: "catalogue", listed: [...listed.values()], passedOver };
}

function listedOf(graph: Graph, dataset: string, base: URL): Listed | undefined {
  const forms = graph.nodes(dataset, `${dcat}distribution`).flatMap((node) => {
    const address = graph.value(node, `${dcat}downloadURL`) ?? graph.value(node, `${dcat}accessURL`);
    const said = [`${dcat}mediaType`, `${dct}format`].map((name) => graph.label(node, name) ?? "").join(" ");
    const isFile = graph.value(node, `${dcat}downloadURL`) !== undefined;
    // What is only described, or served by a query, is no file: it is taken only where its address ends like one.
    const isLikely = isFile || (address !== undefined && /\.[a-z]{3,8}$/i.test(address));
    const at = isLikely ? linkedTo(address, base) : undefined;
    return at ? [{ node, address: at.href, said }] : [];
  });
  const best = bestOf(forms);
  if (!best) return undefined;
  return {
    // What has no address of its own is called otherwise each time.
    key: dataset.startsWith("_:") ? best.form.address : dataset,
    kind: "file",
    address: best.form.address,
    card: cardOfDataset(graph, dataset, best.form.node, base),
    format: best.format,
  };
}

function cardOfDataset(graph: Graph, dataset: string, form: string, base: URL): OwnCard {
  const [publisher] = graph.nodes(dataset, `${dct}publisher`);
  const [desk] = graph.nodes(dataset, `${dcat}contactPoint`);
  return cardOf({
    title: graph.text(dataset, `${dct}title`),
    description: graph.text(dataset, `${dct}description`),
    licence:
      graph.label(form, `${dct}license`) ?? graph.label(dataset, `${dct}license`) ?? graph.label(form, `${dct}rights`),
    source: (publisher && graph.text(publisher, `${foaf}name`)) ?? base.hostname,
    contact: desk && graph.text(desk, `${vcard}fn`),
    email: desk && graph.value(desk, `${vcard}hasEmail`),
    frequency: graph.value(dataset, `${dct}accrualPeriodicity`),
    theme: graph.value(dataset, `${dcat}theme`),
    keywords: graph.all(dataset, `${dcat}keyword`).map(({ value }) => value),
  });
}

const idOf = (term: Term): string => (term.termType === "BlankNode" ? `_:${term.value}` : term.value);

/** So much of one kind is looked at of a node: what many datasets point to is looked at for each of them. */
const SAID_MAX = 100;

/** What is said of each node. */
class Graph {
  private readonly said = new Map<string, Map<string, Term[]>>();
  constructor(
    private readonly quads: readonly Quad[],
    private readonly lang: string,
  ) {
    for (const { subject, predicate, object } of quads) {
      const of = this.said.get(idOf(subject)) ?? new Map<string, Term[]>();
      this.said.set(idOf(subject), of);
      const all = of.get(predicate.value) ?? [];
      of.set(predicate.value, all);
      if (all.length < SAID_MAX) all.push(object);
    }
  }

  ofType(type: string): string[] {
    const found = this.quads.filter(
      ({ predicate, object }) => predicate.value === `${rdf}type` && object.value === type,
    );
    return [...new Set(found.map(({ subject }) => idOf(subject)))];
  }
  all(node: string, predicate: string): readonly Term[] {
    return this.said.get(node)?.get(predicate) ?? [];
  }
  nodes(node: string, predicate: string): string[] {
    return this.all(node, predicate).map(idOf);
  }
  value(node: string, predicate: string): string | undefined {
    return this.all(node, predicate)[0]?.value;
  }
  anyValue(predicate: string): string | undefined {
    return this.quads.find((quad) => quad.predicate.value === predicate)?.object.value;
  }
  /** In the city's language where there is one, else in English, else in any. */
  text(node: string, predicate: string): string | undefined {
    const found = this.all(node, predicate);
    const inLang = (lang: string) => found.find((one) => one.termType === "Literal" && one.language.startsWith(lang));
    return (inLang(this.lang) ?? inLang("en") ?? found[0])?.value;
  }
  /** A text, or the label of what is pointed to, or its address. */
  label(node: string, predicate: string): string | undefined {
    const [object] = this.all(node, predicate);
    if (!object || object.termType === "Literal") return object?.value;
    const at = idOf(object);
    const said = [`${rdfs}label`, `${skos}prefLabel`, `${dct}title`].map((name) => this.text(at, name)).find(Boolean);
    return said ?? (object.termType === "BlankNode" ? undefined : object.value);
  }
}
