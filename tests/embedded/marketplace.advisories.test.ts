import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ADVISORIES_TYPE, AdvisoriesFile, type Advisory, sealAdvisory } from "../../marketplace/contract/advisory.ts";
import { canonical } from "../../marketplace/contract/canonical.ts";
import { type Envelope, seal } from "../../marketplace/contract/dsse.ts";
import { newKey } from "../../marketplace/contract/keys.ts";
import { sealParty } from "../../marketplace/contract/party.ts";
import { newId } from "../../shared/ids.ts";
import { ok } from "../billed.ts";
import { newCity, soon, speakTo, type TestCity } from "../city.ts";
import { market, newPublisher, type TestPublisher } from "../publisher.ts";
import { type RunningHouse, runHouse } from "../setup/house.ts";

const admin = { as: "administrator" } as const;
const HOUSE = "the-house";
/** What the issue allows from the warning to the suspension. */
const EFFECTIVE_MS = 60_000;

// These tests damage files, and have a house that speaks by a party of its own.
let house: RunningHouse;
beforeAll(async () => {
  house = await runHouse({ HANSA_HOUSE_PARTY: HOUSE });
  speakTo(house);
});
afterAll(() => house.stop());

type Given = Parameters<typeof sealAdvisory>[0];
const said = (publisher: { name: string }, digest: string, more: Partial<Given> = {}): Given => ({
  ...{ contract: 1, id: newId("adv", new Date()), revision: 1, by: publisher.name, digests: [digest] },
  ...{ module: `${publisher.name}/fair-water`, severity: "critical", signedAt: new Date().toISOString() },
  summary: { en: "It bills twice.", fr: "Il facture deux fois." },
  ...more,
});
const warn = async (given: Given, key: TestPublisher["key"]) =>
  market.post("/advisories", await sealAdvisory(given, key));

interface Seen {
  installId: string;
  took: string;
  advisory: Advisory;
}
const seenIn = async (city: TestCity) =>
  (await ok<{ advisories: Seen[] }>(city.get("/v1/advisories", admin))).advisories;
const stateOf = async (city: TestCity, id: string) =>
  ok<{ state: string; suspendedFor?: string }>(city.get(`/v1/installs/${id}`, admin));

async function inService(city: TestCity, module: string): Promise<string> {
  const { id } = await ok<{ id: string }>(city.post("/v1/installs", { module }, admin));
  await ok(city.post(`/v1/installs/${id}/trials`, {}, admin));
  for (const to of ["proposed", "active"]) await ok(city.post(`/v1/installs/${id}/state`, { to }, admin));
  return id;
}
const POLICY = { low: "tell", medium: "tell", high: "tell", critical: "suspend" };

