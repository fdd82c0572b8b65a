import { stringify } from "csv-stringify/sync";
import type { Here } from "../../shared/here.ts";
import { decimalOf } from "../../shared/money.ts";
import { refundsOfMonth } from "./refunds.ts";
import { paymentStore } from "./store.ts";
import { suspenseOfMonth } from "./suspense.ts";

/** What the accountant takes along as CSV, a month at a time. */
export const TABLES = ["payments", "refunds", "suspense"] as const;
export type TableName = (typeof TABLES)[number];

const ROWS_AT_ONCE = 500;

type Row = Record<string, string | undefined>;
const sum = (amountMinor: number | undefined, currency: string) =>
  amountMinor === undefined ? undefined : decimalOf(amountMinor, currency);

async function* payments(here: Here, month: string): AsyncIterable<Row> {
  let cursor: string | undefined;
  do {
    const page = await paymentStore(here).ofMonth(month, { limit: ROWS_AT_ONCE, ...(cursor ? { cursor } : {}) });
    for (const one of page.payments) {
      const { currency, settledMinor, amountMinor, settledAt } = one;
      yield {
        ...{ number: one.id, reference: one.reference, service: one.kind, period: one.month, state: one.state },
        ...{ amount: sum(amountMinor, currency), fee: sum(one.feeMinor ?? 0, currency) },
        settled: settledAt && sum(settledMinor ?? amountMinor, currency),
        ...{ given_back: sum(one.refundedMinor ?? 0, currency), currency },
        ...{ way: one.provider, account: one.account, provider_number: one.providerRef },
        ...{ opened_at: one.createdAt, settled_at: settledAt },
      };
    }
    cursor = page.next;
  } while (cursor !== undefined);
}

async function* refunds(here: Here, month: string): AsyncIterable<Row> {
  for await (const one of refundsOfMonth(here, month))
    yield {
      ...{ number: one.id, reference: one.reference, payment: one.paymentId, waiting: one.suspenseId },
      credit_of: one.accountId,
      ...{ amount: sum(one.amountMinor, one.currency), currency: one.currency, state: one.state, reason: one.reason },
      ...{ asked_by: one.askedBy, asked_at: one.askedAt, decided_by: one.decidedBy, decided_at: one.decidedAt },
      ...{ done_at: one.doneAt, provider_number: one.providerRef },
    };
}

async function* suspense(here: Here, month: string): AsyncIterable<Row> {
  for await (const one of suspenseOfMonth(here, month))
    yield {
      ...{ number: one.id, typed: one.reference, why: one.why, state: one.state },
      ...{ amount: sum(one.amountMinor, one.currency), currency: one.currency, held: one.holder },
      ...{ provider_number: one.providerRef, at: one.at, became: one.assignedTo, by: one.by, done_at: one.doneAt },
    };
}

const ROWS = { payments, refunds, suspense };
const COLUMNS: Record<TableName, readonly string[]> = {
  payments: [
    ...["number", "reference", "service", "period", "state", "amount", "fee", "settled", "given_back", "currency"],
    ...["way", "account", "provider_number", "opened_at", "settled_at"],
  ],
  refunds: [
    ...["number", "reference", "payment", "waiting", "amount", "currency", "state", "reason"],
    ...["asked_by", "asked_at", "decided_by", "decided_at", "done_at", "provider_number", "credit_of"],
  ],
  suspense: [
    ...["number", "typed", "why", "state", "amount", "currency", "held"],
    ...["provider_number", "at", "became", "by", "done_at"],
  ],
};

/** The rows of a month, some at a time, the head first. */
export async function* exported(here: Here, table: TableName, month: string): AsyncGenerator<string> {
  const columns = COLUMNS[table];
  let rows: (readonly string[])[] = [columns];
  for await (const row of ROWS[table](here, month)) {
    rows.push(columns.map((name) => row[name] ?? ""));
    if (rows.length < ROWS_AT_ONCE) continue;
    yield csv(rows);
    rows = [];
  }
  if (rows.length > 0) yield csv(rows);
}

// A cell that a spreadsheet would take for a formula is given as text.
const csv = (rows: (readonly string[])[]): string =>
  stringify(rows as string[][], { escape_formulas: true, record_delimiter: "\r\n" });
