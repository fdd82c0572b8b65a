import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { Facts, Table } from "../../../shared/components.tsx";
import { faults, json } from "../../../shared/http.ts";
import { page } from "../../../shared/page.tsx";
import { type CityApp, type CityEnv, needs, secured } from "../../../shared/room.ts";
import { numberIn, open, unchanged } from "../asking.ts";
import { Cell, Column, type Dataset, type Version } from "../schema.ts";
import { type Common, shown } from "../showing.ts";
import { getBySlug, getVersion, load } from "../store.ts";
import { recalled, remember } from "../stored/cache.ts";
import { opendataTexts } from "../texts.ts";
import { type Difference, difference } from "./diff.ts";

const Record = z.record(z.string(), Cell);
const Changes = z
  .object({
    from: z.int(),
    to: z.int(),
    /** The column by which rows were known again; without one they were by all that they hold. */
    by: z.string().optional(),
    columns: z.object({
      added: z.array(Column),
      removed: z.array(Column),
      changed: z.array(z.object({ name: z.string(), before: z.string(), after: z.string() })),
    }),
    rows: z.object({ added: z.int(), removed: z.int(), changed: z.int(), same: z.int() }),
    /** The first of each. */
    added: z.array(Record),
    removed: z.array(Record),
    changed: z.array(z.object({ key: Cell, before: Record, after: Record })),
  })
  .meta({ id: "DatasetChanges" });

const changes = createRoute({
  method: "get",
  path: "/v1/datasets/{slug}/changes",
  summary:
    "What became of a dataset between two versions: rows added, removed and changed, by a key column if there is one",
  middleware: needs("public"),
  ...secured("public"),
  request: {
    params: z.object({ slug: z.string().max(80) }),
    query: z.object({
      from: z.string().optional().openapi({ description: "The earlier version; else the one before the later" }),
      to: z.string().optional().openapi({ description: "The later version; else the latest" }),
      key: z.string().optional().openapi({ description: "The column that names each row" }),
    }),
  },
  responses: { 200: json(Changes, "The difference"), ...faults("malformed", "absent", "too_large") },
});

interface Compared {
  dataset: Dataset;
  from: Version;
  to: Version;
  found: Difference;
}

/** The two versions that a request names, compared; versions never change, so neither does what lies between them. */
async function compared(c: Context<CityEnv>, slug: string): Promise<Compared> {
  const { here } = c.var;
  const dataset = await getBySlug(here, slug);
  const { from: first, to: last, key } = c.req.query();
  const to = await getVersion(here, dataset, numberIn(last, "to", 1, 1_000_000, dataset.latest.number));
  const from = await getVersion(here, dataset, numberIn(first, "from", 1, 1_000_000, Math.max(1, to.number - 1)));
  const name = ["changes", here.city.slug, dataset.id, from.file, to.file, key ?? ""].join("/");
  let found = recalled<Difference>(name);
  if (!found) {
    found = await difference(await load(here, dataset, from), await load(here, dataset, to), key);
    remember(name, found, JSON.stringify(found).length * 2);
  }
  return { dataset, from, to, found };
}

export function versionRoutes(app: CityApp): void {
  app.openapi(changes, async (c) => {
    const { from, to, found } = await compared(c, c.req.valid("param").slug);
    open(c);
    const fresh = unchanged(c, to);
    return fresh ? (fresh as never) : c.json({ from: from.number, to: to.number, ...found }, 200);
  });
  app.get("/data/:slug/changes", needs("public"), async (c) => {
    const { here, lang, csrf, city } = c.var;
    const common: Common = { t: opendataTexts.in(lang), lang, csrf, city, url: here.url };
    const { t } = common;
    const { dataset, from, to, found } = await compared(c, c.req.param("slug"));
    return page(
      c,
      {
        title: t("changesOf", { title: dataset.card.title, from: from.number, to: to.number }),
        crumbs: [
          [t("title"), here.url("/data")],
          [dataset.card.title, here.url(`/data/${dataset.slug}`)],
        ],
        wide: true,
      },
      <ChangesPage {...common} found={found} from={from} to={to} />,
    );
  });
}

function ChangesPage({ found, from, to, ...common }: Common & { found: Difference; from: Version; to: Version }) {
  const { t, lang } = common;
  const number = new Intl.NumberFormat(lang);
  const { added, removed, changed, same } = found.rows;
  const cell = (value: Cell | undefined) => <bdi>{shown(common, value)}</bdi>;
  const table = (caption: string, columns: readonly Column[], records: readonly { [name: string]: Cell }[]) =>
    records.length > 0 && (
      <Table
        caption={caption}
        wide
        head={columns.map(({ name, title }) => title ?? name)}
        rows={records.map((record) => columns.map(({ name }) => cell(record[name])))}
      />
    );
  const cells = found.changed.flatMap(({ key, before, after }) =>
    [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .filter((name) => before[name] !== after[name])
      .map((name) => [cell(key), <bdi>{name}</bdi>, cell(before[name]), cell(after[name])]),
  );
  return (
    <>
      <Facts
        items={[
          [t("rowsAdded"), number.format(added)],
          [t("rowsRemoved"), number.format(removed)],
          [t("rowsChanged"), number.format(changed)],
          [t("rowsSame"), number.format(same)],
          [t("knownBy"), found.by === undefined ? t("knownByAll") : <bdi>{found.by}</bdi>],
          ...(found.columns.added.length > 0
            ? [[t("columnsAdded"), <bdi>{found.columns.added.map(({ name }) => name).join(", ")}</bdi>] as const]
            : []),
          ...(found.columns.removed.length > 0
            ? [[t("columnsRemoved"), <bdi>{found.columns.removed.map(({ name }) => name).join(", ")}</bdi>] as const]
            : []),
          ...found.columns.changed.map(
            ({ name, before, after }) =>
              [
                t("columnChanged", { name }),
                `${t(`type.${before}` as "type.text")} → ${t(`type.${after}` as "type.text")}`,
              ] as const,
          ),
        ]}
      />
      {cells.length > 0 && (
        <Table
          caption={t("changedFirst", { n: found.changed.length })}
          wide
          head={[found.by ?? "", t("column"), t("before"), t("after")]}
          rows={cells}
        />
      )}
      {table(t("addedFirst", { n: found.added.length }), to.columns, found.added)}
      {table(t("removedFirst", { n: found.removed.length }), from.columns, found.removed)}
    </>
  );
}
