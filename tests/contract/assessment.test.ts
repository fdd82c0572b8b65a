import { describe, expect, test } from "vitest";
import {
  administrator,
  agent,
  approvedRule,
  askRun,
  assessments,
  billOf,
  CSV,
  entryOf,
  issued,
  PARCEL_RULE,
  type RunAnswer,
  rollCity,
  takeIn,
  treasurer,
} from "../assessed.ts";
import { ok } from "../billed.ts";
import { newCity, target } from "../city.ts";

interface PreviewAnswer {
  id: string;
  added: number;
  changed: number;
  unchanged: number;
  ignored: string[];
  changes: { number: string; isNew: boolean; said: { fact: string; was?: unknown; now?: unknown }[] }[];
}

describe(`rolls and what they pay, ${target.name}`, () => {
  // Guards against a file that is half taken in, and against one that counts twice.
  test("a file is tried, refused by line, taken in once, and tells what it changed", async () => {
    const { city } = await rollCity();
    const wrong = [
      "number,account,zone,use,area,valid_from",
      "P-1,C-0,A,home,12.345,2020-01-01",
      "P-2,C-9,A,home,1,2020-01-01",
      "P-3,C-0,A,home,1,31/02/2020",
      "P-4,C-0,A,home,-5,2020-01-01",
      ",C-0,A,home,5,2020-01-01",
      "P-5,C-0,A,home,5,2020-01-01",
      "p-5,C-0,A,home,6,2020-01-01",
    ].join("\n");
    const refused = await takeIn(city, wrong);
    expect(refused.status).toBe(422);
    const { errors } = (await refused.json()) as { errors: { pointer: string; detail: string }[] };
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual([2, 3, 4, 5, 6, 8].map((line) => `#/line/${line}`));
    expect(errors[0]?.detail).toContain("area: ");
    for (const bad of ["", "number,zone\n", "zone,use\nA,home\n", "number;number\n1;2\n"])
      expect((await takeIn(city, bad)).status, bad).toBe(422);
    // A parcel has a zone and a use.
    expect((await takeIn(city, "number,zone\nP-1,A\n")).status).toBe(422);

    const tried = await ok<PreviewAnswer>(takeIn(city, CSV, "?preview=true"));
    expect(tried).toMatchObject({ added: 5, changed: 0, unchanged: 0, ignored: ["Owner"] });
    expect((await ok<{ entries: unknown[] }>(city.get("/v1/assessment/rolls/PARCELS/entries", agent))).entries).toEqual(
      [],
    );
    const first = await takeIn(city, CSV);
    expect([first.status, (await takeIn(city, CSV)).status]).toEqual([201, 200]);
    const bothAtOnce = CSV.replace("80;", "85;");
    await Promise.all([1, 2].map(async () => ok(takeIn(city, bothAtOnce))));
    const { id: twice } = await ok<{ id: string }>(takeIn(city, bothAtOnce));
    expect(await ok(city.get(`/v1/assessment/imports/${twice}`, agent))).toMatchObject({ changed: 1, unchanged: 4 });
    await ok(takeIn(city, CSV, "?from=2020-01-01"));
    expect(await first.json()).toMatchObject({ id: tried.id, state: "done", added: 5, unchanged: 0 });
    expect((await entryOf(city, "AB 2")).spells).toMatchObject([
      { from: "2020-01-01", facts: { zone: "Centre", use: "Shop", areaM2: "100" } },
    ]);

    // The same entries in another order, one of them with another area: one is changed, nothing is new.
    const [head, ...rows] = CSV.split("\n");
    const later = [head, ...rows.reverse()].join("\n").replace("250,50", "260");
    expect(await ok<PreviewAnswer>(takeIn(city, later, "?preview=true"))).toMatchObject({
      ...{ added: 0, changed: 1, unchanged: 4 },
      changes: [{ number: "AB-1", isNew: false, said: [{ fact: "areaM2", was: "250.5", now: "260" }] }],
    });
    expect(await ok(takeIn(city, later))).toMatchObject({ state: "done", added: 0, changed: 1, unchanged: 4 });
    const { id } = await entryOf(city, "AB-1");
    const { changes } = await ok<{ changes: { how: string; by: string; said: object[] }[] }>(
      city.get(`/v1/assessment/entries/${id}/changes`, agent),
    );
    expect(changes.map(({ how }) => how)).toEqual(["file", "file"]);
    expect(changes[0]?.said).toMatchObject([{ fact: "areaM2", was: "250.5", now: "260" }]);
    expect(changes[0]?.by).toBeTruthy();
  });

  test("an export can be taken in again and changes nothing; a formula in it is text", async () => {
    const { city } = await rollCity();
    await ok(takeIn(city, CSV));
    const { id } = await entryOf(city, "AB-4");
    const change = { from: "2026-03-01", facts: { zone: "=1+1", areaM2: "90" } };
    await ok(city.post(`/v1/assessment/entries/${id}/changes`, change, agent));
    const csv = await (await city.get("/v1/assessment/rolls/PARCELS/csv", agent)).text();
    expect(csv).toContain("'=1+1");
    expect(csv.trim().split("\n")).toHaveLength(7);
    expect(await ok<PreviewAnswer>(takeIn(city, csv, "?preview=true"))).toMatchObject({
      ...{ added: 0, changed: 0, unchanged: 5, ignored: [] },
    });
  });

  test("entries one by one: added once, changed from a day on, found by their facts", async () => {
    const { city, accounts } = await rollCity();
    const order = {
      number: "ab/7",
      from: "2020-01-01",
      facts: { accountId: accounts[0]!.id, zone: "Centre", use: "Home", areaM2: "100" },
    };
    const path = "/v1/assessment/rolls/PARCELS/entries";
    const first = await city.post(path, order, agent);
    expect([first.status, (await city.post(path, order, agent)).status]).toEqual([201, 200]);
    const { id } = (await first.json()) as { id: string };
    expect((await city.post(path, { ...order, from: "2021-01-01" }, agent)).status).toBe(409);
    const change = (body: object) => city.post(`/v1/assessment/entries/${id}/changes`, body, agent);
    const sold = await ok<{ spells: object[] }>(change({ from: "2026-07-01", facts: { accountId: accounts[1]!.id } }));
    expect(sold.spells).toMatchObject([
      { from: "2020-01-01", to: "2026-06-30", facts: { accountId: accounts[0]!.id } },
      { from: "2026-07-01", facts: { accountId: accounts[1]!.id, areaM2: "100" } },
    ]);
    const wrong: [object, string][] = [
      [{ from: "2026-01-01", facts: { accountId: city.id("acc") } }, "#/facts/accountId"],
      [{ from: "2026-01-01", facts: { market: "Central" } }, "#/facts/market"],
      [{ from: "2026-01-01", facts: { zone: null } }, "#/facts/zone"],
      [{ from: "2026-01-01", facts: { exemptBasisPoints: 5_000 } }, "#/facts/exemptReason"],
      [{ from: "2026-02-01", to: "2026-01-01", facts: { zone: "B" } }, "#/to"],
      [{ endsOn: "2019-12-31" }, "#/endsOn"],
    ];
    for (const [body, pointer] of wrong) {
      const answer = await change(body);
      expect(answer.status, pointer).toBe(422);
      expect(await answer.json(), pointer).toMatchObject({ errors: [{ pointer }] });
    }
    for (const area of ["-1", "1.234", "1e5", 250, "9999999999"])
      expect((await change({ from: "2026-01-01", facts: { areaM2: area } })).status, String(area)).toBe(422);
    for (const valueMinor of [-1, 1.5, 1e18])
      expect((await change({ from: "2026-01-01", facts: { valueMinor } })).status).toBe(422);
    const found = async (query: string) =>
      (await ok<{ entries: { number: string }[] }>(city.get(`${path}?${query}`, agent))).entries.map((e) => e.number);
    expect(await found("zone=centre&number=AB")).toEqual(["AB/7"]);
    expect(await found(`account=${accounts[0]!.id}`)).toEqual([]);
    expect(await found(`account=${accounts[0]!.id}&on=2026-06-30`)).toEqual(["AB/7"]);
    expect(await found("zone=hills")).toEqual([]);
  });

  // Guards against a clerk who taxes alone, and against being taxed twice.
  test("a run is counted, approved by another, issued to the cent, and twice is once", async () => {
    const { city, accounts } = await rollCity();
    await ok(takeIn(city, CSV));
    expect((await city.post("/v1/assessment/runs", { roll: "PARCELS", period: "2026" }, treasurer)).status).toBe(409);
    const proposed = await ok<{ id: string }>(city.post("/v1/assessment/rolls/PARCELS/rules", PARCEL_RULE, treasurer));
    expect((await city.post(`/v1/assessment/rules/${proposed.id}/approval`, {}, treasurer)).status).toBe(403);
    expect((await city.post("/v1/assessment/runs", { roll: "PARCELS", period: "2026" }, treasurer)).status).toBe(409);
    await ok(city.post(`/v1/assessment/rules/${proposed.id}/approval`, {}, administrator));
    expect((await city.post(`/v1/assessment/rules/${proposed.id}/approval`, {}, administrator)).status).toBe(409);

    const run = await askRun(city, "2026");
    // AB-1: 250.50 × 1.00; AB 2: 100 × 3.125; AB-3 is a school; AB-4 is nobody's; AB-5 has no rate.
    expect(run).toMatchObject({ state: "ready", preview: { count: 2, totalMinor: 25_050 + 31_250 } });
    expect(run.preview.skipped).toMatchObject({ nothing_to_pay: 1, no_account: 1, no_rate: 1 });
    expect(run.problems.map(({ number, why }) => [number, why])).toEqual([
      ["AB-4", "no_account"],
      ["AB-5", "no_rate"],
    ]);
    expect((await ok<{ bills: unknown[] }>(city.get(`/v1/bills?account=${accounts[0]!.id}`, agent))).bills).toEqual([]);
    expect((await city.post(`/v1/assessment/runs/${run.id}/approval`, {}, treasurer)).status).toBe(403);
    expect((await city.post(`/v1/assessment/runs/${run.id}/approval`, {}, agent)).status).toBe(403);
    const done = await issued(city, "2026");
    expect(done.issued).toMatchObject({ count: 2, totalMinor: 56_300 });
    // The first count was approved by nobody, and now finds everything issued.
    await ok(city.post(`/v1/assessment/runs/${run.id}/approval`, {}, administrator));
    const again = await issued(city, "2026");
    expect(again).toMatchObject({ preview: { count: 0, totalMinor: 0 }, issued: { count: 0 } });
    expect(again.issued.skipped).toMatchObject({ issued_before: 2 });

    const all = await assessments(city, "2026");
    expect(all.map(({ number }) => number)).toEqual(["AB 2", "AB-1"]);
    const [shop, home] = all;
    expect(home!.shares).toMatchObject([
      { accountId: accounts[0]!.id, totalMinor: 25_050, lines: [{ what: "area", rate: "1", quantity: "250.5" }] },
    ]);
    const { billId, raisedAs } = shop!.shares[0]!.dues[0]!;
    expect(raisedAs).toMatch(/^assessment:PARCELS:AB 2:2026:/);
    expect(await billOf(city, billId)).toMatchObject({
      ...{ kind: "property_tax", totalMinor: 31_250, dueMinor: 31_250 },
      titles: { en: "Property tax: AB 2", fr: "Taxe foncière\u00a0: AB 2" },
      period: "2026",
    });
    expect(await ok(city.get("/v1/ledger/proof", treasurer))).toMatchObject({ isSound: true });
  });

  test("what is added later is issued alone; what changed after the count waits for the next one", async () => {
    const { city, accounts } = await rollCity();
    await ok(takeIn(city, CSV));
    await approvedRule(city, PARCEL_RULE);
    await issued(city, "2026");
    const counted = await askRun(city, "2026");
    const late = {
      number: "AB-9",
      from: "2026-01-01",
      facts: { accountId: accounts[1]!.id, zone: "Centre", use: "Home", areaM2: "3" },
    };
    await ok(city.post("/v1/assessment/rolls/PARCELS/entries", late, agent));
    await ok(city.post(`/v1/assessment/runs/${counted.id}/approval`, {}, administrator));
    const next = await issued(city, "2026");
    // 3 m² would be 3.00: the minimum is 5.00.
    expect(next).toMatchObject({ preview: { count: 1, totalMinor: 500 }, issued: { count: 1, totalMinor: 500 } });
    const before = await ok<RunAnswer>(city.get(`/v1/assessment/runs/${counted.id}`, agent));
    expect(before).toMatchObject({ state: "done", issued: { count: 0, skipped: { changed_since: 1 } } });
    const found = (await assessments(city, "2026")).find(({ number }) => number === "AB-9");
    expect(found?.shares[0]?.lines).toMatchObject([
      { what: "area", amountMinor: 300 },
      { what: "minimum", amountMinor: 200 },
    ]);
  });

  test("a parcel that was sold in the year, half exempt for a part of it, is paid by the days of each", async () => {
    const { city, accounts } = await rollCity();
    await ok(takeIn(city, `${CSV.split("\n")[0]}\nS-1;C-0;Centre;Home;365;;2020-01-01;;;`));
    const { id } = await entryOf(city, "S-1");
    const change = (body: object) => ok(city.post(`/v1/assessment/entries/${id}/changes`, body, agent));
    await change({ from: "2026-07-01", facts: { accountId: accounts[1]!.id } });
    const works = { exemptBasisPoints: 5_000, exemptReason: "Road works" };
    await change({ from: "2026-03-01", to: "2026-03-31", facts: works });
    await approvedRule(city, { ...PARCEL_RULE, minimumMinor: undefined, vatBasisPoints: 2_000 });
    await issued(city, "2026");
    const [assessment] = await assessments(city, "2026");
    // 365 m² at 1.00 is one a day: 181 days less half of March; 184 days; 20 % VAT.
    expect(assessment!.shares).toMatchObject([
      { accountId: accounts[0]!.id, netMinor: 16_550, vatMinor: 3_310, totalMinor: 19_860 },
      { accountId: accounts[1]!.id, netMinor: 18_400, vatMinor: 3_680, totalMinor: 22_080 },
    ]);
    expect(assessment!.shares[0]!.parts).toMatchObject([
      { from: "2026-01-01", to: "2026-02-28", count: 59, of: 365 },
      { from: "2026-03-01", to: "2026-03-31", count: 31 },
      { from: "2026-04-01", to: "2026-06-30", count: 91 },
    ]);
    expect(assessment!.shares[0]!.lines.find(({ what }) => what === "exemption")).toMatchObject({
      ...{ part: 1, amountMinor: -1_550 },
    });
  });

  test("rules are refused that would charge nobody, strangers, or in another money", async () => {
    const { city } = await rollCity();
    const propose = (rule: object) => city.post("/v1/assessment/rolls/PARCELS/rules", rule, treasurer);
    const rates = (rate: object) => ({ ...PARCEL_RULE, rates: [rate] });
    const wrong: [string, object][] = [
      ["another currency", { ...PARCEL_RULE, currency: "XOF" }],
      ["no rate", { ...PARCEL_RULE, rates: [] }],
      ["negative", rates({ basis: "flat", amountMinor: -5 })],
      ["half a cent", rates({ basis: "flat", amountMinor: 0.5 })],
      ["huge", rates({ basis: "flat", amountMinor: 1e15 })],
      ["a float", rates({ basis: "area", price: 1.5 })],
      ["seven places", rates({ basis: "area", price: "1.1234567" })],
      ["bins of a parcel", rates({ basis: "bin", amountMinor: 5 })],
      ["a market's rate", rates({ basis: "area", price: "1", market: "Central" })],
      ["twice the same", { ...PARCEL_RULE, rates: [PARCEL_RULE.rates[1], { ...PARCEL_RULE.rates[1], use: "SHOP" }] }],
      ["upside down", { ...PARCEL_RULE, minimumMinor: 10, maximumMinor: 5 }],
      ["unknown", { ...PARCEL_RULE, discount: 1 }],
    ];
    for (const [what, rule] of wrong) expect((await propose(rule)).status, what).toBe(422);
    expect((await ok<{ rules: [] }>(city.get("/v1/assessment/rolls/PARCELS/rules", agent))).rules).toEqual([]);
    await approvedRule(city, PARCEL_RULE);
    for (const period of ["2026-13", "26", "2026-02-30", "2999"])
      expect((await city.post("/v1/assessment/runs", { roll: "PARCELS", period }, treasurer)).status, period).toBe(422);
    // The rule is for years from 2026 on.
    for (const period of ["2025", "2026-01"])
      expect((await city.post("/v1/assessment/runs", { roll: "PARCELS", period }, treasurer)).status, period).toBe(409);
  });

  // Guards against one city that reads or taxes another's, and roles that do more than they may.
  test("another city's rolls are absent, and whoever has no role for it is refused", async () => {
    const [{ city, accounts }, other] = await Promise.all([rollCity(), newCity()]);
    await ok(takeIn(city, CSV));
    const ruleId = await approvedRule(city, PARCEL_RULE);
    const run = await issued(city, "2026");
    const entry = await entryOf(city, "AB-1");
    const [assessment] = await assessments(city, "2026");
    const paths = [
      `/v1/assessment/rolls/PARCELS/entries`,
      `/v1/assessment/rolls/PARCELS/csv`,
      `/v1/assessment/rolls/PARCELS/rules`,
      `/v1/assessment/entries/${entry.id}`,
      `/v1/assessment/entries/${entry.id}/changes`,
      `/v1/assessment/runs/${run.id}`,
      `/v1/assessment/assessments/${assessment!.id}`,
    ];
    const missing = await (await other.get("/v1/assessment/entries/nothing", agent)).json();
    for (const path of paths) {
      const answer = await other.get(path, agent);
      expect(answer.status, path).toBe(404);
      expect({ ...((await answer.json()) as object), instance: "" }).toEqual({ ...(missing as object), instance: "" });
      expect((await city.get(path)).status, path).toBe(401);
    }
    const change = { from: "2026-01-01", facts: { areaM2: "1" } };
    expect((await other.post(`/v1/assessment/entries/${entry.id}/changes`, change, agent)).status).toBe(404);
    expect((await other.post(`/v1/assessment/rules/${ruleId}/approval`, {}, administrator)).status).toBe(404);
    expect((await other.post(`/v1/assessment/runs/${run.id}/approval`, {}, administrator)).status).toBe(404);
    const resident = { as: "resident" } as const;
    for (const path of paths.slice(0, -1)) expect((await city.get(path, resident)).status, path).toBe(403);
    expect((await city.get(paths.at(-1)!, resident)).status).toBe(404);
    expect((await city.post(`/v1/assessment/entries/${entry.id}/changes`, change, resident)).status).toBe(403);
    expect((await city.post("/v1/assessment/rolls/PARCELS/rules", PARCEL_RULE, agent)).status).toBe(403);
    expect((await city.post("/v1/assessment/runs", { roll: "PARCELS", period: "2026" }, agent)).status).toBe(403);
    // A payer sees the own share, and nobody else's.
    const token = await city.signIn(accounts[0]!.contact);
    const own = await ok<{ assessments: { number: string }[] }>(
      city.get("/v1/assessment/assessments", { as: { token } }),
    );
    expect(own.assessments.map(({ number }) => number)).toEqual(["AB-1"]);
    expect((await city.get("/v1/assessment/assessments", agent)).status).toBe(422);
    const query = `account=${accounts[1]!.id}`;
    expect((await city.get(`/v1/assessment/assessments?${query}`, { as: { token } })).status).toBe(404);
  });
});
