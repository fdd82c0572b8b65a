import { ErrorSummary, Facts, Field, Form, Notice, Table, Tag } from "../../shared/components.tsx";
import { cityDay, longMonth } from "../../shared/dates.ts";
import type { Here } from "../../shared/here.ts";
import { decimalOf, formatMoney } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import { dayOf } from "../../shared/time.ts";
import { inLang } from "../contract/words.ts";
import type { creditTexts } from "./credit-texts.ts";
import { sum } from "./lines.ts";
import type { Priced } from "./prices.ts";
import { HOUSE, type Invoice, type Payee, type Terms } from "./schema.ts";
import { billedMinor } from "./sponsor-bills.ts";
import { isOverdue } from "./sponsors.ts";
import type { moneyTexts } from "./texts.ts";

export type Mistake = { field: string; detail: string };
export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof moneyTexts.in>;
  /** Of credits, sponsors and tax. */
  tc: ReturnType<typeof creditTexts.in>;
  /** A treasurer decides; an administrator looks on. */
  mayDecide: boolean;
  mistakes: readonly Mistake[];
  given: Record<string, string>;
}

export const TONE = {
  awaiting: "warning",
  drawn: "warning",
  approved: "info",
  paying: "info",
  paid: "success",
  nothing_due: "success",
} as const;

export const stateSaid = (state: Invoice["state"], { t, tc }: Shown): string =>
  state === "awaiting" ? tc("awaiting") : t(state);
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
          rows={invoices.map(({ id, month, payer, totalMinor, currency, state }) => [
            <>
              <a href={here.url(`/staff/module-money/${id}`)}>{longMonth(month, lang)}</a>
              {payer && <> ({s.tc("paidBy", { sponsor: payer })})</>}
            </>,
            money(totalMinor, currency),
            <Tag kind={TONE[state]}>{stateSaid(state, s)}</Tag>,
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
  const taxField = (name: "country" | "taxNumber" | "taxRate", more = {}) => (
    <Field label={s.tc(name)} name={name} value={value(name)} error={error(name)} {...more} />
  );
  return (
    <>
      <h2>{t("payees")}</h2>
      <p>{t("payeesLead")}</p>
      {payees.length > 0 && (
        <Table
          caption={t("payees")}
          head={[t("party"), t("name"), t("iban"), t("msisdn"), t("stripeAccount"), s.tc("country")]}
          rows={payees.map((payee) => [
            partySaid(payee.party, t),
            payee.name,
            <bdi>{payee.iban ?? ""}</bdi>,
            <bdi>{payee.msisdn ?? ""}</bdi>,
            <bdi>{payee.stripeAccount ?? ""}</bdi>,
            <bdi>{[payee.tax?.country, payee.tax?.number].filter(Boolean).join(" ")}</bdi>,
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
            {taxField("country", { hint: s.tc("countryHint"), dir: "ltr", maxlength: 2 })}
            {taxField("taxNumber", { dir: "ltr", maxlength: 40 })}
            {taxField("taxRate", { inputmode: "decimal" })}
            <Field
              label={s.tc("taxes")}
              name="isExempt"
              type="checkbox"
              options={[["true", s.tc("isExempt")]]}
              value={value("isExempt")}
            />
          </Form>
        </details>
      )}
    </>
  );
}

/** Which line of an invoice something is about. */
export function LineField({ s, invoice: { lines } }: { s: Shown; invoice: Invoice }) {
  const { value, error } = fieldsOf(s);
  return (
    <Field
      label={s.t("line")}
      name="line"
      type="select"
      options={lines.map(({ title }, i) => [String(i + 1), `${i + 1}. ${inLang(title, s.lang)}`] as const)}
      value={value("line")}
      error={error("line")}
    />
  );
}

/** The facts at the head of an invoice. */
export function Totals({ s, invoice }: { s: Shown; invoice: Invoice }) {
  const { t, tc, lang } = s;
  const { totalMinor, currency, state, purchaseOrder, lines, payer, offsets } = invoice;
  const money = (minor: number) => formatMoney(minor, currency, lang);
  const taxOf = (kind: "charged" | "reverse_charge") =>
    sum(lines.filter((line) => line.sponsor === payer && line.tax.kind === kind).map(({ taxMinor }) => taxMinor));
  const [chargedMinor, ownMinor] = [taxOf("charged"), taxOf("reverse_charge")];
  return (
    <>
      <p>
        <strong>{t("total", { amount: money(totalMinor) })}</strong> <Tag kind={TONE[state]}>{stateSaid(state, s)}</Tag>
      </p>
      {chargedMinor > 0 && <p>{tc("ofCharged", { amount: money(chargedMinor) })}</p>}
      {ownMinor > 0 && <p>{t("ofTax", { amount: money(ownMinor) })}</p>}
      {offsets.length > 0 && (
        <>
          <ul>
            {offsets.map(({ note, party, amountMinor }) => (
              <li>{tc("offset", { amount: money(amountMinor), party: partySaid(party, t), number: note })}</li>
            ))}
          </ul>
          <p>
            <strong>{tc("left", { amount: money(billedMinor(invoice)) })}</strong>
          </p>
        </>
      )}
      {payer && <SponsorSaid {...{ s, invoice, payer }} />}
      {purchaseOrder && <Facts items={[[t("purchaseOrder"), purchaseOrder]]} />}
    </>
  );
}

/** How it stands with who pays in the city's place, and what that means for the module. */
function SponsorSaid({ s, invoice, payer: sponsor }: { s: Shown; invoice: Invoice; payer: string }) {
  const { tc, here } = s;
  const { bill, state } = invoice;
  if (!bill) return state === "awaiting" ? <p>{tc("sponsorRaising", { sponsor })}</p> : null;
  if (bill.paidAt) return <p>{tc("sponsorPaid", { sponsor, day: cityDay(bill.paidAt, s) })}</p>;
  const is = isOverdue(invoice, dayOf(here.clock.now(), here.city.timeZone)) ? "sponsorOverdue" : "sponsorOpen";
  const said = tc(is, { sponsor, day: cityDay(`${bill.dueOn}T12:00:00Z`, s), reference: bill.reference });
  return <Notice kind={is === "sponsorOverdue" ? "warning" : "info"}>{said}</Notice>;
}
