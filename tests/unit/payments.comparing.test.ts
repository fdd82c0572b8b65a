import { afterAll, beforeAll, expect, test } from "vitest";
import { referenceOf } from "../../functions/billing/domain.ts";
import { billStore } from "../../functions/billing/store.ts";
import { keepAccount } from "../../functions/payments/accounts.ts";
import { ReconcileDay } from "../../functions/payments/events.ts";
import { comparedInTheNight, heard } from "../../functions/payments/hearing.ts";
import { openPayment } from "../../functions/payments/paying.ts";
import { askNow } from "../../functions/payments/questions.ts";
import { reconcileDay, reconciliationOf, reconciliations } from "../../functions/payments/reconciling.ts";
import { FeeRule } from "../../functions/payments/schema.ts";
import { type StandIns, startStandIns } from "../../functions/payments/stand-in/hub.ts";
import { paymentStore } from "../../functions/payments/store.ts";
import { cityRooms } from "../../functions/rooms.ts";
import { deliverDue } from "../../shared/courier.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { anyBill, innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
let hub: StandIns;
let now = new Date("2026-11-20T12:00:00Z");
beforeAll(async () => {
  inner = await innerHouse();
  hub = await startStandIns({ now: () => now });
});
afterAll(async () => {
  await hub.stop();
  await inner.stop();
});

const comparing = cityRooms.flatMap(({ tasks }) => tasks).filter(({ name }) => name === ReconcileDay.name);
async function until(here: Here, at: { now: Date }, when: string): Promise<string[]> {
  at.now = new Date(when);
  now = at.now;
  while ((await deliverDue(here, [], comparing)) > 0);
  return (await reconciliations(here, { limit: 50 })).days.map(({ day }) => day).sort();
}

/** A city with a wallet at pawaPay, at this time; and who pays a bill of so much with it. */
async function walletCity(when: string) {
  const { here, at } = inner.newHere({ currency: "XOF", country: "CI" });
  Object.assign(here, { settings: { ...here.settings, HANSA_STAND_INS: hub.url } });
  now = new Date(when);
  at.now = now;
  const account = { id: "wallet", name: "Wallet", rail: "pawapay" as const, kinds: [], fee: FeeRule.parse({}) };
  await keepAccount(here, { ...account, isStandIn: true, isOpen: true, setUp: false }, "http://localhost");
  return {
    ...{ here, at },
    async pay(amountMinor: number, msisdn: string) {
      const bill = anyBill(here, amountMinor, "XOF");
      const reference = referenceOf(bill.id);
      await billStore(here).issue({ ...bill, reference });
      const order = { reference, account: "wallet", msisdn };
      return openPayment(here, { order, lang: "fr", origin: "http://localhost", titleOf: () => "Eau" });
    },
  };
}

// Guards against money of a quiet day, of which every callback was lost: nobody asked for a statement of such a day.
test("once a day of an account was compared, each following one is, also after a pause, until it is closed", async () => {
  const { here, at } = inner.newHere({ currency: "XOF", country: "CI" });
  Object.assign(here, { settings: { ...here.settings, HANSA_STAND_INS: hub.url } });
  const wallet = {
    id: "wallet",
    name: "Wallet",
    rail: "gsma" as const,
    kinds: [],
    fee: FeeRule.parse({}),
    isStandIn: true,
    isOpen: true,
  };
  await keepAccount(here, { ...wallet, setUp: false }, "http://localhost");
  at.now = now;
  await here.commit([comparedInTheNight("wallet", "2026-11-20")]);
  expect(await until(here, at, "2026-11-21T02:59:59Z")).toEqual([]);
  expect(await until(here, at, "2026-11-21T03:00:00Z")).toEqual(["2026-11-20"]);
  expect(await until(here, at, "2026-11-22T03:00:00Z")).toEqual(["2026-11-20", "2026-11-21"]);
  // The house was away for two nights.
  const all = ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"];
  expect(await until(here, at, "2026-11-25T12:00:00Z")).toEqual(all);
  await keepAccount(here, { ...wallet, isOpen: false, setUp: false }, "http://localhost");
  // That of the day on which it was closed is planned already; none follows.
  expect(await until(here, at, "2026-11-29T12:00:00Z")).toEqual([...all, "2026-11-25"]);
});

