import { absent } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { dayOf, dayRange, monthOf, monthRange } from "../../../shared/time.ts";
import type { Who } from "../../../shared/who.ts";
import { AccountsOf } from "../../accounts/events.ts";
import { CostOfUse } from "../../billing/events.ts";
import { countedOf } from "../checks/store.ts";
import { buckets, type Counted, iso, usageBy } from "../domain.ts";
import { BASE_UNIT, type Meter, type Usage } from "../schema.ts";
import { meterStore } from "../store.ts";
import { alarmsOf } from "./alarms.ts";
import { type Foretold, foretold, HISTORY_DAYS } from "./forecast.ts";
import { comparedMonth, comparisonOf } from "./grouping.ts";
import type { HomeRules, MeterSummary } from "./schema.ts";

const HOUR_S = 3600;
const DAY_S = 86_400;
/** Alarms look at the last day, and at the month so far. */
const ALARM_DAYS = 2;

/** A meter of the visitor's own account: only its people set what they are told. @throws {Fault} absent */
export async function ownMeter(here: Here, who: Who, id: string): Promise<Meter & { accountId: string }> {
  const meter = await meterStore(here).get(id);
  if (!(await isOwn(here, who, meter))) throw absent();
  return meter as Meter & { accountId: string };
}

export async function isOwn(here: Here, who: Who, { accountId }: Meter): Promise<boolean> {
  if (who.kind !== "person" || accountId === undefined) return false;
  return (await here.ask(AccountsOf, { contacts: who.contacts })).some(({ id }) => id === accountId);
}

interface Known {
  now: Date;
  readings: Counted[];
  lastReadAt: Date | undefined;
  month: { of: string; whole: Usage; days: Usage[] };
  /** Days before today, as far back as a forecast asks. */
  past: Usage[];
}

/** What is known of a home by its meter: only what it counted for this account, whoever looks. */
async function known(here: Here, meter: Meter, historyDays: number): Promise<Known> {
  const { timeZone } = here.city;
  const now = here.clock.now();
  const nowS = now.getTime() / 1000;
  const of = monthOf(now, timeZone);
  const range = monthRange(of, timeZone);
  const [monthFromS, toS] = [range.from.getTime() / 1000, range.to.getTime() / 1000];
  const fromS = Math.min(nowS - historyDays * DAY_S, monthFromS);
  const sinceS = meter.accountFrom === undefined ? 0 : Date.parse(meter.accountFrom) / 1000;
  const readings = (await countedOf(here, meter, fromS, toS)).filter((one) => one.fromS >= sinceS && one.fromS < nowS);
  const lastS =
    readings.reduce((last, one) => Math.max(last, Math.min(one.toS, nowS)), 0) || (await before(here, meter, sinceS));
  const today = dayOf(now, timeZone);
  return {
    now,
    readings,
    lastReadAt: lastS === 0 ? undefined : new Date(lastS * 1000),
    month: {
      of,
      whole: usageBy([{ at: of, fromS: monthFromS, toS }], readings)[0]!,
      days: usageBy(buckets("day", monthFromS, toS, timeZone), readings),
    },
    past: usageBy(
      buckets("day", fromS, nowS, timeZone).filter(({ at }) => at < today),
      readings,
    ),
  };
}

/** When a meter that has been silent for very long spoke last; 0 when that was to nobody of this account. */
async function before(here: Here, meter: Meter, sinceS: number): Promise<number> {
  const lastS = (await meterStore(here).lastReadAtS(meter.id)) ?? 0;
  return lastS > sinceS && lastS <= here.clock.now().getTime() / 1000 ? lastS : 0;
}

/** What so much costs this month by the tariff in use; undefined where there is none. */
async function costs(here: Here, { kind, id, accountId }: Meter, month: string, quantities: number[]) {
  const {
    currency,
    isSocial = false,
    costs: all,
  } = await here.ask(CostOfUse, {
    kind,
    meterId: id,
    ...(accountId === undefined ? {} : { accountId }),
    month,
    quantities,
  });
  return currency === undefined || !all ? undefined : { currency, isSocial, all };
}

