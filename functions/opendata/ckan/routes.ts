import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { z } from "zod";
import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { body, originOf } from "../../../shared/http.ts";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { open } from "../asking.ts";
import { wholeFeeds } from "../card/files.ts";
import { folded } from "../domain.ts";
import { readSelect } from "../query/sql.ts";
import type { Dataset } from "../schema.ts";
import { catalogue, findBySlug, getById, load } from "../store.ts";
import { rowsUsed } from "../use/metering.ts";
import { Asked } from "./asked.ts";
import { searchedRows, selectedRows } from "./datastore.ts";
import { ActionError, invalidField, notFound } from "./errors.ts";
import { datasetIdOf, organizationOf, packageOf, tagOf } from "./packages.ts";
import { searched } from "./search.ts";

interface Call {
  here: Here;
  asked: Asked;
  /** The city's address. */
  at: string;
  /** Says whose rows were asked for. */
  used(slug: string): void;
}

/** The actions of CKAN's API, version 3, that read: catalogue clients and harvesters call them. */
const ACTIONS: Record<string, { says: string; run: (call: Call) => Promise<unknown> }> = {
  status_show: {
    says: "What this is and which version of CKAN's API it speaks.",
    run: async ({ here, at }) => ({
      site_title: here.city.name,
      site_url: at,
      site_description: here.city.name,
      ckan_version: "2.11",
      locale_default: here.city.languages[0],
      extensions: ["datastore"],
    }),
  },
  site_read: { says: "True: anyone may read.", run: async () => true },
  help_show: {
    says: "What an action does: `name`.",
    run: async ({ asked }) => {
      const action = actionOf(asked.demanded("name"));
      if (!action) throw notFound();
      return action.says;
    },
  },
  package_list: {
    says: "The names of all datasets: `limit`, `offset`.",
    run: async ({ here, asked }) => {
      const offset = asked.whole("offset", 0, Number.MAX_SAFE_INTEGER);
      const limit = asked.whole("limit", Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
      return (await catalogue(here)).map(({ slug }) => slug).slice(offset, offset + limit);
    },
  },
  package_search: {
    says: "Datasets by `q`, `fq`, `sort`, `start`, `rows`, with counts by `facet.field`.",
    run: async ({ here, asked, at }) => searched(packagesOf(here, at, await catalogue(here)), asked),
  },
  package_show: {
    says: "One dataset by `id`, which may be its name.",
    run: async ({ here, asked, at }) => packageIn(here, at, asked.demanded("id")),
  },
  resource_show: {
    says: "One file of a dataset by `id`.",
    run: async ({ here, asked, at }) => {
      const id = asked.demanded("id");
      const { resources } = await packageIn(here, at, datasetIdOf(id));
      const found = resources.find((resource) => resource.id === id);
      if (!found) throw notFound();
      return found;
    },
  },
  organization_list: {
    says: "The city is its catalogue's one organization: `all_fields` for more than its name.",
    run: async ({ here, asked }) => [asked.yes("all_fields", false) ? organizationOf(here.city) : here.city.slug],
  },
  organization_show: {
    says: "The city by `id`, with its datasets if `include_datasets`.",
    run: async ({ here, asked, at }) => {
      if (asked.demanded("id") !== here.city.slug) throw notFound();
      const all = await catalogue(here);
      const packages = asked.yes("include_datasets", false) ? { packages: packagesOf(here, at, all) } : {};
      return { ...organizationOf(here.city), package_count: all.length, ...packages };
    },
  },
  group_list: { says: "There are no groups.", run: async () => [] },
  tag_list: {
    says: "The keywords of all datasets: those with `query` in them, `all_fields` for more than their names.",
    run: async ({ here, asked }) => {
      const part = folded(asked.text("query") ?? "");
      const all = [...new Set((await catalogue(here)).flatMap(({ card }) => card.keywords ?? []))].sort();
      const names = all.filter((name) => folded(name).includes(part));
      return asked.yes("all_fields", false) ? names.map(tagOf) : names;
    },
  },
  license_list: {
    says: "The licences that datasets here are under.",
    run: async ({ here }) =>
      [...new Set((await catalogue(here)).map(({ card }) => card.licence))]
        .sort()
        .map((licence) => ({ id: licence, title: licence })),
  },
  datastore_search: {
    says: "Rows by `resource_id`: `filters`, `q`, `fields`, `distinct`, `sort`, `limit`, `offset`, `include_total`, `records_format`.",
    run: async (call) => {
      const { asked, at } = call;
      // Older clients call it `id`.
      const resource = asked.text("resource_id") ?? asked.text("id") ?? asked.demanded("resource_id");
      const data = await tableOf(call, resource);
      return searchedRows(data, asked, resource, `${at}/api/3/action/datastore_search`);
    },
  },
  datastore_search_sql: {
    says: "Rows by `sql`: one SELECT of one resource, with WHERE, GROUP BY, ORDER BY, LIMIT, OFFSET.",
    run: async (call) => {
      const sql = call.asked.demanded("sql");
      return selectedRows(await tableOf(call, readSelect(sql).table), sql);
    },
  },
};

const actionOf = (name: string) => (Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined);

const packagesOf = (here: Here, at: string, all: readonly Dataset[]) =>
  all.map((dataset) => packageOf(here.city, dataset, at, wholeFeeds(all)));

async function packageIn(here: Here, at: string, name: string) {
  const found = (await findBySlug(here, name)) ?? (await getById(here, name));
  if (!found) throw notFound();
  return packageOf(here.city, found, at, wholeFeeds(await catalogue(here)));
}

async function tableOf({ here, used }: Call, resource: string) {
  if (!resource.endsWith("-csv")) throw notFound();
  const dataset = await getById(here, datasetIdOf(resource));
  if (!dataset) throw notFound();
  used(dataset.slug);
  return load(here, dataset, dataset.latest);
}

export function ckanRoutes(app: CityApp): void {
  const answer = async (c: Context<CityEnv>) => {
    open(c);
    const at = originOf(c) + c.var.here.url("");
    const name = c.req.param("action") ?? "";
    const help = `${at}/api/3/action/help_show?name=${encodeURIComponent(name)}`;
    try {
      const action = actionOf(name);
      if (!action) throw new ActionError("absent", `Action name not known: ${name.slice(0, 80)}`);
      const fields = c.req.method === "POST" ? await posted(c) : c.req.query();
      const result = await action.run({
        here: c.var.here,
        asked: new Asked(fields),
        at,
        used: (slug) => rowsUsed(c, slug),
      });
      return c.json({ help, success: true, result });
    } catch (error) {
      const refusal = refusalOf(error);
      return c.json({ help, success: false, error: refusal.body }, refusal.status as ContentfulStatusCode);
    }
  };
  // Clients leave the version out, as CKAN lets them: it is 3.
  for (const path of ["/api/3/action/:action", "/api/action/:action"]) {
    app.get(path, needs("public"), answer);
    app.post(path, needs("public"), answer);
  }
  app.get("/api/3", needs("public"), (c) => c.json({ version: 3 }));
}

async function posted(c: Context): Promise<Record<string, unknown>> {
  if ((c.req.header("content-type") ?? "").startsWith("application/x-www-form-urlencoded")) return c.req.parseBody();
  if ((await c.req.text()) === "") return {};
  return body(c, z.record(z.string(), z.unknown()));
}

/** What is wrong with a question is said in CKAN's envelope; whatever else happens is not CKAN's to tell. */
function refusalOf(error: unknown): ActionError {
  if (error instanceof ActionError) return error;
  if (error instanceof Fault && (error.kind === "malformed" || error.kind === "invalid"))
    return invalidField("query", error.message);
  if (error instanceof Fault && error.kind === "absent") return notFound();
  throw error;
}
