import type { Context } from "hono";
import { fieldMistakes, form, givenIn, parsed } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { KEEPERS } from "./api.ts";
import { fieldsOf, ruleFrom, ruleMistakes } from "./rule-form.ts";
import { AlarmRule, Closing } from "./schema.ts";
import { alarmStore } from "./store.ts";
import { alarmTexts } from "./texts.ts";
import { AlarmPage, AlarmsPage, type Mistake, RulePage, type Shown } from "./views.tsx";

const ALARMS_A_PAGE = 50;

const shown = (c: Context<CityEnv>): Shown => {
  const { here, lang, csrf } = c.var;
  return { here, lang, csrf, t: alarmTexts.in(lang) };
};
const crumbs = ({ t, here }: Shown, isBelow = true): [string, string][] => [
  [t("staff"), here.url("/staff")],
  ...(isBelow ? [[t("title"), here.url("/staff/alarms")] as [string, string]] : []),
];
const statusOf = (mistakes: readonly Mistake[]) => (mistakes.length > 0 ? 422 : 200);

export function alarmPages(app: CityApp): void {
  app.get("/staff/alarms", needs(...KEEPERS), async (c) => {
    const s = shown(c);
    const isClosed = c.req.query("state") === "closed";
    const at = { limit: ALARMS_A_PAGE, cursor: c.req.query("cursor") };
    const found = await alarmStore(s.here).list(isClosed ? "closed" : "open", at);
    return page(
      c,
      { title: s.t(isClosed ? "closed" : "title"), lead: s.t("lead"), crumbs: crumbs(s, isClosed), wide: true },
      <AlarmsPage {...{ s, isClosed }} {...found} />,
    );
  });

  const rule = async (c: Context<CityEnv>, given?: Record<string, string>, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const { who } = c.var;
    const fields = given ?? fieldsOf(await alarmStore(s.here).rule(), s.here.city.currency);
    const mayKeep = who.kind === "person" && who.roles.includes("administrator");
    return page(
      c,
      { title: s.t("rule"), lead: s.t("ruleLead"), crumbs: crumbs(s), status: statusOf(mistakes) },
      <RulePage {...{ s, fields, mayKeep, mistakes }} isKept={c.req.query("kept") === "yes"} />,
    );
  };
  app.get("/staff/alarms/rule", needs(...KEEPERS), (c) => rule(c));
  app.post("/staff/alarms/rule", needs("administrator"), async (c) => {
    const typed = await givenIn(c);
    try {
      const kept = parsed(AlarmRule, ruleFrom(typed, c.var.city.currency));
      await alarmStore(c.var.here).setRule(kept, whoId(c.var.who));
      return c.redirect(c.var.here.url("/staff/alarms/rule?kept=yes"), 303);
    } catch (error) {
      return rule(c, typed, ruleMistakes(error));
    }
  });

  const one = async (c: Context<CityEnv>, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const alarm = await alarmStore(s.here).get(c.req.param("id") ?? "");
    return page(
      c,
      { title: s.t(alarm.kind), crumbs: crumbs(s), status: statusOf(mistakes) },
      <AlarmPage {...{ s, alarm, mistakes }} me={whoId(c.var.who)} />,
    );
  };
  app.get("/staff/alarms/:id", needs(...KEEPERS), (c) => one(c));
  app.post("/staff/alarms/:id/seen", needs(...KEEPERS), async (c) => {
    const { id } = await alarmStore(c.var.here).saw(c.req.param("id"), whoId(c.var.who));
    return c.redirect(c.var.here.url(`/staff/alarms/${id}`), 303);
  });
  app.post("/staff/alarms/:id/closing", needs(...KEEPERS), async (c) => {
    try {
      const { note } = await form(c, Closing);
      await alarmStore(c.var.here).close(c.req.param("id"), whoId(c.var.who), note);
      return c.redirect(c.var.here.url("/staff/alarms"), 303);
    } catch (error) {
      return one(c, fieldMistakes(error));
    }
  });
}
