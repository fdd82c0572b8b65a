import type { Context } from "hono";
import type { Child } from "hono/jsx";
import { Actions, Facts, Field, Form, LinkButton, Pager, Table, Tag } from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import { form, parsed } from "../../shared/http.ts";
import { StaffName } from "../../shared/identity/staff-name.tsx";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { labelled } from "../../shared/texts.ts";
import { whoId } from "../../shared/who.ts";
import { accountsBy } from "../accounts/events.ts";
import { has, MONEY, STAFF } from "./access.ts";
import { today } from "./api-rolls.ts";
import { assessmentStore, totalOf } from "./assessments.ts";
import { attempt, BASE, crumbs, type Given, isMine, type Mistake, money, nameIn, type Shown, shown } from "./desk.tsx";
import { approveRun, askRun, refuseRun, runList, runOf } from "./runs.ts";
import { AssessedPeriod, NewRun, RollCode, type Run, SKIPPED, type Tally } from "./schema.ts";
import { rollStore } from "./store.ts";
import { Mistakes, Press, ShareView } from "./views.tsx";

const RUNS_SHOWN = 30;
const A_PAGE = 50;
const RUNS = `${BASE}/runs`;
const runsCrumb = (s: Shown) => [s.t("runs"), RUNS] as const;

export function runPages(app: CityApp): void {
  const list = async (c: Context<CityEnv>, mistakes: Mistake[] = [], given: Given = {}) => {
    const s = shown(c);
    const [runs, rolls] = await Promise.all([runList(s.here, RUNS_SHOWN), rollStore(s.here.table).rolls()]);
    const error = (name: string) => mistakes.find(({ field }) => field === name)?.detail;
    return page(
      c,
      {
        title: s.t("runs"),
        lead: s.t("runsLead"),
        crumbs: crumbs(s),
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <>
        <Mistakes {...{ s, mistakes }} />
        {runs.length === 0 ? (
          <p>{s.t("noRuns")}</p>
        ) : (
          <Table
            caption={s.t("runs")}
            head={[s.t("when"), s.t("rolls"), s.a("period"), s.t("bills"), s.a("total"), s.t("state")]}
            numeric={[3, 4]}
            rows={runs.map((run) => [
              <a href={s.here.url(`${RUNS}/${run.id}`)}>{cityMoment(run.askedAt, s)}</a>,
              run.roll,
              run.period,
              String(shownTally(run).count),
              money(s, shownTally(run).totalMinor, run.currency),
              <StateTag {...{ s, run }} />,
            ])}
          />
        )}
        {has(s.who, MONEY) && rolls.length > 0 && (
          <>
            <h2>{s.t("newRun")}</h2>
            <Form action={s.here.url(RUNS)} csrf={s.csrf} submit={s.t("count")}>
              <Field
                label={s.t("rolls")}
                name="roll"
                type="select"
                value={given["roll"]}
                options={rolls.map(({ code, names }) => [code, nameIn(names, s.lang)] as const)}
              />
              <Field
                label={s.t("periodAsk")}
                hint={s.t("periodHint")}
                name="period"
                value={given["period"] ?? today(c).slice(0, 4)}
                error={error("period")}
                required
                maxlength={10}
              />
            </Form>
          </>
        )}
      </>,
    );
  };
  app.get(RUNS, needs(...STAFF), (c) => list(c));
  app.post(RUNS, needs(...MONEY), (c) =>
    attempt(
      c,
      async () => `${RUNS}/${(await askRun(c.var.here, await form(c, NewRun), whoId(c.var.who))).id}`,
      (mistakes, given) => list(c, mistakes, given),
    ),
  );

  const one = async (c: Context<CityEnv>, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const run = await runOf(s.here, c.req.param("id") ?? "");
    return page(
      c,
      {
        title: s.t("runTitle", { roll: run.roll, period: run.period }),
        crumbs: crumbs(s, runsCrumb(s)),
        status: mistakes.length > 0 ? 422 : 200,
      },
      <>
        <Mistakes {...{ s, mistakes }} />
        <RunView {...{ s, run }} />
      </>,
    );
  };
  app.get(`${RUNS}/:id`, needs(...STAFF), (c) => one(c));
  for (const [verb, run] of [
    ["approve", approveRun],
    ["refuse", refuseRun],
  ] as const)
    app.post(`${RUNS}/:id/${verb}`, needs(...MONEY), (c) =>
      attempt(
        c,
        async () => `${RUNS}/${(await run(c.var.here, c.req.param("id"), whoId(c.var.who))).id}`,
        (mistakes) => one(c, mistakes),
      ),
    );

  app.get(`${BASE}/assessments`, needs(...STAFF), async (c) => {
    const s = shown(c);
    const [code, period] = [
      parsed(RollCode, c.req.query("roll"), "query"),
      parsed(AssessedPeriod, c.req.query("period"), "query"),
    ];
    const at = { limit: A_PAGE, cursor: c.req.query("cursor") };
    const { assessments, next } = await assessmentStore(s.here.table).ofPeriod(code, period, at);
    const more = new URLSearchParams({ roll: code, period, ...(next ? { cursor: next } : {}) });
    return page(
      c,
      { title: s.t("assessments"), lead: s.t("runTitle", { roll: code, period }), crumbs: crumbs(s, runsCrumb(s)) },
      <>
        <Table
          caption={s.t("assessments")}
          head={[s.a("number"), s.a("total")]}
          numeric={[1]}
          rows={assessments.map((of) => [
            <a href={s.here.url(`${BASE}/assessments/${of.id}`)}>
              <bdi>{of.number}</bdi>
            </a>,
            money(s, totalOf(of), of.currency),
          ])}
        />
        {next && <Pager next={[s.here.url(`${BASE}/assessments?${more}`), s.t("more")]} />}
      </>,
    );
  });
  app.get(`${BASE}/assessments/:id`, needs(...STAFF), async (c) => {
    const s = shown(c);
    const of = await assessmentStore(s.here.table).get(c.req.param("id"));
    const accounts = await accountsBy(
      s.here,
      of.shares.map(({ accountId }) => accountId),
    );
    return page(
      c,
      {
        title: s.a("assessmentTitle", { number: of.number, period: of.period }),
        lead: s.a("assessmentLead"),
        crumbs: crumbs(s, [of.number, `${BASE}/entries/${of.entryId}`]),
      },
      of.shares.map((share) => <ShareView {...{ s, of, share, accounts }} />),
    );
  });
}

const shownTally = (run: Run): Tally => (run.state === "issuing" || run.state === "done" ? run.issued : run.preview);
const StateTag = ({ s, run }: { s: Shown; run: Run }) => (
  <Tag kind={run.state === "done" ? "success" : run.state === "ready" ? "warning" : "info"}>{s.t(run.state)}</Tag>
);

function RunView({ s, run }: { s: Shown; run: Run }) {
  const { t, here } = s;
  const tally = shownTally(run);
  const isUnderWay = run.state === "counting" || run.state === "issuing";
  const query = new URLSearchParams({ roll: run.roll, period: run.period });
  return (
    <>
      <Facts
        items={[
          [t("state"), <StateTag {...{ s, run }} />],
          [t("looked"), String(tally.looked)],
          [
            tally === run.issued ? t("issued") : t("wouldIssue"),
            <strong>{`${tally.count} · ${money(s, tally.totalMinor, run.currency)}`}</strong>,
          ],
          ...SKIPPED.filter((why) => tally.skipped[why] > 0).map((why): [Child, Child] => [
            labelled(s.lang, t("skipped"), t(why)),
            String(tally.skipped[why]),
          ]),
          ...[run.askedBy, run.decidedBy]
            .filter((by) => by !== undefined)
            .map((by): [Child, Child] => [t("by"), <StaffName here={s.here} id={by} />]),
        ]}
      />
      {run.state === "ready" &&
        has(s.who, MONEY) &&
        (isMine(s, run.askedBy) ? (
          <>
            <p>{t("anotherDecides")}</p>
            <Press {...{ s }} to={`${RUNS}/${run.id}/refuse`} says={t("giveUp")} />
          </>
        ) : (
          <Actions>
            <Press {...{ s }} to={`${RUNS}/${run.id}/approve`} says={t("approveIssue")} />
            <Press {...{ s }} to={`${RUNS}/${run.id}/refuse`} says={t("giveUp")} />
          </Actions>
        ))}
      <Actions>
        {isUnderWay && <LinkButton href={here.url(`${RUNS}/${run.id}`)}>{t("lookAgain")}</LinkButton>}
        <LinkButton href={here.url(`${BASE}/assessments?${query}`)} second>
          {t("showAssessments")}
        </LinkButton>
      </Actions>
      {run.problems.length > 0 && (
        <Table
          caption={t("problems")}
          head={[s.a("number"), s.a("what")]}
          rows={run.problems.map(({ entryId, number, why }) => [
            <a href={here.url(`${BASE}/entries/${entryId}`)}>
              <bdi>{number}</bdi>
            </a>,
            t(why),
          ])}
        />
      )}
    </>
  );
}
