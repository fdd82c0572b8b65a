import { describe, expect, test } from "vitest";
import { faceted } from "../../functions/opendata/catalogue/facets.ts";
import { chosenBy } from "../../functions/opendata/dataset/form.ts";
import { fitting } from "../../functions/opendata/dataset/shown.ts";
import {
  callOf,
  filterOf,
  filterQueryOf,
  queryOf,
  readRows,
  readState,
  widened,
  without,
} from "../../functions/opendata/dataset/state.ts";
import { geojsonOf } from "../../functions/opendata/exports/geojson.ts";
import type { Geometry } from "../../functions/opendata/geometry.ts";
import { only } from "../../functions/opendata/query/only.ts";
import type { Card, Column, Dataset } from "../../functions/opendata/schema.ts";
import { opened } from "../stored.ts";

const dataset = (slug: string, card: Partial<Card>, more: Partial<Dataset["latest"]> = {}): Dataset => ({
  id: `ds_${slug}`,
  slug,
  card: { title: slug, description: "", licence: "CC0-1.0", source: "City", ...card },
  latest: {
    ...{ number: 1, publishedAt: "2026-11-23T12:00:00.000Z", rows: 1, columns: [], hasPlaces: false },
    ...{ digest: "", bytes: 1, footer: { bytes: 1, digest: "" }, file: "f" },
    ...more,
  },
});
const ALL = [
  dataset("a", { title: "Écoles élémentaires", theme: "EDUC", languages: ["fr"] }),
  dataset("b", { title: "Stops", theme: "TRAN", source: "Operator" }, { hasPlaces: true }),
  dataset("c", { title: "مَدارس المدينة", theme: "EDUC", licence: "ODbL-1.0" }),
  dataset("d", { title: "Births" }, { columns: [{ name: "n", type: "integer", personal: "count_of_people" }] }),
];
const found = (q: string, chosen = {}) => faceted(ALL, q, chosen).datasets.map(({ slug }) => slug);

describe("the catalogue's facets", () => {
  test("narrow together, and each says how many there would be", () => {
    expect(found("", { theme: "EDUC" })).toEqual(["a", "c"]);
    expect(found("", { theme: "EDUC", licence: "ODbL-1.0" })).toEqual(["c"]);
    expect(found("", { format: "GeoJSON" })).toEqual(["b"]);
    expect(found("", { people: "yes" })).toEqual(["d"]);
    expect(found("", { theme: "NONE" })).toEqual([]);
    const { facets } = faceted(ALL, "", { theme: "EDUC" });
    // Of the facet itself, what else could be chosen; of the others, what is left.
    expect(facets.theme).toEqual([
      ["EDUC", 2],
      ["TRAN", 1],
    ]);
    expect(facets.licence).toEqual([
      ["CC0-1.0", 1],
      ["ODbL-1.0", 1],
    ]);
  });

  // Guards against a search that only finds what was typed with its accents and vowel signs.
  test.each([
    ["ecoles ELEMENTAIRES", ["a"]],
    ["école", ["a"]],
    ["مدارس", ["c"]],
    ["المدينه", ["c"]],
    ["opérator", ["b"]],
  ])("%s", (q, slugs) => expect(found(q)).toEqual(slugs));
});

