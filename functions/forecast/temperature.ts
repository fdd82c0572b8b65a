import { DAY_HOURS, type Hours, WEEK_HOURS } from "./wall.ts";

// Heating and cooling by degree hours: below 18 °C buildings are heated, above 22 °C cooled, the more the farther away.

const HEATED_BELOW = 18;
const COOLED_ABOVE = 22;
/** Of the hours looked back at, so many must have a temperature. */
const LEAST_KNOWN = 0.9;
/** Where no temperature is given, it is what it was at this hour on so many days before. */
const DAYS_BEFORE = 3;

/**
 * What temperature makes of demand, hour by hour, also of the hours ahead; undefined: there are too few temperatures.
 * Both are looked at after the mean of each hour of the week is taken away: else the warm afternoon would explain
 * what only the hour does. More cold never means less heating, so no effect is below zero.
 */
export function temperatureEffect(
  demand: readonly number[],
  celsius: Hours | undefined,
): { hours: number[] } | undefined {
  if (!celsius) return undefined;
  const isKnown = celsius.slice(0, demand.length).filter((one) => one !== undefined).length;
  if (isKnown < LEAST_KNOWN * demand.length) return undefined;
  const full = persisted(celsius);
  const heating = full.map((one) => Math.max(0, HEATED_BELOW - one));
  const cooling = full.map((one) => Math.max(0, one - COOLED_ABOVE));
  const rest = (values: readonly number[]) => withoutWeek(values.slice(0, demand.length));
  const [perHeating, perCooling] = leastSquares(rest(demand), rest(heating), rest(cooling));
  return { hours: full.map((_, i) => perHeating * heating[i]! + perCooling * cooling[i]!) };
}

/** What is not given is as it was: at the same hour of the days before, else in the hour before. */
function persisted(celsius: Hours): number[] {
  const full: number[] = [];
  const first = celsius.find((one) => one !== undefined) ?? 0;
  for (const [i, one] of celsius.entries()) {
    const before = Array.from({ length: DAYS_BEFORE }, (_, day) => full[i - (day + 1) * DAY_HOURS]);
    const same = before.filter((value) => value !== undefined);
    full.push(one ?? (same.length > 0 ? mean(same) : (full.at(-1) ?? first)));
  }
  return full;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Values less the mean of their hour of the week. */
function withoutWeek(values: readonly number[]): number[] {
  const means = Array.from({ length: WEEK_HOURS }, (_, hour) =>
    mean(values.filter((_value, i) => i % WEEK_HOURS === hour)),
  );
  return values.map((value, i) => value - means[i % WEEK_HOURS]!);
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
/** A sum of squares below this is no variation. */
const NOTHING = 1e-9;

/** The two factors, none below zero, by which `a` and `b` explain `y` best. */
function leastSquares(y: readonly number[], a: readonly number[], b: readonly number[]): [number, number] {
  const [aa, bb, ab, ay, by] = [dot(a, a), dot(b, b), dot(a, b), dot(a, y), dot(b, y)];
  const alone = (xx: number, xy: number) => (xx > NOTHING ? Math.max(0, xy / xx) : 0);
  const det = aa * bb - ab * ab;
  if (det > NOTHING * aa * bb && aa > NOTHING && bb > NOTHING) {
    const both = [(bb * ay - ab * by) / det, (aa * by - ab * ay) / det] as const;
    if (both[0] >= 0 && both[1] >= 0) return [both[0], both[1]];
  }
  const [onlyA, onlyB] = [alone(aa, ay), alone(bb, by)];
  // With one of them at zero, the better is the one that explains more.
  return onlyA * ay >= onlyB * by ? [onlyA, 0] : [0, onlyB];
}
