import { expect, test } from "vitest";
import { billedCity } from "../billed.ts";

// What people stumble over between two pages: the way on after a mistake, in their own language.

test("a form that comes back names its fields, and can be read in another language", async () => {
  const { city } = await billedCity([5_000], { languages: ["fr", "ar"] });
  const treasurer = await city.browser("treasurer");
  const form = "/staff/billing/tariffs";
  const back = await (await treasurer.submit(form, { kind: "water" }, "/staff/billing?lang=fr")).text();
  expect(back).toMatch(/<a href="#f-name">Nom\u00a0: Remplissez ce champ\.<\/a>/);
  const [, inArabic] = /<a href="([^"]*lang=ar)"/.exec(back)!;
  const there = await treasurer.get(inArabic!);
  expect([there.status, await there.text()]).toEqual([200, expect.stringContaining('lang="ar" dir="rtl"')]);
});

// Guards against an evening's work that ends on a page without a way on.
test("who is signed out meanwhile is led to sign in and back; who may not is led back, and told why", async () => {
  const { city } = await billedCity([5_000], { languages: ["fr"] });
  const nobody = await city.browser();
  const page = "/staff/billing?month=2026-10";
  const out = await nobody.submit("/staff/billing/tariffs", {}, page);
  const next = `next=${encodeURIComponent(`${new URL(city.url).pathname}${page}`)}`;
  expect([out.status, await out.text()]).toEqual([401, expect.stringContaining(`/sign-in?${next}"`)]);

  const agent = await city.browser("agent");
  const refused = await agent.submit("/staff/billing/tariffs", {}, "/staff/billing");
  expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining("Retour à la page précédente")]);
  // An agent reads what waits, and is shown no way to the list that is closed to agents.
  const waits = await (await agent.get("/staff/payments/suspense")).text();
  expect(waits).not.toContain('/staff/payments"');
});
