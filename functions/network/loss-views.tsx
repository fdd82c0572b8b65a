import { BarChart } from "../../shared/chart.tsx";
import { Actions, Facts, Field, Form, LinkButton, Notice, Pager, Table, Tag } from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import { exponentOf } from "../../shared/money.ts";
import {
  type Analysis,
  type AreaResult,
  FINDINGS,
  type Intervention,
  isOver,
  type Order,
  type StepTest,
  type StepTestResult,
} from "./losses-schema.ts";
import { DayLine } from "./plot.tsx";
import type { Area } from "./schema.ts";
import { dayName, errorIn, Mistakes, money, number, percent, quantity, type Shown } from "./shown.tsx";
import { SUSPECT } from "./theft.ts";

const BARS_MAX = 12;

export const MonthForm = ({ s, action, month }: { s: Shown; action: string; month: string }) => (
  <Form action={s.here.url(action)} csrf="" method="get" submit={s.t("show")} class="inline">
    <Field label={s.t("month")} name="month" type="month" value={month} />
  </Form>
);

interface OverviewProps {
  s: Shown;
  month: string;
  analysis: Analysis | undefined;
  areas: readonly Area[];
  results: readonly AreaResult[];
}

/** All areas of a month, and where the money goes. */
export function LossOverview({ s, month, analysis, areas, results }: OverviewProps) {
  const { t, here, lang } = s;
  const byCode = new Map(results.map((one) => [one.area, one]));
  const lost = results
    .filter(({ lossMinor, isLowest }) => isLowest && (lossMinor ?? 0) > 0)
    .sort((a, b) => (b.lossMinor ?? 0) - (a.lossMinor ?? 0))
    .slice(0, BARS_MAX);
  const { currency } = here.city;
  return (
    <>
      <MonthForm {...{ s, month }} action="/staff/network" />
      <Notice kind={analysis?.state === "running" ? "warning" : "info"}>
        <p>
          {!analysis
            ? t("notAnalysed")
            : analysis.state === "running"
              ? t("analysing", { points: analysis.points, areas: analysis.areas })
              : t("analysedAt", {
                  day: cityMoment(analysis.finishedAt ?? analysis.startedAt, s),
                  to: dayName(results[0]?.toOn ?? `${month}-01`, lang),
                })}
        </p>
      </Notice>
      {s.mayChange && areas.length > 0 && (
        <Form action={here.url("/staff/network/analyses")} csrf={s.csrf} submit={t("analyse")}>
          <input type="hidden" name="month" value={month} />
        </Form>
      )}
      {lost.length > 0 && (
        <BarChart
          name="lost"
          title={t("lossChart")}
          desc={t("lossChartDesc", { first: `${lost[0]!.area} ${money(lost[0]!.lossMinor, currency, lang)}` })}
          unit={currency}
          lang={lang}
          points={lost.map(({ area, lossMinor = 0 }) => ({
            label: area,
            value: lossMinor / 10 ** exponentOf(currency),
          }))}
        />
      )}
      {areas.length === 0 ? (
        <p>{t("noArea")}</p>
      ) : (
        <Table
          caption={t("areas")}
          numeric={[2, 3, 4, 5, 6, 7, 8]}
          head={[
            ...[t("area"), t("level"), t("input"), t("billed"), t("unbilled"), t("loss"), t("lossShare")],
            ...[t("lossMoney"), t("gaps")],
          ]}
          rows={areas.map(({ code, level, kind, name }) => {
            const one = byCode.get(code);
            return [
              <>
                <a href={here.url(`/staff/network/areas/${code}?month=${month}`)}>
                  <bdi>{code}</bdi>
                </a>{" "}
                {name}
                {one?.night?.isLeak && (
                  <>
                    {" "}
                    <Tag kind="warning">{t("leak")}</Tag>
                  </>
                )}
              </>,
              `${t(level)}, ${t(kind)}`,
              quantity(one?.inputQuantity, kind, lang),
              quantity(one?.billedQuantity, kind, lang),
              quantity(one?.unbilledQuantity, kind, lang),
              quantity(one?.lossQuantity, kind, lang),
              percent(one?.lossShare, lang),
              money(one?.lossMinor, one?.currency, lang),
              percent(one?.gapShare, lang),
            ];
          })}
        />
      )}
      <Actions>
        <LinkButton href={here.url(`/staff/network/interventions?month=${month}`)}>{t("ranking")}</LinkButton>
        <LinkButton second href={here.url("/staff/network/orders")}>
          {t("orders")}
        </LinkButton>
        <LinkButton second href={here.url("/staff/network/step-tests")}>
          {t("stepTests")}
        </LinkButton>
        <LinkButton second href={here.url("/staff/network/points")}>
          {t("points")}
        </LinkButton>
        {results.length > 0 && (
          <LinkButton second href={here.url(`/staff/network/tables?table=balances&month=${month}`)}>
            {t("csvBalances")}
          </LinkButton>
        )}
      </Actions>
    </>
  );
}

