import type { Context } from "hono";
import { fieldMistakes, originOf } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { asked, numberIn } from "./asking.ts";
import { otherFormat } from "./dcat/routes.ts";
import { folded } from "./domain.ts";
import { pageOf } from "./query/matching.ts";
import { columnAt, recordsOf, sorted } from "./query/reading.ts";
import { draftFrom } from "./routes.ts";
import type { Cell } from "./schema.ts";
import { catalogue, findBySlug, getDraft, publish, versions } from "./store.ts";
import type { Opened } from "./stored/opened.ts";
import { moduleTables } from "./tables.ts";
import { opendataTexts } from "./texts.ts";
import { CataloguePage, DatasetPage, DraftPage, UploadPage } from "./views.tsx";

type C = Context<CityEnv>;
const ROWS_A_PAGE = 25;
const publishers = ["agent", "data_officer", "administrator"] as const;

export function opendataPages(app: CityApp): void {
  const common = (c: C) => ({
    t: opendataTexts.in(c.var.lang),
    lang: c.var.lang,
    csrf: c.var.csrf,
    city: c.var.city,
    url: c.var.here.url,
  });

  app.get("/data", needs("public"), async (c) => {
    const { t } = common(c);
    const q = (c.req.query("q") ?? "").slice(0, 200);
    const words = folded(q).split(/\s+/).filter(Boolean);
    const all = await catalogue(c.var.here);
    const matching = all.filter(({ card }) => {
      const text = folded(`${card.title} ${card.description} ${card.source}`);
      return words.every((word) => text.includes(word));
    });
    return page(
      c,
      { title: t("title"), lead: t("lead") },
      <CataloguePage {...common(c)} q={q} datasets={matching} isEmpty={all.length === 0} />,
    );
  });

  app.get("/data/:slug", needs("public"), async (c) => {
    const { t } = common(c);
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
        {...common(c)}
        dataset={dataset}
        version={version}
        versions={await versions(c.var.here, dataset.id)}
        data={data}
        records={records}
        places={await somePlaces(data)}
        offset={offset}
        pageSize={ROWS_A_PAGE}
        sort={isSorted ? sort : ""}
        isNew={c.req.query("published") === "1"}
        at={originOf(c) + c.var.here.url("")}
      />,
    );
  });

  const crumbs = (c: C) => [[common(c).t("staff"), c.var.here.url("/staff")]] as const;
  const uploadPage = async (
    c: C,
    value: Record<string, string> = {},
    errors: { field: string; detail: string }[] = [],
  ) => {
    const { t } = common(c);
    return page(
      c,
      { title: t("staffTitle"), lead: t("staffLead"), crumbs: crumbs(c), status: errors.length ? 422 : 200 },
      <UploadPage
        {...common(c)}
        value={value}
        errors={errors}
        datasets={await catalogue(c.var.here)}
        tables={await moduleTables(c.var.here)}
      />,
    );
  };
  app.get("/staff/data", needs(...publishers), (c) => uploadPage(c));
  app.post("/staff/data", needs(...publishers), async (c) => {
    const fields = await c.req.parseBody();
    const texts = Object.fromEntries(
      Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
    try {
      const { draft } = await draftFrom(c, fields);
      return c.redirect(c.var.here.url(`/staff/data/${draft.id}`), 303);
    } catch (error) {
      // A mistake in the file itself belongs to the file's field, whatever line it is on.
      const known = ["title", "description", "licence", "source", "file", "fills"];
      const errors = fieldMistakes(error).map(({ field, detail }) => ({
        field: known.includes(field) ? field : "file",
        detail,
      }));
      return uploadPage(c, texts, errors);
    }
  });
  app.get("/staff/data/:id", needs(...publishers), async (c) => {
    const { t } = common(c);
    const { draft } = await getDraft(c.var.here, c.req.param("id"));
    return page(
      c,
      {
        title: t("previewTitle"),
        lead: t("previewLead"),
        crumbs: [...crumbs(c), [t("staffTitle"), c.var.here.url("/staff/data")]],
        wide: true,
      },
      <DraftPage {...common(c)} draft={draft} isUpdate={(await findBySlug(c.var.here, draft.slug)) !== undefined} />,
    );
  });
  app.post("/staff/data/:id/publish", needs(...publishers), async (c) => {
    const dataset = await publish(c.var.here, c.req.param("id"));
    return c.redirect(c.var.here.url(`/data/${dataset.slug}?published=1`), 303);
  });
}

const collator = new Intl.Collator("en", { numeric: true });
/** As a reader of a table expects it: numbers by value, texts by letter whatever their case. */
const alike = (a: NonNullable<Cell>, b: NonNullable<Cell>): number =>
  typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));

/** The places of the first row group: a drawn map shows no more. */
const somePlaces = async (data: Opened) =>
  data.hasPlaces && data.rows > 0 ? (await data.group(0, { columns: [], places: true })).places : undefined;
