import { describe, expect, test } from "vitest";
import { readCreditorReference } from "../../shared/creditor-reference.ts";
import { billedCity, ok } from "../billed.ts";
import { newCity, type TestCity, target } from "../city.ts";

const IBAN = "FR7630006000011234567890189";
interface Ways {
  ways: { account: string }[];
  transfers: Record<string, unknown>[];
  counters: Record<string, unknown>[];
}
const waysOf = (city: TestCity, reference: string, more = "") =>
  ok<Ways>(city.get(`/v1/payment-ways?reference=${reference}${more}`));

describe(`ways to pay, ${target.name}`, () => {
  // Guards against a payer with cash, or with a bank, who is told of cards alone.
  test("a bank transfer and the counter are told with the reference to quote; nothing is opened", async () => {
    const { city, bills } = await billedCity([5_000], { languages: ["fr", "en", "ar"] });
    const { reference, totalMinor } = bills[0]!;
    expect(await waysOf(city, reference)).toMatchObject({ ways: [{}], transfers: [], counters: [] });
    await ok(city.post("/v1/bank-accounts", { name: "Main account", iban: IBAN }, { as: "administrator" }));
    // In another currency nothing of this bill can be paid.
    const dollars = { name: "Dollars", iban: "DE89370400440532013000", currency: "USD" };
    await ok(city.post("/v1/bank-accounts", dollars, { as: "administrator" }));
    await ok(city.post("/v1/tills", { code: "T1", name: "Town hall, ground floor" }, { as: "administrator" }));
    const noted = { amountMinor: totalMinor, currency: "EUR" };
    const told = await waysOf(city, reference);
    expect(told.transfers).toEqual([
      expect.objectContaining({ how: "transfer", name: "Main account", receiver: city.name, iban: IBAN, ...noted }),
    ]);
    expect(readCreditorReference(String(told.transfers[0]!["reference"]))).toBe(reference.replaceAll("-", ""));
    expect(told.counters).toEqual([
      { how: "counter", name: "Town hall, ground floor", isOpen: false, reference, ...noted },
    ]);
    await ok(city.post("/v1/tills/T1/shifts", { floatMinor: 0 }, { as: "agent" }));
    expect((await waysOf(city, reference)).counters).toMatchObject([{ isOpen: true }]);
    // Of a part, the part.
    expect((await waysOf(city, reference, "&amountMinor=100")).transfers).toMatchObject([{ amountMinor: 100 }]);
    for (const wrong of ["&amountMinor=0", "&amountMinor=1.5", `&amountMinor=${totalMinor + 1}`])
      expect((await city.get(`/v1/payment-ways?reference=${reference}${wrong}`)).status, wrong).toBe(422);
    expect((await (await newCity()).get(`/v1/payment-ways?reference=${reference}`)).status).toBe(404);

    const payer = await city.browser();
    const asked = await payer.submit("/payments", { reference }, `/pay?reference=${reference}`);
    expect(asked.headers.get("location")).toContain("/payments/ways?");
    for (const lang of ["fr", "en", "ar"]) {
      const html = await (await payer.get(`/payments/ways?reference=${reference}&lang=${lang}`)).text();
      for (const part of ["FR76 3000 6000 0112 3456 7890 189", "Town hall, ground floor", 'name="account"'])
        expect(html, `${lang} ${part}`).toContain(part);
    }
    expect((await ok<{ payments: unknown[] }>(city.get("/v1/payments", { as: "treasurer" }))).payments).toEqual([]);
  });

  test("a city that no provider serves still says where to bring the money", async () => {
    const { city, bills } = await billedCity([5_000]);
    const { reference } = bills[0]!;
    const card = { rail: "stripe", name: "Card", isStandIn: true };
    await ok(city.put("/v1/payment-accounts/card", card, { as: "administrator" }));
    expect((await city.delete("/v1/payment-accounts/card", { as: "administrator" })).status).toBe(204);
    const payer = await city.browser();
    const none = await payer.submit("/payments", { reference }, `/pay?reference=${reference}`);
    expect(none.headers.get("location")).toContain("/payments/ways?");
    await ok(city.post("/v1/tills", { code: "T1", name: "Town hall" }, { as: "administrator" }));
    const told = await waysOf(city, reference);
    expect([told.ways, told.counters.length]).toEqual([[], 1]);
    const html = await (await payer.get(`/payments/ways?reference=${reference}`)).text();
    expect(html).toContain("Town hall");
    expect(html).not.toContain('name="account"');
  });
});
