import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { basisPointsOf } from "../../shared/amounts.ts";
import { absentIsNone, invalid } from "../../shared/errors.ts";
import { faults, fieldMistakes, form, givenIn, json, jsonBody, paged, parsed, sentForm } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { AccountById, accountIdOf } from "../accounts/events.ts";
import { MetersOfAccounts } from "../meters/events.ts";
import { askExemption, decideExemption, endExemption, exemptionList, exemptionOf } from "./exemptions.ts";
import { Exemption, ExemptionEnd, NewExemption } from "./terms-schema.ts";
import { termsTexts } from "./terms-texts.ts";
import { ExemptionsPage } from "./terms-views.tsx";

// Who pays less, and why: who asks, and who decides.

const ASKERS = ["agent", "treasurer"] as const;
const DECIDERS = ["treasurer", "administrator"] as const;
const READERS = ["agent", "treasurer", "administrator"] as const;
const ById = z.object({ id: z.string().max(60) });
const REFUSALS = faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid");
const guarded = (...needed: Parameters<typeof needs>) => ({ middleware: needs(...needed), ...secured(...needed) });

const ask = createRoute({
  method: "post",
  path: "/v1/exemptions",
  summary: "Ask that an account be exempt, or billed by the social tariff; another person approves it",
  description: "Sent twice with one id, it is asked for once.",
  ...guarded(...ASKERS),
  request: { body: jsonBody(NewExemption) },
  responses: { 201: json(Exemption, "Asked for"), 200: json(Exemption, "Asked for before"), ...REFUSALS },
});
const list = createRoute({
  method: "get",
  path: "/v1/exemptions",
  summary: "Exemptions that wait for a decision; with done=yes those that were decided",
  ...guarded(...READERS),
  request: { query: paged().extend({ done: z.enum(["yes", "no"]).default("no") }) },
  responses: {
    200: json(z.object({ exemptions: z.array(Exemption), next: z.string().optional() }), "Exemptions"),
    ...REFUSALS,
  },
});
const one = createRoute({
  method: "get",
  path: "/v1/exemptions/{id}",
  summary: "One exemption",
  ...guarded(...READERS),
  request: { params: ById },
  responses: { 200: json(Exemption, "The exemption"), ...REFUSALS },
});
const decision = (path: "approval" | "refusal", summary: string) =>
  createRoute({
    method: "post",
    path: `/v1/exemptions/{id}/${path}`,
    summary,
    ...guarded(...DECIDERS),
    request: { params: ById },
    responses: { 200: json(Exemption, "Decided"), ...REFUSALS },
  });
const approve = decision("approval", "Approve what somebody else asked for: new bills follow it");
const refuse = decision("refusal", "Refuse it");
const end = createRoute({
  method: "post",
  path: "/v1/exemptions/{id}/end",
  summary: "End it sooner than was decided: this month is its last",
  ...guarded(...DECIDERS),
  request: { params: ById, body: jsonBody(ExemptionEnd) },
  responses: { 200: json(Exemption, "It ends"), ...REFUSALS },
});

