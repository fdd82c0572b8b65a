import { describe, expect, test } from "vitest";
import { ok } from "../billed.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";

const agent = { as: "agent" as const };
const treasurer = { as: "treasurer" as const };
const nobody = { as: "nobody" as const };
const HOUR_MS = 3_600_000;
const WEEKS = 4;

interface Forecast {
  from: string;
  points: number[];
  naive: number[];
  actual: (number | null)[];
  temperatureHours?: number;
  temperatureSource?: string;
  accounts: number;
}
interface Whole {
  zone: { latest?: string; problem?: string; peaks: { from: string; toldAt?: string }[] };
  forecast?: Forecast;
}

const thisHour = () => Math.floor(Date.now() / HOUR_MS);
const at = (hour: number) => new Date(hour * HOUR_MS).toISOString();
/** Litres in an hour of the day: a peak of 90 at six in the evening. */
const litresAt = (hour: number) => (hour % 24 === 18 ? 90 : hour % 24 < 6 ? 4 : 20);

/** A city of water zones: BIG with a bulk meter and six customers, SMALL with two and none, and NEW without readings. */
async function pumpedCity(): Promise<TestCity> {
  const city = await newCity({ timeZone: "UTC" });
  const points = ["B1", "B2", "B3", "B4", "B5", "B6", "S1", "S2"];
  const meters = ["IN-B", "S1", "S2"];
  await Promise.all([
    ...meters.map((serial) => ok(city.post("/v1/meters", { serial, kind: "water", registerUnit: "L" }, agent))),
    ...points.map((number) => ok(city.post("/v1/accounts", { number, name: number }, agent))),
  ]);
  const first = thisHour() - WEEKS * 168;
  const rows = meters.flatMap((serial) =>
    Array.from({ length: WEEKS * 168 }, (_, i) => `${serial},${at(first + i)},${litresAt(first + i)}`),
  );
  await ok(city.upload("/v1/readings", "w.csv", `meter,time,value\n${rows.join("\n")}\n`, agent));
  const areas = ["code,level,kind,within,meter", "BIG,zone,water,,IN-B", "SMALL,zone,water,,", "NEW,zone,water,,"];
  await ok(city.upload("/v1/network/imports?of=areas", "a.csv", areas.join("\n"), agent));
  const lines = points.map((code) => {
    const [area, meter] = code.startsWith("B") ? ["BIG", ""] : ["SMALL", code];
    return `${code},water,${area},${code},${meter}`;
  });
  const csv = ["code,kind,area,account,meter", ...lines].join("\n");
  await ok(city.upload("/v1/network/imports?of=points", "p.csv", csv, agent));
  return city;
}

