import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { referenceOf } from "../../functions/billing/domain.ts";
import { billStore } from "../../functions/billing/store.ts";
import { keepAccount } from "../../functions/payments/accounts.ts";
import { CompareFile, ReconcileDay } from "../../functions/payments/events.ts";
import { takeFile } from "../../functions/payments/filed/taking.ts";
import { openPayment } from "../../functions/payments/paying.ts";
import { reconciliations } from "../../functions/payments/reconciling.ts";
import { approveRefund, askRefund, refundOf } from "../../functions/payments/refunds.ts";
import { FeeRule } from "../../functions/payments/schema.ts";
import { type StandIns, startStandIns } from "../../functions/payments/stand-in/hub.ts";
import { paymentStore } from "../../functions/payments/store.ts";
import { suspenseList } from "../../functions/payments/suspense.ts";
import { cityRooms } from "../../functions/rooms.ts";
import { deliverDue } from "../../shared/courier.ts";
import { mtnFile } from "../filed.ts";
import { anyBill, innerHouse } from "../setup/inner.ts";

// What a file does to the days that it covers, with a clock and a provider that the test moves.

let inner: Awaited<ReturnType<typeof innerHouse>>;
let hub: StandIns;
let now = new Date("2026-11-20T12:00:00Z");
beforeAll(async () => {
  inner = await innerHouse();
  hub = await startStandIns({ now: () => now });
});
afterEach(() => {
  hub.weather.isAway = false;
});
afterAll(async () => {
  await hub.stop();
  await inner.stop();
});

const comparing = cityRooms
  .flatMap(({ tasks }) => tasks)
  .filter(({ name }) => name === ReconcileDay.name || name === CompareFile.name);

async function begun(rail: "momo" | "orange") {
  const { here, at } = inner.newHere({ currency: "XOF", country: "CI" });
  Object.assign(here, { settings: { ...here.settings, HANSA_STAND_INS: hub.url } });
  const until = async (when: string) => {
    now = new Date(when);
    at.now = now;
    while ((await deliverDue(here, [], comparing)) > 0);
  };
  await until("2026-11-20T12:00:00Z");
  const account = { id: "wallet", name: "W", rail, kinds: [], fee: FeeRule.parse({}), isStandIn: true, isOpen: true };
  await keepAccount(here, { ...account, setUp: false }, "http://localhost");
  const bill = anyBill(here, 1_250, "XOF");
  const reference = referenceOf(bill.id);
  await billStore(here).issue({ ...bill, reference });
  const order = { reference, account: "wallet", ...(rail === "momo" ? { msisdn: "+2250500000012" } : {}) };
  const payment = await openPayment(here, { order, lang: "fr", origin: "http://localhost", titleOf: () => "Eau" });
  const hand = (text: string) =>
    takeFile(here, account, { file: new TextEncoder().encode(text), naming: {}, by: "test" });
  const days = async () => (await reconciliations(here, { limit: 50 })).days;
  const waiting = async () => (await suspenseList(here, { limit: 50 })).suspense;
  return { here, payment, hand, until, days, waiting };
}

// Guards against a payment of which the provider could have told, and whose money was taken for nobody's.
test("a line that names no payment waits for a provider that is away, for a day and no longer", async () => {
  const { here, payment, hand, until, days, waiting } = await begun("orange");
  const path = `${hub.url}/orange/_payer/${payment.sessionId}`;
  await fetch(path, { method: "POST", body: JSON.stringify({ does: "pay" }) });
  const portal = await (await fetch(`${hub.url}/orange/_portal?payment=${payment.id}`)).text();
  hub.weather.isAway = true;
  await until("2026-11-21T08:00:00Z");
  await hand(portal);
  await until("2026-11-21T08:01:00Z");
  expect([await days(), await waiting()]).toEqual([[], []]);
  hub.weather.isAway = false;
  await until("2026-11-21T11:02:00Z");
  expect(await days()).toMatchObject([{ day: "2026-11-20", statedMinor: 1_250, bookedMinor: 1_250, mismatchCount: 0 }]);
  expect((await paymentStore(here).get(payment.id)).state).toBe("settled");
  expect(await waiting()).toEqual([]);

  const { hand: handTo, until: then, waiting: left } = await begun("orange");
  await then("2026-11-21T08:00:00Z");
  hub.weather.isAway = true;
  await handTo(portal.replace(/MP[0-9A-F]{12}/, "MP0000000000AB"));
  const hours = (n: number) => new Date(Date.parse("2026-11-21T08:01:00Z") + n * 3_600_000).toISOString();
  for (let n = 0; n < 24; n += 3) await then(hours(n));
  expect(await left()).toEqual([]);
  await then(hours(24));
  expect(await left()).toMatchObject([{ amountMinor: 1_250, providerRef: "MP0000000000AB" }]);
});

test("a refund of which nobody heard is paid by its line; other money that goes out is summed, and booked nowhere", async () => {
  const { here, payment, hand, until, days } = await begun("momo");
  const at = new Date("2026-11-20T12:00:00Z");
  await until("2026-11-20T13:00:00Z");
  await hand(mtnFile({ id: "9001", externalId: payment.id, amount: 1_250, at }));
  await until("2026-11-20T13:00:01Z");
  const asked = await askRefund(here, { paymentId: payment.id }, { amountMinor: 250, reason: "x" }, "one");
  await approveRefund(here, asked.id, { id: "two", isAdministrator: true });
  await until("2026-11-21T08:00:00Z");
  // The evening of its first day: all of it is covered from here on.
  const evening = new Date("2026-11-20T22:00:00Z");
  const lines = [
    { id: "9002", externalId: asked.id, amount: -250, at: evening },
    { id: "9003", amount: -900, at: evening },
  ];
  await hand(mtnFile(...lines));
  await until("2026-11-21T08:01:00Z");
  expect(await refundOf(here, asked.id)).toMatchObject({ state: "paid", providerRef: "9002" });
  const [day] = await days();
  expect(day).toMatchObject({ day: "2026-11-20", lines: 2, statedMinor: 1_000, bookedMinor: 1_000, outMinor: 900 });
  expect(day).toMatchObject({ mismatchCount: 0 });
  expect(day!.awaitsFile).toBeUndefined();
  expect((await here.ledger.at()).balance("provider:momo:wallet", "XOF")).toBe(1_000);
  expect(await here.ledger.prove()).toMatchObject({ isSound: true });
});

// Guards against a day of which nobody notices that it was never compared.
test("a day with money and without a file waits for it, also when the file ends before the day does", async () => {
  const { payment, hand, until, days } = await begun("momo");
  const at = new Date("2026-11-20T12:00:00Z");
  await until("2026-11-20T15:00:00Z");
  await hand(mtnFile({ id: "9001", externalId: payment.id, amount: 1_250, at }));
  await until("2026-11-20T15:01:00Z");
  expect(await days()).toMatchObject([{ day: "2026-11-20", awaitsFile: true, mismatchCount: 0, lines: 1 }]);
  // In the night it is compared again, and still waits; of the day after there is nothing to say.
  await until("2026-11-22T03:00:00Z");
  expect(await days()).toMatchObject([{ day: "2026-11-20", awaitsFile: true }]);
  await hand(mtnFile({ id: "9004", amount: 5, at: new Date("2026-11-20T16:00:00Z") }));
  await until("2026-11-22T03:01:00Z");
  const [day] = await days();
  expect(day).toMatchObject({ lines: 2, statedMinor: 1_255, bookedMinor: 1_255 });
  expect(day!.awaitsFile).toBeUndefined();
});
