import type { City } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import { SHOWN_UNIT } from "../../shared/units.ts";
import type { Alarm } from "./schema.ts";
import { alarmTexts } from "./texts.ts";

/** An alarm in a sentence. */
export function saysOf({ kind, facts }: Alarm, city: Pick<City, "timeZone">, lang: Lang): string {
  const { amountMinor, currency, at } = facts;
  const moment = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short", timeZone: city.timeZone });
  return alarmTexts.in(lang)(`says_${kind}`, {
    account: facts.account ?? "",
    day: facts.day ?? "",
    week: facts.week ?? "",
    month: facts.month ?? "",
    rail: facts.rail ?? "",
    till: facts.till ?? "",
    problem: facts.problem ?? "",
    count: facts.count ?? 0,
    usual: facts.usual ?? 0,
    minutes: facts.minutes ?? 0,
    amount: amountMinor === undefined || currency === undefined ? "" : formatMoney(amountMinor, currency, lang),
    zone: facts.zone ?? "",
    module: facts.module ?? "",
    thing: facts.what ?? "",
    unit: facts.measure ?? "",
    value:
      facts.value === undefined ? "" : new Intl.NumberFormat(lang, { maximumFractionDigits: 2 }).format(facts.value),
    highest: highestOf(facts, lang),
    at: at === undefined ? "" : moment.format(new Date(at)),
  });
}

/** As people read it: kWh or m³. */
const highestOf = ({ highest = 0, unit }: Alarm["facts"], lang: Lang): string =>
  `${new Intl.NumberFormat(lang).format(highest / 1000)} ${SHOWN_UNIT[unit === "L" ? "water" : "electricity"][lang]}`;

/** Where somebody looks into it. */
export function pathOf({ kind, facts }: Alarm): string {
  const { account, day, refundId, paymentId, suspenseId, till } = facts;
  switch (kind) {
    case "mismatch":
      return `/staff/payments/reconciliation/${account}/${day}`;
    case "provider_silent":
      return "/staff/payments/accounts";
    case "refund_soon":
      return `/staff/payments/refunds/${refundId}`;
    case "refunds_repeated":
      return `/staff/payments/of/${paymentId}`;
    case "cash_difference":
      return `/staff/counter/${till}`;
    case "suspense_old":
      return `/staff/payments/suspense/${suspenseId}`;
    case "ledger_unsound":
      return "/staff/ledger";
    case "peak_expected":
      return `/staff/forecasts/zones/${facts.zone}`;
    case "readings_stalled":
      return "/staff/meters";
    case "module":
      return aboutPath(facts);
    case "indicator":
      return `/indicators/${facts.indicator}`;
    case "disputes":
      return "/staff/payments";
    default:
      return "/staff/payments/refunds";
  }
}

function aboutPath({ about = "", module }: Alarm["facts"]): string {
  if (about.startsWith("mtr_")) return `/meters/${about}`;
  if (about.startsWith("bill_")) return `/bills/${about}`;
  return about.startsWith("acc_") ? `/staff/accounts/${about}` : `/staff/modules/${module}`;
}
