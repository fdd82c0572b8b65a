import { createRoute, z } from "@hono/zod-openapi";
import { Field, Form, Notice, Table } from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import { faults, form, json, jsonBody, parsed } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { AdvisoryText, SeverityTag } from "../catalogue/advisory-views.tsx";
import { Severity } from "../contract/advisory.ts";
import { Heeded, heeded, Policy, policyOf, setPolicy, troubleWith } from "./heeding.ts";
import { heedingTexts } from "./heeding-texts.ts";
import { installTexts } from "./texts.ts";
import type { Shown } from "./views.tsx";

const READ = ["administrator", "data_officer", "scope:marketplace.installs:read"] as const;
const STAFF = ["administrator", "data_officer"] as const;
/** What becomes of a module when upstream warns is for a person to say. */
const DECIDES = ["administrator"] as const;
const refused = faults("malformed", "unauthenticated", "forbidden", "invalid");

const listHeeded = createRoute({
  method: "get",
  path: "/v1/advisories",
  summary: "What upstream warned of about the city’s modules, and what was done, the latest first",
  middleware: needs(...READ),
  ...secured(...READ),
  responses: { 200: json(z.object({ advisories: z.array(Heeded) }), "Advisories"), ...refused },
});
const showPolicy = createRoute({
  method: "get",
  path: "/v1/advisory-policy",
  summary: "What the city does when upstream warns, by severity",
  middleware: needs(...READ),
  ...secured(...READ),
  responses: { 200: json(Policy, "The policy"), ...refused },
});
const newPolicy = createRoute({
  method: "put",
  path: "/v1/advisory-policy",
  summary: "Say what the city does when upstream warns",
  middleware: needs(...DECIDES),
  ...secured(...DECIDES),
  request: { body: jsonBody(Policy) },
  responses: { 200: json(Policy, "The policy"), ...refused },
});

const Typed = z.strictObject({
  ...Object.fromEntries(Severity.options.map((severity) => [severity, z.string().max(10)])),
  reviewers: z.string().max(1_000).default(""),
});

export function heedingPages(app: CityApp): void {
  app.openapi(listHeeded, async (c) => c.json({ advisories: await heeded(c.var.here) }, 200));
  app.openapi(showPolicy, async (c) => c.json(await policyOf(c.var.here), 200));
  app.openapi(newPolicy, async (c) => c.json(await setPolicy(c.var.here, c.req.valid("json"), whoId(c.var.who)), 200));

  app.get("/staff/modules/advisories", needs(...STAFF), async (c) => {
    const { here, lang, csrf, who } = c.var;
    const [t, it] = [heedingTexts.in(lang), installTexts.in(lang)];
    const crumbs = [
      [it("console"), here.url("/staff")],
      [it("title"), here.url("/staff/modules")],
    ] as const;
    const trouble = await troubleWith(here);
    const mayDecide = who.kind === "person" && who.roles.includes("administrator");
    return page(
      c,
      { title: t("title"), lead: t("lead"), crumbs, wide: true },
      <>
        {c.req.query("done") !== undefined && <Notice kind="success">{t("saved")}</Notice>}
        {trouble && <Notice kind="error">{trouble}</Notice>}
        <HeededTable shown={{ lang, here, csrf }} heeded={await heeded(here)} />
        {mayDecide && <PolicyForm shown={{ lang, here, csrf }} policy={await policyOf(here)} />}
      </>,
    );
  });

  app.post("/staff/modules/advisories", needs(...DECIDES), async (c) => {
    const { reviewers, ...rest } = await form(c, Typed);
    const names = reviewers.split(/[\s,]+/).filter((name) => name !== "");
    await setPolicy(c.var.here, parsed(Policy, { ...rest, reviewers: names }), whoId(c.var.who));
    return c.redirect(c.var.here.url("/staff/modules/advisories?done"), 303);
  });
}

export function HeededTable({ shown, heeded: all }: { shown: Shown; heeded: readonly Heeded[] }) {
  const { lang, here } = shown;
  const t = heedingTexts.in(lang);
  if (all.length === 0) return <p>{t("none")}</p>;
  return (
    <Table
      caption={t("list")}
      head={[t("module"), t("severity"), t("what"), t("by"), t("done"), t("when")]}
      rows={all.map(({ module, version, advisory, took, at }) => [
        <>
          <a href={here.url(`/staff/modules/${module}`)}>{module}</a> {version}
        </>,
        <SeverityTag advisory={advisory} lang={lang} />,
        <AdvisoryText advisory={advisory} lang={lang} />,
        advisory.by,
        took === "none" ? "" : t(`took_${took}`),
        cityMoment(at, shown),
      ])}
    />
  );
}

function PolicyForm({ shown: { lang, here, csrf }, policy }: { shown: Shown; policy: Policy }) {
  const t = heedingTexts.in(lang);
  return (
    <>
      <h2>{t("policy")}</h2>
      <p>{t("policyLead")}</p>
      <Form action={here.url("/staff/modules/advisories")} csrf={csrf} submit={t("save")}>
        {Severity.options.map((severity) => (
          <Field
            label={t(`of_${severity}`)}
            name={severity}
            type="radio"
            value={policy[severity]}
            options={[
              ["tell", t("tell")],
              ["suspend", t("suspend")],
            ]}
          />
        ))}
        <Field
          label={t("reviewers")}
          hint={t("reviewersHint")}
          name="reviewers"
          type="textarea"
          value={policy.reviewers.join("\n")}
        />
      </Form>
    </>
  );
}
