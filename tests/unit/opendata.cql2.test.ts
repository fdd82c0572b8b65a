import { describe, expect, test } from "vitest";
import { readClauses } from "../../functions/opendata/explore/odsql.ts";
import type { Geometry } from "../../functions/opendata/geometry.ts";
import { readCql2Text } from "../../functions/opendata/query/cql2.ts";
import { readCql2Json } from "../../functions/opendata/query/cql2-json.ts";
import { type Filter, testOf } from "../../functions/opendata/query/filter.ts";
import { find } from "../../functions/opendata/query/find.ts";
import { answerSelect } from "../../functions/opendata/query/select.ts";
import { readSelect, readWhere } from "../../functions/opendata/query/sql.ts";
import type { Cell, Column } from "../../functions/opendata/schema.ts";
import { Fault } from "../../shared/errors.ts";
import { opened } from "../stored.ts";

const point = (lon: number, lat: number): Geometry => ({ type: "Point", coordinates: [lon, lat] });
const columns: Column[] = [
  { name: "name", type: "text" },
  { name: "lines", type: "integer" },
  { name: "isOpen", type: "boolean" },
  { name: "at", type: "datetime" },
  { name: "date", type: "date" },
  { name: "Quartier_été", type: "text" },
  { name: "الحي", type: "text" },
  { name: "addr.city", type: "text" },
];
const cells: Cell[][] = [
  ["Nantes", "NANTES", "Rezé", null],
  [1, 2, 3, 4],
  [true, false, null, true],
  ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.500Z", "2026-01-01T00:00:01Z", null],
  ["2026-01-01", "2026-01-02", "2026-02-01", null],
  ["x", "y", "X", null],
  ["أ", "ب", "ج", null],
  ["N", "N", "R", null],
];
const places = [point(-1.5, 47), point(179, -17), point(-179, -17), null];
const frame = { columns, cells, places };

const fitting = (filter: Filter): number[] => [0, 1, 2, 3].filter(testOf(filter, frame)).map((row) => row + 1);
const text = (filter: string) => fitting(readCql2Text(filter));
const json = (filter: unknown) => fitting(readCql2Json(filter));
const refusal = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    expect((error as Fault).kind).toBe("malformed");
    return (error as Fault).message;
  }
  throw new Error("it was taken");
};

const name = { property: "name" };
const lines = { property: "lines" };
const geometry = { property: "geometry" };
const casei = (of: unknown) => ({ op: "casei", args: [of] });