/** The balance, the nights and the suspects of one area. */
export function AreaLosses({ s, month, result }: { s: Shown; month: string; result: AreaResult | undefined }) {
  const { t, lang, here } = s;
  if (!result) return <p>{t("notAnalysed")}</p>;
  const { kind, currency, night, suspects } = result;
  return (
    <>
      {result.inputQuantity === undefined && <Notice kind="warning">{t("inputNone")}</Notice>}
      <Facts
        items={[
          [t("month"), `${month}, ${t("to")} ${dayName(result.toOn, lang)}`],
          [t("points"), number(result.points, lang)],
          [t("input"), quantity(result.inputQuantity, kind, lang)],
          [
            t("billed"),
            `${quantity(result.billedQuantity, kind, lang)} (${money(result.billedMinor, currency, lang)})`,
          ],
          [t("unbilled"), quantity(result.unbilledQuantity, kind, lang)],
          [
            t("loss"),
            <strong>
              {`${quantity(result.lossQuantity, kind, lang)}, ${percent(result.lossShare, lang)} (${money(result.lossMinor, currency, lang)})`}
            </strong>,
          ],
          [t("gaps"), percent(result.gapShare, lang)],
          [t("estimated"), percent(result.estimatedShare, lang)],
          [t("theftScore"), result.theftScore === undefined ? "–" : number(result.theftScore, lang)],
        ]}
      />
      {night && <Night {...{ s, night, kind }} />}
      {suspects.length > 0 && (
        <>
          <h2>{t("suspects")}</h2>
          <p>{t("suspectsLead")}</p>
          <Table
            caption={t("suspects")}
            numeric={[1, 2, 3, 4, 5, 6, 7]}
            head={[
              ...[t("point"), t("score"), t("drop"), t("explains"), t("follows"), t("zeros"), t("tampered")],
              ...[t("missingPerDay"), t("since")],
            ]}
            rows={suspects.map(({ point, score, features, missingPerDay, sinceOn }) => [
              <a href={here.url(`/staff/network/points/${point}`)}>
                <bdi>{point}</bdi>
              </a>,
              score >= SUSPECT ? <strong>{number(score, lang)}</strong> : number(score, lang),
              ...[features.drop, features.explains, features.follows, features.zeros, features.tampered].map((one) =>
                number(one, lang, 2),
              ),
              quantity(missingPerDay, kind, lang),
              sinceOn === undefined ? "–" : dayName(sinceOn, lang),
            ])}
          />
        </>
      )}
    </>
  );
}

const DAY_MS = 86_400_000;

