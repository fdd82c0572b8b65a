import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BillByReference, CreditBill, DuesOfAccount, RaiseDue } from "../../functions/billing/events.ts";
import { approveRelief, askRelief } from "../../functions/billing/reliefs.ts";
import { billStore } from "../../functions/billing/store.ts";
import { TakePayment } from "../../functions/payments/events.ts";
import { cityRooms } from "../../functions/rooms.ts";
import { deliverDue } from "../../shared/courier.ts";
import { newId } from "../../shared/ids.ts";
import { innerHouse } from "../setup/inner.ts";

describe("dues that other rooms raise", () => {
  let set: Awaited<ReturnType<typeof innerHouse>>;
  beforeAll(async () => {
    set = await innerHouse();
  });
  afterAll(() => set.stop());

  const permit = {
    id: "permits:one",
    kind: "permit" as const,
    titles: { en: "Building permit", fr: "Permis de construire", ar: "رخصة بناء" },
    period: "2026",
    netMinor: 10_000,
    vatMinor: 2_000,
    currency: "EUR",
  };

  // Guards against being charged twice for one thing.
  test("asked twice, also at once, it is one bill; with another content it is refused", async () => {
    const { here } = set.newHere();
    const [one, two] = await Promise.all([here.ask(RaiseDue, permit), here.ask(RaiseDue, permit)]);
    expect(two).toEqual(one);
    expect(await here.ask(BillByReference, { reference: one.reference })).toMatchObject({
      billId: one.billId,
      kind: "permit",
      titles: permit.titles,
      month: "2026",
      totalMinor: 12_000,
      dueMinor: 12_000,
      state: "due",
    });
    await expect(here.ask(RaiseDue, { ...permit, netMinor: 1 })).rejects.toThrow("Something else was raised");
    const now = await here.ledger.at();
    expect([now.balance("revenue:permit", "EUR"), now.balance("vat", "EUR")]).toEqual([-10_000, -2_000]);
  });

  test.each([
    ["another currency", { currency: "XOF" }, "currency is EUR"],
    ["nothing to pay", { netMinor: 0, vatMinor: 0 }, "nothing to pay"],
  ])("%s is refused, and nothing is kept", async (_what, wrong, says) => {
    const { here } = set.newHere();
    await expect(here.ask(RaiseDue, { ...permit, ...wrong })).rejects.toThrow(says);
    expect((await here.ledger.at()).list("")).toEqual([]);
    expect(await billStore(here).raised(permit.id)).toBeUndefined();
  });
  test.each([
    ["below zero", { netMinor: -1 }],
    ["in parts of a cent", { netMinor: 1.5 }],
    ["beyond all money", { netMinor: 1e15 }],
    ["of an unknown kind", { kind: "bribe" }],
    ["for no time", { period: "2026-13" }],
  ])("a due %s is refused", async (_what, wrong) => {
    const { here } = set.newHere();
    await expect(here.ask(RaiseDue, { ...permit, ...wrong } as never)).rejects.toThrow();
  });

  // Guards against an order that is paid after it was given up, and against one given up after it was paid.
  test("unpaid in its time it is taken back; paid in part it stays", async () => {
    const { here, at } = set.newHere();
    const expiresAt = "2026-11-23T13:00:00Z";
    const late = await here.ask(RaiseDue, { ...permit, id: "vending:late", expiresAt });
    const part = await here.ask(RaiseDue, { ...permit, id: "vending:part", expiresAt });
    const take = (reference: string, id: string, amountMinor: number) =>
      here.ask(TakePayment, {
        id,
        reference,
        amountMinor,
        currency: "EUR",
        via: { rail: "cash", account: "till_1", providerRef: id },
        at: at.now.toISOString(),
      });
    expect((await take(part.reference, "cash:one:1", 500)).outcome).toBe("settled");
    const taskers = cityRooms.flatMap(({ tasks }) => tasks);
    const standsAs = async (billId: string) => (await billStore(here).get(billId)).state;

    at.now = new Date("2026-11-23T12:59:59Z");
    await deliverDue(here, [], taskers);
    expect([await standsAs(late.billId), await standsAs(part.billId)]).toEqual(["due", "partly_paid"]);
    at.now = new Date("2026-11-23T13:00:01Z");
    await deliverDue(here, [], taskers);
    await deliverDue(here, [], taskers);
    expect([await standsAs(late.billId), await standsAs(part.billId)]).toEqual(["cancelled", "partly_paid"]);
    expect((await here.ledger.at()).balance("revenue:permit", "EUR")).toBe(-10_000);
    expect((await take(late.reference, "cash:one:2", 12_000)).outcome).toBe("suspense");
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });

  // Guards against a correction that takes back what was paid, or is made twice.
  test("a credit note of another room is one, with its share of the VAT, and never more than is due", async () => {
    const { here } = set.newHere();
    const { billId } = await here.ask(RaiseDue, permit);
    const names = { reason: "The plot is smaller", askedBy: "one", approvedBy: "two" };
    const first = { id: newId("rlf", here.clock.now()), billId, amountMinor: 1_200, ...names };
    expect(await here.ask(CreditBill, first)).toEqual({ creditedMinor: 1_200, paidMinor: 0 });
    expect(await here.ask(CreditBill, first)).toEqual({ creditedMinor: 1_200, paidMinor: 0 });
    expect(await billStore(here).get(billId)).toMatchObject({ dueMinor: 10_800, relievedMinor: 1_200 });
    expect((await here.ledger.at()).balance("vat", "EUR")).toBe(-1_800);
    const rest = { ...first, id: newId("rlf", here.clock.now()), amountMinor: 50_000 };
    expect(await here.ask(CreditBill, rest)).toEqual({ creditedMinor: 10_800, paidMinor: 0 });
    const more = { ...first, id: newId("rlf", here.clock.now()) };
    expect(await here.ask(CreditBill, more)).toEqual({ creditedMinor: 0, paidMinor: 0 });
    expect(await billStore(here).get(billId)).toMatchObject({ dueMinor: 0, state: "cancelled" });
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });

  // Guards against revenue of what nobody got yet, and against a loss of what nobody was lent.
  test("what is paid in advance is the payer's; written off, there is just less of it", async () => {
    const { here } = set.newHere();
    const accountId = newId("acc", here.clock.now());
    const prepaid = { ...permit, accountId, kind: "prepaid_water" as const, vatMinor: 0 };
    const part = await here.ask(RaiseDue, { ...prepaid, id: "vending:part" });
    const balance = async (account: string) => (await here.ledger.at()).balance(account, "EUR");
    expect(await balance(`credit:${part.billId}`)).toBe(-10_000);
    const relief = await askRelief(here, part.billId, { kind: "write_off", amountMinor: 4_000, reason: "gone" }, "one");
    await approveRelief(here, relief.id, "two");
    expect([await balance(`credit:${part.billId}`), await balance("written_off:prepaid_water")]).toEqual([-6_000, 0]);

    expect(await here.ask(DuesOfAccount, { accountId, limit: 10 })).toEqual([]);
    const owed = await here.ask(RaiseDue, { ...permit, accountId });
    expect(await here.ask(DuesOfAccount, { accountId, limit: 10 })).toMatchObject([
      { billId: owed.billId, dueMinor: 12_000 },
    ]);
  });
});
