import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { standing } from "../../shared/local/standing.ts";
import { ConditionFailed, cityTable, type Table } from "../../shared/table.ts";
import { newTally, tallied } from "../../shared/tally.ts";
import { testEngine } from "../setup/engine.ts";

describe("a city's table", () => {
  let set: Awaited<ReturnType<typeof testEngine>>;
  let rome: Table;
  let rome2: Table;
  beforeAll(async () => {
    set = await testEngine();
    rome = cityTable(set.client, set.tableName, "rome");
    rome2 = cityTable(set.client, set.tableName, "rome2");
  });
  afterAll(() => set.engine.stop());

  // Guards against one city's data in another's hands.
  test("every key that is written begins with the city, indexes included, and comes back without it", async () => {
    const item = {
      pk: "THING#1",
      sk: "THING",
      gsi1pk: "THINGS",
      gsi1sk: "1",
      gsi2pk: "DUE",
      gsi2sk: "x",
      bytes: new Uint8Array([1, 2]),
    };
    await rome.put(item);
    expect(await rome.get(item)).toEqual(item);
    expect(await rome2.get(item)).toBeUndefined();
    expect((await rome2.query({ pk: "THINGS", index: "gsi1" })).items).toEqual([]);
    const { Items } = await set.client.send(new ScanCommand({ TableName: set.tableName }));
    for (const raw of Items ?? [])
      for (const name of ["pk", "gsi1pk", "gsi2pk"]) if (raw[name]) expect(raw[name].S).toMatch(/^CITY#rome#/);
  });

  // A file about motor races has such a column, and once nothing could be kept of it.
  test("a field called constructor is kept as every other, whatever it says", async () => {
    const rows = [{ constructor: "Ferrari", points: 3 }, { constructor: { name: "Set" } }, { constructor: null }];
    const item = {
      pk: "RACE#1",
      sk: "RACE",
      constructor: 1,
      found: { rows, bytes: new Uint8Array([1]) },
      gone: undefined,
    };
    await rome.put(item);
    const { gone: _, ...kept } = item;
    expect(await rome.get(item)).toEqual(kept);
    await rome.transact([{ put: { ...item, points: 4 }, if: { found: item.found } }]);
    expect(await rome.get(item)).toEqual({ ...kept, points: 4 });
  });

  test("a cursor of one city opens nothing in another", async () => {
    for (let i = 0; i < 3; i++) await rome.put({ pk: "LIST", sk: `${i}`, of: "rome" });
    await rome2.put({ pk: "LIST", sk: "9", of: "rome2" });
    const { cursor, items } = await rome.query({ pk: "LIST", limit: 2 });
    expect(items.map((item) => item.sk)).toEqual(["0", "1"]);
    expect((await rome2.query({ pk: "LIST", cursor })).items.map((item) => item["of"])).toEqual(["rome2"]);
    await expect(rome.query({ pk: "LIST", cursor: "nonsense" })).rejects.toMatchObject({ kind: "malformed" });
  });

  test("pages, ranges and directions of a query", async () => {
    for (const sk of ["a1", "a2", "b1", "b2"]) await rome.put({ pk: "RANGE", sk });
    const found = async (query: object) => (await rome.query({ pk: "RANGE", ...query })).items.map((item) => item.sk);
    expect(await found({ beginsWith: "a" })).toEqual(["a1", "a2"]);
    expect(await found({ from: "a2", to: "b1" })).toEqual(["a2", "b1"]);
    expect(await found({ from: "b1" })).toEqual(["b1", "b2"]);
    expect(await found({ to: "a2", reverse: true })).toEqual(["a2", "a1"]);
    const all = [];
    for await (const item of rome.all({ pk: "RANGE", limit: 1 })) all.push(item.sk);
    expect(all).toEqual(["a1", "a2", "b1", "b2"]);
  });

  // Guards against a change of which only half is kept.
  test("a transaction is kept whole or not at all, and says which condition failed", async () => {
    await rome.put({ pk: "T", sk: "1", state: "open" });
    const failed = rome.transact([
      { put: { pk: "T", sk: "2" }, if: "absent" },
      { update: { pk: "T", sk: "1" }, set: { state: "closed" }, if: { state: ["held", "late"] } },
    ]);
    await expect(failed).rejects.toBeInstanceOf(ConditionFailed);
    await expect(failed).rejects.toMatchObject({ index: 1, item: { state: "open" } });
    expect(await rome.get({ pk: "T", sk: "2" })).toBeUndefined();
    await rome.transact([
      {
        update: { pk: "T", sk: "1" },
        set: { state: "closed", gsi1pk: "CLOSED", gsi1sk: "1" },
        remove: ["none"],
        if: { state: "open", none: undefined },
      },
      { check: { pk: "T", sk: "2" }, if: "absent" },
    ]);
    expect((await rome.query({ pk: "CLOSED", index: "gsi1" })).items).toHaveLength(1);
  });

  test("the first of many that claim one key wins", async () => {
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, i) => rome.putIfAbsent({ pk: "ONE", sk: "1", by: i })),
    );
    const [winner, ...others] = claims.filter((claim) => claim.created);
    expect(others).toEqual([]);
    for (const claim of claims) expect(claim.item["by"]).toBe(winner?.item["by"]);
  });

  test("many keys are read at once, and what is missing is left out", async () => {
    const keys = Array.from({ length: 130 }, (_, i) => ({ pk: "MANY", sk: String(i) }));
    for (let at = 0; at < 120; at += 60) await rome.transact(keys.slice(at, at + 60).map((put) => ({ put })));
    expect(await rome.getMany(keys)).toHaveLength(120);
  });

  test("what a request consumes is counted to it alone", async () => {
    const [mine, yours] = [newTally(), newTally()];
    await Promise.all([
      tallied(mine, async () => {
        await rome.put({ pk: "COST", sk: "1" });
        await rome.get({ pk: "COST", sk: "1" });
      }),
      tallied(yours, () => rome2.get({ pk: "COST", sk: "1" })),
    ]);
    expect(mine.calls).toBe(2);
    expect(yours.calls).toBe(1);
    expect(mine.writeUnits).toBeGreaterThan(0);
  });

  // Guards against a revoked key, or a role that was taken, that opens a door a moment longer.
  test("what stands is read once, and anew from the moment on that a write of it has ended", async () => {
    const kept = standing();
    // Two handles of one process: a city's profile may be read again, and its handle made anew.
    const one = cityTable(set.client, set.tableName, "oslo", kept);
    const other = cityTable(set.client, set.tableName, "oslo", kept);
    const key = { pk: "KEY#1", sk: "KEY" };
    const reads = async () => {
      const tally = newTally();
      const found = await tallied(tally, () => one.getStanding(key));
      return { calls: tally.calls, value: found?.["value"] };
    };
    expect([await reads(), await reads()]).toEqual([
      { calls: 1, value: undefined },
      { calls: 1, value: undefined },
    ]);
    await other.put({ ...key, value: 1 });
    expect([await reads(), await reads()]).toEqual([
      { calls: 1, value: 1 },
      { calls: 0, value: 1 },
    ]);
    await other.transact([{ update: key, set: { value: 2 }, if: { value: 1 } }]);
    expect([await reads(), await reads()]).toEqual([
      { calls: 1, value: 2 },
      { calls: 0, value: 2 },
    ]);
    await other.delete(key);
    expect(await reads()).toEqual({ calls: 1, value: undefined });
    expect(await other.putIfAbsent({ ...key, value: 3 })).toMatchObject({ created: true });
    expect(await reads()).toEqual({ calls: 1, value: 3 });
    // Another city's is another thing.
    expect(await cityTable(set.client, set.tableName, "oslo2", kept).getStanding(key)).toBeUndefined();
  });

  // Guards against a city's front page that leads to what is there no more, or not to what is new.
  test("a standing partition is asked for once, until any of it is written", async () => {
    const kept = standing();
    const one = cityTable(set.client, set.tableName, "lima", kept);
    const reads = async () => {
      const tally = newTally();
      const items = await tallied(tally, () => one.queryStanding("PAGES"));
      return { calls: tally.calls, sks: items.map(({ sk }) => sk) };
    };
    expect([await reads(), await reads()]).toEqual([
      { calls: 1, sks: [] },
      { calls: 0, sks: [] },
    ]);
    await one.put({ pk: "PAGES", sk: "a" });
    expect([await reads(), await reads()]).toEqual([
      { calls: 1, sks: ["a"] },
      { calls: 0, sks: ["a"] },
    ]);
    await one.transact([{ put: { pk: "PAGES", sk: "b" } }, { delete: { pk: "PAGES", sk: "a" } }]);
    expect(await reads()).toEqual({ calls: 1, sks: ["b"] });
    await one.put({ pk: "OTHER", sk: "c" });
    expect(await reads()).toEqual({ calls: 0, sks: ["b"] });
    expect(await cityTable(set.client, set.tableName, "lima2", kept).queryStanding("PAGES")).toEqual([]);
  });

  test("what was read while it was written is not kept, nor is what failed", async () => {
    const kept = standing();
    let stands = "old";
    const read = () => kept.read("k", async () => stands);
    const writing = kept.changing(["k"], async () => {
      expect(await read()).toBe("old");
      stands = "new";
    });
    await writing;
    expect(await read()).toBe("new");
    // Kept: it is not asked again.
    expect(await kept.read("k", async () => "other")).toBe("new");
    await expect(kept.read("f", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
    expect(await kept.read("f", async () => "there")).toBe("there");
  });
});
