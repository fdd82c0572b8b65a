import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ModuleInput } from "../../marketplace/contract/module.ts";
import { installTexts } from "../../marketplace/installs/texts.ts";
import leaks from "../../marketplace/modules/clairseau-night-leaks/manifest.ts";
import air from "../../marketplace/modules/lab-lagune-air-quality/manifest.ts";
import { newCity, type TestCity, target } from "../city.ts";
import { published } from "../indicated.ts";
import { newPublisher } from "../publisher.ts";
import { illShaped, serious } from "./axe.ts";
import { openChromium, signIn, visitor } from "./browser.ts";

// What the check leaves out because the house makes it: how each kind of block is shown, whatever a module says.

const words = (en: string) => ({ en, fr: `${en} (fr)`, ar: `${en} (ar)` });
const BLOCKS = [
  { block: "text", title: words("In short"), body: words("Dust is measured.\n\nEach hour.") },
  { block: "table", title: words("The latest"), dataset: "fine-dust", columns: ["station", "pm25"], limit: 10 },
  { block: "indicator", indicator: "mean-pm25" },
  { block: "chart", title: words("By station"), dataset: "fine-dust", by: "station", how: "mean", of: "pm25" },
  { block: "map", title: words("Where"), dataset: "fine-dust" },
  { block: "link", to: "fine-dust", label: words("All that was measured") },
] as const;

let browser: Browser;
let context: BrowserContext;
let city: TestCity;
let module: string;
beforeAll(async () => {
  browser = await openChromium();
  context = await visitor(browser, { javaScriptEnabled: true, bypassCSP: true, locale: "fr" });
  city = await newCity({ languages: ["en", "fr", "ar"] });
  const publisher = await newPublisher();
  module = `${publisher.name}/air-quality`;
  const indicator = air.parts.find(({ kind }) => kind === "indicator")!.id;
  const blocks = BLOCKS.map((one) => (one.block === "indicator" ? { ...one, indicator } : one));
  const page = { kind: "page", id: "every-block", title: words("Every kind of block"), lead: words("All six"), blocks };
  const whole = { ...air, manifest: { ...air.manifest, name: module }, parts: [...air.parts, page] } as ModuleInput;
  const sent = await publisher.publish(whole);
  expect(sent.status, JSON.stringify(sent.answer)).toBe(201);
  const as = { as: "administrator" } as const;
  const { id } = (await (await city.post("/v1/installs", { module }, as)).json()) as { id: string };
  expect((await city.post(`/v1/installs/${id}/trials`, {}, as)).ok).toBe(true);
  for (const to of ["proposed", "active"])
    expect((await city.post(`/v1/installs/${id}/state`, { to }, as)).status).toBe(200);
  const rows = Array.from(
    { length: 12 },
    (_, i) => `Station ${i % 4},2026-01-01T0${i % 10}:00:00Z,"2.${300 + i}, 48.${100 + i}",${i}`,
  );
  await published(city, "Dust", `station,measured_at,place,pm25\n${rows.join("\n")}\n`, {
    fills: `${module}/fine-dust`,
  });
});
afterAll(() => browser.close());

test("each kind of block, the listing and the ranking fit a phone, and give axe nothing serious to say", async () => {
  const page = await context.newPage();
  await signIn(page, city, city.administrator);
  const found: string[] = [];
  for (const path of [
    `${city.url}/modules/${module}/every-block`,
    `${target.url}/marketplace/modules/${module}`,
    `${target.url}/marketplace/ranking`,
    `${city.url}/staff/uses`,
  ])
    for (const lang of ["fr", "ar"]) {
      const answer = await page.goto(`${path}?lang=${lang}`);
      expect(answer?.status(), path).toBe(200);
      for (const wrong of [...(await illShaped(page)), ...(await serious(page))])
        found.push(`${path} in ${lang}: ${wrong}`);
    }
  expect(found).toEqual([]);
  await page.goto(`${city.url}/modules/${module}/every-block?lang=en`);
  const headings = await page.locator("main h2").allInnerTexts();
  for (const { title } of BLOCKS.filter((one) => "title" in one)) expect(headings).toContain(title.en);
  // By keyboard alone: each link of the page is reached, in its order.
  const links = await page.locator("main section a[href]").count();
  const reached = new Set<string>();
  for (let i = 0; i < 80 && reached.size < links; i++) {
    await page.keyboard.press("Tab");
    const at = page.locator("main section a[href]:focus");
    if ((await at.count()) > 0) reached.add(`${await at.getAttribute("href")} ${await at.innerText()}`);
  }
  expect(reached.size).toBeGreaterThanOrEqual(3);
});

/** Goes by Tab to the button that says so, sees where it is, and presses Enter. */
async function choose(page: Page, label: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    const at = page.locator("main button:focus-visible");
    if ((await at.count()) === 0 || (await at.innerText()) !== label) continue;
    const loaded = page.waitForEvent("load");
    await page.keyboard.press("Enter");
    return void (await loaded);
  }
  expect.fail(`no way by keyboard to “${label}”`);
}

// Guards against a decision that only a mouse reaches, and a refusal that its reader cannot read.
test("by keyboard and without script a module is taken, tried, proposed, refused in Arabic and approved", async () => {
  const publisher = await newPublisher();
  const name = `${publisher.name}/night-leaks`;
  const sent = await publisher.publish({ ...leaks, manifest: { ...leaks.manifest, name } } as ModuleInput);
  expect(sent.status, JSON.stringify(sent.answer)).toBe(201);
  const page = await (await visitor(browser, { locale: "ar" })).newPage();
  await signIn(page, city, city.administrator);
  await page.goto(`${city.url}/staff/modules/${name}?lang=ar`);
  const t = installTexts.in("ar");
  for (const step of ["take", "try", "propose", "letShadow"] as const) await choose(page, t(step));
  const refusal = await page.locator("main .notice.error").innerText();
  expect(refusal).toContain(t("refused"));
  expect(refusal).toMatch(/أشخاص عددهم/);
  expect(refusal).not.toMatch(/[a-z]/i);
  expect(await illShaped(page)).toEqual([]);
  await choose(page, t("approve"));
  expect(await page.locator("main .notice.success").innerText()).toBe(t("done"));
});
