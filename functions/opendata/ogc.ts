import type { Context } from "hono";
import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { originOf } from "../../shared/http.ts";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { asked, numberIn, open, unchanged } from "./asking.ts";
import { extentOf } from "./card/card.ts";
import { CRS_LIST, CRS84, projected, type System, systemOf, unprojected } from "./crs.ts";
import { RECORDS, readBox, readWhen } from "./domain.ts";
import { type Feature, featureOf, features, featureTexts } from "./feature.ts";
import {
  askedOf,
  GEOJSON,
  LIMIT,
  type Link,
  link,
  ogcOf,
  only,
  pageLink,
  REL,
  SCHEMA,
  SPEC,
  wantsPage,
} from "./ogc-common.ts";
import { apiDocument, TYPES } from "./ogc-document.ts";
import * as pages from "./ogc-pages/pages.tsx";
import { GEOMETRY, readCql2Text } from "./query/cql2.ts";
import { readCql2Json } from "./query/cql2-json.ts";
import type { Filter } from "./query/filter.ts";
import { find } from "./query/find.ts";
import { columnsIn } from "./query/matching.ts";
import { demandColumns } from "./query/select.ts";
import { RECORD_CLASSES, recordCollection } from "./records/record.ts";
import type { Column, Dataset } from "./schema.ts";
import { catalogue } from "./store.ts";
import type { Opened } from "./stored/opened.ts";

// OGC API Features 1.0: part 1 (core, OpenAPI 3.0 document, GeoJSON, HTML), part 2 (coordinate reference systems), part 3
// (queryables and filters in CQL2), part 5 (schemas). @see https://docs.ogc.org/is/17-069r4/17-069r4.html

const classes = (part: string, ...names: string[]) => names.map((name) => `${SPEC}/${part}/1.0/conf/${name}`);
const CONFORMANCE = [
  ...classes("ogcapi-features-1", "core", "oas30", "geojson", "html"),
  ...classes("ogcapi-features-2", "crs"),
  ...classes("ogcapi-features-3", "queryables", "queryables-query-parameters", "filter", "features-filter"),
  ...classes("ogcapi-features-5", "schemas"),
  ...classes("cql2", "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators"),
  ...classes("ogcapi-records-1", ...RECORD_CLASSES),
  ...classes("ogcapi-tiles-1", "core", "tileset", "tilesets-list", "geodata-tilesets", "mvt", "oas30"),
  ...classes("tms", "tilematrixset", "json-tilematrixset").map((name) => name.replace("/1.0/", "/2.0/")),
  ...classes("cql2", "case-insensitive-comparison", "basic-spatial-functions", "basic-spatial-functions-plus"),
];

const json = "application/json";

function landingLinks(c: Context<CityEnv>): Link[] {
  const at = ogcOf(c);
  return [
    link(at, "self", json, "This document"),
    link(`${at}/api`, "service-desc", "application/vnd.oai.openapi+json;version=3.0", "The interface as OpenAPI"),
    link(originOf(c) + c.var.here.url("/reference"), "service-doc", "text/html", "The interface, for people"),
    link(`${at}/conformance`, "conformance", json, "Conformance classes"),
    link(`${at}/collections`, "data", json, "Collections"),
    link(`${at}/tileMatrixSets`, `${REL}/tiling-schemes`, json, "How tiles are cut"),
    link(`${at}/collections/${RECORDS}/items`, `${REL}/ogc-catalog`, GEOJSON, "The catalogue as records"),
  ];
}

/** The landing pages of cities, each at the address at which it was last asked for. */
const landings = new WeakMap<Here, { at: string; text: string }>();
function landing(c: Context<CityEnv>): string {
  const [at, here] = [ogcOf(c), c.get("here")];
  const known = landings.get(here);
  if (known?.at === at) return known.text;
  const { name } = here.city;
  const text = JSON.stringify({
    title: `${name}: open data`,
    description: `Features that ${name} publishes.`,
    links: landingLinks(c),
  });
  landings.set(here, { at, text });
  return text;
}

