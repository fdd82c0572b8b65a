import { ErrorSummary, Facts, Field, Form, Notice, Table, Tag } from "../../shared/components.tsx";
import type { Here } from "../../shared/here.ts";
import { decimalOf, formatMoney } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import { inLang } from "../contract/words.ts";
import { cityDay, longMonth } from "../dates.ts";
import type { Priced } from "./prices.ts";
import { HOUSE, type Invoice, type Payee, type Terms } from "./schema.ts";
import type { moneyTexts } from "./texts.ts";

export type Mistake = { field: string; detail: string };
export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof moneyTexts.in>;
  /** A treasurer decides; an administrator looks on. */
  mayDecide: boolean;
  mistakes: readonly Mistake[];
  given: Record<string, string>;
}

export const TONE = {
  drawn: "warning",
  approved: "info",
  paying: "info",
  paid: "success",
  nothing_due: "success",
} as const;

export const partySaid = (party: string, t: Shown["t"]): string => (party === HOUSE ? t("house") : party);

export const Mistakes = ({ s }: { s: Shown }) =>
  s.mistakes.length > 0 ? <ErrorSummary title={s.t("mistakes")} errors={s.mistakes} /> : null;

/** A field of a form that comes back with what was typed and what is wrong with it. */
export const fieldsOf = (s: Shown) => ({
  value: (name: string, otherwise?: string) => s.given[name] ?? otherwise,
  error: (name: string) => s.mistakes.find(({ field }) => field === name)?.detail,
});

interface OverviewProps {
  s: Shown;
  prices: readonly Priced[];
  invoices: readonly Invoice[];
  estimate: Invoice;
  terms: Terms;
  payees: readonly Payee[];
  isDone: boolean;
}

export function OverviewPage({ s, prices, invoices, estimate, terms, payees, isDone }: OverviewProps) {
  const { here, lang, t } = s;
  const money = (minor: number, currency: string) => formatMoney(minor, currency, lang);
  return (
    <>
      <Mistakes s={s} />
      {isDone && <Notice kind="success">{t("done")}</Notice>}
      <h2>{t("invoices")}</h2>
      {estimate.lines.length === 0 ? (
        <p>{t("nothingYet")}</p>
      ) : (
        <>
          <p>
            <strong>{t("estimate", { amount: money(estimate.totalMinor, estimate.currency) })}</strong>
          </p>
          <p>{t("estimateLead")}</p>
        </>
      )}
      {invoices.length === 0 ? (
        <p>{t("noInvoices")}</p>
      ) : (
        <Table
          caption={t("invoices")}
          head={[t("month"), t("amount"), t("state")]}
          numeric={[1]}
          rows={invoices.map(({ month, totalMinor, currency, state }) => [
            <a href={here.url(`/staff/module-money/${month}`)}>{longMonth(month, lang)}</a>,
            money(totalMinor, currency),
            <Tag kind={TONE[state]}>{t(state)}</Tag>,
          ])}
        />
      )}
      <h2>{t("prices")}</h2>
      <p>{t("pricesLead")}</p>
      {prices.length === 0 && <p>{t("noPrices")}</p>}
      {prices.map((priced) => (
        <OnePrice {...{ s, priced }} />
      ))}
      {s.mayDecide && <Draw s={s} />}
      <TermsForm {...{ s, terms }} />
      <Payees {...{ s, payees }} />
    </>
  );
}

function OnePrice({ s, priced }: { s: Shown; priced: Priced }) {
  const { here, lang, t } = s;
  const { module, title, version, says, agreement } = priced;
  return (
    <section>
      <h3>
        <a href={here.url(`/staff/modules/${module}`)}>{inLang(title, lang)}</a> {version}{" "}
        <Tag kind={agreement ? "success" : "warning"}>
          {agreement ? t("agreedOn", { day: cityDay(agreement.at, s) }) : t("notAgreed")}
        </Tag>
      </h3>
      {says.map((sentence) => (
        <p>{sentence}</p>
      ))}
      {s.mayDecide && !agreement && (
        <Form action={here.url("/staff/module-money/prices")} csrf={s.csrf} submit={t("agree")}>
          <input type="hidden" name="module" value={module} />
          <input type="hidden" name="version" value={version} />
        </Form>
      )}
    </section>
  );
}

