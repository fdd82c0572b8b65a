import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { operatorLink } from "../../functions/control/operators.ts";
import { type LocalHouse, startHouse } from "../../functions/local.ts";
import { type Advisory, advisoryKey, sealAdvisory } from "../../marketplace/contract/advisory.ts";
import { keyIdOf, newKey, publicOf } from "../../marketplace/contract/keys.ts";
import { defineModule, sealPackage } from "../../marketplace/contract/module.ts";
import { PARTY_TYPE, sealParty } from "../../marketplace/contract/party.ts";
import type { Pulled } from "../../marketplace/mirrors/pulling.ts";
import { newId } from "../../shared/ids.ts";
import { ok } from "../billed.ts";
import { newCity, soon, speakTo } from "../city.ts";
import { market, newPublisher, type TestPublisher } from "../publisher.ts";
import { operatorToken } from "../setup/target.ts";
import { signedBy } from "../signing.ts";

// Two houses: one offers, the other mirrors it. A third one's clock has stood still. They share this process and one
// table engine, and nothing else: tables, files, keys and ports are their own.
interface TestHouse extends LocalHouse {
  data: string;
}
const folder = mkdtempSync(join(tmpdir(), "hansa-mirrored-"));
let still: TestHouse | undefined;
let there: TestHouse;
let here: TestHouse;
async function startOne(name: string, env: Record<string, string> = {}, now?: () => Date): Promise<TestHouse> {
  const data = join(folder, name);
  const tables = { HANSA_CITY_TABLE: `${name}-c`, HANSA_CONTROL_TABLE: `${name}-h`, HANSA_MARKET_TABLE: `${name}-m` };
  // The first one brings the engine.
  const engine = still ? { AWS_ENDPOINT_URL_DYNAMODB: process.env["AWS_ENDPOINT_URL_DYNAMODB"] } : {};
  const started = await startHouse(
    { PORT: "0", HANSA_LOG: "silent", HANSA_DATA: data, ...tables, ...engine, ...env },
    now ? { now } : {},
  );
  return { ...started, data };
}
const get = (house: TestHouse, path: string) => fetch(`${house.url}/marketplace/v1${path}`);
const rootOf = async (url: string) => {
  const first = await (await fetch(`${url}/marketplace/v1/tuf/1.root.json`)).arrayBuffer();
  return `${url}#sha256:${createHash("sha256").update(Buffer.from(first)).digest("hex")}`;
};
const speak = async (house: TestHouse) =>
  speakTo({
    url: house.url,
    operatorToken: await operatorToken(house.url, await operatorLink(house.house, house.url)),
  });
const admin = { as: "administrator" } as const;
/** A city of the house that mirrors; the market is spoken to where it was. */
async function cityHere() {
  await speak(here);
  try {
    const city = await newCity({ languages: ["en"] });
    await city.token("administrator");
    return city;
  } finally {
    speakTo({ url: there.url, operatorToken: "" });
  }
}

