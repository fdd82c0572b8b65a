import { BarChart } from "../../shared/chart.tsx";
import {
  Actions,
  ErrorSummary,
  Facts,
  Field,
  Form,
  LinkButton,
  Notice,
  Pager,
  Table,
  Tag,
} from "../../shared/components.tsx";
import { cityDay, cityMoment } from "../../shared/dates.ts";
import type { Here } from "../../shared/here.ts";
import { decimalOf, formatMoney } from "../../shared/money.ts";
import { dirOf, type Lang } from "../../shared/texts.ts";
import type { Dashboard } from "./dashboard.ts";
import { shownName } from "./dashboard.ts";
import { LEAST_MONTHS } from "./forecast.ts";
import { PairedBars } from "./plot.tsx";
import type { TableName } from "./schema.ts";
import { type Campaign, CHANNELS, type Forecast, type NamedFigure, OUTCOMES, type Rule, STAGES } from "./schema.ts";
import { collectionTexts } from "./texts.ts";

export type Mistake = { field: string; detail: string };
export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof collectionTexts.in>;
  /** May ask for campaigns and set the rule. */
  mayAct: boolean;
}

/** So many months are drawn; the table has them all. */
const DRAWN = 18;

const monthName = (month: string, lang: Lang, style: "short" | "long") =>
  new Intl.DateTimeFormat(lang, {
    month: style,
    year: style === "short" ? "2-digit" : "numeric",
    timeZone: "UTC",
  }).format(new Date(`${month}-01T00:00Z`));
export const titleOf = (campaign: Campaign, s: Shown): string =>
  s.t("campaignTitle", { stage: s.t(campaign.stage), day: cityDay(campaign.askedAt, s) });
const percent = (share: number, lang: Lang) =>
  new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 }).format(share);

const Csv = ({ s, table }: { s: Shown; table: TableName }) => (
  <p>
    <a href={s.here.url(`/staff/collection/csv?table=${table}`)}>{s.t("csv")}</a>
  </p>
);

function FiguresTable({
  s,
  table,
  rows,
  currency,
}: {
  s: Shown;
  table: TableName;
  rows: NamedFigure[];
  currency: string;
}) {
  const { t, lang } = s;
  const caption = t(table === "month" ? "byMonth" : table === "service" ? "byService" : "byDistrict");
  const money = (minor: number) => formatMoney(minor, currency, lang);
  return (
    <>
      <Table
        caption={caption}
        head={[t(table as "month"), t("bills"), t("due"), t("collected"), t("writtenOff"), t("openBills"), t("open")]}
        numeric={[1, 2, 3, 4, 5, 6]}
        rows={rows.map((one) => [
          table === "month" ? monthName(one.name, lang, "long") : <bdi>{shownName(table, one.name, lang)}</bdi>,
          String(one.bills),
          money(one.billedMinor),
          money(one.collectedMinor),
          money(one.writtenOffMinor),
          String(one.openBills),
          money(one.openMinor),
        ])}
      />
      <Csv {...{ s, table }} />
    </>
  );
}

export function DashboardPage({ s, figures, forecast }: { s: Shown } & Dashboard) {
  const { t, here, lang } = s;
  const { currency, totals, byMonth } = figures;
  const money = (minor: number) => formatMoney(minor, currency, lang);
  const units = (minor: number) => Number(decimalOf(minor, currency));
  const links = (
    <Actions>
      <LinkButton href={here.url("/staff/collection/campaigns")}>{t("campaigns")}</LinkButton>
      <LinkButton href={here.url("/staff/collection/rule")} second>
        {t("rule")}
      </LinkButton>
    </Actions>
  );
  if (byMonth.length === 0)
    return (
      <>
        <p>{t("nothingYet")}</p>
        {links}
      </>
    );
  const agrees = figures.ledgerDueMinor === totals.openMinor;
  const truth = { ledger: money(figures.ledgerDueMinor), ours: money(totals.openMinor) };
  return (
    <>
      <Facts
        items={[
          [t("due"), money(totals.billedMinor)],
          [t("collected"), money(totals.collectedMinor)],
          [t("open"), <strong>{money(totals.openMinor)}</strong>],
          [t("openBills"), String(totals.openBills)],
        ]}
      />
      {agrees ? <p>{t("ledgerAgrees", truth)}</p> : <Notice kind="warning">{t("ledgerSays", truth)}</Notice>}
      {links}
      <h2>{t("byMonth")}</h2>
      <PairedBars
        name="months"
        title={t("byMonth")}
        desc={t("barsSay")}
        unit={currency}
        lang={lang}
        series={[t("due"), t("collected")]}
        points={byMonth.slice(-DRAWN).map((one) => ({
          label: monthName(one.name, lang, "short"),
          values: [units(one.billedMinor), units(one.collectedMinor)],
        }))}
      />
      <p>{t("byMonthSays")}</p>
      <FiguresTable {...{ s, currency }} table="month" rows={byMonth} />
      <h2>{t("ageing")}</h2>
      <BarChart
        name="ages"
        title={t("ageing")}
        desc={t("ageingSays")}
        unit={currency}
        lang={lang}
        points={figures.ageing.map(({ age, openMinor }) => ({ label: `\u2066${age}\u2069`, value: units(openMinor) }))}
      />
      <Table
        caption={t("ageing")}
        head={[t("day"), t("openBills"), t("open")]}
        numeric={[1, 2]}
        rows={figures.ageing.map(({ age, bills, openMinor }) => [
          t("days", { days: `\u2066${age}\u2069` }),
          String(bills),
          money(openMinor),
        ])}
      />
      <Csv {...{ s }} table="ageing" />
      <h2>{t("byService")}</h2>
      <FiguresTable {...{ s, currency }} table="service" rows={figures.byService} />
      <h2>{t("byDistrict")}</h2>
      <FiguresTable {...{ s, currency }} table="district" rows={figures.byDistrict} />
      <h2>{t("forecast")}</h2>
      {forecast ? <ForecastPart {...{ s, forecast, byMonth }} /> : <p>{t("tooFew", { months: LEAST_MONTHS })}</p>}
    </>
  );
}

