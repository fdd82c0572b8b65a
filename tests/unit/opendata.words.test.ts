import { describe, expect, test } from "vitest";
import type { Filter } from "../../functions/opendata/query/filter.ts";
import { countOf, matching } from "../../functions/opendata/query/matching.ts";
import type { Cell, Column } from "../../functions/opendata/schema.ts";
import { askedWords, fitsWord, wordsByColumn, wordsIn } from "../../functions/opendata/words.ts";
import { stored } from "../stored.ts";

describe("words of a text", () => {
  test.each([
    ["Écoles de l'Île-de-France", ["ecoles", "de", "l", "ile", "de", "france"]],
    ["المدرسة الإبتدائية", ["مدرسه", "ابتداييه"]],
    ["12 bis, 3.50 EUR le 2026-01-05", ["12", "bis", "3.50", "eur", "le", "2026-01-05"]],
    ["02-40-41 2026-01-05T10", ["02", "40", "41", "2026", "01", "05t10"]],
    ["A.B. 1.2.3 fin.", ["a", "b", "1.2.3", "fin"]],
    ["— … !", []],
  ])("%s", (text, words) => expect(wordsIn(text)).toEqual(words));

  test("a word is found by its beginning, a number by itself", () => {
    const found = (asked: string, text: string) => wordsIn(text).some(fitsWord(askedWords(asked)[0]!));
    expect(found("école", "Les ECOLES")).toBe(true);
    expect(found("cole", "Les écoles")).toBe(false);
    expect(found("12", "12 rue")).toBe(true);
    expect(found("12", "120 rue")).toBe(false);
    expect(found("مدرسة", "المدرسة")).toBe(true);
    expect(found("!?", "what!?")).toBe(false);
    expect(askedWords("  ")).toEqual([]);
  });

  test("of an instant the day is found, the month and the year; what is true or false is no word", () => {
    const [instant, truth, whole] = wordsByColumn([{ type: "datetime" }, { type: "boolean" }, { type: "integer" }]);
    expect(instant!("2026-01-05T10:00:00Z")).toEqual(["2026", "2026-01", "2026-01-05"]);
    expect(truth!(true)).toEqual([]);
    expect(whole!(-7)).toEqual(["7"]);
  });

  // Guards against a cell that keeps a house busy for minutes.
  test("a long text of points and digits is divided in time that does not explode", () => {
    const started = performance.now();
    for (const piece of ["1.", "1", "1-", "2026-01-", ".", "ا", "é1."]) wordsIn(`${piece.repeat(100_000)}x`);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("an index in several stretches", () => {
  const ROWS = 120_000;
  const columns: Column[] = [
    { name: "id", type: "integer" },
    { name: "note", type: "text" },
  ];
  const each = <T>(of: (row: number) => T): T[] => Array.from({ length: ROWS }, (_, row) => of(row));
  const cells: Cell[][] = [each((row) => row), each((row) => `note${row} écrite, ligne ${row % 7} of ${row * 3}`)];
  const made = stored({ columns, cells });
  const asked = (text: string): Filter => ({ op: "words", columns: "any", words: askedWords(text) });

  test.each([
    ["ecri ligne", (_: number) => true],
    ["note1199", (row: number) => `${row}`.startsWith("1199")],
    ["90000", (row: number) => row === 90_000 || row === 30_000],
    ["3 note11", (row: number) => `${row}`.startsWith("11") && (row % 7 === 3 || row === 1)],
    ["nothing ecrite", (_: number) => false],
  ])("%s is found in all of them", async (text, fits) => {
    const { open, files } = await made;
    expect(files.get("words")!.byteLength).toBeLessThan(files.get("rows")!.byteLength * 2);
    const data = await open();
    const rows = await matching(data, asked(text));
    expect(countOf(data, rows)).toBe(each(fits).filter(Boolean).length);
    expect(rows).toEqual(each((row) => row).filter(fits));
  });

  // Guards against a search that reads the whole index, which on a bill is every byte of it.
  test("a rare word reads a little of it", async () => {
    const { holding } = await (await made).open();
    const { bytes } = (await holding(["note77777"]))!;
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(100_000);
  });
});

// Guards against an index that was changed where it lies.
test("an index with a changed byte is not read", async () => {
  for (const at of [0, -1]) {
    const { files, open } = await stored({ columns: [{ name: "a", type: "text" }], cells: [["one", "two"]] });
    const bytes = files.get("words")!;
    bytes.set([bytes.at(at)! ^ 1], at < 0 ? bytes.length + at : at);
    const data = await open();
    const asked: Filter = { op: "words", columns: ["a"], words: ["one"] };
    await expect(matching(data, asked)).rejects.toThrow(/not what was published/);
  }
});
