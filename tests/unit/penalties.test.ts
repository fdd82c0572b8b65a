import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PenaltiesOf, RaiseDue } from "../../functions/billing/events.ts";
import { agree } from "../../functions/billing/instalments.ts";
import { lateOf } from "../../functions/billing/late.tsx";
import { approveRelief, askRelief } from "../../functions/billing/reliefs.ts";
import { billing } from "../../functions/billing/room.ts";
import { billStore } from "../../functions/billing/store.ts";
import { dashboard } from "../../functions/collection/dashboard.ts";
import { TakePayment } from "../../functions/payments/events.ts";
import { decideAmnesty, proposeAmnesty } from "../../functions/penalties/amnesties.ts";
import { endHold, holdPenalties } from "../../functions/penalties/holds.ts";
import { decideRule, proposeRule } from "../../functions/penalties/rules.ts";
import { NewAmnesty, NewPenaltyRule } from "../../functions/penalties/schema.ts";
import { penaltyStore } from "../../functions/penalties/store.ts";
import { cityRooms } from "../../functions/rooms.ts";
import { deliverDue } from "../../shared/courier.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

const taskers = cityRooms.flatMap(({ tasks }) => tasks);
const MONTHLY = { type: "monthly", basisPoints: 500, minimumMinor: 0 };

/** A city with this rule for waste, whose bills are due after 10 days, with 5 of grace; its clock begins on 1 March. */
async function cityWith(rule: object = {}) {
  const { here, at } = inner.newHere();
  at.now = new Date("2031-03-01T12:00:00Z");
  const told = async () => {
    for (let turns = 0; turns < 6; turns++) {
      await deliverDue(here, inner.house.listeners, taskers);
      at.now = new Date(at.now.getTime() + 5_000); // what waits for events to come in looks again
    }
  };
  const asks = NewPenaltyRule.parse({
    ...{ kinds: ["waste"], fromOn: "2031-03-01", dueAfterDays: 10, graceDays: 5, charge: MONTHLY },
    ...rule,
  });
  const { rule: proposed } = await proposeRule(here, asks, "usr_1");
  await decideRule(here, proposed.id, "approved", "usr_2");
  let made = 0;
  const raise = async (netMinor = 10_000) => {
    const due = await here.ask(RaiseDue, {
      ...{ id: `test:${made++}`, kind: "waste", titles: { en: "Bin" }, period: "2031", netMinor, vatMinor: 0 },
      currency: "EUR",
    });
    await told();
    return due;
  };
  const pay = async (reference: string, amountMinor: number, on?: string) => {
    const id = `cash:${made++}`;
    await here.ask(TakePayment, {
      ...{ id, reference, amountMinor, currency: "EUR" },
      via: { rail: "bank", account: "bka_1", providerRef: id },
      at: on === undefined ? at.now.toISOString() : `${on}T12:00:00Z`,
    });
    await told();
  };
  /** The night of a day, with all that falls due in it. */
  const night = async (on: string) => {
    at.now = new Date(`${on}T04:00:00Z`);
    await told();
  };
  const of = (billId: string) => here.ask(PenaltiesOf, { billId });
  const sums = async (billId: string) => {
    const { penalties, penaltyMinor, dueMinor } = await of(billId);
    return [penalties.map(({ amountMinor }) => amountMinor), penaltyMinor, dueMinor];
  };
  return { here, at, told, raise, pay, night, of, sums };
}
type TestCity = Awaited<ReturnType<typeof cityWith>>;

/** The figures that collection counts from events are the ledger's own, and the journal is whole. */
async function isEqualToTheLedger({ here }: Pick<TestCity, "here">) {
  const { figures } = await dashboard(here, "EUR");
  expect(figures.totals.openMinor).toBe(figures.ledgerDueMinor);
  const { totals } = figures;
  expect(totals.billedMinor).toBe(totals.collectedMinor + totals.writtenOffMinor + totals.openMinor);
  expect(await here.ledger.prove()).toMatchObject({ isSound: true });
}

