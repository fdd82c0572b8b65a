import type { Entry as Posted, Proof } from "../../shared/ledger.ts";
import { decimalOf } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import m57 from "./charts/m57.json" with { type: "json" };
import syscohada from "./charts/syscohada.json" with { type: "json" };

/** A chart of accounts, as data: our account names by pattern, the first that fits; the last one fits all. */
export interface Chart {
  id: string;
  title: Record<Lang, string>;
  accounts: {
    account: string;
    number: string;
    label: Record<Lang, string>;
    /** Where the number was read, when, and how surely. */
    source?: string;
  }[];
}
export const CHARTS: Readonly<Record<"syscohada" | "m57", Chart>> = { syscohada, m57 };
export const CHART_IDS = ["own", "syscohada", "m57"] as const;
export type ChartId = (typeof CHART_IDS)[number];

/** Where an account stands in a chart: a pattern is a whole name, or a beginning before its star. */
export function placeOf(account: string, chart: ChartId, lang: Lang): { number: string; label: string } {
  if (chart === "own") return { number: account, label: "" };
  const found = CHARTS[chart].accounts.find(({ account: pattern }) =>
    pattern.endsWith("*") ? account.startsWith(pattern.slice(0, -1)) : account === pattern,
  );
  if (!found) throw new RangeError(`the chart ${chart} has no place for ${account}`);
  return { number: found.number, label: found.label[lang] };
}

/** Columns of the export. What is said of the whole (`sum`, `proof`) stands in rows of their own at the end. */
export const COLUMNS = [
  ...["row", "entry", "day", "posted_at", "account_number", "account_label", "account", "debit", "credit"],
  ...["currency", "kind", "memo", "against", "segment"],
] as const;

/** Both legs of a transfer, as an accountant reads them: amounts are decimals of the currency, exact. */
export function linesOf({ id, on, at, seq, transfer }: Posted, chart: ChartId, lang: Lang): string[][] {
  const { debit, credit, amountMinor, currency, code = "", memo = "" } = transfer;
  const amount = decimalOf(amountMinor, currency);
  const line = (account: string, against: string, isDebit: boolean) => {
    const { number, label } = placeOf(account, chart, lang);
    const sides = isDebit ? [amount, ""] : ["", amount];
    return ["line", id, on, at, number, label, account, ...sides, currency, code, memo, against, String(seq)];
  };
  return [line(debit, credit, true), line(credit, debit, false)];
}

/** The end of an export: what its lines add up to, and the proof of the journal that they were taken from. */
export function endOf(totals: ReadonlyMap<string, bigint>, proof: Proof, at: string): string[][] {
  const blank = (values: Partial<Record<(typeof COLUMNS)[number], string>>) =>
    COLUMNS.map((name) => values[name] ?? "");
  const sums = [...totals].sort().map(([currency, total]) => {
    // Whole minor units beyond what a number keeps exactly are still exact here.
    const amount = decimalText(total, currency);
    return blank({ row: "sum", posted_at: at, debit: amount, credit: amount, currency });
  });
  const zero = Object.entries(proof.sums).map(([currency, sum]) => `${currency} ${sum}`);
  return [
    ...sums,
    blank({
      row: "proof",
      entry: proof.digest,
      posted_at: at,
      kind: proof.isSound ? "sound" : "unsound",
      memo: `sums of all accounts: ${zero.join(", ") || "none"}; transfers: ${proof.transfers}`,
      segment: String(proof.segments),
    }),
  ];
}

function decimalText(total: bigint, currency: string): string {
  const one = decimalOf(1, currency);
  const exponent = one.includes(".") ? one.length - 2 : 0;
  const digits = total.toString().padStart(exponent + 1, "0");
  return exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}
