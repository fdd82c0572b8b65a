import { describe, expect, test } from "vitest";
import type { ModuleInput } from "../../marketplace/contract/module.ts";
import type { Difference, Made } from "../../marketplace/peers/schema.ts";
import { ok } from "../billed.ts";
import { newCity, type TestCity } from "../city.ts";
import { market, newPublisher } from "../publisher.ts";

const admin = { as: "administrator" } as const;

async function inService(city: TestCity, module: string): Promise<string> {
  const { id } = await ok<{ id: string }>(city.post("/v1/installs", { module }, admin));
  await ok(city.post(`/v1/installs/${id}/trials`, {}, admin));
  for (const to of ["proposed", "active"]) await ok(city.post(`/v1/installs/${id}/state`, { to }, admin));
  return id;
}

type Packaged = Made & { party: unknown; package: unknown };
const about = (city: TestCity) => ({
  version: "1.0.0",
  title: { en: "Fair water", fr: "Eau juste" },
  summary: { en: `As ${city.name} bills it.` },
  licence: "CC-BY-4.0",
  contact: `water@${city.slug}.example`,
});
async function publish(signed: Packaged) {
  const party = await market.post("/parties", signed.party);
  expect([200, 201]).toContain(party.status);
  const sent = await market.post("/modules", signed.package);
  expect(sent.status, await sent.clone().text()).toBe(201);
}

