import { afterAll, beforeAll, expect, test } from "vitest";
import { canonical } from "../../marketplace/contract/canonical.ts";
import { type Envelope, seal } from "../../marketplace/contract/dsse.ts";
import { keyIdOf, newKey, publicOf } from "../../marketplace/contract/keys.ts";
import { sealPackage } from "../../marketplace/contract/module.ts";
import { sealParty } from "../../marketplace/contract/party.ts";
import { type Use, VOUCH_TYPE } from "../../marketplace/contract/use.ts";
import leaks from "../../marketplace/modules/clairseau-night-leaks/manifest.ts";
import { newCity, speakTo, type TestCity, target } from "../city.ts";
import { market, newPublisher } from "../publisher.ts";
import { type RunningHouse, runHouse } from "../setup/house.ts";

// What a listing says of others, in a house whose party may vouch for cities.

const SPEAKER = "this-house";
const shared = { url: target.url, operatorToken: target.operatorToken };
const speaker = newKey();
let own: RunningHouse;
beforeAll(async () => {
  own = await runHouse({ HANSA_HOUSE_PARTY: SPEAKER });
  speakTo(own);
  await signUp(SPEAKER, "company", speaker);
});
afterAll(async () => {
  speakTo(shared);
  await own.stop();
});

const admin = { as: "administrator" } as const;
const signUp = async (name: string, kind: "company" | "city" | "start-up", key: ReturnType<typeof newKey>) =>
  (
    await market.post(
      "/parties",
      await sealParty({ name, title: name, kind, contact: "a@b.example", signedAt: new Date().toISOString() }, key),
    )
  ).status;
const read = async <T>(path: string) => (await (await market.get(path)).json()) as T;

async function serve(city: TestCity, module: string): Promise<string> {
  const made = (await (await city.post("/v1/installs", { module }, admin)).json()) as { id: string };
  for (const [path, body] of [
    ["trials", {}],
    ["state", { to: "proposed" }],
    ["state", { to: "active" }],
  ] as const)
    expect((await city.post(`/v1/installs/${made.id}/${path}`, body, admin)).status).toBe(200);
  return made.id;
}
/** The city's word, signed, and brought to the marketplace as a page would. */
async function say(city: TestCity, more: object): Promise<{ use: Use; envelopes: Envelope[]; statuses: number[] }> {
  const answer = await city.post("/v1/uses", { contact: "maire@ville.example", ...more }, admin);
  expect(answer.status, await answer.clone().text()).toBe(200);
  const { use, envelopes } = (await answer.json()) as { use: Use; envelopes: Envelope[] };
  const statuses = [];
  for (const [i, path] of ["/parties", "/uses"].entries())
    statuses.push((await market.post(path, envelopes[i])).status);
  return { use, envelopes, statuses };
}
async function vouch(city: string, keyId: string, more: object = {}, key = speaker) {
  const word = {
    contract: 1,
    by: SPEAKER,
    city,
    keyId,
    signedAt: new Date().toISOString(),
    isWithdrawn: false,
    ...more,
  };
  const envelope = await seal(VOUCH_TYPE, canonical(word), key);
  return (await market.post("/vouches", envelope)).status;
}
interface Place {
  rank: { points: number; terms: Record<string, number> };
  uses: { city: string; state: string; why?: string }[];
}

