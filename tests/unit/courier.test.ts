import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { deliverDue, type Listener, parked, replay, resume } from "../../shared/courier.ts";
import { defineEvent, logWrites, on, onMany, told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { replayer, replays, startReplay } from "../../shared/replays.ts";
import { cityTable, type Table, type Write } from "../../shared/table.ts";
import { defineTask, does, dropped, planned } from "../../shared/tasks.ts";
import { testEngine } from "../setup/engine.ts";

const Rang = defineEvent("tests.rang.v1", z.object({ n: z.int() }));

describe("the log", () => {
  let set: Awaited<ReturnType<typeof testEngine>>;
  beforeAll(async () => {
    set = await testEngine();
  });
  afterAll(() => set.engine.stop());

  /** A city with a clock that is set by hand: only what the courier uses of it. */
  function city(slug: string) {
    const table = cityTable(set.client, set.tableName, slug);
    const at = { now: new Date("2026-11-23T10:00:00Z") };
    const wakes: Date[] = [];
    const log = { warn: () => {} };
    const clock = { now: () => at.now, wake: async (when: Date) => void wakes.push(when) };
    const here = { table, clock, log } as unknown as Here;
    const tell = (...ns: number[]) =>
      table.transact(
        logWrites(
          `/cities/${slug}`,
          ns.map((n) => told(Rang, `n${n}`, { n })),
          at.now,
        ),
      );
    return { table, here, at, wakes, tell, later: (s: number) => (at.now = new Date(at.now.getTime() + s * 1000)) };
  }
  const listener = (name: string, run: Parameters<typeof on<{ n: number }>>[1]): Listener => ({
    ...on(Rang, run),
    name,
  });
  const manyListener = (name: string, run: Parameters<typeof onMany<{ n: number }>>[1]): Listener => ({
    ...onMany(Rang, run),
    name,
  });
  const effects = async (table: Table) => (await table.query({ pk: "EFFECT" })).items.map((item) => item["n"]);
  const effect = (n: number) => ({ put: { pk: "EFFECT", sk: String(n), n }, if: "absent" as const });

  // Guards against a reminder sent twice, or a bill marked paid twice, when a delivery is repeated.
  test("a fact's effect happens once, however often it is delivered", async () => {
    const { table, here, tell } = city("once");
    let runs = 0;
    const writes = listener("writes", async (_, fact) => {
      runs += 1;
      return [effect(fact.data.n)];
    });
    await tell(1, 2, 3);
    await Promise.all([deliverDue(here, [writes]), deliverDue(here, [writes]), deliverDue(here, [writes])]);
    await deliverDue(here, [writes]);
    expect(await effects(table)).toEqual([1, 2, 3]);
    expect(runs).toBeGreaterThanOrEqual(3);
    expect((await table.query({ pk: "DUE", index: "gsi2" })).items).toEqual([]);
    expect(await replay(here, writes)).toMatchObject({ told: 0, failed: 0 });
  });

  // Guards against one broken listener, or one broken fact, that stops all others.
  test("a delivery that fails waits alone, is tried eight times, and is then parked with its reason", async () => {
    const { table, here, at, tell, later, wakes } = city("waits");
    let tries = 0;
    const breaks = listener("breaks", async (_, fact) => {
      if (fact.data.n === 1) {
        tries += 1;
        throw new Error("the printer is out of paper");
      }
      return [effect(fact.data.n)];
    });
    await tell(1, 2);
    await deliverDue(here, [breaks]);
    expect(await effects(table)).toEqual([2]);
    expect(wakes).toHaveLength(1);
    const started = at.now.getTime();
    while ((await parked(here)).items.length === 0) {
      later(600);
      await deliverDue(here, [breaks]);
      expect(at.now.getTime() - started).toBeLessThan(24 * 3600 * 1000);
    }
    expect(tries).toBe(8);
    expect((await parked(here)).items[0]).toMatchObject({
      state: "parked",
      reason: "Error: the printer is out of paper",
    });

    // Mended: told again from the log, and the parked delivery goes.
    const mended = listener("breaks", async (_, fact) => [effect(fact.data.n)]);
    expect(await replay(here, mended)).toMatchObject({ told: 1, failed: 0 });
    expect(await effects(table)).toEqual([1, 2]);
    expect((await parked(here)).items).toEqual([]);
  });

  test("a delivery that failed for a moment succeeds at its next try", async () => {
    const { table, here, tell, later } = city("again");
    let away = true;
    const flaky = listener("flaky", async (_, fact) => {
      if (away) throw new Error("away");
      return [effect(fact.data.n)];
    });
    await tell(7);
    await deliverDue(here, [flaky]);
    away = false;
    await deliverDue(here, [flaky]);
    expect(await effects(table)).toEqual([]); // it is not due yet
    later(11);
    await deliverDue(here, [flaky]);
    expect(await effects(table)).toEqual([7]);
    expect((await table.query({ pk: "DUE", index: "gsi2" })).items).toEqual([]);
  });

  // Guards against one broken fact that takes those told with it along, and against an effect that happens twice.
  test("a listener that takes many at once has each effect once, and only the broken fact waits", async () => {
    const { table, here, tell } = city("many");
    const ns = Array.from({ length: 40 }, (_, i) => i + 10);
    const sizes: number[] = [];
    const many = manyListener("many", async (_, facts) => {
      sizes.push(facts.length);
      if (facts.some(({ data }) => data.n === 17)) throw new Error("not this one");
      return facts.map(({ data }) => effect(data.n));
    });
    await tell(...ns);
    await Promise.all([deliverDue(here, [many]), deliverDue(here, [many])]);
    expect(await effects(table)).toEqual(ns.filter((n) => n !== 17));
    expect(Math.max(...sizes)).toBe(25);
    const waiting = (await table.query({ pk: "DUE", index: "gsi2" })).items;
    expect(waiting).toMatchObject([{ sk: "many", tries: 1, reason: "Error: not this one" }]);

    // More writes than one transaction holds are told in halves; a replay tells many at once, too.
    const wide = manyListener("wide", async (_, facts) =>
      facts.flatMap(({ data }) =>
        [1, 2, 3, 4].map((i) => ({ put: { pk: "WIDE", sk: `${data.n}#${i}` }, if: "absent" as const })),
      ),
    );
    expect(await replay(here, wide)).toMatchObject({ told: 40, failed: 0 });
    expect((await table.query({ pk: "WIDE" })).items).toHaveLength(160);
    expect(await replay(here, wide)).toMatchObject({ told: 0, failed: 0 });
    const mended = manyListener("many", async (_, facts) => facts.map(({ data }) => effect(data.n)));
    expect(await replay(here, mended)).toMatchObject({ told: 1, failed: 0 });
    expect(await effects(table)).toEqual(ns);
    expect((await table.query({ pk: "DUE", index: "gsi2" })).items).toEqual([]);
  });

  // Guards against a request that waits for a log of years, and against nobody knowing how far it is.
  test("a replay runs by itself, a part at each turn, and says how far it is", async () => {
    const { table, here, tell } = city("replays");
    for (let n = 0; n < 520; n += 40) await tell(...Array.from({ length: 40 }, (_, i) => n + i));
    const broken = listener("news", async (_, fact) => {
      if (fact.data.n === 7) throw new Error("not this one");
      return [effect(fact.data.n)];
    });
    const there = { ...here, commit: (writes: readonly Write[]) => table.transact(writes) } as Here;
    await startReplay(there, broken);
    expect(await replays(here, 10)).toMatchObject([{ listener: "news", looked: 0 }]);
    await deliverDue(there, [], [replayer([broken])]);
    const [done] = await replays(here, 10);
    expect(done).toMatchObject({ looked: 520, told: 520, failed: 1, endedAt: here.clock.now().toISOString() });
    const kept: unknown[] = [];
    for await (const item of table.all({ pk: "EFFECT" })) kept.push(item["n"]);
    expect(kept).toHaveLength(519);
    await startReplay(there, broken);
    await deliverDue(there, [], [replayer([broken])]);
    expect(await replays(here, 10)).toMatchObject([{ looked: 520, told: 1, failed: 1 }]);
  });

  describe("tasks", () => {
    const Count = defineTask("tests.count", z.object({ n: z.int() }));

    // Guards against work that is forgotten, done early, or done twice.
    test("a task runs when it falls due, again as it asks, and its writes are kept once", async () => {
      const { table, here, later, wakes } = city("tasks");
      const tasker = does(Count, async ({ clock }, _, { n }) => ({
        writes: [effect(n)],
        ...(n < 3 ? { again: { at: new Date(clock.now().getTime() + 60_000), data: { n: n + 1 } } } : {}),
      }));
      const run = () => deliverDue(here, [], [tasker]);
      await table.transact([planned(Count, "a", new Date(here.clock.now().getTime() + 60_000), { n: 1 })]);
      expect(await run()).toBe(0);
      expect(wakes.at(-1)).toEqual(new Date("2026-11-23T10:01:00Z"));
      later(61);
      await Promise.all([run(), run(), run()]);
      expect(await effects(table)).toEqual([1]);
      for (let i = 0; i < 4; i++) {
        later(61);
        await run();
      }
      expect(await effects(table)).toEqual([1, 2, 3]);
      expect((await table.query({ pk: "DUE", index: "gsi2" })).items).toEqual([]);
    });

    test("a task that fails waits longer each time, then is parked with its reason; one that was moved is not run", async () => {
      const { table, here, later } = city("failing-tasks");
      let runs = 0;
      const tasker = does(Count, async () => {
        runs += 1;
        throw new Error("away");
      });
      const run = () => deliverDue(here, [], [tasker]);
      await table.transact([planned(Count, "a", here.clock.now(), { n: 1 })]);
      await run();
      await run();
      expect(runs).toBe(1);
      for (let i = 0; i < 10; i++) {
        later(8 * 3600);
        await run();
      }
      expect(runs).toBe(8);
      expect((await parked(here)).items).toMatchObject([
        { name: "tests.count", id: "a", tries: 8, reason: "Error: away" },
      ]);
      await resume({ ...here, commit: (writes) => table.transact(writes) }, { name: "tests.count", id: "a" });
      await run();
      expect(runs).toBe(9);
      await table.transact([dropped(Count, "a")]);
      await expect(resume(here, { name: "tests.count", id: "missing" })).rejects.toThrow();
      await table.transact([planned(Count, "b", here.clock.now(), { n: 1 })]);
      await table.transact([planned(Count, "b", new Date(here.clock.now().getTime() + 5_000), { n: 2 })]);
      await run();
      expect(runs).toBe(9);
      await table.transact([dropped(Count, "b")]);
      later(10);
      await run();
      expect(runs).toBe(9);
    });

    test("what is planned anew while it runs is not lost by the run that ends", async () => {
      const { table, here } = city("moved-tasks");
      const tasker = does(Count, async (_, id, { n }) => {
        if (n === 1) await table.transact([planned(Count, id, here.clock.now(), { n: 2 })]);
        return { writes: [effect(n)] };
      });
      await table.transact([planned(Count, "a", here.clock.now(), { n: 1 })]);
      await deliverDue(here, [], [tasker]);
      await deliverDue(here, [], [tasker]);
      expect(await effects(table)).toEqual([2]);
    });
  });
});
