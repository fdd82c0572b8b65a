import { describe, expect, test } from "vitest";
import {
  figureOf,
  formulaMistakes,
  peopleBehind,
  peopleIn,
  reckoned,
  treeOf,
} from "../../functions/opendata/indicators/formula.ts";
import { standingOf } from "../../functions/opendata/indicators/measuring.ts";
import { columnNames, shapeOf, tableName } from "../../functions/opendata/indicators/names.ts";
import { scenarioOf } from "../../functions/opendata/indicators/scenario.ts";
import { type Assumption, Definition, type Kept } from "../../functions/opendata/indicators/schema.ts";
import { definitionFrom, fieldAt, fieldsOf, numberTyped } from "../../functions/opendata/indicators/typed.ts";
import type { Column } from "../../functions/opendata/schema.ts";

const column = (name: string, type: Column["type"], personal: Column["personal"] = "no"): Column => ({
  name,
  type,
  personal,
});
const led: Assumption = {
  name: "led_share",
  titles: { en: "Share of LED lamps" },
  unit: "%",
  value: 40,
  low: 0,
  high: 100,
  unitCostMinor: 125_050,
};
const definition = Definition.parse({
  titles: { en: "Power of street lamps", fr: "Puissance des lampadaires" },
  unit: "kW",
  formula: "sum(row.watts of lamps) / 1000 * (1 - led_share / 200)",
  better: "lower",
  target: { value: 3, on: "2030-12-31" },
  band: { low: 1, high: 4.5 },
  owner: "Lighting",
  assumptions: [led],
});

describe("names in formulas", () => {
  // Guards against a column that is read as another one after its file came in another order.
  test("each follows from the column's own name, and two never share one", () => {
    expect(columnNames([{ name: "année" }, { name: "km" }, { name: "Nb habitants" }])).toEqual([
      "annee",
      "km",
      "Nb_habitants",
    ]);
    const names = columnNames([{ name: "السنة" }, { name: "a b" }, { name: "a-b" }, { name: "a_b" }, { name: "1" }]);
    expect(new Set(names).size).toBe(5);
    expect(names.slice(2, 4)).toEqual(["a-b", "a_b"]);
    expect(names[0]).toBe(columnNames([{ name: "x" }, { name: "السنة" }])[1]);
    expect([tableName("bus-stops"), tableName("2026-budget"), tableName("row")]).toEqual([
      "bus-stops",
      expect.stringMatching(/^n_[0-9a-f]{8}$/),
      expect.stringMatching(/^n_/),
    ]);
  });
});

describe("a formula over datasets", () => {
  const columns = [column("watts", "number"), column("street", "text")];
  const shape = shapeOf([{ slug: "lamps", title: "Lamps", columns }], [led]);
  const wrong = (formula: string) => formulaMistakes(treeOf(formula), shape, [led]).map(({ detail }) => detail);

  // Guards against a figure that no data stands behind, and a scenario that would have to read all rows again.
  test.each([
    ["sum(row.watts of lamps) * led_share", undefined],
    ["1 + 1", "reads no dataset"],
    ["led_share", "reads no dataset"],
    ["sum(row.watts of lamps where row.watts > led_share)", "led_share stands within a sum"],
    ["if there(lamps) then count(lamps) else 0", "lamps is a dataset"],
    ["sum(row.street of lamps)", "This is a text"],
    ["sum(row.volts of lamps)", "There is no volts here"],
    ["count(lamps) > 3", "true or false"],
  ])("%s", (formula, detail) => {
    if (detail === undefined) expect(wrong(formula)).toEqual([]);
    else expect(wrong(formula).join(" ")).toContain(detail);
  });

  test("once its sums are reckoned only assumptions are left, and a missing one gives no figure", () => {
    const tree = treeOf(definition.formula);
    const rest = reckoned(tree, { lamps: [{ watts: 4_000 }, { watts: 1_000 }, { watts: null }] });
    expect(JSON.stringify(rest)).not.toContain("watts");
    expect(figureOf(rest, { led_share: 40 })).toBe(4);
    expect(figureOf(rest, {})).toBeUndefined();
    expect(figureOf(reckoned(treeOf("1 / count(lamps)"), { lamps: [] }), {})).toBeUndefined();
  });
});

