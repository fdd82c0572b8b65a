import type { Child } from "hono/jsx";
import { Actions, ErrorSummary, Field, Form, Pager, Table, Tag } from "../../shared/components.tsx";
import { shortDay } from "../../shared/dates.ts";
import type { Here } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import { RoundingField } from "../../shared/rounding-field.tsx";
import type { Lang } from "../../shared/texts.ts";
import { type Amnesty, type Hold, LateKind, type PenaltyRule } from "./schema.ts";
import type { penaltyTexts } from "./texts.ts";

export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof penaltyTexts.in>;
  mistakes: { field: string; detail: string }[];
  given: Record<string, string>;
  mayDecide: boolean;
  /** Who looks. */
  by: string;
}

const percent = (basisPoints: number, lang: Lang) =>
  new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 2 }).format(basisPoints / 10_000);
const kindsOf = (kinds: readonly LateKind[], { t }: Shown) => kinds.map((kind) => t(kind)).join(", ");
const errorOf = ({ mistakes }: Shown, ...fields: string[]) =>
  mistakes.find(({ field }) => fields.includes(field))?.detail;
const fieldOf = (s: Shown, name: string, usual?: string) => ({
  name,
  value: s.given[name] ?? usual,
  error: errorOf(s, name),
});

/** Approve or refuse, for whoever may; otherwise what became of it. */
function Decision({ s, path, of }: { s: Shown; path: string; of: PenaltyRule | Amnesty }) {
  const { t, here, csrf } = s;
  if (of.state !== "proposed") return <Tag kind={of.state === "refused" ? "warning" : "info"}>{t(of.state)}</Tag>;
  if (!s.mayDecide || of.proposedBy === s.by) return <>{t("anotherDecides")}</>;
  return (
    <Actions>
      <Form action={here.url(`${path}/${of.id}/approve`)} csrf={csrf} submit={t("approve")} />
      <Form action={here.url(`${path}/${of.id}/refuse`)} csrf={csrf} submit={t("refuse")} />
    </Actions>
  );
}

/** What being late costs by a rule, in words. */
function chargeSays({ charge, currency, capBasisPoints }: PenaltyRule, { t, lang }: Shown): string {
  if (!charge) return t("none");
  const money = (minor: number) => formatMoney(minor, currency, lang);
  const cap = t("saysCap", { share: percent(capBasisPoints, lang) });
  if (charge.type === "fixed") return [t("saysFixed", { amount: money(charge.amountMinor) }), cap].join("; ");
  const share = percent(charge.basisPoints, lang);
  return [
    charge.type === "once" ? t("saysOnce", { share }) : t("saysMonthly", { share }),
    charge.minimumMinor > 0 ? t("saysMinimum", { amount: money(charge.minimumMinor) }) : "",
    cap,
  ]
    .filter(Boolean)
    .join("; ");
}

interface RulesProps {
  s: Shown;
  path: string;
  rules: readonly PenaltyRule[];
  next?: string;
  holds: readonly Hold[];
}

export function RulesPage({ s, path, rules, next, holds }: RulesProps) {
  const { t, here, csrf, mistakes } = s;
  const open = holds.flatMap(({ billId, periods }) =>
    periods.filter(({ toOn }) => toOn === undefined).map((period) => ({ billId, ...period })),
  );
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      <p>
        <a href={here.url("/staff/billing/amnesties")}>{t("amnesties")}</a>
      </p>
      <h2>{t("rules")}</h2>
      {rules.length === 0 ? (
        <p>{t("noRules")}</p>
      ) : (
        <Table
          caption={t("rules")}
          head={[t("services"), t("fromOn"), t("dueAfterDays"), t("graceDays"), t("charge"), t("state")]}
          numeric={[2, 3]}
          rows={rules.map((rule): Child[] => [
            kindsOf(rule.kinds, s),
            shortDay(rule.fromOn, s.lang),
            String(rule.dueAfterDays),
            String(rule.graceDays),
            chargeSays(rule, s),
            <Decision s={s} path={path} of={rule} />,
          ])}
        />
      )}
      {next && <Pager next={[here.url(`${path}?cursor=${encodeURIComponent(next)}`), t("more")]} />}
      {s.mayDecide && <RuleForm s={s} path={path} />}
      <h2>{t("holds")}</h2>
      <p>{t("holdsLead")}</p>
      {open.length === 0 ? (
        <p>{t("noHolds")}</p>
      ) : (
        <Table
          caption={t("holds")}
          head={[t("bill"), t("since"), t("reason"), t("state")]}
          rows={open.map(({ billId, fromOn, reason }): Child[] => [
            <a href={here.url(`/bills/${billId}`)}>
              <bdi>{billId}</bdi>
            </a>,
            shortDay(fromOn, s.lang),
            reason,
            <Form action={here.url(`${path}/holds/${billId}/end`)} csrf={csrf} submit={t("end")} />,
          ])}
        />
      )}
    </>
  );
}

