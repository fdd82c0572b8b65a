import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";

interface Envelope {
  help: string;
  success: boolean;
  result: never;
  error: { __type: string; message?: string } & Record<string, unknown>;
}

describe(`the catalogue and its rows by CKAN's API, ${target.name}`, () => {
  let city: TestCity;
  let table: string;
  beforeAll(async () => {
    city = await newCity();
    const airports = readFileSync("node_modules/vega-datasets/data/airports.csv");
    const stops = 'name,opened,count\n"O\'Hare, ""x""",2020-01-02,3\nlate,2026-05-06,\nصغير,2021-01-01,12\n';
    for (const [title, file] of [
      ["Aéroports", airports],
      ["Stops", stops],
    ] as const) {
      const fields = { title, licence: "Public domain", source: "FAA", personal: "none" };
      const drafted = await city.upload("/v1/datasets", "file.csv", file, { as: "data_officer", fields });
      const { id } = (await drafted.json()) as { id: string };
      expect((await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" })).status).toBe(200);
      table = `${id}-csv`;
    }
  });

  const ask = async (action: string, query: Record<string, string> = {}) => {
    const answer = await city.get(`/api/3/action/${action}?${new URLSearchParams(query)}`, { as: "nobody" });
    return { status: answer.status, ...((await answer.json()) as Envelope) };
  };

  // Guards against a catalogue that only this house's own tests can read.
  test("the published clients of CKAN and of OGC read a city as they read any other", async () => {
    const { stdout } = await promisify(execFile)(".venv/bin/python", ["tests/clients/opendata.py", city.url]);
    const saw = JSON.parse(stdout) as Record<string, unknown>;
    expect(saw).toMatchObject({
      packages: ["aeroports", "stops"],
      search: { count: 1, facets: { res_format: { CSV: 1, GeoJSON: 1, GeoPackage: 1, Parquet: 1, XLSX: 1 } } },
      absent: "NotFound",
      invalid: "ValidationError ['__type', 'sort']",
      collections: ["aeroports"],
      items: { returned: 10 },
      queryables: ["city", "country", "geometry", "iata", "latitude", "longitude", "name", "state"],
    });
    const csv = readFileSync("node_modules/vega-datasets/data/airports.csv", "utf8").trim().split("\n").slice(1);
    const cells = csv.map((line) => line.match(/("[^"]*"|[^,]*)(,|$)/g)!.map((cell) => cell.replace(/,$/, "")));
    const far = cells.filter((row) => row[3] === "AK" && Number(row[5]) > 70).map((row) => row[0]);
    expect(saw["filtered"]).toEqual(far.sort());
    expect(far.length).toBeGreaterThan(1);
    const state = (name: string) => cells.filter((row) => row[3] === name).map((row) => row[0]!);
    expect(saw).toMatchObject({
      catalogues: ["catalogue"],
      records: [["aeroports", "Aéroports"]],
      record: "Stops",
      gdal: {
        layers: ["aeroports", "catalogue"],
        records: ["Aéroports", "Stops"],
        kind: "Point",
        features: csv.length,
        codes: csv.length,
        north: cells
          .filter((row) => Number(row[5]) >= 70 && Number(row[5]) <= 72 && Number(row[6]) <= -140)
          .map((row) => row[0])
          .sort(),
        hawaii: state("HI").sort(),
      },
      pmtiles: { layer: "aeroports", fields: expect.arrayContaining(["iata", "state"]) },
    });
    const northern = csv.filter((line) => /,(AK|HI),/.test(line)).map((line) => line.split(",")[0]!);
    const expected = northern.sort().reverse().slice(1, 4);
    expect(saw["rows"]).toMatchObject({ total: northern.length });
    expect((saw["rows"] as { records: { iata: string }[] }).records.map(({ iata }) => iata)).toEqual(expected);
    expect((saw["sql"] as { state: string; n: number }[])[0]).toMatchObject({ state: "AK" });
  });

  test("actions answer in CKAN's envelope, by query and by body", async () => {
    for (const [action, query] of [
      ["status_show", {}],
      ["site_read", {}],
      ["help_show", { name: "package_show" }],
      ["organization_list", { all_fields: "true" }],
      ["organization_show", { id: city.slug, include_datasets: "true" }],
      ["group_list", {}],
      ["tag_list", {}],
      ["license_list", {}],
      ["package_search", { fq: `+organization:"${city.slug}" res_format:CSV`, rows: "1", sort: "name desc" }],
      ["resource_show", { id: table }],
      ["datastore_search", { resource_id: table, q: "صغير" }],
    ] as const) {
      const { status, success, help } = await ask(action, query as Record<string, string>);
      expect([status, success], action).toEqual([200, true]);
      expect(help).toContain(`help_show?name=${action}`);
    }
    const posted = await city.post("/api/3/action/datastore_search", { resource_id: table, filters: { count: 12 } });
    expect(((await posted.json()) as { result: { records: object[] } }).result.records).toEqual([
      { _id: 3, name: "صغير", opened: "2021-01-01", count: 12 },
    ]);
  });

  test("words are found by their beginning, numbers by themselves, in any column or in one", async () => {
    const found = async (q: string, more = {}) => {
      const { result } = await ask("datastore_search", { resource_id: table, q, ...more });
      const { records, total } = result as unknown as { records: { _id: number }[]; total: number };
      expect(total).toBe(records.length);
      return records.map(({ _id }) => _id);
    };
    expect(await found("o'har")).toEqual([1]);
    expect(await found("LAT")).toEqual([2]);
    expect(await found("hare")).toEqual([1]);
    expect(await found("are")).toEqual([]);
    expect(await found("12 صَغير")).toEqual([3]);
    expect(await found("1")).toEqual([]);
    expect(await found("2020-01")).toEqual([1]);
    expect(await found('{"name":"3"}')).toEqual([]);
    expect(await found('{"count":"3"}')).toEqual([1]);
    expect(await found("2026", { filters: '{"name":["late"]}' })).toEqual([2]);
    expect(await found("2026", { filters: '{"name":["other"]}' })).toEqual([]);
    expect(await found("!?")).toEqual([]);
    expect(await found(" ")).toEqual([1, 2, 3]);
  });

  test("SQL reads one table, with three-valued logic; nothing else is SQL here", async () => {
    const rows = async (rest: string, what = "name") =>
      (await ask("datastore_search_sql", { sql: `SELECT ${what} FROM "${table}" ${rest}` })).result as unknown as {
        records: Record<string, unknown>[];
      };
    const names = async (where: string) => (await rows(`WHERE ${where} ORDER BY name`)).records.map(({ name }) => name);
    expect(await names("name = 'O''Hare, \"x\"'")).toHaveLength(1);
    expect(await names("count > 3 OR count IS NULL")).toEqual(["late", "صغير"]);
    expect(await names("NOT (count > 3)")).toHaveLength(1);
    expect(await names("count NOT IN (3, NULL)")).toEqual([]);
    expect(await names("opened BETWEEN '2020-01-01' AND '2021-12-31' AND name NOT LIKE '%\\%%'")).toHaveLength(2);
    expect(await names("name ILIKE 'LA_E'")).toEqual(["late"]);
    expect((await rows("", "count(*) AS n, sum(count) AS s, avg(count) AS a, min(opened) AS first")).records).toEqual([
      { n: 3, s: 15, a: 7.5, first: "2020-01-02" },
    ]);
    for (const sql of [
      `DELETE FROM "${table}"`,
      `SELECT * FROM "${table}"; SELECT 1`,
      `SELECT * FROM "${table}" JOIN x ON 1=1`,
      `SELECT pg_sleep(10) FROM "${table}"`,
      `SELECT * FROM "${table}" WHERE name = (SELECT 1)`,
      `SELECT colour FROM "${table}"`,
      `SELECT name, count(*) FROM "${table}"`,
      `SELECT sum(name) FROM "${table}"`,
      `SELECT * FROM "${table}" WHERE ${"(".repeat(500)}1`,
      `SELECT * FROM "${table}" WHERE name LIKE 3`,
      `SELECT * FROM "${table}" LIMIT -1`,
      "SELECT",
      "",
      `SELECT * FROM "${table}" WHERE name = '${"x".repeat(5_000)}'`,
    ]) {
      const { status, success, error } = await ask("datastore_search_sql", { sql });
      expect([status, success, error?.__type], sql.slice(0, 80)).toEqual([409, false, "Validation Error"]);
    }
  });

  test("what is wrong is refused with CKAN's own kinds, and nothing of another city is there", async () => {
    const other = await newCity();
    for (const [action, query, status, type] of [
      ["package_show", { id: "none" }, 404, "Not Found Error"],
      ["package_show", {}, 409, "Validation Error"],
      ["package_delete", { id: "stops" }, 404, "Not Found Error"],
      ["__proto__", {}, 404, "Not Found Error"],
      ["package_search", { fq: "colour:red" }, 400, "Search Query Error"],
      ["package_search", { fq: "organization:" }, 400, "Search Query Error"],
      ["package_search", { sort: "colour asc" }, 400, "Search Query Error"],
      ["package_search", { rows: "many" }, 409, "Validation Error"],
      ["datastore_search", { resource_id: table, filters: "{" }, 409, "Validation Error"],
      ["datastore_search", { resource_id: table, filters: '{"colour":1}' }, 409, "Validation Error"],
      ["datastore_search", { resource_id: table, filters: '{"name":{"a":1}}' }, 409, "Validation Error"],
      ["datastore_search", { resource_id: "none" }, 404, "Not Found Error"],
      ["datastore_search_sql", { sql: 'SELECT * FROM "ds_none-csv"' }, 404, "Not Found Error"],
    ] as const) {
      const said = await ask(action, query as unknown as Record<string, string>);
      expect([said.status, said.error?.__type], `${action} ${JSON.stringify(query)}`).toEqual([status, type]);
    }
    expect((await other.get(`/api/3/action/datastore_search?resource_id=${table}`)).status).toBe(404);
    const broken = await city.post("/api/3/action/package_show", "{", {
      headers: { "Content-Type": "application/json" },
    });
    expect(broken.status).toBe(409);
  });
});
