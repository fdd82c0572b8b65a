import type { Context } from "hono";
import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { renderSVG } from "uqr";
import { z } from "zod";
import { Actions, Facts, Field, Form, LinkButton, Notice, Pager, Table, Tag } from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import { invalid } from "../../shared/errors.ts";
import { form, parsed } from "../../shared/http.ts";
import { newId } from "../../shared/ids.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { accountIdOf, accountsBy } from "../accounts/events.ts";
import { BillById } from "../billing/events.ts";
import { billQr } from "../payments/events.ts";
import { STAFF } from "./access.ts";
import { attempt, BASE, crumbs, type Given, isMine, type Mistake, money, nameIn, type Shown, shown } from "./desk.tsx";
import { askCancellation, decideCancellation, dueList, dueOf, feesInUse, isAskedFor, raiseDue } from "./dues.ts";
import { Typed } from "./entry-pages.tsx";
import { feePages } from "./fee-pages.tsx";
import { roundPages } from "./round-pages.tsx";
import { NewCancellation, NewDue, type SingleDue } from "./schema.ts";
import { factText, Mistakes, PayLinks, Press } from "./views.tsx";

const DUES = `${BASE}/dues`;
const A_PAGE = 30;

export function duePages(app: CityApp): void {
  const list = async (c: Context<CityEnv>, mistakes: Mistake[] = [], given: Given = {}) => {
    const s = shown(c);
    const isAsked = c.req.query("asked") === "yes";
    const [{ dues, next }, fees] = await Promise.all([
      dueList(s.here, { limit: A_PAGE, cursor: c.req.query("cursor"), isAsked }),
      feesInUse(s.here),
    ]);
    const error = (name: string) => mistakes.find(({ field }) => field === name)?.detail;
    const more = new URLSearchParams({ ...(isAsked ? { asked: "yes" } : {}), ...(next ? { cursor: next } : {}) });
    return page(
      c,
      {
        title: s.t("dues"),
        lead: s.t("duesLead"),
        crumbs: crumbs(s),
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <>
        <Mistakes {...{ s, mistakes }} />
        {fees.length === 0 ? (
          <p>
            <a href={s.here.url(`${BASE}/fees`)}>{s.t("noFees")}</a>
          </p>
        ) : (
          <Form action={s.here.url(DUES)} csrf={s.csrf} submit={s.t("raiseDo")}>
            <input type="hidden" name="id" value={given["id"] ?? newId("due", s.here.clock.now())} />
            <Field
              label={s.t("fee")}
              name="fee"
              type="select"
              value={given["fee"]}
              error={error("fee")}
              options={fees.map((fee) => [
                fee.code,
                `${fee.code} · ${nameIn(fee.names, s.lang)} · ${money(s, fee.netMinor, fee.currency)}`,
              ])}
            />
            <Field
              label={s.t("quantity")}
              name="quantity"
              inputmode="numeric"
              value={given["quantity"] ?? "1"}
              error={error("quantity")}
            />
            <Field
              label={s.t("accountOptional")}
              hint={s.t("accountHint")}
              name="account"
              value={given["account"]}
              error={error("account")}
              maxlength={30}
            />
            <Field
              label={s.t("note")}
              hint={s.t("noteHint")}
              name="note"
              value={given["note"]}
              error={error("note")}
              maxlength={200}
            />
          </Form>
        )}
        {dues.length === 0 ? (
          <p>{s.t("noDues")}</p>
        ) : (
          <Table
            caption={s.t("dues")}
            head={[s.t("raisedOn"), s.t("fee"), s.a("total"), s.t("reference"), s.t("state")]}
            numeric={[2]}
            rows={dues.map((due) => [
              <a href={s.here.url(`${DUES}/${due.id}`)}>{cityMoment(due.raisedAt, s)}</a>,
              nameIn(due.names, s.lang),
              money(s, due.totalMinor, due.currency),
              <bdi style="white-space:nowrap">{due.reference ?? ""}</bdi>,
              stateName(s, due),
            ])}
          />
        )}
        {next && <Pager next={[s.here.url(`${DUES}?${more}`), s.t("more")]} />}
      </>,
    );
  };
  app.get(DUES, needs(...STAFF), (c) => list(c));
  app.post(DUES, needs(...STAFF), (c) =>
    attempt(
      c,
      async () => {
        const { account, quantity, ...rest } = await form(c, Typed);
        const accountId = account === undefined ? undefined : await accountIdOf(c.var.here, account);
        if (account !== undefined && accountId === undefined)
          throw invalid("#/account", "There is no account with this number.");
        const asked = parsed(NewDue, {
          ...rest,
          ...(quantity === undefined ? {} : { quantity: Number(quantity) }),
          ...(accountId === undefined ? {} : { accountId }),
        });
        return `${DUES}/${(await raiseDue(c.var.here, asked, whoId(c.var.who))).due.id}`;
      },
      (mistakes, given) => list(c, mistakes, given),
    ),
  );

  const one = async (c: Context<CityEnv>, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const due = await dueOf(s.here, c.req.param("id") ?? "");
    const accounts = await accountsBy(s.here, [due.accountId]);
    const bill = due.billId === undefined ? undefined : await s.here.ask(BillById, { billId: due.billId });
    return page(
      c,
      {
        title: nameIn(due.names, s.lang),
        crumbs: crumbs(s, [s.t("dues"), DUES]),
        status: mistakes.length > 0 ? 422 : 200,
      },
      <>
        <Mistakes {...{ s, mistakes }} />
        <DueView {...{ s, due, accounts }} dueMinor={bill?.dueMinor ?? 0} />
        <CancelView {...{ s, due, mistakes }} />
      </>,
    );
  };
  app.get(`${DUES}/:id`, needs(...STAFF), (c) => one(c));
  const act = (verb: string, run: (c: Context<CityEnv>, id: string) => Promise<SingleDue>) =>
    app.post(`${DUES}/:id/${verb}`, needs(...STAFF), (c) =>
      attempt(
        c,
        async () => `${DUES}/${(await run(c, c.req.param("id"))).id}`,
        (mistakes) => one(c, mistakes),
      ),
    );
  act("cancel", async (c, id) => {
    const { reason } = await form(c, NewCancellation);
    return askCancellation(c.var.here, id, reason, whoId(c.var.who));
  });
  act("decide", async (c, id) => {
    const { agrees } = await form(c, z.strictObject({ agrees: z.enum(["yes", "no"]) }));
    return decideCancellation(c.var.here, id, agrees === "yes", whoId(c.var.who));
  });
  feePages(app);
  roundPages(app);
}

const stateName = (s: Shown, { state }: SingleDue): string => (state === "raising" ? s.t("running") : s.t(state));

/** What was raised, and its bill for a wallet's camera. */
function DueView({
  s,
  due,
  accounts,
  dueMinor,
}: {
  s: Shown;
  due: SingleDue;
  accounts: Map<string, string>;
  dueMinor: number;
}) {
  const { t, a, here } = s;
  const { reference, billId, reduced } = due;
  const bill = (id: string, text: Child) => <a href={here.url(`/bills/${id}`)}>{text}</a>;
  return (
    <>
      <Facts
        items={[
          [t("state"), <Tag kind={due.state === "raised" ? "info" : "warning"}>{stateName(s, due)}</Tag>],
          ...(reference
            ? [
                [
                  t("reference"),
                  <strong style="white-space:nowrap">
                    <bdi>{reference}</bdi>
                  </strong>,
                ] as const,
              ]
            : []),
          [t("fee"), `${due.fee} × ${due.quantity}`],
          [a("total"), money(s, due.totalMinor, due.currency)],
          ...(reduced
            ? ([
                [t("reducedAmount"), money(s, reduced.netMinor + reduced.vatMinor, due.currency)],
                [t("enoughUntil"), cityMoment(reduced.until, s)],
                ...(reduced.restBillId
                  ? [[t(reduced.restBack ? "restBack" : "restBill"), bill(reduced.restBillId, t("toBill"))] as const]
                  : []),
                ...(reduced.restBack?.owedBackMinor
                  ? [[a("owedBack"), money(s, reduced.restBack.owedBackMinor, due.currency)] as const]
                  : []),
              ] as const)
            : []),
          [t("unpaid"), <strong>{money(s, dueMinor, due.currency)}</strong>],
          ...(due.accountId ? [[a("accountId"), factText(s, "accountId", due.accountId, accounts)] as const] : []),
          ...(due.note ? [[t("note"), due.note] as const] : []),
          [t("raisedOn"), cityMoment(due.raisedAt, s)],
        ]}
      />
      {reference && dueMinor > 0 && (
        <>
          <figure style="max-inline-size:14rem;margin-inline:0">
            {raw(
              renderSVG(
                billQr({ reference, kind: due.kind, amountMinor: dueMinor, currency: due.currency, city: here.city }),
                { border: 2, ecc: "M" },
              ),
            )}
            <figcaption>{t("scan")}</figcaption>
          </figure>
          <Actions>
            {billId && <LinkButton href={here.url(`/bills/${billId}`)}>{t("toBill")}</LinkButton>}
            <PayLinks {...{ s, reference }} />
          </Actions>
        </>
      )}
    </>
  );
}

function CancelView({ s, due, mistakes }: { s: Shown; due: SingleDue; mistakes: Mistake[] }) {
  const { t } = s;
  const path = `${DUES}/${due.id}`;
  const { cancellation } = due;
  if (due.state === "raised")
    return (
      <>
        <h2>{t("cancel")}</h2>
        <Form action={s.here.url(`${path}/cancel`)} csrf={s.csrf} submit={t("cancelAsk")}>
          <Field
            label={t("reason")}
            name="reason"
            error={mistakes.find(({ field }) => field === "reason")?.detail}
            required
            maxlength={200}
          />
        </Form>
      </>
    );
  if (!cancellation) return null;
  return (
    <>
      <Notice kind="warning">{t("cancelAsked", { reason: cancellation.reason })}</Notice>
      {isAskedFor(due) &&
        (isMine(s, cancellation.askedBy) ? (
          <p>{t("anotherDecides")}</p>
        ) : (
          <Actions>
            {(due.state === "cancelling" ? (["yes"] as const) : (["yes", "no"] as const)).map((agrees) => (
              <Press {...{ s }} to={`${path}/decide`} says={t(agrees === "yes" ? "agree" : "disagree")}>
                <input type="hidden" name="agrees" value={agrees} />
              </Press>
            ))}
          </Actions>
        ))}
    </>
  );
}
