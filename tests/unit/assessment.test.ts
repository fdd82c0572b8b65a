import { OpenAPIHono } from "@hono/zod-openapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adjustmentOf, pendingOf, refuseAdjustment, reviewing } from "../../functions/assessment/adjusting.ts";
import { assessmentStore } from "../../functions/assessment/assessments.ts";
import { assess } from "../../functions/assessment/domain.ts";
import { duePages } from "../../functions/assessment/due-pages.tsx";
import {
  askCancellation,
  decideCancellation,
  dueOf,
  fees,
  proposeFee,
  raiseDue,
} from "../../functions/assessment/dues.ts";
import { Lapse } from "../../functions/assessment/events.ts";
import { finished, issue } from "../../functions/assessment/issuing.ts";
import { addEntry, changeEntry } from "../../functions/assessment/keeping.ts";
import { proposeRule, rules } from "../../functions/assessment/rules.ts";
import { Assessment, NewEntry, NewFee, NewRule, Roll } from "../../functions/assessment/schema.ts";
import { rollStore } from "../../functions/assessment/store.ts";
import { RaiseDue } from "../../functions/billing/events.ts";
import { billStore } from "../../functions/billing/store.ts";
import { TakePayment } from "../../functions/payments/events.ts";
import { approveRefund, askRefund } from "../../functions/payments/refunds.ts";
import { cityRooms } from "../../functions/rooms.ts";
import { deliverDue } from "../../shared/courier.ts";
import { factOf } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import type { CityApp } from "../../shared/room.ts";
import { planned } from "../../shared/tasks.ts";
import { innerHouse } from "../setup/inner.ts";

const taskers = cityRooms.flatMap(({ tasks }) => tasks);

