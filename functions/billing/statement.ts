import { stringify } from "csv-stringify/sync";
import { Fault } from "../../shared/errors.ts";
import { on, type Reaction, type Told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { decimalOf } from "../../shared/money.ts";
import type { Item, Write } from "../../shared/table.ts";
import { dayOf } from "../../shared/time.ts";
import {
  AccountCredited,
  CreditReturned,
  CreditTaken,
  CreditUsed,
  DisputeLost,
  PaymentSettled,
  PaymentUndone,
  RefundApproved,
  RefundFailed,
} from "../payments/events.ts";
import { ShareMoved } from "../vending/events.ts";
import { duesInOrder, lapses } from "./dues.ts";
import { BillCancelled, BillRelieved, CreditGiven, PenaltyCharged, PenaltyRemitted } from "./events.ts";
import { type Bill, type Statement, StatementLine } from "./schema.ts";
import { billStore } from "./store.ts";

// question                          key
// what moved on an account          pk STATEMENT#<account>   sk <time>#<event>   (its bills are the account's bills)
const keyOf = (accountId: string, told: Told) => ({ pk: `STATEMENT#${accountId}`, sk: `${told.time}#${told.id}` });

type Moved = Omit<StatementLine, "at" | "balanceMinor">;

/** One line, however often it is told: its key is the event's. */
const line = (accountId: string, told: Told, moved: Moved): Write => ({
  put: { ...keyOf(accountId, told), line: { ...moved, at: told.time } },
});

/** A line of a bill's account; none where the bill is nobody's. */
async function ofBill(here: Here, billId: string | undefined, told: Told, moved: Moved): Promise<Write[]> {
  if (billId === undefined || moved.amountMinor === 0) return [];
  const bill = await billStore(here)
    .get(billId)
    .catch((error: unknown) => {
      if (error instanceof Fault && error.kind === "absent") return undefined;
      throw error;
    });
  if (bill?.accountId === undefined) return [];
  return [line(bill.accountId, told, { ...moved, billId, reference: bill.reference })];
}

interface Part {
  amountMinor: number;
  forBillMinor?: number | undefined;
  paymentId?: string | undefined;
}
const moved = (what: Moved["what"], { amountMinor, forBillMinor = amountMinor, paymentId }: Part, sign: 1 | -1) => ({
  what,
  amountMinor: sign * forBillMinor,
  ...(paymentId === undefined ? {} : { paymentId }),
});

/** What others tell of money becomes lines of a statement. What is owed more stands above 0, what is paid below. */
export const statementReactions: Reaction[] = [
  on(BillCancelled, (here, told) =>
    ofBill(here, told.data.billId, told, { what: "cancelled", amountMinor: -told.data.totalMinor }),
  ),
  on(BillRelieved, (here, told) =>
    ofBill(here, told.data.billId, told, { what: told.data.kind, amountMinor: -told.data.amountMinor }),
  ),
  on(CreditGiven, async (here, told) => ofBill(here, told.data.billId, told, moved("credit_note", told.data, -1))),
  on(PenaltyCharged, (here, told) =>
    ofBill(here, told.data.billId, told, { what: "penalty", amountMinor: told.data.amountMinor }),
  ),
  on(PenaltyRemitted, (here, told) =>
    ofBill(here, told.data.billId, told, { what: "remission", amountMinor: -told.data.amountMinor }),
  ),
  // A purchase of prepaid units that pays what is late of the same customer, or gives it back.
  on(ShareMoved, (here, told) =>
    ofBill(here, told.data.billId, told, { what: "share", amountMinor: -told.data.amountMinor }),
  ),
  on(PaymentSettled, (here, told) => ofBill(here, told.data.billId, told, moved("paid", told.data, -1))),
  on(PaymentUndone, (here, told) => ofBill(here, told.data.billId, told, moved("undone", told.data, 1))),
  on(RefundApproved, (here, told) => ofBill(here, told.data.billId, told, moved("refunded", told.data, 1))),
  on(RefundFailed, (here, told) => ofBill(here, told.data.billId, told, moved("refund_failed", told.data, -1))),
  on(DisputeLost, (here, told) => ofBill(here, told.data.billId, told, moved("disputed", told.data, 1))),
  on(AccountCredited, async (_here, told) => [line(told.data.accountId, told, moved("credited", told.data, -1))]),
  on(CreditTaken, async (_here, told) => [line(told.data.accountId, told, moved("credit_back", told.data, 1))]),
  // From credit to a bill, or back: what is owed in all stays the same.
  on(CreditUsed, (here, told) => within(here, told, "credit_used")),
  on(CreditReturned, (here, told) => within(here, told, "credit_returned")),
];

async function within(
  here: Here,
  told: Told<{ accountId: string; billId: string; amountMinor: number }>,
  what: Moved["what"],
) {
  const { accountId, billId, amountMinor } = told.data;
  const { reference } = await billStore(here).get(billId);
  return [line(accountId, told, { what, amountMinor: 0, withinMinor: amountMinor, billId, reference })];
}

/** An offer that nobody took up: it was never owed. */
const isVoid = (bill: Bill): boolean =>
  lapses(bill) && (bill.cancelledAt !== undefined || bill.dueMinor === bill.totalMinor);

/** How much of a bill what its account had paid ahead has paid. */
export async function paidFromCredit(here: Here, { id, accountId }: Pick<Bill, "id" | "accountId">): Promise<number> {
  if (accountId === undefined) return 0;
  let sum = 0;
  for await (const item of here.table.all({ pk: `STATEMENT#${accountId}` })) {
    const { billId, what, withinMinor = 0 } = StatementLine.omit({ balanceMinor: true }).parse(item["line"]);
    if (billId === id) sum += what === "credit_returned" ? -withinMinor : withinMinor;
  }
  return sum;
}

/** So many lines are shown; the file has all. */
const LINES_SHOWN = 200;

/**
 * Bills and what moved on them, the oldest first, with what was owed after each line; and what is due and paid ahead, by
 * the ledger. A line that was told a moment ago may be missing still.
 */
export async function statementOf(here: Here, accountId: string): Promise<Statement> {
  const { currency } = here.city;
  const [dues, bills] = await Promise.all([duesInOrder(here, { accountId }), billStore(here).allOf(accountId)]);
  const never = new Set(bills.filter((bill) => isVoid(bill) || bill.currency !== currency).map(({ id }) => id));
  const lines: Omit<StatementLine, "balanceMinor">[] = bills
    .filter(({ id }) => !never.has(id))
    .map(({ id, reference, issuedAt, totalMinor, kind }) => ({
      at: issuedAt,
      what: "billed",
      amountMinor: totalMinor,
      billId: id,
      reference,
      kind,
    }));
  for await (const item of here.table.all({ pk: `STATEMENT#${accountId}` })) {
    const read = StatementLine.omit({ balanceMinor: true }).parse(item["line"]);
    if (read.billId === undefined || !never.has(read.billId)) lines.push(read);
  }
  lines.sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? -1 : 1));
  let balanceMinor = 0;
  const all = lines.map((one): StatementLine => {
    balanceMinor += one.amountMinor;
    return { ...one, balanceMinor };
  });
  const { dueMinor, creditMinor } = dues;
  return { accountId, currency, dueMinor, creditMinor, balanceMinor, lines: all };
}

