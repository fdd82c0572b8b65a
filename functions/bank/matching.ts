import { z } from "zod";
import { creditorReference } from "../../shared/creditor-reference.ts";
import { Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { decimalOf } from "../../shared/money.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { defineTask, planned, type Ran } from "../../shared/tasks.ts";
import { AccountNamed } from "../accounts/events.ts";
import { BillByReference } from "../billing/events.ts";
import { ThirdPartySettles } from "../billpay/events.ts";
import { DepositArrived } from "../counter/events.ts";
import { TakePayment } from "../payments/events.ts";
import { readCamt } from "./camt.ts";
import { bankAccount, carriedBy, IN_TRANSIT, openingTransfers, unexplainedAt } from "./domain.ts";
import { PayoutBooked } from "./events.ts";
import type { Line, Order, Statement } from "./schema.ts";
import { bankStore, LINES_IN_AN_ITEM, lineItems, paidItem, partItem, statementItem } from "./store.ts";

/** Settles what a statement says, 100 lines at a time. */
export const MatchStatement = defineTask("bank.match", z.object({ part: z.int() }));
/** So many lines are asked for at once: the ledger takes them into one commit. */
const AT_ONCE = 25;
const ITEMS_MAX = 95;
const NUMBERS_AT_ONCE = 50;

/**
 * Takes a file in whole, or refuses it whole; its lines are settled by a task.
 * @throws {Fault} too_large, malformed, invalid (by line); conflict: taken before, or not the next one of the account
 */
export async function importStatement(
  here: Here,
  accountId: string,
  bytes: Uint8Array,
  by: string,
): Promise<Statement> {
  const store = bankStore(here);
  const of = await store.account(accountId);
  const { lines, iban: _known, ...read } = readCamt(bytes, of.account.iban, of.account.currency);
  if (await store.isTaken(accountId, read.bankId))
    throw new Fault("conflict", `The statement ${read.bankId} was taken in before.`);
  const { last } = of;
  if (last && last.closingMinor !== read.openingMinor) {
    const [closed, opens] = [last.closingMinor, read.openingMinor].map((minor) => decimalOf(minor, read.currency));
    throw new Fault(
      "conflict",
      `The last statement closed at ${closed}, this one opens at ${opens}: one between them is missing, or it is an older one.`,
    );
  }
  const now = here.clock.now();
  const statement: Statement = {
    id: newId("stm", now),
    bankAccountId: accountId,
    ...read,
    lines: lines.length,
    handled: 0,
    state: lines.length === 0 ? "done" : "matching",
    matched: 0,
    unmatched: 0,
    importedAt: now.toISOString(),
    importedBy: by,
  };
  const writes: Write[] = [
    ...store.importWrites(statement, lines, of),
    ...(lines.length > 0 ? [planned(MatchStatement, statement.id, now, { part: 0 })] : []),
  ];
  if (writes.length > ITEMS_MAX) throw new Fault("too_large", "The statement has too many lines.");
  const opening = last ? [] : openingTransfers(accountId, read.openingMinor, read.currency);
  try {
    if (opening.length === 0) await here.commit(writes);
    else await here.ledger.post({ id: `opening:${accountId}`, transfers: opening, writes });
  } catch (error) {
    if (error instanceof ConditionFailed)
      throw new Fault(
        "conflict",
        `The statement ${read.bankId}, or another one of this account, was taken in meanwhile.`,
      );
    throw error;
  }
  return statement;
}

/** Does the same for each of these, some at once, in their order. */
async function forEach(lines: readonly Line[], work: (line: Line) => Promise<Line>): Promise<Line[]> {
  const done: Line[] = [];
  for (let i = 0; i < lines.length; i += AT_ONCE)
    done.push(...(await Promise.all(lines.slice(i, i + AT_ONCE).map(work))));
  return done;
}

/**
 * The lines of a part, each with the reference that it is matched by. It is looked up once and kept before any money
 * moves: a part that runs again says of each line what it said, whichever accounts were opened in the meantime.
 */
async function named(here: Here, id: string, part: number): Promise<Line[] | undefined> {
  const store = bankStore(here);
  const found = await store.part(id, part);
  if (!found || found.isNamed) return found?.lines;
  const lines = await forEach(found.lines, async (line) =>
    line.side === "credit" ? { ...line, reference: await referenceOf(here, line) } : line,
  );
  try {
    await here.table.transact([{ put: partItem(id, part, lines, true), if: { isNamed: undefined } }]);
    return lines;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return (await store.part(id, part))?.lines;
  }
}

async function referenceOf(here: Here, line: Line): Promise<string | undefined> {
  const { structured, written, numbers } = carriedBy(line);
  return (await onlyOne(here, structured, structured)) ?? (await onlyOne(here, written, numbers));
}

/** One part of a statement. Each line has an id of its own, so a part that runs twice moves nothing twice. */
export async function matchPart(here: Here, id: string, { part }: { part: number }): Promise<Ran<{ part: number }>> {
  const store = bankStore(here);
  const statement = await store.statement(id);
  const lines = await named(here, id, part);
  if (!lines) return {};
  const done = await forEach(lines, (line) => settled(here, statement, line));
  const numbers = lineItems(id, done);
  for (let i = 0; i < numbers.length; i += NUMBERS_AT_ONCE)
    await here.table.transact(numbers.slice(i, i + NUMBERS_AT_ONCE).map((put) => ({ put })));
  const matched = done.filter(({ outcome }) => outcome !== "suspense" && outcome !== "debit").length;
  const handled = part * LINES_IN_AN_ITEM + done.length;
  const isLast = handled >= statement.lines;
  const after: Statement = {
    ...statement,
    handled,
    state: isLast ? "done" : "matching",
    matched: statement.matched + matched,
    unmatched: statement.unmatched + done.length - matched,
  };
  return {
    writes: [
      { put: partItem(id, part, done, true), if: "present" },
      { put: statementItem(after), if: { handled: statement.handled } },
    ],
    ...(isLast ? {} : { again: { at: here.clock.now(), data: { part: part + 1 } } }),
  };
}

/** The middle of the day on which it was booked: a statement knows no hour. */
const momentOf = (line: Line) => `${line.bookedOn}T12:00:00.000Z`;

async function settled(here: Here, statement: Statement, line: Line): Promise<Line> {
  const id = `bank:${statement.id}:${line.n}`;
  return line.side === "credit" ? credited(here, statement, line, id) : debited(here, statement, line, id);
}

async function credited(here: Here, statement: Statement, line: Line, id: string): Promise<Line> {
  const { amountMinor } = line;
  const { currency, bankAccountId } = statement;
  // The cut may go through a sign that takes two places.
  const providerRef = `${line.bankRef} ${line.text}`.trim().slice(0, 200).toWellFormed();
  const carried = carriedBy(line);
  const at = momentOf(line);
  for (const reference of carried.structured.filter((own) => own.startsWith("D"))) {
    const arrival = { id, reference: creditorReference(reference), amountMinor, currency, bankAccountId, at };
    const { outcome } = await here.ask(DepositArrived, arrival);
    if (outcome === "arrived") return { ...line, outcome: "deposit", reference };
  }
  for (const reference of carried.structured.filter((own) => own.startsWith("P"))) {
    const settling = { id, reference: creditorReference(reference), amountMinor, currency, bankAccountId };
    const { outcome } = await here.ask(ThirdPartySettles, settling);
    if (outcome === "settled") return { ...line, outcome: "third_party", reference };
  }
  const taken = await here.ask(TakePayment, {
    id,
    reference: line.reference ?? "",
    amountMinor,
    currency,
    via: { rail: "bank", account: bankAccountId, providerRef },
    at,
  });
  return {
    ...line,
    outcome: taken.outcome,
    ...(taken.paymentId ? { paymentId: taken.paymentId } : {}),
  };
}

/**
 * The one bill that these name, or else the one account. Two different ones are nobody's to choose between.
 * @param numbers  what may be an account's number
 */
async function onlyOne(here: Here, references: readonly string[], numbers: readonly string[]) {
  const known = async (asked: Promise<{ reference: string }>) => {
    try {
      return (await asked).reference;
    } catch (error) {
      if (!(error instanceof Fault) || error.kind !== "absent") throw error;
      return undefined;
    }
  };
  const bills = new Set<string>();
  const accounts = new Set<string>();
  for (const typed of references) {
    const reference = typed.slice(0, 40);
    const bill = await known(here.ask(BillByReference, { reference }));
    const account = bill ? undefined : await known(here.ask(AccountNamed, { reference }));
    if (bill) bills.add(bill);
    if (account) accounts.add(account);
  }
  if (bills.size > 0) return bills.size === 1 ? [...bills][0] : undefined;
  if (accounts.size === 0)
    for (const number of numbers) {
      const account = await known(here.ask(AccountNamed, { number: number.slice(0, 40) }));
      if (account) accounts.add(account);
    }
  return accounts.size === 1 ? [...accounts][0] : undefined;
}

function bookedFact({ id: orderId, payouts, currency }: Order, { endToEndId, amountMinor }: Line) {
  const { account } = payouts.find((one) => one.endToEndId === endToEndId)!;
  return { orderId, account, amountMinor, currency };
}

/** A debit is an order of ours by its end-to-end id and amount; any other stands unexplained. */
async function debited(here: Here, statement: Statement, line: Line, id: string): Promise<Line> {
  const payout = line.endToEndId === "" ? undefined : await bankStore(here).payout(line.endToEndId);
  const isOurs =
    payout?.order.state === "approved" &&
    payout.order.bankAccountId === statement.bankAccountId &&
    payout.amountMinor === line.amountMinor;
  const transfer = {
    credit: bankAccount(statement.bankAccountId),
    amountMinor: line.amountMinor,
    currency: statement.currency,
    memo: `${line.bankRef} ${line.text}`.trim().slice(0, 100).toWellFormed(),
  };
  const unexplained = {
    id,
    transfers: [{ ...transfer, debit: unexplainedAt(statement.bankAccountId), code: "debit" }],
  };
  if (!isOurs) {
    await here.ledger.post(unexplained);
    return { ...line, outcome: "debit" };
  }
  try {
    await here.ledger.post({
      id: `${id}:payout`,
      transfers: [{ ...transfer, debit: IN_TRANSIT, code: "payout" }],
      // The same end-to-end id on two lines is one payout and one debit that nobody ordered.
      writes: [{ put: paidItem(line.endToEndId, id), if: "absent" }],
      events: [told(PayoutBooked, line.endToEndId, bookedFact(payout.order, line))],
    });
    return { ...line, outcome: "payout", reference: line.endToEndId };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    await here.ledger.post(unexplained);
    return { ...line, outcome: "debit" };
  }
}
