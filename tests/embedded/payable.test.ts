import { expect, test } from "vitest";
import { type BillAnswer, billedCity, ok, readCity, WATER } from "../billed.ts";
import { newCity, soon, type TestCity } from "../city.ts";
import { NUMBER, vendingCity } from "../vended.ts";

// What a city of three decimals sees: a card moves tens of millimes, and there is no smaller coin.
const TUNISIA = { currency: "TND", country: "TN", languages: ["ar", "fr", "en"] };
const treasurer = { as: "treasurer" } as const;

const htmlOf = async (city: TestCity, path: string, as?: "treasurer") =>
  (await (await city.browser(as)).get(path)).text();
const waysOf = (city: TestCity, reference: string) =>
  ok<{ ways: { amountMinor: number; overMinor?: number; totalMinor: number }[] }>(
    city.get(`/v1/payment-ways?reference=${reference}`),
  );
/** By card, on the provider's page. */
async function paid(city: TestCity, reference: string): Promise<number> {
  const { id, checkoutUrl, amountMinor } = await ok<{ id: string; checkoutUrl: string; amountMinor: number }>(
    city.post("/v1/payments", { reference }),
  );
  await fetch(checkoutUrl, { method: "POST", body: new URLSearchParams({ outcome: "pay" }), redirect: "manual" });
  await soon(
    () => ok<{ state: string }>(city.get(`/v1/payments/${id}`)),
    ({ state }) => state === "settled",
  );
  return amountMinor;
}