describe("dues in time", () => {
  let set: Awaited<ReturnType<typeof innerHouse>>;
  beforeAll(async () => {
    set = await innerHouse();
  });
  afterAll(() => set.stop());

  const FINE = NewFee.parse({
    ...{ code: "PARK", kind: "fine", names: { en: "Parking" }, currency: "EUR", netMinor: 9_000 },
    reduced: { netMinor: 4_500, withinDays: 10 },
  });
  async function fined(here: Here, fee = FINE) {
    const { id } = await proposeFee(here, fee, "one");
    await fees.decide(here, id, "approved", "two");
    return (await raiseDue(here, { fee: "PARK", quantity: 1 }, "one")).due;
  }
  let takings = 0;
  const pay = (here: Here, reference: string, amountMinor: number, at: Date) => {
    const id = `cash:${takings++}`;
    return here.ask(TakePayment, {
      ...{ id, reference, amountMinor, currency: "EUR", at: at.toISOString() },
      via: { rail: "cash", account: "till_1", providerRef: id },
    });
  };

  // Guards against a driver who paid in time and is charged the rest, and against one who never pays it.
  test("a reduced amount is enough when paid in its days; else the rest is a bill of its own, once", async () => {
    const { here, at } = set.newHere();
    const quick = await fined(here);
    const slow = await fined(here);
    expect(await billStore(here).get(quick.billId!)).toMatchObject({ dueMinor: 4_500 });
    await pay(here, quick.reference!, 4_500, at.now);
    // It may be paid until the end of the tenth day.
    at.now = new Date("2026-12-03T23:59:59Z");
    await deliverDue(here, set.house.listeners, taskers);
    const restOf = async (id: string) => {
      const due = (await raiseDue(here, { id, fee: "PARK", quantity: 1 }, "one")).due;
      return due.reduced?.restBillId;
    };
    expect([await restOf(quick.id), await restOf(slow.id)]).toEqual([undefined, undefined]);
    at.now = new Date("2026-12-04T00:00:01Z");
    for (let turn = 0; turn < 3; turn++) await deliverDue(here, set.house.listeners, taskers);
    expect(await restOf(quick.id)).toBeUndefined();
    const rest = await restOf(slow.id);
    expect(await billStore(here).get(rest!)).toMatchObject({ dueMinor: 4_500, kind: "fine" });
    expect((await here.ledger.at()).balance("revenue:fine", "EUR")).toBe(-13_500);
  });

  const IN_TIME = new Date("2031-03-11T23:59:59Z");
  const LATE = new Date("2031-03-12T00:00:00Z");
  /** A fine of 1 March whose ten days are over. Facts are told at the house's own time: this city lives after it. */
  async function fine(of: { isLapsed?: boolean; raisedAt?: Date } = {}) {
    const { here, at } = set.newHere();
    at.now = of.raisedAt ?? new Date("2031-03-01T12:00:00Z");
    const due = await fined(here);
    const told = async () => {
      // A minute later each time: what was not told yet is looked at again.
      for (let turn = 0; turn < 4; turn++) {
        await deliverDue(here, set.house.listeners, taskers);
        at.now = new Date(at.now.getTime() + 60_000);
      }
    };
    await told();
    at.now = LATE;
    if (of.isLapsed !== false) await told();
    const heard = async (amountMinor: number, cameAt: Date, reference = due.reference!) => {
      const { paymentId } = await pay(here, reference, amountMinor, cameAt);
      await told();
      return paymentId!;
    };
    /** What is noted of the rest, what is due of it, and how often it was told. */
    const rest = async () => {
      const { restBillId, restBack } = (await dueOf(here, due.id)).reduced!;
      let times = 0;
      for await (const item of here.table.all({ pk: "LOG", index: "gsi1" }))
        if (factOf(item).type === "assessment.rest_taken_back.v1") times++;
      const dueMinor = restBillId && (await billStore(here).get(restBillId)).dueMinor;
      return { dueMinor, ...restBack, times };
    };
    const restReference = async () =>
      (await billStore(here).get((await dueOf(here, due.id)).reduced!.restBillId!)).reference;
    return { here, at, due, told, heard, rest, restReference };
  }

  // Guards against a driver who paid in time by a bank, and owes the rest since the bank's line came later.
  test("a rest is taken back when it is heard that the reduced amount had been paid in its days, once", async () => {
    const { here, at, due, told, heard, rest } = await fine();
    expect(await rest()).toEqual({ dueMinor: 4_500, times: 0 });
    await heard(2_000, IN_TIME);
    await heard(1_000, IN_TIME);
    // A part in time changes nothing.
    expect(await rest()).toEqual({ dueMinor: 4_500, times: 0 });
    await heard(1_500, IN_TIME);
    const back = { dueMinor: 0, creditedMinor: 4_500, owedBackMinor: 0, times: 1 };
    expect(await rest()).toEqual(back);
    // However often it is looked at.
    await here.commit([planned(Lapse, due.id, at.now, {})]);
    await told();
    expect(await rest()).toEqual(back);
    expect((await here.ledger.at()).balance("revenue:fine", "EUR")).toBe(-4_500);
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
    await expect(decideCancellation(here, due.id, true, "two")).rejects.toMatchObject({ kind: "conflict" });
  });

  test.each([
    ["in its days", IN_TIME, undefined],
    ["a moment after them", LATE, 4_500],
  ])("a payment that is heard before the rest is raised counts by when it came: %s", async (_, cameAt, dueMinor) => {
    const { told, heard, rest } = await fine({ isLapsed: false });
    await heard(4_500, cameAt);
    await told();
    expect(await rest()).toEqual({ dueMinor, times: 0 });
  });

  test("who paid late, or a part of it, owes the rest; a later payment gives it back to nobody", async () => {
    const { heard, rest } = await fine();
    await heard(4_000, IN_TIME);
    await heard(500, LATE);
    expect(await rest()).toEqual({ dueMinor: 4_500, times: 0 });
  });

  // Guards against a rest that was paid by who did not owe it, and is due again once it was given back.
  test("what was paid of the rest is owed back, and credited when it was refunded", async () => {
    const { here, due, told, heard, rest, restReference } = await fine();
    const paymentId = await heard(1_500, LATE, await restReference());
    await heard(4_500, IN_TIME);
    expect(await rest()).toEqual({ dueMinor: 0, creditedMinor: 3_000, owedBackMinor: 1_500, times: 1 });
    const app: CityApp = new OpenAPIHono();
    app.use(async (c, next) => {
      const who = { kind: "person", id: "clerk", roles: ["agent"] };
      for (const [name, value] of Object.entries({ here, lang: "en", csrf: "", who }))
        c.set(name as never, value as never);
      await next();
    });
    duePages(app);
    const page = await (await app.request(`/staff/assessment/dues/${due.id}`)).text();
    for (const words of ["The rest, taken back", "€15.00"]) expect(page).toContain(words);
    const { id } = await askRefund(here, { paymentId }, { reason: "not owed" }, "clerk");
    await approveRefund(here, id, { id: "boss", isAdministrator: true });
    await told();
    expect(await rest()).toEqual({ dueMinor: 0, creditedMinor: 4_500, owedBackMinor: 0, times: 2 });
    expect((await here.ledger.at()).balance("revenue:fine", "EUR")).toBe(-4_500);
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });

  // Guards against a driver who is asked for the rest, since the city gave back what had been paid in time.
  test("a payment in time that goes back later raises no rest, also when it is paid again in parts", async () => {
    // What goes back is told with the house's own time, which is to be after the fine's days.
    const raisedAt = new Date(Date.now() - 20 * 86_400_000);
    const { here, at, told, heard, rest } = await fine({ isLapsed: false, raisedAt });
    at.now = new Date(Date.now() + 60_000);
    const paymentId = await heard(4_500, raisedAt);
    const { id } = await askRefund(here, { paymentId }, { reason: "from the wrong card" }, "clerk");
    await approveRefund(here, id, { id: "boss", isAdministrator: true });
    await told();
    await heard(1_000, at.now);
    expect(await rest()).toEqual({ dueMinor: undefined, times: 0 });
  });

  // Guards against a rest that stays due, since the payment came in while it was being raised, or it was cut off.
  test("a rest that is raised while the payment is heard is taken back, also by who comes after a crash", async () => {
    const { here, at, due, told, rest } = await fine({ isLapsed: false });
    const lapse = taskers.find(({ name }) => name === Lapse.name)!;
    let isFirst = true;
    const ask: Here["ask"] = async (offer, args) => {
      const answer = await here.ask(offer, args);
      if (offer.name === RaiseDue.name && isFirst) {
        isFirst = false;
        await pay(here, due.reference!, 4_500, IN_TIME);
        await told();
      }
      return answer;
    };
    await deliverDue({ ...here, ask }, set.house.listeners, taskers);
    expect(isFirst).toBe(false);
    const back = { dueMinor: 0, creditedMinor: 4_500, owedBackMinor: 0, times: 1 };
    expect(await rest()).toEqual(back);
    await told();
    expect(await rest()).toEqual(back);

    const other = await fine();
    await pay(other.here, other.due.reference!, 4_500, IN_TIME);
    await deliverDue(other.here, set.house.listeners, []);
    const cut: Here["commit"] = async () => {
      throw new Error("cut off");
    };
    await expect(lapse.run({ ...other.here, commit: cut }, other.due.id, {})).rejects.toThrow("cut off");
    expect(await other.rest()).toEqual({ dueMinor: 0, times: 0 });
    other.at.now = new Date(at.now.getTime() + 60_000);
    await other.told();
    expect(await other.rest()).toEqual(back);
  });

  // Guards against a task that asks for ever that a bill of nothing be raised, and against a rest that no card pays.
  test("the rest of a reduced amount is what can be paid; of two that round to one sum there is none", async () => {
    const { here, at } = set.newHere({ currency: "TND", country: "TN" });
    const fee = { ...FINE, currency: "TND", netMinor: 9_996 };
    const some = await fined(here, { ...fee, reduced: { netMinor: 4_444, withinDays: 10 } });
    const none = await fined(here, { ...fee, reduced: { netMinor: 9_995, withinDays: 10 } });
    expect([some, none]).toMatchObject([
      { totalMinor: 10_000, roundingMinor: 4, reduced: { netMinor: 4_440, roundingMinor: -4 } },
      { totalMinor: 10_000, roundingMinor: 4, reduced: { netMinor: 10_000, roundingMinor: 5 } },
    ]);
    at.now = new Date("2026-12-04T00:00:01Z");
    for (let turn = 0; turn < 3; turn++) await deliverDue(here, [], taskers);
    const { restBillId } = (await dueOf(here, some.id)).reduced!;
    expect(await billStore(here).get(restBillId!)).toMatchObject({ totalMinor: 5_560, roundingMinor: 8 });
    expect((await dueOf(here, none.id)).reduced).not.toHaveProperty("restBillId");
    expect((await here.ledger.at()).balance("revenue:fine", "TND")).toBe(-20_000);
  });

  // Guards against a fine that was taken back, and whose rest was raised at that moment and stays due.
  test.each(["before it is agreed", "after it"])(
    "a rest that is raised unseen, %s, is taken back with its due",
    async (when) => {
      const { here, at } = set.newHere();
      const due = await fined(here);
      const asked = await askCancellation(here, due.id, "wrong car", "one");
      const { accountId: _nobody, kind, day: period, currency } = due;
      const raise = () =>
        here.ask(RaiseDue, {
          ...{ id: `assessment:${due.id}:rest`, kind, titles: { en: "Parking" }, period, currency },
          ...{ netMinor: 4_500, vatMinor: 0 },
        });
      // The task had looked at the due before it was asked for, and raises the rest now; its note does not hold.
      if (when === "before it is agreed") await raise();
      expect(await decideCancellation(here, asked.id, true, "two")).toMatchObject({ state: "cancelled" });
      const { billId } = await raise();
      at.now = new Date("2026-12-04T00:00:01Z");
      for (let turn = 0; turn < 3; turn++) await deliverDue(here, [], taskers);
      expect(await billStore(here).get(billId)).toMatchObject({ dueMinor: 0, relievedMinor: 4_500 });
      expect((await here.ledger.at()).balance("revenue:fine", "EUR")).toBe(0);
    },
  );

  // Guards against a bill of the rest that its due does not name, as somebody asked something at that moment.
  test("a rest that is raised while a cancellation is asked is not forgotten", async () => {
    const { here, at } = set.newHere();
    const due = await fined(here);
    const commit: Here["commit"] = async (...of) => {
      at.now = new Date("2026-12-04T00:00:01Z");
      await deliverDue(here, [], taskers);
      return here.commit(...of);
    };
    const asked = askCancellation({ ...here, commit }, due.id, "wrong car", "one");
    await expect(asked).rejects.toMatchObject({ kind: "conflict" });
    expect((await dueOf(here, due.id)).reduced?.restBillId).toMatch(/^bill_/);
    expect(await askCancellation(here, due.id, "wrong car", "one")).toMatchObject({ state: "cancel_asked" });
  });

  // Guards against a process that dies between keeping what is due and making it due.
  test("an assessment that was cut off is finished with the amounts that it was computed with", async () => {
    const { here } = set.newHere();
    const roll = Roll.parse({
      ...{ code: "PARCELS", kind: "parcels", names: { en: "Tax" }, createdAt: at0, createdBy: "one" },
    });
    await rollStore(here.table).keepRoll(roll);
    const facts = { zone: "A", use: "home", areaM2: "10" };
    const { entry } = await addEntry(here, roll, NewEntry.parse({ number: "P-1", from: "2020-01-01", facts }), "one");
    const rule = NewRule.parse({
      ...{ per: "year", validFrom: "2026-01-01", currency: "EUR", rates: [{ basis: "area", price: "2" }] },
    });
    const { shares } = assess("parcels", rule, entry.spells, "2026", true);
    const store = assessmentStore(here.table);
    const cut = Assessment.parse({
      ...{ id: "asm_00000000000000000000000001", roll: "PARCELS", kind: "parcels", entryId: entry.id, number: "P-1" },
      ...{ period: "2026", ruleId: "rul_00000000000000000000000001", state: "issuing", revision: 0, currency: "EUR" },
      ...{ mayBeNobodys: true, issuedAt: at0, issuedBy: "one" },
      shares: shares.map((share) => ({ ...share, dues: [], creditedMinor: 0, owedBackMinor: 0 })),
    });
    await here.commit(store.firstWrites(cut));
    const [one, two] = await Promise.all([1, 2].map(async () => finished(here, roll, await store.get(cut.id))));
    expect(two).toEqual(one);
    expect(one).toMatchObject({ state: "issued", shares: [{ totalMinor: 2_000, dues: [{ totalMinor: 2_000 }] }] });
    expect((await here.ledger.at()).balance("revenue:property_tax", "EUR")).toBe(-2_000);
  });
});