export function exemptionRoutes(app: CityApp): void {
  const by = (c: Context<CityEnv>) => whoId(c.var.who);
  app.openapi(ask, async (c) => {
    const { created, exemption } = await askExemption(c.var.here, c.req.valid("json"), by(c));
    return c.json(exemption, created ? 201 : 200);
  });
  app.openapi(list, async (c) => {
    const { done, ...at } = c.req.valid("query");
    return c.json(await exemptionList(c.var.here, { ...at, isDone: done === "yes" }), 200);
  });
  app.openapi(one, async (c) => c.json(await exemptionOf(c.var.here, c.req.valid("param").id), 200));
  app.openapi(approve, async (c) =>
    c.json(await decideExemption(c.var.here, c.req.valid("param").id, "approved", by(c)), 200),
  );
  app.openapi(refuse, async (c) =>
    c.json(await decideExemption(c.var.here, c.req.valid("param").id, "refused", by(c)), 200),
  );
  app.openapi(end, async (c) =>
    c.json(await endExemption(c.var.here, c.req.valid("param").id, c.req.valid("json").toMonth, by(c)), 200),
  );

  const PATH = "/staff/billing/exemptions";
  const desk = async (c: Context<CityEnv>, error?: unknown) => {
    const { here, lang, csrf, who } = c.var;
    const t = termsTexts.in(lang);
    const mistakes = error === undefined ? [] : fieldMistakes(error);
    const given = mistakes.length > 0 ? await givenIn(c) : {};
    const isDone = c.req.query("done") === "yes";
    const { exemptions, next } = await exemptionList(here, { limit: 50, cursor: c.req.query("cursor"), isDone });
    const numbers = await Promise.all(
      [...new Set(exemptions.map(({ accountId }) => accountId))].map(async (accountId) => {
        const account = await here.ask(AccountById, { accountId }).catch(absentIsNone);
        return [accountId, account?.number ?? accountId] as const;
      }),
    );
    const mayDecide = who.kind === "person" && who.roles.some((role) => DECIDERS.some((each) => each === role));
    return page(
      c,
      {
        title: t("exemptions"),
        lead: t("exemptionsLead"),
        crumbs: [
          [t("staff"), here.url("/staff")],
          [t("billing"), here.url("/staff/billing")],
        ],
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <ExemptionsPage
        {...{ here, lang, csrf, t, exemptions, next, isDone, mistakes, given }}
        numbers={new Map(numbers)}
        path={PATH}
        decidable={(exemption) => mayDecide && exemption.askedBy !== whoId(who)}
        mayEnd={mayDecide}
      />,
    );
  };
  /** Does what a form asks for, and shows the page with the mistake otherwise. */
  const sent = (c: Context<CityEnv>, work: () => Promise<unknown>) =>
    sentForm(c, work, PATH, (error) => desk(c, error));
  app.get(PATH, needs(...READERS), (c) => desk(c));
  app.post(PATH, needs(...ASKERS), (c) =>
    sent(c, async () => {
      const { here } = c.var;
      const { number, meter, percent, ...fields } = await form(c, Fields);
      const accountId = await accountIdOf(here, number);
      if (accountId === undefined)
        throw invalid("#/number", "There is no account, or more than one, that is named so.");
      const meters = meter === undefined ? [] : await here.ask(MetersOfAccounts, { accountIds: [accountId] });
      const found = meters.find(({ serial }) => serial.toUpperCase() === meter?.toUpperCase());
      if (meter !== undefined && !found) throw invalid("#/meter", "The account has no meter of this number.");
      const asks = parsed(NewExemption, {
        ...fields,
        accountId,
        ...(found ? { meterId: found.meterId } : {}),
        basisPoints: fields.what === "social_tariff" ? 10_000 : basisPointsOf(percent, "percent"),
      });
      await askExemption(here, asks, by(c));
    }),
  );
  app.post(`${PATH}/:id/approve`, needs(...DECIDERS), (c) =>
    sent(c, () => decideExemption(c.var.here, c.req.param("id"), "approved", by(c))),
  );
  app.post(`${PATH}/:id/refuse`, needs(...DECIDERS), (c) =>
    sent(c, () => decideExemption(c.var.here, c.req.param("id"), "refused", by(c))),
  );
  app.post(`${PATH}/:id/end`, needs(...DECIDERS), (c) =>
    sent(c, async () => endExemption(c.var.here, c.req.param("id"), (await form(c, ExemptionEnd)).toMonth, by(c))),
  );
}

/** As an agent types it: the account as it is found by, the meter by its serial number, the share in percent. */
const { kind, what, fromMonth, toMonth, reason, evidence } = Exemption.shape;
const Fields = z.strictObject({
  ...{ kind, what, fromMonth, toMonth, reason, evidence },
  number: z.string().max(200),
  meter: z.string().max(60).optional(),
  percent: z.string().max(10).default("100"),
});
