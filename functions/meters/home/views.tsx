import { BarChart } from "../../../shared/chart.tsx";
import {
  Actions,
  ErrorSummary,
  Facts,
  Field,
  Form,
  LinkButton,
  Notice,
  Table,
  Tag,
} from "../../../shared/components.tsx";
import { cityMoment } from "../../../shared/dates.ts";
import type { Here } from "../../../shared/here.ts";
import { decimalOf, formatMoney } from "../../../shared/money.ts";
import type { Lang } from "../../../shared/texts.ts";
import type { Meter } from "../schema.ts";
import type { HomeRules, Household, MeterSummary } from "./schema.ts";
import { percent, rounded, thousandth } from "./short.ts";
import type { homeTexts } from "./texts.ts";

/** Households of so many people and more are one group. */
const LARGE = 5;

export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof homeTexts.in>;
}
export type RuleField = "flowHours" | "silentDays" | "budget";
export type Wrong = RuleField | "people";

interface HomeProps {
  s: Shown;
  meter: Meter;
  summary: MeterSummary;
  unit: string;
  monthName: (month: string) => string;
  /** Of the meter's own people: what they are told, or what they typed, with its mistakes. */
  rules?: HomeRules | undefined;
  household?: Household | undefined;
  typed?: Partial<Record<RuleField, string>> | undefined;
  mistakes: readonly Wrong[];
  isSaved: boolean;
}

export function HomePage(props: HomeProps) {
  const { s, meter, summary, unit, monthName, mistakes, isSaved } = props;
  const { t, here } = s;
  const { month, lastReadAt } = summary;
  return (
    <>
      {mistakes.length > 0 && (
        <ErrorSummary title={t("mistakes")} errors={mistakes.map((field) => ({ field, detail: t(`${field}Wrong`) }))} />
      )}
      {isSaved && <Notice kind="success">{t("saved")}</Notice>}
      <p>{lastReadAt ? t("lastRead", { when: cityMoment(lastReadAt, s) }) : t("neverRead")}</p>
      <AlarmNotices s={s} summary={summary} />
      <h2>{t("month", { month: monthName(month.month) })}</h2>
      <MonthFacts s={s} summary={summary} unit={unit} />
      <h2>{t("today")}</h2>
      <Today s={s} summary={summary} unit={unit} />
      <h2>{t("compare")}</h2>
      <Compared {...props} />
      {props.household && <People {...props} household={props.household} />}
      {props.rules && <Rules {...props} rules={props.rules} />}
      <h2>{t("own")}</h2>
      <p>{t("ownLead")}</p>
      <Actions>
        {FILES.filter(([format]) => format !== "nem12" || meter.kind === "electricity").map(([format, name]) => (
          <LinkButton href={here.url(`/meters/${meter.id}/export?format=${format}`)} second>
            {name}
          </LinkButton>
        ))}
      </Actions>
      <p>
        <a href={here.url(`/meters/${meter.id}`)}>{t("allDays")}</a>
      </p>
    </>
  );
}

const FILES = [
  ["green-button", "Green Button"],
  ["nem12", "NEM12"],
  ["csv", "CSV"],
] as const;

function AlarmNotices({ s, summary: { alarms, cost } }: { s: Shown; summary: MeterSummary }) {
  const { t, lang, here } = s;
  const { flow, silence, budget } = alarms;
  const money = (minor: number) => formatMoney(minor, cost?.currency ?? here.city.currency, lang);
  const words: string[] = [
    ...(flow?.isOn ? [t("flowOn", { hours: flow.hours, least: thousandth(flow.leastPerHour * 1000, lang) })] : []),
    ...(silence.isOn ? [t("silenceOn", { days: silence.days })] : []),
    ...(budget && budget.state !== "within"
      ? [
          t(budget.state === "over" ? "budgetOver" : "budgetNear", {
            cost: money(cost?.totalMinor ?? 0),
            budget: money(budget.budgetMinor),
            ...(budget.state === "near" ? { share: percent(budget.share, lang) } : {}),
          }),
        ]
      : []),
  ];
  return (
    <>
      <h2>{t("alarms")}</h2>
      {words.length === 0 ? <p>{t("allWell")}</p> : words.map((one) => <Notice kind="warning">{one}</Notice>)}
    </>
  );
}

function MonthFacts({ s, summary, unit }: { s: Shown; summary: MeterSummary; unit: string }) {
  const { t, lang } = s;
  const { month, cost, forecast } = summary;
  const marked = (words: string, isEstimated: boolean) =>
    isEstimated ? (
      <>
        {words} <Tag kind="warning">{t("estimated")}</Tag>
      </>
    ) : (
      words
    );
  const money = (minor: number, currency: string) => formatMoney(minor, currency, lang);
  const ends =
    forecast.state === "given"
      ? [
          t("forecastUse", {
            low: rounded(forecast.lowQuantity, lang),
            high: rounded(forecast.highQuantity, lang),
            unit,
          }),
          ...(forecast.currency !== undefined && forecast.lowMinor !== undefined && forecast.highMinor !== undefined
            ? [
                t("forecastCost", {
                  low: money(forecast.lowMinor, forecast.currency),
                  high: money(forecast.highMinor, forecast.currency),
                }),
              ]
            : []),
        ]
      : [];
  return (
    <>
      <Facts
        items={[
          [t("usedSoFar"), marked(`${thousandth(month.quantity, lang)} ${unit}`, month.isEstimated)],
          ...(cost ? [[t("costSoFar"), marked(money(cost.totalMinor, cost.currency), cost.isEstimated)] as const] : []),
          ...(ends.length > 0 ? [[t("forecast"), marked(ends.join(" · "), true)] as const] : []),
        ]}
      />
      {month.isEstimated && <p class="hint">{t("estimatedPart", { share: percent(month.estimatedShare, lang) })}</p>}
      {cost ? (
        <p class="hint">
          {t("costParts", { fixed: money(cost.fixedMinor, cost.currency), vat: money(cost.vatMinor, cost.currency) })}{" "}
          {cost.isSocial && t("social")} {t("costNote")}
        </p>
      ) : (
        <p class="hint">{t("noTariff")}</p>
      )}
      <p class="hint">
        {forecast.state === "given"
          ? t("forecastNote", { error: percent(forecast.pastError, lang) })
          : t("forecastNone")}
      </p>
    </>
  );
}

