import { describe, expect, test } from "vitest";
import {
  administrator,
  agent,
  approvedRule,
  assessments,
  CSV,
  entryOf,
  issued,
  PARCEL_RULE,
  rollCity,
  takeIn,
} from "../assessed.ts";
import { ok } from "../billed.ts";
import { newCity, soon, target } from "../city.ts";

const BASE = "/staff/assessment";
const PARCELS = `${BASE}/rolls/PARCELS`;

describe(`taxes and fees by pages, ${target.name}`, () => {
  test("a clerk sets up a roll, tries a file, takes it in, and a treasurer's rule is approved and issued", async () => {
    const city = await newCity({ timeZone: "UTC" });
    for (const number of ["C-0", "C-1"]) await ok(city.post("/v1/accounts", { number, name: number }, agent));
    const [clerk, treasurer, boss] = await Promise.all([
      city.browser("agent"),
      city.browser("treasurer"),
      city.browser("administrator"),
    ]);
    const roll = { code: "PARCELS", kind: "parcels", fr: "Taxe foncière", en: "Property tax" };
    expect((await treasurer.submit(`${BASE}/rolls`, { ...roll, code: "p" }, BASE)).status).toBe(422);
    expect((await treasurer.submit(`${BASE}/rolls`, roll, BASE)).status).toBe(303);
    expect((await clerk.submit(`${BASE}/rolls`, roll, BASE)).status).toBe(403);

    const upload = (text: string) =>
      clerk.submit(`${PARCELS}/uploads`, { file: new File([text], "roll.csv"), from: "2026-01-01" }, PARCELS);
    const wrong = await upload("number,zone,use,area\nP-1,A,home,much\n");
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toMatch(/(Line|Ligne) 2: area/);
    const tried = await upload(CSV);
    expect(tried.status).toBe(303);
    const at = tried.headers.get("location")!;
    const preview = await (await clerk.get(at)).text();
    for (const words of ["AB-1", "AB 2", "Owner"]) expect(preview).toContain(words);
    expect(await (await clerk.get(PARCELS)).text()).not.toContain("AB-1");
    const taken = await clerk.submit(at.split("?")[0]!, { from: "2026-01-01" }, at);
    expect(taken.status).toBe(303);
    expect((await clerk.get(taken.headers.get("location")!)).status).toBe(200);
    expect(await (await clerk.get(`${PARCELS}?zone=Hills`)).text()).toContain("AB-3");

    const rule = { per: "year", validFrom: "2026-01-01", proRata: "days", vat: "0", toMinor: "1" };
    const bad = await treasurer.submit(
      `${PARCELS}/rules`,
      { ...rule, rates: "Centre; Home; bins; 1" },
      `${PARCELS}/rules`,
    );
    expect([bad.status, (await bad.text()).includes("Centre; Home; bins; 1")]).toEqual([422, true]);
    const rates = "Centre; Home; area; 1,00\n; Shop; surface; 3,125\n; ; flat; 2,50";
    expect((await treasurer.submit(`${PARCELS}/rules`, { ...rule, rates }, `${PARCELS}/rules`)).status).toBe(303);
    expect(await (await boss.get("/staff")).text()).toContain(`${PARCELS}/rules`);
    const page = await (await boss.get(`${PARCELS}/rules`)).text();
    const approval = /action="[^"]*(\/staff\/assessment[^"]+\/approve)"/.exec(page)![1]!;
    expect((await treasurer.submit(approval, {}, `${PARCELS}/rules`)).status).toBe(422);
    expect((await boss.submit(approval, {}, `${PARCELS}/rules`)).status).toBe(303);

    const counted = await treasurer.submit(`${BASE}/runs`, { roll: "PARCELS", period: "2026" }, `${BASE}/runs`);
    const run = counted.headers.get("location")!;
    // 250.50 + 2.50 and 312.50 + 2.50 and, of no zone that has a rate, 2.50.
    expect(await (await boss.get(run)).text()).toMatch(/3 · .*570[.,]50/);
    expect((await treasurer.submit(`${run}/approve`, {}, run)).status).toBe(422);
    expect((await boss.submit(`${run}/approve`, {}, run)).status).toBe(303);
    await soon(
      () => assessments(city, "2026"),
      (all) => all.length === 3,
    );
    const [first] = await assessments(city, "2026");
    const shown = await (await clerk.get(`${BASE}/assessments/${first!.id}`)).text();
    expect(shown).toMatch(/100 × 3[.,]125/);
    expect((await clerk.get(`${BASE}/assessments?roll=PARCELS&period=2026`)).status).toBe(200);
  });

  test("a payer sees the own parcel and its tax, objects, and is answered; a clerk corrects, a treasurer agrees", async () => {
    const { city, accounts } = await rollCity();
    await ok(takeIn(city, CSV));
    await approvedRule(city, PARCEL_RULE);
    await issued(city, "2026");
    const payer = await city.browser({ contact: accounts[0]!.contact });
    const list = await (await payer.get("/assessments")).text();
    expect(list).toContain("AB-1");
    expect(list).not.toContain("AB 2");
    const all = await assessments(city, "2026");
    const home = all.find(({ number }) => number === "AB-1")!;
    const shop = all.find(({ number }) => number === "AB 2")!;
    const path = `/assessments/${home.id}`;
    for (const lang of ["en", "fr"])
      expect(await (await payer.get(`${path}?lang=${lang}`)).text()).toMatch(/250[.,]5 × 1/);
    expect((await payer.get(`/assessments/${shop.id}`)).status).toBe(404);
    const object = { accountId: accounts[0]!.id, text: "It has 200 m² only." };
    expect((await payer.submit(`${path}/claims`, { ...object, text: "" }, path)).status).toBe(422);
    expect((await payer.submit(`${path}/claims`, object, path)).status).toBe(303);

    const clerk = await city.browser("agent");
    expect(await (await clerk.get("/staff")).text()).toContain("/staff/assessment/claims");
    const queue = await (await clerk.get(`${BASE}/claims`)).text();
    const claim = `${BASE}/claims/${/claims\/(clm_[0-9A-Z]+)/.exec(queue)![1]}`;
    const nothing = await clerk.submit(`${claim}/accept`, { answer: "You are right.", from: "2026-01-01" }, claim);
    expect(nothing.status).toBe(422);
    const accept = { answer: "You are right.", from: "2026-01-01", area: "200" };
    expect((await clerk.submit(`${claim}/accept`, accept, claim)).status).toBe(303);
    expect(await (await payer.get(path)).text()).toContain("You are right.");

    const treasurer = await city.browser("treasurer");
    const desk = await soon(
      async () => (await treasurer.get(`${BASE}/adjustments`)).text(),
      (text) => text.includes("/approve"),
    );
    const approval = /adjustments\/(adj_[0-9A-Z]+)\/approve/.exec(desk)![0];
    expect((await treasurer.submit(`${BASE}/${approval}`, {}, `${BASE}/adjustments`)).status).toBe(303);
    expect(await (await treasurer.get(`${BASE}/adjustments?done=yes`)).text()).toMatch(/50[.,]50/);
    const entry = await entryOf(city, "AB-1");
    const wrong = await clerk.submit(
      `${BASE}/entries/${entry.id}/change`,
      { from: "2026-01-01", area: "x" },
      `${BASE}/entries/${entry.id}`,
    );
    expect(wrong.status).toBe(422);
    const ended = await clerk.submit(
      `${BASE}/entries/${entry.id}/end`,
      { endsOn: "2026-06-30" },
      `${BASE}/entries/${entry.id}`,
    );
    expect(ended.status).toBe(303);
    expect((await payer.get(`${BASE}/entries/${entry.id}`)).status).toBe(403);
  });

  test("a fine is raised with its reference and code to scan; a market's round is one tap for each stall", async () => {
    const city = await newCity();
    const [clerk, treasurer] = await Promise.all([city.browser("agent"), city.browser("treasurer")]);
    const fee = { code: "F-1", kind: "fine", fr: "Dépôt d’ordures", net: "45,00", vat: "0" };
    expect((await treasurer.submit(`${BASE}/fees`, { ...fee, net: "-5" }, `${BASE}/fees`)).status).toBe(422);
    expect((await treasurer.submit(`${BASE}/fees`, { ...fee, reduced: "30", days: "10" }, `${BASE}/fees`)).status).toBe(
      303,
    );
    const { fees } = await ok<{ fees: { id: string }[] }>(city.get("/v1/assessment/fees", agent));
    await ok(city.post(`/v1/assessment/fees/${fees[0]!.id}/approval`, {}, administrator));
    const form = await (await clerk.get(`${BASE}/dues`)).text();
    const id = /name="id" value="(due_[0-9A-Z]+)"/.exec(form)![1]!;
    const fields = { id, fee: "F-1", quantity: "1" };
    expect((await clerk.submit(`${BASE}/dues`, { ...fields, account: "nobody" }, `${BASE}/dues`)).status).toBe(422);
    const raised = await clerk.submit(`${BASE}/dues`, fields, `${BASE}/dues`);
    expect((await clerk.submit(`${BASE}/dues`, fields, `${BASE}/dues`)).headers.get("location")).toBe(
      raised.headers.get("location"),
    );
    const due = raised.headers.get("location")!;
    const page = await (await clerk.get(due)).text();
    const { dues } = await ok<{ dues: { reference: string }[] }>(city.get("/v1/assessment/dues", agent));
    expect(dues).toHaveLength(1);
    expect(page).toContain(dues[0]!.reference);
    expect(page).toContain("<svg");
    expect(page).toMatch(/30[.,]00/);
    expect((await clerk.submit(`${due}/cancel`, { reason: "Wrong place" }, due)).status).toBe(303);
    expect(await (await treasurer.get("/staff")).text()).toContain("dues?asked=yes");
    expect((await clerk.submit(`${due}/decide`, { agrees: "yes" }, due)).status).toBe(422);
    expect((await treasurer.submit(`${due}/decide`, { agrees: "yes" }, due)).status).toBe(303);

    const roll = { code: "STALLS", kind: "stalls", names: { fr: "Marché" } };
    await ok(city.post("/v1/assessment/rolls", roll, { as: "treasurer" }));
    const round = `${BASE}/rolls/STALLS/round`;
    expect((await clerk.get(round)).status).toBe(200);
    const rule = { per: "day", validFrom: "2020-01-01", currency: "EUR", rates: [{ basis: "flat", amountMinor: 200 }] };
    await approvedRule(city, rule, "STALLS");
    const added = { number: "7", from: "2020-01-01", market: "Central" };
    const made = await clerk.submit(`${BASE}/rolls/STALLS/new`, added, `${BASE}/rolls/STALLS/new`);
    expect(made.status).toBe(303);
    const tap = /action="[^"]*(\/staff\/assessment\/rolls\/STALLS\/round\/ent_[^"]+)"/.exec(
      await (await clerk.get(`${round}?market=Central`)).text(),
    )![1]!;
    expect((await clerk.submit(tap, {}, round)).status).toBe(303);
    expect((await clerk.submit(tap, {}, round)).status).toBe(303);
    const after = await (await clerk.get(`${round}?market=Central`)).text();
    expect(after).toMatch(/pay\?reference=/);
    expect(after).not.toContain(tap);
  });
});
