import type { Context } from "hono";
import { Fault } from "../../../shared/errors.ts";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { asked, numberIn, open, unchanged } from "../asking.ts";
import { sendMade } from "../exports/made.ts";
import { demandKnown } from "../known.ts";
import type { Filter } from "../query/filter.ts";
import { answerSelect, demandColumns, demandPlaces } from "../query/select.ts";
import type { ColumnType, Dataset } from "../schema.ts";
import { catalogue, getBySlug } from "../store.ts";
import type { Opened } from "../stored/opened.ts";
import { askedOfCatalogue, chosenOf, facetOf, facetsOf } from "./catalogue.ts";
import { withDays } from "./days.ts";
import { exportOf, makerOf } from "./exports.ts";
import { type Clauses, readClauses } from "./odsql.ts";
import { refined, refinementsIn } from "./refining.ts";
import { FORMATS } from "./writers.ts";

// Opendatasoft's Explore API 2.1, the part that its clients use: catalogue, a dataset, its records, its facets.

const RECORDS = { default: 10, max: 100, maxGrouped: 20_000 };
const FACET_MAX = 100;
const TYPES: Record<ColumnType, string> = {
  text: "text",
  integer: "int",
  number: "double",
  boolean: "boolean",
  date: "date",
  datetime: "datetime",
};
const ASKS = ["select", "where", "group_by", "order_by", "limit", "offset", "refine", "exclude", "timezone", "lang"];
const FACET_ASKS = ["facet", "where", "refine", "exclude", "timezone", "lang"];

export function exploreRoutes(app: CityApp): void {
  const at = "/api/explore/v2.1/catalog/datasets";

  app.get(at, needs("public"), (c) =>
    answered(c, async () => {
      const asks = query(
        c,
        ASKS.filter((name) => name !== "group_by"),
      );
      const page = pageOf(asks, RECORDS.max);
      const { items, ...clauses } = readClauses(asks as Clauses, page);
      const found = askedOfCatalogue(await catalogue(c.var.here), clauses, refinementsIn(asksOf(c)));
      const results = found.slice(page.offset, page.offset + page.limit);
      return { total_count: found.length, results: results.map((one) => chosenOf(items, described(one))) };
    }),
  );
  app.get("/api/explore/v2.1/catalog/facets", needs("public"), (c) =>
    answered(c, async () => {
      const asks = query(c, FACET_ASKS);
      const { where } = readClauses({ where: asks["where"] }, { limit: 0, offset: 0 });
      const clauses = { orderBy: [], ...(where ? { where } : {}) };
      const found = askedOfCatalogue(await catalogue(c.var.here), clauses, refinementsIn(asksOf(c)));
      return { links: [], facets: facetsOf(found, c.req.queries("facet") ?? []) };
    }),
  );
  app.get(`${at}/:slug`, needs("public"), (c) =>
    answered(c, async () => described(await getBySlug(c.var.here, c.req.param("slug")))),
  );
  app.get(`${at}/:slug/records`, needs("public"), (c) =>
    answered(c, async () => {
      const asks = query(c, ASKS);
      const { data, version } = await asked(c, c.req.param("slug"));
      const fresh = unchanged(c, version);
      if (fresh) return fresh;
      const most = asks["group_by"] === undefined ? RECORDS.max : RECORDS.maxGrouped;
      const read = readClauses(asks as Clauses, pageOf(asks, most));
      const where = refinedIn(c, data, read.where);
      const { data: table, clauses } = withDays(data, { ...read, table: "", ...(where ? { where } : {}) });
      const { records, total } = await answerSelect(table, clauses, most);
      return { total_count: total, results: records };
    }),
  );
  app.get(`${at}/:slug/exports/:format`, needs("public"), (c) =>
    answered(c, async () => {
      const { data, version, dataset, slug } = await asked(c, c.req.param("slug"));
      const format = c.req.param("format");
      const asks = asksOf(c);
      const made = await exportOf(data, format, asks);
      const fresh = unchanged(c, version);
      if (fresh) return fresh;
      const { type } = FORMATS[format]!;
      const file = { dataset, version, extension: makerOf(format), query: asks.toString() };
      return sendMade(c, made, { ...file, name: `${slug}.${format}`, type });
    }),
  );
  app.get(`${at}/:slug/facets`, needs("public"), (c) =>
    answered(c, async () => {
      const asks = query(c, FACET_ASKS);
      const { data: whole, version } = await asked(c, c.req.param("slug"));
      const fresh = unchanged(c, version);
      if (fresh) return fresh;
      const { where: condition } = readClauses({ where: asks["where"] }, { limit: 0, offset: 0 });
      const asksFor = refinedIn(c, whole, condition);
      const none = { items: [], groupBy: [], orderBy: [] };
      const { data, clauses } = withDays(whole, { ...none, ...(asksFor ? { where: asksFor } : {}) });
      const { where } = clauses;
      const names = c.req.queries("facet") ?? [];
      const shown =
        names.length > 0 ? names : whole.columns.filter(({ type }) => type === "text").map(({ name }) => name);
      demandColumns(whole, shown);
      const facets = [];
      for (const name of shown) {
        const counted = await answerSelect(
          data,
          {
            table: "",
            ...(where ? { where } : {}),
            items: [
              { name: "value", column: name },
              { name: "n", aggregate: "count", column: "*" },
            ],
            groupBy: [name],
            orderBy: [{ by: "n", isDescending: true }],
            offset: 0,
          },
          FACET_MAX,
        );
        const values = counted.records.filter(({ value }) => value !== null);
        facets.push({
          name,
          facets: values.map(({ value, n }) => facetOf(String(value), Number(n))),
        });
      }
      return { links: [], facets };
    }),
  );
}

