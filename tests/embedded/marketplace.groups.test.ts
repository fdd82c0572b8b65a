import { expect, test } from "vitest";
import { COHORT_TYPE, MEMBERSHIP_TYPE } from "../../marketplace/contract/group.ts";
import { newKey } from "../../marketplace/contract/keys.ts";
import { sealParty } from "../../marketplace/contract/party.ts";
import { ok } from "../billed.ts";
import { newCity } from "../city.ts";
import { market, newPublisher } from "../publisher.ts";
import { signedBy } from "../signing.ts";

const now = () => new Date().toISOString();
async function newGroup() {
  const name = `g${process.pid.toString(36)}${Date.now().toString(36)}`;
  const key = newKey();
  const profile = { name, title: "Lagoon cluster", kind: "group", contact: "hello@lagoon.example" } as const;
  await ok(market.post("/parties", await sealParty({ ...profile, signedAt: now() }, key)));
  return { name, key };
}
interface Shown {
  members: { member: string; role: string; state: string; kind: string; cohort?: string }[];
  cohorts: { name: string; needs: { name: string }[] }[];
}

// Guards against a group that adorns itself with members who never said yes, and members with groups who never did.
test("a membership holds while group and member say the same, each under its own key", async () => {
  const [group, member, stranger, city] = [
    await newGroup(),
    await newPublisher(),
    await newPublisher(),
    await newCity(),
  ];
  const say = async (key: typeof group.key, more: object = {}) =>
    market.post(
      "/memberships",
      await signedBy(key, MEMBERSHIP_TYPE, {
        ...{ contract: 1, group: group.name, member: member.name, role: "member", says: "in", signedAt: now() },
        ...more,
      }),
    );
  const states = async () =>
    (await ok<Shown>(market.get(`/groups/${group.name}`))).members.map((one) => [one.member, one.role, one.state]);
  expect(await ok(say(group.key))).toMatchObject({ state: "asked" });
  expect(await states()).toEqual([[member.name, "member", "asked"]]);
  expect((await say(stranger.key)).status).toBe(422);
  expect(await ok(say(member.key))).toMatchObject({ state: "in" });

  const cohort = {
    ...{
      contract: 1,
      group: group.name,
      name: "water-2027",
      title: { en: "Water 2027" },
      about: { en: "Less is lost." },
    },
    ...{ fromOn: "2027-01-11", toOn: "2027-06-30", needs: [`${city.slug}/fair-water`], signedAt: now() },
  };
  expect((await market.post("/cohorts", await signedBy(member.key, COHORT_TYPE, cohort))).status).toBe(422);
  expect((await market.post("/cohorts", await signedBy(group.key, COHORT_TYPE, cohort))).status).toBe(201);
  for (const wrong of [
    { cohort: "no-cohort" },
    { role: "sandbox" },
    { member: group.name },
    { group: stranger.name },
    { member: "nobody-here" },
  ])
    expect((await say(group.key, wrong)).status, JSON.stringify(wrong)).toBe(422);

  // A city offers itself as the cohort's sandbox by a form, and the group says the same.
  const browser = await city.browser("administrator");
  const fields = { group: group.name, role: "sandbox", cohort: "water-2027", says: "in", contact: "lab@city.example" };
  const wrong = await browser.submit("/staff/groups", { ...fields, contact: "none" }, "/staff/groups");
  expect(wrong.status).toBe(422);
  const html = await (await browser.submit("/staff/groups", fields, "/staff/groups")).text();
  const form = new FormData();
  form.set("envelopes", /name="envelopes" value="([^"]*)"/.exec(html)![1]!.replaceAll("&quot;", '"'));
  const origin = new URL(city.url).origin;
  const sent = await fetch(`${origin}/marketplace/sent`, { method: "POST", body: form, headers: { Origin: origin } });
  expect(sent.status, await sent.clone().text()).toBe(200);
  await ok(say(group.key, { member: city.slug, role: "sandbox", cohort: "water-2027" }));
  const shown = await ok<Shown>(market.get(`/groups/${group.name}`));
  expect(shown.members).toMatchObject([
    { member: member.name, state: "in", kind: "start-up" },
    { member: city.slug, role: "sandbox", cohort: "water-2027", state: "in", kind: "city" },
  ]);
  expect(shown.cohorts).toMatchObject([{ name: "water-2027", needs: [{ name: `${city.slug}/fair-water` }] }]);
  for (const [lang, says] of [
    ["fr", "ville d’essai"],
    ["ar", "مدينة تجريب"],
  ])
    expect(await (await fetch(`${origin}/marketplace/groups/${group.name}?lang=${lang}`)).text()).toContain(says);
  expect((await fetch(`${origin}/marketplace/groups/${member.name}`)).status).toBe(404);

  // Either side ends it; what was signed before that brings nothing back.
  const old = { signedAt: new Date(Date.now() - 60_000).toISOString() };
  expect(await ok(say(member.key, { says: "out" }))).toMatchObject({ state: "out" });
  expect(await ok(say(member.key, old))).toMatchObject({ state: "out" });
  expect(await states()).toEqual([[city.slug, "sandbox", "in"]]);
  const { memberships } = await ok<{ memberships: object[] }>(market.get(`/parties/${member.name}/memberships`));
  expect(memberships).toMatchObject([{ group: group.name, state: "out" }]);
});
