import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { referenceOf } from "../../functions/billing/domain.ts";
import { billStore } from "../../functions/billing/store.ts";
import { disputeHeard } from "../../functions/payments/disputes.ts";
import { TakePayment } from "../../functions/payments/events.ts";
import type { Word } from "../../functions/payments/rail.ts";
import { approveRefund, askRefund, paidOut, refundHeard } from "../../functions/payments/refunds.ts";
import type { Account } from "../../functions/payments/schema.ts";
import { paymentStore } from "../../functions/payments/store.ts";
import { deliverDue } from "../../shared/courier.ts";
import type { Here } from "../../shared/here.ts";
import { anyBill, innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

const TOTAL = 1_000;
const HOLDER = "provider:stripe:card";
const boss = { id: "boss", isAdministrator: true };

/** A bill of 1,000 that was paid by card; what goes back is sent from the bank, as this city's card cannot. */
async function paidByCard() {
  const { here, at } = inner.newHere();
  // Events are told at the house's own time: this city lives after it.
  at.now = new Date("2031-03-10T12:00:00Z");
  const bill = anyBill(here, TOTAL);
  await billStore(here).issue({ ...bill, reference: referenceOf(bill.id) });
  const { paymentId = "" } = await here.ask(TakePayment, {
    id: "card:1",
    reference: referenceOf(bill.id),
    amountMinor: TOTAL,
    currency: "EUR",
    via: { rail: "stripe", account: "card", providerRef: "pi_1" },
    at: "2031-03-20T11:00:00.000Z",
  });
  const payment = () => paymentStore(here).get(paymentId);
  return {
    here,
    payment,
    due: `due:${bill.id}`,
    disputed: `disputed:${paymentId}`,
    hear: async (says: Word["says"], more: { on?: Here; id?: string } = {}) =>
      disputeHeard(
        more.on ?? here,
        await payment(),
        { about: "dispute", says, sessionId: more.id ?? "dp_1", amountMinor: TOTAL, currency: "EUR" },
        "callback",
      ),
    asked: (amountMinor: number) => askRefund(here, { paymentId }, { reason: "moved away", amountMinor }, "clerk"),
    async underWay(amountMinor: number) {
      const refund = await askRefund(here, { paymentId }, { reason: "moved away", amountMinor }, "clerk");
      await approveRefund(here, refund.id, boss);
      return {
        paid: () => paidOut(here, refund.id, { holder: "bank:main", providerRef: refund.id }),
        failed: () =>
          refundHeard(
            here,
            { id: "card", rail: "stripe" } as unknown as Account,
            { about: "refund", says: "failed", sessionId: "", paymentId, amountMinor, currency: "EUR" },
            "callback",
          ),
      };
    },
    /** What the rooms do when they hear of it. */
    async told() {
      at.now = new Date(at.now.getTime() + 60_000);
      while ((await deliverDue(here, inner.house.listeners)) > 0);
    },
    /** Of the accounts that money of this payment moves through, those that do not stand at 0. */
    async books() {
      expect(await here.ledger.prove()).toMatchObject({ isSound: true });
      const all = (await here.ledger.at()).list("").filter(({ balanceMinor }) => balanceMinor !== 0);
      return Object.fromEntries(
        all
          .map((one) => [one.account, one.balanceMinor])
          .filter(([account]) => !/^(revenue|vat)/.test(String(account))),
      ) as Record<string, number>;
    },
  };
}

describe("a dispute and a refund of one payment", () => {
  // Guards against money that the provider took, and that the books show until the night.
  test("heard while the refund is under way, it is booked as soon as that is paid; lost, both are the city's loss", async () => {
    const { here, payment, hear, underWay, told, books, due, disputed } = await paidByCard();
    const refund = await underWay(TOTAL);
    await hear("open");
    await hear("open");
    expect((await payment()).state).toBe("refunding");
    expect((await books())[disputed]).toBeUndefined();
    await refund.paid();
    await told();
    expect(await payment()).toMatchObject({ state: "disputed", refundedMinor: TOTAL });
    // The provider has taken it, and the bank has sent it: due since the refund.
    const taken = { [due]: TOTAL, "bank:main": -TOTAL };
    expect(await books()).toEqual({ ...taken, [disputed]: TOTAL });
    await hear("paid");
    await hear("paid");
    expect(await payment()).toMatchObject({ state: "refunded", refundedMinor: TOTAL });
    expect(await books()).toEqual({ ...taken, "dispute_losses:stripe": TOTAL });
    await told();
    // Nothing waits any more, and heard once more it moves nothing.
    await hear("open");
    expect(await books()).toEqual({ ...taken, "dispute_losses:stripe": TOTAL });
    const left = await here.table.query({ pk: `PAYMENT#${(await payment()).id}`, beginsWith: "DISPUTE#" });
    expect(left.items).toEqual([]);
  });

  test("won, the money comes again, and the payment stays given back", async () => {
    const { payment, hear, underWay, told, books, due } = await paidByCard();
    const refund = await underWay(TOTAL);
    await hear("open");
    await refund.paid();
    await told();
    await hear("failed");
    expect(await payment()).toMatchObject({ state: "refunded", refundedMinor: TOTAL });
    expect(await books()).toEqual({ [HOLDER]: TOTAL, [due]: TOTAL, "bank:main": -TOTAL });
  });

  test("of a part that went back the rest is due again, and the part is lost", async () => {
    const { payment, hear, underWay, told, books, due, disputed } = await paidByCard();
    const refund = await underWay(300);
    await hear("open");
    await refund.paid();
    await told();
    expect(await payment()).toMatchObject({ state: "disputed", refundedMinor: 300 });
    expect(await books()).toEqual({ [due]: 300, "bank:main": -300, [disputed]: TOTAL });
    await hear("paid");
    expect(await payment()).toMatchObject({ state: "refunded", refundedMinor: TOTAL });
    expect(await books()).toEqual({ [due]: TOTAL, "bank:main": -300, "dispute_losses:stripe": 300 });
  });

  test("opened and lost while the refund is under way, both are booked when that fails: nothing went back twice", async () => {
    const { payment, hear, underWay, told, books, due } = await paidByCard();
    const refund = await underWay(TOTAL);
    await hear("paid");
    await hear("open");
    await refund.failed();
    await told();
    expect(await payment()).toMatchObject({ state: "refunded", refundedMinor: TOTAL });
    expect(await books()).toEqual({ [due]: TOTAL });
  });

  test("after the refund, it is booked at once", async () => {
    const { payment, hear, underWay, books, due, disputed } = await paidByCard();
    await (await underWay(TOTAL)).paid();
    await hear("open");
    expect((await payment()).state).toBe("disputed");
    expect(await books()).toEqual({ [due]: TOTAL, "bank:main": -TOTAL, [disputed]: TOTAL });
  });

  // Guards against a second dispute of one payment whose money nobody books.
  test("another dispute waits for the end of the first, and takes what that has left", async () => {
    const { payment, hear, told, books, due, disputed } = await paidByCard();
    await hear("open");
    await hear("open", { id: "dp_2" });
    await hear("failed");
    expect((await payment()).state).toBe("settled");
    await told();
    expect((await payment()).state).toBe("disputed");
    expect(await books()).toEqual({ [disputed]: TOTAL });
    await hear("open", { id: "dp_3" });
    await hear("paid", { id: "dp_2" });
    expect(await books()).toEqual({ [due]: TOTAL });
    await told();
    expect(await books()).toEqual({ [due]: TOTAL, [HOLDER]: -TOTAL, [disputed]: TOTAL });
    await hear("failed", { id: "dp_3" });
    expect(await payment()).toMatchObject({ state: "refunded", refundedMinor: TOTAL });
    expect(await books()).toEqual({ [due]: TOTAL });
  });

  test("disputed first, nothing goes back until it is decided, also what was asked for before", async () => {
    const { here, hear, asked, books, due, disputed } = await paidByCard();
    const early = await asked(TOTAL);
    await hear("open");
    await expect(asked(100)).rejects.toMatchObject({ kind: "conflict" });
    await expect(approveRefund(here, early.id, boss)).rejects.toMatchObject({ kind: "conflict" });
    expect(await books()).toEqual({ [disputed]: TOTAL });
    await hear("failed");
    await approveRefund(here, early.id, boss);
    expect(await books()).toEqual({ [HOLDER]: TOTAL, [due]: TOTAL, [`refunds_owed:${early.id}`]: -TOTAL });
  });

  // Guards against the instant between looking and booking.
  test("approved between the look and the booking, it waits; ended between the look and the waiting, it is booked", async () => {
    const one = await paidByCard();
    const early = await one.asked(TOTAL);
    const posting: Here["ledger"] = {
      ...one.here.ledger,
      async post(post) {
        if ((await one.payment()).state === "settled") await approveRefund(one.here, early.id, boss);
        return one.here.ledger.post(post);
      },
    };
    await one.hear("open", { on: { ...one.here, ledger: posting } });
    expect((await one.payment()).state).toBe("refunding");
    await paidOut(one.here, early.id, { holder: "bank:main", providerRef: "b1" });
    await one.told();
    expect(await one.books()).toMatchObject({ [one.disputed]: TOTAL, "bank:main": -TOTAL });

    const two = await paidByCard();
    const refund = await two.underWay(TOTAL);
    const commit: Here["commit"] = async (...writes) => {
      if ((await two.payment()).state === "refunding") await refund.paid();
      return two.here.commit(...writes);
    };
    await two.hear("open", { on: { ...two.here, commit } });
    expect((await two.payment()).state).toBe("disputed");
    expect(await two.books()).toMatchObject({ [two.disputed]: TOTAL, "bank:main": -TOTAL });
  });

  // Guards against a dispute whose money the provider holds, and of which no book ever hears.
  test("of two disputes that are heard at one instant the second waits, and is booked once the first has ended", async () => {
    const { here, payment, hear, told, books, disputed } = await paidByCard();
    const { id } = await payment();
    let looks = 0;
    const get: Here["table"]["get"] = async (key) => {
      // The look after the one that found it settled.
      if (key.pk === `PAYMENT#${id}` && key.sk === "PAYMENT" && ++looks === 2) await hear("open", { id: "dp_2" });
      return here.table.get(key);
    };
    await hear("open", { on: { ...here, table: { ...here.table, get } } });
    expect(looks).toBeGreaterThan(1);
    expect(await books()).toMatchObject({ [disputed]: TOTAL });
    await hear("failed", { id: "dp_2" });
    await told();
    expect((await payment()).state).toBe("disputed");
    expect(await books()).toMatchObject({ [disputed]: TOTAL });
    await hear("paid");
    expect((await payment()).state).toBe("refunded");
  });
});