describe("packages between cities", () => {
  // Guards against a package whose origin is hidden, or that is another's than the city that signed it.
  test("what serves in a city becomes a module under its own key, and says whose parts it holds", async () => {
    const [city, publisher] = await Promise.all([newCity(), newPublisher()]);
    const { digest } = await publisher.publish(publisher.module("1.0.0", "1.50"));
    const base = `${publisher.name}/fair-water`;
    await inService(city, base);
    const tariff = { names: { fr: "Courant" }, kind: "electricity", currency: "EUR", bands: [{ price: "0.2" }] };
    await ok(city.post("/v1/tariffs", { tariff }, { as: "treasurer" }));
    const { candidates } = await ok<{ candidates: { id: string }[] }>(city.get("/v1/package-candidates", admin));
    expect(candidates.map(({ id }) => id)).toEqual([`${base}/tariff`, `${base}/how-to-read`, "own/tariff-electricity"]);

    const parts = candidates.map(({ id }) => id);
    const order = { name: "two-tariffs", ...about(city), parts, shares: { [base]: 2_500 } };
    const signed = await ok<Packaged>(city.post("/v1/packages", order, admin));
    await publish(signed);
    const seen = await ok<Record<string, unknown>>(
      fetch(`${(await market.get("")).url.replace(/\/$/, "")}/modules/${city.slug}/two-tariffs/1.0.0`),
    );
    expect(seen).toMatchObject({
      publisher: { name: city.slug, kind: "city" },
      manifest: { isBasedOn: [{ module: base, version: "1.0.0", digest, basisPoints: 2_500 }] },
      parts: [{ id: "tariff" }, { id: "how-to-read" }, { id: "tariff-electricity" }],
    });

    expect((await city.post("/v1/packages", order, admin)).status).toBe(200);
    const refusals = [
      [{ ...order, summary: { en: "Other words." } }, 409],
      [{ ...order, version: "1.0.1", parts: ["own/nothing"] }, 422],
      [{ ...order, version: "1.0.1", shares: { "some-body/else": 100 } }, 422],
      [{ ...order, version: "1.0.1", licence: "mine" }, 422],
    ] as const;
    for (const [wrong, status] of refusals)
      expect((await city.post("/v1/packages", wrong, admin)).status, JSON.stringify(wrong)).toBe(status);
    expect((await city.post("/v1/packages", order, { as: "treasurer" })).status).toBe(403);
    expect((await (await newCity()).get("/v1/packages/two-tariffs/1.0.0", admin)).status).toBe(404);
  });

  // Guards against a city that loses its own prices when it takes in what another city improved.
  test("another city adapts it to its money, and takes in a later version without losing its own", async () => {
    const publisher = await newPublisher();
    const two = (version: string, texts: object[]) => {
      const module = publisher.module(version, "1.50");
      return { ...module, parts: [...module.parts, ...texts] } as ModuleInput;
    };
    await publisher.publish(two("1.0.0", []));
    const [city, other] = await Promise.all([
      newCity({ country: "CI", currency: "XOF", languages: ["fr"], timeZone: "Africa/Abidjan" }),
      newCity(),
    ]);
    const module = `${publisher.name}/fair-water`;
    const order = { module, name: "eau-juste", profile: { languages: ["fr"], names: { Eau: "L’eau de Bouaké" } } };
    const { id } = await ok<{ id: string }>(city.post("/v1/adoptions", order, admin));
    const at = "/parts/tariff/tariff/bands/0/price";
    const difference = () => ok<Difference>(city.get(`/v1/adoptions/${id}/difference`, admin));
    expect((await difference()).missing).toEqual([{ at, was: "1.50" }]);
    const asOwn = { version: "1.0.0", contact: "eau@bouake.example", basisPoints: 500 };
    const tooSoon = await city.post(`/v1/adoptions/${id}/packages`, asOwn, admin);
    expect([tooSoon.status, await tooSoon.json()]).toMatchObject([
      422,
      { errors: [{ pointer: `#/profile/amounts/${at}` }] },
    ]);

    const profile = { ...order.profile, amounts: { [at]: "350" } };
    await ok(city.put(`/v1/adoptions/${id}/profile`, profile, admin));
    const edit = (place: string, value: unknown) => city.post(`/v1/adoptions/${id}/edits`, { at: place, value }, admin);
    await ok(edit("/parts/how-to-read/body/fr", "Appelez le 1313."));
    expect((await edit("/parts/none/body", "x")).status).toBe(422);
    expect((await edit("/parts/tariff/tariff/currency", "gold")).status).toBe(422);

    // Upstream writes the same lines anew, and adds a lesson.
    const lesson = { kind: "texts", id: "lesson", use: "lesson", title: { fr: "Le robinet" }, body: { fr: "Fermez." } };
    const changed = two("1.1.0", [lesson]);
    changed.parts[1] = { ...changed.parts[1]!, body: { en: "Litres.", fr: "Litres." } } as never;
    await publisher.publish(changed);
    const seen = await difference();
    const place = "/parts/how-to-read/body/fr";
    expect(seen.parts.find(({ part }) => part === "how-to-read")).toMatchObject({
      own: [{ at: place, after: "Appelez le 1313." }],
      theirs: [{ at: place, after: "Litres." }],
      conflicts: [{ at: place }],
    });
    const merge = (choices: object) => city.post(`/v1/adoptions/${id}/merges`, { version: "1.1.0", choices }, admin);
    const undecided = await merge({});
    expect([undecided.status, await undecided.json()]).toMatchObject([409, { errors: [{ pointer: `#${place}` }] }]);
    await ok(merge({ [place]: "own" }));

    const signed = await ok<Packaged>(city.post(`/v1/adoptions/${id}/packages`, asOwn, admin));
    await publish(signed);
    const name = `${city.slug}/eau-juste`;
    const published = await ok<Record<string, unknown>>(city.get(`/v1/modules/${name}`, admin));
    expect(published).toMatchObject({
      manifest: {
        isBasedOn: [{ module, version: "1.1.0", basisPoints: 500 }],
        title: { fr: "L’eau de Bouaké juste" },
      },
      parts: [
        { id: "tariff", tariff: { currency: "XOF", bands: [{ price: "350" }] } },
        { id: "how-to-read", body: { fr: "Appelez le 1313." } },
        { id: "lesson" },
      ],
    });
    await inService(city, name);
    for (const path of ["", "/difference"]) {
      expect((await other.get(`/v1/adoptions/${id}${path}`, admin)).status).toBe(404);
    }
    expect((await city.delete(`/v1/adoptions/${id}`, admin)).status).toBe(204);
    expect((await city.get(`/v1/adoptions/${id}`, admin)).status).toBe(404);
  });

  test("the same by pages alone: choose, sign, bring to the marketplace, adapt", async () => {
    const [city, publisher] = await Promise.all([newCity({ languages: ["en", "fr", "ar"] }), newPublisher()]);
    await publisher.publish(publisher.module("1.0.0", "1.50"));
    const name = `${publisher.name}/fair-water`;
    await inService(city, name);
    const browser = await city.browser("administrator");
    expect(await (await browser.get("/staff/modules")).text()).toContain(`/cities/${city.slug}/staff/packages`);
    const from = "/staff/packages";
    const fields = { name: "paged", version: "1.0.0", title: "Paged", summary: "By pages.", licence: "CC-BY-4.0" };
    const wrong = await browser.submit(from, { ...fields, parts: `${name}/tariff`, contact: "nobody" }, from);
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toContain(
      '<a href="#f-contact">Public e-mail address for questions: This is not an e-mail address.</a>',
    );
    const empty = await browser.submit(`${from}?lang=fr`, {}, from);
    expect(await empty.text()).toContain('<a href="#f-name">Son nom\u00a0: Remplissez ce champ.</a>');
    const contact = "w@city.example";
    const made = await browser.submit(from, { ...fields, parts: `${name}/tariff`, contact, share: "2.5" }, from);
    expect(made.status).toBe(303);
    const html = await (await browser.get(made.headers.get("location")!)).text();
    const value = /name="envelopes" value="([^"]*)"/.exec(html)![1]!.replaceAll("&quot;", '"').replaceAll("&amp;", "&");
    const form = new FormData();
    form.set("envelopes", value);
    const house = new URL(city.url).origin;
    const bring = (body: FormData) =>
      fetch(`${house}/marketplace/sent`, { method: "POST", body, headers: { Origin: house } });
    const sent = await bring(form);
    expect([sent.status, (await sent.text()).includes(`/marketplace/modules/${city.slug}/paged/1.0.0`)]).toEqual([
      200,
      true,
    ]);
    form.set("envelopes", value.replace(/"payload":"..../, '"payload":"AAAA'));
    expect((await bring(form)).status).toBe(422);

    const adopted = await browser.submit("/staff/adoptions", { module: name, name: "own-water" }, "/staff/adoptions");
    const at = adopted.headers.get("location")!;
    expect(adopted.status).toBe(303);
    expect(
      (await browser.submit(`${at}/edits`, { at: "/parts/tariff/tariff/names/fr", value: '"Eau"' }, at)).status,
    ).toBe(303);
    expect((await browser.submit(`${at}/edits`, { at: "/parts/tariff", value: "no" }, at)).status).toBe(422);
    await publisher.publish(publisher.module("1.1.0", "1.60"));
    // A second one: each page of the list begins where the one before ended.
    const later = await ok<{ id: string }>(city.post("/v1/adoptions", { module: name, name: "later-water" }, admin));
    const first = await ok<{ adoptions: { id: string }[]; next: string }>(city.get("/v1/adoptions?limit=1", admin));
    expect(first.adoptions).toMatchObject([{ id: later.id }]);
    const older = await (await browser.get(`/staff/adoptions?cursor=${encodeURIComponent(first.next)}`)).text();
    expect([older.includes("own-water"), older.includes("later-water")]).toEqual([true, false]);
    const page = await (await browser.get(`${at}?lang=ar`)).text();
    expect(page).toContain("/parts/tariff/tariff/bands");
    expect(page).toContain('dir="rtl"');
    expect((await browser.submit(`${at}/merges`, { version: "1.1.0" }, at)).status).toBe(422);
    const choice = { at0: "/parts/tariff/tariff/names/fr", side0: "own" };
    expect((await browser.submit(`${at}/merges`, { version: "1.1.0", ...choice }, at)).status).toBe(303);
    expect(await (await browser.get(at)).text()).toContain("&quot;1.60&quot;");
    expect((await browser.submit(`${at}/packages`, { version: "1.0.0", contact, share: "10" }, at)).status).toBe(303);
    expect((await browser.submit(`${at}/removal`, {}, at)).status).toBe(303);
  });
});
