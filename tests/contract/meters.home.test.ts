import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { ok, readCity } from "../billed.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";

const agent = { as: "agent" } as const;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const iso = (at: number) => new Date(at).toISOString();
/** The last whole hour; all readings of these tests end with it. */
const lastHour = () => Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
const monthStart = () => Date.parse(`${new Date().toISOString().slice(0, 7)}-01T00:00Z`);

interface Summary {
  today: { quantity: number; hours: { quantity: number; coverage: number }[] };
  month: { quantity: number; daysWithReadings: number; isEstimated: boolean };
  cost?: { currency: string; totalMinor: number; vatMinor: number; fixedMinor: number; isEstimated: boolean };
  forecast: { state: string; quantity: number; lowQuantity: number; highQuantity: number; lowMinor: number };
  comparison: { state: string; month: string; own?: number; median?: number };
  alarms: Record<"flow" | "silence" | "budget", { isOn?: boolean; state?: string; hours?: number } | undefined>;
}

async function home(city: TestCity, serial = "W1", kind = "water") {
  const contact = `${serial.toLowerCase()}@${city.slug}.example`;
  const account = { number: `N-${serial}`, name: `Home ${serial}`, contact };
  const { id: accountId } = await ok<{ id: string }>(city.post("/v1/accounts", account, agent));
  const registerUnit = kind === "water" ? "L" : "Wh";
  const meter = { serial, kind, accountId, registerUnit };
  const { id } = await ok<{ id: string }>(city.post("/v1/meters", meter, agent));
  return { id, accountId, contact, as: { token: await city.signIn(contact) } };
}
/** Hours up to `to`, of so many units each. */
async function reads(city: TestCity, serial: string, from: number, to: number, each: number, quality = "A") {
  const rows: string[] = [];
  for (let at = from; at < to; at += HOUR_MS) rows.push(`${serial},${iso(at)},${iso(at + HOUR_MS)},${each},${quality}`);
  await ok(city.upload("/v1/readings", "hours.csv", `meter,start,end,value,quality\n${rows.join("\n")}\n`, agent));
}
const TARIFF = { names: { en: "Flat" }, kind: "water", currency: "EUR", bands: [{ price: "2.00" }], fixedMinor: 300 };
const priced = (city: TestCity, more: object = {}) =>
  ok(city.post("/v1/tariffs", { tariff: { ...TARIFF, vatBasisPoints: 1_000, ...more } }, { as: "treasurer" }));
/** By that tariff, in cents. */
const costOf = (litres: number) => Math.round(((litres * 200 + 300_000) * 11) / 10_000);
const summary = (city: TestCity, id: string, as: object) =>
  ok<Summary>(city.get(`/v1/meters/${id}/summary`, as as { as: { token: string } }));

