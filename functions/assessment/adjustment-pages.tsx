import type { Context } from "hono";
import { Actions, Pager, Table, Tag } from "../../shared/components.tsx";
import { StaffName } from "../../shared/identity/staff-name.tsx";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { accountsBy } from "../accounts/events.ts";
import { has, MONEY, STAFF } from "./access.ts";
import { adjustmentList, approveAdjustment, refuseAdjustment } from "./adjusting.ts";
import { attempt, BASE, crumbs, isMine, type Mistake, money, type Shown, shown } from "./desk.tsx";
import type { Adjustment } from "./schema.ts";
import { Mistakes, Press } from "./views.tsx";

const A_PAGE = 50;
const ADJUSTMENTS = `${BASE}/adjustments`;

/** What changed facts make another of bills, for the second person. */
export function adjustmentPages(app: CityApp): void {
  const list = async (c: Context<CityEnv>, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const isDone = c.req.query("done") === "yes";
    const at = { limit: A_PAGE, cursor: c.req.query("cursor"), isDone };
    const { adjustments, next } = await adjustmentList(s.here, at);
    const accounts = await accountsBy(
      s.here,
      adjustments.flatMap(({ differences }) => differences.map(({ accountId }) => accountId)),
    );
    const more = new URLSearchParams({ ...(isDone ? { done: "yes" } : {}), ...(next ? { cursor: next } : {}) });
    return page(
      c,
      {
        title: s.t("corrections"),
        lead: s.t("correctionsLead"),
        crumbs: crumbs(s),
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <>
        <Mistakes {...{ s, mistakes }} />
        {adjustments.length === 0 ? (
          <p>{s.t("noCorrections")}</p>
        ) : (
          <Table
            caption={s.t("corrections")}
            head={[s.a("number"), s.a("period"), s.a("what"), s.t("by"), s.t("state")]}
            rows={adjustments.map((one) => [
              <a href={s.here.url(`${BASE}/assessments/${one.assessmentId}`)}>
                <bdi>{one.number}</bdi>
              </a>,
              one.period,
              <ul>
                {one.differences.map(({ accountId, wasMinor, nowMinor }) => (
                  <li>
                    {`${accountId ? `${accounts.get(accountId) ?? accountId}: ` : ""}${s.t("was")} ${money(s, wasMinor, one.currency)}, ${s.t("now")} ${money(s, nowMinor, one.currency)}`}
                  </li>
                ))}
              </ul>,
              <StaffName here={s.here} id={one.askedBy} />,
              <Decision {...{ s, one }} />,
            ])}
          />
        )}
        {next && <Pager next={[s.here.url(`${ADJUSTMENTS}?${more}`), s.t("more")]} />}
        <p>
          <a href={s.here.url(isDone ? ADJUSTMENTS : `${ADJUSTMENTS}?done=yes`)}>
            {s.t(isDone ? "toDecide" : "decidedOnes")}
          </a>
        </p>
      </>,
    );
  };
  app.get(ADJUSTMENTS, needs(...STAFF), (c) => list(c));
  for (const [verb, run] of [
    ["approve", approveAdjustment],
    ["refuse", refuseAdjustment],
  ] as const)
    app.post(`${ADJUSTMENTS}/:id/${verb}`, needs(...MONEY), (c) =>
      attempt(
        c,
        async () => {
          await run(c.var.here, c.req.param("id"), whoId(c.var.who));
          return ADJUSTMENTS;
        },
        (mistakes) => list(c, mistakes),
      ),
    );
}

/** What became of a correction, or the buttons of whoever may decide. */
function Decision({ s, one }: { s: Shown; one: Adjustment }) {
  const { t } = s;
  const amount = (minor: number) => money(s, minor, one.currency);
  if (one.state === "asked")
    return isMine(s, one.askedBy) || !has(s.who, MONEY) ? (
      <p>{t("anotherDecides")}</p>
    ) : (
      <Actions>
        <Press {...{ s }} to={`${ADJUSTMENTS}/${one.id}/approve`} says={t("approve")} />
        <Press {...{ s }} to={`${ADJUSTMENTS}/${one.id}/refuse`} says={t("refuse")} />
      </Actions>
    );
  const { raisedMinor = 0, creditedMinor = 0, owedBackMinor = 0 } = one.outcome ?? {};
  return (
    <>
      <Tag>{t(one.state)}</Tag>
      {raisedMinor > 0 && <p>{t("raisedMore", { amount: amount(raisedMinor) })}</p>}
      {creditedMinor > 0 && <p>{t("creditedLess", { amount: amount(creditedMinor) })}</p>}
      {owedBackMinor > 0 && <p>{t("owedBackLess", { amount: amount(owedBackMinor) })}</p>}
    </>
  );
}
