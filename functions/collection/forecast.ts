import { monthPlus } from "../../shared/time.ts";
import type { Cohort, Intake } from "./schema.ts";

export const MONTHS_AHEAD = 3;
/** So many complete months are needed before anything is said. */
export const LEAST_MONTHS = 3;
/** After so many months, what is still open is not expected any more. */
const LAGS = 24;
const METHODS = ["curve", "last_month"] as const;
export type Method = (typeof METHODS)[number];

/** Complete months only, without gaps, the oldest first. */
export interface History {
  months: string[];
  /** Minor units, by month of issue. */
  billed: number[];
  /** Minor units, by month of the money. */
  collected: number[];
  /** What came for the bills of the month `i`, `lag` months later. */
  cameAfter: (i: number, lag: number) => number;
}

/** @param before  the month that is not over yet */
export function historyOf(cohorts: readonly Cohort[], intakes: readonly Intake[], before: string): History {
  const named = [...cohorts.map(({ day }) => day.slice(0, 7)), ...intakes.map(({ month }) => month)];
  const first = named.filter((month) => month < before).sort()[0];
  const months: string[] = [];
  for (let month = first; month !== undefined && month < before; month = monthPlus(month, 1)) months.push(month);
  const index = new Map(months.map((month, i) => [month, i]));
  const billed = months.map(() => 0);
  const collected = months.map(() => 0);
  const came = new Map<string, number>();
  for (const { day, billedMinor } of cohorts) {
    const i = index.get(day.slice(0, 7));
    if (i !== undefined) billed[i]! += billedMinor;
  }
  for (const { month, issuedIn, collectedMinor } of intakes) {
    const at = index.get(month);
    if (at === undefined) continue;
    collected[at]! += collectedMinor;
    const key = `${index.get(issuedIn)} ${at}`;
    came.set(key, (came.get(key) ?? 0) + collectedMinor);
  }
  return { months, billed, collected, cameAfter: (i, lag) => came.get(`${i} ${i + lag}`) ?? 0 };
}

/**
 * What will come in a month, by what was known before another.
 *
 * `last_month`: as much as in the last month known. `curve`: of what is billed in a month, a certain share comes in
 * the same month, another in the next, and so on; the shares are those of all months known, and new bills are
 * assumed to be as much as the mean of the last three months.
 *
 * @param known    months known: those with an index below it
 * @param ahead    1 is the first month that is not known
 * @returns        minor units, not rounded; never below 0
 */
export function predicted(history: History, method: Method, known: number, ahead: number): number {
  // The back-test asks for the same ones again and again.
  const kept = PREDICTED.get(history) ?? new Map<string, number>();
  PREDICTED.set(history, kept);
  const key = `${method} ${known} ${ahead}`;
  const found = kept.get(key) ?? compute(history, method, known, ahead);
  kept.set(key, found);
  return found;
}
const PREDICTED = new WeakMap<History, Map<string, number>>();

function compute(history: History, method: Method, known: number, ahead: number): number {
  if (method === "last_month") return Math.max(0, history.collected[known - 1] ?? 0);
  const target = known + ahead - 1;
  const lastThree = history.billed.slice(Math.max(0, known - 3), known);
  const assumed = lastThree.reduce((sum, one) => sum + one, 0) / (lastThree.length || 1);
  let sum = 0;
  for (let lag = 0; lag <= Math.min(LAGS, target); lag++) {
    const issued = target - lag;
    sum += (issued < known ? history.billed[issued]! : assumed) * shareAfter(history, known, lag);
  }
  return Math.max(0, sum);
}

function shareAfter({ billed, cameAfter }: History, known: number, lag: number): number {
  let [came, of] = [0, 0];
  for (let i = 0; i + lag < known; i++) {
    came += cameAfter(i, lag);
    of += billed[i]!;
  }
  return of > 0 ? came / of : 0;
}

const missed = (history: History, method: Method, target: number, ahead: number): number =>
  Math.abs(predicted(history, method, target - ahead + 1, ahead) - history.collected[target]!);

/** The method that had missed less up to then, on months that were known then; at first, the plain one. */
function chosen(history: History, known: number, ahead: number): Method {
  let best: { method: Method; error: number } | undefined;
  for (const method of METHODS) {
    let error = 0;
    let count = 0;
    for (let target = LEAST_MONTHS + ahead - 1; target < known; target++) {
      error += missed(history, method, target, ahead);
      count += 1;
    }
    if (count === 0) return "last_month";
    if (!best || error < best.error) best = { method, error };
  }
  return best!.method;
}

export interface Tested {
  month: string;
  forecastMinor: number;
  actualMinor: number;
}
export interface Ahead {
  month: string;
  ahead: number;
  method: Method;
  forecastMinor: number;
  /** How far off the same procedure was in the past, at this distance; missing where it was never tested. */
  error?: {
    months: number;
    /** Mean miss as a share of what came: 0.1 is 10 %. */
    mean: number;
    /** The worst miss of one month, as a share of its forecast. */
    worst: number;
    /** Above 0: it foretold too much. */
    bias: number;
  };
  /** By the worst miss of the past; only from three tested months on. */
  lowMinor?: number;
  highMinor?: number;
}
export interface Forecast {
  months: number;
  ahead: Ahead[];
  /** One month ahead, made for each past month with what was known before it. */
  tested: Tested[];
}

/**
 * The next months with their error. The error is that of the whole procedure, the choice of the method included, made
 * anew for each past month from the months before it alone: so it cannot look better than it was.
 * @returns undefined: too few complete months
 */
export function forecast(history: History): Forecast | undefined {
  const known = history.months.length;
  if (known < LEAST_MONTHS) return undefined;
  const tests = (ahead: number): Tested[] => {
    const all: Tested[] = [];
    for (let target = LEAST_MONTHS + ahead - 1; target < known; target++) {
      const from = target - ahead + 1;
      const forecastMinor = Math.round(predicted(history, chosen(history, from, ahead), from, ahead));
      all.push({ month: history.months[target]!, forecastMinor, actualMinor: history.collected[target]! });
    }
    return all;
  };
  const last = history.months[known - 1]!;
  const ahead = Array.from({ length: MONTHS_AHEAD }, (_, i): Ahead => {
    const method = chosen(history, known, i + 1);
    const forecastMinor = Math.round(predicted(history, method, known, i + 1));
    const error = errorOf(tests(i + 1));
    const range =
      error && error.months >= 3
        ? {
            lowMinor: Math.max(0, Math.round(forecastMinor * (1 - error.worst))),
            highMinor: Math.round(forecastMinor * (1 + error.worst)),
          }
        : {};
    return {
      month: monthPlus(last, i + 1),
      ahead: i + 1,
      method,
      forecastMinor,
      ...(error ? { error } : {}),
      ...range,
    };
  });
  return { months: known, ahead, tested: tests(1) };
}

function errorOf(tested: readonly Tested[]): Ahead["error"] {
  const came = tested.reduce((sum, { actualMinor }) => sum + actualMinor, 0);
  if (tested.length === 0 || came <= 0) return undefined;
  const misses = tested.map(({ forecastMinor, actualMinor }) => forecastMinor - actualMinor);
  const worst = Math.max(
    ...tested.map(
      ({ forecastMinor, actualMinor }) => Math.abs(forecastMinor - actualMinor) / Math.max(1, forecastMinor),
    ),
  );
  return {
    months: tested.length,
    mean: misses.reduce((sum, one) => sum + Math.abs(one), 0) / came,
    worst,
    bias: misses.reduce((sum, one) => sum + one, 0) / came,
  };
}
