import type { Transfer } from "./journal.ts";
import { keyOf, type Moves } from "./moves.ts";
import { BadTransfers, demandCount, demandTransfer, isSound } from "./transfers.ts";

/** The fields of a transfer, in the order in which columns are written. */
export const FIELDS = ["debit", "credit", "amountMinor", "currency", "code", "memo"] as const;
export type Field = (typeof FIELDS)[number];

/**
 * Transfers field by field: each field is said once, in `common` for all of them, or by a column with a value for each,
 * null where one has none. To read and to write them so takes a third of what it takes one by one.
 */
export type Columns = { common: Partial<Transfer> } & { [F in Field]?: readonly (Transfer[F] | null | undefined)[] };

/** The same for whoever says the same: what the journal keeps, and what a request is compared by. */
export function packedColumns(columns: Columns): string {
  const packed: Record<string, unknown> = { common: {} };
  const common = packed["common"] as Record<string, unknown>;
  for (const field of FIELDS) {
    if (columns[field] !== undefined) packed[field] = columns[field];
    else if (columns.common[field] !== undefined) common[field] = columns.common[field];
  }
  return JSON.stringify(packed);
}

/** How many transfers they are. @throws {BadTransfers} when columns differ in length, or say what `common` says */
export function countOf(columns: Columns): number {
  const first = FIELDS.find((field) => columns[field] !== undefined);
  const count = first === undefined ? 0 : columns[first]!.length;
  for (const field of FIELDS) {
    const column = columns[field];
    if (column === undefined) continue;
    if (column.length !== count)
      throw new BadTransfers(`${column.length} values, where ${first} has ${count}`, { field });
    if (columns.common[field] !== undefined) throw new BadTransfers("said by common, too", { field });
  }
  return count;
}

// A journal names the same accounts again and again: a name that was good once is good, and its key is known.
const good = new Map<string, Map<string, string>>();
const GOOD_MAX = 50_000;

function goodKeyOf(account: string, currency: string): string {
  const known = good.get(currency) ?? new Map<string, string>();
  if (known.size >= GOOD_MAX) known.clear();
  const key = keyOf(account, currency);
  good.set(currency, known.set(account, key));
  return key;
}

/** What they move. @throws {BadTransfers} for the first that is no transfer */
export function movesIn(columns: Columns): Moves {
  const { common, debit, credit, amountMinor, currency, code, memo } = columns;
  const length = countOf(columns);
  demandCount(length);
  const [debits, credits] = [new Array<string>(length), new Array<string>(length)];
  const amounts = new Array<number>(length);
  let unit = common.currency;
  let known = good.get(unit!);
  for (let i = 0; i < length; i++) {
    const from = (debit ? debit[i] : common.debit)!;
    const to = (credit ? credit[i] : common.credit)!;
    const amount = (amountMinor ? amountMinor[i] : common.amountMinor)!;
    const what = code ? (code[i] ?? undefined) : common.code;
    const why = memo ? (memo[i] ?? undefined) : common.memo;
    if (currency && currency[i] !== unit) {
      unit = currency[i]!;
      known = good.get(unit);
    }
    // What all have is the same text each time, and found at once.
    let payer = known?.get(from);
    let payee = known?.get(to);
    if (payer === undefined || payee === undefined || payer === payee || !isSound(amount, what, why)) {
      demandTransfer(i, from, to, amount, unit, what, why);
      payer = goodKeyOf(from, unit!);
      payee = goodKeyOf(to, unit!);
      known = good.get(unit!);
    }
    debits[i] = payer;
    credits[i] = payee;
    amounts[i] = amount;
  }
  return { length, debits, credits, amounts };
}

/** One by one. @throws {BadTransfers} as `countOf` */
export function transfersIn(columns: Columns): Transfer[] {
  const { common, debit, credit, amountMinor, currency, code, memo } = columns;
  return Array.from(
    { length: countOf(columns) },
    (_, i) =>
      ({
        debit: debit ? debit[i] : common.debit,
        credit: credit ? credit[i] : common.credit,
        amountMinor: amountMinor ? amountMinor[i] : common.amountMinor,
        currency: currency ? currency[i] : common.currency,
        code: code ? (code[i] ?? undefined) : common.code,
        memo: memo ? (memo[i] ?? undefined) : common.memo,
      }) as Transfer,
  );
}
