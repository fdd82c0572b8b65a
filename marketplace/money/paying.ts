import { AskPayouts, BankAccountById } from "../../functions/bank/events.ts";
import { AskCharge, type ChargeState, OpenCharge } from "../../functions/payments/events.ts";
import { Fault, invalid } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import type { Transfer } from "../../shared/ledger.ts";
import type { Write } from "../../shared/table.ts";
import { planned, type Ran } from "../../shared/tasks.ts";
import type { Lang } from "../../shared/texts.ts";
import { dayOf } from "../../shared/time.ts";
import { publisherOf } from "../contract/manifest.ts";
import { payableTo } from "./books.ts";
import { changed, demandOther } from "./deciding.ts";
import { move } from "./domain.ts";
import { AskCards, InvoicePaid } from "./events.ts";
import { sum } from "./lines.ts";
import { HOUSE, type Invoice, type NewPayment, type Payee, type Payout } from "./schema.ts";
import { moneyStore } from "./store.ts";

// Two rails, and neither is the better one: by transfer (a file for the bank, a batch for an operator of mobile money), or
// by card, on the account of each who is paid. The city's money goes to them straight; the house never holds it.

const IN_TRANSIT = "in_transit";
/** The city's wallet at an operator, from which a batch is paid. */
const WALLET = "provider:mobile_money:batch";

/**
 * Chooses how an approved invoice is paid, and begins to. Asked again it goes on with what was chosen.
 * @throws {Fault} forbidden_transition, conflict; invalid: somebody's account is not known, or a rail cannot take this
 */
export async function pay(
  here: Here,
  id: string,
  asked: NewPayment,
  by: string,
  page: { origin: string; lang: Lang },
): Promise<Invoice> {
  const before = await moneyStore(here).get(id);
  if (before.state === "paying" && before.rail === "card" && asked.rail === "card")
    return cardsAnew(here, before, page);
  const invoice = {
    ...move(before, "paying"),
    rail: asked.rail,
    railBy: by,
    ...(asked.purchaseOrder === undefined ? {} : { purchaseOrder: asked.purchaseOrder }),
  };
  const payees = new Map((await moneyStore(here).payees()).map((payee) => [payee.party, payee]));
  return asked.rail === "transfer"
    ? byTransfer(here, invoice, asked, payees, by)
    : byCard(here, invoice, payees, by, page);
}

const unknown = (party: string, what: string) =>
  invalid("#/payees", `${party === HOUSE ? "The house" : party} has no ${what} here: enter it first.`);

async function byTransfer(
  here: Here,
  before: Invoice,
  asked: Extract<NewPayment, { rail: "transfer" }>,
  payees: ReadonlyMap<string, Payee>,
  by: string,
): Promise<Invoice> {
  const payouts = before.payouts.map((payout) => {
    const payee = payees.get(payout.party);
    if (!payee?.iban && !payee?.msisdn) throw unknown(payout.party, "account at a bank and no wallet");
    return { ...payout, by: payee.iban ? ("bank" as const) : ("mobile_money" as const) };
  });
  const toBank = payouts.filter((payout) => payout.by === "bank");
  const order = toBank.length > 0 ? { orderId: newId("ord", here.clock.now()) } : {};
  if (order.orderId !== undefined) {
    if (asked.bankAccountId === undefined) throw invalid("#/bankAccountId", "From which of the city's accounts?");
    const { currency } = await here.ask(BankAccountById, { id: asked.bankAccountId });
    if (currency !== before.currency)
      throw invalid("#/bankAccountId", `This account is in ${currency}, the invoice in ${before.currency}.`);
  }
  const { invoice, writes } = changed(here, { ...before, payouts, ...order });
  // The order stands before the invoice says so: one that nobody has agreed to moves nothing, and can be refused.
  if (order.orderId !== undefined)
    await here.ask(AskPayouts, {
      id: order.orderId,
      bankAccountId: asked.bankAccountId!,
      executeOn: asked.executeOn ?? dayOf(here.clock.now(), here.city.timeZone),
      payouts: toBank.map(({ party, amountMinor }) => {
        const { name, iban, bic } = payees.get(party)!;
        const text = [before.purchaseOrder, `modules ${before.id}`].filter(Boolean).join(" ");
        return {
          name,
          iban: iban!,
          ...(bic ? { bic } : {}),
          amountMinor,
          text,
          account: payableTo(before.id, party),
        };
      }),
      by,
    });
  await moneyStore(here).change(() => here.commit(writes));
  return invoice;
}

