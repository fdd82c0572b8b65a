import type { Context } from "hono";
import type { Child } from "hono/jsx";
import { z } from "zod";
import { Actions, LinkButton } from "../../shared/components.tsx";
import { absent, invalid } from "../../shared/errors.ts";
import { form, givenIn, paged, parsed, sentForm } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { dayOf, dayPlus, monthOf, monthPlus } from "../../shared/time.ts";
import { fileOf } from "../../shared/uploads.ts";
import { whoId } from "../../shared/who.ts";
import { accountIdOf } from "../accounts/events.ts";
import { analyse } from "./analysing.ts";
import { KEEPERS, READERS } from "./api.ts";
import { areaUse } from "./area-use.ts";
import { areaChanged, pointChanged, pointsFedBy } from "./changing.ts";
import { instantOf, isNone } from "./csv.ts";
import { drawing } from "./drawing.ts";
import { AreaGraph, GraphForms, PointPage, PointsPage } from "./graph-views.tsx";
import { takeNetwork } from "./importing.ts";
import { keep } from "./keeping.ts";
import {
  AreaLosses,
  LossOverview,
  OrderPage,
  OrdersPage,
  RankingPage,
  StepTestPage,
  StepTestsPage,
} from "./loss-views.tsx";
import { allowed, csvOf } from "./losses-api.ts";
import { Assignment, Finding, NewAllowance, NewAnalysis, NewOrder, NewStepTest, Withdrawal } from "./losses-schema.ts";
import { lossStore } from "./losses-store.ts";
import { assign, finish, order, withdraw } from "./ordering.ts";
import { AreaHistory, RankingHistory } from "./past-views.tsx";
import { interventions } from "./ranking.ts";
import { AreaChange, Code, type Imported, ImportQuery, Month, NewArea, NewPoint, PointChange } from "./schema.ts";
import { Mistakes, type Shown } from "./shown.tsx";
import { keepStepTest, stepTestResult } from "./step-tests.ts";
import { networkStore } from "./store.ts";
import { networkTexts } from "./texts.ts";
import { AddingPage, AreaUsePage } from "./use-views.tsx";
import { fileMistakes, formMistakes } from "./wrong.ts";

const HOME = "/staff/network";
const LATEST = 50;
const by = (c: Context<CityEnv>) => whoId(c.var.who);

/** @param error  of the form that comes back with its mistakes */
async function shownWith(c: Context<CityEnv>, error?: unknown): Promise<Shown> {
  const { here, lang, csrf, who } = c.var;
  const mayChange = who.kind === "person" && who.roles.some((role) => KEEPERS.some((keeper) => keeper === role));
  const given = error === undefined ? {} : await givenIn(c);
  const mistakes = error === undefined ? [] : (fileMistakes(error, lang, given["of"]) ?? formMistakes(error, lang));
  return { here, lang, csrf, t: networkTexts.in(lang), mayChange, mistakes, given };
}

const show = (s: Shown, c: Context<CityEnv>, title: string, lead: string | undefined, body: Child, isHome = false) =>
  page(
    c,
    {
      title,
      ...(lead === undefined ? {} : { lead }),
      crumbs: [
        [s.t("staff"), s.here.url("/staff")],
        ...(isHome ? [] : ([[s.t("network"), s.here.url(HOME)]] satisfies [string, string][])),
      ],
      wide: true,
      status: s.mistakes.length > 0 ? 422 : 200,
    },
    body,
  );

const monthAsked = (c: Context<CityEnv>): string => {
  const asked = Month.safeParse(c.req.query("month"));
  return asked.success ? asked.data : monthOf(c.var.here.clock.now(), c.var.here.city.timeZone);
};
/** A code in an address: what cannot be one is not there. */
const codeIn = (c: Context<CityEnv>): string => {
  const code = Code.safeParse(c.req.param("code"));
  if (!code.success) throw absent();
  return code.data;
};
const Texts = z.record(z.string().max(40), z.string().max(2_000));
/** A time as it was typed; nothing typed is since ever. @throws {Fault} invalid */
const timeIn = (c: Context<CityEnv>, text: string | undefined, name: string): string | undefined => {
  if (text === undefined) return undefined;
  const at = instantOf(text, c.var.here.city.timeZone);
  if (at === undefined) throw invalid(`#/${name}`, networkTexts.in(c.var.lang)("timeHint"));
  return at;
};
const orNull = (text: string | undefined) => (isNone(text) ? null : text);

