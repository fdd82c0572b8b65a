import { randomUUID } from "node:crypto";
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { positiveMinorOf } from "../../shared/amounts.ts";
import { Actions, ErrorSummary, Facts, Form, Pager, Table, Tag } from "../../shared/components.tsx";
import {
  faults,
  fieldMistakes,
  form,
  givenIn,
  idempotent,
  json,
  jsonBody,
  paged,
  sentBefore,
  sentForm,
  sentOnce,
} from "../../shared/http.ts";
import { decimalOf, formatMoney } from "../../shared/money.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { approveRelief, askRelief, hasPartIn, newRelief, refuseRelief, reliefList, reliefOf } from "./reliefs.ts";
import { type Bill, NewRelief, Relief } from "./schema.ts";
import { billStore } from "./store.ts";
import { billTexts } from "./texts.ts";
import { type Mistake, ReliefForm } from "./views.tsx";

// Less due than was billed: who asks, and who decides.

const ASKERS = ["agent", "treasurer"] as const;
const DECIDERS = ["treasurer", "administrator"] as const;
const READERS = ["agent", "treasurer", "administrator"] as const;
/** As typed: the amount in the main unit of the currency. */
const Typed = NewRelief.extend({
  amount: z.string().max(30).optional(),
  sure: z.literal("yes").optional(),
  /** Of the page that it was read back on: sent twice from there, it is asked for once. */
  form: z.uuid().optional(),
});
const ById = z.object({ id: z.string().max(60) });
const REFUSALS = ["malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid"] as const;
const guarded = (...needed: Parameters<typeof needs>) => ({ middleware: needs(...needed), ...secured(...needed) });

const ask = createRoute({
  method: "post",
  path: "/v1/bills/{id}/reliefs",
  summary: "Ask for a credit note or a write-off; another person approves it. With an Idempotency-Key",
  ...guarded(...ASKERS),
  request: { params: ById, body: jsonBody(NewRelief) },
  responses: { 201: json(Relief, "Asked for"), ...faults(...REFUSALS) },
});
const list = createRoute({
  method: "get",
  path: "/v1/reliefs",
  summary: "Credit notes and write-offs that wait for a decision; with done=yes those that were decided",
  ...guarded(...READERS),
  request: { query: paged().extend({ done: z.enum(["yes", "no"]).default("no") }) },
  responses: {
    200: json(z.object({ reliefs: z.array(Relief), next: z.string().optional() }), "Reliefs"),
    ...faults("unauthenticated", "forbidden", "invalid"),
  },
});
const one = createRoute({
  method: "get",
  path: "/v1/reliefs/{id}",
  summary: "One credit note or write-off",
  ...guarded(...READERS),
  request: { params: ById },
  responses: { 200: json(Relief, "The relief"), ...faults("unauthenticated", "forbidden", "absent") },
});
const approve = createRoute({
  method: "post",
  path: "/v1/reliefs/{id}/approval",
  summary: "Approve what somebody else asked for: from here on less is due",
  ...guarded(...DECIDERS),
  request: { params: ById },
  responses: { 200: json(Relief, "Approved"), ...faults(...REFUSALS) },
});
const refuse = createRoute({
  method: "post",
  path: "/v1/reliefs/{id}/refusal",
  summary: "Refuse it",
  ...guarded(...DECIDERS),
  request: { params: ById },
  responses: { 200: json(Relief, "Refused"), ...faults(...REFUSALS) },
});

