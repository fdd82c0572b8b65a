import { describe, expect, test } from "vitest";
import {
  administrator,
  agent,
  approvedRule,
  assessments,
  billOf,
  CSV,
  entryOf,
  issued,
  PARCEL_RULE,
  type RollCity,
  rollCity,
  takeIn,
  treasurer,
} from "../assessed.ts";
import { ok } from "../billed.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";

interface AdjustmentAnswer {
  id: string;
  state: string;
  number: string;
  askedBy: string;
  differences: { accountId?: string; wasMinor: number; nowMinor: number }[];
  outcome?: { raisedMinor: number; creditedMinor: number; owedBackMinor: number };
}
const waiting = (city: TestCity, count: number) =>
  soon(
    () => ok<{ adjustments: AdjustmentAnswer[] }>(city.get("/v1/assessment/adjustments", agent)),
    ({ adjustments }) => adjustments.length === count,
  ).then(({ adjustments }) => adjustments);
const approve = (city: TestCity, id: string, as: "treasurer" | "administrator" = "treasurer") =>
  city.post(`/v1/assessment/adjustments/${id}/approval`, {}, { as });
const change = async (city: TestCity, number: string, body: object) =>
  ok(city.post(`/v1/assessment/entries/${(await entryOf(city, number)).id}/changes`, body, agent));

/** The roll of parcels, issued for 2026: AB-1 pays 250.50, AB 2 312.50. */
async function issuedCity(): Promise<RollCity> {
  const made = await rollCity();
  await ok(takeIn(made.city, CSV));
  await approvedRule(made.city, PARCEL_RULE);
  await issued(made.city, "2026");
  return made;
}
const shareOf = async (city: TestCity, number: string) =>
  (await assessments(city, "2026")).find((one) => one.number === number)!.shares[0]!;

/** Pays a bill whole at the till. */
async function pay(city: TestCity, reference: string): Promise<void> {
  await ok(city.post("/v1/tills", { code: "T1", name: "Hall" }, treasurer));
  await ok(city.post("/v1/tills/T1/shifts", { floatMinor: 0 }, agent));
  await ok(city.post("/v1/tills/T1/receipts", { id: city.id("tak"), reference }, agent));
}

