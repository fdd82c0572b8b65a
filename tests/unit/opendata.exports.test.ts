import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { strFromU8, unzipSync } from "fflate";
import { expect, test } from "vitest";
import { geopackageOf } from "../../functions/opendata/exports/geopackage.ts";
import { xlsxOf } from "../../functions/opendata/exports/xlsx.ts";
import type { Geometry } from "../../functions/opendata/geometry.ts";
import { type Frame, opened } from "../stored.ts";

const frame: Frame = {
  columns: [
    { name: "name", type: "text", title: "The <name>" },
    { name: "Name", type: "integer" },
    { name: "share", type: "number" },
    { name: "isOpen", type: "boolean" },
    { name: "day", type: "date" },
    { name: "at", type: "datetime" },
    { name: "seen", type: "datetime", isLocal: true },
  ],
  cells: [
    ['=HYPERLINK("http://x")', "a & b <c> \u0007 _x0041_", null, "plain"],
    [1, -2, null, 900719925474099],
    [0.5, null, 1e-7, -0.25],
    [true, false, null, true],
    ["2026-02-28", null, "1850-01-01", "1900-03-01"],
    ["2026-01-01T10:00:00Z", null, "2026-01-01T10:00:00.123456Z", null],
    ["2026-01-01T10:00:00", null, null, "2026-06-30T23:59:59"],
  ],
  places: [
    { type: "Point", coordinates: [1, 2] },
    null,
    {
      type: "Polygon",
      coordinates: [
        [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 0],
        ],
      ],
    },
    { type: "Point", coordinates: [-4, 5, 30] },
  ] satisfies (Geometry | null)[],
};
async function bytesOf(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all);
}

// Guards against a spreadsheet that runs what somebody typed into a form, and against one that Excel cannot open.
test("a workbook holds each cell as its type, formulas as texts, signs that XML cannot hold as the format wants", async () => {
  const files = unzipSync(await bytesOf(xlsxOf(await opened(frame))));
  const sheet = strFromU8(files["xl/worksheets/sheet1.xml"]!);
  expect(sheet).not.toContain("<f>");
  const rows = [...sheet.matchAll(/<row>(.*?)<\/row>/gs)].map(([, row]) => row!);
  expect(rows).toHaveLength(5);
  expect(rows[0]).toContain("The &lt;name&gt;");
  expect(rows[1]).toContain('<c t="inlineStr" s="3"><is><t xml:space="preserve">=HYPERLINK(&quot;http://x&quot;)</t>');
  expect(rows[1]).toContain('<c><v>1</v></c><c><v>0.5</v></c><c t="b"><v>1</v></c><c s="1"><v>46081</v></c>');
  expect(rows[2]).toContain("a &amp; b &lt;c&gt; _x0007_ _x005F_x0041_");
  expect(rows[3]).toContain(">1850-01-01<");
  expect(rows[4]).toContain('<c s="1"><v>61</v></c>');
  expect(strFromU8(files["xl/styles.xml"]!)).toContain('quotePrefix="1"');
  for (const name of ["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
    expect(strFromU8(files[name]!), name).toMatch(/^<\?xml /);
});

test("a GeoPackage says what is in it, and holds every row with its place", async () => {
  const about = { table: "places", title: "Places", publishedAt: "2026-11-26T00:00:00Z" };
  const folder = mkdtempSync(join(tmpdir(), "hansa-test-gpkg-"));
  try {
    const path = join(folder, "a.gpkg");
    writeFileSync(path, await bytesOf(geopackageOf(await opened(frame), about)));
    const db = new DatabaseSync(path, { readOnly: true });
    const all = (sql: string) =>
      db
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }));
    expect(all("PRAGMA application_id")).toEqual([{ application_id: 0x47504b47 }]);
    expect(all("PRAGMA user_version")).toEqual([{ user_version: 10_300 }]);
    expect(all("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
    expect(all("PRAGMA foreign_key_check")).toEqual([]);
    expect(all("SELECT table_name, data_type, min_x, max_y, srs_id FROM gpkg_contents")).toEqual([
      { table_name: "places", data_type: "features", min_x: -4, max_y: 5, srs_id: 4326 },
    ]);
    expect(all("SELECT * FROM gpkg_geometry_columns")).toEqual([
      { table_name: "places", column_name: "geom", geometry_type_name: "GEOMETRY", srs_id: 4326, z: 2, m: 0 },
    ]);
    const rows = all("SELECT * FROM places");
    expect(rows.map(({ fid, geom: _, ...row }) => [fid, row])).toEqual([
      [
        1,
        {
          name: frame.cells[0]![0],
          Name_2: 1,
          share: 0.5,
          isOpen: 1,
          day: "2026-02-28",
          at: "2026-01-01T10:00:00.000Z",
          seen: "2026-01-01T10:00:00.000Z",
        },
      ],
      [2, { name: frame.cells[0]![1], Name_2: -2, share: null, isOpen: 0, day: null, at: null, seen: null }],
      [
        3,
        {
          name: null,
          Name_2: null,
          share: 1e-7,
          isOpen: null,
          day: "1850-01-01",
          at: "2026-01-01T10:00:00.123Z",
          seen: null,
        },
      ],
      [
        4,
        {
          name: "plain",
          Name_2: 900719925474099,
          share: -0.25,
          isOpen: 1,
          day: "1900-03-01",
          at: null,
          seen: "2026-06-30T23:59:59.000Z",
        },
      ],
    ]);
    // Head, byte order, kind (a point), longitude, latitude.
    const point = Buffer.from(rows[0]!["geom"] as Uint8Array);
    expect([point.subarray(0, 2).toString(), point[3], point.readInt32LE(4)]).toEqual(["GP", 1, 4326]);
    expect([point[8], point.readUInt32LE(9), point.readDoubleLE(13), point.readDoubleLE(21)]).toEqual([1, 1, 1, 2]);
    expect(rows[1]!["geom"]).toBeNull();
    db.close();
    // Where GDAL is, it has a word in it.
    const { stdout, stderr, error } = spawnSync("ogrinfo", ["-ro", "-al", path, "places"], { encoding: "utf8" });
    if (!error) {
      expect(stderr).toBe("");
      expect(stdout).toMatch(/Feature Count: 4[\s\S]*POINT Z \(-4 5 30\)/);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
