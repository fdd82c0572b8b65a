import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { feature } from "topojson-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";
import { openChromium, press, visitor } from "./browser.ts";

let browser: Browser;
let city: TestCity;
beforeAll(async () => {
  browser = await openChromium();
  city = await newCity();
  const topology = JSON.parse(readFileSync("node_modules/vega-datasets/data/londonBoroughs.json", "utf8"));
  const boroughs = JSON.stringify(feature(topology, topology.objects["boroughs"]));
  const fields = { title: "Boroughs", licence: "OGL", source: "Made up", personal: "none" };
  const drafted = await city.upload("/v1/datasets", "b.geojson", boroughs, { as: "data_officer", fields });
  const { id } = (await drafted.json()) as { id: string };
  expect((await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" })).status).toBe(200);
});
afterAll(() => browser.close());

test("somebody without script presses a place, reads what is there, moves on and measures a way", async () => {
  const context = await visitor(browser, { locale: "en", viewport: { width: 1000, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${city.url}/map?at=-0.12,51.5,10`);
  await press(page, page.getByRole("link", { name: "What is here?" }));
  await press(page, page.getByRole("button", { name: "Map: choose the point" }));
  await expect.poll(() => page.locator("main").innerText()).toContain("Westminster");
  await press(page, page.getByRole("link", { name: "Closer" }));
  expect(page.url()).toMatch(/at=-0\.12,51\.5,11&/);
  await press(page, page.getByRole("link", { name: "Measure" }));
  const map = page.getByRole("button", { name: "Map: choose the next point" });
  for (const x of [200, 500]) {
    const loaded = page.waitForEvent("load");
    await map.click({ position: { x, y: 240 } });
    await loaded;
  }
  // 300 of the 256 · 2¹¹ pixels of a world, at the latitude of London.
  const length = (40_075.017 * 300 * Math.cos((51.5 * Math.PI) / 180)) / (256 * 2 ** 11);
  const [, said = ""] = /Length\s+([\d.]+) km/.exec(await page.locator("main").innerText()) ?? [];
  expect(Number(said)).toBeGreaterThan(length * 0.99);
  expect(Number(said)).toBeLessThan(length * 1.01);
});

// Guards against a map that works only with a tile server, or a library, of somebody else.
test("the moving map draws the city's own tiles, tells and measures by pointing, and asks nothing of another site", async () => {
  const context = await visitor(browser, {
    javaScriptEnabled: true,
    locale: "en",
    viewport: { width: 1000, height: 900 },
  });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (said) => said.type() === "error" && wrong.push(said.text()));
  page.on("request", (request) => {
    if (!/^(?:data|blob):/.test(request.url()) && !request.url().startsWith(target.url)) wrong.push(request.url());
  });
  await page.goto(`${city.url}/map?at=-0.12,51.5,10&live=1`);
  await page.locator("#live[data-state=drawn]").waitFor({ timeout: 60_000 });
  const middle = { x: 484, y: 200 };
  await expect
    .poll(
      async () => {
        await page.locator("#live canvas").click({ position: middle });
        return page.locator(".maplibregl-popup").count();
      },
      { timeout: 60_000 },
    )
    .toBeGreaterThan(0);
  expect(await page.locator(".maplibregl-popup").first().innerText()).toContain("Boroughs");
  await page.locator(".maplibregl-popup-close-button").first().click();
  await page.getByRole("button", { name: "Measure by pointing" }).click();
  for (const x of [300, 600]) await page.locator("#live canvas").click({ position: { x, y: 200 } });
  await expect.poll(() => page.locator("#live-says").innerText()).toMatch(/Length: [\d.]+ km/);
  expect(wrong).toEqual([]);
});

test("the copy to take along works from a disk, without a network", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hansa-map-"));
  const file = join(folder, "map.html");
  writeFileSync(file, await (await city.get("/map/offline.html?lang=en", { as: "nobody" })).text());
  const context = await visitor(browser, {
    javaScriptEnabled: true,
    offline: true,
    viewport: { width: 1000, height: 900 },
  });
  const page = await context.newPage();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  await page.getByRole("button", { name: "Closer" }).click();
  expect(await page.locator("#map svg").getAttribute("viewBox")).toBe("360 240 720 480");
  await page
    .locator("#map a")
    .first()
    .click({ position: { x: 5, y: 5 }, force: true });
  expect(asked.filter((url) => !url.startsWith("file:"))).toEqual([]);
  expect(await page.locator("tr").count()).toBe(34);
  rmSync(folder, { recursive: true });
});
