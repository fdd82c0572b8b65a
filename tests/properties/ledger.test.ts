import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Fault } from "../../shared/errors.ts";
import { type Ledger, openLedger } from "../../shared/ledger.ts";
import { cityTable, type Table } from "../../shared/table.ts";
import { testEngine } from "../setup/engine.ts";

let set: Awaited<ReturnType<typeof testEngine>>;
let made = 0;
beforeAll(async () => {
  set = await testEngine();
});
afterAll(() => set.engine.stop());

/** Small, seeded chance, so that a failure comes back with its seed. */
function chance(seed: number) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A table on which any call may fail before it is made, or succeed and lose its answer. */
function faulty(table: Table, next: () => number): Table {
  const lost = () => new Fault("unavailable", "lost");
  return {
    ...table,
    async transact(writes) {
      if (next() < 0.08) throw lost();
      await table.transact(writes);
      if (next() < 0.08) throw lost();
    },
    async get(key) {
      if (next() < 0.02) throw lost();
      return table.get(key);
    },
    async put(item) {
      if (next() < 0.2) throw lost();
      await table.put(item);
    },
  };
}

describe("the ledger against a naive model", () => {
  // Guards against lost, doubled and invented money under concurrency, lost answers, repeated requests and crashes.
  test("random transfers through several processes leave what a single list of them leaves", async () => {
    const order = fc.record({
      id: fc.integer({ min: 0, max: 25 }),
      debit: fc.constantFrom("due:1", "due:2", "cash", "revenue"),
      credit: fc.constantFrom("suspense", "vat", "bank"),
      amountMinor: fc.integer({ min: 1, max: 1_000_000 }),
      currency: fc.constantFrom("EUR", "XOF"),
      process: fc.integer({ min: 0, max: 2 }),
      restarts: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(order, { minLength: 1, maxLength: 40 }), fc.integer(), async (orders, seed) => {
        const next = chance(seed);
        const table = cityTable(set.client, set.tableName, `p${made++}`);
        const open = (): Ledger =>
          openLedger({
            table: faulty(table, next),
            clock: { now: () => new Date(0) },
            tell: () => [],
            ring: () => {},
            checkpointEvery: 3,
          });
        const processes = [open(), open(), open()];
        const acknowledged = new Map<number, string>();
        await Promise.all(
          orders.map(async ({ id, process, restarts, ...transfer }) => {
            for (let tries = 0; tries < 60; tries++) {
              try {
                await processes[process]!.post({ id: `t-${id}`, transfers: [transfer] });
                const content = JSON.stringify(transfer);
                const before = acknowledged.get(id);
                if (before !== undefined) expect(content).toBe(before);
                acknowledged.set(id, content);
                return;
              } catch (error) {
                if (!(error instanceof Fault)) throw error;
                // Another order with this id came first: this one is refused for good.
                if (error.kind === "conflict") return;
                // The process died: a new one knows nothing but what is in the table.
                if (restarts) processes[process] = open();
              }
            }
            throw new Error("never answered");
          }),
        );
        const model = new Map<string, number>();
        for (const content of acknowledged.values()) {
          const { debit, credit, amountMinor, currency } = JSON.parse(content);
          model.set(`${debit} ${currency}`, (model.get(`${debit} ${currency}`) ?? 0) + amountMinor);
          model.set(`${credit} ${currency}`, (model.get(`${credit} ${currency}`) ?? 0) - amountMinor);
        }
        const sound = openLedger({ table, clock: { now: () => new Date(0) }, tell: () => [], ring: () => {} });
        const proof = await sound.prove();
        expect(proof.problems).toEqual([]);
        expect(proof.transfers).toBe(acknowledged.size);
        const kept = (await sound.at()).list("").map((one) => [`${one.account} ${one.currency}`, one.balanceMinor]);
        expect(Object.fromEntries(kept)).toEqual(Object.fromEntries([...model].filter(([, sum]) => sum !== 0)));
        expect(new Set(orders.map(({ id }) => id)).size).toBe(acknowledged.size);
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});
