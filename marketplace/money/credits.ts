import { RaiseDue } from "../../functions/billing/events.ts";
import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { payable } from "../../shared/payable.ts";
import { LANGS } from "../../shared/texts.ts";
import { monthOf } from "../../shared/time.ts";
import { BILLED, creditTransfers, leftOf, payableTo } from "./books.ts";
import { amountsOf, granted, leftOfLine } from "./credit-note.ts";
import { dueBack } from "./credit-rule.ts";
import { creditTexts } from "./credit-texts.ts";
import { type Beside, changed, demandOther, demandSeen } from "./deciding.ts";
import { unitsOf } from "./lines.ts";
import type { Back, CreditNote, NewCreditNote } from "./schema.ts";
import { billWrite, moneyStore, noteWrite, onceAgainWrite } from "./store.ts";

// Credit notes of what is paid. One person asks, the house says how much by its rule, another person grants it. The
// invoice stays as it was paid; what each got is booked back, and taken off what they are paid next or given back by them.

/**
 * Asks that something of a paid line is given back. Nothing moves before another person grants it.
 * @throws {Fault} absent; forbidden_transition: it is not paid, or the rule gives nothing; invalid: more than there is;
 *         conflict: it changed
 */
export async function askCredit(
  here: Here,
  invoiceId: string,
  { line: n, cause, units: disputed, reason }: NewCreditNote,
  by: string,
  { more = () => [], seen }: Beside<CreditNote> = {},
): Promise<CreditNote> {
  const store = moneyStore(here);
  const [invoice, notes] = await Promise.all([store.get(invoiceId), store.notesOf(invoiceId)]);
  demandSeen(invoice, seen);
  const line = invoice.lines[n - 1];
  if (!line || line.sponsor !== invoice.payer)
    throw invalid("#/line", `The invoice has ${invoice.lines.length} lines; one of them that its payer pays.`);
  if (invoice.state !== "paid" && !(invoice.state === "nothing_due" && invoice.offsets.length > 0))
    throw new Fault(
      "forbidden_transition",
      `The invoice ${invoice.id} is not paid: take it off the line itself, before it is.`,
    );
  if (cause === "disputed" && line.what === "once")
    throw invalid("#/cause", "What is paid once was not counted: there is nothing to dispute.");
  const left = leftOfLine(line, n, notes);
  const due = disputed === undefined ? await dueBack(here, invoice, line, cause) : undefined;
  const of = due
    ? { ...due, units: Math.max(0, Math.min(due.units - left.ruledUnits, unitsOf(line) - left.takenUnits)) }
    : { units: disputed!, unitMinor: line.unitMinor };
  const amounts = amountsOf(line, of, left);
  if (amounts.amountMinor === 0)
    throw new Fault("forbidden_transition", "Nothing is left of this line that would be given back.");
  const { currency, payer } = invoice;
  const note: CreditNote = {
    ...{ number: `${invoiceId}-C${notes.length + 1}`, invoice: invoiceId, currency, line: n, module: line.module },
    ...(payer === undefined ? {} : { payer }),
    ...{ cause, units: of.units, reason, ...amounts },
    ...{ shares: [], back: [], state: "asked", askedBy: by, askedAt: here.clock.now().toISOString(), revision: 0 },
  };
  // With the invoice's next revision: of two that are asked for at once the second looks again at what is left.
  const { writes } = changed(here, invoice);
  await store.change(() => here.commit([noteWrite(note, true), ...writes, ...more(note)]));
  return note;
}

/**
 * The second person's word. Granted, the books take back what each got; refused, nothing moved.
 * @throws {Fault} forbidden: the same person; forbidden_transition: it is decided
 */
