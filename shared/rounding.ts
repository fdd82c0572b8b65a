import { z } from "zod";
import { latinDigits } from "./amounts.ts";
import { payableUnit } from "./payable.ts";

// Amounts that are computed exactly, as whole numbers of a small part of a minor unit, and rounded once, at one place.

const RoundingMode = z.enum(["half_up", "half_even", "up", "down"]);
type RoundingMode = z.infer<typeof RoundingMode>;

/** Minor units, of which what is charged is a whole number. */
export const ToMinor = z.int().min(1).max(10_000);
/** As it is typed; left empty, it is the currency's. */
export const TypedToMinor = z.preprocess(
  (typed) => (typeof typed === "string" ? latinDigits(typed.trim()) || undefined : typed),
  z.coerce.number().pipe(ToMinor).optional(),
);
/** How a rule rounds what it charges. */
export const Rounding = z
  .strictObject({
    mode: RoundingMode.default("half_up"),
    /** 5 with XOF: to the nearest 5 francs. Left out, it is what can be paid in the currency, by rail and by coin. */
    toMinor: ToMinor.optional(),
  })
  .default({ mode: "half_up" });

interface Rounds {
  currency: string;
  rounding: z.infer<typeof Rounding>;
}
/** Says what a rule left out of its rounding, so that it is kept with it and what it charged can be reckoned again. */
export const withRounding = <R extends Rounds>(rule: R) => ({
  ...rule,
  rounding: { ...rule.rounding, toMinor: rule.rounding.toMinor ?? payableUnit(rule.currency) },
});

/** The whole number of `unit` that is nearest to `exact` by this rule. `exact` is 0 or more. */
export function rounded(exact: bigint, unit: bigint, mode: RoundingMode): bigint {
  const down = exact / unit;
  const rest = exact % unit;
  if (rest === 0n || mode === "down") return down;
  if (mode === "up") return down + 1n;
  const twice = 2n * rest;
  if (twice !== unit) return twice > unit ? down + 1n : down;
  return mode === "half_up" || down % 2n === 1n ? down + 1n : down;
}

/**
 * Largest remainder: whole numbers of `unit` that add up to `total`, each less than one from its exact share. Equal
 * remainders go to the earlier share.
 *
 * @param total   what the sum of `exact` was rounded to, in whole units
 * @param exact   the shares; one that takes away is below 0
 */
export function shareOut(total: bigint, exact: readonly bigint[], unit: bigint): bigint[] {
  const shares = exact.map((one, i) => {
    const rest = ((one % unit) + unit) % unit;
    return { i, whole: (one - rest) / unit, rest };
  });
  let left = shares.reduce((sum, { whole }) => sum - whole, total);
  for (const share of [...shares].sort((a, b) => (a.rest === b.rest ? a.i - b.i : a.rest > b.rest ? -1 : 1))) {
    if (left <= 0n) break;
    share.whole += 1n;
    left -= 1n;
  }
  return shares.map(({ whole }) => whole);
}

/** A decimal text as a whole number of its last of so many places: "0.174" with six is 174000. */
export function scaled(decimal: string, places: number): bigint {
  const [whole = "0", fraction = ""] = decimal.split(".");
  return BigInt(whole + fraction.padEnd(places, "0"));
}
