import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { target } from "../city.ts";
import { axe, illShaped, serious } from "./axe.ts";
import { openChromium, visitor } from "./browser.ts";
import { asVisitor, cityOfAllKinds, type Kinds, VISITORS, type Visitor } from "./kinds.ts";

const LANGS = ["fr", "ar"] as const;
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
    test(`fits a phone in French and in Arabic, and gives axe nothing serious to say: ${who}`, async () => {
      const page = await contexts.get(who)!.newPage();
      const found: string[] = [];
      for (const [i, path] of kinds[who].entries())
        for (const lang of LANGS) {
          const answer = await page.goto(`${address(path)}${path.includes("?") ? "&" : "?"}lang=${lang}`);
          const expected = path === "/no-such-page" ? 404 : 200;
          const wrong = [
            ...(answer?.status() === expected ? [] : [`answers ${answer?.status()}`]),
            ...(await illShaped(page)),
            // What axe looks at is the same in both but for the texts: every second page is seen from right to left.
            ...(lang === LANGS[i % LANGS.length] ? await serious(page) : []),
          ];
          found.push(...wrong.map((one) => `${path} in ${lang}: ${one}`));
        }
      expect(found).toEqual([]);
    }, 300_000); // a busy machine takes seconds for one page

  test("dark pages keep their contrast", async () => {
    const context = await visitor(browser, { javaScriptEnabled: true, bypassCSP: true, colorScheme: "dark" });
    const page = await context.newPage();
    for (const path of ["/", "/data/airports", "/map", "/pay", "/sign-in"]) {
      await page.goto(address(path));
      const { violations } = await axe(page).withRules(["color-contrast"]).analyze();
      expect(
        violations.flatMap(({ nodes }) => nodes.map(({ html }) => html)),
        path,
      ).toEqual([]);
    }
  });

  // Guards against a page that costs a resident's data before it shows anything.
  test.each(["/", "/map"])(
    "a first visit of %s is one request of at most 14 kB, and nothing is asked of another site",
    async (path) => {
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
      await page.goto(address(path), { waitUntil: "networkidle" });
      console.log(`first visit of ${path}: ${bytes} bytes in ${requests} request(s), headers included`);
      expect(bytes).toBeGreaterThan(1_000);
      expect(bytes).toBeLessThanOrEqual(FIRST_VISIT_MAX);
      expect(outside).toEqual([]);
    },
  );
});
