import { expect, test } from "vitest";
import { numbered } from "../../functions/opendata/ckan/numbered.ts";
import { circlesAround } from "../../functions/opendata/explore/circle.ts";
import { withDays } from "../../functions/opendata/explore/days.ts";
import { feedLines } from "../../functions/opendata/exports/feed.ts";
import { boxOf } from "../../functions/opendata/geometry.ts";
import { matching } from "../../functions/opendata/query/matching.ts";
import { answerSelect } from "../../functions/opendata/query/select.ts";
import { readSelect, readWhere } from "../../functions/opendata/query/sql.ts";
import { GROUP_ROWS } from "../../functions/opendata/stored/writing.ts";
import { opened, stored } from "../stored.ts";

const ROWS = GROUP_ROWS * 2 + 10;
const dayOf = (row: number) => new Date(Date.UTC(2020, 0, 1) + Math.floor(row / 100) * 86_400_000).toISOString();

// Guards against rows that are passed over because of what a row group is said to hold.
test("columns that are worked out from rows are true in every row group, and groups without them are not read", async () => {
  const days = Array.from({ length: ROWS }, (_, row) => (row % 1_000 === 7 ? null : dayOf(row)));
  const memory = await stored({ columns: [{ name: "seen", type: "datetime" }], cells: [days] });
  const data = numbered(await memory.open());
  for (const id of [1, GROUP_ROWS, GROUP_ROWS + 1, ROWS])
    expect(await matching(data, readWhere(`_id = ${id}`))).toEqual([id - 1]);
  expect(await matching(data, readWhere(`_id > ${ROWS - 2}`))).toEqual([ROWS - 2, ROWS - 1]);
  const last = readSelect('SELECT _id FROM "t" ORDER BY _id DESC LIMIT 2');
  expect((await answerSelect(data, last, 10)).records).toEqual([{ _id: ROWS }, { _id: ROWS - 1 }]);

  const where = { op: "compare", column: "year(seen)", by: "=", value: 2022 } as const;
  const none = { items: [], groupBy: [], orderBy: [] };
  const asked = withDays(await memory.open(), { ...none, where });
  const wanted = days.flatMap((day, row) => (day?.startsWith("2022") ? [row] : []));
  expect(wanted.at(-1)!).toBeGreaterThan(GROUP_ROWS);
  expect(await matching(asked.data, asked.clauses.where!)).toEqual(wanted);
  expect([0, 1, 2].map((group) => asked.data.between(group, 1))).toMatchObject([
    { least: 2020, most: 2021 },
    { least: 2021, most: 2022 },
    { least: 2022, most: 2022 },
  ]);
});

test("a circle has the width that was asked for, and has two sides where it crosses the antimeridian", () => {
  const [circle, ...others] = circlesAround([-1.5, 47.2], 10_000);
  expect(others).toEqual([]);
  const [west, south, east, north] = boxOf(circle!);
  const degree = (Math.PI / 180) * 6_371_008.8;
  expect((north - south) * degree).toBeCloseTo(20_000, -1);
  expect((east - west) * degree * Math.cos((47.2 * Math.PI) / 180)).toBeCloseTo(20_000, -1);
  const both = circlesAround([179.99, 0], 10_000).map(boxOf);
  expect(both.map(([from, , to]) => [from < 179.99 - 360, to > 180])).toEqual([
    [false, true],
    [true, false],
  ]);
});

test("numbers of a timetable are written without powers of ten, texts as they are", async () => {
  const data = await opened({
    columns: [
      { name: "shape_dist", type: "number" },
      { name: "name", type: "text" },
      { name: "day", type: "date" },
    ],
    cells: [
      [1.5e-7, -2e-10, 1e21, 0.1, null],
      ["=1+1", 'a"b', "a,b", " c", null],
      ["2026-04-01", null, null, null, null],
    ],
  });
  let text = "";
  for await (const lines of feedLines(data, ["shape_dist_traveled", "stop_name", "start_date"])) text += lines;
  expect(text.split("\r\n")).toEqual([
    "shape_dist_traveled,stop_name,start_date",
    "0.00000015,=1+1,20260401",
    '-0.0000000002,"a""b",',
    '1000000000000000000000,"a,b",',
    "0.1, c,",
    ",,",
    "",
  ]);
});