describe(`what changed facts make another, ${target.name}`, () => {
  // Guards against a change that its own author lets happen, because a colleague touched the entry after it.
  test("nobody agrees to a difference of an entry that they changed, whoever changed it last", async () => {
    const { city } = await issuedCity();
    const entry = await entryOf(city, "AB-1");
    const changed = (facts: object, as: typeof agent | typeof administrator) =>
      ok(city.post(`/v1/assessment/entries/${entry.id}/changes`, { from: "2026-01-01", facts }, as));
    await changed({ areaM2: "1" }, administrator);
    const [before] = await waiting(city, 1);
    await changed({ valueMinor: 5 }, agent);
    const [less] = await soon(
      () => waiting(city, 1),
      ([one]) => one!.askedBy !== before!.askedBy,
    );
    expect((await approve(city, less!.id, "administrator")).status).toBe(403);
    expect(await ok(approve(city, less!.id))).toMatchObject({ state: "done" });
  });

  // Guards against a bill that is rewritten, and against a clerk who lets a friend off alone.
  test("less is a credit note and more a further bill, once another person agrees", async () => {
    const { city, accounts } = await issuedCity();
    const first = (await shareOf(city, "AB-1")).dues[0]!;
    await change(city, "AB-1", { from: "2026-01-01", facts: { areaM2: "200" } });
    const [less] = await waiting(city, 1);
    expect(less).toMatchObject({
      ...{ state: "asked", number: "AB-1" },
      differences: [{ accountId: accounts[0]!.id, wasMinor: 25_050, nowMinor: 20_000 }],
    });
    expect((await billOf(city, first.billId)).dueMinor).toBe(25_050);
    expect((await city.post(`/v1/assessment/adjustments/${less!.id}/approval`, {}, agent)).status).toBe(403);
    const both = await Promise.all([approve(city, less!.id), approve(city, less!.id, "administrator")]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await billOf(city, first.billId)).toMatchObject({ totalMinor: 25_050, dueMinor: 20_000 });
    expect(await shareOf(city, "AB-1")).toMatchObject({ totalMinor: 20_000, creditedMinor: 5_050 });

    await change(city, "AB-1", { from: "2026-01-01", facts: { areaM2: "300" } });
    const [more] = await waiting(city, 1);
    expect(await ok(approve(city, more!.id))).toMatchObject({ state: "done", outcome: { raisedMinor: 10_000 } });
    const after = await shareOf(city, "AB-1");
    expect(after).toMatchObject({ totalMinor: 30_000, dues: [{ billId: first.billId }, { totalMinor: 10_000 }] });
    expect(await billOf(city, after.dues[1]!.billId)).toMatchObject({ dueMinor: 10_000, kind: "property_tax" });
    // A change that costs the same asks nobody, and one that is taken back leaves nothing to decide.
    await change(city, "AB-1", { from: "2026-01-01", facts: { valueMinor: 5 } });
    await change(city, "AB-1", { from: "2026-01-01", facts: { areaM2: "310" } });
    await waiting(city, 1);
    await change(city, "AB-1", { from: "2026-01-01", facts: { areaM2: "300" } });
    await waiting(city, 0);
    expect(await ok(city.get("/v1/ledger/proof", treasurer))).toMatchObject({ isSound: true });
  });

  test("a sale that is told late goes from one payer to the other; what was paid is owed back", async () => {
    const { city, accounts } = await issuedCity();
    const { reference, billId } = (await shareOf(city, "AB-1")).dues[0]!;
    await pay(city, reference);
    await change(city, "AB-1", { from: "2026-12-27", facts: { accountId: accounts[1]!.id } });
    const [sale] = await waiting(city, 1);
    // Five of 365 days of 250.50.
    expect(sale!.differences).toEqual([
      { accountId: accounts[0]!.id, wasMinor: 25_050, nowMinor: 24_707 },
      { accountId: accounts[1]!.id, wasMinor: 0, nowMinor: 343 },
    ]);
    expect(await ok(approve(city, sale!.id))).toMatchObject({
      outcome: { raisedMinor: 343, creditedMinor: 0, owedBackMinor: 343 },
    });
    expect(await billOf(city, billId)).toMatchObject({ state: "paid", dueMinor: 0 });
    const [assessment] = (await assessments(city, "2026")).filter(({ number }) => number === "AB-1");
    expect(assessment).toMatchObject({
      revision: 1,
      shares: [{ owedBackMinor: 343 }, { accountId: accounts[1]!.id, totalMinor: 343 }],
    });
    expect(await ok(city.get("/v1/ledger/proof", treasurer))).toMatchObject({ isSound: true });
  });

  test("a payer objects to the own assessment; it is accepted by a change, or refused with a reason", async () => {
    const { city, accounts } = await issuedCity();
    const [shop, home] = await assessments(city, "2026");
    const token = await city.signIn(accounts[0]!.contact);
    const object = (id: string, text = "My plot has 200 m² only.", as: object = { as: { token } }) =>
      city.post(`/v1/assessment/assessments/${id}/claims`, { text }, as);
    expect((await object(shop!.id)).status).toBe(404);
    expect((await object(home!.id, "")).status).toBe(422);
    expect((await object(home!.id, "Mine?", agent)).status).toBe(404);
    expect((await object(home!.id, "Mine?", { as: "nobody" })).status).toBe(401);
    const made = await ok<{ id: string; state: string }>(object(home!.id));
    expect((await object(home!.id)).status).toBe(409);
    const decide = (body: object, as: object = agent) =>
      city.post(`/v1/assessment/claims/${made.id}/decision`, body, as);
    expect((await decide({ accepts: true, answer: "You are right." }, { as: { token } })).status).toBe(403);
    // Accepted, but nothing would change.
    expect((await decide({ accepts: true, answer: "You are right." })).status).toBe(422);
    const same = { from: "2026-01-01", facts: { areaM2: "250.5" } };
    expect((await decide({ accepts: true, answer: "You are right.", change: same })).status).toBe(422);
    const right = { from: "2026-01-01", facts: { areaM2: "200" } };
    expect(await ok(decide({ accepts: true, answer: "You are right.", change: right }))).toMatchObject({
      ...{ state: "accepted", answer: "You are right." },
    });
    expect((await decide({ accepts: false, answer: "No, after all." })).status).toBe(409);
    const [less] = await waiting(city, 1);
    expect(less!.differences).toMatchObject([{ wasMinor: 25_050, nowMinor: 20_000 }]);
    await ok(approve(city, less!.id));
    const again = await ok<{ id: string }>(object(home!.id, "It is still too much."));
    expect(
      await ok(
        city.post(`/v1/assessment/claims/${again.id}/decision`, { accepts: false, answer: "It was measured." }, agent),
      ),
    ).toMatchObject({ state: "refused" });
    const other = await newCity();
    expect((await other.get(`/v1/assessment/claims/${made.id}`, agent)).status).toBe(404);
    expect((await other.get(`/v1/assessment/adjustments/${less!.id}`, agent)).status).toBe(404);
    expect((await approve(other, less!.id)).status).toBe(404);
  });
});

