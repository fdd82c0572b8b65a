import { createHash } from "node:crypto";
import { parquetReadObjects } from "hyparquet";
import { describe, expect, test } from "vitest";
import { featureOf, features, featureTexts } from "../../functions/opendata/feature.ts";
import { boxOf, type Geometry } from "../../functions/opendata/geometry.ts";
import { testOf } from "../../functions/opendata/query/filter.ts";
import { find } from "../../functions/opendata/query/find.ts";
import { countOf, matching } from "../../functions/opendata/query/matching.ts";
import { made, recordsOf, sorted } from "../../functions/opendata/query/reading.ts";
import { answerSelect } from "../../functions/opendata/query/select.ts";
import { readSelect, readWhere } from "../../functions/opendata/query/sql.ts";
import type { Cell, Column } from "../../functions/opendata/schema.ts";
import { touch } from "../../functions/opendata/stored/boxes.ts";
import { instantOf, microsOf } from "../../functions/opendata/stored/columns.ts";
import { GROUP_ROWS } from "../../functions/opendata/stored/writing.ts";
import { stored } from "../stored.ts";

const ROWS = GROUP_ROWS * 2 + 1_000;
const columns: Column[] = [
  { name: "n", type: "integer" },
  { name: "street", type: "text" },
  { name: "share", type: "number" },
  { name: "isOpen", type: "boolean" },
  { name: "at", type: "datetime" },
];
const each = <T>(of: (row: number) => T): T[] => Array.from({ length: ROWS }, (_, row) => of(row));
const cells: Cell[][] = [
  each((row) => row),
  each((row) => (row % 11 === 0 ? null : `rue ${row % 97}`)),
  each((row) => Math.sin(row)),
  each((row) => (row % 3 === 0 ? null : row % 3 === 1)),
  each((row) => instantOf(BigInt(row) * 1_000_000n)),
];
const places = each((row): Geometry | null =>
  row % 5 === 0 ? null : { type: "Point", coordinates: [(row % 360) - 180, ((row * 7) % 180) - 90] },
);
const inMemory = stored({ columns, cells, places });
const large = inMemory.then(({ open }) => open());
const naive = (where: string) => {
  const fits = testOf(readWhere(where), { columns, cells, places });
  return each((row) => row).filter(fits);
};

describe("a version of several row groups", () => {
  test("a page at any offset is what was published, cold and warm", async () => {
    const data = await large;
    expect(data.groups.map(({ rows }) => rows)).toEqual([GROUP_ROWS, GROUP_ROWS, 1_000]);
    for (const offset of [0, 1, 5_000, GROUP_ROWS - 3, GROUP_ROWS, 2 * GROUP_ROWS - 1, ROWS - 4]) {
      const { rows, matched } = await find(data, { equals: {}, offset, limit: 7 });
      expect(matched).toBe(ROWS);
      const records = await recordsOf(data, rows);
      expect(records).toEqual(
        rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, cells[i]![row] ?? null]))),
      );
    }
    const apart = [0, 1, 255, 256, 257, 700, GROUP_ROWS - 1, GROUP_ROWS, GROUP_ROWS + 300, ROWS - 1];
    const texts = await featureTexts(data, apart);
    expect(JSON.parse(`[${texts}]`)).toEqual(await features(data, apart, featureOf));
    await data.group(1, { columns: [0, 1, 2, 3, 4], places: true });
    const [one] = await recordsOf(data, [GROUP_ROWS + 18]);
    expect(one).toMatchObject({ n: GROUP_ROWS + 18, street: `rue ${(GROUP_ROWS + 18) % 97}` });
  });

  test("rows that lie apart are the same when they are asked for again, and in any order and columns", async () => {
    const { open } = await stored({ columns, cells });
    const data = await open();
    const apart = [GROUP_ROWS * 2 + 7, 3, 30_000, GROUP_ROWS + 9, 4, 47_001];
    const wanted = (some: readonly number[], of: readonly number[]) => some.map((row) => of.map((i) => cells[i]![row]));
    for (const of of [[0, 3], [0, 3], [4], [0, 1, 2, 3, 4], [0, 3]])
      for (const some of [apart, apart.toReversed()])
        expect(
          await made(data, some, { columns: of }, (rows, at) => of.map((column) => rows.cells[column]![at])),
        ).toEqual(wanted(some, of));
  });

  test.each([
    `n = ${GROUP_ROWS + 5}`,
    `n >= ${GROUP_ROWS * 2} AND street = 'rue 3'`,
    "n < 10 OR n > 131000",
    `n IN (3, ${GROUP_ROWS}, 9999999)`,
    "street IS NULL",
    "NOT (n < 131000)",
    "isOpen = TRUE AND share > 0.999",
    "at < '1970-01-01T00:00:30Z'",
    "street LIKE 'rue 9_'",
  ])("%s finds what a look at every row finds", async (where) => {
    const rows = await matching(await large, readWhere(where));
    expect(rows).toEqual(naive(where));
  });

  test("a box, also over the antimeridian, finds what a look at every place finds", async () => {
    const data = await large;
    for (const box of [
      [-10, -10, 10, 10],
      [170, -20, -170, 20],
    ] as const) {
      const [w, s, e, n] = box;
      const boxes =
        w <= e
          ? [[w, s, e, n]]
          : [
              [w, s, 180, n],
              [-180, s, e, n],
            ];
      const wanted = each((row) => row).filter((row) => {
        const place = places[row];
        return place && boxes.some((one) => touch(boxOf(place), one as never));
      });
      expect(await matching(data, undefined, [...box])).toEqual(wanted);
    }
  });

  test("groups and orders are over all row groups", async () => {
    const data = await large;
    const { records, total } = await answerSelect(
      data,
      readSelect("SELECT street, count(*) AS n, max(n) AS last FROM t GROUP BY street ORDER BY n DESC, street"),
      100,
    );
    expect(total).toBe(98);
    expect(records.reduce((sum, record) => sum + (record["n"] as number), 0)).toBe(ROWS);
    const rows = await sorted(
      data,
      undefined,
      [{ column: 0, isDescending: true }],
      (a, b) => Number(a) - Number(b),
      "always",
    );
    expect([rows![0], countOf(data, rows)]).toEqual([ROWS - 1, ROWS]);
  });
});