export function reliefRoutes(app: CityApp): void {
  app.openapi(ask, async (c) => {
    const [{ id }, asks] = [c.req.valid("param"), c.req.valid("json")];
    return (await idempotent(c, asks, async (record) => {
      const relief = await askRelief(c.var.here, id, asks, whoId(c.var.who), (made) => [
        record({ status: 201, answer: made }),
      ]);
      return { status: 201, answer: relief };
    })) as never;
  });
  app.openapi(list, async (c) => {
    const { done, ...at } = c.req.valid("query");
    return c.json(await reliefList(c.var.here, { ...at, isDone: done === "yes" }), 200);
  });
  app.openapi(one, async (c) => c.json(await reliefOf(c.var.here, c.req.valid("param").id), 200));
  app.openapi(approve, async (c) =>
    c.json(await approveRelief(c.var.here, c.req.valid("param").id, whoId(c.var.who)), 200),
  );
  app.openapi(refuse, async (c) =>
    c.json(await refuseRelief(c.var.here, c.req.valid("param").id, whoId(c.var.who)), 200),
  );

  const PATH = "/staff/billing/reliefs";
  const crumbs = (c: Context<CityEnv>): [string, string][] => {
    const { here, lang } = c.var;
    const t = billTexts.in(lang);
    return [
      [t("staff"), here.url("/staff")],
      [t("billing"), here.url("/staff/billing")],
    ];
  };
  /** The form once more with its mistakes, or what it asks for, to be said yes to. */
  const asking = (
    c: Context<CityEnv>,
    bill: Bill,
    given: Record<string, string>,
    mistakes: Mistake[],
    asked?: Relief,
  ) => {
    const { here, lang, csrf } = c.var;
    const t = billTexts.in(lang);
    const status = mistakes.length > 0 ? 422 : 200;
    return page(
      c,
      { title: t(asked ? "reliefSure" : "askRelief"), crumbs: crumbs(c), status },
      asked ? (
        <>
          <Facts
            items={[
              [t("reference"), <bdi>{asked.reference}</bdi>],
              [t("what"), t(asked.kind)],
              [t("amount"), <strong>{formatMoney(asked.amountMinor, asked.currency, lang)}</strong>],
              [t("reason"), asked.reason],
            ]}
          />
          <Form
            action={here.url(`/staff/billing/bills/${bill.id}/reliefs`)}
            csrf={csrf}
            submit={t("reliefDo", { amount: formatMoney(asked.amountMinor, asked.currency, lang) })}
          >
            <input type="hidden" name="kind" value={asked.kind} />
            <input type="hidden" name="amount" value={decimalOf(asked.amountMinor, asked.currency)} />
            <input type="hidden" name="reason" value={asked.reason} />
            <input type="hidden" name="sure" value="yes" />
            <input type="hidden" name="form" value={randomUUID()} />
          </Form>
          <p>
            <a href={here.url(`/bills/${bill.id}`)}>{t("reliefBack")}</a>
          </p>
        </>
      ) : (
        <>
          <ErrorSummary title={t("mistakes")} errors={mistakes} />
          <ReliefForm s={{ t, lang, here, csrf }} {...{ bill, given, mistakes }} />
        </>
      ),
    );
  };
  const desk = async (c: Context<CityEnv>, mistakes: Mistake[] = []) => {
    const { here, lang, csrf, who } = c.var;
    const t = billTexts.in(lang);
    const isDone = c.req.query("done") === "yes";
    const { reliefs, next } = await reliefList(here, { limit: 50, cursor: c.req.query("cursor"), isDone });
    const mayDecide = who.kind === "person" && who.roles.some((role) => DECIDERS.some((one) => one === role));
    const decide = (relief: Relief) =>
      mayDecide && !hasPartIn(relief, whoId(who)) ? (
        <Actions>
          <Form action={here.url(`${PATH}/${relief.id}/approve`)} csrf={csrf} submit={t("approve")} />
          <Form action={here.url(`${PATH}/${relief.id}/refuse`)} csrf={csrf} submit={t("refuse")} />
        </Actions>
      ) : (
        t("anotherDecides")
      );
    return page(
      c,
      {
        title: t("reliefs"),
        lead: t("reliefsLead"),
        crumbs: crumbs(c),
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <>
        {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
        {reliefs.length === 0 ? (
          <p>{t("noReliefs")}</p>
        ) : (
          <Table
            caption={t("reliefs")}
            head={[t("reference"), t("what"), t("amount"), t("reason"), t("state")]}
            numeric={[2]}
            rows={reliefs.map((relief) => [
              <a href={here.url(`/bills/${relief.billId}`)}>
                <bdi style="white-space:nowrap">{relief.reference}</bdi>
              </a>,
              t(relief.kind),
              formatMoney(relief.amountMinor, relief.currency, lang),
              relief.reason,
              relief.state === "asked" ? decide(relief) : <Tag kind="info">{t(relief.state)}</Tag>,
            ])}
          />
        )}
        {next && (
          <Pager
            next={[here.url(`${PATH}?${isDone ? "done=yes&" : ""}cursor=${encodeURIComponent(next)}`), t("more")]}
          />
        )}
        <p>
          <a href={here.url(isDone ? PATH : `${PATH}?done=yes`)}>{t(isDone ? "toDecide" : "decided")}</a>
        </p>
      </>,
    );
  };
  /** Does what a form asks for, and shows the list with the mistake otherwise. */
  const sent = (c: Context<CityEnv>, work: () => Promise<unknown>) =>
    sentForm(c, work, PATH, (error) => desk(c, fieldMistakes(error)));
  app.get(PATH, needs(...READERS), (c) => desk(c));
  app.post("/staff/billing/bills/:id/reliefs", needs(...ASKERS), async (c) => {
    const { here } = c.var;
    const bill = await billStore(here).get(c.req.param("id"));
    try {
      const { amount, sure, form: tapped, ...asks } = await form(c, Typed);
      if (amount !== undefined) asks.amountMinor = positiveMinorOf(amount, bill.currency, "amount");
      const by = whoId(c.var.who);
      // The amount is read back as it was understood before anything is kept.
      if (sure === undefined) return asking(c, bill, {}, [], await newRelief(here, bill.id, asks, by));
      await askRelief(here, bill.id, asks, by, () => sentOnce(c, tapped)).catch(sentBefore);
      return c.redirect(here.url(PATH), 303);
    } catch (error) {
      const mistakes = fieldMistakes(error).map(({ field, detail }) => ({
        field: field === "amountMinor" ? "amount" : field,
        detail,
      }));
      return asking(c, bill, await givenIn(c), mistakes);
    }
  });
  app.post(`${PATH}/:id/approve`, needs(...DECIDERS), (c) =>
    sent(c, () => approveRelief(c.var.here, c.req.param("id"), whoId(c.var.who))),
  );
  app.post(`${PATH}/:id/refuse`, needs(...DECIDERS), (c) =>
    sent(c, () => refuseRelief(c.var.here, c.req.param("id"), whoId(c.var.who))),
  );
}
