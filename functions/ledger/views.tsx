import { ErrorSummary, Facts, Field, Form, Notice, Pager, Table, Tag } from "../../shared/components.tsx";
import { cityMoment, shortDay } from "../../shared/dates.ts";
import type { Here } from "../../shared/here.ts";
import { onNormalSide } from "../../shared/ledger/chart.ts";
import type { Proof } from "../../shared/ledger.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import { CHARTS } from "./domain.ts";
import type { Balance, Closing, Entry } from "./schema.ts";
import type { ledgerTexts } from "./texts.ts";

export type Mistake = { field: string; detail: string };
export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof ledgerTexts.in>;
}

const entriesUrl = (here: Here, account: string, cursor?: string) =>
  here.url(
    `/staff/ledger/entries?account=${encodeURIComponent(account)}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
  );

interface LedgerProps {
  s: Shown;
  proof: Proof;
  single: readonly Balance[];
  due: readonly Balance[];
  closings: readonly Closing[];
  mistakes: readonly Mistake[];
  /** Who looks: whoever asked cannot approve. */
  me: string;
}

export function LedgerPage({ s, proof, single, due, closings, mistakes, me }: LedgerProps) {
  const { t, lang, here, csrf } = s;
  const money = ({ balanceMinor, currency }: Balance) => formatMoney(balanceMinor, currency, lang);
  const currencies = [...new Set(due.map(({ currency }) => currency))];
  const dueOf = (currency: string) => {
    const those = due.filter((one) => one.currency === currency);
    const balanceMinor = those.reduce((sum, one) => sum + one.balanceMinor, 0);
    return [t("dueAccounts", { count: those.length }), formatMoney(balanceMinor, currency, lang)];
  };
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      <Notice kind={proof.isSound ? "success" : "error"}>{t(proof.isSound ? "sound" : "unsound")}</Notice>
      {proof.problems.length > 0 && (
        <ul>
          {proof.problems.map((problem) => (
            <li>{problem}</li>
          ))}
        </ul>
      )}
      <Facts
        items={[
          [t("transfers"), String(proof.transfers)],
          [t("segments"), String(proof.segments)],
          ...Object.entries(proof.sums).map(
            ([currency, sum]) => [t("sum", { currency }), formatMoney(sum, currency, lang)] as const,
          ),
          [t("digest"), <code style="overflow-wrap:anywhere">{proof.digest}</code>],
        ]}
      />
      <Table
        caption={t("balances")}
        head={[t("account"), t("balance")]}
        numeric={[1]}
        rows={[
          ...currencies.map(dueOf),
          ...single.map((one) => [
            <a href={entriesUrl(here, one.account)}>
              <bdi>{one.account}</bdi>
            </a>,
            onNormalSide(one.account, one.balanceMinor) < 0 ? (
              <>
                {money(one)} <Tag kind="warning">{t("unusual")}</Tag>
              </>
            ) : (
              money(one)
            ),
          ]),
        ]}
      />
      <h2>{t("export")}</h2>
      <p>{t("exportLead")}</p>
      <Form action={here.url("/staff/ledger/export")} csrf={csrf} method="get" submit={t("exportDo")}>
        <Field label={t("from")} name="from" type="date" />
        <Field label={t("to")} name="to" type="date" />
        <Field
          label={t("chart")}
          name="chart"
          type="select"
          value="own"
          options={[
            ["own", t("ownChart")],
            ...Object.values(CHARTS).map((chart): [string, string] => [chart.id, chart.title[lang]]),
          ]}
        />
      </Form>
      <h2>{t("closings")}</h2>
      <p>{t("closingsLead")}</p>
      {closings.length > 0 && (
        <Table
          caption={t("closings")}
          head={[t("closedUpTo"), t("state"), t("balancesDigest"), ""]}
          rows={closings.map((closing) => [
            shortDay(closing.on, lang),
            <Tag kind={closing.state === "closed" ? "success" : "warning"}>
              {t(closing.state === "closed" ? "closed" : "asked")}
            </Tag>,
            <code style="overflow-wrap:anywhere">
              {proof.closings.find(({ on }) => on === closing.on)?.balancesDigest ?? ""}
            </code>,
            closing.state === "asked" && closing.askedBy !== me ? (
              <Form
                action={here.url(`/staff/ledger/closings/${closing.on}/approve`)}
                csrf={csrf}
                submit={t("approve", { day: shortDay(closing.on, lang) })}
              />
            ) : closing.state === "asked" ? (
              t("waitsForAnother")
            ) : (
              ""
            ),
          ])}
        />
      )}
      <Form action={here.url("/staff/ledger/closings")} csrf={csrf} submit={t("askClosing")}>
        <Field
          label={t("closeUpTo")}
          name="on"
          type="date"
          required
          error={mistakes.find(({ field }) => field === "on")?.detail}
        />
      </Form>
    </>
  );
}

interface EntriesProps {
  s: Shown;
  account: string;
  entries: readonly Entry[];
  next: string | undefined;
}

export function EntriesPage({ s, account, entries, next }: EntriesProps) {
  const { t, lang, here } = s;
  const amount = ({ amountMinor, currency }: Entry) => formatMoney(amountMinor, currency, lang);
  return (
    <>
      {entries.length === 0 ? (
        <p>{t("noEntries")}</p>
      ) : (
        <Table
          caption={t("entries", { account })}
          head={[t("at"), t("against"), t("code"), t("debit"), t("credit"), t("entry")]}
          numeric={[3, 4]}
          rows={entries.map((entry) => [
            cityMoment(entry.at, s),
            <bdi>{entry.debit === account ? entry.credit : entry.debit}</bdi>,
            entry.code ?? "",
            entry.debit === account ? amount(entry) : "",
            entry.credit === account ? amount(entry) : "",
            <code>{entry.id}</code>,
          ])}
        />
      )}
      {next && <Pager next={[entriesUrl(here, account, next), t("goOn")]} />}
    </>
  );
}
