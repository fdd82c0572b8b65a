import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { Entry } from "./schema.ts";

// question                        key
// entries, balances, the proof    the journal of shared/ledger: this room has no keys of its own for them

/** A page of an account's entries and where the next one begins: `<segment>.<entries of it that were given>`. */
export async function entriesOf(
  { ledger }: Pick<Here, "ledger">,
  account: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ entries: Entry[]; next?: string }> {
  const { entries, next } = await ledger.entriesPage(account, { limit, ...positionOf(cursor) });
  return {
    entries: entries.map(({ transfer, ...entry }) => ({ ...entry, ...transfer })),
    ...(next ? { next: `${next.seq}.${next.skip}` } : {}),
  };
}

function positionOf(cursor: string | undefined): { seq: number; skip: number } {
  if (cursor === undefined) return { seq: 1, skip: 0 };
  const [, seq, skip] = /^([1-9][0-9]{0,11})\.([0-9]{1,6})$/.exec(cursor) ?? [];
  if (seq === undefined) throw new Fault("malformed", "The cursor is not one that was given here.");
  return { seq: Number(seq), skip: Number(skip) };
}
