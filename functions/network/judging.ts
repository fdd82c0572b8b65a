import { charge, type TariffPart } from "../billing/events.ts";
import { leakOf } from "./leaks.ts";
import type { AreaResult } from "./losses-schema.ts";
import type { Inflow, PointUse, Window } from "./reading.ts";
import type { Area } from "./schema.ts";
import { daysOfHours, factorsOf, filled, median, sum } from "./series.ts";
import { areaScore, suspicions } from "./theft.ts";

const SUSPECTS_SHOWN = 20;
/** Suspects below this are nobody's business. */
const SCORE_SHOWN = 20;
/** A use by which a price is told where nobody was billed: 10 kWh or m³. */
const SAMPLE = 10_000;
const MILLION = 1_000_000n;

/** A point that an area fed, and on which days. */
export interface FedPoint {
  use: PointUse;
  isFed: readonly boolean[];
  wasTampered: boolean;
}
export interface Case {
  area: Area;
  month: string;
  window: Window;
  inflow: Inflow | undefined;
  points: readonly FedPoint[];
  /** Declared for the month, in Wh or litres. */
  allowed: { billed: number; unbilled: number };
  tariff: TariffPart | undefined;
  isLowest: boolean;
  now: Date;
}

/** What became of what flowed into an area in a month: the balance in volume and money, the night, the suspects. */
export function judged(of: Case): AreaResult {
  const { area, month, window, inflow, points, allowed, isLowest, now } = of;
  const { days, monthFrom } = window;
  const inMonth = days.map((_, day) => day).slice(monthFrom);
  const factors = factorsOf(points.map(({ use }) => use.days));
  let [billed, unbilled, expected, read, used, estimated] = [0, 0, 0, 0, 0, 0];
  const bills: number[] = [];
  for (const { use, isFed } of points) {
    const whole = filled(use.days, factors);
    let bill = 0;
    for (const day of inMonth) {
      if (!isFed[day]) continue;
      const { coverage, estimatedShare } = use.days[day]!;
      const quantity = whole?.[day] ?? 0;
      expected += 1;
      read += coverage;
      used += quantity;
      estimated += quantity * (coverage === 0 ? 1 : 1 - (1 - estimatedShare) * Math.min(1, coverage));
      if (use.isBilled[day]) bill += quantity;
      else unbilled += quantity;
    }
    billed += bill;
    if (bill > 0) bills.push(Math.round(bill));
  }
  const billedQuantity = Math.round(billed) + allowed.billed;
  const unbilledQuantity = Math.round(unbilled) + allowed.unbilled;
  const daily =
    inflow && (inflow.hours ? daysOfHours(inflow.hours).map((one, i) => one ?? inflow.days[i]) : inflow.days);
  const input = daily && balanceInput(daily, inMonth);
  const loss = input && input.quantity - billedQuantity - unbilledQuantity;
  const price = of.tariff && priceOf(of.tariff, bills);
  const isNow = points.filter(({ isFed }) => isFed.at(-1));
  const night = area.kind === "water" && inflow?.hours ? nightOf(of, inflow.hours) : undefined;
  return {
    ...{ area: area.code, month, level: area.level, kind: area.kind, isLowest, billedQuantity, unbilledQuantity },
    ...(area.name === undefined ? {} : { name: area.name }),
    toOn: days.at(-1)?.day ?? `${month}-01`,
    points: points.filter(({ isFed }) => inMonth.some((day) => isFed[day])).length,
    gapShare: share(expected - read, expected),
    estimatedShare: share(estimated, used),
    ...(input && loss !== undefined
      ? {
          inputQuantity: input.quantity,
          inputGapShare: input.gapShare,
          lossQuantity: loss,
          lossShare: share(loss, input.quantity),
          theftScore: areaScore(area.kind, input.quantity, loss),
        }
      : {}),
    ...(price && of.tariff
      ? {
          currency: of.tariff.currency,
          billedMinor: worth(billedQuantity, price),
          minorPerMillion: Number((price.minor * MILLION) / price.quantity),
          ...(loss === undefined ? {} : { lossMinor: worth(loss, price) }),
        }
      : {}),
    ...(night ? { night } : {}),
    suspects: daily && isLowest ? suspectsOf(daily, isNow, window) : [],
    judgedAt: now.toISOString(),
  };
}

const share = (part: number, all: number): number => (all <= 0 ? 0 : Math.round((part / all) * 10_000) / 10_000);

/** What flowed in in the month; a day on which nothing is known is an ordinary one. */
function balanceInput(daily: readonly (number | undefined)[], inMonth: readonly number[]) {
  const usual = median(daily.filter((one) => one !== undefined));
  const there = inMonth.filter((day) => daily[day] !== undefined).length;
  if (there === 0) return undefined;
  return {
    quantity: Math.round(sum(inMonth.map((day) => daily[day] ?? usual))),
    gapShare: share(inMonth.length - there, inMonth.length),
  };
}

/** What used units are worth on average by the tariff: what all bills would come to, over all that they are for. */
function priceOf(tariff: TariffPart, bills: readonly number[]): { minor: bigint; quantity: bigint } {
  const byUse = { ...tariff, fixedMinor: 0 };
  const of = bills.length > 0 ? bills : [SAMPLE];
  return {
    minor: of.reduce((all, quantity) => all + BigInt(charge(byUse, quantity).netMinor), 0n),
    quantity: of.reduce((all, quantity) => all + BigInt(quantity), 0n),
  };
}
const worth = (quantity: number, { minor, quantity: all }: { minor: bigint; quantity: bigint }): number =>
  Number((BigInt(quantity) * minor) / all);

function nightOf({ window, points }: Case, hours: readonly (number | undefined)[]): AreaResult["night"] {
  const found = leakOf(
    hours,
    points.map(({ use, isFed }) => {
      const masked = <T extends { quantity: number; coverage: number }>(all: readonly T[]) =>
        all.map((one, day) => (isFed[day] ? one : { quantity: 0, coverage: 1 }));
      return { days: masked(use.days), nights: use.nights && masked(use.nights) };
    }),
  );
  if (!found) return undefined;
  const { nightFlow, trend, nightUse, leakPerDay, share: of, isLeak, since } = found;
  return {
    firstOn: window.days[0]!.day,
    flow: nightFlow.map((one) => (one === undefined ? null : Math.round(one))),
    trend: Math.round(trend * 100) / 100,
    use: Math.round(nightUse),
    ...{ leakPerDay, share: Math.round(of * 10_000) / 10_000, isLeak },
    ...(since === undefined ? {} : { sinceOn: window.days[since]!.day }),
  };
}

function suspectsOf(
  daily: readonly (number | undefined)[],
  points: readonly FedPoint[],
  { days }: Window,
): AreaResult["suspects"] {
  return suspicions(
    daily,
    points.map(({ use, wasTampered }) => ({ code: use.code, days: use.days, wasTampered })),
  )
    .filter(({ score }) => score >= SCORE_SHOWN)
    .slice(0, SUSPECTS_SHOWN)
    .map(({ code, score, features, missingPerDay, since }) => ({
      ...{ point: code, score, missingPerDay },
      features: Object.fromEntries(
        Object.entries(features).map(([name, value]) => [name, Math.round(value * 1000) / 1000]),
      ) as typeof features,
      ...(since === undefined ? {} : { sinceOn: days[since]!.day }),
    }));
}