describe("people behind a figure", () => {
  const rows = [
    { age: 20, street: "a", n: 3 },
    { age: 40, street: "a", n: 0 },
    { age: 80, street: "b", n: 40 },
  ];
  const behind = (formula: string, columns: Column[]) =>
    peopleBehind(treeOf(formula), { t: rows }, [peopleIn("t", columns)]);

  // Guards against a small group that is hidden behind a condition in the formula itself.
  test("the rows that a sum takes are counted where rows are people, the counts where columns count them", () => {
    const persons = [column("age", "integer", "quasi_identifier"), column("street", "text")];
    expect(behind("count(t where row.age > 60) / count(t)", persons)).toEqual([1, 3]);
    expect(behind("mean(row.age of t where row.age < 60)", persons)).toEqual([2]);
    const counts = [column("n", "integer", "count_of_people"), column("street", "text")];
    expect(behind('sum(row.n of t where row.street = "a") / count(t)', counts)).toEqual([3]);
    expect(behind("count(t)", [column("n", "integer")])).toEqual([]);
    // From before columns were tagged: nobody has said that nobody is meant.
    expect(behind("count(t)", [{ name: "n", type: "integer" }])).toEqual([3]);
  });
});

describe("a band and a scenario", () => {
  const kept = (rest: unknown): Kept => ({
    ...{ slug: "lamps", definition, revision: 1, changedAt: "2026-01-01T00:00:00Z", isRetired: false, turn: 1 },
    latest: {
      asOf: "2026-01-01T00:00:00Z",
      revision: 1,
      sources: [],
      unit: "kW",
      standing: "within",
      value: 4,
      k: 5,
      rest,
    },
  });

  test("a figure on a bound is within it", () => {
    const standings = [0.9, 1, 4.5, 4.6, undefined].map((value) => standingOf(value, definition));
    expect(standings).toEqual(["below", "within", "within", "above", "none"]);
    expect(standingOf(3, {})).toBe("free");
  });

  // Guards against a cost that floats: a tenth of a unit at 1,250.50 is 125.05, to the cent.
  test("one assumption changed gives figure, difference and cost in whole minor units", () => {
    const rest = reckoned(treeOf(definition.formula), { lamps: [{ watts: 5_000 }] });
    expect(scenarioOf(kept(rest), "led_share", 80, "EUR")).toEqual({
      ...{ assumption: "led_share", unit: "%", from: 40, to: 80, value: 4, changed: 3, difference: -1 },
      cost: { amountMinor: 5_002_000, currency: "EUR" },
      isEstimate: true,
    });
    expect(scenarioOf(kept(rest), "led_share", 40.1, "EUR").cost).toEqual({ amountMinor: 12_505, currency: "EUR" });
    expect(scenarioOf(kept(rest), "led_share", 39.9, "EUR").cost).toEqual({ amountMinor: -12_505, currency: "EUR" });
    expect(() => scenarioOf(kept(rest), "led_share", 101, "EUR")).toThrow("from 0 to 100");
    expect(() => scenarioOf(kept(rest), "other", 1, "EUR")).toThrow("no assumption other");
  });
});

describe("the form", () => {
  test("what it shows is read as the same, in the digits of any script", () => {
    const fields = fieldsOf({ definition, revision: 3 }, "EUR");
    expect(fields["a0_cost"]).toBe("1250.50");
    expect(Definition.parse(definitionFrom(fields, "EUR", definition))).toEqual(definition);
    expect([numberTyped("١٢٫٥", "#/x"), numberTyped(" -3,25 ", "#/x"), numberTyped("-0", "#/x")]).toEqual([
      12.5, -3.25, 0,
    ]);
    expect(() => numberTyped("1 000", "#/x")).toThrow("A number");
    expect(() => numberTyped("1e3", "#/x")).toThrow("A number");
  });

  // Guards against words that are lost because a form in two languages does not ask for a third.
  test("words in languages that it does not ask for go on", () => {
    const { title_fr: _, ...fields } = fieldsOf({ definition, revision: 3 }, "EUR");
    const read = Definition.parse(definitionFrom({ ...fields, title_en: "Lamps" }, "EUR", definition));
    expect(read.titles).toEqual({ en: "Lamps", fr: "Puissance des lampadaires" });
  });

  test("a mistake is linked to its field", () => {
    const at = ["#/titles", "#/assumptions/1/unitCostMinor", "#/breakdown/dataset", "#/band/high", "#/target/on"];
    expect(at.map((pointer) => fieldAt(pointer, "fr"))).toEqual(["title_fr", "a1_cost", "areas", "high", "targetOn"]);
  });
});