export function ogcRoutes(app: CityApp): void {
  const base = ogcOf;
  const withPlaces = async (c: Context<CityEnv>) => (await catalogue(c.var.here)).filter(({ latest }) => latest.bbox);

  app.get("/ogc", needs("public"), (c) => {
    only(c, [], true);
    if (wantsPage(c)) return pages.landingPage(c, landingLinks(c));
    open(c);
    return c.body(landing(c), 200, { "Content-Type": json });
  });
  app.get("/ogc/conformance", needs("public"), (c) => {
    only(c, [], true);
    if (wantsPage(c)) return pages.conformancePage(c, CONFORMANCE);
    open(c);
    return c.json({ conformsTo: CONFORMANCE });
  });
  app.get("/ogc/api", needs("public"), async (c) => {
    only(c, [], true);
    if (wantsPage(c)) return c.redirect(c.var.here.url("/reference"), 303);
    open(c);
    const datasets = await withPlaces(c);
    return c.body(JSON.stringify(apiDocument(c.var.city.name, base(c), datasets)), 200, {
      "Content-Type": "application/vnd.oai.openapi+json;version=3.0",
    });
  });

  const collection = (c: Context<CityEnv>, dataset: Dataset) => {
    const { slug, card, latest } = dataset;
    const at = `${base(c)}/collections/${slug}`;
    return {
      id: slug,
      title: card.title,
      description: card.description,
      itemType: "feature",
      crs: CRS_LIST,
      storageCrs: CRS84,
      extent: { spatial: { bbox: [latest.bbox], crs: CRS84 }, ...temporal(dataset) },
      links: [
        link(at, "self", json, card.title),
        link(`${at}/items`, "items", GEOJSON, "Its features"),
        link(`${at}/queryables`, `${REL}/queryables`, SCHEMA, "What its features can be asked by"),
        link(`${at}/schema`, `${REL}/schema`, SCHEMA, "What its features are made of"),
        link(`${at}/tiles`, `${REL}/tilesets-vector`, json, "Its vector tiles"),
        link(originOf(c) + c.var.here.url(`/data/${slug}`), "alternate", "text/html", "Its page"),
        { ...link("", "license", "text/html", card.licence), href: originOf(c) + c.var.here.url(`/data/${slug}`) },
      ],
    };
  };
  app.get("/ogc/collections", needs("public"), async (c) => {
    only(c, [], true);
    const datasets = await withPlaces(c);
    const collections = [...datasets.map((one) => collection(c, one)), recordCollection(c.var.city, base(c))];
    if (wantsPage(c)) return pages.collectionsPage(c, collections);
    open(c);
    const links = [link(`${base(c)}/collections`, "self", json, "This document"), pageLink(c)];
    return c.json({ links, collections });
  });
  app.get("/ogc/collections/:id", needs("public"), async (c) => {
    only(c, [], true);
    const { dataset, version } = await asked(c, c.req.param("id"));
    if (!version.bbox) throw absent();
    if (wantsPage(c)) return pages.collectionPage(c, collection(c, dataset));
    return unchanged(c, version) ?? c.json(collection(c, dataset));
  });

  app.get("/ogc/collections/:id/items", needs("public"), async (c) => {
    const { data, version, dataset, slug } = await asked(c, c.req.param("id"));
    if (!version.bbox) throw absent();
    const names = data.columns.map(({ name }) => name);
    const query = only(c, [...ASKED_BY, ...names], true);
    const isPage = wantsPage(c);
    const fresh = isPage ? undefined : unchanged(c, version);
    if (fresh) return fresh;
    const { bbox, datetime, limit: wanted, offset: from, crs, "bbox-crs": boxCrs, ...rest } = query;
    const { filter, "filter-lang": lang, "filter-crs": filterCrs, ...equals } = rest;
    const { uri, system } = systemOf(crs, "crs");
    const box = systemOf(boxCrs, "bbox-crs").system;
    if (filterCrs !== undefined && filterCrs !== CRS84) throw new Fault("malformed", `filter-crs is ${CRS84}.`);
    const most = isPage ? pages.PAGE_MAX : LIMIT.max;
    const limit = Math.min(numberIn(wanted, "limit", 1, Number.MAX_SAFE_INTEGER, LIMIT.default), most);
    const offset = numberIn(from, "offset", 0, Number.MAX_SAFE_INTEGER, 0);
    const { rows, matched } = await find(data, {
      equals,
      offset,
      limit,
      bbox: bbox === undefined ? undefined : readBox(bbox, (given) => unprojected(given, box)),
      filter: filterOf(filter, lang, data.columns),
      when: datetime === undefined ? undefined : readWhen(datetime),
    });
    const self = askedOf(c);
    const links = [link(self, "self", GEOJSON, "This page")];
    if (offset + rows.length < matched)
      links.push(link(pageAt(self, limit, offset + limit), "next", GEOJSON, "The next page"));
    if (offset > 0)
      links.push(link(pageAt(self, limit, Math.max(0, offset - limit)), "prev", GEOJSON, "The page before"));
    links.push(link(`${base(c)}/collections/${slug}`, "collection", json, "The collection"));
    if (isPage) {
      const shown = (await features(data, rows, featureOf)).map((one) => inSystem(one, system));
      const collection = { slug, title: dataset.card.title };
      return pages.itemsPage(c, shown, names, { collection, offset, matched, links });
    }
    links.push(pageLink(c));
    const about = JSON.stringify({
      numberMatched: matched,
      numberReturned: rows.length,
      timeStamp: c.get("here").clock.now().toISOString(),
      links,
    });
    c.header("Content-Crs", `<${uri}>`);
    const [before, after] = ['{"type":"FeatureCollection","features":[', `],${about.slice(1)}`];
    const body =
      uri === CRS84
        ? await featureTexts(data, rows, before, after)
        : before + (await projectedTexts(data, rows, system)) + after;
    return c.body(body, 200, { "Content-Type": GEOJSON });
  });

  app.get("/ogc/collections/:id/items/:feature", needs("public"), async (c) => {
    const { crs } = only(c, ["crs"], true);
    const { uri, system } = systemOf(crs, "crs");
    const { data, version, dataset, slug } = await asked(c, c.req.param("id"));
    const id = c.req.param("feature");
    const row = Number(id) - 1;
    if (!version.bbox || !/^[1-9]\d{0,8}$/.test(id) || row >= data.rows) throw absent();
    const isPage = wantsPage(c);
    const fresh = isPage ? undefined : unchanged(c, version);
    if (fresh) return fresh;
    const at = `${base(c)}/collections/${slug}`;
    const links = [
      link(`${at}/items/${id}`, "self", GEOJSON, "This feature"),
      link(at, "collection", json, "Its collection"),
    ];
    const feature = inSystem((await features(data, [row], featureOf))[0]!, system);
    if (isPage) return pages.featurePage(c, feature, { slug, title: dataset.card.title }, links);
    c.header("Content-Crs", `<${uri}>`);
    return c.body(JSON.stringify({ ...feature, links: [...links, pageLink(c)] }), 200, { "Content-Type": GEOJSON });
  });

  const schema = (name: "queryables" | "schema") =>
    app.get(`/ogc/collections/:id/${name}`, needs("public"), async (c) => {
      only(c, []);
      const { dataset, version } = await asked(c, c.req.param("id"));
      if (!version.bbox) throw absent();
      const fresh = unchanged(c, version);
      if (fresh) return fresh;
      const properties: Record<string, object> = {
        [GEOMETRY]: { title: "Geometry", format: "geometry-any", "x-ogc-role": "primary-geometry" },
      };
      for (const [i, { name: column, type }] of version.columns.entries())
        properties[column] = {
          title: column,
          ...TYPES[type],
          ...(name === "schema" ? { "x-ogc-propertySeq": i + 1 } : {}),
        };
      const document = {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        $id: `${base(c)}/collections/${dataset.slug}/${name}`,
        type: "object",
        title: dataset.card.title,
        properties,
        additionalProperties: false,
      };
      return c.body(JSON.stringify(document), 200, { "Content-Type": SCHEMA });
    });
  schema("queryables");
  schema("schema");
}

