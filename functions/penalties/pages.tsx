import type { Context } from "hono";
import { fieldMistakes, form, sentForm } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { decideAmnesty, proposeAmnesty } from "./amnesties.ts";
import { CLERKS, DECIDERS, READERS } from "./api.ts";
import { AmnestyFields, amnestyFrom, RuleFields, ruleFrom } from "./form.ts";
import { endHold, holdPenalties } from "./holds.ts";
import { decideRule, proposeRule } from "./rules.ts";
import { NewHold } from "./schema.ts";
import { penaltyStore } from "./store.ts";
import { penaltyTexts } from "./texts.ts";
import { AmnestiesPage, RulesPage, type Shown } from "./views.tsx";

const RULES = "/staff/billing/penalties";
const AMNESTIES = "/staff/billing/amnesties";
const A_PAGE = 25;

async function shownWith(c: Context<CityEnv>, error: unknown): Promise<Shown> {
  const { here, lang, csrf, who } = c.var;
  const mistakes = error === undefined ? [] : fieldMistakes(error);
  const fields = mistakes.length > 0 ? await c.req.parseBody({ all: true }) : {};
  const given = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, [value].flat().join()]));
  const mayDecide = who.kind === "person" && who.roles.some((role) => DECIDERS.some((one) => one === role));
  return { here, lang, csrf, t: penaltyTexts.in(lang), mistakes, given, mayDecide, by: whoId(who) };
}

export function penaltyPages(app: CityApp): void {
  const by = (c: Context<CityEnv>) => whoId(c.var.who);
  const head = ({ here, t, mistakes }: Shown, title: "penalties" | "amnesties") => ({
    title: t(title),
    lead: t(`${title}Lead`),
    crumbs: [
      [t("staff"), here.url("/staff")],
      [t("billing"), here.url("/staff/billing")],
    ] satisfies [string, string][],
    status: mistakes.length > 0 ? 422 : 200,
    wide: true,
  });

  const rules = async (c: Context<CityEnv>, error?: unknown) => {
    const s = await shownWith(c, error);
    const store = penaltyStore(s.here);
    const [found, { holds }] = await Promise.all([
      store.rules({ limit: A_PAGE, cursor: c.req.query("cursor") }),
      store.holds({ limit: 100 }),
    ]);
    return page(c, head(s, "penalties"), <RulesPage s={s} path={RULES} {...found} holds={holds} />);
  };
  const amnesties = async (c: Context<CityEnv>, error?: unknown) => {
    const s = await shownWith(c, error);
    const found = await penaltyStore(s.here).amnesties({ limit: A_PAGE, cursor: c.req.query("cursor") });
    return page(c, head(s, "amnesties"), <AmnestiesPage s={s} path={AMNESTIES} {...found} />);
  };
  /** Does what a form asks for, and shows the page with the mistake otherwise. */
  const sent = (c: Context<CityEnv>, work: () => Promise<unknown>, shows: typeof rules, then: string) =>
    sentForm(c, work, then, (error) => shows(c, error));

  app.get(RULES, needs(...READERS), (c) => rules(c));
  app.post(RULES, needs(...DECIDERS), (c) =>
    sent(
      c,
      async () => proposeRule(c.var.here, ruleFrom(await form(c, RuleFields), c.var.city.currency), by(c)),
      rules,
      RULES,
    ),
  );
  app.get(AMNESTIES, needs(...READERS), (c) => amnesties(c));
  app.post(AMNESTIES, needs(...DECIDERS), (c) =>
    sent(
      c,
      async () => proposeAmnesty(c.var.here, amnestyFrom(await form(c, AmnestyFields), c.var.lang), by(c)),
      amnesties,
      AMNESTIES,
    ),
  );
  for (const [word, to] of [
    ["approve", "approved"],
    ["refuse", "refused"],
  ] as const) {
    app.post(`${RULES}/:id/${word}`, needs(...DECIDERS), (c) =>
      sent(c, () => decideRule(c.var.here, c.req.param("id"), to, by(c)), rules, RULES),
    );
    app.post(`${AMNESTIES}/:id/${word}`, needs(...DECIDERS), (c) =>
      sent(c, () => decideAmnesty(c.var.here, c.req.param("id"), to, by(c)), amnesties, AMNESTIES),
    );
  }
  app.post(`${RULES}/holds/:bill`, needs(...CLERKS), (c) =>
    sent(
      c,
      async () => holdPenalties(c.var.here, c.req.param("bill"), (await form(c, NewHold)).reason, by(c)),
      rules,
      `/bills/${c.req.param("bill")}`,
    ),
  );
  app.post(`${RULES}/holds/:bill/end`, needs(...CLERKS), (c) =>
    sent(c, () => endHold(c.var.here, c.req.param("bill"), by(c)), rules, `/bills/${c.req.param("bill")}`),
  );
}