function Draw({ s }: { s: Shown }) {
  const { value, error } = fieldsOf(s);
  return (
    <details>
      <summary>{s.t("drawUp")}</summary>
      <Form action={s.here.url("/staff/module-money/invoices")} csrf={s.csrf} submit={s.t("drawUp")}>
        <Field
          label={s.t("month")}
          hint={s.t("drawUpHint")}
          name="month"
          type="month"
          value={value("month")}
          error={error("month")}
        />
      </Form>
    </details>
  );
}

function TermsForm({ s, terms: { population, taxBasisPoints } }: { s: Shown; terms: Terms }) {
  const { t } = s;
  const { value, error } = fieldsOf(s);
  return (
    <>
      <h2>{t("terms")}</h2>
      <Form action={s.here.url("/staff/module-money/terms")} csrf={s.csrf} submit={t("save")}>
        <Field
          label={t("population")}
          hint={t("populationHint")}
          name="population"
          inputmode="numeric"
          value={value("population", population === undefined ? undefined : String(population))}
          error={error("population")}
        />
        <Field
          label={t("tax")}
          hint={t("taxHint")}
          name="tax"
          inputmode="decimal"
          value={value("tax", decimalOf(taxBasisPoints, "EUR"))}
          error={error("tax")}
        />
      </Form>
    </>
  );
}

function Payees({ s, payees }: { s: Shown; payees: readonly Payee[] }) {
  const { t } = s;
  const { value, error } = fieldsOf(s);
  const field = (name: "party" | "name" | "iban" | "bic" | "msisdn" | "stripeAccount", more = {}) => (
    <Field label={t(name)} name={name} value={value(name)} error={error(name)} {...more} />
  );
  return (
    <>
      <h2>{t("payees")}</h2>
      <p>{t("payeesLead")}</p>
      {payees.length > 0 && (
        <Table
          caption={t("payees")}
          head={[t("party"), t("name"), t("iban"), t("msisdn"), t("stripeAccount")]}
          rows={payees.map((payee) => [
            partySaid(payee.party, t),
            payee.name,
            <bdi>{payee.iban ?? ""}</bdi>,
            <bdi>{payee.msisdn ?? ""}</bdi>,
            <bdi>{payee.stripeAccount ?? ""}</bdi>,
          ])}
        />
      )}
      {s.mayDecide && (
        <details open={s.given["party"] !== undefined}>
          <summary>{t("keepPayee")}</summary>
          <Form action={s.here.url("/staff/module-money/payees")} csrf={s.csrf} submit={t("save")}>
            {field("party", { hint: t("partyHint"), dir: "ltr" })}
            {field("name", { maxlength: 70 })}
            {field("iban", { dir: "ltr" })}
            {field("bic", { dir: "ltr" })}
            {field("msisdn", { type: "tel", dir: "ltr" })}
            {field("stripeAccount", { dir: "ltr" })}
          </Form>
        </details>
      )}
    </>
  );
}

/** The facts at the head of an invoice. */
export function Totals({ s, invoice }: { s: Shown; invoice: Invoice }) {
  const { t, lang } = s;
  const { totalMinor, taxMinor, currency, state, purchaseOrder } = invoice;
  return (
    <>
      <p>
        <strong>{t("total", { amount: formatMoney(totalMinor, currency, lang) })}</strong>{" "}
        <Tag kind={TONE[state]}>{t(state)}</Tag>
      </p>
      {taxMinor > 0 && <p>{t("ofTax", { amount: formatMoney(taxMinor, currency, lang) })}</p>}
      {purchaseOrder && <Facts items={[[t("purchaseOrder"), purchaseOrder]]} />}
    </>
  );
}
