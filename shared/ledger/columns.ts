import type { Transfer } from "./journal.ts";
import { keyOf, type Moves } from "./moves.ts";
import { BadTransfers, demandCount, demandTransfer } from "./transfers.ts";

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

/** What they move. @throws {BadTransfers} for the first that is no transfer */
export function movesIn(columns: Columns): Moves {
  const { common, debit, credit, amountMinor, currency, code, memo } = columns;
  const length = countOf(columns);
  demandCount(length);
  const [debits, credits] = [new Array<string>(length), new Array<string>(length)];
  const amounts = new Array<number>(length);
  for (let i = 0; i < length; i++) {
    const from = debit ? debit[i] : common.debit;
    const to = credit ? credit[i] : common.credit;
    const amount = amountMinor ? amountMinor[i] : common.amountMinor;
    const unit = currency ? currency[i] : common.currency;
    demandTransfer(
      i,
      from,
      to,
      amount,
      unit,
      code ? (code[i] ?? undefined) : common.code,
      memo ? (memo[i] ?? undefined) : common.memo,
    );
    debits[i] = keyOf(from!, unit!);
    credits[i] = keyOf(to!, unit!);
    amounts[i] = amount!;
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