// Guards against a city whose first bills nobody can pay by card, and against a rounding that nobody explains.
test("a tariff that says no rounding makes bills that a card pays, in parts too; the bill shows what was rounded", async () => {
  const { city, bills } = await billedCity([12_500], TUNISIA);
  const { id, reference, totalMinor, lines, tariff } = bills[0] as BillAnswer & {
    lines: { what: string; amountMinor: number }[];
    tariff: { tariff: { rounding: object } };
  };
  expect(totalMinor % 10).toBe(0);
  expect(tariff.tariff.rounding).toEqual({ mode: "half_up", toMinor: 10 });
  expect(lines.at(-1)?.what).toBe("rounding");
  expect(lines.reduce((sum, line) => sum + line.amountMinor, 0)).toBe(totalMinor);
  for (const [lang, says] of [
    ["en", "Rounding"],
    ["fr", "Arrondi"],
    ["ar", "تقريب"],
  ])
    expect(await htmlOf(city, `/bills/${id}?lang=${lang}`, "treasurer")).toContain(says);
  const firstOn = new Date().toISOString().slice(0, 10);
  const path = `/v1/bills/${id}/instalments`;
  const plan = await ok<{ parts: { amountMinor: number }[] }>(city.put(path, { count: 7, firstOn }, treasurer));
  for (const { amountMinor } of plan.parts) expect(amountMinor % 10).toBe(0);
  expect(plan.parts.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(totalMinor);
  // A part that would leave what no card moves is not asked of anybody.
  const odd = await city.post("/v1/payments", { reference, amountMinor: 1_005 });
  expect([odd.status, await odd.text()]).toEqual([422, expect.stringContaining("steps of 0.010 TND")]);
  expect((await waysOf(city, reference)).ways).toMatchObject([{ amountMinor: totalMinor, totalMinor }]);
  expect(await paid(city, reference)).toBe(totalMinor);
  // The form proposes what can be paid, and says so.
  expect(await htmlOf(city, "/staff/billing?lang=fr", "treasurer")).toMatch(/name="toMinor"[^>]* value="10"/);
});

// Guards against seven millimes that stay due for ever, as no way moves them.
test("a due that was made by a rounding of its own is paid with the least that the card moves; the rest is credit", async () => {
  const { city, accounts } = await readCity([12_500], TUNISIA);
  const tariff = { ...WATER, currency: "TND", rounding: { toMinor: 1 } };
  await ok(city.post("/v1/tariffs", { tariff }, treasurer));
  await ok(city.post("/v1/bill-runs", { month: "2026-09", kind: "water" }, treasurer));
  const { bills } = await ok<{ bills: BillAnswer[] }>(city.get("/v1/bills?month=2026-09", treasurer));
  const { reference, totalMinor } = bills[0]!;
  const overMinor = 10 - (totalMinor % 10);
  expect(overMinor).toBeLessThan(10);
  const amountMinor = totalMinor + overMinor;
  expect((await waysOf(city, reference)).ways).toMatchObject([{ amountMinor, overMinor, totalMinor: amountMinor }]);
  // One way, but not for what is due alone: the payer sees it first.
  const payer = await city.browser();
  const asked = await payer.submit("/payments", { reference }, `/pay?reference=${reference}`);
  expect(asked.headers.get("location")).toContain("/payments/ways?");
  const page = await (await payer.get(`/payments/ways?reference=${reference}&lang=fr`)).text();
  expect(page).toContain("en trop vous restent acquis");
  expect(await paid(city, reference)).toBe(amountMinor);
  const statement = `/v1/statements/${accounts[0]!.id}`;
  expect(await ok(city.get(statement, treasurer))).toMatchObject({ dueMinor: 0, creditMinor: overMinor });
});

test("a fee is raised as it can be paid, the rounding a line of its bill; a penalty of odd millimes is no rule", async () => {
  const city = await newCity(TUNISIA);
  const fee = {
    code: "kiosk",
    kind: "permit",
    names: { en: "Kiosk" },
    currency: "TND",
    netMinor: 1_234,
    vatBasisPoints: 1_900,
  };
  const { id } = await ok<{ id: string }>(city.post("/v1/assessment/fees", fee, treasurer));
  await ok(city.post(`/v1/assessment/fees/${id}/approval`, {}, { as: "administrator" }));
  const due = await ok<{ billId: string }>(city.post("/v1/assessment/dues", { fee: "kiosk" }, { as: "agent" }));
  // 1.234 and 0.234 of VAT are 1.468.
  expect(due).toMatchObject({ netMinor: 1_236, vatMinor: 234, roundingMinor: 2, totalMinor: 1_470 });
  expect(await ok(city.get(`/v1/bills/${due.billId}`, treasurer))).toMatchObject({
    roundingMinor: 2,
    totalMinor: 1_470,
  });
  const html = await htmlOf(city, `/bills/${due.billId}?lang=en`, "treasurer");
  expect(html.replace(/<[^>]*>/g, " ")).toMatch(/1\.234\s.*Rounding\s+TND.0\.002\s.*1\.470/s);

  const rule = {
    ...{ kinds: ["water"], fromOn: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10), dueAfterDays: 30 },
    charge: { type: "monthly", basisPoints: 150, minimumMinor: 1_005 },
  };
  const refused = await city.post("/v1/billing/penalty-rules", rule, treasurer);
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("#/charge/minimumMinor")]);
  const kept = { ...rule, charge: { ...rule.charge, minimumMinor: 1_000 } };
  expect(await ok(city.post("/v1/billing/penalty-rules", kept, treasurer))).toMatchObject({ toMinor: 10 });
});

// Guards against a purchase of electricity that its payer can then pay by no card.
test("a prepaid purchase is quoted in the steps that a card moves", async () => {
  const { city } = await vendingCity({}, TUNISIA);
  const quoted = (amountMinor: number) => city.get(`/v1/prepaid/quotes?meter=${NUMBER}&amountMinor=${amountMinor}`);
  expect(await ok(quoted(12_340))).toMatchObject({ currency: "TND", sale: { paidMinor: 12_340 } });
  const odd = await quoted(12_345);
  expect([odd.status, await odd.text()]).toEqual([422, expect.stringContaining("steps of 0.010 TND")]);
  const least = await quoted(10);
  const { leastMinor } = (await least.json()) as { leastMinor: number };
  expect([least.status, leastMinor % 10, (await quoted(leastMinor)).status]).toEqual([422, 0, 200]);
});
