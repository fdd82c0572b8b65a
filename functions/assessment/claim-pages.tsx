import type { Context } from "hono";
import { Facts, Field, Form, Pager, Table, Tag } from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import { form, parsed } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { accountsBy } from "../accounts/events.ts";
import { has, KEEPERS, STAFF } from "./access.ts";
import { claimList, claimOf, decideClaim } from "./claims.ts";
import { attempt, BASE, crumbs, type Given, type Mistake, type Shown, shown } from "./desk.tsx";
import { daysOf } from "./domain.ts";
import { factsTyped, Typed } from "./entry-pages.tsx";
import { type Claim, ClaimDecision, type Entry } from "./schema.ts";
import { rollStore } from "./store.ts";
import { FactFields, Mistakes, Timeline } from "./views.tsx";

const CLAIMS = `${BASE}/claims`;
const A_PAGE = 50;

/** What payers object to, for whoever decides. */
export function claimPages(app: CityApp): void {
  app.get(CLAIMS, needs(...STAFF), async (c) => {
    const s = shown(c);
    const isDone = c.req.query("done") === "yes";
    const { claims, next } = await claimList(s.here, { limit: A_PAGE, cursor: c.req.query("cursor"), isDone });
    const more = new URLSearchParams({ ...(isDone ? { done: "yes" } : {}), ...(next ? { cursor: next } : {}) });
    return page(
      c,
      { title: s.t("claims"), lead: s.t("claimsLead"), crumbs: crumbs(s), wide: true },
      <>
        {claims.length === 0 ? (
          <p>{s.t("noClaims")}</p>
        ) : (
          <Table
            caption={s.t("claims")}
            head={[s.a("number"), s.a("period"), s.t("payerSays"), s.t("state")]}
            rows={claims.map((claim) => [
              <a href={s.here.url(`${CLAIMS}/${claim.id}`)}>
                <bdi>{claim.number}</bdi>
              </a>,
              claim.period,
              claim.text.length > 80 ? `${claim.text.slice(0, 80)}…` : claim.text,
              <Tag kind={claim.state === "open" ? "warning" : "info"}>{s.t(claim.state)}</Tag>,
            ])}
          />
        )}
        {next && <Pager next={[s.here.url(`${CLAIMS}?${more}`), s.t("more")]} />}
        <p>
          <a href={s.here.url(isDone ? CLAIMS : `${CLAIMS}?done=yes`)}>{s.t(isDone ? "toDecide" : "decidedOnes")}</a>
        </p>
      </>,
    );
  });

  const one = async (c: Context<CityEnv>, mistakes: Mistake[] = [], given: Given = {}) => {
    const s = shown(c);
    const claim = await claimOf(s.here, c.req.param("id") ?? "");
    const entry = await rollStore(s.here.table).get(claim.entryId);
    const accounts = await accountsBy(s.here, [claim.accountId, ...entry.spells.map(({ facts }) => facts.accountId)]);
    return page(
      c,
      {
        title: s.t("claimTitle", { number: claim.number, period: claim.period }),
        crumbs: crumbs(s, [s.t("claims"), CLAIMS]),
        status: mistakes.length > 0 ? 422 : 200,
      },
      <>
        <Mistakes {...{ s, mistakes }} />
        <Facts
          items={[
            [s.t("payerSays"), claim.text],
            [s.a("accountId"), accounts.get(claim.accountId) ?? claim.accountId],
            [s.t("when"), cityMoment(claim.madeAt, s)],
            [s.t("state"), <Tag>{s.t(claim.state)}</Tag>],
            ...(claim.answer ? [[s.t("answer"), claim.answer] as const] : []),
          ]}
        />
        <p>
          <a href={s.here.url(`${BASE}/assessments/${claim.assessmentId}`)}>{s.a("assessmentLead")}</a>
        </p>
        <Timeline {...{ s, accounts }} kind={entry.kind} spells={entry.spells} caption={s.t("timeline")} />
        {claim.state === "open" && has(s.who, KEEPERS) && <DecideForms {...{ s, claim, entry, mistakes, given }} />}
      </>,
    );
  };
  app.get(`${CLAIMS}/:id`, needs(...STAFF), (c) => one(c));
  const decide = (verb: "accept" | "refuse", read: (c: Context<CityEnv>) => Promise<ClaimDecision>) =>
    app.post(`${CLAIMS}/:id/${verb}`, needs(...KEEPERS), (c) =>
      attempt(
        c,
        async () =>
          `${CLAIMS}/${(await decideClaim(c.var.here, c.req.param("id"), await read(c), whoId(c.var.who))).id}`,
        (mistakes, given) => one(c, mistakes, given),
      ),
    );
  decide("refuse", async (c) => parsed(ClaimDecision, { ...(await form(c, Typed)), accepts: false }));
  decide("accept", async (c) => {
    const { answer, from, ...typed } = await form(c, Typed);
    const facts = await factsTyped(shown(c), typed, true);
    const change = Object.keys(facts).length === 0 ? {} : { change: { from, facts } };
    return parsed(ClaimDecision, { accepts: true, answer, ...change });
  });
}

function DecideForms({
  s,
  claim,
  entry,
  mistakes,
  given,
}: {
  s: Shown;
  claim: Claim;
  entry: Entry;
  mistakes: Mistake[];
  given: Given;
}) {
  const { t } = s;
  const error = (name: string) => mistakes.find(({ field }) => field === name)?.detail;
  const path = s.here.url(`${CLAIMS}/${claim.id}`);
  const answer = (id: string) => (
    <Field
      label={t("answer")}
      name="answer"
      id={id}
      type="textarea"
      value={given["answer"]}
      error={error("answer")}
      required
      maxlength={1000}
    />
  );
  return (
    <>
      <h2>{t("accept")}</h2>
      <p>{t("acceptLead")}</p>
      <Form action={`${path}/accept`} csrf={s.csrf} submit={t("accept")}>
        <Field
          label={s.a("from")}
          name="from"
          type="date"
          value={given["from"] ?? daysOf(claim.period).from}
          error={error("change") ?? error("from")}
        />
        <FactFields {...{ s, given, mistakes }} kind={entry.kind} withAccount />
        {answer("answer")}
      </Form>
      <h2>{t("refuse")}</h2>
      <Form action={`${path}/refuse`} csrf={s.csrf} submit={t("refuse")}>
        {answer("refusal")}
      </Form>
    </>
  );
}
