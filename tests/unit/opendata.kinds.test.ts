import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { strToU8, unzipSync, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { opened, refusal } from "../opened.ts";
import { timetable } from "../timetable.ts";

// Files that GDAL and openpyxl wrote: tests/data/formats/README.md.
const data = (name: string) => readFileSync(`tests/data/formats/${name}`);
const at = (place: unknown) => (place as { coordinates: number[] }).coordinates.map((one) => expect.closeTo(one, 4));

describe("workbooks", () => {
  test("sheets, days, hours, formulas, a title above the table, hidden sheets left out", async () => {
    const { source, records, rows, notes } = await opened(data("libraries.xlsx"));
    expect(source).toMatchObject({ format: "xlsx", layers: ["Bibliothèques", "Parcs"], hasPlaces: true });
    expect(records[0]).toEqual({
      name: "Jacques-Demy",
      opened: "1985-09-14",
      seen: "2026-03-01T09:30:00",
      hour: "18:15:00",
      books: 210000,
      double: null,
      open: true,
      lat: 47.2112,
      lon: -1.5622,
    });
    expect(records[1]).toMatchObject({ seen: "2026-03-02T00:00:00", books: 52000.5, open: false });
    expect(rows[0]!.place).toEqual({ type: "Point", coordinates: [-1.5622, 47.2112] });
    expect(notes).toEqual([
      "The file has 2 layers; Bibliothèques was read.",
      "1 row above row 3 is none of the table; it was left out.",
      "Places are made of: lat, lon.",
      "2 cells, the first in row 4, are formulas without a value; they were left empty. Open the workbook and save it.",
    ]);
    expect((await opened(data("libraries.xlsx"), { layer: "parcs" })).records).toEqual([
      { park: "Procé", hectares: 12.6 },
    ]);
    expect(await refusal(data("libraries.xlsx"), { layer: "x" })).toBe(
      "There is no layer “x” in the file; it has: Bibliothèques, Parcs. (#)",
    );
  });

  test("texts and empty cells as another program writes them", async () => {
    const { records } = await opened(data("libraries-gdal.xlsx"));
    expect(records.map(({ name }) => name)).toEqual([
      "Médiathèque Jacques-Demy",
      "Médiathèque Lisa-Bresner",
      "Bibliothèque de la Manufacture",
    ]);
    expect(records[0]).toMatchObject({ opened: "1985-09-14", books: 210000, rate: 4.5 });
    expect(records[2]).toMatchObject({ books: null });
  });

  test("macros are left alone, the values of formulas are taken, errors are left empty", async () => {
    const parts = unzipSync(data("libraries.xlsx"));
    const sheet = "xl/worksheets/sheet1.xml";
    const text = Buffer.from(parts[sheet]!).toString();
    parts[sheet] = strToU8(
      text
        .replace("<f>E4*2</f><v />", "<f>E4*2</f><v>420000</v>")
        .replace('<c r="F5"><f>E5*2</f><v />', '<c r="F5" t="e"><f>E5*2</f><v>#REF!</v>'),
    );
    parts["xl/vbaProject.bin"] = strToU8("macros");
    const { records, notes } = await opened(zipSync(parts));
    expect(records.map((record) => record["double"])).toEqual([420000, null]);
    expect(notes.join(" ")).toMatch(/has macros; it was read without them.*formulas.*error of its formula \(#REF!\)/);
  });
});

describe("shapefiles", () => {
  test("Lambert-93 in Latin-1, and polygons with holes in UTF-8", async () => {
    const { source, records, rows } = await opened(data("shapes.zip"), { layer: "libraries" });
    expect(source).toMatchObject({
      format: "shapefile",
      layers: ["libraries", "parks"],
      used: { epsg: 2154, layer: "libraries" },
    });
    expect(records[0]).toEqual({
      name: "Médiathèque Jacques-Demy",
      opened: "1985-09-14",
      books: 210000,
      rate: 4.5,
      open: 1,
    });
    expect(rows.map(({ place }) => place && at(place))).toEqual([[-1.5622, 47.2112], [-1.6037, 47.2043], null]);
    expect(records[2]).toMatchObject({ books: null });
    const parks = await opened(data("shapes.zip"), { layer: "parks" });
    expect(
      parks.rows.map(({ place }) => [place?.type, (place as { coordinates: unknown[] }).coordinates.length]),
    ).toEqual([
      ["Polygon", 2],
      ["MultiPolygon", 2],
    ]);
    expect(parks.records[1]).toMatchObject({ park: "Parc de Procé" });
    expect(parks.wrong).toEqual([]);
  });

  test("without .prj, degrees are taken for WGS 84 and metres are asked for", async () => {
    const { "parks.prj": _, "libraries.prj": __, ...parts } = unzipSync(data("shapes.zip"));
    expect((await opened(zipSync(parts), { layer: "parks" })).notes[0]).toMatch(
      /does not say its coordinate system; it was taken for WGS 84/,
    );
    expect(await refusal(zipSync(parts), { layer: "libraries" })).toMatch(/Say which it is by its EPSG code/);
    expect((await opened(zipSync(parts), { layer: "libraries", epsg: 2154 })).rows[0]!.place).toEqual({
      type: "Point",
      coordinates: [expect.closeTo(-1.5622, 6), expect.closeTo(47.2112, 6)],
    });
  });
});

describe("GeoPackage", () => {
  test("layers with places and without, systems, in gzip too", async () => {
    const { source, records, rows } = await opened(data("city.gpkg"));
    expect(source).toMatchObject({
      format: "geopackage",
      layers: ["libraries", "parks", "lines"],
      used: { epsg: 2154 },
    });
    expect(records[0]).toMatchObject({
      name: "Médiathèque Jacques-Demy",
      opened: "1985-09-14",
      books: 210000,
      rate: 4.5,
      open: true,
    });
    expect(rows.map(({ place }) => place && at(place))).toEqual([[-1.5622, 47.2112], [-1.6037, 47.2043], null]);
    const lines = await opened(gzipSync(data("city.gpkg")), { layer: "lines" });
    expect(lines.source.hasPlaces).toBe(false);
    expect(lines.records).toEqual([{ fid: 1, name: "C1", km: 8.5 }]);
  });
});

describe("KML", () => {
  test("what another program wrote, as KMZ too", async () => {
    const { source, records, rows } = await opened(data("city.kml"));
    expect(source).toMatchObject({ format: "kml", layers: ["libraries"], hasPlaces: true });
    expect(records[0]).toEqual({
      name: "Médiathèque Jacques-Demy",
      opened: "1985/09/14",
      books: "210000",
      rate: "4.5",
      open: "1",
    });
    expect(rows[0]!.place).toEqual({ type: "Point", coordinates: [-1.5622, 47.2112] });
    expect((await opened(zipSync({ "doc.kml": data("city.kml") }))).records).toEqual(records);
  });

  test("folders, shapes within shapes, and links that are not followed", async () => {
    const kml = `<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>Map</name>
      <NetworkLink><Link><href>http://elsewhere.example/x.kml</href></Link></NetworkLink>
      <Folder><name>Areas</name><Placemark><name>A &amp; B</name><description><![CDATA[<b>x</b>]]></description>
        <ExtendedData><Data name="kind"><displayName>Kind</displayName><value>park</value></Data></ExtendedData>
        <MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 1,0 1,1 0,0</coordinates></LinearRing></outerBoundaryIs></Polygon>
        <Polygon><outerBoundaryIs><LinearRing><coordinates>2,2,9 3,2,9 3,3,9 2,2,9</coordinates></LinearRing></outerBoundaryIs></Polygon></MultiGeometry></Placemark></Folder>
      <Placemark><LineString><coordinates>0,0 1,x</coordinates></LineString></Placemark></Document></kml>`;
    const { source, records, rows, notes } = await opened(kml);
    expect(source.layers).toEqual(["Areas", "placemarks"]);
    expect(records).toEqual([{ name: "A & B", description: "<b>x</b>", kind: "park" }]);
    expect(rows[0]!.place).toMatchObject({
      type: "MultiPolygon",
      coordinates: [
        [
          [
            [0, 0],
            [1, 0],
            [1, 1],
            [0, 0],
          ],
        ],
        [
          [
            [2, 2, 9],
            [3, 2, 9],
            [3, 3, 9],
            [2, 2, 9],
          ],
        ],
      ],
    });
    expect(notes).toContain("1 link to another file, in line 2, was not followed.");
    expect((await opened(kml, { layer: "placemarks" })).wrong).toEqual([
      "line 7: One of its coordinates is not a number.",
    ]);
  });
});

describe("timetables", () => {
  test("stops are points, routes are lines, the others are tables", async () => {
    const stops = await opened(timetable());
    expect(stops.source).toMatchObject({ format: "gtfs", hasPlaces: true });
    expect(stops.source.layers).toEqual(["stops", "routes", "agency", "calendar", "shapes", "stop_times", "trips"]);
    expect(stops.rows[0]).toMatchObject({ at: "#/line/2", place: { type: "Point", coordinates: [-1.5417, 47.2173] } });
    expect(stops.notes).toEqual(["The file has 7 layers; stops was read."]);
    const routes = await opened(timetable(), { layer: "routes" });
    expect(routes.rows[0]!.place).toEqual({
      type: "LineString",
      coordinates: [
        [-1.5417, 47.2173],
        [-1.55, 47.215],
        [-1.5583, 47.2133],
      ],
    });
    const calendar = await opened(timetable(), { layer: "calendar" });
    expect(calendar.records[0]).toMatchObject({ service_id: "WEEK", start_date: "2026-01-01" });
  });

  test("what is wrong is told by file and line, and rows of the layer carry it", async () => {
    const changed = timetable({
      "stop_times.txt":
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nT1,08:00,08:00:00,S1,1\nT1,8:05:00,8:05:00,S9,2\n",
      "stops.txt":
        "stop_id,stop_name,stop_lat,stop_lon\nS1,Gare,47.2,-1.5\nS1,Commerce,47.2,-1.5\nS3,Nord,97.2,-1.5\n,,1,1\n",
    });
    const { notes, wrong } = await opened(changed, { layer: "stops" });
    expect(notes).toEqual([
      "stop_id S1 is there twice, in line 3 of stops.txt.",
      "stop_lat “97.2”, in line 4 of stops.txt, is not as the standard wants it.",
      "stop_id is empty in line 5 of stops.txt.",
      "arrival_time “08:00”, in line 2 of stop_times.txt, is not as the standard wants it.",
      "stop_id S9, in line 3 of stop_times.txt, is not in stops.txt.",
    ]);
    expect(wrong).toEqual([
      "line 3: stop_id S1 is there twice, in line 3 of stops.txt.",
      "line 4: stop_lat “97.2”, in line 4 of stops.txt, is not as the standard wants it.",
      "line 5: stop_id is empty in line 5 of stops.txt.",
    ]);
    expect(await refusal(timetable({ "stops.txt": null }))).toBe("The timetable has no stops.txt. (#/stops.txt)");
    expect(await refusal(timetable({ "calendar.txt": null }))).toBe(
      "The timetable has neither calendar.txt nor calendar_dates.txt. (#)",
    );
    expect(await refusal(timetable({ "trips.txt": "route_id,trip_id\nR1,T1\n" }))).toBe(
      "trips.txt has no column service_id. (#/trips.txt)",
    );
  });
});

test("files within a zip file are layers", async () => {
  const zip = zipSync({ "b.csv": strToU8("x\n2\n"), "a.json": strToU8('[{"y":1}]'), "readme.md": strToU8("hello") });
  const { source, records, notes } = await opened(zip);
  expect(source).toMatchObject({ format: "json", layers: ["a.json", "b.csv"], used: { layer: "a.json" } });
  expect(records).toEqual([{ y: 1 }]);
  expect(notes).toEqual(["The file has 2 layers; a.json was read."]);
  expect((await opened(zip, { layer: "b.csv" })).records).toEqual([{ x: "2" }]);
  expect((await opened(zipSync({ "data/only.gpkg": data("city.gpkg") }))).rows).toHaveLength(3);
});
