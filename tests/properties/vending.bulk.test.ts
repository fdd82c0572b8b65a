import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KeptBulk } from "../../functions/vending/bulk/schema.ts";
import { shareNow } from "../../functions/vending/bulk/sharing.ts";
import { bulkStore, isBulkWaiting } from "../../functions/vending/bulk/store.ts";
import { saleUndone } from "../../functions/vending/mending.ts";
import { changed } from "../../functions/vending/meters.ts";
import { vendingStore } from "../../functions/vending/store.ts";
import { vendNow } from "../../functions/vending/vending.ts";
import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { books, bulkHouse, deliver, giveBack, linesFor, openOrder, orderNow, pay } from "../bulk-orders.ts";

let house: Awaited<ReturnType<typeof bulkHouse>>;
beforeAll(async () => {
  house = await bulkHouse();
});
afterAll(() => house.stop());

const AMOUNTS = [500, 700, 900];
const TOTAL = AMOUNTS.reduce((sum, one) => sum + one, 0);
const line = fc.nat(AMOUNTS.length - 1);
const part = fc.constantFrom(...AMOUNTS, 1_200, TOTAL, TOTAL);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant("pay" as const), minor: part }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant("give_back" as const), minor: fc.option(part) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom("block" as const, "unblock" as const), line }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom("undo" as const, "pay_line" as const), line }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom("wake" as const, "later" as const) }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant("deliver" as const) }) },
);
/** Of each pair both happen at once. */
const story = fc.array(fc.tuple(step, step), { minLength: 3, maxLength: 7 });
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type City = Awaited<ReturnType<typeof house.bulkCity>>;

async function done({ here, at, meters }: City, bulk: KeptBulk, nth: number, what: Step): Promise<void> {
  if (what.does === "pay") {
    await pay(here, { reference: bulk.reference, amountMinor: what.minor }, nth);
  } else if (what.does === "give_back") await giveBack(here, bulk, what.minor ?? undefined);
  else if (what.does === "block" || what.does === "unblock") {
    const state = what.does === "block" ? "blocked" : "active";
    await changed(here, meters[what.line]!.id, { freeTenths: 0, state });
  } else if (what.does === "undo") await saleUndone(here, bulk.lines[what.line]!.purchaseId);
  else if (what.does === "pay_line") {
    const { is } = await vendingStore(here).purchase(bulk.lines[what.line]!.purchaseId);
    await pay(here, is, nth);
  } else if (what.does === "wake") {
    const purchases = await bulkStore(here).purchasesOf(bulk);
    await here.commit([shareNow(here, bulk.id), ...purchases.map(({ id }) => vendNow(here, id))]);
  } else if (what.does === "later") at.now = new Date(at.now.getTime() + 3 * 24 * 3_600_000);
  else await deliver(here);
}

/** A refusal is an answer like another: what matters is what is in the books. */
async function tried(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
}

/** What was received for the order's own bill, less what went back; and what its purchases hold of it. */
async function moneyOf(here: Here, { billId }: KeptBulk) {
  let receivedMinor = 0;
  let heldMinor = 0;
  for await (const { transfer } of here.ledger.allEntries()) {
    const { debit, credit, amountMinor, code } = transfer;
    if (code === "bulk_share") heldMinor += amountMinor;
    else if (code === "bulk_share_undone") heldMinor -= amountMinor;
    else if (credit === `due:${billId}` && debit !== `credit:${billId}`) receivedMinor += amountMinor;
    else if (debit === `due:${billId}` && credit !== `credit:${billId}`) receivedMinor -= amountMinor;
  }
  return { receivedMinor, heldMinor };
}

// Guards against two tokens for one payment, and against money that is nobody's, whatever happens in whatever order.
test("an order's money is with its purchases, left to be given back, or owed and flagged", () =>
  fc.assert(
    fc.asyncProperty(story, async (steps) => {
      const city = await house.bulkCity(AMOUNTS.length);
      const { here, meters } = city;
      const bulk = await openOrder(here, linesFor(AMOUNTS));
      for (const [i, [one, two]] of steps.entries())
        await Promise.all([tried(done(city, bulk, 2 * i, one)), tried(done(city, bulk, 2 * i + 1, two))]);
      for (const { id } of meters) await changed(here, id, { freeTenths: 0, state: "active" });
      await done(city, bulk, 99, { does: "wake" });
      for (let i = 0; i < 5; i++) await deliver(here);

      expect(await here.ledger.prove()).toMatchObject({ isSound: true });
      const now = await orderNow(here, bulk);
      const all = await books(here);
      const dueMinor = all[`due:${bulk.billId}`] ?? 0;
      const leftMinor = 0 - (all[`credit:${bulk.billId}`] ?? 0);
      const { receivedMinor, heldMinor } = await moneyOf(here, bulk);
      const purchases = await bulkStore(here).purchasesOf(bulk);
      for (const { id } of meters)
        expect((await vendingStore(here).ordersOf(id, { limit: 9 })).orders.length).toBeLessThanOrEqual(1);
      expect(receivedMinor).toBeGreaterThanOrEqual(0);
      if (now.state !== "paid") {
        expect([heldMinor, purchases.filter(({ state }) => state === "vended").length]).toEqual([0, 0]);
        return;
      }
      expect(receivedMinor + dueMinor).toBe(heldMinor + leftMinor);
      expect(Math.min(dueMinor, leftMinor)).toBe(0);
      expect(now.leftMinor).toBe(leftMinor);
      expect(isBulkWaiting(now)).toBe(leftMinor > 0 || now.wentBackAt !== undefined);
      if (dueMinor > 0) expect(now.wentBackAt).toBeDefined();
      // What is held is what was sold, once for each; nothing waits any more.
      const sold = purchases.filter(({ id, state }) => state === "vended" && !now.stayed.includes(id));
      expect(sold.reduce((sum, one) => sum + one.amountMinor, 0)).toBe(heldMinor);
      for (const { state, tokens = [] } of purchases) {
        expect(["vended", "refunded", "expired", "quoted"]).toContain(state);
        expect(tokens.length).toBe(state === "vended" ? 1 : 0);
      }
    }),
    { numRuns: Number(process.env["BULK_RUNS"] ?? 8) },
  ));
