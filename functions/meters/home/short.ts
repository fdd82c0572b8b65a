import { decimalOf, exponentOf } from "../../../shared/money.ts";
import type { Lang } from "../../../shared/texts.ts";
import type { Kind, Meter } from "../schema.ts";
import type { News } from "./alarms.ts";
import { plain } from "./gsm.ts";
import type { Alarms, HomeRules, MeterSummary } from "./schema.ts";
import { homeTexts } from "./texts.ts";

// A meter in few words: for a message, and for a telephone's menu.

const UNIT: Record<Kind, Record<Lang, string>> = {
  electricity: { en: "kWh", fr: "kWh", ar: "ك.و.س" },
  water: { en: "m3", fr: "m3", ar: "م3" },
  gas: { en: "m3", fr: "m3", ar: "م3" },
};

/** Base units as people read them. */
export const thousandth = (quantity: number, lang: Lang): string =>
  new Intl.NumberFormat(lang, { maximumFractionDigits: 3 }).format(quantity / 1000);
/** To three digits: as much as an estimate or a glance can use. */
export const rounded = (quantity: number, lang: Lang): string =>
  new Intl.NumberFormat(lang, { maximumSignificantDigits: 3 }).format(quantity / 1000);
export const percent = (share: number, lang: Lang): string =>
  new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 0 }).format(share);
const monthIn = (month: string, lang: Lang): string =>
  new Intl.DateTimeFormat(lang, { month: "short", timeZone: "UTC" }).format(new Date(`${month}-01T00:00Z`));
/** The code says which money it is, in every alphabet. */
const money = (amountMinor: number, currency: string, lang: Lang): string =>
  new Intl.NumberFormat(lang, {
    style: "currency",
    currency,
    currencyDisplay: "code",
    minimumFractionDigits: exponentOf(currency),
    maximumFractionDigits: exponentOf(currency),
    // A decimal string keeps amounts exact that a float would not.
  }).format(decimalOf(amountMinor, currency) as unknown as number);

/** The summary line by line, the most important first. */
export function linesOf(summary: MeterSummary, serial: string, lang: Lang): string[] {
  const t = homeTexts.in(lang);
  const { kind, month, today, cost, forecast, comparison, alarms } = summary;
  const used = (quantity: number) => `${rounded(quantity, lang)} ${UNIT[kind][lang]}`;
  const marked = (text: string, isEstimated: boolean) => (isEstimated ? t("estimate", { amount: text }) : text);
  const lines = [
    t("smsMonth", {
      serial,
      month: monthIn(month.month, lang),
      quantity: marked(used(month.quantity), month.isEstimated),
    }),
  ];
  if (alarms.flow?.isOn)
    lines.push(t("smsFlow", { hours: alarms.flow.hours, least: rounded(alarms.flow.leastPerHour * 1000, lang) }));
  if (alarms.silence.isOn) lines.push(t("smsSilence", { days: alarms.silence.days }));
  if (cost) lines.push(t("smsCost", { amount: marked(money(cost.totalMinor, cost.currency, lang), cost.isEstimated) }));
  if (alarms.budget && alarms.budget.state !== "within")
    lines.push(t("smsBudget", { share: percent(alarms.budget.share, lang) }));
  if (forecast.state === "given") {
    const { currency, lowMinor, highMinor, lowQuantity, highQuantity } = forecast;
    lines.push(
      currency !== undefined && lowMinor !== undefined && highMinor !== undefined
        ? t("smsEnd", { low: money(lowMinor, currency, lang), high: money(highMinor, currency, lang) })
        : t("smsEnd", { low: rounded(lowQuantity, lang), high: used(highQuantity) }),
    );
  }
  if (today.hours.some(({ coverage }) => coverage > 0))
    lines.push(t("smsToday", { quantity: marked(used(today.quantity), today.isEstimated) }));
  if (comparison.state === "shown")
    lines.push(
      t("smsHomes", {
        month: monthIn(comparison.month, lang),
        own: used(comparison.own),
        median: used(comparison.median),
      }),
    );
  return lines;
}

interface Now {
  alarms: Alarms;
  rules: HomeRules;
  currency: string;
  costMinor: number;
  isEstimated: boolean;
}

/** What is told of one alarm. */
export function newsText(city: string, meter: Meter, news: News, now: Now, lang: Lang): string {
  const t = homeTexts.in(lang);
  const { alarms, rules, currency, costMinor, isEstimated } = now;
  const of = { city, serial: meter.serial };
  if (news === "flow")
    return plain(
      t("newsFlow", {
        ...of,
        hours: alarms.flow?.hours,
        least: rounded((alarms.flow?.leastPerHour ?? 0) * 1000, lang),
      }),
    );
  if (news === "silence") return plain(t("newsSilence", { ...of, days: alarms.silence.days }));
  const cost = money(costMinor, currency, lang);
  return plain(
    t(news === "budget_near" ? "newsNear" : "newsOver", {
      ...of,
      budget: money(rules.budgetMinor ?? 0, currency, lang),
      cost: isEstimated ? t("estimate", { amount: cost }) : cost,
    }),
  );
}
