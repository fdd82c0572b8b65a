import { expect, test } from "vitest";
import { billedCity, ok } from "../billed.ts";
import { newCity } from "../city.ts";

// Guards against a payer who is told, in English, to correct an amount that nobody has typed.
test("a bill that the only provider does not take says so on a page, in the reader's language", async () => {
  const tunisia = { currency: "TND", country: "TN", languages: ["ar", "fr"] };
  const { city, bills } = await billedCity([12_500], tunisia);
  const { reference } = bills[0]!;
  const wallet = { rail: "pawapay", name: "Wallet", isStandIn: true };
  await ok(city.put("/v1/payment-accounts/wallet", wallet, { as: "administrator" }));
  expect((await city.get(`/v1/payment-ways?reference=${reference}`)).status).toBe(422);
  const payer = await city.browser();
  const asked = await payer.submit("/payments", { reference }, `/pay?reference=${reference}`);
  expect([asked.status, asked.headers.get("location")]).toEqual([303, expect.stringContaining("/payments/ways?")]);
  for (const [lang, says] of [
    ["ar", "لا يمكن دفع هذه الفاتورة هنا الآن."],
    ["fr", "Cette facture ne peut pas être payée ici pour le moment."],
  ] as const) {
    const page = await payer.get(`/payments/ways?reference=${reference}&lang=${lang}`);
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(html).toContain(says);
    expect(html).not.toContain("The provider");
  }
});

// Guards against a part of ten million rupiah, 600 euros, that is refused as more than anybody pays.
test("a part, or what is paid ahead, may be as much as a currency of small units needs", async () => {
  const city = await newCity({ currency: "IDR", country: "ID" });
  const account = { number: "C-1", name: "Budi" };
  const { reference } = await ok<{ reference: string }>(city.post("/v1/accounts", account, { as: "agent" }));
  const wallet = { rail: "gsma", name: "Wallet", isStandIn: true };
  await ok(city.put("/v1/payment-accounts/wallet", wallet, { as: "administrator" }));
  const amountMinor = 10_000_000_00;
  const query = (minor: number) => `reference=${reference}&amountMinor=${minor}`;
  expect(await ok(city.get(`/v1/payment-ways?${query(amountMinor)}`))).toMatchObject({
    ways: expect.arrayContaining([expect.objectContaining({ account: "wallet", totalMinor: amountMinor })]),
  });
  expect((await (await city.browser()).get(`/payments/ways?${query(amountMinor)}`)).status).toBe(200);
  const order = { reference, account: "wallet", msisdn: "+628120000453", amountMinor };
  expect(await ok(city.post("/v1/payments", order))).toMatchObject({ amountMinor, currency: "IDR" });
  for (const tooMuch of [1_000_000_000_001, Number.MAX_SAFE_INTEGER]) {
    expect((await city.get(`/v1/payment-ways?${query(tooMuch)}`)).status).toBe(422);
    expect((await city.post("/v1/payments", { ...order, amountMinor: tooMuch })).status).toBe(422);
  }
});
