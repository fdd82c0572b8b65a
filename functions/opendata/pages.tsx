import { originOf } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, needs } from "../../shared/room.ts";
import { asked, numberIn } from "./asking.ts";
import { otherFormat } from "./dcat/routes.ts";
import { folded } from "./domain.ts";
import { pageOf } from "./query/matching.ts";
import { columnAt, recordsOf, sorted } from "./query/reading.ts";
import type { Cell } from "./schema.ts";
import { commonOf } from "./showing.ts";
import { catalogue, versions } from "./store.ts";
import type { Opened } from "./stored/opened.ts";
import { lateUse } from "./use/lately.ts";
import { CataloguePage, DatasetPage } from "./views.tsx";

const ROWS_A_PAGE = 25;

export function opendataPages(app: CityApp): void {
  app.get("/data", needs("public"), async (c) => {
    const { t } = commonOf(c);
    const q = (c.req.query("q") ?? "").slice(0, 200);
    const words = folded(q).split(/\s+/).filter(Boolean);
    const all = await catalogue(c.var.here);
    const matching = all.filter(({ card }) => {
      const text = folded([card.title, card.description, card.source, ...(card.keywords ?? [])].join(" "));
      return words.every((word) => text.includes(word));
    });
    return page(
      c,
      { title: t("title"), lead: t("lead") },
      <CataloguePage {...commonOf(c)} q={q} datasets={matching} isEmpty={all.length === 0} />,
    );
  });

  app.get("/data/:slug", needs("public"), async (c) => {
    const { t } = commonOf(c);
    const { data, version, dataset } = await asked(c, c.req.param("slug"));
    const elsewhere = otherFormat(c, dataset.slug);
    if (elsewhere) return elsewhere;
    const offset = numberIn(c.req.query("offset"), "offset", 0, Number.MAX_SAFE_INTEGER, 0);
    const sort = c.req.query("sort") ?? "";
    const isDown = sort.startsWith("-");
    const order = sort.replace(/^-/, "");
    const isSorted = data.columns.some(({ name }) => name === order);
    const rows = await sorted(
      data,
      undefined,
      isSorted ? [{ column: columnAt(data, order), isDescending: isDown }] : [],
      alike,
      "always",
    );
    const records = await recordsOf(data, pageOf(data, rows, offset, ROWS_A_PAGE));
    return page(
      c,
      {
        title: dataset.card.title,
        lead: dataset.card.description || undefined,
        crumbs: [[t("title"), c.var.here.url("/data")]],
        wide: true,
      },
      <DatasetPage
        {...commonOf(c)}
        dataset={dataset}
        version={version}
        versions={await versions(c.var.here, dataset.id)}
        data={data}
        records={records}
        places={await somePlaces(data)}
        offset={offset}
        pageSize={ROWS_A_PAGE}
        sort={isSorted ? sort : ""}
        use={await lateUse(c.var.here, dataset)}
        isNew={c.req.query("published") === "1"}
        now={c.var.here.clock.now()}
        at={originOf(c) + c.var.here.url("")}
      />,
    );
  });
}

const collator = new Intl.Collator("en", { numeric: true });
/** As a reader of a table expects it: numbers by value, texts by letter whatever their case. */
const alike = (a: NonNullable<Cell>, b: NonNullable<Cell>): number =>
  typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));

/** The places of the first row group: a drawn map shows no more. */
const somePlaces = async (data: Opened) =>
  data.hasPlaces && data.rows > 0 ? (await data.group(0, { columns: [], places: true })).places : undefined;
