import { afterAll, beforeAll, expect, test } from "vitest";
import { approveRelief, askRelief, credit } from "../../functions/billing/reliefs.ts";
import { billStore } from "../../functions/billing/store.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { anyBill, innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

/** The same place, where somebody else relieves the bill of a cent before each of so many posts. */
function meddled(here: Here, billId: string, times: number): Here {
  let left = times;
  const post: Here["ledger"]["post"] = async (posting) => {
    if (left-- > 0)
      await here.commit([billStore(here).changedWrite(await billStore(here).get(billId), { relievedMinor: 1 })]);
    return here.ledger.post(posting);
  };
  return { ...here, ledger: { ...here.ledger, post } };
}

// Guards against a second person who is told that it was decided, since a fact changed the bill at that moment.
test("a bill that changed between look and approval is looked at again, a few times", async () => {
  const { here } = inner.newHere();
  const bill = { ...anyBill(here, 50_00), reference: "AAAA" };
  await billStore(here).issue(bill);
  const asks = { kind: "credit_note", amountMinor: 10_00, reason: "misread" } as const;
  const { id } = await askRelief(here, bill.id, asks, "usr_1");
  await expect(approveRelief(meddled(here, bill.id, 9), id, "usr_2")).rejects.toMatchObject({ kind: "conflict" });
  expect((await billStore(here).get(bill.id)).dueMinor).toBe(50_00);
  expect(await approveRelief(meddled(here, bill.id, 2), id, "usr_2")).toMatchObject({ state: "approved" });
  expect((await billStore(here).get(bill.id)).dueMinor).toBe(40_00);

  const order = { billId: bill.id, reason: "sold", askedBy: "usr_1", approvedBy: "usr_2", names: undefined };
  const given = { id: newId("rlf", here.clock.now()), amountMinor: 15_00, ...order };
  expect(await credit(meddled(here, bill.id, 2), given)).toMatchObject({ creditedMinor: 15_00 });
  expect(await credit(here, given)).toMatchObject({ creditedMinor: 15_00 });
  expect((await billStore(here).get(bill.id)).dueMinor).toBe(25_00);
});