describe(`what a resident sees of the own meter, ${target.name}`, () => {
  test("today, the month, its cost as a bill has it, and what it will come to: page, SMS and screens", async () => {
    const city = await newCity({ timeZone: "UTC", languages: ["fr", "ar"] });
    const [w, to] = [await home(city), lastHour()];
    await priced(city);
    await reads(city, "W1", to - 75 * DAY_MS, to, 10);
    const seen = await summary(city, w.id, w);
    const hours = Math.max(0, (to - monthStart()) / HOUR_MS);
    expect(seen.month).toMatchObject({ quantity: hours * 10, isEstimated: false });
    const bill = costOf(hours * 10);
    expect(seen.cost).toMatchObject({ currency: "EUR", totalMinor: bill, fixedMinor: 300, isEstimated: false });
    expect(seen.cost!.vatMinor).toBeGreaterThan(0);
    expect(seen.today.quantity).toBe((seen.today.hours.length - 1) * 10);
    const now = new Date();
    const all = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 0)).getUTCDate() * 240;
    expect(seen.forecast).toMatchObject({ state: "given", pastError: 0 });
    expect(Math.abs(seen.forecast.quantity - all)).toBeLessThanOrEqual(1);
    expect(seen.forecast.lowMinor).toBeGreaterThanOrEqual(bill);
    expect(seen.alarms.flow).toMatchObject({ hours: 24, isOn: true });

    const browser = await city.browser({ contact: w.contact });
    for (const lang of ["en", "fr", "ar"]) {
      const path = `/v1/meters/${w.id}/summary/screens?lang=${lang}`;
      const { text, screens } = await ok<{ text: string; screens: string[] }>(city.get(path, w));
      expect(text).toContain("W1");
      const most = lang === "ar" ? 70 : 160;
      for (const one of [text, ...screens]) expect(one.length, one).toBeLessThanOrEqual(most);
      expect(screens.join("\n")).toContain("EUR");
      const answer = await browser.get(`/meters/${w.id}/home?lang=${lang}`);
      const html = await answer.text();
      expect(answer.status, html).toBe(200);
      expect(html).toContain(lang === "ar" ? 'dir="rtl"' : 'dir="ltr"');
      expect(html).not.toContain("<script");
      expect(gzipSync(html).length).toBeLessThan(14 * 1024);
      if (hours % 24 !== 0) expect(html).toContain("<svg");
    }
    const file = await browser.get(`/meters/${w.id}/export?format=csv`);
    expect([file.status, file.headers.get("content-type")]).toEqual([200, "text/csv; charset=utf-8"]);
    expect((await file.text()).split("\n").length).toBeGreaterThan(75 * 24);
    expect((await browser.get(`/meters/${w.id}/export?format=exe`)).status).toBe(422);
  });

  test("the social tariff counts; what was estimated is marked; without a tariff or a past nothing is made up", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const [w, to] = [await home(city), lastHour()];
    await reads(city, "W1", to - 3 * HOUR_MS, to, 100, "E");
    const before = await summary(city, w.id, w);
    expect(before).not.toHaveProperty("cost");
    expect(before).toMatchObject({
      forecast: { state: "too_little_history" },
      comparison: { state: "no_whole_month" },
    });
    await priced(city, { classes: { social: { bands: [{ price: "0.00" }], fixedMinor: 100 } }, vatBasisPoints: 0 });
    const litres = before.month.quantity;
    expect((await summary(city, w.id, w)).cost).toMatchObject({
      totalMinor: 300 + Math.round(litres / 5),
      isSocial: false,
      isEstimated: litres > 0,
    });
    const asked = {
      ...{ accountId: w.accountId, kind: "water", what: "social_tariff", fromMonth: "2026-01" },
      ...{ reason: "Social register", evidence: "Letter 12" },
    };
    const { id } = await ok<{ id: string }>(city.post("/v1/exemptions", asked, agent));
    await ok(city.post(`/v1/exemptions/${id}/approval`, {}, { as: "treasurer" }));
    expect((await summary(city, w.id, w)).cost).toMatchObject({ totalMinor: 100, isSocial: true });
  });

  // Guards against a neighbour, a new tenant and another city who read along.
  test("another's meter is as absent as none, and a new account sees nothing of the one before", async () => {
    const [city, other] = [await newCity({ timeZone: "UTC" }), await newCity()];
    const [w, n, to] = [await home(city), await home(city, "W2"), lastHour()];
    await reads(city, "W1", to - 5 * HOUR_MS, to, 50);
    const bodyOf = async (of: TestCity, path: string, as: { as: "agent" | { token: string } }) => {
      const answer = await of.get(path, as);
      expect(answer.status, path).toBe(404);
      return (await answer.text()).replace(/urn:request:[^"]+/, "");
    };
    const missing = await bodyOf(other, `/v1/meters/${other.id("mtr")}/summary`, agent);
    for (const path of ["summary", "summary/screens"])
      expect(await bodyOf(other, `/v1/meters/${w.id}/${path}`, agent)).toBe(missing);
    for (const path of ["summary", "summary/screens", "alarms", "household"]) {
      expect(await bodyOf(city, `/v1/meters/${w.id}/${path}`, { as: n.as })).toBe(missing);
      expect((await city.get(`/v1/meters/${w.id}/${path}`)).status).toBe(401);
    }
    expect((await city.put(`/v1/meters/${w.id}/alarms`, { silentDays: 3 }, n)).status).toBe(404);
    const household = `/v1/meters/${w.id}/household`;
    expect((await city.put(household, { people: 3 }, n)).status).toBe(404);
    expect((await city.put(household, { people: 0 }, w)).status).toBe(422);
    await ok(city.put(household, { people: 3 }, w));
    expect(await ok(city.get(household, w))).toEqual({ people: 3 });
    expect((await city.get(household, agent)).status).toBe(404);
    const browser = await city.browser({ contact: n.contact });
    for (const path of ["home", "export?format=csv"])
      expect((await browser.get(`/meters/${w.id}/${path}`)).status).toBe(404);

    await ok(city.put(`/v1/meters/${w.id}/alarms`, { budgetMinor: 5_000 }, w));
    expect((await summary(city, w.id, agent)).alarms).not.toHaveProperty("budget");
    await ok(city.patch(`/v1/meters/${w.id}`, { accountId: n.accountId }, agent));
    const seen = await summary(city, w.id, n);
    expect(seen).not.toHaveProperty("lastReadAt");
    expect([seen.month.quantity, seen.today.quantity, seen.alarms.flow]).toEqual([0, 0, undefined]);
    expect(await ok(city.get(`/v1/meters/${w.id}/alarms`, n))).toEqual({});
    expect((await city.get(`/v1/meters/${w.id}/summary`, w)).status).toBe(404);
  });

  // Guards against homes that are found by what they use.
  test("a home is compared with ten others or more, and with fewer it is said why not", async () => {
    const now = new Date();
    const back = now.getUTCDate() > 3 ? 1 : 2;
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7);
    const litres = Array.from({ length: 12 }, (_, i) => (i === 11 ? 90_000 : (i + 1) * 1_000));
    const compared = async (count: number) => {
      const { city, accounts } = await readCity(litres.slice(0, count), {}, month);
      for (const { id, number: name, contact } of accounts.slice(0, 11))
        await ok(city.put(`/v1/accounts/${id}`, { name, contact, district: "Port" }, agent));
      return async (nth: number) => {
        const as = { as: { token: await city.signIn(accounts[nth]!.contact) } };
        const { meters } = await ok<{ meters: { id: string }[] }>(city.get("/v1/meters", as));
        const ask = () => summary(city, meters[0]!.id, as);
        return (await soon(ask, ({ comparison }) => comparison.state !== "being_computed")).comparison;
      };
    };
    const [many, few] = await Promise.all([compared(12), compared(10)]);
    const figures = { lower: 3_000, median: 6_000, upper: 9_000 };
    expect(await many(1)).toEqual({ state: "shown", month, district: "Port", own: 2_000, ...figures });
    expect(await many(11)).toEqual({ state: "shown", month, own: 90_000, ...figures });
    expect(await few(1)).toEqual({ state: "too_few_homes", month });
  });

  test("who asks for it is told of steady flow and of the budget, once, and no more when it is ended", async () => {
    const city = await newCity({ timeZone: "UTC", languages: ["en"] });
    const [w, to] = [await home(city), lastHour()];
    await priced(city);
    await reads(city, "W1", to - 30 * HOUR_MS, to - 2 * HOUR_MS, 12);
    const told = async () => (await city.messages(w.contact)).filter((text) => text.includes("meter W1"));
    expect(await told()).toEqual([]);
    const { cost } = await summary(city, w.id, w);
    const near = Math.ceil(cost!.totalMinor / 0.9);
    await ok(city.put(`/v1/meters/${w.id}/alarms`, { flowHours: 20, budgetMinor: near }, w));
    const first = await soon(told, (all) => all.length > 1);
    expect(first.find((text) => text.includes("20 h") || text.includes("24 h"))).toContain("at least 12 L/h");
    expect(first.some((text) => text.includes(`budget of EUR ${(near / 100).toFixed(2)}`))).toBe(true);
    // More of the same tells nothing; going beyond the budget does.
    await reads(city, "W1", to - 2 * HOUR_MS, to, 12);
    await ok(city.put(`/v1/meters/${w.id}/alarms`, { flowHours: 20, budgetMinor: cost!.totalMinor }, w));
    const second = await soon(told, (all) => all.length > 2);
    expect(second.filter((text) => text.includes("used up")).length).toBe(1);
    expect(second.length).toBe(3);
    expect((await summary(city, w.id, w)).alarms.budget).toMatchObject({ state: "over" });
    await ok(city.put(`/v1/meters/${w.id}/alarms`, {}, w));
    expect((await summary(city, w.id, w)).alarms).not.toHaveProperty("budget");
  });

  test("readings that come later are looked at by themselves", async () => {
    const city = await newCity({ timeZone: "UTC", languages: ["en"] });
    const [w, to] = [await home(city), lastHour()];
    await ok(city.put(`/v1/meters/${w.id}/alarms`, { flowHours: 4, silentDays: 2 }, w));
    const told = async () => (await city.messages(w.contact)).filter((text) => text.includes("meter W1"));
    await reads(city, "W1", to - 6 * HOUR_MS, to, 3);
    expect(await soon(told, (all) => all.length > 0)).toEqual([
      expect.stringContaining("water has run for 6 h without a pause, at least 3 L/h"),
    ]);
    const old = await home(city, "W3");
    await reads(city, "W3", to - 100 * HOUR_MS, to - 99 * HOUR_MS, 3);
    await ok(city.put(`/v1/meters/${old.id}/alarms`, { silentDays: 2 }, old));
    const [text] = await soon(
      async () => (await city.messages(old.contact)).filter((one) => one.includes("meter W3")),
      (all) => all.length > 0,
    );
    expect(text).toContain("nothing was read for 4 days");
  });

  test("the page keeps what to be told, names what it cannot keep, and ends it", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const w = await home(city);
    const [browser, path] = [await city.browser({ contact: w.contact }), `/meters/${w.id}/home`];
    const wrong = await browser.submit(path, { flowHours: "99", silentDays: "x", budget: "-3" }, path);
    const html = await wrong.text();
    expect(wrong.status).toBe(422);
    for (const field of ["flowHours", "silentDays", "budget"]) expect(html).toContain(`href="#f-${field}"`);
    expect(html).toContain('value="99"');
    expect(await ok(city.get(`/v1/meters/${w.id}/alarms`, w))).toEqual({});
    const kept = await browser.submit(path, { flowHours: "", silentDays: "٣", budget: "12,50" }, path);
    expect([kept.status, kept.headers.get("location")]).toEqual([303, `/cities/${city.slug}${path}?saved=yes`]);
    expect(await ok(city.get(`/v1/meters/${w.id}/alarms`, w))).toEqual({ silentDays: 3, budgetMinor: 1_250 });
    expect((await browser.submit(path, {}, path)).status).toBe(303);
    expect(await ok(city.get(`/v1/meters/${w.id}/alarms`, w))).toEqual({});
    expect((await browser.submit(path, { silentDays: "3" })).status).toBe(403);
  });

  test.each([
    ["a flow of an hour", { flowHours: 1 }],
    ["half a day", { silentDays: 0.5 }],
    ["a budget of nothing", { budgetMinor: 0 }],
    ["an unknown wish", { rain: true }],
    ["a list", []],
  ])("%s is refused", async (_, rules) => {
    const city = await newCity();
    const w = await home(city);
    expect((await city.put(`/v1/meters/${w.id}/alarms`, rules, w)).status).toBe(422);
    expect((await city.put(`/v1/meters/${w.id}/alarms`, { silentDays: 3 }, agent)).status).toBeGreaterThanOrEqual(403);
  });
});
