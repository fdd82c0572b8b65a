import type { Context } from "hono";
import { minorOf } from "../../shared/amounts.ts";
import { ErrorSummary, Field, Form, fieldOf, Table } from "../../shared/components.tsx";
import { longMoment } from "../../shared/dates.ts";
import { absent, Fault, invalid } from "../../shared/errors.ts";
import { form } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { scopeSays } from "../contract/asks.ts";
import { Need } from "../contract/need.ts";
import { inLang } from "../contract/words.ts";
import { OwnName } from "../peers/schema.ts";
import { SendForm } from "../peers/views.tsx";
import { firstOf, hindrances, type Refusal, refusalOf, shownAgain, Typed, typedAs } from "../typed.ts";
import { draftsIn, nameIn } from "./case-drafts.ts";
import { CasesForm } from "./case-form.tsx";
import { caseIn, fieldOfCase } from "./case-reading.ts";
import { caseTexts } from "./case-texts.ts";
import { endNeed, GRANTABLE, getNeed, ownNeeds, writeNeed } from "./posting.ts";
import { NeedChange, NewNeed } from "./schema.ts";
import { needTexts } from "./texts.ts";

type C = Context<CityEnv>;

/** A need as the form says it, in the visitor's language. @throws {Fault} invalid */
function needIn(c: C, typed: Typed): NewNeed {
  const { lang, city } = c.var;
  const cases = draftsIn(typed).map((draft, i) => caseIn(draft, `#/cases/${i}`, city.currency, lang));
  if (cases.length === 0) throw invalid("#/cases", caseTexts.in(lang)("noCase"));
  const errors = cases.flatMap((one) => one.errors);
  if (errors.length > 0) throw new Fault("invalid", errors[0]!.detail, { errors });
  const said = (name: string) => firstOf(typed, name);
  const words = (name: string) => ({ [lang]: said(name) ?? "" });
  const day = said("deadline") ?? "";
  return typedAs(c, NewNeed, {
    name: said("name"),
    title: words("title"),
    promise: words("promise"),
    scopes: [typed["scopes"] ?? []].flat().map((scope) => ({ scope, purpose: words("purpose") })),
    cases: cases.map(({ value }) => value),
    budget: { amountMinor: minorOf(said("amount") ?? "", city.currency, "amount"), currency: city.currency },
    deadline: `${day}T23:59:59Z`,
    contact: said("contact"),
  });
}

/** The field that a mistake is in: of a case, or of the need. */
function fieldAt(pointer: string): string {
  const [first = "", i, name] = pointer.replace(/^#\//, "").split("/");
  return first === "cases" && i !== undefined ? nameIn(Number(i), fieldOfCase(name ?? "name")) : first;
}

export function needPages(app: CityApp): void {
  const staff = needs("administrator");
  const console = (c: C) => [needTexts.in(c.var.lang)("console"), c.var.here.url("/staff")] as const;

  async function list(c: C, typed: Typed = {}, refusal?: Refusal) {
    const { here, lang, csrf, city } = c.var;
    const t = needTexts.in(lang);
    const own = await ownNeeds(here);
    const field = fieldOf(shownAgain(typed), refusal?.errors ?? []);
    return page(
      c,
      { title: t("own"), lead: t("ownLead"), crumbs: [console(c)], status: refusal ? 422 : 200 },
      <>
        {refusal && <ErrorSummary title={t("refusedHere")} errors={hindrances(refusal)} />}
        {own.length === 0 ? (
          <p>{t("noneOwn")}</p>
        ) : (
          <Table
            caption={t("own")}
            head={[t("title"), t("state"), t("deadline")]}
            rows={own.map((one) => {
              const need = Need.parse(one.need);
              const href = here.url(`/staff/needs/${need.name.split("/")[1]}`);
              return [<a href={href}>{inLang(need.title, lang)}</a>, t(need.state), longMoment(need.deadline, lang)];
            })}
          />
        )}
        <Form action={here.url("/staff/needs")} csrf={csrf} submit={t("sign")}>
          <Field {...field("title")} label={t("title")} maxlength={80} />
          <Field {...field("name")} label={t("name")} hint={t("nameHint")} dir="ltr" maxlength={40} />
          <Field {...field("promise")} label={t("promise")} type="textarea" maxlength={2_000} />
          <Field {...field("amount")} label={t("amount", { currency: city.currency })} inputmode="decimal" />
          <Field {...field("deadline")} label={t("until_")} type="date" />
          <Field
            {...field("scopes")}
            label={t("scopes")}
            type="checkbox"
            options={GRANTABLE.map((scope) => [scope, scopeSays(scope, lang)])}
          />
          <Field {...field("purpose")} label={t("purpose")} maxlength={200} />
          <Field {...field("contact")} label={t("contact")} type="email" maxlength={200} />
          <CasesForm {...{ lang, drafts: draftsIn(typed), currency: city.currency, errors: refusal?.errors ?? [] }} />
        </Form>
      </>,
    );
  }
  app.get("/staff/needs", staff, (c) => list(c));
  app.post("/staff/needs", staff, async (c) => {
    const typed = await form(c, Typed);
    // One more case, or more lines: the same page with what was typed.
    if (typed["do"] !== undefined) return list(c, typed);
    try {
      const { need } = await writeNeed(c.var.here, needIn(c, typed));
      return c.redirect(c.var.here.url(`/staff/needs/${need.name.split("/")[1]}`), 303);
    } catch (error) {
      return list(c, typed, refusalOf(error, fieldAt));
    }
  });

  const named = (c: C) => {
    const name = OwnName.safeParse(c.req.param("name"));
    if (!name.success) throw absent();
    return name.data;
  };
  async function one(c: C, refusal?: Refusal) {
    const { here, lang, csrf } = c.var;
    const t = needTexts.in(lang);
    const name = named(c);
    const { need: said, party, envelope } = await getNeed(here, name);
    const need = Need.parse(said);
    const ending = (state: "closed" | "withdrawn", label: string) => (
      <Form action={here.url(`/staff/needs/${name}/state`)} csrf={csrf} submit={label}>
        <input type="hidden" name="state" value={state} />
        <Field label={t("contact")} name="contact" id={`contact-${state}`} type="email" maxlength={200} />
      </Form>
    );
    return page(
      c,
      {
        title: inLang(need.title, lang),
        lead: t(need.state),
        crumbs: [console(c), [t("own"), here.url("/staff/needs")]],
        status: refusal ? 422 : 200,
      },
      <>
        {refusal && <ErrorSummary title={t("refusedHere")} errors={hindrances(refusal)} />}
        <SendForm envelopes={[party, envelope]} lang={lang} />
        <p>
          <a href={`/marketplace/needs/${need.name}`}>{t("publicPage")}</a>
        </p>
        {need.state === "open" && (
          <>
            {ending("closed", t("close"))}
            {ending("withdrawn", t("withdraw"))}
          </>
        )}
      </>,
    );
  }
  app.get("/staff/needs/:name", staff, (c) => one(c));
  app.post("/staff/needs/:name/state", staff, async (c) => {
    const name = named(c);
    const typed = await form(c, Typed);
    try {
      const { state, contact } = typedAs(c, NeedChange, typed);
      await endNeed(c.var.here, name, state, contact);
      return c.redirect(c.var.here.url(`/staff/needs/${name}`), 303);
    } catch (error) {
      return one(c, refusalOf(error));
    }
  });
}
