import { Actions, ErrorSummary, Facts, Field, Form, LinkButton, Notice, Table, Tag } from "../../shared/components.tsx";
import { shortDay } from "../../shared/dates.ts";
import type { Here } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import type { BankAccount, Line, Order, Outcome, Statement } from "./schema.ts";
import type { bankTexts } from "./texts.ts";

export type Mistake = { field: string; detail: string };
export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof bankTexts.in>;
}
const OUTCOME: Record<Outcome, "success" | "warning"> = {
  settled: "success",
  deposit: "success",
  third_party: "success",
  payout: "success",
  suspense: "warning",
  debit: "warning",
};
const ORDER: Record<Order["state"], "info" | "success" | "error"> = {
  asked: "info",
  approved: "success",
  refused: "error",
};
const grouped = (iban: string) => iban.replace(/(.{4})(?=.)/g, "$1 ");
const Iban = ({ iban }: { iban: string }) => <bdi dir="ltr">{grouped(iban)}</bdi>;

interface BankProps {
  s: Shown;
  accounts: readonly BankAccount[];
  statements: readonly Statement[];
  orders: readonly Order[];
  balanceOf: (account: BankAccount) => number;
  inTransit: readonly { currency: string; balanceMinor: number }[];
  given: Record<string, string>;
  mistakes: readonly Mistake[];
  today: string;
  newOrder: string;
}

export function BankPage(props: BankProps) {
  const { s, accounts, statements, orders, balanceOf, inTransit, given, mistakes, today, newOrder } = props;
  const { t, here, lang } = s;
  const error = (field: string) => mistakes.find((one) => one.field === field)?.detail;
  const options = accounts.map(({ id, name, iban }) => [id, `${name} (${iban.slice(-4)})`] as const);
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      {accounts.length > 0 && (
        <Table
          caption={t("accounts")}
          head={[t("name"), "IBAN", t("inBooks")]}
          numeric={[2]}
          rows={accounts.map((account) => [
            account.name,
            <Iban iban={account.iban} />,
            formatMoney(balanceOf(account), account.currency, lang),
          ])}
        />
      )}
      {inTransit.map(({ currency, balanceMinor }) => (
        <p>{t("inTransit", { sum: formatMoney(balanceMinor, currency, lang) })}</p>
      ))}
      {statements.length > 0 && (
        <Table
          caption={t("statements")}
          head={[t("statement"), t("upTo"), t("closing"), t("matched"), t("unmatched")]}
          numeric={[2, 3, 4]}
          rows={statements.map((one) => [
            <a href={here.url(`/staff/bank/statements/${one.id}`)}>{one.bankId}</a>,
            shortDay(one.closedOn, lang),
            formatMoney(one.closingMinor, one.currency, lang),
            String(one.matched),
            one.state === "done" ? String(one.unmatched) : t("working", { done: one.handled, all: one.lines }),
          ])}
        />
      )}
      {accounts.length > 0 && (
        <>
          <h2>{t("newStatement")}</h2>
          <Form
            action={here.url("/staff/bank/statements")}
            csrf={s.csrf}
            enctype="multipart/form-data"
            submit={t("takeIn")}
          >
            <Field label={t("account")} name="account" type="select" options={options} value={given["account"]} />
            <Field
              label={t("file")}
              name="file"
              type="file"
              hint={t("fileHint")}
              accept=".xml,application/xml"
              error={error("file")}
            />
          </Form>
        </>
      )}
      {orders.length > 0 && (
        <Table
          caption={t("orders")}
          head={[t("order"), t("on"), t("amount"), t("state")]}
          numeric={[2]}
          rows={orders.map((order) => [
            <a href={here.url(`/staff/bank/orders/${order.id}`)}>{order.id.slice(-8)}</a>,
            shortDay(order.executeOn, lang),
            formatMoney(order.totalMinor, order.currency, lang),
            <Tag kind={ORDER[order.state]}>{t(order.state)}</Tag>,
          ])}
        />
      )}
      {accounts.length > 0 && (
        <details>
          <summary>{t("newOrder")}</summary>
          <Form action={here.url("/staff/bank/orders")} csrf={s.csrf} submit={t("ask")}>
            <input type="hidden" name="id" value={newOrder} />
            <Field
              label={t("account")}
              name="account"
              id="order-account"
              type="select"
              options={options}
              value={given["account"]}
            />
            <Field
              label={t("on")}
              name="on"
              type="date"
              value={given["on"] ?? today}
              error={error("on") ?? error("executeOn")}
            />
            <Field
              label={t("format")}
              name="format"
              type="select"
              options={[
                ["pain.001.001.09", "pain.001.001.09"],
                ["pain.001.001.03", "pain.001.001.03"],
              ]}
              value={given["format"]}
            />
            <Field
              label={t("payouts")}
              name="payouts"
              type="textarea"
              hint={t("payoutsHint")}
              value={given["payouts"]}
              error={error("payouts")}
              maxlength={20_000}
            />
          </Form>
        </details>
      )}
      <details open={accounts.length === 0}>
        <summary>{t("newAccount")}</summary>
        <Form action={here.url("/staff/bank/accounts")} csrf={s.csrf} submit={t("keep")}>
          <Field label={t("name")} name="name" required maxlength={80} value={given["name"]} error={error("name")} />
          <Field
            label="IBAN"
            name="iban"
            required
            maxlength={42}
            dir="ltr"
            value={given["iban"]}
            error={error("iban")}
          />
          <Field label="BIC" name="bic" maxlength={14} dir="ltr" value={given["bic"]} error={error("bic")} />
        </Form>
      </details>
    </>
  );
}

