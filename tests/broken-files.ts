import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { strToU8, unzipSync, zipSync } from "fflate";
import { timetable } from "./timetable.ts";

const data = (name: string) => readFileSync(`tests/data/formats/${name}`);

/** A file that is broken, and what must be said of it: why it is refused, or what was repaired, or which row is wrong. */
export type Broken = [name: string, bytes: () => Uint8Array | string, says: RegExp];

const features = (...geometries: unknown[]) =>
  JSON.stringify({
    type: "FeatureCollection",
    features: geometries.map((geometry, n) => ({ type: "Feature", properties: { n }, geometry })),
  });
const point = (...coordinates: unknown[]) => ({ type: "Point", coordinates });
const ring = (...coordinates: number[][]) => ({ type: "Polygon", coordinates: [coordinates] });

/** Bytes of a file with some of them another way. */
function patched(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy.set(values, at);
  return copy;
}
const find = (bytes: Uint8Array, text: string | number[], from = 0): number =>
  Buffer.from(bytes).indexOf(Buffer.from(text as string), from);

/** A zip file with some of its parts another way, or gone (null). */
function rezipped(
  name: string,
  changes: Record<string, ((bytes: Uint8Array) => Uint8Array | string) | null>,
): Uint8Array {
  const parts: Record<string, Uint8Array> = unzipSync(data(name));
  for (const [part, change] of Object.entries(changes)) {
    if (change === null) delete parts[part];
    else {
      const changed = change(parts[part] ?? new Uint8Array(0));
      parts[part] = typeof changed === "string" ? strToU8(changed) : changed;
    }
  }
  return zipSync(parts);
}

const LAUGHS = `<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;"><!ENTITY lol3 "&lol2;&lol2;&lol2;">]>`;
const OUTSIDE = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>';
const kml = (inner: string, type = "") => `<?xml version="1.0"?>${type}<kml><Document>${inner}</Document></kml>`;
const placemark = (inner: string) => kml(`<Placemark><name>a</name>${inner}</Placemark>`);

