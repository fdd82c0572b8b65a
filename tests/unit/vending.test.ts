import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { billStore } from "../../functions/billing/store.ts";
import { startAllStandIns } from "../../functions/local/stand-ins.ts";
import { TakePayment } from "../../functions/payments/events.ts";
import { approveRefund, askRefund } from "../../functions/payments/refunds.ts";
import type { StandIns } from "../../functions/payments/stand-in/hub.ts";
import { paymentStore } from "../../functions/payments/store.ts";
import { cityRooms } from "../../functions/rooms.ts";
import { buy } from "../../functions/vending/buying.ts";
import { runKeyCampaign, startedCampaign, stoppedCampaign } from "../../functions/vending/campaigns.ts";
import { grouped, hindranceOf, moved, NEXT, orderTime, readNumber } from "../../functions/vending/domain.ts";
import { saleUndone, triedAgain } from "../../functions/vending/mending.ts";
import { tokenText } from "../../functions/vending/messages.ts";
import { registered } from "../../functions/vending/meters.ts";
import type { KeptPurchase, NewMeter, PurchaseState } from "../../functions/vending/schema.ts";
import { keepDeviceKey } from "../../functions/vending/sources/settings.ts";
import { vendingStore } from "../../functions/vending/store.ts";
import { vendNow } from "../../functions/vending/vending.ts";
import { deliverDue } from "../../shared/courier.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { monthOf, monthRange } from "../../shared/time.ts";
import { innerHouse } from "../setup/inner.ts";

const TARIFF = {
  names: { en: "Power" },
  kind: "electricity" as const,
  currency: "EUR",
  bands: [{ upTo: 50, price: "0.10" }, { price: "0.20" }],
  fixedMinor: 0,
  vatBasisPoints: 0,
  rounding: { mode: "half_up" as const, toMinor: 1 },
};
const STS: NewMeter = {
  source: "sts",
  number: "04257670465",
  resource: "electricity",
  key: { supplyGroup: "123456", keyRevision: 2, tariffIndex: "07", baseYear: 2014 },
  freeTenths: 0,
};
const DEVICE: NewMeter = { source: "openpaygo", number: "LAMP-7", resource: "electricity", freeTenths: 0 };

let inner: Awaited<ReturnType<typeof innerHouse>>;
let standIns: StandIns;
beforeAll(async () => {
  [inner, standIns] = await Promise.all([innerHouse(), startAllStandIns()]);
});
afterAll(async () => {
  await inner.stop();
  await standIns.stop();
});

const listeners = cityRooms.flatMap((room) =>
  room.reactions.map((reaction) => ({ ...reaction, name: `${room.name}/${reaction.type}` })),
);
const taskers = cityRooms.flatMap(({ tasks }) => tasks);
const deliver = (here: Here) => deliverDue(here, listeners, taskers);

async function vendingCity(meter: NewMeter, isSynthetic = true) {
  const { here, at } = inner.newHere({ isSynthetic });
  // Facts are told by the machine's clock: the city's is a little ahead, so that all of them are due.
  at.now = new Date(Date.now() + 60_000);
  await billStore(here).keepTariff(newId("trf", at.now), TARIFF, at.now);
  const { meter: kept } = await registered(here, meter);
  const standIn = (url: string | undefined) =>
    Object.assign(here, { settings: { ...here.settings, HANSA_STAND_INS: url } });
  standIn(standIns.url);
  return { here, at, meter: kept, standIn };
}
const open = async (here: Here, meter: NewMeter, amountMinor: number) =>
  (await buy(here, { meter: meter.number, amountMinor }, "en")).purchase;
const pay = (here: Here, { reference, amountMinor, id }: KeptPurchase) =>
  here.ask(TakePayment, {
    id: `cash:${id}`,
    reference,
    amountMinor,
    currency: "EUR",
    via: { rail: "cash", account: "till_1", providerRef: id },
    at: here.clock.now().toISOString(),
  });
const now = async (here: Here, { id }: { id: string }) => (await vendingStore(here).purchase(id)).is;
const books = async (here: Here) =>
  Object.fromEntries((await here.ledger.at()).list("").map((one) => [one.account, one.balanceMinor]));