/** Of what was worked out night by night. */
const NIGHTS_SHOWN = 31;

async function overview(c: Context<CityEnv>, error?: unknown, imported?: Imported) {
  const s = await shownWith(c, error);
  const month = monthAsked(c);
  const store = lossStore(s.here);
  const [areas, analysis, results] = await Promise.all([
    networkStore(s.here).areas(),
    store.analysis(month),
    store.results(month),
  ]);
  const known = [...areas.values()].map(({ is }) => is);
  const body = (
    <>
      <Mistakes s={s} />
      <LossOverview {...{ s, month, analysis, results }} areas={known} />
      {s.mayChange && <GraphForms s={s} imported={imported} />}
    </>
  );
  return show(s, c, s.t("network"), s.t("networkLead"), body, true);
}

async function areaPage(c: Context<CityEnv>, error?: unknown) {
  const s = await shownWith(c, error);
  const month = monthAsked(c);
  const area = await networkStore(s.here).area(codeIn(c));
  const losses = lossStore(s.here);
  const [results, { history }] = await Promise.all([
    losses.results(month),
    losses.past(area.code, { limit: NIGHTS_SHOWN }),
  ]);
  const result = results.find((one) => one.area === area.code);
  const body = (
    <>
      <Mistakes s={s} />
      <AreaLosses {...{ s, month, result }} />
      <AreaHistory {...{ s, history }} />
      <Actions>
        <LinkButton second href={s.here.url(`${HOME}/areas/${area.code}/use?month=${month}`)}>
          {s.t("use")}
        </LinkButton>
      </Actions>
      <AreaGraph {...{ s, area }} />
    </>
  );
  return show(s, c, `${s.t(area.level)} ${area.code}`, area.name, body);
}

async function usePage(c: Context<CityEnv>) {
  const s = await shownWith(c);
  const month = monthAsked(c);
  const code = codeIn(c);
  const { timeZone } = s.here.city;
  const [first, end] = [`${month}-01`, dayPlus(`${monthPlus(month, 1)}-01`, -1)];
  // Of a month that has not begun, its first day is shown: nothing was read on it.
  const today = [dayOf(s.here.clock.now(), timeZone), first].sort()[1]!;
  const last = [end, today].sort()[0]!;
  const use = await areaUse(s.here, code, first, last);
  const title = `${s.t("use")}, ${s.t(use.level)} ${code}`;
  const body = "state" in use ? <AddingPage {...{ s, month, use }} /> : <AreaUsePage {...{ s, month, use }} />;
  return show(s, c, title, s.t("useLead"), body);
}

async function pointsPage(c: Context<CityEnv>, error?: unknown) {
  const s = await shownWith(c, error);
  const area = Code.safeParse(c.req.query("area"));
  const at = parsed(paged(), { cursor: c.req.query("cursor") }, "query");
  const found = area.success ? await pointsFedBy(s.here, area.data, at) : await networkStore(s.here).points(at);
  return show(
    s,
    c,
    s.t("points"),
    area.success ? area.data : undefined,
    <PointsPage {...{ s, ...found }} more={area.success ? `area=${area.data}&` : ""} />,
  );
}

async function pointPage(c: Context<CityEnv>, error?: unknown) {
  const s = await shownWith(c, error);
  const point = await networkStore(s.here).point(codeIn(c));
  return show(s, c, `${s.t("point")} ${point.code}`, undefined, <PointPage {...{ s, point }} />);
}

async function orderPage(c: Context<CityEnv>, error?: unknown) {
  const s = await shownWith(c, error);
  const found = await lossStore(s.here).order(c.req.param("id") ?? "");
  return show(s, c, s.t("order"), undefined, <OrderPage s={s} order={found} />);
}

async function stepTestsPage(c: Context<CityEnv>, error?: unknown) {
  const s = await shownWith(c, error);
  const [tests, areas] = await Promise.all([lossStore(s.here).stepTests(LATEST), networkStore(s.here).areas()]);
  const zones = [...areas.values()].filter(({ is }) => is.kind === "water").map(({ is }) => is.code);
  return show(s, c, s.t("stepTests"), s.t("stepTestsLead"), <StepTestsPage {...{ s, tests, zones }} />);
}