function Night({ s, night, kind }: { s: Shown; night: NonNullable<AreaResult["night"]>; kind: Area["kind"] }) {
  const { t, lang } = s;
  const days = night.flow.map((_, i) =>
    new Date(Date.parse(`${night.firstOn}T00:00Z`) + i * DAY_MS).toISOString().slice(0, 10),
  );
  const short = new Intl.DateTimeFormat(lang, { day: "numeric", month: "short", timeZone: "UTC" });
  const known = night.flow.filter((one) => one !== null);
  return (
    <>
      <h2>{t("night")}</h2>
      <p>{t("nightLead")}</p>
      <DayLine
        name="night"
        title={t("night")}
        desc={t("nightDesc", {
          from: dayName(days[0] ?? night.firstOn, lang),
          to: dayName(days.at(-1) ?? night.firstOn, lang),
          least: number(Math.min(...known), lang, 0),
          most: number(Math.max(...known), lang, 0),
          missing: night.flow.length - known.length,
        })}
        unit={t("litresAnHour")}
        lang={lang}
        labels={days.map((day) => short.format(new Date(`${day}T00:00Z`)))}
        values={night.flow}
      />
      <Facts
        items={[
          [
            t("leakPerDay"),
            `${quantity(night.leakPerDay, kind, lang)}, ${t("ofInflow", { share: percent(night.share, lang) })}`,
          ],
          [
            t("leakTold"),
            night.isLeak ? (
              <Tag kind="warning">
                {`${t("yes")}${night.sinceOn === undefined ? "" : `, ${t("leakSince", { day: dayName(night.sinceOn, lang) })}`}`}
              </Tag>
            ) : (
              t("no")
            ),
          ],
          [t("nightUse"), `${number(night.use, lang, 0)} ${t("litresAnHour")}`],
          [t("trend"), `${number(night.trend, lang, 2)} ${t("litresAnHour")}`],
        ]}
      />
      <details>
        <summary>{t("day")}</summary>
        <Table
          caption={t("night")}
          head={[t("day"), t("litresAnHour")]}
          numeric={[1]}
          rows={days.map((day, i) => {
            const flow = night.flow[i];
            return [dayName(day, lang), typeof flow === "number" ? number(flow, lang, 0) : t("notRead")];
          })}
        />
      </details>
    </>
  );
}

interface RankingProps {
  s: Shown;
  month: string;
  all: readonly Intervention[];
  isWorkedOut: boolean;
}
export function RankingPage({ s, month, all, isWorkedOut }: RankingProps) {
  const { t, here, lang } = s;
  return (
    <>
      <Mistakes s={s} />
      <MonthForm {...{ s, month }} action="/staff/network/interventions" />
      {all.length === 0 ? (
        <p>
          {isWorkedOut ? (
            t("rankingNone")
          ) : (
            <>
              {t("rankingNotYet")} <a href={here.url(`/staff/network?month=${month}`)}>{t("network")}</a>
            </>
          )}
        </p>
      ) : (
        <>
          <Table
            caption={t("ranking")}
            numeric={[2, 3, 4, 5]}
            head={[t("what"), t("where"), t("lostAMonth"), t("chance"), t("crewDays"), t("perCrewDay"), t("order")]}
            rows={all.map((one) => [
              t(one.kind),
              <bdi>
                <a
                  href={here.url(
                    one.point === undefined
                      ? `/staff/network/areas/${one.area}?month=${month}`
                      : `/staff/network/points/${one.point}`,
                  )}
                >
                  {one.point ?? one.area}
                </a>
              </bdi>,
              money(one.lossMinor, one.currency, lang),
              percent(one.chance, lang),
              number(one.crewDays, lang, 2),
              <strong>{money(one.perCrewDayMinor, one.currency, lang)}</strong>,
              one.orderId !== undefined ? (
                <a href={here.url(`/staff/network/orders/${one.orderId}`)}>{t("onTheWay")}</a>
              ) : s.mayChange ? (
                <Form action={here.url("/staff/network/orders")} csrf={s.csrf} submit={t("send")}>
                  <input type="hidden" name="kind" value={one.kind} />
                  <input type="hidden" name="area" value={one.area} />
                  {one.point !== undefined && <input type="hidden" name="point" value={one.point} />}
                  <input type="hidden" name="month" value={month} />
                </Form>
              ) : (
                "–"
              ),
            ])}
          />
          <Actions>
            <LinkButton second href={here.url(`/staff/network/tables?table=interventions&month=${month}`)}>
              {t("csvRanking")}
            </LinkButton>
          </Actions>
        </>
      )}
    </>
  );
}

