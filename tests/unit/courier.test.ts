import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { deliverDue, type Listener, parked, replay } from "../../shared/courier.ts";
import { defineEvent, logWrites, on, told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { cityTable, type Table } from "../../shared/table.ts";
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
    expect(await replay(here, writes, new Date(0))).toEqual({ told: 0, failed: 0 });
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
    expect(await replay(here, mended, new Date(0))).toEqual({ told: 1, failed: 0 });
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
});
