import { html } from "hono/html";
import { type Link, link, REL } from "../ogc-common.ts";
import type { Column, Dataset, Version } from "../schema.ts";
import { limitsOf, WEB_MERCATOR_QUAD, ZOOM_MAX } from "./grid.ts";

export const MVT = "application/vnd.mapbox-vector-tile";
const KINDS: Record<Column["type"], string> = {
  text: "String",
  integer: "Number",
  number: "Number",
  boolean: "Boolean",
  date: "String",
  datetime: "String",
};

export const vectorLayers = ({ slug, card }: Dataset, { columns }: Version, maxzoom: number) => [
  {
    id: slug,
    description: card.title,
    minzoom: 0,
    maxzoom,
    fields: Object.fromEntries(columns.map(({ name, type }) => [name, KINDS[type]])),
  },
];

/** Whose the data are and how they may be used. Maps show it as HTML, so what was typed is made harmless. */
export const attributionOf = ({ card }: Dataset): string => String(html`${card.source}, ${card.licence}`);

/** Where a tile of this version is, for ever: `ogc` is the interface's own address. */
const template = (ogc: string, { slug }: Dataset, { number }: Version, [z, y, x]: readonly [string, string, string]) =>
  `${ogc}/collections/${slug}/tiles/${WEB_MERCATOR_QUAD.id}/${z}/${y}/${x}?version=${number}`;

/** @see https://github.com/mapbox/tilejson-spec/tree/master/3.0.0 */
export const tileJson = (ogc: string, dataset: Dataset, version: Version) => ({
  tilejson: "3.0.0",
  name: dataset.card.title,
  description: dataset.card.description,
  attribution: attributionOf(dataset),
  version: `${version.number}.0.0`,
  scheme: "xyz",
  tiles: [template(ogc, dataset, version, ["{z}", "{y}", "{x}"])],
  minzoom: 0,
  maxzoom: ZOOM_MAX,
  bounds: version.bbox,
  vector_layers: vectorLayers(dataset, version, ZOOM_MAX),
});

/** What the list of tilesets says of a collection's only one. */
const inShort = (ogc: string, { slug, card }: Dataset) => ({
  title: card.title,
  dataType: "vector",
  crs: WEB_MERCATOR_QUAD.crs,
  tileMatrixSetURI: WEB_MERCATOR_QUAD.uri,
  links: [
    link(`${ogc}/collections/${slug}/tiles/${WEB_MERCATOR_QUAD.id}`, "self", "application/json", "The tileset"),
    link(
      `${ogc}/tileMatrixSets/${WEB_MERCATOR_QUAD.id}`,
      `${REL}/tiling-scheme`,
      "application/json",
      "Its tile matrices",
    ),
  ] as Link[],
});

export const tilesetList = (ogc: string, dataset: Dataset) => ({
  tilesets: [inShort(ogc, dataset)],
  links: [link(`${ogc}/collections/${dataset.slug}/tiles`, "self", "application/json", "This document")],
});

/** A tileset's own description. */
export function tileset(ogc: string, dataset: Dataset, version: Version) {
  const { links, ...short } = inShort(ogc, dataset);
  const [west, south, east, north] = version.bbox!;
  const at = `${ogc}/collections/${dataset.slug}/tiles/${WEB_MERCATOR_QUAD.id}`;
  return {
    ...short,
    description: dataset.card.description,
    license: dataset.card.licence,
    attribution: dataset.card.source,
    version: String(version.number),
    boundingBox: {
      crs: "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
      lowerLeft: [west, south],
      upperRight: [east, north],
    },
    tileMatrixSetLimits: Array.from({ length: ZOOM_MAX + 1 }, (_, z) => {
      const { minX, maxX, minY, maxY } = limitsOf([west, south, east, north], z);
      return { tileMatrix: String(z), minTileRow: minY, maxTileRow: maxY, minTileCol: minX, maxTileCol: maxX };
    }),
    layers: vectorLayers(dataset, version, ZOOM_MAX).map(({ id, description, minzoom, maxzoom }) => ({
      id,
      title: description,
      dataType: "vector",
      minTileMatrix: String(minzoom),
      maxTileMatrix: String(maxzoom),
    })),
    links: [
      ...links,
      {
        ...link(template(ogc, dataset, version, ["{tileMatrix}", "{tileRow}", "{tileCol}"]), "item", MVT, "Tiles"),
        templated: true,
      },
      link(`${at}/tilejson.json`, "alternate", "application/json", "The same as TileJSON"),
    ],
  };
}
