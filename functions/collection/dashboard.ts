import { stringify } from "csv-stringify/sync";
import type { Here } from "../../shared/here.ts";
import { decimalOf } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import { dayOf, monthOf } from "../../shared/time.ts";
import { kindName } from "../billing/events.ts";
import { ageing, figuresBy, NO_FIGURE, plus } from "./domain.ts";
import { forecast, historyOf } from "./forecast.ts";
import { type Campaign, type Figures, type Forecast, type TableName, UNKNOWN_DISTRICT } from "./schema.ts";
import { collectionStore } from "./store.ts";
import { collectionTexts } from "./texts.ts";

export interface Dashboard {
  figures: Figures;
  forecast: Forecast | undefined;
}

/** Everything that the treasurer sees, in one currency, from the running figures alone. */
export async function dashboard(here: Here, currency: string): Promise<Dashboard> {
  const store = collectionStore(here);
  const { timeZone } = here.city;
  const now = here.clock.now();
  const all = await store.figures(await store.months());
  const cohorts = all.cohorts.filter((one) => one.currency === currency);
  const intakes = all.intakes.filter((one) => one.currency === currency);
  const byMonth = figuresBy(cohorts, intakes, ({ month }) => month);
  const due = (await here.ledger.at()).list("due:").filter((one) => one.currency === currency);
  const figures: Figures = {
    currency,
    asOf: now.toISOString(),
    totals: byMonth.reduce(({ ...sum }, { name: _n, ...figure }) => plus(sum, figure), { ...NO_FIGURE }),
    byMonth,
    byService: figuresBy(cohorts, intakes, ({ kind }) => kind),
    byDistrict: figuresBy(cohorts, intakes, ({ district }) => district),
    ageing: ageing(cohorts, dayOf(now, timeZone)),
    ledgerDueMinor: due.reduce((sum, { balanceMinor }) => sum + Math.max(0, balanceMinor), 0),
  };
  const ahead = forecast(historyOf(cohorts, intakes, monthOf(now, timeZone)));
  return { figures, forecast: ahead && { currency, ...ahead } };
}

type Row = (string | number)[];
const percent = (share: number) => (share * 100).toFixed(1);

/** One of the tables as CSV: amounts as decimals of the currency, shares in percent. */
export async function csvOf(here: Here, table: TableName, currency: string, lang: Lang): Promise<string> {
  const rows = table === "campaigns" ? await campaignRows(here) : rowsOf(table, await dashboard(here, currency), lang);
  // A cell that a spreadsheet would take for a formula is given as text.
  return stringify(rows, { escape_formulas: true, record_delimiter: "\r\n" });
}

function rowsOf(table: Exclude<TableName, "campaigns">, { figures, forecast: ahead }: Dashboard, lang: Lang): Row[] {
  const { currency } = figures;
  const money = (minor: number) => decimalOf(minor, currency);
  if (table === "ageing")
    return [
      ["age_days", "open_bills", "open", "currency"],
      ...figures.ageing.map(({ age, bills, openMinor }): Row => [age, bills, money(openMinor), currency]),
    ];
  if (table === "forecast")
    return [
      [
        ...["month", "months_ahead", "method", "forecast", "low", "high"],
        ...["tested_months", "mean_error_percent", "worst_error_percent", "bias_percent", "currency"],
      ],
      ...(ahead?.ahead ?? []).map(
        ({ month, ahead: by, method, forecastMinor, lowMinor, highMinor, error }): Row => [
          ...[month, by, method, money(forecastMinor)],
          ...[lowMinor, highMinor].map((minor) => (minor === undefined ? "" : money(minor))),
          error?.months ?? 0,
          ...[error?.mean, error?.worst, error?.bias].map((share) => (share === undefined ? "" : percent(share))),
          currency,
        ],
      ),
    ];
  if (table === "tested")
    return [
      ["month", "forecast", "came_in", "currency"],
      ...(ahead?.tested ?? []).map(
        ({ month, forecastMinor, actualMinor }): Row => [
          ...[month, money(forecastMinor), money(actualMinor), currency],
        ],
      ),
    ];
  const of = { month: figures.byMonth, service: figures.byService, district: figures.byDistrict }[table];
  return [
    [table, "bills", "due", "collected", "written_off", "open_bills", "open", "currency"],
    ...of.map(
      (one): Row => [
        ...[shownName(table, one.name, lang), one.bills, money(one.billedMinor), money(one.collectedMinor)],
        ...[money(one.writtenOffMinor), one.openBills, money(one.openMinor), currency],
      ],
    ),
  ];
}

/** A service's and an unknown district's name in the reader's language. */
export const shownName = (table: TableName, name: string, lang: Lang): string =>
  table === "service"
    ? kindName(name, lang)
    : table === "district" && name === UNKNOWN_DISTRICT
      ? collectionTexts.in(lang)("unknown")
      : name;

async function campaignRows(here: Here): Promise<Row[]> {
  const { campaigns } = await collectionStore(here).campaigns({ limit: 500 });
  const money = (minor: number, { currency }: Campaign) => decimalOf(minor, currency);
  return [
    [
      ...["campaign", "stage", "state", "asked_at", "sms", "email", "letter", "unsure", "failed", "spent"],
      ...["reminded_bills", "due_then", "paid_bills", "settled_bills", "paid_within_30_days", "currency"],
    ],
    ...campaigns.map(
      (one): Row => [
        ...[one.id, one.stage, one.state, one.askedAt],
        ...[one.sentByChannel.sms, one.sentByChannel.email, one.sentByChannel.letter],
        ...[one.outcomes.unsure, one.outcomes.failed, money(one.spentMinor, one)],
        ...[one.yield.bills, money(one.yield.remindedMinor, one), one.yield.paidBills, one.yield.settledBills],
        ...[money(one.yield.paidMinor, one), one.currency],
      ],
    ),
  ];
}
