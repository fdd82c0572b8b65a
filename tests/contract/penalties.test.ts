import { describe, expect, test } from "vitest";
import { billedCity, ok } from "../billed.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";

// What falls due in weeks is proved with a clock of its own in tests/unit/penalties.test.ts; here what is said over HTTP.

const agent = { as: "agent" } as const;
const treasurer = { as: "treasurer" } as const;
const administrator = { as: "administrator" } as const;
const RULES = "/v1/billing/penalty-rules";
const AMNESTIES = "/v1/billing/amnesties";
const HOLDS = "/v1/billing/penalty-holds";
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const rule = (more: object = {}) => ({
  ...{ kinds: ["water"], fromOn: inDays(1), dueAfterDays: 30, graceDays: 5 },
  charge: { type: "monthly", basisPoints: 150 },
  ...more,
});
const amnesty = (more: object = {}) => ({
  ...{ titles: { en: "Spring", fr: "Printemps" }, kinds: ["water"] },
  ...{ issuedBefore: inDays(0), fromOn: inDays(1), toOn: inDays(30), remitBasisPoints: 5_000 },
  ...more,
});
type Found = { id: string; state: string };
const counted = (city: TestCity, id: string) =>
  soon(
    () => ok<Found & { preview: { bills: number } }>(city.get(`${AMNESTIES}/${id}`, agent)),
    ({ state }) => state !== "counting",
  );

