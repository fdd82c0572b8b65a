import { expect, test } from "vitest";
import { billedCity, ok } from "../billed.ts";
import { camt, IBAN } from "../camt.ts";
import { newCity, soon } from "../city.ts";

// What people stumble over between two pages: the way on after a mistake, in their own language.

test("a form that comes back names its fields, and can be read in another language", async () => {
  const { city } = await billedCity([5_000], { languages: ["fr", "ar"] });
  const treasurer = await city.browser("treasurer");
  const form = "/staff/billing/tariffs";
  const back = await (await treasurer.submit(form, { kind: "water" }, "/staff/billing?lang=fr")).text();
  expect(back).toContain("<title>Erreur\u00a0: Facturation");
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

// Guards against a treasurer who must know the ledger's name of an account at the bank, and books from one that is none.
test("money that fits no bill is given back from an account of the city that one chooses", async () => {
  const city = await newCity({ languages: ["fr"] });
  const as = { as: "treasurer" } as const;
  const account = await ok<{ id: string }>(city.post("/v1/bank-accounts", { name: "Trésor", iban: IBAN }, as));
  const treasurer = await city.browser("treasurer");
  const file = camt({ opening: "0.00", closing: "30.00", entries: [{ amount: "30.00", text: "merci" }] });
  const statement = { account: account.id, file: new File([file], "s.xml", { type: "application/xml" }) };
  expect((await treasurer.submit("/staff/bank/statements", statement, "/staff/bank")).status).toBe(303);
  const [waiting] = await soon(
    async () => (await ok<{ suspense: { id: string }[] }>(city.get("/v1/suspense", as))).suspense,
    ({ length }) => length > 0,
  );
  const at = `/staff/payments/suspense/${waiting!.id}`;
  expect(await (await treasurer.get("/staff/payments/suspense")).text()).toContain("Trésor (0189)");
  const wrong = await treasurer.submit(`${at}/refunds`, { reason: "Erreur du payeur", msisdn: "12" }, at);
  expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining('value="Erreur du payeur"')]);
  expect((await treasurer.submit(`${at}/refunds`, { reason: "Erreur du payeur" }, at)).status).toBe(303);
  const { refunds } = await ok<{ refunds: { id: string }[] }>(city.get("/v1/refunds", as));
  const refund = `/staff/payments/refunds/${refunds[0]!.id}`;
  const own = await treasurer.submit(`${refund}/approve`, {}, "/staff/payments/refunds");
  expect([own.status, await own.text()]).toEqual([403, expect.stringContaining("une autre personne décide")]);
  await ok(city.post(`/v1/refunds/${refunds[0]!.id}/approval`, undefined, { as: "administrator" }));
  const page = await (await treasurer.get(refund)).text();
  const [, holder] = /<option value="([^"]*)"[^>]*>Trésor \(0189\)/.exec(page)!;
  expect(holder).toBe(`bank:${account.id}`);
  expect((await treasurer.submit(`${refund}/payout`, { holder: holder!, providerRef: "VIR-1" }, refund)).status).toBe(
    303,
  );
  expect(await ok(city.get(`/v1/refunds/${refunds[0]!.id}`, as))).toMatchObject({ state: "paid" });
});
