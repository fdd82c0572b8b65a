import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, expect, test, vi } from "vitest";
import { makeRoom, tidy } from "../../shared/memory.ts";

const MB = 1024 * 1024;
const held = () => getHeapStatistics().total_physical_size;
const before = globalThis.gc;
afterAll(() => {
  globalThis.gc = before;
});

// Guards against a house that holds for good what it took while it started, or while somebody took a long file.
test("what a work made the heap take is given back, and not only freed", () => {
  setFlagsFromString("--expose-gc");
  globalThis.gc = runInNewContext("gc");
  makeRoom();
  const least = held();
  let rows: unknown[] | undefined = Array.from({ length: 1_000_000 }, (_, i) => ({ i, text: `row ${i}` }));
  expect(rows).toHaveLength(1_000_000);
  const most = held();
  expect(most).toBeGreaterThan(least + 60 * MB);
  rows = undefined;
  makeRoom();
  expect(held()).toBeLessThan(least + 20 * MB);
});

// Guards against a house that answers nobody because it collects all the time, and one that grows while a file is read.
test("in the house's own thread it is collected when that is worth it, and not too often", () => {
  let times = 0;
  globalThis.gc = Object.assign(() => {
    times += 1;
  }, before) as NodeJS.GCFunction;
  const held: Buffer[] = [];
  const clock = vi.spyOn(performance, "now");
  const after = (seconds: number, grown: number) => {
    clock.mockReturnValue(seconds * 1000);
    held.push(Buffer.alloc(grown * MB));
    tidy();
    return times;
  };
  const first = after(1000, 0);
  expect([after(1020, 64), after(1021, 64), after(1040, 0), after(1060, 1)]).toEqual(
    [1, 1, 2, 2].map((more) => first + more),
  );
  clock.mockRestore();
});
