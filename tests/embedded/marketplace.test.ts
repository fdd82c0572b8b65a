import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sealAdvisory } from "../../marketplace/contract/advisory.ts";
import { seal } from "../../marketplace/contract/dsse.ts";
import { INDEX_TYPE } from "../../marketplace/contract/index-file.ts";
import { newKey, publicOf } from "../../marketplace/contract/keys.ts";
import { defineModule, sealPackage } from "../../marketplace/contract/module.ts";
import { PARTY_TYPE, sealParty } from "../../marketplace/contract/party.ts";
import { newId } from "../../shared/ids.ts";
import { cityAt, newCity, soon, speakTo, type TestCity, target } from "../city.ts";
import { market, newPublisher } from "../publisher.ts";
import { type RunningHouse, runHouse } from "../setup/house.ts";
import { signedBy } from "../signing.ts";

const admin = { as: "administrator" } as const;
// These tests damage files: they have a house of their own.
let house: RunningHouse;
let blobs: string;
beforeAll(async () => {
  house = await runHouse();
  blobs = join(house.data, "blobs");
  speakTo(house);
});
afterAll(() => house.stop());

/** Changes one byte of a file, lets `run` look, and puts the byte back. */
async function withChangedByte(file: string, at: number, run: () => Promise<void>): Promise<void> {
  const bytes = readFileSync(file);
  const changed = Buffer.from(bytes);
  changed[at] = bytes[at] === 65 ? 66 : 65;
  writeFileSync(file, changed);
  try {
    await run();
  } finally {
    writeFileSync(file, bytes);
  }
}

/** A byte of the payload, of its type, of the key's name, of the signature, and of the JSON around them. */
function placesIn(file: string): number[] {
  const text = readFileSync(file, "utf8");
  const middle = text.indexOf('"payload":"') + 200;
  return [
    0,
    middle,
    text.indexOf("vnd.hansa") + 4,
    text.indexOf('"keyid":"') + 12,
    text.indexOf('"sig":"') + 20,
    text.length - 1,
  ];
}

async function inService(city: TestCity, module: string) {
  const answer = await city.post("/v1/installs", { module }, admin);
  const { id } = (await answer.json()) as { id: string };
  for (const [path, body] of [
    ["trials", {}],
    ["state", { to: "proposed" }],
    ["state", { to: "active" }],
  ] as const)
    expect((await city.post(`/v1/installs/${id}/${path}`, body, admin)).status).toBe(200);
  return id;
}

// Guards against a bill, a page or an install made from a package that somebody changed on the disk.
test("a changed byte is refused at each step: house, city’s view, install, and load", async () => {
  const publisher = await newPublisher();
  const name = `${publisher.name}/fair-water`;
  const { digest } = await publisher.publish(publisher.module("1.0.0", "1.50"));
  const [using, looking] = [await newCity(), await newCity()];
  const id = await inService(using, name);
  const inMarket = join(blobs, "market/packages", `${digest.replace(":", "-")}.json`);
  const inCity = globSync(join(blobs, "cities", using.slug, "packages/*.json"))[0]!;
  const status = async (answer: Promise<Response>) => (await answer).status;

  for (const at of placesIn(inMarket))
    await withChangedByte(inMarket, at, async () => {
      const [publisherName, moduleName] = name.split("/");
      expect(
        await status(fetch(`${target.url}/marketplace/v1/modules/${publisherName}/${moduleName}/1.0.0`)),
        `house ${at}`,
      ).toBe(409);
      expect(await status(looking.get(`/v1/modules/${name}`, admin)), `view ${at}`).toBe(409);
      expect(await status(looking.post("/v1/installs", { module: name }, admin)), `install ${at}`).toBe(409);
      // Who uses it already has a copy of its own, which is as it was signed.
      expect(await status(using.get(`/modules`)), `own copy ${at}`).toBe(200);
    });

  for (const at of placesIn(inCity))
    await withChangedByte(inCity, at, async () => {
      const run = { month: "2026-07", kind: "water", includeIncomplete: true };
      expect(await status(using.post("/v1/bill-runs", run, { as: "treasurer" })), `load ${at}`).toBe(409);
      expect(await status(using.post(`/v1/installs/${id}/trials`, {}, admin)), `trial ${at}`).toBe(409);
      const page = await using.get("/modules?lang=en");
      expect([page.status, await page.text()], `page ${at}`).toEqual([200, expect.stringContaining("not used")]);
    });

  const index = join(blobs, "market/index.json");
  expect(await status(looking.get("/v1/modules", admin))).toBe(200);
  for (const at of placesIn(index))
    await withChangedByte(index, at, async () => {
      expect(await status(looking.get("/v1/modules", admin)), `index ${at}`).toBe(409);
    });
  expect(await status(looking.get("/v1/modules", admin))).toBe(200);
});