const Kinds = ({ s }: { s: Shown }) => (
  <Field
    label={s.t("services")}
    type="checkbox"
    options={LateKind.options.map((kind) => [kind, s.t(kind)] as const)}
    {...fieldOf(s, "kinds")}
  />
);

function RuleForm({ s, path }: { s: Shown; path: string }) {
  const { t, here, csrf } = s;
  const { currency } = here.city;
  return (
    <Form action={here.url(path)} csrf={csrf} submit={t("propose")}>
      <Kinds s={s} />
      <Field label={t("fromOn")} type="date" {...fieldOf(s, "fromOn")} required />
      <Field label={t("dueAfterDays")} inputmode="numeric" {...fieldOf(s, "dueAfterDays", "30")} required />
      <Field label={t("graceDays")} hint={t("graceHint")} inputmode="numeric" {...fieldOf(s, "graceDays", "0")} />
      <Field
        label={t("charge")}
        type="select"
        options={(["none", "fixed", "once", "monthly"] as const).map((type) => [type, t(type)] as const)}
        {...fieldOf(s, "type", "monthly")}
        error={errorOf(s, "type", "charge")}
      />
      <Field label={t("amount", { currency })} inputmode="decimal" {...fieldOf(s, "amount", "0")} />
      <Field label={t("percent")} inputmode="decimal" {...fieldOf(s, "percent", "1")} />
      <Field label={t("minimum", { currency })} inputmode="decimal" {...fieldOf(s, "minimum", "0")} />
      <Field
        label={t("cap")}
        inputmode="decimal"
        {...fieldOf(s, "cap", "100")}
        error={errorOf(s, "cap", "capBasisPoints")}
      />
      <RoundingField {...{ lang: s.lang, currency, ...fieldOf(s, "toMinor") }} />
    </Form>
  );
}

interface AmnestiesProps {
  s: Shown;
  path: string;
  amnesties: readonly Amnesty[];
  next?: string;
}

export function AmnestiesPage({ s, path, amnesties, next }: AmnestiesProps) {
  const { t, lang, here, csrf, mistakes } = s;
  const nameOf = ({ titles }: Amnesty) => titles[lang] ?? Object.values(titles)[0] ?? "";
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      {amnesties.length === 0 && <p>{t("noAmnesties")}</p>}
      {amnesties.map((one) => {
        const money = (minor: number) => formatMoney(minor, one.currency, lang);
        const { preview, yield: brought } = one;
        return (
          <>
            <h2>{nameOf(one)}</h2>
            <Table
              caption={`${shortDay(one.fromOn, s.lang)} – ${shortDay(one.toOn, s.lang)}`}
              head={[t("services"), t("issuedBefore"), t("remit"), t("offered"), t("state")]}
              rows={[
                [
                  kindsOf(one.kinds, s),
                  shortDay(one.issuedBefore, s.lang),
                  percent(one.remitBasisPoints, lang),
                  t("billsSum", {
                    count: preview.bills,
                    principal: money(preview.principalMinor),
                    penalty: money(preview.penaltyMinor),
                    remit: money(preview.remitMinor),
                  }),
                  <Decision s={s} path={path} of={one} />,
                ],
              ]}
            />
            {one.state === "approved" && (
              <Table
                caption={t("taken")}
                head={[t("taken"), t("collected"), t("remitted")]}
                numeric={[1, 2]}
                rows={[
                  [
                    t("takenSum", { count: brought.bills, all: preview.bills }),
                    money(brought.collectedMinor),
                    money(brought.remittedMinor),
                  ],
                ]}
              />
            )}
          </>
        );
      })}
      {next && <Pager next={[here.url(`${path}?cursor=${encodeURIComponent(next)}`), t("more")]} />}
      {s.mayDecide && (
        <>
          <h2>{t("proposeAmnesty")}</h2>
          <Form action={here.url(path)} csrf={csrf} submit={t("proposeAmnesty")}>
            <Field
              label={t("name")}
              {...fieldOf(s, "name")}
              error={errorOf(s, "name", "titles")}
              maxlength={120}
              required
            />
            <Kinds s={s} />
            <Field label={t("issuedBefore")} type="date" {...fieldOf(s, "issuedBefore")} required />
            <Field label={t("window")} type="date" {...fieldOf(s, "fromOn")} required />
            <Field label={t("windowTo")} type="date" {...fieldOf(s, "toOn")} required />
            <Field
              label={t("remit")}
              inputmode="decimal"
              {...fieldOf(s, "remit", "100")}
              error={errorOf(s, "remit", "remitBasisPoints")}
            />
            <Field
              label={t("instalments")}
              type="checkbox"
              options={[["yes", t("instalmentsYes")]]}
              {...fieldOf(s, "instalments")}
            />
          </Form>
        </>
      )}
    </>
  );
}