// Guards against a statement that is made for minutes, is not waited for, and never read.
test("a statement that the provider makes by and by is looked for again, and settles what no callback told of", async () => {
  const { here, at, pay } = await walletCity("2026-12-01T12:00:00Z");
  const payment = await pay(1_250, "+2250700000013");
  const stateOf = async () => (await paymentStore(here).get(payment.id)).state;
  await here.commit([comparedInTheNight("wallet", "2026-12-01")]);
  expect(await until(here, at, "2026-12-02T03:00:00Z")).toEqual([]);
  expect(await stateOf()).toBe("pending");
  expect(await until(here, at, "2026-12-02T03:01:00Z")).toEqual(["2026-12-01"]);
  expect(await stateOf()).toBe("settled");
  const [day] = (await reconciliations(here, { limit: 1 })).days;
  expect(day).toMatchObject({
    lines: 1,
    statedMinor: 1_250,
    bookedMinor: 1_250,
    feesMinor: 12,
    mismatchCount: 0,
    heardNow: 1,
  });
  expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  expect((await here.table.query({ pk: "COMPARING_ASKED" })).items).toEqual([]);
  expect((await here.ledger.at()).balance("provider:pawapay:wallet", "XOF")).toBe(1_238);
});

// Guards against money that was under way while its day was compared, of which what the provider kept is never booked.
test("a day of which something was decided after its night is compared once more", async () => {
  const { here, at, pay } = await walletCity("2026-12-05T23:50:00Z");
  const atOnce = await pay(1_250, "+2250700000033");
  await askNow(here, atOnce);
  const slow = await pay(2_000, "+2250700000042");
  await until(here, at, "2026-12-06T03:00:00Z");
  await until(here, at, "2026-12-06T03:01:00Z");
  expect(await reconciliationOf(here, "wallet", "2026-12-05")).toMatchObject({ lines: 1, feesMinor: 12 });
  await fetch(`${hub.url}/pawapay/_payer/${slow.sessionId}`, { method: "POST", body: JSON.stringify({ does: "pay" }) });
  await askNow(here, slow);
  expect(await paymentStore(here).get(slow.id)).toMatchObject({ state: "settled" });
  await until(here, at, "2026-12-06T04:01:00Z");
  await until(here, at, "2026-12-06T04:02:00Z");
  const sums = { lines: 2, statedMinor: 3_250, bookedMinor: 3_250, feesMinor: 32, mismatchCount: 0 };
  expect(await reconciliationOf(here, "wallet", "2026-12-05")).toMatchObject(sums);
  expect((await here.ledger.at()).balance("provider:pawapay:wallet", "XOF")).toBe(3_250 - 32);
});

// Guards against a difference that is seen, and that a comparison which began before it makes all right again.
test("of two comparisons of one day at once, the one that began before the other ended is made again", async () => {
  const { here, at } = inner.newHere({ currency: "XOF", country: "CI" });
  Object.assign(here, { settings: { ...here.settings, HANSA_STAND_INS: hub.url } });
  now = new Date("2026-12-11T12:00:00Z");
  at.now = now;
  const given = { id: "wallet", name: "Wallet", rail: "gsma" as const, kinds: [], fee: FeeRule.parse({}) };
  const account = await keepAccount(
    here,
    { ...given, isStandIn: true, isOpen: true, setUp: false },
    "http://localhost",
  );
  const compare = (on: Here) => reconcileDay(on, "wallet#2026-12-10", { tries: 0 });
  const foundNow = async () => (await reconciliationOf(here, "wallet", "2026-12-10")).mismatchCount;
  let isHeard = false;
  const commit: Here["commit"] = async (writes, events) => {
    if (!isHeard && writes.some((write) => "put" in write && write.put.pk.startsWith("RECONCILIATION#"))) {
      isHeard = true;
      // Money that the provider's own list does not have.
      const word = { about: "payment", says: "paid", sessionId: "", amountMinor: 500, currency: "XOF" } as const;
      await heard(here, account, { ...word, providerRef: "T1", at: "2026-12-10T10:00:00.000Z" }, "callback");
      await compare(here);
      expect(await foundNow()).toBe(1);
    }
    return here.commit(writes, events);
  };
  await expect(compare({ ...here, commit })).rejects.toThrow(ConditionFailed);
  expect(isHeard).toBe(true);
  expect(await foundNow()).toBe(1);
});
