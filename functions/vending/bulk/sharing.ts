import { z } from "zod";
import { Fault } from "../../../shared/errors.ts";
import { type NewEvent, told } from "../../../shared/events.ts";
import type { Here } from "../../../shared/here.ts";
import { newId } from "../../../shared/ids.ts";
import type { At } from "../../../shared/ledger.ts";
import { ConditionFailed } from "../../../shared/table.ts";
import { defineTask, planned, type Ran } from "../../../shared/tasks.ts";
import { BillById, CreditBill } from "../../billing/events.ts";
import { creditAccount, dueAccount, OPEN_MS, raised } from "../buying.ts";
import { moved } from "../domain.ts";
import { BulkPaidBack, BulkShared, ShareMoved } from "../events.ts";
import type { KeptPurchase } from "../schema.ts";
import { settled, vendingStore } from "../store.ts";
import { byItsMoney, NotPaid, vendNow } from "../vending.ts";
import type { BulkLine, KeptBulk } from "./schema.ts";
import { bulkStore } from "./store.ts";

/** Does what follows from a bulk order's money as it stands; its id is the order's. */
export const Share = defineTask("vending.share", z.object({}));
export const shareNow = (here: Here, bulkId: string) => planned(Share, bulkId, here.clock.now(), {});

/** One turn. It may run at any time, and any number of times: what was done is not done again. */
export async function share(here: Here, id: string): Promise<Ran<Record<string, never>>> {
  const store = bulkStore(here);
  const { is: bulk } = await store.get(id);
  const { billId, expiresAt } = bulk;
  if (bulk.state === "quoted") {
    const bill = await here.ask(BillById, { billId });
    if (bill.state === "cancelled") await expired(here, id);
    else if (bill.state === "paid") await shared(here, id);
    // Money that went back leaves a bill that nobody is asked to pay any more.
    else if (expiresAt < here.clock.now().toISOString() && bill.dueMinor >= bill.totalMinor)
      await creditedBack(here, bulk, bill.dueMinor);
  }
  if ((await store.get(id)).is.state === "paid") await evened(here, id);
  return {};
}

async function expired(here: Here, id: string): Promise<void> {
  const store = bulkStore(here);
  await settled(async () => {
    const before = await store.get(id);
    if (before.is.state === "quoted") await here.commit(store.writes({ ...before.is, state: "expired" }, before));
  });
}

const creditedBack = (here: Here, { billId }: KeptBulk, amountMinor: number) =>
  here.ask(CreditBill, {
    ...{ id: newId("rlf", here.clock.now()), billId, amountMinor, askedBy: "vending", approvedBy: "vending" },
    reason: "Nothing was bought for it, and nothing is owed.",
  });

/** Purchases that are opened at once: their bills share the ledger's commits. */
const AT_ONCE = 25;

/** Opens the purchases of a paid order, each with a bill of its own; those that are there stay. */
async function opened(here: Here, bulk: KeptBulk): Promise<KeptPurchase[]> {
  const there: KeptPurchase[] = [];
  for (let i = 0; i < bulk.lines.length; i += AT_ONCE)
    there.push(...(await Promise.all(bulk.lines.slice(i, i + AT_ONCE).map((line) => openedLine(here, bulk, line)))));
  return there;
}

async function openedLine(here: Here, bulk: KeptBulk, line: BulkLine): Promise<KeptPurchase> {
  const store = vendingStore(here);
  const { purchaseId: id, meterId, accountId, meter, amountMinor, quote } = line;
  const there = await store.readPurchase(id);
  if (there) return there.is;
  const now = here.clock.now();
  const facts = { id, meter, amountMinor };
  const openUntil = new Date(now.getTime() + OPEN_MS).toISOString();
  const due = await raised(here, { ...facts, accountId, now: new Date(bulk.createdAt), expiresAt: openUntil });
  const purchase: KeptPurchase = {
    ...facts,
    ...due,
    meterId,
    currency: bulk.currency,
    state: "quoted",
    quote,
    tariff: bulk.tariff,
    ...(bulk.contact === undefined ? {} : { contact: bulk.contact }),
    lang: bulk.lang,
    orderIds: [],
    arrears: [],
    createdAt: now.toISOString(),
    expiresAt: bulk.expiresAt,
    bulk: { id: bulk.id, billId: bulk.billId },
  };
  try {
    await here.commit(store.purchaseWrites(purchase));
    return purchase;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return (await store.purchase(id)).is;
  }
}