// Guards against a page of a hundred rows that waits for megabytes, and leaves as much to be collected.
test("a page reads the pages that hold its rows and nothing else, of every kind of column", async () => {
  const { reads, open } = await inMemory;
  const data = await open();
  const [first, count] = [GROUP_ROWS + 20_003, 100];
  const rows = Array.from({ length: count }, (_, i) => first + i);
  reads.length = 0;
  const wanted = { columns: [0, 1, 2, 3, 4], places: true };
  const found = await made(data, rows, wanted, (read, at) => [
    ...read.cells.map((one) => one![at]),
    read.places![at] ?? null,
  ]);
  expect(found).toEqual(rows.map((row) => [...cells.map((one) => one[row] ?? null), places[row]]));
  const bytes = reads.reduce((sum, { length }) => sum + length, 0);
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(150_000);
});

// Guards against what was published before pages were read alone.
test("a version that does not say where its pages lie is read column by column, and says the same", async () => {
  const { files, written, reads, open } = await stored({ columns, cells: cells.map((one) => one.slice(0, 5_000)) });
  const file = Buffer.from(files.get("rows")!.buffer);
  const end = file.subarray(written.bytes - written.footer.bytes);
  end.write("sages", end.indexOf('"pages":') + 1);
  written.footer.digest = createHash("sha256").update(end).digest("hex");
  const data = await open();
  for (const row of [0, 3, 4_998])
    expect(await recordsOf(data, [row, row + 1])).toEqual(
      [row, row + 1].map((one) => Object.fromEntries(columns.map(({ name }, i) => [name, cells[i]![one] ?? null]))),
    );
  // All of them, in one read, beside the file's end.
  expect(Math.max(...reads.map(({ length }) => length))).toBeGreaterThan(files.get("rows")!.length / 2);
});

test("instants come back as they were, to the microsecond", () => {
  for (const text of [
    "2026-01-01T10:00:00Z",
    "1969-12-31T23:59:59.999999Z",
    "2026-01-01T10:00:00.250Z",
    "0001-01-01T00:00:00Z",
  ])
    expect(instantOf(microsOf(text))).toBe(text);
  expect(instantOf(microsOf("2026-07-01T10:00:00+02:00"))).toBe("2026-07-01T08:00:00Z");
});

test("the kept file is Parquet that others read, a column called geometry beside the places", async () => {
  const { files } = await stored({
    columns: [{ name: "geometry", type: "text" }],
    cells: [["a", null]],
    places: [{ type: "Point", coordinates: [1, 2, 30] }, null],
  });
  const { buffer } = files.get("rows")!.slice();
  expect(await parquetReadObjects({ file: buffer as ArrayBuffer })).toEqual([
    { geometry: "a", geometry_1: { type: "Point", coordinates: [1, 2, 30] } },
    { geometry: null, geometry_1: null },
  ]);
});

// Guards against a file that was changed where it lies.
test("a published file with a changed byte is not opened, or not read where it was changed", async () => {
  const frame = {
    columns: [{ name: "a", type: "text" as const }],
    cells: [["one", "two"]],
    places: [{ type: "Point" as const, coordinates: [1, 2] as [number, number] }, null],
  };
  const at = async (key: string, where: number, isFromFooter = false) => {
    const { files, written, open } = await stored(frame);
    const bytes = files.get(key)!;
    const end = isFromFooter ? written.bytes - written.footer.bytes : bytes.length;
    const place = where < 0 ? end + where : where;
    bytes.set([bytes[place]! ^ 1], place);
    const data = await open();
    return [await recordsOf(data, [0]), await data.within([0, 0, 9, 9])];
  };
  await expect(at("rows", -20)).rejects.toThrow(/not what was published/);
  await expect(at("rows", 30)).rejects.toThrow(/not what was published/);
  // Where its pages are said to be.
  await expect(at("rows", -20, true)).rejects.toThrow(/not what was published/);
  await expect(at("boxes", 20)).rejects.toThrow(/not what was published/);
});
