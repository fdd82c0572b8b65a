import type { Usage } from "../schema.ts";

// What a month will come to: the days so far, and for the rest what such weekdays had in the last weeks. How far that
// was off before is found by doing the same in the past.

/** The weeks of which a weekday's usual use is made. */
const PROFILE_DAYS = 42;
/** With fewer whole days than this there is no usual use. */
const PROFILE_LEAST = 14;
const WHOLE = 0.95;
/** So many forecasts of the past are tried, a week apart; with fewer than three, their error says nothing. */
const TRIES = 8;
const TRIES_LEAST = 3;
/** Of the days that such a try foretells, so many must have readings. */
const KNOWN_SHARE = 0.8;
/** So many of ten stay within the error that is said. */
const WITHIN = 0.8;
/** As far back as the longest month's first try needs. */
export const HISTORY_DAYS = (TRIES - 1) * 7 + 31 + PROFILE_DAYS;

type Day = Pick<Usage, "at" | "quantity" | "coverage">;

export interface Foretold {
  quantity: number;
  low: number;
  high: number;
  /** Relative to what was still to come. */
  pastError: number;
  checked: number;
}

const weekday = (day: string): number => new Date(`${day}T00:00Z`).getUTCDay();
const isWhole = (day: Day): boolean => day.coverage >= WHOLE;

/** What a day of a week usually comes to; undefined where too few days are known. */
export function usualOf(days: readonly Day[]): ((day: string) => number) | undefined {
  const whole = days.slice(-PROFILE_DAYS).filter(isWhole);
  if (whole.length < PROFILE_LEAST) return undefined;
  const mean = (some: readonly Day[]) => some.reduce((sum, one) => sum + one.quantity, 0) / some.length;
  const byWeekday = Map.groupBy(whole, ({ at }) => weekday(at));
  return (day) => mean(byWeekday.get(weekday(day)) ?? whole);
}

/**
 * @param past   days before today, the oldest first; those of this month are among them
 * @param month  every day of this month, those to come without readings
 * @returns undefined where the past is too short to know how far off it would be
 */
export function foretold(past: readonly Day[], month: readonly Day[]): Foretold | undefined {
  const sofar = month.reduce((sum, day) => sum + day.quantity, 0);
  const open = month.filter(({ coverage }) => coverage < 1);
  if (open.length === 0) return { quantity: sofar, low: sofar, high: sofar, pastError: 0, checked: 0 };
  const usual = usualOf(past);
  const errors = pastErrors(past, Math.max(1, open.filter((day) => !isWhole(day)).length));
  if (!usual || errors.length < TRIES_LEAST) return undefined;
  // A day of which a part is known lacks the other part.
  const rest = open.reduce((sum, day) => sum + (1 - day.coverage) * usual(day.at), 0);
  const pastError = errors[Math.ceil(errors.length * WITHIN) - 1]!;
  return {
    quantity: Math.round(sofar + rest),
    low: Math.round(sofar + rest * Math.max(0, 1 - pastError)),
    high: Math.round(sofar + rest * (1 + pastError)),
    pastError: Math.round(pastError * 1000) / 1000,
    checked: errors.length,
  };
}

/** How far forecasts of so many days, made a week apart, were off: shares of what was foretold, ascending. */
function pastErrors(past: readonly Day[], horizon: number): number[] {
  const last = past.findLastIndex(isWhole);
  const errors: number[] = [];
  for (let back = 0; back < TRIES; back++) {
    const end = last + 1 - back * 7;
    const start = end - horizon;
    if (start < PROFILE_LEAST) break;
    const usual = usualOf(past.slice(0, start));
    const came = past.slice(start, end).filter(isWhole);
    if (!usual || came.length < horizon * KNOWN_SHARE) continue;
    const said = came.reduce((sum, { at }) => sum + usual(at), 0);
    const was = came.reduce((sum, { quantity }) => sum + quantity, 0);
    errors.push(said > 0 ? Math.abs(was - said) / said : was > 0 ? 1 : 0);
  }
  return errors.sort((a, b) => a - b);
}