/** The end of a long one, and what was owed before its first line. */
export const latest = (statement: Statement): Statement & { openingMinor: number } => {
  const lines = statement.lines.slice(-LINES_SHOWN);
  const first = lines[0];
  return { ...statement, lines, openingMinor: first ? first.balanceMinor - first.amountMinor : 0 };
};

/** The whole statement, amounts as decimals of the currency. */
export function statementCsv({ city }: Here, { lines, currency }: Statement): string {
  const money = (minor: number) => decimalOf(minor, currency);
  const rows = [
    ["day", "what", "reference", "service", "payment", "amount", "within", "balance", "currency"],
    ...lines.map((one) => [
      dayOf(new Date(one.at), city.timeZone),
      one.what,
      one.reference ?? "",
      one.kind ?? "",
      one.paymentId ?? "",
      money(one.amountMinor),
      one.withinMinor === undefined ? "" : money(one.withinMinor),
      money(one.balanceMinor),
      currency,
    ]),
  ];
  // Negative amounts are amounts: no cell of ours begins like a formula otherwise.
  return stringify(rows, { record_delimiter: "\r\n" });
}

/** Every line, for the city's export. */
export async function* statementItems(here: Here, accountIds: AsyncIterable<string>): AsyncIterable<Item> {
  for await (const accountId of accountIds) yield* here.table.all({ pk: `STATEMENT#${accountId}` });
}