describe("two who are at one entry", () => {
  let set: Awaited<ReturnType<typeof innerHouse>>;
  beforeAll(async () => {
    set = await innerHouse();
  });
  afterAll(() => set.stop());

  /** A parcel of 10 m² at 2.00 a year, and what makes a year of it due. */
  async function parcel() {
    const { here, at } = set.newHere();
    const roll = Roll.parse({
      ...{ code: "PARCELS", kind: "parcels", names: { en: "Tax" }, createdAt: at0, createdBy: "one" },
    });
    await rollStore(here.table).keepRoll(roll);
    const facts = { zone: "A", use: "home", areaM2: "10" };
    const { entry } = await addEntry(here, roll, NewEntry.parse({ number: "P-1", from: "2020-01-01", facts }), "one");
    const rate = { per: "year", validFrom: "2026-01-01", currency: "EUR", rates: [{ basis: "area", price: "2" }] };
    const { id } = await proposeRule(here, roll, NewRule.parse(rate), "one");
    const rule = await rules.decide(here, id, "approved", "two");
    return {
      here,
      entry,
      issueIn: (where: Here) => issue(where, { roll, entry, rule, period: "2026", by: "one", mayBeNobodys: true }),
      /** Its area becomes another, and what was assessed of it is looked at again. */
      async becomes(areaM2: string) {
        at.now = new Date(at.now.getTime() + 1_000);
        await changeEntry(here, entry.id, { from: "2020-01-01", facts: { areaM2 } }, "one");
        await reviewing.run(here, entry.id, { by: "one" });
      },
    };
  }
  /** A room's own city, in which something happens between what was read and the next write. */
  const meanwhile = (here: Here, what: () => Promise<unknown>): Here => {
    let isFirst = true;
    const commit: Here["commit"] = async (...of) => {
      if (isFirst) {
        isFirst = false;
        await what();
      }
      return here.commit(...of);
    };
    return { ...here, commit };
  };

  // Guards against a bill by facts that were corrected before it was made, and that nobody corrects any more.
  test("an entry that changes while it is assessed is not made due by what it was", async () => {
    const { here, issueIn, becomes } = await parcel();
    expect(await issueIn(meanwhile(here, () => becomes("12")))).toEqual({ skipped: "changed_since" });
    expect((await here.ledger.at()).list("due:")).toEqual([]);
  });

  // Guards against a person's no that is asked again as if nobody had said it.
  test("a refusal that comes while the same difference is looked at stands", async () => {
    const { here, entry, issueIn, becomes } = await parcel();
    const issued = await issueIn(here);
    if ("skipped" in issued) throw new Error("nothing was assessed");
    await becomes("12");
    const { id } = (await pendingOf(here, issued.assessment))!;
    const refusedNow = meanwhile(here, () => refuseAdjustment(here, id, "two"));
    await reviewing.run(refusedNow, entry.id, { by: "one" }).catch(() => {});
    await reviewing.run(here, entry.id, { by: "one" });
    expect(await adjustmentOf(here, id)).toMatchObject({ state: "refused", decidedBy: "two" });
  });

  // Guards against a correction by facts that are over, which waits for a yes.
  test("what was read of an entry before it changed again asks for nothing", async () => {
    const { here, entry, issueIn, becomes } = await parcel();
    const issued = await issueIn(here);
    if ("skipped" in issued) throw new Error("nothing was assessed");
    await changeEntry(here, entry.id, { from: "2020-01-01", facts: { areaM2: "12" } }, "one");
    await reviewing
      .run(
        meanwhile(here, () => becomes("10")),
        entry.id,
        { by: "one" },
      )
      .catch(() => {});
    expect(await pendingOf(here, issued.assessment)).toBeUndefined();
  });
});
const at0 = "2026-11-23T12:00:00.000Z";
