import { describe, expect, test } from "vitest";
import type { ModuleInput } from "../../marketplace/contract/module.ts";
import { ANSWER_TYPE, NEED_TYPE } from "../../marketplace/contract/need.ts";
import leaks from "../../marketplace/modules/clairseau-night-leaks/manifest.ts";
import type { SignedNeed } from "../../marketplace/needs/schema.ts";
import { ok } from "../billed.ts";
import { newCity, type TestCity } from "../city.ts";
import { market, newPublisher, type TestPublisher } from "../publisher.ts";
import { signedBy } from "../signing.ts";

const admin = { as: "administrator" } as const;
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

const fairWater = (city: TestCity, more: object = {}) => ({
  name: "fair-water",
  title: { en: "Fair water", fr: "Eau juste" },
  promise: { en: "Who uses little pays little." },
  cases: [
    { kind: "tariff", name: "ten m³", of: "water", currency: "EUR", quantity: 10_000, totalMinor: 1_500 },
    { kind: "tariff", name: "nothing", of: "water", currency: "EUR", quantity: 0, totalMinor: 0 },
  ],
  budget: { amountMinor: 100_000, currency: "EUR" },
  deadline: inDays(30),
  contact: `water@${city.slug}.example`,
  ...more,
});
async function posted(city: TestCity, order: object): Promise<SignedNeed> {
  const signed = await ok<SignedNeed>(city.post("/v1/needs", order, admin));
  expect([200, 201]).toContain((await market.post("/parties", signed.party)).status);
  const sent = await market.post("/needs", signed.envelope);
  expect(sent.status, await sent.clone().text()).toBe(201);
  return signed;
}
const answer = async ({ key }: TestPublisher, need: string, module: string, more: object = {}) =>
  market.post(
    "/answers",
    await signedBy(key, ANSWER_TYPE, {
      ...{ contract: 1, need, module, version: "1.0.0", signedAt: new Date().toISOString() },
      ...more,
    }),
  );

