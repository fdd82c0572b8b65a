import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { feature } from "topojson-client";
import { describe, expect, test } from "vitest";
import { opened, refusal } from "../opened.ts";

const vega = (name: string) => readFileSync(`node_modules/vega-datasets/data/${name}`);
const codePage = (text: string, page: "windows-1252" | "windows-1256") => {
  const decoder = new TextDecoder(page);
  const bytes = new Map(Array.from({ length: 256 }, (_, byte) => [decoder.decode(Uint8Array.of(byte)), byte]));
  return Uint8Array.from([...text].map((sign) => bytes.get(sign)!));
};

describe("CSV", () => {
  test("airports: places and every row", async () => {
    const { source, rows, records, notes } = await opened(vega("airports.csv"));
    expect(source).toMatchObject({
      format: "csv",
      hasPlaces: true,
      used: { delimiter: ",", header: true, epsg: 4326 },
    });
    expect(rows).toHaveLength(3376);
    expect(rows.filter(({ place }) => place?.type === "Point")).toHaveLength(3376);
    expect(records[0]).toMatchObject({ iata: "00M", name: "Thigpen" });
    expect(rows[0]!.at).toBe("#/line/2");
    expect(notes).toEqual(["Places are made of: latitude, longitude."]);
  });

  test("a gzip file is what it holds", async () => {
    expect((await opened(gzipSync(vega("seattle-weather.csv")))).rows).toHaveLength(1461);
  });

  test.each([
    ["windows-1252", 'ville;prix\r\n"Orléans";1,50\r\n', { ville: "Orléans", prix: "1,50" }],
    ["windows-1256", "الاسم;السكان\nالدار البيضاء;3\n", { الاسم: "الدار البيضاء", السكان: "3" }],
  ] as const)("a code page is found out: %s", async (page, text, record) => {
    const { source, records, notes } = await opened(codePage(text, page));
    expect(source.used).toMatchObject({ encoding: page, delimiter: ";" });
    expect(records[0]).toEqual(record);
    expect(notes[0]).toMatch(new RegExp(`not UTF-8, from line [12] on; it was read as ${page}`));
    expect((await opened(codePage(text, page), { encoding: page })).notes[0]).not.toMatch(/UTF-8/);
  });

  test.each([true, false])("UTF-16, with its mark: %s", async (hasMark) => {
    const text = Buffer.from(`${hasMark ? "\uFEFF" : ""}name,n\nÉmile,1\n`, "utf16le");
    expect((await opened(text)).records).toEqual([{ name: "Émile", n: "1" }]);
    expect((await opened(text.swap16())).source.used.encoding).toBe("utf-16be");
  });

  test("delimiters, decimal commas, and the first line of spreadsheets", async () => {
    expect((await opened("a\tb\n1\t2\n")).records).toEqual([{ a: "1", b: "2" }]);
    expect((await opened("a|b\n1|2\n")).records).toEqual([{ a: "1", b: "2" }]);
    expect((await opened("sep=;\na;b\n1;2\n")).rows[0]).toEqual({ at: "#/line/3", cells: ["1", "2"] });
    expect((await opened("a;b\n1,5;x\n2;y\n")).source.used.decimal).toBe(",");
    expect((await opened("a;b\n1.5;x\n2;y\n")).source.used.decimal).toBe(".");
    expect((await opened("\uFEFFa,b\r1,2\r")).records).toEqual([{ a: "1", b: "2" }]);
  });

  test("a table without a header numbers its columns; somebody may say otherwise", async () => {
    const text = "1,2026-01-01\n2,2026-01-02\n";
    expect((await opened(text)).records[0]).toEqual({ "column 1": "1", "column 2": "2026-01-01" });
    expect((await opened(text, { header: true })).records).toEqual([{ "1": "2", "2026-01-01": "2026-01-02" }]);
    expect((await opened("commune;2024;2025\nx;1;2\n")).source.used.header).toBe(true);
  });

  test("places of well-known text, of GeoJSON, of one column, and in Lambert-93", async () => {
    const wkt = await opened('name,wkt\nx,"POLYGON((0 0,1 0,1 1,0 0))"\ny,POINT EMPTY\nz,POINT(x)\n');
    expect(wkt.rows.map(({ place }) => place?.type)).toEqual(["Polygon", undefined, undefined]);
    expect(wkt.wrong).toEqual(["line 4: “POINT(x)” is no geometry."]);
    expect(wkt.source.columns.map(({ name }) => name)).toEqual(["name"]);
    const named = await opened('n;geom\n1;"SRID=2154;POINT(355577.8 6689723.2)"\n');
    expect((named.rows[0]!.place as { coordinates: number[] }).coordinates[1]).toBeCloseTo(47.218, 2);
    const shape = await opened('n;geo_shape\n1;"{""type"":""Point"",""coordinates"":[1,2]}"\n');
    expect(shape.rows[0]!.place).toEqual({ type: "Point", coordinates: [1, 2] });
    const pair = await opened('n;geo_point_2d\n1;"47.2, -1.5"\n2;47.3,-1.6\n');
    expect(pair.rows[0]!.place).toEqual({ type: "Point", coordinates: [-1.5, 47.2] });
    const planar = "n,x,y\n1,355577.8,6689723.2\n";
    expect((await opened(planar)).source.hasPlaces).toBe(false);
    const nantes = await opened(planar, { epsg: 2154 });
    const [longitude, latitude] = (nantes.rows[0]!.place as { coordinates: number[] }).coordinates;
    expect([longitude, latitude]).toEqual([expect.closeTo(-1.554, 2), expect.closeTo(47.218, 2)]);
    expect(nantes.notes).toContain("Places were turned from RGF93 v1 / Lambert-93 into WGS 84.");
  });

  test("swapped axes are put right, by the Earth or by the area that is stated", async () => {
    const china = await opened("name,lat,lon\nx,116.4,39.9\ny,121.5,31.2\n");
    expect(china.rows[0]!.place).toEqual({ type: "Point", coordinates: [116.4, 39.9] });
    expect(china.notes).toContain("Longitude and latitude are swapped in the file; they were put right.");
    const area: [number, number, number, number] = [-4.2, 5.2, -3.8, 5.5];
    const one = await opened("name,lat,lon\nx,5.3,-4\ny,-4,5.3\nz,5.31,-4\n", { area });
    expect(one.rows.map(({ place }) => (place as { coordinates: number[] }).coordinates[1])).toEqual([5.3, 5.3, 5.31]);
    expect(one.notes.at(-1)).toMatch(/^1 place, of line 3, had longitude and latitude swapped/);
  });

  test("mistakes are told by line, and the other rows are good", async () => {
    const { rows, wrong } = await opened("name,lat,lon\nx,95,200\ny,5,1\nz,a,1\nw\n");
    expect(wrong).toEqual([
      "line 2: 200, 95 is not on the Earth: is it in another coordinate system?",
      "line 4: “a, 1” is no latitude and longitude.",
      "line 5: The row has 1 fields, and the header 3.",
    ]);
    expect(rows[1]!.place).toEqual({ type: "Point", coordinates: [1, 5] });
  });

  test.each([
    ["", "The file is empty. (#)"],
    ["  \n", "The file is empty. (#)"],
    ["a,b\n", "There is no row in the file. (#)"],
    ['a,b\n1,2\n3,"4\n5,6\n', "A quotation mark is opened in line 3 and never closed. (#/line/3)"],
    ["a,b\n1,\u0000\n", "There is a NUL byte in line 2: this is not a text file. (#/line/2)"],
    [
      `${Array.from({ length: 501 }, (_, i) => `c${i}`).join(",")}\n1\n`,
      "There are 501 columns; at most 500 are taken. (#/line/1)",
    ],
  ])("a broken table is refused by line: %.30s", async (text, reason) => {
    expect(await refusal(text)).toBe(reason);
  });

  test("names that are missing or there twice are made up, and that is said", async () => {
    const { source, notes } = await opened("a,,a\n1,2,3\n");
    expect(source.columns.map(({ name }) => name)).toEqual(["a", "column 2", "a 2"]);
    expect(notes).toEqual([
      "Column 2 has no name; it is called column 2.",
      "Two columns are called a; the second is called a 2 here.",
    ]);
  });
});