export async function decideCredit(here: Here, number: string, agrees: boolean, by: string): Promise<CreditNote> {
  const store = moneyStore(here);
  const asked = await store.note(number);
  const to = agrees ? "granted" : "refused";
  if (asked.state === to && asked.decidedBy === by) return asked;
  if (asked.state !== "asked") throw new Fault("forbidden_transition", `The credit note ${number} is ${asked.state}.`);
  const decided = { decidedBy: by, decidedAt: here.clock.now().toISOString(), revision: asked.revision + 1 };
  if (!agrees) {
    const refused: CreditNote = { ...asked, ...decided, state: "refused" };
    await store.change(() => here.commit([noteWrite(refused)]));
    return refused;
  }
  demandOther(by, asked.askedBy);
  const [invoice, notes] = await Promise.all([store.get(asked.invoice), store.notesOf(asked.invoice)]);
  const line = invoice.lines[asked.line - 1]!;
  const note = granted({ ...asked, ...decided }, line, notes);
  // With the invoice's next revision: of two that are granted at once the second looks again at what is left.
  const { writes } = changed(here, invoice);
  const isOver = line.what === "once" && (asked.cause === "removed" || asked.cause === "suspended");
  const transfers = creditTransfers(note, line);
  const all = [noteWrite(note), ...writes, ...(isOver ? [onceAgainWrite(line.module)] : [])];
  await store.change(() => here.ledger.post({ id: `module-credit-note:${number}`, transfers, writes: all }));
  return note;
}

/**
 * Asks one party to give back now what no later invoice has taken off: by a bill of the city's, which is paid by any way
 * by which the city is paid. Asked again it is the same bill.
 * @throws {Fault} absent; forbidden_transition: it was not granted, or nothing is left; conflict: a sponsor's
 */
export async function billBack(here: Here, number: string, party: string): Promise<CreditNote> {
  const store = moneyStore(here);
  let note = await store.note(number);
  if (note.payer !== undefined)
    throw new Fault("conflict", "What a sponsor had paid lowers what it pays next: it is not the city's to take.");
  const at = note.back.findIndex((one) => one.party === party);
  const back = note.back[at];
  if (back?.bill?.billId !== undefined) return note;
  if (!back || (!back.bill && leftOf(back) === 0))
    throw new Fault("forbidden_transition", `${party} has nothing to give back of the credit note ${number}.`);
  const withBill = (bill: NonNullable<Back["bill"]>): CreditNote => ({
    ...note,
    back: note.back.with(at, { ...back, bill }),
    revision: note.revision + 1,
  });
  // First it is set aside, so that no invoice takes it off meanwhile; then it is billed.
  const amountMinor = back.bill?.amountMinor ?? leftOf(back);
  if (!back.bill) {
    const aside = withBill({ amountMinor });
    await store.change(() => here.commit([noteWrite(aside)]));
    note = aside;
  }
  const { billId, reference } = await here.ask(RaiseDue, {
    id: `module-credit:${number}:${party}`,
    kind: "other",
    titles: titles("backTitle", { number }),
    period: monthOf(new Date(note.askedAt), here.city.timeZone),
    ...payable({ netMinor: amountMinor, vatMinor: 0 }, note.currency),
    currency: note.currency,
  });
  const billed = withBill({ amountMinor, billId, reference });
  const { writes } = changed(here, await store.get(note.invoice));
  await store.change(() => here.commit([noteWrite(billed), billWrite(billId, { note: number, party }), ...writes]));
  return billed;
}

/** What payers see that a bill is for, in each language. */
export const titles = (name: "backTitle" | "sponsorTitle", of: Record<string, string>) =>
  Object.fromEntries(LANGS.map((lang) => [lang, creditTexts.in(lang)(name, of).slice(0, 120)]));

/** It was paid: what was billed is given back now, once. */
export async function givenBack(here: Here, number: string, party: string): Promise<void> {
  const store = moneyStore(here);
  const note = await store.note(number);
  const at = note.back.findIndex((one) => one.party === party);
  const back = note.back[at];
  if (!back?.bill?.billId || back.bill.paidAt !== undefined) return;
  const bill = { ...back.bill, paidAt: here.clock.now().toISOString() };
  const after: CreditNote = { ...note, back: note.back.with(at, { ...back, bill }), revision: note.revision + 1 };
  const transfer = {
    ...{ debit: BILLED, credit: payableTo(note.invoice, party), amountMinor: bill.amountMinor },
    ...{ currency: note.currency, code: "module_credit", memo: number },
  };
  const { writes } = changed(here, await store.get(note.invoice));
  await store.change(() =>
    here.ledger.post({
      ...{ id: `module-credit-back:${number}:${party}`, transfers: [transfer] },
      writes: [noteWrite(after), ...writes],
    }),
  );
}