/** An invoice that is being paid, as it was before a rail was chosen: a bank's order that is refused leaves it so. */
export function unchosen(invoice: Invoice): Invoice {
  const { orderId: _order, rail: _rail, railBy: _by, ...kept } = invoice;
  return { ...kept, state: "approved", payouts: kept.payouts.map(({ by: _way, card: _card, ...payout }) => payout) };
}

/** Whether nothing of it is under way that could still pay somebody. */
export const mayUnchoose = ({ state, orderId, payouts }: Invoice): boolean =>
  state === "paying" && orderId === undefined && payouts.every((one) => one.state === "owed" && !one.card?.url);

/** Another rail may be chosen, while nothing was paid by this one. @throws {Fault} conflict, forbidden_transition */
export async function unchoose(here: Here, id: string): Promise<Invoice> {
  const before = await moneyStore(here).get(id);
  if (before.state === "approved") return before;
  // No rail is chosen: why none can be, is the reason.
  if (before.state !== "paying") move(before, "paying");
  if (!mayUnchoose(before))
    throw new Fault(
      "conflict",
      "Somebody of it is paid, or may be: a bank's order has to be refused first, and a page to pay by card has to run out.",
    );
  const { invoice, writes } = changed(here, unchosen(before));
  await moneyStore(here).change(() => here.commit(writes));
  return invoice;
}

/** The lines of a batch of mobile money: to which number how much, under which reference. */
export async function batchOf(here: Here, id: string): Promise<string[][]> {
  const store = moneyStore(here);
  const invoice = await store.get(id);
  const payees = new Map((await store.payees()).map((payee) => [payee.party, payee]));
  return invoice.payouts
    .filter(({ by, state }) => by === "mobile_money" && state === "owed")
    .map(({ party, amountMinor }) => {
      const { msisdn = "", name = "" } = payees.get(party) ?? {};
      return [msisdn, String(amountMinor), invoice.currency, name, `${id}-${party}`];
    });
}

/**
 * The second person's word that an operator paid the batch, with its number.
 * @throws {Fault} forbidden: the same person; conflict: there is no batch to pay
 */
export async function batchPaid(here: Here, id: string, reference: string, by: string): Promise<Invoice> {
  const before = await moneyStore(here).get(id);
  if (before.batchReference === reference) return before;
  const paid = before.payouts.filter((payout) => payout.by === "mobile_money" && payout.state === "owed");
  if (before.state !== "paying" || paid.length === 0)
    throw new Fault("conflict", "There is no batch of mobile money to pay.");
  // An order that is refused leads back to the choice of a rail: nothing may be paid by then.
  if (before.payouts.some((payout) => payout.by === "bank" && payout.state === "owed"))
    throw new Fault("conflict", "The bank's order of this invoice is not decided yet: that comes first.");
  demandOther(by, before.railBy);
  const transfers = paid.map(
    ({ party, amountMinor }): Transfer => ({
      debit: payableTo(id, party),
      credit: WALLET,
      amountMinor,
      currency: before.currency,
      code: "module_payout",
      memo: reference,
    }),
  );
  const parties = paid.map(({ party }) => party);
  return settle(here, { ...before, batchReference: reference }, parties, { id: `module-batch:${id}`, transfers });
}