describe("the life of a purchase", () => {
  test("goes by its table alone", () => {
    const states = Object.keys(NEXT) as PurchaseState[];
    for (const from of states)
      for (const to of states) {
        const purchase = { state: from } as KeptPurchase;
        if (NEXT[from].includes(to)) expect(moved(purchase, to).state).toBe(to);
        else expect(() => moved(purchase, to)).toThrow(`cannot become ${to}`);
      }
  });

  // Guards against a payer who is asked to pay again because a vending server is away, and against two tokens after it.
  test("waits for a source that is away, says so, and ends with one token", async () => {
    const { here, at, meter, standIn } = await vendingCity(STS);
    standIn(undefined);
    const purchase = await open(here, STS, 1_000);
    await pay(here, purchase);
    await deliver(here);
    expect(await now(here, purchase)).toMatchObject({ state: "ordered", hindrance: "source_away" });
    expect((await vendingStore(here).waiting(10)).purchases).toHaveLength(1);
    standIn(standIns.url);
    await deliver(here);
    expect((await now(here, purchase)).state).toBe("ordered");
    at.now = new Date(at.now.getTime() + 60_000);
    await deliver(here);
    const vended = await now(here, purchase);
    expect(vended).toMatchObject({ state: "vended", tokens: [{ what: "credit", isTest: true }] });
    expect(vended.hindrance).toBeUndefined();
    expect((await vendingStore(here).waiting(10)).purchases).toEqual([]);

    // Woken again, as often as events come again: nothing more is ordered.
    for (let i = 0; i < 3; i++) {
      await here.commit([vendNow(here, purchase.id)]);
      await deliver(here);
    }
    expect(await now(here, purchase)).toEqual(vended);
    expect((await vendingStore(here).ordersOf(meter.id, { limit: 10 })).orders).toHaveLength(1);
    expect(tokenText(here, vended)).toMatch(
      /^TEST Inner city: token for meter 04257670465: (\d{4} ){4}\d{4} \(75 kWh\)\. Reference /,
    );
  });

  test("expires unpaid, and what is paid too late buys nothing", async () => {
    const { here, at } = await vendingCity(STS);
    const purchase = await open(here, STS, 1_000);
    at.now = new Date(at.now.getTime() + 24 * 3_600_000 + 1_000);
    await deliver(here);
    expect((await now(here, purchase)).state).toBe("expired");
    expect((await pay(here, purchase)).outcome).toBe("suspense");
    await deliver(here);
    expect((await now(here, purchase)).tokens).toBeUndefined();
  });

  // Guards against steps and free units that are used again by purchases opened before the first was paid.
  test("is sold by the month as it is when it is paid, and says what was shown before", async () => {
    const { here, at } = await vendingCity({ ...STS, freeTenths: 50 });
    const first = await open(here, STS, 500);
    const second = await open(here, STS, 500);
    const third = await open(here, STS, 500);
    expect(second.quote).toEqual(first.quote);
    await pay(here, first);
    await deliver(here);
    await pay(here, second);
    await deliver(here);
    expect((await now(here, first)).sale).toEqual(first.quote);
    expect((await now(here, second)).sale).toMatchObject({ tenths: 250, freeTenths: 0 });
    at.now = monthRange(monthOf(at.now, "UTC"), "UTC").to;
    const fresh = await open(here, STS, 500);
    await pay(here, fresh);
    await deliver(here);
    expect((await now(here, fresh)).sale).toMatchObject({ tenths: 500, freeTenths: 50 });
    expect((await now(here, third)).tokens).toBeUndefined();
  });

  // Guards against money that is kept for a token that nobody can make.
  test("whose token is refused is mended and goes on; or its sale is undone, to the cent", async () => {
    const { here } = await vendingCity(DEVICE, false);
    const [one, two] = [await open(here, DEVICE, 505), await open(here, DEVICE, 300)];
    await pay(here, one);
    await deliver(here);
    const failed = await now(here, one);
    expect(failed).toMatchObject({ state: "failed", sale: { tenths: 500, keptMinor: 5 } });
    const before = await books(here);
    expect(before).toMatchObject({ [`credit:${one.meterId}`]: -5, "revenue:prepaid_electricity": -500 });

    expect((await saleUndone(here, one.id)).state).toBe("returned");
    const after = await books(here);
    expect(after[`credit:${one.billId}`]).toBe(-505);
    expect([after[`credit:${one.meterId}`], after["revenue:prepaid_electricity"]]).toEqual([undefined, undefined]);
    await expect(saleUndone(here, one.id)).rejects.toMatchObject({ kind: "forbidden_transition" });
    expect((await vendingStore(here).meter(one.meterId)).is.bought?.tenths).toBe(0);

    await pay(here, two);
    await deliver(here);
    const refused = await now(here, two);
    expect(refused.state).toBe("failed");
    await keepDeviceKey(here, DEVICE.number, { secretKey: "00".repeat(16), takesLong: false });
    await triedAgain(here, refused.orderIds[0]!);
    await deliver(here);
    const mended = await now(here, two);
    expect(mended).toMatchObject({ state: "vended", sale: { tenths: 300 } });
    // A source answers an old order as before: what is tried again is another one, and only once.
    expect(mended.orderIds).not.toEqual(refused.orderIds);
    expect((await triedAgain(here, refused.orderIds[0]!)).id).toBe(mended.orderIds[0]);

    // What was undone is given back like any payment, and then nobody owes anything.
    const [payment] = (
      await paymentStore(here).ofMonth(monthOf(here.clock.now(), "UTC"), { limit: 10 })
    ).payments.filter(({ billId }) => billId === one.billId);
    const refund = await askRefund(here, { paymentId: payment!.id }, { reason: "no token" }, "one");
    await approveRefund(here, refund.id, { id: "two", isAdministrator: true });
    await deliver(here);
    expect((await now(here, one)).state).toBe("refunded");
    const end = await books(here);
    expect([end[`due:${one.billId}`], end[`credit:${one.billId}`]]).toEqual([undefined, undefined]);
    expect((await vendingStore(here).waiting(10)).purchases).toEqual([]);
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });
});

