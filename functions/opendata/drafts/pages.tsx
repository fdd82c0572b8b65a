import type { Context } from "hono";
import type { Fault } from "../../../shared/errors.ts";
import { fieldMistakes } from "../../../shared/http.ts";
import { page } from "../../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { sayAt, sayNote, Unreadable } from "../formats/note.ts";
import { draftFrom } from "../routes.ts";
import { Card } from "../schema.ts";
import { type Common, commonOf } from "../showing.ts";
import { catalogue } from "../store.ts";
import { moduleTables } from "../tables.ts";
import { correctionsIn } from "./form.ts";
import { publish } from "./publishing.ts";
import { startReading } from "./running.ts";
import { changedDraft, confirmedDraft, demandRight, getDraft, keepRead, progressOf, TitleTaken } from "./store.ts";
import { UploadPage } from "./upload-page.tsx";
import { DraftPage } from "./views.tsx";

type C = Context<CityEnv>;
type Errors = { field: string; detail: string }[];
const publishers = ["agent", "data_officer", "administrator"] as const;
/** What a card and its file are asked in; a mistake in the file itself belongs to the file's field. */
const FIELDS = [...Object.keys(Card.shape), "file", "fills"];

/** What is wrong with a file or a title, in the visitor's language. */
function mistakesOf(error: unknown, { t, lang }: Pick<Common, "t" | "lang">): Errors {
  if (error instanceof TitleTaken) return [{ field: "title", detail: t("titleTaken") }];
  const mistakes = tagMistakes(error);
  if (!(error instanceof Unreadable)) return mistakes;
  const where = error.at === "#" ? "" : `${sayAt(error.at, lang)}: `;
  return [{ field: "", detail: `${where}${sayNote(error.note, lang)}` }];
}

/** How an agent puts data before the public: choose, look, correct, look again, publish. */
export function draftPages(app: CityApp): void {
  const crumbs = (c: C) => [[commonOf(c).t("staff"), c.var.here.url("/staff")]] as const;

  const uploadPage = async (c: C, value: Record<string, string> = {}, errors: Errors = []) => {
    const { t } = commonOf(c);
    return page(
      c,
      { title: t("staffTitle"), lead: t("staffLead"), crumbs: crumbs(c), status: errors.length ? 422 : 200 },
      <UploadPage
        {...commonOf(c)}
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
      const draft = await draftFrom(c.var.here, fields);
      return c.redirect(c.var.here.url(`/staff/data/${draft.id}`), 303);
    } catch (error) {
      const errors = mistakesOf(error, commonOf(c)).map(({ field, detail }) => ({
        field: FIELDS.includes(field) ? field : "file",
        detail,
      }));
      return uploadPage(c, texts, errors);
    }
  });

  const draftPage = async (c: C, id: string, errors: Errors = []) => {
    const { t } = commonOf(c);
    const draft = await getDraft(c.var.here, id);
    return page(
      c,
      {
        title: t("previewTitle"),
        lead: t("previewLead"),
        crumbs: [...crumbs(c), [t("staffTitle"), c.var.here.url("/staff/data")]],
        wide: true,
        status: errors.length ? 422 : 200,
      },
      <DraftPage {...commonOf(c)} draft={draft} progress={await progressOf(c.var.here, draft)} errors={errors} />,
    );
  };
  app.get("/staff/data/:id", needs(...publishers), (c) => draftPage(c, c.req.param("id")));
  app.post("/staff/data/:id", needs(...publishers), async (c) => {
    const { here } = c.var;
    const id = c.req.param("id");
    const before = await getDraft(here, id);
    try {
      await startReading(here, changedDraft(before, correctionsIn(await c.req.parseBody())));
      return c.redirect(here.url(`/staff/data/${id}`), 303);
    } catch (error) {
      return draftPage(c, id, mistakesOf(error, commonOf(c)));
    }
  });
  app.post("/staff/data/:id/tags", needs(...publishers), async (c) => {
    const { here } = c.var;
    const id = c.req.param("id");
    const draft = await getDraft(here, id);
    try {
      demandRight(draft);
    } catch (error) {
      return draftPage(c, id, fieldMistakes(error));
    }
    await keepRead(here, confirmedDraft(draft));
    return c.redirect(here.url(`/staff/data/${id}`), 303);
  });
  app.post("/staff/data/:id/publish", needs(...publishers), async (c) => {
    const { here } = c.var;
    const id = c.req.param("id");
    try {
      const dataset = await publish(here, id);
      return c.redirect(here.url(`/data/${dataset.slug}?published=1`), 303);
    } catch (error) {
      return draftPage(c, id, mistakesOf(error, commonOf(c)));
    }
  });
}

/** A column's tag has a field of its own. */
const tagMistakes = (error: unknown): Errors =>
  fieldMistakes(error).map((mistake, i) => {
    const pointer = (error as Fault).members.errors?.[i]?.pointer ?? "";
    const column = /^#\/columns\/(\d+)\/personal$/.exec(pointer)?.[1];
    return column === undefined ? mistake : { ...mistake, field: `personal.${column}` };
  });
