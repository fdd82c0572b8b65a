import fc from "fast-check";
import { expect, test } from "vitest";
import { cheapest, type Hour } from "../../functions/forecast/cheapest.ts";

/** Every way there is, one by one. */
function byTrying(hours: readonly Hour[]): number | undefined {
  let best: number | undefined;
  const go = (at: number, made: number, cost: number) => {
    const hour = hours[at];
    if (!hour) {
      if (best === undefined || cost < best) best = cost;
      return;
    }
    for (const [steps, more] of hour.costs.entries())
      if (made + steps >= hour.least && made + steps <= hour.most) go(at + 1, made + steps, cost + more);
  };
  go(0, 0, 0);
  return best;
}

const hour = fc
  .record({
    costs: fc.array(fc.integer({ min: -20, max: 100 }), { minLength: 1, maxLength: 4 }),
    least: fc.integer({ min: -2, max: 8 }),
    room: fc.integer({ min: 0, max: 8 }),
  })
  .map(({ costs, least, room }): Hour => ({ costs, least, most: least + room }));

test("the cheapest way costs what the best of all ways costs, keeps to the limits, and is found whenever there is one", () => {
  fc.assert(
    fc.property(fc.array(hour, { minLength: 1, maxLength: 6 }), (hours) => {
      const found = cheapest(hours);
      expect(found?.cost).toBe(byTrying(hours));
      if (!found) return;
      let made = 0;
      let cost = 0;
      for (const [i, steps] of found.steps.entries()) {
        made += steps;
        cost += hours[i]!.costs[steps]!;
        expect(made >= hours[i]!.least && made <= hours[i]!.most).toBe(true);
      }
      expect(cost).toBe(found.cost);
    }),
    { numRuns: 300 },
  );
});
