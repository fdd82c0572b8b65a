import { describe, expect, test } from "vitest";
import { type BillAnswer, billedCity, ok, WATER } from "../billed.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";

const AGENT = { as: "agent" } as const;
const TREASURER = { as: "treasurer" } as const;

interface Adjustment {
  causeId: string;
  reason: string;
  quantityBefore: number;
  quantity: number;
  chargedMinor: number;
  nowMinor: number;
  netMinor: number;
  vatMinor: number;
  raisedBillId?: string;
  reliefId?: string;
  state: string;
}
const adjustments = async (city: TestCity, billId: string) =>
  (await ok<{ adjustments: Adjustment[] }>(city.get(`/v1/bills/${billId}/adjustments`, AGENT))).adjustments;
const settled = (city: TestCity, billId: string, count: number) =>
  soon(
    () => adjustments(city, billId),
    (all) => all.length >= count,
  );
/** The first hour of the month was so many litres. */
const correct = (city: TestCity, bill: BillAnswer, litres: string, reason = "the bulk meter was read by mistake") =>
  ok<{ id: string }>(
    city.post(
      `/v1/meters/${String(bill["meterId"])}/corrections`,
      {
        kind: "values",
        from: "2026-09-01T00:00:00Z",
        interval: 3600,
        values: [litres],
        unit: "L",
        quality: "F",
        reason,
      },
      AGENT,
    ),
  );
const balances = async (city: TestCity) => {
  const { balances: all } = await ok<{ balances: { account: string; balanceMinor: number }[] }>(
    city.get("/v1/ledger/balances", TREASURER),
  );
  return (account: string) => all.find((one) => one.account === account)?.balanceMinor ?? 0;
};
const statement = (city: TestCity, accountId: string) =>
  ok<{ dueMinor: number; creditMinor: number; balanceMinor: number }>(city.get(`/v1/statements/${accountId}`, AGENT));