/** Marks these as paid, and the invoice once all are; with the transfers that say so, or what a reaction has to keep. */
export async function settle(
  here: Here,
  before: Invoice,
  parties: readonly string[],
  post: { id: string; transfers: readonly Transfer[] } | undefined,
  seen: readonly Write[] = [],
): Promise<Invoice> {
  const paidAt = here.clock.now().toISOString();
  const payouts = before.payouts.map(
    (payout): Payout => (parties.includes(payout.party) ? { ...payout, state: "paid", paidAt } : payout),
  );
  const isDone = payouts.every(({ state }) => state === "paid");
  const { invoice, writes } = changed(here, { ...(isDone ? move(before, "paid") : before), payouts });
  const { month, totalMinor, currency } = invoice;
  const events = isDone ? [told(InvoicePaid, invoice.id, { month, totalMinor, currency })] : [];
  const all = [...writes, ...seen];
  await moneyStore(here).change(() =>
    post ? here.ledger.post({ ...post, writes: all, events }) : here.commit(all, events),
  );
  return invoice;
}

/**
 * What the house gets of each publisher's modules is kept of what that publisher is paid; what credit notes take off it
 * is not kept.
 */
function feesOf({ lines, payer, offsets }: Invoice): Map<string, number> {
  let backMinor = sum(offsets.filter(({ party }) => party === HOUSE).map(({ amountMinor }) => amountMinor));
  const fees = new Map<string, number>();
  for (const { module, shares, sponsor } of lines)
    for (const { party, amountMinor } of sponsor === payer ? shares : []) {
      if (party !== HOUSE) continue;
      const less = Math.min(backMinor, amountMinor);
      backMinor -= less;
      if (amountMinor > less) fees.set(publisherOf(module), (fees.get(publisherOf(module)) ?? 0) + amountMinor - less);
    }
  return fees;
}

const CARD_ASKED_MS = [60, 300, 1_800, 7_200, 21_600].map((seconds) => seconds * 1_000);
const CARD_TRIES_MAX = 12;
const askAt = (here: Here, tries: number): Date =>
  new Date(here.clock.now().getTime() + (CARD_ASKED_MS[tries] ?? CARD_ASKED_MS.at(-1)!));

async function byCard(
  here: Here,
  before: Invoice,
  payees: ReadonlyMap<string, Payee>,
  by: string,
  page: { origin: string; lang: Lang },
): Promise<Invoice> {
  demandOther(by, before.approvedBy);
  const fees = feesOf(before);
  const lacking = [...fees.keys()].filter((party) => !before.payouts.some((one) => one.party === party));
  if (lacking.length > 0)
    throw invalid("#/rail", `So little is due to ${lacking.join(", ")} that no card can pay it: choose the transfer.`);
  const payouts: Payout[] = [];
  for (const payout of before.payouts)
    payouts.push(
      payout.party === HOUSE
        ? { ...payout, by: "card" }
        : await opened(here, before, { ...payout, by: "card" }, fees.get(payout.party) ?? 0, payees, page),
    );
  const { invoice, writes } = changed(here, { ...before, payouts });
  const ask = planned(AskCards, before.id, askAt(here, 0), { tries: 0 });
  await moneyStore(here).change(() => here.commit([...writes, ask]));
  return invoice;
}

async function opened(
  here: Here,
  { id: invoiceId, month, currency }: Invoice,
  payout: Payout,
  feeMinor: number,
  payees: ReadonlyMap<string, Payee>,
  { origin, lang }: { origin: string; lang: Lang },
): Promise<Payout> {
  const account = payees.get(payout.party)?.stripeAccount;
  if (account === undefined) throw unknown(payout.party, "account for cards");
  // Many cities pay one publisher by the house's key: an id of chance is nobody else's.
  const id = newId("chg", here.clock.now());
  const { sessionId, url } = await here.ask(OpenCharge, {
    ...{ id, connectedAccount: account, feeMinor, currency, lang },
    reference: `modules ${invoiceId}`,
    amountMinor: payout.amountMinor + feeMinor,
    title: `${here.city.name}: ${month}`,
    backUrl: `${origin}${here.url(`/staff/module-money/${invoiceId}`)}`,
  });
  return { ...payout, card: { id, account, sessionId, url, feeMinor } };
}

