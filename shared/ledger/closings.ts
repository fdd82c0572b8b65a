import type { Table } from "../table.ts";
import { Balances } from "./balances.ts";
import { digestOf, type KeptPost, segmentsAfter } from "./journal.ts";

/** The books up to and with a day, fixed for ever: nothing is posted any more that counts for it or a day before. */
export interface Closing {
  on: string;
  /** The segment that closed them, and its digest. */
  seq: number;
  digest: string;
  at: string;
  /** SHA-256 of all balances at the end of the day, as JSON `[["<account> <currency>", minor units], …]`, by name. */
  balancesDigest: string;
}

/** Balances by the day that transfers count for, not by when they were committed. Give it every segment in order. */
export class Books {
  private readonly closed = new Balances();
  private readonly later = new Map<string, Balances>();

  add({ transfers, expiresAt, on }: KeptPost, segmentOn: string): void {
    if (expiresAt !== undefined) return;
    const day = on ?? segmentOn;
    const balances = this.later.get(day) ?? new Balances();
    this.later.set(day, balances);
    for (const transfer of transfers) balances.apply(transfer);
  }

  /** The balances at the end of this day. */
  upTo(on: string): Balances {
    for (const [day, moved] of [...this.later])
      if (day <= on) {
        for (const [key, sum] of moved.entries()) this.closed.add(key, sum);
        this.later.delete(day);
      }
    return this.closed;
  }
}

export const balancesDigest = (balances: Balances): string => digestOf(JSON.stringify(balances.entries()));

/** A closing with its balances, recomputed from the journal up to it; undefined where the day was not closed. */
export async function closingOf(table: Table, on: string): Promise<(Closing & { balances: Balances }) | undefined> {
  const books = new Books();
  for await (const segment of segmentsAfter(table, 0))
    for (const post of segment.posts) {
      books.add(post, segment.on);
      if (post.closes !== on) continue;
      const balances = books.upTo(on).copy();
      const { seq, digest, at } = segment;
      return { on, seq, digest, at, balances, balancesDigest: balancesDigest(balances) };
    }
  return undefined;
}
