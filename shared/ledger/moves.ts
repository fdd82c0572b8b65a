import type { Transfer } from "./journal.ts";

/** What transfers move, without what they say: whose sums they change, by `<account> <currency>`, and by how much. */
export interface Moves {
  readonly length: number;
  readonly debits: readonly string[];
  readonly credits: readonly string[];
  readonly amounts: readonly number[];
}

export const movesOf = (transfers: readonly Transfer[]): Moves => ({
  length: transfers.length,
  debits: transfers.map(({ debit, currency }) => keyOf(debit, currency)),
  credits: transfers.map(({ credit, currency }) => keyOf(credit, currency)),
  amounts: transfers.map(({ amountMinor }) => amountMinor),
});

// A journal names the same accounts again and again: to join and to hash a name anew each time was half of the work.
const keys = new Map<string, Map<string, string>>();
const KEYS_MAX = 50_000;

/** `<account> <currency>`, as the sums are kept by. */
export function keyOf(account: string, currency: string): string {
  const known = keys.get(currency);
  const before = known?.get(account);
  if (before !== undefined) return before;
  const key = `${account} ${currency}`;
  if (!known) keys.set(currency, new Map([[account, key]]));
  else {
    if (known.size >= KEYS_MAX) known.clear();
    known.set(account, key);
  }
  return key;
}
