import { Actions, Facts, Field, Form, LinkButton, Notice, Table } from "../../shared/components.tsx";
import { cityDay, longPeriod } from "../../shared/dates.ts";
import { decimalOf, formatMoney } from "../../shared/money.ts";
import type { AccountFacts } from "../accounts/events.ts";
import type { BankAccountFacts } from "../bank/events.ts";
import { accountTexts } from "./account-texts.ts";
import type { Due, Dues } from "./events.ts";
import { BillQr } from "./qr.tsx";
import type { Statement } from "./schema.ts";
import { kindName } from "./texts.ts";
import { Reference, type Shown } from "./views.tsx";

type Standing = Pick<Dues, "dues" | "dueMinor" | "creditMinor" | "currency">;

const DueTable = ({ s, dues, currency }: { s: Shown; dues: readonly Due[]; currency: string }) => (
  <Table
    caption={accountTexts.in(s.lang)("dues")}
    head={[s.t("service"), s.t("month"), s.t("due")]}
    numeric={[2]}
    rows={dues.map(({ kind, titles, month, dueMinor }) => [
      titles?.[s.lang] ?? kindName(kind, s.lang),
      longPeriod(month, s.lang),
      formatMoney(dueMinor, currency, s.lang),
    ])}
  />
);

/** All that is due by an account's reference, and one button for it: no name, no sign-in. */
export function PayAccount({ s, due }: { s: Shown; due: Dues }) {
  const { t, here, lang, csrf } = s;
  const tt = accountTexts.in(lang);
  const { reference, dueMinor, currency } = due;
  const other = (
    <p>
      <a href={here.url("/pay")}>{tt("otherAccount")}</a>
    </p>
  );
  if (dueMinor === 0)
    return (
      <>
        <Notice kind="success">{tt("nothingDue", { reference })}</Notice>
        {other}
      </>
    );
  return (
    <>
      <Facts
        items={[
          [
            tt("accountReference"),
            <strong>
              <Reference of={reference} />
            </strong>,
          ],
          [tt("dueInAll"), <strong>{formatMoney(dueMinor, currency, lang)}</strong>],
        ]}
      />
      <DueTable {...{ s, currency }} dues={due.dues} />
      <p>{tt("payAccountCheck")}</p>
      <Form action={here.url("/payments")} csrf={csrf} submit={t("payAll")}>
        <input type="hidden" name="reference" value={reference} />
      </Form>
      {other}
    </>
  );
}

const creditFact = (s: Shown, creditMinor: number, currency: string) =>
  creditMinor > 0
    ? ([[accountTexts.in(s.lang)("credit"), formatMoney(creditMinor, currency, s.lang)]] as const)
    : ([] as const);

/** The resident's accounts in one glance, above their bills. */
export function AccountsDue({ s, dues }: { s: Shown; dues: readonly { account: AccountFacts; due: Standing }[] }) {
  const { here, lang } = s;
  const tt = accountTexts.in(lang);
  return (
    <>
      {dues.map(({ account, due: { dueMinor, creditMinor, currency } }) => (
        <section>
          <h2>
            <a href={here.url(`/bills/of/${account.id}`)}>{tt("accountNumber", { number: account.number })}</a>
          </h2>
          <Facts
            items={[
              [tt("dueInAll"), <strong>{formatMoney(dueMinor, currency, lang)}</strong>],
              ...creditFact(s, creditMinor, currency),
            ]}
          />
          {dueMinor > 0 && (
            <Actions>
              <LinkButton href={here.url(`/pay?reference=${account.reference}`)}>{s.t("payAll")}</LinkButton>
            </Actions>
          )}
        </section>
      ))}
    </>
  );
}

interface Props {
  s: Shown;
  account: AccountFacts;
  banks: readonly BankAccountFacts[];
  statement: Statement & { openingMinor: number };
  mayGiveBack: boolean;
}

/** An account as a whole: what is due, what is paid ahead, and how it came to that. */
export function StatementPage({ s, account, banks, statement, mayGiveBack }: Props) {
  const { here, lang, csrf } = s;
  const tt = accountTexts.in(lang);
  const { dueMinor, creditMinor, currency, lines, openingMinor } = statement;
  const money = (minor: number) => formatMoney(minor, currency, lang);
  return (
    <>
      <Facts
        items={[
          [tt("holder"), account.name],
          [
            tt("accountReference"),
            <strong>
              <Reference of={account.reference} />
            </strong>,
          ],
          [tt("dueInAll"), <strong>{money(dueMinor)}</strong>],
          ...creditFact(s, creditMinor, currency),
        ]}
      />
      {dueMinor > 0 && (
        <Actions>
          <LinkButton href={here.url(`/pay?reference=${account.reference}`)}>{s.t("payAll")}</LinkButton>
        </Actions>
      )}
      {lines.length === 0 ? (
        <p>{tt("noLines")}</p>
      ) : (
        <Table
          caption={tt("statement")}
          head={[tt("day"), s.t("what"), s.t("reference"), s.t("amount"), tt("balance")]}
          numeric={[3, 4]}
          rows={[
            ...(openingMinor === 0 ? [] : [["", tt("before"), "", "", money(openingMinor)]]),
            ...lines.map((line) => [
              cityDay(line.at, s),
              line.withinMinor === undefined
                ? tt(`line_${line.what}`)
                : tt("within", { what: tt(`line_${line.what}`), amount: money(line.withinMinor) }),
              <>
                {line.billId && (
                  <a href={here.url(`/bills/${line.billId}`)}>
                    <Reference of={line.reference ?? ""} />
                  </a>
                )}
                {line.billId && line.paymentId && " · "}
                {line.paymentId && <a href={here.url(`/receipts/${line.paymentId}`)}>{tt("receipt")}</a>}
              </>,
              line.withinMinor === undefined ? money(line.amountMinor) : "–",
              money(line.balanceMinor),
            ]),
          ]}
        />
      )}
      <p>
        <a href={here.url(`/bills/of/${account.id}/statement.csv`)}>{tt("asCsv")}</a>
      </p>
      {dueMinor > 0 && (
        <BillQr
          {...{ here, lang, banks }}
          bill={{ reference: account.reference, kind: "account", dueMinor, currency }}
          says={s.t("scan")}
          transfer={s.t("transferReference")}
        />
      )}
      {mayGiveBack && creditMinor > 0 && (
        <>
          <h2>{tt("giveCreditBack")}</h2>
          <Form
            action={here.url(`/staff/payments/credits/${account.id}/refunds`)}
            csrf={csrf}
            submit={tt("giveCreditBack")}
          >
            <Field
              label={s.t("amountAsk", { most: money(creditMinor) })}
              name="amount"
              inputmode="decimal"
              maxlength={30}
              value={decimalOf(creditMinor, currency)}
            />
            <Field label={s.t("reason")} name="reason" maxlength={200} required />
          </Form>
        </>
      )}
    </>
  );
}