// Guards against a city that learns too late, one whose module is switched off by somebody upstream, and one that is
// suspended for what does not concern it.
test("upstream warns; the city that wants it so suspends within a minute, the other is told", async () => {
  const [publisher, another] = [await newPublisher(), await newPublisher()];
  const { digest } = await publisher.publish(publisher.module("1.0.0", "1.50"));
  await another.publish(another.module("1.0.0", "1.50"));
  const [strict, calm] = [await newCity({ languages: ["en"] }), await newCity({ languages: ["en"] })];
  await ok(strict.put("/v1/advisory-policy", POLICY, admin));
  const [id, its] = [
    await inService(strict, `${publisher.name}/fair-water`),
    await inService(calm, `${publisher.name}/fair-water`),
  ];
  expect((await strict.put("/v1/advisory-policy", POLICY, { as: "data_officer" })).status).toBe(403);
  expect((await strict.put("/v1/advisory-policy", { ...POLICY, low: "erase" }, admin)).status).toBe(422);

  const given = said(publisher, digest);
  const began = Date.now();
  expect((await warn(given, publisher.key)).status).toBe(201);
  await soon(
    () => stateOf(strict, id),
    ({ state }) => state === "suspended",
  );
  expect(Date.now() - began).toBeLessThan(EFFECTIVE_MS);
  expect(await stateOf(strict, id)).toMatchObject({ suspendedFor: "advised" });
  const [told] = await soon(
    () => seenIn(calm),
    (all) => all.length > 0,
  );
  expect(told).toMatchObject({ installId: its, took: "told", advisory: { id: given.id, by: publisher.name } });
  expect(await stateOf(calm, its)).toMatchObject({ state: "active" });

  // The staff is told by alarm, letter and page; everybody by the transparency page.
  const [letter] = await soon(
    () => strict.messages(strict.administrator),
    (all) => all.some((text) => text.includes("bills twice")),
  ).then((all) => all.filter((text) => text.includes("bills twice")));
  expect(letter).toContain("By your city’s own rule it was suspended");
  const { alarms } = await ok<{ alarms: { kind: string; facts: object }[] }>(strict.get("/v1/alarms", admin));
  expect(alarms).toMatchObject([{ kind: "module", facts: { what: "It bills twice." } }]);
  const browser = await strict.browser("administrator");
  expect(await (await browser.get("/staff/modules/advisories?lang=en")).text()).toContain("It bills twice.");
  expect(await (await browser.get(`/staff/modules/${publisher.name}/fair-water?lang=en`)).text()).toContain(
    "It was warned of this version",
  );
  expect(await (await browser.get("/transparency?lang=en")).text()).toContain("upstream warned of this version");
  expect(await (await fetch(`${house.url}/marketplace/advisories`)).text()).toContain("It bills twice.");

  // The city decides: back in service, it stays so, also when the very same is told again.
  await ok(strict.post(`/v1/installs/${id}/state`, { to: "active" }, admin));
  expect((await warn(given, publisher.key)).status).toBe(200);
  // Withdrawn, it is told so.
  const withdrawn = { ...given, revision: 2, isWithdrawn: true };
  expect((await warn(withdrawn, publisher.key)).status).toBe(200);
  await soon(
    () => seenIn(strict),
    ([one]) => one?.took === "withdrawn",
  );
  expect(await stateOf(strict, id)).toMatchObject({ state: "active" });

  // By a form, the policy changes, and what was only told before is done.
  const high = said(publisher, digest, { severity: "high" });
  expect((await warn(high, publisher.key)).status).toBe(201);
  await soon(
    () => seenIn(strict),
    (all) => all.some(({ advisory, took }) => advisory.id === high.id && took === "told"),
  );
  const form = { low: "tell", medium: "tell", high: "suspend", critical: "suspend", reviewers: "" };
  expect((await browser.submit("/staff/modules/advisories", form, "/staff/modules/advisories")).status).toBe(303);
  expect(await stateOf(strict, id)).toMatchObject({ state: "suspended", suspendedFor: "advised" });
});

// Guards against anybody who would have cities switch off a rival's module, and against old words in a new mouth.
test("what is forged, of somebody without a say, stale or about nothing is refused", async () => {
  const [publisher, rival] = [await newPublisher(), await newPublisher()];
  const { digest } = await publisher.publish(publisher.module("1.0.0", "1.50"));
  const given = said(publisher, digest);
  const signed = await sealAdvisory(given, publisher.key);
  const other = await sealAdvisory({ ...given, severity: "low" }, publisher.key);
  expect((await warn(given, rival.key)).status, "another key").toBe(422);
  expect((await market.post("/advisories", { ...signed, payload: other.payload })).status, "changed").toBe(422);
  expect((await warn({ ...given, by: rival.name }, rival.key)).status, "no say").toBe(422);
  expect((await warn({ ...given, by: "nobody-here" }, rival.key)).status, "unknown").toBe(422);
  expect((await warn({ ...given, digests: [`sha256:${"0".repeat(64)}`] }, publisher.key)).status, "no package").toBe(
    422,
  );
  const soonAt = new Date(Date.now() + 3_600_000).toISOString();
  expect((await warn({ ...given, signedAt: soonAt }, publisher.key)).status, "of tomorrow").toBe(422);
  expect((await market.post("/advisories", "{")).status).toBe(400);
  expect((await market.get(`/advisories/${given.id}`)).status).toBe(404);

  expect((await warn({ ...given, revision: 2 }, publisher.key)).status).toBe(201);
  expect((await warn(given, publisher.key)).status, "stale").toBe(409);
  expect((await warn({ ...given, revision: 2, severity: "low" }, publisher.key)).status, "another second").toBe(409);
  const { digest: its } = await rival.publish(rival.module("1.0.0", "2"));
  expect((await warn({ ...said(rival, its), id: given.id, revision: 3 }, rival.key)).status, "their id").toBe(409);
});

