import { type Counted, isEstimated, iso, usageBy } from "../domain.ts";
import type { Kind } from "../schema.ts";
import { type Alarms, type HomeRules, USUAL } from "./schema.ts";

// When the people of a home should look at their meter, and what of it they have been told.

const HOUR_S = 3600;
const DAY_S = 86_400;
/** A gap between two hours' readings is no reading of a zero. */
const COVERED = 0.999;
const NEAR = 0.8;

/**
 * In how many hours up to the last reading water ran without a pause, of the last 24. Only what was read at least each
 * hour counts: a day's sum, or an estimate, does not say that no tap was ever shut.
 *
 * @returns undefined where no hour was read
 */
export function steadyFlow(readings: readonly Counted[]): { hours: number; leastPerHour: number } | undefined {
  const hourly = readings.filter(
    ({ flow, fromS, toS, quality }) => flow === "consumption" && toS - fromS <= HOUR_S && !isEstimated(quality),
  );
  if (hourly.length === 0) return undefined;
  const lastS = Math.floor(hourly.reduce((last, { toS }) => Math.max(last, toS), 0) / HOUR_S) * HOUR_S;
  const buckets = Array.from({ length: 24 }, (_, i) => lastS - (24 - i) * HOUR_S).map((fromS) => ({
    at: iso(fromS),
    fromS,
    toS: fromS + HOUR_S,
  }));
  const near = hourly.filter(({ fromS, toS }) => toS > lastS - DAY_S && fromS < lastS);
  let [hours, leastPerHour] = [0, 0];
  for (const hour of usageBy(buckets, near).reverse()) {
    if (hour.coverage < COVERED || hour.quantity <= 0) break;
    leastPerHour = hours === 0 ? hour.quantity : Math.min(leastPerHour, hour.quantity);
    hours += 1;
  }
  return { hours, leastPerHour };
}

export interface Standing {
  kind: Kind;
  now: Date;
  readings: readonly Counted[];
  /** When the last reading ended; else since when there could be one. */
  heardAt: Date;
  /** So far this month, where there is a tariff. */
  costMinor: number | undefined;
}

export function alarmsOf({ kind, now, readings, heardAt, costMinor }: Standing, rules: HomeRules): Alarms {
  const days = Math.max(0, Math.floor((now.getTime() - heardAt.getTime()) / (DAY_S * 1000)));
  const silence = { days, isOn: days >= (rules.silentDays ?? USUAL.silentDays) };
  const steady = kind === "water" ? steadyFlow(readings) : undefined;
  // What ran days ago, before the meter went silent, is no news of today.
  const flow = steady && { ...steady, isOn: steady.hours >= (rules.flowHours ?? USUAL.flowHours) && days < 1 };
  const { budgetMinor } = rules;
  const share = budgetMinor === undefined || costMinor === undefined ? undefined : costMinor / budgetMinor;
  return {
    ...(flow ? { flow } : {}),
    silence,
    ...(share === undefined
      ? {}
      : {
          budget: {
            budgetMinor: budgetMinor!,
            share: Math.round(share * 100) / 100,
            state: share >= 1 ? ("over" as const) : share >= NEAR ? ("near" as const) : ("within" as const),
          },
        }),
  };
}

/** What was told and is not over: of a budget, for which month, amount and step. */
export interface Told {
  flow?: true;
  silence?: true;
  budget?: string;
}
export type News = "flow" | "silence" | "budget_near" | "budget_over";

/** What is to be told now, once for each time that it begins, and what then was told. */
export function newsOf(alarms: Alarms, rules: HomeRules, told: Told, month: string): { news: News[]; told: Told } {
  const news: News[] = [];
  const next: Told = {};
  if (rules.flowHours !== undefined) {
    if (alarms.flow?.isOn) {
      next.flow = true;
      if (!told.flow) news.push("flow");
      // Where nothing is read, it is not known that it ended.
    } else if (told.flow && (!alarms.flow || alarms.silence.days >= 1)) next.flow = true;
  }
  if (rules.silentDays !== undefined && alarms.silence.isOn) {
    next.silence = true;
    if (!told.silence) news.push("silence");
  }
  if (rules.budgetMinor !== undefined) {
    const step = (state: "near" | "over") => `${month} ${rules.budgetMinor} ${state}`;
    if (told.budget !== undefined) next.budget = told.budget;
    const state = alarms.budget?.state;
    if ((state === "near" || state === "over") && told.budget !== step(state) && told.budget !== step("over")) {
      next.budget = step(state);
      news.push(`budget_${state}`);
    }
  }
  return { news, told: next };
}
