import { beforeAll, describe, expect, test } from "vitest";
import { newCity, type TestCity } from "../city.ts";

describe("what clients of Opendatasoft's Explore API take and ask for", () => {
  let city: TestCity;
  beforeAll(async () => {
    city = await newCity();
    await published(
      "Stops",
      "name,kind,opened,lat,lon\nGare,=tram,2024-05-01,47.2173,-1.5417\nCommerce,tram,2023-11-30,47.2133,-1.5583\nParis,bus,2024-05-09,48.8566,2.3522\nNowhere,bus,,,\n",
      { theme: "TRAN", keywords: "mobility, stops" },
    );
    await published("Plain", "n\n1\n2\n", {});
  });

  async function published(title: string, file: string, more: Record<string, string>): Promise<void> {
    const fields = { title, licence: "CC0-1.0", source: "Made up", personal: "none", ...more };
    const drafted = await city.upload("/v1/datasets", "a.csv", file, { as: "data_officer", fields });
    expect(drafted.status, await drafted.clone().text()).toBe(201);
    const { id } = (await drafted.json()) as { id: string };
    expect((await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" })).status).toBe(200);
  }

  const at = (path: string, query: Record<string, string>) =>
    city.get(`/api/explore/v2.1/catalog${path}?${new URLSearchParams(query)}`, { as: "nobody" });
  const take = async (format: string, query: Record<string, string> = {}, slug = "stops") => {
    const answer = await at(`/datasets/${slug}/exports/${format}`, query);
    // The mark at the beginning of a file is what is looked at here too.
    const text = Buffer.from(await answer.arrayBuffer()).toString();
    expect(answer.status, text).toBe(200);
    return { text, type: answer.headers.get("content-type") };
  };
  const refused = async (path: string, query: Record<string, string>) => {
    const answer = await at(path, query);
    const { error_code, message } = (await answer.json()) as { error_code: string; message: string };
    expect([answer.status, error_code], message).toEqual([400, "ODSQLError"]);
    return message;
  };

  // Guards against a client that moves here and finds its files at no address, or other rows in them.
  test("exports have the rows that are asked for, as CSV with semicolons, JSON and GeoJSON", async () => {
    const csv = await take("csv", { select: "name, kind", limit: "2" });
    expect(csv).toEqual({
      text: "\uFEFFname;kind\r\nGare;'=tram\r\nCommerce;tram\r\n",
      type: "text/csv; charset=utf-8",
    });
    const plain = {
      select: "name as stop",
      where: 'kind = "bus"',
      with_bom: "false",
      delimiter: ",",
      quote_all: "true",
    };
    expect((await take("csv", { ...plain, timezone: "Europe/Paris", lang: "fr" })).text).toBe(
      '"stop"\r\n"Paris"\r\n"Nowhere"\r\n',
    );
    const json = await take("json", { select: "name", order_by: "name desc", limit: "-1", refine: "kind:bus" });
    expect(JSON.parse(json.text)).toEqual([{ name: "Paris" }, { name: "Nowhere" }]);
    const geojson = await take("geojson", { select: "kind", where: 'name = "Paris"' });
    expect([geojson.type, JSON.parse(geojson.text)]).toEqual([
      "application/geo+json",
      {
        type: "FeatureCollection",
        features: [
          {
            type: "Feature",
            id: 3,
            geometry: { type: "Point", coordinates: [2.3522, 48.8566] },
            properties: { kind: "bus" },
          },
        ],
      },
    ]);
    expect(JSON.parse((await take("json", { limit: "0" })).text)).toEqual([]);
    expect(JSON.parse((await take("json", {}, "plain")).text)).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test("rows are found in a box and within a distance", async () => {
    const names = async (where: string) =>
      (JSON.parse((await take("json", { select: "name", where })).text) as { name: string }[]).map(({ name }) => name);
    expect(await names("in_bbox(geo_point_2d, 47, -2, 48, 0)")).toEqual(["Gare", "Commerce"]);
    expect(await names('in_bbox(geometry, 40, 170, 50, 3) and kind = "bus"')).toEqual(["Paris"]);
    const around = (length: string) => names(`within_distance(geom, geom'POINT(-1.5583 47.2133)', ${length})`);
    // They are 1,330 m apart.
    expect(await around("1.3km")).toEqual(["Commerce"]);
    expect(await around("1400m")).toEqual(["Gare", "Commerce"]);
    expect(await around("0.9mi")).toEqual(["Gare", "Commerce"]);
    expect(await names("not within_distance(geom, geom'POINT(-1.5583 47.2133)', 1400 m)")).toEqual(["Paris"]);
    const answer = await at("/datasets/stops/records", { where: "in_bbox(geo_shape, 48, 2, 49, 3)" });
    expect(await answer.json()).toMatchObject({ total_count: 1, results: [{ name: "Paris" }] });
  });

  test("days are grouped and found by year, month and day", async () => {
    const records = async (query: Record<string, string>) =>
      (await (await at("/datasets/stops/records", query)).json()) as { results: object[]; total_count: number };
    const years = await records({ select: "count(*) as n", group_by: "year(opened)", order_by: "year(opened) desc" });
    expect(years).toEqual({
      total_count: 3,
      results: expect.arrayContaining([
        { "year(opened)": 2024, n: 2 },
        { "year(opened)": 2023, n: 1 },
        { "year(opened)": null, n: 1 },
      ]),
    });
    const months = {
      select: "month(opened) as m, max(day(opened)) as last",
      where: "year(opened) = 2024",
      group_by: "month(opened)",
    };
    expect((await records(months)).results).toEqual([{ m: 5, last: 9 }]);
    const names = async (where: string) =>
      (JSON.parse((await take("json", { select: "name", where })).text) as { name: string }[]).map(({ name }) => name);
    expect(await names("year(opened) < 2024 or day(opened) in (9)")).toEqual(["Commerce", "Paris"]);
    // A word is looked for in what the dataset has, and in nothing that is worked out from it.
    expect(await names('"2023-11" and month(opened) = 11')).toEqual(["Commerce"]);
    expect(await names('"5" and month(opened) = 5')).toEqual([]);
    expect(JSON.parse((await take("json", { where: "month(opened) = 11" })).text)[0]).toEqual({
      ...{ name: "Commerce", kind: "tram", opened: "2023-11-30", lat: 47.2133, lon: -1.5583 },
    });
    const counted = await at("/datasets/stops/facets", { facet: "kind", where: "year(opened) = 2023" });
    expect(await counted.json()).toMatchObject({ facets: [{ facets: [{ name: "tram", count: 1 }] }] });
    for (const where of ["year(name) = 1", "year(colour) = 1", "hour(opened) = 1", "year(opened = 1"])
      await refused("/datasets/stops/records", { where });
    await refused("/datasets", { where: "year(modified) = 2026" });
  });

  test("the catalogue is counted by its facets", async () => {
    const facets = async (query: Record<string, string>) => (await (await at("/facets", query)).json()) as object;
    const one = (value: string, count: number) => ({ name: value, count, state: "displayed", value });
    expect(await facets({ facet: "theme" })).toEqual({
      links: [],
      facets: [{ name: "theme", facets: [one("TRAN", 1)] }],
    });
    expect(await facets({ where: 'title = "Plain"' })).toMatchObject({
      facets: [{ name: "publisher", facets: [one("Made up", 1)] }, { name: "license" }, { facets: [] }, {}, {}],
    });
    expect(await facets({ facet: "publisher", exclude: "theme:TRAN" })).toMatchObject({
      facets: [{ facets: [one("Made up", 1)] }],
    });
    expect(await refused("/facets", { facet: "title" })).toContain("keyword");
    expect(await refused("/facets", { limit: "1" })).toContain("limit");
  });

  test("what is not there is refused with a sentence", async () => {
    const of = "/datasets/stops/exports";
    expect(await refused(`${of}/shp`, {})).toContain("csv, json, geojson");
    expect(await refused(`${of}/csv`, { delimiter: "x" })).toContain("delimiter");
    expect(await refused(`${of}/csv`, { with_bom: "perhaps" })).toContain("with_bom");
    expect(await refused(`${of}/json`, { delimiter: "," })).toContain("delimiter");
    expect(await refused(`${of}/json`, { limit: "-2" })).toContain("-1");
    expect(await refused(`${of}/json`, { group_by: "kind" })).toContain("group_by");
    expect(await refused(`${of}/json`, { select: "count(*) as n" })).toContain("records");
    expect(await refused(`${of}/json`, { select: "colour" })).toContain("colour");
    expect(await refused(`${of}/json`, { where: "in_bbox(kind, 1, 2, 3, 4)" })).toContain("geometry");
    expect(await refused(`${of}/json`, { where: "in_bbox(geom, 3, 2, 1, 4)" })).toContain("south, west");
    expect(await refused(`${of}/json`, { where: "in_bbox(geom, 91, 2, 92, 4)" })).toContain("degrees");
    expect(await refused(`${of}/json`, { where: "within_distance(geom, geom'POINT(1)', 1km)" })).toContain("POINT");
    expect(await refused(`${of}/json`, { where: "within_distance(geom, geom'POINT(1 2)', 1 parsec)" })).toContain("km");
    expect(await refused(`${of}/json`, { where: "within_distance(geom, geom'POINT(1 89.999)', 1km)" })).toContain(
      "pole",
    );
    const box = "in_bbox(geom, 1, 2, 3, 4)";
    expect(await refused("/datasets/plain/records", { where: box })).toContain("no places");
    expect(await refused("/datasets", { where: box })).toContain("no places");
    expect((await at("/datasets/none/exports/csv", {})).status).toBe(404);
  });
});