describe("penalties", () => {
  // Guards against a penalty that is charged twice, or on a day that nobody could know.
  test("fall each month that has begun after the grace, once however often it is looked at, up to the cap", async () => {
    const city = await cityWith({ capBasisPoints: 1_200 });
    const { billId } = await city.raise();
    expect((await lateOf(city.here, await billStore(city.here).get(billId))).terms).toMatchObject({
      dueOn: "2031-03-11",
      graceUntilOn: "2031-03-16",
    });
    await city.night("2031-03-16");
    expect(await city.sums(billId)).toEqual([[], 0, 10_000]);
    await city.night("2031-03-17");
    await city.night("2031-03-17");
    await city.night("2031-04-16");
    expect(await city.sums(billId)).toEqual([[500], 500, 10_500]);
    await city.night("2031-04-17");
    await city.night("2031-05-17");
    await city.night("2031-06-17");
    // 5 %, 5 %, and what is left of 12 %.
    expect(await city.sums(billId)).toEqual([[500, 500, 200], 1_200, 11_200]);
    const bill = await billStore(city.here).get(billId);
    expect(bill).toMatchObject({ totalMinor: 10_000, penaltyMinor: 1_200, state: "due" });
    expect(-(await city.here.ledger.balance("revenue:penalties", "EUR"))).toBe(1_200);
    const exported: string[] = [];
    for await (const { sk } of billing.collections["bill_penalties"]!(city.here)) exported.push(sk);
    expect(exported).toEqual(["P#0", "P#1", "P#2"]);
    await isEqualToTheLedger(city);
  });

  test("are of what is late alone, and stop when the bill itself is paid", async () => {
    const city = await cityWith();
    const { billId, reference } = await city.raise();
    await city.pay(reference, 6_000);
    await city.night("2031-03-17");
    expect(await city.sums(billId)).toEqual([[200], 200, 4_200]);
    await city.pay(reference, 4_000);
    await city.night("2031-04-17");
    expect(await city.sums(billId)).toEqual([[200], 200, 200]);
    await city.pay(reference, 200);
    expect((await billStore(city.here).get(billId)).state).toBe("paid");
    await isEqualToTheLedger(city);
  });

  // Guards against a payer who paid at the bank in time and is charged because the bank was slow.
  test("are taken back by a new entry when money that came in time is heard late", async () => {
    const city = await cityWith();
    const [one, part] = [await city.raise(), await city.raise()];
    await city.night("2031-03-18");
    expect(await city.sums(one.billId)).toEqual([[500], 500, 10_500]);
    await city.pay(one.reference, 10_000, "2031-03-15");
    expect(await city.sums(one.billId)).toEqual([[500], 0, 0]);
    expect((await city.of(one.billId)).remissions).toMatchObject([{ why: "recomputed", amountMinor: 500, step: "0" }]);
    expect((await billStore(city.here).get(one.billId)).state).toBe("paid");
    await city.pay(part.reference, 4_000, "2031-03-16");
    expect(await city.sums(part.billId)).toEqual([[500], 300, 6_300]);
    await city.night("2031-03-19");
    expect(await city.sums(part.billId)).toEqual([[500], 300, 6_300]);
    await isEqualToTheLedger(city);
  });

  test("follow a credit note back to the beginning; what it takes beyond the bill are penalties", async () => {
    const city = await cityWith();
    const credited = await city.raise();
    await city.night("2031-03-17");
    const relieve = async (billId: string, amountMinor: number) => {
      const asks = { kind: "credit_note" as const, amountMinor, reason: "Test" };
      const { id } = await askRelief(city.here, billId, asks, "usr_1");
      await approveRelief(city.here, id, "usr_2");
      await city.told();
    };
    await relieve(credited.billId, 6_000);
    expect(await city.sums(credited.billId)).toEqual([[500], 200, 4_200]);
    await relieve(credited.billId, 4_100);
    // Of a bill that was credited whole, nothing was ever late: the other 100 are taken back.
    expect(await city.sums(credited.billId)).toEqual([[500], 100, 0]);
    expect(await city.here.ledger.balance("revenue:penalties", "EUR")).toBe(0);
    await isEqualToTheLedger(city);
  });

  test("fall on no bill that is disputed, and not afterwards for that time", async () => {
    const city = await cityWith();
    const { billId } = await city.raise();
    await city.night("2031-03-16");
    await holdPenalties(city.here, billId, "The bin never came", "usr_1");
    await city.night("2031-03-17");
    await city.night("2031-03-20");
    await endHold(city.here, billId, "usr_1");
    await city.night("2031-03-21");
    expect(await city.sums(billId)).toEqual([[], 0, 10_000]);
    await city.night("2031-04-17");
    expect(await city.sums(billId)).toEqual([[500], 500, 10_500]);
  });

  // Guards against whoever keeps to what was agreed and is charged all the same.
  test("fall on late parts alone where parts were agreed", async () => {
    const city = await cityWith();
    const { billId, reference } = await city.raise(9_000);
    await agree(city.here, billId, { count: 3, firstOn: "2031-03-20" }, "usr_1");
    await city.night("2031-03-17");
    await city.pay(reference, 3_000, "2031-03-19");
    await city.night("2031-04-24");
    expect(await city.sums(billId)).toEqual([[], 0, 6_000]);
    // The second part of 3 000 was due on 20 April, with grace until the 25th.
    await city.night("2031-04-26");
    expect(await city.sums(billId)).toEqual([[150], 150, 6_150]);
    const { penalties } = await city.of(billId);
    expect(penalties[0]).toMatchObject({ baseMinor: 3_000, dueOn: "2031-04-20", on: "2031-04-26" });
    await city.pay(reference, 3_000);
    await city.night("2031-05-25");
    expect(await city.sums(billId)).toEqual([[150], 150, 3_150]);
    await isEqualToTheLedger(city);
  });

  test.each([
    ["a sum", { type: "fixed", amountMinor: 700 }, [700]],
    ["a share", { type: "once", basisPoints: 333, minimumMinor: 0 }, [333]],
    ["at least its minimum", { type: "once", basisPoints: 1, minimumMinor: 250 }, [250]],
    ["nothing", undefined, []],
  ])("%s falls once", async (_what, charge, expected) => {
    const city = await cityWith({ charge });
    const { billId } = await city.raise();
    for (const on of ["2031-03-17", "2031-04-17", "2031-05-17"]) await city.night(on);
    expect((await city.sums(billId))[0]).toEqual(expected);
  });

  test("a rule holds for what is issued from its first day on, and for its services", async () => {
    const city = await cityWith({ kinds: ["market"] });
    const { billId } = await city.raise();
    await city.night("2031-03-17");
    const second = NewPenaltyRule.parse({ kinds: ["waste"], fromOn: "2031-04-01", dueAfterDays: 1, charge: MONTHLY });
    const { rule } = await proposeRule(city.here, second, "usr_1");
    await decideRule(city.here, rule.id, "approved", "usr_2");
    await city.night("2031-04-10");
    expect(await city.sums(billId)).toEqual([[], 0, 10_000]);
  });
});