describe(`due dates, penalties and amnesties, ${target.name}`, () => {
  test("a rule is proposed by one person and approved by another, once, and never for the past", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const propose = (body: object, as: typeof treasurer | typeof administrator = treasurer) =>
      city.post(RULES, body, as);
    for (const wrong of [
      { kinds: [] },
      { kinds: ["water", "water"] },
      { kinds: ["prepaid_water"] },
      { fromOn: inDays(-2) },
      { fromOn: "2026-02-30" },
      { dueAfterDays: -1 },
      { dueAfterDays: 1.5 },
      { graceDays: 9_999 },
      { charge: { type: "monthly", basisPoints: -100 } },
      { charge: { type: "monthly", basisPoints: 1.5 } },
      { charge: { type: "fixed", amountMinor: 0 } },
      { charge: { type: "compound", basisPoints: 100 } },
      { charge: { type: "once", basisPoints: 100, minimumMinor: -1 } },
      { capBasisPoints: 0 },
      { toMinor: 0 },
      { approvedBy: "me" },
    ])
      expect((await propose(rule(wrong))).status, JSON.stringify(wrong)).toBe(422);
    expect((await city.post(RULES, rule(), agent)).status).toBe(403);
    expect((await city.post(RULES, rule(), { as: "nobody" })).status).toBe(401);
    const id = city.id("pru");
    expect([(await propose(rule({ id }))).status, (await propose(rule({ id }))).status]).toEqual([201, 200]);
    expect((await propose(rule({ id, graceDays: 6 }))).status).toBe(409);

    const decide = (one: string, what: "approval" | "refusal", as: typeof treasurer | typeof administrator) =>
      city.post(`${RULES}/${one}/${what}`, {}, as);
    expect((await decide(id, "approval", treasurer)).status).toBe(403);
    // Two that begin on one day for one service: proposed both, approved one, whoever is faster.
    const twin = await ok<Found>(propose(rule({ kinds: ["gas", "water"], graceDays: 0 }), administrator));
    const both = await Promise.all([decide(id, "approval", administrator), decide(twin.id, "approval", treasurer)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await propose(rule())).status).toBe(409);
    expect((await propose(rule({ fromOn: inDays(2) }))).status).toBe(201);
    const { rules } = await ok<{ rules: Found[] }>(city.get(RULES, agent));
    expect(rules.map(({ state }) => state).sort()).toEqual(["approved", "proposed", "proposed"]);

    const other = await newCity();
    expect((await other.get(`${RULES}/${id}`, agent)).status).toBe(404);
    for (const what of ["approval", "refusal"])
      expect((await other.post(`${RULES}/${id}/${what}`, {}, treasurer)).status).toBe(404);
    expect((await ok<{ rules: unknown[] }>(other.get(RULES, agent))).rules).toEqual([]);
  });

  test("a bill says by when it is due; one that is disputed says so, and another city's is absent", async () => {
    const { city, bills } = await billedCity([5_000]);
    const { id, totalMinor } = bills[0]!;
    const proposed = await ok<Found>(city.post(RULES, rule({ fromOn: inDays(1) }), treasurer));
    await ok(city.post(`${RULES}/${proposed.id}/approval`, {}, administrator));
    // Issued before the rule's first day: no due date, and no penalty, ever.
    expect(await ok(city.get(`/v1/bills/${id}/penalties`, agent))).toEqual({ penalties: [], remissions: [] });
    expect(await ok(city.get(`/v1/bills/${id}`, agent))).toMatchObject({ penaltyMinor: 0, dueMinor: totalMinor });

    const hold = (reason: unknown, as: typeof agent | { as: "resident" } = agent) =>
      city.put(`${HOLDS}/${id}`, { reason }, as);
    expect((await city.get(`${HOLDS}/${id}`, agent)).status).toBe(404);
    expect((await hold("")).status).toBe(422);
    expect((await hold("The meter is not mine", { as: "resident" })).status).toBe(403);
    expect(await ok(hold("The meter is not mine"))).toMatchObject({ periods: [{ reason: "The meter is not mine" }] });
    const clerk = await city.browser("agent");
    expect(await (await clerk.get(`/bills/${id}`)).text()).toMatch(/disputed|contestée/);
    expect(await (await clerk.get("/staff/billing/penalties")).text()).toContain("The meter is not mine");
    expect((await city.delete(`${HOLDS}/${id}`, agent)).status).toBe(200);
    expect((await city.delete(`${HOLDS}/${id}`, agent)).status).toBe(404);
    const held = await ok<{ holds: { billId: string }[] }>(city.get(HOLDS, agent));
    expect(held.holds).toMatchObject([{ billId: id }]);

    const other = await newCity();
    for (const answer of [
      await other.get(`/v1/bills/${id}/penalties`, agent),
      await other.get(`${HOLDS}/${id}`, agent),
      await other.put(`${HOLDS}/${id}`, { reason: "Not ours" }, agent),
      await other.delete(`${HOLDS}/${id}`, agent),
    ])
      expect(answer.status).toBe(404);
  });

  test("an amnesty is counted, then approved by another person; what cannot be kept is refused", async () => {
    const { city } = await billedCity([5_000]);
    const propose = (body: object) => city.post(AMNESTIES, body, treasurer);
    for (const wrong of [
      { titles: {} },
      { kinds: [] },
      { toOn: inDays(0) },
      { fromOn: inDays(-9), toOn: inDays(-8), issuedBefore: inDays(-10) },
      { toOn: inDays(900) },
      { issuedBefore: inDays(9) },
      { remitBasisPoints: 0 },
      { remitBasisPoints: 10_001 },
      { remitBasisPoints: 0.5 },
    ])
      expect((await propose(amnesty(wrong))).status, JSON.stringify(wrong)).toBe(422);
    expect((await city.post(AMNESTIES, amnesty(), agent)).status).toBe(403);
    const id = city.id("amn");
    const body = amnesty({ id, issuedBefore: inDays(1) });
    expect([(await propose(body)).status, (await propose(body)).status]).toEqual([201, 200]);
    expect((await propose({ ...body, remitBasisPoints: 1 })).status).toBe(409);
    // The bill there is has no penalty: there is nothing to offer.
    expect(await counted(city, id)).toMatchObject({ state: "proposed", preview: { bills: 0, remitMinor: 0 } });
    const approve = (as: typeof treasurer | typeof administrator) => city.post(`${AMNESTIES}/${id}/approval`, {}, as);
    expect((await approve(treasurer)).status).toBe(403);
    expect(await ok(approve(administrator))).toMatchObject({ state: "approved" });
    expect((await approve(administrator)).status).toBe(409);
    expect((await propose(amnesty({ fromOn: inDays(20), toOn: inDays(60) }))).status).toBe(409);
    expect((await propose(amnesty({ kinds: ["gas"] }))).status).toBe(201);
    expect((await ok<{ amnesties: unknown[] }>(city.get(AMNESTIES, agent))).amnesties).toHaveLength(2);

    const other = await newCity();
    expect((await other.get(`${AMNESTIES}/${id}`, agent)).status).toBe(404);
    for (const what of ["approval", "refusal"])
      expect((await other.post(`${AMNESTIES}/${id}/${what}`, {}, treasurer)).status).toBe(404);
  });

  test("by pages: a treasurer proposes, an administrator decides, each mistake at its field", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const keeper = await city.browser("treasurer");
    const head = await city.browser("administrator");
    const path = "/staff/billing/penalties";
    const fields = { kinds: "water", fromOn: inDays(1), dueAfterDays: "30", type: "once", percent: "2,5", cap: "50" };
    const wrong = await keeper.submit(path, { ...fields, percent: "many" }, path);
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toContain('href="#f-percent"');
    expect((await keeper.submit(path, fields, path)).status).toBe(303);
    expect(await (await head.get("/staff")).text()).toContain(path);
    const text = await (await head.get(path)).text();
    const id = /penalties\/(pru_[0-9A-Z]+)\/approve/.exec(text)![1]!;
    expect((await head.submit(`${path}/${id}/approve`, {}, path)).status).toBe(303);
    expect(await ok(city.get(`${RULES}/${id}`, agent))).toMatchObject({
      ...{ state: "approved", capBasisPoints: 5_000, kinds: ["water"] },
      charge: { type: "once", basisPoints: 250, minimumMinor: 0 },
    });

    const campaign = "/staff/billing/amnesties";
    const asked = { name: "Spring", kinds: "water", issuedBefore: inDays(0), fromOn: inDays(1), toOn: inDays(9) };
    expect((await keeper.submit(campaign, { ...asked, name: "" }, campaign)).status).toBe(422);
    expect((await keeper.submit(campaign, { ...asked, remit: "80" }, campaign)).status).toBe(303);
    const { amnesties } = await ok<{ amnesties: Found[] }>(city.get(AMNESTIES, agent));
    await counted(city, amnesties[0]!.id);
    expect((await head.submit(`${campaign}/${amnesties[0]!.id}/approve`, {}, campaign)).status).toBe(303);
    expect(await (await head.get(campaign)).text()).toContain("Spring");
    expect((await (await city.browser("agent")).get(campaign)).status).toBe(200);
  });
});