function Today({ s, summary: { today, timeZone }, unit }: { s: Shown; summary: MeterSummary; unit: string }) {
  const { t, lang } = s;
  if (today.hours.every(({ coverage }) => coverage === 0)) return <p>{t("notToday")}</p>;
  const time = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", timeZone });
  const hourOf = new Intl.DateTimeFormat("en", { hour: "numeric", hourCycle: "h23", timeZone });
  const hours = today.hours.map((one) => ({ ...one, label: time.format(new Date(one.at)) }));
  const last = hours.findLastIndex(({ coverage }) => coverage > 0);
  return (
    <>
      <BarChart
        name="today"
        title={t("today")}
        desc={t("chartDesc", {
          count: hours.length,
          most: thousandth(Math.max(...hours.map(({ quantity }) => quantity)), lang),
          unit,
        })}
        unit={unit}
        lang={lang}
        points={hours.map(({ at, quantity, isEstimated }) => ({
          label: String(Number(hourOf.format(new Date(at)))),
          value: quantity / 1000,
          isEstimated,
        }))}
        estimatedLabel={t("estimatedBars")}
      />
      <details>
        <summary>{t("figures")}</summary>
        <Table
          caption={t("today")}
          head={[t("hour"), t("used", { unit })]}
          numeric={[1]}
          rows={[
            ...hours.slice(0, last + 1).map((one) => [
              one.label,
              one.coverage === 0 ? (
                "–"
              ) : (
                <>
                  {thousandth(one.quantity, lang)} {one.isEstimated && <Tag kind="warning">{t("estimated")}</Tag>}
                </>
              ),
            ]),
            [<strong>{t("sum")}</strong>, <strong>{thousandth(today.quantity, lang)}</strong>],
          ]}
        />
      </details>
    </>
  );
}

function Compared({ s, summary: { comparison }, unit, monthName }: HomeProps) {
  const { t, lang } = s;
  const month = monthName(comparison.month);
  if (comparison.state !== "shown") return <p>{t(comparison.state, { month })}</p>;
  const { district, householdSize: size, own, lower, median, upper } = comparison;
  const rows = [
    [t("yours"), own],
    [t("lower"), lower],
    [t("median"), median],
    [t("upper"), upper],
  ] as const;
  return (
    <>
      <Table
        caption={[
          district === undefined ? t("compareCity", { month }) : t("compareDistrict", { district, month }),
          ...(size === undefined ? [] : [t(size === LARGE ? "compareLarge" : "compareOf", { people: size })]),
        ].join(" · ")}
        head={[t("home"), t("used", { unit })]}
        numeric={[1]}
        rows={rows.map(([name, quantity], i) =>
          i === 0
            ? [<strong>{name}</strong>, <strong>{thousandth(quantity, lang)}</strong>]
            : [name, thousandth(quantity, lang)],
        )}
      />
      <p class="hint">{t("compareNote")}</p>
    </>
  );
}

/** Of their own accord: what nobody says, nobody is asked again. */
function People({ s, meter, household, mistakes }: HomeProps & { household: Household }) {
  const { t, here, csrf } = s;
  return (
    <Form action={here.url(`/meters/${meter.id}/household`)} csrf={csrf} submit={t("save")}>
      <Field
        label={t("people")}
        name="people"
        hint={t("peopleHint")}
        value={household.people === undefined ? "" : String(household.people)}
        error={mistakes.includes("people") ? t("peopleWrong") : undefined}
        inputmode="numeric"
        maxlength={3}
        autocomplete="off"
      />
    </Form>
  );
}

function Rules({ s, meter, rules, typed, mistakes }: HomeProps & { rules: HomeRules }) {
  const { t, here, csrf } = s;
  const { currency } = here.city;
  const { flowHours, silentDays, budgetMinor } = rules;
  const values: Partial<Record<RuleField, string>> = typed ?? {
    ...(flowHours === undefined ? {} : { flowHours: String(flowHours) }),
    ...(silentDays === undefined ? {} : { silentDays: String(silentDays) }),
    ...(budgetMinor === undefined ? {} : { budget: decimalOf(budgetMinor, currency) }),
  };
  const ask = (name: RuleField, hint: string, inputmode: "numeric" | "decimal") => (
    <Field
      label={t(name)}
      name={name}
      hint={hint}
      value={values[name]}
      error={mistakes.includes(name) ? t(`${name}Wrong`) : undefined}
      inputmode={inputmode}
      maxlength={20}
      autocomplete="off"
    />
  );
  const action = here.url(`/meters/${meter.id}/home`);
  return (
    <>
      <h2>{t("tell")}</h2>
      <p>{t("tellLead")}</p>
      <Form action={action} csrf={csrf} submit={t("save")}>
        {meter.kind === "water" && ask("flowHours", t("flowHoursHint"), "numeric")}
        {ask("silentDays", t("silentDaysHint"), "numeric")}
        {ask("budget", t("budgetHint", { currency }), "decimal")}
      </Form>
      {Object.keys(rules).length > 0 && <Form action={action} csrf={csrf} submit={t("stop")} />}
    </>
  );
}
