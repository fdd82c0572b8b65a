import { z } from "zod";
import { Fault } from "../../shared/errors.ts";
import { type NewEvent, told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import type { At, Transfer } from "../../shared/ledger.ts";
import { defineTask, planned, type Ran } from "../../shared/tasks.ts";
import { BillById, CreditBill } from "../billing/events.ts";
import { type Basis, basisOf, creditAccount, dueAccount, sellingOf } from "./buying.ts";
import { creditOf, factsNow, hindranceOf, moved, waitMs } from "./domain.ts";
import { CreditSold, PaidBackAfterSale, ShareMoved, TokenIssued } from "./events.ts";
import { issued, keyChangeOrder, nextOrder } from "./ordering.ts";
import { plusSale, sell } from "./sale.ts";
import type { Hindrance, KeptPurchase, Meter, Order, Sale } from "./schema.ts";
import { settled, vendingStore } from "./store.ts";

const Data = z.object({ tries: z.int() });
type Data = z.infer<typeof Data>;
/** Does what follows from a purchase's money as it stands, until there is a token; its id is the purchase's. */
export const Vend = defineTask("vending.vend", Data);
export const vendNow = (here: Here, purchaseId: string) => planned(Vend, purchaseId, here.clock.now(), { tries: 0 });

/** One turn. It may run at any time, and any number of times: what was done is not done again. */
export async function vend(here: Here, id: string, { tries }: Data): Promise<Ran<Data>> {
  let purchase = await byItsMoney(here, id);
  if (purchase.state === "paid") purchase = await sold(here, id);
  if (purchase.state !== "ordered") return {};
  try {
    await tokensMade(here, purchase);
    return {};
  } catch (error) {
    const isAway = error instanceof Fault && error.kind === "unavailable";
    here.log[isAway ? "warn" : "error"]("a token source gave no answer", { purchaseId: id, tries, error });
    await hindered(here, id, "source_away");
    return { again: { at: new Date(here.clock.now().getTime() + waitMs(tries)), data: { tries: tries + 1 } } };
  }
}

/** What the ledger says of its bill decides how a purchase stands, whoever told of it and in whatever order. */
export async function byItsMoney(here: Here, id: string): Promise<KeptPurchase> {
  const store = vendingStore(here);
  return settled(async () => {
    const before = await store.purchase(id);
    const { is: purchase } = before;
    const { billId, meterId } = purchase;
    const bill = await here.ask(BillById, { billId });
    const now = here.clock.now().toISOString();
    const isPaid = bill.state === "paid";
    const isNothingPaid = bill.dueMinor >= bill.totalMinor;
    let after = purchase;
    const events: NewEvent[] = [];
    if (purchase.state === "quoted" && bill.state === "cancelled") after = moved(purchase, "expired");
    else if (purchase.state === "quoted" && isPaid) after = moved(purchase, "paid");
    else if (purchase.state === "paid" && !isPaid) after = moved(purchase, "quoted");
    else if (purchase.state === "returned" && isNothingPaid) after = moved(purchase, "refunded");
    else if (["ordered", "failed", "vended"].includes(purchase.state) && bill.dueMinor > 0 && !purchase.wentBackAt) {
      after = { ...purchase, wentBackAt: now };
      events.push(told(PaidBackAfterSale, id, { purchaseId: id, meterId, billId }));
    }
    if (after !== purchase) await here.commit(store.purchaseWrites(after, before), events);
    // Money that went back leaves a bill that nobody is asked to pay any more.
    const isOver = after.state === "refunded" || (after.state === "quoted" && purchase.expiresAt < now);
    if (isOver && isNothingPaid && bill.state !== "cancelled")
      await here.ask(CreditBill, {
        ...{ id: `rlf_${id.slice(4)}`, billId, amountMinor: bill.dueMinor, askedBy: "vending", approvedBy: "vending" },
        reason: "Nothing was bought, and nothing is owed.",
      });
    return after;
  });
}

/** Notes what stands in the way, once. */
async function hindered(here: Here, id: string, hindrance: Hindrance): Promise<KeptPurchase> {
  const store = vendingStore(here);
  return settled(async () => {
    const before = await store.purchase(id);
    if (!["paid", "ordered"].includes(before.is.state) || before.is.hindrance === hindrance) return before.is;
    const after = { ...before.is, hindrance };
    await here.commit(store.purchaseWrites(after, before));
    return after;
  });
}

export class NotPaid extends Error {}

/**
 * Turns the money into units and orders their token: the purchase, the meter's month and count, the ledger and the facts
 * change in one post. It is refused unless the bill is paid at that very commit, so money that is on its way back buys
 * nothing; and the post's id is the purchase's, so it is done once.
 */
async function sold(here: Here, id: string): Promise<KeptPurchase> {
  const store = vendingStore(here);
  return settled(async () => {
    const before = await store.purchase(id);
    if (before.is.state !== "paid") return before.is;
    const meter = await store.meter(before.is.meterId);
    const now = here.clock.now();
    const holds = before.is.expiresAt >= now.toISOString();
    const basis = await basisOf(here, meter.is, holds ? before.is.tariff : undefined);
    const hindrance = hindranceOf(meter.is, now) ?? (basis ? undefined : "no_tariff");
    if (hindrance || !basis) return hindered(here, id, hindrance ?? "no_tariff");
    let after = before.is;
    try {
      const { isRepeated } = await here.ledger.post({
        id: `vend:${id}`,
        content: [id],
        plan: (at) => {
          const drawn = drawnSale(before.is, meter.is, basis, at, now);
          after = drawn.purchase;
          return {
            transfers: drawn.transfers,
            writes: [
              ...store.purchaseWrites(drawn.purchase, before),
              ...store.meterWrites(drawn.meter, meter),
              ...drawn.orders.flatMap((order) => store.orderWrites(order)),
            ],
            events: drawn.events,
          };
        },
      });
      return isRepeated ? (await store.purchase(id)).is : after;
    } catch (error) {
      if (error instanceof NotPaid) return before.is;
      if (error instanceof Fault && error.kind === "invalid") return hindered(here, id, "not_sellable");
      throw error;
    }
  });
}

/** @throws {NotPaid} the bill is not paid at this commit @throws {Fault} invalid: it buys nothing, or too much */
function drawnSale(before: KeptPurchase, meterBefore: Meter, basis: Basis, at: At, now: Date) {
  const { id, billId, currency } = before;
  const dues = basis.dues
    .map((due) => ({ ...due, dueMinor: Math.min(due.dueMinor, at.balance(dueAccount(due.billId), currency)) }))
    .filter(({ dueMinor }) => dueMinor > 0);
  const paidMinor = -at.balance(creditAccount(billId), currency);
  if (at.balance(dueAccount(billId), currency) > 0 || paidMinor <= 0) throw new NotPaid();
  // Of a bulk order: its money is there as long as that of all is.
  if (before.bulk && at.balance(dueAccount(before.bulk.billId), currency) > 0) throw new NotPaid();
  const carriedMinor = Math.max(0, -at.balance(creditAccount(meterBefore.id), currency));
  const sale = sell(sellingOf(meterBefore, { ...basis, dues }, { paidMinor, carriedMinor }));

  const keyed = keyChangeOrder(meterBefore, now, { purchaseId: id });
  const facts = factsNow(meterBefore);
  const wants = creditOf(facts, sale.tenths + sale.freeTenths);
  const { order, meter } = nextOrder(keyed.meter, { facts, wants, purchaseId: id }, now);
  const keyOrderId = facts === meterBefore.facts ? undefined : keyed.meter.keyChange?.orderId;
  const arrears = sharesOf(sale.arrearsMinor, dues);
  const purchase = moved(before, "ordered", {
    sale,
    soldIn: basis.bought.month,
    arrears,
    orderIds: [...(keyOrderId === undefined ? [] : [keyOrderId]), order.id],
  });
  const { resource } = meter.facts;
  const { tenths, freeTenths, arrearsMinor } = sale;
  return {
    purchase,
    meter: { ...meter, bought: plusSale(basis.bought, sale) },
    orders: [...(keyed.order ? [keyed.order] : []), order],
    transfers: saleTransfers(purchase, meter, sale),
    events: [
      told(CreditSold, id, {
        ...{ purchaseId: id, meterId: meter.id, billId, resource },
        ...{ paidMinor, arrearsMinor, currency, tenths, freeTenths },
      }),
      ...shareEvents(purchase, 1),
    ],
  };
}

/** The arrears' share of a purchase, to the oldest dues first. */
function sharesOf(arrearsMinor: number, dues: Basis["dues"]): KeptPurchase["arrears"] {
  let left = arrearsMinor;
  return dues.flatMap(({ billId, dueMinor }) => {
    const amountMinor = Math.min(left, dueMinor);
    left -= amountMinor;
    return amountMinor > 0 ? [{ billId, amountMinor }] : [];
  });
}

/** From the purchase's advance to old dues and to the meter's credit; from that to revenue and VAT. The rest stays. */
function saleTransfers(purchase: KeptPurchase, meter: Meter, sale: Sale): Transfer[] {
  const { id, billId, currency, arrears } = purchase;
  const [advance, credit] = [creditAccount(billId), creditAccount(meter.id)];
  const common = { currency, memo: id };
  const netMinor = sale.fixedMinor + sale.energyMinor;
  const transfers = [
    ...arrears.map((due) => ({ debit: advance, credit: dueAccount(due.billId), code: "arrears_share", ...due })),
    { debit: advance, credit, amountMinor: sale.paidMinor - sale.arrearsMinor, code: "prepaid" },
    { debit: credit, credit: `revenue:prepaid_${meter.facts.resource}`, amountMinor: netMinor, code: "vend" },
    { debit: credit, credit: "vat", amountMinor: sale.vatMinor, code: "vat" },
  ];
  return transfers
    .filter(({ amountMinor }) => amountMinor > 0)
    .map(({ debit, credit: to, amountMinor, code }) => ({ debit, credit: to, amountMinor, code, ...common }));
}

/** What whoever counts by bill must know of the share. @param sign -1 undoes it */
export function shareEvents({ id, billId, currency, arrears }: KeptPurchase, sign: 1 | -1): NewEvent[] {
  const total = arrears.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  if (total === 0) return [];
  const name = sign === 1 ? "share" : "share_undone";
  const say = (of: string, amountMinor: number, what: string) =>
    told(ShareMoved, of, {
      moveId: `${name}:${id}:${what}`,
      billId: of,
      purchaseId: id,
      amountMinor: sign * amountMinor,
      currency,
      isCredit: what === "credit",
    });
  return [
    ...arrears.map((due) => say(due.billId, due.amountMinor, "to")),
    say(billId, -total, "from"),
    say(billId, total, "credit"),
  ];
}

/** Has every order's tokens made, in their order, and gives them to the purchase. */
async function tokensMade(here: Here, { id, orderIds }: KeptPurchase): Promise<void> {
  const store = vendingStore(here);
  const orders: Order[] = [];
  for (const orderId of orderIds) {
    const order = await issued(here, orderId);
    orders.push(order);
    if (order.state !== "issued") break;
  }
  await settled(async () => {
    const before = await store.purchase(id);
    if (before.is.state !== "ordered") return;
    const tokens = orders.flatMap((order) => order.tokens ?? []);
    if (tokens.length < orderIds.length) return here.commit(store.purchaseWrites(moved(before.is, "failed"), before));
    const vendedAt = here.clock.now().toISOString();
    const { orderId, isTest } = tokens.at(-1)!;
    await here.commit(store.purchaseWrites(moved(before.is, "vended", { tokens, vendedAt }), before), [
      told(TokenIssued, id, { orderId, meterId: before.is.meterId, kind: "credit", purchaseId: id, isTest }),
    ]);
  });
}
