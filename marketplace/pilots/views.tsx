import { Card, Cards, Facts, Field, Form, fieldOf, Notice, Table, Tag } from "../../shared/components.tsx";
import { longDay } from "../../shared/dates.ts";
import type { Here } from "../../shared/here.ts";
import type { Lang } from "../../shared/texts.ts";
import { dayOf } from "../../shared/time.ts";
import { inLang } from "../contract/words.ts";
import { Paragraphs } from "../part-views.tsx";
import type { Pilot, Plan, Result } from "./schema.ts";
import { pilotTexts } from "./texts.ts";

export interface Shown {
  lang: Lang;
  here: Here;
  csrf: string;
}

const figure = (value: number, lang: Lang) =>
  new Intl.NumberFormat(lang, { maximumSignificantDigits: 4 }).format(value);

const VERDICT_TONE = { reached: "success", not_reached: "error", unclear: "warning", not_reckoned: "warning" } as const;

export function StateTag({ shown: { lang, here }, pilot }: { shown: Shown; pilot: Pilot }) {
  const t = pilotTexts.in(lang);
  const { state, plan, result } = pilot;
  if (result) return <Tag kind={VERDICT_TONE[result.verdict]}>{t(result.verdict)}</Tag>;
  if (state === "draft") return <Tag kind="warning">{t("draft")}</Tag>;
  const isRunning = dayOf(here.clock.now(), here.city.timeZone) >= plan.startOn;
  return (
    <Tag>
      {isRunning ? t("runs", { date: longDay(plan.endOn, lang) }) : t("waits", { date: longDay(plan.startOn, lang) })}
    </Tag>
  );
}

export const PilotList = ({ shown, pilots, base }: { shown: Shown; pilots: readonly Pilot[]; base: string }) => (
  <Cards>
    {pilots.map((pilot) => (
      <Card href={shown.here.url(`${base}/${pilot.id}`)} title={inLang(pilot.plan.title, shown.lang)}>
        <p>
          <StateTag shown={shown} pilot={pilot} />
        </p>
      </Card>
    ))}
  </Cards>
);

export function PlanShown({ shown: { lang, here }, pilot }: { shown: Shown; pilot: Pilot }) {
  const t = pilotTexts.in(lang);
  const { plan, signatures, digest, state } = pilot;
  const { metric, stop, module } = plan;
  const list = new Intl.ListFormat(lang);
  const n = (value: number) => ({ n: figure(value, lang), unit: metric.unit });
  return (
    <>
      <h2>{t("question")}</h2>
      <Paragraphs words={plan.question} lang={lang} />
      <h2>{t("plan")}</h2>
      <Facts
        items={[
          [t("metric"), `${inLang(metric.titles, lang)} (${metric.unit})`],
          [t("from"), <a href={here.url(`/data/${metric.dataset}`)}>{metric.dataset}</a>],
          [t("formula"), <code>{metric.formula}</code>],
          [t("pilotDistricts"), list.format(plan.pilotDistricts)],
          [t("controlDistricts"), list.format(plan.controlDistricts)],
          [t("beforeOn"), longDay(plan.beforeOn, lang)],
          [t("startOn"), longDay(plan.startOn, lang)],
          [t("endOn"), longDay(plan.endOn, lang)],
          [t("wanted"), t(metric.better === "higher" ? "wantedHigher" : "wantedLower", n(plan.wanted))],
          [t("stop"), t(stop.when === "above" ? "stopAbove" : "stopBelow", { ...n(stop.value), days: stop.days })],
          ...(module ? [[t("module"), <code>{module}</code>] as const] : []),
          ...(state === "draft"
            ? []
            : [
                [t("signatures"), list.format(signatures.map(({ at }) => longDay(at, lang)))] as const,
                [t("digest"), <code>{digest}</code>] as const,
              ]),
        ]}
      />
    </>
  );
}

