import { describe, expect, test } from "vitest";
import { random } from "../../functions/synthetic/random.ts";
import { ok } from "../billed.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";

const agent = { as: "agent" as const };
const treasurer = { as: "treasurer" as const };
const MONTH = "2026-09";
const HOUR_MS = 3_600_000;
const FROM_MS = Date.parse("2026-08-15T00:00Z");
const HOURS = 47 * 24; // to the end of September

interface Balance {
  area: string;
  inputQuantity?: number;
  billedQuantity: number;
  unbilledQuantity: number;
  lossQuantity?: number;
  lossShare?: number;
  lossMinor?: number;
  billedMinor?: number;
  gapShare: number;
  estimatedShare: number;
  isLowest: boolean;
  theftScore?: number;
  night?: { isLeak: boolean; leakPerDay: number; share: number; sinceOn?: string; flow: (number | null)[] };
  suspects: { point: string; score: number; features: Record<string, number>; sinceOn?: string }[];
}
interface Intervention {
  kind: string;
  area: string;
  point?: string;
  lossMinor: number;
  perCrewDayMinor: number;
  chance: number;
  orderId?: string;
}
interface Order {
  id: string;
  state: string;
  savingMinor?: number;
}

/** Litres an hour of a home: nobody at night, more in the evening. */
const homeAt = (hour: number, mood: number) => Math.round((hour < 5 ? 1 : hour < 18 ? 12 : 22) * mood);

/**
 * A city of one zone with two sub-zones: A with six customers, of whom one goes round the meter from 10 September on,
 * and a standpipe of nobody's account; B with two customers and a leak of 40 litres an hour from 1 September on.
 */
async function lossyCity(): Promise<TestCity> {
  const city = await newCity({ timeZone: "UTC", languages: ["en", "fr", "ar"] });
  const chance = random("lossy city");
  const meters = ["IN-A", "IN-B", "A1", "A2", "A3", "A4", "A5", "A6", "A7", "B1", "B2"];
  await Promise.all(
    meters.map((serial) => ok(city.post("/v1/meters", { serial, kind: "water", registerUnit: "L" }, agent))),
  );
  const points = meters.slice(2);
  const served = points.filter((code) => code !== "A7");
  await Promise.all(served.map((number) => ok(city.post("/v1/accounts", { number, name: number }, agent))));
  const flows = new Map(meters.map((serial) => [serial, Array.from({ length: HOURS }, () => 0)]));
  for (let at = 0; at < HOURS; at++) {
    const [day, hour] = [Math.floor(at / 24), at % 24];
    const isLate = FROM_MS + at * HOUR_MS >= Date.parse("2026-09-10T00:00Z");
    for (const code of points) {
      const used = homeAt(hour, chance.whole(80, 120) / 100);
      flows.get(code)![at] = code === "A3" && isLate ? 0 : used;
      flows.get(code.startsWith("A") ? "IN-A" : "IN-B")![at]! += used;
    }
    if (day >= 17) flows.get("IN-B")![at]! += 40;
  }
  const rows = meters.flatMap((serial) =>
    flows.get(serial)!.map((value, at) => `${serial},${new Date(FROM_MS + at * HOUR_MS).toISOString()},${value}`),
  );
  await ok(city.upload("/v1/readings", "w.csv", `meter,time,value\n${rows.join("\n")}\n`, agent));
  const areas = [
    "code,level,kind,within,meter",
    "TOWN,zone,water,,",
    "A,zone,water,TOWN,IN-A",
    "B,zone,water,TOWN,IN-B",
  ];
  await ok(city.upload("/v1/network/imports?of=areas", "a.csv", areas.join("\n"), agent));
  const lines = points.map((code) => `${code},water,${code[0]},${served.includes(code) ? code : ""},${code}`);
  await ok(
    city.upload("/v1/network/imports?of=points", "p.csv", ["code,kind,area,account,meter", ...lines].join("\n"), agent),
  );
  await ok(
    city.post(
      "/v1/tariffs",
      { tariff: { names: { en: "Water" }, kind: "water", currency: "EUR", bands: [{ price: "2" }], fixedMinor: 300 } },
      treasurer,
    ),
  );
  return city;
}
const analysed = async (city: TestCity) => {
  await ok(city.post("/v1/network/analyses", { month: MONTH }, agent));
  await soon(
    () => ok<{ state: string }>(city.get(`/v1/network/analyses/${MONTH}`, treasurer)),
    ({ state }) => state === "done",
  );
  const { balances } = await ok<{ balances: Balance[] }>(city.get(`/v1/network/balances?month=${MONTH}`, treasurer));
  return new Map(balances.map((one) => [one.area, one]));
};
const ranking = async (city: TestCity) =>
  (await ok<{ interventions: Intervention[] }>(city.get(`/v1/network/interventions?month=${MONTH}`, treasurer)))
    .interventions;

