import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../functions/opendata/schema.ts";
import { difference } from "../../functions/opendata/versions/diff.ts";
import { type Frame, opened } from "../stored.ts";

const frame = (rows: Cell[][], names = ["id", "name"]): Frame => ({
  columns: names.map((name) => ({ name, type: name === "id" ? "integer" : "text" })),
  cells: names.map((_, i) => rows.map((row) => row[i]!)),
});

describe("what became of a dataset", () => {
  test("rows are known again by a key: added, removed, changed", async () => {
    const before = await opened(
      frame([
        [1, "a"],
        [2, "b"],
        [3, "c"],
      ]),
    );
    const after = await opened(
      frame([
        [3, "c"],
        [2, "B"],
        [4, "d"],
      ]),
    );
    expect(await difference(before, after)).toMatchObject({
      by: "id",
      rows: { added: 1, removed: 1, changed: 1, same: 1 },
      added: [{ id: 4, name: "d" }],
      removed: [{ id: 1, name: "a" }],
      changed: [{ key: 2, before: { name: "b" }, after: { name: "B" } }],
    });
  });

  test("without a key they are known by what they hold, as often as they are there", async () => {
    const before = await opened(
      frame(
        [
          ["x", "a"],
          ["x", "a"],
          ["y", "a"],
        ],
        ["street", "name"],
      ),
    );
    const after = await opened(
      frame(
        [
          ["x", "a"],
          ["y", "a"],
          ["y", "a"],
        ],
        ["street", "name"],
      ),
    );
    const found = await difference(before, after);
    expect(found).toMatchObject({ by: undefined, rows: { added: 1, removed: 1, changed: 0, same: 2 } });
    await expect(difference(before, after, "street")).rejects.toThrow(/does not tell each row/);
    await expect(difference(before, after, "colour")).rejects.toThrow(/Not both/);
  });

  test("columns that came, went or changed their type are said by themselves", async () => {
    const before = await opened(frame([[1, "a", "p"]], ["id", "name", "old"]));
    const after = await opened(frame([[1, "a", "q"]], ["id", "name", "new"]));
    expect(await difference(before, after)).toMatchObject({
      columns: { added: [{ name: "new" }], removed: [{ name: "old" }], changed: [] },
      rows: { same: 1, changed: 0 },
    });
  });

  // Guards against a diff that does not lead from one version to the other.
  test("removed and added are what a count of alike rows says, whatever they hold", async () => {
    const rows = fc.array(fc.tuple(fc.constantFrom("a", "b", null), fc.constantFrom("x", "y")), {
      minLength: 1,
      maxLength: 12,
    });
    const count = (all: Cell[][], row: Cell[]) =>
      all.filter((one) => JSON.stringify(one) === JSON.stringify(row)).length;
    await fc.assert(
      fc.asyncProperty(rows, rows, async (old, now) => {
        const names = ["street", "name"];
        // A place keeps single columns from being keys.
        const twice = (all: Cell[][]) => [...all, ...all];
        const [before, after] = [twice(old), twice(now)];
        const { rows: counted } = await difference(
          await opened(frame(before, names)),
          await opened(frame(after, names)),
        );
        const kinds = [...new Set([...before, ...after].map((row) => JSON.stringify(row)))].map(
          (text) => JSON.parse(text) as Cell[],
        );
        const sum = (of: (row: Cell[]) => number) => kinds.reduce((total, row) => total + of(row), 0);
        expect(counted).toEqual({
          added: sum((row) => Math.max(0, count(after, row) - count(before, row))),
          removed: sum((row) => Math.max(0, count(before, row) - count(after, row))),
          same: sum((row) => Math.min(count(after, row), count(before, row))),
          changed: 0,
        });
      }),
      { numRuns: 50 },
    );
  });
});
