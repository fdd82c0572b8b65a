import type { Context } from "hono";
import { ErrorSummary, Form } from "../../shared/components.tsx";
import { absent, type Fault, type FieldError } from "../../shared/errors.ts";
import { form } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import type { Lang } from "../../shared/texts.ts";
import { whoId } from "../../shared/who.ts";
import { inLang } from "../contract/words.ts";
import { firstOf, hindrances, type Refusal, refusalOf, shownAgain, Typed, typedAs } from "../typed.ts";
import { DECIDE } from "./api.ts";
import { saidIn } from "./refusals.ts";
import { draft, dropDraft, getPilot, look, pilots, planDigest, redraft, sign } from "./running.ts";
import { type Pilot, PilotId, Plan } from "./schema.ts";
import { pilotTexts } from "./texts.ts";
import { PilotList, PlanForm, PlanShown, ResultShown, type Shown, StateTag } from "./views.tsx";

type C = Context<CityEnv>;
const shownTo = (c: C): Shown => ({ lang: c.var.lang, here: c.var.here, csrf: c.var.csrf });

/** Which field of the form a place of the plan is asked in. */
const FIELDS: Record<string, string> = { titles: "metric", when: "stopWhen", value: "stopValue", days: "stopDays" };

function planIn(c: C, typed: Typed): Plan {
  const said = (name: string) => firstOf(typed, name);
  const words = (name: string) => ({ [c.var.lang]: said(name) ?? "" });
  const number = (name: string) => {
    const typedNumber = said(name);
    return typedNumber === undefined ? undefined : Number(typedNumber.replace(",", "."));
  };
  const lines = (name: string) => (said(name) ?? "").split("\n").flatMap((line) => line.trim() || []);
  const of = (...names: string[]) => Object.fromEntries(names.map((name) => [name, said(name)]));
  return typedAs(c, Plan, {
    title: words("title"),
    question: words("question"),
    ...of("beforeOn", "startOn", "endOn"),
    ...(said("module") ? of("module") : {}),
    metric: {
      titles: words("metric"),
      ...of("unit", "dataset", "dayColumn", "districtColumn", "formula", "better"),
    },
    pilotDistricts: lines("pilotDistricts"),
    controlDistricts: lines("controlDistricts"),
    wanted: number("wanted"),
    stop: { when: said("stopWhen"), value: number("stopValue"), days: number("stopDays") },
  });
}

/** As the form shows a plan again. */
const typedOf = ({ title, question, metric, stop, ...plan }: Plan, c: C): Record<string, string | undefined> => ({
  title: inLang(title, c.var.lang),
  question: inLang(question, c.var.lang),
  metric: inLang(metric.titles, c.var.lang),
  ...{ unit: metric.unit, dataset: metric.dataset, dayColumn: metric.dayColumn, better: metric.better },
  ...{ districtColumn: metric.districtColumn, formula: metric.formula, module: plan.module },
  ...{ beforeOn: plan.beforeOn, startOn: plan.startOn, endOn: plan.endOn, wanted: String(plan.wanted) },
  pilotDistricts: plan.pilotDistricts.join("\n"),
  controlDistricts: plan.controlDistricts.join("\n"),
  ...{ stopWhen: stop.when, stopValue: String(stop.value), stopDays: String(stop.days) },
});

