import { strFromU8, unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CreditBill } from "../../functions/billing/events.ts";
import { exportCity } from "../../functions/control/bundle.ts";
import { linesOf, textOfLines } from "../../functions/vending/bulk/lines.ts";
import { bulkSeen, share, shareNow, takenBack } from "../../functions/vending/bulk/sharing.ts";
import { bulkStore, isBulkWaiting } from "../../functions/vending/bulk/store.ts";
import { raised } from "../../functions/vending/buying.ts";
import { goneOn, saleUndone, triedAgain } from "../../functions/vending/mending.ts";
import { changed } from "../../functions/vending/meters.ts";
import type { NewMeter } from "../../functions/vending/schema.ts";
import { keepDeviceKey } from "../../functions/vending/sources/settings.ts";
import { vendingStore } from "../../functions/vending/store.ts";
import { vend, vendNow } from "../../functions/vending/vending.ts";
import type { Here } from "../../shared/here.ts";
import {
  books,
  bulkHouse,
  deliver,
  giveBack,
  linesFor,
  openOrder,
  orderNow,
  pay,
  payAll,
  statesOf,
  tokensOf,
} from "../bulk-orders.ts";

const DAY_MS = 24 * 3_600_000;
const lamp = (number: string): NewMeter => ({ source: "openpaygo", number, resource: "electricity", freeTenths: 0 });

let house: Awaited<ReturnType<typeof bulkHouse>>;
beforeAll(async () => {
  house = await bulkHouse();
});
afterAll(() => house.stop());

/** What of the books is not at its end. */
const openBooks = async (here: Here) =>
  Object.entries(await books(here)).filter(([account]) => /^(due|credit|suspense)/.test(account));