const STATE: Record<Order["state"], "warning" | "info" | "success"> = {
  open: "warning",
  assigned: "info",
  done: "success",
  withdrawn: "info",
};

export const OrdersPage = ({ s, orders, next }: { s: Shown; orders: readonly Order[]; next?: string | undefined }) => {
  const { t, here, lang } = s;
  if (orders.length === 0)
    return (
      <>
        <p>
          {t("ordersNone")} {t("ordersHow")}
        </p>
        <Actions>
          <LinkButton href={here.url("/staff/network/interventions")}>{t("ranking")}</LinkButton>
        </Actions>
      </>
    );
  return (
    <>
      <Table
        caption={t("orders")}
        head={[t("order"), t("where"), t("orderedOn"), t("crew"), t("lostAMonth"), t("state"), t("finding")]}
        numeric={[4]}
        rows={orders.map((one) => [
          <a href={here.url(`/staff/network/orders/${one.id}`)}>
            {t(one.kind)} <bdi>{one.id.slice(-6)}</bdi>
          </a>,
          <bdi>{one.point ?? one.area}</bdi>,
          cityMoment(one.orderedAt, s),
          one.assignedTo ?? "–",
          money(one.savingMinor, one.currency, lang),
          <Tag kind={STATE[one.state]}>{t(one.state)}</Tag>,
          one.finding ? t(`f_${one.finding.what}`) : "–",
        ])}
      />
      <Pager {...(next === undefined ? {} : { next: [`?cursor=${encodeURIComponent(next)}`, t("more")] as const })} />
    </>
  );
};

export function OrderPage({ s, order }: { s: Shown; order: Order }) {
  const { t, here, lang } = s;
  const at = here.url(`/staff/network/orders/${order.id}`);
  const place =
    order.point === undefined
      ? `/staff/network/areas/${order.area}?month=${order.month}`
      : `/staff/network/points/${order.point}`;
  return (
    <>
      <Mistakes s={s} />
      <Facts
        items={[
          [t("what"), t(order.kind)],
          [
            t("where"),
            <a href={here.url(place)}>
              <bdi>{order.point ?? order.area}</bdi>
            </a>,
          ],
          [t("state"), <Tag kind={STATE[order.state]}>{t(order.state)}</Tag>],
          [t("orderedOn"), cityMoment(order.orderedAt, s)],
          [t("crew"), order.assignedTo ?? "–"],
          [t("lostAMonth"), money(order.savingMinor, order.currency, lang)],
          [t("crewDays"), number(order.finding?.crewDays ?? order.crewDays, lang, 2)],
          ...(order.withdrawnFor === undefined ? [] : ([[t("withdrawWhy"), order.withdrawnFor]] as const)),
          ...(order.finding
            ? ([
                [t("finding"), t(`f_${order.finding.what}`)],
                [t("note"), order.finding.note ?? "–"],
              ] as const)
            : []),
        ]}
      />
      {s.mayChange && !isOver(order) && (
        <>
          <h2>{t("assign")}</h2>
          <Form action={`${at}/assignment`} csrf={s.csrf} submit={t("assign")}>
            <Field
              label={t("assignTo")}
              name="to"
              value={s.given["to"] ?? order.assignedTo}
              error={errorIn(s, "to")}
              required
            />
          </Form>
          <h2>{t("finding")}</h2>
          <Form action={`${at}/finding`} csrf={s.csrf} submit={t("finish")}>
            <Field
              label={t("finding")}
              name="what"
              type="select"
              value={s.given["what"]}
              options={FINDINGS.map((one) => [one, t(`f_${one}`)] as const)}
              error={errorIn(s, "what")}
            />
            <Field
              label={t("crewDays")}
              name="crewDays"
              inputmode="decimal"
              value={s.given["crewDays"]}
              error={errorIn(s, "crewDays")}
            />
            <Field
              label={t("note")}
              name="note"
              type="textarea"
              maxlength={500}
              value={s.given["note"]}
              error={errorIn(s, "note")}
            />
          </Form>
          <h2>{t("withdraw")}</h2>
          <Form action={`${at}/withdrawal`} csrf={s.csrf} submit={t("withdraw")}>
            <Field
              label={t("withdrawWhy")}
              name="reason"
              maxlength={200}
              value={s.given["reason"]}
              error={errorIn(s, "reason")}
              required
            />
          </Form>
        </>
      )}
    </>
  );
}