describe("changes of keys", () => {
  const old: NewMeter = { ...STS, key: { ...STS.key, keyRevision: 1, baseYear: 1993 } } as NewMeter;
  const to = { keyRevision: 2, baseYear: 2014 as const };

  // Guards against a campaign begun by mistake that goes on, and against meters that it leaves without credit.
  test("a campaign waits for its source; stopped, it leaves every meter without tokens as it was", async () => {
    const { here, at, meter, standIn } = await vendingCity(old);
    standIn(undefined);
    const { campaign } = await startedCampaign(here, { to }, "one");
    await deliver(here);
    const marked = (await vendingStore(here).meter(meter.id)).is;
    expect(marked.keyChange).toMatchObject({ state: "to_do", campaignId: campaign.id });
    expect((await vendingStore(here).campaign(campaign.id)).is).toMatchObject({
      state: "issuing",
      meters: 1,
      issued: 0,
    });
    at.now = new Date(at.now.getTime() + 10_000);
    standIn(standIns.url);
    await deliver(here);
    expect((await vendingStore(here).campaign(campaign.id)).is).toMatchObject({ state: "done", issued: 1 });

    for (const number of ["01234567897", "12345678903"]) await registered(here, { ...old, number } as NewMeter);
    standIn(undefined);
    const second = (await startedCampaign(here, { to, supplyGroup: "123456" }, "one")).campaign;
    await deliver(here);
    const changes = async () =>
      (await vendingStore(here).meters({ limit: 10 })).meters.flatMap(({ keyChange }) =>
        keyChange?.campaignId === second.id ? [keyChange] : [],
      );
    expect((await changes()).map(({ state }) => state)).toEqual(["to_do", "to_do"]);
    await stoppedCampaign(here, second.id);
    await deliver(here);
    expect((await vendingStore(here).campaign(second.id)).is.state).toBe("stopped");
    // Of one the tokens are on their way already.
    const left = await changes();
    expect([left.length, left[0]?.orderId]).toEqual([1, expect.any(String)]);
    expect((await vendingStore(here).meter(meter.id)).is.keyChange?.state).toBe("issued");
  });

  // Guards against a key that is changed with the next purchase, for a campaign that somebody has stopped.
  test("a campaign that is stopped while a page of meters is looked at marks none of them afterwards", async () => {
    const { here, meter } = await vendingCity(old);
    const { campaign } = await startedCampaign(here, { to }, "one");
    let isStopped = false;
    const commit: Here["commit"] = async (...of) => {
      if (!isStopped) {
        isStopped = true;
        await stoppedCampaign(here, campaign.id);
        await deliver(here);
      }
      return here.commit(...of);
    };
    await runKeyCampaign({ ...here, commit }, campaign.id, { tries: 0 });
    expect((await vendingStore(here).campaign(campaign.id)).is).toMatchObject({ state: "stopped", meters: 0 });
    expect((await vendingStore(here).meter(meter.id)).is.keyChange).toBeUndefined();
  });
});

describe("small rules", () => {
  test("digits are grouped as they are read", () => {
    expect(grouped("12345678901234567890")).toBe("1234 5678 9012 3456 7890");
    expect([grouped("123456789"), grouped("123456789012")]).toEqual(["123 456 789", "1234 5678 9012"]);
    expect(readNumber(" 0425-7670 465 ")).toBe("04257670465");
    expect(readNumber("lamp-7")).toBe("LAMP-7");
  });

  test("orders of one meter are apart, and never go back", () => {
    const at = new Date("2026-11-23T12:00:00Z");
    expect(orderTime({}, at)).toBe(at.toISOString());
    expect(orderTime({ orderedAt: "2026-11-23T11:58:00.000Z" }, at)).toBe("2026-11-23T12:03:00.000Z");
    expect(orderTime({ orderedAt: "2026-11-23T13:00:00.000Z" }, at)).toBe("2026-11-23T13:05:00.000Z");
  });

  test("the base year 1993 was used up on 24 November 2024 at 20:16", async () => {
    const { meter } = await vendingCity({ ...STS, key: { ...STS.key, baseYear: 1993 } } as NewMeter);
    expect(hindranceOf(meter, new Date("2024-11-24T20:15:59Z"))).toBeUndefined();
    expect(hindranceOf(meter, new Date("2024-11-24T20:16:00Z"))).toBe("key_expired");
  });
});
