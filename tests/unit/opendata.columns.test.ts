import { describe, expect, test } from "vitest";
import { ColumnGuess } from "../../functions/opendata/formats/columns.ts";
import { converter, isNote, type Reading } from "../../functions/opendata/formats/converting.ts";
import { sayAt, sayNote } from "../../functions/opendata/formats/note.ts";
import type { Cell } from "../../functions/opendata/schema.ts";

function guess(values: Cell[], decimal?: "." | ",", kind: "texts" | "typed" = "texts") {
  const column = new ColumnGuess({ name: "c", values: kind }, decimal);
  values.forEach((value, i) => {
    column.add(value, `#/line/${i + 2}`);
  });
  const { reading, notes } = column.decide();
  return { reading, notes: notes.map((one) => sayNote(one)), cells: values.map(converter(reading)) };
}

describe("types of texts", () => {
  test.each<[string[], Reading, Cell]>([
    [["1", "-2", ""], { type: "integer" }, 1],
    [["1.5", "2"], { type: "number" }, 1.5],
    [["48.85661400000000012"], { type: "number" }, 48.856614],
    [["1,5", "2"], { type: "number", decimal: "," }, 1.5],
    [["1e3", "2"], { type: "integer" }, 1000],
    [["1 234", "12"], { type: "integer" }, 1234],
    [["1\u202f234,5", "12"], { type: "number", decimal: "," }, 1234.5],
    [["1'234.5"], { type: "number" }, 1234.5],
    [["1,234.5", "7"], { type: "number" }, 1234.5],
    [["1.234,5", "7"], { type: "number", decimal: "," }, 1234.5],
    [["12,34,567"], { type: "integer" }, 1234567],
    [["12,5 %", "3%"], { type: "number", decimal: ",", percent: true }, 12.5],
    [["12 %", "3"], { type: "text" }, "12 %"],
    [["١٢٫٥", "٣"], { type: "number" }, 12.5],
    [["١٢٬٥٠٠"], { type: "integer" }, 12500],
    [["007", "8"], { type: "text" }, "007"],
    [["0", "0.5"], { type: "number" }, 0],
    [["9".repeat(20)], { type: "text" }, "9".repeat(20)],
    [["oui", "non"], { type: "boolean" }, true],
    [["Vrai", "FAUX"], { type: "boolean" }, true],
    [["نعم", "لا"], { type: "boolean" }, true],
    [["1", "0"], { type: "integer" }, 1],
    [["2026-02-28"], { type: "date" }, "2026-02-28"],
    [["2026-02-30"], { type: "text" }, "2026-02-30"],
    [["2024-02-29"], { type: "date" }, "2024-02-29"],
    [["2012/1/31"], { type: "date" }, "2012-01-31"],
    [["3/4/2026", "13/4/2026"], { type: "date", days: "dmy" }, "2026-04-03"],
    [["3/4/2026", "3/14/2026"], { type: "date", days: "mdy" }, "2026-03-04"],
    [["03-04-2026", "2026-01-01"], { type: "date", days: "dmy" }, "2026-04-03"],
    [["2026-01-01 10:00:00"], { type: "datetime" }, "2026-01-01T10:00:00"],
    [["2026-01-01T10:00:00+0100", "2026-01-02"], { type: "datetime" }, "2026-01-01T10:00:00+01:00"],
    [["31/01/2026 9:05"], { type: "datetime", days: "dmy" }, "2026-01-31T09:05:00"],
    [["2026-01-01 25:00"], { type: "text" }, "2026-01-01 25:00"],
    [["", ""], { type: "text" }, null],
  ])("%j is %j", (texts, reading, first) => {
    const found = guess(texts);
    expect(found.reading).toEqual(reading);
    expect(found.cells[0]).toBe(first);
    expect(found.cells.filter(isNote)).toEqual([]);
  });

  test("where both signs are possible, that of the file decides", () => {
    expect(guess(["1,234", "5,678"], ".").cells).toEqual([1234, 5678]);
    expect(guess(["1,234", "5,678"], ",").cells).toEqual([1.234, 5.678]);
    expect(guess(["1.234", "5.678"], ".").cells).toEqual([1.234, 5.678]);
    expect(guess(["1.234", "5.678"], ",").cells).toEqual([1234, 5678]);
    // One value that can be read in one way only decides for all.
    expect(guess(["1.234", "5.67"], ",").cells).toEqual([1.234, 5.67]);
  });

  test("what was assumed is said", () => {
    expect(guess(["03/04/2026"]).notes).toEqual([
      "Column c: “03/04/2026” was read as 2026-04-03, day first. No value shows whether the month comes first.",
    ]);
    expect(guess(["1,5"]).notes).toEqual(["Column c: commas were read as decimal signs."]);
    expect(guess(["1 500"]).notes[0]).toMatch(/“1 500” was read as 1500/);
    expect(guess(["5 %"]).notes[0]).toMatch(/“5 %” was read as 5/);
  });

  test("a few values that break a type are counted, and the first is named", () => {
    const values = Array.from({ length: 2000 }, (_, i) => ([710, 900, 1500].includes(i) ? "n.d." : String(i)));
    const { reading, notes } = guess(values);
    expect(reading).toEqual({ type: "text" });
    expect(notes).toEqual(["Column c would be a whole number but for 3 values, the first in line 712: “n.d.”."]);
    const mended = converter({ type: "integer", none: ["n.d."] });
    expect(values.map(mended).filter((cell) => cell === null)).toHaveLength(3);
    const refused = converter({ type: "integer" })("n.d.");
    expect(isNote(refused) && sayNote(refused, "fr")).toBe("« n.d. » n’est pas un nombre entier.");
  });
});

test("values that say what they are keep it; a text that looks like a number stays a text", () => {
  expect(guess([1, 2, null], ".", "typed").reading).toEqual({ type: "integer" });
  expect(guess([1, 2.5], ".", "typed").reading).toEqual({ type: "number" });
  expect(guess([true, false], ".", "typed").reading).toEqual({ type: "boolean" });
  expect(guess(["1", "2"], ".", "typed").reading).toEqual({ type: "text" });
  expect(guess(["2026-01-01"], ".", "typed").reading).toEqual({ type: "date" });
  expect(guess([1, "x"], ".", "typed").cells).toEqual(["1", "x"]);
});

test("places in a file are said in each language", () => {
  expect([
    sayAt("#"),
    sayAt("#/line/3"),
    sayAt("#/features/3"),
    sayAt("#/stops.txt/line/3"),
    sayAt("#/line/3/a%20b"),
  ]).toEqual(["the file", "line 3", "feature 4", "line 3 of stops.txt", "line 3, column a b"]);
  expect(sayAt("#/features/3", "fr")).toBe("entité 4");
});