const ASKED_BY = ["bbox", "bbox-crs", "crs", "datetime", "limit", "offset", "filter", "filter-lang", "filter-crs"];

/** The same question's page from another item on: what else was asked stays as it was written. */
function pageAt(asked: string, limit: number, offset: number): string {
  const [path, query = ""] = asked.split("?", 2);
  const others = query.split("&").filter((one) => one !== "" && !/^(?:limit|offset)=/.test(one));
  // Of a parameter that is there twice the first one counts.
  return `${path}?${[`limit=${limit}`, `offset=${offset}`, ...others].join("&")}`;
}

/** The days that a dataset is about, as instants; where an end is not known it is open. */
function temporal(dataset: Dataset): { temporal?: { interval: (string | null)[][] } } {
  const { from, to } = extentOf(dataset);
  if (from === undefined && to === undefined) return {};
  return { temporal: { interval: [[from ? `${from}T00:00:00Z` : null, to ? `${to}T23:59:59Z` : null]] } };
}

const projectedTexts = async (data: Opened, rows: readonly number[], system: System): Promise<string> =>
  (await features(data, rows, (read, at) => JSON.stringify(inSystem(featureOf(read, at), system)))).join(",");

const inSystem = (feature: Feature, system: System): Feature =>
  feature.geometry ? { ...feature, geometry: projected(feature.geometry, system) } : feature;

/** @throws {Fault} malformed: not CQL2, or of columns that are not there */
function filterOf(
  filter: string | undefined,
  lang: string | undefined,
  columns: readonly Column[],
): Filter | undefined {
  if (lang !== undefined && lang !== "cql2-text" && lang !== "cql2-json")
    throw new Fault("malformed", "filter-lang is cql2-text or cql2-json.");
  if (filter === undefined) return undefined;
  let read: Filter;
  if (lang === "cql2-json") {
    let json: unknown;
    try {
      json = JSON.parse(filter);
    } catch {
      throw new Fault("malformed", "The filter is not JSON.");
    }
    read = readCql2Json(json);
  } else read = readCql2Text(filter);
  demandColumns({ columns }, columnsIn(read, columns));
  return read;
}
