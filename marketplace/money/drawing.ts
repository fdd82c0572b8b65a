import { Fault, invalid } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { planned } from "../../shared/tasks.ts";
import { hourOn, monthOf, monthPlus } from "../../shared/time.ts";
import { publisherOf } from "../contract/manifest.ts";
import { invoiceOf, transfersOf } from "./books.ts";
import { daysOf, daysServed } from "./counting.ts";
import { lineOf } from "./domain.ts";
import { BillSponsor, DrawMonths, InvoiceDrawn, TellParties } from "./events.ts";
import { summed } from "./lines.ts";
import { offsetsFrom, offsetWrites } from "./offsets.ts";
import type { Invoice, Line, Offset, Terms } from "./schema.ts";
import { billedMinor } from "./sponsor-bills.ts";
import { usedOf } from "./sponsors.ts";
import { headWrite, invoiceWrite, moneyStore, onceWrite } from "./store.ts";
import { taxFor } from "./tax.ts";

/** A month is drawn up from this hour of the next one on: what ran at midnight is in it. */
const HOUR = 2;

const dueAt = ({ city }: Here, month: string): Date => hourOn(`${monthPlus(month, 1)}-01`, HOUR, city.timeZone);

/** What all modules cost in a month, as far as it was counted, whoever pays it; kept by nobody. */
export async function linesFor(here: Here, month: string): Promise<{ lines: Line[]; terms: Terms }> {
  const store = moneyStore(here);
  const now = here.clock.now();
  const { currency, timeZone } = here.city;
  const [agreements, services, uses, terms, payees, invoices] = await Promise.all([
    store.agreements(),
    store.services(),
    store.uses(month),
    store.terms(),
    store.payees(),
    store.invoices(),
  ]);
  const days = new Map(
    [...Map.groupBy(services, ({ installId }) => installId)].map(([id, own]) => [
      id,
      daysServed(own, month, timeZone, now),
    ]),
  );
  const sellers = new Map(payees.map(({ party, tax }) => [party, tax]));
  const lines: Line[] = [];
  for (const agreement of agreements.sort((a, b) => (a.module < b.module ? -1 : 1))) {
    const { installId, module, price, sponsoredMostMinor } = agreement;
    const counted = {
      agreement,
      days: days.get(installId)?.get(agreement.terms) ?? 0,
      uses: uses.get(`${installId}#${agreement.terms}`) ?? 0,
      isFirst: !(await store.wasPaidOnce(module)) && !lines.some((one) => one.module === module && one.what === "once"),
    };
    const left =
      price.sponsor === undefined || sponsoredMostMinor === undefined
        ? undefined
        : sponsoredMostMinor - usedOf([...invoices, { lines }], module, price.sponsor);
    const tax = taxFor(here.city, sellers.get(publisherOf(module)), terms.taxBasisPoints);
    const line = lineOf(counted, month, daysOf(month).length, currency, terms, tax, left);
    if (line) lines.push(line);
  }
  return { lines, terms };
}

/** The city's invoice as these lines make it, or a sponsor's. */
function invoiceOn(
  here: Here,
  month: string,
  { lines, terms }: { lines: Line[]; terms: Terms },
  payer?: string,
  offsets: readonly Offset[] = [],
): Invoice {
  const sums = summed(lines, payer, offsets);
  const isSettled = payer === undefined ? sums.payouts.length === 0 : billedMinor(sums) === 0;
  return {
    id: payer === undefined ? month : `${month}.${payer}`,
    ...{ month, currency: here.city.currency, lines, ...sums, credits: [], taxBasisPoints: terms.taxBasisPoints },
    ...(payer === undefined ? {} : { payer }),
    ...(terms.population === undefined ? {} : { population: terms.population }),
    state: isSettled ? "nothing_due" : payer === undefined ? "drawn" : "awaiting",
    revision: 0,
    drawnAt: here.clock.now().toISOString(),
  };
}

/** This month so far, over all lines; what is to be paid is the city's own. */
export const estimateFor = async (here: Here, month: string): Promise<Invoice> =>
  invoiceOn(here, month, await linesFor(here, month));

