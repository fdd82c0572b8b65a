import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { referenceOf } from "../../functions/billing/domain.ts";
import { billStore } from "../../functions/billing/store.ts";
import { counterStore } from "../../functions/counter/store.ts";
import { closeTill, countTill, openTill, takeCash } from "../../functions/counter/till.ts";
import { deliverDue } from "../../shared/courier.ts";
import { creditorReference, readCreditorReference } from "../../shared/creditor-reference.ts";
import { newId } from "../../shared/ids.ts";
import { anyBill, innerHouse } from "../setup/inner.ts";

describe("creditor references", () => {
  test("fit the example of ISO 11649, and are read again however they are grouped", () => {
    expect(creditorReference("539007547034")).toBe("RF18539007547034");
    expect(readCreditorReference("RF18 5390 0754 7034")).toBe("539007547034");
    expect(readCreditorReference("RF19539007547034")).toBeUndefined();
    expect(() => creditorReference("")).toThrow(RangeError);
    expect(() => creditorReference("É")).toThrow(RangeError);
  });

  // Guards against money that goes to a neighbour's bill because two signs were swapped. Mod 97 promises it for signs
  // of one class (`3X` and `X3` are the same digits to it); a bill's own check sign finds the others.
  test("no wrong sign and no swapped pair is read as another reference", () => {
    const own = fc.stringMatching(/^[A-Z0-9]{1,21}$/);
    fc.assert(
      fc.property(own, fc.nat(), fc.constantFrom(..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"), (signs, at, sign) => {
        const right = creditorReference(signs);
        expect(readCreditorReference(right)).toBe(signs);
        const i = 4 + (at % signs.length);
        const isOneClass = (a: string, b: string) => /[0-9]/.test(a) === /[0-9]/.test(b);
        if (right[i] !== sign && isOneClass(right[i]!, sign))
          expect(readCreditorReference(right.slice(0, i) + sign + right.slice(i + 1))).toBeUndefined();
        const j = Math.min(i, right.length - 2);
        if (j >= 4 && right[j] !== right[j + 1] && isOneClass(right[j]!, right[j + 1]!))
          expect(
            readCreditorReference(right.slice(0, j) + right[j + 1]! + right[j]! + right.slice(j + 2)),
          ).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});

describe("a clerk who is cut off between the number and the money", () => {
  let inner: Awaited<ReturnType<typeof innerHouse>>;
  beforeAll(async () => {
    inner = await innerHouse();
  });
  afterAll(() => inner.stop());

  // Guards against a number without its money, and money taken twice by the clerk's second try.
  test("is finished by the task, once, whether the money was moved before the cut or not", async () => {
    for (const isMoved of [false, true]) {
      const { here, at } = inner.newHere();
      const bill = anyBill(here, 1_000);
      const reference = referenceOf(bill.id);
      await billStore(here).issue({ ...bill, reference });
      const createdAt = at.now.toISOString();
      await counterStore(here).addTill({
        code: "T1",
        name: "x",
        currency: "EUR",
        state: "closed",
        deposits: 0,
        createdAt,
      });
      await openTill(here, "T1", { floatMinor: 0 }, "a");
      const cut: typeof here = {
        ...here,
        ask: async (offer, args) => {
          const isTaking = offer.name === "payments.take";
          const answer = !isTaking || isMoved ? await here.ask(offer, args) : undefined;
          if (isTaking) throw new Error("the line is dead");
          return answer as never;
        },
      };
      const asked = { id: newId("tak", at.now), reference };
      await expect(takeCash(cut, "T1", asked, "a")).rejects.toThrow("dead");
      const [half] = await counterStore(here).lastOf("T1", "2026", 1);
      expect(half).toMatchObject({ number: 1, state: "taking" });
      at.now = new Date(at.now.getTime() + 61_000);
      await deliverDue(
        here,
        [],
        inner.house.rooms.flatMap(({ tasks }) => tasks),
      );
      const [whole] = await counterStore(here).lastOf("T1", "2026", 1);
      expect(whole).toMatchObject({ state: "taken", outcome: "settled" });
      expect(await here.ledger.balance("cash:T1", "EUR")).toBe(1_000);
      expect((await takeCash(here, "T1", asked, "a")).created).toBe(false);
      expect(await here.ledger.balance("cash:T1", "EUR")).toBe(1_000);
      expect(await here.ledger.prove()).toMatchObject({ isSound: true });
    }
  });

  // Guards against a drawer that is signed while a receipt's money is still on its way into the books.
  test("a closing finishes what was cut off before it compares", async () => {
    const { here, at } = inner.newHere();
    const store = counterStore(here);
    const createdAt = at.now.toISOString();
    await store.addTill({ code: "T1", name: "x", currency: "EUR", state: "closed", deposits: 0, createdAt });
    await openTill(here, "T1", { floatMinor: 0 }, "a");
    const references: string[] = [];
    for (let i = 0; i < 60; i++) {
      const bill = anyBill(here, 10);
      references.push(referenceOf(bill.id));
      await billStore(here).issue({ ...bill, reference: references[i]! });
    }
    const cut: typeof here = {
      ...here,
      ask: async (offer, args) => {
        if (offer.name === "payments.take") throw new Error("the line is dead");
        return here.ask(offer, args);
      },
    };
    const take = (on: typeof here, i: number) =>
      takeCash(on, "T1", { id: newId("tak", at.now), reference: references[i]! }, "a");
    await expect(take(cut, 0)).rejects.toThrow("dead");
    for (let i = 1; i < 60; i++) await take(here, i);
    await countTill(here, "T1", { denominations: { "10": 60 } }, "a");
    expect(await closeTill(here, "T1", "b")).toMatchObject({ expectedMinor: 600, differenceMinor: 0 });
    expect(await store.unfinished("T1")).toEqual([]);
  });

  // Guards against a drawer whose books differ from what was counted, as a refund was paid out of it meanwhile.
  test.each(["opened", "closed"])("what leaves a drawer while it is %s is in its books once", async (when) => {
    const { here } = inner.newHere();
    const createdAt = here.clock.now().toISOString();
    const till = { code: "T1", name: "x", currency: "EUR", state: "closed" as const, deposits: 0, createdAt };
    await counterStore(here).addTill(till);
    const back = { debit: "refunds_owed:r1", credit: "cash:T1", amountMinor: 300, currency: "EUR" };
    const post: typeof here.ledger.post = async (posting) => {
      await here.ledger.post({ id: "paid_out", transfers: [back] });
      return here.ledger.post(posting);
    };
    const late: typeof here = { ...here, ledger: { ...here.ledger, post } };
    await openTill(when === "opened" ? late : here, "T1", { floatMinor: 1_000 }, "a");
    expect(await here.ledger.balance("cash:T1", "EUR")).toBe(1_000);
    await countTill(here, "T1", { denominations: { "500": 1, "200": 1 } }, "a");
    const closed = await closeTill(when === "closed" ? late : here, "T1", "b");
    expect(await here.ledger.balance("cash:T1", "EUR")).toBe(700);
    expect(closed).toMatchObject({ differenceMinor: when === "closed" ? 0 : -300 });
  });

  test("what leaves with the city is every item of the room", async () => {
    const { here } = inner.newHere();
    const store = counterStore(here);
    const createdAt = here.clock.now().toISOString();
    await store.addTill({ code: "T1", name: "x", currency: "EUR", state: "closed", deposits: 0, createdAt });
    const bill = anyBill(here, 1_000);
    const reference = referenceOf(bill.id);
    await billStore(here).issue({ ...bill, reference });
    await openTill(here, "T1", { floatMinor: 0 }, "a");
    await takeCash(here, "T1", { id: newId("tak", here.clock.now()), reference }, "a");
    const keys: string[] = [];
    for await (const { pk, sk } of store.items()) keys.push(`${pk.split("#")[0]} ${sk.split("#")[0]}`);
    expect(keys.sort()).toEqual([
      "CASH_RECEIPTS 00000001",
      "CASH_TAKING CASH_TAKING",
      "SHIFT SHIFT",
      "TILL NUMBERS",
      "TILL TILL",
    ]);
  });
});
