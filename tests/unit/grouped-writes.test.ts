import { afterAll, beforeAll, expect, test } from "vitest";
import { groupedWrites } from "../../shared/local/grouped-writes.ts";
import { cityTable } from "../../shared/table.ts";
import { testEngine } from "../setup/engine.ts";

let set: Awaited<ReturnType<typeof testEngine>>;
let commits = 0;
beforeAll(async () => {
  set = await testEngine();
  set.client.middlewareStack.add((next) => (args) => {
    commits++;
    return next(args);
  });
});
afterAll(() => set.engine.stop());

const tableOf = (slug: string) => cityTable(set.client, set.tableName, slug, undefined, groupedWrites(set.client));

// Guards against a write that is answered by another's outcome, or lost because another was refused.
test("writes of one moment go together, and each has its own outcome", async () => {
  const table = tableOf("together");
  await table.put({ pk: "A", sk: "7", what: "before" });
  commits = 0;
  const made = await Promise.all(
    Array.from({ length: 150 }, (_, i) => table.putIfAbsent({ pk: "A", sk: String(i), what: `new ${i}` })),
  );
  expect(commits).toBeLessThan(8);
  for (const [i, { created, item }] of made.entries()) {
    expect(created).toBe(i !== 7);
    expect(item).toMatchObject({ pk: "A", sk: String(i), what: i === 7 ? "before" : `new ${i}` });
  }
  const found = await table.getMany(made.map((_, i) => ({ pk: "A", sk: String(i) })));
  expect(found).toHaveLength(150);
  expect(found.find(({ sk }) => sk === "7")).toMatchObject({ what: "before" });
});

test("one key written twice at one moment keeps the first, and a delete of it comes after", async () => {
  const table = tableOf("twice");
  const twice = await Promise.all([1, 2, 3].map((n) => table.putIfAbsent({ pk: "B", sk: "x", n })));
  expect(twice.map(({ created }) => created)).toEqual([true, false, false]);
  expect(twice.map(({ item }) => item["n"])).toEqual([1, 1, 1]);
  await Promise.all([table.delete({ pk: "B", sk: "x" }), table.put({ pk: "B", sk: "y" })]);
  expect((await table.query({ pk: "B" })).items.map(({ sk }) => sk)).toEqual(["y"]);
});

// Guards against one item that the engine cannot take, and that takes its neighbours with it.
test("a write that the engine refuses fails alone", async () => {
  const table = tableOf("large");
  const outcomes = await Promise.allSettled([
    table.put({ pk: "C", sk: "1" }),
    table.put({ pk: "C", sk: "2", bytes: new Uint8Array(450_000) }),
    table.put({ pk: "C", sk: "3" }),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect((await table.query({ pk: "C" })).items.map(({ sk }) => sk)).toEqual(["1", "3"]);
});
