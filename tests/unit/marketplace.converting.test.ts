import fc from "fast-check";
import { expect, test } from "vitest";
import { converted, type Fields } from "../../marketplace/contract/converting.ts";
import { DatasetPart } from "../../marketplace/contract/dataset.ts";
import { checkModule, type ModuleInput } from "../../marketplace/contract/module.ts";

const en = (words: string) => ({ en: words });
const tableOf = (fields: object[], converts?: object): DatasetPart =>
  DatasetPart.parse({
    ...{ kind: "dataset", id: "rows", title: en("Rows"), card: { description: en("Rows"), licence: "CC0-1.0" } },
    ...{ schema: { fields }, ...(converts ? { converts } : {}) },
  });
const of = (name: string, type: string, required?: boolean) => ({
  ...{ name, type },
  ...(required ? { constraints: { required } } : {}),
});

// Guards against a change of version that loses a column, or puts values of one type under another.
test("a column that was called otherwise, was of another type, or was not there, becomes what the version says", () => {
  const before = tableOf([of("id", "string"), of("volume", "string"), of("on", "date"), of("gone", "string")]);
  const now = tableOf([of("id", "string"), of("litres", "number"), of("on", "string"), of("kind", "string", true)], {
    litres: { from: "volume", otherwise: 0 },
    on: { from: "on" },
    kind: { otherwise: "water" },
  });
  const become = (row: Fields) => converted(now, before, row);
  expect(become({ id: "a", volume: "12.5", on: "2026-11-26", gone: "x" })).toEqual({
    row: { id: "a", litres: 12.5, on: "2026-11-26", kind: "water" },
  });
  expect(become({ id: "a" })).toEqual({ row: { id: "a", litres: 0, kind: "water" } });
  // One that is there and cannot be converted is never replaced in silence.
  for (const volume of ["12,5", "", "about 3", "1e400", "0x10", " 1", "NaN"])
    expect(become({ id: "a", volume }), volume).toEqual({ column: "litres" });
  // A version between knew the new name already: what it wrote is kept.
  // Names that every object has are columns as others are.
  const called = tableOf([of("constructor", "string")], { constructor: { from: "valueof" } });
  expect(converted(called, tableOf([of("valueof", "string")]), {})).toEqual({ row: {} });
  expect(
    converted(tableOf([of("x", "boolean")], { x: { from: "y" } }), tableOf([of("y", "string")]), { y: "constructor" }),
  ).toEqual({ column: "x" });
  const between = tableOf([of("id", "string"), of("litres", "number"), of("volume", "string")]);
  expect(converted(now, between, { id: "a", litres: 3, volume: "9" })).toMatchObject({ row: { litres: 3 } });
});

test("each type becomes another where its values are written so, and else the row is refused", () => {
  const cases: readonly (readonly [string, string, Fields[string], Fields[string] | undefined])[] = [
    ...([
      ["string", "integer", "7", 7],
      ["string", "integer", "7.5", undefined],
      ["number", "integer", 7.5, undefined],
    ] as const),
    ...([
      ["integer", "number", 7, 7],
      ["number", "string", 0.1, "0.1"],
      ["boolean", "string", true, "true"],
    ] as const),
    ...([
      ["string", "boolean", "false", false],
      ["string", "boolean", "no", undefined],
    ] as const),
    ...([
      ["string", "date", "2026-02-28", "2026-02-28"],
      ["string", "date", "2026-02-30", undefined],
    ] as const),
    ...([["string", "datetime", "2026-02-28T10:00:00+01:00", "2026-02-28T10:00:00+01:00"]] as const),
    ...([
      ["string", "datetime", "yesterday", undefined],
      ["boolean", "number", true, undefined],
    ] as const),
    ...([["number", "date", 20260228, undefined]] as const),
  ];
  for (const [from, to, value, is] of cases)
    expect(
      converted(tableOf([of("x", to)], { x: { from: "x" } }), tableOf([of("x", from)]), { x: value }),
      `${from} ${to} ${value}`,
    ).toEqual(is === undefined ? { column: "x" } : { row: { x: is } });
  // Without a word of it the value is left out, as the check has told.
  expect(converted(tableOf([of("x", "number")]), tableOf([of("x", "string")]), { x: "7" })).toEqual({ row: {} });
  expect(converted(tableOf([of("x", "number", true)], { x: { from: "y" } }), tableOf([of("y", "number")]), {})).toEqual(
    { column: "x" },
  );
});

test("whatever stands in a row, a version converts it or names a column of its own", () => {
  const types = ["string", "integer", "number", "boolean", "date", "datetime", "time", "geopoint"];
  const type = fc.constantFrom(...types);
  const value = fc.oneof(
    fc.string({ unit: "binary", maxLength: 600 }),
    fc.double(),
    fc.boolean(),
    fc.date({ noInvalidDate: true }).map((d) => d.toISOString()),
  );
  // Made once: to read a table's shape takes longer than to convert a row.
  const shapes = (name: string, more: (type: string) => DatasetPart) =>
    new Map(types.map((one) => [name + one, more(one)]));
  const all = new Map([
    ...shapes("from ", (one) => tableOf([of("a", one)])),
    ...shapes("to ", (one) => tableOf([of("b", one)], { b: { from: "a" } })),
    ...shapes("required ", (one) => tableOf([of("b", one, true)], { b: { from: "a" } })),
  ]);
  fc.assert(
    fc.property(type, type, value, fc.boolean(), (from, to, given, isRequired) => {
      const made = converted(all.get(`${isRequired ? "required" : "to"} ${to}`)!, all.get(`from ${from}`)!, {
        a: given,
      });
      if ("column" in made) {
        expect(made.column).toBe("b");
        return;
      }
      const kind = { integer: "number", number: "number", boolean: "boolean" }[to] ?? "string";
      expect(typeof made.row["b"]).toBe(kind);
    }),
  );
});

test("what a version says of its columns is about columns that it has, and of their types", () => {
  const mistakes = (converts: object) =>
    checkModule({
      manifest: {
        ...{ contract: 1, name: "acme/rows", version: "1.0.0", licence: "MIT", title: en("R") },
        summary: en("R"),
      },
      parts: [tableOf([of("n", "integer"), of("on", "date")], converts)],
    } satisfies ModuleInput as unknown).mistakes.map(({ at, detail }) => `${at} ${detail}`);
  expect(mistakes({ n: { from: "m" }, on: { otherwise: "2026-11-26" } })).toEqual([]);
  expect(mistakes({ m: { from: "n" } })).toEqual(["/parts/0/converts/m There is no field named m."]);
  expect(mistakes({ n: {} })[0]).toContain("/parts/0/converts/n Say from which column");
  for (const otherwise of ["7", 7.5, true])
    expect(mistakes({ n: { otherwise } })).toEqual([
      "/parts/0/converts/n/otherwise It is no value of the type integer.",
    ]);
  expect(mistakes({ on: { otherwise: "soon" } })[0]).toContain("otherwise");
});