describe(`a bill whose readings were corrected, ${target.name}`, () => {
  // Guards against a bill that is rewritten after it was sent, and a difference that is billed twice.
  test("more is a bill of its own that says why; undone, it is credited; the bill itself stands", async () => {
    const { city, bills, accounts } = await billedCity([12_500]);
    const bill = bills[0]!;
    const first = 12_500 - Math.floor(12_500 / 720) * 719;
    const made = await correct(city, bill, String(first + 10_000));
    const [more] = await settled(city, bill.id, 1);
    // 22.5 m³: 10 at 0.50, 12.5 at 1.2345, 3.00 fixed, 5.5 % VAT.
    expect(more).toMatchObject({
      causeId: made.id,
      reason: "the bulk meter was read by mistake",
      quantityBefore: 12_500,
      quantity: 22_500,
      chargedMinor: bill.totalMinor,
      nowMinor: 2472,
      state: "billed",
    });
    expect(more!.netMinor + more!.vatMinor).toBe(2472 - bill.totalMinor);
    const raised = await ok<BillAnswer>(city.get(`/v1/bills/${more!.raisedBillId}`, AGENT));
    expect(raised).toMatchObject({
      kind: "water",
      period: "2026-09",
      totalMinor: 2472 - bill.totalMinor,
      adjusts: { billId: bill.id, reference: bill.reference, reason: "the bulk meter was read by mistake" },
    });
    expect(await ok(city.get(`/v1/bills/${bill.id}`, AGENT))).toEqual({ ...bill });

    // The payer reads it on both, and may pay the difference by its own reference.
    const reader = await city.browser({ contact: accounts[0]!.contact });
    for (const id of [bill.id, raised.id])
      expect(await (await reader.get(`/bills/${id}`)).text()).toContain("the bulk meter was read by mistake");

    await ok(
      city.post(
        `/v1/meters/${String(bill["meterId"])}/corrections`,
        { kind: "undo", correctionId: made.id, reason: "it was right after all" },
        AGENT,
      ),
    );
    const [, less] = await settled(city, bill.id, 2);
    expect(less).toMatchObject({ quantityBefore: 22_500, quantity: 12_500, nowMinor: bill.totalMinor, state: "asked" });
    expect(less!.netMinor + less!.vatMinor).toBe(bill.totalMinor - 2472);
    expect(await ok(city.get("/v1/ledger/proof", TREASURER))).toMatchObject({ isSound: true });
  });

  // Guards against one clerk who lowers a friend's bill by "correcting" the meter, and a credit that is lost on a paid bill.
  test("less waits for a second person; what was paid already becomes the account's credit", async () => {
    const { city, bills, accounts } = await billedCity([12_500]);
    const bill = bills[0]!;
    await correct(city, bill, "18");
    const before = await balances(city);
    const [less] = await settled(city, bill.id, 1);
    const minor = -(less!.netMinor + less!.vatMinor);
    expect(minor).toBeGreaterThan(0);
    expect(less).toMatchObject({ state: "asked", chargedMinor: bill.totalMinor });
    expect((await ok<BillAnswer>(city.get(`/v1/bills/${bill.id}`, AGENT))).dueMinor).toBe(bill.totalMinor);
    expect(await ok(city.post(`/v1/reliefs/${less!.reliefId}/approval`, {}, TREASURER))).toMatchObject({
      amountMinor: minor,
      reason: "the bulk meter was read by mistake",
    });
    expect(await ok(city.get(`/v1/bills/${bill.id}`, AGENT))).toMatchObject({
      dueMinor: bill.totalMinor - minor,
      relievedMinor: minor,
    });
    const after = await balances(city);
    expect([after("revenue:water") - before("revenue:water"), after("vat") - before("vat")]).toEqual([
      -less!.netMinor,
      -less!.vatMinor,
    ]);
    const owed = await soon(
      () => statement(city, accounts[0]!.id),
      ({ balanceMinor }) => balanceMinor === bill.totalMinor - minor,
    );
    expect(owed).toMatchObject({ dueMinor: bill.totalMinor - minor, creditMinor: 0 });
  });

  test("of a bill that was paid, what was too much is credit of the account", async () => {
    const { city, bills, accounts } = await billedCity([12_500]);
    const { id, reference, totalMinor } = bills[0]!;
    await ok(city.post("/v1/tills", { code: "T1", name: "Ground floor" }, TREASURER));
    await ok(city.post("/v1/tills/T1/shifts", { floatMinor: 0 }, AGENT));
    await ok(city.post("/v1/tills/T1/receipts", { id: city.id("tak"), reference, amountMinor: 1000 }, AGENT));
    await correct(city, bills[0]!, "18", "the first dial was misread");
    const [first] = await settled(city, id, 1);
    await correct(city, bills[0]!, "0", "it stood still");
    // It takes the place of the one that waits, from which on nobody can approve that.
    const [withdrawn, last] = await settled(city, id, 2);
    expect([withdrawn, last]).toMatchObject([{ state: "withdrawn" }, { state: "asked", chargedMinor: totalMinor }]);
    expect((await city.post(`/v1/reliefs/${first!.reliefId}/approval`, {}, TREASURER)).status).toBe(409);
    await ok(city.post(`/v1/reliefs/${last!.reliefId}/approval`, {}, TREASURER));
    const minor = -(last!.netMinor + last!.vatMinor);
    expect(await ok(city.get(`/v1/bills/${id}`, AGENT))).toMatchObject({
      dueMinor: Math.max(0, totalMinor - 1000 - minor),
    });
    // Late readings bring the whole month to next to nothing.
    const rows = Array.from({ length: 719 }, (_, i) => `W0,${new Date(Date.UTC(2026, 8, 1, i + 1)).toISOString()},0`);
    await ok(city.upload("/v1/readings", "late.csv", `meter,time,value\n${rows.join("\n")}\n`, AGENT));
    const late = (await settled(city, id, 3))[2]!;
    expect(late).toMatchObject({
      quantity: 0,
      nowMinor: 317,
      reason: expect.stringContaining("Relevés"),
      state: "asked",
    });
    const bill = await ok<BillAnswer>(city.get(`/v1/bills/${id}`, AGENT));
    expect(await ok(city.post(`/v1/reliefs/${late.reliefId}/approval`, {}, TREASURER))).toMatchObject({
      state: "approved",
    });
    expect(await ok(city.get(`/v1/bills/${id}`, AGENT))).toMatchObject({ dueMinor: 0, state: "paid" });
    const owed = await soon(
      () => statement(city, accounts[0]!.id),
      ({ balanceMinor }) => balanceMinor === 317 - 1000,
    );
    expect(owed).toMatchObject({ dueMinor: 0, creditMinor: 683 });
    expect(-(late.netMinor + late.vatMinor) - bill.dueMinor).toBe(683);
    // A file of so many meters that the fact of it does not name them all adjusts as well, a part at a time.
    const others = Array.from({ length: 130 }, (_, i) => `A${String(i).padStart(3, "0")},2026-09-02T00:00:00Z,0,`);
    const many = ["meter,start,value,end", ...others.map((one) => `${one}2026-09-02T01:00:00Z`)];
    many.push("W0,2026-09-01T01:00:00Z,50000,2026-09-01T02:00:00Z");
    await ok(city.upload("/v1/readings?register=true&kind=water", "many.csv", `${many.join("\n")}\n`, AGENT));
    expect((await settled(city, id, 4))[3]).toMatchObject({ quantity: 50_000, state: "billed" });
    expect(await ok(city.get("/v1/ledger/proof", TREASURER))).toMatchObject({ isSound: true });
  });

  test("a refused credit note takes nothing off, and the next correction starts from what is charged", async () => {
    const { city, bills } = await billedCity([12_500]);
    const bill = bills[0]!;
    await correct(city, bill, "18");
    const [less] = await settled(city, bill.id, 1);
    await ok(city.post(`/v1/reliefs/${less!.reliefId}/refusal`, {}, TREASURER));
    await correct(city, bill, "17", "read once more");
    const [refused, again] = await settled(city, bill.id, 2);
    expect(refused).toMatchObject({ state: "refused" });
    expect(again).toMatchObject({ state: "asked", chargedMinor: bill.totalMinor });
    await correct(city, bill, "20000", "the last word");
    const all = await settled(city, bill.id, 3);
    expect(all.map(({ reason }) => reason)).toEqual([
      "the bulk meter was read by mistake",
      "read once more",
      "the last word",
    ]);
    expect(all[2]!.chargedMinor).toBe(bill.totalMinor);
    expect(all.map(({ state }) => state)).toEqual(["refused", "withdrawn", "billed"]);
  });

  // Guards against a home whose meter was exchanged, and whose bill nothing corrects any more.
  test("a month that was billed at a connection point is adjusted by any meter that stood there", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const { id: accountId } = await ok<{ id: string }>(
      city.post("/v1/accounts", { number: "C-1", name: "C-1", contact: "c-1@example.org" }, AGENT),
    );
    const ids: Record<string, string> = {};
    for (const serial of ["OLD", "NEW"]) {
      const meter = { serial, kind: "water", registerUnit: "m3" };
      ids[serial] = (await ok<{ id: string }>(city.post("/v1/meters", meter, AGENT))).id;
    }
    await ok(city.put("/v1/network/points/P", { kind: "water" }, AGENT));
    const change = (body: object) => ok(city.post("/v1/network/points/P/changes", body, AGENT));
    await change({ meter: "OLD", accountId });
    await ok(
      city.upload(
        "/v1/readings",
        "r.csv",
        "meter,time,register\nOLD,2026-09-01T00:00Z,100\nNEW,2026-10-01T00:00Z,12\n",
        AGENT,
      ),
    );
    await change({ at: "2026-09-16T00:00:00Z", meter: "NEW", closing: "117", opening: "2" });
    await ok(city.post("/v1/tariffs", { tariff: { ...WATER, currency: "EUR" } }, TREASURER));
    await ok(city.post("/v1/bill-runs", { month: "2026-09", kind: "water", includeIncomplete: true }, TREASURER));
    const { bills } = await ok<{ bills: BillAnswer[] }>(city.get("/v1/bills?month=2026-09", TREASURER));
    expect(bills).toMatchObject([{ point: "P", quantity: 27_000 }]);
    const corrections = `/v1/meters/${ids["OLD"]}/corrections`;
    const register = { kind: "register", at: "2026-09-01T00:00:00Z", value: "97", reason: "the photo says 97" };
    await ok(city.post(corrections, register, AGENT));
    expect(await settled(city, bills[0]!.id, 1)).toMatchObject([
      { quantityBefore: 27_000, quantity: 30_000, reason: "the photo says 97", state: "billed" },
    ]);
  });

  test("another city's bill has no adjustments to see, and a neighbour neither", async () => {
    const [{ city, bills }, other] = [await billedCity([5_000, 6_000]), await newCity({ timeZone: "UTC" })];
    const path = `/v1/bills/${bills[0]!.id}/adjustments`;
    expect((await other.get(path, AGENT)).status).toBe(404);
    const account = bills[0]!.accountId;
    const { bills: all } = await ok<{ bills: BillAnswer[] }>(city.get(`/v1/bills?account=${account}`, TREASURER));
    expect(all).toHaveLength(1);
    const stranger = { token: await city.signIn("stranger@example.org") };
    expect((await city.get(path, { as: stranger })).status).toBe(404);
    expect((await city.get(path, { as: "nobody" })).status).toBe(401);
  });
});
