import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accountStore } from "../../functions/accounts/store.ts";
import { referenceOf } from "../../functions/billing/domain.ts";
import { RaiseDue } from "../../functions/billing/events.ts";
import { setRule } from "../../functions/billing/rule.ts";
import { MatchingRule } from "../../functions/billing/schema.ts";
import { statementOf } from "../../functions/billing/statement.ts";
import { billStore } from "../../functions/billing/store.ts";
import { collectionStore } from "../../functions/collection/store.ts";
import { disputeHeard } from "../../functions/payments/disputes.ts";
import { receiptText } from "../../functions/payments/domain.ts";
import { TakePayment, UndoTaken } from "../../functions/payments/events.ts";
import { receiptOf } from "../../functions/payments/receipts.ts";
import { approveRefund, askRefund, paidOut, refundHeard } from "../../functions/payments/refunds.ts";
import type { Account } from "../../functions/payments/schema.ts";
import { DUES_MAX } from "../../functions/payments/spreading.ts";
import { paymentStore } from "../../functions/payments/store.ts";
import { assign, suggestions, suspenseList } from "../../functions/payments/suspense.ts";
import { deliverDue } from "../../shared/courier.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { drawReference } from "../../shared/reference.ts";
import { anyBill, innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

const DAY_MS = 24 * 3_600_000;
/** A city with one account and these bills, each issued on a day of its own. */
async function owing(...totals: number[]) {
  const { here, at } = inner.newHere();
  // Events are told at the house's own time: this city lives after it.
  at.now = new Date("2031-03-10T12:00:00Z");
  const accountId = newId("acc", at.now);
  const reference = drawReference(newId("acc", at.now), "A");
  const account = { id: accountId, reference, number: "A00001", name: "Awa", openedAt: at.now.toISOString() };
  await accountStore(here.table).open(account);
  const credit = `credit:${accountId}`;
  const issue = async (totalMinor: number, more: object = {}) => {
    at.now = new Date(at.now.getTime() + DAY_MS);
    const bill = { ...anyBill(here, totalMinor), accountId, ...more };
    await billStore(here).issue({ ...bill, reference: referenceOf(bill.id) });
    return { id: bill.id, due: `due:${bill.id}`, reference: referenceOf(bill.id) };
  };
  const bills = [];
  for (const total of totals) bills.push(await issue(total));
  /** All that others do when they hear of it. */
  const settle = async () => {
    at.now = new Date(at.now.getTime() + 60_000);
    while ((await deliverDue(here, inner.house.listeners)) > 0);
  };
  return { here, at, accountId, reference, credit, bills, issue, settle };
}
const pay = (here: Here, reference: string, amountMinor: number, id = "cash:1:1", more: object = {}) =>
  here.ask(TakePayment, {
    id,
    reference,
    amountMinor,
    currency: "EUR",
    via: { rail: "cash", account: "till_1", providerRef: id },
    at: "2031-03-20T11:00:00.000Z",
    ...more,
  });
const balances = async (here: Here) =>
  Object.fromEntries((await here.ledger.at()).list("").map((one) => [one.account, one.balanceMinor]));
const facts = async (here: Here, type: string) => {
  const found: Record<string, unknown>[] = [];
  for await (const item of here.table.all({ pk: "LOG", index: "gsi1" })) {
    const fact = item["fact"] as { type: string; data: Record<string, unknown> };
    if (fact.type === type) found.push(fact.data);
  }
  return found;
};
/** What the collection room has counted as open, and the ledger's own sum. */
async function openBoth(here: Here) {
  const store = collectionStore(here);
  const { cohorts } = await store.figures(await store.months());
  const due = (await here.ledger.at()).list("due:").reduce((sum, one) => sum + one.balanceMinor, 0);
  return [cohorts.reduce((sum, one) => sum + one.openMinor, 0), due] as const;
}
const by = (id: string) => ({ id, isAdministrator: true });

describe("a payment for an account", () => {
  test("pays the oldest dues first and keeps the rest as credit, in one post", async () => {
    const { here, accountId, reference, credit, bills, settle } = await owing(1_000, 400, 700);
    const [first, second, third] = bills;
    const { outcome, paymentId } = await pay(here, reference, 1_600);
    expect(outcome).toBe("settled");
    expect(await balances(here)).toMatchObject({ "cash:till_1": 1_600, [third!.due]: 500 });
    expect(await here.ledger.entriesOf("take:cash:1:1")).toHaveLength(3);
    expect(await paymentStore(here).get(paymentId!)).toMatchObject({
      accountId,
      reference,
      rule: 0,
      parts: [
        { billId: first!.id, amountMinor: 1_000 },
        { billId: second!.id, amountMinor: 400 },
        { billId: third!.id, amountMinor: 200 },
      ],
    });
    expect(await facts(here, "payments.settled.v1")).toEqual([
      expect.objectContaining({ billId: first!.id, forBillMinor: 1_000, amountMinor: 1_600 }),
      expect.objectContaining({ billId: second!.id, forBillMinor: 400, nth: 2 }),
      expect.objectContaining({ billId: third!.id, forBillMinor: 200, nth: 3 }),
    ]);
    await pay(here, reference, 800, "cash:1:2");
    expect(await balances(here)).toMatchObject({ [credit]: -300, "cash:till_1": 2_400 });
    // Nothing is due: all of it is credit, and it is a payment with a receipt all the same.
    const { paymentId: ahead } = await pay(here, reference, 50, "cash:1:3");
    expect(await paymentStore(here).get(ahead!)).toMatchObject({ parts: [{ accountId, amountMinor: 50 }] });
    await settle();
    expect(await openBoth(here)).toEqual([0, 0]);
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });

  test("by the city's rule: each order, the named bill first or in its turn, and each payment says which rule", async () => {
    const spent = async (rule: object, named?: number) => {
      const { here, reference, bills, issue } = await owing(1_000, 400);
      const fine = await issue(900, { kind: "electricity" });
      const all = [...bills, fine];
      await setRule(here, MatchingRule.parse(rule), "somebody");
      const { paymentId } = await pay(here, named === undefined ? reference : all[named]!.reference, 1_300);
      const { parts = [], rule: version, billId } = await paymentStore(here).get(paymentId!);
      expect(parts.length === 0 || version === 1).toBe(true);
      const paid = parts.length > 0 ? parts : [{ billId: billId!, amountMinor: 1_300 }];
      return paid.map((part) => [
        "billId" in part ? all.findIndex(({ id }) => id === part.billId) : "credit",
        part.amountMinor,
      ]);
    };
    expect(await spent({ order: "oldest_first" })).toEqual([
      [0, 1_000],
      [1, 300],
    ]);
    expect(await spent({ order: "smallest_first" })).toEqual([
      [1, 400],
      [2, 900],
    ]);
    expect(await spent({ order: "by_kind", kinds: ["electricity"] })).toEqual([
      [2, 900],
      [0, 400],
    ]);
    expect(await spent({ order: "oldest_first" }, 2)).toEqual([
      [2, 900],
      [0, 400],
    ]);
    expect(await spent({ order: "oldest_first", named: "in_turn" }, 2)).toEqual([
      [0, 1_000],
      [1, 300],
    ]);
    expect(() => MatchingRule.parse({ order: "by_kind" })).toThrow();
    expect(() => MatchingRule.parse({ order: "by_kind", kinds: ["water", "water"] })).toThrow();
  });

  test("two rules set at once are one; what was set before stays readable", async () => {
    const { here } = await owing();
    const set = await Promise.allSettled([1, 2, 3].map(() => setRule(here, MatchingRule.parse({}), "somebody")));
    const kept = set.filter(({ status }) => status === "fulfilled").length;
    expect(kept).toBeGreaterThan(0);
    const { rulesBefore, ruleInForce } = await import("../../functions/billing/rule.ts");
    expect((await ruleInForce(here)).version).toBe(kept);
    expect((await rulesBefore(here)).map(({ version }) => version)).toEqual(
      Array.from({ length: kept + 1 }, (_, i) => kept - i),
    );
  });

  test("beyond a bill: the account's other dues and credit, or suspense where the city says so; nobody's bill as before", async () => {
    const one = await owing(1_000, 400);
    await pay(one.here, one.bills[1]!.reference, 900);
    expect(await balances(one.here)).toMatchObject({ [one.bills[0]!.due]: 500 });
    const other = await owing(1_000, 400);
    await setRule(other.here, MatchingRule.parse({ beyond: "suspense" }), "somebody");
    await pay(other.here, other.bills[1]!.reference, 900);
    expect(await balances(other.here)).toMatchObject({ [other.bills[0]!.due]: 1_000, suspense: -500 });
    // An offer that lapses is no debt: neither is it paid unasked, nor does what was paid too much for it go elsewhere.
    const { here, reference, accountId } = await owing(1_000);
    const raise = { kind: "prepaid_water" as const, titles: {}, period: "2031-03", vatMinor: 0, currency: "EUR" };
    const offer = await here.ask(RaiseDue, {
      ...raise,
      id: "vending:1",
      accountId,
      netMinor: 500,
      expiresAt: "2031-12-31T00:00:00Z",
    });
    await pay(here, reference, 1_200);
    expect(await balances(here)).toMatchObject({ [`due:${offer.billId}`]: 500, [`credit:${accountId}`]: -200 });
    await pay(here, offer.reference, 600, "cash:1:2");
    expect(await balances(here)).toMatchObject({ suspense: -100, [`credit:${accountId}`]: -200 });
  });

  // Guards against a reference that pays in another city, and against other money.
  test("other money, a wrong reference and another city's wait in suspense", async () => {
    const { here, reference } = await owing(1_000);
    expect(await pay(here, reference, 100, "a", { currency: "XOF" })).toEqual({ outcome: "suspense" });
    expect(await pay(here, "A-0000-0000-1", 100, "b")).toEqual({ outcome: "suspense" });
    const { here: other } = inner.newHere();
    expect(await pay(other, reference, 100)).toEqual({ outcome: "suspense" });
    await expect(pay(here, reference, 101, "a", { currency: "XOF" })).rejects.toMatchObject({ kind: "conflict" });
  });

  test("its receipt lists what it paid, and its signature is over all of it", async () => {
    const { here, reference, bills } = await owing(1_000, 400);
    const { paymentId } = await pay(here, reference, 1_500);
    const { signature, ...said } = await receiptOf(here, paymentId!);
    expect(receiptText(said).split("\n")).toEqual([
      "hansa-receipt/2",
      here.city.slug,
      paymentId,
      reference,
      "1500 EUR",
      expect.any(String),
      `${bills[0]!.reference} 1000`,
      `${bills[1]!.reference} 400`,
      "credit 100",
    ]);
    const key = await here.secrets.publicKey("payments.receipt");
    const { verify, createPublicKey } = await import("node:crypto");
    const open = createPublicKey({ key: key as never, format: "jwk" });
    const isSigned = (text: string) => verify(null, Buffer.from(text), open, Buffer.from(signature, "base64url"));
    expect(isSigned(receiptText(said))).toBe(true);
    expect(isSigned(receiptText({ ...said, parts: said.parts!.slice(1) }))).toBe(false);
    // Of a payment that paid its own bill alone the six lines are as they always were.
    const alone = await owing(300);
    const { paymentId: plain } = await pay(alone.here, alone.bills[0]!.reference, 300);
    const { signature: _own, ...six } = await receiptOf(alone.here, plain!);
    expect(receiptText(six).split("\n")).toHaveLength(6);
    expect(receiptText(six)).toMatch(/^hansa-receipt\/1\n/);
  });
});

describe("credit", () => {
  // Guards against a bill that is due although its customer has paid ahead, and against credit that is used twice.
  test("pays new bills at once, once, however often it is told", async () => {
    const { here, accountId, reference, credit, issue, settle } = await owing();
    await pay(here, reference, 1_000);
    const bills = [await issue(400), await issue(900)];
    expect(await facts(here, "billing.credit_met.v1")).toHaveLength(2);
    await Promise.all([1, 2, 3].map(() => deliverDue(here, inner.house.listeners)));
    await settle();
    expect(await balances(here)).toMatchObject({ [bills[1]!.due]: 300, "cash:till_1": 1_000 });
    expect((await balances(here))[credit]).toBeUndefined();
    const used = await facts(here, "payments.credit_used.v1");
    expect(used.reduce((sum, one) => sum + Number(one["amountMinor"]), 0)).toBe(1_000);
    expect(used.every((one) => one["accountId"] === accountId)).toBe(true);
    expect(await openBoth(here)).toEqual([300, 300]);
    // Without credit no bill tells of any.
    await issue(10);
    expect(await facts(here, "billing.credit_met.v1")).toHaveLength(2);
  });

  test("is given back with four eyes, never more than there is", async () => {
    const { here, accountId, reference, credit, settle } = await owing();
    await pay(here, reference, 1_000);
    const ask = (amountMinor?: number) =>
      askRefund(here, { accountId }, { reason: "moved away", ...(amountMinor ? { amountMinor } : {}) }, "clerk");
    await expect(ask(1_001)).rejects.toMatchObject({ kind: "invalid" });
    const [one, two] = [await ask(700), await ask(700)];
    await expect(approveRefund(here, one.id, by("clerk"))).rejects.toMatchObject({ kind: "forbidden" });
    const both = await Promise.allSettled([
      approveRefund(here, one.id, by("boss")),
      approveRefund(here, two.id, by("boss")),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await balances(here)).toMatchObject({ [credit]: -300 });
    const done = both[0]!.status === "fulfilled" ? one : two;
    expect(await paidOut(here, done.id, { holder: "bank:main", providerRef: "T1" })).toMatchObject({ state: "paid" });
    expect(await balances(here)).toMatchObject({ [credit]: -300, "bank:main": -700, "cash:till_1": 1_000 });
    // A number of the bank's pays out one refund.
    const next = await ask(300);
    await approveRefund(here, next.id, by("boss"));
    const again = paidOut(here, next.id, { holder: "bank:main", providerRef: "T1" });
    await expect(again).rejects.toMatchObject({ kind: "invalid" });
    expect(await paidOut(here, next.id, { holder: "bank:main", providerRef: "T2" })).toMatchObject({ state: "paid" });
    await settle();
    const { here: other } = inner.newHere();
    await expect(askRefund(other, { accountId }, { reason: "mine" }, "clerk")).rejects.toMatchObject({
      kind: "absent",
    });
  });
});

// Guards against a payment that is too big for one transaction.
test("more dues than one commit can hold are paid all the same", async () => {
  const { here, reference, credit, issue, settle } = await owing();
  await Promise.all(Array.from({ length: DUES_MAX + 45 }, () => issue(10)));
  const { outcome } = await pay(here, reference, 10 * (DUES_MAX + 45));
  expect([outcome, await here.ledger.balance(credit, "EUR")]).toEqual(["settled", -450]);
  await settle();
  expect(await openBoth(here)).toEqual([0, 0]);
  // So many uses of credit are not taken back at once: that is refused, and nothing is half done.
  const undo = { id: "cash:1:1", at: "2031-03-20T11:00:00.000Z", reason: "a mistake" };
  await expect(here.ask(UndoTaken, undo)).rejects.toMatchObject({ kind: "conflict" });
  expect(await here.ledger.prove()).toMatchObject({ isSound: true });
});

describe("money for several dues that goes back", () => {
  test("undone: every entry reversed, also what its credit has paid since", async () => {
    const { here, reference, bills, issue, settle } = await owing(1_000, 400);
    await pay(here, reference, 1_600);
    const later = await issue(150);
    await settle();
    expect(await balances(here)).not.toHaveProperty([later.due]);
    await here.ask(UndoTaken, { id: "cash:1:1", at: "2031-03-20T11:00:00.000Z", reason: "a mistake" });
    expect(await balances(here)).toEqual({
      [bills[0]!.due]: 1_000,
      [bills[1]!.due]: 400,
      [later.due]: 150,
      "revenue:water": -1_550,
    });
    await settle();
    expect(await openBoth(here)).toEqual([1_550, 1_550]);
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });

  test("refunded: credit first, then what was paid last; never more than was paid", async () => {
    const { here, reference, credit, bills, settle } = await owing(1_000, 400);
    const { paymentId } = await pay(here, reference, 1_500);
    const ask = (amountMinor?: number) =>
      askRefund(
        here,
        { paymentId: paymentId! },
        { reason: "a mistake", ...(amountMinor ? { amountMinor } : {}) },
        "clerk",
      );
    await expect(ask(1_501)).rejects.toMatchObject({ kind: "invalid" });
    const some = await ask(300);
    await approveRefund(here, some.id, by("boss"));
    expect((await balances(here))[credit]).toBeUndefined();
    expect(await balances(here)).toMatchObject({ [bills[1]!.due]: 200, [`refunds_owed:${some.id}`]: -300 });
    await settle();
    expect(await openBoth(here)).toEqual([200, 200]);
    await paidOut(here, some.id, { holder: "cash:till_1", providerRef: "x" });
    await expect(ask(1_201)).rejects.toMatchObject({ kind: "invalid" });
    const rest = await ask();
    await approveRefund(here, rest.id, by("boss"));
    await paidOut(here, rest.id, { holder: "cash:till_1", providerRef: "y" });
    expect(await balances(here)).toEqual({ [bills[0]!.due]: 1_000, [bills[1]!.due]: 400, "revenue:water": -1_400 });
    expect((await paymentStore(here).get(paymentId!)).state).toBe("refunded");
    await expect(
      here.ask(UndoTaken, { id: "cash:1:1", at: "2031-03-20T11:00:00.000Z", reason: "again" }),
    ).rejects.toMatchObject({ kind: "conflict" });
    await settle();
    expect(await openBoth(here)).toEqual([1_400, 1_400]);
  });

  test("a refund that fails gives everything back to where it was, and its credit pays what is due again", async () => {
    const { here, reference, bills, issue, settle } = await owing(1_000);
    const { paymentId } = await pay(here, reference, 1_400);
    const later = await issue(300);
    await settle();
    const asked = await askRefund(here, { paymentId: paymentId! }, { reason: "a mistake" }, "clerk");
    await approveRefund(here, asked.id, by("boss"));
    // 100 of credit were left; 300 come back from the bill that credit had paid.
    expect(await balances(here)).toMatchObject({ [bills[0]!.due]: 1_000, [later.due]: 300 });
    await settle();
    expect(await openBoth(here)).toEqual([1_300, 1_300]);
    const till = { id: "till_1", rail: "cash" } as unknown as Account;
    const word = {
      about: "refund" as const,
      sessionId: "",
      paymentId: paymentId!,
      amountMinor: 1_400,
      currency: "EUR",
    };
    await refundHeard(here, till, { ...word, says: "failed" }, "callback");
    await refundHeard(here, till, { ...word, says: "failed" }, "callback");
    await settle();
    const { state, parts } = await paymentStore(here).get(paymentId!);
    expect([state, parts!.map(({ backMinor }) => backMinor)]).toEqual(["settled", [0, 0]]);
    expect(await openBoth(here)).toEqual([0, 0]);
    expect(await balances(here)).toMatchObject({ "cash:till_1": 1_400 });
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });

  // Guards against a bill that is paid below nothing: once anew, and once by the refund that failed.
  test("a refund that fails for a bill that was paid meanwhile waits in suspense", async () => {
    const { here, accountId, bills, settle } = await owing(1_000);
    const { paymentId } = await pay(here, bills[0]!.reference, 1_000);
    const asked = await askRefund(here, { paymentId: paymentId! }, { reason: "a mistake" }, "clerk");
    await approveRefund(here, asked.id, by("boss"));
    await pay(here, bills[0]!.reference, 600, "cash:1:2");
    const till = { id: "till_1", rail: "cash" } as unknown as Account;
    const word = { about: "refund" as const, says: "failed" as const, sessionId: "", currency: "EUR" };
    await refundHeard(here, till, { ...word, paymentId: paymentId!, amountMinor: 1_000 }, "callback");
    expect(await balances(here)).toMatchObject({ suspense: -600, "cash:till_1": 1_600 });
    expect(await balances(here)).not.toHaveProperty([bills[0]!.due]);
    expect(await paymentStore(here).get(paymentId!)).toMatchObject({ state: "settled", refundedMinor: 600 });
    const [waiting] = (await suspenseList(here, { limit: 5 })).suspense;
    expect(waiting).toMatchObject({ amountMinor: 600, why: "paid_twice", paymentId });
    await settle();
    expect(await openBoth(here)).toEqual([0, 0]);
    expect(await statementOf(here, accountId)).toMatchObject({ balanceMinor: 0, dueMinor: 0 });
  });

  test("what is due again is paid by what the account has paid ahead by another payment", async () => {
    const { here, reference, credit, bills, settle } = await owing(1_000);
    await pay(here, bills[0]!.reference, 1_000);
    await pay(here, reference, 400, "cash:1:2");
    await here.ask(UndoTaken, { id: "cash:1:1", at: "2031-03-20T11:00:00.000Z", reason: "a mistake" });
    await settle();
    expect(await balances(here)).toMatchObject({ [bills[0]!.due]: 600, "cash:till_1": 400 });
    expect((await balances(here))[credit]).toBeUndefined();
    expect(await openBoth(here)).toEqual([600, 600]);
  });

  test("a lost dispute makes it due again; credit that is gone by then, the customer owes", async () => {
    const { here, accountId, reference, credit, bills, settle } = await owing(1_000);
    const { paymentId } = await pay(here, reference, 1_500);
    const wanted = await askRefund(here, { accountId }, { reason: "wanted", amountMinor: 400 }, "clerk");
    await approveRefund(here, wanted.id, by("boss"));
    const disputed = async (says: "open" | "paid", amountMinor: number) =>
      disputeHeard(
        here,
        await paymentStore(here).get(paymentId!),
        { about: "dispute", says, sessionId: "dp_1", amountMinor, currency: "EUR" },
        "callback",
      );
    await disputed("open", 1_500);
    await disputed("paid", 1_500);
    await disputed("paid", 1_500);
    expect(await balances(here)).toMatchObject({ [bills[0]!.due]: 1_000, [credit]: 400 });
    expect((await paymentStore(here).get(paymentId!)).state).toBe("refunded");
    await settle();
    expect(await openBoth(here)).toEqual([1_000, 1_000]);
    // What comes next pays the dues; what is over makes good what was lost.
    await pay(here, reference, 1_400, "cash:1:2");
    expect((await balances(here))[credit]).toBeUndefined();
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });

  // Guards against a refund that is forgotten, because a dispute was read before it and kept after it.
  test("a dispute that is opened while a part goes back leaves that part given back", async () => {
    const { here, reference } = await owing(1_000);
    const { paymentId } = await pay(here, reference, 1_500);
    const payment = () => paymentStore(here).get(paymentId!);
    const part = await askRefund(here, { paymentId: paymentId! }, { reason: "a part", amountMinor: 300 }, "clerk");
    let isFirst = true;
    const query: Here["table"]["query"] = async (asked) => {
      if (isFirst) {
        isFirst = false;
        await approveRefund(here, part.id, by("boss"));
        await paidOut(here, part.id, { holder: "cash:till_1", providerRef: "part" });
      }
      return here.table.query(asked);
    };
    const slow: Here = { ...here, table: { ...here.table, query } };
    const word = { about: "dispute", says: "open", sessionId: "dp_2", amountMinor: 1_500, currency: "EUR" } as const;
    await disputeHeard(slow, await payment(), word, "callback");
    expect(await payment()).toMatchObject({ state: "disputed", refundedMinor: 300 });
    // All that the provider takes, although a part had gone back.
    expect(await balances(here)).toMatchObject({ [`disputed:${paymentId}`]: 1_500 });
    await disputeHeard(here, await payment(), { ...word, says: "paid" }, "callback");
    expect(await payment()).toMatchObject({ state: "refunded", refundedMinor: 1_500 });
    expect(await balances(here)).toMatchObject({ "dispute_losses:cash": 300 });
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });

  // Guards against money that goes back twice: once as the account's credit, once with the payment that it came by.
  test("credit that went back already does not go back with its payment too", async () => {
    const { here, accountId, reference, bills } = await owing(1_000);
    const { paymentId } = await pay(here, reference, 1_500);
    const credit = await askRefund(here, { accountId }, { reason: "wanted" }, "clerk");
    await approveRefund(here, credit.id, by("boss"));
    const whole = await askRefund(here, { paymentId: paymentId! }, { reason: "a mistake" }, "clerk");
    await expect(approveRefund(here, whole.id, by("boss"))).rejects.toMatchObject({ kind: "conflict" });
    await expect(
      here.ask(UndoTaken, { id: "cash:1:1", at: "2031-03-20T11:00:00.000Z", reason: "again" }),
    ).rejects.toMatchObject({ kind: "conflict" });
    expect(await balances(here)).not.toHaveProperty([bills[0]!.due]);
  });
});

describe("money that waits", () => {
  test("is matched to an account by its reference or its number, and spread by the rule", async () => {
    const { here, accountId, reference, credit, bills } = await owing(1_000, 400);
    await pay(here, "compte A00001", 1_500);
    const [waiting] = (await suspenseList(here, { limit: 5 })).suspense;
    expect(await suggestions(here, waiting!)).toMatchObject([
      { reference, dueMinor: 1_400, reasons: ["account_number"] },
    ]);
    await expect(assign(here, waiting!.id, "A-0000-0000-1", "clerk")).rejects.toMatchObject({ kind: "invalid" });
    const tries = await Promise.allSettled([1, 2].map(() => assign(here, waiting!.id, reference, "clerk")));
    expect(tries.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await balances(here)).toMatchObject({ [credit]: -100, "cash:till_1": 1_500 });
    expect(await balances(here)).not.toHaveProperty(["suspense"]);
    const made = tries.find((one) => one.status === "fulfilled")!.value;
    expect(await paymentStore(here).get(made.id)).toMatchObject({
      accountId,
      parts: [{ billId: bills[0]!.id }, { billId: bills[1]!.id }, { accountId, amountMinor: 100 }],
    });
  });
});

// Guards against dues that two payments pay, and against money that is nowhere.
test("whatever pays one account at once: nothing below 0, nothing lost, figures as the ledger's", async () => {
  const step = fc.record({
    what: fc.constantFrom("account", "account", "bill", "issue", "undo", "refund", "deliver"),
    which: fc.nat({ max: 9 }),
    minor: fc.integer({ min: 1, max: 900 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 5 }), { minLength: 2, maxLength: 4 }), async (rounds) => {
      const { here, accountId, reference, credit, bills, issue, settle } = await owing(500, 300, 700);
      const taken: { id: string; paymentId?: string | undefined }[] = [];
      for (const [r, steps] of rounds.entries()) {
        await Promise.all(
          steps.map(async ({ what, which, minor }, i) => {
            const id = `cash:${r}:${i}`;
            if (what === "issue") bills.push(await issue(minor));
            if (what === "account" || what === "bill") {
              const to = what === "account" ? reference : bills[which % bills.length]!.reference;
              taken.push({ id, ...(await pay(here, to, minor, id)) });
            }
            const one = taken[which % taken.length];
            if (what === "undo" && one)
              await here
                .ask(UndoTaken, { id: one.id, at: "2031-03-20T11:00:00.000Z", reason: "a mistake" })
                .catch(() => undefined);
            if (what === "refund" && one?.paymentId) {
              const of = which % 2 === 0 ? { paymentId: one.paymentId } : { accountId };
              const asked = askRefund(here, of, { reason: "wanted", amountMinor: minor }, "clerk");
              await asked.then(({ id }) => approveRefund(here, id, by("boss"))).catch(() => undefined);
            }
            if (what === "deliver") await deliverDue(here, inner.house.listeners);
          }),
        );
        for (const { account, balanceMinor } of (await here.ledger.at()).list("due:"))
          expect(balanceMinor, account).toBeGreaterThan(0);
        expect(await here.ledger.balance(credit, "EUR")).toBeLessThanOrEqual(0);
      }
      await settle();
      const { isSound, sums } = await here.ledger.prove();
      expect([isSound, sums]).toEqual([true, { EUR: 0 }]);
      // Everything that came lies on dues, as credit, or is owed back: nothing of it waits, nothing is paid twice.
      const all = await balances(here);
      const of = (prefix: string) =>
        Object.entries(all).reduce((sum, [name, minor]) => (name.startsWith(prefix) ? sum + minor : sum), 0);
      expect(all["suspense"]).toBeUndefined();
      expect(of("cash:") + of("due:")).toBe(0 - of("revenue:") - of("credit:") - of("refunds_owed:"));
      // Whoever has credit owes nothing; only while a refund is under way is something due that may be paid again.
      const isRefunding = of("refunds_owed:") !== 0;
      expect(isRefunding || of("credit:") === 0 || of("due:") === 0).toBe(true);
      const [counted, due] = await openBoth(here);
      expect(counted).toBe(due);
      // The statement, made of what was told, comes to what the ledger says.
      const { balanceMinor, dueMinor, creditMinor } = await statementOf(here, accountId);
      expect([balanceMinor, dueMinor]).toEqual([dueMinor - creditMinor, due]);
    }),
    { numRuns: 8 },
  );
});
