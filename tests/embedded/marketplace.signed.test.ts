import { expect, test } from "vitest";
import { seal } from "../../marketplace/contract/dsse.ts";
import { COHORT_TYPE, MEMBERSHIP_TYPE } from "../../marketplace/contract/group.ts";
import { newKey, type PrivateKey, publicOf } from "../../marketplace/contract/keys.ts";
import { PACKAGE_TYPE } from "../../marketplace/contract/module.ts";
import { PARTY_TYPE, type Party, sealParty } from "../../marketplace/contract/party.ts";
import { PLEDGE_TYPE } from "../../marketplace/contract/pledge.ts";
import { USE_TYPE } from "../../marketplace/contract/use.ts";
import { ok } from "../billed.ts";
import { newCity } from "../city.ts";
import { market, newPublisher } from "../publisher.ts";
import { signedBy } from "../signing.ts";

const at = (aheadMs = 0) => new Date(Date.now() + aheadMs).toISOString();
const DAY_MS = 86_400_000;
const YEARS = "9999-12-31T23:59:59.999Z";

/** A party with a recovery key, signed up a minute ago. */
async function recoverable(kind: Party["kind"]) {
  const { name } = await newPublisher();
  const [key, recovery] = [newKey(), newKey()];
  const profile = {
    ...{ name: `${name}r`, title: "Robbed", kind, contact: "r@robbed.example" },
    recoveryKey: publicOf(recovery),
  };
  await ok(market.post("/parties", await sealParty({ ...profile, signedAt: at(-60_000) }, key)));
  return {
    ...{ name: profile.name, key },
    say: async (signedAt: string, by: PrivateKey, more = {}) =>
      market.post("/parties", await sealParty({ ...profile, ...more, signedAt }, by)),
    async exchange(next: PrivateKey) {
      const party = { ...profile, publicKey: publicOf(next), signedAt: at() };
      const [own, recovered] = await Promise.all([next, recovery].map((one) => signedBy(one, PARTY_TYPE, party)));
      return market.post("/parties", { ...own, signatures: [...own!.signatures, ...recovered!.signatures] });
    },
  };
}

// Guards against a thief who signs for the year 9999, and against whom no later word could count any more.
test("what is signed in the future is refused, so whoever had a key for a moment has not the last word", async () => {
  const { name, key, say, exchange } = await recoverable("group");
  for (const signedAt of [YEARS, at(DAY_MS)])
    expect(await (await say(signedAt, key, { title: "Thief" })).json()).toMatchObject({
      status: 422,
      errors: [{ pointer: "#/payload/signedAt" }],
    });
  const next = newKey();
  expect((await exchange(next)).status).toBe(200);
  expect(await ok(market.get(`/parties/${name}`))).toMatchObject({ title: "Robbed", publicKey: publicOf(next) });

  const { name: member } = await newPublisher();
  const said = { contract: 1, group: name, member, role: "member", says: "out", signedAt: YEARS };
  expect((await market.post("/memberships", await signedBy(next, MEMBERSHIP_TYPE, said))).status).toBe(422);
});

// Guards against a sponsor whose key was exchanged and who can then neither go on nor stop.
test("a sponsor pledges anew under an exchanged key", async () => {
  const [publisher, sponsor] = await Promise.all([newPublisher(), recoverable("company")]);
  await publisher.publish(publisher.module("1.0.0", "1.50"));
  const module = `${publisher.name}/fair-water`;
  const pledge = async (by: PrivateKey, until: string, signedAt = at()) =>
    market.post("/pledges", await signedBy(by, PLEDGE_TYPE, { sponsor: sponsor.name, module, until, signedAt }));
  expect((await pledge(sponsor.key, "2027-12")).status).toBe(201);
  const next = newKey();
  expect((await sponsor.exchange(next)).status).toBe(200);
  expect((await pledge(sponsor.key, "2029-12")).status).toBe(422);
  expect((await pledge(next, "2029-12", YEARS)).status).toBe(422);
  expect(await ok(pledge(next, "2028-12"))).toMatchObject({ until: "2028-12" });
});