describe("what a dataset's page shows", () => {
  const columns: Column[] = [
    { name: "kind", type: "text" },
    { name: "n", type: "integer" },
    { name: "a:b c", type: "text" },
    { name: "on", type: "date" },
    { name: "at", type: "datetime" },
  ];
  const read = (query: string) => readState(new URLSearchParams(query), columns);
  const whole =
    "?q=oak&f.kind=tree&f.kind=bush&from.n=-2.5&to.n=10&from.on=2026-01&bbox=-1.6%2C47.1%2C-1.5%2C47.3&sort=-n&offset=25&by=kind&how=sum&of=n";

  test("stands in its address, and is read from it again", () => {
    expect(queryOf(read(whole))).toBe(whole);
    expect(queryOf(read(""))).toBe("");
    expect(queryOf(widened(read("?f.kind=a&offset=50"), "kind", "b"))).toBe("?f.kind=a&f.kind=b");
    expect(queryOf(without(read("?f.kind=a&f.kind=b&f.n=1"), "kind", "a"))).toBe("?f.kind=b&f.n=1");
    expect(queryOf(without(read("?f.kind=a&f.n=1"), "kind", "a"))).toBe("?f.n=1");
    expect(filterOf(read(""), columns)).toBeUndefined();
    for (const wrong of [
      ...["f.none=1", "by=none", "by=kind&how=sum&of=kind", "by=kind&how=sum", "offset=x"],
      ...[
        "from.kind=1",
        "to.n=many",
        "from.on=31.01.2026",
        "from.on=2026-13",
        "to.none=1",
        "bbox=1,2",
        "bbox=1,2,3,400",
      ],
    ])
      expect(() => read(wrong), wrong).toThrow();
    // However often a column or a value is named, what is asked has a bound.
    const many = Array.from({ length: 51 }, (_, i) => `f.kind=${i}`).join("&");
    expect(() => read(many)).toThrow();
  });

  test("are the rows that fit: numbers by value, days to their end, one of several values, an area", async () => {
    const place = (x: number, y: number): Geometry => ({ type: "Point", coordinates: [x, y] });
    const data = await opened({
      columns,
      cells: [
        ["a", "b", "c", "a", null],
        [9, 10, 11, -3, null],
        ["x", "x", "y", "x", "x"],
        ["2026-01-31", "2026-02-01", "2025-12-31", null, "2026-01-01"],
        ["2026-01-31T23:59:00Z", "2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z", null, "2025-12-31T23:59:59Z"],
      ],
      places: [place(0, 0), place(1, 1), place(2, 2), null, place(179, 0)],
    });
    for (const [query, rows] of [
      ["f.kind=a&f.kind=c", [0, 2, 3]],
      ["from.n=9.5", [1, 2]],
      ["from.n=-3&to.n=9", [0, 3]],
      ["to.on=2026-01", [0, 2, 4]],
      ["from.on=2026-01-01&to.on=2026-01-31", [0, 4]],
      ["to.at=2026-01-31&from.at=2026", [0, 2]],
      ["bbox=0.5,0.5,2,2", [1, 2]],
      ["bbox=170,-1,0.5,1", [0, 4]],
      ["bbox=0,0,2,2&f.a:b c=x&to.n=9", [0]],
    ] as const)
      expect([...(await fitting(data, read(query)))!], query).toEqual(rows);
    // A file of them has their own numbers, and says where they are.
    const some = await only(data, await fitting(data, read("f.kind=c&f.kind=b")));
    expect(some).toMatchObject({ rows: 2, bbox: [1, 1, 2, 2] });
    let text = "";
    for await (const part of geojsonOf(some)) text += part;
    const { features } = JSON.parse(text) as { features: { id: number; properties: { kind: string } }[] };
    expect(features.map(({ id, properties }) => [id, properties.kind])).toEqual([
      [2, "b"],
      [3, "c"],
    ]);
  });

  test("is chosen by a form, whose mistakes are told by their fields", () => {
    const choose = (state: string, typed: object) => {
      const chosen = chosenBy(read(state), typed, columns);
      return "state" in chosen ? queryOf(chosen.state) : chosen.wrong;
    };
    expect(choose("?q=oak&offset=50", { column: "kind", value: "tree" })).toBe("?q=oak&f.kind=tree");
    expect(choose("?from.n=1", { range: "n", most: "4" })).toBe("?to.n=4");
    expect(choose("", { range: "on", least: "2026-01-31", area: "-1.6, 47.1, -1.5, 47.3" })).toBe(
      "?from.on=2026-01-31&bbox=-1.6%2C47.1%2C-1.5%2C47.3",
    );
    expect(choose("?offset=25", {})).toBe("");
    expect(choose("", { value: "tree", least: "1", area: "here" })).toEqual(["column", "range", "area"]);
    expect(choose("", { range: "n", least: "some", most: "many" })).toEqual(["least", "most"]);
    expect(choose("", { range: "kind", least: "1" })).toEqual(["least"]);
  });

  test("can be asked of an interface that answers the same", () => {
    const call = (query: string) => callOf("s", read(query), columns, 5);
    expect(call("")).toBe("/v1/datasets/s/records?limit=5");
    expect(call("?version=2&f.kind=x&offset=5")).toBe("/v1/datasets/s/records?version=2&f.kind=x&limit=5&cursor=5");
    const rows = new URL(call(whole), "http://city").searchParams;
    expect(filterOf(readRows(rows, columns), columns)).toEqual(filterOf(read(whole), columns));
    expect(filterQueryOf(read(whole))).toBe(whole.slice(0, whole.indexOf("&sort")));
    const chart = new URL(
      call('?by=kind&how=sum&of=n&f.kind=a"b&f.on=1&f.on=2&from.n=1&to.on=2026-01-31'),
      "http://city",
    );
    expect(chart.searchParams.get("select")).toBe("sum(`n`) as value");
    expect(chart.searchParams.get("where")).toBe(
      '`kind`="a""b" and `on` in ("1", "2") and `n`>=1 and `on`<="2026-01-31"',
    );
    expect(call("?by=kind&to.on=2026")).toContain("/v1/datasets/s/records?to.on=2026");
  });
});