const CSV: Broken[] = [
  ["quotes never closed", () => 'a,b\n1,2\n3,"4\n5,6\n', /opened in line 3 and never closed/],
  [
    "quotes never closed, in a long file",
    () => `a,b\n1,"2\n${"3,4\n".repeat(800_000)}`,
    /begins in line 2 is longer than 1,000,000 signs/,
  ],
  ["a NUL byte", () => "a,b\n1,2\n3,\u00004\n", /NUL byte in line 3/],
  ["20,000 columns", () => `${"a,".repeat(20_000)}a\n1\n`, /20,001 columns; at most 500/],
  ["millions of columns", () => `${"a,".repeat(3_000_000)}a\n1\n`, /more than 500 columns/],
  ["one line of 5 MB", () => Buffer.alloc(5_000_000, "x"), /begins in line 1 is longer than/],
  [
    "rows of other lengths",
    () => "a,b\n1,2\n3\n4,5,6\n",
    /line 3: The row has 1 fields, and the header 2.*line 4: The row has 3 fields/,
  ],
  [
    "fields after the last column",
    () => "a,b\n1,2,\n3,4,,\n",
    /2 rows, the first of them line 2, have empty fields after the last column/,
  ],
  ["two columns of one name", () => "a,a\n1,2\n", /Two columns are called a; the second is called a 2/],
  ["a column without a name", () => "a,,c\n1,2,3\n", /Column 2 has no name/],
  [
    "another encoding than it seems",
    () => Buffer.from("name\nOrléans\n", "latin1"),
    /not UTF-8, from line 2 on; it was read as windows-1252/,
  ],
  ["nothing", () => "", /The file is empty/],
  ["a header alone", () => "a,b,c\n", /no row in the file/],
  [
    "bytes by chance",
    () => Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919 + (i >> 3) * 31) % 256),
    /NUL byte in line \d+/,
  ],
  ["a latitude of 200", () => "lat,lon\n1,2\n3,4\n200,1000\n", /line 4: 1000, 200 is not on the Earth/],
  [
    "well-known text cut off",
    () => 'a,wkt\n1,POINT(1 2)\n2,"POLYGON((0 0,1 1"\n3,POINT(3 4)\n',
    /line 3: “POLYGON\(\(0 0,1 1” is no geometry/,
  ],
  [
    "x and y in metres of nobody knows where",
    () => "n,x,y\n1,355577,6689723\n",
    /y, x look like places in a coordinate system that the file does not name/,
  ],
];

const JSONS: Broken[] = [
  ["cut off in a feature", () => features(point(1, 2), point(3, 4)).slice(0, 150), /cut off in line 1/],
  ["cut off before the last bracket", () => features(point(1, 2)).slice(0, -1), /cut off/],
  ["100,000 brackets", () => "[".repeat(100_000), /nested deeper than 100 in line 1/],
  [
    "100,000 brackets in a property",
    () => `[{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}]`,
    /nested deeper than 100/,
  ],
  [
    "coordinates of 1e308",
    () => features(point(1, 2), point(1e308, 1e308)),
    /feature 2: 1e\+308, 1e\+308 is not on the Earth/,
  ],
  ["coordinates that are texts", () => features(point("1", "2")), /feature 1: One of its coordinates is not a number/],
  ["coordinates nested too little", () => features({ type: "Polygon", coordinates: [1, 2] }), /not nested as the type/],
  [
    "swapped axes",
    () => features(point(39.9, 116.4), point(31.2, 121.5)),
    /Longitude and latitude are swapped in the file; they were put right/,
  ],
  [
    "one place with swapped axes",
    () => features(point(1, 2), point(1, 2), point(48, 120)),
    /feature 3: .*look swapped/,
  ],
  [
    "mixed kinds of places",
    () =>
      features(point(1, 2), {
        type: "LineString",
        coordinates: [
          [0, 0],
          [1, 1],
        ],
      }),
    /several kinds: 1 of points, 1 of lines/,
  ],
  [
    "a collection of several kinds",
    () =>
      features({
        type: "GeometryCollection",
        geometries: [
          point(1, 2),
          {
            type: "LineString",
            coordinates: [
              [0, 0],
              [1, 1],
            ],
          },
        ],
      }),
    /collection of several kinds/,
  ],
  [
    "a polygon that crosses itself",
    () => features(ring([0, 0], [2, 2], [2, 0], [0, 2], [0, 0])),
    /outline that crosses itself; it was parted/,
  ],
  [
    "a ring that is not closed",
    () => features(ring([0, 0], [1, 0], [1, 1], [0, 1])),
    /ring that was not closed; it was closed/,
  ],
  ["a ring of two points", () => features(ring([0, 0], [1, 1])), /too few points/],
  [
    "a collection of nothing that is known",
    () => features({ type: "GeometryCollection", geometries: [null] }),
    /feature 1: Its geometry is of no known type \(null\)/,
  ],
  [
    "a geometry that is a text",
    () => features(point(1, 2), "POINT(1 2)"),
    /feature 2: Its geometry is of no known type \(POINT/,
  ],
  ["a type that nobody knows", () => features({ type: "Circle", coordinates: [0, 0] }), /no known type \(Circle\)/],
  [
    "a coordinate system that nobody knows",
    () => `{"crs":{"properties":{"name":"EPSG:99999"}},${features(point(1, 2)).slice(1)}`,
    /EPSG:99999 is not known/,
  ],
  [
    "a new property in each feature",
    () => JSON.stringify(Array.from({ length: 600 }, (_, i) => ({ [`p${i}`]: i }))),
    /501 columns; at most 500/,
  ],
  [
    "5,000 members beside the rows",
    () => `{${Array.from({ length: 5_000 }, (_, i) => `"m${i}":1`).join(",")},"rows":[{"a":1}]}`,
    /more than 1,000 members/,
  ],
  [
    "features that are none",
    () =>
      '{"type":"FeatureCollection","features":["x",{"type":"Feature","properties":7,"geometry":null},{"type":"Feature","properties":{},"geometry":null}]}',
    /feature 1: This is not an object.*feature 2: This is not a feature/,
  ],
  ["NaN, which is no JSON", () => '[{"a":1},\n{"a":NaN}]', /not JSON from line 2/],
  ["a second document behind it", () => '[{"a":1}] [{"a":2}]', /not JSON/],
  ["TopoJSON", () => '{"type":"Topology","objects":{},"arcs":[]}', /TopoJSON/],
  ["one value of 17 MB", () => `[{"a":"${"x".repeat(17_000_000)}"}]`, /begins in line 1 is larger than 16 MB/],
];

const ZIPS: Broken[] = [
  ["a zip file cut off", () => data("shapes.zip").subarray(0, 1500), /zip file is damaged or cut off/],
  [
    "a zip file with a changed byte",
    () => patched(zipSync({ "a.csv": [strToU8("a,b\n1,2\n"), { level: 0 }] }), 40, 0x39),
    /a\.csv in the zip file is damaged: its checksum is wrong/,
  ],
  ["a zip bomb", () => zipSync({ "a.csv": Buffer.alloc(24_000_000, "a") }), /more than 250 times its size/],
  ["a zip file that says it has 4 GB", () => hugeZip(), /larger than 2,048 MB/],
  [
    "zip files in zip files",
    () =>
      [1, 2, 3, 4, 5].reduce<Uint8Array>(
        (inner) => zipSync({ "a.zip": inner }),
        zipSync({ "a.csv": strToU8("a\n1\n") }),
      ),
    /packed within files too often/,
  ],
  [
    "10,001 files",
    () =>
      zipSync(
        Object.fromEntries(
          Array.from({ length: 10_001 }, (_, i) => [`${i}.csv`, [new Uint8Array(0), { level: 0 as const }]]),
        ),
      ),
    /more than 10,000 files/,
  ],
  ["a zip file with a password", () => locked(), /a\.csv in the zip file needs a password/],
  [
    "a name that leaves the folder",
    () => zipSync({ "../../etc/a.csv": strToU8("a\n1\n") }),
    /damaged or cut off: invalid relative path/,
  ],
  ["a zip file of nothing", () => zipSync({ "readme.md": strToU8("x") }), /no file in the zip file that can be read/],
  ["gzip cut off", () => gzipSync("a,b\n1,2\n".repeat(1000)).subarray(0, 40), /gzip file is cut off/],
  [
    "gzip with a changed byte",
    () => patched(gzipSync("a,b\n1,2\n".repeat(1000)), 20, 0xff, 0xff),
    /gzip file is (?:damaged|cut off)/,
  ],
  ["a gzip bomb", () => gzipSync(Buffer.alloc(24_000_000, "a,b\n")), /more than 250 times its size/],
];

/** The list of a zip file says that its one file has 4 GB. */
function hugeZip(): Uint8Array {
  const zip = zipSync({ "a.csv": strToU8("a,b\n1,2\n") });
  return patched(zip, find(zip, [0x50, 0x4b, 1, 2]) + 24, 0xfe, 0xff, 0xff, 0xff);
}
function locked(): Uint8Array {
  const zip = zipSync({ "a.csv": strToU8("a,b\n1,2\n") });
  return patched(patched(zip, 6, 1), find(zip, [0x50, 0x4b, 1, 2]) + 8, 1);
}

const SHEET = "xl/worksheets/sheet1.xml";
const STRINGS = "xl/sharedStrings.xml";
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const BOOKS: Broken[] = [
  [
    "a workbook with macros",
    () => rezipped("libraries.xlsx", { "xl/vbaProject.bin": () => "x" }),
    /has macros; it was read without them/,
  ],
  [
    "a workbook without its list of sheets",
    () => rezipped("libraries.xlsx", { "xl/workbook.xml": null }),
    /has no xl\/workbook\.xml/,
  ],
  [
    "a workbook without its sheets",
    () =>
      rezipped("libraries.xlsx", { [SHEET]: null, "xl/worksheets/sheet2.xml": null, "xl/worksheets/sheet3.xml": null }),
    /has no xl\/worksheets\/sheet1\.xml/,
  ],
  [
    "a sheet cut off",
    () => rezipped("libraries.xlsx", { [SHEET]: (bytes) => bytes.subarray(0, 900) }),
    /sheet1\.xml is not well-formed XML/,
  ],
  [
    "a million laughs in its texts",
    () => rezipped("libraries-gdal.xlsx", { [STRINGS]: (bytes) => text(bytes).replace(/<sst/, `${LAUGHS}<sst`) }),
    /sharedStrings\.xml has a document type/,
  ],
  [
    "an entity from outside",
    () => rezipped("libraries.xlsx", { [SHEET]: (bytes) => text(bytes).replace(/<worksheet/, `${OUTSIDE}<worksheet`) }),
    /sheet1\.xml has a document type/,
  ],
  [
    "an entity that is not there",
    () => rezipped("libraries.xlsx", { [SHEET]: (bytes) => text(bytes).replace("<v>1</v>", "<v>&x;</v>") }),
    /sheet1\.xml is not well-formed/,
  ],
  [
    "a cell in column XFD",
    () => rezipped("libraries.xlsx", { [SHEET]: (bytes) => text(bytes).replace('r="I5"', 'r="XFD5"') }),
    /16,384 columns; at most 500/,
  ],
  [
    "a cell of no sheet",
    () => rezipped("libraries.xlsx", { [SHEET]: (bytes) => text(bytes).replace('r="I5"', 'r="5I"') }),
    /5I is no cell/,
  ],
  [
    "a cell with 1,000 attributes",
    () =>
      rezipped("libraries.xlsx", {
        [SHEET]: (bytes) =>
          text(bytes).replace('<c r="I5"', `<c r="I5" ${Array.from({ length: 1000 }, (_, i) => `a${i}=""`).join(" ")}`),
      }),
    /not well-formed/,
  ],
  [
    "an old workbook",
    () => Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1),
    /old workbook \(\.xls\), or one with a password/,
  ],
  ...(
    [
      [
        ".ods",
        { mimetype: "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "", "META-INF/manifest.xml": "" },
      ],
      [".xlsb", { "[Content_Types].xml": "", "xl/workbook.bin": "" }],
      [".numbers", { "Index/Document.iwa": "" }],
    ] as [kind: string, parts: Record<string, string>][]
  ).map(
    ([kind, parts]): Broken => [
      `a workbook of the kind ${kind}`,
      () => zipSync(Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, strToU8(part)]))),
      new RegExp(`kind \\${kind} are not read\\. .*save it as \\.xlsx`),
    ],
  ),
  ["a flat .fods", () => '<?xml version="1.0"?>\n<office:document xmlns:office="urn:x"/>', /kind \.fods are not read/],
];