describe("an order of many meters", () => {
  // Guards against a second token for one payment, and against a share that is moved twice.
  test("is one bill; paid, each meter gets one token, however often it is looked at", async () => {
    const { here, meters } = await house.bulkCity(3);
    const bulk = await openOrder(here, linesFor([500, 700, 900]));
    expect(await books(here)).toEqual({ [`due:${bulk.billId}`]: 2_100, [`credit:${bulk.billId}`]: -2_100 });
    expect(await bulkStore(here).purchasesOf(bulk)).toEqual([]);
    await payAll(here, bulk);
    await deliver(here);
    expect(await statesOf(here, bulk)).toEqual(["vended", "vended", "vended"]);
    const tokens = await tokensOf(here, bulk);
    expect(new Set(tokens).size).toBe(3);
    const after = await books(here);
    expect(after).toMatchObject({ "revenue:prepaid_electricity": -2_100 });
    expect(await openBooks(here)).toEqual([]);
    expect((await here.ledger.entriesOf(`bulk:${bulk.id}`))?.map(({ transfer }) => transfer.amountMinor)).toEqual([
      500, 700, 900,
    ]);

    for (let i = 0; i < 2; i++) {
      const purchases = await bulkStore(here).purchasesOf(bulk);
      await here.commit([shareNow(here, bulk.id), ...purchases.map(({ id }) => vendNow(here, id))]);
      await deliver(here);
    }
    expect(await tokensOf(here, bulk)).toEqual(tokens);
    expect(await books(here)).toEqual(after);
    for (const { id } of meters) expect((await vendingStore(here).ordersOf(id, { limit: 9 })).orders).toHaveLength(1);
    expect(isBulkWaiting(await orderNow(here, bulk))).toBe(false);
    // A city that moves takes it along.
    const { bytes } = await exportCity(here, house.house.rooms);
    const exported = strFromU8(unzipSync(bytes)["collections/vending.bulk_purchases.jsonl"]!);
    for (const pk of [`PREPAID_BULK#${bulk.id}`, `PREPAID_BILL#${bulk.billId}`])
      expect(exported).toContain(`"pk":"${pk}"`);
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
    // What is paid again has no bill to go to.
    expect((await payAll(here, bulk, 2)).outcome).toBe("suspense");
  });

  test("of fifty meters fits one transaction, in part paid nothing moves", async () => {
    const { here } = await house.bulkCity(50);
    const bulk = await openOrder(here, linesFor(Array.from({ length: 50 }, (_, i) => 100 + i)));
    await pay(here, { reference: bulk.reference, amountMinor: 50 });
    await deliver(here);
    expect(await bulkStore(here).purchasesOf(bulk)).toEqual([]);
    await pay(here, { reference: bulk.reference, amountMinor: bulk.totalMinor - 50 }, 2);
    for (let i = 0; i < 3; i++) await deliver(here);
    expect(new Set(await statesOf(here, bulk))).toEqual(new Set(["vended"]));
    expect(new Set(await tokensOf(here, bulk)).size).toBe(50);
    expect(await openBooks(here)).toEqual([]);
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });

  test("expires unpaid with no trace on its meters, and what comes too late buys nothing", async () => {
    const { here, at } = await house.bulkCity(2);
    const bulk = await openOrder(here, linesFor([500, 700]));
    at.now = new Date(at.now.getTime() + 8 * DAY_MS);
    await deliver(here);
    expect((await orderNow(here, bulk)).state).toBe("expired");
    expect(await statesOf(here, bulk)).toEqual(["expired", "expired"]);
    expect((await payAll(here, bulk)).outcome).toBe("suspense");
    await deliver(here);
    expect(await bulkStore(here).purchasesOf(bulk)).toEqual([]);
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });

  // Guards against one meter's failure that keeps the others waiting, and against money kept for a token nobody makes.
  test("whose one source refuses: the others vend; it is undone, its money given back, and nothing is owed", async () => {
    const { here } = await house.bulkCity(0, [lamp("LAMP-1"), lamp("LAMP-2"), lamp("LAMP-3")], false);
    await keepDeviceKey(here, "LAMP-1", { secretKey: "00".repeat(16), takesLong: false });
    const bulk = await openOrder(here, [
      { meter: "LAMP-1", amountMinor: 300 },
      { meter: "LAMP-2", amountMinor: 400 },
      { meter: "LAMP-3", amountMinor: 500 },
    ]);
    await payAll(here, bulk);
    await deliver(here);
    expect(await statesOf(here, bulk)).toEqual(["vended", "failed", "failed"]);
    const [, second, third] = await bulkStore(here).purchasesOf(bulk);
    // One is mended and goes on.
    await keepDeviceKey(here, "LAMP-2", { secretKey: "11".repeat(16), takesLong: false });
    await triedAgain(here, second!.orderIds[0]!);
    await saleUndone(here, third!.id);
    for (let i = 0; i < 3; i++) await deliver(here);
    expect(await statesOf(here, bulk)).toEqual(["vended", "vended", "refunded"]);
    expect(await orderNow(here, bulk)).toMatchObject({ leftMinor: 500 });
    expect(await bulkStore(here).waiting(9)).toHaveLength(1);
    expect(await openBooks(here)).toEqual([[`credit:${bulk.billId}`, -500]]);
    await giveBack(here, bulk, 500);
    for (let i = 0; i < 2; i++) await deliver(here);
    expect(await orderNow(here, bulk)).toMatchObject({ leftMinor: 0 });
    expect(await bulkStore(here).waiting(9)).toEqual([]);
    expect(await openBooks(here)).toEqual([]);
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });

  // Guards against tokens that are made for money which is on its way back.
  test("given back before it was shared buys nothing; paid again it does", async () => {
    const { here } = await house.bulkCity(2);
    const bulk = await openOrder(here, linesFor([500, 700]));
    await payAll(here, bulk);
    await giveBack(here, bulk);
    await deliver(here);
    expect(await statesOf(here, bulk)).toEqual(["quoted", "quoted"]);
    await payAll(here, bulk, 2);
    await deliver(here);
    expect(await statesOf(here, bulk)).toEqual(["vended", "vended"]);
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });

  test("given back after its tokens: what was not sold comes back first, the rest is flagged", async () => {
    const { here, meters } = await house.bulkCity(3);
    const bulk = await openOrder(here, linesFor([500, 700, 900]));
    await changed(here, meters[1]!.id, { freeTenths: 0, state: "blocked" });
    await payAll(here, bulk);
    await deliver(here);
    expect(await statesOf(here, bulk)).toEqual(["vended", "paid", "vended"]);
    await giveBack(here, bulk);
    // At this very moment its meter is in service again: what is on its way back buys nothing.
    await changed(here, meters[1]!.id, { freeTenths: 0, state: "active" });
    await vend(here, bulk.lines[1]!.purchaseId, { tries: 0 });
    expect(await tokensOf(here, bulk)).toHaveLength(2);
    for (let i = 0; i < 3; i++) await deliver(here);
    expect(await statesOf(here, bulk)).toEqual(["vended", "refunded", "vended"]);
    const flagged = await orderNow(here, bulk);
    expect(flagged).toMatchObject({ leftMinor: 0, wentBackAt: expect.any(String) });
    expect(await openBooks(here)).toEqual([[`due:${bulk.billId}`, 1_400]]);
    // Its purchase is over, and buys nothing any more.
    await expect(goneOn(here, bulk.lines[1]!.purchaseId)).rejects.toMatchObject({ kind: "conflict" });
    expect(await takenBack(here, bulk.lines[1]!.purchaseId)).toBe(false);
    await expect(saleUndone(here, bulk.lines[0]!.purchaseId)).rejects.toMatchObject({ kind: "forbidden_transition" });
    expect(await tokensOf(here, bulk)).toHaveLength(2);
    await bulkSeen(here, bulk.id, "two");
    expect(await bulkStore(here).waiting(9)).toEqual([]);
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });

  // Guards against revenue that is given away, and a debt with it, since two looked at an order at one moment.
  test("what was not sold is credited once, though two see it at the same moment", async () => {
    const { here, meters } = await house.bulkCity(2);
    const bulk = await openOrder(here, linesFor([900, 700]));
    await changed(here, meters[1]!.id, { freeTenths: 0, state: "blocked" });
    await payAll(here, bulk);
    await deliver(here);
    await giveBack(here, bulk);
    let isFirst = true;
    const ask: Here["ask"] = async (offer, args) => {
      if (offer.name === CreditBill.name && isFirst) {
        isFirst = false;
        await share(here, bulk.id);
      }
      return here.ask(offer, args);
    };
    await share({ ...here, ask }, bulk.id);
    expect(isFirst).toBe(false);
    expect(await books(here)).toMatchObject({ [`due:${bulk.billId}`]: 900, "revenue:prepaid_electricity": -900 });
  });

  // Guards against a hindered meter whose share is given back and sold all the same.
  test("one line that waits is undone by staff, and its part alone given back", async () => {
    const { here, meters } = await house.bulkCity(2);
    const bulk = await openOrder(here, linesFor([500, 700]));
    await changed(here, meters[0]!.id, { freeTenths: 0, state: "blocked" });
    await payAll(here, bulk);
    await deliver(here);
    const { purchaseId } = bulk.lines[0]!;
    expect((await saleUndone(here, purchaseId)).state).toBe("returned");
    await changed(here, meters[0]!.id, { freeTenths: 0, state: "active" });
    for (let i = 0; i < 2; i++) await deliver(here);
    expect(await statesOf(here, bulk)).toEqual(["refunded", "vended"]);
    await giveBack(here, bulk, 500);
    for (let i = 0; i < 2; i++) await deliver(here);
    expect(await orderNow(here, bulk)).toMatchObject({ leftMinor: 0 });
    expect(await openBooks(here)).toEqual([]);
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });

  // Guards against two tokens, or lost money, where somebody pays one purchase's own bill beside the order.
  test("a line whose own bill was paid takes no share: one token, and its share waits to be given back", async () => {
    const { here, at } = await house.bulkCity(2);
    const bulk = await openOrder(here, linesFor([500, 700]));
    const { purchaseId, meter, amountMinor } = bulk.lines[0]!;
    const expiresAt = new Date(at.now.getTime() + DAY_MS).toISOString();
    const own = { id: purchaseId, meter, amountMinor, now: new Date(bulk.createdAt), expiresAt };
    await pay(here, { ...(await raised(here, own)), amountMinor });
    await payAll(here, bulk);
    for (let i = 0; i < 2; i++) await deliver(here);
    expect(await statesOf(here, bulk)).toEqual(["vended", "vended"]);
    expect(await tokensOf(here, bulk)).toHaveLength(2);
    expect(await orderNow(here, bulk)).toMatchObject({ state: "paid", leftMinor: 500, stayed: [purchaseId] });
    expect(await openBooks(here)).toEqual([[`credit:${bulk.billId}`, -500]]);
    await giveBack(here, bulk, 500);
    for (let i = 0; i < 2; i++) await deliver(here);
    expect(await openBooks(here)).toEqual([]);
    expect(await bulkStore(here).waiting(9)).toEqual([]);
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });
});