function ForecastPart({ s, forecast, byMonth }: { s: Shown; forecast: Forecast; byMonth: readonly NamedFigure[] }) {
  const { t, lang } = s;
  const { currency, ahead, tested } = forecast;
  const money = (minor: number) => formatMoney(minor, currency, lang);
  const units = (minor: number) => Number(decimalOf(Math.max(0, minor), currency));
  const past = byMonth.filter(({ name }) => name < ahead[0]!.month).slice(-DRAWN);
  return (
    <>
      <p>{t("forecastSays")}</p>
      <BarChart
        name="forecast"
        title={t("forecast")}
        desc={t("forecastBars")}
        unit={currency}
        lang={lang}
        estimatedLabel={t("expected")}
        points={[
          ...past.map((one) => ({ label: monthName(one.name, lang, "short"), value: units(one.collectedMinor) })),
          ...ahead.map((one) => ({
            label: monthName(one.month, lang, "short"),
            value: units(one.forecastMinor),
            isEstimated: true,
          })),
        ]}
      />
      <Table
        caption={t("forecast")}
        head={[t("month"), t("forecastMinor"), t("range"), t("way"), t("meanError"), t("worstError"), t("bias")]}
        numeric={[1]}
        rows={ahead.map(({ month, forecastMinor, lowMinor, highMinor, method, error }) => [
          monthName(month, lang, "long"),
          money(forecastMinor),
          lowMinor === undefined || highMinor === undefined
            ? "—"
            : t("rangeSays", { low: money(lowMinor), high: money(highMinor) }),
          t(method),
          error ? t("ofMonths", { error: percent(error.mean, lang), months: error.months }) : t("untested"),
          error ? percent(error.worst, lang) : "—",
          error ? percent(error.bias, lang) : "—",
        ])}
      />
      <Csv {...{ s }} table="forecast" />
      {tested.length > 0 && (
        <details>
          <summary>{t("tested")}</summary>
          <Table
            caption={t("tested")}
            head={[t("month"), t("forecastMinor"), t("actual"), t("miss")]}
            numeric={[1, 2, 3]}
            rows={tested.map(({ month, forecastMinor, actualMinor }) => [
              monthName(month, lang, "long"),
              money(forecastMinor),
              money(actualMinor),
              money(forecastMinor - actualMinor),
            ])}
          />
          <Csv {...{ s }} table="tested" />
        </details>
      )}
    </>
  );
}

const STATE: Record<Campaign["state"], "info" | "success" | "warning"> = {
  counting: "info",
  ready: "info",
  sending: "warning",
  stopped: "warning",
  done: "success",
};

interface CampaignsProps {
  s: Shown;
  campaigns: readonly Campaign[];
  next: string | undefined;
  given: Record<string, string>;
  mistakes: readonly Mistake[];
}

