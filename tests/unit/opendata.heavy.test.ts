import { expect, test } from "vitest";
import { order } from "../../functions/opendata/query/filter.ts";
import { HEAVY_ROWS, oneByOne } from "../../functions/opendata/query/heavy.ts";
import { matching, pageOf } from "../../functions/opendata/query/matching.ts";
import { recordsOf, sorted, wholly } from "../../functions/opendata/query/reading.ts";
import { answerSelect } from "../../functions/opendata/query/select.ts";
import { keysOf } from "../../functions/opendata/query/sort-keys.ts";
import { inOrder } from "../../functions/opendata/query/sorting.ts";
import { readSelect, readWhere } from "../../functions/opendata/query/sql.ts";
import { type Cell, type Column, Dataset } from "../../functions/opendata/schema.ts";
import { load, startedHere } from "../../functions/opendata/store.ts";
import type { Here } from "../../shared/here.ts";
import { opened, stored } from "../stored.ts";

const ROWS = HEAVY_ROWS + 12_345;
const columns: Column[] = [
  { name: "n", type: "integer" },
  { name: "street", type: "text" },
];
const each = <T>(of: (row: number) => T): T[] => Array.from({ length: ROWS }, (_, row) => of(row));
const cells: Cell[][] = [
  each((row) => (row % 13 === 0 ? null : (row * 7_919) % 10_007)),
  each((row) => `rue ${row % 997}`),
];

test("what is sorted in pieces is what is sorted at once", async () => {
  for (const count of [0, 1, 19_999, 20_000, 20_001, 75_000]) {
    const keys = Array.from({ length: count }, (_, i) => (i * 7_919) % 1_009);
    const compare = (a: number, b: number) => keys[a]! - keys[b]! || a - b;
    expect(await inOrder(count, compare)).toEqual(Array.from({ length: count }, (_, i) => i).sort(compare));
  }
});

test("many rows that are filtered and sorted are those that fit, in order, and are found once", async () => {
  const data = await opened({ columns, cells });
  const where = readWhere("n < 9000 AND street <> 'rue 5'");
  const fits = each((row) => row).filter(
    (row) => cells[0]![row] !== null && (cells[0]![row] as number) < 9000 && row % 997 !== 5,
  );
  const rows = await matching(data, where);
  expect(rows).toEqual(fits);
  expect(await matching(data, where)).toBe(rows);
  const orders = [{ column: 0, isDescending: true }];
  const inTurn = await sorted(data, undefined, orders, order, "always");
  const wanted = each((row) => row).sort((a, b) => {
    const [x, y] = [cells[0]![a] as number | null, cells[0]![b] as number | null];
    return x === null || y === null ? (x === y ? a - b : x === null ? 1 : -1) : y - x || a - b;
  });
  expect(inTurn).toEqual(wanted);
  expect(await sorted(data, undefined, orders, order, "always")).toBe(inTurn);
  expect(await sorted(data, undefined, orders, (a, b) => order(b, a), "always")).not.toEqual(inTurn);
  expect(pageOf(data, inTurn, ROWS - 2, 100)).toEqual(wanted.slice(-2));
  const { records } = await answerSelect(data, readSelect('SELECT count(*) AS c FROM "x"'), 10);
  expect(records).toEqual([{ c: ROWS }]);
});

// Guards against a few visitors who take all of a process's time and memory from everybody else.
test("of heavy questions one is answered at a time, a few wait, and whoever comes later is told when to ask again", async () => {
  let [now, most] = [0, 0];
  let goOn = () => {};
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const ask = () =>
    oneByOne(async () => {
      most = Math.max(most, ++now);
      await held;
      now -= 1;
    });
  const asked = Array.from({ length: 8 }, ask);
  await expect(ask()).rejects.toMatchObject({ kind: "unavailable", members: { retryAfterS: 10 } });
  await expect(ask()).rejects.toThrow(/try again/);
  goOn();
  await Promise.all(asked);
  expect(most).toBe(1);
  await expect(oneByOne(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await oneByOne(async () => 7)).toBe(7);
});

// Guards against a question that holds a whole table: who asks for too much is told so, and nothing of it is kept.
test("a version goes by some thousand rows at a time; what rows are sorted by has a bound, texts that recur count once, and so have groups", async () => {
  const data = await opened({ columns, cells });
  // As exports read: all of it, some thousand rows at a time.
  let passed = 0;
  for await (const { from, rows, cells: own } of wholly(data)) {
    expect([from, rows <= 10_000]).toEqual([passed, true]);
    passed += rows;
    expect(own.every((column, i) => column!.every((cell, row) => cell === cells[i]![from + row]))).toBe(true);
  }
  expect(passed).toBe(ROWS);
  const [numbers, texts] = await keysOf(data, undefined, [0, 1], 16 * ROWS + 997 * 32);
  for (const row of [0, 1, 13, 50_000, ROWS - 1])
    expect([numbers!(row), texts!(row)]).toEqual(cells.map((column) => column[row]));
  const few = [5, 49_999, 50_001, ROWS - 2];
  const [some] = await keysOf(data, few, [1], 1_000);
  expect(few.map((_, place) => some!(place))).toEqual(few.map((row) => cells[1]![row]));
  const most = 16 * ROWS + 997 * 24;
  await expect(keysOf(data, undefined, [0, 1], most)).rejects.toMatchObject({ kind: "malformed" });

  const distinct = await opened({ columns: [columns[0]!], cells: [each((row) => row)] });
  const grouped = readSelect('SELECT n, count(*) AS c FROM "x" GROUP BY n');
  await expect(answerSelect(distinct, grouped, 10)).rejects.toMatchObject({ kind: "malformed" });
  expect((await answerSelect(data, grouped, 10)).total).toBe(10_008);
});

// Guards against the first visitor after a start, who waits for all that nobody has read yet.
test("a house that has started reads a long table's first page ahead, of a short one nothing, and on AWS neither", async () => {
  const { files, written } = await stored({ columns, cells });
  const dataset = (n: number, rows: number) =>
    Dataset.parse({
      id: `ds_0000000000000000000000000${n}`,
      slug: `table-${n}`,
      card: { title: "Table", description: "", licence: "CC0-1.0", source: "Made up" },
      latest: {
        ...written,
        rows,
        number: 1,
        publishedAt: "2026-01-01T00:00:00Z",
        columns,
        hasPlaces: false,
        file: "f",
      },
    });
  const [long, short] = [dataset(1, ROWS), dataset(2, 10)];
  const asked: string[] = [];
  const house = (isPriced: boolean) =>
    ({
      city: { slug: "abidjan" },
      table: {
        isPriced,
        getStanding: async () => undefined,
        async *all() {
          for (const one of [long, short]) yield { dataset: one };
        },
      },
      blobs: {
        async get(key: string, { offset, length }: { offset: number; length: number }) {
          asked.push(key);
          return files.get(key.includes("_words") ? "words" : "rows")!.slice(offset, offset + length);
        },
      },
    }) as unknown as Here;
  await startedHere(house(true));
  expect(asked).toEqual([]);
  const here = house(false);
  await startedHere(here);
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.every((key) => key.includes(long!.id))).toBe(true);
  asked.length = 0;
  const first = Array.from({ length: 100 }, (_, row) => ({ n: cells[0]![row], street: cells[1]![row] }));
  const data = await load(here, long!, long!.latest);
  expect(await recordsOf(data, pageOf(data, undefined, 0, 100))).toEqual(first);
  expect(asked).toEqual([]);
});