export function StepTestsPage({ s, tests, zones }: { s: Shown; tests: readonly StepTest[]; zones: readonly string[] }) {
  const { t, here, given } = s;
  const field = (name: string) => ({ name, value: given[name], error: errorIn(s, name) });
  return (
    <>
      <Mistakes s={s} />
      {tests.length === 0 ? (
        <p>{t("stepTestsNone")}</p>
      ) : (
        <Table
          caption={t("stepTests")}
          head={[t("stepTest"), t("area"), t("valve")]}
          numeric={[2]}
          rows={tests.map((one) => [
            <a href={here.url(`/staff/network/step-tests/${one.id}`)}>{cityMoment(one.startedAt, s)}</a>,
            <bdi>{one.area}</bdi>,
            String(one.steps.length),
          ])}
        />
      )}
      {s.mayChange && zones.length === 0 && (
        <p>
          {t("zonesNone")} <a href={here.url("/staff/network")}>{t("newArea")}</a>
        </p>
      )}
      {s.mayChange && zones.length > 0 && (
        <>
          <h2>{t("stepTest")}</h2>
          <Form action={here.url("/staff/network/step-tests")} csrf={s.csrf} submit={t("keepTest")}>
            <Field
              label={t("area")}
              type="select"
              options={zones.map((one) => [one, one] as const)}
              {...field("area")}
            />
            <Field label={t("startedAt")} hint={t("timeHint")} required {...field("startedAt")} />
            <Field label={t("steps")} type="textarea" hint={t("stepsHint")} required {...field("steps")} />
            <Field label={t("endedAt")} hint={t("timeHint")} required {...field("endedAt")} />
          </Form>
        </>
      )}
    </>
  );
}

export function StepTestPage({ s, test }: { s: Shown; test: StepTestResult }) {
  const { t, lang } = s;
  const flow = (one: number | null) => (one === null ? t("notRead") : `${number(one, lang, 0)} ${t("litresAnHour")}`);
  const read = test.drops.filter(({ drop }) => drop !== null);
  return (
    <>
      {read.length > 0 && (
        <BarChart
          name="steps"
          title={t("fell")}
          desc={t("stepDesc", { all: read.map(({ valve, drop }) => `${valve} ${drop}`).join(", ") })}
          unit={t("litresAnHour")}
          lang={lang}
          points={test.drops.map(({ valve, drop }) => ({ label: valve, value: Math.max(0, drop ?? 0) }))}
        />
      )}
      <Facts
        items={[
          [t("area"), <bdi>{test.area}</bdi>],
          [t("flowBefore"), flow(test.flowBefore)],
        ]}
      />
      <Table
        caption={t("stepTest")}
        head={[t("valve"), t("closedAt"), t("flow"), t("fell")]}
        numeric={[2, 3]}
        rows={test.drops.map(({ valve, flow: after, drop }, i) => [
          <bdi>{valve}</bdi>,
          cityMoment(test.steps[i]!.closedAt, s),
          flow(after),
          flow(drop),
        ])}
      />
    </>
  );
}
