import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { decimalOf } from "../../shared/money.ts";
import type { Write } from "../../shared/table.ts";
import { planned } from "../../shared/tasks.ts";
import { transfersOf } from "./books.ts";
import { move } from "./domain.ts";
import { TellParties } from "./events.ts";
import { lessOf, summed } from "./lines.ts";
import { offsetWrites } from "./offsets.ts";
import type { Invoice, NewCredit } from "./schema.ts";
import { invoiceWrite, moneyStore } from "./store.ts";

/** The next revision of an invoice, with what is told to those who are paid. */
export function changed(here: Here, after: Invoice): { invoice: Invoice; writes: Write[] } {
  const invoice = { ...after, revision: after.revision + 1 };
  return { invoice, writes: [invoiceWrite(invoice), planned(TellParties, invoice.id, here.clock.now(), {})] };
}

/** A treasurer's word: what is on it is due. Said twice by the same it is one. @throws {Fault} forbidden_transition, conflict */
export async function approve(here: Here, month: string, by: string): Promise<Invoice> {
  const store = moneyStore(here);
  const before = await store.get(month);
  if (before.state === "approved" && before.approvedBy === by) return before;
  const { invoice, writes } = changed(here, {
    ...move(before, "approved"),
    approvedBy: by,
    approvedAt: here.clock.now().toISOString(),
  });
  await store.change(() => here.commit(writes));
  return invoice;
}

/** What a request brings along beside what it asks for. */
export interface Beside<T> {
  /** For the same transaction, once the answer is known. */
  more?: (answer: T) => Write[];
  /** The invoice's revision on the page that it was asked on: sent twice, or of an older invoice, it takes nothing off. */
  seen?: number;
}

/**
 * Takes something off a line, by reversing entries; the shares of the line follow. What was approved is approved anew.
 * @throws {Fault} forbidden_transition: it is being paid, or paid; invalid: more than the line is; conflict: it changed
 */
export async function credit(
  here: Here,
  month: string,
  { line: n, amountMinor, reason }: NewCredit,
  by: string,
  { more = () => [], seen }: Beside<Invoice> = {},
): Promise<Invoice> {
  const store = moneyStore(here);
  const before = await store.get(month);
  demandSeen(before, seen);
  if (before.payer !== undefined)
    throw new Fault(
      "forbidden_transition",
      `${before.payer} pays this invoice: take it off its bill before that, and by a credit note afterwards.`,
    );
  const line = before.lines[n - 1];
  if (!line) throw invalid("#/line", `The invoice has ${before.lines.length} lines.`);
  if (amountMinor > line.netMinor)
    throw invalid(
      "#/amountMinor",
      `The line is ${decimalOf(line.netMinor, before.currency)} ${before.currency}: no more can be credited.`,
    );
  const lines = before.lines.with(n - 1, lessOf(line, amountMinor));
  const sums = summed(lines, before.payer, before.offsets);
  const to = sums.payouts.length === 0 ? "nothing_due" : "drawn";
  const { approvedBy: _by, approvedAt: _at, ...kept } = before.state === to ? before : move(before, to);
  const at = here.clock.now().toISOString();
  const { invoice, writes } = changed(here, {
    ...kept,
    lines,
    ...sums,
    credits: [...before.credits, { line: n, amountMinor, reason, at, by }],
  });
  const transfers = transfersOf(before, before, invoice);
  // What no longer fits beside what is left of it stays with its credit notes.
  const notes = before.offsets.length === 0 ? [] : await store.notes();
  const all = [...writes, ...offsetWrites(notes, before.offsets, invoice.offsets), ...more(invoice)];
  await store.change(() =>
    transfers.length === 0
      ? here.commit(all)
      : here.ledger.post({ id: `module-credit:${newId("mcr", here.clock.now())}`, transfers, writes: all }),
  );
  return invoice;
}

/** @throws {Fault} conflict: it is another than was seen */
export function demandSeen({ revision }: Invoice, seen: number | undefined): void {
  if (seen !== undefined && seen !== revision)
    throw new Fault("conflict", "Somebody else changed this invoice meanwhile. Look again, then decide.");
}

/** Four eyes, where a rail has no second pair of its own. @throws {Fault} forbidden */
export function demandOther(by: string, than: string | undefined): void {
  if (by === than) throw new Fault("forbidden", "Another person must do this: four eyes.");
}