// Guards against an address that breaks the house because no key of a table is so long.
test("what nothing can be called is not there", async () => {
  const long = "a".repeat(3_000);
  const [name, version] = [`${long}/${long}`, `/modules/acme/fair-water/${long}`];
  for (const path of [
    `/needs/${name}`,
    `/modules/${name}`,
    `/modules/${name}/1.0.0/check`,
    version,
    `${version}/check`,
    `${version}/publiccode.yml`,
  ])
    expect((await market.get(path)).status, path.slice(0, 20)).toBe(404);
  const page = await fetch((await market.get(`/needs/${name}`)).url.replace("/v1/", "/"));
  expect(page.status).toBe(404);
  const city = await newCity();
  const made = await (await city.browser("administrator")).get(`/staff/packages/fair-water/${long}`);
  expect(made.status).toBe(404);
  const csv = await city.get(`/v1/module-money/invoices/${long}/mobile-money.csv`, { as: "treasurer" });
  expect(csv.status).toBe(404);
});

// Guards against a stranger who spends what a city may say in an hour.
test("what others send in a city's name takes nothing from what it may say", async () => {
  const [publisher, city] = await Promise.all([newPublisher(), recoverable("city")]);
  const { digest } = await publisher.publish(publisher.module("1.0.0", "1.50"));
  const use = {
    ...{
      contract: 1,
      by: city.name,
      module: `${publisher.name}/fair-water`,
      version: "1.0.0",
      digest,
      state: "active",
    },
    ...{ since: at(-60_000), suspensions: 0, runs: 0, refused: 0, signedAt: at(), isWithdrawn: false },
  };
  const forged = await signedBy(newKey(), USE_TYPE, use);
  for (let sent = 0; sent < 201; sent++) expect((await market.post("/uses", forged)).status).toBe(422);
  expect((await market.post("/uses", await signedBy(city.key, USE_TYPE, use))).status).toBe(201);
});

// Guards against one party whose keys are so many that no other house can take over anything of this one any more.
test("a party has had at most twenty keys", async () => {
  const { exchange } = await recoverable("lab");
  const statuses = [];
  for (let keys = 2; keys <= 21; keys++) statuses.push((await exchange(newKey())).status);
  expect(statuses).toEqual([...Array(19).fill(200), 409]);
});

// Guards against a party, a group's call or an advisory that reads as another one, or turns the words beside it.
test("signs that nobody sees are refused with the field named, whoever signed them and whatever it is", async () => {
  const [publisher, group] = await Promise.all([newPublisher(), recoverable("group")]);
  const refusedAt = async (answer: Response, pointer: string) =>
    expect(await answer.json(), pointer).toMatchObject({ status: 422, errors: [{ pointer: `#/payload/${pointer}` }] });
  await refusedAt(await group.say(at(), group.key, { title: "Honest\u202e dnoM" }), "title");
  await refusedAt(await group.say(at(), group.key, { title: "Honest\u0000" }), "title");
  expect(await ok(market.get(`/parties/${group.name}`))).toMatchObject({ title: "Robbed" });
  const cohort = {
    contract: 1,
    group: group.name,
    name: "spring",
    title: { en: "Spring", ar: "\u2066ربيع" },
    needs: [],
  };
  await refusedAt(
    await market.post("/cohorts", await signedBy(group.key, COHORT_TYPE, { ...cohort, signedAt: at() })),
    "title/ar",
  );
  const hidden = publisher.module("1.0.0", "1.50", { changes: { en: "Cheaper\u202d now" } });
  const { envelope } = await publisher.seal(hidden);
  await refusedAt(await market.post("/modules", envelope), "manifest/changes/en");
  const torn = Buffer.from(JSON.stringify(publisher.module("1.0.0", "1.50", { title: { en: "Fair \ud800" } })));
  await refusedAt(await market.post("/modules", await seal(PACKAGE_TYPE, torn, publisher.key)), "manifest/title/en");
  expect((await market.get(`/modules/${publisher.name}/fair-water`)).status).toBe(404);
});
