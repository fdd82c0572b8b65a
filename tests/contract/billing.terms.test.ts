import { describe, expect, test } from "vitest";
import { ok, readCity, WATER } from "../billed.ts";
import { newCity, type TestCity, target } from "../city.ts";

const agent = { as: "agent" } as const;
const treasurer = { as: "treasurer" } as const;
const administrator = { as: "administrator" } as const;
const september = { month: "2026-09", kind: "water" };
const SOCIAL = { bands: [{ price: "0.10" }], fixedMinor: 100, upTo: 10 };
interface Bill {
  id: string;
  totalMinor: number;
  netMinor: number;
  vatMinor: number;
  period?: string;
  lines?: { what: string; amountMinor: number; reason?: string; isSocial?: boolean }[];
  flat?: { lines: { what: string; days?: number; amountMinor: number }[] };
}

const exempt = (accountId: string, more: object = {}) => ({
  accountId,
  what: "fixed",
  basisPoints: 5_000,
  fromMonth: "2026-01",
  reason: "Household of seven",
  evidence: "Family book 1234",
  ...more,
});
async function granted(city: TestCity, body: object): Promise<string> {
  const { id } = await ok<{ id: string }>(city.post("/v1/exemptions", body, agent));
  await ok(city.post(`/v1/exemptions/${id}/approval`, {}, treasurer));
  return id;
}
const billsOf = async (city: TestCity, accountId: string) =>
  (await ok<{ bills: Bill[] }>(city.get(`/v1/bills?account=${accountId}`, agent))).bills;

