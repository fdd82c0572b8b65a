/** So many at once, and so many more each second. */
export interface Allowance {
  burst: number;
  perSecond: number;
}

/** What is left after so long. */
export const refilled = (left: number, passedMs: number, { burst, perSecond }: Allowance): number =>
  Math.min(burst, left + (passedMs / 1000) * perSecond);

/** Of one who has less than one left. */
export const secondsUntilOne = (left: number, { perSecond }: Allowance): number =>
  Math.max(1, Math.ceil((1 - left) / perSecond));

const NAMES_MAX = 20_000;
const spent = new Map<string, { left: number; atMs: number }>();

/** What a name has left. Each process counts by itself, so nothing is written for it. */
export function left(name: string, allowance: Allowance, nowMs = performance.now()): number {
  const before = spent.get(name);
  return before ? refilled(before.left, nowMs - before.atMs, allowance) : allowance.burst;
}

/** Takes one of what a name has left. @returns 0, or the seconds until there is one again, and nothing was taken */
export function take(name: string, allowance: Allowance, nowMs = performance.now()): number {
  const now = left(name, allowance, nowMs);
  if (now < 1) return secondsUntilOne(now, allowance);
  spent.delete(name); // the latest comes last, so that the first is who was longest quiet
  spent.set(name, { left: now - 1, atMs: nowMs });
  if (spent.size > NAMES_MAX) spent.delete(spent.keys().next().value!);
  return 0;
}
