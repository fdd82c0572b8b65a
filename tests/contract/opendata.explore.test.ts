import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";

interface Answer {
  total_count: number;
  results: Record<string, unknown>[];
  facets: { name: string; facets: { name: string; count: number }[] }[];
  error_code: string;
}

describe(`rows as Opendatasoft's Explore API has them, ${target.name}`, () => {
  let city: TestCity;
  const weather = readFileSync("node_modules/vega-datasets/data/seattle-weather.csv", "utf8").trim().split(/\r?\n/);
  const days = weather.slice(1).map((line) => line.split(","));
  beforeAll(async () => {
    city = await newCity();
    const fields = { title: "Weather", licence: "CC0", source: "NOAA", personal: "none" };
    const drafted = await city.upload("/v1/datasets", "weather.csv", weather.join("\n"), {
      as: "data_officer",
      fields,
    });
    const { id } = (await drafted.json()) as { id: string };
    expect((await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" })).status).toBe(200);
  });
  const ask = async (
    query: Record<string, string> | [string, string][] = {},
    path = "/weather/records",
    status = 200,
  ) => {
    const at = `/api/explore/v2.1/catalog/datasets${path}?${new URLSearchParams(query)}`;
    const answer = await city.get(at, { as: "nobody" });
    const text = await answer.text();
    expect(answer.status, `${at} ${text.slice(0, 300)}`).toBe(status);
    return JSON.parse(text) as Answer;
  };

  test("rows are chosen, grouped, summed and ordered as the file itself adds up", async () => {
    const all = await ask();
    expect([all.total_count, all.results.length]).toEqual([days.length, 10]);
    const grouped = await ask({
      select: "count(*) as n, max(temp_max) as hottest",
      group_by: "weather",
      order_by: "n desc",
    });
    const counts = Map.groupBy(days, (day) => day[5]!);
    const expected = [...counts]
      .map(([kind, some]) => ({
        weather: kind,
        n: some.length,
        hottest: Math.max(...some.map((day) => Number(day[2]))),
      }))
      .sort((a, b) => b.n - a.n);
    expect(grouped.results).toEqual(expected);
    const wet = days.filter((day) => day[5] === "rain" && Number(day[1]) >= 20);
    const found = await ask({
      select: "date, precipitation",
      where: 'weather = "rain" and precipitation >= 20',
      limit: "100",
    });
    expect(found.total_count).toBe(wet.length);
    expect((await ask({ where: "date >= date'2015-12-30'" })).total_count).toBe(
      days.filter((day) => day[0]! >= "2015-12-30").length,
    );
    expect((await ask({ where: "`weather` like 'SN'" })).total_count).toBe(counts.get("snow")!.length);
    const snow = counts.get("snow")!.filter(([day]) => day!.startsWith("2012")).length;
    for (const where of ['"Snow 2012"', 'search("snów") and search(date, "2012")', 'search(weather, date, "SNO 2012")'])
      expect((await ask({ where })).total_count, where).toBe(snow);
    expect((await ask({ where: 'not search(date, "snow")' })).total_count).toBe(days.length);
    await ask({ where: 'search(colour, "snow")' }, undefined, 400);
    expect((await ask({ refine: "weather:fog" })).total_count).toBe(counts.get("fog")!.length);
    expect(
      (
        await ask([
          ["exclude", "weather:fog"],
          ["exclude", "weather:sun"],
        ])
      ).total_count,
    ).toBe(days.length - counts.get("fog")!.length - counts.get("sun")!.length);
  });

  test("the catalogue, a dataset's fields and its facets", async () => {
    expect((await ask({}, "")).results).toMatchObject([
      { dataset_id: "weather", metas: { default: { records_count: days.length } } },
    ]);
    expect((await ask({ where: '"nothing like it"' }, "")).total_count).toBe(0);
    expect(await ask({}, "/weather")).toMatchObject({
      fields: expect.arrayContaining([expect.objectContaining({ name: "date", type: "date" })]),
    });
    const { facets } = await ask({ facet: "weather" }, "/weather/facets");
    expect(facets[0]).toMatchObject({ name: "weather" });
    expect(facets[0]!.facets.reduce((sum, { count }) => sum + count, 0)).toBe(days.length);
  });

  test("what cannot be read is refused, and what is not there is absent", async () => {
    for (const query of [
      { limit: "101" },
      { limit: "-1" },
      { offset: "x" },
      { where: "weather =" },
      { where: "colour = 1" },
      { select: "sum(weather)" },
      { select: "weather, count(*)" },
      { group_by: "colour" },
      { order_by: "colour" },
      { refine: "weather" },
      { refine: "colour:red" },
      { colour: "red" },
    ] as unknown as Record<string, string>[])
      expect((await ask(query, "/weather/records", 400)).error_code, JSON.stringify(query)).toBe("ODSQLError");
    expect((await ask({}, "/none/records", 404)).error_code).toBe("DatasetNotFoundError");
    expect((await ask({ facet: "colour" }, "/weather/facets", 400)).error_code).toBe("ODSQLError");
  });
});
