import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { referenceOf } from "../../functions/billing/domain.ts";
import { billStore } from "../../functions/billing/store.ts";
import { collectionStore } from "../../functions/collection/store.ts";
import { TakePayment, UndoTaken } from "../../functions/payments/events.ts";
import { deliverDue, replay } from "../../shared/courier.ts";
import type { Here } from "../../shared/here.ts";
import { anyBill, innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());
const ours = () => inner.house.listeners.filter(({ name }) => name.startsWith("collection/"));

async function issued(here: Here, totalMinor: number): Promise<string> {
  const bill = anyBill(here, totalMinor);
  const reference = referenceOf(bill.id);
  await billStore(here).issue({ ...bill, reference });
  return reference;
}
const pay = (here: Here, reference: string, amountMinor: number, id: string) =>
  here.ask(TakePayment, {
    id,
    reference,
    amountMinor,
    currency: "EUR",
    via: { rail: "cash", account: "till_1", providerRef: id },
    at: here.clock.now().toISOString(),
  });
const sums = async (here: Here) => {
  const store = collectionStore(here);
  const { cohorts, intakes } = await store.figures(await store.months());
  return {
    bills: cohorts.reduce((sum, one) => sum + one.bills, 0),
    billedMinor: cohorts.reduce((sum, one) => sum + one.billedMinor, 0),
    openMinor: cohorts.reduce((sum, one) => sum + one.openMinor, 0),
    collected: Object.fromEntries(intakes.map((one) => [`${one.month} of ${one.issuedIn}`, one.collectedMinor])),
  };
};

// Guards against figures that differ from the ledger, and against two listeners that write over each other's sums.
test("figures follow the events of billing and payments, once each, with many at once", async () => {
  const { here, at } = inner.newHere();
  // Events are told at the house's own time: this city lives after it.
  at.now = new Date("2031-03-10T12:00:00Z");
  const references = [];
  for (let i = 0; i < 6; i++) references.push(await issued(here, 1_000 + i));
  await pay(here, references[0]!, 1_000, "cash:1");
  await pay(here, references[1]!, 400, "cash:2");
  // Three couriers at once, as after three rings.
  await Promise.all([1, 2, 3].map(() => deliverDue(here, ours())));
  at.now = new Date("2031-03-10T12:01:00Z");
  await deliverDue(here, ours());
  expect(await sums(here)).toEqual({
    bills: 6,
    billedMinor: 6_015,
    openMinor: 6_015 - 1_400,
    collected: { "2031-03 of 2031-03": 1_400 },
  });
  at.now = new Date("2031-04-05T12:00:00Z");
  await pay(here, references[1]!, 601, "cash:3");
  await here.ask(UndoTaken, { id: "cash:2", at: "2031-03-10T12:00:00.000Z", reason: "a mistake" });
  await deliverDue(here, ours());
  const { openMinor, collected } = await sums(here);
  expect(openMinor).toBe(6_015 - 1_601);
  expect(collected).toMatchObject({ "2031-03 of 2031-03": 1_400, "2031-04 of 2031-03": 601 });
  expect(Object.values(collected).reduce((sum, one) => sum + one, 0)).toBe(1_601);
  const due = (await here.ledger.at()).list("due:").reduce((sum, one) => sum + one.balanceMinor, 0);
  expect((await sums(here)).openMinor).toBe(due);
});

// Guards against a city whose bills are older than this room: replaying the log gives the same figures.
test("told in the wrong order, or again, the figures are the same", async () => {
  const { here } = inner.newHere();
  const reference = await issued(here, 500);
  await pay(here, reference, 200, "cash:1");
  const byType = (type: string) => ours().find((one) => one.type === type)!;
  for (const type of ["payments.settled.v1", "billing.bill_issued.v1", "payments.settled.v1"])
    await replay(here, byType(type));
  expect(await sums(here)).toMatchObject({ bills: 1, billedMinor: 500, openMinor: 300 });
});

/** A model that shares no code: bills from the log, money from the ledger's entries. */
async function fromTheLedger(here: Here) {
  let [bills, billedMinor, collectedMinor] = [0, 0, 0];
  for await (const item of here.table.all({ pk: "LOG", index: "gsi1" })) {
    const { type, data } = item["fact"] as { type: string; data: { totalMinor: number } };
    if (type !== "billing.bill_issued.v1") continue;
    bills += 1;
    billedMinor += data.totalMinor;
  }
  for await (const { transfer } of here.ledger.allEntries()) {
    if (transfer.code === "settlement") collectedMinor += transfer.amountMinor;
    if (transfer.code === "undone" && transfer.debit.startsWith("due:")) collectedMinor -= transfer.amountMinor;
  }
  const due = (await here.ledger.at()).list("due:");
  return { bills, billedMinor, collectedMinor, openMinor: due.reduce((sum, one) => sum + one.balanceMinor, 0) };
}

// Guards against sums that several couriers at once, and their retries, pull apart.
test("random bills, payments and reversals, told by several couriers at once, give the figures of the ledger", async () => {
  const step = fc.record({
    what: fc.constantFrom("issue", "pay", "pay", "undo", "deliver"),
    which: fc.nat({ max: 50 }),
    minor: fc.integer({ min: 1, max: 700 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const { here, at } = inner.newHere();
      at.now = new Date("2031-03-10T12:00:00Z");
      const references = [await issued(here, 1_000)];
      const taken: string[] = [];
      for (const [i, { what, which, minor }] of steps.entries()) {
        if (what === "issue") references.push(await issued(here, minor));
        if (what === "pay") {
          await pay(here, references[which % references.length]!, minor, `cash:${i}`);
          taken.push(`cash:${i}`);
        }
        const id = taken[which % taken.length];
        if (what === "undo" && id !== undefined)
          await here.ask(UndoTaken, { id, at: at.now.toISOString(), reason: "a mistake" }).catch(() => undefined);
        if (what === "deliver") await Promise.all([1, 2, 3].map(() => deliverDue(here, ours())));
      }
      await Promise.all([1, 2].map(() => deliverDue(here, ours())));
      at.now = new Date("2031-03-12T12:00:00Z"); // what lost a race is told again
      while ((await deliverDue(here, ours())) > 0);
      const { bills, billedMinor, openMinor, collected } = await sums(here);
      const collectedMinor = Object.values(collected).reduce((sum, one) => sum + one, 0);
      expect({ bills, billedMinor, openMinor, collectedMinor }).toEqual(await fromTheLedger(here));
    }),
    { numRuns: 12 },
  );
});
