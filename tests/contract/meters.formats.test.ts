import { describe, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";

type Json = Record<string, unknown>;
const json = async (answer: Response) => (await answer.json()) as Json;

const QUARTERS = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0";
const cim = (value: string) => `<?xml version="1.0"?>
<MeterReadings xmlns="http://iec.ch/TC57/2011/MeterReadings#"><MeterReading>
<Meter><Names><name>E-2001</name></Names></Meter><IntervalBlocks>
<IntervalReadings><timeStamp>2026-01-01T00:15:00Z</timeStamp><value>100</value></IntervalReadings>
<IntervalReadings><timeStamp>2026-01-01T00:30:00Z</timeStamp><value>${value}</value></IntervalReadings>
<ReadingType ref="${QUARTERS}"/></IntervalBlocks></MeterReading></MeterReadings>`;

async function load(city: TestCity, body: string, type: string, query = "register=true"): Promise<Json> {
  const answer = await city.post(`/v1/readings?${query}`, new TextEncoder().encode(body), {
    as: "agent",
    headers: { "Content-Type": type },
  });
  expect(answer.status, await answer.clone().text()).toBe(201);
  return json(answer);
}
const meterOf = (kept: Json) => (kept["meters"] as { meterId: string }[])[0]!.meterId;
const daysOf = async (city: TestCity, meterId: string) =>
  (await json(await city.get(`/v1/meters/${meterId}/readings?from=2026-01-01&to=2026-01-03`, { as: "agent" })))[
    "readings"
  ];

describe(`formats of meters, ${target.name}`, () => {
  test("IEC 61968-9 is known by its contents, and refused by the path of an element", async () => {
    const city = await newCity();
    const refused = await city.post("/v1/readings?register=true", new TextEncoder().encode(cim("many")), {
      as: "agent",
      headers: { "Content-Type": "application/xml" },
    });
    expect(refused.status).toBe(422);
    expect(await json(refused)).toMatchObject({
      errors: [{ pointer: "#/MeterReadings/MeterReading/0/IntervalBlocks/0/IntervalReadings/1/value" }],
    });
    expect(await json(await city.get("/v1/meters", { as: "agent" }))).toEqual({ meters: [] });
    const kept = await load(city, cim("50"), "application/xml");
    expect(kept).toMatchObject({
      format: "cim-xml",
      readings: 2,
      meters: [{ serial: "E-2001", channels: ["main"], codes: [QUARTERS] }],
    });
    expect(await json(await city.get(`/v1/deliveries/${String(kept["id"])}`, { as: "agent" }))).toEqual(kept);
    const clerk = await city.browser("agent");
    const page = await clerk.submit(
      "/staff/meters/uploads",
      { file: new File([cim("many")], "x.xml"), register: "true" },
      "/staff/meters",
    );
    expect(page.status).toBe(422);
    expect(await page.text()).toContain("/MeterReadings/MeterReading/0/IntervalBlocks/0/IntervalReadings/1/value");
  });

  // Guards against a source whose files somebody has to retype.
  // Guards against a city whose clerks cannot take a source's files without somebody who calls an API.
  test("a clerk makes a mapping on a page, is told in French what is missing, changes it and removes it", async () => {
    const city = await newCity({ languages: ["fr", "ar", "en"] });
    const at = "/staff/meters/mappings";
    const clerk = await city.browser("agent");
    expect(await (await clerk.get("/staff/meters")).text()).toContain(at);
    const typed = { name: "nord", c_meter: "Zähler", c_start: "von", unit: "kWh", qualities: "gut  a\n" };
    const refused = await clerk.submit(at, typed, at);
    const said = await refused.text();
    expect(refused.status).toBe(422);
    for (const text of ["f-c_value", "Nommez la colonne des quantités", 'value="Zähler"']) expect(said).toContain(text);
    const wrongs: Record<string, string>[] = [
      { name: "Nord 1" },
      { qualities: "gut" },
      { timeZone: "Mars" },
      { c_start: "" },
    ];
    for (const wrong of wrongs)
      expect((await clerk.submit(at, { ...typed, c_value: "Menge", ...wrong }, at)).status).toBe(422);
    expect((await clerk.submit(at, { ...typed, c_value: "Menge" }, at)).status).toBe(303);
    expect(await json(await city.get("/v1/readings/mappings/nord", { as: "agent" }))).toEqual({
      ...{ columns: { meter: "Zähler", start: "von", value: "Menge" }, unit: "kWh", qualities: { gut: "A" } },
    });
    expect(await (await clerk.get(`${at}?name=nord`)).text()).toContain("gut A");
    expect((await clerk.submit(`${at}/nord/removal`, {}, at)).status).toBe(303);
    expect(await json(await city.get("/v1/readings/mappings", { as: "agent" }))).toEqual({ mappings: [] });
    expect((await (await city.browser("resident")).get(at)).status).toBe(403);
  });

  test("a mapping is kept under a name, read by, changed and removed", async () => {
    const [city, other] = [await newCity({ timeZone: "Africa/Nairobi" }), await newCity()];
    const mapping = { columns: { meter: "Zaehler", start: "von", value: "Menge" }, unit: "kWh", timeZone: "UTC" };
    const path = "/v1/readings/mappings/stadtwerk";
    expect((await city.put(path, mapping, { as: "treasurer" })).status).toBe(403);
    expect((await city.put(path, mapping)).status).toBe(401);
    for (const wrong of [
      { columns: {} },
      { columns: { value: "x" } },
      { ...mapping, unit: "" },
      { ...mapping, more: 1 },
    ])
      expect((await city.put(path, wrong, { as: "agent" })).status).toBe(422);
    expect((await city.put("/v1/readings/mappings/Not A Name", mapping, { as: "agent" })).status).toBe(422);
    expect(await json(await city.put(path, mapping, { as: "agent" }))).toEqual(mapping);
    expect(await json(await city.get(path, { as: "agent" }))).toEqual(mapping);
    expect(await json(await city.get("/v1/readings/mappings", { as: "agent" }))).toEqual({
      mappings: [{ name: "stadtwerk", mapping }],
    });
    expect((await other.get(path, { as: "agent" })).status).toBe(404);
    expect(await (await (await city.browser("agent")).get("/staff/meters")).text()).toContain("stadtwerk");

    const file = "Zaehler;von;Menge\nM-1;2026-01-01 00:00;1,5\nM-1;2026-01-01 01:00;2\n";
    const kept = await load(city, file, "text/csv", "register=true&mapping=stadtwerk");
    expect(kept).toMatchObject({ from: "2026-01-01T00:00:00.000Z", readings: 2 });
    const unknown = await city.post("/v1/readings?mapping=none", new TextEncoder().encode(file), {
      as: "agent",
      headers: { "Content-Type": "text/csv" },
    });
    expect(await json(unknown)).toMatchObject({ status: 422, errors: [{ pointer: "#/mapping" }] });
    expect((await city.delete(path, { as: "agent" })).status).toBe(204);
    expect((await city.get(path, { as: "agent" })).status).toBe(404);
  });

  // Guards against data that can be brought in and not taken away.
  test("a meter's readings are taken away in each format, and say the same in another city", async () => {
    const city = await newCity({ timeZone: "Europe/Paris" });
    const csv =
      "meter,time,Wh,quality\nE-2001,2026-01-01T00:00Z,100,A\nE-2001,2026-01-01T00:30Z,50,E52\nE-2001,2026-01-01T01:00Z,7,F52:71\n";
    const meterId = meterOf(await load(city, csv, "text/csv"));
    const days = await daysOf(city, meterId);
    for (const [format, type, told] of [
      ["green-button", "application/atom+xml", "green-button"],
      ["nem12", "text/csv", "nem12"],
      ["csv", "text/csv", "csv"],
    ] as const) {
      const answer = await city.get(`/v1/meters/${meterId}/export?format=${format}&from=2026-01-01&to=2026-02-01`, {
        as: "agent",
      });
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, expect.stringContaining(type)]);
      expect(answer.headers.get("content-disposition")).toContain("E-2001.");
      const elsewhere = await newCity({ timeZone: "Europe/Paris" });
      const kept = await load(elsewhere, await answer.text(), type);
      expect(kept).toMatchObject({ format: told });
      expect(await daysOf(elsewhere, meterOf(kept))).toEqual(days);
    }
    for (const query of ["", "format=pdf", "format=csv&from=2026-02-01&to=2026-01-01", "format=csv&from=2020-01-01"]) {
      expect([query, (await city.get(`/v1/meters/${meterId}/export?${query}`, { as: "agent" })).status]).toEqual([
        query,
        422,
      ]);
    }
  });

  // Guards against a neighbour, or another city, that takes a home's life away as a file.
  test("a resident takes away what is theirs, and another's is as absent as none", async () => {
    const city = await newCity();
    const made = await json(
      await city.post(
        "/v1/accounts",
        { number: "A-1", name: "Household", contact: "ada@example.org", address: "1 Rue du Port" },
        { as: "agent" },
      ),
    );
    const order = { serial: "E-2001", kind: "electricity", accountId: made["id"] };
    const { id } = await json(await city.post("/v1/meters", order, { as: "agent" }));
    await load(city, cim("50"), "application/xml");
    const path = `/v1/meters/${String(id)}/export?format=csv&from=2026-01-01&to=2026-01-03`;
    const [ada, ben] = [
      { token: await city.signIn("ada@example.org") },
      { token: await city.signIn("ben@example.org") },
    ];
    expect(await (await city.get(path, { as: ada })).text()).toContain(
      "E-2001,main,consumption,2026-01-01T00:15:00Z,2026-01-01T00:30:00Z,50,,Wh,A",
    );
    const gone = async (from: TestCity, as: Parameters<TestCity["get"]>[1], at = path) => {
      const answer = await from.get(at, as);
      return [answer.status, (await answer.text()).replace(/urn:request:[^"]+/, "")];
    };
    // Whoever takes a meter over takes away what it counts from then on.
    const next = await json(
      await city.post(
        "/v1/accounts",
        { number: "B-1", name: "Household", contact: "cy@example.org", address: "1 Rue du Port" },
        { as: "agent" },
      ),
    );
    const other = await newCity();
    const missing = await gone(city, { as: ben }, path.replace(String(id), city.id("mtr")));
    expect(missing[0]).toBe(404);
    expect(await gone(city, { as: ben })).toEqual(missing);
    expect(await gone(other, { as: "agent" })).toEqual(
      await gone(other, { as: "agent" }, path.replace(String(id), other.id("mtr"))),
    );
    expect((await city.get(path)).status).toBe(401);
    await city.patch(`/v1/meters/${String(id)}`, { accountId: next["id"] }, { as: "agent" });
    const taken = await city.get(path, { as: { token: await city.signIn("cy@example.org") } });
    expect([taken.status, (await taken.text()).split("\r\n").length]).toEqual([200, 2]);
  });
});
