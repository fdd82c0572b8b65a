import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { likeOf, testOf } from "../../functions/opendata/query/filter.ts";
import { readSelect, readWhere } from "../../functions/opendata/query/sql.ts";
import { Fault } from "../../shared/errors.ts";

describe("filters of rows", () => {
  // Guards against a pattern that keeps a house busy for minutes.
  test("LIKE means what SQL says, whatever the pattern, in time that does not explode", () => {
    const signs = fc.string({ unit: fc.constantFrom("a", "b", "%", "_", "\\", "é"), maxLength: 12 });
    fc.assert(
      fc.property(signs, signs, (pattern, text) => {
        const expression = [...pattern.matchAll(/\\(.)|(.)/gsu)]
          .map(([, plain, sign]) =>
            plain === undefined && sign === "%"
              ? ".*"
              : plain === undefined && sign === "_"
                ? "."
                : (plain ?? sign)!.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"),
          )
          .join("");
        // A lone backslash at the end stands for itself.
        const whole = pattern.replace(/\\\\/g, "").endsWith("\\") ? `${expression}` : expression;
        expect(likeOf(pattern, false)(text)).toBe(new RegExp(`^${whole}$`, "su").test(text));
      }),
      { numRuns: 2_000 },
    );
    expect(likeOf("%a%a%a%a%a%a%a%a%a%a%b", false)("a".repeat(5_000))).toBe(false);
  });

  test("a reader answers or refuses with a sentence, whatever is typed", () => {
    const pieces = [
      "SELECT",
      "*",
      "FROM",
      '"t"',
      "WHERE",
      "a",
      "=",
      "1",
      "'x'",
      "(",
      ")",
      "AND",
      "OR",
      "NOT",
      "IN",
      ",",
      "NULL",
      "IS",
      "LIKE",
      "--",
      ";",
      "\u0000",
      "BETWEEN",
      "-",
      '"',
      "'",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), (words) => {
        for (const read of [readSelect, readWhere])
          try {
            read(words.join(" "));
          } catch (error) {
            expect(error).toBeInstanceOf(Fault);
            expect((error as Fault).kind).toBe("malformed");
          }
      }),
      { numRuns: 3_000 },
    );
  });

  test("an empty cell is neither equal nor unequal", () => {
    const data = { columns: [{ name: "a", type: "integer" as const }], cells: [[1, null, 3]] };
    const rows = (where: string) => [0, 1, 2].filter(testOf(readWhere(where), data));
    expect(rows("a = 1")).toEqual([0]);
    expect(rows("a <> 1")).toEqual([2]);
    expect(rows("NOT a = 1")).toEqual([2]);
    expect(rows("a = 1 OR a IS NULL")).toEqual([0, 1]);
    expect(rows("NOT (a = 1 AND a IS NULL)")).toEqual([0, 2]);
    expect(rows("a = '3'")).toEqual([2]);
    expect(rows("a IN (1, NULL)")).toEqual([0]);
    expect(rows("a NOT IN (1, NULL)")).toEqual([]);
    expect(rows("a = NULL")).toEqual([]);
  });
});
