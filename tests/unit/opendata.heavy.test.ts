import { expect, test } from "vitest";
import { order } from "../../functions/opendata/query/filter.ts";
import { HEAVY_ROWS, oneByOne } from "../../functions/opendata/query/heavy.ts";
import { matching, pageOf } from "../../functions/opendata/query/matching.ts";
import { sorted } from "../../functions/opendata/query/reading.ts";
import { answerSelect } from "../../functions/opendata/query/select.ts";
import { inOrder } from "../../functions/opendata/query/sorting.ts";
import { readSelect, readWhere } from "../../functions/opendata/query/sql.ts";
import type { Cell, Column } from "../../functions/opendata/schema.ts";
import { opened } from "../stored.ts";

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
