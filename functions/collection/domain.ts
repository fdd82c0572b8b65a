import { Temporal } from "temporal-polyfill";
import { dayPlus, daysBetween, monthOf } from "../../shared/time.ts";
import {
  AGES,
  type Channel,
  type Cohort,
  type Entered,
  type Intake,
  type Move,
  type NamedFigure,
  type Rule,
  STAGES,
  type Stage,
  type Tracked,
  type Yield,
} from "./schema.ts";

export const YIELD_DAYS = 30;
/** A purchase that somebody began and did not pay is nobody's debt. */
const PREPAID = "prepaid_";
const DAY_MS = 24 * 3_600_000;

export const paidMinorOf = (bill: Tracked): number => bill.moves.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
/** What is open of it; never below 0, however much came. */
export const openMinorOf = (bill: Tracked): number => Math.max(0, bill.totalMinor - paidMinorOf(bill));

/** The bill with one more move. Told twice, or in any order, it comes to the same. */
export function moved(bill: Tracked, move: Move): Tracked {
  if (bill.moves.some(({ id }) => id === move.id)) return bill;
  const moves = [...bill.moves, move].sort((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1));
  return { ...bill, moves };
}

/** The part of the running figures that one bill is. All figures are sums of these over the bills. */
export interface Share {
  cohort: Omit<Cohort, "day" | "kind" | "district" | "currency">;
  /** By month in which it came. */
  collected: Map<string, number>;
  /** By campaign that reminded of it. */
  yields: Map<string, Yield>;
}

export function shareOf(bill: Tracked, timeZone: string): Share {
  const openMinor = openMinorOf(bill);
  const relieved = (as: Move["relief"]) =>
    bill.moves.reduce((sum, { relief, amountMinor }) => (relief === as ? sum + amountMinor : sum), 0);
  const collected = new Map<string, number>();
  for (const { at, amountMinor, relief } of bill.moves) {
    if (relief) continue;
    const month = monthOf(new Date(at), timeZone);
    collected.set(month, (collected.get(month) ?? 0) + amountMinor);
  }
  return {
    cohort: {
      bills: 1,
      billedMinor: bill.totalMinor - relieved("credit"),
      writtenOffMinor: relieved("write_off"),
      openBills: openMinor > 0 ? 1 : 0,
      openMinor,
    },
    collected,
    yields: yieldsOf(bill),
  };
}

/**
 * What each reminder of a bill brought: payments within 30 days after it, counted for the latest reminder before
 * them, less what of these payments went back whenever it did. It says what followed, not what was caused.
 */
function yieldsOf(bill: Tracked): Map<string, Yield> {
  const yields = new Map<string, Yield>();
  const reminders = [...bill.entered].sort((a, b) => (a.at < b.at ? -1 : 1));
  const credited = new Map<string, string>();
  for (const { id, at, amountMinor } of bill.moves) {
    if (amountMinor <= 0 || !id.startsWith("paid:")) continue;
    const last = reminders.findLast((one) => one.at <= at);
    if (last && Date.parse(at) < Date.parse(last.at) + YIELD_DAYS * DAY_MS)
      credited.set(id.slice("paid:".length), last.campaignId);
  }
  for (const { campaignId, at } of reminders) {
    const before = bill.moves.filter((one) => one.at < at).reduce((sum, { amountMinor }) => sum + amountMinor, 0);
    const remindedMinor = Math.max(0, bill.totalMinor - before);
    const paidMinor = Math.max(
      0,
      bill.moves.reduce((sum, move) => {
        const paymentId = move.id.startsWith("paid:") ? move.id.slice("paid:".length) : move.paymentId;
        return paymentId !== undefined && credited.get(paymentId) === campaignId ? sum + move.amountMinor : sum;
      }, 0),
    );
    yields.set(campaignId, {
      bills: 1,
      remindedMinor,
      paidBills: paidMinor > 0 ? 1 : 0,
      settledBills: paidMinor > 0 && paidMinor >= remindedMinor ? 1 : 0,
      paidMinor,
    });
  }
  return yields;
}

type Sums = Record<string, number>;
/** Field by field. */
export const plus = <T extends Sums>(a: T, b: T, sign: 1 | -1 = 1): T =>
  Object.fromEntries(Object.keys(a).map((key) => [key, a[key]! + sign * (b[key] ?? 0)])) as T;

export const NO_YIELD: Yield = { bills: 0, remindedMinor: 0, paidBills: 0, settledBills: 0, paidMinor: 0 };
export const NO_COHORT: Share["cohort"] = { bills: 0, billedMinor: 0, writtenOffMinor: 0, openBills: 0, openMinor: 0 };