describe(`losses, ${target.name}`, () => {
  // Guards against a loss that is nobody's, and one that is counted twice.
  test("input less billed less authorised is lost, in litres and in money, and a zone is its parts", async () => {
    const city = await lossyCity();
    const allowance = { area: "A", month: MONTH, quantity: 500, reason: "Flushing of the mains" };
    await ok(city.post("/v1/network/allowances", allowance, agent));
    const balances = await analysed(city);
    const [town, a, b] = ["TOWN", "A", "B"].map((code) => balances.get(code)!) as [Balance, Balance, Balance];
    for (const one of [town, a, b]) {
      expect(one.lossQuantity).toBe(one.inputQuantity! - one.billedQuantity - one.unbilledQuantity);
      // At 2.00 a m³, as far as bills are rounded.
      expect(Math.abs(one.lossMinor! - (one.lossQuantity! * 200) / 1000)).toBeLessThan(2);
      expect(one.gapShare).toBe(0);
    }
    for (const field of ["inputQuantity", "billedQuantity", "unbilledQuantity", "lossQuantity"] as const)
      expect(town[field], field).toBe(a[field]! + b[field]!);
    // 30 days of 40 litres an hour, exactly; the standpipe and the flushing are authorised and not billed.
    expect(b.lossQuantity).toBe(30 * 24 * 40);
    expect(b.unbilledQuantity).toBe(0);
    expect(a.unbilledQuantity).toBeGreaterThan(500);
    expect([town.isLowest, a.isLowest, b.isLowest]).toEqual([false, true, true]);
  });

  test("the leak is told in its zone with its size and day, the theft at its meter, and nobody else", async () => {
    const city = await lossyCity();
    // The meter itself tells that its cover was opened.
    const events = [{ meter: "A3", at: "2026-09-10T06:00:00Z", kind: "cover_opened" }];
    await ok(city.post("/v1/readings/events", { events }, agent));
    const balances = await analysed(city);
    const [a, b] = [balances.get("A")!, balances.get("B")!];
    expect(b.night).toMatchObject({ isLeak: true, sinceOn: "2026-09-01" });
    expect(Math.abs(b.night!.leakPerDay - 960)).toBeLessThan(60);
    expect(a.night?.isLeak).toBe(false);
    const [first, ...others] = a.suspects;
    expect(first).toMatchObject({ point: "A3", sinceOn: "2026-09-10" });
    expect(first!.score).toBeGreaterThan(75);
    expect(others.every(({ score }) => score < 47)).toBe(true);
    expect(first!.features).toMatchObject({ zeros: 1, tampered: 1 });
    expect(others.every(({ features }) => features["tampered"] === 0)).toBe(true);
    expect(b.suspects.every(({ score }) => score < 47)).toBe(true);
    const one = await ok<Balance>(city.get(`/v1/network/areas/B/balances/${MONTH}`, treasurer));
    expect(one.night?.flow).toHaveLength(58);
  });

  test("a step test says behind which valve it flows", async () => {
    const city = await lossyCity();
    const times = [1, 2, 3, 4].map((hour) => `2026-09-20T0${hour}:00:00Z`);
    const order = {
      area: "B",
      startedAt: times[0],
      steps: [
        { valve: "V1", closedAt: times[1] },
        { valve: "V2", closedAt: times[2] },
      ],
      endedAt: times[3],
    };
    const kept = await ok<{ id: string; flowBefore: number; drops: { valve: string; drop: number }[] }>(
      city.post("/v1/network/step-tests", order, agent),
    );
    expect(kept.flowBefore).toBeGreaterThan(40);
    expect(kept.drops.map(({ valve }) => valve)).toEqual(["V1", "V2"]);
    expect(await ok(city.get(`/v1/network/step-tests/${kept.id}`, treasurer))).toEqual(kept);
    for (const body of [
      { ...order, endedAt: times[2] },
      { ...order, steps: [...order.steps].reverse() },
      { ...order, steps: [] },
      { ...order, endedAt: "2026-09-22T04:00:00Z" },
    ])
      expect((await city.post("/v1/network/step-tests", body, agent)).status).toBe(422);
    expect((await city.post("/v1/network/step-tests", { ...order, area: "NONE" }, agent)).status).toBe(404);
  });

  // Guards against two crews at one door, and a finding that teaches nothing.
  test("what is worth most comes first, one click orders it once, and what was found weighs in", async () => {
    const city = await lossyCity();
    await analysed(city);
    const before = await ranking(city);
    expect(before.map(({ kind, area, point }) => [kind, area, point])).toEqual([
      ["theft", "A", "A3"],
      ["leak", "B", undefined],
    ]);
    expect(before[0]!.perCrewDayMinor).toBeGreaterThan(before[1]!.perCrewDayMinor);
    const asked = { kind: "theft", area: "A", point: "A3", month: MONTH };
    // Taken back before anybody was there, the place is free again.
    const first = await ok<Order>(city.post("/v1/network/work-orders", asked, agent));
    const back = `/v1/network/work-orders/${first.id}/withdrawal`;
    const reason = { reason: "The street is flooded" };
    expect((await city.post(back, { reason: "" }, agent)).status).toBe(422);
    for (let times = 0; times < 2; times++)
      expect(await ok<Order>(city.post(back, reason, agent))).toMatchObject({ state: "withdrawn" });
    expect((await city.post(back.replace("withdrawal", "assignment"), { to: "Crew 1" }, agent)).status).toBe(409);
    const made = await city.post("/v1/network/work-orders", asked, agent);
    expect(made.status).toBe(201);
    const order = (await made.json()) as Order;
    expect(order).toMatchObject({ state: "open", savingMinor: before[0]!.lossMinor });
    const again = await city.post("/v1/network/work-orders", asked, agent);
    expect([again.status, ((await again.json()) as Order).id]).toEqual([200, order.id]);
    expect((await ranking(city))[0]!.orderId).toBe(order.id);
    const at = `/v1/network/work-orders/${order.id}`;
    expect(await ok<Order>(city.post(`${at}/assignment`, { to: "Crew 2" }, agent))).toMatchObject({
      state: "assigned",
    });
    const finding = { what: "tampering", note: "A bypass of copper", crewDays: 0.5 };
    expect(await ok<Order>(city.post(`${at}/finding`, finding, agent))).toMatchObject({ state: "done", finding });
    expect((await city.post(`${at}/finding`, finding, agent)).status).toBe(200);
    for (const [path, body] of [
      ["finding", { what: "nothing" }],
      ["withdrawal", reason],
      ["assignment", { to: "Crew 3" }],
    ] as const)
      expect((await city.post(`${at}/${path}`, body, agent)).status).toBe(409);
    const balances = await analysed(city);
    expect(balances.get("A")!.suspects[0]).toMatchObject({ point: "A3", features: { tampered: 1 } });
    const after = await ranking(city);
    expect(after[0]!.chance).toBeGreaterThan(before[0]!.chance - 1e-9);
    expect(after[0]!.orderId).toBeUndefined();
    for (const body of [
      { ...asked, point: undefined },
      { ...asked, kind: "leak" },
      { ...asked, month: "2026-13" },
    ])
      expect((await city.post("/v1/network/work-orders", body, agent)).status).toBe(422);
    expect((await city.post("/v1/network/work-orders", { ...asked, point: "NONE" }, agent)).status).toBe(404);
  });

  test("tables as CSV; what is not there, not begun, not allowed or another city's is refused", async () => {
    const city = await lossyCity();
    await analysed(city);
    const tables = await city.get(`/v1/network/tables?table=balances&month=${MONTH}`, treasurer);
    const lines = (await tables.text()).trim().split("\r\n");
    expect(lines[0]).toContain("loss_money");
    expect(lines.map((line) => line.split(",")[0])).toEqual(["area", "A", "B", "TOWN"]);
    expect((await city.get("/v1/network/tables?table=people&month=2026-09", treasurer)).status).toBe(422);
    expect((await city.post("/v1/network/analyses", { month: "2199-01" }, agent)).status).toBe(422);
    expect((await city.get("/v1/network/analyses/2025-01", treasurer)).status).toBe(404);
    expect((await city.post("/v1/network/analyses", { month: MONTH }, treasurer)).status).toBe(403);
    await ok(city.post("/v1/network/work-orders", { kind: "leak", area: "B", month: MONTH }, agent));
    const { orders } = await ok<{ orders: Order[] }>(city.get("/v1/network/work-orders", treasurer));
    const past = `/v1/network/areas/B/history`;
    const { history } = await ok<{ history: Balance[] }>(city.get(past, treasurer));
    expect(history).toMatchObject([{ area: "B", on: "2026-09-30", lossQuantity: expect.any(Number) }]);
    const { rankings } = await ok<{ rankings: { on: string; interventions: Intervention[] }[] }>(
      city.get("/v1/network/rankings", treasurer),
    );
    expect(rankings.map(({ on }) => on)).toEqual(["2026-09-30"]);
    expect(rankings[0]!.interventions.map(({ kind }) => kind)).toContain("leak");
    const other = await newCity();
    expect(await ok(other.get("/v1/network/rankings", treasurer))).toEqual({ rankings: [] });
    for (const path of [
      past,
      `/v1/network/work-orders/${orders[0]!.id}`,
      `/v1/network/analyses/${MONTH}`,
      `/v1/network/areas/A/balances/${MONTH}`,
    ]) {
      expect((await other.get(path, agent)).status, path).toBe(404);
      expect((await city.get(path, { as: "resident" })).status, path).toBe(403);
    }
    expect((await other.post(`/v1/network/work-orders/${orders[0]!.id}/finding`, { what: "leak" }, agent)).status).toBe(
      404,
    );
    expect(await ok(other.get(`/v1/network/balances?month=${MONTH}`, agent))).toEqual({ balances: [] });
  });

  test("the pages: a month worked out, a crew sent by one click, a finding, an exchange, a file with its mistakes", async () => {
    const city = await lossyCity();
    const desk = await city.browser("agent");
    const text = async (answer: Response | Promise<Response>, status = 200) => {
      const got = await answer;
      const html = await got.text();
      expect(got.status, html.slice(0, 2_000)).toBe(status);
      return html;
    };
    const home = "/staff/network";
    expect(await text(desk.get(`${home}?month=${MONTH}`))).toContain("has not been worked out");
    await ok(city.put("/v1/network/areas/UNREAD", { level: "zone", kind: "water" }, agent));
    expect((await desk.submit(`${home}/analyses`, { month: MONTH }, home)).status).toBe(303);
    await soon(
      () => ok<{ state: string }>(city.get(`/v1/network/analyses/${MONTH}`, treasurer)),
      ({ state }) => state === "done",
    );
    const overview = await text(desk.get(`${home}?month=${MONTH}`));
    for (const said of ["<svg", "TOWN", "28.8 m³", "€57.60"]) expect(overview).toContain(said);
    expect(await text(desk.get(`${home}/areas/UNREAD?month=${MONTH}`))).toContain("No bulk meter was read");
    const zone = await text(desk.get(`${home}/areas/B?month=${MONTH}`));
    for (const said of ["Night flow", "<path", "IN-B", "Leak told"]) expect(zone).toContain(said);
    expect(await text(desk.get(`${home}/areas/A?month=${MONTH}`))).toContain("0.36 explains");
    const ranking = `${home}/interventions?month=${MONTH}`;
    expect(await text(desk.get(ranking))).toContain("Send a crew");
    const click = { kind: "theft", area: "A", point: "A3", month: MONTH };
    const sent = await desk.submit(`${home}/orders`, click, ranking);
    expect(sent.status).toBe(303);
    const at = new URL(sent.headers.get("location")!, city.url).pathname.replace(/^\/cities\/[^/]+/, "");
    expect(await text(desk.get(ranking))).toContain("On the way");
    expect((await desk.submit(`${at}/assignment`, { to: "Crew 1" }, at)).status).toBe(303);
    expect(await text(desk.submit(`${at}/finding`, { what: "tampering", crewDays: "much" }, at), 422)).toContain(
      "f-crewDays",
    );
    expect((await desk.submit(`${at}/finding`, { what: "tampering", crewDays: "0,5" }, at)).status).toBe(303);
    expect(await text(desk.get(`${home}/orders`))).toContain("tampered with");
    expect(await text(desk.get("/staff"))).toContain("/staff/network");

    await ok(city.post("/v1/meters", { serial: "A3-NEW", kind: "water", registerUnit: "L" }, agent));
    const point = `${home}/points/A3`;
    const swap = { at: "2026-10-02 09:30", meter: "A3-NEW", opening: "0", closing: "" };
    expect((await desk.submit(`${point}/changes`, swap, point)).status).toBe(303);
    expect(await text(desk.get(point))).toContain("A3-NEW");
    expect(await text(desk.submit(`${point}/changes`, { ...swap, at: "soon" }, point), 422)).toContain("f-at");
    expect(await text(desk.submit(`${point}/changes`, { account: "NOBODY" }, point), 422)).toContain("f-account");
    expect((await desk.submit(`${home}/points`, { code: "n-1", kind: "water" }, `${home}/points`)).status).toBe(303);
    expect(await text(desk.get(`${home}/points?area=A`))).toContain("A7");
    expect((await desk.submit(`${home}/areas`, { code: "C", level: "zone", kind: "water" }, home)).status).toBe(303);
    expect((await desk.submit(`${home}/areas/C/changes`, { within: "TOWN" }, `${home}/areas/C`)).status).toBe(303);
    expect(await text(desk.submit(`${home}/areas/C/changes`, { within: "C" }, `${home}/areas/C`), 422)).toContain(
      "f-within",
    );
    const allowance = { month: MONTH, quantity: "100", reason: "Flushing" };
    expect((await desk.submit(`${home}/areas/C/allowances`, allowance, `${home}/areas/C`)).status).toBe(303);
    const file = (lines: string) => ({ of: "points", file: new File([lines], "points.csv") });
    expect(await text(desk.submit(`${home}/imports`, file("code,kind\nP9,fire\n"), home), 422)).toContain("2: kind");
    expect(
      await text(desk.submit(`${home}/imports`, { ...file("code,kind\nP9,water\n"), preview: "true" }, home)),
    ).toContain("nothing was kept");
    const step = {
      area: "B",
      startedAt: "2026-09-20 01:00",
      steps: "V1 2026-09-20 02:00",
      endedAt: "2026-09-20 03:00",
    };
    expect((await desk.submit(`${home}/step-tests`, step, `${home}/step-tests`)).status).toBe(303);
    const [, id = ""] = /step-tests\/(stp_\w+)/.exec(await text(desk.get(`${home}/step-tests`))) ?? [];
    expect(await text(desk.get(`${home}/step-tests/${id}`))).toContain("<svg");
    expect(
      await text(desk.submit(`${home}/step-tests`, { ...step, steps: "V1" }, `${home}/step-tests`), 422),
    ).toContain("f-steps");
    for (const lang of ["fr", "ar"]) await text(desk.get(`${home}/areas/B?month=${MONTH}&lang=${lang}`));
    expect((await (await city.browser("treasurer")).submit(`${home}/analyses`, { month: MONTH }, home)).status).toBe(
      403,
    );
    expect((await (await city.browser("resident")).get(home)).status).toBe(403);
  });
});
