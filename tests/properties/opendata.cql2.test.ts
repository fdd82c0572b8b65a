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

const number = fc.oneof(fc.constantFrom(0, 1, -1, 170, -170, 181, 1e308, -0), fc.double({ noNaN: true }));
const ring = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 3, maxLength: 5 }).map((all) => [...all, all[0]!]);
const literal = fc.oneof(
  fc.constantFrom("Nantes", "%a_\\", "", "2026-01-01", 1, -2.5, true, null),
  fc.constantFrom({ date: "2026-01-01" }, { timestamp: "2026-01-01T00:00:00Z" }, { op: "casei", args: ["N%"] }),
);
const geometry = fc.oneof(
  fc.record({ bbox: fc.tuple(fc.constantFrom(-170, 0, 170), fc.nat(3), fc.constantFrom(-170, 5, 170), fc.nat(9)) }),
  fc.record({ type: fc.constant("Point"), coordinates: fc.tuple(fc.nat(3), fc.nat(3)) }),
  fc.record({ type: fc.constant("Polygon"), coordinates: fc.array(ring, { minLength: 1, maxLength: 2 }) }),
);
/** What may stand anywhere, and mostly should not. */
const stray = fc.oneof(
  literal,
  geometry,
  fc.constantFrom(undefined, {}, [], { property: 1 }, { property: "geometry" }, { date: "x" }, { timestamp: 1 }),
  fc.constantFrom({ op: "casei", args: [] }, { op: "casei", args: [1] }, { op: "t_during", args: [] }, { op: "not" }),
  fc.record({ bbox: fc.array(number, { maxLength: 7 }) }),
  fc.record({
    type: fc.constantFrom("Point", "LineString", "Polygon", "MultiPoint", "MultiPolygon", "toString", "__proto__", 1),
    coordinates: fc.oneof(fc.array(number, { maxLength: 4 }), fc.array(ring), fc.array(fc.array(ring))),
  }),
  fc.jsonValue({ maxDepth: 2 }),
);
const strayOperator = fc.oneof(
  fc.constantFrom("casei", "s_within", "a_equals", "+", "constructor", "__proto__"),
  stray,
);

const column = fc.constantFrom(...columns.map(({ name }) => ({ property: name })));
const operand = fc.oneof(column, fc.constant({ op: "casei", args: [{ property: "name" }] }));
const sides = fc.oneof(fc.tuple(operand, literal), fc.tuple(literal, operand));
const place = fc.constant({ property: "geometry" });
/** An operation as it should be; or now and then without what should be there, or with what should not. */
const operation = (op: fc.Arbitrary<unknown>, args: fc.Arbitrary<unknown[]>) => {
  const spoiled = fc
    .tuple(args, stray, fc.nat(3), fc.nat(1))
    .map(([all, one, at, gone]) => all.toSpliced(at, gone, one));
  return fc.record({
    op: fc.oneof({ weight: 20, arbitrary: op }, strayOperator),
    args: fc.oneof(
      { weight: 20, arbitrary: args },
      spoiled,
      args.map((all) => all.slice(1)),
      args.map((all) => all.slice(0, -1)),
      stray,
    ),
  });
};
const { condition } = fc.letrec((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    operation(fc.constantFrom("=", "<>", "<", "<=", ">", ">="), sides),
    operation(fc.constant("between"), fc.tuple(column, literal, literal)),
    operation(fc.constant("like"), fc.tuple(operand, fc.constantFrom("N%", "", "\\"))),
    operation(fc.constant("in"), fc.tuple(operand, fc.array(literal, { maxLength: 3 }))),
    operation(fc.constant("isNull"), fc.tuple(fc.oneof(operand, place))),
    operation(fc.constant("s_intersects"), fc.oneof(fc.tuple(place, geometry), fc.tuple(geometry, place))),
    operation(fc.constant("not"), fc.tuple(tie("condition"))),
    operation(fc.constantFrom("and", "or"), fc.array(tie("condition"), { minLength: 2, maxLength: 3 })),
  ),
}));

// Guards against a filter that answers an error of the house instead of saying what is wrong with it.
test("whatever is sent as CQL2 in JSON is heeded, or refused with a sentence", () => {
  fc.assert(
    fc.property(condition, (json) => isHeeded(() => readCql2Json(json))),
    { numRuns: 1_000 },
  );
});

const WORDS = [
  ...["name", "lines", "at", "geometry", '"name"', "`name`", "Quartier_été", "TRUE", "false", "NULL", "IS", "NOT"],
  ...["AND", "OR", "IN", "LIKE", "BETWEEN", "CASEI", "DATE", "TIMESTAMP", "S_INTERSECTS", "BBOX", "POINT", "POLYGON"],
  ...["search", "date", "(", "(", ")", ")", ",", "=", "<>", "<", "-", "1", "2.5", "170", "'x'", '"x"', "'2026-01-01'"],
  ...["'", '"', ":", "\u0000", "\ud800", "é", ";", "desc"],
];
const WHOLE = [
  ...["name = 'x'", "NOT lines < 3", "'x' <> name", "TRUE", "lines IS NOT NULL", "lines IN (1, -2)", "name LIKE 'N%'"],
  ...[
    "CASEI(name) LIKE CASEI('n%')",
    "at > TIMESTAMP('2026-01-01T00:00:00Z')",
    "geometry IS NULL",
    "search(name, 'x')",
  ],
  ...["S_INTERSECTS(geometry, BBOX(170, 0, -170, 1))", "S_INTERSECTS(POLYGON((0 0, 1 0, 1 1, 0 0)), geometry)"],
];
const words = (of: string[], maxLength: number) => fc.array(fc.constantFrom(...of), { minLength: 1, maxLength });
const typed = fc.oneof(
  words(WORDS, 14).map((all) => all.join(" ")),
  words(WHOLE, 3).map((all) => all.join(" AND ")),
  fc.tuple(words(WHOLE, 2), words(WORDS, 1)).map(([all, [word]]) => `${all.join(" OR ")} ${word}`),
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