interface StatementProps {
  s: Shown;
  statement: Statement;
  lines: readonly Line[];
  ledgerMinor: number;
}

export function StatementPage({ s, statement, lines, ledgerMinor }: StatementProps) {
  const { t, here, lang } = s;
  const money = (amountMinor: number) => formatMoney(amountMinor, statement.currency, lang);
  const isDone = statement.state === "done";
  const open = lines.filter(({ outcome }) => outcome === "suspense" || outcome === "debit");
  const rows = (some: readonly Line[]) =>
    some.map((line) => [
      String(line.n),
      shortDay(line.bookedOn, lang),
      <bdi>{line.text || line.endToEndId || line.bankRef}</bdi>,
      money(line.side === "credit" ? line.amountMinor : -line.amountMinor),
      line.paymentId ? <a href={here.url(`/receipts/${line.paymentId}`)}>{line.reference}</a> : (line.reference ?? ""),
      line.outcome ? <Tag kind={OUTCOME[line.outcome]}>{t(line.outcome)}</Tag> : "",
    ]);
  const head = [t("line"), t("day"), t("text"), t("amount"), t("reference"), t("state")];
  return (
    <>
      <Notice kind={!isDone ? "info" : statement.unmatched === 0 ? "success" : "warning"}>
        {isDone
          ? t("doneSays", { matched: statement.matched, unmatched: statement.unmatched })
          : t("working", { done: statement.handled, all: statement.lines })}
      </Notice>
      <Facts
        items={[
          [t("opening"), `${money(statement.openingMinor)} (${shortDay(statement.openedOn, lang)})`],
          [t("closing"), `${money(statement.closingMinor)} (${shortDay(statement.closedOn, lang)})`],
          [t("inBooks"), money(ledgerMinor)],
        ]}
      />
      {!isDone && (
        <Actions>
          <LinkButton href={here.url(`/staff/bank/statements/${statement.id}`)}>{t("lookAgain")}</LinkButton>
        </Actions>
      )}
      {open.length > 0 && (
        <>
          <Table caption={t("notMatched")} head={head} numeric={[0, 3]} rows={rows(open)} />
          <p>
            <a href={here.url("/staff/payments/suspense")}>{t("toSuspense")}</a>
          </p>
        </>
      )}
      <Table caption={t("allLines")} head={head} numeric={[0, 3]} rows={rows(lines.slice(0, 1_000))} />
    </>
  );
}

export function OrderPage({ s, order, me, paid }: { s: Shown; order: Order; me: string; paid: ReadonlySet<string> }) {
  const { t, here, lang } = s;
  const at = here.url(`/staff/bank/orders/${order.id}`);
  return (
    <>
      <Facts
        items={[
          [t("state"), <Tag kind={ORDER[order.state]}>{t(order.state)}</Tag>],
          [t("on"), shortDay(order.executeOn, lang)],
          [t("amount"), <strong>{formatMoney(order.totalMinor, order.currency, lang)}</strong>],
          [t("format"), order.format],
        ]}
      />
      {order.state === "asked" &&
        (order.askedBy === me ? (
          <Notice kind="info">{t("anotherDecides")}</Notice>
        ) : (
          <Form action={`${at}/decide`} csrf={s.csrf} submit={t("decide")}>
            <Field
              label={t("agreeQuestion")}
              name="agrees"
              type="radio"
              options={[
                ["yes", t("agree")],
                ["no", t("refuse")],
              ]}
            />
          </Form>
        ))}
      {order.state === "approved" && (
        <Actions>
          <LinkButton href={`${at}/file`}>{t("download")}</LinkButton>
        </Actions>
      )}
      <Table
        caption={t("payouts")}
        head={[t("name"), "IBAN", t("amount"), t("text"), t("account"), t("state")]}
        numeric={[2]}
        rows={order.payouts.map((one) => [
          one.name,
          <Iban iban={one.iban} />,
          formatMoney(one.amountMinor, order.currency, lang),
          one.text,
          <bdi>{one.account}</bdi>,
          paid.has(one.endToEndId) ? <Tag kind="success">{t("payout")}</Tag> : "",
        ])}
      />
    </>
  );
}
