import { describe, expect, test } from "vitest";
import { newCity, soon, type TestCity, target } from "../city.ts";
import { LAMP_POWER, LAMPS, published } from "../indicated.ts";

const as = { as: "data_officer" } as const;
const nobody = { as: "nobody" } as const;
const AT = "/v1/indicators/lamp-power";

interface Shown {
  value?: number;
  standing: string;
  isMet?: boolean;
  sources: { slug: string; version: number }[];
  districts?: { name?: string; value?: number; isWithheld: boolean }[];
  says: string;
  leftAt?: string;
  backAt?: string;
}
const shown = async (city: TestCity, query = "") => (await (await city.get(AT + query, nobody)).json()) as Shown;
interface Alarms {
  alarms: { kind: string; cause: string; facts: { value: number }; closedBy?: string }[];
}
const alarms = async (city: TestCity, state: "open" | "closed") =>
  (await (await city.get(`/v1/alarms?state=${state}`, { as: "administrator" })).json()) as Alarms;

describe(`the city's own indicators, ${target.name}`, () => {
  // Guards against a figure that nobody can trace, one that stays behind its data, and alarms that come twice or stay.
  test("a figure follows its dataset, is alarmed about once when it leaves its band, and says when it is back", async () => {
    const city = await newCity({ languages: ["en", "fr", "ar"] });
    const slug = await published(city, "Lamps", LAMPS);
    const made = await city.put(AT, LAMP_POWER, as);
    expect(made.status, await made.clone().text()).toBe(200);
    expect(await made.json()).toMatchObject({ id: "lamp-power", value: 5, standing: "within", isMet: false });
    const first = await shown(city);
    expect(first).toMatchObject({
      sources: [{ slug: "lamps", version: 1 }],
      districts: [
        { name: "North", value: 3.5, isWithheld: false },
        { name: "South", value: 1.5, isWithheld: false },
      ],
    });
    expect(first.says).toContain("sum of watts in Lamps");
    expect((await shown(city, "?lang=fr")).says).toContain("somme de watts");

    await published(city, "Lamps", `${LAMPS}South,1000\n`, { updates: slug });
    await soon(
      () => shown(city),
      ({ value, standing }) => value === 6 && standing === "above",
    );
    const { alarms: open } = await soon(
      () => alarms(city, "open"),
      (found) => found.alarms.length > 0,
    );
    expect(open).toMatchObject([{ kind: "indicator", cause: "lamp-power", facts: { value: 6 } }]);
    await published(city, "Lamps", `${LAMPS}South,1100\n`, { updates: slug });
    await soon(
      () => shown(city),
      ({ value }) => value === 6.1,
    );
    await published(city, "Lamps", LAMPS.replace("3000", "2000"), { updates: slug });
    const back = await soon(
      () => shown(city),
      ({ standing }) => standing === "within",
    );
    expect(back).toMatchObject({ value: 4, leftAt: expect.any(String), backAt: expect.any(String) });
    const { alarms: closed } = await soon(
      () => alarms(city, "closed"),
      (found) => found.alarms.length > 0,
    );
    expect([closed.length, closed[0]!.closedBy]).toEqual([1, undefined]);

    const { figures } = (await (await city.get(`${AT}/figures`, nobody)).json()) as { figures: { value: number }[] };
    expect(figures.map(({ value }) => value)).toEqual([4, 6.1, 6, 5]);
    const csv = await (await city.get("/indicators/lamp-power/figures.csv", nobody)).text();
    expect(csv.trim().split("\r\n")).toHaveLength(5);
    expect(csv).toContain(",6.1,kW,above,3,1,5.5,1");
  });

  // Guards against another city's figures, and against anybody but a keeper changing what the city measures itself by.
  test("only keepers change indicators, each change is kept, and another city has none of it", async () => {
    const [city, other] = await Promise.all([newCity(), newCity()]);
    await published(city, "Lamps", LAMPS);
    for (const [who, status] of [
      ["nobody", 401],
      ["resident", 403],
      ["treasurer", 403],
    ] as const)
      expect((await city.put(AT, LAMP_POWER, { as: who })).status, who).toBe(status);
    expect((await city.put(AT, { ...LAMP_POWER, revision: 0 }, as)).status).toBe(200);
    expect((await city.put(AT, { ...LAMP_POWER, revision: 0 }, as)).status).toBe(409);
    expect((await city.put(AT, { ...LAMP_POWER, unit: "kilowatts", why: "Spelt out", revision: 1 }, as)).status).toBe(
      200,
    );
    expect((await city.get(`${AT}/changes`, nobody)).status).toBe(401);
    const { changes } = (await (await city.get(`${AT}/changes`, as)).json()) as {
      changes: { why: string; by: string; definition?: { unit: string } }[];
    };
    expect(changes.map(({ why, definition }) => [why, definition?.unit])).toEqual([
      ["Spelt out", "kilowatts"],
      ["The council asked for it", "kW"],
    ]);
    const missing = await (await other.get("/v1/indicators/no-such", nobody)).text();
    for (const path of [AT, `${AT}/figures`, `${AT}/scenario?assumption=led_share&value=1`]) {
      const answer = await other.get(path, nobody);
      expect(answer.status, path).toBe(404);
      expect((await answer.text()).replace(/urn:request:[^"]*/, ""), path).toBe(
        missing.replace(/urn:request:[^"]*/, ""),
      );
    }
    expect((await other.post(`${AT}/retirement`, { why: "Not mine" }, as)).status).toBe(404);
    expect((await city.post(`${AT}/retirement`, { why: "Replaced" }, as)).status).toBe(200);
    expect((await city.get(AT, nobody)).status).toBe(404);
    expect(await (await city.get("/v1/indicators", nobody)).json()).toEqual({ indicators: [] });
    expect(((await (await city.get(`${AT}/changes`, as)).json()) as { changes: unknown[] }).changes).toHaveLength(3);
    expect((await city.put(AT, { ...LAMP_POWER, why: "Needed again" }, as)).status).toBe(200);
    expect((await city.get(AT, nobody)).status).toBe(200);
  });
});
