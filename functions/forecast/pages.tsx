import type { Context } from "hono";
import { absent, Fault } from "../../shared/errors.ts";
import { csvAnswer, givenIn, parsed } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { AreasNamed, Code } from "../network/events.ts";
import { KEEPERS, READERS } from "./api.ts";
import { follow, make } from "./making.ts";
import { SchedulePage } from "./schedule-views.tsx";
import { Following, type Forecast } from "./schema.ts";
import { csvOf, openZones, schedule, seen, seenByAll } from "./seeing.ts";
import type { Mistake, Shown } from "./shown.ts";
import { forecastStore } from "./store.ts";
import type { Schedule } from "./supply-schema.ts";
import { forecastTexts } from "./texts.ts";
import { fieldOf, followingFrom, orderFrom, temperaturesFrom, type Words } from "./typed.ts";
import { ForecastView, PublicList, ZonePage, ZonesPage } from "./views.tsx";

const LIST = "/staff/forecasts";

const shown = (c: Context<CityEnv>): Shown => {
  const { here, lang, csrf, who } = c.var;
  const mayAct = who.kind === "person" && who.roles.some((role) => KEEPERS.some((keeper) => keeper === role));
  return { here, lang, csrf, t: forecastTexts.in(lang), mayAct };
};
const wordsOf = ({ t }: Shown): Words => ({
  notNumber: t("notNumber"),
  notRow: (line) => t("notRows", { line }),
});
const crumbs = ({ t, here }: Shown, isBelow: boolean): [string, string][] => [
  [t("staff"), here.url("/staff")],
  ...(isBelow ? [[t("title"), here.url(LIST)] as [string, string]] : []),
];
/** The visitor's mistakes by the form's fields; anything else is thrown on. */
function mistakesOf(error: unknown): Mistake[] {
  if (!(error instanceof Fault) || !["invalid", "conflict"].includes(error.kind)) throw error;
  const errors = error.members.errors ?? [];
  if (errors.length === 0) return [{ field: "", detail: error.message }];
  return errors.map(({ pointer, detail }) => ({ field: fieldOf(pointer), detail }));
}
const statusOf = (mistakes: readonly Mistake[]) => (mistakes.length > 0 ? 422 : 200);
const csv = (c: Context<CityEnv>, forecast: Forecast) => csvAnswer(c, forecast.zone, csvOf(forecast));
/** A code in an address; one that can be none is nothing's. @throws {Fault} absent */
const codeIn = (c: Context<CityEnv>): string => {
  const code = Code.safeParse(c.req.param("code"));
  if (!code.success) throw absent();
  return code.data;
};

export function forecastPages(app: CityApp): void {
  const list = async (c: Context<CityEnv>, given: Record<string, string> = {}, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const [zones, areas] = await Promise.all([forecastStore(s.here).zones(), s.here.ask(AreasNamed, {})]);
    const kept = /^\d{1,4}$/.exec(c.req.query("temperatures") ?? "")?.[0];
    return page(
      c,
      { title: s.t("title"), lead: s.t("lead"), crumbs: crumbs(s, false), status: statusOf(mistakes) },
      <ZonesPage {...{ s, zones, areas, given, mistakes, kept }} />,
    );
  };
  app.get(LIST, needs(...READERS), (c) => list(c));
  app.post(LIST, needs(...KEEPERS), async (c) => {
    const typed = await givenIn(c);
    try {
      const code = parsed(Code, typed["code"]);
      await follow(c.var.here, code, Following.parse({}), whoId(c.var.who));
      return c.redirect(c.var.here.url(`${LIST}/zones/${code}`), 303);
    } catch (error) {
      return list(c, typed, mistakesOf(error));
    }
  });
  app.post(`${LIST}/temperatures`, needs(...KEEPERS), async (c) => {
    const typed = await givenIn(c);
    try {
      const given = temperaturesFrom(typed, wordsOf(shown(c)));
      await forecastStore(c.var.here).keepTemperatures(given);
      const hours = given.celsius.filter((one) => one !== null).length;
      return c.redirect(c.var.here.url(`${LIST}?temperatures=${hours}`), 303);
    } catch (error) {
      return list(c, typed, mistakesOf(error));
    }
  });

  app.get(`${LIST}/schedule`, needs(...READERS), async (c) => {
    const s = shown(c);
    const given = c.req.query();
    let plan: Schedule | undefined;
    let mistakes: Mistake[] = [];
    if ("price" in given)
      try {
        plan = await schedule(s.here, orderFrom(given, wordsOf(s)));
      } catch (error) {
        mistakes = mistakesOf(error);
      }
    return page(
      c,
      { title: s.t("schedule"), lead: s.t("scheduleLead"), crumbs: crumbs(s, true), status: statusOf(mistakes) },
      <SchedulePage {...{ s, given, mistakes, plan }} />,
    );
  });

  const one = async (c: Context<CityEnv>, given: Record<string, string> = {}, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const found = await seen(s.here, codeIn(c));
    return page(
      c,
      { title: found.zone.code, lead: s.t(found.zone.kind), crumbs: crumbs(s, true), status: statusOf(mistakes) },
      <ZonePage {...{ s, given, mistakes }} seen={found} isKept={c.req.query("kept") === "yes"} />,
    );
  };
  app.get(`${LIST}/zones/:code`, needs(...READERS), (c) => one(c));
  app.post(`${LIST}/zones/:code`, needs(...KEEPERS), async (c) => {
    const typed = await givenIn(c);
    const { zone } = await forecastStore(c.var.here).zone(codeIn(c));
    try {
      const following = parsed(Following, followingFrom(typed, wordsOf(shown(c))));
      await follow(c.var.here, zone.code, following, whoId(c.var.who));
      return c.redirect(c.var.here.url(`${LIST}/zones/${zone.code}?kept=yes`), 303);
    } catch (error) {
      // An unticked box is not sent: shown again, it is unticked.
      return one(c, { isDaily: "", isPublic: "", ...typed }, mistakesOf(error));
    }
  });
  app.post(`${LIST}/zones/:code/forecasts`, needs(...KEEPERS), async (c) => {
    const code = codeIn(c);
    try {
      await make(c.var.here, code);
    } catch (error) {
      // Why there is none is noted on the zone, and its page says it.
      mistakesOf(error);
    }
    return c.redirect(c.var.here.url(`${LIST}/zones/${code}`), 303);
  });
  app.get(`${LIST}/zones/:code/csv`, needs(...READERS), async (c) => {
    const { forecast } = await seen(c.var.here, codeIn(c));
    if (!forecast) throw absent();
    return csv(c, forecast);
  });

  app.get("/forecasts", needs("public"), async (c) => {
    const s = shown(c);
    const zones = await openZones(s.here);
    return page(c, { title: s.t("title"), lead: s.t("publicLead") }, <PublicList {...{ s, zones }} />);
  });
  app.get("/forecasts/:code", needs("public"), async (c) => {
    const s = shown(c);
    const { zone, forecast, errors } = await seenByAll(s.here, codeIn(c));
    return page(
      c,
      { title: zone.code, lead: s.t(zone.kind), crumbs: [[s.t("title"), s.here.url("/forecasts")]] },
      <ForecastView {...{ s, forecast, errors }} csv={s.here.url(`/forecasts/${zone.code}/csv`)} />,
    );
  });
  app.get("/forecasts/:code/csv", needs("public"), async (c) =>
    csv(c, (await seenByAll(c.var.here, codeIn(c))).forecast),
  );
}
