import type { Context } from "hono";
import { Actions, Field, Form, LinkButton, Notice, Pager, Table, Tag } from "../../shared/components.tsx";
import { shortDay } from "../../shared/dates.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { STAFF } from "./access.ts";
import { today } from "./api-rolls.ts";
import { attempt, BASE, crumbs, type Mistake, money, rollCrumb, rollPath, type Shown, shown } from "./desk.tsx";
import { raiseDay, roundOf, type Stop } from "./round.ts";
import { ruleFor } from "./rules.ts";
import type { Roll } from "./schema.ts";
import { rollStore } from "./store.ts";
import { Mistakes, PayLinks, Press } from "./views.tsx";

const STOPS_A_PAGE = 40;

/** A collector's round, on a telephone. */
export function roundPages(app: CityApp): void {
  const round = async (c: Context<CityEnv>, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const roll = await rollStore(s.here.table).roll(c.req.param("roll") ?? "");
    const market = c.req.query("market")?.trim().slice(0, 40) || undefined;
    const at = { limit: STOPS_A_PAGE, cursor: c.req.query("cursor") };
    const path = `${rollPath(roll.code)}/round`;
    const query = market === undefined ? "" : `?market=${encodeURIComponent(market)}`;
    if (!(await ruleFor(s.here, roll.code, today(c)))) return noRound(c, s, roll);
    const found = await roundOf(s.here, roll, market, at);
    const more = new URLSearchParams({ ...(market ? { market } : {}), ...(found.next ? { cursor: found.next } : {}) });
    return page(
      c,
      {
        title: s.t("round"),
        lead: s.t("roundLead"),
        crumbs: crumbs(s, rollCrumb(s, roll)),
        status: mistakes.length > 0 ? 422 : 200,
      },
      <>
        <Mistakes {...{ s, mistakes }} />
        <Form action={s.here.url(path)} csrf="" method="get" submit={s.t("filter")} class="inline">
          <Field label={s.a("market")} name="market" value={market} maxlength={40} />
        </Form>
        {found.stops.length === 0 ? (
          <p>{s.t("noEntries")}</p>
        ) : (
          <Table
            caption={`${market ?? s.t("allMarkets")}, ${shortDay(found.day, s.lang)}`}
            head={[s.a("number"), s.a("amount"), s.t("state")]}
            numeric={[1]}
            rows={found.stops.map((stop) => [
              <bdi>{stop.entry.number}</bdi>,
              "skipped" in stop.offer ? s.t(stop.offer.skipped) : money(s, stop.offer.totalMinor),
              <StopView {...{ s, stop }} to={`${path}/${stop.entry.id}${query}`} />,
            ])}
          />
        )}
        {found.next && <Pager next={[s.here.url(`${path}?${more}`), s.t("more")]} />}
      </>,
    );
  };
  app.get(`${BASE}/rolls/:roll/round`, needs(...STAFF), (c) => round(c));
  app.post(`${BASE}/rolls/:roll/round/:id`, needs(...STAFF), (c) =>
    attempt(
      c,
      async () => {
        await raiseDay(c.var.here, c.req.param("id"), whoId(c.var.who));
        const market = c.req.query("market");
        const query = market ? `?market=${encodeURIComponent(market)}` : "";
        return `${rollPath(c.req.param("roll"))}/round${query}`;
      },
      (mistakes) => round(c, mistakes),
    ),
  );
}

/** A roll without a rule for days says so, with the way to its rules. */
function noRound(c: Context<CityEnv>, s: Shown, roll: Roll) {
  return page(
    c,
    { title: s.t("round"), crumbs: crumbs(s, rollCrumb(s, roll)) },
    <>
      <Notice kind="warning">{s.t("noRules")}</Notice>
      <Actions>
        <LinkButton href={s.here.url(`${rollPath(roll.code)}/rules`)}>{s.t("rules")}</LinkButton>
      </Actions>
    </>,
  );
}

/** One tap, or what became of it. */
function StopView({ s, stop: { offer, raised }, to }: { s: Shown; stop: Stop; to: string }) {
  if (raised)
    return raised.dueMinor > 0 ? (
      <>
        <p>
          <Tag kind="warning">{s.t("unpaid")}</Tag> <bdi style="white-space:nowrap">{raised.reference}</bdi>
        </p>
        <Actions>
          <PayLinks {...{ s }} reference={raised.reference} />
        </Actions>
      </>
    ) : (
      <Tag kind="success">{s.t("paid")}</Tag>
    );
  return "skipped" in offer ? <p>{s.t("nothingToday")}</p> : <Press {...{ s, to }} says={s.t("raiseDo")} />;
}