describe("CQL2", () => {
  // Guards against a filter of a client that answers an error of the house.
  test("JSON in which something is missing, too much or of another kind is refused with a sentence", () => {
    for (const filter of [
      { op: "=", args: [name] },
      { op: "=", args: [] },
      { op: "=", args: [name, undefined] },
      { op: "=", args: [name, "x", "y"] },
      { op: "=", args: [name, {}] },
      { op: "=", args: [name, [1]] },
      { op: "<", args: [null] },
      { op: "between", args: [lines] },
      { op: "between", args: [lines, 1] },
      { op: "between", args: [lines, 1, lines] },
      { op: "like", args: [name] },
      { op: "like", args: [name, 1] },
      { op: "like", args: [name, { op: "casei", args: [] }] },
      { op: "in", args: [name] },
      { op: "in", args: [name, "x"] },
      { op: "in", args: [name, [null, undefined]] },
      { op: "in", args: [name, [{ interval: ["..", ".."] }]] },
      { op: "not", args: [] },
      { op: "not", args: [true, true] },
      { op: "and", args: [true] },
      { op: "isNull", args: [] },
      { op: "isNull", args: [1] },
      { op: "s_intersects", args: [geometry] },
      { op: "s_intersects", args: [geometry, geometry] },
      { op: "s_intersects", args: [geometry, null] },
      { op: "s_intersects", args: [geometry, { bbox: [1, 2, 3, "4"] }] },
      { op: "s_intersects", args: [geometry, { type: "toString", coordinates: [[1]] }] },
      { op: "s_intersects", args: [{ type: "Point", coordinates: [1, 2] }, { bbox: [1, 2, 3, 4] }] },
      { op: "t_during", args: [{ property: "at" }] },
      { op: "toString", args: [] },
      { op: "=", args: [{ property: "date" }, { date: "yesterday" }] },
      { op: "=", args: [name, { timestamp: 1 }] },
      { args: [] },
      "TRUE",
      null,
      [],
    ])
      expect(
        refusal(() => readCql2Json(filter)),
        JSON.stringify(filter),
      ).toMatch(/^[^{].+\.$/);
    let deep: unknown = name;
    for (let i = 0; i < 10_000; i++) deep = casei(deep);
    expect(refusal(() => readCql2Json({ op: "=", args: [deep, "x"] }))).toBe("The condition is too large.");
  });

  test("capitals are passed over where CASEI says so, in patterns, lists and orders too, whichever side it is on", () => {
    for (const filter of [
      "CASEI(name) LIKE CASEI('NAN%')",
      "CASEI(name) LIKE 'NAN%'",
      "casei(name) = casei('nantes')",
      "CASEI('nantes') = CASEI(name)",
      "CASEI(CASEI(name)) IN (CASEI('NANTES'), 'x')",
      "CASEI(name) < 'O'",
      "CASEI('O') > CASEI(name)",
      "CASEI(name) NOT LIKE CASEI('REZ_')",
    ])
      expect(text(filter), filter).toEqual([1, 2]);
    expect(text("name LIKE CASEI('NAN%')")).toEqual([]);
    expect(text("CASEI(name) IS NULL")).toEqual([4]);
    expect(json({ op: "like", args: [casei(name), casei("NAN%")] })).toEqual([1, 2]);
    expect(json({ op: "=", args: [casei("nantes"), casei(name)] })).toEqual([1, 2]);
    expect(json({ op: "in", args: [casei(name), [casei("REZÉ"), "x"]] })).toEqual([3]);
    for (const filter of ["CASEI(lines) > 3", "CASEI('x') = 'x'", "name = CASEI(name)", "CASEI(1) = name", "CASEI()"])
      expect(
        refusal(() => readCql2Text(filter)),
        filter,
      ).toMatch(/\.$/);
  });

  // Guards against a reader of a French or an Arabic table who must know which names want quotes.
  test("a name of any script needs no quotes, in CQL2, ODSQL and SQL", () => {
    for (const [filter, rows] of [
      ["Quartier_été = 'x'", [1]],
      ["الحي = 'ب'", [2]],
      ["addr.city = 'R' OR Quartier_été='y'", [2, 3]],
      ["NOT (Quartier_été IN ('x','y'))", [3]],
    ] as const) {
      expect(text(filter), filter).toEqual(rows);
      expect(fitting(readWhere(filter)), filter).toEqual(rows);
      const { where } = readClauses({ where: filter }, { limit: 1, offset: 0 });
      expect(fitting(where!), filter).toEqual(rows);
    }
    expect(readClauses({ order_by: "Quartier_été desc" }, { limit: 1, offset: 0 }).orderBy).toEqual([
      { by: "Quartier_été", isDescending: true },
    ]);
    expect(refusal(() => readCql2Text("name = ‘x’"))).toContain("texts stand in single quotes");
    expect(text("lines > .5 AND lines < 2.")).toEqual([1]);
  });

  test("a value may stand first, and TRUE and FALSE alone", () => {
    for (const [filter, rows] of [
      ["'Nantes' = name", [1]],
      ["3 <= lines", [3, 4]],
      ["-1 > lines", []],
      ["2 <> lines AND NOT 4 = lines", [1, 3]],
      ["TRUE = isOpen", [1, 4]],
      ["DATE('2026-01-02') <= date", [2, 3]],
      ["date < DATE('2026-01-02')", [1]],
      ["TRUE", [1, 2, 3, 4]],
      ["false", []],
      ["NOT FALSE AND (lines = 1 OR TRUE)", [1, 2, 3, 4]],
    ] as const)
      expect(text(filter), filter).toEqual(rows);
    expect(fitting(readWhere("TRUE AND 2 >= lines"))).toEqual([1, 2]);
    expect(json(true)).toEqual([1, 2, 3, 4]);
    expect(json({ op: "or", args: [false, { op: "<", args: [3, lines] }] })).toEqual([4]);
    expect(json({ op: "=", args: [true, { property: "isOpen" }] })).toEqual([1, 4]);
    expect(refusal(() => readCql2Text("lines = lines"))).toMatch(/a value is expected/);
    expect(refusal(() => readCql2Text("1"))).toBe("Behind the value 1 a comparison with a column is expected.");
    for (const filter of ["1 = 1", "'x' LIKE name", "1 BETWEEN lines AND 2", "TRUE FALSE", "DATE('x') = date", "'x'"])
      expect(
        refusal(() => readCql2Text(filter)),
        filter,
      ).toMatch(/\.$/);
    expect(refusal(() => readCql2Json({ op: "=", args: [1, 2] }))).toContain("not a value with another one");
  });

  test("what every row fits, or none, is answered from a version as well", async () => {
    const data = await opened(frame);
    const matched = async (filter: string) =>
      (await find(data, { equals: {}, filter: readCql2Text(filter), offset: 0, limit: 10 })).matched;
    expect(await matched("TRUE")).toBe(4);
    expect(await matched("FALSE")).toBe(0);
    expect(await matched("geometry IS NULL")).toBe(1);
    expect(await matched("S_INTERSECTS(geometry, BBOX(178, -18, -178, -16))")).toBe(2);
    expect(await matched("at > TIMESTAMP('2026-01-01T00:00:00.2Z')")).toBe(2);
    expect(await matched("at <= TIMESTAMP('2026-01-01T00:00:00Z')")).toBe(1);
    expect(await matched("CASEI(name) = 'NANTES'")).toBe(2);
  });

  test("a box across the antimeridian is what lies on both sides of it", () => {
    for (const filter of [
      "S_INTERSECTS(geometry, BBOX(178, -18, -178, -16))",
      "S_INTERSECTS(BBOX(178, -18, 0, -178, -16, 9), geometry)",
    ])
      expect(text(filter), filter).toEqual([2, 3]);
    expect(json({ op: "s_intersects", args: [geometry, { bbox: [178, -18, -178, -16] }] })).toEqual([2, 3]);
    expect(text("S_INTERSECTS(geometry, BBOX(-179, -18, 179, -16))")).toEqual([2, 3]);
    expect(text("S_INTERSECTS(geometry, BBOX(-2, 46, -1, 48))")).toEqual([1]);
    for (const box of ["178, -16, -178, -18", "190, -18, -170, -16", "1, 2, 3"])
      expect(
        refusal(() => readCql2Text(`S_INTERSECTS(geometry, BBOX(${box}))`)),
        box,
      ).toMatch(/\.$/);
  });

  test("the geometry may be asked for whether there is one", () => {
    expect(text("geometry IS NULL")).toEqual([4]);
    expect(text('"geometry" IS NOT NULL AND lines > 1')).toEqual([2, 3]);
    expect(json({ op: "isNull", args: [geometry] })).toEqual([4]);
    expect(json({ op: "not", args: [{ op: "isNull", args: [geometry] }] })).toEqual([1, 2, 3]);
  });
});

// Guards against half a second that lies before the second it belongs to, as its text does.
test("instants are compared as they lie in time, with and without fractions", () => {
  const during = (from: string | undefined, to: string | undefined) =>
    fitting({ op: "during", column: "at", from, to });
  expect(during("2026-01-01T00:00:00Z", undefined)).toEqual([1, 2, 3]);
  expect(during(undefined, "2026-01-01T00:00:00Z")).toEqual([1]);
  expect(during("2026-01-01T00:00:00.500Z", "2026-01-01T00:00:01.000Z")).toEqual([2, 3]);
  expect(during("2026-01-01T00:00:00.51Z", undefined)).toEqual([3]);
  // What is coarser than a second lasts as long as it says.
  for (const bound of ["2026", "2026-01", "2026-01-01", "2026-01-01T00", "2026-01-01T00:00"])
    expect(during(bound, bound), bound).toEqual([1, 2, 3]);
  expect(text("at > TIMESTAMP('2026-01-01T00:00:00Z')")).toEqual([2, 3]);
  expect(text("at < TIMESTAMP('2026-01-01T00:00:00Z')")).toEqual([]);
  expect(text("at = TIMESTAMP('2026-01-01T00:00:00.5Z')")).toEqual([2]);
  expect(text("at BETWEEN TIMESTAMP('2026-01-01T00:00:00.1Z') AND TIMESTAMP('2026-01-01T01:00:01+01:00')")).toEqual([
    2, 3,
  ]);
  expect(text("at IN (TIMESTAMP('2026-01-01T00:00:00.0Z'))")).toEqual([1]);
  // A column without zones has the instants of its own clock.
  expect(text("at >= TIMESTAMP('2026-01-01T00:00:00.5')")).toEqual([2, 3]);
});

test("instants are put in order, grouped and folded as they lie in time", async () => {
  const data = await opened(frame);
  const select = async (sql: string) => (await answerSelect(data, readSelect(sql), 10)).records;
  const ascending = cells[3]!.map((at) => ({ at }));
  expect(await select("SELECT at FROM t ORDER BY at")).toEqual(ascending);
  expect(await select("SELECT at FROM t GROUP BY at ORDER BY at")).toEqual(ascending);
  expect(await select("SELECT min(at) AS a, max(at) AS b FROM t WHERE lines < 3")).toEqual([
    { a: "2026-01-01T00:00:00Z", b: "2026-01-01T00:00:00.500Z" },
  ]);
});