export function CampaignsPage({ s, campaigns, next, given, mistakes }: CampaignsProps) {
  const { t, here, lang } = s;
  const error = (field: string) => mistakes.find((one) => one.field === field)?.detail;
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      {campaigns.length > 0 && (
        <>
          <Table
            caption={t("campaigns")}
            head={[t("campaign"), t("state"), t("sent"), t("spent"), t("yieldPaid"), t("yieldShare")]}
            numeric={[2, 3, 4, 5]}
            rows={campaigns.map((one) => [
              <a href={here.url(`/staff/collection/campaigns/${one.id}`)}>{titleOf(one, s)}</a>,
              <Tag kind={STATE[one.state]}>{t(one.state)}</Tag>,
              String(one.outcomes.sent),
              formatMoney(one.spentMinor, one.currency, lang),
              formatMoney(one.yield.paidMinor, one.currency, lang),
              one.yield.remindedMinor > 0 ? percent(one.yield.paidMinor / one.yield.remindedMinor, lang) : "—",
            ])}
          />
          <p>{t("yieldSays")}</p>
          <Csv {...{ s }} table="campaigns" />
        </>
      )}
      {next && <Pager next={[here.url(`/staff/collection/campaigns?cursor=${encodeURIComponent(next)}`), t("more")]} />}
      {s.mayAct && (
        <>
          <h2>{t("newCampaign")}</h2>
          <Form action={here.url("/staff/collection/campaigns")} csrf={s.csrf} submit={t("count")}>
            <Field
              label={t("stage")}
              name="stage"
              type="select"
              value={given["stage"]}
              error={error("stage")}
              options={STAGES.map((stage) => [stage, t(stage)] as const)}
            />
            <Field
              label={t("channels")}
              hint={t("channelsHint")}
              name="channels"
              type="checkbox"
              value={given["channels"] ?? CHANNELS.join()}
              error={error("channels")}
              options={CHANNELS.map((channel) => [channel, t(channel)] as const)}
            />
          </Form>
        </>
      )}
    </>
  );
}

const YIELD_MS = 30 * 24 * 3_600_000;

export function CampaignPage({ s, campaign, now }: { s: Shown; campaign: Campaign; now: Date }) {
  const { t, here, lang, csrf } = s;
  const { preview, outcomes, state, currency } = campaign;
  const at = here.url(`/staff/collection/campaigns/${campaign.id}`);
  const money = (minor: number) => formatMoney(minor, currency, lang);
  const handled = OUTCOMES.reduce((sum, one) => sum + outcomes[one], 0);
  const expected = preview.bills + preview.unreachable + preview.capped;
  const isBegun = campaign.startedAt !== undefined;
  const until = campaign.endedAt === undefined ? undefined : new Date(Date.parse(campaign.endedAt) + YIELD_MS);
  const says = { bills: preview.bills, sum: money(preview.dueMinor), cost: money(preview.costMinor) };
  return (
    <>
      <p>
        <Tag kind={STATE[state]}>{t(state)}</Tag>
      </p>
      {state === "sending" && <Notice kind="info">{t("progress", { done: handled, all: expected })}</Notice>}
      {state === "sending" && campaign.waitsUntil && (
        <Notice kind="warning">{t("waits", { at: cityMoment(campaign.waitsUntil, s) })}</Notice>
      )}
      {(state === "counting" || state === "sending") && (
        <Actions>
          <LinkButton href={at} second>
            {t("lookAgain")}
          </LinkButton>
        </Actions>
      )}
      {state !== "counting" && (
        <>
          <h2>{t("preview")}</h2>
          <p>{t("previewSays", says)}</p>
          <Facts
            items={[
              ...campaign.channels.map((one) => [t(one), String(preview.byChannel[one])] as const),
              [t("unreachable"), String(preview.unreachable)] as const,
              [t("capped"), String(preview.capped)] as const,
            ]}
          />
        </>
      )}
      {s.mayAct && state === "ready" && <Form action={`${at}/start`} csrf={csrf} submit={t("start")} />}
      {s.mayAct && ["counting", "ready", "sending"].includes(state) && (
        <Form action={`${at}/stop`} csrf={csrf} submit={t("stop")} />
      )}
      {isBegun && (
        <>
          <Table
            caption={t("outcomes")}
            head={[t("outcome"), t("bills")]}
            numeric={[1]}
            rows={[
              ...OUTCOMES.map((one) => [t(one), String(outcomes[one])]),
              ...(state === "done" && expected > handled ? [[t("leftOut"), String(expected - handled)]] : []),
            ]}
          />
          <Facts items={[[t("spent"), money(campaign.spentMinor)]]} />
          <h2>{t("yield")}</h2>
          <Facts
            items={[
              [t("yieldBills"), String(campaign.yield.bills)],
              [t("yieldReminded"), money(campaign.yield.remindedMinor)],
              [t("yieldPaid"), money(campaign.yield.paidMinor)],
              [
                t("yieldShare"),
                campaign.yield.remindedMinor > 0
                  ? percent(campaign.yield.paidMinor / campaign.yield.remindedMinor, lang)
                  : "—",
              ],
              [t("yieldPaidBills"), String(campaign.yield.paidBills)],
              [t("yieldSettled"), String(campaign.yield.settledBills)],
            ]}
          />
          <p>
            {t("yieldSays")} {until && until > now ? t("yieldOpen", { day: cityDay(until.toISOString(), s) }) : ""}
          </p>
          <Actions>
            {campaign.sentByChannel.letter > 0 && <LinkButton href={`${at}/letters`}>{t("letters")}</LinkButton>}
            <LinkButton href={`${at}/bills.csv`} second>
              {t("csv")}
            </LinkButton>
          </Actions>
        </>
      )}
    </>
  );
}

