import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { target } from "../city.ts";
import { openChromium, overflow, PHONE, visitor } from "./browser.ts";
import { asVisitor, cityOfAllKinds, type Kinds, VISITORS, type Visitor } from "./kinds.ts";

// axe calls these moderate; for somebody who listens to a page they are its table of contents.
const STRUCTURE = new Set(["region", "heading-order"]);
const FIRST_VISIT_MAX = 14 * 1024;

let browser: Browser;
let kinds: Kinds;
const contexts = new Map<Visitor, BrowserContext>();
const outside: string[] = [];

beforeAll(async () => {
  browser = await openChromium();
  kinds = await cityOfAllKinds();
  for (const who of VISITORS) {
    // axe is itself a script; the pages have none.
    const context = await visitor(browser, { javaScriptEnabled: true, bypassCSP: true, locale: "fr" });
    context.on("request", (request) => {
      if (!request.url().startsWith(target.url) && !request.url().startsWith("data:")) outside.push(request.url());
    });
    const page = await context.newPage();
    await asVisitor(page, who, kinds);
    contexts.set(who, context);
  }
});
afterAll(() => browser.close());

const address = (path: string) => (path.startsWith("//") ? target.url + path.slice(1) : kinds.city.url + path);

describe("every kind of page", () => {
  for (const who of VISITORS)
    test(`fits a phone and gives axe nothing serious to say, in French and in Arabic: ${who}`, async () => {
      const page = await contexts.get(who)!.newPage();
      const found: string[] = [];
      for (const lang of ["fr", "ar"])
        for (const path of kinds[who]) {
          const answer = await page.goto(`${address(path)}${path.includes("?") ? "&" : "?"}lang=${lang}`);
          const expected = path === "/no-such-page" ? 404 : 200;
          if (answer?.status() !== expected) found.push(`${path}: ${answer?.status()}`);
          const wide = await overflow(page);
          if (wide > 0) found.push(`${path} in ${lang} is ${wide} px too wide for ${PHONE.width} px`);
          const { violations } = await new AxeBuilder({ page }).analyze();
          for (const { id, impact, nodes } of violations)
            if (impact === "serious" || impact === "critical" || STRUCTURE.has(id))
              found.push(`${path} in ${lang}: ${id} at ${nodes[0]?.target.join(" ")}`);
          if ((await page.locator('script:not([type="application/ld+json"])').count()) > 0)
            found.push(`${path} has a script`);
          // A label, and the link from a list of errors, lead to the first of two.
          const ids = await page.locator("[id]").evaluateAll((all: { id: string }[]) => all.map(({ id }) => id));
          const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
          if (twice.length > 0) found.push(`${path} has two of ${twice.join(", ")}`);
          if ((await page.locator("h1").count()) !== 1) found.push(`${path} has not one h1`);
        }
      expect(found).toEqual([]);
    }, 300_000); // each page twice, and a busy machine takes seconds for one

  test("dark pages keep their contrast", async () => {
    const context = await visitor(browser, { javaScriptEnabled: true, bypassCSP: true, colorScheme: "dark" });
    const page = await context.newPage();
    for (const path of ["/", "/data/airports", "/pay", "/sign-in"]) {
      await page.goto(address(path));
      const { violations } = await new AxeBuilder({ page }).withRules(["color-contrast"]).analyze();
      expect(
        violations.flatMap(({ nodes }) => nodes.map(({ html }) => html)),
        path,
      ).toEqual([]);
    }
  });

  // Guards against a page that costs a resident's data before it shows anything.
  test("a first visit of a city page is one request of at most 14 kB, and nothing is asked of another site", async () => {
    const context = await visitor(browser);
    const page = await context.newPage();
    let bytes = 0;
    let requests = 0;
    const client = await context.newCDPSession(page);
    await client.send("Network.enable");
    client.on("Network.loadingFinished", ({ encodedDataLength }) => {
      bytes += encodedDataLength;
      requests += 1;
    });
    await page.goto(address("/"), { waitUntil: "networkidle" });
    console.log(`first visit of a city page: ${bytes} bytes in ${requests} request(s), headers included`);
    expect(bytes).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThanOrEqual(FIRST_VISIT_MAX);
    expect(outside).toEqual([]);
  });
});
