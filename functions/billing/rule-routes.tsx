import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { ErrorSummary, Facts, Field, Form, Table } from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import { faults, fieldMistakes, form, json, jsonBody, parsed } from "../../shared/http.ts";
import { StaffName } from "../../shared/identity/staff-name.tsx";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { accountTexts } from "./account-texts.ts";
import { DueKind } from "./events.ts";
import { ruleInForce, rulesBefore, setRule } from "./rule.ts";
import { KeptRule, MatchingRule } from "./schema.ts";
import { kindName } from "./texts.ts";

const READERS = ["agent", "treasurer", "administrator"] as const;
const READ = "scope:billing.bills:read";
const guarded = (...needed: Parameters<typeof needs>) => ({ middleware: needs(...needed), ...secured(...needed) });

const get = createRoute({
  method: "get",
  path: "/v1/matching-rules/current",
  summary: "By which rule payments are matched to dues",
  ...guarded(...READERS, READ),
  responses: { 200: json(KeptRule, "The rule in force"), ...faults("unauthenticated", "forbidden") },
});
const put = createRoute({
  method: "put",
  path: "/v1/matching-rules/current",
  summary: "Set another rule; what was matched before stays as it is",
  ...guarded("treasurer"),
  request: { body: jsonBody(MatchingRule) },
  responses: {
    200: json(KeptRule, "In force from now on"),
    ...faults("malformed", "unauthenticated", "forbidden", "conflict", "invalid"),
  },
});
const list = createRoute({
  method: "get",
  path: "/v1/matching-rules",
  summary: "The rules until now, the latest first, by whom and when they were set",
  ...guarded(...READERS, READ),
  responses: { 200: json(z.object({ rules: z.array(KeptRule) }), "Rules"), ...faults("unauthenticated", "forbidden") },
});

const PATH = "/staff/billing/matching";
/** So many services can be put in order on the page; by the API any number. */
const PLACES = [1, 2, 3, 4] as const;

export function ruleRoutes(app: CityApp): void {
  app.openapi(get, async (c) => c.json(await ruleInForce(c.var.here), 200));
  app.openapi(put, async (c) => c.json(await setRule(c.var.here, c.req.valid("json"), whoId(c.var.who)), 200));
  app.openapi(list, async (c) => c.json({ rules: await rulesBefore(c.var.here) }, 200));

  const desk = async (c: Context<CityEnv>, mistakes: { field: string; detail: string }[] = []) => {
    const { here, lang, csrf, who } = c.var;
    const t = accountTexts.in(lang);
    const rules = await rulesBefore(here);
    const now = rules[0]!;
    const maySet = who.kind === "person" && who.roles.includes("treasurer");
    const kinds = (rule: KeptRule) => rule.kinds.map((kind) => kindName(kind, lang)).join(", ");
    const moment = (at: string | undefined) => (at === undefined ? t("theHouse") : cityMoment(at, { here, lang }));
    const services = [
      ["", t("none")] as const,
      ...DueKind.options.map((kind) => [kind, kindName(kind, lang)] as const),
    ];
    const error = (field: string) => mistakes.find((mistake) => mistake.field === field)?.detail;
    return page(
      c,
      {
        title: t("rule"),
        lead: t("ruleLead"),
        crumbs: [
          [t("staff"), here.url("/staff")],
          [t("billing"), here.url("/staff/billing")],
        ],
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <>
        {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
        <h2>{t("ruleNow")}</h2>
        <Facts
          items={[
            [t("order"), t(now.order)],
            ...(now.kinds.length > 0 ? [[t("kinds"), kinds(now)] as const] : []),
            [t("named"), t(`named_${now.named}`)],
            [t("beyond"), t(`beyond_${now.beyond}`)],
          ]}
        />
        {maySet && (
          <>
            <h2>{t("ruleNew")}</h2>
            <Form action={here.url(PATH)} csrf={csrf} submit={t("ruleDo")}>
              <Field
                label={t("order")}
                name="order"
                type="radio"
                options={MatchingRule.shape.order.unwrap().options.map((order) => [order, t(order)])}
                value={now.order}
                error={error("order")}
              />
              {PLACES.map((place) => (
                <Field
                  label={t("kindPlace", { place })}
                  name={`kind${place}`}
                  type="select"
                  options={services}
                  value={now.kinds[place - 1] ?? ""}
                  error={place === 1 ? error("kinds") : undefined}
                />
              ))}
              <Field
                label={t("named")}
                name="named"
                type="radio"
                options={MatchingRule.shape.named.unwrap().options.map((named) => [named, t(`named_${named}`)])}
                value={now.named}
                error={error("named")}
              />
              <Field
                label={t("beyond")}
                name="beyond"
                type="radio"
                options={MatchingRule.shape.beyond.unwrap().options.map((beyond) => [beyond, t(`beyond_${beyond}`)])}
                value={now.beyond}
                error={error("beyond")}
              />
            </Form>
          </>
        )}
        <Table
          caption={t("rulesBefore")}
          head={[t("version"), t("from"), t("by"), t("order"), t("kinds"), t("named"), t("beyond")]}
          rows={rules.map((rule) => [
            String(rule.version),
            moment(rule.setAt),
            rule.setBy ? <StaffName here={here} id={rule.setBy} /> : "–",
            t(rule.order),
            kinds(rule) || "–",
            t(`named_${rule.named}`),
            t(`beyond_${rule.beyond}`),
          ])}
        />
      </>,
    );
  };
  app.get(PATH, needs(...READERS), (c) => desk(c));

  const Place = z.string().max(40).optional();
  const Fields = z.strictObject({
    order: z.string().max(40),
    named: z.string().max(40),
    beyond: z.string().max(40),
    ...{ kind1: Place, kind2: Place, kind3: Place, kind4: Place },
  });
  app.post(PATH, needs("treasurer"), async (c) => {
    try {
      const { kind1, kind2, kind3, kind4, ...fields } = await form(c, Fields);
      const kinds = [kind1, kind2, kind3, kind4].filter(Boolean);
      await setRule(c.var.here, parsed(MatchingRule, { ...fields, kinds }), whoId(c.var.who));
      return c.redirect(c.var.here.url(PATH), 303);
    } catch (error) {
      return desk(c, fieldMistakes(error));
    }
  });
}
