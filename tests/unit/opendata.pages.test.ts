import { describe, expect, test } from "vitest";
import { faceted } from "../../functions/opendata/catalogue/facets.ts";
import { callOf, filterOf, narrowed, queryOf, readState } from "../../functions/opendata/dataset/state.ts";
import type { Card, Column, Dataset } from "../../functions/opendata/schema.ts";

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
  ];
  const read = (query: string) => readState(Object.fromEntries(new URLSearchParams(query)), columns);

  test("stands in its address, and is read from it again", () => {
    const query = "?q=oak&f.kind=tree&sort=-n&offset=25&by=kind&how=sum&of=n";
    expect(queryOf(read(query))).toBe(query);
    expect(queryOf(read(""))).toBe("");
    expect(queryOf(narrowed(read("?f.kind=a&offset=50"), "kind", "b"))).toBe("?f.kind=b");
    expect(filterOf(read(""))).toBeUndefined();
    for (const wrong of ["f.none=1", "by=none", "by=kind&how=sum&of=kind", "by=kind&how=sum", "offset=x"])
      expect(() => read(wrong), wrong).toThrow();
  });

  test("can be asked of an interface that answers the same", () => {
    expect(callOf("s", "ds_1", read(""), 5)).toBe("/v1/datasets/s/records?limit=5");
    expect(callOf("s", "ds_1", read("?version=2&f.kind=x"), 5)).toBe("/v1/datasets/s/records?kind=x&version=2&limit=5");
    const ckan = new URL(callOf("s", "ds_1", read("?f.a:b+c=x&q=y&sort=-a:b+c"), 5), "http://city");
    expect(Object.fromEntries(ckan.searchParams)).toMatchObject({
      resource_id: "ds_1-csv",
      filters: '{"a:b c":"x"}',
      sort: '"a:b c" desc',
      q: "y",
    });
    const chart = new URL(callOf("s", "ds_1", read('?by=kind&how=sum&of=n&f.kind=a"b'), 5), "http://city");
    expect(chart.searchParams.get("select")).toBe("sum(`n`) as value");
    expect(chart.searchParams.get("where")).toBe('`kind`="a""b"');
  });
});
