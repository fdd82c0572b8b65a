import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { Actions, ErrorSummary, Form, Pager, Table, Tag } from "../../shared/components.tsx";
import { faults, fieldMistakes, form, idempotent, json, jsonBody, paged } from "../../shared/http.ts";
import { formatMoney } from "../../shared/money.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { approveRelief, askRelief, refuseRelief, reliefList, reliefOf } from "./reliefs.ts";
import { NewRelief, Relief } from "./schema.ts";
import { billTexts } from "./texts.ts";

// Less due than was billed: who asks, and who decides.

const ASKERS = ["agent", "treasurer"] as const;
const DECIDERS = ["treasurer", "administrator"] as const;
const READERS = ["agent", "treasurer", "administrator"] as const;
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
  const desk = async (c: Context<CityEnv>, mistakes: { field: string; detail: string }[] = []) => {
    const { here, lang, csrf, who } = c.var;
    const t = billTexts.in(lang);
    const isDone = c.req.query("done") === "yes";
    const { reliefs, next } = await reliefList(here, { limit: 50, cursor: c.req.query("cursor"), isDone });
    const mayDecide = who.kind === "person" && who.roles.some((role) => DECIDERS.some((one) => one === role));
    const decide = (relief: Relief) =>
      mayDecide && relief.askedBy !== whoId(who) ? (
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
        crumbs: [
          [t("staff"), here.url("/staff")],
          [t("billing"), here.url("/staff/billing")],
        ],
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
  const sent = async (c: Context<CityEnv>, work: () => Promise<unknown>) => {
    try {
      await work();
      return c.redirect(c.var.here.url(PATH), 303);
    } catch (error) {
      return desk(c, fieldMistakes(error));
    }
  };
  app.get(PATH, needs(...READERS), (c) => desk(c));
  const Asked = NewRelief.extend({ amountMinor: z.coerce.number().int().positive().max(1_000_000_000_000).optional() });
  app.post("/staff/billing/bills/:id/reliefs", needs(...ASKERS), (c) =>
    sent(c, async () => askRelief(c.var.here, c.req.param("id"), await form(c, Asked), whoId(c.var.who))),
  );
  app.post(`${PATH}/:id/approve`, needs(...DECIDERS), (c) =>
    sent(c, () => approveRelief(c.var.here, c.req.param("id"), whoId(c.var.who))),
  );
  app.post(`${PATH}/:id/refuse`, needs(...DECIDERS), (c) =>
    sent(c, () => refuseRelief(c.var.here, c.req.param("id"), whoId(c.var.who))),
  );
}
