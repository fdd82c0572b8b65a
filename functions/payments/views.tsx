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
import { longCityMoment, longPeriod } from "../../shared/dates.ts";
import type { Here } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import { type Lang, labelled } from "../../shared/texts.ts";
import { kindName } from "../billing/events.ts";
import type { Mode } from "./accounts.ts";
import type { Payment, Receipt, State, Way, WaysToPay } from "./schema.ts";
import { CREDIT } from "./signature.ts";
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

/** For what it was paid: a service and its month; an account as a whole has no month. */
export const purposeOf = ({ kind, month }: { kind: string; month: string }, lang: Lang): string =>
  kind === "account"
    ? kindName(kind, lang)
    : `${kindName(kind, lang)}${lang === "ar" ? "،" : ","} ${longPeriod(month, lang)}`;

/** What one payment paid, of several dues and credit. */
export const PartsTable = ({
  s: { t, lang },
  parts,
  currency,
}: {
  s: Pick<Shown, "t" | "lang">;
  parts: Receipt["parts"];
  currency: string;
}) =>
  parts ? (
    <Table
      caption={t("partsTitle")}
      head={[t("reference"), t("amount")]}
      numeric={[1]}
      rows={parts.map(({ reference, amountMinor }) => [
        reference === CREDIT ? t("partCredit") : <bdi style="white-space:nowrap">{reference}</bdi>,
        formatMoney(amountMinor, currency, lang),
      ])}
    />
  ) : null;

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
export function PaymentPage({ s, payment, mistakes = [] }: { s: Shown; payment: Payment; mistakes?: Mistake[] }) {
  const { t, here, lang, csrf } = s;
  const isOpen = payment.state === "created" || payment.state === "pending";
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      <Notice kind={KIND[payment.state]}>{t(`${payment.state}Says`)}</Notice>
      {isOpen && payment.how && payment.how !== "page" && <p>{t(`${payment.how}Do`)}</p>}
      <Facts
        items={[
          [t("reference"), <bdi style="white-space:nowrap">{payment.reference}</bdi>],
          [t("what"), purposeOf(payment, lang)],
          [t("amount"), formatMoney(payment.amountMinor, payment.currency, lang)],
          ...(payment.feeMinor
            ? [
                [t("feeOnTop"), formatMoney(payment.feeMinor, payment.currency, lang)] as const,
                [t("total"), formatMoney(payment.amountMinor + payment.feeMinor, payment.currency, lang)] as const,
              ]
            : []),
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
      {payment.how !== undefined && payment.how !== "page" && payment.state !== "refunded" && (
        <details open={mistakes.length > 0}>
          <summary>{t("codeTitle")}</summary>
          <p>{t("codeLead")}</p>
          <Form action={here.url(`/payments/${payment.id}/code`)} csrf={csrf} submit={t("codeDo")}>
            <Field
              label={t("code")}
              name="code"
              maxlength={60}
              error={mistakes.find(({ field }) => field === "code")?.detail}
            />
          </Form>
        </details>
      )}
    </>
  );
}

export interface Given {
  account?: string;
  msisdn?: string;
}
interface WaysProps {
  s: Shown;
  reference: string;
  /** Of a part; else all that is due. */
  amountMinor?: number | undefined;
  ways: readonly Way[];
  transfers: WaysToPay["transfers"];
  counters: WaysToPay["counters"];
  given: Given;
  mistakes: Mistake[];
}

/** What was asked for, without what a way moves more than that. */
const askedOf = ({ amountMinor, overMinor = 0, currency }: Way) => ({ amountMinor: amountMinor - overMinor, currency });

/** The choice of how to pay, with the fee of each, before anything is opened. */
export function WaysPage({ s, reference, amountMinor, ways, transfers, counters, given, mistakes }: WaysProps) {
  const { t, lang } = s;
  const [first] = [...ways.map(askedOf), ...transfers, ...counters];
  if (!first) return <Notice kind="warning">{t("noWay")}</Notice>;
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      <Facts
        items={[
          [t("reference"), <bdi style="white-space:nowrap">{reference}</bdi>],
          [t("amount"), <strong>{formatMoney(first.amountMinor, first.currency, lang)}</strong>],
        ]}
      />
      {ways.length > 0 && <OnlineWays {...{ s, reference, amountMinor, ways, given, mistakes }} />}
      {transfers.length > 0 && (
        <section>
          <h2>{t("transferTitle")}</h2>
          <p>{t("transferLead")}</p>
          {transfers.map(({ name, receiver, iban, reference: quoted }) => (
            <Facts
              items={[
                [t("receiver"), `${receiver}, ${name}`],
                [t("iban"), <bdi dir="ltr">{iban.replace(/(.{4})(?=.)/g, "$1 ")}</bdi>],
                [t("reference"), <bdi dir="ltr">{quoted}</bdi>],
              ]}
            />
          ))}
        </section>
      )}
      {counters.length > 0 && (
        <section>
          <h2>{t("counterTitle")}</h2>
          <p>{t("counterLead", { reference })}</p>
          <ul>
            {counters.map(({ name, isOpen }) => (
              <li>
                {name} <Tag kind={isOpen ? "success" : "info"}>{t(isOpen ? "counterOpen" : "counterClosed")}</Tag>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function OnlineWays({ s, reference, amountMinor, ways, given, mistakes }: Omit<WaysProps, "transfers" | "counters">) {
  const { t, here, lang, csrf } = s;
  const error = (field: string) => mistakes.find((mistake) => mistake.field === field)?.detail;
  const money = (amount: number) => formatMoney(amount, ways[0]?.currency ?? here.city.currency, lang);
  return (
    <Form action={here.url("/payments")} csrf={csrf} submit={t("payThisWay")}>
      <input type="hidden" name="reference" value={reference} />
      {amountMinor !== undefined && <input type="hidden" name="amountMinor" value={String(amountMinor)} />}
      <Field
        label={t("waysTitle")}
        name="account"
        type="radio"
        value={given.account ?? ways[0]?.account}
        error={error("account")}
        options={ways.map((way) => [
          way.account,
          [
            way.feeMinor > 0
              ? t("wayFee", { name: way.name, fee: money(way.feeMinor), total: money(way.totalMinor) })
              : t("wayFree", { name: way.name }),
            ...(way.overMinor ? [t("wayOver", { least: money(way.amountMinor), over: money(way.overMinor) })] : []),
          ].join(". "),
        ])}
      />
      <Field
        label={t("telephone")}
        name="msisdn"
        type="tel"
        autocomplete="tel"
        hint={t(ways.some(({ how }) => how === "prompt") ? "telephonePrompt" : "telephoneReceipt")}
        value={given.msisdn}
        error={error("msisdn")}
      />
    </Form>
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
          [t("what"), purposeOf(payment, lang)],
          [t("reference"), <bdi style="white-space:nowrap">{receipt.reference}</bdi>],
          [t("paidOn"), longCityMoment(receipt.settledAt, s)],
          [t("number"), <code>{receipt.paymentId}</code>],
        ]}
      />
      <PartsTable s={s} parts={receipt.parts} currency={receipt.currency} />
      {payment.kind.startsWith("prepaid_") && (
        <Actions>
          <LinkButton href={here.url(`/prepaid/of/${payment.billId}`)}>{t("tokenLink")}</LinkButton>
        </Actions>
      )}
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
          [t("paidOn"), longCityMoment(receipt.settledAt, s)],
          [t("number"), <code>{receipt.paymentId}</code>],
        ]}
      />
      <PartsTable s={s} parts={receipt.parts} currency={receipt.currency} />
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
      {!how.mode.endsWith("live") && <Notice kind="info">{t(how.mode === "none" ? "noProvider" : how.mode)}</Notice>}
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
          caption={labelled(lang, t("payments"), longPeriod(month, lang))}
          head={[t("opened"), t("reference"), t("what"), t("amount"), t("state"), t("number")]}
          numeric={[3]}
          rows={payments.map((payment) => [
            longCityMoment(payment.createdAt, s),
            <bdi style="white-space:nowrap">{payment.reference}</bdi>,
            purposeOf(payment, lang),
            formatMoney(payment.settledMinor ?? payment.amountMinor, payment.currency, lang),
            <Tag kind={KIND[payment.state]}>{t(payment.state)}</Tag>,
            <a href={here.url(`/staff/payments/of/${payment.id}`)}>
              <code>{payment.id}</code>
            </a>,
          ])}
        />
      )}
      {next && (
        <Pager next={[here.url(`/staff/payments?month=${month}&cursor=${encodeURIComponent(next)}`), t("older")]} />
      )}
      <p>
        {t("asCsv")}{" "}
        {(
          [
            ["payments", t("payments")],
            ["refunds", t("refunds")],
            ["suspense", t("suspenseTitle")],
          ] as const
        ).map(([table, words], i) => (
          <>
            {i > 0 && " · "}
            <a href={here.url(`/staff/payments/export?table=${table}&month=${month}`)}>{words}</a>
          </>
        ))}
      </p>
      <ul>
        {(
          [
            ["/staff/payments/suspense", t("suspenseTitle")],
            ["/staff/payments/refunds", t("refunds")],
            ["/staff/payments/limits", t("limits")],
            ["/staff/payments/reconciliation", t("reconciliation")],
            ["/staff/payments/accounts", t("accounts")],
            ["/staff/ledger", t("ledger")],
          ] as const
        ).map(([path, words]) => (
          <li>
            <a href={here.url(path)}>{words}</a>
          </li>
        ))}
      </ul>
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
