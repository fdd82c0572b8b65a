import { describe, expect, test } from "vitest";
import { ok, WATER } from "../billed.ts";
import { newCity, type TestCity, target } from "../city.ts";

const agent = { as: "agent" as const };
const treasurer = { as: "treasurer" as const };
const csv = (lines: string[]) => `${lines.join("\n")}\n`;

interface PointAnswer {
  code: string;
  meters: { serial: string; from: string; to?: string; opening?: string; closing?: string }[];
  accounts: { accountId: string; from: string; to?: string }[];
  areas: { area: string; from: string; to?: string }[];
}
interface Bill {
  id: string;
  accountId: string;
  quantity: number;
  totalMinor: number;
  point?: string;
  meters?: { serial: string; quantity: number; opening?: string; closing?: string }[];
}

const water = (city: TestCity, serial: string, registerUnit = "m3") =>
  ok<{ id: string }>(city.post("/v1/meters", { serial, kind: "water", registerUnit }, agent));
const account = (city: TestCity, number: string) =>
  ok<{ id: string }>(
    city.post("/v1/accounts", { number, name: number, contact: `${number.toLowerCase()}@${city.slug}.example` }, agent),
  );
const put = (city: TestCity, path: string, body: object) => city.put(`/v1/network/${path}`, body, agent);
const change = (city: TestCity, path: string, body: object) => city.post(`/v1/network/${path}/changes`, body, agent);
const problem = async (answer: Response, status = 422) => {
  expect(answer.status, await answer.clone().text()).toBe(status);
  return (await answer.json()) as { detail: string; errors?: { pointer: string; detail: string }[] };
};
/** What the dial of a meter showed at each time, in m³. */
const read = (city: TestCity, serial: string, registers: [string, string][]) =>
  ok(
    city.upload(
      "/v1/readings",
      `${serial}.csv`,
      csv(["meter,time,register", ...registers.map(([at, value]) => `${serial},${at},${value}`)]),
      agent,
    ),
  );
const bills = async (city: TestCity, month: string) => {
  await ok(city.post("/v1/bill-runs", { month, kind: "water", includeIncomplete: true }, treasurer));
  return (await ok<{ bills: Bill[] }>(city.get(`/v1/bills?month=${month}`, treasurer))).bills;
};

