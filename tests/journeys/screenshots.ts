import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContextOptions } from "playwright-core";
import { test } from "vitest";
import { target } from "../city.ts";
import { openChromium, PHONE, visitor } from "./browser.ts";
import { asVisitor, cityOfAllKinds, VISITORS } from "./kinds.ts";

const folder = join(import.meta.dirname, "../results/screenshots");
const LOOKS: Record<string, BrowserContextOptions & { isPrint?: boolean }> = {
  "light-en-1280": { viewport: { width: 1280, height: 800 }, locale: "en" },
  "dark-fr-360": { viewport: PHONE, locale: "fr", colorScheme: "dark" },
  "light-ar-360": { viewport: PHONE, locale: "ar" },
  "print-fr": { viewport: { width: 794, height: 1123 }, locale: "fr", isPrint: true },
};

// Every kind of page, in each look, as one picture each: for eyes, not for a comparison.
test("pictures of every kind of page", async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const kinds = await cityOfAllKinds({ languages: ["fr", "ar"], country: "MA", currency: "MAD" });
  const browser = await openChromium();
  let pictures = 0;
  for (const [look, { isPrint, ...options }] of Object.entries(LOOKS))
    for (const who of VISITORS) {
      const page = await (await visitor(browser, options)).newPage();
      await asVisitor(page, who, kinds);
      if (isPrint) await page.emulateMedia({ media: "print" });
      for (const path of kinds[who]) {
        await page.goto(path.startsWith("//") ? target.url + path.slice(1) : kinds.city.url + path);
        const name = path
          .replace(/^\/\//, "house-")
          .replaceAll(/_[0-9A-Z]{26}/g, "")
          .replaceAll(/[^a-z0-9-]+/gi, "-");
        await page.screenshot({ path: join(folder, `${look}-${who}${name}.png`), fullPage: true });
        pictures += 1;
      }
      await page.context().close();
    }
  await browser.close();
  console.log(`${pictures} pictures in ${folder}`);
});
