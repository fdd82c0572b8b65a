import { Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import type { At, Transfer } from "../../shared/ledger.ts";
import { shareNow, takenBack } from "./bulk/sharing.ts";
import { creditAccount, dueAccount } from "./buying.ts";
import { factsNow, moved } from "./domain.ts";
import { issueNow } from "./engineering.ts";
import { SaleUndone } from "./events.ts";
import { campaignWrites, nextOrder } from "./ordering.ts";
import { minusSale } from "./sale.ts";
import type { KeptPurchase, Order, Sale } from "./schema.ts";
import { settled, vendingStore } from "./store.ts";
import { shareEvents, vendNow } from "./vending.ts";

/**
 * Orders anew what a source refused, after somebody mended what was wrong with the meter: a new order, as a source
 * answers an old one as before. A purchase's goes on to its tokens; its sale stays as it is.
 * @throws {Fault} absent; conflict: it was not refused
 */
export async function triedAgain(here: Here, orderId: string): Promise<Order> {
  const store = vendingStore(here);
  return settled(async () => {
    const before = await store.order(orderId);
    const { state, meterId, wants, purchaseId, campaignId, reason, askedBy, decidedBy, retriedAs } = before.is;
    if (retriedAs !== undefined) return (await store.order(retriedAs)).is;
    if (state !== "failed") throw new Fault("conflict", `This order is ${state}.`);
    const [meter, purchase] = await Promise.all([
      store.meter(meterId),
      purchaseId === undefined ? undefined : store.readPurchase(purchaseId),
    ]);
    if (purchase && purchase.is.state !== "failed")
      throw new Fault("conflict", `Its purchase is ${purchase.is.state}.`);
    const facts = wants.kind === "key_change" ? meter.is.facts : factsNow(meter.is);
    const of = { purchaseId, campaignId, reason, askedBy, decidedBy };
    const next = nextOrder(meter.is, { facts, wants, ...given(of) }, here.clock.now());
    const { id } = next.order;
    const { keyChange } = next.meter;
    const isKey = keyChange?.orderId === orderId;
    await here.commit([
      ...store.orderWrites({ ...before.is, retriedAs: id }, before),
      ...store.orderWrites(next.order),
      ...store.meterWrites(isKey ? { ...next.meter, keyChange: { ...keyChange, orderId: id } } : next.meter, meter),
      ...(campaignId === undefined ? [] : await campaignWrites(here, campaignId, "failed", -1)),
      ...(purchase
        ? [...store.purchaseWrites(orderedWith(purchase.is, orderId, id), purchase), vendNow(here, purchase.is.id)]
        : [issueNow(here, id)]),
    ]);
    return next.order;
  });
}
const orderedWith = (purchase: KeptPurchase, before: string, after: string): KeptPurchase =>
  moved(purchase, "ordered", { orderIds: purchase.orderIds.map((id) => (id === before ? after : id)) });
const given = <T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

/**
 * Undoes a sale whose token will never be made: old dues, the month and the purchase's money are as before, by entries
 * of their own. What was paid can then be given back like any payment. Of an order of many, one that is paid and was
 * not sold gives its share back to the order.
 * @throws {Fault} absent; forbidden_transition: it did not fail
 */
export async function saleUndone(here: Here, id: string): Promise<KeptPurchase> {
  const store = vendingStore(here);
  return settled(async () => {
    const before = await store.purchase(id);
    const { sale, meterId, billId, currency } = before.is;
    if (before.is.bulk && (await takenBack(here, id))) return (await store.purchase(id)).is;
    if (before.is.state !== "failed")
      throw new Fault("forbidden_transition", `Of a purchase that is ${before.is.state} no sale can be undone.`);
    const after = moved(before.is, "returned");
    if (!sale) throw new Fault("conflict", "Nothing was sold.");
    const meter = await store.meter(meterId);
    const { bought } = meter.is;
    const isSameMonth = bought !== undefined && before.is.soldIn === bought.month;
    const { isRepeated } = await here.ledger.post({
      id: `unvend:${id}`,
      content: [id],
      plan: (at) => ({
        transfers: undoing(before.is, sale, meter.is.facts.resource, at),
        writes: [
          vendNow(here, id),
          ...(before.is.bulk ? [shareNow(here, before.is.bulk.id)] : []),
          ...store.purchaseWrites(after, before),
          ...store.meterWrites(isSameMonth ? { ...meter.is, bought: minusSale(bought, sale) } : meter.is, meter),
        ],
        events: [
          told(SaleUndone, id, { purchaseId: id, meterId, billId, paidMinor: sale.paidMinor, currency }),
          ...shareEvents(before.is, -1),
        ],
      }),
    });
    return isRepeated ? (await store.purchase(id)).is : after;
  });
}

/** The sale's entries the other way. What it left on the meter may be used by now: then it comes out of revenue. */
function undoing(purchase: KeptPurchase, sale: Sale, resource: string, at: At): Transfer[] {
  const { id, billId, meterId, currency, arrears } = purchase;
  const [advance, credit, revenue] = [creditAccount(billId), creditAccount(meterId), `revenue:prepaid_${resource}`];
  const left = -at.balance(credit, currency);
  const shortMinor = Math.max(0, sale.keptMinor - sale.carriedMinor - Math.max(0, left));
  const netMinor = sale.fixedMinor + sale.energyMinor + shortMinor;
  return [
    ...arrears.map((due) => ({ debit: dueAccount(due.billId), credit: advance, amountMinor: due.amountMinor })),
    { debit: revenue, credit, amountMinor: netMinor },
    { debit: "vat", credit, amountMinor: sale.vatMinor },
    { debit: credit, credit: advance, amountMinor: sale.paidMinor - sale.arrearsMinor },
  ]
    .filter(({ amountMinor }) => amountMinor > 0)
    .map((one) => ({ ...one, currency, code: "vend_undone", memo: id }));
}

/** Somebody looked at money that went back after its token was made. */
export async function seen(here: Here, id: string, by: string): Promise<KeptPurchase> {
  const store = vendingStore(here);
  return settled(async () => {
    const before = await store.purchase(id);
    if (before.is.wentBackAt === undefined) throw new Fault("conflict", "No money of this purchase went back.");
    if (before.is.seenBy !== undefined) return before.is;
    const after = { ...before.is, seenBy: by };
    await here.commit(store.purchaseWrites(after, before));
    return after;
  });
}

/** Goes on with what was hindered, now that its reason may be gone. */
export async function goneOn(here: Here, id: string): Promise<KeptPurchase> {
  const { is: purchase } = await vendingStore(here).purchase(id);
  if (!["paid", "ordered"].includes(purchase.state))
    throw new Fault("conflict", `A purchase that is ${purchase.state} does not wait for a token.`);
  await here.commit([vendNow(here, id)]);
  return purchase;
}
