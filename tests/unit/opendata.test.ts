import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { feature } from "topojson-client";
import { describe, expect, test } from "vitest";
import { readCsv } from "../../functions/opendata/csv.ts";
import { folded, readBox, readWhen, slugOf } from "../../functions/opendata/domain.ts";
import { csvOf } from "../../functions/opendata/exports/csv.ts";
import { recordOf, rowsOf } from "../../functions/opendata/frame.ts";
import { readGeoJson } from "../../functions/opendata/geojson.ts";
import { infer } from "../../functions/opendata/infer.ts";
import { readFile } from "../../functions/opendata/reading.ts";
import type { Fault } from "../../shared/errors.ts";
import { opened, textOf } from "../stored.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const require = createRequire(import.meta.url);
const vega = (name: string) => new Uint8Array(readFileSync(`node_modules/vega-datasets/data/${name}`));

function fault(read: () => unknown): { kind: string; errors: { pointer: string; detail: string }[] } {
  try {
    read();
  } catch (error) {
    const { kind, members } = error as Fault;
    return { kind, errors: members?.errors ?? [] };
  }
  throw new Error("it was taken");
}

describe("types", () => {
  test.each([
    [["1", "-2", ""], "integer", 1],
    [["1.5", "2"], "number", 1.5],
    [["1,5", "2"], "number", 1.5],
    [["007", "8"], "text", "007"],
    [["oui", "non"], "boolean", true],
    [["2026-02-28"], "date", "2026-02-28"],
    [["2026-02-30"], "text", "2026-02-30"],
    [["2012/01/31"], "date", "2012-01-31"],
    [["3/4/2026", "13/4/2026"], "date", "2026-04-03"],
    [["3/4/2026", "3/14/2026"], "date", "2026-03-04"],
    [["2026-01-01 10:00:00"], "datetime", "2026-01-01T10:00:00"],
    [["9".repeat(20)], "text", "9".repeat(20)],
    [["", ""], "text", ""],
  ])("%j is %s", (texts, type, first) => {
    const reading = infer(texts);
    expect(reading.type).toBe(type);
    expect(reading.read(texts[0]!)).toBe(first);
  });
});

describe("CSV", () => {
  test("airports: types, places and every row", () => {
    const frame = readCsv(vega("airports.csv"));
    expect(Object.fromEntries(frame.columns.map(({ name, type }) => [name, type]))).toMatchObject({
      iata: "text",
      latitude: "number",
      longitude: "number",
    });
    expect(rowsOf(frame)).toBe(3376);
    expect(frame.places?.filter(Boolean)).toHaveLength(3376);
    expect(recordOf(frame, 0)).toMatchObject({ iata: "00M", name: "Thigpen" });
  });

  test("Seattle's weather: days and numbers, no places", () => {
    const frame = readCsv(vega("seattle-weather.csv"));
    expect(frame.columns.map(({ type }) => type)).toEqual(["date", "number", "number", "number", "number", "text"]);
    expect(rowsOf(frame)).toBe(1461);
    expect(frame.places).toBeUndefined();
  });

  test("French files: Windows-1252, semicolons, decimal commas", () => {
    const latin = Uint8Array.from(
      [...'ville;prix\r\n"Orl']
        .map((sign) => sign.charCodeAt(0))
        .concat(
          [0xe9],
          [...'ans";1,50\r\n'].map((s) => s.charCodeAt(0)),
        ),
    );
    const frame = readCsv(latin);
    expect(recordOf(frame, 0)).toEqual({ ville: "Orléans", prix: 1.5 });
    expect(frame.notes.join(" ")).toMatch(/Windows-1252.*“;”.*decimal commas/);
  });

  test.each([
    ["", 1, /empty/],
    ["a,b\n", 2, /no row/],
    ["a,b\n1,2\n3\n", 3, /Line 3 has 1 fields, the header 2/],
    ['a,b\n1,"2\n3,4\n', undefined, /never closed/],
    ["a,a\n1,2\n", 1, /Two columns are called a/],
    ["a,\n1,2\n", 1, /Column 2 has no name/],
    ["a,b\n1,\u0000\n", 2, /NUL/],
    ["name,lat,lon\nx,95,200\n", 2, /no latitude and longitude/],
    [`${Array.from({ length: 501 }, (_, i) => `c${i}`).join(",")}\n`, 1, /501 columns/],
  ])("a broken file is refused by line: %j", (text, line, reason) => {
    const { kind, errors } = fault(() => readCsv(bytes(text as string)));
    expect(kind).toBe("invalid");
    expect(errors[0]!.detail).toMatch(reason as RegExp);
    if (line) expect(errors[0]!.pointer).toBe(`#/line/${line}`);
  });

  // Guards against a spreadsheet that runs what somebody typed into a form.
  test("a formula is made harmless on its way out", async () => {
    const data = await opened(readCsv(bytes('name\n"=HYPERLINK(""http://x"")"\n+1 2\n@x\nplain\n')));
    const lines = (await textOf(csvOf(data))).split("\r\n");
    expect(lines.slice(1, 5)).toEqual([`"'=HYPERLINK(""http://x"")"`, "'+1 2", "'@x", "plain"]);
  });
});