class NothingToShare extends Error {}

/**
 * Brings the money of a paid order to its purchases, in one post whose id is the order's: so it is done once. It is
 * refused unless the order's bill is paid at that very commit; and a purchase takes its share only where all of its
 * bill is still due then. What stays waits to be given back.
 */
async function shared(here: Here, id: string): Promise<void> {
  const store = bulkStore(here);
  await settled(async () => {
    const before = await store.get(id);
    if (before.is.state !== "quoted") return;
    const purchases = await opened(here, before.is);
    const paid = { ...before.is, state: "paid" as const, paidAt: here.clock.now().toISOString() };
    try {
      await here.ledger.post({
        id: `bulk:${id}`,
        content: [id],
        plan: (at) => {
          const takers = takersOf(before.is, purchases, at);
          const takes = new Set(takers.map((one) => one.id));
          const stayed = purchases.map((one) => one.id).filter((one) => !takes.has(one));
          const leftMinor = before.is.totalMinor - sumOf(takers);
          return {
            transfers: takers.map(({ billId, amountMinor, currency }) => ({
              debit: creditAccount(before.is.billId),
              credit: dueAccount(billId),
              ...{ amountMinor, currency, code: "bulk_share", memo: id },
            })),
            writes: store.writes({ ...paid, stayed, leftMinor }, before),
            events: shareEvents(before.is, takers, leftMinor),
          };
        },
      });
    } catch (error) {
      if (error instanceof NotPaid) return;
      if (!(error instanceof NothingToShare)) throw error;
      await here.commit(store.writes({ ...paid, stayed: purchases.map((one) => one.id) }, before));
    }
  });
}

/**
 * @throws {NotPaid} the order's bill is not paid at this commit
 * @throws {NothingToShare} no purchase can take any, or less was paid for it in the end than all cost
 */
function takersOf({ billId, currency, totalMinor }: KeptBulk, purchases: readonly KeptPurchase[], at: At) {
  const paidMinor = -at.balance(creditAccount(billId), currency);
  if (at.balance(dueAccount(billId), currency) > 0 || paidMinor <= 0) throw new NotPaid();
  const takers = purchases.filter((one) => at.balance(dueAccount(one.billId), currency) === one.amountMinor);
  if (takers.length === 0 || paidMinor < totalMinor) throw new NothingToShare();
  return takers;
}

const sumOf = (purchases: readonly KeptPurchase[]) => purchases.reduce((sum, one) => sum + one.amountMinor, 0);

const moveTold = (bulkId: string, billId: string, move: string, amountMinor: number, currency: string, of?: string) =>
  told(ShareMoved, billId, {
    moveId: move,
    billId,
    bulkId,
    ...(of === undefined ? {} : { purchaseId: of }),
    amountMinor,
    currency,
    isCredit: move.endsWith(":credit"),
  });

/** What whoever counts by bill must know: the order's bill pays those of its purchases, and is by as much none itself. */
function shareEvents(
  { id, billId, currency }: KeptBulk,
  takers: readonly KeptPurchase[],
  leftMinor: number,
): NewEvent[] {
  const total = sumOf(takers);
  return [
    ...takers.map((one) => moveTold(id, one.billId, `bulk:${one.id}:to`, one.amountMinor, currency, one.id)),
    moveTold(id, billId, `bulk:${id}:from`, -total, currency),
    moveTold(id, billId, `bulk:${id}:credit`, total, currency),
    told(BulkShared, id, {
      ...{ bulkId: id, billId, purchaseIds: takers.map((one) => one.id), sharedMinor: total, leftMinor, currency },
    }),
  ];
}

/**
 * Takes the share of a purchase back that was not sold, or whose sale was undone: once, and only where all of it is
 * there at the commit. A sale at the same moment finds its bill due again.
 * @returns false where there is nothing to take back
 */
