import { raw } from "hono/html";
import { renderSVG } from "uqr";
import {
  Actions,
  ErrorSummary,
  Facts,
  Field,
  Form,
  LinkButton,
  Notice,
  Pager,
  Table,
  Tag,
} from "../../shared/components.tsx";
import type { Here } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import type { Mode } from "./accounts.ts";
import type { Payment, Receipt, State } from "./schema.ts";
import type { paymentTexts } from "./texts.ts";

export type Mistake = { field: string; detail: string };
export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof paymentTexts.in>;
}
interface Balance {
  account: string;
  currency: string;
  balanceMinor: number;
}

/** A period: `2026-11`, `2026`, or as it is written. */
export function monthName(period: string, lang: Lang): string {
  if (!/^[0-9]{4}-[0-9]{2}$/.test(period)) return period;
  return new Intl.DateTimeFormat(lang, { month: "long", year: "numeric", timeZone: "UTC" }).format(
    new Date(`${period}-01T00:00Z`),
  );
}
const moment = (iso: string, { here, lang }: Shown) =>
  new Intl.DateTimeFormat(lang, { dateStyle: "long", timeStyle: "short", timeZone: here.city.timeZone }).format(
    new Date(iso),
  );
const KIND: Record<State, "info" | "success" | "warning" | "error"> = {
  created: "info",
  pending: "info",
  settled: "success",
  failed: "error",
  expired: "warning",
  refunding: "warning",
  refunded: "warning",
  disputed: "error",
};

/** Told honestly: what is not yet known is not called paid, and nobody is asked to pay again. */
export function PaymentPage({ s, payment }: { s: Shown; payment: Payment }) {
  const { t, here, lang } = s;
  const isOpen = payment.state === "created" || payment.state === "pending";
  return (
    <>
      <Notice kind={KIND[payment.state]}>{t(`${payment.state}Says`)}</Notice>
      <Facts
        items={[
          [t("reference"), <bdi style="white-space:nowrap">{payment.reference}</bdi>],
          [t("what"), `${t(payment.kind as "water")}, ${monthName(payment.month, lang)}`],
          [t("amount"), formatMoney(payment.amountMinor, payment.currency, lang)],
          [t("number"), <code>{payment.id}</code>],
        ]}
      />
      <Actions>
        {isOpen && <LinkButton href={here.url(`/payments/${payment.id}`)}>{t("askAgain")}</LinkButton>}
        {isOpen && payment.checkoutUrl && (
          <LinkButton href={payment.checkoutUrl} second>
            {t("toProvider")}
          </LinkButton>
        )}
        {(payment.state === "failed" || payment.state === "expired") && (
          <LinkButton href={here.url(`/pay?reference=${payment.reference}`)}>{t("tryAgain")}</LinkButton>
        )}
      </Actions>
    </>
  );
}

interface ReceiptProps {
  s: Shown;
  receipt: Receipt;
  payment: Payment;
  checkUrl: string;
}

export function ReceiptPage({ s, receipt, payment, checkUrl }: ReceiptProps) {
  const { t, lang, here } = s;
  return (
    <>
      {payment.state !== "settled" && <Notice kind="warning">{t(`${payment.state}Says`)}</Notice>}
      <Facts
        items={[
          [t("city"), here.city.name],
          [t("amount"), <strong>{formatMoney(receipt.amountMinor, receipt.currency, lang)}</strong>],
          [t("what"), `${t(payment.kind as "water")}, ${monthName(payment.month, lang)}`],
          [t("reference"), <bdi style="white-space:nowrap">{receipt.reference}</bdi>],
          [t("paidOn"), moment(receipt.settledAt, s)],
          [t("number"), <code>{receipt.paymentId}</code>],
        ]}
      />
      <h2>{t("checkTitle")}</h2>
      <p>{t("checkLead")}</p>
      <figure style="max-width:15rem;margin:0;background:#fff;padding:.5rem" role="img" aria-label={t("qr")}>
        {raw(renderSVG(checkUrl, { border: 2, ecc: "L" }))}
      </figure>
      <p>
        <a href={checkUrl}>{t("checkLink")}</a>
      </p>
    </>
  );
}

