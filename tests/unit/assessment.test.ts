import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adjustmentOf, pendingOf, refuseAdjustment, reviewing } from "../../functions/assessment/adjusting.ts";
import { assessmentStore } from "../../functions/assessment/assessments.ts";
import { assess } from "../../functions/assessment/domain.ts";
import {
  askCancellation,
  decideCancellation,
  dueOf,
  fees,
  proposeFee,
  raiseDue,
} from "../../functions/assessment/dues.ts";
import { finished, issue } from "../../functions/assessment/issuing.ts";
import { addEntry, changeEntry } from "../../functions/assessment/keeping.ts";
import { proposeRule, rules } from "../../functions/assessment/rules.ts";
import { Assessment, NewEntry, NewFee, NewRule, Roll } from "../../functions/assessment/schema.ts";
import { rollStore } from "../../functions/assessment/store.ts";
import { RaiseDue } from "../../functions/billing/events.ts";
import { billStore } from "../../functions/billing/store.ts";
import { TakePayment } from "../../functions/payments/events.ts";
import { cityRooms } from "../../functions/rooms.ts";
import { deliverDue } from "../../shared/courier.ts";
import type { Here } from "../../shared/here.ts";
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
  const pay = (here: Here, reference: string, amountMinor: number, at: Date) =>
    here.ask(TakePayment, {
      ...{ id: `cash:${reference}`, reference, amountMinor, currency: "EUR", at: at.toISOString() },
      via: { rail: "cash", account: "till_1", providerRef: reference },
    });

  // Guards against a driver who paid in time and is charged the rest, and against one who never pays it.
  test("a reduced amount is enough when paid in its days; else the rest is a bill of its own, once", async () => {
    const { here, at } = set.newHere();
    const quick = await fined(here);
    const slow = await fined(here);
    expect(await billStore(here).get(quick.billId!)).toMatchObject({ dueMinor: 4_500 });
    await pay(here, quick.reference!, 4_500, at.now);
    // It may be paid until the end of the tenth day.
    at.now = new Date("2026-12-03T23:59:59Z");
    await deliverDue(here, [], taskers);
    const restOf = async (id: string) => {
      const due = (await raiseDue(here, { id, fee: "PARK", quantity: 1 }, "one")).due;
      return due.reduced?.restBillId;
    };
    expect([await restOf(quick.id), await restOf(slow.id)]).toEqual([undefined, undefined]);
    at.now = new Date("2026-12-04T00:00:01Z");
    for (let turn = 0; turn < 3; turn++) await deliverDue(here, [], taskers);
    expect(await restOf(quick.id)).toBeUndefined();
    const rest = await restOf(slow.id);
    expect(await billStore(here).get(rest!)).toMatchObject({ dueMinor: 4_500, kind: "fine" });
    expect((await here.ledger.at()).balance("revenue:fine", "EUR")).toBe(-13_500);
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
