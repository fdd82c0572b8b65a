import type { Context } from "hono";
import { Actions, Facts, Field, Form, Table, Tag } from "../../shared/components.tsx";
import { shortDay } from "../../shared/dates.ts";
import { form } from "../../shared/http.ts";
import { StaffName } from "../../shared/identity/staff-name.tsx";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { RoundingField } from "../../shared/rounding-field.tsx";
import { whoId } from "../../shared/who.ts";
import { has, MONEY, STAFF } from "./access.ts";
import { today } from "./api-rolls.ts";
import {
  attempt,
  BASE,
  crumbs,
  type Given,
  isMine,
  type Mistake,
  money,
  nameIn,
  rollCrumb,
  rollPath,
  type Shown,
  shown,
} from "./desk.tsx";
import { KINDS } from "./domain.ts";
import { Typed } from "./entry-pages.tsx";
import { ruleFrom } from "./rule-form.ts";
import { proposeRule, rules } from "./rules.ts";
import { Per, type Rate, type Roll, type Rule } from "./schema.ts";
import { rollStore } from "./store.ts";
import { percentOf } from "./typing.ts";
import { Mistakes, Press } from "./views.tsx";

export function rulePages(app: CityApp): void {
  const list = async (c: Context<CityEnv>, mistakes: Mistake[] = [], given: Given = {}) => {
    const s = shown(c);
    const roll = await rollStore(s.here.table).roll(c.req.param("roll") ?? "");
    const all = await rules.list(s.here, roll.code);
    return page(
      c,
      {
        title: s.t("rules"),
        lead: nameIn(roll.names, s.lang),
        crumbs: crumbs(s, rollCrumb(s, roll)),
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <>
        <Mistakes {...{ s, mistakes }} />
        {all.length === 0 && <p>{s.t("noRules")}</p>}
        {all.map((rule) => (
          <RuleView {...{ s, roll, rule }} />
        ))}
        {has(s.who, MONEY) && <RuleForm {...{ s, roll, mistakes, given }} day={today(c)} />}
      </>,
    );
  };
  app.get(`${BASE}/rolls/:roll/rules`, needs(...STAFF), (c) => list(c));
  app.post(`${BASE}/rolls/:roll/rules`, needs(...MONEY), (c) =>
    attempt(
      c,
      async () => {
        const { here, who } = c.var;
        const roll = await rollStore(here.table).roll(c.req.param("roll"));
        await proposeRule(here, roll, ruleFrom(await form(c, Typed), roll.kind, here.city.currency), whoId(who));
        return `${rollPath(roll.code)}/rules`;
      },
      (mistakes, given) => list(c, mistakes, given),
    ),
  );
  for (const [verb, state] of [
    ["approve", "approved"],
    ["refuse", "refused"],
  ] as const)
    app.post(`${BASE}/rolls/:roll/rules/:id/${verb}`, needs(...MONEY), (c) =>
      attempt(
        c,
        async () => {
          await rules.decide(c.var.here, c.req.param("id"), state, whoId(c.var.who));
          return `${rollPath(c.req.param("roll"))}/rules`;
        },
        (mistakes) => list(c, mistakes),
      ),
    );
}

/** What a rate charges, for one. */
function rateText(s: Shown, rate: Rate, currency: string): string {
  const number = (text: string) => new Intl.NumberFormat(s.lang, { maximumFractionDigits: 6 }).format(text as never);
  if (rate.basis === "area") return `${number(rate.price)} ${currency} / m²`;
  if (rate.basis === "value") return `${number(rate.percent)} %`;
  return money(s, rate.amountMinor, currency);
}

function RuleView({ s, roll, rule }: { s: Shown; roll: Roll; rule: Rule }) {
  const { t, a } = s;
  const { groups } = KINDS[roll.kind];
  const path = `${rollPath(roll.code)}/rules/${rule.id}`;
  const amount = (minor: number | undefined) => (minor === undefined ? "—" : money(s, minor, rule.currency));
  const tag = { proposed: "warning", approved: "success", refused: "info" } as const;
  return (
    <>
      <h2>{`${t(rule.per)}, ${shortDay(rule.validFrom, s.lang)}`}</h2>
      <p>
        <Tag kind={tag[rule.state]}>{t(rule.state)}</Tag>
      </p>
      <Table
        caption={t("rates")}
        head={[...groups.map((group) => a(group)), a("how"), a("amount")]}
        numeric={[groups.length + 1]}
        rows={rule.rates.map((rate) => [
          ...groups.map((group) => rate[group] ?? t("any")),
          a(rate.basis),
          <bdi>{rateText(s, rate, rule.currency)}</bdi>,
        ])}
      />
      <Facts
        items={[
          [t("min"), amount(rule.minimumMinor)],
          [t("max"), amount(rule.maximumMinor)],
          [t("proRata"), t(PRO_RATA[rule.proRata])],
          [t("vatRate"), percentOf(rule.vatBasisPoints)],
          [a("rounding"), money(s, rule.rounding.toMinor, rule.currency)],
          [t("by"), <StaffName here={s.here} id={rule.proposedBy} />],
        ]}
      />
      {rule.state === "proposed" &&
        has(s.who, MONEY) &&
        (isMine(s, rule.proposedBy) ? (
          <p>{t("anotherDecides")}</p>
        ) : (
          <Actions>
            <Press {...{ s }} to={`${path}/approve`} says={t("approve")} />
            <Press {...{ s }} to={`${path}/refuse`} says={t("refuse")} />
          </Actions>
        ))}
    </>
  );
}
const PRO_RATA = { days: "proDays", months: "proMonths", none: "proNone" } as const;

function RuleForm({
  s,
  roll,
  mistakes,
  given,
  day,
}: {
  s: Shown;
  roll: Roll;
  mistakes: Mistake[];
  given: Given;
  day: string;
}) {
  const { t, a } = s;
  const { groups, bases } = KINDS[roll.kind];
  const error = (name: string) => mistakes.find(({ field }) => field === name)?.detail;
  const hint = t("ratesHint", {
    first: a(groups[0]!),
    second: a(groups[1]!),
    bases: bases.map((basis) => a(basis)).join(", "),
  });
  return (
    <>
      <h2>{t("newRule")}</h2>
      <p>{t("newRuleLead")}</p>
      <Form action={s.here.url(`${rollPath(roll.code)}/rules`)} csrf={s.csrf} submit={t("propose")}>
        <Field
          label={t("per")}
          name="per"
          type="select"
          value={given["per"]}
          options={Per.options.map((per) => [per, t(per)] as const)}
        />
        <Field
          label={t("validFrom")}
          name="validFrom"
          type="date"
          value={given["validFrom"] ?? `${day.slice(0, 4)}-01-01`}
          error={error("validFrom")}
          required
        />
        <Field
          label={t("rates")}
          hint={hint}
          name="rates"
          type="textarea"
          value={given["rates"]}
          error={error("rates")}
        />
        <Field label={t("min")} name="minimum" inputmode="decimal" value={given["minimum"]} error={error("minimum")} />
        <Field
          label={t("max")}
          name="maximum"
          inputmode="decimal"
          value={given["maximum"]}
          error={error("maximum") ?? error("maximumMinor")}
        />
        <Field
          label={t("proRata")}
          name="proRata"
          type="select"
          value={given["proRata"]}
          options={Object.entries(PRO_RATA).map(([value, text]) => [value, t(text)] as const)}
        />
        <Field label={t("vatRate")} name="vat" inputmode="decimal" value={given["vat"] ?? "0"} error={error("vat")} />
        <RoundingField
          {...{ lang: s.lang, currency: s.here.city.currency }}
          value={given["toMinor"]}
          error={error("rounding")}
        />
      </Form>
    </>
  );
}