export function CheckPage({ s, receipt }: { s: Shown; receipt?: Omit<Receipt, "signature"> }) {
  const { t, lang, here } = s;
  if (!receipt) return <Notice kind="error">{t("notGenuineSays")}</Notice>;
  return (
    <>
      <Notice kind="success">{t("genuineSays", { city: here.city.name })}</Notice>
      <Facts
        items={[
          [t("amount"), <strong>{formatMoney(receipt.amountMinor, receipt.currency, lang)}</strong>],
          [t("reference"), <bdi style="white-space:nowrap">{receipt.reference}</bdi>],
          [t("paidOn"), moment(receipt.settledAt, s)],
          [t("number"), <code>{receipt.paymentId}</code>],
        ]}
      />
    </>
  );
}

interface StaffProps {
  s: Shown;
  month: string;
  payments: readonly Payment[];
  next?: string;
  suspense: readonly Balance[];
  held: readonly Balance[];
  how: { mode: Mode; webhook: string };
  mistakes: Mistake[];
  mayKeep: boolean;
}

export function StaffPaymentsPage({ s, month, payments, next, suspense, held, how, mistakes, mayKeep }: StaffProps) {
  const { t, lang, here, csrf } = s;
  const error = (field: string) => mistakes.find((mistake) => mistake.field === field)?.detail;
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      {how.mode !== "stripe_live" && <Notice kind="info">{t(how.mode === "none" ? "noProvider" : how.mode)}</Notice>}
      {suspense.map(({ currency, balanceMinor }) => (
        <Notice kind="warning">{t("suspense", { sum: formatMoney(-balanceMinor, currency, lang) })}</Notice>
      ))}
      {held.map(({ currency, balanceMinor }) => (
        <p>{t("held", { sum: formatMoney(balanceMinor, currency, lang) })}</p>
      ))}
      <Form action={here.url("/staff/payments")} csrf="" method="get" submit={t("show")}>
        <Field label={t("month")} name="month" type="month" value={month} />
      </Form>
      {payments.length === 0 ? (
        <p>{t("none")}</p>
      ) : (
        <Table
          caption={`${t("payments")}: ${monthName(month, lang)}`}
          head={[t("opened"), t("reference"), t("what"), t("amount"), t("state"), t("number")]}
          numeric={[3]}
          rows={payments.map((payment) => [
            moment(payment.createdAt, s),
            <bdi style="white-space:nowrap">{payment.reference}</bdi>,
            `${t(payment.kind as "water")}, ${monthName(payment.month, lang)}`,
            formatMoney(payment.settledMinor ?? payment.amountMinor, payment.currency, lang),
            <Tag kind={KIND[payment.state]}>{t(payment.state)}</Tag>,
            <a href={here.url(`/payments/${payment.id}`)}>
              <code>{payment.id}</code>
            </a>,
          ])}
        />
      )}
      {next && (
        <Pager next={[here.url(`/staff/payments?month=${month}&cursor=${encodeURIComponent(next)}`), t("older")]} />
      )}
      <p>
        <a href={here.url("/staff/ledger")}>{t("ledger")}</a>
      </p>
      {mayKeep && (
        <>
          <h2>{t("account")}</h2>
          <p>{t("accountLead")}</p>
          <p>
            {t("webhook")} <code>{how.webhook}</code>
          </p>
          <Form action={here.url("/staff/payments/account")} csrf={csrf} submit={t("accountDo")}>
            <Field
              label={t("secretKey")}
              name="secretKey"
              type="password"
              autocomplete="off"
              error={error("secretKey")}
            />
            <Field
              label={t("webhookSecret")}
              name="webhookSecret"
              type="password"
              autocomplete="off"
              error={error("webhookSecret")}
            />
          </Form>
        </>
      )}
    </>
  );
}
