/** So many at once, and so many more each second. */
export interface Allowance {
  burst: number;
  perSecond: number;
}

const NAMES_MAX = 20_000;
const spent = new Map<string, { left: number; atMs: number }>();

/** What a name has left. Each process counts by itself, so nothing is written for it. */
export function left(name: string, { burst, perSecond }: Allowance, nowMs = performance.now()): number {
  const before = spent.get(name);
  if (!before) return burst;
  return Math.min(burst, before.left + ((nowMs - before.atMs) / 1000) * perSecond);
}

/** Takes one of what a name has left. @returns 0, or the seconds until there is one again, and nothing was taken */
export function take(name: string, allowance: Allowance, nowMs = performance.now()): number {
  const now = left(name, allowance, nowMs);
  if (now < 1) return Math.max(1, Math.ceil((1 - now) / allowance.perSecond));
  spent.delete(name); // the latest comes last, so that the first is who was longest quiet
  spent.set(name, { left: now - 1, atMs: nowMs });
  if (spent.size > NAMES_MAX) spent.delete(spent.keys().next().value!);
  return 0;
}
