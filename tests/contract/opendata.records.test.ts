import { beforeAll, describe, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";

interface Found {
  numberMatched: number;
  numberReturned: number;
  features: { id: string; links: { rel: string; href: string }[]; [more: string]: unknown }[];
  links: { rel: string; href: string }[];
}

describe(`OGC API Records, ${target.name}`, () => {
  let city: TestCity;
  const at = "/ogc/collections/catalogue";
  beforeAll(async () => {
    city = await newCity();
    for (const [title, csv] of [
      ["Arrêts de bus", "name,longitude,latitude\nA,-1.5,47.2\n"],
      ["Budget", "year,amount\n2026,12\n"],
      ["Catalogue", "a,b\n1,2\n"],
    ] as const) {
      const fields = { title, licence: "CC0-1.0", source: "Made up", personal: "none" };
      const drafted = await city.upload("/v1/datasets", "a.csv", csv, { as: "data_officer", fields });
      const { id } = (await drafted.json()) as { id: string };
      expect((await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" })).status).toBe(200);
    }
  });
  const ask = (path: string) => city.get(path, { as: "nobody" });
  const records = async (query: string) => {
    const answer = await ask(`${at}/items?${query}`);
    expect([answer.status, answer.headers.get("content-type")], query).toEqual([200, "application/geo+json"]);
    return (await answer.json()) as Found;
  };

  test("the catalogue is a collection of records, also of what has no place", async () => {
    const { collections } = (await (await ask("/ogc/collections")).json()) as { collections: { id: string }[] };
    expect(collections.find(({ id }) => id === "catalogue")).toMatchObject({ itemType: "record", type: "Catalog" });
    // A dataset that is called as the catalogue is has another address.
    expect(collections.filter(({ id }) => id === "catalogue")).toHaveLength(1);
    const { features, numberMatched } = await records("");
    expect([numberMatched, features.length]).toEqual([3, 3]);
    const [stops, budget] = features as [Found["features"][0], Found["features"][0]];
    expect(stops).toMatchObject({
      id: "arrets-de-bus",
      type: "Feature",
      time: null,
      geometry: { type: "Polygon" },
      conformsTo: ["http://www.opengis.net/spec/ogcapi-records-1/1.0/req/record-core"],
      properties: { type: "dataset", title: "Arrêts de bus", license: "CC0-1.0", language: { code: "fr" } },
    });
    expect(budget).toMatchObject({ id: "budget", geometry: null });
    const one = await ask(`${at}/items/arrets-de-bus`);
    expect(await one.json()).toEqual(stops);
    expect(
      (await city.get(`${at}/items/arrets-de-bus`, { headers: { "If-None-Match": one.headers.get("etag")! } })).status,
    ).toBe(304);
    for (const { rel, href } of [...stops.links, ...budget.links]) {
      const answer = await fetch(href);
      expect(answer.status, `${rel} ${href}`).toBe(200);
    }
    const { conformsTo } = (await (await ask("/ogc/conformance")).json()) as { conformsTo: string[] };
    expect(conformsTo).toContain("http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/searchable-catalog");
  });

  test("pages are linked, their counts true; what is asked wrongly is refused with a sentence", async () => {
    const first = await records("limit=2&sortby=-title");
    expect([first.numberMatched, first.numberReturned, first.features[0]!.id.slice(0, 8)]).toEqual([3, 2, "dataset-"]);
    const next = (await (await fetch(first.links.find(({ rel }) => rel === "next")!.href)).json()) as Found;
    expect(next.features.map(({ id }) => id)).toEqual(["arrets-de-bus"]);
    expect((await records("q=bus,nothing&type=&ids=")).features.map(({ id }) => id)).toEqual(["arrets-de-bus"]);
    for (const query of [
      "colour=red",
      "bbox=1,2,3",
      "datetime=today",
      "limit=0",
      "sortby=colour",
      `q=${"a".repeat(501)}`,
    ])
      expect((await ask(`${at}/items?${query}`)).status, query).toBe(400);
    for (const path of [`${at}/items/none`, `${at}/none`]) expect((await ask(path)).status, path).toBe(404);
    const { properties } = (await (await ask(`${at}/sortables`)).json()) as { properties: object };
    expect(Object.keys(properties)).toEqual(["id", "title", "updated"]);
    const other = await newCity();
    expect((await other.get(`${at}/items/budget`, { as: "nobody" })).status).toBe(404);
  });
});
