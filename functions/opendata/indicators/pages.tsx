import type { Context } from "hono";
import { inLang } from "../../../marketplace/contract/words.ts";
import { absent } from "../../../shared/errors.ts";
import { csvFile, fieldMistakes } from "../../../shared/http.ts";
import { page } from "../../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { moduleIndicators } from "./modules.ts";
import { figuresCsv } from "./publishing.ts";
import { scenarioOf } from "./scenario.ts";
import { ScenarioPage } from "./scenario-views.tsx";
import { IndicatorSlug, type Kept, type Scenario } from "./schema.ts";
import { shownIndicator, wholeIndicator } from "./shown.ts";
import { indicatorStore } from "./store.ts";
import { indicatorTexts } from "./texts.ts";
import { numberTyped } from "./typed.ts";
import { IndicatorPage, IndicatorsPage, type Shown } from "./views.tsx";

type C = Context<CityEnv>;
/** On a page; older ones are a page further. */
const FIGURES_SHOWN = 40;

export const shownTo = (c: C): Shown => {
  const { here, lang, csrf, city } = c.var;
  return { t: indicatorTexts.in(lang), lang, csrf, city, url: here.url };
};

/** The indicator of an address; a name that can be none is nothing's. @throws {Fault} absent */
async function asked(c: C): Promise<Kept> {
  const slug = IndicatorSlug.safeParse(c.req.param("slug"));
  if (!slug.success) throw absent();
  return indicatorStore(c.var.here).get(slug.data);
}

export function indicatorPages(app: CityApp): void {
  const crumbs = ({ t, url }: Shown, ...more: [string, string][]) => [
    [t("title"), url("/indicators")] as [string, string],
    ...more,
  ];

  app.get("/indicators", needs("public"), async (c) => {
    const s = shownTo(c);
    const { here } = c.var;
    const [all, modules] = await Promise.all([indicatorStore(here).all(), moduleIndicators(here)]);
    const own = all.filter(({ isRetired }) => !isRetired).map(shownIndicator);
    return page(c, { title: s.t("title"), lead: s.t("lead") }, <IndicatorsPage {...{ s, own, modules }} />);
  });

  app.get("/indicators/:slug", needs("public"), async (c) => {
    const s = shownTo(c);
    const { here, lang } = c.var;
    const kept = await asked(c);
    const cursor = c.req.query("cursor");
    const [one, { figures, next }] = await Promise.all([
      wholeIndicator(here, kept, lang),
      indicatorStore(here).figures(kept.slug, { limit: FIGURES_SHOWN, cursor }),
    ]);
    const { titles, description } = kept.definition;
    return page(
      c,
      {
        title: inLang(titles, lang),
        ...(description ? { lead: inLang(description, lang) } : {}),
        crumbs: crumbs(s),
      },
      <IndicatorPage {...{ s, one, figures, next }} />,
    );
  });

  app.get("/indicators/:slug/figures.csv", needs("public"), async (c) => {
    const kept = await asked(c);
    return csvFile(c, kept.slug, figuresCsv(c.var.here, kept, c.var.lang));
  });

  app.get("/indicators/:slug/scenario", needs("public"), async (c) => {
    const s = shownTo(c);
    const kept = await asked(c);
    const { assumption, value } = c.req.query();
    let scenario: Scenario | undefined;
    let mistakes: { field: string; detail: string }[] = [];
    if (assumption !== undefined)
      try {
        scenario = scenarioOf(kept, assumption, numberTyped(value ?? "", "query/value"), c.var.city.currency);
      } catch (error) {
        mistakes = fieldMistakes(error);
      }
    const title = inLang(kept.definition.titles, c.var.lang);
    return page(
      c,
      {
        title: s.t("whatIfOf", { title }),
        lead: s.t("whatIfLead"),
        crumbs: crumbs(s, [title, s.url(`/indicators/${kept.slug}`)]),
        status: mistakes.length > 0 ? 422 : 200,
      },
      <ScenarioPage {...{ s, scenario, mistakes }} one={shownIndicator(kept)} asked={{ assumption, value }} />,
    );
  });
}