describe(`the network, ${target.name}`, () => {
  // Guards against a resident who pays twice for the month of an exchange, or not at all for half of it.
  test("a meter swapped in mid-month is one bill: the old one's last register, the new one's first", async () => {
    const city = await newCity({ timeZone: "Europe/Paris" });
    const { id: accountId } = await account(city, "C-1");
    for (const serial of ["OLD", "NEW"]) await water(city, serial);
    await ok(put(city, "points/p-1", { kind: "water", place: "1 rue du Port" }));
    await ok(change(city, "points/P-1", { meter: "OLD", accountId }));
    // Read at the turn of the months alone; the dial of the old one stood at 117.5 when it was taken away.
    await read(city, "OLD", [["2026-08-31T22:00Z", "100"]]);
    await read(city, "NEW", [["2026-09-30T22:00Z", "12.25"]]);
    const swap = { at: "2026-09-16T10:00:00+02:00", meter: "NEW", closing: "117.5", opening: "2" };
    const point = await ok<PointAnswer>(change(city, "points/P-1", swap));
    expect(point.meters).toMatchObject([
      { serial: "OLD", from: "1970-01-01T00:00:00.000Z", to: "2026-09-16T08:00:00.000Z", closing: "117.5" },
      { serial: "NEW", from: "2026-09-16T08:00:00.000Z", opening: "2" },
    ]);
    // Told twice, it is one exchange.
    expect(await ok<PointAnswer>(change(city, "points/P-1", swap))).toEqual(point);

    await ok(city.post("/v1/tariffs", { tariff: { ...WATER, currency: "EUR" } }, treasurer));
    const [bill, ...more] = await bills(city, "2026-09");
    expect(more).toEqual([]);
    // 10 m³ at 0.50 and 17.75 at 1.2345 and 3.00 fixed, with 5.5 % VAT: the bands are the home's, not each meter's.
    expect(bill).toMatchObject({
      accountId,
      point: "P-1",
      quantity: 27_750,
      estimatedShare: 0,
      meters: [
        { serial: "OLD", quantity: 17_500, closing: "117.5" },
        { serial: "NEW", quantity: 10_250, opening: "2" },
      ],
      totalMinor: Math.round((10 * 50 + 17.75 * 123.45 + 300) * 1.055),
    });
    expect(await bills(city, "2026-09")).toHaveLength(1);
    const page = await (await city.browser({ contact: `c-1@${city.slug}.example` })).get(`/bills/${bill!.id}`);
    const html = await page.text();
    for (const said of ["OLD", "NEW", "117.5"]) expect(html).toContain(said);
    // Whoever sees the account sees the new meter too, with what it counted since it was set.
    const meter = (await ok<{ meters: { id: string }[] }>(city.get("/v1/meters?number=NEW", agent))).meters[0]!;
    const mine = { as: { token: await city.signIn(`c-1@${city.slug}.example`) } };
    const seen = await ok<{ readings: { at: string; quantity: number }[] }>(
      city.get(`/v1/meters/${meter.id}/readings?from=2026-09-01&to=2026-10-01&grain=month`, mine),
    );
    expect(seen.readings).toMatchObject([{ at: "2026-09", quantity: 10_250 }]);
  });

  test("who moves out in mid-month pays until then, and a meter that stands nowhere is not billed", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const [one, two] = [await account(city, "C-1"), await account(city, "C-2")];
    await water(city, "M");
    await ok(put(city, "points/P", { kind: "water" }));
    await ok(change(city, "points/P", { meter: "M", accountId: one.id }));
    await ok(change(city, "points/P", { at: "2026-09-11T00:00:00Z", accountId: two.id }));
    await read(city, "M", [
      ["2026-09-01T00:00Z", "0"],
      ["2026-09-11T00:00Z", "10"],
      ["2026-10-01T00:00Z", "16"],
      ["2026-11-01T00:00Z", "20"],
    ]);
    // Who moved out sees it no more; whose it is sees what it counted since.
    const { meters } = await ok<{ meters: { id: string; accountId?: string; accountFrom?: string }[] }>(
      city.get("/v1/meters?number=M", agent),
    );
    expect(meters).toMatchObject([{ accountId: two.id, accountFrom: "2026-09-11T00:00:00.000Z" }]);
    await ok(change(city, "points/P", { at: "2026-10-01T00:00:00Z", meter: null, closing: "16" }));
    await ok(put(city, "points/Q", { kind: "water" }));
    await ok(change(city, "points/Q", { at: "2026-10-01T00:00:00Z", meter: "M", opening: "16" }));
    expect(await ok(city.get(`/v1/meters/${meters[0]!.id}`, agent))).not.toHaveProperty("accountId");
    await ok(city.post("/v1/tariffs", { tariff: { ...WATER, currency: "EUR" } }, treasurer));
    const found = await bills(city, "2026-09");
    expect(found.map(({ accountId, quantity }) => [accountId, quantity]).sort()).toEqual(
      [
        [one.id, 10_000],
        [two.id, 6_000],
      ].sort(),
    );
    expect(await bills(city, "2026-10")).toEqual([]);
  });

  // Guards against a file without instants that opens the years of a previous home to the present one.
  test("who is served ever since, as far as is said, does not see what the meter counted for somebody else", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const [one, two] = [await account(city, "C-1"), await account(city, "C-2")];
    for (const [serial, more] of [
      ["OLD", { accountId: one.id }],
      ["NEW", {}],
    ] as const) {
      await ok(city.post("/v1/meters", { serial, kind: "water", registerUnit: "m3", ...more }, agent));
      await ok(put(city, `points/${serial}`, { kind: "water" }));
      await ok(change(city, `points/${serial}`, { meter: serial, accountId: two.id }));
    }
    type Tied = { accountId: string; accountFrom?: string };
    const tied = async (serial: string) =>
      (await ok<{ meters: Tied[] }>(city.get(`/v1/meters?number=${serial}`, agent))).meters[0]!;
    expect(await tied("OLD")).toMatchObject({ accountId: two.id, accountFrom: expect.stringMatching(/^20/) });
    // Nobody had it before: all that it counted is theirs.
    expect(await tied("NEW")).toMatchObject({ accountId: two.id });
    expect(await tied("NEW")).not.toHaveProperty("accountFrom");
  });

  // Guards against a city that draws its network and thereby stops billing.
  test("where nobody said whose a point is, its meter is billed to whom it is tied; and no month twice", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const { id: accountId } = await account(city, "C-1");
    await ok(city.post("/v1/meters", { serial: "M", kind: "water", registerUnit: "m3", accountId }, agent));
    await read(city, "M", [
      ["2026-08-01T00:00Z", "0"],
      ["2026-09-01T00:00Z", "5"],
      ["2026-10-01T00:00Z", "9"],
    ]);
    await ok(city.post("/v1/tariffs", { tariff: { ...WATER, currency: "EUR" } }, treasurer));
    await ok(put(city, "points/P", { kind: "water" }));
    await ok(change(city, "points/P", { meter: "M" }));
    expect((await bills(city, "2026-08")).map(({ quantity, point }) => [quantity, point])).toEqual([
      [5_000, undefined],
    ]);
    await ok(change(city, "points/P", { accountId }));
    expect(await bills(city, "2026-08")).toHaveLength(1);
    expect((await bills(city, "2026-09")).map(({ quantity, point }) => [quantity, point])).toEqual([[4_000, "P"]]);
  });

  test("the graph: zones of zones, feeders and transformers, and what contradicts it", async () => {
    const city = await newCity();
    await ok(put(city, "areas/north", { level: "zone", kind: "water", name: "North" }));
    await ok(put(city, "areas/DMA-1", { level: "zone", kind: "water" }));
    await ok(put(city, "areas/F1", { level: "feeder", kind: "electricity" }));
    await ok(put(city, "areas/T1", { level: "transformer", kind: "electricity" }));
    await ok(change(city, "areas/DMA-1", { within: "NORTH" }));
    await ok(change(city, "areas/T1", { within: "F1" }));
    await water(city, "BULK");
    await ok(change(city, "areas/DMA-1", { at: "2026-01-01T00:00:00Z", input: { meter: "BULK" } }));
    expect(await ok(city.get("/v1/network/areas/DMA-1", agent))).toMatchObject({
      within: [{ area: "NORTH" }],
      inputs: [{ serial: "BULK", direction: "in", from: "2026-01-01T00:00:00.000Z" }],
    });
    const refused: [object, string, string][] = [
      [{ within: "DMA-1" }, "areas/NORTH", "itself a part of NORTH"],
      [{ within: "F1" }, "areas/NORTH", "electricity"],
      [{ within: "T1" }, "areas/F1", "no part of a transformer"],
      [{ within: "NONE" }, "areas/F1", "no such area"],
      [{ input: { meter: "BULK" } }, "areas/F1", "counts water"],
      [{ input: { meter: "NOBODY" } }, "areas/NORTH", "No meter"],
    ];
    for (const [body, path, said] of refused)
      expect((await problem(await change(city, path, body))).errors?.[0]?.detail, said).toContain(said);
    await problem(await put(city, "areas/NORTH", { level: "feeder", kind: "water" }), 409);
    await problem(await put(city, "areas/X", { level: "street", kind: "water" }));
    await problem(await put(city, "areas/a%20b", { level: "zone", kind: "water" }));

    await water(city, "M1");
    for (const code of ["P1", "P2"]) await ok(put(city, `points/${code}`, { kind: "water" }));
    await ok(change(city, "points/P1", { at: "2026-05-01T00:00:00Z", meter: "M1", area: "DMA-1" }));
    expect(
      (await problem(await change(city, "points/P2", { meter: "M1", at: "2026-06-01T00:00:00Z" }), 409)).detail,
    ).toContain("stands at P1");
    expect(
      (await problem(await change(city, "points/P1", { meter: null, at: "2026-04-01T00:00:00Z" }), 409)).detail,
    ).toContain("in order");
    await problem(await change(city, "points/P1", { opening: "5" }));
    await problem(await change(city, "points/P1", { accountId: city.id("acc") }));
    await problem(await change(city, "points/P1", { area: "F1", at: "2026-06-01T00:00:00Z" }));
    const fed = await ok<{ points: PointAnswer[] }>(city.get("/v1/network/points?area=dma-1", agent));
    expect(fed.points.map(({ code }) => code)).toEqual(["P1"]);
  });

  // Guards against a change that is kept and then read by nobody, so that the whole network answers 500, and against one
  // that is kept although the register that came with it is refused.
  test("an instant that no reading can have is refused, alone and in a file", async () => {
    const city = await newCity();
    await ok(put(city, "points/P1", { kind: "water" }));
    await ok(put(city, "areas/Z1", { level: "zone", kind: "water" }));
    await ok(put(city, "areas/Z2", { level: "zone", kind: "water" }));
    for (const at of ["9999-12-31T23:59:59-23:00", "0000-01-01T00:00:00+23:00", "1955-01-01T00:00:00Z"]) {
      expect((await problem(await change(city, "points/P1", { at, area: "Z1" }))).errors?.[0]?.pointer).toBe("#/at");
      const file = csv(["code,within,to", `Z2,Z1,${at}`]);
      const { errors } = await problem(await city.upload("/v1/network/imports?of=areas", "a.csv", file, agent));
      expect(errors?.[0]?.pointer).toBe("#/line/2");
    }
    const { points } = await ok<{ points: PointAnswer[] }>(city.get("/v1/network/points", agent));
    expect(points.map(({ areas }) => areas)).toEqual([[]]);
  });

  // Guards against one city's file that keeps the house from answering anybody for minutes.
  test("a file of areas without end, or one within the other without end, is refused in time", async () => {
    const city = await newCity();
    const lines = (count: number, within: (i: number) => string) =>
      csv([
        "code,level,kind,within",
        ...Array.from({ length: count }, (_, i) => `A${10_000 + i},zone,water,${within(i)}`),
      ]);
    const upload = (file: string) => city.upload("/v1/network/imports?of=areas&preview=true", "a.csv", file, agent);
    const many = await problem(await upload(lines(20_000 - 1, () => "-")));
    expect(many.errors?.[0]).toEqual({ pointer: "#/line/5002", detail: "A network has at most 5000 areas." });
    const deep = await problem(await upload(lines(3_000, (i) => (i === 0 ? "-" : `A${9_999 + i}`))));
    expect(deep.errors?.[0]?.detail).toContain("lies within more than 100 areas");
    await ok(upload(lines(3_000, (i) => (i === 0 ? "-" : "A10000"))));
  });

  // Guards against half a network: the file is kept whole or not at all.
  test("files of areas and points: refused by line, tried without keeping, kept once", async () => {
    const city = await newCity({ timeZone: "UTC" });
    await account(city, "C-1");
    for (const serial of ["B", "M1", "M2"]) await water(city, serial);
    const send = (of: string, lines: string[], more = "") =>
      city.upload(`/v1/network/imports?of=${of}${more}`, "network.csv", csv(lines), agent);
    const areas = ["code;level;kind;within;meter;from", "DMA-1;zone;water;NORTH;B;2026-01-01", "NORTH;zone;water;;;"];
    expect(await ok(send("areas", areas, "&preview=true"))).toMatchObject({ lines: 2, changed: 3, isPreview: true });
    expect((await ok<{ areas: object[] }>(city.get("/v1/network/areas", agent))).areas).toEqual([]);
    expect(await ok(send("areas", areas))).toMatchObject({ changed: 3, isPreview: false });
    expect(await ok(send("areas", areas))).toMatchObject({ changed: 0, unchanged: 2 });

    const head = "code,kind,class,place,area,account,meter,opening,closing,from,to";
    const bad = await problem(
      await send("points", [
        head,
        "P1,water,residential,1 Street,DMA-1,C-1,M1,,,2026-01-01,",
        "P2,water,castle,,DMA-1,,,,,,",
        "P3,water,,,DMA-9,,,,,,",
        "P4,water,,,DMA-1,C-9,,,,,",
        "P5,water,,,DMA-1,,M9,,,,",
        "P6,water,,,DMA-1,,M1,,,2026-02-01,",
        "P7,water,,,DMA-1,,,,,1 May,",
        ",water,,,,,,,,,",
      ]),
    );
    expect(bad.errors?.map(({ pointer }) => pointer)).toEqual([3, 4, 5, 6, 7, 8, 9].map((line) => `#/line/${line}`));
    expect((await ok<{ points: object[] }>(city.get("/v1/network/points", agent))).points).toEqual([]);
    for (const lines of [["code,colour", "P1,red"], ["kind", "water"], ["code,kind"], []])
      await problem(await send("points", lines));

    const good = [
      head,
      // Later lines of a point may stand before earlier ones.
      "P1,,,,,,M2,0,150.5,2026-03-10,",
      "P1,water,residential,1 Street,DMA-1,C-1,M1,100,,2026-01-01,",
      "P2,water,commercial,2 Street,DMA-1,,M1,151,,2026-04-01,2026-05-01",
    ];
    expect(await ok(send("points", good))).toMatchObject({ lines: 3 });
    const point = await ok<PointAnswer>(city.get("/v1/network/points/P1", agent));
    expect(point.meters.map(({ serial, from, to }) => [serial, from.slice(0, 10), to?.slice(0, 10)])).toEqual([
      ["M1", "2026-01-01", "2026-03-10"],
      ["M2", "2026-03-10", undefined],
    ]);
    expect(await ok(send("points", good))).toMatchObject({ changed: 0 });
    expect(await ok(city.get("/v1/network/points/P1", agent))).toEqual(point);
    // What the file said of dials are readings now.
    const { meters } = await ok<{ meters: { id: string }[] }>(city.get("/v1/meters?number=M1", agent));
    const months = await ok<{ readings: { quantity: number }[] }>(
      city.get(`/v1/meters/${meters[0]!.id}/readings?from=2026-01-01&to=2026-03-01&grain=month`, agent),
    );
    expect(months.readings.reduce((sum, { quantity }) => sum + quantity, 0)).toBeGreaterThan(40_000);
  });

  // Guards against a zone's day that has a meter twice, a neighbour's, or one that had gone.
  test("what an area's meters counted on each day, whoever stood there", async () => {
    const city = await newCity({ timeZone: "Europe/Paris", languages: ["en", "fr", "ar"] });
    const meters = ["U1", "U2", "U3", "U4"];
    for (const serial of meters) await ok(city.post("/v1/meters", { serial, kind: "water", registerUnit: "L" }, agent));
    const { secret } = await ok<{ secret: string }>(
      city.post("/v1/keys", { name: "Head end", scopes: ["meters.readings:write"] }, { as: "administrator" }),
    );
    // A day of 23 hours between two whole ones; U4 came in a file.
    const startMs = Date.parse("2026-03-27T23:00:00Z");
    const hours = Array.from({ length: 71 }, (_, i) => startMs / 1000 + i * 3_600);
    const batch = {
      delivery: "d1",
      interval: 3_600,
      readings: ["U1", "U2", "U3"].flatMap((m) => hours.map((at) => [m, at, 10])),
    };
    const sent = await city.post("/v1/readings/batches", batch, { as: { token: secret } });
    expect(sent.status, await sent.clone().text()).toBe(201);
    const lines = hours.map((at) => `U4,${new Date(at * 1000).toISOString()},2`);
    await ok(city.upload("/v1/readings", "w.csv", `meter,time,value\n${lines.join("\n")}\n`, agent));
    await ok(put(city, "areas/Z", { level: "zone", kind: "water" }));
    await ok(put(city, "areas/Z1", { level: "zone", kind: "water" }));
    await ok(put(city, "areas/Y", { level: "zone", kind: "water" }));
    await ok(change(city, "areas/Z1", { within: "Z" }));
    for (const [code, area, meter] of [
      ["P1", "Z", "U1"],
      ["P2", "Z1", "U2"],
      ["P3", "Y", "U3"],
      ["P4", "Z", "U4"],
    ]) {
      await ok(put(city, `points/${code}`, { kind: "water" }));
      await ok(change(city, `points/${code}`, { area, meter }));
    }
    const use = "/v1/network/areas/Z/use";
    interface Use {
      days: { day: string; quantity: number; meters: number; read: number; coverage: number }[];
    }
    const asked = async () =>
      (await ok<Use>(city.get(`${use}?from=2026-03-28&to=2026-03-31`, agent))).days.map(
        ({ quantity, meters, read, coverage }) => [quantity, meters, read, coverage],
      );
    expect(await asked()).toEqual([
      [24 * 22, 3, 3, 1],
      [23 * 22, 3, 3, 1],
      [24 * 22, 3, 3, 1],
      [0, 3, 0, 0],
    ]);
    // U2 leaves in the middle of a day, and what was remembered of the network does not count any more.
    await ok(change(city, "points/P2", { at: "2026-03-28T12:00:00Z", meter: null }));
    expect(await asked()).toEqual([
      [24 * 12 + 130, 3, 3, 1],
      [23 * 12, 2, 2, 1],
      [24 * 12, 2, 2, 1],
      [0, 2, 0, 0],
    ]);
    for (const query of [
      "",
      "?from=2026-02-30",
      "?from=2026-03-28&to=2026-03-27",
      "?from=2026-03-01&to=2026-04-01",
      "?from=1969-01-01",
    ])
      expect((await city.get(`${use}${query}`, agent)).status, query).toBe(422);
    expect((await city.get("/v1/network/areas/NONE/use?from=2026-03-28", agent)).status).toBe(404);
    const desk = await city.browser("agent");
    for (const lang of ["en", "fr", "ar"]) {
      const page = await desk.get(`/staff/network/areas/Z/use?month=2026-03&lang=${lang}`);
      expect(page.status).toBe(200);
      expect(await page.text()).toContain("<svg");
    }
  });

  test("another city's network is absent, and whoever has no role for it is refused", async () => {
    const [city, other] = [await newCity(), await newCity()];
    await ok(put(city, "areas/A", { level: "zone", kind: "water" }));
    await ok(put(city, "points/P", { kind: "water" }));
    for (const area of ["A", "A0"])
      expect((await other.get(`/v1/network/areas/${area}/use?from=2026-03-28`, agent)).status).toBe(404);
    expect((await city.get("/v1/network/areas/A/use?from=2026-03-28", { as: "resident" })).status).toBe(403);
    for (const path of ["areas/A", "points/P"]) {
      const [theirs, missing] = await Promise.all(
        [path, `${path}0`].map((one) => other.get(`/v1/network/${one}`, agent)),
      );
      expect([theirs!.status, missing!.status]).toEqual([404, 404]);
      expect((await change(other, path, {})).status).toBe(404);
      expect((await city.get(`/v1/network/${path}`, { as: "resident" })).status).toBe(403);
      expect((await city.get(`/v1/network/${path}`, { as: "nobody" })).status).toBe(401);
      expect((await city.post(`/v1/network/${path}/changes`, {}, treasurer)).status).toBe(403);
    }
    expect(await ok(other.get("/v1/network/areas", agent))).toEqual({ areas: [] });
    expect((await ok<{ points: object[] }>(other.get("/v1/network/points", agent))).points).toEqual([]);
  });
});