beforeAll(async () => {
  const long = new Date(Date.now() - 10 * 86_400_000);
  still = await startOne("still", {}, () => long);
  there = await startOne("there");
  here = await startOne("here", { HANSA_MIRRORS: `${await rootOf(there.url)}, ${await rootOf(still.url)}` });
  speakTo({ url: there.url, operatorToken: "" });
});
afterAll(async () => {
  for (const house of [here, there, still]) await house?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function pulled(which = 0): Promise<Pulled> {
  // It looks at a house no more than once a second.
  await new Promise((resume) => setTimeout(resume, 1_050));
  const answer = fetch(`${here.url}/marketplace/v1/mirrors/pulls`, { method: "POST" });
  return (await ok<{ pulls: Pulled[] }>(answer)).pulls[which]!;
}
const filesOf = (house: TestHouse) => join(house.data, "blobs/market");
const tuf = (name: string) => join(filesOf(there), "tuf", name);
/** The house's files as somebody between the houses would have them, while `run` looks. */
async function exchanged(files: Record<string, Uint8Array | string>, run: () => Promise<void>): Promise<void> {
  const before = Object.keys(files).map((file) => [file, readFileSync(file)] as const);
  for (const [file, bytes] of Object.entries(files)) writeFileSync(file, bytes);
  try {
    await run();
  } finally {
    for (const [file, bytes] of before) writeFileSync(file, bytes);
  }
}
const published = async (at = new Date()) => {
  const publisher = await newPublisher("EUR", at);
  const { digest } = await publisher.publish(publisher.module("1.0.0", "1.50"));
  return { ...publisher, digest };
};
type Said = Parameters<typeof sealAdvisory>[0];
const warningOf = ({ name, digest }: { name: string; digest: string }, at = new Date()): Said => ({
  ...{ contract: 1, id: newId("adv", at), revision: 1, by: name, module: `${name}/fair-water`, digests: [digest] },
  ...{ severity: "critical", summary: { en: "It bills twice." }, signedAt: at.toISOString() },
});
const warned = async (said: Said, key: TestPublisher["key"]) =>
  ok<Advisory & { digest: string }>(market.post("/advisories", await sealAdvisory(said, key)));

test("a house takes over what another offers, and its cities install it", async () => {
  const publisher = await published();
  expect(await pulled()).toMatchObject({ taken: 2, refused: [] });
  expect(await pulled()).toMatchObject({ taken: 0, refused: [] });
  const name = `${publisher.name}/fair-water`;
  expect(await ok(get(here, `/modules/${name}`))).toMatchObject({ latest: "1.0.0" });
  const city = await cityHere();
  expect((await city.post("/v1/installs", { module: name }, admin)).status).toBe(201);
  const page = await (await fetch(`${here.url}/marketplace/mirrors?lang=ar`)).text();
  expect(page).toContain(there.url);
  // Any client of TUF may ask with the digest in front of the name, too.
  const { signed } = await ok<{ signed: { version: number } }>(get(there, "/tuf/timestamp.json"));
  const { signed: list } = await ok<{ signed: { targets: Record<string, { hashes: { sha256: string } }> } }>(
    get(there, `/tuf/${signed.version}.targets.json`),
  );
  const [path, { hashes }] = Object.entries(list.targets).find(([one]) => one.startsWith("packages/"))!;
  expect((await get(there, `/tuf/targets/packages/${hashes.sha256}.${path.slice(9)}`)).status).toBe(200);
  for (const wrong of ["/tuf/nothing.json", "/tuf/targets/../index.json", "/tuf/999.targets.json"])
    expect((await get(there, wrong)).status, wrong).toBe(404);
});

// Guards against strangers who make the house look sixty times at once, and against a look that forgets what another saw.
test("one looks at another house at a time", async () => {
  const publisher = await published();
  await new Promise((resume) => setTimeout(resume, 1_050));
  const pulls = Array.from({ length: 20 }, () => fetch(`${here.url}/marketplace/v1/mirrors/pulls`, { method: "POST" }));
  const statuses = (await Promise.all(pulls)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(statuses.filter((status) => status === 429)).toHaveLength(19);
  expect(await ok(get(here, `/modules/${publisher.name}/fair-water`))).toMatchObject({ latest: "1.0.0" });
});

// Guards against a mirror of what was current once: with the mistakes that were mended since.
test("rollback: what is older than what was seen is refused", async () => {
  const old = readFileSync(tuf("timestamp.json"));
  await published();
  expect(await pulled()).toMatchObject({ taken: 2 });
  await exchanged({ [tuf("timestamp.json")]: old }, async () => {
    expect(await pulled()).toMatchObject({ taken: 0, failure: expect.stringMatching(/version|less/i) });
  });
  expect((await pulled()).failure).toBeUndefined();
});

// Guards against cities of a mirroring house that use what elsewhere is known to be wrong, and against a warning that
// was taken back and is put before them again.
test("a warning reaches the mirror’s cities by the same keys, and an older set of them is refused", async () => {
  const publisher = await published();
  await pulled();
  const city = await cityHere();
  const policy = { low: "tell", medium: "tell", high: "tell", critical: "suspend" };
  await ok(city.put("/v1/advisory-policy", policy, admin));
  const { id } = await ok<{ id: string }>(city.post("/v1/installs", { module: `${publisher.name}/fair-water` }, admin));
  await ok(city.post(`/v1/installs/${id}/trials`, {}, admin));
  for (const to of ["proposed", "active"]) await ok(city.post(`/v1/installs/${id}/state`, { to }, admin));
  const stateOf = () => ok<{ state: string; suspendedFor?: string }>(city.get(`/v1/installs/${id}`, admin));

  const said = warningOf(publisher);
  await warned(said, publisher.key);
  expect(await pulled()).toMatchObject({ taken: 1 });
  expect(await soon(stateOf, ({ state }) => state === "suspended")).toMatchObject({ suspendedFor: "advised" });
  expect(await pulled()).toMatchObject({ taken: 0 });

  const old = readFileSync(tuf("timestamp.json"));
  await warned({ ...said, revision: 2, isWithdrawn: true }, publisher.key);
  expect(await pulled()).toMatchObject({ taken: 1 });
  await ok(city.post(`/v1/installs/${id}/state`, { to: "active" }, admin));
  await exchanged({ [tuf("timestamp.json")]: old }, async () => {
    expect(await pulled()).toMatchObject({ taken: 0, failure: expect.stringMatching(/version|less/i) });
  });
  expect(await ok(get(here, `/advisories/${said.id}`))).toMatchObject({ revision: 2, isWithdrawn: true });
  expect(await stateOf()).toMatchObject({ state: "active" });
});

// Guards against a mirror that goes on showing what was true once, and hides what came since.
test("freeze: what was signed too long ago is refused, however right its signature is", async () => {
  speakTo({ url: still!.url, operatorToken: "" });
  const long = still!.house.now();
  const publisher = await published(long);
  const { id } = await warned(warningOf(publisher, long), publisher.key);
  speakTo({ url: there.url, operatorToken: "" });
  expect(await pulled(1)).toMatchObject({ taken: 0, failure: expect.stringMatching(/expired/i) });
  const { mirrors } = await ok<{ mirrors: { last: Pulled }[] }>(get(here, "/mirrors"));
  expect(mirrors[1]!.last.failure).toMatch(/expired/i);
  expect((await get(here, `/advisories/${id}`)).status).toBe(404);
});

// Guards against a package that was exchanged on the way, on a disk or in a store.
test("a swapped blob is refused, and nothing takes its place", async () => {
  const publisher = await newPublisher();
  const { digest } = await publisher.publish(publisher.module("1.0.0", "1.50"));
  const other = await publisher.seal(publisher.module("1.0.0", "9.99"));
  const file = join(filesOf(there), "packages", `${digest.replace(":", "-")}.json`);
  await pulled().catch(() => undefined);
  const second = await newPublisher();
  const sent = await second.publish(second.module("1.0.0", "2.00"));
  const its = join(filesOf(there), "packages", `${sent.digest.replace(":", "-")}.json`);
  // Of a package that is listed already its digest is known; only a signature of the house makes it another.
  await get(there, "/tuf/timestamp.json");
  await exchanged({ [its]: JSON.stringify(other.envelope), [file]: readFileSync(file) }, async () => {
    expect(await pulled()).toMatchObject({ failure: expect.stringMatching(/length|hash/i) });
    expect((await get(here, `/modules/${second.name}/fair-water`)).status).toBe(404);
  });
  expect(await pulled()).toMatchObject({ taken: 2 });
});

// Guards against a mirror in which somebody took the name of a known publisher.
test("nickname clash: a name that is another key’s here stays that one’s", async () => {
  const publisher = await newPublisher();
  const profile = { name: publisher.name, title: "Another", kind: "lab", contact: "x@other.example" } as const;
  const sealed = await sealParty({ ...profile, signedAt: new Date().toISOString() }, newKey());
  const signedUp = await fetch(`${here.url}/marketplace/v1/parties`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(sealed),
  });
  expect(signedUp.status).toBe(201);
  await publisher.publish(publisher.module("1.0.0", "1.50"));
  const { refused } = await pulled();
  expect(refused.map(({ what }) => what)).toEqual([publisher.name, `${publisher.name}/fair-water 1.0.0`]);
  expect(await ok(get(here, `/parties/${publisher.name}`))).toMatchObject({ title: "Another" });
  expect((await get(here, `/modules/${publisher.name}/fair-water`)).status).toBe(404);
});

// Guards against a thief of keys who goes on in the name of whoever was robbed.
test("stolen keys: the house’s are exchanged by its root, a party’s by its recovery key", async () => {
  const old = [1, 2, 3].map(() => readFileSync(tuf("timestamp.json")))[0]!;
  const { port } = new URL(there.url);
  await there.stop();
  there = await startOne("there", { PORT: port, HANSA_SIGNING_KEYS: "2" });
  expect((await pulled()).failure).toBeUndefined();
  expect((await get(there, "/tuf/2.root.json")).status).toBe(200);
  // Signed by the keys of before, which the thief has: with a higher number, and all else as it was.
  const stolen = JSON.parse(old.toString()) as { signed: { version: number } };
  stolen.signed.version += 1_000;
  for (const forged of [old, Buffer.from(JSON.stringify(stolen))])
    await exchanged({ [tuf("timestamp.json")]: forged }, async () => {
      expect((await pulled()).failure).toMatch(/sign|verif|version|less/i);
    });

  const name = `r${process.pid.toString(36)}${Date.now().toString(36)}`;
  const [key, recovery, next, thief] = [newKey(), newKey(), newKey(), newKey()];
  const at = (s: number) => new Date(Date.now() + s * 1000).toISOString();
  const profile = { name, title: "Robbed", kind: "start-up", contact: "r@robbed.example" } as const;
  const said = { ...profile, recoveryKey: publicOf(recovery) };
  await ok(market.post("/parties", await sealParty({ ...said, signedAt: at(-60) }, key)));
  const publish = async (version: string, own: typeof key) => {
    const one = (await newPublisher()).module(version, "1.50");
    const module = defineModule({ ...one, manifest: { ...one.manifest, name: `${name}/fair-water` } });
    return market.post("/modules", (await sealPackage(module, own)).envelope);
  };
  expect((await publish("1.0.0", key)).status).toBe(201);
  // The thief has the key, and not the recovery key: it can exchange neither.
  const byThief = { ...said, publicKey: publicOf(thief), signedAt: at(-40) };
  const taking = await signedBy(thief, PARTY_TYPE, byThief);
  const [alsoOld] = (await signedBy(key, PARTY_TYPE, byThief)).signatures;
  taking.signatures.push(alsoOld!);
  expect((await market.post("/parties", taking)).status).toBe(409);
  const without = await sealParty({ ...said, recoveryKey: publicOf(thief), signedAt: at(-30) }, key);
  expect((await market.post("/parties", without)).status).toBe(409);

  const rotated = { ...said, publicKey: publicOf(next), signedAt: at(-20) };
  const envelope = await signedBy(next, PARTY_TYPE, rotated);
  envelope.signatures.push((await signedBy(recovery, PARTY_TYPE, rotated)).signatures[0]!);
  expect((await market.post("/parties", envelope)).status).toBe(200);
  expect((await publish("1.1.0", key)).status).toBe(422);
  expect((await publish("1.1.0", next)).status).toBe(201);
  // What was published before the theft stays what it was, in both houses; the thief’s word counts in neither.
  expect((await pulled()).refused.map(({ what }) => what)).not.toContain(name);
  for (const house of [there, here]) {
    expect(await ok(get(house, `/parties/${name}`))).toMatchObject({ publicKey: publicOf(next) });
    for (const version of ["1.0.0", "1.1.0"])
      expect((await get(house, `/modules/${name}/fair-water/${version}`)).status, version).toBe(200);
  }
});

// Guards against a house, or somebody on the way, that puts words into a party’s mouth. It damages what the first house
// keeps, so it comes last.
test("a forged warning is refused, an older one in place of the last, and one exchanged on the way", async () => {
  const publisher = await published();
  const [one, two, third] = [1, 2, 3].map(() => warningOf(publisher)) as [Said, Said, Said];
  const other = { ...warningOf(publisher), revision: 2 };
  for (const said of [one, two, other]) await warned(said, publisher.key);
  expect((await pulled()).failure).toBeUndefined();
  const fileOf = ({ digest }: { digest: string }) => join(filesOf(there), advisoryKey(digest));

  // The house itself signs that it offers these: the party’s key and its last word decide.
  const put = async (said: Said, envelope: object) =>
    writeFileSync(
      fileOf(await warned({ ...said, revision: 3, severity: "low" }, publisher.key)),
      JSON.stringify(envelope),
    );
  await put(one, await sealAdvisory({ ...one, revision: 3 }, newKey()));
  const forged = await sealAdvisory({ ...two, revision: 3 }, newKey());
  forged.signatures[0]!.keyid = await keyIdOf(publicOf(publisher.key));
  await put(two, forged);
  await put(other, await sealAdvisory({ ...other, revision: 1 }, publisher.key));
  const { refused } = await pulled();
  const whyNot = (id: string) => refused.find(({ what }) => what.startsWith(id))?.why;
  expect(whyNot(one.id)).toMatch(/no key of this party/);
  expect(whyNot(two.id)).toMatch(/signature does not hold/);
  expect(whyNot(other.id)).toMatch(/said already/);

  const its = fileOf(await warned(third, publisher.key));
  await get(there, "/tuf/timestamp.json");
  await exchanged(
    { [its]: JSON.stringify(await sealAdvisory({ ...third, severity: "low" }, publisher.key)) },
    async () => {
      expect(await pulled()).toMatchObject({ failure: expect.stringMatching(/length|hash/i) });
    },
  );
  expect((await get(here, `/advisories/${third.id}`)).status).toBe(404);
  expect((await pulled()).taken).toBe(1);
  for (const { id, revision } of [one, two, other, third])
    expect(await ok(get(here, `/advisories/${id}`))).toMatchObject({ revision, severity: "critical" });
});
