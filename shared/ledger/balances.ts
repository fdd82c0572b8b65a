import type { Transfer } from "./journal.ts";

/** Sums per account and currency: debits less credits. An account at zero is left out. */
export class Balances {
  private readonly amounts: Map<string, number>;
  constructor(amounts: Iterable<readonly [string, number]> = []) {
    this.amounts = new Map(amounts);
  }

  get(account: string, currency: string): number {
    return this.of(`${account} ${currency}`);
  }
  /** @param key `<account> <currency>` */
  of(key: string): number {
    return this.amounts.get(key) ?? 0;
  }
  set(key: string, sum: number): void {
    if (sum === 0) this.amounts.delete(key);
    else this.amounts.set(key, sum);
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
    return [...this.amounts]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, balanceMinor]) => {
        const [account, currency] = key.split(" ") as [string, string];
        return { account, currency, balanceMinor };
      });
  }

  /** The same for whoever has the same balances. */
  entries(): (readonly [string, number])[] {
    return [...this.amounts].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** What the balances of each currency add up to: nothing but zeros. */
  sums(): Record<string, number> {
    const sums: Record<string, bigint> = {};
    for (const [key, amount] of this.amounts) {
      const currency = key.slice(key.indexOf(" ") + 1);
      sums[currency] = (sums[currency] ?? 0n) + BigInt(amount);
    }
    return Object.fromEntries(Object.entries(sums).map(([currency, sum]) => [currency, Number(sum)]));
  }

  copy(): Balances {
    return new Balances(this.amounts);
  }
}