// Guards against praise by nobody: a city that is invented, one that never agreed, or one that somebody else speaks for.
test("a listing shows who runs a module by their own word, counts what the house knows, and forgets who asks for it", async () => {
  const publisher = await newPublisher();
  const name = `${publisher.name}/fair-water`;
  expect((await publisher.publish(publisher.module("1.0.0", "2"))).status).toBe(201);
  const city = await newCity({ name: "Ville Essai" });
  const place = () => read<Place>(`/modules/${name}`);
  const page = async () => await (await fetch(`${target.url}/marketplace/modules/${name}?lang=en`)).text();
  const before = await place();
  expect(before.uses).toEqual([]);
  expect(await page()).toContain("No city has agreed to be named yet.");

  expect((await city.post("/v1/uses", { module: name, contact: "a@b.example" }, admin)).status).toBe(404);
  const id = await serve(city, name);
  expect((await place()).uses).toEqual([]); // it runs, and nobody has said so
  expect((await city.post("/v1/uses", { module: name, contact: "a@b.example" }, { as: "agent" })).status).toBe(403);
  const early = await city.post("/v1/uses", { module: name, contact: "a@b.example", why: "Too dear" }, admin);
  expect(early.status).toBe(422);
  const { use, envelopes, statuses } = await say(city, { module: name });
  expect(statuses).toEqual([201, 201]);
  expect(use).toMatchObject({ by: city.slug, state: "active", suspensions: 0, runs: 0, refused: 0 });
  expect((await place()).uses).toEqual([]); // the house does not know yet that this is a city
  expect((await place()).rank).toEqual(before.rank);

  // Nobody else can say it: another key, another party, a start-up, a package that there is not.
  const forger = newKey();
  const forged = await seal(envelopes[1]!.payloadType, canonical(use), forger);
  expect((await market.post("/uses", forged)).status).toBe(422);
  await signUp("no-city", "start-up", forger);
  const sealed = async (value: object) => await seal(envelopes[1]!.payloadType, canonical(value), forger);
  expect((await market.post("/uses", await sealed({ ...use, by: "no-city" }))).status).toBe(422);
  expect((await market.post("/uses", await sealed({ ...use, by: "nobody" }))).status).toBe(422);
  expect((await market.post("/uses", await sealed({ ...use, refused: 3 }))).status).toBe(422);
  const keyId = envelopes[1]!.signatures[0]!.keyid;
  expect(await vouch(city.slug, keyId, {}, forger)).toBe(422);
  expect(await vouch("no-city", keyId)).toBe(422);
  expect(await vouch(city.slug, await keyIdOf(publicOf(forger)))).toBe(422);

  expect(await vouch(city.slug, keyId)).toBe(201);
  const named = await place();
  expect(named.uses).toMatchObject([{ city: "Ville Essai", state: "active" }]);
  expect(named.rank.points).toBe(before.rank.points + named.rank.terms["city"]!);
  const shown = await page();
  for (const said of ["Ville Essai", "What the check found", "Digest of the check"]) expect(shown).toContain(said);
  const yml = await (await market.get(`/modules/${name}/1.0.0/publiccode.yml`)).text();
  expect(yml).toContain("- Ville Essai");
  const list = await (await fetch(`${target.url}/marketplace?lang=en`)).text();
  expect(list).toContain("/marketplace/ranking");
  for (const lang of ["en", "fr", "ar"])
    expect((await fetch(`${target.url}/marketplace/ranking?lang=${lang}`)).status).toBe(200);
  // Said again it is the same; an older word changes nothing.
  expect((await market.post("/uses", envelopes[1])).status).toBe(200);

  expect((await city.delete(`/v1/installs/${id}`, admin)).status).toBe(204);
  const left = await say(city, { module: name, why: "Too dear for what it does" });
  expect(left.use).toMatchObject({ state: "removed" });
  const after = await place();
  expect(after.uses).toMatchObject([{ state: "removed", why: "Too dear for what it does" }]);
  expect(after.rank.points).toBeLessThan(before.rank.points);
  expect(await page()).toContain("Too dear for what it does");
  expect((await market.post("/uses", envelopes[1])).status).toBe(409);

  await say(city, { module: name, isWithdrawn: true });
  expect((await place()).uses).toEqual([]);
  expect(await page()).not.toContain("Ville Essai");
});

