import { Temporal } from "temporal-polyfill";
import { dayPlus } from "../../shared/time.ts";
import type { AlarmFacts, AlarmRule, Kind } from "./schema.ts";

/** What happened so often, and how much money it was. */
export interface Counts {
  count: number;
  amountMinor: number;
}
export const NONE: Counts = { count: 0, amountMinor: 0 };

/** Something to be alarmed about. */
export interface Raised {
  kind: Kind;
  cause: string;
  facts: AlarmFacts;
  /** What tells this time from another of the same cause: once somebody has closed it, the same is not said again. */
  variant?: string;
}

/** The Monday of a day's week. */
export const weekOf = (day: string): string => dayPlus(day, 1 - Temporal.PlainDate.from(day).dayOfWeek);

/** So many weeks before are looked at, if the city has been watched for so long; before that nothing is usual. */
export const WEEKS = 8;
const WEEKS_LEAST = 4;

/** The weeks before one, since the city is watched, the latest first. */
export function weeksBefore(week: string, since: string): string[] {
  const first = weekOf(since);
  const weeks = Array.from({ length: WEEKS }, (_, i) => dayPlus(week, -7 * (i + 1)));
  return weeks.filter((one) => one >= first);
}

/** Money that goes back: a refund, or a cash receipt that was undone. */
export interface GivenBack {
  /** Its number among refunds; a cash receipt has none. */
  refundId?: string | undefined;
  paymentId?: string | undefined;
  by?: string | undefined;
  amountMinor: number;
  currency: string;
  at: string;
  day: string;
  settledAt?: string | undefined;
}

/** How things stand with this one counted. */
export interface Standing {
  day: Counts;
  week: Counts;
  person: Counts;
  parts: Counts;
  /** Of each week before. */
  weeks: readonly Counts[];
}

/** What is unusual about money that goes back. Each of these is said once for its day, week, person or payment. */
export function unusual(one: GivenBack, now: Standing, { refunds: rule }: AlarmRule, isOwnCurrency: boolean): Raised[] {
  const { currency, day, refundId, paymentId } = one;
  const week = weekOf(day);
  const raised: Raised[] = [];
  const say = (kind: Kind, cause: string, facts: AlarmFacts) => raised.push({ kind, cause, facts });
  const which = { ...(refundId ? { refundId } : {}), ...(paymentId ? { paymentId } : {}) };
  const who = one.by ? { person: one.by } : {};

  const isMuch = isOwnCurrency && rule.dayAmountMinor > 0 && now.day.amountMinor > rule.dayAmountMinor;
  if (now.day.count > rule.dayCount || isMuch) say("refunds_day", `${day}#${currency}`, { day, currency, ...now.day });

  const usual = usualOf(now.weeks);
  const isMore = (what: keyof Counts) => usual !== undefined && now.week[what] > rule.weekTimesUsual * usual[what];
  if (now.week.count >= rule.weekAtLeast && (isMore("count") || isMore("amountMinor")))
    say("refunds_week", `${week}#${currency}`, { week, currency, ...now.week, usual: Math.round(usual!.count) });

  if (one.by && now.person.count > rule.personWeekCount)
    say("refunds_person", `${week}#${one.by}`, { week, ...who, count: now.person.count });

  if (one.settledAt !== undefined && refundId) {
    const minutes = Math.floor((Date.parse(one.at) - Date.parse(one.settledAt)) / 60_000);
    if (minutes < rule.soonMinutes)
      say("refund_soon", refundId, { ...which, ...who, minutes, amountMinor: one.amountMinor, currency });
  }
  if (paymentId && now.parts.count >= rule.parts)
    say("refunds_repeated", paymentId, { ...which, ...who, currency, ...now.parts });
  return raised;
}

/** The mean of the weeks before, once there are enough of them. */
function usualOf(weeks: readonly Counts[]): Counts | undefined {
  if (weeks.length < WEEKS_LEAST) return undefined;
  const mean = (what: keyof Counts) => weeks.reduce((sum, one) => sum + one[what], 0) / weeks.length;
  return { count: mean("count"), amountMinor: mean("amountMinor") };
}

/** Are there too many disputes of one rail's payments? */
export const isDisputed = (disputes: number, settled: number, { disputes: rule }: AlarmRule): boolean =>
  disputes >= rule.atLeast && disputes * 1_000 > rule.perThousand * settled;
