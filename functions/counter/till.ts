import { z } from "zod";
import { creditorReference } from "../../shared/creditor-reference.ts";
import { Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import type { At, Posting } from "../../shared/ledger.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { defineTask, dropped, planned } from "../../shared/tasks.ts";
import { dayOf } from "../../shared/time.ts";
import { BankAccountById } from "../bank/events.ts";
import { DuesByReference } from "../billing/events.ts";
import { TakePayment, UndoTaken } from "../payments/events.ts";
import { cashAccount, cashOf, countedOf, differenceTransfers, floatTransfers, IN_TRANSIT, labelOf } from "./domain.ts";
import { ReceiptReversed, TillClosed } from "./events.ts";
import type { CashReceipt, Deposit, NewCount, NewDeposit, NewShift, NewTaking, Shift, Till } from "./schema.ts";
import {
  backItem,
  closedItem,
  counterStore,
  depositItem,
  depositRefItem,
  numbersKey,
  openItem,
  receiptItem,
  shiftItem,
  takingItem,
  tillItem,
} from "./store.ts";

const TRIES = 20;
const FINISH_AFTER_MS = 60_000;
const busy = () => new Fault("unavailable", "This till is busy; send it again.", { retryAfterS: 1 });
const today = (here: Here) => dayOf(here.clock.now(), here.city.timeZone);

class NothingMoves extends Error {}
/**
 * Posts what a drawer's balance asks for at that very commit, as a refund may be paid out of it at any moment. Where
 * nothing is asked for, the writes are kept alone.
 */
async function moves(here: Here, id: string, content: unknown, plan: (at: At) => Posting): Promise<void> {
  let drawn: Posting | undefined;
  try {
    await here.ledger.post({
      id,
      content,
      plan: (at) => {
        drawn = plan(at);
        if (drawn.transfers.length === 0) throw new NothingMoves();
        return drawn;
      },
    });
  } catch (error) {
    if (!(error instanceof NothingMoves) || !drawn) throw error;
    await here.commit(drawn.writes ?? [], drawn.events);
  }
}

/** Finishes a receipt whose clerk was cut off between its number and its money. */
export const FinishReceipt = defineTask(
  "counter.finish",
  z.object({ till: z.string(), year: z.string(), number: z.int() }),
);
const taskId = ({ label }: CashReceipt) => label;
const finishing = (here: Here, { till, year, number, label }: CashReceipt): Write =>
  planned(FinishReceipt, label, new Date(here.clock.now().getTime() + FINISH_AFTER_MS), { till, year, number });

/**
 * Opens a till for a shift. @returns the shift, and whether it is new
 * @throws {Fault} conflict: somebody stands there already, or the shift's id has other contents
 */
export async function openTill(here: Here, code: string, asked: NewShift, by: string) {
  const store = counterStore(here);
  const now = here.clock.now();
  const till = await store.till(code);
  const id = asked.id ?? newId("shf", now);
  const before = await store.findShift(id);
  if (before) {
    if (before.till === code && before.floatMinor === asked.floatMinor) return { created: false, shift: before };
    throw new Fault("conflict", "There is another shift under this id.");
  }
  if (till.state !== "closed") throw new Fault("conflict", `The till ${code} is ${till.state}: close it first.`);
  const { currency } = till;
  const shift: Shift = {
    id,
    till: code,
    currency,
    state: "open",
    floatMinor: asked.floatMinor,
    openedAt: now.toISOString(),
    openedBy: by,
  };
  const writes: Write[] = [
    { put: tillItem({ ...till, state: "open", shiftId: id }), if: { state: "closed", deposits: till.deposits } },
    { put: shiftItem(shift), if: "absent" },
  ];
  try {
    await moves(here, `shift:${id}`, [code, asked.floatMinor], (at) => ({
      transfers: floatTransfers(till, asked.floatMinor, at.balance(cashAccount(code), currency)),
      writes,
    }));
  } catch (error) {
    if (error instanceof ConditionFailed) throw new Fault("conflict", `The till ${code} was opened meanwhile.`);
    throw error;
  }
  return { created: true, shift };
}

/**
 * Takes cash for a bill. The number is drawn and the receipt kept in one transaction; then the money is settled, once.
 * The same id is the same receipt. @throws {Fault} absent, conflict, invalid; unavailable: too many at this till
 */
export async function takeCash(here: Here, code: string, asked: NewTaking, by: string) {
  const store = counterStore(here);
  const before = await store.byTaking(asked.id);
  if (before) return { created: false, receipt: await finished(here, same(before, code, asked)) };
  const bill = await here.ask(DuesByReference, { reference: asked.reference });
  const till = await store.till(code);
  const cash = cashOf(asked, bill, till);
  for (let tries = 0; tries < TRIES; tries++) {
    const now = here.clock.now();
    const { state, shiftId } = tries === 0 ? till : await store.till(code);
    if (state !== "open" || !shiftId) throw new Fault("conflict", `The till ${code} is closed.`);
    const day = today(here);
    const year = day.slice(0, 4);
    const last = await store.lastNumber(code, year);
    const number = last + 1;
    const receipt: CashReceipt = {
      number,
      year,
      till: code,
      label: labelOf(code, year, number),
      takingId: asked.id,
      shiftId,
      reference: bill.reference,
      kind: bill.kind,
      period: bill.month,
      ...cash,
      currency: bill.currency,
      state: "taking",
      takenAt: now.toISOString(),
      takenBy: by,
      day,
    };
    const numbers = { ...numbersKey(code, year), last: number };
    try {
      await here.commit([
        { put: takingItem(receipt), if: "absent" },
        { put: numbers, if: last === 0 ? "absent" : { last } },
        { put: receiptItem(receipt), if: "absent" },
        { put: openItem(receipt) },
        { check: { pk: `TILL#${code}`, sk: "TILL" }, if: { state: "open", shiftId } },
        finishing(here, receipt),
      ]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      const twin = await store.byTaking(asked.id);
      if (twin) return { created: false, receipt: await finished(here, same(twin, code, asked)) };
      await new Promise((resume) => setTimeout(resume, Math.random() * 20 * (tries + 1)));
      continue;
    }
    return { created: true, receipt: await finished(here, receipt) };
  }
  throw busy();
}

/** @throws {Fault} conflict: the id took something else */
function same(receipt: CashReceipt, code: string, asked: NewTaking): CashReceipt {
  const signs = (reference: string) => reference.toUpperCase().replace(/[^0-9A-Z]/g, "");
  const isSame =
    receipt.till === code &&
    signs(receipt.reference) === signs(asked.reference) &&
    (asked.amountMinor ?? receipt.amountMinor) === receipt.amountMinor &&
    (asked.givenMinor ?? receipt.givenMinor) === receipt.givenMinor;
  if (!isSame) throw new Fault("conflict", `${asked.id} is the receipt ${receipt.label}, for something else.`);
  return receipt;
}

const ledgerId = ({ label }: CashReceipt) => `cash:${label}`;

/** Brings a receipt that stopped half-way to its end; every step may be asked again. */
export async function finished(here: Here, receipt: CashReceipt): Promise<CashReceipt> {
  if (receipt.state === "taking") {
    const { outcome, paymentId } = await here.ask(TakePayment, {
      id: ledgerId(receipt),
      reference: receipt.reference,
      amountMinor: receipt.amountMinor,
      currency: receipt.currency,
      via: { rail: "cash", account: receipt.till, providerRef: receipt.label },
      at: receipt.takenAt,
    });
    return moved(here, { ...receipt, state: "taken", outcome, ...(paymentId ? { paymentId } : {}) }, "taking");
  }
  if (receipt.state === "reversing") return reversed(here, receipt);
  return receipt;
}

async function moved(here: Here, after: CashReceipt, from: CashReceipt["state"], more: Write[] = [], facts = false) {
  const store = counterStore(here);
  const { label, amountMinor, currency, askedBy = "", approvedBy = "" } = after;
  const told_ = facts ? [told(ReceiptReversed, label, { label, amountMinor, currency, askedBy, approvedBy })] : [];
  const writes = [
    { put: receiptItem(after), if: { state: from } },
    { delete: openItem(after) },
    dropped(FinishReceipt, taskId(after)),
    ...more,
  ] satisfies Write[];
  if (await store.tried(writes, (all) => here.commit(all, told_))) return after;
  return store.receipt(after.till, after.year, after.number);
}

/** @throws {Fault} forbidden_transition: it is not one that stands */
export async function askReversal(here: Here, receipt: CashReceipt, reason: string, by: string): Promise<CashReceipt> {
  const stands = await finished(here, receipt);
  if (stands.state === "reversal_asked" && stands.askedBy === by && stands.reason === reason) return stands;
  if (stands.state !== "taken")
    throw new Fault("forbidden_transition", `The receipt ${stands.label} is ${stands.state}.`);
  const asked = {
    ...stands,
    state: "reversal_asked" as const,
    reason,
    askedBy: by,
    askedAt: here.clock.now().toISOString(),
  };
  const kept = await moved(here, asked, "taken");
  if (kept.state !== "reversal_asked" || kept.askedBy !== by)
    throw new Fault("forbidden_transition", `The receipt ${kept.label} is ${kept.state}.`);
  return kept;
}

/** The second person's word. @throws {Fault} forbidden: the same person; conflict: the till is closed, or it was used */
export async function decideReversal(here: Here, receipt: CashReceipt, agrees: boolean, by: string) {
  const store = counterStore(here);
  if (receipt.state === "reversed" && receipt.approvedBy === by && agrees) return receipt;
  if (receipt.state !== "reversal_asked")
    throw new Fault("forbidden_transition", `The receipt ${receipt.label} is ${receipt.state}.`);
  const { askedBy = "" } = receipt;
  if (askedBy === by) throw new Fault("forbidden", "Another person must agree: four eyes.");
  const { reason: _why, askedBy: _who, askedAt: _when, ...plain } = receipt;
  const till = await store.till(receipt.till);
  if (agrees && till.state !== "open")
    throw new Fault("conflict", "The money is handed back from an open till: open it first.");
  const next: CashReceipt = agrees ? { ...receipt, state: "reversing", approvedBy: by } : { ...plain, state: "taken" };
  const writes: Write[] = [
    { put: receiptItem(next), if: { state: "reversal_asked", askedBy } },
    ...(agrees
      ? ([
          { check: { pk: `TILL#${till.code}`, sk: "TILL" }, if: { state: "open", shiftId: till.shiftId ?? "" } },
          { put: openItem(next) },
          finishing(here, next),
        ] satisfies Write[])
      : []),
  ];
  if (!(await store.tried(writes, here.commit)))
    throw new Fault("conflict", "It was decided, or the till was closed, meanwhile.");
  return agrees ? reversed(here, next) : next;
}

async function reversed(here: Here, receipt: CashReceipt): Promise<CashReceipt> {
  try {
    await here.ask(UndoTaken, { id: ledgerId(receipt), at: receipt.takenAt, reason: receipt.reason ?? "" });
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== "conflict") throw error;
    // What it paid was given back in another way meanwhile: the receipt stands as it was.
    const { reason: _why, askedBy: _who, askedAt: _when, approvedBy: _by, ...plain } = receipt;
    await moved(here, { ...plain, state: "taken" }, "reversing");
    throw error;
  }
  const done: CashReceipt = {
    ...receipt,
    state: "reversed",
    reversedAt: here.clock.now().toISOString(),
    reversedOn: today(here),
  };
  return moved(here, done, "reversing", [{ put: backItem(done) }], true);
}

/** Counts the drawer and stops taking. @throws {Fault} conflict: it is not open */
export async function countTill(here: Here, code: string, count: NewCount, by: string): Promise<Shift> {
  const store = counterStore(here);
  const till = await store.till(code);
  if (till.state !== "open" || !till.shiftId) throw new Fault("conflict", `The till ${code} is ${till.state}.`);
  const shift = await store.shift(till.shiftId);
  const counted: Shift = {
    ...shift,
    state: "counted",
    denominations: count.denominations,
    countedMinor: countedOf(count.denominations),
    ...(count.note ? { note: count.note } : {}),
    countedAt: here.clock.now().toISOString(),
    countedBy: by,
  };
  const writes: Write[] = [
    { put: tillItem({ ...till, state: "counted" }), if: { state: "open", shiftId: shift.id } },
    { put: shiftItem(counted), if: { state: "open" } },
  ];
  if (!(await store.tried(writes, here.commit))) throw new Fault("conflict", `The till ${code} was counted meanwhile.`);
  return counted;
}

/** What the books say lies in a drawer, after what was cut off half-way is finished. */
export async function expectedIn(here: Here, till: Pick<Till, "code" | "currency">): Promise<number> {
  const store = counterStore(here);
  for (const receipt of await store.unfinished(till.code)) await finished(here, receipt);
  return here.ledger.balance(cashAccount(till.code), till.currency);
}

/**
 * The second person signs what was counted; the difference is posted, and the till is closed.
 * @throws {Fault} forbidden: who counted cannot sign; conflict: not counted, or signed meanwhile
 */
export async function closeTill(here: Here, code: string, by: string): Promise<Shift> {
  const store = counterStore(here);
  const till = await store.till(code);
  const shift = till.shiftId ? await store.shift(till.shiftId) : undefined;
  if (shift?.state === "closed" && shift.closedBy === by) return shift;
  if (till.state !== "counted" || shift?.state !== "counted")
    throw new Fault("conflict", `The till ${code} is ${till.state}: it is counted first.`);
  const { countedBy = "", countedMinor = 0, currency } = shift;
  if (countedBy === by) throw new Fault("forbidden", "Another person must sign: four eyes.");
  await expectedIn(here, till);
  const day = today(here);
  const over = { ...shift, state: "closed" as const, closedAt: here.clock.now().toISOString(), closedBy: by };
  let closed: Shift = over;
  try {
    await moves(here, `close:${shift.id}`, [shift.id], (at) => {
      const expectedMinor = at.balance(cashAccount(code), currency);
      const differenceMinor = countedMinor - expectedMinor;
      closed = { ...over, expectedMinor, differenceMinor };
      return {
        transfers: differenceTransfers(shift, differenceMinor),
        writes: [
          { put: { ...shiftItem(closed), closedOn: day }, if: { state: "counted", countedBy } },
          { put: tillItem({ ...till, state: "closed" }), if: { state: "counted", shiftId: shift.id } },
          { put: closedItem(day, closed) },
        ],
        events: [
          told(TillClosed, shift.id, { till: code, shiftId: shift.id, countedMinor, differenceMinor, currency }),
        ],
      };
    });
  } catch (error) {
    if (error instanceof ConditionFailed) throw new Fault("conflict", `The till ${code} was signed meanwhile.`);
    throw error;
  }
  return closed;
}

/** Brings cash of a closed till on its way to the bank. @throws {Fault} conflict: open, or more than lies there */
export async function depositCash(here: Here, code: string, asked: NewDeposit, by: string) {
  const store = counterStore(here);
  const till = await store.till(code);
  const { currency: accountCurrency } = await here.ask(BankAccountById, { id: asked.bankAccountId });
  if (accountCurrency !== till.currency)
    throw new Fault("conflict", `That account is in ${accountCurrency}, the till in ${till.currency}.`);
  const before = await store.findDeposit(asked.id);
  if (before) {
    if (
      before.till === code &&
      before.amountMinor === asked.amountMinor &&
      before.bankAccountId === asked.bankAccountId
    )
      return { created: false, deposit: before };
    throw new Fault("conflict", "There is another deposit under this id.");
  }
  const deposit: Deposit = {
    ...asked,
    till: code,
    reference: creditorReference(`D${asked.id.slice(-16)}`),
    currency: till.currency,
    state: "in_transit",
    madeAt: here.clock.now().toISOString(),
    madeBy: by,
  };
  try {
    await here.ledger.post({
      id: `deposit:${deposit.id}`,
      transfers: [
        {
          debit: IN_TRANSIT,
          credit: cashAccount(code),
          amountMinor: asked.amountMinor,
          currency: till.currency,
          code: "deposit",
          memo: deposit.reference,
        },
      ],
      writes: [
        { put: depositItem(deposit), if: "absent" },
        { put: depositRefItem(deposit), if: "absent" },
        // The till counts it, so that no opening builds on a balance from before it.
        { put: tillItem({ ...till, deposits: till.deposits + 1 }), if: { state: "closed", deposits: till.deposits } },
      ],
      mayNotGoBelow: [{ account: cashAccount(code), currency: till.currency, minMinor: 0 }],
    });
  } catch (error) {
    if (error instanceof ConditionFailed)
      throw new Fault("conflict", `The till ${code} is not closed, or cash was just taken from it: look again.`);
    throw error;
  }
  return { created: true, deposit };
}

/** Answers the bank's line that carries a deposit's reference. */
export async function arrived(
  here: Here,
  line: { id: string; reference: string; amountMinor: number; currency: string; bankAccountId: string; at: string },
): Promise<{ outcome: "arrived" | "unknown" }> {
  const deposit = await counterStore(here).depositByReference(line.reference);
  if (
    !deposit ||
    deposit.amountMinor !== line.amountMinor ||
    deposit.currency !== line.currency ||
    deposit.bankAccountId !== line.bankAccountId
  )
    return { outcome: "unknown" };
  try {
    await here.ledger.post({
      id: `arrived:${line.id}`,
      transfers: [
        {
          debit: `bank:${line.bankAccountId}`,
          credit: IN_TRANSIT,
          amountMinor: line.amountMinor,
          currency: line.currency,
          code: "deposit",
          memo: deposit.reference,
        },
      ],
      writes: [{ put: depositItem({ ...deposit, state: "arrived", arrivedAt: line.at }), if: { state: "in_transit" } }],
    });
    return { outcome: "arrived" };
  } catch (error) {
    if (error instanceof ConditionFailed) return { outcome: "unknown" };
    throw error;
  }
}
