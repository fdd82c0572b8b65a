import { describe, expect, test } from "vitest";
import { type BilledCity, billedCity, ok, readCity, WATER } from "../billed.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";

const agent = { as: "agent" as const };
const treasurer = { as: "treasurer" as const };
const RULE = {
  afterDays: { reminder: 0, second_reminder: 15, formal_notice: 30, handed_over: 60 },
  leastMinor: 0,
  cap: { messages: 5, days: 30 },
  quiet: { from: "00:00", to: "00:00" },
  costMinor: { sms: 5, email: 1, letter: 90 },
};

interface Figure {
  name: string;
  bills: number;
  billedMinor: number;
  openMinor: number;
  openBills: number;
  collectedMinor: number;
}
interface Figures {
  totals: Figure;
  byMonth: Figure[];
  byService: Figure[];
  byDistrict: Figure[];
  ageing: { age: string; bills: number; openMinor: number }[];
  ledgerDueMinor: number;
}
interface CampaignAnswer {
  id: string;
  state: string;
  preview: { bills: number; dueMinor: number; costMinor: number; unreachable: number };
  outcomes: Record<string, number>;
  yield: { bills: number; paidMinor: number; settledBills: number; remindedMinor: number };
  spentMinor: number;
}

const figures = (city: TestCity) => ok<Figures>(city.get("/v1/collection/figures", treasurer));
const campaignOf = (city: TestCity, id: string) =>
  ok<CampaignAnswer>(city.get(`/v1/collection/campaigns/${id}`, treasurer));
const inState = (city: TestCity, id: string, state: string) =>
  soon(
    () => campaignOf(city, id),
    (one) => one.state === state,
  );
async function asked(city: TestCity, order: object): Promise<CampaignAnswer> {
  const { id } = await ok<CampaignAnswer>(city.post("/v1/collection/campaigns", order, treasurer));
  return inState(city, id, "ready");
}

/** Bills that this room knows of, and a till to pay them at. */
async function dueCity(litres: readonly number[]): Promise<BilledCity & { pay: (which: number) => Promise<void> }> {
  const billed = await billedCity(litres);
  const { city, bills } = billed;
  await ok(city.post("/v1/tills", { code: "T1", name: "Ground floor" }, treasurer));
  await ok(city.post("/v1/tills/T1/shifts", { floatMinor: 1_000 }, agent));
  await ok(city.put("/v1/collection/rule", RULE, treasurer));
  await soon(
    () => figures(city),
    ({ totals }) => totals.bills === bills.length,
  );
  const pay = async (which: number) => {
    const { reference } = bills[which]!;
    await ok(city.post("/v1/tills/T1/receipts", { id: city.id("tak"), reference }, agent));
  };
  return { ...billed, pay };
}