export async function takenBack(here: Here, purchaseId: string): Promise<boolean> {
  const store = vendingStore(here);
  return settled(async () => {
    await byItsMoney(here, purchaseId);
    const before = await store.purchase(purchaseId);
    const { id, bulk, state, billId, amountMinor, currency } = before.is;
    if (!bulk || !["paid", "returned"].includes(state)) return false;
    const { is: order } = await bulkStore(here).get(bulk.id);
    if (order.state !== "paid" || order.stayed.includes(id)) return false;
    const after = state === "paid" ? moved(before.is, "returned") : before.is;
    try {
      const { isRepeated } = await here.ledger.post({
        id: `unbulk:${id}`,
        content: [id],
        plan: (at) => {
          const isThere =
            at.balance(dueAccount(billId), currency) === 0 &&
            at.balance(creditAccount(billId), currency) === -amountMinor;
          if (!isThere) throw new NotPaid();
          const common = { amountMinor, currency, code: "bulk_share_undone", memo: id };
          return {
            transfers: [{ debit: dueAccount(billId), credit: creditAccount(bulk.billId), ...common }],
            writes: [...store.purchaseWrites(after, before), vendNow(here, id), shareNow(here, bulk.id)],
            events: [
              moveTold(bulk.id, billId, `bulk_undone:${id}:from`, -amountMinor, currency, id),
              moveTold(bulk.id, bulk.billId, `bulk_undone:${id}:to`, amountMinor, currency, id),
              moveTold(bulk.id, bulk.billId, `bulk_undone:${id}:credit`, -amountMinor, currency, id),
            ],
          };
        },
      });
      return !isRepeated;
    } catch (error) {
      if (error instanceof NotPaid) return false;
      throw error;
    }
  });
}

/**
 * Sees to it that an order's money is where it should be: what came back from a purchase is the order's again; money
 * that went back to the payer is first that which nothing was sold for, of what is hindered before the rest, the last
 * line first; and purchases go on as long as all of the order is paid.
 */
async function evened(here: Here, id: string): Promise<void> {
  const store = bulkStore(here);
  const { is: bulk } = await store.get(id);
  for (const one of await store.purchasesOf(bulk)) if (one.state === "returned") await takenBack(here, one.id);
  const unsold = (await store.purchasesOf(bulk)).filter(({ state }) => state === "quoted" || state === "paid");
  const isHindered = ({ hindrance }: KeptPurchase) => Number(hindrance !== undefined);
  for (const one of [...unsold].reverse().sort((a, b) => isHindered(b) - isHindered(a))) {
    const { dueMinor, leftMinor } = await standing(here, bulk);
    if (dueMinor <= leftMinor) break;
    await takenBack(here, one.id);
  }
  const { dueMinor, leftMinor } = await standing(here, bulk);
  const givenMinor = Math.min(dueMinor, leftMinor);
  if (givenMinor > 0) await creditedBack(here, bulk, givenMinor);
  await noted(here, id);
  if (dueMinor === givenMinor && unsold.length > 0) await here.commit(unsold.map((one) => vendNow(here, one.id)));
}

/** What the ledger says: of the order's bill what is due again, and of its money what is with no purchase. */
async function standing(here: Here, { billId, currency }: KeptBulk): Promise<{ dueMinor: number; leftMinor: number }> {
  const now = await here.ledger.at();
  return {
    dueMinor: Math.max(0, now.balance(dueAccount(billId), currency)),
    leftMinor: Math.max(0, -now.balance(creditAccount(billId), currency)),
  };
}

/** Says on the order what waits for somebody. */
async function noted(here: Here, id: string): Promise<void> {
  const store = bulkStore(here);
  await settled(async () => {
    const before = await store.get(id);
    const { dueMinor, leftMinor } = await standing(here, before.is);
    const wentBack = dueMinor > 0 && before.is.wentBackAt === undefined;
    if (leftMinor === before.is.leftMinor && !wentBack) return;
    const after = { ...before.is, leftMinor, ...(wentBack ? { wentBackAt: here.clock.now().toISOString() } : {}) };
    const events = wentBack ? [told(BulkPaidBack, id, { bulkId: id, billId: before.is.billId })] : [];
    await here.commit(store.writes(after, before), events);
  });
}

/** Somebody looked at money that went back after the tokens were made. @throws {Fault} absent, conflict */
export async function bulkSeen(here: Here, id: string, by: string): Promise<KeptBulk> {
  const store = bulkStore(here);
  return settled(async () => {
    const before = await store.get(id);
    if (before.is.wentBackAt === undefined) throw new Fault("conflict", "No money of this order went back.");
    if (before.is.seenBy !== undefined) return before.is;
    const after = { ...before.is, seenBy: by };
    await here.commit(store.writes(after, before));
    return after;
  });
}