const SHAPES: Broken[] = [
  [
    "a .dbf shorter than it says",
    () => rezipped("shapes.zip", { "libraries.dbf": (bytes) => bytes.subarray(0, bytes.length - 100) }),
    /libraries\.dbf ends in row 3 of libraries\.dbf, before what it says it holds \(3\)/,
  ],
  [
    "a .dbf of nonsense",
    () => rezipped("shapes.zip", { "libraries.dbf": () => "nonsense".repeat(20) }),
    /libraries\.dbf/,
  ],
  ["no .dbf", () => rezipped("shapes.zip", { "libraries.dbf": null }), /has no \.dbf file/],
  [
    "a .shx of another file",
    () => rezipped("shapes.zip", { "libraries.shx": (bytes) => bytes.subarray(0, 108) }),
    /libraries\.shx does not fit its \.shp/,
  ],
  [
    "a .shp cut off",
    () => rezipped("shapes.zip", { "libraries.shp": (bytes) => bytes.subarray(0, 120) }),
    /libraries\.shp ends in libraries\.shp, before/,
  ],
  [
    "a .shp of nonsense",
    () => rezipped("shapes.zip", { "libraries.shp": () => "nonsense".repeat(20) }),
    /libraries\.shp is not a file of this kind/,
  ],
  [
    "a shape longer than its file",
    () => rezipped("shapes.zip", { "libraries.shp": (bytes) => patched(bytes, 104, 0, 0xff, 0, 0) }),
    /row 1 of libraries\.shp is damaged/,
  ],
  [
    "a shape of more points than it has",
    () =>
      rezipped("shapes.zip", {
        "libraries.shp": null,
        "libraries.dbf": null,
        "parks.shp": (bytes) => patched(bytes, 148, 0xff, 0xff, 0xff, 0x7f),
      }),
    /row 1: row 1 of parks\.shp is damaged/,
  ],
  [
    "a .prj of nonsense",
    () => rezipped("shapes.zip", { "libraries.prj": () => "PROJCS[nonsense" }),
    /coordinate system PROJCS\[nonsense is not known/,
  ],
  [
    "fewer rows than shapes",
    () => rezipped("shapes.zip", { "libraries.dbf": (bytes) => patched(bytes, 4, 2) }),
    /3 shapes and 2 rows/,
  ],
];

/** A database of SQL that is not ours. */
function sqlite(sql: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "hansa-broken-"));
  const path = join(folder, "x.gpkg");
  try {
    const db = new DatabaseSync(path);
    db.exec(`PRAGMA synchronous = OFF; ${sql}`);
    db.close();
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
const geoPackage = (sql: string): Uint8Array =>
  sqlite(`CREATE TABLE gpkg_contents(table_name TEXT, data_type TEXT);
    CREATE TABLE gpkg_geometry_columns(table_name TEXT, column_name TEXT, srs_id INTEGER);
    CREATE TABLE gpkg_spatial_ref_sys(srs_id INTEGER, organization TEXT, organization_coordsys_id INTEGER, definition TEXT);
    INSERT INTO gpkg_spatial_ref_sys VALUES (4326, 'EPSG', 4326, '');
    ${sql}`);
const FEATURES =
  "INSERT INTO gpkg_contents VALUES ('t', 'features'); INSERT INTO gpkg_geometry_columns VALUES ('t', 'geom', 4326);";
const ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS fid, i AS geom FROM n";
/** "GP", little-endian, no box, and what should be well-known binary. */
const blob = (wkb: string) => `x'4750000100000000${wkb}'`;
const PACKAGES: Broken[] = [
  [
    "well-known binary cut off",
    () =>
      geoPackage(
        `CREATE TABLE t(fid INTEGER PRIMARY KEY, geom BLOB); ${FEATURES} INSERT INTO t(geom) VALUES (${blob("0101000000000000")})`,
      ),
    /row 1: Its geometry is damaged/,
  ],
  [
    "well-known binary of 4 billion points",
    () =>
      geoPackage(
        `CREATE TABLE t(fid INTEGER PRIMARY KEY, geom BLOB); ${FEATURES} INSERT INTO t(geom) VALUES (${blob("0102000000ffffffff0000")})`,
      ),
    /row 1: Its geometry is damaged/,
  ],
  [
    "a geometry that is text",
    () =>
      geoPackage(
        `CREATE TABLE t(fid INTEGER PRIMARY KEY, geom BLOB); ${FEATURES} INSERT INTO t(geom) VALUES ('POINT(1 2)')`,
      ),
    /row 1: Its geometry is damaged/,
  ],
  [
    "a view without end for a layer",
    () => geoPackage(`CREATE VIEW t AS ${ENDLESS}; ${FEATURES}`),
    /no table in the GeoPackage/,
  ],
  [
    "a view without end beside the layer",
    () =>
      geoPackage(
        `CREATE TABLE t(fid INTEGER PRIMARY KEY, geom BLOB); CREATE VIEW v AS ${ENDLESS}; INSERT INTO gpkg_contents VALUES ('v', 'attributes'); ${FEATURES} INSERT INTO t(geom) VALUES (NULL)`,
      ),
    /v is a view or a virtual table; it was not read.*1 triggers and views/,
  ],
  [
    "triggers",
    () =>
      geoPackage(
        `CREATE TABLE t(fid INTEGER PRIMARY KEY, geom BLOB); CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM t; END; ${FEATURES} DROP TRIGGER x; INSERT INTO t(geom) VALUES (NULL); CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM t; END;`,
      ),
    /1 triggers and views of its own; they were not run/,
  ],
  [
    "a column that is computed without end",
    () =>
      geoPackage(
        `CREATE TABLE t(fid INTEGER PRIMARY KEY, geom BLOB); ${FEATURES} INSERT INTO t(geom) VALUES (NULL); ALTER TABLE t ADD COLUMN bomb TEXT AS (hex(zeroblob(400000000))) VIRTUAL`,
      ),
    /^$/,
  ],
  [
    "gpkg_contents that is a view",
    () => sqlite(`CREATE VIEW gpkg_contents AS SELECT fid AS table_name, 'features' AS data_type FROM (${ENDLESS})`),
    /not read: SQLite/,
  ],
  ["SQLite that is no GeoPackage", () => sqlite("CREATE TABLE t(a)"), /not read: SQLite/],
  ["a GeoPackage cut off", () => data("city.gpkg").subarray(0, 40_000), /GeoPackage cannot be read/],
  [
    "a GeoPackage with pages of nonsense",
    () => patched(data("city.gpkg"), 4096, ...Array.from({ length: 80_000 }, (_, i) => (i * 7919) % 256)),
    /GeoPackage cannot be read|no table in the GeoPackage|geometry is damaged/,
  ],
  [
    "a system that nobody knows",
    () =>
      geoPackage(
        `CREATE TABLE t(fid INTEGER PRIMARY KEY, geom BLOB); ${FEATURES.replace("4326", "77")} INSERT INTO t(geom) VALUES (NULL)`,
      ),
    /srs_id 77 is not known/,
  ],
];

const MAPS: Broken[] = [
  [
    "KML with a link elsewhere",
    () =>
      kml(
        `<NetworkLink><Link><href>http://elsewhere.example/</href></Link></NetworkLink><Placemark><Point><coordinates>1,2</coordinates></Point></Placemark>`,
      ),
    /1 link to another file, in line 1, was not followed/,
  ],
  [
    "KML with a million laughs",
    () => kml("<Placemark><name>&lol3;</name></Placemark>", LAUGHS),
    /has a document type or entities of its own in line 1/,
  ],
  [
    "KML with an entity from outside",
    () => kml("<Placemark><name>&x;</name></Placemark>", OUTSIDE),
    /has a document type/,
  ],
  [
    "KML that is not closed",
    () => placemark("<Point><coordinates>1,2").replace("</Placemark>", ""),
    /not well-formed XML/,
  ],
  [
    "KML with a line of 200,000 points, one of letters",
    () => placemark(`<LineString><coordinates>${"1,2 ".repeat(200_000)}a,b</coordinates></LineString>`),
    /line 1: One of its coordinates is not a number/,
  ],
  ["KML cut off", () => data("city.kml").subarray(0, 1000), /not well-formed XML/],
  ["KML of 10,000 folders in each other", () => kml("<Folder>".repeat(10_000)), /nested deeper than 60/],
  ["KML without a placemark", () => kml("<name>x</name>"), /no placemark/],
  [
    "KML with a place of letters",
    () => placemark("<Point><coordinates>a,b</coordinates></Point>"),
    /line 1: One of its coordinates is not a number/,
  ],
  ["a web page", () => "<!DOCTYPE html><html><body>404</body></html>", /a web page, not data/],
  ["other XML", () => '<?xml version="1.0"?><gpx><wpt lat="1" lon="2"/></gpx>', /not read: <gpx>/],
  [
    "KML that says another encoding than it has",
    () => Buffer.from(placemark("").replace("<name>a", "<name>\u00e9"), "latin1"),
    /not well-formed XML/,
  ],
];

const TIMETABLES: Broken[] = [
  ["a timetable without stops", () => timetable({ "stops.txt": null }), /timetable has no stops\.txt/],
  [
    "a timetable without days",
    () => timetable({ "calendar.txt": null }),
    /neither calendar\.txt nor calendar_dates\.txt/,
  ],
  [
    "a timetable with a day that never was",
    () =>
      timetable({
        "calendar.txt":
          "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nWEEK,1,1,1,1,1,0,0,20261301,20261231\n",
      }),
    /start_date “20261301”, in line 2 of calendar\.txt/,
  ],
  [
    "a timetable with stops of no trip",
    () =>
      timetable({
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nT9,8:00:00,8:00:00,S1,1\n",
      }),
    /trip_id T9, in line 2 of stop_times\.txt, is not in trips\.txt/,
  ],
  [
    "a timetable with a quote never closed",
    () => timetable({ "trips.txt": 'route_id,service_id,trip_id\nR1,"WEEK,T1\n' }),
    /opened in line 2 and never closed/,
  ],
];

export const BROKEN: Broken[] = [...CSV, ...JSONS, ...ZIPS, ...BOOKS, ...SHAPES, ...PACKAGES, ...MAPS, ...TIMETABLES];
