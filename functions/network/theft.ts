import { clamp, correlation, factorsOf, filled, mean, type Reading, stepIn, sum } from "./series.ts";

// Theft: what a point no longer counts still flows into its area. Whoever uses less lets the balance alone; whoever
// goes round the meter lets the losses of the area rise by what the meter misses.

/** What each feature weighs; together 1. Published on the page beside each score. */
export const WEIGHTS = { drop: 0.24, explains: 0.36, follows: 0.05, zeros: 0.25, tampered: 0.1 } as const;
export type Feature = keyof typeof WEIGHTS;
/** From this score on a point is worth a visit. */
export const SUSPECT = 47;
/** Days on each side of a step. */
const SIDE_DAYS_MIN = 7;
/** A step is believed from this t-statistic on, and wholly at twice of it. */
const SURE = 3;
/** Losses that no thief makes, as a share of the input: lines and transformers warm up, pipes weep. */
export const TECHNICAL_SHARE = { electricity: 0.05, water: 0.05, gas: 0.01 } as const;
/** An area whose unexplained losses are this share of its input scores 100. */
const FULL_SHARE = 0.2;

export interface TheftPoint {
  code: string;
  days: readonly Reading[];
  /** A crew found it tampered with before, or its meter told of it. */
  wasTampered?: boolean;
}
export interface Suspicion {
  code: string;
  score: number;
  /** Each feature from 0 to 1. */
  features: Record<Feature, number>;
  /** What it counts less each day than before; 0 where there is no step. */
  missingPerDay: number;
  /** The first day after the step. */
  since?: number;
}

/**
 * Scores the points of an area, the most suspect first. score = 100 × Σ weight × feature:
 *
 * - `drop`: share by which its use stepped down, after what all of the area together did was taken out
 * - `explains`: share of that drop that came back as losses of the area, all drops weighed together (`sharesOf`)
 * - `follows`: correlation of its use, day by day, with the losses falling
 * - `zeros`: share of the latest days at zero while its neighbours used something
 * - `tampered`: a crew found it so before, or its meter told of it
 *
 * Where its use did not surely step down, `drop` and `explains` are 0.
 *
 * @param inflow  what flowed into the area, day by day
 */
export function suspicions(inflow: readonly (number | undefined)[], points: readonly TheftPoint[]): Suspicion[] {
  const factors = factorsOf(points.map(({ days }) => days));
  const uses = points.flatMap((point) => {
    const use = filled(point.days, factors);
    return use ? [{ ...point, use }] : [];
  });
  const all = inflow.map((_, day) => sum(uses.map(({ use }) => use[day] ?? 0)));
  // Only of days on which the input was read can be said what was lost.
  const told = inflow.flatMap((one, day) => (one === undefined ? [] : [day]));
  const onTold = (values: readonly number[]) => told.map((day) => values[day]!);
  const losses = told.map((day) => inflow[day]! - all[day]!);
  const stepped = uses.map(({ code, days, use, wasTampered }) => {
    // What weather and holidays do to everybody is not this point's doing.
    const others = all.map((one, day) => one - (use[day] ?? 0));
    const usual = mean(others);
    const own = use.map((one, day) => (others[day]! > 0 && usual > 0 ? (one * usual) / others[day]! : one));
    const step = stepIn(own, SIDE_DAYS_MIN);
    const isDrop = step.t < -SURE && step.before > 0;
    return { code, days, others, own, step, isDrop, wasTampered };
  });
  const dropped = stepped.filter(({ isDrop }) => isDrop);
  // What was used at all is the last column: lines and meters lose a share of that, thief or not.
  const gone = dropped.map(({ own, step }) => own.map((one, day) => (day < step.at ? 0 : step.before - one)));
  const shares = sharesOf(losses, [...gone, all].map(onTold));
  const reappears = new Map(dropped.map(({ code }, i) => [code, shares[i]!]));
  return stepped
    .map(({ code, days, others, own, step, isDrop, wasTampered }) => {
      const missing = isDrop ? step.before - step.after : 0;
      const sure = isDrop ? clamp((-step.t - SURE) / SURE) : 0;
      const latest = days.slice(-SIDE_DAYS_MIN * 2);
      const zeros = latest.filter(
        ({ quantity, coverage }, i) => quantity === 0 && coverage > 0 && others[days.length - latest.length + i]! > 0,
      );
      const features: Record<Feature, number> = {
        drop: isDrop ? sure * clamp(missing / step.before) : 0,
        explains: sure * (reappears.get(code) ?? 0),
        follows: clamp(-correlation(onTold(own), losses)),
        zeros: latest.length === 0 ? 0 : zeros.length / latest.length,
        tampered: wasTampered ? 1 : 0,
      };
      const weighed = Object.entries(WEIGHTS).map(([name, weight]) => weight * features[name as Feature]);
      return {
        ...{ code, score: Math.round(100 * sum(weighed)), features, missingPerDay: Math.round(missing) },
        ...(isDrop ? { since: step.at } : {}),
      };
    })
    .sort((a, b) => b.score - a.score || (a.code < b.code ? -1 : 1));
}

const ROUNDS = 60;

/**
 * Which share of each drop came back as losses, all of them weighed together: least squares with shares from 0 to 1,
 * one after the other until nothing moves. Two that dropped at one time share what came back.
 */
function sharesOf(losses: readonly number[], gone: readonly (readonly number[])[]): number[] {
  const centred = (values: readonly number[]) => values.map((one) => one - mean(values));
  const left = centred(losses);
  const columns = gone.map(centred);
  const shares = columns.map(() => 0);
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, column] of columns.entries()) {
      const size = sum(column.map((one) => one * one));
      if (size === 0) continue;
      const before = shares[i]!;
      const after = clamp(before + sum(column.map((one, day) => one * left[day]!)) / size);
      for (const [day, one] of column.entries()) left[day]! -= (after - before) * one;
      shares[i] = after;
    }
  return shares;
}

/** How much theft an area may hide, 0 to 100: its losses beyond the technical ones, as a share of its input. */
export function areaScore(kind: keyof typeof TECHNICAL_SHARE, inputQuantity: number, lossQuantity: number): number {
  if (inputQuantity <= 0) return 0;
  return Math.round(100 * clamp((lossQuantity / inputQuantity - TECHNICAL_SHARE[kind]) / FULL_SHARE));
}