describe("needs of cities", () => {
  // Guards against an answer that is believed instead of tried.
  test("a need is answered, its cases run by themselves, and its page shows who passes, case by case", async () => {
    const [city, right, wrong] = await Promise.all([newCity(), newPublisher(), newPublisher()]);
    await right.publish(right.module("1.0.0", "1.50"));
    await wrong.publish(wrong.module("1.0.0", "2.00"));
    const { name } = await posted(city, fairWater(city));
    const passed = await answer(right, name, `${right.name}/fair-water`);
    expect([passed.status, await passed.json()]).toMatchObject([201, { passes: true, isLate: false, beyond: [] }]);
    const failed = await answer(wrong, name, `${wrong.name}/fair-water`);
    expect([failed.status, await failed.json()]).toMatchObject([
      201,
      { passes: false, cases: [{ case: "ten m³", passes: false, why: "It comes to 2000." }, { passes: true }] },
    ]);
    const { answers } = await ok<{ answers: { answer: { module: string } }[] }>(market.get(`/needs/${name}`));
    expect(answers.map((one) => one.answer.module)).toEqual([`${right.name}/fair-water`, `${wrong.name}/fair-water`]);
    const house = new URL(city.url).origin;
    const page = await (await fetch(`${house}/marketplace/needs/${name}?lang=fr`)).text();
    expect(page).toContain("Cas par cas");
    expect(page).toMatch(/Le résultat est 20,00\s€\./);
    expect(await (await fetch(`${house}/marketplace/needs?lang=ar`)).text()).toContain('dir="rtl"');

    // Another's module, a need that is none, a version that is none, a signature of somebody else.
    const refusals = [
      [await answer(wrong, name, `${right.name}/fair-water`), 422],
      [await answer(right, `${city.slug}/no-need`, `${right.name}/fair-water`), 422],
      [await answer(right, name, `${right.name}/fair-water`, { version: "9.0.0" }), 404],
      [await market.post("/needs", await signedBy(right.key, NEED_TYPE, { contract: 1 })), 422],
    ] as const;
    expect(refusals.map(([{ status }]) => status)).toEqual(refusals.map(([, status]) => status));
  });

  // Guards against a need that changes under those who answer it, and answers to what is over.
  test("what is asked never changes; late answers are shown as late, and what is closed takes none", async () => {
    const [city, publisher] = await Promise.all([newCity(), newPublisher()]);
    await publisher.publish(publisher.module("1.0.0", "1.50"));
    const module = `${publisher.name}/fair-water`;
    const soon = { deadline: new Date(Date.now() + 1_500).toISOString() };
    const order = fairWater(city, soon);
    const { name } = await posted(city, order);
    expect((await city.post("/v1/needs", { ...order, promise: { en: "Other." } }, admin)).status).toBe(409);
    await new Promise((resume) => setTimeout(resume, Date.parse(soon.deadline) - Date.now() + 5));
    expect(await ok(answer(publisher, name, module))).toMatchObject({ isLate: true, passes: true });

    const contact = order.contact;
    const close = (state: string) => city.post("/v1/needs/fair-water/state", { state, contact }, admin);
    const closed = await ok<SignedNeed>(close("closed"));
    expect((await close("withdrawn")).status).toBe(409);
    expect((await market.post("/needs", closed.envelope)).status).toBe(200);
    expect((await answer(publisher, name, module)).status).toBe(409);
    const open = await ok<{ needs: { name: string }[] }>(market.get("/needs?state=open"));
    expect(open.needs.map((one) => one.name)).not.toContain(name);
    expect((await (await newCity()).get("/v1/needs/fair-water", admin)).status).toBe(404);
    const late = { deadline: inDays(-1) };
    for (const wrong of [late, { cases: [] }, { scopes: [{ scope: "all.things:read", purpose: { en: "x" } }] }])
      expect((await city.post("/v1/needs", fairWater(city, { name: "other", ...wrong }), admin)).status).toBe(422);
    expect((await city.post("/v1/needs", fairWater(city), { as: "treasurer" })).status).toBe(403);
  });

  // Guards against a program that passes by other rules than its own tests, or by data that the city would not grant.
  test("a program is tried in the sandbox, and one that asks for more than is granted does not pass", async () => {
    const [city, publisher] = await Promise.all([newCity(), newPublisher()]);
    const name = `${publisher.name}/night-leaks`;
    const module: ModuleInput = { ...leaks, manifest: { ...leaks.manifest, name, version: "1.0.0" } };
    expect((await publisher.publish(module)).status).toBe(201);
    const part = leaks.parts.find((one) => one.kind === "function")!;
    const scope = (of: string) => ({ scope: of, purpose: { en: "to find leaks" } });
    const needed = [
      part.on.event,
      ...part.reads!.map((one) => one.scope),
      ...part.effects.map((one) => one.scope),
    ].filter((one) => !one.startsWith("own."));
    const cases = part.proof.map((proof) => ({ kind: "acts", on: part.on.event, ...proof }));
    const wrong = { ...cases[0]!, name: "another answer", effects: [] };
    const order = (slug: string, scopes: string[], more: object[]) =>
      fairWater(city, { name: slug, scopes: scopes.map(scope), cases: [...cases, ...more] });
    const full = await posted(city, order("leaks", needed, []));
    expect(await ok(answer(publisher, full.name, name))).toMatchObject({ passes: true });
    const fewer = await posted(city, order("fewer", needed.slice(1), []));
    expect(await ok(answer(publisher, fewer.name, name))).toMatchObject({ passes: false, beyond: [needed[0]] });
    const other = await posted(city, order("other", needed, [wrong]));
    const { passes, cases: worked } = await ok<{ passes: boolean; cases: object[] }>(
      answer(publisher, other.name, name),
    );
    expect([passes, worked.at(-1)]).toMatchObject([false, { case: "another answer", passes: false }]);
  });

  test("an administrator writes a need by a form and brings it to the marketplace", async () => {
    const city = await newCity({ languages: ["en", "fr", "ar"] });
    const browser = await city.browser("administrator");
    const at = "/staff/needs";
    const fields = {
      ...{ title: "Water", name: "water", promise: "Less is lost.", amount: "1000", deadline: inDays(9).slice(0, 10) },
      ...{ scopes: "meters.readings_kept.v1", purpose: "to see leaks", contact: "w@city.example" },
    };
    // A button brings the form again with fields for one more case, and keeps what was typed.
    const more = await browser.submit(at, { ...fields, do: "add", add: "tariff" }, at);
    const grown = await more.text();
    expect(more.status).toBe(200);
    for (const kept of ["Less is lost.", 'name="case.0.quantity"']) expect(grown).toContain(kept);
    const none = await browser.submit(at, fields, at);
    expect([none.status, (await none.text()).includes('href="#f-cases"')]).toEqual([422, true]);
    const tariff = { "case.0.kind": "tariff", "case.0.name": "ten m³", "case.0.of": "water", "case.0.quantity": "10" };
    const wrong = await browser.submit(at, { ...fields, ...tariff, "case.0.total": "much" }, at);
    expect([wrong.status, await wrong.text()]).toEqual([
      422,
      expect.stringMatching(/id="f-case\.0\.total"[^>]*aria-describedby="f-case\.0\.total-error"[^>]*value="much"/),
    ]);
    expect((await city.get("/v1/needs/water", admin)).status).toBe(404);
    const acts = {
      ...{ "case.1.kind": "acts:meters.readings_kept.v1", "case.1.name": "a quiet night" },
      ...{ "case.1.now": "2026-11-26T05:00", "case.1.event.meterIds": "mtr_1, mtr_2" },
    };
    const made = await browser.submit(at, { ...fields, ...tariff, "case.0.total": "15,00", ...acts }, at);
    expect(made.status, await made.clone().text()).toBe(303);
    const { need } = await ok<SignedNeed>(city.get("/v1/needs/water", admin));
    expect(need["cases"]).toMatchObject([
      { kind: "tariff", name: "ten m³", of: "water", currency: "EUR", quantity: 10_000, totalMinor: 1_500 },
      { kind: "acts", on: "meters.readings_kept.v1", event: { meterIds: ["mtr_1", "mtr_2"] }, effects: [] },
    ]);
    expect(await (await browser.get(at)).text()).toContain("hear when readings of up to a hundred meters have come");
    const html = await (await browser.get(made.headers.get("location")!)).text();
    const form = new FormData();
    form.set("envelopes", /name="envelopes" value="([^"]*)"/.exec(html)![1]!.replaceAll("&quot;", '"'));
    const origin = new URL(city.url).origin;
    const sent = await fetch(`${origin}/marketplace/sent`, { method: "POST", body: form, headers: { Origin: origin } });
    expect([sent.status, (await sent.text()).includes(`/marketplace/needs/${city.slug}/water`)]).toEqual([200, true]);
    const ended = await browser.submit(`${at}/water/state`, { state: "withdrawn", contact: "w@city.example" }, at);
    expect(ended.status).toBe(303);
    expect((await browser.submit(`${at}/water/state`, { state: "closed", contact: "w@city.example" }, at)).status).toBe(
      422,
    );
  });
});