export function ResultShown({
  shown: { lang },
  plan,
  result,
}: {
  shown: Shown;
  plan: Plan;
  result: Result | undefined;
}) {
  const t = pilotTexts.in(lang);
  if (!result)
    return (
      <>
        <h2>{t("result")}</h2>
        <p>{t("noResult")}</p>
      </>
    );
  const { before, after, days, effect, interval } = result;
  const { unit } = plan.metric;
  const n = (value: number) => `${figure(value, lang)} ${unit}`;
  const row = (name: string, of: "pilot" | "control") => [
    name,
    n(before![of]),
    n(after![of]),
    n(after![of] - before![of]),
  ];
  return (
    <>
      <h2>{t("result")}</h2>
      <Notice kind={VERDICT_TONE[result.verdict]}>
        {t(result.outcome)}, {longDay(result.lastOn, lang)}. {t(result.verdict)}. {result.why}
      </Notice>
      {effect !== undefined && before && after && days && (
        <>
          <Facts
            items={[
              [t("effect"), n(effect)],
              ["±", interval ? t("interval", { low: n(interval.low), high: n(interval.high) }) : t("noInterval")],
            ]}
          />
          {result.movedApart && <Notice kind="warning">{t("movedApart")}</Notice>}
          <Table
            caption={t("table")}
            head={["", t("before", { n: days.before }), t("after", { n: days.after }), t("change")]}
            numeric={[1, 2, 3]}
            rows={[row(t("pilotDistricts"), "pilot"), row(t("controlDistricts"), "control")]}
          />
          <p class="hint">{t("method")}</p>
        </>
      )}
    </>
  );
}

export function PlanForm({
  shown: { lang, csrf },
  action,
  given,
  errors,
}: {
  shown: Shown;
  action: string;
  given: Readonly<Record<string, string | undefined>>;
  errors: readonly { field: string; detail: string }[];
}) {
  const t = pilotTexts.in(lang);
  const field = fieldOf(given, errors);
  const pair = <A extends string, B extends string>(a: A, b: B) =>
    [
      [a, t(a as "above")],
      [b, t(b as "below")],
    ] as const;
  return (
    <Form action={action} csrf={csrf} submit={t("save")}>
      <Field {...field("title")} label={t("title")} maxlength={80} />
      <Field {...field("question")} label={t("question")} type="textarea" maxlength={1_000} />
      <Field {...field("metric")} label={t("metric")} maxlength={80} />
      <Field {...field("unit")} label={t("unit")} maxlength={20} />
      <Field {...field("dataset")} label={t("dataset")} dir="ltr" maxlength={80} />
      <Field {...field("dayColumn")} label={t("dayColumn")} maxlength={200} />
      <Field {...field("districtColumn")} label={t("districtColumn")} maxlength={200} />
      <Field {...field("formula")} label={t("formula")} hint={t("formulaHint")} dir="ltr" maxlength={2_000} />
      <Field {...field("better")} label={t("better")} type="radio" options={pair("higher", "lower")} />
      <Field {...field("pilotDistricts")} label={t("pilotDistricts")} hint={t("districtsHint")} type="textarea" />
      <Field {...field("controlDistricts")} label={t("controlDistricts")} hint={t("districtsHint")} type="textarea" />
      <Field {...field("beforeOn")} label={t("beforeOn")} type="date" />
      <Field {...field("startOn")} label={t("startOn")} type="date" />
      <Field {...field("endOn")} label={t("endOn")} type="date" />
      <Field {...field("wanted")} label={t("wanted")} inputmode="decimal" />
      <Field {...field("stopWhen")} label={t("stopWhen")} type="radio" options={pair("above", "below")} />
      <Field {...field("stopValue")} label={t("stopValue")} inputmode="decimal" />
      <Field {...field("stopDays")} label={t("stopDays")} inputmode="numeric" />
      <Field {...field("module")} label={t("module")} hint={t("moduleHint")} dir="ltr" maxlength={90} />
    </Form>
  );
}
