import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { newCity, target } from "../city.ts";
import { timetable } from "../timetable.ts";

// Files that other programs wrote: tests/data/formats/README.md.
const data = (name: string) => readFileSync(`tests/data/formats/${name}`);

interface Found {
  features: { geometry: { type: string } | null; properties: Record<string, unknown> }[];
  numberMatched: number;
}

// Guards against a kind of file that is read on one machine and not within a function of the cloud.
test(`files of each kind become collections that every map reads, ${target.name}`, async () => {
  const city = await newCity();
  const files: [name: string, bytes: Uint8Array, rows: number, first: object, place: string][] = [
    ["libraries.xlsx", data("libraries.xlsx"), 2, { name: "Jacques-Demy", opened: "1985-09-14" }, "Point"],
    ["shapes.zip", data("shapes.zip"), 3, { name: "Médiathèque Jacques-Demy", books: 210000 }, "Point"],
    ["city.gpkg", data("city.gpkg"), 3, { name: "Médiathèque Jacques-Demy", rate: 4.5 }, "Point"],
    ["city.kml", data("city.kml"), 3, { name: "Médiathèque Jacques-Demy", opened: "1985-09-14" }, "Point"],
    ["timetable.zip", timetable(), 2, { stop_id: "S1", stop_name: "Gare" }, "Point"],
  ];
  for (const [name, bytes, rows, first, place] of files) {
    const fields = { title: name, licence: "CC0-1.0", source: "Made up", personal: "none" };
    const drafted = await city.upload("/v1/datasets", name, bytes, { as: "data_officer", fields });
    expect(drafted.status, await drafted.clone().text()).toBe(201);
    const { id, slug } = (await drafted.json()) as { id: string; slug: string };
    const published = await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" });
    expect(published.status, await published.clone().text()).toBe(200);
    const found = (await (await city.get(`/ogc/collections/${slug}/items`)).json()) as Found;
    expect(found.numberMatched).toBe(rows);
    expect(found.features[0]!.properties).toMatchObject(first);
    expect(found.features[0]!.geometry?.type).toBe(place);
  }
  const fields = { title: "Broken", licence: "CC0-1.0", source: "Made up", personal: "none" };
  const refused = await city.upload("/v1/datasets", "x.zip", data("shapes.zip").subarray(0, 900), {
    as: "data_officer",
    fields,
  });
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({
    errors: [{ pointer: "#", detail: expect.stringMatching(/zip file is damaged/) }],
  });
});
