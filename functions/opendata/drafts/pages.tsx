import type { Context } from "hono";
import { Fault, invalid } from "../../../shared/errors.ts";
import { fieldMistakes } from "../../../shared/http.ts";
import { sentParts, textOf } from "../../../shared/multipart.ts";
import { page } from "../../../shared/page.tsx";
import { problemTexts } from "../../../shared/problem-texts.ts";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { Noted, sayAt, sayNote, Unreadable } from "../formats/note.ts";
import { draftOf, nameOf, readUpload } from "../routes.ts";
import { Card } from "../schema.ts";
import { type Common, commonOf } from "../showing.ts";
import { catalogue } from "../store.ts";
import { moduleTables } from "../tables.ts";
import { UPLOAD_MAX, type Upload } from "../uploads/schema.ts";
import { dropUpload, streamUpload } from "../uploads/store.ts";
import { correctionsIn } from "./form.ts";
import { publish } from "./publishing.ts";
import { startReading } from "./running.ts";
import type { Kept } from "./schema.ts";
import {
  changedDraft,
  confirmedDraft,
  demandRight,
  demandSeen,
  getDraft,
  keepRead,
  progressOf,
  TitleTaken,
} from "./store.ts";
import { UploadPage } from "./upload-page.tsx";
import { DraftPage } from "./views.tsx";

type C = Context<CityEnv>;
type Errors = { field: string; detail: string }[];
const publishers = ["agent", "data_officer", "administrator"] as const;
/** What a card and its file are asked in; a mistake in the file itself belongs to the file's field. */
const FIELDS = [...Object.keys(Card.shape), "file", "fills"];

/** What is wrong with a file, a title or a tag, in the visitor's language. */
function mistakesOf(error: unknown, { t, lang }: Pick<Common, "t" | "lang">): Errors {
  if (error instanceof TitleTaken) return [{ field: "title", detail: t("titleTaken") }];
  if (error instanceof Unreadable) {
    const where = error.at === "#" ? "" : `${sayAt(error.at, lang)}: `;
    return [{ field: "", detail: `${where}${sayNote(error.note, lang)}` }];
  }
  if (error instanceof Noted)
    return error.notes.map(({ at, says }) => ({
      field: fieldOf(at),
      detail: typeof says === "string" ? says : sayNote(says, lang),
    }));
  return fieldMistakes(error);
}

/** Of a draft's page only the tags of columns have fields that a pointer may name. */
function fieldOf(pointer: string): string {
  const column = /^#\/columns\/(\d+)\/personal$/.exec(pointer)?.[1];
  return column === undefined ? "" : `personal.${column}`;
}

const MB = 1024 * 1024;
const TEXT_MAX = 100_000;
const TEXTS_MAX = 60;

/**
 * The draft of a form whose file may have any length: it goes into the store part by part as it comes. Its card stands
 * before it, so of one that is wrong nothing is kept.
 *
 * @param texts  gets what was written, to be shown again
 */
async function sentDraft(c: C, texts: Record<string, string>): Promise<Kept> {
  const { here } = c.var;
  if (Number(c.req.header("content-length") ?? 0) > UPLOAD_MAX + TEXT_MAX)
    throw invalid("#/file", `A file has at most ${UPLOAD_MAX / MB} MB.`);
  let upload: Upload | undefined;
  let kept: Kept | undefined;
  let wrong: unknown;
  try {
    for await (const part of sentParts(c)) {
      // A browser sends a field in which no file was chosen as one without a name.
      if (part.name === "file" && part.filename && !upload) {
        // A browser reads no answer before it has sent all: a file whose card is wrong is passed over, and not kept.
        if (texts["title"] !== undefined)
          kept = await draftOf(here, texts).catch((error) => {
            wrong = error;
            return undefined;
          });
        if (wrong === undefined) upload = await streamUpload(here, nameOf(part.filename), part.body);
      } else if (Object.keys(texts).length < TEXTS_MAX) texts[part.name] = await textOf(part, TEXT_MAX);
      else throw new Fault("too_large", `A form has at most ${TEXTS_MAX} fields.`);
    }
    if (wrong !== undefined) throw wrong;
    if (!upload) throw invalid("#/file", commonOf(c).t("chooseFile"));
    kept ??= await draftOf(here, texts);
  } catch (error) {
    if (upload) await dropUpload(here, upload.id);
    throw error;
  }
  return readUpload(here, kept, upload);
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
    const texts: Record<string, string> = {};
    try {
      const draft = await sentDraft(c, texts);
      return c.redirect(c.var.here.url(`/staff/data/${draft.id}`), 303);
    } catch (error) {
      const errors = mistakesOf(error, commonOf(c)).map(({ field, detail }) => ({
        field: FIELDS.includes(field) ? field : "file",
        detail: field in Card.shape && !texts[field]?.trim() ? problemTexts.in(c.var.lang)("missing") : detail,
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
  const seenIn = async (c: C): Promise<string | undefined> => {
    const { seen } = await c.req.parseBody();
    return typeof seen === "string" ? seen : undefined;
  };
  app.get("/staff/data/:id", needs(...publishers), (c) => draftPage(c, c.req.param("id")));
  app.post("/staff/data/:id", needs(...publishers), async (c) => {
    const { here } = c.var;
    const id = c.req.param("id");
    const before = await getDraft(here, id);
    try {
      // A page sends all corrections whole: those that somebody else has made since are not taken back by it.
      demandSeen(before, await seenIn(c));
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
      demandSeen(draft, await seenIn(c));
      demandRight(draft);
    } catch (error) {
      return draftPage(c, id, mistakesOf(error, commonOf(c)));
    }
    await keepRead(here, confirmedDraft(draft), draft);
    return c.redirect(here.url(`/staff/data/${id}`), 303);
  });
  app.post("/staff/data/:id/publish", needs(...publishers), async (c) => {
    const { here } = c.var;
    const id = c.req.param("id");
    try {
      const dataset = await publish(here, id, await seenIn(c));
      return c.redirect(here.url(`/data/${dataset.slug}?published=1`), 303);
    } catch (error) {
      return draftPage(c, id, mistakesOf(error, commonOf(c)));
    }
  });
}