describe(`forecasts, ${target.name}`, () => {
  test("a zone that was asked for is forecast by itself, hour by hour, and can be made anew with temperatures", async () => {
    const city = await pumpedCity();
    await ok(city.put("/v1/forecasts/zones/big", { isPublic: true }, agent));
    const { forecast } = await soon(
      () => ok<Whole>(city.get("/v1/forecasts/zones/BIG", treasurer)),
      (one) => one.forecast !== undefined,
    );
    expect([forecast!.points.length, forecast!.accounts, forecast!.temperatureHours]).toEqual([168, 6, undefined]);
    const first = Date.parse(forecast!.from) / HOUR_MS;
    for (const [i, point] of forecast!.points.entries()) {
      expect(Math.abs(point - litresAt(first + i)), at(first + i)).toBeLessThan(3);
      expect(forecast!.naive[i]).toBe(litresAt(first + i));
    }
    const celsius = Array.from({ length: WEEKS * 168 + 24 }, (_, i) => 10 + (i % 7));
    const given = { source: "The city’s weather station", from: at(first - WEEKS * 168), celsius };
    expect(await ok(city.post("/v1/forecasts/temperatures", given, agent))).toEqual({ hours: celsius.length });
    const kept = await ok<{ celsius: number[] }>(
      city.get(`/v1/forecasts/temperatures?from=${given.from}&hours=30`, agent),
    );
    expect(kept).toEqual({ celsius: celsius.slice(0, 30), source: given.source });
    const again = await ok<Forecast>(city.post("/v1/forecasts/zones/BIG/forecasts", {}, agent));
    expect(again).toMatchObject({ temperatureSource: given.source });
    expect(again.temperatureHours).toBeLessThanOrEqual(24);
    const csv = (await (await city.get("/v1/forecasts/zones/BIG/csv", agent)).text()).split("\n");
    expect(csv[0]).toBe("start,unit,forecast,week_before,used,low,high");
    // Of four weeks nobody can say how far off a forecast may be.
    expect(csv[1]).toBe(`${again.from},L,${again.points[0]},${again.naive[0]},,,`);
    const { forecasts } = await ok<{ forecasts: Forecast[] }>(city.get("/v1/forecasts/zones/BIG/forecasts", agent));
    expect(forecasts.length).toBeLessThanOrEqual(2); // one, unless an hour has begun meanwhile
    expect(forecasts[0]).toMatchObject({ from: again.from, errors: {} });
  });

  // Guards against a public page that shows how two households live.
  test("only zones with at least five accounts are public, and the others are not there at all", async () => {
    const city = await pumpedCity();
    for (const code of ["BIG", "SMALL"]) {
      await ok(city.put(`/v1/forecasts/zones/${code}`, { isDaily: false, isPublic: true }, agent));
      expect(await ok<Forecast>(city.post(`/v1/forecasts/zones/${code}/forecasts`, {}, agent))).toMatchObject({
        accounts: code === "BIG" ? 6 : 2,
      });
    }
    expect(await ok(city.get("/v1/forecasts/public", nobody))).toEqual({ zones: [{ code: "BIG", kind: "water" }] });
    const open = await ok<{ forecast: Forecast }>(city.get("/v1/forecasts/public/BIG", nobody));
    expect(open.forecast.points).toHaveLength(168);
    expect((await city.get("/v1/forecasts/public/BIG/csv", nobody)).status).toBe(200);
    for (const path of ["/v1/forecasts/public/SMALL", "/v1/forecasts/public/SMALL/csv", "/v1/forecasts/public/NONE"])
      expect((await city.get(path, nobody)).status, path).toBe(404);
    await ok(city.put("/v1/forecasts/zones/BIG", { isDaily: false }, agent));
    expect((await city.get("/v1/forecasts/public/BIG", nobody)).status).toBe(404);
  });

  test("a peak ahead is told once, however often the forecast is made", async () => {
    const city = await pumpedCity();
    const small = { isDaily: false, peak: { threshold: 150, leadHours: 48 } };
    await ok(city.put("/v1/forecasts/zones/SMALL", small, agent));
    await ok(city.post("/v1/forecasts/zones/SMALL/forecasts", {}, agent));
    const told = async () => {
      const { zone } = await ok<Whole>(city.get("/v1/forecasts/zones/SMALL", agent));
      return zone.peaks.filter(({ toldAt }) => toldAt !== undefined).map(({ from }) => from);
    };
    // Of two days ahead there are two evenings; at the edge of an hour the third.
    const first = await soon(told, (all) => all.length >= 2);
    for (const from of first) expect(from.slice(11, 13)).toBe("18");
    const { alarms } = await soon(
      () => ok<{ alarms: { kind: string; facts: object }[] }>(city.get("/v1/alarms", treasurer)),
      (found) => found.alarms.length >= 2,
    );
    expect(alarms[0]).toMatchObject({ kind: "peak_expected", facts: { zone: "SMALL", unit: "L" } });
    await ok(city.post("/v1/forecasts/zones/SMALL/forecasts", {}, agent));
    await ok(city.put("/v1/forecasts/zones/SMALL", small, agent));
    const { zone } = await ok<Whole>(city.get("/v1/forecasts/zones/SMALL", agent));
    expect(zone.peaks).toHaveLength(7);
    const events = await ok<{ events: { type: string; data: { from: string } }[] }>(
      city.get("/v1/events?type=forecast.peak_expected.v1", { as: "administrator" }),
    );
    const starts = events.events
      .filter(({ type }) => type === "forecast.peak_expected.v1")
      .map(({ data }) => data.from);
    expect(new Set(starts).size).toBe(starts.length);
    expect(starts).toEqual(expect.arrayContaining(first));
  });

  test("a pump is planned against a zone's forecast under a tariff of times", async () => {
    const city = await pumpedCity();
    await ok(city.put("/v1/forecasts/zones/BIG", { isDaily: false }, agent));
    const { points, from } = await ok<Forecast>(city.post("/v1/forecasts/zones/BIG/forecasts", {}, agent));
    const order = {
      from,
      tariff: { price: "0.30", periods: [{ from: 22, to: 6, price: "0.12" }] },
      sun: { latitude: 48.1, longitude: -1.7, panelW: 2_000 },
      pump: {
        ...{ powerW: 5_000, litresPerHour: 240, startLitres: 300, minLitres: 100, maxLitres: 1_000 },
        demand: { zone: "BIG" },
      },
    };
    interface Schedule {
      hours: { minutes: number; litres: number; energyWh: number }[];
      costMinor: number;
      evenCostMinor: number;
      savingMinor: number;
      sun: string;
    }
    const plan = await ok<Schedule>(city.post("/v1/forecasts/schedules", order, treasurer));
    const pumped = plan.hours.reduce((sum, { minutes }) => sum + (minutes / 60) * 240, 0);
    const used = points.slice(0, 24).reduce((sum, one) => sum + one, 0);
    expect(pumped - used).toBeGreaterThanOrEqual(0);
    expect(pumped - used).toBeLessThan(60);
    for (const { litres } of plan.hours) expect(litres >= 100 && litres <= 1_000).toBe(true);
    expect(plan.savingMinor).toBe(plan.evenCostMinor - plan.costMinor);
    expect(plan.savingMinor).toBeGreaterThan(0);
    const pointerOf = async (change: object) => {
      const answer = await city.post("/v1/forecasts/schedules", { ...order, ...change }, treasurer);
      expect(answer.status).toBe(422);
      return ((await answer.json()) as { errors: { pointer: string }[] }).errors[0]!.pointer;
    };
    const zone = (code: string) => ({ pump: { ...order.pump, demand: { zone: code } } });
    expect(await pointerOf(zone("NEW"))).toBe("#/pump/demand/zone");
    expect(await pointerOf({ ...zone("BIG"), hours: 168, from: at(thisHour() + 3) })).toBe("#/pump/demand/zone");
    expect(await pointerOf({ pump: undefined })).toBe("#/pump");
    expect(await pointerOf({ from: "2026-01-01T00:30:00Z" })).toBe("#/from");
    expect(await pointerOf({ tariff: { price: "cheap" } })).toBe("#/tariff/price");
  });

  test("what is too little, not there, not allowed or another city's is refused with its reason", async () => {
    const city = await pumpedCity();
    await ok(city.put("/v1/forecasts/zones/NEW", { isDaily: false }, agent));
    const none = await city.post("/v1/forecasts/zones/NEW/forecasts", {}, agent);
    expect([none.status, ((await none.json()) as { detail: string }).detail]).toEqual([
      409,
      "Three weeks of hourly readings are needed.",
    ]);
    const { zone } = await ok<Whole>(city.get("/v1/forecasts/zones/NEW", agent));
    expect(zone.problem).toBe("too_short");
    expect((await city.put("/v1/forecasts/zones/NONE", {}, agent)).status).toBe(404);
    expect((await city.put("/v1/forecasts/zones/BIG", {}, treasurer)).status).toBe(403);
    expect((await city.put("/v1/forecasts/zones/BIG", { peak: { threshold: 0, leadHours: 1 } }, agent)).status).toBe(
      422,
    );
    const celsius = { source: "x", from: "2026-01-01T00:00:00Z", celsius: [99] };
    const hot = await city.post("/v1/forecasts/temperatures", celsius, agent);
    expect(((await hot.json()) as { errors: { pointer: string }[] }).errors[0]!.pointer).toBe("#/celsius/0");
    const other = await newCity();
    for (const path of ["zones/NEW", "zones/NEW/forecasts", "zones/NEW/csv", "public/BIG"]) {
      const [theirs, missing] = await Promise.all([
        other.get(`/v1/forecasts/${path}`, agent),
        other.get(`/v1/forecasts/${path.replace(/NEW|BIG/, "X")}`, agent),
      ]);
      expect([theirs.status, missing.status], path).toEqual([404, 404]);
      expect((await city.get(`/v1/forecasts/zones/NEW`, { as: "resident" })).status).toBe(403);
    }
    expect((await other.post("/v1/forecasts/zones/NEW/forecasts", {}, agent)).status).toBe(404);
    expect(await ok(other.get("/v1/forecasts/zones", agent))).toEqual({ zones: [] });
  });

  test("pages: a zone is asked for, set and seen; a schedule is planned; the public sees the public ones", async () => {
    const city = await pumpedCity();
    const browser = await city.browser("agent");
    const list = "/staff/forecasts";
    const added = await browser.submit(list, { code: "BIG" }, list);
    expect([added.status, added.headers.get("location")]).toEqual([303, `/cities/${city.slug}${list}/zones/BIG`]);
    const at = `${list}/zones/BIG`;
    expect((await browser.submit(`${at}/forecasts`, {}, at)).status).toBe(303);
    const wrong = await browser.submit(at, { threshold: "much", leadHours: "6" }, at);
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toContain('href="#f-threshold"');
    const set = { isDaily: "yes", isPublic: "yes", threshold: "0,08", leadHours: "6" };
    expect((await browser.submit(at, set, at)).status).toBe(303);
    const { zone } = await ok<{ zone: object }>(city.get("/v1/forecasts/zones/BIG", agent));
    expect(zone).toMatchObject({ isDaily: true, isPublic: true, peak: { threshold: 80, leadHours: 6 } });
    const html = await (await browser.get(at)).text();
    expect(html).toContain("<svg");
    expect(html.match(/<tr/g)!.length).toBeGreaterThan(168);

    const rows = "2026-11-25T14:00Z,8.5\n2026-11-25T16:00+01:00;-1,5";
    const typed = await browser.submit(`${list}/temperatures`, { source: "Met office", rows }, list);
    expect(typed.headers.get("location")).toBe(`/cities/${city.slug}${list}?temperatures=2`);
    const kept = await ok(city.get("/v1/forecasts/temperatures?from=2026-11-25T14:00:00Z&hours=2", agent));
    expect(kept).toEqual({ celsius: [8.5, -1.5], source: "Met office" });
    const bad = await browser.submit(`${list}/temperatures`, { source: "x", rows: `${rows}\nnow,warm` }, list);
    expect([bad.status, (await bad.text()).includes('href="#f-rows"')]).toEqual([422, true]);

    const plan = new URLSearchParams({
      ...{ what: "pump", hours: "24", price: "0.30", periods: "22,6,0.12", power: "5", pumped: "0.24" },
      ...{ start: "0.3", least: "0.1", most: "1", out: "0.02" },
    });
    const planned = await browser.get(`${list}/schedule?${plan}`);
    expect([planned.status, (await planned.text()).match(/<tr/g)!.length]).toEqual([200, 25]);
    plan.set("most", "0.2");
    const impossible = await browser.get(`${list}/schedule?${plan}`);
    expect([impossible.status, (await impossible.text()).includes('href="#f-start"')]).toEqual([422, true]);

    const visitor = await city.browser();
    for (const lang of ["en", "fr", "ar"]) {
      const open = await visitor.get(`/forecasts/BIG?lang=${lang}`);
      expect([open.status, (await open.text()).includes("<svg")], lang).toEqual([200, true]);
    }
    expect(await (await visitor.get("/forecasts")).text()).toContain("/forecasts/BIG");
    expect((await visitor.get("/forecasts/SMALL")).status).toBe(404);
    expect((await visitor.get(list)).status).toBe(303);
  });
});
