import { describe, expect, test } from "vitest";
import { newCity, soon, type TestCity } from "../city.ts";
import { LAMP_POWER, LAMPS, published } from "../indicated.ts";

const as = { as: "data_officer" } as const;
const nobody = { as: "nobody" } as const;
const AT = "/v1/indicators/lamp-power";

const refusals = async (city: TestCity, body: object): Promise<string[]> => {
  const answer = await city.put(AT, body, as);
  expect(answer.status, await answer.clone().text()).toBe(422);
  const { errors } = (await answer.json()) as { errors: { pointer: string; detail: string }[] };
  return errors.map(({ pointer, detail }) => `${pointer} ${detail}`);
};

describe("the city's own indicators", () => {
  // Guards against a figure that is half kept, and one that breaks only when somebody looks.
  test("what cannot be computed is refused with its place, and nothing is kept", async () => {
    const city = await newCity();
    await published(city, "Lamps", LAMPS);
    for (const [change, said] of [
      [{ formula: "sum(row.watts of" }, "#/formula At sign"],
      [{ formula: "count(nothing) * led_share" }, "#/formula There is no dataset or assumption named nothing."],
      [{ formula: "sum(row.district of lamps)" }, "#/formula This is a text"],
      [{ formula: "led_share" }, "#/formula It reads no dataset"],
      [{ band: { low: 5, high: 5 } }, "#/band/high"],
      [{ band: {} }, "#/band A band has"],
      [{ breakdown: { by: "column", column: "ward" } }, "#/breakdown/column The dataset lamps has no column ward."],
      [{ breakdown: { by: "places", dataset: "lamps", column: "district" } }, "#/breakdown/dataset"],
      [{ assumptions: [{ ...LAMP_POWER.assumptions[0], value: 101 }] }, "#/assumptions/0/value"],
      [{ assumptions: [LAMP_POWER.assumptions[0], LAMP_POWER.assumptions[0]] }, "#/assumptions/1/name There are two"],
      [{ assumptions: [{ ...LAMP_POWER.assumptions[0], name: "lamps" }] }, "#/assumptions/0/name In formulas lamps"],
      [{ titles: {} }, "#/titles"],
      [{ why: "" }, "#/why"],
      [{ unitCost: 3 }, "#/unitCost This field is not known here."],
    ] as const)
      expect((await refusals(city, { ...LAMP_POWER, ...change })).join("\n"), JSON.stringify(change)).toContain(said);
    expect((await city.put("/v1/indicators/New_One", LAMP_POWER, as)).status).toBe(422);
    expect((await city.get(AT, nobody)).status).toBe(404);
  });

  // Guards against a cost that somebody books, and a scenario that cannot be sent to a colleague.
  test("a scenario is an address: figure, difference and cost, or which field is wrong", async () => {
    const city = await newCity();
    await published(city, "Lamps", LAMPS);
    expect((await city.put(AT, LAMP_POWER, as)).status).toBe(200);
    const ask = (query: string) => city.get(`${AT}/scenario?${query}`, nobody);
    expect(await (await ask("assumption=led_share&value=40")).json()).toEqual({
      ...{ assumption: "led_share", unit: "%", from: 0, to: 40, value: 5, changed: 4, difference: -1 },
      cost: { amountMinor: 500_000, currency: "EUR" },
      isEstimate: true,
    });
    for (const query of [
      "assumption=led_share&value=101",
      "assumption=led_share&value=1e2",
      "assumption=no&value=1",
      "",
    ])
      expect((await ask(query)).status, query).toBe(422);
    const page = async (query: string) => {
      const answer = await city.get(`/indicators/lamp-power/scenario?${query}`, {
        ...nobody,
        headers: { Accept: "text/html", "Accept-Language": "en" },
      });
      return [answer.status, await answer.text()] as const;
    };
    const [status, html] = await page("assumption=led_share&value=40");
    expect(status).toBe(200);
    for (const said of ["€5,000.00", "-1 kW", "An estimate", 'value="40"']) expect(html).toContain(said);
    const [wrong, again] = await page("assumption=led_share&value=much");
    expect([wrong, again.includes('href="#f-value-led_share"')]).toEqual([422, true]);
    const { accounts } = (await (await city.get("/v1/ledger/balances", { as: "treasurer" })).json()) as {
      accounts?: unknown[];
    };
    expect(accounts ?? []).toEqual([]);
  });

  // Guards against people who are known by their district, and by what is left of the city's figure.
  test("districts with few people are withheld with another one, by the rule of the day", async () => {
    const city = await newCity();
    const rows = [...Array(20).fill("North,yes"), ...Array(9).fill("South,yes"), ...Array(7).fill("East,yes")];
    const columns = JSON.stringify([
      { from: "district", personal: "no", origin: "given" },
      { from: "answer", personal: "sensitive", origin: "given" },
    ]);
    const csv = `district,answer\n${[...rows, "West,yes", "West,yes"].join("\n")}\n`;
    await published(city, "Answers", csv, { personal: "as_proposed", columns });
    const count = { ...LAMP_POWER, formula: "count(answers)", assumptions: [], band: undefined, target: undefined };
    expect((await city.put(AT, count, as)).status).toBe(200);
    const districts = async () => {
      const { districts: found = [] } = (await (await city.get(AT, nobody)).json()) as {
        districts?: { name: string; value?: number }[];
      };
      return found.map(({ name, value }) => [name, value]);
    };
    const byFive = [
      ["East", undefined],
      ["North", 20],
      ["South", 9],
      ["West", undefined],
    ];
    expect(await districts()).toEqual(byFive);
    expect((await city.put("/v1/people-rule", { k: 12 }, as)).status).toBe(200);
    await soon(districts, (found) => found.length > 0 && found[2]![1] === undefined);
  });

  test("points are counted in the areas of a dataset that they lie in", async () => {
    const city = await newCity();
    const square = (west: number) => `POLYGON((${west} 5, ${west + 1} 5, ${west + 1} 6, ${west} 6, ${west} 5))`;
    await published(city, "Wards", `ward;wkt\nA;${square(1)}\nB;${square(2)}\n`);
    const points = ["1.5,5.5", "1.2,5.1", "2.5,5.5", "9,9"];
    await published(city, "Taps", `name,longitude,latitude\n${points.map((one, i) => `t${i},${one}`).join("\n")}\n`);
    const breakdown = { by: "places", dataset: "wards", column: "ward" };
    const made = await city.put(
      AT,
      { ...LAMP_POWER, formula: "count(taps)", assumptions: [], band: undefined, breakdown },
      as,
    );
    expect(made.status, await made.clone().text()).toBe(200);
    const { districts } = (await (await city.get(AT, nobody)).json()) as { districts: object[] };
    expect(districts).toEqual([
      { name: "A", value: 2, isWithheld: false },
      { name: "B", value: 1, isWithheld: false },
      { value: 1, isWithheld: false },
    ]);
  });

  // Guards against a form that forgets what was typed, and figures that only this house can read.
  test("a keeper makes one by the form alone, and publishes all figures as a dataset", async () => {
    const city = await newCity({ languages: ["en", "fr"] });
    await published(city, "Lamps", LAMPS);
    const browser = await city.browser("data_officer");
    const fields = {
      ...{ slug: "lamp-power", revision: "0", title_en: "Power", title_fr: "Puissance", unit: "kW", better: "lower" },
      ...{
        formula: "sum(row.watts of lamps) / 1000",
        owner: "Lighting",
        high: "4,5",
        by: "column",
        district: "district",
      },
    };
    const refused = await browser.submit("/staff/indicators/new", fields, "/staff/indicators/new");
    const html = await refused.text();
    expect([refused.status, html.includes('href="#f-why"'), html.includes('value="4,5"')]).toEqual([422, true, true]);
    const made = await browser.submit("/staff/indicators/new", { ...fields, why: "To see" }, "/staff/indicators/new");
    expect([made.status, made.headers.get("location")]).toEqual([
      303,
      `/cities/${city.slug}/staff/indicators/lamp-power?saved=yes`,
    ]);
    const page = await (await browser.get("/indicators/lamp-power")).text();
    for (const said of ["5 kW", "above its band", "North", "sum of watts in Lamps"]) expect(page).toContain(said);
    expect(await (await browser.get("/staff")).text()).toContain("Indicators out of their band");
    const sent = await browser.submit("/staff/indicators/dataset", {}, "/staff/indicators");
    expect(sent.status, await sent.clone().text()).toBe(303);
    const again = await browser.submit("/staff/indicators/dataset", {}, "/staff/indicators");
    expect(again.headers.get("location")).toBe(sent.headers.get("location"));
    const slug = /data\/([a-z0-9-]+)/.exec(sent.headers.get("location")!)![1];
    const { records } = (await (await city.get(`/v1/datasets/${slug}/records`)).json()) as { records: object[] };
    expect(records).toMatchObject([
      { indicator: "lamp-power", title: "Power", value: 5, standing: "above", high: 4.5 },
    ]);
    const gone = await browser.submit(
      "/staff/indicators/lamp-power/retirement",
      { why: "Only a trial" },
      "/staff/indicators/lamp-power",
    );
    expect(gone.status).toBe(303);
    expect((await browser.get("/indicators/lamp-power")).status).toBe(404);
  });
});
