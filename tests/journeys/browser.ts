import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import type { TestCity } from "../city.ts";
import type { TargetInfo } from "../setup/target.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The system's own Chromium. @throws {Error} one sentence, when there is none */
export function openChromium(): Promise<Browser> {
  const executablePath = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "chromium"))
    .find((path) => existsSync(path));
  if (!executablePath)
    throw new Error("The journeys need Chromium: install the package chromium, so that `chromium` is on the PATH.");
  return chromium.launch({ executablePath, args: FLAGS });
}

export const PHONE = { width: 360, height: 740 };

/** A visitor: no script, unless a tool (axe) needs it. */
export const visitor = (browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> =>
  browser.newContext({ javaScriptEnabled: false, viewport: PHONE, locale: "fr", ...options });

/** Presses a button or follows a link, and waits until the page that it leads to is there. */
export async function press(page: Page, target: string | Locator): Promise<void> {
  const loaded = page.waitForEvent("load");
  await (typeof target === "string" ? page.locator(target) : target).click();
  await loaded;
}

/** Signs in as a person does: by the form, and the code that a synthetic city shows. */
export async function signIn(page: Page, city: TestCity, contact: string): Promise<void> {
  await page.goto(`${city.url}/sign-in`);
  await page.fill("#f-contact", contact);
  await press(page, "main form button");
  const code = /\b\d{6}\b/.exec(await page.locator("main .notice").innerText())?.[0] ?? "";
  await page.fill("#f-code", code);
  await press(page, "main form button");
}

/** Signs in as the operator of the house, by a link that is good once. */
export async function signInOperator(page: Page, house: TargetInfo): Promise<void> {
  const answer = await fetch(`${house.url}/control/v1/links`, {
    method: "POST",
    headers: { Authorization: `Bearer ${house.operatorToken}` },
  });
  await page.goto(((await answer.json()) as { link: string }).link);
  await press(page, "main form button");
}

/** How far a page is wider than its window, in pixels; 0 is right. */
export const overflow = (page: Page): Promise<number> =>
  page
    .locator("html")
    .evaluate((html: { scrollWidth: number; clientWidth: number }) => html.scrollWidth - html.clientWidth);
