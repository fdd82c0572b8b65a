import type { City } from "../../../shared/here.ts";
import { extentOf } from "../card/card.ts";
import { filesOf, type WholeFeeds } from "../card/files.ts";
import { CRS84 } from "../crs.ts";
import { RECORDS } from "../domain.ts";
import { areaOf } from "../geometry.ts";
import { GEOJSON, type Link, link, REL, SCHEMA, SPEC } from "../ogc-common.ts";
import type { Described } from "../ogc-pages/pages.tsx";
import type { Dataset } from "../schema.ts";

// OGC API Records 1.0: the catalogue as a collection of records that is searched as features are.
// @see https://docs.ogc.org/is/20-004r1/20-004r1.html

/** The part of an external id that says whose it is. */
export const ID_SCHEME = "hansa";

export const RECORD_CLASSES = [
  ...["record-core", "record-collection", "record-core-query-parameters", "searchable-catalog"],
  ...["sorting", "json", "oas30"],
] as const;

const THEME_SCHEME = "http://publications.europa.eu/resource/authority/data-theme";

/** What a record says of a dataset. */
export interface DatasetRecord {
  id: string;
  type: "Feature";
  conformsTo: string[];
  /** The days that the data are about, if that is known; when they were published is `updated`. */
  time: { interval: [string, string] } | null;
  geometry: { type: "Polygon"; coordinates: number[][][] } | null;
  properties: {
    type: "dataset";
    title: string;
    description: string;
    language: { code: string };
    updated: string;
    externalIds: { scheme: string; value: string }[];
    formats: { name: string; mediaType: string }[];
    contacts: {
      name?: string;
      organization: string;
      emails?: { value: string }[];
      phones?: { value: string }[];
      roles: string[];
    }[];
    license: string;
    resourceLanguages?: { code: string }[];
    keywords?: string[];
    themes?: { concepts: { id: string }[]; scheme: string }[];
  };
  links: Link[];
}

export function recordOf(
  city: City,
  dataset: Dataset,
  at: { city: string; ogc: string; feeds: WholeFeeds },
): DatasetRecord {
  const { id, slug, card, latest } = dataset;
  const { box, from, to } = extentOf(dataset);
  const { contact, email, telephone, languages, keywords, theme } = card;
  const desk = {
    ...(contact ? { name: contact } : {}),
    organization: city.name,
    ...(email ? { emails: [{ value: email }] } : {}),
    ...(telephone ? { phones: [{ value: telephone }] } : {}),
    roles: ["pointOfContact"],
  };
  const files = filesOf(latest, at.feeds);
  const self = `${at.ogc}/collections/${RECORDS}`;
  const page = `${at.city}/data/${slug}`;
  return {
    id: slug,
    type: "Feature",
    conformsTo: [`${SPEC}/ogcapi-records-1/1.0/req/record-core`],
    time: from === undefined && to === undefined ? null : { interval: [from ?? "..", to ?? ".."] },
    geometry: box ? areaOf(box) : null,
    properties: {
      type: "dataset",
      title: card.title,
      description: card.description,
      language: { code: city.languages[0]! },
      updated: latest.publishedAt,
      externalIds: [{ scheme: ID_SCHEME, value: id }],
      formats: files.map(({ name, mediaType }) => ({ name, mediaType })),
      contacts: [
        { organization: city.name, roles: ["publisher"] },
        { organization: card.source, roles: ["originator"] },
        ...(contact || email || telephone ? [desk] : []),
      ],
      license: card.licence,
      ...(languages ? { resourceLanguages: languages.map((code) => ({ code })) } : {}),
      ...(keywords ? { keywords } : {}),
      ...(theme ? { themes: [{ concepts: [{ id: theme }], scheme: THEME_SCHEME }] } : {}),
    },
    links: [
      link(`${self}/items/${slug}`, "self", GEOJSON, "This record"),
      link(self, "collection", "application/json", "The catalogue"),
      link(page, "about", "text/html", card.title),
      link(page, "license", "text/html", card.licence),
      link(`${at.city}/dataset/${slug}.ttl`, "alternate", "text/turtle", "DCAT-AP"),
      ...files.map(({ extension, mediaType, name }) =>
        link(`${page}/export.${extension}`, "enclosure", mediaType, name),
      ),
      ...(latest.bbox
        ? [
            link(`${at.ogc}/collections/${slug}`, "item", "application/json", "Its collection"),
            link(`${at.ogc}/collections/${slug}/items`, "items", GEOJSON, "Its features"),
          ]
        : []),
    ],
  };
}

/** The catalogue among the collections. */
export function recordCollection(city: City, ogc: string): Described & Record<string, unknown> {
  const at = `${ogc}/collections/${RECORDS}`;
  return {
    id: RECORDS,
    type: "Catalog",
    itemType: "record",
    title: `${city.name}: catalogue`,
    description: `What ${city.name} publishes, one record a dataset.`,
    language: { code: city.languages[0]! },
    conformsTo: [`${SPEC}/ogcapi-records-1/1.0/req/record-collection`],
    crs: [CRS84],
    extent: { spatial: { bbox: [[-180, -90, 180, 90]], crs: CRS84 } },
    defaultSortOrder: ["title"],
    links: [
      link(at, "self", "application/json", "The catalogue"),
      link(`${at}/items`, "items", GEOJSON, "Its records"),
      link(`${at}/queryables`, `${REL}/queryables`, SCHEMA, "What records can be asked by"),
      link(`${at}/sortables`, `${REL}/sortables`, SCHEMA, "What records can be sorted by"),
    ],
  };
}
