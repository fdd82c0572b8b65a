import type { Item, Table } from "../table.ts";
import { digestOf, LATEST_CHECKPOINT, type Transfer } from "./journal.ts";

/** What the journal adds up to: per account and currency, debits less credits. An account at zero is left out. */
export class Balances {
  private readonly amounts: Map<string, number>;
  constructor(amounts: Iterable<readonly [string, number]> = []) {
    this.amounts = new Map(amounts);
  }

  get(account: string, currency: string): number {
    return this.amounts.get(`${account} ${currency}`) ?? 0;
  }

  /** @throws {RangeError} when a balance would leave the whole numbers that JavaScript keeps exactly */
  apply({ debit, credit, amountMinor, currency }: Transfer): void {
    this.add(`${debit} ${currency}`, amountMinor);
    this.add(`${credit} ${currency}`, -amountMinor);
  }

  private add(key: string, by: number): void {
    const sum = (this.amounts.get(key) ?? 0) + by;
    if (!Number.isSafeInteger(sum)) throw new RangeError(`the balance of ${key} grows beyond exact numbers`);
    if (sum === 0) this.amounts.delete(key);
    else this.amounts.set(key, sum);
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

/** A thin layer over balances: posts of one commit see one another, and a refused one leaves nothing behind. */
export class Layer {
  private readonly changes = new Balances();
  constructor(private readonly below: { get(account: string, currency: string): number }) {}
  get(account: string, currency: string): number {
    return this.below.get(account, currency) + this.changes.get(account, currency);
  }
  apply(transfer: Transfer): void {
    this.changes.apply(transfer);
  }
}

// A part stays below the 400 KB of an item: an entry has at most 150 signs.
const PART = 2_000;

export interface Checkpoint {
  seq: number;
  digest: string;
  balances: Balances;
}

/** Keeps balances so that a new process need not read the whole journal. Its parts come first, what names them last. */
export async function keepCheckpoint(table: Table, { seq, digest, balances }: Checkpoint): Promise<void> {
  const entries = balances.entries();
  const parts = Math.max(1, Math.ceil(entries.length / PART));
  const before = await table.get(LATEST_CHECKPOINT);
  if (before && Number(before["seq"]) >= seq) return;
  for (let part = 0; part < parts; part++)
    await table.put({
      ...partKey(seq, part),
      entries: JSON.stringify(entries.slice(part * PART, (part + 1) * PART)),
    });
  const balancesDigest = digestOf(JSON.stringify(entries));
  await table.transact([
    {
      put: { ...LATEST_CHECKPOINT, seq, digest, parts, balancesDigest },
      if: before ? { seq: Number(before["seq"]) } : "absent",
    },
  ]);
  for (let part = 0; part < Number(before?.["parts"] ?? 0); part++)
    await table.delete(partKey(Number(before?.["seq"]), part));
}

const partKey = (seq: number, part: number) => ({
  pk: `CHECKPOINT#${seq}`,
  sk: part.toString().padStart(6, "0"),
});

/** The latest checkpoint that is whole; without one, the journal is folded from its beginning. */
export async function readCheckpoint(table: Table): Promise<Checkpoint | undefined> {
  const latest = await table.get(LATEST_CHECKPOINT);
  if (!latest) return undefined;
  const seq = Number(latest["seq"]);
  const items: Item[] = [];
  for await (const item of table.all({ pk: `CHECKPOINT#${seq}` })) items.push(item);
  const entries = items.flatMap((item) => JSON.parse(String(item["entries"])) as [string, number][]);
  // Replaced while it was read, or damaged: the journal itself is the truth.
  if (digestOf(JSON.stringify(entries)) !== latest["balancesDigest"]) return undefined;
  return { seq, digest: String(latest["digest"]), balances: new Balances(entries) };
}