describe("lines as they are typed", () => {
  test("are read with or without headings, separators and spaces, and written as they are read", () => {
    const want = [
      { line: 1, meter: "0425 7670 465", amountMinor: 1_250 },
      { line: 2, meter: "LAMP-7", amountMinor: 500 },
    ];
    for (const text of ["0425 7670 465;12,50\nLAMP-7;5", "0425 7670 465 12.50\nLAMP-7\t5"])
      expect(linesOf(text, "EUR"), text).toEqual(want);
    const headed = linesOf("amount,who,meter\n12.50,Awa,04257670465\n", "EUR");
    expect(headed).toEqual([{ line: 2, meter: "04257670465", amountMinor: 1_250 }]);
    expect(linesOf("رقم العدّاد;المبلغ\n٠٤٢٥;١٢٫٥\n", "EUR")).toEqual([{ line: 2, meter: "٠٤٢٥", amountMinor: 1_250 }]);
    expect(linesOf("1;5000\n2;1,5\n3;\n", "XOF")).toEqual([
      { line: 1, meter: "1", amountMinor: 5_000 },
      { line: 2, meter: "2" },
      { line: 3, meter: "3" },
    ]);
    const lines = [{ meter: "04257670465", amountMinor: 1_250 }];
    expect(linesOf(textOfLines(lines, "EUR"), "EUR")).toEqual([{ line: 1, ...lines[0] }]);
    expect(linesOf("meter,amount\n", "EUR")).toEqual([]);
    expect(linesOf("1;5\n".repeat(70), "EUR")).toHaveLength(51);
    expect(linesOf("1;9999999999999\n", "EUR")).toEqual([{ line: 1, meter: "1" }]);
    expect(() => linesOf('1;5\n2;"5\n', "EUR")).toThrow("Line 2");
  });
});