/** A refusal in the reader's language, with its places named as the form's fields are. */
function refusalIn(lang: Lang, error: unknown): Refusal {
  const { message } = refusalOf(error);
  const { errors = [], ...members } = (error as Fault).members;
  const named = errors.map(({ pointer, detail, says }) => {
    const [first = "", second] = pointer.replace(/^#\//, "").split("/");
    const place = first === "metric" || first === "stop" ? (second ?? first) : first;
    return { field: FIELDS[place] ?? place, detail: saidIn(lang, says, detail) };
  });
  return { message: saidIn(lang, members["says"] as FieldError["says"], message), errors: named };
}

export function pilotPages(app: CityApp): void {
  const staff = needs(...DECIDE);

  app.get("/pilots", needs("public"), async (c) => {
    const t = pilotTexts.in(c.var.lang);
    const all = (await pilots(c.var.here)).filter(({ state }) => state !== "draft");
    return page(
      c,
      { title: t("pilots"), lead: t("lead") },
      all.length === 0 ? <p>{t("none")}</p> : <PilotList shown={shownTo(c)} pilots={all} base="/pilots" />,
    );
  });

  const found = async (c: C): Promise<Pilot> => {
    const id = PilotId.safeParse(c.req.param("id"));
    if (!id.success) throw absent();
    return getPilot(c.var.here, id.data);
  };
  app.get("/pilots/:id", needs("public"), async (c) => {
    const { here, lang } = c.var;
    const t = pilotTexts.in(lang);
    const pilot = await found(c);
    if (pilot.state === "draft") throw absent();
    return page(
      c,
      { title: inLang(pilot.plan.title, lang), crumbs: [[t("pilots"), here.url("/pilots")]] },
      <>
        <p>
          <StateTag shown={shownTo(c)} pilot={pilot} />
        </p>
        <PlanShown shown={shownTo(c)} pilot={pilot} />
        <ResultShown shown={shownTo(c)} plan={pilot.plan} result={pilot.result} />
        <p>
          <a href={here.url(`/v1/pilots/${pilot.id}`)}>JSON</a>
        </p>
      </>,
    );
  });

  const console = (c: C) => [pilotTexts.in(c.var.lang)("console"), c.var.here.url("/staff")] as const;
  async function list(c: C, typed: Typed = {}, refusal?: Refusal) {
    const { here, lang } = c.var;
    const t = pilotTexts.in(lang);
    return page(
      c,
      { title: t("pilots"), lead: t("lead"), crumbs: [console(c)], status: refusal ? 422 : 200 },
      <>
        {refusal && <ErrorSummary title={t("refusedHere")} errors={hindrances(refusal)} />}
        <PilotList shown={shownTo(c)} pilots={await pilots(here)} base="/staff/pilots" />
        <h2>{t("newPilot")}</h2>
        <PlanForm
          shown={shownTo(c)}
          action={here.url("/staff/pilots")}
          given={shownAgain(typed)}
          errors={refusal?.errors ?? []}
        />
      </>,
    );
  }
  app.get("/staff/pilots", staff, (c) => list(c));
  app.post("/staff/pilots", staff, async (c) => {
    const typed = await form(c, Typed);
    try {
      const { id } = await draft(c.var.here, planIn(c, typed));
      return c.redirect(c.var.here.url(`/staff/pilots/${id}`), 303);
    } catch (error) {
      return list(c, typed, refusalIn(c.var.lang, error));
    }
  });

  async function one(c: C, typed?: Typed, refusal?: Refusal) {
    const { here, lang, csrf } = c.var;
    const t = pilotTexts.in(lang);
    const pilot = await found(c);
    const at = (does: string) => here.url(`/staff/pilots/${pilot.id}/${does}`);
    return page(
      c,
      {
        title: inLang(pilot.plan.title, lang),
        crumbs: [console(c), [t("pilots"), here.url("/staff/pilots")]],
        status: refusal ? 422 : 200,
      },
      <>
        {refusal && <ErrorSummary title={t("refusedHere")} errors={hindrances(refusal)} />}
        <p>
          <StateTag shown={shownTo(c)} pilot={pilot} />
        </p>
        <PlanShown shown={shownTo(c)} pilot={pilot} />
        {pilot.state === "draft" ? (
          <>
            <p>{t("have", { n: pilot.signatures.length })}</p>
            <Form action={at("signatures")} csrf={csrf} submit={t("sign")}>
              <input type="hidden" name="seen" value={planDigest(pilot)} />
              <p class="hint">{t("signHint")}</p>
            </Form>
            <PlanForm
              shown={shownTo(c)}
              action={at("plan")}
              given={typed ? shownAgain(typed) : typedOf(pilot.plan, c)}
              errors={refusal?.errors ?? []}
            />
            <Form action={at("removal")} csrf={csrf} submit={t("drop")} />
          </>
        ) : (
          <ResultShown shown={shownTo(c)} plan={pilot.plan} result={pilot.result} />
        )}
        {pilot.state === "fixed" && <Form action={at("looks")} csrf={csrf} submit={t("look")} />}
      </>,
    );
  }
  app.get("/staff/pilots/:id", staff, (c) => one(c));

  const DOES: Record<string, (c: C, pilot: Pilot, typed: Typed) => Promise<unknown>> = {
    plan: async (c, pilot, typed) => redraft(c.var.here, pilot, planIn(c, typed)),
    signatures: (c, pilot, typed) => sign(c.var.here, pilot, whoId(c.var.who), firstOf(typed, "seen")),
    looks: (c, pilot) => look(c.var.here, pilot),
    removal: (c, pilot) => dropDraft(c.var.here, pilot),
  };
  app.post("/staff/pilots/:id/:does", staff, async (c) => {
    const does = c.req.param("does");
    const pilot = await found(c);
    const typed = await form(c, Typed);
    if (!Object.hasOwn(DOES, does)) throw absent();
    try {
      await DOES[does]!(c, pilot, typed);
    } catch (error) {
      return one(c, does === "plan" ? typed : undefined, refusalIn(c.var.lang, error));
    }
    return c.redirect(c.var.here.url(does === "removal" ? "/staff/pilots" : `/staff/pilots/${pilot.id}`), 303);
  });
}