test("an administrator signs the city's word in the console", async () => {
  const publisher = await newPublisher();
  const name = `${publisher.name}/fair-water`;
  await publisher.publish(publisher.module("1.0.0", "2"));
  const city = await newCity({ languages: ["en"] });
  await serve(city, name);
  const browser = await city.browser("administrator");
  const at = "/staff/uses";
  const wrong = await browser.submit(at, { module: name, contact: "nobody", named: "yes", why: "" }, at);
  expect([wrong.status, (await wrong.text()).includes('href="#f-contact"')]).toEqual([422, true]);
  // Who took it is named as staff know each other, never by an id.
  const page = await (await browser.get(`/staff/modules/${name}`)).text();
  expect([page.includes(city.administrator), page.includes("per_")]).toEqual([true, false]);
  const signed = await browser.submit(at, { module: name, contact: "a@b.example", named: "yes", why: "" }, at);
  expect(signed.status, await signed.clone().text()).toBe(200);
  const text = await signed.text();
  expect(text).toContain("/marketplace/sent");
  const envelopes = JSON.parse(
    /name="envelopes" value="([^"]+)"/.exec(text)![1]!.replaceAll("&quot;", '"'),
  ) as Envelope[];
  expect(envelopes).toHaveLength(2);
  const sent = await fetch(`${target.url}/marketplace/sent`, {
    method: "POST",
    body: new URLSearchParams({ envelopes: JSON.stringify(envelopes) }),
  });
  expect(sent.status).toBe(200);
});

// Guards against a catalogue that harvesters cannot read, and a digest that depends on the house.
test("two houses find the same in the same package, and both list it as harvesters expect", async () => {
  const found = [];
  for (const house of [own, shared]) {
    speakTo(house);
    const key = newKey();
    expect(await signUp("clairseau", "start-up", key)).toBe(201);
    const { envelope } = await sealPackage(leaks, key);
    const answer = (await (await market.post("/modules", envelope)).json()) as {
      digest: string;
      check: { proofDigest: string };
    };
    found.push([answer.digest, answer.check.proofDigest]);
    const { data, links } = await read<{ data: Record<string, unknown>[]; links: object }>("/software?page[size]=100");
    expect(links).toEqual({ prev: null, next: null });
    const one = data.find(({ url }) => String(url).endsWith("/clairseau/night-leaks"))!;
    expect(Object.keys(one).sort()).toEqual(
      ["active", "catalogId", "createdAt", "id", "publiccodeYml", "updatedAt", "url"].sort(),
    );
    expect(await read(`/software/${String(one["id"])}`)).toEqual(one);
    const by = await read<{ data: unknown[] }>(`/software?url=${encodeURIComponent(String(one["url"]))}`);
    expect(by.data).toEqual([one]);
    const publishers = await read<{ data: { alternativeId: string }[] }>("/publishers?page[size]=100");
    expect(publishers.data.map(({ alternativeId }) => alternativeId)).toContain("clairseau");
    expect(await read("/publishers/clairseau")).toMatchObject({ description: "clairseau", email: "a@b.example" });
    const catalogs = await read<{ data: { id: string; sources: object[] }[] }>("/catalogs");
    expect(catalogs.data).toHaveLength(1);
    expect(await read(`/catalogs/${catalogs.data[0]!.id}/software?page[size]=100`)).toEqual(
      await read("/software?page[size]=100"),
    );
    for (const nothing of ["/software/x", "/publishers/none", "/catalogs/none", "/catalogs/none/software"])
      expect((await market.get(nothing)).status, nothing).toBe(404);
    expect((await market.get("/software?page[size]=0")).status).toBe(422);
  }
  speakTo(own);
  expect(found[0]).toEqual(found[1]);
});

// Guards against pages that nothing leads to.
test("the marketplace leads to what cities need, to groups, warnings and other houses, and each leads back", async () => {
  const html = async (path: string) => {
    const answer = await fetch(`${own.url}${path}`, { headers: { Accept: "text/html" } });
    expect(answer.status, path).toBe(200);
    return answer.text();
  };
  const listing = await html("/marketplace");
  for (const path of ["needs", "groups", "advisories", "mirrors", "ranking", "publish"]) {
    expect(listing).toContain(`href="/marketplace/${path}"`);
    expect(await html(`/marketplace/${path}`)).toContain('href="/marketplace"');
  }
});
