import { Facts, Notice, Pager, Table } from "../../shared/components.tsx";
import type { Here } from "../../shared/here.ts";
import type { Proof } from "../../shared/ledger.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import type { Balance, Entry } from "./schema.ts";
import type { ledgerTexts } from "./texts.ts";

export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof ledgerTexts.in>;
}

const moment = (iso: string, { here, lang }: Shown) =>
  new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short", timeZone: here.city.timeZone }).format(
    new Date(iso),
  );

const entriesUrl = (here: Here, account: string, cursor?: string) =>
  here.url(
    `/staff/ledger/entries?account=${encodeURIComponent(account)}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
  );

interface LedgerProps {
  s: Shown;
  proof: Proof;
  single: readonly Balance[];
  due: readonly Balance[];
}

export function LedgerPage({ s, proof, single, due }: LedgerProps) {
  const { t, lang, here } = s;
  const money = ({ balanceMinor, currency }: Balance) => formatMoney(balanceMinor, currency, lang);
  const currencies = [...new Set(due.map(({ currency }) => currency))];
  const dueOf = (currency: string) => {
    const those = due.filter((one) => one.currency === currency);
    const balanceMinor = those.reduce((sum, one) => sum + one.balanceMinor, 0);
    return [t("dueAccounts", { count: those.length }), currency, formatMoney(balanceMinor, currency, lang)];
  };
  return (
    <>
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
        head={[t("account"), t("currency"), t("balance")]}
        numeric={[2]}
        rows={[
          ...currencies.map(dueOf),
          ...single.map((one) => [
            <a href={entriesUrl(here, one.account)}>
              <bdi>{one.account}</bdi>
            </a>,
            one.currency,
            money(one),
          ]),
        ]}
      />
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
            moment(entry.at, s),
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