async function rankingPage(c: Context<CityEnv>) {
  const s = await shownWith(c);
  const month = monthAsked(c);
  const losses = lossStore(s.here);
  const [all, analysis, { rankings }] = await Promise.all([
    interventions(s.here, month),
    losses.analysis(month),
    losses.rankings({ limit: NIGHTS_SHOWN }),
  ]);
  return show(
    s,
    c,
    s.t("ranking"),
    s.t("rankingLead"),
    <>
      <RankingPage {...{ s, month, all }} isWorkedOut={analysis !== undefined} />
      <RankingHistory {...{ s, rankings }} />
    </>,
  );
}

/** A change of a point as its form has it. */
async function pointChangeIn(c: Context<CityEnv>): Promise<PointChange> {
  const { at, meter, closing, opening, account, area } = await form(c, Texts);
  let accountId: string | null | undefined;
  if (account !== undefined && !isNone(account)) {
    accountId = await accountIdOf(c.var.here, account);
    if (accountId === undefined) throw invalid("#/account", "There is no account, or more than one, that is named so.");
  } else if (account !== undefined) accountId = null;
  const given = { at: timeIn(c, at, "at"), meter: orNull(meter), closing, opening, accountId, area: orNull(area) };
  return parsed(PointChange, JSON.parse(JSON.stringify(given)));
}

/** A line for each valve: its name, then when it was closed. @throws {Fault} invalid */
function stepsIn(c: Context<CityEnv>, text: string) {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [valve = "", ...when] = line.trim().split(/\s+/);
      return { valve, closedAt: timeIn(c, when.join(" "), "steps") };
    });
}

