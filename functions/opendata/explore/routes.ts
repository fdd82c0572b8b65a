import type { Context } from "hono";
import { Fault } from "../../../shared/errors.ts";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { asked, numberIn, open, unchanged } from "../asking.ts";
import { folded } from "../domain.ts";
import type { Filter } from "../query/filter.ts";
import { answerSelect, demandColumns } from "../query/select.ts";
import type { ColumnType, Dataset } from "../schema.ts";
import { catalogue, getBySlug } from "../store.ts";
import { type Clauses, readClauses } from "./odsql.ts";

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

export function exploreRoutes(app: CityApp): void {
  const at = "/api/explore/v2.1/catalog/datasets";

  app.get(at, needs("public"), (c) =>
    answered(c, async () => {
      const { where, limit, offset } = query(c, [...ASKS]);
      const words = folded(where ?? "")
        .split(/[^\p{L}\p{N}]+/u)
        .filter(Boolean);
      const found = (await catalogue(c.var.here)).filter(({ card }) => {
        const text = folded(`${card.title} ${card.description} ${card.source}`);
        return words.every((word) => text.includes(word));
      });
      const from = numberIn(offset, "offset", 0, Number.MAX_SAFE_INTEGER, 0);
      const most = numberIn(limit, "limit", 0, RECORDS.max, RECORDS.default);
      return { total_count: found.length, results: found.slice(from, from + most).map(described) };
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
      const isGrouped = asks["group_by"] !== undefined;
      const most = isGrouped ? RECORDS.maxGrouped : RECORDS.max;
      const limit = numberIn(asks["limit"], "limit", 0, most, RECORDS.default);
      const offset = numberIn(asks["offset"], "offset", 0, Number.MAX_SAFE_INTEGER, 0);
      const clauses = readClauses(asks as Clauses, { limit, offset });
      const where = refined(c, clauses.where);
      if (where)
        demandColumns(
          data,
          refinements(c).map(({ column }) => column),
        );
      const select = { ...clauses, table: "", ...(where ? { where } : {}) };
      const { records, total } = await answerSelect(data, select, most);
      return { total_count: total, results: records };
    }),
  );
  app.get(`${at}/:slug/facets`, needs("public"), (c) =>
    answered(c, async () => {
      const { facet } = query(c, [...ASKS, "facet"]);
      const { data } = await asked(c, c.req.param("slug"));
      const names = c.req.queries("facet") ?? (facet === undefined ? [] : [facet]);
      const shown =
        names.length > 0 ? names : data.columns.filter(({ type }) => type === "text").map(({ name }) => name);
      demandColumns(data, shown);
      const facets = [];
      for (const name of shown) {
        const counted = await answerSelect(
          data,
          {
            table: "",
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
          facets: values.map(({ value, n }) => ({
            name: String(value),
            count: n,
            state: "displayed",
            value: String(value),
          })),
        });
      }
      return { links: [], facets };
    }),
  );
}

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

function query(c: Context, known: readonly string[]): Record<string, string | undefined> {
  const asks = c.req.query();
  for (const name of Object.keys(asks))
    if (!known.includes(name)) throw new Fault("malformed", `The parameter ${name} is not known here.`);
  return asks;
}

/** `refine=column:value` and `exclude=column:value`, as often as wanted. @throws {Fault} malformed */
function refinements(c: Context): { column: string; value: string; isOut: boolean }[] {
  return (["refine", "exclude"] as const).flatMap((name) =>
    (c.req.queries(name) ?? []).map((given) => {
      const cut = given.indexOf(":");
      if (cut < 1) throw new Fault("malformed", `${name} is column:value.`);
      return {
        column: given.slice(0, cut),
        value: given.slice(cut + 1).replace(/^"(.*)"$/, "$1"),
        isOut: name === "exclude",
      };
    }),
  );
}

function refined(c: Context, where: Filter | undefined): Filter | undefined {
  const more = refinements(c).map(({ column, value, isOut }): Filter => {
    const equal: Filter = { op: "compare", column, by: "=", value };
    return isOut ? { op: "not", of: equal } : equal;
  });
  const every = [...(where ? [where] : []), ...more];
  return every.length === 0 ? undefined : { op: "and", of: every };
}