describe("JSON", () => {
  const collection = (features: unknown[], more = {}) =>
    JSON.stringify({ type: "FeatureCollection", ...more, features });
  const point = (coordinates: unknown, properties: object | null = {}) => ({
    type: "Feature",
    properties,
    geometry: { type: "Point", coordinates },
  });

  test("London's boroughs", async () => {
    const topology = JSON.parse(vega("londonBoroughs.json").toString());
    const { source, rows } = await opened(JSON.stringify(feature(topology, topology.objects["boroughs"])));
    expect(source).toMatchObject({ format: "geojson", hasPlaces: true });
    expect(source.columns.map(({ name }) => name)).toEqual(["id"]);
    expect(rows).toHaveLength(33);
    expect(await refusal(vega("londonBoroughs.json"))).toMatch(/TopoJSON/);
  });

  test("columns are those of all features; nested values stay JSON", async () => {
    const { source, records } = await opened(
      collection([point([1, 2], { a: 1 }), point([1, 2], { b: { c: 1 } }), point([1, 2], null)]),
    );
    expect(source.columns).toEqual([
      { name: "a", values: "typed" },
      { name: "b", values: "typed" },
    ]);
    expect(records).toEqual([
      { a: 1, b: null },
      { a: null, b: '{"c":1}' },
      { a: null, b: null },
    ]);
  });

  test("an old coordinate system is turned into WGS 84", async () => {
    const crs = { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::2154" } };
    const { rows, source } = await opened(collection([point([355577.8, 6689723.2])], { crs }));
    expect((rows[0]!.place as { coordinates: number[] }).coordinates[1]).toBeCloseTo(47.218, 2);
    expect(source.used.epsg).toBe(2154);
    const unknown = { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::99999" } };
    expect(await refusal(collection([point([1, 2])], { crs: unknown }))).toMatch(/EPSG::99999 is not known/);
  });

  test("one feature, one geometry, and sequences", async () => {
    expect((await opened(JSON.stringify(point([1, 2], { a: 1 })))).records).toEqual([{ a: 1 }]);
    expect((await opened('{"type":"Point","coordinates":[1,2]}')).rows[0]!.place).toEqual({
      type: "Point",
      coordinates: [1, 2],
    });
    expect((await opened('{"coordinates":[1,2],"type":"Point"}')).rows).toHaveLength(1);
    const lines = [1, 2, 3].map((a) => JSON.stringify(point([1, 2], { a })));
    expect((await opened(`${lines.join("\n")}\n`)).records).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
    expect((await opened(lines.map((line) => `\u001e${line}\n`).join(""))).rows).toHaveLength(3);
  });

  test("lists of objects, at the top or within", async () => {
    expect((await opened('[{"a":1},{"b":true}]')).records).toEqual([
      { a: 1, b: null },
      { a: null, b: true },
    ]);
    expect((await opened('{"years":[1,2],"none":[],"rows":[{"a":"]}"},{"a":"\\""}],"n":2}')).records).toEqual([
      { a: "]}" },
      { a: '"' },
    ]);
    expect((await opened('[{"a":1},7]')).wrong).toEqual(["record 2: This is not an object."]);
  });

  test.each([
    ["{", /cut off in line 1/],
    ['{"type":"FeatureCollection","features":[{"type":"Feature"', /cut off in line 1/],
    ['[{"a":1},\n{"a":}]', /not JSON from line 2 on/],
    ['[{"a":1}\n{"a":2}]', /not JSON from line 2 on/],
    ['[{"a":1}]x', /not JSON/],
    ["[]", /no list of objects/],
    ["[1,2]", /no list of objects/],
    ['{"type":"FeatureCollection","features":[]}', /no feature/],
    ['{"type":"FeatureCollection","features":7}', /no feature/],
    ["[".repeat(5000), /nested deeper than 100/],
  ])("%.30s is refused", async (text, reason) => {
    expect(await refusal(text)).toMatch(reason);
  });

  test.each([
    [{ type: "Point", coordinates: [1e308, 1e308] }, /not on the Earth/],
    [{ type: "Point", coordinates: [48, 120] }, /swapped/],
    [{ type: "Point", coordinates: ["1", 2] }, /not a number/],
    [{ type: "Point", coordinates: [[1, 2]] }, /not a number/],
    [{ type: "LineString", coordinates: [[1, 2]] }, /too few points/],
    [{ type: "LineString", coordinates: [1, 2] }, /not nested/],
    [{ type: "Circle", coordinates: [0, 0] }, /no known type \(Circle\)/],
    [
      {
        type: "GeometryCollection",
        geometries: [
          { type: "Point", coordinates: [0, 0] },
          {
            type: "LineString",
            coordinates: [
              [0, 0],
              [1, 1],
            ],
          },
        ],
      },
      /collection of several kinds/,
    ],
  ])("a wrong geometry is told by feature: %j", async (geometry, reason) => {
    const good = Array.from({ length: 3 }, () => point([1, 2]));
    const { wrong } = await opened(collection([...good, { type: "Feature", properties: {}, geometry }]));
    expect(wrong).toHaveLength(1);
    expect(wrong[0]).toMatch(/^feature 4: /);
    expect(wrong[0]).toMatch(reason);
  });

  test("open rings are closed, bow ties parted, kinds counted", async () => {
    const ring = (...coordinates: number[][]) => ({
      type: "Feature",
      properties: {},
      geometry: { type: "Polygon", coordinates: [coordinates] },
    });
    const { rows, notes, wrong } = await opened(
      collection([ring([0, 0], [1, 0], [1, 1]), ring([0, 0], [2, 2], [2, 0], [0, 2], [0, 0]), point([1, 2])]),
    );
    expect(wrong).toEqual([]);
    expect(rows[0]!.place).toEqual({
      type: "Polygon",
      coordinates: [
        [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 0],
        ],
      ],
    });
    expect(rows[1]!.place).toMatchObject({ type: "MultiPolygon" });
    expect(notes).toEqual([
      "1 place, of feature 1, had a ring that was not closed; it was closed.",
      "1 place, of feature 2, had an outline that crosses itself; it was parted where it does.",
      "Places are of several kinds: 1 of points, 0 of lines, 2 of areas.",
    ]);
  });
});
