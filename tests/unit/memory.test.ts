import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, expect, test } from "vitest";
import { makeRoom } from "../../shared/memory.ts";

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
