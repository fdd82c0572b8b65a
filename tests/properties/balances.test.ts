import fc from "fast-check";
import { expect, test } from "vitest";
import { Balances } from "../../shared/ledger/balances.ts";

// Guards against a payment that changes what was to be a picture of one moment: a page, a checkpoint, a guard.
test("copies of balances share what they have, and never see each other's changes", () => {
  const key = fc.integer({ min: 0, max: 3_000 }).map((n) => `due:${n} EUR`);
  const change = fc.tuple(key, fc.integer({ min: -1, max: 1 }));
  // More changes between two copies than are kept beside what is shared.
  const changes = fc.array(change, { minLength: 0, maxLength: 4_000, size: "max" });
  const which = fc.nat();
  fc.assert(
    fc.property(fc.array(fc.tuple(which, changes), { minLength: 1, maxLength: 6 }), (steps) => {
      const all = [{ balances: new Balances(), plain: new Map<string, number>() }];
      for (const [pick, some] of steps) {
        const one = all[pick % all.length]!;
        all.push({ balances: one.balances.copy(), plain: new Map(one.plain) });
        for (const [name, sum] of some) {
          one.balances.set(name, sum);
          if (sum === 0) one.plain.delete(name);
          else one.plain.set(name, sum);
        }
      }
      for (const { balances, plain } of all) {
        expect(balances.entries()).toEqual([...plain].sort(([a], [b]) => (a < b ? -1 : 1)));
        for (const [name] of steps.at(-1)![1].slice(0, 100)) expect(balances.of(name)).toBe(plain.get(name) ?? 0);
        expect(balances.size).toBeGreaterThanOrEqual(plain.size);
      }
    }),
    { numRuns: 30 },
  );
});