/** What the running figures must change when a bill becomes another; only what is not zero. */
export function changeOf(before: Tracked | undefined, after: Tracked, timeZone: string): Share {
  const now = shareOf(after, timeZone);
  const was = before && shareOf(before, timeZone);
  const collected = new Map<string, number>();
  for (const month of new Set([...now.collected.keys(), ...(was?.collected.keys() ?? [])])) {
    const by = (now.collected.get(month) ?? 0) - (was?.collected.get(month) ?? 0);
    if (by !== 0) collected.set(month, by);
  }
  const yields = new Map<string, Yield>();
  for (const [id, one] of now.yields) {
    const by = plus(one, was?.yields.get(id) ?? NO_YIELD, -1);
    if (Object.values(by).some((n) => n !== 0)) yields.set(id, by);
  }
  return { cohort: plus(now.cohort, was?.cohort ?? NO_COHORT, -1), collected, yields };
}

/** The stage that a bill may enter on a day; none when it is paid, too small, too young, or through. */
export function stageDue(bill: Tracked, rule: Rule, on: string, timeZone: string): Stage | undefined {
  const open = openMinorOf(bill);
  if (bill.kind.startsWith(PREPAID)) return undefined;
  if (open <= 0 || open < rule.leastMinor) return undefined;
  const next = STAGES[bill.entered.length];
  if (!next || bill.issuedOn > on) return undefined;
  if (dayPlus(bill.issuedOn, rule.afterDays[next]) > on) return undefined;
  const last = bill.entered.at(-1);
  if (!last) return next;
  // Whoever was reminded late has as long until the next stage as whoever was reminded in time.
  const between = rule.afterDays[next] - rule.afterDays[last.stage];
  const lastOn = Temporal.Instant.from(last.at).toZonedDateTimeISO(timeZone).toPlainDate().toString();
  return dayPlus(lastOn, between) > on ? undefined : next;
}

/** The bill in a stage; the same bill when it was in it before. */
export const enters = (bill: Tracked, entered: Entered): Tracked =>
  bill.entered.some(({ stage }) => stage === entered.stage) ? bill : { ...bill, entered: [...bill.entered, entered] };

/**
 * The first instant at which it is not quiet: `now` itself, or the end of the quiet hours.
 * @param quiet  times of day in the zone; `from` after `to` is over midnight
 */
export function afterQuiet(now: Date, quiet: Rule["quiet"], timeZone: string): Date {
  const local = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone);
  const time = local.toPlainTime().toString({ smallestUnit: "minute", roundingMode: "trunc" });
  const { from, to } = quiet;
  const isOverMidnight = from > to;
  const isQuiet = isOverMidnight ? time >= from || time < to : time >= from && time < to;
  if (!isQuiet) return now;
  const day = isOverMidnight && time >= from ? local.toPlainDate().add({ days: 1 }) : local.toPlainDate();
  const end = day.toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from(to) });
  return new Date(end.epochMilliseconds);
}

/** Of the instants at which a resident was written to, those that the cap still counts. */
export const stillCounted = (sent: readonly string[], { days }: Rule["cap"], now: Date): string[] =>
  sent.filter((at) => Date.parse(at) > now.getTime() - days * DAY_MS);

/** The first of these channels that reaches somebody. A letter needs an address. */
export function channelFor(
  channels: readonly Channel[],
  { contact, address }: { contact?: string | undefined; address?: string | undefined },
): Channel | undefined {
  return channels.find((channel) =>
    channel === "letter"
      ? address !== undefined
      : contact !== undefined && contact.includes("@") === (channel === "email"),
  );
}

export type Age = (typeof AGES)[number];

export function ageOf(issuedOn: string, on: string): Age {
  const days = daysBetween(issuedOn, on);
  return days <= 30 ? "0-30" : days <= 60 ? "31-60" : days <= 90 ? "61-90" : "90+";
}

export type Figure = Omit<NamedFigure, "name">;
export const NO_FIGURE: Figure = { ...NO_COHORT, collectedMinor: 0 };

/**
 * Due, collected and arrears by whatever names a cohort and an intake: the month, the service, the district.
 * Collected is counted where it came: by month, the month of the money, not of the bill.
 */
export function figuresBy(
  cohorts: readonly Cohort[],
  intakes: readonly Intake[],
  nameOf: (one: { month: string; kind: string; district: string }) => string,
): NamedFigure[] {
  const figures = new Map<string, Figure>();
  const add = (name: string, more: Partial<Figure>) =>
    figures.set(name, plus({ ...(figures.get(name) ?? NO_FIGURE) }, { ...NO_FIGURE, ...more }));
  for (const { day, kind, district, currency: _currency, ...sums } of cohorts)
    add(nameOf({ month: day.slice(0, 7), kind, district }), sums);
  for (const { month, kind, district, collectedMinor } of intakes)
    add(nameOf({ month, kind, district }), { collectedMinor });
  return [...figures].map(([name, figure]) => ({ name, ...figure })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What is open by how long ago it was issued. */
export function ageing(cohorts: readonly Cohort[], on: string): { age: Age; bills: number; openMinor: number }[] {
  const byAge = new Map(AGES.map((age) => [age, { age, bills: 0, openMinor: 0 }]));
  for (const { day, openBills, openMinor } of cohorts) {
    const one = byAge.get(ageOf(day, on))!;
    one.bills += openBills;
    one.openMinor += openMinor;
  }
  return [...byAge.values()];
}
