import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { overflow, PHONE } from "./browser.ts";

// axe calls these moderate; for somebody who listens to a page they are its table of contents.
const STRUCTURE = new Set(["region", "heading-order"]);

/** As much of an element as is asked here: the code of tests knows no document. */
interface Root {
  querySelectorAll(selector: string): Iterable<{ id: string }> & { length: number };
}

/**
 * What axe holds against a page. Its usual way merges the findings of frames in a blank page of its own, which takes
 * longer than the looking: these pages have no frames.
 */
export const axe = (page: Page) => new AxeBuilder({ page }).setLegacyMode(true);
/** What is serious of it, or of its structure. */
export async function serious(page: Page): Promise<string[]> {
  const { violations } = await axe(page)
    .options({ resultTypes: ["violations"] })
    .analyze();
  return violations
    .filter(({ id, impact }) => impact === "serious" || impact === "critical" || STRUCTURE.has(id))
    .map(({ id, nodes }) => `${id} at ${nodes[0]?.target.join(" ")}`);
}

/** What the shape of a page says: nothing wider than the telephone, one heading, no script, no id twice. */
export async function illShaped(page: Page): Promise<string[]> {
  const wide = await overflow(page);
  const { ids, scripts, headings } = await page.locator("html").evaluate((html: Root) => ({
    ids: [...html.querySelectorAll("[id]")].map(({ id }) => id),
    scripts: html.querySelectorAll('script:not([type="application/ld+json"])').length,
    headings: html.querySelectorAll("h1").length,
  }));
  // A label, and the link from a list of errors, lead to the first of two.
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
  return [
    ...(wide > 0 ? [`is ${wide} px too wide for ${PHONE.width} px`] : []),
    ...(scripts > 0 ? ["has a script"] : []),
    ...(twice.length > 0 ? [`has two of ${twice.join(", ")}`] : []),
    ...(headings === 1 ? [] : ["has not one h1"]),
  ];
}