/** Whoever let a page to pay on run out gets another one. */
async function cardsAnew(here: Here, before: Invoice, page: { origin: string; lang: Lang }): Promise<Invoice> {
  const now = await cardsAsked(here, before);
  const payees = new Map((await moneyStore(here).payees()).map((payee) => [payee.party, payee]));
  const payouts: Payout[] = [];
  for (const payout of now.payouts) {
    const isOver = payout.state === "owed" && payout.card && payout.card.url === undefined;
    payouts.push(isOver ? await opened(here, now, payout, payout.card!.feeMinor, payees, page) : payout);
  }
  if (payouts.every((payout, i) => payout === now.payouts[i])) return now;
  const { invoice, writes } = changed(here, { ...now, payouts });
  const ask = planned(AskCards, now.id, askAt(here, 0), { tries: 0 });
  await moneyStore(here).change(() => here.commit([...writes, ask]));
  return invoice;
}

/** What is known of a payment by card, from whichever witness. */
export type CardWord = Pick<ChargeState, "says" | "amountMinor" | "currency">;

/** Asks the provider after what is open. */
export async function cardsAsked(here: Here, before: Invoice): Promise<Invoice> {
  if (before.state !== "paying" || before.rail !== "card") return before;
  let invoice = before;
  for (const { party, state, card } of before.payouts) {
    if (state !== "owed" || !card?.url) continue;
    const { id, account: connectedAccount, sessionId } = card;
    const word = await here.ask(AskCharge, { id, connectedAccount, currency: before.currency, sessionId });
    invoice = await cardSaid(here, invoice, party, word);
  }
  return invoice;
}

/**
 * By one rule for all witnesses, once, however often they speak: what was paid exactly is booked, and what ran out loses
 * its page. Whether the witness is to be believed was decided before.
 * @param seen  what a reaction keeps in the same transaction
 */
export async function cardSaid(
  here: Here,
  invoice: Invoice,
  party: string,
  word: CardWord,
  seen: readonly Write[] = [],
): Promise<Invoice> {
  const { id, currency, payouts } = invoice;
  const payout = payouts.find((one) => one.party === party);
  const { card } = payout ?? {};
  const isOpen = invoice.state === "paying" && payout?.state === "owed" && card !== undefined;
  if (isOpen && word.says === "paid" && word.currency === currency) {
    const { feeMinor } = card;
    if (word.amountMinor !== payout.amountMinor + feeMinor) {
      here.log.error("a card paid another amount than was asked for", { invoice: id, party, word });
      return nothingNew(here, invoice, seen);
    }
    const transfer = (to: string, amountMinor: number): Transfer => ({
      ...{ debit: payableTo(id, to), credit: IN_TRANSIT, amountMinor, currency, code: "module_payout", memo: party },
    });
    const transfers = [transfer(party, payout.amountMinor), ...(feeMinor > 0 ? [transfer(HOUSE, feeMinor)] : [])];
    const others = payouts.filter((one) => one.card && one.state === "owed" && one.party !== party);
    const parties = others.length === 0 ? [party, HOUSE] : [party];
    return settle(here, invoice, parties, { id: `module-card:${id}:${party}`, transfers }, seen);
  }
  if (isOpen && word.says === "expired" && card.url !== undefined) {
    const { url: _over, ...kept } = card;
    const next = changed(here, {
      ...invoice,
      payouts: payouts.map((one) => (one === payout ? { ...one, card: kept } : one)),
    });
    await moneyStore(here).change(() => here.commit([...next.writes, ...seen]));
    return next.invoice;
  }
  return nothingNew(here, invoice, seen);
}

async function nothingNew(here: Here, invoice: Invoice, seen: readonly Write[]): Promise<Invoice> {
  if (seen.length > 0) await here.commit([...seen]);
  return invoice;
}

/** Asks until all is paid, or a day is over. */
export async function askCards(here: Here, id: string, { tries }: { tries: number }): Promise<Ran<{ tries: number }>> {
  const { state } = await cardsAsked(here, await moneyStore(here).get(id));
  const isOver = state !== "paying" || tries >= CARD_TRIES_MAX;
  return isOver ? {} : { again: { at: askAt(here, tries + 1), data: { tries: tries + 1 } } };
}
