import type { Context } from "hono";
import { absent, Fault } from "../../../shared/errors.ts";
import { originOf } from "../../../shared/http.ts";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { numberIn, open, unchangedAbout, unchangedCatalogue } from "../asking.ts";
import { wholeFeeds } from "../card/files.ts";
import { RECORDS, readBox, readWhen } from "../domain.ts";
import { askedOf, GEOJSON, LIMIT, link, ogcOf, only, pageLink, SCHEMA, wantsPage } from "../ogc-common.ts";
import { collectionPage, PAGE_MAX, recordsPage } from "../ogc-pages/pages.tsx";
import type { Dataset } from "../schema.ts";
import { catalogue, findBySlug } from "../store.ts";
import { recordCollection, recordOf } from "./record.ts";
import { matching, SORTABLES, sortedBy } from "./search.ts";

const ASKED_BY = "q type ids externalIds language sortby bbox datetime limit offset".split(" ");

/** The catalogue by OGC API Records. Mounted before the collections of features: this name is none of theirs. */
export function recordRoutes(app: CityApp): void {
  const at = `/ogc/collections/${RECORDS}`;
  const addresses = (c: Context<CityEnv>, all: readonly Dataset[]) => ({
    ...{ city: originOf(c) + c.var.here.url(""), ogc: ogcOf(c) },
    feeds: wholeFeeds(all),
  });

  app.get(at, needs("public"), (c) => {
    only(c, [], true);
    const collection = recordCollection(c.var.city, ogcOf(c));
    if (wantsPage(c)) return collectionPage(c, collection);
    open(c);
    return c.json(collection);
  });

  app.get(`${at}/items`, needs("public"), async (c) => {
    const query = only(c, ASKED_BY, true);
    const isPage = wantsPage(c);
    const limit = Math.min(
      numberIn(text(query, "limit"), "limit", 1, Number.MAX_SAFE_INTEGER, LIMIT.default),
      isPage ? PAGE_MAX : LIMIT.max,
    );
    const offset = numberIn(text(query, "offset"), "offset", 0, Number.MAX_SAFE_INTEGER, 0);
    const [bbox, datetime] = [text(query, "bbox"), text(query, "datetime")];
    const asked = {
      q: text(query, "q"),
      types: list(query, "type"),
      ids: list(query, "ids"),
      externalIds: list(query, "externalIds"),
      languages: list(query, "language"),
      bbox: bbox === undefined ? undefined : readBox(bbox),
      when: datetime === undefined ? undefined : readWhen(datetime),
    };
    const sortby = list(query, "sortby") ?? ["title"];
    const datasets = await catalogue(c.var.here);
    const found = sortedBy(matching(datasets, asked, c.var.city.languages[0]!), sortby);
    const about = addresses(c, datasets);
    const records = found.slice(offset, offset + limit).map((one) => recordOf(c.var.city, one, about));
    const page = (start: number) =>
      `${ogcOf(c)}/collections/${RECORDS}/items?${new URLSearchParams({ ...c.req.query(), limit: String(limit), offset: String(start) })}`;
    const links = [
      link(askedOf(c), "self", GEOJSON, "This page"),
      ...(offset + records.length < found.length ? [link(page(offset + limit), "next", GEOJSON, "The next page")] : []),
      ...(offset > 0 ? [link(page(Math.max(0, offset - limit)), "prev", GEOJSON, "The page before")] : []),
      link(`${ogcOf(c)}/collections/${RECORDS}`, "collection", "application/json", "The catalogue"),
    ];
    if (isPage) {
      const collection = { slug: RECORDS, title: recordCollection(c.var.city, ogcOf(c)).title };
      return recordsPage(c, records, { collection, offset, matched: found.length, links });
    }
    const fresh = unchangedCatalogue(c, datasets);
    if (fresh) return fresh;
    const answer = {
      type: "FeatureCollection",
      numberMatched: found.length,
      numberReturned: records.length,
      timeStamp: c.var.here.clock.now().toISOString(),
      features: records,
      links: [...links, pageLink(c)],
    };
    return c.body(JSON.stringify(answer), 200, { "Content-Type": GEOJSON });
  });

  app.get(`${at}/items/:record`, needs("public"), async (c) => {
    only(c, [], true);
    const dataset = await findBySlug(c.var.here, c.req.param("record"));
    if (!dataset) throw absent();
    // A dataset's own page says all that its record says.
    if (wantsPage(c)) return c.redirect(c.var.here.url(`/data/${dataset.slug}`), 303);
    const datasets = await catalogue(c.var.here);
    return (
      unchangedAbout(c, dataset, datasets) ??
      c.body(JSON.stringify(recordOf(c.var.city, dataset, addresses(c, datasets))), 200, { "Content-Type": GEOJSON })
    );
  });

  const schema = (name: string, properties: Record<string, object>) =>
    app.get(`${at}/${name}`, needs("public"), (c) => {
      only(c, []);
      open(c);
      const document = {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        $id: `${ogcOf(c)}/collections/${RECORDS}/${name}`,
        type: "object",
        title: `${c.var.city.name}: catalogue`,
        properties,
        additionalProperties: false,
      };
      return c.body(JSON.stringify(document), 200, { "Content-Type": SCHEMA });
    });
  const types = {
    id: { type: "string" },
    title: { type: "string" },
    updated: { type: "string", format: "date-time" },
    type: { type: "string" },
    language: { type: "string" },
    externalIds: { type: "array", items: { type: "string" } },
    geometry: { format: "geometry-any", "x-ogc-role": "primary-geometry" },
  };
  schema("queryables", types);
  schema("sortables", Object.fromEntries(SORTABLES.map((name) => [name, types[name]])));
}

const TEXT_MAX = 500;

/** A parameter without a value counts as not given, as the standard wants it. @throws {Fault} malformed: too long */
function text(query: Record<string, string>, name: string): string | undefined {
  const given = query[name] ?? "";
  if (given.length > TEXT_MAX) throw new Fault("malformed", `${name} has at most ${TEXT_MAX} signs.`);
  return given.trim() === "" ? undefined : given;
}

const list = (query: Record<string, string>, name: string): string[] | undefined => text(query, name)?.split(",");
