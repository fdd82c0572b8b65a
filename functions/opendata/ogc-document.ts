import { CRS_LIST, CRS84 } from "./crs.ts";
import { RECORDS, timeColumn } from "./domain.ts";
import { GEOJSON, LIMIT, SCHEMA } from "./ogc-common.ts";
import type { Column, Dataset } from "./schema.ts";
import { ZOOM_MAX } from "./tiles/grid.ts";
import { MVT } from "./tiles/tilejson.ts";

/** A column's type as JSON Schema. */
export const TYPES: Record<Column["type"], object> = {
  text: { type: "string" },
  integer: { type: "integer" },
  number: { type: "number" },
  boolean: { type: "boolean" },
  date: { type: "string", format: "date" },
  datetime: { type: "string", format: "date-time" },
};

const json = "application/json";
const answer = (type: string, schema: object = { type: "object" }) => ({
  "200": { description: "The answer", content: { [type]: { schema } } },
  "400": {
    description: "A parameter is not known or not valid",
    content: { "application/problem+json": { schema: { type: "object" } } },
  },
  "404": {
    description: "There is nothing here",
    content: { "application/problem+json": { schema: { type: "object" } } },
  },
});
/** What people may have as a page, by `f` or by what their browser accepts. */
const orPage = (type: string) => {
  const { "200": right, ...wrong } = answer(type);
  return { "200": { ...right, content: { ...right.content, "text/html": { schema: { type: "string" } } } }, ...wrong };
};
const get = (operationId: string, summary: string, responses: object, parameters: object[] = []) => ({
  get: { operationId, summary, parameters, responses },
});
const parameter = (name: string, schema: object, description: string, more: object = {}) => ({
  name,
  in: "query",
  required: false,
  schema,
  description,
  ...more,
});
const listed = (name: string, items: object, description: string, more: object = {}) =>
  parameter(name, { type: "array", items, ...more }, description, { style: "form", explode: false });

const FORM = parameter("f", { type: "string", enum: ["json", "html"] }, "For programs or for people; else as accepted");
const inPath = (name: string, schema: object) => ({ name, in: "path", required: true, schema });
const OF_VERSION = parameter("version", { type: "integer", minimum: 1 }, "A version; the latest unless named");

/** Of the record collection: the whole catalogue, also what has no place. */
const recordPaths = {
  [`/collections/${RECORDS}`]: get("get-records", "The catalogue", orPage(json), [FORM]),
  [`/collections/${RECORDS}/items`]: get("getRecords", "Datasets as records", orPage(GEOJSON), [
    FORM,
    parameter("limit", { type: "integer", minimum: 1, maximum: LIMIT.max, default: LIMIT.default }, "At most so many"),
    parameter("offset", { type: "integer", minimum: 0, default: 0 }, "After so many records"),
    listed("bbox", { type: "number" }, "West, south, east, north", { minItems: 4, maxItems: 6 }),
    parameter("datetime", { type: "string" }, "Changed at an instant or in an interval"),
    listed("q", { type: "string" }, "Words: any of those between commas; those between blanks in this order"),
    listed("type", { type: "string", maxLength: 64 }, "Kinds of resources"),
    listed("ids", { type: "string" }, "Records by their names"),
    listed("externalIds", { type: "string" }, "Records by the datasets' own ids"),
    listed("language", { type: "string" }, "Languages of the records' texts"),
    listed("sortby", { type: "string", pattern: "[+|-]?[A-Za-z_].*" }, "Columns to sort by, - for descending"),
  ]),
  [`/collections/${RECORDS}/items/{recordId}`]: get("getRecord", "One dataset as a record", orPage(GEOJSON), [
    FORM,
    inPath("recordId", { type: "string" }),
  ]),
  [`/collections/${RECORDS}/sortables`]: get("getSortables", "What records can be sorted by", answer(SCHEMA)),
  [`/collections/${RECORDS}/queryables`]: get("getRecordQueryables", "What records can be asked by", answer(SCHEMA)),
};

/** The OpenAPI 3.0 document that part 1 asks for; it stands alone. */
export function apiDocument(city: string, at: string, datasets: readonly Dataset[]): object {
  const paths: Record<string, object> = {
    "/": get("getLandingPage", "Landing page", orPage(json), [FORM]),
    "/conformance": get("getConformance", "Conformance classes", orPage(json), [FORM]),
    "/collections": get("getCollections", "Collections", orPage(json), [FORM]),
    "/tileMatrixSets": get("getTileMatrixSets", "How tiles are cut", answer(json)),
    "/tileMatrixSets/WebMercatorQuad": get("getTileMatrixSet", "The grid of tiles", answer(json)),
    ...recordPaths,
  };
  for (const { slug, card, latest } of datasets) {
    const filters = latest.columns.map(({ name, type }) => parameter(name, TYPES[type], "Equal to this"));
    const when =
      timeColumn(latest.columns) === undefined
        ? []
        : [parameter("datetime", { type: "string" }, "An instant or interval")];
    paths[`/collections/${slug}`] = get(`get-${slug}`, card.title, orPage(json), [FORM]);
    paths[`/collections/${slug}/items`] = get(`items-${slug}`, `Features of ${card.title}`, orPage(GEOJSON), [
      FORM,
      parameter(
        "limit",
        { type: "integer", minimum: 1, maximum: LIMIT.max, default: LIMIT.default },
        "At most so many features",
      ),
      parameter("offset", { type: "integer", minimum: 0, default: 0 }, "After so many features"),
      parameter(
        "bbox",
        { type: "array", items: { type: "number" }, minItems: 4, maxItems: 6 },
        "West, south, east, north",
        { style: "form", explode: false },
      ),
      parameter("crs", { type: "string", enum: CRS_LIST, default: CRS84 }, "The system of the answer's coordinates"),
      parameter("bbox-crs", { type: "string", enum: CRS_LIST, default: CRS84 }, "The system of bbox"),
      parameter("filter", { type: "string" }, "A condition in CQL2"),
      parameter(
        "filter-lang",
        { type: "string", enum: ["cql2-text", "cql2-json"], default: "cql2-text" },
        "How the condition is written",
      ),
      parameter("filter-crs", { type: "string", enum: [CRS84], default: CRS84 }, "The system of the filter"),
      ...when,
      ...filters,
    ]);
    paths[`/collections/${slug}/items/{featureId}`] = get(
      `item-${slug}`,
      `One feature of ${card.title}`,
      orPage(GEOJSON),
      [FORM, inPath("featureId", { type: "integer" })],
    );
    const tiles = `/collections/${slug}/tiles`;
    paths[tiles] = get(`tilesets-${slug}`, `Tilesets of ${card.title}`, answer(json), [OF_VERSION]);
    paths[`${tiles}/WebMercatorQuad`] = get(`tileset-${slug}`, `Tiles of ${card.title}`, answer(json), [OF_VERSION]);
    paths[`${tiles}/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}`] = get(
      `tile-${slug}`,
      `One vector tile of ${card.title}`,
      { ...answer(MVT, { type: "string", format: "binary" }), "204": { description: "Nothing is in this tile" } },
      [
        inPath("tileMatrix", { type: "integer", minimum: 0, maximum: ZOOM_MAX }),
        inPath("tileRow", { type: "integer", minimum: 0 }),
        inPath("tileCol", { type: "integer", minimum: 0 }),
        OF_VERSION,
      ],
    );
  }
  return {
    openapi: "3.0.3",
    info: { title: `${city}: open data`, version: "1", license: { name: "Apache-2.0" } },
    servers: [{ url: at }],
    paths,
  };
}