/**
 * Draws up the invoices of a month that is over, once: what is there stands. What the city's modules cost is booked in
 * the same transaction; a month in which nothing cost anything has none. A sponsor's is booked once it has paid.
 * @returns  the city's own, or else the first sponsor's
 * @throws {Fault} invalid: the month is not over
 */
export async function drawMonth(
  here: Here,
  month: string,
): Promise<{ created: boolean; invoice?: Invoice | undefined }> {
  const store = moneyStore(here);
  const drawn = async () => (await store.ofMonth(month))[0];
  const kept = await drawn();
  if (kept) return { created: false, invoice: kept };
  if (here.clock.now() < dueAt(here, month))
    throw invalid("#/month", `${month} is not over: it is drawn up after its last night.`);
  const drawnTo = await store.drawnTo();
  if (drawnTo !== undefined && month <= drawnTo) return { created: false };
  const [all, notes] = [await linesFor(here, month), await store.notes()];
  const invoices = [...Map.groupBy(all.lines, ({ sponsor }) => sponsor)]
    .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))
    .map(([payer, lines]) => invoiceOn(here, month, { ...all, lines }, payer, offsetsFrom(notes, payer)));
  const [first] = invoices;
  // Nothing is due; or what is due once was drawn up by somebody else since.
  if (!first) return { created: false, invoice: await drawn() };
  const now = here.clock.now();
  const offsets = invoices.flatMap((invoice) => invoice.offsets);
  const writes: Write[] = [
    ...invoices.map((invoice) => invoiceWrite(invoice, true)),
    ...all.lines.filter(({ what }) => what === "once").map(({ module }) => onceWrite(module, month)),
    ...offsetWrites(notes, [], offsets),
    // Whoever gives something back by this is told so, where it was credited.
    ...[...new Set([...invoices.map(({ id }) => id), ...offsets.map(({ note }) => invoiceOf(note))])].map((id) =>
      planned(TellParties, id, now, {}),
    ),
    ...invoices.filter(({ state }) => state === "awaiting").map(({ id }) => planned(BillSponsor, id, now, {})),
  ];
  const own = invoices.find(({ payer }) => payer === undefined);
  const { totalMinor = 0, currency = here.city.currency } = own ?? {};
  const events = [told(InvoiceDrawn, month, { month, totalMinor, currency })];
  // Of a sponsor's only what is taken off wholly by credit notes: it waits for no payment.
  const transfers = invoices
    .filter(({ state }) => state !== "awaiting")
    .flatMap((invoice) => transfersOf(invoice, undefined, invoice));
  try {
    if (transfers.length === 0) await here.commit(writes, events);
    else {
      const posted = await here.ledger.post({ id: `module-invoice:${month}`, transfers, writes, events });
      if (posted.isRepeated) return { created: false, invoice: await drawn() };
    }
  } catch (error) {
    const isRace = error instanceof ConditionFailed || (error instanceof Fault && error.kind === "conflict");
    const other = isRace ? await drawn() : undefined;
    if (!other) throw error;
    return { created: false, invoice: other };
  }
  return { created: true, invoice: first };
}

/** When the next invoice is due: of the first month that is not drawn up. @param served  when something served */
async function nextDraw(here: Here, served: Date): Promise<{ month: string; at: Date }> {
  const store = moneyStore(here);
  const drawnTo = await store.drawnTo();
  const first = [served.toISOString(), ...(await store.services()).map(({ at }) => at)].sort()[0]!;
  const month = drawnTo === undefined ? monthOf(new Date(first), here.city.timeZone) : monthPlus(drawnTo, 1);
  return { month, at: dueAt(here, month) };
}

export const drawPlanned = async (here: Here, served: Date): Promise<Write> =>
  planned(DrawMonths, "months", (await nextDraw(here, served)).at, {});

/** Draws up all months that are over; goes on for as long as the city has agreed to a price. */
export async function drawMonths(here: Here): Promise<{ again?: { at: Date; data: object } }> {
  for (;;) {
    const { month, at } = await nextDraw(here, here.clock.now());
    if (here.clock.now() < at) return { again: { at, data: {} } };
    await drawMonth(here, month);
    await here.commit([headWrite(month)]);
  }
}