const standing = (meter: Meter, { now, readings, lastReadAt }: Known, costMinor: number | undefined) => ({
  kind: meter.kind,
  now,
  readings,
  heardAt: lastReadAt ?? new Date(meter.accountFrom ?? meter.registeredAt),
  costMinor,
});

/** What the alarms of a meter say now, for whoever is to be told of them. */
export async function alarmsNow(here: Here, meter: Meter, rules: HomeRules) {
  const home = await known(here, meter, ALARM_DAYS);
  const cost =
    rules.budgetMinor === undefined ? undefined : await costs(here, meter, home.month.of, [home.month.whole.quantity]);
  return {
    alarms: alarmsOf(standing(meter, home, cost?.all[0]?.totalMinor), rules),
    month: home.month.of,
    currency: cost?.currency ?? here.city.currency,
    costMinor: cost?.all[0]?.totalMinor ?? 0,
    isEstimated: home.month.whole.isEstimated,
    heardAt: standing(meter, home, undefined).heardAt,
  };
}

/** @param people  who live there, as they say; only where they look themselves */
export async function summaryOf(
  here: Here,
  meter: Meter,
  rules: HomeRules,
  people: number | undefined,
): Promise<MeterSummary> {
  const home = await known(here, meter, HISTORY_DAYS);
  const { month, past, now, readings, lastReadAt } = home;
  const { quantity, isEstimated, estimatedShare } = month.whole;
  const said = foretold(past, month.days);
  const [cost, comparison] = await Promise.all([
    costs(here, meter, month.of, [quantity, ...(said ? [said.low, said.high] : [])]),
    compared(here, meter, home, people),
  ]);
  const sofar = cost?.all[0];
  return {
    meterId: meter.id,
    kind: meter.kind,
    unit: BASE_UNIT[meter.kind],
    timeZone: here.city.timeZone,
    ...(lastReadAt ? { lastReadAt: lastReadAt.toISOString() } : {}),
    today: todayOf(now, here.city.timeZone, readings),
    month: {
      month: month.of,
      quantity,
      daysWithReadings: month.days.filter(({ coverage }) => coverage > 0).length,
      isEstimated,
      estimatedShare,
    },
    ...(cost && sofar ? { cost: { currency: cost.currency, isSocial: cost.isSocial, isEstimated, ...sofar } } : {}),
    forecast: said ? { ...given(said), ...range(cost) } : { state: "too_little_history" },
    comparison,
    alarms: alarmsOf(standing(meter, home, sofar?.totalMinor), rules),
  };
}

const given = ({ low, high, ...said }: Foretold) => ({
  state: "given" as const,
  ...said,
  lowQuantity: low,
  highQuantity: high,
});
const range = (cost: Awaited<ReturnType<typeof costs>>) => {
  const [, low, high] = cost?.all ?? [];
  return cost && low && high
    ? { currency: cost.currency, lowMinor: low.totalMinor, highMinor: high.totalMinor }
    : undefined;
};

/** The hours of the city's day that have begun. */
function todayOf(now: Date, zone: string, readings: readonly Counted[]): MeterSummary["today"] {
  const on = dayOf(now, zone);
  const fromS = dayRange(on, zone).from.getTime() / 1000;
  const begun = Math.ceil((now.getTime() / 1000 - fromS) / HOUR_S);
  const hours = usageBy(
    Array.from({ length: begun }, (_, i) => fromS + i * HOUR_S).map((atS) => ({
      at: iso(atS),
      fromS: atS,
      toS: atS + HOUR_S,
    })),
    readings,
  );
  const sum = hours.reduce((total, hour) => total + hour.quantity, 0);
  return { on, quantity: sum, isEstimated: hours.some((hour) => hour.isEstimated), hours };
}

async function compared(here: Here, meter: Meter, { now, readings }: Known, people: number | undefined) {
  const { timeZone } = here.city;
  const month = comparedMonth(now, timeZone);
  const { from, to } = monthRange(month, timeZone);
  const days = usageBy(buckets("day", from.getTime() / 1000, to.getTime() / 1000, timeZone), readings);
  const isWhole = days.every(({ coverage }) => coverage > 0);
  const own = days.reduce((sum, day) => sum + day.quantity, 0);
  return comparisonOf(here, meter, month, isWhole ? own : undefined, people);
}