/** The parameters of a question, however often each is there. */
const asksOf = (c: Context): URLSearchParams => new URL(c.req.url).searchParams;

const described = ({ id, slug, card, latest }: Dataset) => ({
  dataset_id: slug,
  dataset_uid: id,
  has_records: true,
  data_visible: true,
  features: latest.bbox ? ["analyze", "geo"] : ["analyze"],
  fields: latest.columns.map(({ name, type }) => ({ name, label: name, type: TYPES[type], annotations: {} })),
  metas: {
    default: {
      title: card.title,
      description: card.description,
      license: card.licence,
      publisher: card.source,
      modified: latest.publishedAt,
      data_processed: latest.publishedAt,
      records_count: latest.rows,
    },
  },
});

/** Refusals as the Explore API says them; an absent dataset among them. */
async function answered(c: Context<CityEnv>, answer: () => Promise<object>): Promise<Response> {
  open(c);
  try {
    const made = await answer();
    return made instanceof Response ? made : c.json(made);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.kind === "malformed") return c.json({ error_code: "ODSQLError", message: error.message }, 400);
    if (error.kind === "absent")
      return c.json({ error_code: "DatasetNotFoundError", message: "There is no such dataset." }, 404);
    throw error;
  }
}

function pageOf(asks: Record<string, string | undefined>, most: number): { limit: number; offset: number } {
  return {
    limit: numberIn(asks["limit"], "limit", 0, most, RECORDS.default),
    offset: numberIn(asks["offset"], "offset", 0, Number.MAX_SAFE_INTEGER, 0),
  };
}

/** @throws {Fault} malformed: it is refined by a column that is not there */
function refinedIn(c: Context, data: Opened, where: Filter | undefined): Filter | undefined {
  demandPlaces(data, where);
  const refinements = refinementsIn(asksOf(c));
  demandColumns(
    data,
    refinements.map(({ column }) => column),
  );
  return refined(where, refinements);
}

function query(c: Context, known: readonly string[]): Record<string, string | undefined> {
  const asks = c.req.query();
  demandKnown(Object.keys(asks), (name) => known.includes(name));
  return asks;
}