describe("GeoJSON", () => {
  const collection = (...geometries: unknown[]) =>
    bytes(
      JSON.stringify({
        type: "FeatureCollection",
        features: geometries.map((geometry, i) => ({ type: "Feature", properties: { n: i }, geometry })),
      }),
    );

  test("London's boroughs and the countries of the world", async () => {
    const topology = JSON.parse(new TextDecoder().decode(vega("londonBoroughs.json")));
    const boroughs = readGeoJson(bytes(JSON.stringify(feature(topology, topology.objects["boroughs"]))));
    expect(rowsOf(boroughs)).toBe(33);
    const world = require("world-atlas/countries-110m.json");
    const countries = readGeoJson(bytes(JSON.stringify(feature(world, world.objects.countries))));
    expect(rowsOf(countries)).toBe(177);
    const rows = await (await opened(countries)).within([-5, 5, -4, 6]);
    expect(rows.map((row) => recordOf(countries, row)["name"])).toContain("Côte d'Ivoire");
  });

  test.each([
    ["{", /not JSON/],
    ["[]", /not GeoJSON/],
    ['{"type":"Topology"}', /TopoJSON/],
    ['{"type":"FeatureCollection","features":[]}', /no feature/],
    ['{"type":"FeatureCollection","features":7}', /no list of features/],
    [
      '{"type":"FeatureCollection","crs":{"properties":{"name":"EPSG:2154"}},"features":[]}',
      /another coordinate system/,
    ],
  ])("%s is refused", (text, reason) => {
    expect(fault(() => readGeoJson(bytes(text))).errors[0]!.detail).toMatch(reason);
  });

  test.each([
    [{ type: "Point", coordinates: [1e308, 1e308] }, /not on the Earth/],
    [{ type: "Point", coordinates: [48, 120] }, /swapped/],
    [{ type: "Point", coordinates: ["1", 2] }, /not a number/],
    [{ type: "Point", coordinates: [] }, /not a number/],
    [{ type: "LineString", coordinates: [[1, 2]] }, /fewer than 2/],
    [
      {
        type: "Polygon",
        coordinates: [
          [
            [0, 0],
            [1, 0],
            [1, 1],
            [0, 1],
          ],
        ],
      },
      /not closed/,
    ],
    [{ type: "Polygon", coordinates: [] }, /no coordinates/],
    [{ type: "Circle", coordinates: [0, 0] }, /no known type/],
    [{ type: "GeometryCollection", geometries: [] }, /no known type/],
  ])("a wrong geometry is refused by feature: %j", (geometry, reason) => {
    const { errors } = fault(() => readGeoJson(collection({ type: "Point", coordinates: [1, 2] }, geometry)));
    expect(errors).toEqual([{ pointer: "#/features/1/geometry", detail: expect.stringMatching(reason) }]);
    expect(errors[0]!.detail).toMatch(/^Feature 2:/);
  });
});

test("what a file is, is read from what it holds", () => {
  expect(fault(() => readFile("x.xlsx", Uint8Array.from([0x50, 0x4b, 3, 4]))).kind).toBe("unsupported_media");
  expect(fault(() => readFile("x.gz", Uint8Array.from([0x1f, 0x8b, 3, 4]))).kind).toBe("invalid");
  expect(fault(() => readFile("x.csv", new Uint8Array(21 * 1024 * 1024))).kind).toBe("too_large");
  expect(rowsOf(readFile("x.txt", bytes('{"type":"Point","coordinates":[1,2]}')))).toBe(1);
});

test("boxes, instants, addresses and searching", () => {
  expect(readBox("1,2,3,4")).toEqual([1, 2, 3, 4]);
  expect(readBox("1,2,0,3,4,9")).toEqual([1, 2, 3, 4]);
  for (const text of ["", "1,2,3", "a,b,c,d", "1,5,3,4", "1,,3,4"])
    expect(fault(() => readBox(text)).kind).toBe("malformed");
  expect(readWhen("2026-01-01/..")).toEqual({ from: "2026-01-01", to: undefined });
  expect(readWhen("2026-01-01")).toEqual({ from: "2026-01-01", to: "2026-01-01" });
  for (const text of ["today", "2026-01-01/2026-02-01/x", "2026-13-45"])
    expect(fault(() => readWhen(text)).kind).toBe("malformed");
  expect(slugOf("Marchés d’Abidjan (2026)", "ds_x")).toBe("marches-d-abidjan-2026");
  expect(slugOf("أسواق الدار البيضاء", "ds_01JD8Q6Z3W8M6W1YB1M0Q4S7XK")).toBe("dataset-m0q4s7xk");
  expect(folded("Éléments")).toBe("elements");
  expect(folded("أسواقٌ")).toBe(folded("اسواق"));
});