// Guards against whoever can write the files, and against reviewers whom the city does not know.
test("a city believes the house’s own list, no older one, and only whom it names", async () => {
  const publisher = await newPublisher();
  const { digest } = await publisher.publish(publisher.module("1.0.0", "1.50"));
  const city = await newCity({ languages: ["en"] });
  const policy = { low: "tell", medium: "tell", high: "suspend", critical: "suspend" };
  await ok(city.put("/v1/advisory-policy", policy, admin));
  const id = await inService(city, `${publisher.name}/fair-water`);
  const party = async (name: string, kind: "reviewer" | "company") => {
    const key = newKey();
    const profile = { name, title: name, kind, contact: `hello@${name}.example`, signedAt: new Date().toISOString() };
    expect((await market.post("/parties", await sealParty(profile, key))).status).toBe(201);
    return key;
  };
  const name = `rev${Date.now().toString(36)}`;
  const [reviewer, speaker] = [await party(name, "reviewer"), await party(HOUSE, "company")];
  const theirs = said(publisher, digest, { by: name, severity: "high" });
  expect((await warn(theirs, reviewer)).status).toBe(201);

  // A list of somebody else's, and one of yesterday, are of no use; the true one is taken in again.
  const file = join(house.data, "blobs/market/advisories.json");
  const before = readFileSync(file);
  const { payload } = JSON.parse(before.toString("utf8")) as Envelope;
  const list = AdvisoriesFile.parse(JSON.parse(Buffer.from(payload, "base64").toString("utf8")));
  const key = newKey();
  const forged = { ...list, house: name, sequence: list.sequence + 1 };
  writeFileSync(file, JSON.stringify(await seal(ADVISORIES_TYPE, canonical(forged), key)));
  const look = () => ok(city.put("/v1/advisory-policy", policy, admin));
  const browser = await city.browser("data_officer");
  const page = async () => (await browser.get("/staff/modules/advisories?lang=en")).text();
  await look();
  expect(await page()).toContain("is not what its publisher signed");
  writeFileSync(file, before);
  await look();
  expect(await page()).not.toContain('role="alert"');
  expect(await seenIn(city)).toEqual([]);
  expect(await stateOf(city, id)).toMatchObject({ state: "active" });

  // The house speaks by its party.
  const ours = said(publisher, digest, { by: HOUSE, severity: "medium" });
  expect((await warn(ours, speaker)).status).toBe(201);
  await soon(
    () => seenIn(city),
    ([one]) => one?.advisory.by === HOUSE && one.took === "told",
  );
  const latest = readFileSync(file);
  writeFileSync(file, before);
  expect(await page()).toContain("older than one that this city has seen");
  writeFileSync(file, latest);

  // Once the city has named the reviewer, their word counts.
  await ok(city.put("/v1/advisory-policy", { ...policy, reviewers: [name] }, admin));
  expect(await stateOf(city, id)).toMatchObject({ state: "suspended", suspendedFor: "advised" });
  // It goes with the module.
  expect((await city.delete(`/v1/installs/${id}`, admin)).status).toBe(204);
  expect(await seenIn(city)).toEqual([]);
});
