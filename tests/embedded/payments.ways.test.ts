import { expect, test } from "vitest";
import { billedCity } from "../billed.ts";

// Guards against a payer who is told, in English, to correct an amount that nobody has typed.
test("a bill that the only provider cannot take exactly says so on a page, in the reader's language", async () => {
  const tunisia = { currency: "TND", country: "TN", languages: ["ar", "fr"] };
  const { city, bills } = await billedCity([12_500], tunisia);
  const { reference, totalMinor } = bills[0]!;
  // A card takes tens of millimes.
  expect(totalMinor % 10).not.toBe(0);
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