describe(`collection, ${target.name}`, () => {
  test("figures follow bills and payments, agree with the ledger, and come as CSV", async () => {
    const { city, bills, accounts, pay } = await dueCity([5_000, 6_000, 7_000]);
    const total = bills.reduce((sum, { totalMinor }) => sum + totalMinor, 0);
    await pay(1);
    const after = await soon(
      () => figures(city),
      ({ totals }) => totals.collectedMinor > 0 && totals.openBills === 2,
    );
    const paid = bills[1]!.totalMinor;
    const open = { billedMinor: total, openMinor: total - paid, openBills: 2, collectedMinor: paid };
    expect(after.totals).toMatchObject(open);
    expect(after.byService).toEqual([expect.objectContaining({ name: "water", ...open })]);
    expect(after.byDistrict).toEqual([expect.objectContaining({ name: "unknown", ...open })]);
    expect(after.ageing[0]).toEqual({ age: "0-30", bills: 2, openMinor: total - paid });
    expect(after.ledgerDueMinor).toBe(total - paid);
    for (const table of ["month", "service", "district", "ageing", "forecast", "tested", "campaigns"]) {
      const answer = await city.get(`/v1/collection/csv?table=${table}`, treasurer);
      expect(answer.headers.get("content-type")).toContain("text/csv");
      expect((await answer.text()).split("\r\n")[0]).toContain(table === "campaigns" ? "campaign" : "currency");
    }
    const csv = await (await city.get("/v1/collection/csv?table=service", treasurer)).text();
    expect(csv.split("\r\n")[1]).toContain(`,3,${(total / 100).toFixed(2)},${(paid / 100).toFixed(2)},0.00,2,`);
    expect(await ok(city.get("/v1/collection/forecast", treasurer))).toEqual({});
    expect(accounts).toHaveLength(3);
  });

  // Guards against a reminder to somebody who keeps to what was agreed.
  test("who pays in parts as was agreed is not reminded", async () => {
    const { city, bills, accounts } = await dueCity([5_000, 6_000]);
    const firstOn = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
    await ok(city.put(`/v1/bills/${bills[0]!.id}/instalments`, { count: 3, firstOn }, agent));
    const order = { id: city.id("cmp"), stage: "reminder", channels: ["sms", "email"] };
    const ready = await asked(city, order);
    expect(ready.preview).toMatchObject({ bills: 1, dueMinor: bills[1]!.totalMinor });
    await ok(city.post(`/v1/collection/campaigns/${ready.id}/start`, undefined, treasurer));
    expect((await inState(city, ready.id, "done")).outcomes).toMatchObject({ sent: 1 });
    const contact = accounts.find(({ id }) => id === bills[0]!.accountId)!.contact;
    expect(await city.messages(contact)).toEqual([]);
  });

  // Guards against a reminder that its reader cannot read.
  test("a resident is reminded in the account's own language, all others in the city's", async () => {
    const { city, bills, accounts } = await dueCity([5_000, 6_000, 7_000]);
    const [own, written, other] = bills.map(({ accountId }) => accounts.find(({ id }) => id === accountId)!);
    const change = (id: string, contact: string, more: object) =>
      ok(city.put(`/v1/accounts/${id}`, { name: "Awa", contact, ...more }, agent));
    await change(own!.id, own!.contact, { lang: "ar" });
    await change(written!.id, written!.contact, { lang: "en", address: "1 Quay" });
    const { id } = await asked(city, { stage: "reminder", channels: ["letter", "email"] });
    await ok(city.post(`/v1/collection/campaigns/${id}/start`, undefined, treasurer));
    await inState(city, id, "done");
    expect((await city.messages(own!.contact)).join()).toMatch(/[\u0600-\u06ff]{3}/);
    expect((await city.messages(other!.contact)).join()).toContain("votre facture");
    const letters = await (await city.browser("treasurer")).get(`/staff/collection/campaigns/${id}/letters`);
    expect(await letters.text()).toContain("your bill");
  });

  // Guards against a reminder for a paid bill, and against two for one stage.
  test("a campaign is counted, started, sent once, and its yield is what came after it", async () => {
    const { city, bills, accounts, pay } = await dueCity([5_000, 6_000, 7_000]);
    const contactOf = (which: number) => accounts.find(({ id }) => id === bills[which]!.accountId)!.contact;
    const order = { id: city.id("cmp"), stage: "reminder", channels: ["sms", "email"] };
    const ready = await asked(city, order);
    const total = bills.reduce((sum, { totalMinor }) => sum + totalMinor, 0);
    expect(ready.preview).toMatchObject({ bills: 3, dueMinor: total, costMinor: 3, unreachable: 0 });
    expect((await city.post("/v1/collection/campaigns", order, treasurer)).status).toBe(200);
    expect((await city.post("/v1/collection/campaigns", { ...order, channels: ["sms"] }, treasurer)).status).toBe(409);
    expect(await city.messages(contactOf(0))).toEqual([]);
    await pay(0);
    const started = await Promise.all(
      [1, 2, 3].map(() => city.post(`/v1/collection/campaigns/${ready.id}/start`, undefined, treasurer)),
    );
    expect(started.map(({ status }) => status)).toEqual([200, 200, 200]);
    const done = await inState(city, ready.id, "done");
    expect(done.outcomes).toMatchObject({ sent: 2, unsure: 0, failed: 0 });
    expect(done.spentMinor).toBe(2);
    expect(await city.messages(contactOf(0))).toEqual([]);
    for (const which of [1, 2]) {
      const messages = await city.messages(contactOf(which));
      expect(messages).toHaveLength(1);
      expect(messages[0]).toContain(bills[which]!.reference);
    }
    const again = await asked(city, { stage: "reminder", channels: ["email"] });
    expect(again.preview.bills).toBe(0);
    await pay(2);
    const paid = await soon(
      () => campaignOf(city, ready.id),
      (one) => one.yield.paidMinor > 0,
    );
    expect(paid.yield).toMatchObject({ bills: 2, paidMinor: bills[2]!.totalMinor, settledBills: 1 });
    expect(paid.yield.remindedMinor).toBe(bills[1]!.totalMinor + bills[2]!.totalMinor);
    const { bills: rows } = await ok<{ bills: { outcome: string }[] }>(
      city.get(`/v1/collection/campaigns/${ready.id}/bills`, treasurer),
    );
    expect(rows.filter(({ outcome }) => outcome === "sent")).toHaveLength(2);
  });

  test("a campaign that was stopped does not start again", async () => {
    const { city, accounts } = await dueCity([5_000]);
    const { id } = await asked(city, { stage: "reminder", channels: ["email"] });
    const at = `/v1/collection/campaigns/${id}`;
    expect(await ok(city.post(`${at}/stop`, undefined, treasurer))).toMatchObject({ state: "stopped" });
    expect((await city.post(`${at}/stop`, undefined, treasurer)).status).toBe(200);
    expect((await city.post(`${at}/start`, undefined, treasurer)).status).toBe(409);
    expect(await city.messages(accounts[0]!.contact)).toEqual([]);
  });

  test("letters are a page to print, without those who paid", async () => {
    const { city, bills, accounts, pay } = await dueCity([5_000, 6_000]);
    for (const [i, { id, contact }] of accounts.entries())
      await ok(
        city.put(
          `/v1/accounts/${id}`,
          { name: `Customer ${i}`, address: `${i} Long Street`, district: "North", contact },
          agent,
        ),
      );
    const { id } = await asked(city, { stage: "reminder", channels: ["letter"] });
    await ok(city.post(`/v1/collection/campaigns/${id}/start`, undefined, treasurer));
    await inState(city, id, "done");
    const browser = await city.browser("treasurer");
    const letters = async () => (await browser.get(`/staff/collection/campaigns/${id}/letters`)).text();
    const both = await letters();
    for (const { reference } of bills) expect(both).toContain(reference);
    expect(both).toContain("0 Long Street");
    await pay(0);
    const one = await letters();
    expect(one).not.toContain(bills[0]!.reference);
    expect(one).toContain(bills[1]!.reference);
  });

  test("figures are counted by the district that an account had when its bill was issued", async () => {
    const { city, accounts } = await readCity([5_000, 6_000, 7_000]);
    const move = (which: number, district?: string) => {
      const { id, contact } = accounts[which]!;
      return ok(
        city.put(`/v1/accounts/${id}`, { name: "Customer", contact, ...(district ? { district } : {}) }, agent),
      );
    };
    await move(0, "North");
    await move(1, "=South");
    await ok(city.post("/v1/tariffs", { tariff: { ...WATER, currency: "EUR" } }, treasurer));
    await ok(city.post("/v1/bill-runs", { month: "2026-09", kind: "water" }, treasurer));
    const { byDistrict } = await soon(
      () => figures(city),
      ({ totals }) => totals.bills === 3,
    );
    expect(byDistrict.map(({ name, bills }) => [name, bills])).toEqual([
      ["=South", 1],
      ["North", 1],
      ["unknown", 1],
    ]);
    // A spreadsheet must not take a district for a formula.
    expect(await (await city.get("/v1/collection/csv?table=district", treasurer)).text()).toContain("\r\n'=South,");
    await move(0, "East");
    expect((await figures(city)).byDistrict.map(({ name }) => name)).toContain("North");
  });

  test("the treasurer does it all on pages: rule, dashboard, campaign", async () => {
    const { city, bills } = await dueCity([5_000, 6_000]);
    const browser = await city.browser("treasurer");
    for (const lang of ["en", "fr"]) {
      const text = await (await browser.get(`/staff/collection?lang=${lang}`)).text();
      expect(text).toContain("<svg");
      expect(text).not.toContain("<script");
      expect(text.match(/<table/g)!.length).toBeGreaterThanOrEqual(4);
    }
    const rule = {
      ...{ reminderDays: "0", second_reminderDays: "14", formal_noticeDays: "40", handed_overDays: "80" },
      ...{ least: "1,00", capMessages: "2", capDays: "30", quietFrom: "21:00", quietTo: "07:30" },
      ...{ smsCost: "0.03", emailCost: "0", letterCost: "0,60" },
    };
    const wrong = await browser.submit(
      "/staff/collection/rule",
      { ...rule, second_reminderDays: "x" },
      "/staff/collection/rule",
    );
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toContain('href="#f-second_reminderDays"');
    const cents = await browser.submit("/staff/collection/rule", { ...rule, least: "1.005" }, "/staff/collection/rule");
    expect(cents.status).toBe(422);
    expect(await cents.text()).toContain('href="#f-least"');
    const kept = await browser.submit("/staff/collection/rule", rule, "/staff/collection/rule");
    expect(kept.status).toBe(303);
    expect(await ok(city.get("/v1/collection/rule", treasurer))).toMatchObject({
      isOwn: true,
      rule: {
        afterDays: { second_reminder: 14 },
        leastMinor: 100,
        cap: { messages: 2 },
        quiet: { to: "07:30" },
        costMinor: { sms: 3, letter: 60 },
      },
    });
    const list = "/staff/collection/campaigns";
    const none = await browser.submit(list, { stage: "reminder" }, list);
    expect(none.status).toBe(422);
    const asking = await browser.submit(list, { stage: "reminder", channels: "letter" }, list);
    expect(asking.status).toBe(303);
    const at = asking.headers.get("location")!;
    await inState(city, at.split("/").at(-1)!, "ready");
    expect(await (await browser.get("/staff")).text()).toContain("/staff/collection/campaigns");
    expect((await browser.submit(`${at}/stop`, {}, at)).status).toBe(303);
    expect((await browser.get(at)).status).toBe(200);
    expect((await browser.get("/staff/collection/csv?table=month")).headers.get("content-disposition")).toContain(
      ".csv",
    );
    expect(bills).toHaveLength(2);
  });

  test("only staff see it, only the treasurer and the administrator remind", async () => {
    const city = await newCity();
    for (const path of ["figures", "forecast", "csv?table=month", "rule", "campaigns"]) {
      expect((await city.get(`/v1/collection/${path}`)).status).toBe(401);
      expect((await city.get(`/v1/collection/${path}`, { as: "resident" })).status).toBe(403);
      expect((await city.get(`/v1/collection/${path}`, { as: "data_officer" })).status).toBe(403);
      expect((await city.get(`/v1/collection/${path}`, agent)).status).toBe(200);
    }
    const order = { stage: "reminder", channels: ["sms"] };
    expect((await city.post("/v1/collection/campaigns", order, agent)).status).toBe(403);
    expect((await city.put("/v1/collection/rule", RULE, agent)).status).toBe(403);
    expect((await city.post("/v1/collection/campaigns", order)).status).toBe(401);
    const browser = await city.browser("resident");
    expect((await browser.get("/staff/collection")).status).toBe(403);
    const agents = await city.browser("agent");
    expect(await (await agents.get("/staff/collection/campaigns")).text()).not.toContain(
      `<form action="/cities/${city.slug}/staff/collection`,
    );
    expect(
      (await agents.submit("/staff/collection/campaigns", { stage: "reminder", channels: "sms" }, "/me")).status,
    ).toBe(403);
  });

  // Guards against a campaign of one city that another can see, start or stop.
  test("another city's campaign is as absent as none", async () => {
    const { city } = await dueCity([5_000]);
    const { id } = await asked(city, { stage: "reminder", channels: ["email"] });
    const other = await newCity();
    const bodies = [];
    for (const which of [id, city.id("cmp")]) {
      const at = `/v1/collection/campaigns/${which}`;
      for (const answer of [
        await other.get(at, treasurer),
        await other.get(`${at}/bills`, treasurer),
        await other.post(`${at}/start`, undefined, treasurer),
        await other.post(`${at}/stop`, undefined, treasurer),
      ]) {
        expect(answer.status).toBe(404);
        const { instance: _i, ...body } = (await answer.json()) as Record<string, unknown>;
        bodies.push(JSON.stringify(body));
      }
    }
    expect(new Set(bodies).size).toBe(1);
    const browser = await other.browser("treasurer");
    for (const path of ["", "/letters", "/bills.csv"])
      expect((await browser.get(`/staff/collection/campaigns/${id}${path}`)).status).toBe(404);
    expect((await campaignOf(city, id)).state).toBe("ready");
  });

  test("bad input is refused by its field, and nothing is kept of it", async () => {
    const city = await newCity();
    const rules = [
      { ...RULE, afterDays: { ...RULE.afterDays, second_reminder: 0 } },
      { ...RULE, cap: { messages: 0, days: 30 } },
      { ...RULE, quiet: { from: "25:00", to: "08:00" } },
      { ...RULE, costMinor: { sms: -1, email: 0, letter: 0 } },
      { ...RULE, leastMinor: 0.5 },
      { ...RULE, extra: true },
    ];
    for (const rule of rules) {
      const answer = await city.put("/v1/collection/rule", rule, treasurer);
      expect(answer.status).toBe(422);
      expect(((await answer.json()) as { errors: unknown[] }).errors.length).toBeGreaterThan(0);
    }
    expect(await ok(city.get("/v1/collection/rule", treasurer))).toMatchObject({ isOwn: false });
    for (const order of [
      { stage: "prison", channels: ["sms"] },
      { stage: "reminder", channels: [] },
      { stage: "reminder", channels: ["sms", "sms"] },
      { stage: "reminder", channels: ["pigeon"] },
      { stage: "reminder", channels: ["sms"], id: "cmp_1" },
    ])
      expect((await city.post("/v1/collection/campaigns", order, treasurer)).status).toBe(422);
    expect(
      (
        await city.post("/v1/collection/campaigns", "{", {
          ...treasurer,
          headers: { "Content-Type": "application/json" },
        })
      ).status,
    ).toBe(400);
    expect(await ok(city.get("/v1/collection/campaigns", treasurer))).toEqual({ campaigns: [] });
    for (const path of ["csv?table=secrets", "figures?currency=EURO", "campaigns?limit=0"])
      expect((await city.get(`/v1/collection/${path}`, treasurer)).status).toBe(422);
    expect((await city.get("/v1/collection/campaigns?cursor=xyz", treasurer)).status).toBe(400);
    const browser = await city.browser("treasurer");
    expect((await browser.get("/staff/collection/csv?table=secrets")).status).toBe(422);
  });
});
