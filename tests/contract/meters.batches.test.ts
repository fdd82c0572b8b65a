import { describe, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";

const json = async (answer: Response) => (await answer.json()) as Record<string, unknown>;
const START_S = Date.parse("2026-11-02T00:00:00Z") / 1000;

async function keyOf(city: TestCity, name = "Head end"): Promise<{ token: string }> {
  const made = await city.post("/v1/keys", { name, scopes: ["meters.readings:write"] }, { as: "administrator" });
  expect(made.status, await made.clone().text()).toBe(201);
  return { token: String((await json(made))["secret"]) };
}
async function meter(city: TestCity, serial: string, kind = "electricity", registerUnit = "Wh"): Promise<string> {
  const made = await city.post("/v1/meters", { serial, kind, registerUnit }, { as: "agent" });
  expect(made.status, await made.clone().text()).toBe(201);
  return String((await json(made))["id"]);
}
const usage = async (city: TestCity, id: string, grain = "interval", more = "") =>
  (
    (await json(
      await city.get(`/v1/meters/${id}/readings?from=2026-11-01&to=2026-11-05&grain=${grain}${more}`, { as: "agent" }),
    )) as { readings: { quantity: number; at: string; quality?: string }[] }
  ).readings;

describe(`batches of readings, ${target.name}`, () => {
  // Guards against a reading that is acknowledged and cannot be read, and one that counts twice.
  test("a batch is readable once it is acknowledged, and sent twice it counts once with the same answer", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const [a, w] = [await meter(city, "E-1"), await meter(city, "W-1", "water", "m3")];
    const as = await keyOf(city);
    const body = {
      delivery: "2026-11-02T00:00/1",
      interval: 900,
      readings: [
        ["W-1", START_S, 0.125],
        ["E-1", START_S + 900, 70, "E52"],
        [a, START_S, 80],
        ["E-1", "2026-11-02T00:30:00Z", "90"],
      ],
    };
    body.delivery = "d-1";
    const first = await city.post("/v1/readings/batches", body, { as });
    expect(first.status, await first.clone().text()).toBe(201);
    const answer = await json(first);
    expect(answer).toMatchObject({ delivery: "d-1", readings: 4, refused: 0, aheadOfTime: 0, errors: [] });
    expect(await usage(city, a)).toMatchObject([
      { quantity: 80, quality: "A" },
      { quantity: 70, quality: "E52", isEstimated: true },
      { quantity: 90 },
    ]);
    expect(await usage(city, w)).toMatchObject([{ quantity: 125, at: "2026-11-02T00:00:00.000Z" }]);
    const again = await city.post("/v1/readings/batches", body, { as });
    expect(again.status).toBe(200);
    expect(await json(again)).toEqual(answer);
    expect(await json(await city.get("/v1/readings/batches/d-1", { as }))).toEqual(answer);
    expect(await usage(city, a, "day")).toMatchObject([{}, { quantity: 240 }, {}, {}]);
    const other = { ...body, readings: [["E-1", START_S, 81]] };
    expect((await city.post("/v1/readings/batches", other, { as })).status).toBe(409);
    expect(await usage(city, a)).toMatchObject([{ quantity: 80 }, {}, {}]);
    // Another key is another source: its ids are its own.
    const second = await keyOf(city, "Other head end");
    expect((await city.get("/v1/readings/batches/d-1", { as: second })).status).toBe(404);
    expect((await city.post("/v1/readings/batches", other, { as: second })).status).toBe(201);
  });

  test("registers are counted from one batch to the next, and from a file to a batch", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const id = await meter(city, "G-1", "gas", "m3");
    const as = await keyOf(city);
    for (const [delivery, at, value] of [
      ["1", START_S, 1_000.5],
      ["2", START_S + 86_400, 1_003.25],
    ] as const) {
      const answer = await city.post("/v1/readings/batches", { delivery, readings: [["g-1", at, value]] }, { as });
      expect(answer.status, await answer.clone().text()).toBe(201);
    }
    expect(await usage(city, id, "day")).toMatchObject([{}, { quantity: 2_750, coverage: 1 }, {}, {}]);
  });

  // Guards against a bad line that takes the good ones with it unasked, or slips in among them.
  test("mistakes are told by line; a partial delivery keeps the rest", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const id = await meter(city, "E-1");
    await meter(city, "W-1", "water", "m3");
    const as = await keyOf(city);
    const readings = [
      ["E-1", START_S, 5],
      ["nobody", START_S, 5],
      ["W-1", START_S, 5],
      ["E-1", START_S + 900, 1e300],
      ["E-1", START_S + 900, "five"],
      ["E-1", "yesterday", 5],
      ["E-1", START_S, 6],
      ["E-1", START_S + 900, 5, "B"],
      ["E-1", START_S + 900, 0.00000001],
      "E-1",
      ["E-1", START_S + 900, 7],
    ];
    const body = { delivery: "d-1", interval: 900, unit: "Wh", readings };
    const refused = await city.post("/v1/readings/batches", body, { as });
    expect(refused.status).toBe(422);
    const lines = ((await json(refused))["errors"] as { pointer: string }[]).map(({ pointer }) => pointer).sort();
    expect(lines).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map((line) => `#/readings/${line}`));
    expect(await usage(city, id)).toEqual([]);
    const kept = await city.post("/v1/readings/batches", { ...body, partial: true }, { as });
    expect(kept.status, await kept.clone().text()).toBe(201);
    expect(await json(kept)).toMatchObject({ readings: 2, refused: 9 });
    expect(await usage(city, id)).toMatchObject([{ quantity: 5 }, { quantity: 7 }]);
  });

  // Guards against a short form of a delivery that means something else than its readings one by one.
  test("a table of intervals and meters is its readings, each cell checked", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const [b, a] = [await meter(city, "E-2"), await meter(city, "E-1")];
    await meter(city, "W-1", "water", "m3");
    const as = await keyOf(city);
    const body = {
      delivery: "t-1",
      interval: 900,
      unit: "kWh",
      start: "2026-11-02T00:00:00Z",
      meters: ["E-1", "E-2"],
      values: [
        [0.125, 1],
        [null, 2.5],
        [0.5, "3"],
      ],
    };
    const first = await city.post("/v1/readings/batches", body, { as });
    expect(first.status, await first.clone().text()).toBe(201);
    expect(await json(first)).toMatchObject({ readings: 5, refused: 0 });
    expect(await usage(city, a)).toMatchObject([
      { at: "2026-11-02T00:00:00.000Z", quantity: 125 },
      { at: "2026-11-02T00:30:00.000Z", quantity: 500 },
    ]);
    expect(await usage(city, b)).toMatchObject([{ quantity: 1_000 }, { quantity: 2_500 }, { quantity: 3_000 }]);
    expect((await city.post("/v1/readings/batches", body, { as })).status).toBe(200);
    // Numbers alone go a shorter way, of the same meters in another order.
    const plain = { ...body, delivery: "t-2", madeAt: "2026-11-03T00:00:00Z", start: START_S, meters: ["E-2", a] };
    expect((await city.post("/v1/readings/batches", { ...plain, values: [[7, 0.001]] }, { as })).status).toBe(201);
    expect((await usage(city, a))[0]).toMatchObject({ quantity: 1 });
    expect((await usage(city, b))[0]).toMatchObject({ quantity: 7_000 });

    const refused = await city.post(
      "/v1/readings/batches",
      {
        ...body,
        delivery: "t-3",
        meters: ["E-1", "nobody", "W-1"],
        values: [
          [1, 1, null],
          ["x", null, 1],
        ],
      },
      { as },
    );
    expect(refused.status).toBe(422);
    expect(((await json(refused))["errors"] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      "#/values/0/1",
      "#/values/1/0",
      "#/values/1/2",
    ]);
    const twice = { ...body, delivery: "t-4", meters: ["E-1", "E-1"], values: [[1, 2]] };
    expect((await city.post("/v1/readings/batches", twice, { as })).status).toBe(422);
  });

  test.each([
    ["a table and readings", { readings: [["E-1", START_S, 5]] }],
    ["a table of no intervals", { interval: undefined }],
    ["a table that begins nowhere", { start: undefined }],
    ["a table that begins before time", { start: -900 }],
    ["a table without meters", { meters: [] }],
    ["a table with a short line", { values: [[5, 6], [5]] }],
    ["a table of nothing", { values: [[null, null]] }],
    ["a table of texts in one text", { values: "5,6" }],
    ["a table that is too large", { values: Array(2_501).fill([5, 6]) }],
  ])("%s is refused", async (_, wrong) => {
    const city = await newCity();
    const table = { delivery: "d", interval: 900, start: START_S, meters: ["E-1", "E-2"], values: [[5, 6]] };
    const answer = await city.post("/v1/readings/batches", { ...table, ...wrong }, { as: "agent" });
    expect(answer.status, await answer.clone().text()).toBe(422);
  });

  test.each([
    ["no JSON", "{", 400],
    ["a list", [], 422],
    ["no delivery", { readings: [["E-1", START_S, 5]] }, 422],
    ["no reading", { delivery: "d", readings: [] }, 422],
    ["too many", { delivery: "d", readings: Array(5001).fill(["E-1", START_S, 5]) }, 422],
    ["an unknown field", { delivery: "d", readings: [["E-1", START_S, 5]], extra: 1 }, 422],
    ["an interval of a week", { delivery: "d", interval: 604_800, readings: [["E-1", START_S, 5]] }, 422],
    ["an unknown unit", { delivery: "d", unit: "gallons", readings: [["E-1", START_S, 5]] }, 422],
    ["nothing good in a partial one", { delivery: "d", partial: true, readings: [["x", START_S, 5]] }, 422],
  ])("%s is refused", async (_, body, status) => {
    const city = await newCity();
    const answer = await city.post("/v1/readings/batches", body, { as: "agent" });
    expect(answer.status, await answer.clone().text()).toBe(status);
  });

  // Guards against readings that are lost because a clock is wrong.
  test("a clock that is ahead is told, and its reading is kept", async () => {
    const city = await newCity({ timeZone: "UTC" });
    await meter(city, "E-1");
    const nowS = Math.floor(Date.now() / 1000);
    const readings = [
      ["E-1", nowS - 900, 1],
      ["E-1", nowS + 300, 2],
      ["E-1", nowS + 1300, 3],
    ];
    const answer = await city.post("/v1/readings/batches", { delivery: "d", interval: 900, readings }, { as: "agent" });
    expect(await json(answer)).toMatchObject({ readings: 3, aheadOfTime: 1 });
  });

  // Guards against a source that floods: it is slowed, and others are not.
  test("a source that sends what cannot be taken is told to wait; another is not, nor another city", async () => {
    const city = await newCity({ timeZone: "UTC" });
    await meter(city, "E-1");
    const [bad, good] = [await keyOf(city, "bad"), await keyOf(city, "good")];
    const empty = () => city.post("/v1/readings/batches", { delivery: "", readings: [] }, { as: bad });
    // One after the other: each process counts by itself, and many at once would be many processes.
    let answer = await empty();
    for (let sent = 1; sent < 200 && answer.status === 422; sent++) answer = await empty();
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    const body = { delivery: "d", interval: 900, readings: [["E-1", START_S, 5]] };
    expect((await city.post("/v1/readings/batches", body, { as: good })).status).toBe(201);
  });

  test("another city's meter is unknown, and a resident delivers nothing", async () => {
    const [city, other] = [await newCity(), await newCity()];
    const id = await meter(city, "E-1");
    const body = { delivery: "d", interval: 900, readings: [[id, START_S, 5]] };
    expect((await other.post("/v1/readings/batches", body, { as: "agent" })).status).toBe(422);
    expect((await city.post("/v1/readings/batches", body, { as: await keyOf(other) })).status).toBe(401);
    expect((await city.post("/v1/readings/batches", body, { as: "resident" })).status).toBe(403);
    expect((await city.post("/v1/readings/batches", body)).status).toBe(401);
  });
});