// Guards against a publisher whose cities stay behind for good once its key was exchanged, and against whoever says that
// it was.
test("a version under an exchanged key takes the place of one under the key before, where the exchange is proved", async () => {
  const publisher = await newPublisher();
  const [next, recovery] = [newKey(), newKey()];
  const profile = {
    ...{ name: publisher.name, title: "Exchanged", kind: "lab" as const, contact: "e@exchanged.example" },
    recoveryKey: publicOf(recovery),
  };
  const at = (ms: number) => new Date(Date.now() + ms).toISOString();
  expect((await market.post("/parties", await sealParty({ ...profile, signedAt: at(1) }, publisher.key))).status).toBe(
    200,
  );
  const [one, two, back] = ["1.0.0", "1.1.0", "1.0.5"].map((version) => publisher.module(version, "1.50"));
  for (const module of [one!, back!]) expect((await publisher.publish(module)).status).toBe(201);
  const city = await newCity();
  const name = `${publisher.name}/fair-water`;
  const taken = await city.post("/v1/installs", { module: name, version: "1.0.0" }, admin);
  const { id, digest } = (await taken.json()) as { id: string; digest: string };
  const step = async (path: string, body: object) =>
    (await city.post(`/v1/installs/${id}/${path}`, body, admin)).status;
  expect([
    await step("trials", {}),
    await step("state", { to: "proposed" }),
    await step("state", { to: "active" }),
  ]).toEqual([200, 200, 200]);

  const exchanged = { ...profile, publicKey: publicOf(next), signedAt: at(2) };
  const [own, recovered] = await Promise.all([next, recovery].map((key) => signedBy(key, PARTY_TYPE, exchanged)));
  const both = { ...own!, signatures: [...own!.signatures, ...recovered!.signatures] };
  expect((await market.post("/parties", both)).status).toBe(200);
  const { envelope } = await sealPackage(defineModule(two!), next);
  expect((await market.post("/modules", envelope)).status).toBe(201);

  // Who exchanged a stolen key warns by the next one, and is heard by cities that know only the one before.
  const advisory = {
    ...{
      contract: 1 as const,
      id: newId("adv", new Date()),
      revision: 1,
      by: publisher.name,
      module: name,
      digests: [digest],
    },
    ...{ severity: "high" as const, summary: { en: "Its key was stolen." }, signedAt: at(0), isWithdrawn: false },
  };
  expect((await market.post("/advisories", await sealAdvisory(advisory, next))).status).toBe(201);
  await soon(
    async () => (await (await city.get("/v1/advisories", admin)).json()) as { advisories: object[] },
    ({ advisories }) => advisories.length === 1,
  );

  const proof = join(blobs, "market/parties", `${publisher.name}.json`);
  const profiles = JSON.parse(readFileSync(proof, "utf8")) as unknown[];
  expect(profiles).toHaveLength(2);
  // No file, not the whole of it, and one that nobody recovered.
  for (const forged of ["", JSON.stringify(profiles.slice(1)), JSON.stringify([profiles[0], own])]) {
    writeFileSync(proof, forged);
    const refused = await city.post(`/v1/installs/${id}/trials`, { version: "1.1.0" }, admin);
    expect(await refused.json()).toMatchObject({ status: 409, detail: expect.stringContaining("nothing proves") });
    expect(await step("version", { version: "1.1.0" })).toBe(409);
  }
  writeFileSync(proof, JSON.stringify(profiles));
  expect([await step("trials", { version: "1.1.0" }), await step("version", { version: "1.1.0" })]).toEqual([200, 200]);
  const install = async () =>
    (await (await city.get(`/v1/installs/${id}`, admin)).json()) as { version: string; publisherKey: { x: string } };
  expect(await install()).toMatchObject({ version: "1.1.0", publisherKey: publicOf(next) });
  // What the key before has signed is not taken any more, and the version before is there to go back to.
  expect(await step("trials", { version: "1.0.5" })).toBe(409);
  expect(await step("trials", {})).toBe(200);
  expect(await step("rollback", {})).toBe(200);
  expect(await install()).toMatchObject({ version: "1.0.0", publisherKey: publicOf(publisher.key) });
  expect((await city.get("/modules")).status).toBe(200);
});

