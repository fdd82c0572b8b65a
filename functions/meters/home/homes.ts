import type { Meter } from "../schema.ts";

// Homes that are like each other, and what of them may be shown.

/** A home is shown only beside ten others or more, of as many accounts. */
export const HOMES_LEAST = 11;

/** What homes of a group used, to two digits: how many of each. */
export interface Group {
  /** The first few accounts that it is made of: a landlord's thirty meters are one. */
  accounts: string[];
  counts: Record<string, number>;
}

/** Two digits: enough to compare oneself by, too coarse to find a neighbour by. */
export const coarse = (quantity: number): number => Number(Math.max(0, quantity).toPrecision(2));

export function added(group: Group | undefined, homes: readonly { accountId: string; quantity: number }[]): Group {
  const counts = { ...group?.counts };
  const accounts = new Set(group?.accounts);
  for (const { accountId, quantity } of homes) {
    const figure = String(coarse(quantity));
    counts[figure] = (counts[figure] ?? 0) + 1;
    if (accounts.size < HOMES_LEAST) accounts.add(accountId);
  }
  return { accounts: [...accounts], counts };
}

/** @returns undefined where they are too few to be shown */
export function quartilesOf(group: Group): { lower: number; median: number; upper: number } | undefined {
  if (group.accounts.length < HOMES_LEAST) return undefined;
  const sorted = Object.entries(group.counts)
    .map(([figure, count]) => ({ figure: Number(figure), count }))
    .sort((a, b) => a.figure - b.figure);
  const all = sorted.reduce((sum, { count }) => sum + count, 0);
  const at = (share: number): number => {
    let left = Math.ceil(all * share);
    for (const { figure, count } of sorted) {
      left -= count;
      if (left <= 0) return figure;
    }
    throw new RangeError("a share above 1");
  };
  return { lower: at(0.25), median: at(0.5), upper: at(0.75) };
}

/** Was it one home's for the whole of a month? */
export const isHomeSince = (meter: Meter, from: Date): meter is Meter & { accountId: string } =>
  meter.accountId !== undefined && (meter.accountFrom === undefined || Date.parse(meter.accountFrom) <= from.getTime());
