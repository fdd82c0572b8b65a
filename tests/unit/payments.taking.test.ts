import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { referenceOf } from "../../functions/billing/domain.ts";
import { RaiseDue } from "../../functions/billing/events.ts";
import { billStore } from "../../functions/billing/store.ts";
import { TakePayment, UndoTaken } from "../../functions/payments/events.ts";
import type { Here } from "../../shared/here.ts";
import { anyBill, innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

async function billed(totalMinor: number, currency = "EUR") {
  const { here } = inner.newHere({ currency });
  const bill = anyBill(here, totalMinor, currency);
  const reference = referenceOf(bill.id);
  await billStore(here).issue({ ...bill, reference });
  return { here, bill, reference };
}
const cash = (reference: string, amountMinor: number, id = "cash:1:1") => ({
  id,
  reference,
  amountMinor,
  currency: "EUR",
  via: { rail: "cash" as const, account: "till_1", providerRef: "1" },
  at: "2026-11-23T11:00:00.000Z",
});
const balances = async (here: Here) =>
  Object.fromEntries((await here.ledger.at()).list("").map((one) => [one.account, one.balanceMinor]));
const told = async (here: Here, type: string) => {
  let count = 0;
  for await (const item of here.table.all({ pk: "LOG", index: "gsi1" }))
    if ((item["fact"] as { type: string }).type === type) count += 1;
  return count;
};

describe("money that has already arrived", () => {
  // Guards against a clerk's second press, or a bank file read twice, paying a bill twice.
  test("pays its bill once, however often it is asked and by however many at once", async () => {
    const { here, bill, reference } = await billed(1_000);
    const all = await Promise.all(Array.from({ length: 8 }, () => here.ask(TakePayment, cash(reference, 1_000))));
    expect(new Set(all.map(({ paymentId }) => paymentId)).size).toBe(1);
    expect(all[0]).toMatchObject({ outcome: "settled", receiptUrl: here.url(`/receipts/${all[0]!.paymentId}`) });
    expect(await balances(here)).toEqual({ "cash:till_1": 1_000, "revenue:water": -1_000 });
    expect(await told(here, "payments.settled.v1")).toBe(1);
    expect((await billStore(here).get(bill.id)).state).toBe("paid");
    // The same word for it, typed otherwise, is other content: nobody's id is used twice for two things.
    for (const other of [
      cash(reference, 999),
      { ...cash(reference, 1_000), currency: "XOF" },
      { ...cash(reference, 1_000), at: "2026-11-23T11:00:01.000Z" },
      cash("AAAA-AAAA-A", 1_000),
      { ...cash(reference, 1_000), via: { rail: "bank" as const, account: "till_1", providerRef: "1" } },
    ])
      await expect(here.ask(TakePayment, other)).rejects.toMatchObject({ kind: "conflict" });
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });

  // Of a bill whose account is known the rest is the account's: payments.accounts.test.ts.
  test("beyond what is due of nobody's bill, the rest waits in suspense; of a paid one, all of it", async () => {
    const { here } = inner.newHere();
    const { reference } = await here.ask(RaiseDue, {
      ...{ id: "fine:1", kind: "fine", titles: {}, period: "2026-11-23", currency: "EUR" },
      netMinor: 1_000,
      vatMinor: 0,
    });
    expect(await here.ask(TakePayment, cash(reference, 1_300))).toMatchObject({ outcome: "settled" });
    expect(await balances(here)).toMatchObject({ "cash:till_1": 1_300, suspense: -300 });
    expect(await here.ask(TakePayment, cash(reference, 50, "cash:1:2"))).toEqual({ outcome: "suspense" });
    expect(await balances(here)).toMatchObject({ "cash:till_1": 1_350, suspense: -350 });
    expect(await told(here, "payments.settled.v1")).toBe(1);
    expect(await told(here, "payments.unknown_money.v1")).toBe(1);
    expect(await here.ask(TakePayment, cash(reference, 50, "cash:1:2"))).toEqual({ outcome: "suspense" });
    expect(await balances(here)).toMatchObject({ suspense: -350 });
  });

  test("other money and unknown references wait in suspense; by rail it lies in its own account", async () => {
    const { here, bill, reference } = await billed(1_000);
    const xof = { ...cash(reference, 700, "a"), currency: "XOF" };
    expect(await here.ask(TakePayment, xof)).toEqual({ outcome: "suspense" });
    const bank = { ...cash("no such bill", 5, "b"), via: { rail: "bank" as const, account: "ba_1", providerRef: "r" } };
    expect(await here.ask(TakePayment, bank)).toEqual({ outcome: "suspense" });
    const shop = {
      ...cash(reference, 400, "c"),
      via: { rail: "third_party" as const, account: "tp_1", providerRef: "t" },
    };
    expect(await here.ask(TakePayment, shop)).toMatchObject({ outcome: "settled" });
    const listed = (await here.ledger.at()).list("");
    const of = (account: string, currency = "EUR") =>
      listed.find((one) => one.account === account && one.currency === currency)?.balanceMinor;
    expect([of("suspense", "XOF"), of("cash:till_1", "XOF")]).toEqual([-700, 700]);
    expect([of("suspense"), of("bank:ba_1"), of("provider:tp_1")]).toEqual([-5, 5, 400]);
    expect(of(`due:${bill.id}`)).toBe(600);
    // Another city knows nothing of this bill.
    const { here: other } = inner.newHere();
    expect(await other.ask(TakePayment, cash(reference, 400))).toEqual({ outcome: "suspense" });
  });

  // Guards against a mistake that is mended by changing what was written, or mended twice.
  test("a mistake is undone by reversing entries, once, and the bill is due again", async () => {
    const { here, bill, reference } = await billed(1_000);
    const taking = cash(reference, 1_300);
    const { paymentId } = await here.ask(TakePayment, taking);
    const undo = { id: taking.id, at: taking.at, reason: "wrong amount" };
    await Promise.all([here.ask(UndoTaken, undo), here.ask(UndoTaken, undo)]);
    expect(await balances(here)).toEqual({ [`due:${bill.id}`]: 1_000, "revenue:water": -1_000 });
    expect(await told(here, "payments.undone.v1")).toBe(1);
    const item = await here.table.get({ pk: `PAYMENT#${paymentId}`, sk: "PAYMENT" });
    expect(item?.["state"]).toBe("refunded");
    await expect(here.ask(UndoTaken, { ...undo, id: "cash:1:9" })).rejects.toMatchObject({ kind: "absent" });
    await expect(here.ask(UndoTaken, { ...undo, reason: "other" })).rejects.toMatchObject({ kind: "conflict" });
    // What waited in suspense and was matched meanwhile cannot be given back from there.
    const lost = cash("unknown", 10, "cash:1:3");
    await here.ask(TakePayment, lost);
    await here.ledger.post({
      id: "matched",
      transfers: [{ debit: "suspense", credit: `due:${bill.id}`, amountMinor: 10, currency: "EUR" }],
    });
    await expect(here.ask(UndoTaken, { id: lost.id, at: lost.at, reason: "mistake" })).rejects.toMatchObject({
      kind: "conflict",
    });
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });
});
