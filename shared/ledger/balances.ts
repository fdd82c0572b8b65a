import type { Transfer } from "./journal.ts";

/** Changes since a copy was taken, before they are joined with the rest; of many balances, one for each eight. */
const CHANGES_MAX = 1_000;

/** Sums per account and currency: debits less credits. An account at zero is left out. */
export class Balances {
  /** Once it is shared with a copy, nobody changes it any more. */
  private amounts: Map<string, number>;
  private isShared = false;
  /** What differs from the shared amounts; 0 where there is nothing any more. */
  private changes = new Map<string, number>();

  constructor(amounts: Iterable<readonly [string, number]> = []) {
    this.amounts = new Map(amounts);
  }

  get(account: string, currency: string): number {
    return this.of(`${account} ${currency}`);
  }
  /** @param key `<account> <currency>` */
  of(key: string): number {
    return this.changes.get(key) ?? this.amounts.get(key) ?? 0;
  }
  set(key: string, sum: number): void {
    if (this.isShared) {
      this.changes.set(key, sum);
      if (this.changes.size <= Math.max(CHANGES_MAX, this.amounts.size / 8)) return;
      this.amounts = new Map(this);
      this.changes = new Map();
      this.isShared = false;
    } else if (sum === 0) this.amounts.delete(key);
    else this.amounts.set(key, sum);
  }

  /** So many, or some fewer. */
  get size(): number {
    return this.amounts.size + this.changes.size;
  }

  /** In no order that means anything. */
  *[Symbol.iterator](): Iterator<[string, number]> {
    for (const entry of this.amounts) if (!this.changes.has(entry[0])) yield entry;
    for (const entry of this.changes) if (entry[1] !== 0) yield entry;
  }

  /** @throws {RangeError} when a balance would leave the whole numbers that JavaScript keeps exactly */
  apply({ debit, credit, amountMinor, currency }: Transfer): void {
    this.add(`${debit} ${currency}`, amountMinor);
    this.add(`${credit} ${currency}`, -amountMinor);
  }

  add(key: string, by: number): void {
    const sum = this.of(key) + by;
    if (!Number.isSafeInteger(sum)) throw new RangeError(`the balance of ${key} grows beyond exact numbers`);
    this.set(key, sum);
  }

  /** Accounts of a kind (`due:` or `suspense`) with what is on them, in order of name. */
  list(prefix: string): { account: string; currency: string; balanceMinor: number }[] {
    return [...this]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, balanceMinor]) => {
        const [account, currency] = key.split(" ") as [string, string];
        return { account, currency, balanceMinor };
      });
  }

  /** The same for whoever has the same balances. */
  entries(): (readonly [string, number])[] {
    return [...this].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** What the balances of each currency add up to: nothing but zeros. */
  sums(): Record<string, number> {
    const sums: Record<string, bigint> = {};
    for (const [key, amount] of this) {
      const currency = key.slice(key.indexOf(" ") + 1);
      sums[currency] = (sums[currency] ?? 0n) + BigInt(amount);
    }
    return Object.fromEntries(Object.entries(sums).map(([currency, sum]) => [currency, Number(sum)]));
  }

  /** As it is now, whatever becomes of either: what both have is shared, so that a copy of many costs little. */
  copy(): Balances {
    const copy = new Balances();
    copy.amounts = this.amounts;
    copy.changes = new Map(this.changes);
    copy.isShared = this.isShared = true;
    return copy;
  }
}
