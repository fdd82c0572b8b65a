import fc from "fast-check";
import { expect, test } from "vitest";
import { isTooFew, withheldCells } from "../../functions/opendata/indicators/withholding.ts";

const cells = fc.integer({ min: 1, max: 3 }).chain((sums) =>
  fc.array(fc.array(fc.integer({ min: 0, max: 14 }), { minLength: sums, maxLength: sums }), {
    minLength: 1,
    maxLength: 12,
  }),
);
const sumOf = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

/** Of hidden numbers of which only the sum is known, and that each is above 0: may this one be another? */
const isOpen = (hidden: readonly number[], one: number): boolean => {
  const [total, others] = [sumOf(hidden), hidden.length - 1];
  return others > 0 && total - others > 1 && one <= total - others;
};

// Guards against a district of few people that follows from the city's figure and the other districts.
test("no small cell is shown, and none follows from the total and what is shown", () => {
  fc.assert(
    fc.property(cells, fc.integer({ min: 3, max: 8 }), (all, k) => {
      const withheld = withheldCells(all, k);
      const total = all[0]!.map((_, sum) => sumOf(all.map((people) => people[sum]!)));
      // Nothing is shown at all only where so few are left that nothing else would help.
      if (!withheld) {
        const isHopeless = (ofAll: number, sum: number) =>
          ofAll < k || all.filter((people) => people[sum]! > 0).length < 2 || all.every((people) => people[sum]! <= 1);
        expect(total.some(isHopeless)).toBe(true);
        return;
      }
      for (const [i, people] of all.entries()) if (isTooFew(people, k)) expect(withheld[i]).toBe(true);
      for (const sum of total.keys()) {
        const small = all.filter((people) => people[sum]! > 0 && people[sum]! < k);
        if (small.length === 0) continue;
        const hidden = all.filter((people, i) => withheld[i] && people[sum]! > 0).map((people) => people[sum]!);
        expect(sumOf(hidden)).toBeGreaterThanOrEqual(k);
        for (const people of small) expect(isOpen(hidden, people[sum]!)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

// Guards against a rule that hides what nobody can be known by.
test("where no cell is small, all are shown; of others no more than it takes", () => {
  expect(withheldCells([[5], [0], [9]], 5)).toEqual([false, false, false]);
  expect(withheldCells([[2], [0], [9], [7]], 5)).toEqual([true, false, false, true]);
  expect(withheldCells([[2], [4], [9]], 5)).toEqual([true, true, false]);
  expect(withheldCells([[1], [1], [9]], 5)).toEqual([true, true, true]);
  // That it is one person each would follow from the sum of three.
  expect(withheldCells([[1], [1], [1]], 3)).toBeUndefined();
});