export function networkPages(app: CityApp): void {
  const sent = (c: Context<CityEnv>, work: () => Promise<unknown>, to: string, again: typeof areaPage) =>
    sentForm(c, work, to, (error) => again(c, error));

  app.get(HOME, needs(...READERS), (c) => overview(c));
  app.post(`${HOME}/analyses`, needs(...KEEPERS), async (c) => {
    const { month } = await form(c, NewAnalysis);
    return sent(c, () => analyse(c.var.here, month, by(c)), `${HOME}?month=${month}`, overview);
  });
  app.post(`${HOME}/imports`, needs(...KEEPERS), async (c) => {
    try {
      const { file, fields } = await fileOf(c);
      const { of, preview: isPreview } = parsed(ImportQuery, fields, "form");
      return overview(c, undefined, await takeNetwork(c.var.here, of, file, { by: by(c), isPreview }));
    } catch (error) {
      return overview(c, error);
    }
  });
  app.post(`${HOME}/areas`, needs(...KEEPERS), async (c) => {
    let made = "";
    try {
      const { code, ...facts } = await form(c, NewArea.extend({ code: Code }));
      const drawn = await drawing(c.var.here, {});
      drawn.setArea(code, facts);
      await keep(c.var.here, drawn, code, by(c));
      made = code;
    } catch (error) {
      return overview(c, error);
    }
    return c.redirect(c.var.here.url(`${HOME}/areas/${made}`), 303);
  });
  app.get(`${HOME}/areas/:code`, needs(...READERS), (c) => areaPage(c));
  app.get(`${HOME}/areas/:code/use`, needs(...READERS), usePage);
  app.post(`${HOME}/areas/:code/changes`, needs(...KEEPERS), (c) => {
    const change = async () => {
      const { at, within, input, direction, endsInput } = await form(c, Texts);
      const given = {
        ...{ at: timeIn(c, at, "at"), within: orNull(within), endsInput },
        ...(input === undefined ? {} : { input: { meter: input, direction } }),
      };
      return areaChanged(c.var.here, codeIn(c), parsed(AreaChange, JSON.parse(JSON.stringify(given))), by(c));
    };
    return sent(c, change, `${HOME}/areas/${codeIn(c)}`, areaPage);
  });
  app.post(`${HOME}/areas/:code/allowances`, needs(...KEEPERS), (c) => {
    const declare = async () => {
      const { quantity = "", isBilled, ...rest } = await form(c, Texts);
      const digits = quantity.replace(/\s/g, "");
      const typed = /^[0-9]{1,13}$/.test(digits) ? Number(digits) : undefined;
      const asked = { ...rest, area: codeIn(c), quantity: typed, isBilled: isBilled === "true" };
      return allowed(c.var.here, parsed(NewAllowance, asked), by(c));
    };
    return sent(c, declare, `${HOME}/areas/${codeIn(c)}`, areaPage);
  });

  app.get(`${HOME}/points`, needs(...READERS), (c) => pointsPage(c));
  app.post(`${HOME}/points`, needs(...KEEPERS), async (c) => {
    let made = "";
    const enter = async () => {
      const { code, ...facts } = await form(
        c,
        NewPoint.pick({ kind: true, customerClass: true, place: true }).extend({ code: Code }),
      );
      const drawn = await drawing(c.var.here, { points: [code] });
      drawn.setPoint(code, facts);
      await keep(c.var.here, drawn, code, by(c));
      made = code;
    };
    try {
      await enter();
    } catch (error) {
      return pointsPage(c, error);
    }
    return c.redirect(c.var.here.url(`${HOME}/points/${made}`), 303);
  });
  app.get(`${HOME}/points/:code`, needs(...READERS), (c) => pointPage(c));
  app.post(`${HOME}/points/:code/changes`, needs(...KEEPERS), (c) =>
    sent(
      c,
      async () => pointChanged(c.var.here, codeIn(c), await pointChangeIn(c), by(c)),
      `${HOME}/points/${codeIn(c)}`,
      pointPage,
    ),
  );

  app.get(`${HOME}/interventions`, needs(...READERS), rankingPage);
  app.get(`${HOME}/tables`, needs(...READERS), csvOf);
  app.get(`${HOME}/orders`, needs(...READERS), async (c) => {
    const s = await shownWith(c);
    const found = await lossStore(s.here).orders(parsed(paged(), { cursor: c.req.query("cursor") }, "query"));
    return show(s, c, s.t("orders"), undefined, <OrdersPage s={s} {...found} />);
  });
  app.post(`${HOME}/orders`, needs(...KEEPERS), async (c) => {
    const { order: made } = await order(c.var.here, await form(c, NewOrder), by(c));
    return c.redirect(c.var.here.url(`${HOME}/orders/${made.id}`), 303);
  });
  app.get(`${HOME}/orders/:id`, needs(...READERS), (c) => orderPage(c));
  app.post(`${HOME}/orders/:id/assignment`, needs(...KEEPERS), (c) =>
    sent(
      c,
      async () => assign(c.var.here, c.req.param("id"), (await form(c, Assignment)).to),
      `${HOME}/orders/${c.req.param("id")}`,
      orderPage,
    ),
  );
  app.post(`${HOME}/orders/:id/withdrawal`, needs(...KEEPERS), (c) =>
    sent(
      c,
      async () => withdraw(c.var.here, c.req.param("id"), (await form(c, Withdrawal)).reason, by(c)),
      `${HOME}/orders/${c.req.param("id")}`,
      orderPage,
    ),
  );
  app.post(`${HOME}/orders/:id/finding`, needs(...KEEPERS), (c) => {
    const found = async () => {
      const { crewDays, ...rest } = await form(c, Texts);
      const typed = crewDays === undefined ? {} : { crewDays: Number(crewDays.replace(",", ".")) };
      return finish(c.var.here, c.req.param("id"), parsed(Finding, { ...rest, ...typed }), by(c));
    };
    return sent(c, found, `${HOME}/orders/${c.req.param("id")}`, orderPage);
  });

  app.get(`${HOME}/step-tests`, needs(...READERS), (c) => stepTestsPage(c));
  app.post(`${HOME}/step-tests`, needs(...KEEPERS), (c) => {
    const kept = async () => {
      const { area, startedAt, endedAt, steps = "" } = await form(c, Texts);
      const [from, to] = [timeIn(c, startedAt, "startedAt"), timeIn(c, endedAt, "endedAt")];
      const asked = { area, startedAt: from, endedAt: to, steps: stepsIn(c, steps) };
      return keepStepTest(c.var.here, parsed(NewStepTest, asked), by(c));
    };
    return sent(c, kept, `${HOME}/step-tests`, stepTestsPage);
  });
  app.get(`${HOME}/step-tests/:id`, needs(...READERS), async (c) => {
    const s = await shownWith(c);
    const test = await stepTestResult(s.here, await lossStore(s.here).stepTest(c.req.param("id")));
    return show(s, c, s.t("stepTest"), test.area, <StepTestPage s={s} test={test} />);
  });
}
