import { Fault, invalid } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { planned } from "../../shared/tasks.ts";
import { hourOn, monthOf, monthPlus } from "../../shared/time.ts";
import { daysOf, daysServed } from "./counting.ts";
import { lineOf, summed, transfersOf } from "./domain.ts";
import { DrawMonths, InvoiceDrawn, TellParties } from "./events.ts";
import type { Invoice } from "./schema.ts";
import { headWrite, invoiceWrite, moneyStore, onceWrite } from "./store.ts";

/** A month is drawn up from this hour of the next one on: what ran at midnight is in it. */
const HOUR = 2;

const dueAt = ({ city }: Here, month: string): Date => hourOn(`${monthPlus(month, 1)}-01`, HOUR, city.timeZone);

/** What all modules cost in a month, as far as it was counted; kept by nobody. */
export async function invoiceFor(here: Here, month: string): Promise<Invoice> {
  const store = moneyStore(here);
  const now = here.clock.now();
  const { currency, timeZone } = here.city;
  const [agreements, services, uses, terms] = await Promise.all([
    store.agreements(),
    store.services(),
    store.uses(month),
    store.terms(),
  ]);
  const days = new Map(
    [...Map.groupBy(services, ({ installId }) => installId)].map(([id, own]) => [
      id,
      daysServed(own, month, timeZone, now),
    ]),
  );
  const lines = [];
  for (const agreement of agreements.sort((a, b) => (a.module < b.module ? -1 : 1))) {
    const { installId, module } = agreement;
    const counted = {
      agreement,
      days: days.get(installId)?.get(agreement.terms) ?? 0,
      uses: uses.get(`${installId}#${agreement.terms}`) ?? 0,
      isFirst: !(await store.wasPaidOnce(module)) && !lines.some((one) => one.module === module && one.what === "once"),
    };
    const line = lineOf(counted, month, daysOf(month).length, currency, terms);
    if (line) lines.push(line);
  }
  const sums = summed(lines);
  return {
    ...{ month, currency, lines, ...sums, credits: [], taxBasisPoints: terms.taxBasisPoints },
    ...(terms.population === undefined ? {} : { population: terms.population }),
    state: sums.totalMinor === 0 ? "nothing_due" : "drawn",
    revision: 0,
    drawnAt: now.toISOString(),
  };
}

/**
 * Draws up the invoice of a month that is over, once: what is there stands. What modules cost is booked in the same
 * transaction; a month in which nothing cost anything has none.
 * @throws {Fault} invalid: the month is not over
 */
export async function drawMonth(
  here: Here,
  month: string,
): Promise<{ created: boolean; invoice?: Invoice | undefined }> {
  const store = moneyStore(here);
  const kept = await store.find(month);
  if (kept) return { created: false, invoice: kept };
  if (here.clock.now() < dueAt(here, month))
    throw invalid("#/month", `${month} is not over: it is drawn up after its last night.`);
  const drawnTo = await store.drawnTo();
  if (drawnTo !== undefined && month <= drawnTo) return { created: false };
  const invoice = await invoiceFor(here, month);
  // Nothing is due; or what is due once was drawn up by somebody else since.
  if (invoice.lines.length === 0) return { created: false, invoice: await store.find(month) };
  const { totalMinor, currency, lines } = invoice;
  const writes: Write[] = [
    invoiceWrite(invoice, true),
    ...lines.filter(({ what }) => what === "once").map(({ module }) => onceWrite(module, month)),
    planned(TellParties, month, here.clock.now(), {}),
  ];
  const events = [told(InvoiceDrawn, month, { month, totalMinor, currency })];
  const transfers = transfersOf(invoice, [], lines);
  try {
    if (transfers.length === 0) await here.commit(writes, events);
    else {
      const posted = await here.ledger.post({ id: `module-invoice:${month}`, transfers, writes, events });
      if (posted.isRepeated) return { created: false, invoice: await store.get(month) };
    }
  } catch (error) {
    const isRace = error instanceof ConditionFailed || (error instanceof Fault && error.kind === "conflict");
    const other = isRace ? await store.find(month) : undefined;
    if (!other) throw error;
    return { created: false, invoice: other };
  }
  return { created: true, invoice };
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