describe(`what makes one bill another than its neighbour's, ${target.name}`, () => {
  test("a social tariff and exemptions are decided by two people, and stand on the bill with their reason", async () => {
    const { city, accounts } = await readCity([12_500, 12_500, 12_500]);
    const [normal, social, half] = [accounts[0]!, accounts[1]!, accounts[2]!];
    const tariff = { ...WATER, currency: "EUR", classes: { social: SOCIAL } };
    await ok(city.post("/v1/tariffs", { tariff }, treasurer));
    const what = { what: "social_tariff", basisPoints: undefined, reason: "Social register", kind: "water" };
    await granted(city, exempt(social.id, what));
    await granted(city, exempt(half.id));
    const waits = await ok<{ id: string }>(city.post("/v1/exemptions", exempt(normal.id, { what: "vat" }), agent));
    await ok(city.post("/v1/bill-runs", september, treasurer));

    const [first] = await billsOf(city, normal.id);
    expect(first).toMatchObject({ totalMinor: 1170 });
    // 10 × 0.10 + 2.5 × 1.2345 + 1.00 = 5.08625; with 5.5 % 5.36599… → 5.37
    const [other] = await billsOf(city, social.id);
    expect(other).toMatchObject({ totalMinor: 537, social: { reason: "Social register" } });
    expect(other!.lines!.map(({ what, isSocial }) => [what, isSocial ?? false])).toEqual([
      ["band", true],
      ["band", false],
      ["fixed", false],
      ["vat", false],
    ]);
    // 11.08625 − 1.50; with 5.5 % 10.11349… → 10.11
    const [third] = await billsOf(city, half.id);
    expect(third!.totalMinor).toBe(1011);
    expect(third!.lines).toContainEqual(
      expect.objectContaining({ what: "exemption", of: "fixed", reason: "Household of seven", amountMinor: -150 }),
    );
    const resident = await city.browser({ contact: social.contact });
    const page = await (await resident.get(`/bills/${other!.id}`)).text();
    expect(page).toContain("Social register");
    expect(page).not.toContain("Family book");
    expect(await ok(city.post(`/v1/exemptions/${waits.id}/refusal`, {}, treasurer))).toMatchObject({
      state: "refused",
    });
    expect(await ok(city.get("/v1/ledger/proof", treasurer))).toMatchObject({ isSound: true });
  });

  test("what is not right is refused, nobody approves what they asked for, and another city's is absent", async () => {
    const { city, accounts } = await readCity([5_000]);
    const { id: accountId } = accounts[0]!;
    const ask = (body: object, as: typeof agent | typeof treasurer = agent) => city.post("/v1/exemptions", body, as);
    for (const wrong of [
      { basisPoints: 0 },
      { basisPoints: 10_001 },
      { basisPoints: -5 },
      { basisPoints: 12.5 },
      { what: "everything" },
      { what: "social_tariff" },
      { toMonth: "2025-12" },
      { fromMonth: "2026-13" },
      { reason: "" },
      { evidence: undefined },
      { accountId: city.id("acc") },
      { meterId: city.id("mtr") },
      { approvedBy: "me" },
    ])
      expect((await ask(exempt(accountId, wrong))).status, JSON.stringify(wrong)).toBe(422);
    expect((await city.post("/v1/exemptions", exempt(accountId), { as: "resident" })).status).toBe(403);

    const own = await ok<{ id: string }>(ask(exempt(accountId), treasurer));
    const approve = (id: string, as: "agent" | "treasurer" | "administrator") =>
      city.post(`/v1/exemptions/${id}/approval`, {}, { as });
    expect((await approve(own.id, "treasurer")).status).toBe(403);
    expect((await approve(own.id, "agent")).status).toBe(403);
    // Two that would both be taken off: asked for before either is decided, one is approved.
    const twin = await ok<{ id: string }>(ask(exempt(accountId, { basisPoints: 7_000, toMonth: "2026-12" })));
    expect((await approve(own.id, "administrator")).status).toBe(200);
    expect((await approve(own.id, "administrator")).status).toBe(409);
    expect((await approve(twin.id, "treasurer")).status).toBe(409);
    expect((await ask(exempt(accountId, { fromMonth: "2027-01" }))).status).toBe(409);
    const end = (toMonth: string) => city.post(`/v1/exemptions/${own.id}/end`, { toMonth }, treasurer);
    expect((await end("2025-12")).status).toBe(422);
    expect(await ok(end("2026-12"))).toMatchObject({ toMonth: "2026-12" });
    expect((await end("2027-12")).status).toBe(422);
    expect((await ask(exempt(accountId, { fromMonth: "2027-01" }))).status).toBe(201);

    const other = await newCity();
    expect((await other.get(`/v1/exemptions/${own.id}`, agent)).status).toBe(404);
    expect((await other.post(`/v1/exemptions/${own.id}/approval`, {}, treasurer)).status).toBe(404);
    expect((await other.post(`/v1/exemptions/${own.id}/end`, { toMonth: "2027-01" }, treasurer)).status).toBe(404);
    expect((await other.post("/v1/exemptions", exempt(accountId), agent)).status).toBe(422);
  });

  test("what has no meter is billed by its days, once for each month", async () => {
    const { city, accounts } = await readCity([5_000]);
    const { id: accountId, contact } = accounts[0]!;
    const bin = { code: "bin-240l", names: { en: "Bin of 240 litres", fr: "Bac de 240 litres" }, kind: "waste" };
    const tariff = { ...bin, currency: "EUR", price: "4.50", vatBasisPoints: 1_000 };
    const id = city.id("ftr");
    const enter = (body: object) => city.post("/v1/flat-tariffs", body, treasurer);
    expect([(await enter({ id, tariff })).status, (await enter({ id, tariff })).status]).toEqual([201, 200]);
    expect((await enter({ id, tariff: { ...tariff, price: "5" } })).status).toBe(409);
    for (const wrong of [{ price: "-1" }, { price: 4.5 }, { currency: "XOF" }, { kind: "water" }, { code: "Ü" }])
      expect((await enter({ tariff: { ...tariff, ...wrong } })).status, JSON.stringify(wrong)).toBe(422);
    const subscribe = (more: object) =>
      city.post("/v1/subscriptions", { accountId, code: "bin-240l", fromOn: "2026-09-16", ...more }, agent);
    for (const wrong of [
      { quantity: 0 },
      { quantity: 1.5 },
      { toOn: "2026-09-15" },
      { code: "none" },
      { accountId: city.id("acc") },
      { fromOn: "2026-02-30" },
    ])
      expect((await subscribe(wrong)).status, JSON.stringify(wrong)).toBe(422);
    const waste = { month: "2026-09", kind: "waste" };
    expect((await city.post("/v1/bill-runs", waste, treasurer)).status).toBe(409);
    const { id: subscription } = await ok<{ id: string }>(subscribe({ quantity: 2 }));

    const runs = await Promise.all([1, 2].map(() => ok(city.post("/v1/bill-runs", waste, treasurer))));
    expect(runs.reduce((sum, { issued }) => sum + Number(issued), 0)).toBe(1);
    // 2 × 4.50 × 15 / 30 = 4.50; with 10 % 4.95
    const [bill] = await billsOf(city, accountId);
    expect(bill).toMatchObject({ totalMinor: 495, netMinor: 450, vatMinor: 45, period: "2026-09" });
    expect(bill!.flat!.lines[0]).toMatchObject({ what: "flat", days: 15, amountMinor: 450 });
    const resident = await city.browser({ contact });
    expect(await (await resident.get(`/bills/${bill!.id}`)).text()).toMatch(/240 litres/);

    // A new price holds for new bills; its month before stays.
    await ok(enter({ tariff: { ...tariff, price: "6" } }));
    const august = await ok(city.post("/v1/bill-runs", { ...waste, month: "2026-08" }, treasurer));
    expect(august).toMatchObject({ issued: 0, looked: 1 });
    expect((await ok<{ tariffs: unknown[] }>(city.get("/v1/flat-tariffs"))).tariffs).toHaveLength(1);
    const end = (toOn: string) => city.post(`/v1/subscriptions/${subscription}/end`, { toOn }, agent);
    expect((await end("2026-09-01")).status).toBe(422);
    expect(await ok(end("2026-10-10"))).toMatchObject({ toOn: "2026-10-10" });
    expect((await end("2026-10-11")).status).toBe(409);
    const mine = await ok<{ subscriptions: { toOn?: string }[] }>(
      city.get(`/v1/subscriptions?account=${accountId}`, agent),
    );
    expect(mine.subscriptions).toMatchObject([{ toOn: "2026-10-10" }]);

    const other = await newCity();
    expect((await other.get(`/v1/subscriptions/${subscription}`, agent)).status).toBe(404);
    expect((await other.post(`/v1/subscriptions/${subscription}/end`, { toOn: "2026-10-10" }, agent)).status).toBe(404);
    const theirs = await ok<{ subscriptions: unknown[] }>(other.get(`/v1/subscriptions?account=${accountId}`, agent));
    expect(theirs.subscriptions).toEqual([]);
  });

  test("by pages: prices, who has what, and exemptions, each mistake at its field", async () => {
    const { city } = await readCity([5_000]);
    const keeper = await city.browser("treasurer");
    const flat = "/staff/billing/flat";
    const price = { code: "tap", kind: "water", name: "Tap without a meter", price: "3,50", vat: "5.5" };
    expect((await keeper.submit(`${flat}/tariffs`, { ...price, price: "x" }, flat)).status).toBe(422);
    expect((await keeper.submit(`${flat}/tariffs`, price, flat)).status).toBe(303);
    const clerk = await city.browser("agent");
    const subscription = { number: "c-0", code: "tap", quantity: "1", fromOn: "2026-09-01" };
    expect((await clerk.submit(`${flat}/subscriptions`, { ...subscription, number: "?" }, flat)).status).toBe(422);
    expect((await clerk.submit(`${flat}/subscriptions`, subscription, flat)).status).toBe(303);
    expect(await (await clerk.get(`${flat}?kind=water`)).text()).toContain("2026-09-01");

    const path = "/staff/billing/exemptions";
    const fields = {
      // As the caller named it: by the meter.
      number: "w0",
      what: "whole",
      percent: "12.5",
      meter: "w0",
      fromMonth: "2026-09",
      reason: "Public fountain",
      evidence: "Decision 7",
    };
    expect((await clerk.submit(path, { ...fields, meter: "W9" }, path)).status).toBe(422);
    expect((await clerk.submit(path, { ...fields, percent: "101" }, path)).status).toBe(422);
    expect((await clerk.submit(path, fields, path)).status).toBe(303);
    const text = await (await keeper.get(path)).text();
    expect(text).toContain("Public fountain");
    const id = /exemptions\/(exm_[0-9A-Z]+)\/approve/.exec(text)![1]!;
    expect((await keeper.submit(`${path}/${id}/approve`, {}, path)).status).toBe(303);
    const found = await ok<Record<string, unknown>>(city.get(`/v1/exemptions/${id}`, administrator));
    expect(found).toMatchObject({ state: "approved", basisPoints: 1_250, what: "whole" });
  });
});
