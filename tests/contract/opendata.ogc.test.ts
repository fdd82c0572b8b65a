import { beforeAll, describe, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";

const CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
const EPSG = "http://www.opengis.net/def/crs/EPSG/0";

interface Answer {
  features: { id: number; geometry: { coordinates: number[] }; properties: Record<string, unknown> }[];
  numberMatched: number;
}

describe(`OGC API Features, parts 2, 3 and 5, ${target.name}`, () => {
  let city: TestCity;
  const at = "/ogc/collections/stops";
  beforeAll(async () => {
    city = await newCity();
    const rows = [
      ["Nantes", 0.5, 47, "2026-01-01", 10],
      ["Château", -1.5, 48, "2026-02-01", 20],
      ["100%", 2, 45, "2026-03-01", ""],
      ["O'Hare", 3, 44, "", 40],
    ];
    const csv = ["name,longitude,latitude,opened,lines", ...rows.map((row) => row.join(","))].join("\n");
    const fields = { title: "Stops", licence: "CC0", source: "Made up", personal: "none" };
    const drafted = await city.upload("/v1/datasets", "stops.csv", csv, { as: "data_officer", fields });
    const { id } = (await drafted.json()) as { id: string };
    expect((await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" })).status).toBe(200);
  });
  const ask = (query: Record<string, string>, path = `${at}/items`) =>
    city.get(`${path}?${new URLSearchParams(query)}`, { as: "nobody" });
  const names = async (query: Record<string, string>) => {
    const answer = await ask(query);
    const text = await answer.clone().text();
    expect(answer.status, `${JSON.stringify(query)} ${text.slice(0, 300)}`).toBe(200);
    const { features, numberMatched } = (await answer.json()) as Answer;
    expect(numberMatched).toBe(features.length);
    return features.map(({ properties }) => properties["name"]);
  };

  // Guards against stops in the sea off Somalia: an axis order that is taken for another.
  test("coordinates come and go in each system that a collection names, by its own order of axes", async () => {
    const { crs, storageCrs } = (await (await ask({}, at)).json()) as { crs: string[]; storageCrs: string };
    expect([crs, storageCrs]).toEqual([[CRS84, `${EPSG}/4326`, `${EPSG}/3857`], CRS84]);
    const first = async (query: Record<string, string>) => {
      const answer = await ask({ ...query, limit: "1" });
      return [((await answer.json()) as Answer).features[0]!.geometry.coordinates, answer.headers.get("content-crs")];
    };
    expect(await first({})).toEqual([[0.5, 47], `<${CRS84}>`]);
    expect(await first({ crs: `${EPSG}/4326` })).toEqual([[47, 0.5], `<${EPSG}/4326>`]);
    const [[x, y] = []] = (await first({ crs: `${EPSG}/3857` })) as [number[], string];
    // By the formula of the projection itself (EPSG 1024).
    expect(x).toBeCloseTo((6_378_137 * 0.5 * Math.PI) / 180, 3);
    expect(y).toBeCloseTo(6_378_137 * Math.log(Math.tan(Math.PI / 4 + (47 * Math.PI) / 360)), 3);
    expect(await names({ bbox: "46.5,0,48.5,1", "bbox-crs": `${EPSG}/4326` })).toEqual(["Nantes"]);
    expect(await names({ bbox: `${x! - 10},${y! - 10},${x! + 10},${y! + 10}`, "bbox-crs": `${EPSG}/3857` })).toEqual([
      "Nantes",
    ]);
    const one = await ask({ crs: `${EPSG}/4326` }, `${at}/items/2`);
    expect(((await one.json()) as Answer["features"][0]).geometry.coordinates).toEqual([48, -1.5]);
    for (const query of [{ crs: `${EPSG}/2154` }, { "bbox-crs": "4326" }, { crs: "" }] as Record<string, string>[])
      expect((await ask(query)).status, JSON.stringify(query)).toBe(400);
  });

  test("filters in CQL2 text and JSON mean the same", async () => {
    const polygon = {
      type: "Polygon",
      coordinates: [
        [
          [-2, 46],
          [1, 46],
          [1, 49],
          [-2, 49],
          [-2, 46],
        ],
      ],
    };
    const cases: [string, object, string[]][] = [
      ["name = 'O''Hare'", { op: "=", args: [{ property: "name" }, "O'Hare"] }, ["O'Hare"]],
      [
        "lines > 10 AND NOT lines = 40",
        {
          op: "and",
          args: [
            { op: ">", args: [{ property: "lines" }, 10] },
            { op: "not", args: [{ op: "=", args: [{ property: "lines" }, 40] }] },
          ],
        },
        ["Château"],
      ],
      ["lines BETWEEN 10 AND 20", { op: "between", args: [{ property: "lines" }, 10, 20] }, ["Nantes", "Château"]],
      ["lines IS NULL", { op: "isNull", args: [{ property: "lines" }] }, ["100%"]],
      ["name LIKE '%\\%'", { op: "like", args: [{ property: "name" }, "%\\%"] }, ["100%"]],
      [
        "CASEI(name) = CASEI('NANTES')",
        {
          op: "=",
          args: [
            { op: "casei", args: [{ property: "name" }] },
            { op: "casei", args: ["NANTES"] },
          ],
        },
        ["Nantes"],
      ],
      [
        "CASEI(name) IN ('CHÂTEAU', '100%')",
        { op: "in", args: [{ op: "casei", args: [{ property: "name" }] }, ["CHÂTEAU", "100%"]] },
        ["Château", "100%"],
      ],
      [
        "opened >= DATE('2026-02-01')",
        { op: ">=", args: [{ property: "opened" }, { date: "2026-02-01" }] },
        ["Château", "100%"],
      ],
      [
        "S_INTERSECTS(geometry, BBOX(-2, 46, 1, 49))",
        { op: "s_intersects", args: [{ property: "geometry" }, { bbox: [-2, 46, 1, 49] }] },
        ["Nantes", "Château"],
      ],
      [
        "S_INTERSECTS(geometry, POLYGON((-2 46, 1 46, 1 49, -2 49, -2 46)))",
        { op: "s_intersects", args: [{ property: "geometry" }, polygon] },
        ["Nantes", "Château"],
      ],
      [
        "S_INTERSECTS(geometry, POINT(2 45)) OR lines = 10",
        {
          op: "or",
          args: [
            { op: "s_intersects", args: [{ property: "geometry" }, { type: "Point", coordinates: [2, 45] }] },
            { op: "=", args: [{ property: "lines" }, 10] },
          ],
        },
        ["Nantes", "100%"],
      ],
    ];
    for (const [text, json, expected] of cases) {
      expect(await names({ filter: text }), text).toEqual(expected);
      expect(await names({ filter: JSON.stringify(json), "filter-lang": "cql2-json" }), text).toEqual(expected);
    }
  });

  // Guards against a mistyped filter that looks like all features, and against one that keeps the house busy.
  test("what is no filter is refused with a sentence", async () => {
    for (const filter of [
      "",
      "colour = 1",
      "name =",
      "name = 'x",
      "S_INTERSECTS(place, POINT(1 2))",
      "S_INTERSECTS(geometry, POINT(1))",
      "S_INTERSECTS(geometry, BBOX(1,2,3))",
      "S_INTERSECTS(geometry, POLYGON((1 2, 3 4)))",
      "CASEI(lines) > 3",
      `${"NOT ".repeat(500)}lines = 1`,
      `${"(".repeat(3_000)}`,
      "name = 1; DROP TABLE x",
      "S_TOUCHES(geometry, POINT(1 2))",
    ])
      expect((await ask({ filter })).status, filter.slice(0, 60)).toBe(400);
    let deep: object = { op: "isNull", args: [{ property: "name" }] };
    for (let i = 0; i < 200; i++) deep = { op: "not", args: [deep] };
    for (const filter of [
      "{",
      "[]",
      "null",
      '{"op":"="}',
      '{"op":"=","args":[1,2]}',
      '{"op":"=","args":[{"property":"name"}]}',
      '{"op":"explode","args":[]}',
      JSON.stringify(deep),
    ])
      expect((await ask({ filter, "filter-lang": "cql2-json" })).status, filter.slice(0, 60)).toBe(400);
    expect((await ask({ filter: "lines = 1", "filter-lang": "sql" })).status).toBe(400);
    expect((await ask({ filter: "lines = 1", "filter-crs": `${EPSG}/3857` })).status).toBe(400);
  });

  test("queryables and schema name each column with its type; the links lead there", async () => {
    const { links } = (await (await ask({}, at)).json()) as { links: { rel: string; href: string }[] };
    for (const name of ["queryables", "schema"]) {
      expect(links.find(({ rel }) => rel === `http://www.opengis.net/def/rel/ogc/1.0/${name}`)?.href).toContain(
        `${at}/${name}`,
      );
      const answer = await ask({}, `${at}/${name}`);
      expect(answer.headers.get("content-type")).toBe("application/schema+json");
      expect(await answer.json()).toMatchObject({
        type: "object",
        properties: { geometry: { format: "geometry-any" }, lines: { type: "integer" }, opened: { format: "date" } },
        additionalProperties: false,
      });
    }
    expect((await ask({ colour: "red" }, `${at}/queryables`)).status).toBe(400);
    expect((await ask({}, "/ogc/collections/none/queryables")).status).toBe(404);
  });
});