// Guards against a mirror that hides what is new, or a house whose key was exchanged.
test("a city takes no older index than it has seen, and none under another key", async () => {
  const publisher = await newPublisher();
  const city = await newCity();
  await publisher.publish(publisher.module("1.0.0", "1.50"));
  const index = join(blobs, "market/index.json");
  const houseKey = join(blobs, "market/house.json");
  const [old, ownKey] = [readFileSync(index), readFileSync(houseKey)];
  await publisher.publish(publisher.module("1.0.1", "1.51"));
  const latest = readFileSync(index);
  expect((await city.get("/v1/modules", admin)).status).toBe(200);
  try {
    writeFileSync(index, old);
    const answer = await city.get("/v1/modules", admin);
    expect(answer.status).toBe(409);
    expect(((await answer.json()) as { detail: string }).detail).toContain("older");

    // A whole marketplace under a key of somebody else's, with that key beside it.
    const key = newKey();
    const { payload } = JSON.parse(latest.toString("utf8")) as { payload: string };
    const forged = await seal(INDEX_TYPE, Buffer.from(payload, "base64"), key);
    writeFileSync(index, JSON.stringify(forged));
    writeFileSync(houseKey, JSON.stringify({ publicKey: publicOf(key) }));
    expect((await city.get("/v1/modules", admin)).status).toBe(409);
  } finally {
    writeFileSync(index, latest);
    writeFileSync(houseKey, ownKey);
  }
  expect((await city.get("/v1/modules", admin)).status).toBe(200);
});

// Guards against a module that can be put out of service only while its files are whole.
test("a module whose copy was damaged can still be suspended and removed", async () => {
  const publisher = await newPublisher();
  await publisher.publish(publisher.module("1.0.0", "1.50"));
  const city = await newCity();
  const id = await inService(city, `${publisher.name}/fair-water`);
  // Asked for again, in another version: what is there stands, and no spare copy is kept.
  await publisher.publish(publisher.module("1.0.1", "1.51"));
  const again = await city.post("/v1/installs", { module: `${publisher.name}/fair-water`, version: "1.0.1" }, admin);
  expect([again.status, await again.json()]).toMatchObject([200, { id, version: "1.0.0" }]);
  const copies = globSync(join(blobs, "cities", city.slug, "packages/*.json"));
  expect(copies).toHaveLength(1);
  writeFileSync(copies[0]!, "{}");
  // Residents see which one it is, and the others.
  const seen = await city.get("/modules");
  expect([seen.status, await seen.text()]).toEqual([200, expect.stringContaining(`${publisher.name}/fair-water`)]);
  expect((await city.post(`/v1/installs/${id}/state`, { to: "suspended" }, admin)).status).toBe(200);
  expect((await city.get("/modules")).status).toBe(200);
  expect((await city.post(`/v1/installs/${id}/state`, { to: "active" }, admin)).status).toBe(409);
  expect((await city.delete(`/v1/installs/${id}`, admin)).status).toBe(204);
  // Nothing of it is left in the city but the record, and its claim is free.
  expect(globSync(join(blobs, "cities", city.slug, "packages/*.json"))).toEqual([]);
  await inService(city, `${publisher.name}/fair-water`);
});

// Guards against a city that loses its modules, or the record of them, when it moves; and against a house that could
// switch them off by not knowing their publisher.
test("a city takes its modules with it: the next house bills by the city’s own copy, and exports the same", async () => {
  const publisher = await newPublisher();
  await publisher.publish(publisher.module("1.0.0", "1.50"));
  const city = await newCity();
  const id = await inService(city, `${publisher.name}/fair-water`);
  const bundleOf = async (house: RunningHouse) => {
    const headers = { Authorization: `Bearer ${house.operatorToken}` };
    const answer = await fetch(`${house.url}/control/v1/cities/${city.slug}/export`, { headers });
    expect(answer.status).toBe(200);
    return { bytes: await answer.arrayBuffer(), digest: answer.headers.get("hansa-digest") };
  };
  const first = await bundleOf(house);
  const other = await runHouse();
  try {
    const headers = { Authorization: `Bearer ${other.operatorToken}`, "Content-Type": "application/zip" };
    const taken = await fetch(`${other.url}/control/v1/cities/import`, { method: "POST", headers, body: first.bytes });
    expect(taken.status, await taken.clone().text()).toBe(201);
    expect((await bundleOf(other)).digest).toBe(first.digest);
    speakTo(other);
    const moved = cityAt(city.slug, city.name, city.administrator);
    expect((await (await moved.get("/modules")).text()).includes("1.0.0")).toBe(true);
    const answer = await moved.get("/v1/tariffs");
    expect(await answer.json()).toMatchObject({ tariffs: [{ source: { from: "module", version: "1.0.0" } }] });
    // That house's marketplace knows nothing of it: it can go on, and it can be removed.
    expect((await moved.post(`/v1/installs/${id}/version`, { version: "9.0.0" }, admin)).status).toBe(404);
    expect((await moved.delete(`/v1/installs/${id}`, admin)).status).toBe(204);
    expect(globSync(join(other.data, "blobs/cities", city.slug, "packages/*.json"))).toEqual([]);
  } finally {
    speakTo(house);
    await other.stop();
  }
});