describe("an amnesty", () => {
  const SPRING = {
    ...{ titles: { en: "Spring amnesty" }, kinds: ["waste"], issuedBefore: "2031-03-15" },
    ...{ fromOn: "2031-04-01", toOn: "2031-04-30", remitBasisPoints: 8_000 },
  };
  async function offeredIn(city: TestCity, more: object = {}) {
    const { amnesty } = await proposeAmnesty(city.here, NewAmnesty.parse({ ...SPRING, ...more }), "usr_1");
    await city.told();
    await decideAmnesty(city.here, amnesty.id, "approved", "usr_2");
    await city.told();
    return amnesty.id;
  }
  const brought = async (city: TestCity, id: string) => (await penaltyStore(city.here).amnesty(id)).amnesty;

  test("takes penalties back of whoever pays the bill itself in time, once, and counts what it brought", async () => {
    const city = await cityWith();
    const [pays, late, before] = [await city.raise(), await city.raise(), await city.raise(2_000)];
    await city.night("2031-03-20");
    await city.pay(before.reference, 2_000);
    await city.raise(); // issued too late to be offered anything
    const id = await offeredIn(city);
    expect((await brought(city, id)).preview).toEqual({
      ...{ bills: 3, principalMinor: 20_000, penaltyMinor: 1_100, remitMinor: 880 },
    });
    await city.night("2031-03-31");
    expect((await city.of(before.billId)).dueMinor).toBe(100);
    // Who had paid the bill before is not worse off.
    await city.night("2031-04-02");
    expect((await city.of(before.billId)).dueMinor).toBe(20);
    const shown = await lateOf(city.here, await billStore(city.here).get(pays.billId));
    expect(shown.terms.amnesty).toMatchObject({ payMinor: 10_000, remitMinor: 400, toOn: "2031-04-30" });
    await city.pay(pays.reference, 10_000);
    await city.night("2031-04-03");
    expect((await city.of(pays.billId)).remissions).toMatchObject([
      { why: "amnesty", amnestyId: id, amountMinor: 400 },
    ]);
    expect((await city.of(pays.billId)).dueMinor).toBe(100);
    await city.night("2031-05-01");
    await city.pay(late.reference, 10_000);
    expect((await city.of(late.billId)).remissions).toEqual([]);
    expect((await brought(city, id)).yield).toEqual({ bills: 2, collectedMinor: 10_000, remittedMinor: 480 });
    await isEqualToTheLedger(city);
  });

  test("goes by the day on which the money came, though it is heard after its end", async () => {
    const city = await cityWith();
    const { billId, reference } = await city.raise();
    await city.night("2031-03-20");
    await offeredIn(city, { remitBasisPoints: 10_000 });
    await city.night("2031-04-20");
    expect(await city.sums(billId)).toEqual([[500, 500], 1_000, 11_000]);
    await city.night("2031-05-02");
    await city.pay(reference, 10_000, "2031-04-29");
    expect(await city.sums(billId)).toEqual([[500, 500], 0, 0]);
    expect((await city.of(billId)).remissions).toMatchObject([{ why: "amnesty", amountMinor: 1_000 }]);
    await isEqualToTheLedger(city);
  });

  test.each([
    ["kept to", "2031-06-10", 0],
    ["not kept to", "2031-06-12", 525],
  ])("counts parts that were agreed in its time, if they are %s", async (_what, lastOn, dueMinor) => {
    const city = await cityWith();
    const { billId, reference } = await city.raise();
    await city.night("2031-03-20");
    await offeredIn(city, { remitBasisPoints: 10_000, allowsInstalments: true });
    at(city, "2031-04-10");
    // 10 500 in three parts: the last 500 of them are the penalty.
    await agree(city.here, billId, { count: 3, firstOn: "2031-04-10" }, "usr_1");
    await city.pay(reference, 3_500);
    at(city, "2031-05-10");
    await city.pay(reference, 3_500);
    at(city, lastOn);
    await city.pay(reference, 3_000);
    await city.night("2031-06-20");
    expect((await city.of(billId)).dueMinor).toBe(dueMinor === 0 ? 0 : 500);
    await isEqualToTheLedger(city);
  });
  const at = (city: TestCity, on: string) => {
    city.at.now = new Date(`${on}T12:00:00Z`);
  };
});
