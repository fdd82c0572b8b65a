import { describe, expect, test } from "vitest";
import { billedCity, ok, readCity, WATER } from "../billed.ts";
import { newCity, target } from "../city.ts";

const september = { month: "2026-09", kind: "water" };

describe(`billing, ${target.name}`, () => {
  test("a month of readings becomes a bill with its lines, once", async () => {
    const { city, accounts } = await readCity([12_500, 0, 8_000]);
    await ok(city.post("/v1/tariffs", { tariff: { ...WATER, currency: "EUR" } }, { as: "treasurer" }));
    const first = await ok(city.post("/v1/bill-runs", september, { as: "treasurer" }));
    expect(first).toMatchObject({ state: "done", looked: 3, issued: 3, skipped: { billed_before: 0 } });
    expect(await ok(city.get(`/v1/bill-runs/${first["id"]}`, { as: "agent" }))).toEqual(first);
    expect((await (await newCity()).get(`/v1/bill-runs/${first["id"]}`, { as: "agent" })).status).toBe(404);
    // 10 × 0.50 + 2.5 × 1.2345 + 3.00 = 11.08625; with 5.5 % 11.69599… → 11.70
    const { bills } = await ok<{ bills: { lines: { amountMinor: number }[] }[] }>(
      city.get(`/v1/bills?account=${accounts[0]!.id}`, { as: "treasurer" }),
    );
    expect(bills).toHaveLength(1);
    expect(bills[0]).toMatchObject({ quantity: 12_500, totalMinor: 1170, dueMinor: 1170, state: "due" });
    expect(bills[0]!.lines.reduce((sum, line) => sum + line.amountMinor, 0)).toBe(1170);
    // Guards against billing a household twice for a month.
    const again = await ok(city.post("/v1/bill-runs", september, { as: "treasurer" }));
    expect(again).toMatchObject({ issued: 0, skipped: { billed_before: 3 } });
    const proof = await ok(city.get("/v1/ledger/proof", { as: "treasurer" }));
    expect(proof).toMatchObject({ isSound: true, sums: { EUR: 0 }, transfers: 6 });
  });

  // Guards against double billing when two clerks press at once.
  test("two runs at once bill each meter once", async () => {
    const { city } = await readCity([5_000, 6_000, 7_000, 8_000]);
    await ok(city.post("/v1/tariffs", { tariff: { ...WATER, currency: "EUR" } }, { as: "treasurer" }));
    const runs = await Promise.all([1, 2, 3].map(() => ok(city.post("/v1/bill-runs", september, { as: "treasurer" }))));
    expect(runs.reduce((sum, run) => sum + Number(run["issued"]), 0)).toBe(4);
    const { bills } = await ok<{ bills: unknown[] }>(city.get("/v1/bills?month=2026-09", { as: "agent" }));
    expect(bills).toHaveLength(4);
  });

  test("a run with one key is one run; with another body it is refused", async () => {
    const { city } = await readCity([5_000]);
    await ok(city.post("/v1/tariffs", { tariff: { ...WATER, currency: "EUR" } }, { as: "treasurer" }));
    const headers = { "Idempotency-Key": "run-1" };
    const first = await ok(city.post("/v1/bill-runs", september, { as: "treasurer", headers }));
    const again = await city.post("/v1/bill-runs", september, { as: "treasurer", headers });
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(await again.json()).toEqual(first);
    const other = await city.post("/v1/bill-runs", { ...september, kind: "gas" }, { as: "treasurer", headers });
    expect(other.status).toBe(409);
    expect(((await other.json()) as { type: string }).type).toMatch(/idempotency_mismatch$/);
    const none = await city.post("/v1/bill-runs", september, { as: "treasurer", headers: { "Idempotency-Key": "" } });
    expect(none.status).toBe(422);
  });

  // Guards against half a month that is billed as a whole one, and so never again.
  test("a meter that lacks days, or a month that is not over, is not billed", async () => {
    const { city } = await readCity([5_000], {}, "2026-08");
    await ok(city.post("/v1/tariffs", { tariff: { ...WATER, currency: "EUR" } }, { as: "treasurer" }));
    const run = await ok(city.post("/v1/bill-runs", september, { as: "treasurer" }));
    expect(run).toMatchObject({ issued: 0, skipped: { no_readings: 1 } });
    const early = await city.post("/v1/bill-runs", { ...september, month: "2999-01" }, { as: "treasurer" });
    expect(early.status).toBe(422);
    const none = await city.post("/v1/bill-runs", { month: "2026-08", kind: "gas" }, { as: "treasurer" });
    expect(none.status).toBe(409);
  });

  // Guards against one household's bill on another's screen.
  test("a resident sees the bills of the own account alone; a reference shows no name", async () => {
    const { city, accounts, bills } = await billedCity([5_000, 6_000]);
    const token = await city.signIn(accounts[0]!.contact);
    const mine = await ok<{ bills: { accountId: string }[] }>(city.get("/v1/bills", { as: { token } }));
    expect(mine.bills.map(({ accountId }) => accountId)).toEqual([accounts[0]!.id]);
    const other = bills.find(({ accountId }) => accountId !== accounts[0]!.id)!;
    const foreign = await city.get(`/v1/bills/${other.id}`, { as: { token } });
    const missing = await city.get(`/v1/bills/${city.id("bill")}`, { as: { token } });
    expect([foreign.status, missing.status]).toEqual([404, 404]);
    expect((await city.get(`/v1/bills?account=${accounts[1]!.id}`, { as: { token } })).status).toBe(404);
    const typed = other.reference.toLowerCase().replaceAll("-", " ");
    const asked = await city.get(`/v1/bill-inquiries/${encodeURIComponent(typed)}`);
    const text = await asked.text();
    expect(JSON.parse(text)).toMatchObject({ dueMinor: other.totalMinor, kind: "water" });
    expect(text).not.toContain("Customer");
    expect((await city.get("/v1/bill-inquiries/AAAA-AAAA-A")).status).toBe(404);
    const elsewhere = await newCity();
    expect((await elsewhere.get(`/v1/bill-inquiries/${other.reference}`)).status).toBe(404);
  });

  test("the pages show the bill, and paying by reference asks nobody's name", async () => {
    const { city, accounts, bills } = await billedCity([5_000]);
    const resident = await city.browser({ contact: accounts[0]!.contact });
    expect(await (await resident.get("/bills")).text()).toContain(bills[0]!.reference);
    const bill = await (await resident.get(`/bills/${bills[0]!.id}`)).text();
    expect(bill).toContain("Customer 0");
    const stranger = await city.browser();
    const pay = await (await stranger.get(`/pay?reference=${bills[0]!.reference}`)).text();
    expect(pay).toContain(bills[0]!.reference);
    expect(pay).not.toContain("Customer");
    expect((await stranger.get("/pay?reference=nonsense")).status).toBe(404);
  });

  test("a treasurer enters a tariff and bills on a page; others may not", async () => {
    const { city } = await readCity([12_500]);
    const treasurer = await city.browser("treasurer");
    const fields = { name: "Eau", kind: "water", bands: "10: 0,50\n1.2345", fixed: "3.00", vat: "5.5" };
    const wrong = await treasurer.submit("/staff/billing/tariffs", { ...fields, vat: "x" }, "/staff/billing");
    expect(wrong.status).toBe(422);
    expect((await treasurer.submit("/staff/billing/tariffs", fields, "/staff/billing")).status).toBe(303);
    expect((await treasurer.submit("/staff/billing/runs", september, "/staff/billing")).status).toBe(303);
    const { bills } = await ok<{ bills: unknown[] }>(city.get("/v1/bills?month=2026-09", { as: "agent" }));
    expect(bills).toMatchObject([{ totalMinor: 1170 }]);
    for (const path of ["/staff/billing", "/staff/bills"]) expect((await treasurer.get(path)).status).toBe(200);
    expect((await city.post("/v1/bill-runs", september, { as: "agent" })).status).toBe(403);
    expect((await city.post("/v1/bill-runs", september)).status).toBe(401);
  });

  test("a tariff in another currency, or changed under its id, is refused", async () => {
    const city = await newCity();
    const id = city.id("trf");
    const tariff = { ...WATER, currency: "EUR" };
    const post = (body: unknown) => city.post("/v1/tariffs", body, { as: "treasurer" });
    expect([(await post({ id, tariff })).status, (await post({ id, tariff })).status]).toEqual([201, 200]);
    expect((await post({ id, tariff: { ...tariff, fixedMinor: 1 } })).status).toBe(409);
    expect((await post({ tariff: { ...tariff, currency: "XOF" } })).status).toBe(422);
    expect((await post({ tariff: { ...tariff, bands: [{ price: 0.1 }] } })).status).toBe(422);
  });
});