export interface Letter {
  name: string;
  address: string;
  number: string;
  text: string;
  /** Of the letter; the page around it is in the reader's. */
  lang: Lang;
}

export const LettersPage = ({
  s,
  letters,
  next,
}: {
  s: Shown;
  letters: readonly Letter[];
  next: string | undefined;
}) => (
  <>
    {letters.length === 0 && <p>{s.t("noLetters")}</p>}
    {letters.map(({ name, address, number, text, lang }) => (
      <article
        lang={lang}
        dir={dirOf(lang)}
        style="break-after:page;max-width:42rem;padding-block:2rem;border-block-end:1px solid var(--line)"
      >
        <address style="font-style:normal;white-space:pre-line;margin-block-end:3rem">
          <bdi>{`${name}\n${address}`}</bdi>
        </address>
        <p>
          {collectionTexts.in(lang)("account", { number })} ·{" "}
          {cityDay(s.here.clock.now().toISOString(), { ...s, lang })}
        </p>
        <p>{text}</p>
        <p>{s.here.city.name}</p>
      </article>
    ))}
    {next && <Pager next={[next, s.t("more")]} />}
  </>
);

interface RuleProps {
  s: Shown;
  rule: Rule;
  isOwn: boolean;
  isKept: boolean;
  given: Record<string, string>;
  mistakes: readonly Mistake[];
}

export function RulePage({ s, rule, isOwn, isKept, given, mistakes }: RuleProps) {
  const { t, here } = s;
  const { currency } = here.city;
  const number = (name: string, label: string, value: number) => (
    <Field
      {...{ name, label }}
      type="number"
      inputmode="numeric"
      value={given[name] ?? String(value)}
      error={mistakes.find((one) => one.field === name)?.detail}
    />
  );
  const amount = (name: string, label: string, amountMinor: number) => (
    <Field
      {...{ name, label }}
      hint={t("amountHint", { currency })}
      inputmode="decimal"
      maxlength={30}
      value={given[name] ?? decimalOf(amountMinor, currency)}
      error={mistakes.find((one) => one.field === name)?.detail}
    />
  );
  const time = (name: string, label: string, value: string) => (
    <Field
      {...{ name, label }}
      hint={t("quietHint")}
      value={given[name] ?? value}
      error={mistakes.find((one) => one.field === name)?.detail}
      maxlength={5}
    />
  );
  const fields = (
    <>
      {STAGES.map((stage) => number(`${stage}Days`, t("afterDays", { stage: t(stage) }), rule.afterDays[stage]))}
      {amount("least", t("leastMinor"), rule.leastMinor)}
      {number("capMessages", t("capMessages"), rule.cap.messages)}
      {number("capDays", t("capDays"), rule.cap.days)}
      {time("quietFrom", t("quietFrom"), rule.quiet.from)}
      {time("quietTo", t("quietTo"), rule.quiet.to)}
      {CHANNELS.map((one) => amount(`${one}Cost`, t("costOf", { channel: t(one) }), rule.costMinor[one]))}
    </>
  );
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      {isKept && <Notice kind="success">{t("ruleKept")}</Notice>}
      {!isOwn && <Notice kind="info">{t("ruleDefault")}</Notice>}
      {s.mayAct ? (
        <Form action={here.url("/staff/collection/rule")} csrf={s.csrf} submit={t("keep")}>
          {fields}
        </Form>
      ) : (
        <Facts
          items={[
            ...STAGES.map((stage) => [t("afterDays", { stage: t(stage) }), String(rule.afterDays[stage])] as const),
            [t("capMessages"), String(rule.cap.messages)] as const,
            [t("capDays"), String(rule.cap.days)] as const,
            [t("quietFrom"), rule.quiet.from] as const,
            [t("quietTo"), rule.quiet.to] as const,
          ]}
        />
      )}
    </>
  );
}
