import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { billedCity, ok } from "../billed.ts";
import { newCity, soon, target } from "../city.ts";
import { openChromium, overflow, press, signIn, signInOperator, visitor } from "./browser.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser.close());

describe("errands in a real browser, without script", () => {
  test("a resident signs in on a phone, looks at meter and bill, pays, and keeps a receipt that anyone can check", async () => {
    const { city, accounts } = await billedCity([12_000], { languages: ["fr"], country: "CI", currency: "XOF" });
    const page = await (await visitor(browser)).newPage();
    await signIn(page, city, accounts[0]!.contact);
    await page.goto(`${city.url}/`);
    await press(page, page.getByRole("link", { name: "Mes compteurs" }));
    await page.waitForURL(/\/meters$/);
    await press(page, page.locator("main a[href*='/meters/mtr_']").first());
    await page.waitForURL(/\/meters\/mtr_/);
    expect(await page.locator("main svg").count()).toBeGreaterThan(0);
    expect(await page.locator("main table").count()).toBeGreaterThan(0);

    await page.goto(`${city.url}/bills`);
    await press(page, page.locator("main a[href*='/bills/bill_']").first());
    await page.waitForURL(/\/bills\/bill_/);
    expect(await page.locator("h1").innerText()).toMatch(/^Facture /);
    const payThis = page.getByRole("button", { name: "Payer cette facture" });
    await press(page, payThis.or(page.getByRole("link", { name: "Payer cette facture" })));
    // The bill may be paid at once, or first shown with its amount.
    const pay = page.locator("main form[action*='/payments'] button");
    if (page.url().startsWith(city.url) && (await pay.count()) > 0) await press(page, pay.first());
    expect(page.url()).toContain("/c/pay/cs_test_");
    await press(page, page.locator("button[value=pay]"));
    await page.waitForURL(/\/receipts\/pay_/);
    expect(await page.locator("main svg").count()).toBeGreaterThan(0);
    const receipt = page.url();
    await page.reload();
    expect(page.url()).toBe(receipt);

    const stranger = await (await visitor(browser)).newPage();
    await stranger.goto(receipt);
    const check = await stranger.locator("main a[href*='/check']").first().getAttribute("href");
    await stranger.goto(new URL(check!, receipt).href);
    expect(await stranger.locator("main").innerText()).toMatch(/authentique|véritable|genuine/i);
  });

  test("a treasurer finds a payment by its number, asks for a part back, and looks into the alarm that it raises", async () => {
    const { city, bills } = await billedCity([12_000], { languages: ["fr"] });
    const rule = await ok<{ refunds: object }>(city.get("/v1/alarm-rule", { as: "administrator" }));
    const soonest = { ...rule, refunds: { ...rule.refunds, soonMinutes: 60 } };
    await ok(city.put("/v1/alarm-rule", soonest, { as: "administrator" }));
    const { id, checkoutUrl } = await ok<{ id: string; checkoutUrl: string }>(
      city.post("/v1/payments", { reference: bills[0]!.reference }),
    );
    await fetch(checkoutUrl, { method: "POST", body: new URLSearchParams({ outcome: "pay" }), redirect: "manual" });
    await ok(city.get(`/v1/payments/${id}`));
    await city.token("treasurer");
    const page = await (await visitor(browser)).newPage();
    await signIn(page, city, `treasurer@${city.slug}.example`);
    await page.goto(`${city.url}/staff?lang=fr`);
    await page.fill("#f-q", id.toLowerCase());
    await press(page, page.getByRole("button", { name: "Chercher" }));
    await press(page, page.locator(`main a[href$="/staff/payments/of/${id}"]`));
    expect(await page.locator("main").innerText()).toContain("Ce qui s’est passé");
    await page.fill("#f-amount", "1,234");
    await page.fill("#f-reason", "Compté deux fois");
    await press(page, page.getByRole("button", { name: "Vérifier" }));
    expect(await page.locator("#f-amount").getAttribute("aria-invalid")).toBe("true");
    expect(await page.inputValue("#f-reason")).toBe("Compté deux fois");
    await page.fill("#f-amount", "1,50");
    await press(page, page.getByRole("button", { name: "Vérifier" }));
    await press(page, page.getByRole("button", { name: /^Demander un remboursement de 1,50/ }));
    expect(page.url()).toContain("/staff/payments/refunds");
    const { refunds } = await ok<{ refunds: { id: string; amountMinor: number }[] }>(
      city.get("/v1/refunds", { as: "treasurer" }),
    );
    expect(refunds).toMatchObject([{ amountMinor: 150 }]);
    await ok(city.post(`/v1/refunds/${refunds[0]!.id}/approval`, undefined, { as: "administrator" }));
    await soon(
      () => ok<{ alarms: unknown[] }>(city.get("/v1/alarms", { as: "administrator" })),
      ({ alarms }) => alarms.length > 0,
    );
    await page.goto(`${city.url}/staff`);
    await press(page, page.getByRole("link", { name: "Alertes à examiner" }));
    await press(page, page.getByRole("link", { name: "Un remboursement juste après le paiement" }));
    // It is about what this treasurer did: another person closes it.
    expect(await page.locator("main").innerText()).toContain("une autre personne la ferme");
    await press(page, page.getByRole("button", { name: "Je l’ai vue" }));
    await press(page, page.getByRole("link", { name: "Examiner" }));
    expect(page.url()).toContain(`/staff/payments/refunds/${refunds[0]!.id}`);
  });

  test("signing in by keyboard alone, from the skip link on", async () => {
    const city = await newCity({ languages: ["fr"] });
    const page = await (await visitor(browser, { viewport: { width: 1280, height: 800 } })).newPage();
    await page.goto(`${city.url}/sign-in`);
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").getAttribute("href")).toBe("#main");
    await page.keyboard.press("Enter");
    const reach = async (selector: string) => {
      for (let i = 0; i < 30; i++) {
        await page.keyboard.press("Tab");
        if ((await page.locator(`${selector}:focus`).count()) > 0) return;
      }
      throw new Error(`the keyboard does not reach ${selector}`);
    };
    await reach("#f-contact");
    await page.keyboard.type(city.administrator);
    await page.keyboard.press("Enter");
    await page.waitForURL(/sign-in\/code/);
    const code = /\b\d{6}\b/.exec(await page.locator("main .notice").innerText())![0];
    await reach("#f-code");
    await page.keyboard.type(code);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/staff/);
    await reach("main a");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/staff\/./);
  });

  test("a data officer publishes a file after a look at it; a wrong code and a missing field are named", async () => {
    const city = await newCity({ languages: ["fr"] });
    await city.token("data_officer");
    const page = await (await visitor(browser)).newPage();
    await page.goto(`${city.url}/sign-in`);
    await page.fill("#f-contact", "nobody");
    await press(page, "main form button");
    expect(await page.locator(".summary a[href='#f-contact']").count()).toBe(1);
    await signIn(page, city, `data-officer@${city.slug}.example`);
    await page.goto(`${city.url}/staff/data`);
    const file = {
      name: "airports.csv",
      mimeType: "text/csv",
      buffer: readFileSync("node_modules/vega-datasets/data/airports.csv"),
    };
    await page.setInputFiles("#f-file", file);
    await page.fill("#f-title", "Aéroports");
    await page.fill("#f-licence", "Domaine public");
    await press(page, "main form button");
    expect(await page.locator(".summary a[href='#f-source']").count()).toBe(1);
    await page.setInputFiles("#f-file", file);
    await page.fill("#f-source", "FAA");
    await press(page, "main form button");
    expect(await page.locator("main").innerText()).toContain("latitude");
    await press(page, "main form[action$='/tags'] button"); // as they are proposed
    await press(page, "main form[action$='/publish'] button");
    await page.waitForURL(/\/data\/aeroports/);
    expect(await page.locator("main svg path").count()).toBeGreaterThan(0);
    expect(await overflow(page)).toBe(0);
  });

  test("an operator brings a city in by the form, and mistakes stand at their fields", async () => {
    const page = await (await visitor(browser, { locale: "en" })).newPage();
    await signInOperator(page, target);
    await page.goto(`${target.url}/control/cities/new`);
    const slug = `journey-${Date.now().toString(36)}`;
    await page.fill("#f-name", "Journey");
    await page.fill("#f-slug", "No Good");
    await page.fill("#f-country", "CI");
    await page.fill("#f-currency", "XXY");
    await page.check("input[value=fr]");
    await page.fill("#f-timeZone", "Africa/Abidjan");
    await page.fill("#f-administrator", "maire@journey.example");
    await press(page, "main form button");
    for (const field of ["slug", "currency"])
      expect(await page.locator(`.summary a[href='#f-${field}']`).count(), field).toBe(1);
    await page.fill("#f-slug", slug);
    await page.fill("#f-currency", "XOF");
    await page.check("input[value=fr]");
    await press(page, "main form button");
    await page.waitForURL(new RegExp(`/control/cities/${slug}`));
    await page.goto(`${target.url}/cities/${slug}/`);
    expect(await page.locator("h1").innerText()).toBe("Journey");
  });

  test("an administrator gives a role, makes a key that is shown once, and signs out", async () => {
    const city = await newCity({ languages: ["en"] });
    const page = await (await visitor(browser, { locale: "en" })).newPage();
    await signIn(page, city, city.administrator);
    await page.goto(`${city.url}/staff/people`);
    await page.fill("#f-contact", "clerk@town.example");
    await page.check("input[value=agent]");
    await press(page, page.locator("main form button").last());
    expect(await page.locator("main table").innerText()).toContain("clerk@town.example");
    await page.goto(`${city.url}/staff/keys`);
    await page.fill("#f-name", "Sensors");
    await page.check("input[value='meters.readings:write']");
    await press(page, page.locator("main form button").last());
    expect(await page.locator("main pre").innerText()).toMatch(/^sk_test_/);
    await page.goto(`${city.url}/staff/keys`);
    expect(await page.locator("main pre").count()).toBe(0);
    await page.goto(`${city.url}/staff/modules`);
    expect(await page.locator("h1").innerText()).toMatch(/modules/i);
    await press(page, page.locator("header form button"));
    await page.goto(`${city.url}/staff/keys`);
    expect(page.url()).toContain("/sign-in?next=");
  });

  test("Arabic is read from right to left, and the language stays when the page changes", async () => {
    const city = await newCity({
      languages: ["ar", "fr"],
      country: "MA",
      currency: "MAD",
      timeZone: "Africa/Casablanca",
    });
    const page = await (await visitor(browser, { locale: "ar" })).newPage();
    await page.goto(`${city.url}/`);
    expect(await page.locator("html").getAttribute("dir")).toBe("rtl");
    await press(page, page.locator("header nav a[hreflang=fr]"));
    expect(await page.locator("html").getAttribute("lang")).toBe("fr");
    await page.goto(`${city.url}/pay`);
    expect(await page.locator("html").getAttribute("lang")).toBe("fr");
    await press(page, page.locator("header nav a[hreflang=ar]"));
    expect(page.url()).toContain("/pay");
    expect(await overflow(page)).toBe(0);
  });
});
