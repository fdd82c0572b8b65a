import type { Context } from "hono";
import { inLang } from "../../../marketplace/contract/words.ts";
import { absent, Fault } from "../../../shared/errors.ts";
import { givenIn, parsed } from "../../../shared/http.ts";
import { staffNames } from "../../../shared/identity/persons.ts";
import { page } from "../../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { whoId } from "../../../shared/who.ts";
import { catalogue } from "../store.ts";
import { retire, save } from "./keeping.ts";
import { tableOf } from "./measuring.ts";
import { shownTo } from "./pages.tsx";
import { publishFigures } from "./publishing.ts";
import { IndicatorSlug, KEEPERS, type Kept, Named, Retire, Save } from "./schema.ts";
import { EditPage, type Mistake, StaffList } from "./staff-views.tsx";
import { indicatorStore } from "./store.ts";
import { definitionFrom, fieldAt, fieldsOf } from "./typed.ts";

type C = Context<CityEnv>;
const LIST = "/staff/indicators";
/** On a page. */
const CHANGES_SHOWN = 50;
const NAMED_MAX = 200;

/** The visitor's mistakes by the form's fields; anything else is thrown on. */
function mistakesOf(error: unknown, c: C): Mistake[] {
  if (!(error instanceof Fault) || !["invalid", "conflict"].includes(error.kind)) throw error;
  const errors = error.members.errors ?? [];
  if (errors.length === 0) return [{ field: "", detail: error.message }];
  const lang = c.var.city.languages[0] ?? "en";
  return errors.map(({ pointer, detail }) => ({ field: fieldAt(pointer, lang), detail }));
}

export function staffIndicatorPages(app: CityApp): void {
  const crumbs = (c: C, isBelow: boolean): [string, string][] => {
    const { t, url } = shownTo(c);
    return [[t("staff"), url("/staff")], ...(isBelow ? [[t("title"), url(LIST)] as [string, string]] : [])];
  };

  const list = async (c: C, mistakes: Mistake[] = []) => {
    const s = shownTo(c);
    const all = await indicatorStore(c.var.here).all();
    return page(
      c,
      {
        title: s.t("title"),
        lead: mistakes[0]?.detail ?? s.t("staffLead"),
        crumbs: crumbs(c, false),
        status: mistakes.length > 0 ? 409 : 200,
      },
      <StaffList {...{ s, all }} />,
    );
  };
  app.get(LIST, needs(...KEEPERS), (c) => list(c));
  app.post(`${LIST}/dataset`, needs(...KEEPERS), async (c) => {
    try {
      const { slug } = await publishFigures(c.var.here);
      return c.redirect(c.var.here.url(`/data/${slug}?published=1`), 303);
    } catch (error) {
      return list(c, mistakesOf(error, c));
    }
  });

  const edit = async (c: C, kept?: Kept, given?: Record<string, string>, mistakes: Mistake[] = []) => {
    const s = shownTo(c);
    const { here, city, lang } = c.var;
    const value = given ?? (kept ? fieldsOf(kept, city.currency) : { revision: "0", better: "higher" });
    const { changes } = kept
      ? await indicatorStore(here).changes(kept.slug, { limit: CHANGES_SHOWN })
      : { changes: [] };
    const nameOf = await staffNames(
      here.table,
      changes.map(({ by }) => by),
    );
    const tables = (await catalogue(here)).slice(0, NAMED_MAX).map(tableOf);
    return page(
      c,
      {
        title: kept ? s.t("change", { title: inLang(kept.definition.titles, lang) }) : s.t("make"),
        crumbs: crumbs(c, true),
        status: mistakes.length > 0 ? 422 : 200,
      },
      <EditPage {...{ s, kept, value, mistakes, tables, changes, nameOf }} isSaved={c.req.query("saved") === "yes"} />,
    );
  };
  /** Retired ones too. @throws {Fault} absent */
  const asked = async (c: C): Promise<Kept> => {
    const slug = IndicatorSlug.safeParse(c.req.param("slug"));
    const found = slug.success ? await indicatorStore(c.var.here).find(slug.data) : undefined;
    if (!found) throw absent();
    return found;
  };
  const saved = async (c: C, before: Kept | undefined) => {
    const { here, city } = c.var;
    const typed = await givenIn(c);
    try {
      const slug = before?.slug ?? parsed(Named, typed).slug;
      const definition = definitionFrom(typed, city.currency, before?.definition) as object;
      const whole = parsed(Save, { ...definition, why: typed["why"], revision: Number(typed["revision"]) });
      await save(here, slug, whole, whoId(c.var.who));
      return c.redirect(here.url(`${LIST}/${slug}?saved=yes`), 303);
    } catch (error) {
      return edit(c, before, typed, mistakesOf(error, c));
    }
  };
  app.get(`${LIST}/new`, needs(...KEEPERS), (c) => edit(c));
  app.post(`${LIST}/new`, needs(...KEEPERS), (c) => saved(c, undefined));
  app.get(`${LIST}/:slug`, needs(...KEEPERS), async (c) => edit(c, await asked(c)));
  app.post(`${LIST}/:slug`, needs(...KEEPERS), async (c) => saved(c, await asked(c)));
  app.post(`${LIST}/:slug/retirement`, needs(...KEEPERS), async (c) => {
    const kept = await asked(c);
    const typed = await givenIn(c);
    try {
      await retire(c.var.here, kept.slug, parsed(Retire, { why: typed["why"] ?? "" }).why, whoId(c.var.who));
      return c.redirect(c.var.here.url(LIST), 303);
    } catch (error) {
      return edit(c, kept, undefined, mistakesOf(error, c));
    }
  });
}
