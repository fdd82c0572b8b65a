import { BillById, RaiseDue } from "../../functions/billing/events.ts";
import type { Here } from "../../shared/here.ts";
import { payable } from "../../shared/payable.ts";
import type { Write } from "../../shared/table.ts";
import { dayOf, dayPlus } from "../../shared/time.ts";
import { transfersOf } from "./books.ts";
import { givenBack, titles } from "./credits.ts";
import { changed } from "./deciding.ts";
import { move } from "./domain.ts";
import { lessOf, sum, summed } from "./lines.ts";
import { offsetWrites } from "./offsets.ts";
import type { Invoice } from "./schema.ts";
import { billWrite, moneyStore } from "./store.ts";

// A sponsor pays what it signed for by a bill of the city's: by any way by which the city is paid. Only what has come is
// paid on to those whose module it is; until then the city owes nobody anything of it.

/** So many days a sponsor has to pay. */
export const SPONSOR_DAYS = 30;

/** What a sponsor's bill is: all of its invoice, less what credit notes take off. */
export const billedMinor = ({ totalMinor, offsets }: Pick<Invoice, "totalMinor" | "offsets">): number =>
  totalMinor - sum(offsets.map(({ amountMinor }) => amountMinor));

/** Raises the bill of a sponsor's invoice, whoever asks how often. */
export async function billSponsor(here: Here, id: string): Promise<void> {
  const store = moneyStore(here);
  const invoice = await store.get(id);
  if (invoice.state !== "awaiting" || invoice.bill) return;
  const amountMinor = billedMinor(invoice);
  const { billId, reference } = await here.ask(RaiseDue, {
    id: `module-sponsor:${id}`,
    kind: "other",
    titles: titles("sponsorTitle", { month: invoice.month, city: here.city.name }),
    period: invoice.month,
    ...payable({ netMinor: amountMinor, vatMinor: 0 }, invoice.currency),
    currency: invoice.currency,
  });
  const dueOn = dayPlus(dayOf(new Date(invoice.drawnAt), here.city.timeZone), SPONSOR_DAYS);
  const { writes } = changed(here, { ...invoice, bill: { billId, reference, amountMinor, dueOn } });
  await store.change(() => here.commit([...writes, billWrite(billId, { invoice: id })]));
}

/** Something happened to a bill: how it stands is read, and not what was told. */
export async function billLooked(here: Here, billId: string): Promise<void> {
  const of = await moneyStore(here).billedFor(billId);
  if (!of) return;
  const { state } = await here.ask(BillById, { billId });
  const isPaid = state === "paid";
  if ("note" in of) return isPaid ? givenBack(here, of.note, of.party) : undefined;
  const invoice = await moneyStore(here).get(of.invoice);
  if (isPaid && invoice.state === "awaiting") return sponsorPaid(here, invoice);
  // A payment that was undone; once somebody was paid of it, the bill itself is what is left.
  if (state !== "paid" && (invoice.state === "drawn" || invoice.state === "approved"))
    return sponsorUnpaid(here, invoice);
}

/** Now the city owes it to whose module it is. */
async function sponsorPaid(here: Here, before: Invoice): Promise<void> {
  const { invoice, writes } = changed(here, {
    ...move(before, before.payouts.length === 0 ? "nothing_due" : "drawn"),
    bill: { ...before.bill!, paidAt: here.clock.now().toISOString() },
  });
  const transfers = transfersOf(invoice, undefined, invoice);
  await moneyStore(here).change(() =>
    here.ledger.post({ id: `module-sponsor:${invoice.id}:${invoice.revision}`, transfers, writes }),
  );
}

async function sponsorUnpaid(here: Here, before: Invoice): Promise<void> {
  const { paidAt: _, ...bill } = before.bill!;
  const { approvedBy: _by, approvedAt: _at, ...kept } = move(before, "awaiting");
  const { invoice, writes } = changed(here, { ...kept, bill });
  const transfers = transfersOf(invoice, invoice, undefined);
  await moneyStore(here).change(() =>
    here.ledger.post({ id: `module-sponsor:${invoice.id}:${invoice.revision}`, transfers, writes }),
  );
}

/**
 * Less of a sponsor's bill is due, without a payment: as much is taken off the lines, so that nobody is paid of what
 * never comes. If by that the bill is paid, it is booked with it.
 * @param seen  for the same transaction
 */
export async function sponsorRelieved(here: Here, billId: string, amountMinor: number, seen: Write): Promise<void> {
  const store = moneyStore(here);
  const of = await store.billedFor(billId);
  const before = of && "invoice" in of ? await store.find(of.invoice) : undefined;
  if (!before || !["awaiting", "drawn", "approved"].includes(before.state)) return here.commit([seen]);
  const after = lowered(before, Math.max(0, billedMinor(before) - amountMinor));
  const wasBooked = before.state !== "awaiting";
  const { state } = await here.ask(BillById, { billId });
  const isOver = wasBooked ? after.payouts.length === 0 : billedMinor(after) === 0;
  const isBooked = wasBooked || isOver || state === "paid";
  const { approvedBy: _by, approvedAt: _at, ...kept } = before;
  const bill = {
    ...before.bill!,
    ...(isOver ? {} : { amountMinor: billedMinor(after) }),
    ...(isBooked && !isOver && !wasBooked ? { paidAt: here.clock.now().toISOString() } : {}),
  };
  const to = isOver ? "nothing_due" : isBooked ? "drawn" : "awaiting";
  const { invoice, writes } = changed(here, { ...kept, ...after, bill, state: to });
  const notes = before.offsets.length === 0 ? [] : await store.notes();
  const all = [...writes, ...offsetWrites(notes, before.offsets, after.offsets), seen];
  const transfers = isBooked ? transfersOf(invoice, wasBooked ? before : undefined, invoice) : [];
  await store.change(() =>
    transfers.length === 0
      ? here.commit(all)
      : here.ledger.post({ id: `module-sponsor:${invoice.id}:${invoice.revision}`, transfers, writes: all }),
  );
}

/**
 * The lines of which so much is taken off, one after the other, that all together is billed at most this. It is taken
 * off before tax, which follows; and what then no longer fits beside a credit note is taken off too.
 */
export function lowered(before: Pick<Invoice, "lines" | "payer" | "offsets">, mostMinor: number) {
  let { lines } = before;
  for (;;) {
    const sums = summed(lines, before.payer, before.offsets);
    let left = billedMinor(sums) - mostMinor;
    if (left <= 0) return { lines, ...sums };
    lines = lines.map((line) => {
      const less = Math.min(left, line.netMinor);
      left -= less;
      return lessOf(line, less);
    });
  }
}
