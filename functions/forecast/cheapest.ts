// The cheapest way to spread a number of equal steps over hours, found exactly.

/** What an hour admits. */
export interface Hour {
  /** What 0, 1, 2, … steps in it cost; as many as it admits. At least the one of no step. */
  costs: readonly number[];
  /** How many steps must and may have been made by its end, of all hours so far. */
  least: number;
  most: number;
}

/**
 * How many steps to make in each hour, so that all together cost the least; of equally cheap ways the one that makes
 * its steps earlier. Undefined: no way keeps to the limits.
 *
 * The cost of the hours to come depends on the past only by how many steps were made, so the best of all ways is found
 * by keeping, for each hour and number, the best way to go on (Bellman): there is no way of whole steps that is
 * cheaper. It takes hours × steps × steps an hour.
 */
export function cheapest(hours: readonly Hour[]): { steps: number[]; cost: number } | undefined {
  const total = hours.reduce((sum, { costs }) => sum + costs.length - 1, 0);
  // What it costs from an hour on when so many steps were made before it; and the best number in that hour.
  let after = new Array<number>(total + 1).fill(0);
  const choices: Int32Array[] = [];
  for (const { costs, least, most } of hours.toReversed()) {
    const best = new Array<number>(total + 1).fill(Number.POSITIVE_INFINITY);
    const choice = new Int32Array(total + 1).fill(-1);
    for (let made = 0; made <= total; made++)
      for (const [steps, cost] of costs.entries()) {
        const then = made + steps;
        if (then > total || then < least || then > most) continue;
        const all = cost + after[then]!;
        if (all <= best[made]! && all < Number.POSITIVE_INFINITY) {
          best[made] = all;
          choice[made] = steps;
        }
      }
    after = best;
    choices.push(choice);
  }
  if (after[0] === Number.POSITIVE_INFINITY) return undefined;
  const steps: number[] = [];
  let made = 0;
  for (const choice of choices.toReversed()) {
    steps.push(choice[made]!);
    made += choice[made]!;
  }
  return { steps, cost: after[0]! };
}