interface DueAnswer {
  id: string;
  billId: string;
  reference: string;
  totalMinor: number;
  state: string;
}
const SPEEDING = {
  ...{ code: "SPEED-1", kind: "fine", names: { en: "Speeding", fr: "Excès de vitesse", ar: "تجاوز السرعة" } },
  ...{ currency: "EUR", netMinor: 9_000 },
};
async function approvedFee(city: TestCity, fee: object): Promise<void> {
  const { id } = await ok<{ id: string }>(city.post("/v1/assessment/fees", fee, treasurer));
  await ok(city.post(`/v1/assessment/fees/${id}/approval`, {}, administrator));
}

describe(`single dues, ${target.name}`, () => {
  test("a fine is raised once from the catalogue, paid by its reference, or taken back by two", async () => {
    const city = await newCity();
    const raise = (body: object, as: object = agent) => city.post("/v1/assessment/dues", body, as);
    const { id: proposed } = await ok<{ id: string }>(city.post("/v1/assessment/fees", SPEEDING, treasurer));
    expect((await raise({ fee: "SPEED-1" })).status).toBe(422);
    expect((await city.post(`/v1/assessment/fees/${proposed}/approval`, {}, treasurer)).status).toBe(403);
    await ok(city.post(`/v1/assessment/fees/${proposed}/approval`, {}, administrator));
    const order = { id: city.id("due"), fee: "speed-1", quantity: 2, note: "AB-123-CD" };
    const first = await raise(order);
    const due = (await first.json()) as DueAnswer;
    expect([first.status, (await raise(order)).status, (await raise({ ...order, quantity: 3 })).status]).toEqual([
      201, 200, 409,
    ]);
    expect(await billOf(city, due.billId)).toMatchObject({ kind: "fine", dueMinor: 18_000, state: "due" });
    // Its payer reads the offence and no note.
    const inquiry = await (await city.get(`/v1/bill-inquiries/${due.reference}`)).text();
    expect(inquiry).toContain("Speeding × 2");
    expect(inquiry).not.toContain("AB-123-CD");

    const path = `/v1/assessment/dues/${due.id}/cancellation`;
    expect((await city.post(path, { reason: "x" }, agent)).status).toBe(422);
    await ok(city.post(path, { reason: "Not that car" }, agent));
    expect((await city.post(path, { reason: "Once more" }, agent)).status).toBe(409);
    expect((await city.post(`${path}/decision`, { agrees: true }, agent)).status).toBe(403);
    expect(await ok(city.post(`${path}/decision`, { agrees: true }, treasurer))).toMatchObject({
      ...{ state: "cancelled", cancellation: { creditedMinor: 18_000, reason: "Not that car" } },
    });
    expect((await city.post(`${path}/decision`, { agrees: true }, administrator)).status).toBe(409);
    expect(await billOf(city, due.billId)).toMatchObject({ dueMinor: 0, state: "cancelled" });

    // Two people decide at one instant, one of them against it: either all of it is taken back, or nothing.
    const argued = await ok<DueAnswer>(raise({ fee: "SPEED-1" }));
    const both = `/v1/assessment/dues/${argued.id}/cancellation`;
    await ok(city.post(both, { reason: "Not that car either" }, agent));
    const words = await Promise.all([
      city.post(`${both}/decision`, { agrees: true }, treasurer),
      city.post(`${both}/decision`, { agrees: false }, administrator),
    ]);
    expect(words.map(({ status }) => status).sort()).toEqual([200, 409]);
    const { state } = await ok<{ state: string }>(city.get(`/v1/assessment/dues/${argued.id}`, agent));
    expect(state).toBe(words[0]!.ok ? "cancelled" : "raised");
    expect(await billOf(city, argued.billId)).toMatchObject({ dueMinor: words[0]!.ok ? 0 : 9_000 });

    const paid = await ok<DueAnswer>(raise({ fee: "SPEED-1" }));
    await pay(city, paid.reference);
    const at = `/v1/assessment/dues/${paid.id}/cancellation`;
    await ok(city.post(at, { reason: "Paid by mistake" }, agent));
    expect((await city.post(`${at}/decision`, { agrees: true }, treasurer)).status).toBe(409);
    expect(await ok(city.post(`${at}/decision`, { agrees: false }, treasurer))).toMatchObject({ state: "raised" });
    expect(await ok(city.get("/v1/ledger/proof", treasurer))).toMatchObject({ isSound: true });
  });

  test("a fee that is nobody's, nothing, or in another money is refused; so is who may not", async () => {
    const city = await newCity();
    const wrong: [string, object][] = [
      ["negative", { netMinor: -1 }],
      ["nothing", { netMinor: 0 }],
      ["half a cent", { netMinor: 0.5 }],
      ["huge", { netMinor: 1e15 }],
      ["another currency", { currency: "XOF" }],
      ["unnamed", { names: {} }],
      ["a tax", { kind: "property_tax" }],
      ["no reduction", { reduced: { netMinor: 9_000, withinDays: 10 } }],
    ];
    for (const [what, more] of wrong)
      expect((await city.post("/v1/assessment/fees", { ...SPEEDING, ...more }, treasurer)).status, what).toBe(422);
    expect((await city.post("/v1/assessment/fees", SPEEDING, agent)).status).toBe(403);
    await approvedFee(city, SPEEDING);
    const bad = [
      { fee: "NONE" },
      { fee: "SPEED-1", quantity: 0 },
      { fee: "SPEED-1", quantity: -1 },
      { fee: "SPEED-1", quantity: 1.5 },
      { fee: "SPEED-1", quantity: 1e9 },
      { fee: "SPEED-1", accountId: city.id("acc") },
      { fee: "SPEED-1", amountMinor: 1 },
    ];
    for (const body of bad) expect((await city.post("/v1/assessment/dues", body, agent)).status).toBe(422);
    expect((await ok<{ dues: [] }>(city.get("/v1/assessment/dues", agent))).dues).toEqual([]);
    expect((await city.post("/v1/assessment/dues", { fee: "SPEED-1" }, { as: "resident" })).status).toBe(403);
    expect((await city.post("/v1/assessment/dues", { fee: "SPEED-1" })).status).toBe(401);
    const { id } = await ok<DueAnswer>(city.post("/v1/assessment/dues", { fee: "SPEED-1" }, agent));
    const other = await newCity();
    expect((await other.get(`/v1/assessment/dues/${id}`, agent)).status).toBe(404);
    const reason = { reason: "Not ours" };
    expect((await other.post(`/v1/assessment/dues/${id}/cancellation`, reason, agent)).status).toBe(404);
  });

  // Guards against a stall that pays twice because a phone lost its signal.
  test("a market's round raises each stall's day once, whoever stands there", async () => {
    const city = await newCity();
    const roll = { code: "STALLS", kind: "stalls", names: { en: "Market", fr: "Marché" } };
    await ok(city.post("/v1/assessment/rolls", roll, treasurer));
    expect((await city.get("/v1/assessment/rolls/STALLS/round", agent)).status).toBe(409);
    const rule = {
      ...{ per: "day", validFrom: "2020-01-01", currency: "EUR" },
      rates: [
        { basis: "flat", amountMinor: 200 },
        { basis: "flat", amountMinor: 500, category: "Fish" },
      ],
    };
    await approvedRule(city, rule, "STALLS");
    const csv =
      "stall,market,category,from\n1,Central,Fish,2020-01-01\n2,Central,Bread,2020-01-01\n3,North,Fish,2020-01-01\n4,Central,Fish,2020-01-01\n";
    await ok(city.upload("/v1/assessment/rolls/STALLS/imports", "stalls.csv", csv, agent));
    const left = await entryOf(city, "4", "STALLS");
    await ok(city.post(`/v1/assessment/entries/${left.id}/changes`, { endsOn: "2020-12-31" }, agent));
    interface Stops {
      stops: { entry: { id: string; number: string }; offer: { totalMinor: number }; raised?: { dueMinor: number } }[];
    }
    const round = () => ok<Stops>(city.get("/v1/assessment/rolls/STALLS/round?market=central", agent));
    const { stops } = await round();
    expect(stops.map(({ entry, offer }) => [entry.number, offer.totalMinor])).toEqual([
      ["1", 500],
      ["2", 200],
    ]);
    const tap = () => city.post(`/v1/assessment/entries/${stops[0]!.entry.id}/day-dues`, {}, agent);
    const taps = await Promise.all([tap(), tap(), tap()]);
    expect(taps.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    expect((await tap()).status).toBe(200);
    const after = await round();
    expect(after.stops.map(({ raised }) => raised?.dueMinor)).toEqual([500, undefined]);
    const { bills } = await ok<{ bills: unknown[] }>(
      city.get(`/v1/bills?month=${new Date().toISOString().slice(0, 7)}`, agent),
    );
    expect(bills).toHaveLength(1);
    expect((await city.post(`/v1/assessment/entries/${left.id}/day-dues`, {}, agent)).status).toBe(409);
    expect((await city.post(`/v1/assessment/entries/${left.id}/day-dues`, {}, { as: "resident" })).status).toBe(403);
    const other = await newCity();
    expect((await other.post(`/v1/assessment/entries/${stops[0]!.entry.id}/day-dues`, {}, agent)).status).toBe(404);
  });
});
