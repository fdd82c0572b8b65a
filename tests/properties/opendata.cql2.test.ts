import fc from "fast-check";
import { expect, test } from "vitest";
import { readClauses } from "../../functions/opendata/explore/odsql.ts";
import { readCql2Text } from "../../functions/opendata/query/cql2.ts";
import { readCql2Json } from "../../functions/opendata/query/cql2-json.ts";
import { type Filter, testOf } from "../../functions/opendata/query/filter.ts";
import { columnsIn } from "../../functions/opendata/query/matching.ts";
import { demandColumns } from "../../functions/opendata/query/select.ts";
import type { Cell, Column } from "../../functions/opendata/schema.ts";
import { Fault } from "../../shared/errors.ts";

const columns: Column[] = [
  { name: "name", type: "text" },
  { name: "lines", type: "integer" },
  { name: "at", type: "datetime" },
  { name: "isOpen", type: "boolean" },
];
const cells: Cell[][] = [
  ["Nantes", null],
  [1, null],
  ["2026-01-01T00:00:00.5Z", null],
  [true, null],
];
const data = { columns, cells, places: [{ type: "Point" as const, coordinates: [1, 2] as [number, number] }, null] };

/** It is read, and rows are tested by it; or it is refused as what somebody has written. */
function isHeeded(read: () => Filter | undefined): void {
  try {
    const filter = read();
    if (!filter) return;
    demandColumns({ columns }, columnsIn(filter, columns));
    const fits = testOf(filter, data);
    for (const row of [0, 1]) expect(typeof fits(row)).toBe("boolean");
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    expect((error as Fault).kind).toBe("malformed");
    expect((error as Fault).message).toMatch(/\S/);
  }
}

const OPERATORS = [
  ...["and", "or", "not", "isNull", "between", "like", "in", "casei", "accenti", "s_intersects", "s_within"],
  ...["t_during", "t_after", "a_contains", "=", "<>", "<", "<=", ">", ">=", "+", "constructor", "__proto__", ""],
];
const number = fc.oneof(fc.constantFrom(0, 1, -1, 181, 1e308, -0), fc.double({ noNaN: true }));
const coordinates = fc.oneof(
  fc.array(number, { maxLength: 4 }),
  fc.array(fc.tuple(number, number), { maxLength: 5 }),
  fc.array(fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 5 }).map((all) => [...all, ...all.slice(0, 1)])),
);
const leaf = fc.oneof(
  fc.constantFrom(...columns.map(({ name }) => ({ property: name })), { property: "geometry" }, { property: 1 }),
  fc.constantFrom("Nantes", "%a_\\", "", "2026-01-01", 1, -2.5, true, false, null, undefined),
  fc.constantFrom({ date: "2026-01-01" }, { timestamp: "2026-01-01T00:00:00Z" }, { date: "x" }, { timestamp: 1 }, {}),
  fc.record({
    bbox: fc.oneof(fc.array(number, { maxLength: 7 }), fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3))),
  }),
  fc.record({
    type: fc.constantFrom("Point", "LineString", "Polygon", "MultiPoint", "MultiPolygon", "toString", "__proto__", 1),
    coordinates,
  }),
  fc.jsonValue({ maxDepth: 2 }),
);
const condition = fc.letrec((tie) => ({
  node: fc.oneof({ maxDepth: 5, withCrossShrink: true }, leaf, tie("operation"), tie("list")),
  list: fc.array(tie("node"), { maxLength: 3 }),
  operation: fc.record({
    op: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...OPERATORS) }, leaf),
    args: fc.oneof({ weight: 9, arbitrary: fc.array(tie("node"), { maxLength: 4 }) }, leaf),
  }),
}));

// Guards against a filter that answers an error of the house instead of saying what is wrong with it.
test("whatever is sent as CQL2 in JSON is heeded, or refused with a sentence", () => {
  fc.assert(
    fc.property(condition.operation, (json) => isHeeded(() => readCql2Json(json))),
    { numRuns: 1_000 },
  );
});

const WORDS = [
  ...["name", "lines", "at", "geometry", '"name"', "`name`", "Quartier_été", "TRUE", "false", "NULL", "IS", "NOT"],
  ...["AND", "OR", "IN", "LIKE", "BETWEEN", "CASEI", "DATE", "TIMESTAMP", "S_INTERSECTS", "BBOX", "POINT", "POLYGON"],
  ...["search", "date", "(", "(", ")", ")", ",", "=", "<>", "<", "-", "1", "2.5", "170", "'x'", '"x"', "'2026-01-01'"],
  ...["'", '"', ":", "\u0000", "\ud800", "é", ";", "desc"],
];
const typed = fc.oneof(
  fc.array(fc.constantFrom(...WORDS), { maxLength: 14 }).map((words) => words.join(" ")),
  fc.string({ unit: "binary", maxLength: 30 }),
);

test("whatever is typed as CQL2 or ODSQL is heeded, or refused with a sentence", () => {
  fc.assert(
    fc.property(typed, fc.constantFrom("where", "select", "group_by", "order_by"), (text, clause) => {
      isHeeded(() => readCql2Text(text));
      isHeeded(() => readClauses({ [clause]: text }, { limit: 1, offset: 0 }).where);
    }),
    { numRuns: 1_000 },
  );
});
