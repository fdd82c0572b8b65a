import Big from "big.js";
import type { Tree } from "../../../marketplace/contract/language/index.ts";
import { invalid } from "../../../shared/errors.ts";
import { figureOf, valuesOf } from "./formula.ts";
import type { Assumption, Kept, Scenario } from "./schema.ts";

/**
 * What would be if one assumption were another: the figure, the difference, and where a unit of it has a cost, what
 * the change costs.
 * @throws {Fault} invalid: no such assumption, or a value beyond what was said to be possible
 */
export function scenarioOf({ definition, latest }: Kept, name: string, to: number, currency: string): Scenario {
  const assumption = definition.assumptions.find((one) => one.name === name);
  if (!assumption) throw invalid("query/assumption", `There is no assumption ${name}.`);
  const { unit, value: from, low, high } = assumption;
  if (!(to >= low && to <= high)) throw invalid("query/value", `A number from ${low} to ${high}.`);
  const { value, rest } = latest ?? {};
  const assumed = { ...valuesOf(definition.assumptions), [name]: to };
  const changed = value === undefined ? undefined : figureOf(rest as Tree, assumed);
  const amountMinor = costMinorOf(assumption, to);
  return {
    ...{ assumption: name, unit, from, to },
    ...(value === undefined ? {} : { value }),
    ...(changed === undefined ? {} : { changed, difference: difference(changed, value!) }),
    ...(amountMinor === undefined ? {} : { cost: { amountMinor, currency } }),
    isEstimate: true,
  };
}

/** Decimal, as people subtract: 0.3 less 0.1 is 0.2. */
const difference = (one: number, other: number): number => Number(new Big(one).minus(other));

/** Whole minor units, reckoned exactly and rounded once; half away from zero. */
function costMinorOf({ value, unitCostMinor }: Assumption, to: number): number | undefined {
  if (unitCostMinor === undefined) return undefined;
  const cost = Number(new Big(to).minus(value).times(unitCostMinor).round(0, Big.roundHalfUp));
  if (!Number.isSafeInteger(cost)) throw invalid("query/value", "Its cost is beyond all counting.");
  return cost === 0 ? 0 : cost;
}
