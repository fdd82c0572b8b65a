import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HEAD } from "../../shared/ledger/journal.ts";
import { ConditionFailed, cityTable, type If, type Table, type Write } from "../../shared/table.ts";
import { testEngine } from "../setup/engine.ts";
import { memoryTable } from "./ledger.memory-table.ts";
import { type Spoil, story } from "./ledger.simulation.ts";

const SEEDS = Number(process.env["HANSA_SEEDS"] ?? 1_000);
const FIRST = Number(process.env["HANSA_SEED"] ?? 1);

describe("the ledger in a simulated storm", () => {
  // Guards against lost, doubled and invented money, whatever is cut, lost, late, repeated or out of order.
  test(
    `${SEEDS} seeds from ${FIRST} on: what the naive model says, and nothing else`,
    async () => {
      const all = { posts: 0, crashes: 0, faults: 0, steps: 0 };
      for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
        const told = await story(seed);
        for (const what of ["posts", "crashes", "faults", "steps"] as const) all[what] += told[what];
      }
      // A storm in which nothing happens proves nothing.
      expect(all.posts / SEEDS).toBeGreaterThan(4);
      expect(all.crashes / SEEDS).toBeGreaterThan(0.5);
      expect(all.faults / SEEDS).toBeGreaterThan(2);
    },
    Math.max(60_000, SEEDS * 200),
  );

  test("the same seed is the same story", async () => {
    for (const seed of [7, 77, 777]) expect(await story(seed)).toEqual(await story(seed));
  });

  // Guards against a simulation that finds nothing: each planted bug must be found.
  const planted: Record<string, Spoil> = {
    "without the fence, two commits take one place": (table) =>
      spoiled(table, (write) => {
        const isFence = "put" in write && (write.put.pk === HEAD.pk || write.put.pk.startsWith("JOURNAL#"));
        return isFence ? { put: write.put } : write;
      }),
    "without the claim, a repeated request is made twice": (table) =>
      spoiled(table, (write) =>
        "put" in write && /^(POSTED|EFFECT|FACT)#/.test(write.put.pk) ? { put: write.put } : write,
      ),
    "acknowledged before it is durable": (table, { maybe }) => ({
      ...table,
      transact: async (writes) => (maybe(0.1) ? undefined : table.transact(writes)),
    }),
    "money without its effect": (table, { maybe }) => ({
      ...table,
      transact: (writes) =>
        table.transact(maybe(0.1) ? writes.filter((one) => !("put" in one && /^EFFECT#/.test(one.put.pk))) : writes),
    }),
    "a checkpoint that misses something": (table) => ({
      ...table,
      put: (item) => table.put(item.pk.startsWith("CHECKPOINT#") ? { ...item, entries: "" } : item),
    }),
  };
  test.each(Object.entries(planted))("finds it: %s", async (_, spoil) => {
    const found = async () => {
      for (let seed = 1; seed <= 300; seed++) await story(seed, spoil);
    };
    await expect(found()).rejects.toThrow(/^seed \d+: /);
  });
});

const spoiled = (table: Table, change: (write: Write) => Write): Table => ({
  ...table,
  transact: (writes) => table.transact(writes.map(change)),
});

describe("the table in memory against the real engine", () => {
  let set: Awaited<ReturnType<typeof testEngine>>;
  let made = 0;
  beforeAll(async () => {
    set = await testEngine();
  });
  afterAll(() => set.engine.stop());

  const key = fc.record({ pk: fc.constantFrom("A", "B#1"), sk: fc.constantFrom("000", "001", "002", "010", "x") });
  const value = fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constantFrom("u", "v"), fc.constant(undefined));
  const item = fc.record({ at: key, n: value, m: value }).map(({ at, n, m }) => ({ ...at, n, m }));
  const condition: fc.Arbitrary<If | undefined> = fc.oneof(
    fc.constantFrom("absent" as const, "present" as const, undefined),
    fc.record({ n: value }),
    fc.record({ n: fc.constantFrom([0, 1], ["u", 2]), m: value }),
  );
  const write: fc.Arbitrary<Write> = fc.oneof(
    fc.record({ put: item, if: condition }) as fc.Arbitrary<Write>,
    fc.record({ delete: key, if: condition }) as fc.Arbitrary<Write>,
    fc.record({
      update: key,
      set: fc.record({ n: fc.integer(), m: fc.constant("w") }),
      if: condition,
    }) as fc.Arbitrary<Write>,
    fc.record({ update: key, remove: fc.constant(["n"]), if: condition }) as fc.Arbitrary<Write>,
    fc.record({ check: key, if: fc.constantFrom("absent" as const, "present" as const) }),
  );
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ what: fc.constant("transact" as const), writes: fc.array(write, { maxLength: 4 }) }),
    },
    { weight: 2, arbitrary: fc.record({ what: fc.constant("put" as const), item }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant("putIfAbsent" as const), item }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant("delete" as const), key }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant("get" as const), key }) },
    {
      weight: 1,
      arbitrary: fc.record({
        what: fc.constant("getMany" as const),
        keys: fc.uniqueArray(key, { maxLength: 4, selector: ({ pk, sk }) => `${pk} ${sk}` }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        what: fc.constant("query" as const),
        query: fc.record(
          {
            pk: fc.constantFrom("A", "B#1"),
            from: fc.constantFrom("000", "001", "005"),
            to: fc.constantFrom("002", "010", "z"),
            beginsWith: fc.constantFrom("0", "00", "x"),
            reverse: fc.boolean(),
            limit: fc.integer({ min: 1, max: 3 }),
          },
          { requiredKeys: ["pk"] },
        ),
      }),
    },
  );
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  async function said(table: Table, one: Step): Promise<unknown> {
    try {
      if (one.what === "transact") return await table.transact(one.writes);
      if (one.what === "put") return await table.put(one.item);
      if (one.what === "putIfAbsent") {
        const { created, item: kept } = await table.putIfAbsent(one.item);
        return [created, plain(kept)];
      }
      if (one.what === "delete") return await table.delete(one.key);
      if (one.what === "get") return plain(await table.get(one.key));
      if (one.what === "getMany")
        return (await table.getMany(one.keys))
          .map(plain)
          .map((it) => JSON.stringify(it))
          .sort();
      const items: unknown[] = [];
      for await (const found of table.all(one.query)) items.push(plain(found));
      return items;
    } catch (error) {
      if (error instanceof ConditionFailed) return ["condition", error.index, plain(error.item)];
      // Which words the engine has for one item touched twice is its own affair.
      return "refused";
    }
  }
  const plain = (found: object | undefined) =>
    found &&
    Object.fromEntries(
      Object.entries(found)
        .filter(([, one]) => one !== undefined)
        .sort(),
    );

  // Guards against a simulation of a table that does not exist.
  test("random operations are answered alike", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const real = cityTable(set.client, set.tableName, `mem${made++}`);
        const memory = memoryTable();
        for (const one of steps) expect(await said(memory, one)).toEqual(await said(real, one));
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
